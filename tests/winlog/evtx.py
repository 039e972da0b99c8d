#!/usr/bin/env python3
"""Our reader of EVTX against libevtx's evtxexport and, for exported logs, which that one can't read, tests/binxml.py.

Every live record of every log must be the same for both: its System fields, and the names and values of its data.
Then the events of interest that tests/evtx/truth (or the shared folder's) lists, and what only --recover may find.
"""
import html
import json
import os
import re
import struct
import subprocess
import sys
import zlib
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import binxml
import program

DUMP = os.path.join(os.path.dirname(program.PROGRAM), 'tests/winlog/evtx-dump')
SHARED = os.environ.get('NTLMAUDIT_CAPTURES', os.path.join(program.TOP, '..', 'shared'))
FOLDERS = (os.path.join(program.TOP, 'tests/evtx'), os.path.join(SHARED, 'evtx'))
# What is compared of a record, beside its data.
KEYS = ('record_id', 'event_id', 'version', 'level', 'task', 'opcode', 'keywords', 'process_id', 'thread_id', 'time',
        'activity', 'provider', 'guid', 'channel', 'computer', 'sid')


def dump(path, *options):
    """Our records, and what our reader had to complain of."""
    done = subprocess.run([DUMP, *options, path], capture_output=True, timeout=120,
                          env=program.ENVIRONMENT, check=False)
    if done.returncode != 0:
        raise RuntimeError('%s: exit status %d: %s' % (path, done.returncode, done.stderr[-2000:]))
    return ([json.loads(line) for line in done.stdout.decode().splitlines()],
            done.stderr.decode().splitlines())


def local(tag):
    return tag.rsplit('}', 1)[-1]


def leaves(element):
    """What a record's data are: the leaves of EventData or UserData, with their @Name where they have one."""
    if len(element):
        for child in element:
            yield from leaves(child)
    else:
        name = element.get('Name', '' if local(element.tag) == 'Data' else local(element.tag))
        yield [name, element.text or '']


def fields(event):
    """An event's XML as our dump has it."""
    found = {'data': []}
    for part in event:
        if local(part.tag) == 'System':
            for child in part:
                found[local(child.tag)] = child
        elif local(part.tag) in ('EventData', 'UserData'):
            # UserData has one element around its leaves.
            for child in part if local(part.tag) == 'EventData' else (leaf for child in part for leaf in child):
                found['data'] += leaves(child)
    return found


def text(found, element, attribute=None):
    if element not in found:
        return ''
    return (found[element].get(attribute) if attribute else found[element].text) or ''


def number(found, element, attribute=None):
    return int(text(found, element, attribute) or '0', 0)


def when(value):
    """A time to 100 ns; python-evtx has microseconds, which say less."""
    match = re.match(r'(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?', value)
    return '%sT%s.%s' % (match[1], match[2], ((match[3] or '') + '0' * 7)[:7]) if match else ''


def theirs(event):
    found = fields(event)
    return {
        'record_id': number(found, 'EventRecordID'),
        'event_id': number(found, 'EventID'),
        'version': number(found, 'Version'),
        'level': number(found, 'Level'),
        'task': number(found, 'Task'),
        'opcode': number(found, 'Opcode'),
        'keywords': number(found, 'Keywords'),
        'process_id': number(found, 'Execution', 'ProcessID'),
        'thread_id': number(found, 'Execution', 'ThreadID'),
        'time': when(text(found, 'TimeCreated', 'SystemTime')),
        'activity': re.sub('[{}-]', '', text(found, 'Correlation', 'ActivityID')).upper(),
        'provider': text(found, 'Provider', 'Name'),
        'guid': text(found, 'Provider', 'Guid').upper(),
        'channel': text(found, 'Channel'),
        'computer': text(found, 'Computer'),
        'sid': text(found, 'Security', 'UserID'),
        'data': found['data'],
    }


def clean(xml):
    """XML 1.0 has no control characters, but records do."""
    return re.sub('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]', '\ufffd', xml)


