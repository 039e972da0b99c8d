#!/usr/bin/env python3
"""Samba's logs as `ntlmaudit read` may meet them: cut, damaged, mixed with others', oddly encoded, out of order, from a pipe.

What is no line of Samba's is passed over, what was one is named by file and line, and of the lines around it nothing is lost.
"""
import collections
import json
import os
import random
import re
import subprocess
import sys
import threading
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTS)
import program

LAB = os.path.join(TESTS, 'lab/recorded')
DONE, NOTHING, USAGE, PARTLY = range(4)
# What differs by the file's name, by the number of a line, and by how many events there were.
LOOSE = ('source', 'record_id', 'activity_id')
results = program.Results()
check = results.check


def slurp(host):
    with open(os.path.join(LAB, 'ci-fresh.%s.json' % host), 'rb') as f:
        return f.read()


LINES = {host: slurp(host).splitlines() for host in ('dc1', 'dc2', 'fs1')}


class Read:
    def __init__(self, folder, data, *more, name='log.json'):
        self.path = os.path.join(folder, name)
        with open(self.path, 'wb') as f:
            f.write(data if isinstance(data, bytes) else b'\n'.join(data) + b'\n')
        self.done = program.run('read', '-o', 'json', '--key-file', program.KEY, *more, self.path)
        self.take(self.done.returncode, self.done.stdout, self.done.stderr)

    def take(self, status, out, err):
        self.status, self.said = status, err.decode()
        self.events = [{k: v for k, v in json.loads(line).items() if k not in LOOSE and not k.startswith('frame')} for line in out.splitlines()]
        self.all = collections.Counter(json.dumps(e, sort_keys=True) for e in self.events)
        self.named = [int(n) for n in re.findall(r'^ntlmaudit: .*: line ([0-9]+): ', self.said, re.M)]


def same(what, found, base, named=(), status=DONE):
    check(found.status == status and 'terminate' not in found.said, '%s: status %d: %s' % (what, found.status, found.said[-300:]))
    lost, more = base.all - found.all, found.all - base.all
    check(not lost and not more, '%s: %d events lost, %d others: %s' % (what, lost.total(), more.total(), [*lost, *more][:1]))
    check(found.named == list(named), '%s: lines %s are named: %s' % (what, found.named, found.said[:300]))


def others(rng):
    """What stands beside in a syslog or a journal."""
    yield b'Nov 22 12:00:25 dc1 kernel: [12345.678901] usb 1-1: new {high-speed} device'
    yield b'Nov 22 12:00:25 dc1 sshd[812]: Accepted publickey for root from 192.0.2.1 port 50000'
    yield b'<86>1 2026-11-22T12:00:25.1Z dc1 cron 12 - - {"timestamp": 1, "type": "x"}'
    yield b'{"__REALTIME_TIMESTAMP":"1795348825912441","_HOSTNAME":"dc1","MESSAGE":"hello {}"}'
    yield b'{"__REALTIME_TIMESTAMP":"1795348825912441","_HOSTNAME":"dc1","MESSAGE":null}'
    yield b'{"__REALTIME_TIMESTAMP":"1795348825912441","MESSAGE":[104,105,255]}'
    yield b'[2026/11/22 12:00:25.912441,  3] ../../source4/auth/ntlm/auth.c:1(x)'
    yield b'{"@timestamp": "2026-11-22T12:00:25Z", "message": "x"}'
    yield b'  Auth: [SamLogon,network] user [CORP]\\[alice] at [Sun, 22 Nov 2026 12:00:25.912441 UTC] with [NTLMv2] status [NT_STATUS_OK]'
    yield bytes(rng.randrange(32, 127) for _ in range(2000))
    yield rng.randbytes(300).replace(b'\n', b'')
    yield b''
    yield b'\0' * 4096
    yield b'{}'
    yield b'\xff\xfe{'


def check_forms(folder, lines, base):
    whole = b'\n'.join(lines) + b'\n'
    same('byte order mark', Read(folder, b'\xef\xbb\xbf' + whole), base)
    same('CRLF', Read(folder, whole.replace(b'\n', b'\r\n')), base)
    same('no line feed at the end', Read(folder, whole[:-1]), base)
    same('empty lines', Read(folder, b'\n\n' + whole.replace(b'\n', b'\n\n')), base)
    same('NULs at the end, as after a crash', Read(folder, whole + b'\0' * 10000), base)
    rng = random.Random(5)
    mixed = []
    for line in lines:
        mixed += [rng.choice(list(others(rng))), line]
    same('among others', Read(folder, mixed), base)
    same('behind others', Read(folder, [*others(rng), *lines]), base)
    for what, room, named in (('a line of 64 KiB', 65536, ()), ('a line of 70,000 bytes', 70000, (11,)), ('a line of 3 MB', 3 << 20, (11,))):
        same(what, Read(folder, [*lines[:10], b'x' * room, *lines[10:]]), base, named)
    long = lines[12].replace(b'{"version"', b'{"x": "' + b'y' * 70000 + b'", "version"', 1)
    same('a line of Samba\'s that is too long', Read(folder, [*lines[:10], long, *lines[10:]]), base, (11,))
    same('it comes first', Read(folder, [long, *lines]), base, (1,))
    journal = [json.dumps({'__REALTIME_TIMESTAMP': '1795348825912441', '_HOSTNAME': 'dc1', '_PID': '1', '_COMM': 'samba', 'MESSAGE': line.decode()}).encode()
               for line in lines]
    found, wanted = Read(folder, journal), collections.Counter(e['event_id'] for e in base.events)
    check(collections.Counter(e['event_id'] for e in found.events) == wanted and not found.named, 'journal: %s' % found.said[-300:])
    syslog = [b'Nov 22 12:00:25 dc1 samba[77]: ' + line for line in lines]
    found = Read(folder, syslog)
    check(collections.Counter(e['event_id'] for e in found.events) == wanted and not found.named, 'syslog: %s' % found.said[-300:])


