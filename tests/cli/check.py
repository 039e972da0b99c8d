#!/usr/bin/env python3
"""The command line as a person meets it: files that can't be read, options, exit statuses, several files."""
import json
import os
import signal
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

LOGON = os.path.join(program.CAPTURES, 'lab-smb-ntlmv2-ok.pcap')
WARNING = os.path.join(program.CAPTURES, 'lab-smb-ntlmv1-ok.pcap')
NOTHING = os.path.join(program.CAPTURES, 'lab-https-curl-ntlm.pcap')
DONE, NO_MATCH, USAGE, PARTLY = range(4)


def read(*arguments, **more):
    return program.run('read', '--key-file', program.KEY, *arguments, **more)


def ids(done):
    return [json.loads(line)['event_id'] for line in done.stdout.splitlines()]


def check_status(results, what, done, status):
    results.check(done.returncode == status, '%s: exit status %d, not %d: %s' % (
        what, done.returncode, status, done.stderr.decode(errors='replace')))


def check_bad_files(results, folder):
    """Each gets one line that names it, and the status that says so."""
    def write(name, data):
        path = os.path.join(folder, name)
        with open(path, 'wb') as f:
            f.write(data)
        return path
    with open(LOGON, 'rb') as f:
        good = f.read()
    cases = {
        'missing': os.path.join(folder, 'not-there.pcap'),
        'empty': write('empty.pcap', b''),
        'text': write('notes.txt', b'buy milk\n' * 20),
        'folder': folder,
        'header only in part': write('short.pcap', good[:20]),
        'unknown link type': write('link.pcap', good[:20] + struct.pack('<I', 147) + good[24:]),
        'cut in a packet': write('cut.pcap', good[:-7]),
        'random bytes': write('random.bin', bytes(range(256)) * 8),
    }
    if os.geteuid() != 0:
        cases['unreadable'] = write('locked.pcap', good)
        os.chmod(cases['unreadable'], 0)
    for what, path in cases.items():
        done = read('-q', '-o', 'json', path)
        check_status(results, what, done, PARTLY)
        lines = done.stderr.decode().splitlines()
        results.check(len(lines) == 1 and path in lines[0],
                      '%s: not one line that names the file: %r' % (what, lines))
        both = read('-q', '-o', 'json', path, WARNING)
        check_status(results, what + ' beside a good one', both, PARTLY)
        results.check({4021, 4023} <= set(ids(both)), what + ': the other file was not read')


def check_options(results):
    for arguments in ((), ('-o', 'yaml', LOGON), ('--role', 'dc', LOGON), ('--min-level', 'x', LOGON),
                      ('--frobnicate', LOGON)):
        done = program.run('read', *arguments)
        check_status(results, 'read %s' % ' '.join(arguments), done, USAGE)
        results.check(done.stderr and not done.stdout, 'a wrong usage is told on standard error')
    check_status(results, 'no command', program.run(), USAGE)
    check_status(results, 'unknown command', program.run('raed', LOGON), USAGE)
    for arguments in (('--help',), ('read', '--help'), ('--version',)):
        done = program.run(*arguments)
        check_status(results, ' '.join(arguments), done, DONE)
        results.check(done.stdout and not done.stderr, 'help goes to standard output')
    check_status(results, 'a key file that is none', program.run(
        'read', '--key-file', LOGON, LOGON), USAGE)


def check_filters(results):
    rows = (((), LOGON, [4020, 4022]), (('--role', 'client'), LOGON, [4020]),
            (('--role', 'server'), LOGON, [4022]), (('--min-level', 'warning'), LOGON, []),
            (('--min-level', 'warning'), WARNING, [4021, 4023]), ((), NOTHING, []))
    for options, path, want in rows:
        done = read('-o', 'json', *options, path)
        results.check(sorted(ids(done)) == want, '%s %s: %r' % (options, path, ids(done)))
        check_status(results, '%s %s' % (options, path), done, DONE if want else NO_MATCH)


