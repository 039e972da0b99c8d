#!/usr/bin/env python3
"""The log as a queue: what waits, what is dropped and counted, kills, and a log that goes away.

SINK_KILLS says how often it is killed (12).
"""
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import sinking

KILLS = int(os.environ.get('SINK_KILLS', '12'))


def records(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as f:
        return [r['record_id'] for r in map(json.loads, f.read().split('\n')[:-1]) if 'record_id' in r]


class Tcp:
    """Takes messages by octet counting into .records."""

    def __init__(self, port=0):
        self.server = socket.create_server(('127.0.0.1', port))
        self.port = self.server.getsockname()[1]
        self.records = []
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection = self.server.accept()[0]
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.take, args=(connection,), daemon=True).start()

    def take(self, connection):
        with connection, connection.makefile('rb') as f:
            while True:
                size = b''
                while not size.endswith(b' '):
                    c = f.read(1)
                    if not c:
                        return
                    size += c
                message = f.read(int(size))
                if len(message) < int(size):
                    return
                record = message.partition(b' record_id="')[2].partition(b'"')[0]
                if record:
                    self.records.append(int(record))

    def close(self):
        self.server.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def begins_now(results, folder):
    """A new target gets what comes from now on, also after a kill before the first record."""
    log, out = os.path.join(folder, 'now.db'), os.path.join(folder, 'now.json')
    sinking.fill(log, 0, 150)
    forwarder = sinking.Forwarder(log, 'file:' + out, os.path.join(folder, 'cursors'))
    forwarder.kill()
    sinking.fill(log, 150, 60)
    forwarder = sinking.Forwarder(log, 'file:' + out, os.path.join(folder, 'cursors'))
    results.check(forwarder.wait_sent(61) is not None, 'now: %s' % forwarder.read())
    forwarder.stop()
    results.check(records(out) == list(range(151, 211)), 'now: %s' % records(out)[:3])


def limit(results, folder):
    """Over the limit the oldest go: what came and what was counted are all there is; the count outlives the process."""
    log, cursors = os.path.join(folder, 'limit.db'), os.path.join(folder, 'cursors')
    port = sinking.free_port()
    target = 'syslog+tcp://127.0.0.1:%d' % port
    queue = 200000
    forwarder = sinking.Forwarder(log, target, cursors, queue)
    sinking.fill(log, 0, 5000)
    status = forwarder.wait(lambda s: s['dropped'] + s['waiting'] == 5050)
    results.check(status and status['dropped'] + status['waiting'] == 5050, 'limit: %s' % status)
    average = os.path.getsize(log) / 5000
    results.check(status and 0.4 < (status['waiting'] - 50) * average / queue < 1.5, 'limit: %s, %d bytes each' % (
        status, average))
    forwarder.kill()
    sinking.fill(log, 5000, 1000)
    forwarder = sinking.Forwarder(log, target, cursors, queue)
    status = forwarder.wait(lambda s: s['failures'] > 0 and s['dropped'] + s['waiting'] == 6060)
    results.check(status and status['dropped'] > 4000, 'limit, again: %s' % forwarder.read())
    receiver = Tcp(port)
    last = forwarder.wait(lambda s: s['waiting'] == 0, 20) or {}
    sinking.until(lambda: len(receiver.records) >= 6000 - last['dropped'], 5)
    results.check(receiver.records == list(range(last['dropped'] + 1, 6001)), 'limit: %d dropped, and from %s on' % (
        last['dropped'], receiver.records[:1]))
    results.check(last['sent'] == 6060 - last['dropped'], 'limit: %s' % last)
    forwarder.stop()
    receiver.close()
    forwarder = sinking.Forwarder(log, target, cursors, queue)
    forwarder.say('status')
    status = forwarder.wait(lambda s: True)
    results.check(status['dropped'] == last['dropped'], 'limit: the count is forgotten: %s' % status)
    forwarder.stop()


def retention(results, folder):
    """What the log's own limits drop before the target had it is counted."""
    log, out = os.path.join(folder, 'retain.db'), os.path.join(folder, 'away', 'retain.json')
    cursors = os.path.join(folder, 'cursors')
    forwarder = sinking.Forwarder(log, 'file:' + out, cursors)
    sinking.fill(log, 0, 4000)
    results.check(forwarder.wait(lambda s: s['failures'] > 0) is not None, 'retention: no failure')
    forwarder.stop()
    sinking.fill(log, 99000, 500)  # of the last day, its findings of the first
    sinking.fill(log, 'retain', 30)
    os.mkdir(os.path.dirname(out))
    forwarder = sinking.Forwarder(log, 'file:' + out, cursors)
    status = forwarder.wait(lambda s: s['waiting'] == 0 and s['sent'] > 0)
    results.check(records(out) == list(range(4001, 4501)), 'retention: %s' % records(out)[:3])
    results.check(status and status['dropped'] == 4045 and status['sent'] == 500, 'retention: %s' % status)
    forwarder.stop()


