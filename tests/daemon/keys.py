#!/usr/bin/env python3
"""Keys of domain controllers in the daemon: a recorded lab goes over a cable again, and the controllers' events are there, fact by fact those
that `read` makes of the file. Keys that come late, that are garbage, that Samba writes in place; what is ours alone; four parts."""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402

RECORDED = os.path.join(program.TOP, 'tests/lab/recorded')
CAPTURE = os.path.join(RECORDED, 'ci-fresh.pcap')
KEYTABS = [os.path.join(RECORDED, 'ci-fresh-%s.keytab' % name) for name in ('corp', 'partner')]
DATA = os.path.join(program.TOP, 'tests/netlogon/data')
PARTS = ('capture', 'decode', 'keep')
# What tells of the file, or of the moment, instead of the logon.
OTHERWISE = ('time', 'record_id', 'source', 'evidence', 'frame_negotiate', 'frame_challenge', 'frame_authenticate', 'frame_answer')
results = program.Results()
check = results.check
until = daemoning.until


def replay(path=CAPTURE, speed='4'):
    done = subprocess.run(['tcpreplay', '-q', '-i', 'k1', '-x', speed, path], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    check(done.returncode == 0, 'tcpreplay: %s%s' % (done.stdout, done.stderr))


def afresh(folder, n):
    """The same connections with other sequence numbers: else they are taken for copies of those that were there, as they should be."""
    with open(CAPTURE, 'rb') as f:
        data = bytearray(f.read())
    at = 24
    while at < len(data):
        kept, tcp = struct.unpack_from('<I', data, at + 8)[0], at + 16 + 14 + 20
        if data[at + 28:at + 31] == b'\x08\0\x45' and data[at + 39] == 6:
            for where in (tcp + 4, tcp + 8):
                struct.pack_into('>I', data, where, (struct.unpack_from('>I', data, where)[0] + (n << 28)) & 0xffffffff)
        at += 16 + kept
    path = os.path.join(folder, 'afresh%d.pcap' % n)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def of_file(path=CAPTURE, keys=('--keytab', KEYTABS[0], '--keytab', KEYTABS[1])):
    return program.events(path, *keys)


def facts(events):
    """In the order of the first: of the activity, the event, and then of all else."""
    rows = [{k: v for k, v in e.items() if k not in OTHERWISE and v is not None} for e in events]
    return sorted(rows, key=lambda e: (e['activity_id'], e['event_id'], json.dumps(e, sort_keys=True)))


def same(found, wanted, what):
    found, wanted = facts(found), facts(wanted)
    check(len(found) == len(wanted), '%s: %d events, not %d' % (what, len(found), len(wanted)))
    for a, b in zip(found, wanted):
        wrong = {k: (a.get(k), b.get(k)) for k in {*a, *b} if a.get(k) != b.get(k)}
        check(not wrong, '%s: %s of %s: found and wanted differ: %s' % (what, b['event_id'], b.get('user'), wrong))


def of_controllers(events):
    return [e for e in events if 4030 <= e['event_id'] <= 4033]


def conf(folder, **settings):
    path = os.path.join(folder, 'root/etc/ntlmaudit/ntlmaudit.conf')
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='ascii') as f:
        f.writelines('%s = %s\n' % (name.replace('_', '-'), value) for name, value in settings.items())


def case(folder, name):
    path = os.path.join(folder, name)
    os.makedirs(path)
    return path


def channels(daemon, **wanted):
    """Waits until the status says so of the channels."""
    def is_so():
        said = daemon.status().get('channels') or {}
        return all(said.get(k) == v for k, v in wanted.items())
    return check(until(is_so, 8), 'status says %s, not %s' % (daemon.status().get('channels'), wanted))


# ---- cases ----

def watched(folder):
    """ntlmaudit watch, on a mirror port: printed and stored."""
    log = os.path.join(folder, 'log/watched.db')
    notified = daemoning.Notified(os.path.join(folder, 'notify'))
    with subprocess.Popen([program.PROGRAM, 'watch', '--root', folder, '--user', 'nobody', '--key-file', program.KEY, '--tap', '-i', 'k0',
                           '--keytab', KEYTABS[0], '--keytab', KEYTABS[1], '-o', 'json', '--store=' + log],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**program.ENVIRONMENT, 'NOTIFY_SOCKET': notified.path}) as p:
        check(notified.wait('READY=1'), 'watch begins')
        replay()
        time.sleep(1)
        p.send_signal(signal.SIGTERM)
        out, said = p.communicate(timeout=20)
    notified.close()
    said = [line for line in said.splitlines() if 'auditing NTLM as' not in line]
    check(p.returncode == 0 and not said, 'watch says %s' % said)
    same(map(json.loads, out.splitlines()), of_file(), 'printed')
    same(daemoning.search(log), of_file(), 'stored')


