#!/usr/bin/env python3
"""Files: whole after each flush in every format, rotated, moved, removed, cut by others, killed in the midst, disk full."""
import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import sinking

EVENT = '{http://schemas.microsoft.com/win/2004/08/events/event}'


def read(path):
    with open(path, encoding='utf-8', newline='') as f:
        return f.read()


def json_records(text):
    """EventRecordIDs; a finding is 0. Every line must parse, and the last end."""
    if text and not text.endswith('\n'):
        raise ValueError('half a line: %r' % text[-80:])
    return [json.loads(line).get('record_id', 0) for line in text.split('\n')[:-1]]


def xml_records(text):
    root = ElementTree.fromstring(text)
    return [int(e.find(EVENT + 'System').find(EVENT + 'EventRecordID').text) if e.tag == EVENT + 'Event' else 0
            for e in root]


def csv_records(text):
    rows = list(csv.reader(io.StringIO(text, newline='')))
    if any(len(row) != len(rows[0]) for row in rows):
        raise ValueError('rows of other lengths')
    return [int(row[rows[0].index('record_id')] or 0) for row in rows[1:]]


def ocsf_records(text):
    return [0 for line in text.split('\n')[:-1] if json.loads(line)]


FORMATS = {'json': json_records, 'xml': xml_records, 'csv': csv_records, 'ecs': ocsf_records, 'ocsf': ocsf_records}


def formats(results, folder):
    """Well-formed at each step, and after a restart."""
    for name, records_of in FORMATS.items():
        log, path = os.path.join(folder, name + '.db'), os.path.join(folder, 'out.' + name)
        target = 'file:%s?format=%s' % (path, name)
        for step in range(3):
            forwarder = sinking.Forwarder(log, target, os.path.join(folder, 'cursors'))
            sinking.fill(log, step * 100, 100)
            results.check(forwarder.wait_sent(101) is not None, '%s: %s' % (name, forwarder.read()))
            try:
                records = records_of(read(path))
            except (ValueError, ElementTree.ParseError) as e:
                records = [str(e)]
            results.check(len(records) == (step + 1) * 101, '%s step %d: %d' % (name, step, len(records)))
            if name in ('json', 'xml', 'csv'):
                results.check([r for r in records if r] == list(range(1, (step + 1) * 100 + 1)), name + ' records')
            results.check(not forwarder.stop().get('problem') and not forwarder.errors, '%s: %s' % (name, forwarder.errors))
        results.check(os.stat(path).st_mode & 0o777 == 0o640, '%s: mode' % name)


def hostile(results, folder):
    log, path = os.path.join(folder, 'evil.db'), os.path.join(folder, 'evil.')
    forwarders = [sinking.Forwarder(log, 'file:%s%s?format=%s' % (path, name, name), os.path.join(folder, 'cursors'))
                  for name in (*FORMATS, 'short', 'cef')]
    sinking.fill(log, 'hostile')
    for forwarder in forwarders:
        results.check(forwarder.wait_sent(28) is not None, 'hostile: %s' % forwarder.read())
        forwarder.stop()
    for name, records_of in FORMATS.items():
        results.check(len(records_of(read(path + name))) == 28, 'hostile %s' % name)
    for name in ('short', 'cef'):
        text = read(path + name)
        results.check(text.count('\n') == 28 and not any(sinking.is_unsafe(c) for c in text.replace('\n', '')),
                      'hostile %s' % name)