def killed(results, folder):
    """kill -9 at random moments while records come: nothing lost; what comes twice has the same number."""
    log, cursors = os.path.join(folder, 'kill.db'), os.path.join(folder, 'cursors')
    receiver = Tcp()
    target = 'syslog+tcp://127.0.0.1:%d' % receiver.port
    sinking.Forwarder(log, target, cursors).stop()
    filler = sinking.start_fill(log, 0, 3000, 30, 30)  # 3 s
    for _ in range(KILLS):
        forwarder = sinking.Forwarder(log, target, cursors)
        time.sleep(random.random() * 0.5)
        forwarder.kill()
    filler.wait()
    forwarder = sinking.Forwarder(log, target, cursors)
    results.check(forwarder.drain(), 'killed: %s' % forwarder.read())
    forwarder.stop()
    sinking.until(lambda: len(set(receiver.records)) >= 3000, 5)
    got = list(receiver.records)
    results.check(set(got) == set(range(1, 3001)), 'killed: %d' % len(set(got)))
    results.check(all(f.endswith('.cursor') for f in os.listdir(cursors)), 'killed: left behind: %s' % os.listdir(cursors))
    receiver.close()


def quiet_receiver(results, folder):
    """One that takes the connection and reads nothing: noticed, and all of it goes again."""
    log, cursors = os.path.join(folder, 'quiet.db'), os.path.join(folder, 'cursors')
    server = socket.create_server(('127.0.0.1', 0))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    forwarder = sinking.Forwarder(log, 'syslog+tcp://127.0.0.1:%d' % server.getsockname()[1], cursors)
    begin = time.monotonic()
    sinking.fill(log, 0, 3000)
    status = forwarder.wait(lambda s: s['failures'] > 0 and s['waiting'] == 3030, 12)
    results.check(status and status['sent'] == 0 and 'timed out' in status['problem'], 'quiet: %s' % status)
    results.check(time.monotonic() - begin < 9, 'quiet: noticed after %.1f s' % (time.monotonic() - begin))
    server.close()
    forwarder.kill()


def broken_connection(results, folder):
    """What the receiver's kernel took and its program never read goes again when the connection breaks."""
    log, cursors = os.path.join(folder, 'broken.db'), os.path.join(folder, 'cursors')
    server = socket.create_server(('127.0.0.1', 0))
    port = server.getsockname()[1]
    forwarder = sinking.Forwarder(log, 'syslog+tcp://127.0.0.1:%d' % port, cursors)
    sinking.fill(log, 0, 20)
    results.check(forwarder.wait_sent(20) is not None, 'broken: %s' % forwarder.read())
    connection = server.accept()[0]
    server.close()
    connection.close()  # with unread bytes: a reset
    status = forwarder.wait(lambda s: s['failures'] > 0)
    results.check(status and status['waiting'] == 20 and status['sent'] == 0, 'broken: %s' % status)
    receiver = Tcp(port)
    results.check(forwarder.wait_sent(20) is not None, 'broken: %s' % forwarder.read())
    sinking.until(lambda: len(receiver.records) >= 20, 5)
    results.check(receiver.records == list(range(1, 21)), 'broken: %s' % receiver.records)
    forwarder.stop()
    receiver.close()


