#!/usr/bin/env python3
"""The clock is set back an hour, and forth again, while logons run: for the daemon's processes and the packets they read alone
(clock-shim), as it is the whole machine's. Nothing is lost, doubled, held up or out of order."""
import calendar
import json
import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402

SHIM = os.path.join(daemoning.BUILD, 'tests/daemon/clock-shim.so')
HOUR = 3600
results = program.Results()
check = results.check


class Clock:
    """How many seconds the daemon's is off."""

    def __init__(self, path):
        self.path, self.off = path, 0
        with open(path, 'wb') as f:
            f.write(bytes(4096))

    def set(self, off):
        self.off = off
        with open(self.path, 'r+b') as f:
            f.write(struct.pack('<q', off))

    def environment(self):
        return {'LD_PRELOAD': SHIM, 'CLOCK_SHIM': self.path}


def seconds(stamp):
    """Of 2026-11-22T14:00:00.1234567Z."""
    return calendar.timegm(time.strptime(stamp[:19], '%Y-%m-%dT%H:%M:%S')) + float(stamp[19:-1])


def order(events):
    """As records are numbered, so the logons of each thread were made."""
    numbers = {}
    for e in sorted(events, key=lambda e: e['record_id']):
        if e['event_id'] == faulting.IDS[0]:
            thread, number = e['user'].split('-')
            numbers.setdefault(thread, []).append(int(number))
    return {t: n for t, n in numbers.items() if n != sorted(n)}


def off(events, prefix):
    """{hours that their times are off: how many}."""
    found = {}
    for e in events:
        if e['event_id'] != faulting.GAP and e['user'].startswith(prefix):
            hours = round((seconds(e['time']) - time.time()) / HOUR)
            found[hours] = found.get(hours, 0) + 1
    return found


def run(daemon, clock, port):
    """Some seconds each: as it is, an hour back, and again as it is."""
    made = []
    for prefix, hours in (('a', 0), ('b', -1), ('c', 0), ('d', -1)):
        with faulting.Logons(port, prefix=prefix) as logons:  # some are under way as the clock is set
            time.sleep(0.4)
            clock.set(hours * HOUR)
            begin = time.monotonic()
            check(daemon.status().get('processes'), 'the status is told')
            check(time.monotonic() - begin < 1, 'the status is told at once')
            time.sleep(1.5)
        check(not logons.failures, 'logons failed')
        made += logons.made
        left = faulting.wait_stored(daemon, logons.made, 5)
        check(not left, '%s: %d of %d are not there: %s' % (prefix, len(left), len(logons.made), left[:3]))
    return made


def check_times(events):
    """Those while it was set; one block of packets may have been read before it could be shifted."""
    for prefix, hours in (('b', -1), ('c', 0), ('d', -1)):
        found = off(events, prefix)
        # as it was set 0.4 s after the first of some 2 s
        check(found.get(hours, 0) > 0.6 * sum(found.values()), '%s: hours off: %s' % (prefix, found))


def check_restarts(daemon, clock, port):
    """Who is killed while the clock is back, is back itself as ever, and gaps make sense."""
    clock.set(0)
    before = len(faulting.gaps(daemon.events()))
    for name in ('decoder', 'keeper', 'host'):
        pids = faulting.processes(daemon)
        begin = time.monotonic()
        clock.set(-HOUR if name == 'decoder' else 0)
        faulting.kill(pids[name])
        up = daemoning.until(lambda: faulting.processes(daemon).get(name, pids[name]) != pids[name], 5)
        check(up and time.monotonic() - begin < 2, '%s is back after %.2f s' % (name, time.monotonic() - begin))
        daemoning.until(lambda: faulting.is_up(daemon))
        faulting.check_all(results, daemon, faulting.some(port, 5, 'after-%s-' % name[0]), 'after ' + name)
    gaps = daemoning.until(lambda: faulting.gaps(daemon.events())[before:], 5)
    check(len(gaps) == 1, 'the decoder leaves one gap: %s' % gaps)
    check(gaps and seconds(gaps[0]['gap_begin']) <= seconds(gaps[0]['gap_end']), 'a gap that ends before it begins: %s' % gaps)


def check_calm(daemon):
    status = daemon.status()
    check(not [p for p in status['processes'] if p['restarts']], 'who ended: %s' % status['processes'])
    check(not faulting.gaps(daemon.events()), 'gaps: %s' % faulting.gaps(daemon.events()))
    check('did not answer' not in daemon.said(), 'said: ' + daemon.said())


def forwarded(daemon, path):
    def lacks():
        with open(path, encoding='utf-8') as f:
            there = {json.loads(line).get('record_id') for line in f}
        return [e['record_id'] for e in daemon.events() if e['record_id'] not in there]

    daemoning.until(lambda: not lacks())
    check(not lacks(), 'the target lacks %s' % lacks()[:5])


def check_log(log):
    """Verifying tells that the clock went back, each time, and nothing else."""
    said = program.run('verify', '--log', log).stdout.decode().splitlines()
    back = [line for line in said if line.startswith('clock:')]
    check(len(back) >= 2 and all('written 3' in line for line in back), 'the log tells of the clock: %s' % said)
    check(not [line for line in said if line not in back and ':' in line and not line.startswith(('not sound:', 'no seal:'))],
          'the log is not sound: %s' % said)


def main():
    faulting.enter()
    with program.temporary() as folder, daemoning.Server() as server:
        os.chmod(folder, 0o755)
        clock, out = Clock(folder + '/clock'), folder + '/out'
        os.makedirs(folder + '/root/etc/ntlmaudit')
        os.mkdir(out)
        os.chmod(out, 0o777)
        with open(folder + '/root/etc/ntlmaudit/ntlmaudit.conf', 'w', encoding='ascii') as f:
            f.write('forward = file:%s/events?format=json\n' % out)
        with daemoning.Daemon(folder, env=clock.environment()) as daemon:
            daemoning.until(lambda: os.listdir(folder + '/log/forward'))
            made = run(daemon, clock, server.port)
            events = daemon.events()
            twice = faulting.doubled(faulting.stored(events))
            check(not twice, 'twice in the log: %s' % twice[:4])
            check(not order(events), 'out of order: %s' % list(order(events).items())[:2])
            unknown = [e for e in events if e['event_id'] != faulting.GAP and e['process_id'] is None]
            check(len(unknown) < len(events) / 20, '%d of %d have no process' % (len(unknown), len(events)))
            print('%d logons while the clock went back and forth; %d events without process' % (len(made), len(unknown)))
            check_times(events)
            check_calm(daemon)
            check_restarts(daemon, clock, server.port)
            forwarded(daemon, out + '/events')
            check(daemon.stop() == 0, 'it ends well')
        check_log(daemon.log)
    results.close()


main()