def without(daemon, folder, n):
    """Keys of none: all is told that is not the controllers'."""
    before, wanted = len(daemon.events()), len([e for e in of_file() if e['event_id'] < 4030])
    replay(afresh(folder, n))
    found = daemon.wait_events(before + wanted)[before:]
    check(not of_controllers(found) and len(found) == wanted, 'without keys: %s' % [e['event_id'] for e in found])


def late(folder):
    """No keys at first, then garbage and SIGHUP, then the right ones, and nobody says so."""
    paths = [os.path.join(folder, name) for name in ('corp', 'partner')]
    conf(folder, keytab=', '.join(paths))
    with daemoning.Daemon(folder, '--tap', '-i', 'k0') as daemon:
        channels(daemon, accounts=0, readings=1)
        check([(row['path'], row['problem']) for row in daemon.status()['keys']] == [(p, 'No such file or directory') for p in paths],
              'files that are not there: %s' % daemon.status()['keys'])
        check(daemon.said().count('corp: No such file') == 1, 'said: %s' % daemon.said())
        without(daemon, folder, 0)
        said = daemon.status()
        check('keytab' in (said['channels']['problem'] or '') and 'secure channel of' in daemon.said(), 'status: %s' % said['channels'])
        check(any('secure channel of' in p for p in said['problems']), 'it is a problem')
        garbage(daemon, paths)
        without(daemon, folder, 1)
        for path, keytab in zip(paths, KEYTABS):
            with open(keytab, 'rb') as f, open(path, 'wb') as out:
                out.write(f.read())
        channels(daemon, accounts=5)
        check(not [row for row in daemon.status()['keys'] if row['problem'] or row['format'] != 'keytab'], 'files')
        replay(afresh(folder, 2))
        wanted = of_controllers(of_file())
        until(lambda: len(of_controllers(daemon.events())) >= len(wanted))
        same(of_controllers(daemon.events()), wanted, 'with keys that came late')
        check(until(lambda: daemon.status()['decoder']['netlogon_unsealed'] == 36), 'channels unsealed')
        metrics = daemoning.ask(daemon.socket, b'GET /metrics HTTP/1.0\r\n\r\n').decode()
        check('ntlmaudit_keys_accounts 5\n' in metrics and 'item="netlogon_unsealed"} 36' in metrics, 'metrics')
        check([p['restarts'] for p in daemon.status()['processes']] == [0] * 4, 'none ended')


def garbage(daemon, paths):
    for path, content in zip(paths, (os.urandom(3000), b'\5\2' + os.urandom(3000))):
        with open(path, 'wb') as f:
            f.write(content)
        os.chmod(path, 0o600)
    daemon.process.send_signal(signal.SIGHUP)
    said = until(lambda: 'corp: neither a keytab nor one of Samba\'s tdb files' in daemon.said() and 'partner: ' in daemon.said())
    check(said, 'garbage: %s' % daemon.said())
    found = until(lambda: [p for p in [daemon.status()['problems']] if len([s for s in p if s.startswith('keys ')]) == 2])
    check(found, 'problems: %s' % daemon.status()['problems'])


