#!/usr/bin/env python3
"""joins.py: what a log beside a capture must not do: take events away, lend them to others, count them twice, lose what findings rest on."""
import collections
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

RECORDED = os.path.join(program.TOP, 'tests/lab/recorded')
DC_LINE = os.path.join(RECORDED, 'smb-wrongpw.dc1.json')
SERVER_LINES = os.path.join(RECORDED, 'smb-wrongpw.fs1.json')
BEEFDEAD = '0000beef0000dead'  # each logon's number, of older members of Samba's
results = program.Results()
check = results.check


def lines_of(path):
    with open(path, encoding='utf-8') as f:
        return [json.loads(line) for line in f]


def write(folder, name, lines):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.writelines(json.dumps(line) + '\n' for line in lines)
    return path


def read(*arguments):
    """(events, findings, the finished process)"""
    done = program.run('read', '-o', 'json', '--key-file', program.KEY, '--progress=never', *arguments)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return [r for r in rows if 'event_id' in r], [r for r in rows if 'finding' in r], done


def known(event):
    """What tells a captured event from every other."""
    names = ('event_id', 'computer', 'user', 'domain', 'client_ip', 'client_port', 'target_ip', 'target_port', 'frame_authenticate', 'source')
    return tuple(event.get(name) for name in names)


def authentication(line, time, **facts):
    """The line, of another time and with other facts."""
    return {**line, 'timestamp': time, 'Authentication': {**line['Authentication'], **facts}}


def check_captures(folder):
    """A log of somebody else, of another time, changes nothing of what a capture tells."""
    other = write(folder, 'other.json', [authentication(lines_of(DC_LINE)[0], '2001-01-01T00:00:00.000000+0000')])
    for path in program.captures():
        alone, signs, _ = read(path)
        beside, signs_beside, _ = read(path, other)
        name = os.path.basename(path)
        counts = collections.Counter(map(known, alone)), collections.Counter(map(known, [e for e in beside if e['source'] != other]))
        check(counts[0] == counts[1], '%s beside a log: less %s, more %s' % (name, counts[0] - counts[1], counts[1] - counts[0]))
        check(len(signs) == len(signs_beside), '%s beside a log: %d findings instead of %d' % (name, len(signs_beside), len(signs)))
        records = {e['record_id']: known(e) for e in alone}, {e['record_id']: known(e) for e in beside}
        check(len(records[1]) == len(beside), '%s beside a log: a record twice' % name)
        rests = [[sorted(str(all_records.get(r)) for r in f['records']) for f in found]
                 for found, all_records in zip((signs, signs_beside), records)]
        check(sorted(rests[0]) == sorted(rests[1]), '%s beside a log: findings rest on other events' % name)


def check_numbers(folder):
    line = lines_of(DC_LINE)[0]
    lines = [authentication(line, '2026-11-22T12:00:%02d.%06d+0000' % (i // 10, i % 10 * 1000), logonId=BEEFDEAD,
                            clientAccount='user%d' % (i % 7)) for i in range(60)]
    found, _, _ = read(write(folder, 'old.json', lines))
    check(len(found) == 60, '60 logons of one number gave %d events' % len(found))
    check(len({e['activity_id'] for e in found}) == 60, 'logons of one number share an ActivityID')
    check(not [e for e in found if e.get('logon_id')], 'the number of all logons is told as that of one')
    lines = [authentication(line, '2026-11-22T12:00:00.000000+0000', logonId='0', clientAccount='user%d' % i) for i in range(20)]
    found, _, _ = read(write(folder, 'instant.json', lines))
    check(len({e['activity_id'] for e in found}) == 20, 'logons of one instant share an ActivityID')


def check_copies(folder):
    once, _, _ = read(SERVER_LINES, DC_LINE)
    copy = shutil.copy(SERVER_LINES, os.path.join(folder, 'copy.json'))
    twice, _, done = read(SERVER_LINES, copy, DC_LINE)
    told = [[{k: v for k, v in e.items() if k != 'record_id'} for e in events] for events in (once, twice)]
    check(told[0] == told[1], 'a log given twice: %s instead of %s' % (told[1], told[0]))
    check(b'told before' in done.stderr, 'nothing tells that lines were there twice')


def check_store(folder):
    store = os.path.join(folder, 'store.db')
    logs = [os.path.join(RECORDED, 'ci-fresh.%s.json' % host) for host in ('dc1', 'dc2', 'fs1')]
    first = program.run('read', '--store=' + store, '--key-file', program.KEY, *logs)
    again = program.run('read', '--store=' + store, '--key-file', program.KEY, *logs)
    check(b' 0 events stored' in again.stderr, 'logs read again: %r after %r' % (again.stderr[-200:], first.stderr[-200:]))


def check_findings_stored(folder):
    """What is stored of a finding names the events that it rests on, in the log's own numbers."""
    other = write(folder, 'other.json', [authentication(lines_of(DC_LINE)[0], '2001-01-01T00:00:00.000000+0000')])
    for path in program.captures():
        _, signs, done = read(path, other)
        rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
        at = {row['record_id']: i for i, row in enumerate(rows) if 'event_id' in row}
        check(all(at[r] < rows.index(f) for f in signs for r in f['records']), '%s: a finding before its events' % os.path.basename(path))
        if not signs:
            continue
        store = os.path.join(folder, os.path.basename(path) + '.db')
        program.run('read', '--store=' + store, '--key-file', program.KEY, path, other)
        done = program.run('search', '--log', store, '-o', 'json', '--findings')
        kept = [json.loads(line) for line in done.stdout.decode().splitlines()]
        kept = [f for f in kept if 'finding' in f]
        check(sorted(len(f['records']) for f in kept) == sorted(len(f['records']) for f in signs),
              '%s: stored findings rest on %s events instead of %s' % (os.path.basename(path), [len(f['records']) for f in kept],
                                                                     [len(f['records']) for f in signs]))


def main():
    with program.temporary() as folder:
        check_captures(folder)
        check_numbers(folder)
        check_copies(folder)
        check_store(folder)
        check_findings_stored(folder)
    results.close()


if __name__ == '__main__':
    main()
