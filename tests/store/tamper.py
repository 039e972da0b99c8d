#!/usr/bin/env python3
"""What somebody changes in a log with sqlite3, `verify` finds, and names the record where there is one.

The chain itself is computed here once more, by tests/chain.py.
"""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import chain
import program
import storing

COUNT = 12000
# Of a log with three seals, at 4000, 8000 and 12000: what is done to it, and one of the faults that must be told.
TAMPERINGS = (
    ('UPDATE event SET time = time + 1 WHERE record = 77', ('broken', 77)),
    ('UPDATE event SET time = time - 86400000000000 WHERE record = 12000', ('broken', 12000)),
    ("UPDATE event SET activity = randomblob(16) WHERE record = 1", ('broken', 1)),
    ('UPDATE event SET client_port = 1 WHERE record = 5000', ('broken', 5000)),
    ('UPDATE event SET process_id = NULL WHERE record = 5001', ('broken', 5001)),
    ('UPDATE event SET stencil = (SELECT stencil FROM event WHERE record = 9) WHERE record = 8', ('broken', 8)),
    ("UPDATE event SET more = CAST(x'7f' || substr(more, 2) AS BLOB) WHERE record = 4097", ('broken', 4097)),
    ("UPDATE event SET hash = zeroblob(32) WHERE record = 3000", ('broken', 3000)),
    ("UPDATE event SET hash = x'00' WHERE record = 3000", ('broken', 3000)),
    ("UPDATE event SET evidence_text = '9.99' WHERE record = (SELECT max(record) FROM event"
     " WHERE evidence_text IS NOT NULL)", ('broken', None)),
    ('DELETE FROM event WHERE record = 100', ('gap', 100)),
    ('DELETE FROM event WHERE record BETWEEN 4090 AND 4100', ('gap', 4090)),
    ('DELETE FROM event WHERE record = 1', ('gap', 1)),
    ('DELETE FROM event WHERE record = 12000', ('gap', 12000)),
    ('DELETE FROM event', ('gap', 1)),
    ('UPDATE event SET record = -1 WHERE record = 200; UPDATE event SET record = 200 WHERE record = 201;'
     'UPDATE event SET record = 201 WHERE record = -1', ('broken', 200)),
    ("UPDATE name SET text = 'mallory' WHERE text = 'user0003'", ('broken', None)),
    ('UPDATE stencil SET user = (SELECT id FROM name LIMIT 1) WHERE id = 1', ('broken', 1)),
    ('UPDATE stencil SET layout = layout + 256 WHERE id = 1', ('broken', 1)),
    ('UPDATE stencil SET evidence = NULL WHERE id = 1', ('broken', 1)),
    ('DELETE FROM stencil WHERE id = 1', ('broken', 1)),
    ('DELETE FROM name WHERE id = 3', ('broken', None)),
    ('UPDATE written SET time = time - 3600000000000 WHERE record = 8001', ('clock', 8001)),
    ('UPDATE written SET time = time + 1 WHERE record = 8001', ('broken', 8001)),
    ('DELETE FROM written WHERE record = 4001', ('broken', 4001)),
    ("INSERT INTO dropped VALUES (1, 50, 60, 0, 0, 'age', 0, zeroblob(32), 12000); DELETE FROM event"
     " WHERE record BETWEEN 50 AND 60", ('broken', 61)),
    ("INSERT INTO dropped VALUES (1, 50, 60, 0, 0, 'age', 0, (SELECT hash FROM event WHERE record = 60), 12000);"
     'DELETE FROM event WHERE record BETWEEN 50 AND 60', ('broken', 12000)),
    ("UPDATE usage_total SET count = count + 1 WHERE key = 3", ('rollup', 0)),
    ("UPDATE usage SET hours = x'00630000' WHERE coarse = 0 AND key = 1", ('rollup', 0)),
    ("UPDATE usage SET hours = x'ff' WHERE coarse = 1 AND key = 2", ('rollup', 0)),
    ('DELETE FROM usage WHERE day = (SELECT min(day) FROM usage)', ('rollup', 0)),
    ('DELETE FROM usage_key WHERE id = 1', ('rollup', 0)),
    ("UPDATE block SET stencils = zeroblob(4096)", ('rollup', 1)),
    ("UPDATE block SET activities = CAST(x'ffff' || substr(activities, 3) AS BLOB)", ('rollup', 1)),
    ('DELETE FROM block WHERE first = 1', ('rollup', 1)),
    ('UPDATE block SET until = since', ('rollup', 4096)),
    ('DELETE FROM seen WHERE record = 17', ('rollup', 17)),
    ('UPDATE seen SET record = 18 WHERE record = 17', ('rollup', 17)),
    ('INSERT INTO seen VALUES (1, 1, 1)', ('rollup', 0)),
    ("UPDATE seal SET signature = zeroblob(64) WHERE id = 2", ('seal', 8000)),
    ('UPDATE seal SET time = time + 1 WHERE id = 1', ('seal', 4000)),
    ('UPDATE seal SET record = 3999 WHERE id = 1', ('seal', 3999)),
    ("UPDATE meta SET value = zeroblob(40) WHERE key = 'head'", ('broken', 12000)),
)


