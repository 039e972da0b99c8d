#!/usr/bin/env python3
"""faults.py [--long]: each process of the daemon is killed at random moments while logons run, or stopped for a while. What was in
the log stays there, once; what ran while all were up is there; and the service is back within 2 s. --long: 100 kills and more."""
import calendar
import json
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402

LONG = '--long' in sys.argv
ROUNDS = 25 if LONG else 3
BACK = 2.0
# Until what was on the wire is in the log: with the opener go the ring and what the decoder had; with the decoder what it was at.
UNTIL_STORED, UNTIL_HANDED_ON = 1.5, 0.5
FORWARDER = 'forwarder 1'
results = program.Results()
check = results.check


class Service:
    """The daemon, put back at once where its opener ends."""

    def __init__(self, folder):
        self.folder = folder
        self.out = os.path.join(folder, 'out')
        conf = os.path.join(folder, 'root/etc/ntlmaudit')
        os.makedirs(self.out)
        os.chmod(self.out, 0o777)
        os.makedirs(conf)
        with open(os.path.join(conf, 'ntlmaudit.conf'), 'w', encoding='ascii') as f:
            f.write('forward = file:%s/events?format=json\n' % self.out)
        self.daemon = daemoning.Daemon(folder)
        # A target that is new gets what is stored from then on: then begins with its cursor.
        check(daemoning.until(lambda: os.listdir(os.path.join(folder, 'log/forward'))), 'the forwarder has a cursor')

    def put_back(self):
        """The opener was killed."""
        self.daemon.process.wait()
        self.daemon.errors.close()
        self.daemon = daemoning.Daemon(self.folder, wait=False)

    def wait_up(self, seconds=10):
        return daemoning.until(lambda: faulting.is_up(self.daemon, len(faulting.MEMBERS) + 1), seconds)


def seconds(stamp):
    """Of 2026-11-22T14:00:00.1234567Z."""
    return calendar.timegm(time.strptime(stamp[:19], '%Y-%m-%dT%H:%M:%S')) + float(stamp[19:-1])


class Downtime:
    """When which one was killed, and when the service was back."""

    def __init__(self, name, begin, end):
        self.name, self.begin, self.end = name, begin, end
        self.wall = time.time() - (time.monotonic() - begin)

    def hides(self, made):
        """May that logon have been under way, or not yet safe? Of others' deaths nothing depends on it."""
        after = {'opener': UNTIL_STORED, 'decoder': UNTIL_HANDED_ON}.get(self.name)
        return after is not None and made.begin <= self.end and made.end + after >= self.begin


def kill_one(service, name, pids):
    """Kills it and waits for the service: a Downtime, or None."""
    begin = time.monotonic()
    faulting.kill(pids[name])
    if name == 'opener':
        service.put_back()
        left = daemoning.until(lambda: not [n for n, p in pids.items() if faulting.is_there(p)], 1)
        check(left, 'the opener was killed, and after 1 s there are still %s' % [
            n for n, p in pids.items() if faulting.is_there(p)])
    up = daemoning.until(lambda: [u for u in [service.wait_up(0)] if u and u[name] != pids[name]], 10)
    took = time.monotonic() - begin
    if not check(up, '%s: not back after 10 s: %s%s' % (name, service.daemon.said()[-2000:], service.daemon.status())):
        return None
    others = [n for n in pids if n != name and up[0][n] != pids[n]]
    check(name == 'opener' or not others, '%s was killed, and with it ended %s' % (name, others))
    return Downtime(name, begin, begin + took)


def kills(service, port):
    names = [n for n in (*faulting.MEMBERS, FORWARDER) for _ in range(ROUNDS)]
    random.shuffle(names)
    downtimes, before = [], {}
    with faulting.Logons(port) as logons:
        for name in names:
            pids = service.wait_up()
            if not check(len(pids) == 5, 'up: %s' % service.daemon.status().get('processes')):
                return
            time.sleep(random.uniform(0, 1.2))
            before.update(faulting.stored(service.daemon.events()))
            downtime = kill_one(service, name, pids)
            if not downtime:
                return
            downtimes.append(downtime)
        time.sleep(1)
    events = judge(service, logons, downtimes, before)
    judge_gaps(events, downtimes)


