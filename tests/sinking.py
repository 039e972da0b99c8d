"""What the tests of the sinks share: filling a log, a forwarder that is driven and watched, what the log holds."""
import json
import os
import select
import socket
import subprocess
import sys
import time

import program

FOLDER = os.path.join(os.path.dirname(program.PROGRAM), 'tests/sink')
FORWARD = os.path.join(FOLDER, 'forward-run')
FILL = os.path.join(FOLDER, 'sink-fill')
# The program's waits are up to a minute; a test asks again sooner, which changes nothing of when it tries.
WAIT_MAX = '100'


def fill(log, *words):
    """Stores; how many events are acknowledged."""
    done = subprocess.run([FILL, log, *map(str, words)], capture_output=True, text=True, timeout=60, check=False,
                          env=program.ENVIRONMENT)
    if done.returncode:
        raise RuntimeError('sink-fill %s: %s%s' % (words, done.stdout[-500:], done.stderr[-2000:]))
    lines = [line for line in done.stdout.splitlines() if line.startswith('acknowledged ')]
    return int(lines[-1].split()[1]) if lines else 0


def start_fill(log, *words):
    return subprocess.Popen([FILL, log, *map(str, words)], stdout=subprocess.DEVNULL, env=program.ENVIRONMENT)


class Forwarder:
    """One that runs until stop() or kill(); what it says of itself is in .statuses."""

    def __init__(self, log, target, cursors, queue=0, before=(), **more):
        os.makedirs(cursors, exist_ok=True)
        self.statuses = []
        self.errors = ''
        self.process = subprocess.Popen(
            [*before, FORWARD, log, target, cursors, str(queue)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**program.ENVIRONMENT, 'FORWARD_WAIT_MAX': WAIT_MAX},
            **more)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.first, self.rest = None, b''
        until(lambda: self.read(0.1) or self.first is not None)

    def read(self, seconds=0.0):
        """Takes what it has said; waits so long for something."""
        if select.select([self.process.stdout], [], [], seconds)[0]:
            self.rest += os.read(self.process.stdout.fileno(), 1 << 20)
        *lines, self.rest = self.rest.split(b'\n')
        for line in map(bytes.decode, lines):
            if self.first is None:
                self.first = line
            else:
                self.statuses.append(json.loads(line))
        return self.statuses[-1] if self.statuses else {}

    def wait(self, wanted, seconds=15):
        """Until its status is as wanted(status) wants it; that status, or None where the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = self.read(0.05)
            if now and wanted(now):
                return now
            if self.process.poll() is not None:
                return None
        return None

    def wait_sent(self, n, seconds=15):
        return self.wait(lambda s: s['sent'] >= n and s['waiting'] == 0, seconds)

    def drain(self, seconds=15):
        """Until nothing waits, also where nothing is to be brought."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            self.say('status')
            if self.read(0.1).get('waiting', 1) == 0:
                return True
        return False

    def say(self, word):
        self.process.stdin.write(word.encode() + b'\n')
        self.process.stdin.flush()

    def stop(self):
        """The last status."""
        try:
            self.say('stop')
        except BrokenPipeError:
            pass
        self.process.wait(timeout=30)
        self.read()
        self.errors = self.process.stderr.read().decode()
        self.close()
        return self.statuses[-1] if self.statuses else {}

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=30)
        self.close()

    def close(self):
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


def rows(log):
    """What the program says that the log holds: events and findings, parsed."""
    done = program.run('search', '--log', log, '--findings', '-o', 'json')
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return [r for r in lines if 'event_id' in r], [r for r in lines if 'finding' in r]


NOT_FACTS = {'time', 'event_id', 'version', 'level', 'provider', 'channel', 'record_id', 'computer', 'activity_id',
             'evidence', 'origin', 'source_record', 'foreign'}


def is_unsafe(c):
    """Of what the tests use: control characters, line ends, what turns the direction."""
    return ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 or ord(c) in (0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e)


def visible(s):
    return ''.join('\\u%04x' % ord(c) if is_unsafe(c) else c for c in s)


def as_text(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, list):
        return visible(','.join(value))
    return str(value) if isinstance(value, int) else visible(value)


def expected(event):
    """Key and value of each of an event's fields, as journald and structured data have them."""
    facts = {k: as_text(v) for k, v in event.items() if k not in NOT_FACTS and v is not None}
    for key in ('event_id', 'record_id', 'time', 'level', 'computer', 'activity_id'):
        if event[key] is not None:
            facts[key] = as_text(event[key])
    return facts


def difference(got, wanted):
    """What is not the same, for people; '' where all is."""
    keys = sorted(k for k in {*got, *wanted} if got.get(k) != wanted.get(k))
    return ', '.join('%s: %.80r, not %.80r' % (k, got.get(k), wanted.get(k)) for k in keys[:4])


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.03)
    return condition()


if __name__ == '__main__':
    sys.exit('a module of the tests in tests/sink')