def check_nothing(folder):
    """Files that hold no line of Samba's."""
    rng = random.Random(6)
    for what, data in (('empty', b''), ('a text', b'hello world\n' * 1000), ('NULs', bytes(100000)), ('noise', b'\x01' + rng.randbytes(100000)), ('one line feed', b'\n'),
                       ('a long line', b'x' * (1 << 20)), ('an object', b'{}\n'), ('half an object', b'  {"timestamp": "2026')):
        found = Read(folder, data)
        check(found.status in (PARTLY, NOTHING) and not found.events and found.path in found.said, '%s: status %d: %s' % (what, found.status, found.said))


def check_cut(folder, lines, base):
    """A line cut at every byte is a line that is named, and no event."""
    at = next(n for n, line in enumerate(lines) if b'SamLogon' in line)
    line = lines[at].rstrip()
    begin = line.index(b'{') + 1
    cuts = [line[:n] for n in range(begin, len(line))]
    found = Read(folder, [*lines[:at], *cuts, *lines[at:]])
    check(found.all == base.all and found.status == DONE, 'cut everywhere: %d events instead of %d' % (len(found.events), len(base.events)))
    malformed = re.search(r'([0-9,]+)  malformed lines of Samba', found.said)
    # a brace and a few characters could be anybody's
    check('further malformed messages are counted only' in found.said and malformed and len(cuts) - 20 < int(malformed[1].replace(',', '')) <= len(cuts),
          'cut everywhere: %s' % found.said[-500:])
    without = Read(folder, [*lines[:at], *lines[at + 1:]])
    for n in range(0, len(cuts), 23):
        named = (at + 1,) if b'"type"' in cuts[n] or b'timestamp' in cuts[n] else ()
        found = Read(folder, [*lines[:at], cuts[n], *lines[at + 1:]])
        check(found.all == without.all and set(found.named) <= {at + 1}, 'cut at %d: %s' % (n, found.said[:300]))
        check(not named or found.named == [at + 1] or n < 40, 'cut at %d is not named: %s' % (n, cuts[n][:80]))
        last = Read(folder, b'\n'.join([*lines[:at], cuts[n]]))
        check(set(last.named) <= {at + 1} and last.status in (DONE, NOTHING), 'cut at %d, at the end: %s' % (n, last.said[:300]))


def check_damage(folder, lines):
    rng = random.Random(8)
    for turn in range(60 if os.environ.get('SANITIZED') else 200):
        at, data = rng.randrange(len(lines)), None
        line = bytearray(lines[at])
        for _ in range(rng.randrange(1, 5)):
            line[rng.randrange(len(line))] = rng.choice(b'"\\{}[],:0\x00\x1f\x80\xff\r')
        data = Read(folder, [*lines[:at], bytes(line), *lines[at + 1:]])
        without = Read(folder, [*lines[:at], *lines[at + 1:]])
        check(data.status in (DONE, NOTHING) and set(data.named) <= {at + 1}, 'damage %d: status %d: %s' % (turn, data.status, data.said[:300]))
        lost = without.all - data.all
        check(not lost, 'damage %d of line %d: %d events lost: %s: %s' % (turn, at + 1, lost.total(), bytes(line)[:120], list(lost)[:1]))
        check(len(data.events) <= len(without.events) + 1, 'damage %d: %d events' % (turn, len(data.events)))


