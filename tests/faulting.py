"""What the tests share that break a running daemon: logons that go on all the while, each with a name of its own; which of them
must be in the log; a daemon that is put back as a service manager would."""
import base64
import collections
import os
import signal
import socket
import sys
import threading
import time

import daemoning
import program

MEMBERS = ('opener', 'host', 'decoder', 'keeper')
IDS = (4021, 4023)  # of a logon over the loopback: both sides are ours
GAP = 1


def enter():
    """Root, a network and mounts of our own."""
    if not daemoning.is_root():
        daemoning.skip('needs root: packet sockets, network namespaces, signals to others')
    if os.environ.get('FAULTING') != 'inside':
        os.environ['FAULTING'] = 'inside'
        os.execvp('unshare', ['unshare', '-m', sys.executable, *sys.argv])
    daemoning.enter()


# ---- logons ----

def request(token):
    return b'GET /any/0 HTTP/1.1\r\nHost: web1\r\nAuthorization: NTLM %s\r\n\r\n' % base64.b64encode(token)


def answer(s):
    """The head of an answer whose body is in the same packet."""
    said = s.recv(4096)
    if not said.startswith(b'HTTP/1.1 '):
        raise ConnectionError('no answer')
    return said


def log_on(address, port, user):
    with socket.create_connection((address, port), timeout=10) as s:
        s.sendall(request(daemoning.NEGOTIATE))
        answer(s)
        s.sendall(request(daemoning.authenticate(user=user)))
        return b' 200 ' in answer(s)[:20]


class Made:
    """A logon: the name that nobody else has, and from when to when it took (time.monotonic())."""

    def __init__(self, user, begin, end):
        self.user, self.begin, self.end = user, begin, end


class Logons:
    """Logons in threads, until the end of a `with`."""

    def __init__(self, port, address='127.0.0.1', threads=2, pause=0.02, prefix='u'):
        self.made, self.failures, self.stopped = [], [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=('%s%d-' % (prefix, i), address, port, pause))
                        for i in range(threads)]

    def run(self, prefix, address, port, pause):
        n = 0
        while not self.stopped.wait(pause):
            begin, user = time.monotonic(), '%s%06d' % (prefix, n)
            n += 1
            try:
                if log_on(address, port, user):
                    self.made.append(Made(user, begin, time.monotonic()))
            except OSError as e:
                self.failures.append(str(e))

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *ignored):
        self.stopped.set()
        for t in self.threads:
            t.join()


def some(port, n, prefix, address='127.0.0.1'):
    """So many logons, one after the other."""
    made = []
    for i in range(n):
        begin, user = time.monotonic(), '%s%06d' % (prefix, i)
        if log_on(address, port, user):
            made.append(Made(user, begin, time.monotonic()))
    return made


# ---- the log ----

def stored(events):
    """{(user, event ID): how often}."""
    return collections.Counter((e['user'], e['event_id']) for e in events if e['event_id'] != GAP)


def gaps(events):
    return [e for e in events if e['event_id'] == GAP]


def missing(counts, made, ids=IDS):
    return [(m.user, i) for m in made for i in ids if not counts[(m.user, i)]]


def doubled(counts):
    return [what for what, n in counts.items() if n > 1]


def wait_stored(daemon, made, seconds=10, ids=IDS):
    """Until they are all there: what is missing."""
    def left():
        return missing(stored(daemon.events()), made, ids)
    daemoning.until(lambda: not left(), seconds)
    return left()


def check_all(results, daemon, made, what, ids=IDS, seconds=10):
    left = wait_stored(daemon, made, seconds, ids)
    results.check(made and not left, '%s: %d of %d logons are not in the log: %s' % (what, len(left), len(made), left[:4]))
    twice = doubled(stored(daemon.events()))
    results.check(not twice, '%s: twice in the log: %s' % (what, twice[:4]))


def verify(results, log, what):
    done = program.run('verify', '--log', log)
    results.check(done.returncode == 0, '%s: the log is not sound: %s%s' % (
        what, done.stdout.decode()[-500:], done.stderr.decode()[-500:]))


# ---- processes ----

def is_there(pid):
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as f:
            return f.read().rsplit(') ', 1)[1][0] not in 'ZX'
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes(daemon):
    """{name: pid} of those that are at work; {} while nobody answers."""
    return {p['name']: p['pid'] for p in daemon.status().get('processes', []) if p['state'] == 'running'}


def is_up(daemon, n=len(MEMBERS)):
    """{name: pid} where all are there; {} else."""
    now = processes(daemon)
    return now if {*MEMBERS} <= {*now} and len(now) >= n and all(map(is_there, now.values())) else {}


def kill(pid):
    os.kill(pid, signal.SIGKILL)