def judge(service, logons, downtimes, before):
    certain = [m for m in logons.made if not any(d.hides(m) for d in downtimes)]
    hidden = [m for m in logons.made if any(d.hides(m) for d in downtimes)]
    faulting.wait_stored(service.daemon, certain)
    events = service.daemon.events()
    counts = faulting.stored(events)
    lost = [k for k in before if not counts[k]]
    check(not lost, 'acknowledged and lost: %s' % lost[:5])
    check(not faulting.doubled(counts), 'twice in the log: %s' % faulting.doubled(counts)[:5])
    left = faulting.missing(counts, certain)
    check(certain and not left, '%d of %d logons that ran while all were up are not there: %s' % (
        len(left), len(certain), [(u, i, [(d.name, round(m.begin - d.begin, 2), round(m.end - d.end, 2)) for d in downtimes
                                         for m in certain if m.user == u and abs(m.begin - d.begin) < 3])
                                  for u, i in left[:5]]))
    check(not logons.failures, 'logons failed: %s' % logons.failures[:3])
    there = [m for m in hidden if counts[(m.user, faulting.IDS[0])]]
    print('%d kills; %d logons while all were up, of %d others %d are there, too; back after %.2f s, at most %.2f' % (
        len(downtimes), len(certain), len(hidden), len(there), statistics.median(d.end - d.begin for d in downtimes),
        max(d.end - d.begin for d in downtimes)))
    slow = [(d.name, round(d.end - d.begin, 2)) for d in downtimes if d.end - d.begin > BACK]
    check(not slow, 'back after more than %d s: %s' % (BACK, slow))
    return events


def judge_gaps(events, downtimes):
    """Each time in which nobody saw packets is in an event; in one with another where what was told of it was not safe in the log
    yet when all ended."""
    gaps = faulting.gaps(events)
    told = [g for g in gaps if 'decoder ended by signal 9' in g['gap_reason']]
    ended = [g for g in gaps if 'without being asked' in g['gap_reason']]
    died = [d for d in downtimes if d.name in ('decoder', 'opener')]
    openers = sum(d.name == 'opener' for d in died)
    check(len(ended) <= openers and len(told) <= len(died) - openers and len(told) + len(ended) >= len(died) - openers,
          '%d died, %d of them openers; %d and %d gaps tell of it' % (len(died), openers, len(told), len(ended)))
    untold = [d for d in died if not any(seconds(g['gap_begin']) - 0.2 < d.wall < seconds(g['gap_end']) for g in gaps)]
    check(not untold, '%d of %d died, and no gap tells of it: %s' % (len(untold), len(died), told + ended))


def hangs(service, port):
    """A decoder that hangs is replaced; a keeper or host that is held up for a while costs nothing."""
    with faulting.Logons(port, prefix='h') as logons:
        pids = service.wait_up()
        begin = time.monotonic()
        os.kill(pids['decoder'], 19)
        up = daemoning.until(lambda: [u for u in [service.wait_up(0)] if u and u['decoder'] != pids['decoder']], 10)
        took = time.monotonic() - begin
        check(up and took < 2.5, 'a decoder that hangs is replaced after %.2f s' % took)
        hung = Downtime('decoder', begin, begin + took)
        for name in ('keeper', 'host'):
            os.kill(pids[name], 19)
            time.sleep(2)
            os.kill(pids[name], 18)
            time.sleep(0.5)
    check(service.wait_up() and service.wait_up()['keeper'] == pids['keeper'], 'a keeper that was held up goes on')
    certain = [m for m in logons.made if not hung.hides(m)]
    faulting.check_all(results, service.daemon, certain, 'after hangs')
    gaps = [g for g in faulting.gaps(service.daemon.events()) if 'did not answer' in g['gap_reason']]
    check(len(gaps) == 1, 'one gap tells of the decoder that hung: %s' % gaps)


def stopping(service, port):
    """What the decoder has told when all end finds its way into the log: more than a keeper takes at once."""
    pids = service.wait_up()
    os.kill(pids['keeper'], 19)
    made = faulting.some(port, 700, 's')
    time.sleep(0.5)
    service.daemon.process.terminate()
    time.sleep(0.5)
    os.kill(pids['keeper'], 18)
    check(service.daemon.stop() == 0, 'it ends well')
    left = faulting.missing(faulting.stored(service.daemon.events()), made)
    check(not left, 'at the end %d of %d were not stored' % (len(left), len(made) * 2))


def forwarded(service):
    """The target has all that the log has, at least once."""
    def told():
        with open(service.out + '/events', encoding='utf-8') as f:
            return {json.loads(line).get('record_id') for line in f}

    def lacks():
        there = told()
        return [e['record_id'] for e in service.daemon.events() if e['record_id'] not in there]

    service.put_back()
    daemoning.until(lambda: [g for g in faulting.gaps(service.daemon.events()) if 'was stopped' in g['gap_reason']])
    daemoning.until(lambda: not lacks())
    left = lacks()
    check(not left, 'the target lacks %d records: %s' % (len(left), left[:5]))


def main():
    faulting.enter()
    random.seed(int(os.environ.get('FAULTS_SEED', '0')) or None)
    with program.temporary() as folder, daemoning.Server() as server:
        os.chmod(folder, 0o755)
        service = Service(folder)
        try:
            kills(service, server.port)
            hangs(service, server.port)
            stopping(service, server.port)
            forwarded(service)
            faulting.verify(results, service.daemon.log, 'after kills')
        finally:
            service.daemon.__exit__()
    results.close()


main()