def check_cloud_suffixes(results):
    """An administrator's own domains of cloud accounts; each must be a domain."""
    account = json.loads(read('-o', 'json', LOGON).stdout.splitlines()[0])
    rows = (((), account['reason_id']), (('--cloud-suffix', account['domain'].lower()), 4),
            (('--cloud-suffix=a.example', '--cloud-suffix=' + account['domain']), 4),
            (('--cloud-suffix', 'x' + account['domain']), account['reason_id']))
    results.check(account['reason_id'] != 4, 'no cloud account by itself')
    for options, want in rows:
        got = json.loads(read('-o', 'json', *options, LOGON).stdout.splitlines()[0])['reason_id']
        results.check(got == want, '%s: reason %d, not %d' % (options, got, want))
    for bad in ('', '*.example', 'a@b.example', 'CORP\\jane'):
        check_status(results, '--cloud-suffix %r' % bad, read('--cloud-suffix', bad, LOGON), USAGE)
    check_status(results, 'too many', read(*['--cloud-suffix=a.example'] * 65, LOGON), USAGE)


def split_pcap(path, folder, parts):
    """The packets of a pcap, dealt to files: packet n goes to part parts(n)."""
    with open(path, 'rb') as f:
        data = f.read()
    out, at, n = {}, 24, 0
    while at < len(data):
        size = 16 + struct.unpack_from('<I', data, at + 8)[0]
        out.setdefault(parts(n), []).append(data[at:at + size])
        at, n = at + size, n + 1
    paths = []
    for part, packets in sorted(out.items()):
        paths.append(os.path.join(folder, 'part-%d.pcap' % part))
        with open(paths[-1], 'wb') as f:
            f.write(data[:24] + b''.join(packets))
    return paths


def check_nowhere(results):
    """Every command says that its output got nowhere, and why."""
    for command in (['--help'], ['--version'], ['read', '--help'], ['read', '-q', LOGON], ['explain', '7'], ['policy'],
                    ['completion', 'bash'], ['doctor', 'clock']):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([program.PROGRAM, *command], stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, timeout=60, env={**os.environ, 'NTLMAUDIT_KEY': program.KEY})
        check_status(results, '%s > /dev/full' % ' '.join(command), done, PARTLY)
        results.check(b'standard output: No space left' in done.stderr,
                      '%s > /dev/full: it says %r' % (' '.join(command), done.stderr))


