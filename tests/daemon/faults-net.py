#!/usr/bin/env python3
"""faults-net.py [--long]: what may befall what the daemon is connected with: interfaces that go down, or away and come back, or come
new; a target that is gone for a while, taken off or added; whoever is at the status socket only to be in the way."""
import os
import re
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402

LONG = '--long' in sys.argv
GONE = 60 if LONG else 5
ADDRESS = daemoning.THERE
CLIENT = (4021,)  # of a logon to another host
results = program.Results()
check = results.check


# ---- interfaces ----

def gap_sources(daemon):
    return [g['source'] for g in faulting.gaps(daemon.events())]


def problems(daemon, word):
    return [p for p in daemon.status()['problems'] if word in p]


def interfaces(folder, srv):
    """One that is named: down and up; gone, and made again. And without a name: one that is new."""
    with daemoning.Daemon(folder, '-i', 'v0') as daemon, daemoning.Server('threading', ADDRESS, at=srv.at) as server:
        made = faulting.some(server.port, 3, 'a', ADDRESS)
        faulting.check_all(results, daemon, made, 'an interface', CLIENT)
        daemoning.ip('link', 'set', 'v0', 'down')
        check(daemoning.until(lambda: problems(daemon, 'v0')), 'down: the status tells')
        time.sleep(1.5)
        daemoning.ip('link', 'set', 'v0', 'up')
        check(daemoning.until(lambda: not problems(daemon, 'capture on v0')), 'up again: the status tells: %s' % problems(daemon, 'v0'))
        made += faulting.some(server.port, 3, 'b', ADDRESS)
        faulting.check_all(results, daemon, made, 'an interface that was down', CLIENT)
        check(daemoning.until(lambda: gap_sources(daemon) == ['v0']), 'a gap tells that it was down: %s' % gap_sources(daemon))
        daemoning.ip('link', 'delete', 'v0')
        check(daemoning.until(lambda: problems(daemon, 'v0')), 'gone: the status tells')
        time.sleep(1)
        srv.join()
        check(daemoning.until(lambda: not problems(daemon, 'capture on v0')), 'made again: the status tells: %s' % problems(daemon, 'v0'))
        made += faulting.some(server.port, 3, 'c', ADDRESS)
        faulting.check_all(results, daemon, made, 'an interface that was made again', CLIENT)
        check(daemoning.until(lambda: gap_sources(daemon) == ['v0'] * 2), 'a gap tells that it was gone: %s' % gap_sources(daemon))
        check(not [p for p in daemon.status()['processes'] if p['restarts']], 'nobody ended')
    faulting.verify(results, daemon.log, 'after interfaces')


def new_interface(folder, srv):
    daemoning.ip('link', 'delete', 'v0')
    with daemoning.Daemon(folder) as daemon:
        srv.join()
        with daemoning.Server('threading', ADDRESS, at=srv.at) as server:
            # Whose addresses are ours is known a moment after they are: then the logons begin.
            daemoning.until(lambda: daemon.status()['host']['addresses'] >= 2)
            time.sleep(0.3)
            made = faulting.some(server.port, 3, 'n', ADDRESS)
            faulting.check_all(results, daemon, made, 'an interface that is new', CLIENT)


# ---- a target ----

class Target:
    """A syslog server by TCP that counts the records of each number; it can go and come back."""

    def __init__(self, port=0):
        self.listener = socket.create_server(('127.0.0.1', port))
        self.port = self.listener.getsockname()[1]
        self.records, self.open, self.running = {}, [], True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.running:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(s)
            threading.Thread(target=self.read, args=(s,)).start()

    def read(self, s):
        try:
            with s, s.makefile('rb') as f:
                while True:
                    digits = b''
                    while not digits.endswith(b' '):
                        digit = f.read(1)
                        if not digit:
                            return
                        digits += digit
                    self.take(f.read(int(digits)).decode())
        except (OSError, ValueError):
            pass

    def take(self, message):
        found = re.search(r'record_id="(\d+)"', message)
        if found:
            n = int(found.group(1))
            self.records[n] = self.records.get(n, 0) + 1

    def close(self):
        self.running = False
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.open:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join()


def write_policy(daemon, text):
    path = os.path.join(daemon.root, 'etc/ntlmaudit/ntlmaudit.conf.d')
    os.makedirs(path, exist_ok=True)
    with open(path + '/new', 'w', encoding='ascii') as f:
        f.write(text)
    os.rename(path + '/new', path + '/50.conf')


def forwards(daemon):
    return {f['target']: f for f in daemon.status()['forward']}


def lacks(daemon, target, since=0):
    return [e['record_id'] for e in daemon.events() if e['record_id'] > since and e['record_id'] not in target.records]