def in_place(folder):
    """Samba's session keys come into a file that stays what it is, and looks as before: read when a channel has none."""
    private = case(folder, 'private')
    path = os.path.join(private, 'schannel_store.tdb')
    with open(os.path.join(DATA, 'schannel_store.tdb'), 'rb') as f:
        content = f.read()
    capture = os.path.join(DATA, 'aes-three.pcap')
    wanted = of_controllers(of_file(capture, ('--samba-private', private_with(folder, content))))
    empty = content[:168] + bytes(len(content) - 168)
    with open(path, 'wb') as f:
        f.write(empty)
    os.utime(path, (1, 1))
    with daemoning.Daemon(folder, '--tap', '-i', 'k0', '--samba-private', private) as daemon:
        channels(daemon, sessions=0, accounts=0, readings=1)
        daemon.process.send_signal(signal.SIGSTOP)
        with open(path, 'r+b') as f:
            f.write(content)
        os.utime(path, (1, 1))
        daemon.process.send_signal(signal.SIGCONT)
        time.sleep(2.5)  # the opener looks, and sees nothing
        channels(daemon, readings=1)
        replay(capture, '1')
        same(daemon.wait_events(len(wanted)), wanted, 'of the key that is there by now')
        channels(daemon, readings=2, sessions=1, problem=None)
        check(daemon.said().count('\n') == 1, 'nothing is wrong: %s' % daemon.said())


def private_with(folder, content):
    path = case(folder, 'whole')
    with open(os.path.join(path, 'schannel_store.tdb'), 'wb') as f:
        f.write(content)
    return path


def ours(folder):
    """Without --tap: the controller whose address is ours, and no other."""
    daemoning.ip('address', 'add', '10.77.0.10/24', 'dev', 'k0')
    try:
        with daemoning.Daemon(folder, '-i', 'k0', *[word for k in KEYTABS for word in ('--keytab', k)]) as daemon:
            check(until(lambda: daemon.status()['channels']['accounts'] == 5), 'keys')
            until(lambda: daemon.status()['host']['addresses'] > 2)
            replay()
            seen = os.path.join(folder, 'seen.pcap')  # without the client's logons at the member, which are not ours to tell
            subprocess.run(['tcpdump', '-q', '-r', CAPTURE, '-w', seen, 'not', 'host', '10.77.0.40'], check=True, capture_output=True)
            wanted = [e for e in of_controllers(of_file(seen)) if e['computer'] == 'dc1.corp.example']
            until(lambda: len(of_controllers(daemon.events())) >= len(wanted), 5)
            found = of_controllers(daemon.events())
            check({e['computer'] for e in found} == {'cl1'} and all(e['event_id'] in (4032, 4033) for e in found), 'computers: %s' % found)
            same([{**e, 'computer': None, 'dc_name': None} for e in found], [{**e, 'computer': None, 'dc_name': None} for e in wanted],
                 'of our own controller')
    finally:
        daemoning.ip('address', 'flush', 'dev', 'k0')


def parts(folder):
    """A tree each for capture, decoding and keeping: the files are the first one's to open."""
    keys = case(folder, 'keys')
    for keytab in KEYTABS:
        shutil.copy(keytab, keys)
    os.chmod(keys, 0o700)
    options = [word for name in os.listdir(keys) for word in ('--keytab', os.path.join(keys, name))]
    daemon = daemoning.Daemon(folder, '--tap', '-i', 'k0', '--part', 'capture', *options, wait=False)
    others = []
    with daemon:
        try:
            for part in PARTS[1:]:
                others.append(subprocess.Popen([daemoning.DAEMON, '--part', part, '--log', daemon.log, '--run-dir', daemon.run_dir, '--root',
                                                daemon.root, '--user', 'nobody', '--key-file', program.KEY], stdin=subprocess.DEVNULL,
                                               env=program.ENVIRONMENT, stderr=daemon.errors))
            check(until(lambda: (daemon.status().get('channels') or {}).get('accounts') == 5), 'keys cross over: %s' % daemon.said())
            replay()
            same(daemon.wait_events(len(of_file())), of_file(), 'in parts')
        finally:
            for p in others:
                p.send_signal(signal.SIGTERM)
                p.wait(15)


def main():
    if not shutil.which('tcpreplay'):
        daemoning.skip('needs tcpreplay')
    faulting.enter()
    daemoning.ip('link', 'add', 'k0', 'type', 'veth', 'peer', 'name', 'k1')
    for name in ('k0', 'k1'):
        daemoning.ip('link', 'set', name, 'up')
    names = sys.argv[1:]
    for test in (watched, late, in_place, ours, parts):
        if names and test.__name__ not in names:
            continue
        begin = time.monotonic()
        with program.temporary() as folder:
            os.chmod(folder, 0o755)
            test(folder)
        print('%-10s %.1f s' % (test.__name__, time.monotonic() - begin))
    results.close()


main()