def check_times(folder, lines, base):
    found = Read(folder, lines[::-1])
    wanted = collections.Counter((e['event_id'], e.get('user'), e['time']) for e in base.events)
    check(collections.Counter((e['event_id'], e.get('user'), e['time']) for e in found.events) == wanted, 'backwards: %d events' % len(found.events))
    rng = random.Random(9)
    for turn in range(5):
        some = list(lines)
        rng.shuffle(some)
        found = Read(folder, some)
        check(collections.Counter((e['event_id'], e.get('user'), e['time']) for e in found.events) == wanted, 'shuffled: %d events' % len(found.events))
    at = next(n for n, line in enumerate(lines) if b'SamLogon' in line)
    for stamp in ('', 'x', '0000-00-00T00:00:00.000000+0000', '9999-12-31T23:59:59.999999+0000', '1601-01-01T00:00:00.000000+0000', '2026-11-22T12:00:25',
                  '2026-13-45T99:99:99.999999+9999', '99999999999-11-22T12:00:25.000000+0000'):
        odd = re.sub(rb'"timestamp": "[^"]*"', b'"timestamp": "' + stamp.encode() + b'"', lines[at])
        found = Read(folder, [*lines[:at], odd, *lines[at + 1:]])
        check(found.status == DONE and len(found.events) >= len(base.events) - 1, 'time %r: %d events, %s' % (stamp, len(found.events), found.said[:200]))


def check_machines(folder):
    """Several machines in one file, as a collector writes it: the same events on the same machines."""
    def line_time(line):
        return re.search(rb'"timestamp": "([^"]*)"', line)[1]

    apart = program.run('read', '-o', 'json', '--key-file', program.KEY, *(os.path.join(LAB, 'ci-fresh.%s.json' % host) for host in LINES))
    wanted = collections.Counter((e['event_id'], e['user'], e['computer'].split('.')[0].lower()) for e in map(json.loads, apart.stdout.splitlines()))
    together = sorted((line_time(line), b'2026-11-22T12:00:25.1+00:00 %s samba[7]: %s' % (host.encode(), line)) for host, lines in LINES.items() for line in lines)
    found = Read(folder, [line for _, line in together])
    got = collections.Counter((e['event_id'], e['user'], e['computer'].split('.')[0].lower()) for e in found.events)
    check(got == wanted, 'three machines in one syslog: lost %s, more %s' % (wanted - got, got - wanted))


def check_pipe(base):
    """Each event is there soon after its line, while the pipe goes on."""
    lines = LINES['dc1']
    with subprocess.Popen([program.PROGRAM, 'read', '-o', 'json', '--key-file', program.KEY, '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=program.ENVIRONMENT) as p:
        came = []
        reader = threading.Thread(target=lambda: came.extend((time.monotonic(), line) for line in p.stdout))
        reader.start()
        longest, seen = 0.0, 0
        at = [n for n, line in enumerate(lines) if b'"SamLogon"' in line]
        for begin, end in zip([0, *(n + 1 for n in at)], [n + 1 for n in at]):
            p.stdin.write(b'\n'.join(lines[begin:end])[:-40])
            p.stdin.flush()
            time.sleep(0.05)
            check(len(came) == seen, 'half a line makes an event')
            sent = time.monotonic()
            p.stdin.write(b'\n'.join(lines[begin:end])[-40:] + b'\n')
            p.stdin.flush()
            while len(came) == seen and time.monotonic() < sent + 10:
                time.sleep(0.02)
            longest, seen = max(longest, time.monotonic() - sent), len(came)
        check(longest < 3, 'an event came after %.1f s' % longest)
        p.stdin.write(b'\n'.join(lines[at[-1] + 1:]))
        p.stdin.close()
        reader.join()
        p.stdin = None
        _, err = p.communicate(timeout=30)
    found = object.__new__(Read)
    found.take(p.returncode, b''.join(line for _, line in came), err)
    # of whom the first lines are is only known from those behind them
    keys = [collections.Counter((e['event_id'], e['user'], e['time'], e['status']) for e in r.events) for r in (found, base)]
    check(keys[0] == keys[1] and found.status == DONE, 'from a pipe: %s, not %s' % tuple(keys))


def check_pipe_and_file():
    """A pipe that is quiet while a capture goes on behind it: nobody's logon is told before all of it was read."""
    capture = os.path.join(LAB, 'ci-fresh.pcap')
    log = os.path.join(LAB, 'ci-fresh.fs1.json')
    ids = [collections.Counter(), collections.Counter()]
    for n, wait in enumerate(('0', '1')):
        done = subprocess.run(['sh', '-c', '(cat "$1"; sleep %s) | "$0" read -o json --key-file "$2" "$3" -' % wait, program.PROGRAM, log, program.KEY, capture],
                              capture_output=True, env=program.ENVIRONMENT, timeout=60, check=False)
        ids[n].update(json.loads(line)['event_id'] for line in done.stdout.splitlines())
    check(ids[0] == ids[1] and ids[0][4022] == 5, 'a pipe beside a capture, quick %s, slow %s' % tuple(ids))


def main():
    lines = LINES['dc1']
    with program.temporary() as folder:
        base = Read(folder, lines)
        check(base.status == DONE and len(base.events) >= 6 and not base.named, 'as it is: %d events' % len(base.events))
        check_forms(folder, lines, base)
        check_nothing(folder)
        check_cut(folder, lines, base)
        check_damage(folder, lines)
        check_times(folder, lines, base)
        check_machines(folder)
        check_pipe(base)
        check_pipe_and_file()
    results.close()


main()