def rotated(results, folder):
    """Files of at most 1 MiB and as many as are kept, each whole; what is dropped is the oldest."""
    for name in ('json', 'xml', 'csv'):
        log, path = os.path.join(folder, 'r%s.db' % name), os.path.join(folder, 'rotated.' + name)
        forwarder = sinking.Forwarder(log, 'file:%s?format=%s&max-mib=1&keep=2' % (path, name),
                                      os.path.join(folder, 'cursors'))
        sinking.fill(log, 0, 3000, 20, 200)
        results.check(forwarder.wait_sent(3030) is not None, 'rotated: %s' % forwarder.read())
        forwarder.stop()
        files = sorted(f for f in os.listdir(folder) if f.startswith('rotated.' + name))
        results.check(files == ['rotated.' + name + end for end in ('', '.1', '.2')], 'rotated: %s' % files)
        records = [r for end in ('.2', '.1', '') for r in FORMATS[name](read(path + end)) if r]
        results.check(records and records == list(range(records[0], 3001)), 'rotated %s: %s' % (name, records[:3]))
        sizes = [os.path.getsize(path + end) for end in ('.2', '.1', '')]
        results.check(all(size <= 1 << 20 for size in sizes) and sizes[0] > 400000, 'rotated %s: %s' % (name, sizes))


def moved(results, folder):
    """Moved away, removed, reopened by a signal's way, cut, added to by another: never a half line, nothing lost."""
    log, path = os.path.join(folder, 'moved.db'), os.path.join(folder, 'moved.json')
    forwarder = sinking.Forwarder(log, 'file:' + path, os.path.join(folder, 'cursors'))

    def store(first):
        sinking.fill(log, first, 10)
        results.check(forwarder.wait_sent(first + 10) is not None, 'moved: %s' % forwarder.read())

    store(0)
    os.rename(path, path + '.old')
    store(10)
    results.check(json_records(read(path + '.old')) == list(range(1, 11)), 'moved: the old one')
    results.check(json_records(read(path)) == list(range(11, 21)), 'moved: the new one')
    os.remove(path)
    store(20)
    results.check(json_records(read(path)) == list(range(21, 31)), 'removed')
    os.rename(path, path + '.old')
    forwarder.say('reopen')
    results.check(sinking.until(lambda: os.path.exists(path)), 'reopened at once')
    store(30)
    os.truncate(path, 0)
    store(40)
    results.check(json_records(read(path)) == list(range(41, 51)), 'cut')
    with open(path, 'a', encoding='utf-8') as f:
        f.write('{"half')
    store(50)
    results.check(json_records(read(path)) == list(range(41, 61)), 'half a line by another')
    other = sinking.Forwarder(log, 'file:%s?keep=6' % path, os.path.join(folder, 'cursors'))
    store(60)
    status = other.wait(lambda s: s['failures'] > 0)
    results.check(status and 'another program writes there' in status['problem'], 'two writers: %s' % status)
    other.stop()
    results.check(forwarder.stop()['failures'] == 0, 'moved: failures')


def begins_otherwise(results, folder):
    log, path = os.path.join(folder, 'other.db'), os.path.join(folder, 'other')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('{"record_id": 1}\n')
    forwarder = sinking.Forwarder(log, 'file:%s?format=csv' % path, os.path.join(folder, 'cursors'))
    sinking.fill(log, 0, 10)
    results.check(forwarder.wait_sent(10) is not None, 'otherwise: %s' % forwarder.read())
    forwarder.stop()
    results.check(read(path + '.1') == '{"record_id": 1}\n' and len(csv_records(read(path))) == 10, 'otherwise')


def killed(results, folder):
    """kill -9 while it writes: after each the file is whole lines, or is made so; nothing lost, and all in order."""
    for name in ('json', 'xml'):
        log, path = os.path.join(folder, 'k%s.db' % name), os.path.join(folder, 'killed.' + name)
        target = 'file:%s?format=%s&max-mib=0' % (path, name)
        sinking.Forwarder(log, target, os.path.join(folder, 'cursors')).stop()  # from here on
        filler = sinking.start_fill(log, 0, 2500, 10, 50)
        while filler.poll() is None:
            forwarder = sinking.Forwarder(log, target, os.path.join(folder, 'cursors'))
            time.sleep(random.random() * 0.3)
            forwarder.kill()
        forwarder = sinking.Forwarder(log, target, os.path.join(folder, 'cursors'))
        results.check(forwarder.drain(), 'killed: %s' % forwarder.read())
        forwarder.stop()
        if name == 'xml' and not read(path).endswith('</Events>\n'):
            # the last one had nothing more to bring: one record makes it whole
            forwarder = sinking.Forwarder(log, target, os.path.join(folder, 'cursors'))
            sinking.fill(log, 2500, 1)
            forwarder.wait_sent(1)
            forwarder.stop()
        try:
            records = [r for r in FORMATS[name](read(path)) if r and r <= 2500]
        except (ValueError, ElementTree.ParseError) as e:
            records = [str(e)]
        results.check(set(records) == set(range(1, 2501)), 'killed %s: %d there %s' % (name, len(set(records)), records[:1]))
        firsts = list(dict.fromkeys(records))
        results.check(firsts == list(range(1, 2501)), 'killed %s: not in order' % name)