def escaped(xml):
    """evtxexport does not escape values that are XML themselves."""
    return re.sub(r'(<Data(?: Name="[^"]*")?>)(.*?)(</Data>)',
                  lambda m: m[1] + (html.escape(m[2]) if '<' in m[2] else m[2]) + m[3], xml, flags=re.S)


def export(path):
    """The live records as libevtx reads them, up to where it gives up; and whether it did not."""
    done = subprocess.run(['evtxexport', '-m', 'items', '-f', 'xml', path], capture_output=True,
                          timeout=120, check=False)
    body = clean(done.stdout.decode(errors='replace'))
    found = re.findall(r'^<Event .*?^</Event>$', body, re.S | re.M)
    return [theirs(ET.fromstring(escaped(event))) for event in found], done.returncode == 0


def plain(path):
    try:
        return [theirs(event) for event in binxml.events(path)]
    except (binxml.NotPlain, KeyError):
        return None


# What may differ in a value, and why: each a fact of the one or the other's way of writing it.
ALIKE = (
    # Windows writes hexadecimal numbers without leading zeros, libevtx with all of them.
    (re.compile(r'0x([0-9a-f]+)'), lambda m: '0x%x' % int(m[1], 16)),
    # FILETIMEs have seven digits; libevtx writes nine.
    (re.compile(r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7})00Z'), lambda m: m[1] + 'Z'),
)


def value(v):
    """A value without what may differ; XML readers make one line feed of each line end."""
    v = clean(v).replace('\r\n', '\n').replace('\r', '\n')
    for pattern, as_ours in ALIKE:
        match = pattern.fullmatch(v)
        v = as_ours(match) if match else v
    return v


def comparable(record):
    made = {key: record[key] for key in KEYS}
    made['data'] = [[name, value(v)] for name, v in record['data']]
    return made


def ours(record):
    return comparable({**record, 'keywords': int(record['keywords'], 16), 'time': record['time'].rstrip('Z')})


def same(our, their):
    """Equal values, or a difference that is libevtx's: it shows nothing of a value that is only a line end, and takes
    whatever follows an unpaired surrogate for its other half."""
    return our == their or (their == '' and our == '\n') or their == re.sub('\ufffd.', '\ufffd', our)


def agree(our, their):
    return (all(our[key] == their[key] for key in KEYS) and
            [name for name, _ in our['data']] == [name for name, _ in their['data']] and
            all(same(v, w) for (_, v), (_, w) in zip(our['data'], their['data'])))


def is_there(log, record):
    """A record that only we have read: it must lie in the bytes where we say, and its chunk be one that others
    give up in the middle, cut short or with records that don't fit their checksum."""
    offset = record['offset']
    chunk = log[offset - (offset - 4096) % 65536:][:65536]
    used, checksum = struct.unpack_from('<II', chunk, 48)
    return (log[offset:offset + 4] == b'**\0\0' and
            struct.unpack_from('<Q', log, offset + 8)[0] == record['record_id'] and
            (len(chunk) < 65536 or zlib.crc32(chunk[512:used]) != checksum))


def other_reader(path):
    """What is known independently of a log's records, and whether that is all of them."""
    found, is_all = export(path)
    if not is_all:
        read = plain(path)
        if read is not None:
            return read, True
    return found, is_all


def compare(path):
    """The checks of one log: (good, what)."""
    name = os.path.basename(path)
    read, _ = dump(path)
    with open(path, 'rb') as f:
        log = f.read()
    known, is_all = other_reader(path)
    by_id = {}
    for record in known:
        by_id.setdefault(record['record_id'], []).append(comparable(record))
    extra = []
    wrong = []
    for record in read:
        waiting = by_id.get(record['record_id'])
        if not waiting:
            extra.append(record)
        elif not agree(ours(record), waiting[0]):
            wrong.append((ours(record), waiting.pop(0)))
        else:
            waiting.pop(0)
    missing = sum(map(len, by_id.values()))
    if is_all:
        extra = [record for record in extra if not is_there(log, record)]
    else:
        extra = []
    return [
        (len(read) > 0 and len(known) > 0, '%s: records' % name),
        (not wrong, '%s: %d records differ: %s' % (name, len(wrong), wrong[:1])),
        (not missing, '%s: %d records were not read' % (name, missing)),
        (not extra, '%s: records that are not there: %s' % (name, extra[:1])),
        (not any(record['recovered'] for record in read), '%s: recovered without being asked' % name),
        (len({record['offset'] for record in read}) == len(read), '%s: a record twice' % name),
    ]


