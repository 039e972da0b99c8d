#!/usr/bin/env python3
"""Damaged logs: named, not written to, and never a crash.

Bytes of every part of the file are changed, one at a time, and files are cut short or are none of ours. What opening
does not see because the structure is sound, verifying finds, or it made no difference to what the tables say.
"""
import hashlib
import os
import random
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import chain
import program
import storing

FLIPS = int(os.environ.get('STORE_FLIPS', '90'))
# What must be as it was where nobody tells of a change. Not in it: when a block's times are wider than its events',
# and the times within an hour of usage, which only make an answer slower or a moment off; and what is made anew.
SAYS = ('SELECT * FROM event', 'SELECT * FROM name', 'SELECT * FROM stencil', 'SELECT * FROM seen',
        'SELECT first, stencils, activities FROM block', 'SELECT * FROM written', 'SELECT * FROM usage_key',
        'SELECT * FROM usage_total', 'SELECT coarse, day, key, counts(hours) FROM usage', 'SELECT * FROM dropped',
        'SELECT * FROM seal', "SELECT * FROM meta WHERE key <> 'open'")


def counts(hours):
    """Of each hour only how often."""
    r, said = chain.Unpacker(hours), []
    while r.at < len(hours):
        said.append((r.number(), r.number()))
        r.number()
        r.number()
    return str(said)


def digest(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


def contents(path):
    """What the tables say; None where SQLite itself can't read them."""
    db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
    db.create_function('counts', 1, counts)
    db.text_factory = bytes
    try:
        return [sorted(map(repr, db.execute(statement))) for statement in SAYS]
    except sqlite3.DatabaseError:
        return None
    finally:
        db.close()


def copy_of(path):
    copy = path + '.damaged'
    for ending in ('-wal', '-shm', '-lock'):
        if os.path.exists(copy + ending):
            os.unlink(copy + ending)
    shutil.copy(path, copy)
    return copy


def refuses(results, path, what):
    """Opening for writing must name the damage and leave the file alone."""
    before = digest(path)
    done = storing.fill('fill', path, 0, 10, 10)
    error = done.said.get('error', '')
    results.check(not storing.has_crashed(done), '%s: crashed: %d %s' % (what, done.returncode, done.stderr[-500:]))
    results.check(error.startswith('-117 ') and path in error, '%s: %s' % (what, done.stdout))
    results.check(digest(path) == before, '%s: was written to' % what)


def check_files(results, path):
    size = os.path.getsize(path)
    cuts = {'cut to a header': 100, 'cut within the header': 50, 'cut to a page': 4096, 'half': size // 2,
            'without its last page': size - 4096, 'cut within a page': size - 5000}
    for what, keep in cuts.items():
        copy = copy_of(path)
        os.truncate(copy, keep)
        refuses(results, copy, what)
    for what, data in (('text', b'not a log\n' * 1000), ('zeros', bytes(20000)), ('no SQLite', os.urandom(9000))):
        copy = copy_of(path)
        with open(copy, 'wb') as f:
            f.write(data)
        refuses(results, copy, what)
    other = copy_of(path)
    os.unlink(other)
    storing.sql(other, 'CREATE TABLE mine (x); INSERT INTO mine VALUES (1)')
    refuses(results, other, "somebody's database")
    for verb in ('search', 'usage', 'summary', 'verify'):
        done = storing.fill(verb, other)
        results.check(done.said.get('error', '').startswith('-117 '), "%s of somebody's database" % verb)


def check_header(results, path):
    for at, what in ((0, 'magic'), (16, 'page size'), (18, 'versions'), (21, 'fractions'), (46, 'schema format'),
                     (60, 'user version'), (68, 'application'), (100, 'kind of the first page')):
        copy = copy_of(path)
        with open(copy, 'r+b') as f:
            f.seek(at)
            f.write(bytes([0xaa] * 2))
        done = storing.fill('fill', copy, 0, 10, 10)
        results.check(done.returncode == 1 and not storing.has_crashed(done), 'header, %s: %s' % (what, done.stdout))


def flip(path, at, bits):
    with open(path, 'r+b') as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ bits]))


def check_flip(results, path, before, at, bits):
    """1 where opening saw it, 2 where verifying did, 0 where it made no difference."""
    copy = copy_of(path)
    flip(copy, at, bits)
    what = 'byte %d (page %d) ^ %#x' % (at, at // 4096 + 1, bits)
    changed = digest(copy)
    opened = storing.fill('hold', copy, 0)
    results.check(not storing.has_crashed(opened), '%s: opening: %d %s' % (what, opened.returncode, opened.stderr[-500:]))
    if opened.returncode:
        results.check(copy in opened.said.get('error', '') and digest(copy) == changed,
                      '%s: not named, or written to: %s' % (what, opened.stdout))
        return 1
    for verb in (('search', 0), ('search', 50, 'user', 'user0001'), ('usage', 4094)):
        done = storing.fill(verb[0], copy, *verb[1:])
        results.check(not storing.has_crashed(done), '%s: %s: %d %s' % (what, verb, done.returncode, done.stderr[-500:]))
    told = storing.faults(copy)
    if told is None or told:
        return 2
    results.check(contents(copy) == before, '%s: changed what the log says, and nobody told' % what)
    return 0


def main():
    results = program.Results()
    seed = int(os.environ.get('STORE_SEED', random.randrange(1 << 30)))
    random.seed(seed)
    print('seed %d' % seed)
    with program.temporary() as folder:
        path = storing.new_log(folder, count=6000, total=6000)
        before = contents(path)
        check_files(results, path)
        check_header(results, path)
        size = os.path.getsize(path)
        seen = [check_flip(results, path, before, random.randrange(100, size), 1 << random.randrange(8))
                for _ in range(FLIPS * 2 // 3)]
        # The first bytes of a page are its structure.
        seen += [check_flip(results, path, before, random.randrange(size // 4096) * 4096 + random.randrange(100), 255)
                 for _ in range(FLIPS // 3)]
        results.check(len(set(seen)) == 3, 'opening, verifying and luck: %s' % seen)
    results.close()


main()
