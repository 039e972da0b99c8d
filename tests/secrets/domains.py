#!/usr/bin/env python3
"""domains.py: nothing of what keys open leaves.

From keytabs and secure channels comes what no capture shows: responses and challenges inside of SamLogon, session keys of channels and of users,
keys of all accounts. unsealing.py finds them without the program; here they are looked for in all that the program prints and
stores when it was given those keys: every format, the channel log and its WAL while it is written, what is asked of the log, and standard error, also where
keys are wrong and messages are damaged.
"""
import glob
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[:0] = [HERE, TESTS]
import check
import program
import unsealing

LAB = os.path.join(TESTS, 'lab/recorded')
CHANNELS = os.path.join(TESTS, 'netlogon/data')
CAPTURE = os.path.join(LAB, 'ci-fresh.pcap')
KEYTABS = [os.path.join(LAB, 'ci-fresh-%s.keytab' % domain) for domain in ('corp', 'partner')]
LOGS = [os.path.join(LAB, 'ci-fresh.%s.json' % host) for host in ('dc1', 'dc2', 'fs1')]
PASSWORDS = {'alice': 'Pa55w0rd.A', 'pat': 'Pa55w0rd.P', 'Administrator': 'Passw0rd!Adm1n'}
MESSAGES = 34 # of the NETLOGON interface over TCP; 8 more are LSARPC's
# What tshark says of channels of the other kinds.
FIELDS = ('netlogon.challenge', 'netlogon.nt_chal_resp', 'netlogon.lm_chal_resp', 'netlogon.user_session_key', 'netlogon.clientcred',
          'netlogon.servercred', 'netlogon.clientchallenge', 'netlogon.serverchallenge', 'netlogon.lm_owf_pwd', 'netlogon.nt_owf_pwd')


def key_options(keytabs):
    return [word for path in keytabs for word in ('--keytab', path)]


def substance(data):
    return {w for w in check.windows(data) if check.has_substance(w)}


class Hidden:
    """Secrets by 8 bytes in a row, and what each is of."""

    def __init__(self):
        self.of = {}

    def add(self, kind, data):
        for w in substance(data[:check.RESPONSE_HEAD]):
            self.of.setdefault(w, kind)

    def kinds(self):
        return set(self.of.values())

    def found(self, output):
        return sorted({self.of[w] for w in self.of.keys() & check.told(output)})


def check_recipe(results, u):
    """What is looked for is what it is said to be: a controller's answers follow from the account's key and the response."""
    results.check(u.messages == MESSAGES + 8 and len(u.keys) == 3 and len(u.logons) == 9, 'unsealed: %d messages, %d keys, %d logons' % (
        u.messages, len(u.keys), len(u.logons)))
    keys = {name: key for name, kind, key in u.entries if kind == unsealing.ARCFOUR}
    for name in ('alice', 'pat'):
        results.check(keys[name] == unsealing.md4(PASSWORDS[name].encode('utf-16-le')), 'the key of ' + name)
    good = [logon for logon in u.logons if 'session' in logon]
    results.check(len(good) == 6 and all(
        logon['session'] == unsealing.session_key(keys[logon['user'].decode('utf-16-le')], logon) for logon in good), 'user session keys')


def of_lab(results):
    hidden, u = Hidden(), unsealing.Unsealed(CAPTURE, KEYTABS)
    check_recipe(results, u)
    for kind, data in u.secrets:
        hidden.add(kind, data)
    for password in PASSWORDS.values():
        hidden.add('password', password.encode())
    for w in check.secrets(CAPTURE):
        hidden.of.setdefault(w, "a client's exchange")
    results.check(len(hidden.kinds()) == 9 and len(hidden.of) > 800, 'of %s only %d secrets' % (sorted(hidden.kinds()), len(hidden.of)))
    # a test that finds nothing must be able to find something
    results.check(hidden.found(u.plain), 'nothing is found in what was unsealed')
    for path in KEYTABS:
        with open(path, 'rb') as f:
            results.check('key of a keytab' in hidden.found(f.read()), 'no key is found in a keytab')
    return hidden