def datagrams(port, n):
    """EventRecordIDs of the next n datagrams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('127.0.0.1', port))
        s.settimeout(10)
        return [int(s.recv(65536).partition(b' record_id="')[2].partition(b'"')[0]) for _ in range(n)]


def unread_datagrams(results, folder):
    """The same by UDP, where the host says that nobody listens."""
    log, cursors = os.path.join(folder, 'unread.db'), os.path.join(folder, 'cursors')
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(('127.0.0.1', 0))
    port = bound.getsockname()[1]
    forwarder = sinking.Forwarder(log, 'syslog+udp://127.0.0.1:%d' % port, cursors)
    sinking.fill(log, 0, 20)
    results.check(forwarder.wait_sent(20) is not None, 'unread: %s' % forwarder.read())
    bound.close()
    sinking.fill(log, 20, 10)
    status = forwarder.wait(lambda s: s['failures'] > 0)
    results.check(status and status['waiting'] == 30 and 'refused' in status['problem'], 'unread: %s' % status)
    try:
        records = datagrams(port, 30)
    except TimeoutError:
        records = None
    results.check(records == list(range(1, 31)), 'unread: %s' % records)
    forwarder.stop()


def log_goes(results, folder):
    """Removed, replaced, missing, locked, damaged: all that any of the logs held arrives, or is waited for."""
    log, out = os.path.join(folder, 'goes.db'), os.path.join(folder, 'goes.json')
    forwarder = sinking.Forwarder(log, 'file:' + out, os.path.join(folder, 'cursors'))
    sinking.fill(log, 0, 200)
    results.check(forwarder.wait_sent(202) is not None, 'goes: %s' % forwarder.read())
    for name in os.listdir(folder):
        if name.startswith('goes.db'):
            os.remove(os.path.join(folder, name))
    time.sleep(0.4)
    sinking.fill(log, 1000, 100)  # a new log, from record 1 on
    results.check(forwarder.wait_sent(303) is not None, 'replaced: %s' % forwarder.read())
    # longer than the one before, so that only its identity tells
    os.rename(log, log + '.old')
    sinking.fill(os.path.join(folder, 'goes-new.db'), 2000, 500)
    forwarder.process.send_signal(signal.SIGSTOP)
    for end in ('-wal', '-shm'):
        if os.path.exists(log + end):
            os.remove(log + end)
    os.rename(os.path.join(folder, 'goes-new.db'), log)
    forwarder.process.send_signal(signal.SIGCONT)
    results.check(forwarder.wait_sent(808) is not None, 'renamed: %s' % forwarder.read())
    results.check(records(out) == [*range(1, 201), *range(1, 101), *range(1, 501)], 'goes: %d' % len(records(out)))
    db = sqlite3.connect(log, timeout=5, isolation_level=None)
    db.execute('BEGIN EXCLUSIVE')
    time.sleep(0.5)
    db.execute('ROLLBACK')
    db.close()
    sinking.fill(log, 3000, 100)
    results.check(forwarder.wait_sent(909) is not None, 'locked: %s' % forwarder.read())
    last = forwarder.stop()
    results.check(last['dropped'] == 0 and last['failures'] == 0, 'goes: %s' % last)
    with open(log, 'r+b') as f:
        f.write(b'damaged!' * 100)
    for end in ('-wal', '-shm'):
        if os.path.exists(log + end):
            os.remove(log + end)
    forwarder = sinking.Forwarder(log, 'file:' + out, os.path.join(folder, 'cursors'))
    status = forwarder.wait(lambda s: s['problem'])
    results.check(status and 'goes.db' in status['problem'] and status['failures'] == 0, 'damaged: %s %s' % (status, forwarder.first))
    os.remove(log)
    sinking.fill(log, 0, 10)
    results.check(forwarder.wait_sent(10) is not None, 'mended: %s' % forwarder.read())
    forwarder.stop()


def cursor_damaged(results, folder):
    """Rather twice than never: and never by an error."""
    log, cursors = os.path.join(folder, 'cur.db'), os.path.join(folder, 'cur')
    out = os.path.join(folder, 'cur.json')
    sinking.fill(log, 0, 50)
    sinking.Forwarder(log, 'file:' + out, cursors).stop()
    path = os.path.join(cursors, os.listdir(cursors)[0])
    with open(path, encoding='utf-8') as f:
        whole = f.read()
    results.check('record 50\n' in whole, 'cursor: %s' % whole)
    for n, text in enumerate([whole[:i] for i in range(0, len(whole), 7)] + [
            whole + 'x', whole.replace('record 50', 'record -1'), whole.replace('50', '99999999999999999999999'),
            whole.replace('file:', 'fil3:'), 'x' * 20000, '\0' * 100]):
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        forwarder = sinking.Forwarder(log, 'file:' + out, cursors)
        status = forwarder.wait(lambda s: s['sent'] == 50)
        results.check(forwarder.first == 'ready' and status, 'cursor %d: %s' % (n, forwarder.read()))
        forwarder.stop()
    with open(path, 'w', encoding='utf-8') as f:
        f.write(whole.replace('record 50', 'record 70'))  # the log was put back to an older state
    forwarder = sinking.Forwarder(log, 'file:' + out, cursors)
    results.check(forwarder.wait_sent(50) is not None, 'older: %s' % forwarder.read())
    forwarder.stop()
    missing = sinking.Forwarder(log, 'file:' + out, os.path.join(cursors))
    missing.stop()
    done = subprocess.run([sinking.FORWARD, log, 'file:' + out, '/nonexistent'], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=10)
    results.check(done.returncode == 1 and '/nonexistent' in done.stdout, 'no folder: %s' % done.stdout)


def idle(results, folder):
    """Nothing to do costs next to nothing."""
    log = os.path.join(folder, 'idle.db')
    sinking.fill(log, 0, 5000)
    forwarder = sinking.Forwarder(log, 'file:' + os.path.join(folder, 'idle.json'), os.path.join(folder, 'cursors'))

    def ticks():
        with open('/proc/%d/stat' % forwarder.process.pid, encoding='ascii') as f:
            return sum(map(int, f.read().rpartition(')')[2].split()[11:13]))

    before = ticks()
    time.sleep(2)
    # WAIT_MAX has it run 10 times a second, the daemon 4 times
    share = (ticks() - before) / os.sysconf('SC_CLK_TCK') / 2 * 4 / 10
    results.check(share < 0.01, 'idle: %.4f of a core' % share)
    forwarder.stop()


def main():
    results = program.Results()
    random.seed(int(os.environ.get('SINK_SEED', '1')))
    with program.temporary() as folder:
        for test in (begins_now, limit, retention, killed, quiet_receiver, broken_connection, unread_datagrams, log_goes, cursor_damaged, idle):
            begin = time.monotonic()
            test(results, folder)
            if 'SINK_TIMES' in os.environ:
                print('%s %.1f s' % (test.__name__, time.monotonic() - begin))
    results.close()


main()
