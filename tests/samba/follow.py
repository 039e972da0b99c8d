#!/usr/bin/env python3
"""follow.py: a log is written, cut, rotated and truncated as at random, its reader restarted between: each line comes once.

Writers rename and open anew (logrotate, Samba's own `max log size`), or copy and truncate; late writers go on in the renamed file;
lines come in pieces; several rotations happen between two looks. Every tale has a seed, which is said where it fails.
"""
import os
import random
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

READER = os.environ.get('SAMBA_FOLLOW') or os.path.join(os.path.dirname(program.PROGRAM), 'tests/samba/samba-follow')
NAME = 'auth.json'
PLACE = 9
TALES = int(os.environ.get('FOLLOW_TALES', '40'))
STEPS = 60


class Reader:
    """A process that follows; it can be ended and begun anew where it stood."""

    def __init__(self, folder, place=(), begin='start'):
        self.folder, self.place, self.lines = folder, list(place), []
        self.counts = dict.fromkeys(('lines', 'rotations', 'truncations', 'too_long', 'lost', 'unreadable', 'error'), 0)
        self.start(begin)

    def start(self, begin='start'):
        self.before = dict(self.counts)
        self.process = subprocess.Popen([READER, self.folder, NAME, begin, *self.place], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def look(self):
        self.process.stdin.write(b'\n')
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline()
            if line.startswith(b'+'):
                self.lines.append(line[1:-1])
                continue
            if not line.startswith(b'='):
                raise RuntimeError('the reader ended: %r' % line)
            numbers = line[1:].decode().split()
            self.place = numbers[:PLACE]
            for key, number in zip(self.counts, numbers[PLACE:]):
                self.counts[key] = self.before[key] + int(number)
            self.counts['error'] = int(numbers[-1])
            return

    def end(self):
        self.process.stdin.close()
        if self.process.wait(10):
            raise RuntimeError('exit status %d' % self.process.returncode)

    def restart(self):
        self.end()
        self.start()


class Log:
    """The writer: `written` is what a reader has to have had at the end."""

    def __init__(self, folder, rng):
        self.folder, self.rng, self.n, self.written = folder, rng, 0, []
        self.path = os.path.join(folder, NAME)
        self.file = self.late = None
        self.rest = b''

    def open(self):
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def line(self):
        self.n += 1
        text = b'{"n": %d, "text": "%s", "n": %d}' % (self.n, b'x' * self.rng.choice((0, 10, 300, 3000, 30000)), self.n)
        self.written.append(text)
        return text + b'\n'

    def write(self):
        if self.file is None:
            self.open()
        data = self.rest + b''.join(self.line() for _ in range(self.rng.randrange(1, 8)))
        self.rest = b''
        cut = self.rng.randrange(len(data)) if self.rng.random() < .4 else len(data)
        os.write(self.file, data[:cut])
        self.rest = data[cut:]

    def finish_line(self):
        if self.rest:
            os.write(self.file, self.rest)
            self.rest = b''

    def write_late(self):
        if self.late is not None:
            os.write(self.late, self.line())

    def shift(self):
        """NAME.1 becomes NAME.2, and so on; the last is deleted."""
        names = ['%s.%d' % (self.path, n) for n in range(1, 8)]
        for older, newer in reversed(list(zip(names[1:], names))):
            if os.path.exists(newer):
                os.rename(newer, older)
        return names[0]

    def rotate(self):
        if self.file is None or not os.fstat(self.file).st_size:
            return
        self.finish_line()
        os.rename(self.path, self.shift())
        if self.late is not None:
            os.close(self.late)
        self.late, self.file = self.file, None
        time.sleep(.012)  # a tick of the clock by which files are told apart
        if self.rng.random() < .7:
            self.open()

    def copy_and_truncate(self):
        if self.file is None or not os.fstat(self.file).st_size:
            return
        self.finish_line()  # Samba writes a line at once; no reader could mend one cut by this
        shutil.copyfile(self.path, self.shift())
        os.truncate(self.path, 0)
        time.sleep(.012)

    def close(self):
        for fd in (self.file, self.late):
            if fd is not None:
                os.close(fd)


def tell(seed, results, copying):
    """Rotations in two ways are not mixed: no administrator does."""
    rng = random.Random(seed)
    with program.temporary() as folder:
        log = Log(folder, rng)
        reader = Reader(folder)
        unread = 0
        if rng.random() < .5:
            log.write()
        reader.look()  # what was rotated before is none of ours
        for _ in range(STEPS):
            act = rng.choice(('write', 'write', 'write', 'look', 'look', 'restart', 'rotate', 'late'))
            if act == 'write':
                log.write()
            elif act in ('look', 'restart'):
                reader.look()
                unread = 0
                if act == 'restart':
                    reader.restart()
            elif act == 'late' and not copying:
                log.write_late()
            elif act == 'rotate':
                # Of a file of which nothing was read a copy can't be recognised.
                if copying and unread == 0:
                    log.write()
                    log.finish_line()
                    reader.look()
                    log.write()
                    log.copy_and_truncate()
                    unread += 1
                elif not copying and unread < 3:
                    log.rotate()
                    unread += 1
        if log.file is None:
            log.open()
        log.finish_line()
        reader.look()
        reader.look()
        reader.end()
        log.close()
        once = sorted(reader.lines) == sorted(log.written)
        results.check(once, 'seed %d: %d lines written, %d read, %d missing, %d twice' % (
            seed, len(log.written), len(reader.lines), len(set(log.written) - set(reader.lines)),
            len(reader.lines) - len(set(reader.lines))))
        results.check(reader.counts['lost'] == 0, 'seed %d: a place was lost' % seed)
        return once


def single_cases(results):
    """What the tales can't do: each with its own expectation."""
    with program.temporary() as folder:
        path = os.path.join(folder, NAME)
        reader = Reader(folder)
        reader.look()
        results.check(reader.counts['error'] == 2, 'a missing file is ENOENT')
        with open(path, 'wb') as f:
            f.write(b'one\ntw')
        reader.look()
        results.check(reader.lines == [b'one'], 'a file that comes later, half a line kept: %r' % reader.lines)
        with open(path, 'ab') as f:
            f.write(b'o\n' + b'l' * 65536 + b'\n' + b'm' * 65537 + b'\n' + b'n' * 500000 + b'\nlast\n')
        reader.look()
        results.check([len(line) for line in reader.lines] == [3, 3, 65536, 4], 'long lines: %r' % [len(n) for n in reader.lines])
        results.check(reader.counts['too_long'] == 2, 'two lines too long: %(too_long)d' % reader.counts)
        # Truncated and grown beyond the place at once, without a copy.
        with open(path, 'r+b') as f:
            f.truncate(0)
            f.write(b'anew\n' * 200000)
        reader.look()
        results.check(reader.lines.count(b'anew') == 200000, 'truncated and grown: %d' % reader.lines.count(b'anew'))
        results.check(reader.counts['truncations'] == 1, 'one truncation: %(truncations)d' % reader.counts)
        # Truncated, and the writer goes on at its own offset: a hole.
        with open(path, 'r+b') as f:
            f.truncate(0)
            f.seek(700000)
            f.write(b'behind the hole\n')
        reader.look()
        results.check(reader.lines[-1] == b'behind the hole', 'a hole: %r' % reader.lines[-1][:20])
        # Deleted, and another file gets the inode's number, or not: its bytes tell.
        reader.end()
        os.unlink(path)
        with open(path, 'wb') as f:
            f.write(b'other\n' * 200000)
        reader.start()
        reader.look()
        results.check(reader.lines.count(b'other') == 200000, 'another file: %d lines' % reader.lines.count(b'other'))
        results.check(reader.counts['lost'] == 1, 'the place is lost and that is said: %(lost)d' % reader.counts)
        reader.end()
        # From the end: not the half line, not what was there.
        with open(path, 'ab') as f:
            f.write(b'half')
        reader = Reader(folder, begin='end')
        reader.look()
        with open(path, 'ab') as f:
            f.write(b' of it\nnew\n')
        reader.look()
        results.check(reader.lines == [b'new'], 'from the end: %r' % reader.lines[:3])
        reader.end()
        # Not a file, then one.
        os.unlink(path)
        os.mkdir(path)
        reader = Reader(folder)
        reader.look()
        reader.look()
        results.check(reader.counts['unreadable'] == 1, 'a folder is not readable, once: %(unreadable)d' % reader.counts)
        os.rmdir(path)
        with open(path, 'wb') as f:
            f.write(b'now\n')
        reader.look()
        results.check(reader.lines == [b'now'] and not reader.counts['error'], 'a file in its place: %r' % reader.lines)
        reader.end()


def main():
    results = program.Results()
    single_cases(results)
    first = int(os.environ.get('FOLLOW_SEED', random.randrange(1 << 30)))
    for n in range(TALES):
        tell(first + n, results, copying=n % 2 == 1)
    results.close()


main()
