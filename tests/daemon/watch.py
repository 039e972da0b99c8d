#!/usr/bin/env python3
"""ntlmaudit watch prints logons as they happen, in formats that are whole when ^C ends it; a reader that goes away ends it
quietly, and without root it says what helps. --tap prints both sides of what others do."""
import csv
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import program  # noqa: E402
from daemoning import HERE, THERE  # noqa: E402

NOBODY = 65534
results = program.Results()
check = results.check


class Watch:
    """It, from the moment it captures."""
    begun = 0

    def __init__(self, folder, *options, at=()):
        Watch.begun += 1
        self.notified = daemoning.Notified(os.path.join(folder, 'notify%d' % Watch.begun))
        self.process = subprocess.Popen(
            [*at, program.PROGRAM, 'watch', '--root', folder, '--user', 'nobody', '--key-file', program.KEY, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={**program.ENVIRONMENT, 'NOTIFY_SOCKET': self.notified.path})
        check(self.notified.wait('READY=1'), 'watch %s begins' % ' '.join(options))

    def lines(self, n, seconds=5):
        """So many lines as they come, or fewer when the time is over."""
        end, got = time.monotonic() + seconds, b''
        while got.count(b'\n') < n and select.select([self.process.stdout], [], [], max(end - time.monotonic(), 0))[0]:
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                break
            got += more
        return got.decode().splitlines()

    def end(self, how=signal.SIGINT):
        """(what it printed since, what it said, its exit status). ^C in a terminal goes to all of its processes."""
        if how == signal.SIGINT:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        try:
            out, errors = self.process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, errors = self.process.communicate()
        self.notified.close()
        said = [line for line in errors.decode().splitlines() if 'auditing NTLM as' not in line]
        return out.decode(), said, self.process.returncode


def ids(lines):
    return [json.loads(line)['event_id'] for line in lines]


def ended_well(ended, what, rc=0):
    out, said, status = ended
    check(status == rc and not said, '%s: ends with %s, says %s' % (what, status, said))
    return out


def as_it_happens(folder, port):
    """JSON, each within a moment; in the log, too, where --store asks for it."""
    log = os.path.join(folder, 'log/watched.db')
    watch = Watch(folder, '-o', 'json', '--store=' + log)
    took = []
    for _ in range(3):
        begin = time.monotonic()
        logon = daemoning.curl(HERE, port)
        lines = watch.lines(2, 3)
        took.append(time.monotonic() - begin)
        check(sorted(ids(lines)) == [4021, 4023] and {json.loads(s)['client_port'] for s in lines} == {logon.port},
              'json: within %.1f s of a logon: %s' % (took[-1], lines))
        pids = {4021: logon.client, 4023: logon.server}
        check(all(daemoning.is_of(e, pids[e['event_id']]) for e in map(json.loads, lines)), 'json: processes: %s' % lines)
    print('from the logon to the printed events: at most %.0f ms' % (max(took) * 1000))
    check(not ended_well(watch.end(), 'json'), 'json: nothing is printed twice')
    check([e['event_id'] for e in daemoning.search(log)] == [4021, 4023] * 3, '--store')


def csv_is_whole(out):
    rows = list(csv.reader(io.StringIO(out)))
    column = rows[0].index('event_id')
    return len(set(map(len, rows))) == 1 and [r[column] for r in rows[1:]] == ['4021', '4023'] * 2


def xml_is_whole(out):
    try:
        events = list(ElementTree.fromstring(out))
    except ElementTree.ParseError as e:
        return print(e)
    return [e.find('.//{*}EventID').text for e in events] == ['4021', '4023'] * 2


FORMATS = {
    'csv': csv_is_whole,
    'xml': xml_is_whole,
    'short': lambda out: out.count('\n') == 4 and (out.count('curl') == 2 or not daemoning.has_bpf()),
    'text': lambda out: out.count('alice') >= 4,
}


def formats(folder, port):
    """What was printed is whole at the end, when ^C or SIGTERM comes right after the last logon."""
    for i, (name, is_whole) in enumerate(FORMATS.items()):
        watch = Watch(folder, '-o', name)
        for _ in range(2):
            daemoning.curl(HERE, port)
        out = ended_well(watch.end(signal.SIGTERM if i % 2 else signal.SIGINT), name)
        check(is_whole(out), '%s: %r' % (name, out))


def choices(folder, port):
    """--role, --min-level and --explain, beside each other: another process each, on one logon."""
    path = os.path.join(folder, 'etc/ntlmaudit/ntlmaudit.conf')
    os.makedirs(os.path.dirname(path))
    with open(path, 'w', encoding='ascii') as f:
        f.write('restrict-outgoing = audit\naudit-incoming = all\n')
    asked = {'all': ((), [4021, 4023, 8001, 8002]), 'client': (('--role', 'client'), [4021, 8001]),
             'server': (('--role', 'server'), [4023, 8002]), 'warnings': (('--min-level', 'warning'), [4021, 4023])}
    watches = {name: Watch(folder, '-o', 'json', *options) for name, (options, _) in asked.items()}
    explain = Watch(folder, '--explain', '--role', 'client', '--color', 'never')
    daemoning.curl(HERE, port)
    for name, watch in watches.items():
        out = ended_well(watch.end(), name)
        check(sorted(ids(out.splitlines())) == asked[name][1], '%s: %s' % (name, out))
    out = ended_well(explain.end(), '--explain')
    check(HERE in out and 'client and server are the same host' in out, '--explain: %r' % out)
    os.remove(path)


def readers(folder, port):
    """One that has seen enough goes: the next event ends it, without a word."""
    watch = Watch(folder, '-o', 'json')
    daemoning.curl(HERE, port)
    check(len(watch.lines(1)) >= 1, 'a line for head -1')
    watch.process.stdout.close()
    daemoning.curl(HERE, port)
    try:
        rc = watch.process.wait(10)
    except subprocess.TimeoutExpired:
        watch.process.kill()
        rc = watch.process.wait()
    said = [line for line in watch.process.stderr.read().decode().splitlines() if 'auditing NTLM as' not in line]
    watch.process.stderr.close()
    watch.notified.close()
    check(rc == 0 and not said, 'a reader that goes away: ends with %s, says %s' % (rc, said))


def tap(folder, srv):
    """On a bridge between two others, as on a mirror port: both sides, each of its own host, and no process."""
    with daemoning.Host('third') as third:
        daemoning.ip('link', 'add', 'br0', 'type', 'bridge')
        daemoning.ip('link', 'add', 'v2', 'type', 'veth', 'peer', 'name', 'v3')
        daemoning.ip('link', 'set', 'v3', 'netns', str(third.process.pid))
        for port in ('v0', 'v2'):
            daemoning.ip('link', 'set', port, 'master', 'br0')
            daemoning.ip('link', 'set', port, 'up')
        daemoning.ip('link', 'set', 'br0', 'up')
        daemoning.ip('address', 'add', '10.98.0.3/24', 'dev', 'v3', at=third.at)
        daemoning.ip('link', 'set', 'v3', 'up', at=third.at)
        with daemoning.Server('threading', THERE, at=srv.at) as server:
            taps = [Watch(folder, '-o', 'json', '--tap', '-i', name) for name in ('v0', 'br*')]
            plain = Watch(folder, '-o', 'json')
            logon = daemoning.curl(THERE, server.port, at=third.at)
            for watch in taps:
                lines = [json.loads(line) for line in ended_well(watch.end(), '--tap').splitlines()]
                check([(e['event_id'], e['client_ip'], e['target_ip'], e['client_port'], e['process_id']) for e in lines] ==
                      [(n, '10.98.0.3', THERE, logon.port, None) for n in (4021, 4023)], '--tap: %s' % lines)
                check([e['computer'] for e in lines] == ['WORKSTATION', 'web1.corp.example'] or
                      len({e['computer'] for e in lines}) == 2, '--tap: each of its own host: %s' % lines)
            check(not ended_well(plain.end(), 'without --tap'), 'without --tap what others do is not ours')


def without_root(folder):
    """Exit status 3, and the line that helps."""
    path = os.path.join(folder, 'ntlmaudit')
    shutil.copy(program.PROGRAM, path)
    os.chmod(path, 0o755)
    as_nobody = {'user': NOBODY, 'group': NOBODY, 'extra_groups': ()} if os.geteuid() == 0 else {}
    for words in (['watch'], ['watch', '-o', 'json', '-i', 'lo']):
        done = subprocess.run([path, *words, '--key-file', os.path.join(folder, 'key')], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=program.ENVIRONMENT, timeout=20, check=False,
                              **as_nobody)
        check(done.returncode == 3 and not done.stdout and 'sudo ntlmaudit' in done.stderr and
              done.stderr.count('\n') == 1, 'without root: %d, %r' % (done.returncode, done.stderr))


def main():
    if daemoning.is_root():
        daemoning.enter()
    with program.temporary() as folder:
        os.chmod(folder, 0o755)
        shutil.copy(program.KEY, os.path.join(folder, 'key'))
        os.chmod(os.path.join(folder, 'key'), 0o644)
        without_root(folder)
        if not daemoning.is_root():
            print('skipped: what needs root: capturing')
            results.close()
        with daemoning.Host('srv1') as srv:
            srv.join()
            with daemoning.Server('threading', HERE) as server:
                as_it_happens(folder, server.port)
                formats(folder, server.port)
                choices(folder, server.port)
                readers(folder, server.port)
            tap(folder, srv)
    results.close()


main()