def make(folder):
    path = os.path.join(folder, 'log.db')
    for first in range(0, COUNT, 4000):
        storing.fill('fill', path, first, 4000, COUNT, check=True)
        storing.fill('seal', path, 7, check=True)
    return path


def tampered(path, folder, statements):
    copy = os.path.join(folder, 'tampered.db')
    for ending in ('-wal', '-shm'):  # of the copy before
        if os.path.exists(copy + ending):
            os.unlink(copy + ending)
    shutil.copy(path, copy)
    storing.sql(copy, statements)
    return copy


def fits(told, expected):
    kind, record = expected
    return any(k == kind and (record is None or r == record) for k, r in told)


def check_tamperings(results, path, folder):
    for statements, expected in TAMPERINGS:
        told = storing.faults(tampered(path, folder, statements))
        results.check(told is not None and fits(told, expected), '%s: %s' % (statements, told and told[:5]))
    one = storing.faults(tampered(path, folder, TAMPERINGS[3][0]))
    results.check([f for f in one if f[0] != 'rollup'] == [('broken', 5000)], 'more than the changed one: %s' % one)


def check_other_key(results, path, folder):
    copy = tampered(path, folder, 'SELECT 1')
    storing.fill('seal', copy, 8, check=True)
    results.check(fits(storing.faults(copy), ('seal', COUNT)), 'a seal of another key')


def rechain(copy):
    """Somebody who knows how makes every hash anew."""
    updates = ["UPDATE event SET hash = x'%s' WHERE record = %d;" % (want.hex(), record)
               for record, have, want in chain.Chain(copy).states() if have != want]
    storing.sql_file(copy, 'BEGIN;%s COMMIT;' % ''.join(updates))
    last = storing.sql(copy, 'SELECT hex(hash) FROM event ORDER BY record DESC LIMIT 1')[0][0]
    storing.sql(copy, "UPDATE meta SET value = CAST(x'%s' || substr(value, 33) AS BLOB) WHERE key = 'head'" % last)


def check_seals_hold(results, path, folder):
    copy = tampered(path, folder, "UPDATE event SET client_port = 1 WHERE record = 6000")
    rechain(copy)
    told = storing.faults(copy)
    results.check(told == [('seal', 8000), ('seal', 12000)], 'chained anew after a change: %s' % told)


def check_chain(results, path, what):
    wrong = [record for record, have, want in chain.Chain(path).states() if have != want]
    results.check(not wrong, '%s: another hand computes another chain, from record %s' % (what, wrong[:1]))


def check_retention(results, path, folder):
    copy = tampered(path, folder, 'SELECT 1')
    storing.fill('retain', copy, 0, 40, check=True)
    check_chain(results, copy, 'after retention')
    storing.fill('fill', copy, COUNT, 100, COUNT + 100, check=True)
    told = storing.faults(copy)
    results.check(told == [], 'faults after retention: %s' % told)
    rows = storing.sql(copy, 'SELECT first, last, reason, after FROM dropped')
    results.check(rows and rows[0][0] == '1' and rows[0][2] == 'age', 'dropped: %s' % rows)
    last = int(rows[0][1])
    for statements, expected in (
            ('DELETE FROM dropped', ('gap', 1)),
            ('UPDATE dropped SET last = last + 1', ('broken', COUNT + 1)),
            ("UPDATE dropped SET reason = 'size'", ('broken', COUNT + 1)),
            ('UPDATE dropped SET anchor = zeroblob(32)', ('broken', last + 1)),
            ('DELETE FROM event WHERE record = %d' % (last + 1), ('gap', last + 1))):
        shutil.copy(copy, copy + '.2')
        storing.sql(copy + '.2', statements)
        told = storing.faults(copy + '.2')
        results.check(told is not None and fits(told, expected), 'after retention, %s: %s' % (statements, told))


def main():
    results = program.Results()
    with program.temporary() as folder:
        path = make(folder)
        results.check(storing.faults(path) == [], 'faults of a whole log')
        check_chain(results, path, 'a whole log')
        check_tamperings(results, path, folder)
        check_other_key(results, path, folder)
        check_seals_hold(results, path, folder)
        check_retention(results, path, folder)
    results.close()


main()
