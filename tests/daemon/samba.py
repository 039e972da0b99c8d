#!/usr/bin/env python3
"""samba.py [--long]: a real smbd logs who logs on, and the daemon follows its log beside the packets.

Each logon is one event of the server, made of both and with its process; none is lost and none is there twice: over rotations (renamed,
and copied and truncated), while each process of the daemon is killed, over a restart of all of it, and of what was written while there
was no daemon. What there is to find is what Samba wrote, read by Python.
"""
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402

LONG = '--long' in sys.argv
PORT = 445
CONF = '''[global]
netbios name = ALONE
workgroup = LONELY
server role = standalone
passdb backend = tdbsam:{0}/passdb.tdb
private dir = {0}/private
state directory = {0}/state
cache directory = {0}/cache
lock directory = {0}/lock
pid directory = {0}/pid
ncalrpc dir = {0}/ncalrpc
log file = {0}/log.smbd
max log size = 0
log level = 1 auth_json_audit:3@{1}
bind interfaces only = yes
interfaces = 127.0.0.1
disable netbios = yes
disable spoolss = yes
map to guest = never
[share]
path = {0}/share
read only = yes
'''
results = program.Results()
check = results.check


class Samba:
    """A standalone smbd with folders of its own; its logs are kept, in the order in which they were written."""

    def __init__(self, folder):
        self.folder = folder
        self.log = os.path.join(folder, 'auth.json')
        for name in ('private', 'state', 'cache', 'lock', 'pid', 'ncalrpc', 'share'):
            os.mkdir(os.path.join(folder, name), 0o755)
        self.conf = os.path.join(folder, 'smb.conf')
        with open(self.conf, 'w', encoding='ascii') as f:
            f.write(CONF.format(folder, self.log))
        subprocess.run(['smbpasswd', '-c', self.conf, '-a', '-s', 'root'], input='secret\nsecret\n', text=True, capture_output=True, check=True,
                       timeout=60)
        self.process = subprocess.Popen(['smbd', '-F', '--no-process-group', '-s', self.conf, '-p', str(PORT)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.kept = 0
        check(daemoning.until(lambda: self.log_on('first', 'x') or os.path.exists(self.log), 20), 'smbd came up and logs')

    def log_on(self, user, password):
        done = subprocess.run(['smbclient', '//127.0.0.1/share', '-p', str(PORT), '-s', '/dev/null', '-c', 'quit', '-m', 'SMB3', '-U',
                               '%s%%%s' % (user, password)], capture_output=True, check=False, timeout=60,
                              env={**os.environ, 'HOME': '/nonexistent'})
        return done.returncode == 0

    def rename(self):
        """As logrotate does, and tells smbd."""
        for n in range(self.kept, 0, -1):
            os.rename('%s.%d' % (self.log, n), '%s.%d' % (self.log, n + 1))
        os.rename(self.log, self.log + '.1')
        self.kept += 1
        self.process.send_signal(1)

    def copy(self):
        """As logrotate's copytruncate does. What is written between the two is lost, to us as to it: nobody logs on."""
        for n in range(self.kept, 0, -1):
            os.rename('%s.%d' % (self.log, n), '%s.%d' % (self.log, n + 1))
        shutil.copy2(self.log, self.log + '.1')
        os.truncate(self.log, 0)
        self.kept += 1

    def written(self):
        """{account: how often Samba said that it logged on}"""
        count = collections.Counter()
        for n in range(self.kept + 1):
            path = '%s.%d' % (self.log, n) if n else self.log
            if os.path.exists(path):
                with open(path, encoding='utf-8') as f:
                    for line in f.read().splitlines():
                        record = json.loads(line).get('Authentication')
                        if record:
                            count[record['clientAccount']] += 1
        return count

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Logons:
    """Accounts that nobody else has log on, in threads."""

    def __init__(self, samba, prefix, n, threads=3):
        self.left = ['%s%d' % (prefix, i) for i in range(n)]
        self.samba, self.lock = samba, threading.Lock()
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for t in self.threads:
            t.start()

    def run(self):
        while True:
            with self.lock:
                if not self.left:
                    return
                user = self.left.pop()
            self.samba.log_on(user, 'x')

    def join(self):
        for t in self.threads:
            t.join()


def served(daemon):
    return [e for e in daemon.events() if e['event_id'] in (4022, 4023)]


def check_all(daemon, samba, what, seconds=15, unread=()):
    """All that Samba wrote is there, once."""
    wanted = collections.Counter({u: n for u, n in samba.written().items() if u not in unread})

    def wrong():
        have = collections.Counter(e['user'] for e in served(daemon))
        return {u: (wanted[u], have[u]) for u in {*wanted, *have} if wanted[u] != have[u]}

    daemoning.until(lambda: not wrong(), seconds)
    left = wrong()
    check(not left, '%s: of %d accounts these were wanted and found: %r' % (what, len(wanted), dict(sorted(left.items())[:12])))
    if not left:
        print('%s: %d logons' % (what, sum(wanted.values())))


def whole(daemon, samba):
    """Both sources, one event."""
    check(samba.log_on('root', 'secret'), 'root logs on')
    samba.log_on('root', 'wrong')
    samba.log_on('nobody-such', 'x')
    daemoning.until(lambda: len(served(daemon)) >= 3)
    time.sleep(1.5)
    events = served(daemon)
    check(len(events) == len([1 for n in samba.written().elements() if n != 'first']), 'events: %r' % [(e['user'], e['time']) for e in events])
    for e in events:
        check({*(e.get('sightings') or ())} == {'capture', 'samba-log'}, 'made of %r' % e.get('sightings'))
        check(e.get('process_name') == 'smbd' or not daemoning.has_bpf(), 'process: %r %r' % (e.get('process_name'), e.get('process_id')))
        check(e['computer'] == 'cl1', 'computer: %r' % e['computer'])
    statuses = sorted((e['user'], e.get('status')) for e in events)
    check(statuses == [('nobody-such', '0xc0000064'), ('root', '0x0'), ('root', '0xc000006a')], 'as Samba knows it: %r' % statuses)
    logs = daemon.status().get('samba_logs', [])
    check(len(logs) == 1 and logs[0]['path'] == samba.log and logs[0]['problem'] is None, 'status: %r' % logs)


def rotations(daemon, samba):
    for n, rotate in enumerate((samba.rename, samba.rename, samba.copy)):
        logons = Logons(samba, 'rot%d-' % n, 12)
        if rotate == samba.copy:
            logons.join()
            time.sleep(.3)
        else:
            time.sleep(.7)
        rotate()
        logons.join()
    Logons(samba, 'rot3-', 6).join()
    check_all(daemon, samba, 'rotations', unread=('first',))
    log = daemon.status()['samba_logs'][0]
    check(log['rotations'] == 2 and log['truncations'] == 1 and log['lost'] == 0, 'status: %r' % log)


def deaths(daemon, samba, rounds):
    rng = random.Random(4711)
    for n in range(rounds):
        name = ('decoder', 'host', 'keeper')[n % 3]
        logons = Logons(samba, 'kill%d-' % n, 24)
        time.sleep(rng.uniform(.1, 1.5))
        now = daemoning.until(lambda: faulting.is_up(daemon))
        faulting.kill(now[name])
        logons.join()
        check(daemoning.until(lambda n=name, p=now[name]: faulting.is_up(daemon).get(n, p) != p, 10), 'the %s is back' % name)
        check_all(daemon, samba, 'the %s was killed' % name, unread=('first',))


def restarts(folder, daemon, samba, rounds):
    """The daemon ends, or is killed; logons go on."""
    rng = random.Random(42)
    for n in range(rounds):
        logons = Logons(samba, 'again%d-' % n, 24)
        time.sleep(rng.uniform(.2, 1.2))
        if n % 2:
            daemon.stop()
        else:
            pids = faulting.processes(daemon)
            daemon.process.kill()
            daemon.process.wait()
            daemoning.until(lambda p=pids: not [x for x in p.values() if faulting.is_there(x)], 5)
        time.sleep(rng.uniform(0, .8))
        daemon.errors.close()
        daemon = daemoning.Daemon(folder, *daemon.given)
        daemon.given = ('-i', 'lo', '--samba-log', samba.log)
        logons.join()
        check_all(daemon, samba, 'a daemon was %s' % ('stopped' if n % 2 else 'killed'), unread=('first',))
    return daemon


def main():
    faulting.enter()
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    if not all(map(shutil.which, ('smbd', 'smbclient', 'smbpasswd'))):
        daemoning.skip('samba and smbclient are not installed')
    with program.temporary() as folder, program.temporary() as logs:
        os.chmod(folder, 0o755)
        os.chmod(logs, 0o755)
        samba = daemon = None
        try:
            samba = Samba(logs)
            given = ('-i', 'lo', '--samba-log', samba.log)
            daemon = daemoning.Daemon(folder, *given)
            daemon.given = given
            time.sleep(1)
            whole(daemon, samba)
            rotations(daemon, samba)
            deaths(daemon, samba, 12 if LONG else 3)
            daemon = restarts(folder, daemon, samba, 8 if LONG else 2)
            faulting.verify(results, daemon.log, 'the log')
            check('Sanitizer' not in daemon.said(), daemon.said()[-2000:])
        finally:
            if daemon:
                daemon.__exit__()
            if samba:
                samba.end()
    results.close()


main()