def check_truth(results, folder):
    """Each event of interest is among the records, with all the values that are told of it."""
    for name in sorted(os.listdir(os.path.join(folder, 'truth'))):
        path = os.path.join(folder, name[:-len('.json')])
        if not os.path.exists(path):
            continue
        by_id = {record['record_id']: record for record in dump(path)[0]}
        with open(os.path.join(folder, 'truth', name), encoding='utf-8') as f:
            truth = json.load(f)
        for event in truth:
            record = by_id.get(int(event['record_id']), {'data': []})
            data = {n: value(v) for n, v in record['data']}
            results.check(
                all(record.get(key) == event[key] for key in ('provider', 'event_id', 'channel', 'computer')) and
                when(record['time']) == when(event['time']) and
                all(data.get(n) == value(v or '') for n, v in event['data'].items()),
                '%s: %s: %s' % (name, event, record))


def near(our, their):
    """The truth has microseconds, rounded."""
    return (our[:20] == their[:20] != '' and
            abs(int((our[20:-1] + '0' * 7)[:7]) - int((their[20:-1] + '0' * 7)[:7])) <= 10)


def check_recovered(results, folder):
    """What lies in unused space is found when asked for, all of it, and only then."""
    with open(os.path.join(folder, 'truth/recovered.json'), encoding='utf-8') as f:
        truth = json.load(f)
    for name in sorted({event['file'] for event in truth}):
        path = os.path.join(folder, name)
        wanted = {event['offset']: event for event in truth if event['file'] == name}
        live = [record['offset'] for record in dump(path)[0]]
        everything = dump(path, '--recover')[0]
        found = {record['offset']: record for record in everything if record['recovered']}
        results.check(not set(live) & set(wanted), '%s: a dead record read as live' % name)
        results.check([r['offset'] for r in everything if not r['recovered']] == live,
                      '%s: other live records where dead ones are wanted too' % name)
        results.check(set(found) == set(wanted), '%s: recovered %d, there are %d' % (
            name, len(found), len(wanted)))
        for offset, event in wanted.items():
            record = found.get(offset, {'data': [], 'time': '', 'activity': ''})
            results.check(
                all(record.get(key) == event[key] for key in (
                    'record_id', 'event_id', 'provider', 'process_id', 'thread_id', 'sid')) and
                record['activity'] == (event['activity'] or '').replace('-', '') and
                near(record['time'], event['written']) and
                [v for _, v in record['data']] == event['values'] and
                all(n for n, _ in record['data']), '%s: %s: %s' % (name, event, record))


def check_pipe(results, path):
    """From a pipe as from a file."""
    with open(path, 'rb') as f:
        done = subprocess.run([DUMP, '-'], input=f.read(), capture_output=True, timeout=60,
                              env=program.ENVIRONMENT, check=False)
    results.check([json.loads(line) for line in done.stdout.splitlines()] == dump(path)[0], 'from a pipe')


def main():
    results = program.Results()
    folders = [folder for folder in FOLDERS if os.path.isdir(folder)]
    logs = [os.path.join(folder, name) for folder in folders for name in sorted(os.listdir(folder))
            if name.endswith('.evtx')]
    with ThreadPoolExecutor(2) as pool:
        for checks in pool.map(compare, logs):
            for good, what in checks:
                results.check(good, what)
    for folder in folders:
        check_truth(results, folder)
    check_recovered(results, FOLDERS[0])
    check_pipe(results, os.path.join(FOLDERS[0], 'samples-torn.evtx'))
    results.close()


if __name__ == '__main__':
    main()