def targets(folder, port):
    os.makedirs(os.path.join(folder, 'root/etc/ntlmaudit'))
    with daemoning.Daemon(folder) as daemon:
        target = Target()
        name = 'syslog+tcp://127.0.0.1:%d' % target.port
        before = len(faulting.some(port, 3, 'a')) * 2
        faulting.wait_stored(daemon, faulting.some(port, 1, 'b'))
        before = max(e['record_id'] for e in daemon.events())
        write_policy(daemon, 'forward = %s\n' % name)
        check(daemoning.until(lambda: name in forwards(daemon)), 'a target that is added is served: %s' % forwards(daemon))
        check(daemoning.until(lambda: os.listdir(os.path.join(folder, 'log/forward'))), 'it has a cursor')
        with faulting.Logons(port, prefix='t') as logons:
            check(daemoning.until(lambda: target.records), 'the target is told')
            target.close()
            time.sleep(GONE)
            check(daemoning.until(lambda: problems(daemon, '127.0.0.1')), 'a target that is gone: the status tells')
            again = Target(target.port)
            again.records = target.records
            daemon.process.send_signal(signal.SIGHUP)
        daemoning.until(lambda: not lacks(daemon, again, before), 10 + 2 * GONE)
        left = lacks(daemon, again, before)
        check(logons.made and not left, 'the target lacks %d of %d records: %s' % (len(left), 2 * len(logons.made), left[:5]))
        twice = [n for n, times in again.records.items() if times > 1]
        print('a target gone for %d s: %d records, %d of them twice' % (GONE, len(again.records), len(twice)))
        write_policy(daemon, '# nobody\n')
        check(daemoning.until(lambda: not forwards(daemon)), 'a target that is taken off is not served: %s' % forwards(daemon))
        check(daemoning.until(lambda: not [p for p in daemon.status()['processes'] if p['name'].startswith('forwarder')]),
              'nor is there a forwarder: %s' % daemon.status()['processes'])
        check(not problems(daemon, 'forward'), 'and it is no problem: %s' % daemon.status()['problems'])
        n = len(again.records)
        faulting.check_all(results, daemon, faulting.some(port, 3, 'z'), 'without a target')
        time.sleep(0.5)
        check(len(again.records) == n, 'nothing is told to it')
        again.close()


# ---- the status socket ----

def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(0.2)
    try:
        s.connect(path)
    except OSError:
        s.close()
        return None
    return s


class InTheWay:
    """Connections that ask nothing, as many as there can be, and ever new ones."""

    def __init__(self, path):
        self.path, self.stopped, self.made = path, threading.Event(), 0
        self.threads = [threading.Thread(target=self.run) for _ in range(4)]

    def run(self):
        kept = []
        while not self.stopped.is_set():
            s = connect(self.path)
            if s:
                self.made += 1
                kept.append(s)
            for old in kept[:-100]:
                old.close()
            kept = kept[-100:]
        for s in kept:
            s.close()

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *ignored):
        self.stopped.set()
        for t in self.threads:
            t.join()


GARBAGE = (b'', b'\n', b'\0' * 100, b'status', b'status\r\n\r\n', b'GET', b'GET / HTTP/9\r\n\r\n', b'GET /metrics HTTP/1.1\r\n',
           b'POST /metrics HTTP/1.1\r\n\r\n', b'A' * 100000, os.urandom(5000), os.urandom(100) + b'\n', b'GET ' + b'/' * 8000 + b' HTTP/1.0\r\n\r\n')


def half(path, request):
    """A request, and away without an answer."""
    s = connect(path)
    if s:
        try:
            s.sendall(request)
        except OSError:
            pass
        s.close()


def is_answered(daemon, what):
    done = program.run('status', '--run-dir', daemon.run_dir)
    check(done.returncode == 0, '%s: others are answered: %s' % (what, done.stderr))


def status_socket(folder, port):
    with daemoning.Daemon(folder) as daemon:
        for _ in range(20):
            for request in GARBAGE:
                half(daemon.socket, request)
        is_answered(daemon, 'garbage')
        with InTheWay(daemon.socket) as others:
            took = []
            for _ in range(20):
                begin = time.monotonic()
                is_answered(daemon, 'crowded')
                took.append(time.monotonic() - begin)
                time.sleep(0.01)
            made = faulting.some(port, 5, 'a')
            faulting.check_all(results, daemon, made, 'crowded')
        print('in the way: %d connections; an answer takes at most %.2f s' % (others.made, max(took)))
        check(daemoning.until(daemon.is_running) and not [p for p in daemon.status()['processes'] if p['restarts']],
              'nobody ended')
        check([line for line in daemon.said().splitlines() if 'auditing NTLM' not in line] == [], 'nothing to say: %s' % daemon.said())
        unreachable(daemon)


def unreachable(daemon):
    """Of all its local sockets one has a name: the status socket. Nobody can connect to the others."""
    inodes = set()
    for pid in faulting.processes(daemon).values():
        for fd in os.listdir('/proc/%d/fd' % pid):
            found = re.match(r'socket:\[(\d+)\]', os.readlink('/proc/%d/fd/%s' % (pid, fd)))
            if found:
                inodes.add(found.group(1))
    with open('/proc/net/unix', encoding='utf-8') as f:
        rows = [line.split() for line in f.readlines()[1:]]
    mine = [row for row in rows if row[6] in inodes]
    named = {row[7] for row in mine if len(row) > 7}
    check(len(mine) > 10 and named == {daemon.socket}, 'sockets with names: %s' % named)


def main():
    faulting.enter()
    with program.temporary() as folder, daemoning.Host('srv1') as srv, daemoning.Server() as server:
        os.chmod(folder, 0o755)
        srv.join()
        interfaces(os.path.join(folder, 'interfaces'), srv)
        new_interface(os.path.join(folder, 'new'), srv)
        targets(os.path.join(folder, 'targets'), server.port)
        status_socket(os.path.join(folder, 'status'), server.port)
    results.close()


main()