def full(results, folder, what, path, make_room, **more):
    """No room: nothing of what did not fit stays; with room again all is there, once."""
    log = os.path.join(folder, 'full-%s.db' % what)
    forwarder = sinking.Forwarder(log, 'file:' + path, os.path.join(folder, 'cursors'), **more)
    sinking.fill(log, 0, 600, 10, 50)
    status = forwarder.wait(lambda s: s['failures'] > 0)
    results.check(status is not None and status['problem'], '%s: %s' % (what, forwarder.read()))
    sizes = []
    for _ in range(5):
        time.sleep(0.1)
        sizes.append(len(json_records(read(path))))
    results.check(0 < sizes[0] < 606 and len(set(sizes)) == 1, '%s: lines %s' % (what, sizes))
    make_room(forwarder)
    results.check(forwarder.wait_sent(606) is not None, '%s: %s' % (what, forwarder.read()))
    results.check([r for r in json_records(read(path)) if r] == list(range(1, 601)), '%s: not all, once' % what)
    forwarder.stop()


def limit_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, resource.RLIM_INFINITY))


def disk_full(results, folder):
    def raise_limit(forwarder):
        resource.prlimit(forwarder.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    full(results, folder, 'limit', os.path.join(folder, 'limit.json'), raise_limit, preexec_fn=limit_size)
    if os.geteuid() != 0:
        print('without root: a full disk is only played by a limit')
        return
    disk = os.path.join(folder, 'disk')
    os.mkdir(disk)
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=512k', 'none', disk], check=False).returncode:
        print('no file system can be mounted here: a full disk is only played by a limit')
        return
    try:
        full(results, folder, 'disk', os.path.join(disk, 'full.json'),
             lambda _: subprocess.run(['mount', '-o', 'remount,size=8m', disk], check=True))
    finally:
        subprocess.run(['umount', disk], check=True)


def refused(results, folder):
    """What can't be a target is said at once."""
    for target, words in (('file:x', 'should be'), ('file:/tmp/', 'absolute path'), ('file:/tmp/x?format=docx', 'format'),
                          ('file:/tmp/x?max-mib=-1', 'max-mib'), ('file:/tmp/x?keep=0', 'keep'),
                          ('file:/tmp/x?colour=1', 'there is no option'), ('file:/tmp/%zz', 'absolute path'),
                          ('gopher://x', 'journald, syslog+udp://HOST[:PORT]'), ('syslog+udp://', 'host'),
                          ('syslog+tcp://x:0', 'host'), ('syslog+tcp://2001:db8::1', 'host'),
                          ('syslog+tls://x?cert=/a', 'go together'), ('journaldx', 'should be')):
        forwarder = sinking.Forwarder(os.path.join(folder, 'x.db'), target, os.path.join(folder, 'cursors'))
        results.check(forwarder.first.startswith('error -22 ') and words in forwarder.first, '%s: %s' % (target, forwarder.first))
        forwarder.stop()


def main():
    results = program.Results()
    random.seed(int(os.environ.get('SINK_SEED', '1')))
    with program.temporary() as folder:
        for test in (formats, hostile, rotated, moved, begins_otherwise, killed, disk_full, refused):
            test(results, folder)
    results.close()


main()
