#!/usr/bin/env python3
"""Retention: oldest day first, hours where only a day is left, within the limits; counted, and the rest as it was."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import chain
import program
import storing

DAY = 86400 * 10**9
BEGIN = 1774000000 * 10**9  # tests/store/make-events.h
COUNT = 24000


def rest(path):
    return storing.sql(path, 'SELECT count(*), min(time), max(time), min(record), max(record) FROM event')[0]


def check_whole(results, path, what):
    told = storing.faults(path)
    results.check(told == [], '%s: %s' % (what, told and told[:5]))
    wrong = [record for record, have, want in chain.Chain(path).states() if have != want]
    results.check(not wrong, "%s: another hand's chain breaks at %s" % (what, wrong[:1]))
    results.check(storing.sql(path, 'PRAGMA integrity_check') == [['ok']], '%s: integrity' % what)
    count = int(storing.sql(path, 'SELECT count(*) FROM event')[0][0])
    results.check(storing.summary(path)['events'] == count, '%s: summary' % what)
    used = storing.sql(path, 'SELECT count(*) FROM stencil WHERE id NOT IN (SELECT stencil FROM event)')[0][0]
    # Of a block that is left in part, those of its other records stay.
    results.check(int(used) < 4096, '%s: %s stencils are nobody\'s' % (what, used))


def by_age(results, folder):
    path = storing.new_log(folder, 'age.db', COUNT, COUNT)
    storing.fill('retain', path, 0, 20, check=True)
    count, since, _, first, last = map(int, rest(path))
    now = BEGIN + 60 * DAY
    results.check(since >= (now // DAY - 20) * DAY, 'older than 20 days')
    results.check(last == COUNT and first == COUNT - count + 1, 'not the oldest were dropped')
    results.check(COUNT / 60 * 19 < count < COUNT / 60 * 22, 'kept %d' % count)
    check_whole(results, path, 'by age')
    storing.fill('retain', path, 0, 20, check=True)
    results.check(int(rest(path)[0]) == count, 'dropped twice')
    # What was dropped is not known any more: read again, it comes in again, behind the rest.
    storing.fill('fill', path, 0, 400, COUNT, check=True)
    check_whole(results, path, 'after reading again')
    storing.fill('retain', path, 0, 20, check=True)
    results.check(int(rest(path)[0]) == count and int(rest(path)[4]) == COUNT, 'old events that came late')
    check_whole(results, path, 'after old events that came late')


def by_size(results, folder):
    path = storing.new_log(folder, 'size.db', COUNT, COUNT)
    before = storing.summary(path)['bytes']
    for part in (2, 3, 6):
        storing.fill('retain', path, before // part, 0, check=True)
        have = storing.summary(path)
        results.check(have['bytes'] <= before // part, '1/%d: %d bytes' % (part, have['bytes']))
        results.check(have['events'] > COUNT // part // 4, '1/%d: only %d left' % (part, have['events']))
        results.check(os.path.getsize(path) <= have['bytes'] + 65536, 'the file did not get smaller')
        check_whole(results, path, 'by size, 1/%d' % part)
    storing.fill('fill', path, COUNT, 1000, COUNT + 1000, check=True)
    check_whole(results, path, 'going on')


def one_day(results, folder):
    """All of a log is of one day: its hours go."""
    path = storing.new_log(folder, 'day.db', COUNT, COUNT * 60)
    before = storing.summary(path)['bytes']
    storing.fill('retain', path, before // 2, 0, check=True)
    have = storing.summary(path)
    results.check(have['bytes'] <= before // 2 and have['events'] > COUNT // 5, 'one day: %s' % have)
    check_whole(results, path, 'one day')


def main():
    results = program.Results()
    with program.temporary() as folder:
        by_age(results, folder)
        by_size(results, folder)
        one_day(results, folder)
    results.close()


main()