def check_service_name(results):
    """A service's wrong option is told under its own name, wherever it lies."""
    service = os.path.join(os.path.dirname(os.path.abspath(program.PROGRAM)), 'ntlmauditd')
    if not os.path.exists(service):
        print('no ntlmauditd beside the program: its name is not looked at')
        return
    done = subprocess.run([service, '--frobnicate'], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    check_status(results, 'ntlmauditd --frobnicate', done, USAGE)
    results.check(done.stderr.startswith(b'ntlmauditd: unrecognized') and b'try: ntlmauditd --help' in done.stderr,
                  'ntlmauditd --frobnicate says %r' % done.stderr)


def check_several_files(results, folder):
    """A flow may cross files; their order on the command line does not matter; nor do two taps."""
    whole = ids(read('-o', 'json', LOGON))
    for what, parts in (('cut in two', lambda n: n // 13), ('dealt in turns', lambda n: n % 2)):
        paths = split_pcap(LOGON, folder, parts)
        for order in (paths, paths[::-1]):
            done = read('-o', 'json', *order)
            results.check(ids(done) == whole, 'a capture %s gives %r' % (what, ids(done)))
            check_status(results, what, done, DONE)
    twice = read('-o', 'json', LOGON, LOGON)
    results.check(ids(twice) == whole, 'the same packets twice give %r' % ids(twice))
    with open(LOGON, 'rb') as f:
        piped = read('-o', 'json', '-', stdin=f)
    results.check(ids(piped) == whole, 'standard input gives %r' % ids(piped))


def check_output(results):
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([program.PROGRAM, 'read', '--key-file', program.KEY, LOGON], stdout=full,
                              stderr=subprocess.PIPE, env=program.ENVIRONMENT, check=False)
    check_status(results, 'a full disk', done, PARTLY)
    for name in program.FORMATS:
        done = program.read(LOGON, name)
        results.check(b'\x1b' not in done.stdout + done.stderr, name + ': colour in a file')
    results.check(b'\x1b' in program.read(LOGON, 'short', '--color', 'always').stdout, 'no colour')
    a, b = (program.run('read', '-o', 'json', '--key-file', program.KEY, LOGON) for _ in range(2))
    results.check(a.stdout == b.stdout, 'the same key gives the same events')


def check_key(results, folder):
    """A key is made where none is, for its owner alone, and kept."""
    path = os.path.join(folder, 'state/key')
    runs = [program.run('read', '-q', '-o', 'json', LOGON, env={'NTLMAUDIT_KEY': path})
            for _ in range(2)]
    results.check(runs[0].stdout == runs[1].stdout, 'the key is kept')
    results.check(os.path.exists(path) and os.stat(path).st_mode & 0o77 == 0, 'the key is private')
    other = program.read(LOGON, 'json')
    results.check(json.loads(other.stdout.splitlines()[0])['activity_id'] !=
                  json.loads(runs[0].stdout.splitlines()[0])['activity_id'], 'the key matters')


def check_no_home(results):
    """Without a home there is no place for a log, nor for a key, and that is said."""
    if os.geteuid() == 0:
        where = {'preexec_fn': lambda: (os.setgid(65534), os.setuid(65534))}
    else:
        where = {}
    bare = {k: v for k, v in os.environ.items() if k not in ('HOME', 'XDG_STATE_HOME', 'NTLMAUDIT_KEY', 'NTLMAUDIT_LOG')}

    def run(*arguments):
        with open(LOGON, 'rb') as capture:
            return subprocess.run([program.PROGRAM, *arguments], stdin=capture, capture_output=True, timeout=60, env=bare,
                                  **where)
    try:
        run('--version')
    except PermissionError:
        print('the program lies where others can\'t run it: no home is not looked at')
        return
    for arguments, status in ((('search',), PARTLY), (('read', '--store', '-'), PARTLY), (('read', '-q', '-'), DONE)):
        done = run(*arguments)
        check_status(results, 'no HOME: %s' % ' '.join(arguments), done, status)
        results.check(b'there is no HOME' in done.stderr, 'no HOME: %s says %r' % (' '.join(arguments), done.stderr))


def check_interrupt(results, folder):
    """^C at a pipe that goes on: what came is stored and summed up, and the exit status is that of an end."""
    with open(LOGON, 'rb') as f:
        capture = f.read()
    whole = read('-o', 'json', LOGON).stdout.count(b'\n')
    for number in (signal.SIGINT, signal.SIGTERM):
        log = os.path.join(folder, 'interrupted-%d.db' % number)
        reader = subprocess.Popen(
            [program.PROGRAM, 'read', '-o', 'json', '--max-age=0', '--store=' + log, '--key-file', program.KEY, '-'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        reader.stdin.write(capture)
        reader.stdin.flush()
        for _ in range(whole):  # all of it was read
            reader.stdout.readline()
        reader.send_signal(number)
        try:
            reader.wait(10)  # though nobody closed its input
        except subprocess.TimeoutExpired:
            reader.kill()
        said = reader.communicate()[1]
        results.check(reader.returncode == DONE, 'interrupted: exit status %d' % reader.returncode)
        results.check(b'summary' in said and b'%d events stored' % whole in said, 'interrupted: it says what it did: %r' % said)
        kept = program.run('search', '--log', log, '-o', 'json').stdout.count(b'\n')
        results.check(kept == whole, 'interrupted: %d of %d events are in the log' % (kept, whole))


def main():
    results = program.Results()
    with program.temporary() as folder:
        check_bad_files(results, folder)
        check_options(results)
        check_filters(results)
        check_cloud_suffixes(results)
        check_several_files(results, folder)
        check_output(results)
        check_key(results, folder)
        check_interrupt(results, folder)
        check_nowhere(results)
        check_no_home(results)
        check_service_name(results)
    results.close()


main()