def say(results, hidden, name, output):
    found = hidden.found(output)
    results.check(not found, '%s tells %s' % (name, ', '.join(found)))


def both(done):
    return done.stdout + done.stderr


def check_formats(results, hidden):
    for sources, files in (('all', [CAPTURE, *LOGS]), ('the capture', [CAPTURE]), ('the logs', LOGS)):
        for name in program.FORMATS:
            done = program.run('read', '-o', name, '--explain', '--key-file', program.KEY, *key_options(KEYTABS), *files)
            results.check(done.returncode == 0 and done.stdout, '%s of %s: status %d' % (name, sources, done.returncode))
            say(results, hidden, '%s of %s' % (name, sources), both(done))


def slurp(path):
    with open(path, 'rb') as f:
        return f.read()


def check_writing(results, hidden, folder):
    """The log as it lies there while the program still reads: file, WAL and the rest."""
    path = os.path.join(folder, 'live.db')
    with subprocess.Popen([program.PROGRAM, 'read', '--store=' + path, '-o', 'json', '--key-file', program.KEY, *key_options(KEYTABS), *LOGS, '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=program.ENVIRONMENT) as p:
        p.stdin.write(slurp(CAPTURE))
        p.stdin.flush()
        until = time.monotonic() + 20
        while time.monotonic() < until and not (os.path.exists(path + '-wal') and b'alice' in slurp(path + '-wal')):
            time.sleep(0.1)
        for name in sorted(glob.glob(path + '*')):
            say(results, hidden, 'while it is written, ' + os.path.basename(name), slurp(name))
        results.check(os.path.exists(path + '-wal') and b'alice' in slurp(path + '-wal'), 'the WAL was not looked at')
        out, err = p.communicate(timeout=60)
        say(results, hidden, 'live', out + err)


def check_log(results, hidden, folder):
    path = os.path.join(folder, 'log.db')
    done = program.run('read', '--store=' + path, '--key-file', program.KEY, *key_options(KEYTABS), CAPTURE, *LOGS)
    results.check(done.returncode == 0 and b'events stored' in done.stderr, 'read --store: %r' % done.stderr[-200:])
    say(results, hidden, 'read --store', both(done))
    questions = [('search', '--findings', '--explain', '-o', name) for name in program.FORMATS]
    questions += [('report', 'all', '-o', name) for name in ('text', 'json', 'csv', 'html')]
    questions += [('show', '-o', name, str(n)) for n in range(1, 28) for name in ('text', 'json')]
    questions += [('verify',)]
    for question in questions:
        done = program.run(question[0], '--log', path, *question[1:])
        results.check(done.returncode == 0 and done.stdout, '%s: status %d: %r' % (' '.join(question), done.returncode, done.stderr[:200]))
        say(results, hidden, ' '.join(question), both(done))
    for options in ((), ('--rendered',)):
        for ending in ('evtx', 'csv', 'xml', 'json', 'txt'):
            out = os.path.join(folder, 'out.' + ending)
            done = program.run('export', '--log', path, *(options if ending == 'evtx' else ()), out)
            results.check(done.returncode == 0, 'export to .%s: %r' % (ending, done.stderr[:200]))
            say(results, hidden, 'export to .' + ending, slurp(out) + both(done))
    for name in sorted(glob.glob(path + '*')):
        say(results, hidden, os.path.basename(name), slurp(name))


def check_complaints(results, hidden, folder):
    """Where not all can be opened, messages say so, and nothing more."""
    bad = os.path.join(folder, 'bad')
    for n, keytabs in enumerate((KEYTABS[:1], KEYTABS[1:], ())):
        say(results, hidden, 'keys %d' % n, both(program.run('read', '--key-file', program.KEY, *key_options(keytabs), CAPTURE)))
    data = slurp(KEYTABS[0])
    for cut in range(0, len(data), 7):
        with open(bad, 'wb') as f:
            f.write(data[:cut])
        say(results, hidden, 'a keytab of %d bytes' % cut, program.run('read', '--key-file', program.KEY, '--keytab', bad, LOGS[1]).stderr)
    for options in (('--keytab', CAPTURE), ('--smb-conf', KEYTABS[0]), ('--key-file', KEYTABS[0]), ('--samba-private', KEYTABS[0])):
        done = program.run('read', *options, CAPTURE)
        results.check(done.returncode in (0, 2, 3), '%s: status %d' % (options, done.returncode))
        say(results, hidden, 'wrong file for ' + options[0], both(done))
    done = program.run('read', '--key-file', program.KEY, KEYTABS[0], *LOGS)
    say(results, hidden, 'a keytab as a log', both(done))


def check_damage(results, hidden, folder):
    """Bytes of the packets turned, everywhere: what is malformed is named and not quoted."""
    data, bad = slurp(CAPTURE), os.path.join(folder, 'bad.pcap')
    for first in range(40):
        turned = bytearray(data)
        for at in range(2000 + 911 * first % 5000, len(data), 5000):
            turned[at] ^= 0x41
        with open(bad, 'wb') as f:
            f.write(turned)
        done = program.run('read', '-o', 'json', '--key-file', program.KEY, *key_options(KEYTABS), bad, *LOGS)
        results.check(done.returncode in (0, 1, 3), 'damaged: status %d' % done.returncode)
        say(results, hidden, 'damaged, %d' % first, both(done))


def of_channel(path, keytabs):
    hidden = Hidden()
    command = ['tshark', '-n', '-r', path, '-o', 'kerberos.decrypt:TRUE', '-T', 'fields', *[w for field in FIELDS for w in ('-e', field)]]
    said = ''.join(subprocess.run([*command, '-o', 'kerberos.file:' + k], capture_output=True, text=True, timeout=120, check=True).stdout
                   for k in keytabs)
    for value in said.replace('\t', '\n').replace(',', '\n').split():
        hidden.add("tshark's", bytes.fromhex(value.replace(':', '')))
    for k in keytabs:
        for _, _, key in unsealing.keytab(k):
            hidden.add('key of a keytab', key)
    return hidden


def check_channels(results, folder):
    """Channels of the other kinds, by AES and RC4, in pipes, with keys from keytabs and from Samba's own files."""
    keytabs = [os.path.join(CHANNELS, name) for name in ('fs9.keytab', 'fs9-after.keytab')]
    private = os.path.join(folder, 'private')
    os.mkdir(private)
    stores = [shutil.copy(path, private) for path in sorted(glob.glob(os.path.join(CHANNELS, '*.tdb')) + [os.path.join(CHANNELS, 'secrets.ldb')])]
    total = 0
    for path in program.captures(CHANNELS):
        hidden = of_channel(path, keytabs)
        for store in stores:
            hidden.of.update({w: 'of ' + os.path.basename(store) for w in stored_keys(store)})
        total += len(hidden.of)
        for name in ('json', 'text', 'xml'):
            done = program.run('read', '-o', name, '--key-file', program.KEY, *key_options(keytabs), '--samba-private', private, path)
            results.check(done.returncode in (0, 1, 3), '%s: status %d' % (path, done.returncode))
            say(results, hidden, '%s of %s' % (name, os.path.basename(path)), both(done))
    results.check(total > 1000, 'only %d secrets of channels' % total)


def stored_keys(path):
    """All of a file of Samba's that is not text: nothing of it is to be told but names."""
    return {w for w in substance(slurp(path)) if sum(32 <= b < 127 for b in w) < 6}


def main():
    results = program.Results()
    hidden = of_lab(results)
    with program.temporary() as folder:
        check_formats(results, hidden)
        check_writing(results, hidden, folder)
        check_log(results, hidden, folder)
        check_complaints(results, hidden, folder)
        check_damage(results, hidden, folder)
        check_channels(results, folder)
    results.close()


if __name__ == '__main__':
    main()
