#!/usr/bin/env python3
"""Records that are right but unusual: what is read of them, and that our own formats give it back unchanged."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import loghostile
import program

results = program.Results()


def read(content, *options):
    with program.temporary() as folder:
        path = os.path.join(folder, 'log')
        with open(path, 'wb') as f:
            f.write(content.encode('utf-8') if isinstance(content, str) else content)
        return program.run('read', '-q', *options, path)


def events(content):
    return [json.loads(line) for line in read(content, '-o', 'json').stdout.decode().splitlines()]


def comparable(event):
    """Where two fields have one name, or a layout's, our XML writes them after the others."""
    return {**event, 'foreign': sorted((f['name'], f['value']) for f in event['foreign'])}


def check_back(content, what):
    first = [comparable(e) for e in events(content)]
    results.check(first, what + ': no event')
    for output in ('json', 'xml'):
        again = [comparable(e) for e in events(read(content, '-o', output).stdout)]
        results.check(again == first, '%s: our %s read back differs: %r' % (
            what, output, [(k, a[k], b.get(k)) for a, b in zip(first, again) for k in a if a[k] != b.get(k)][:3]))


def check_unnumbered():
    """A record without a number has none after having been ours, and was not the first of its log."""
    content = loghostile.event().replace('<EventRecordID>1</EventRecordID>', '')
    results.check([e['source_record'] for e in events(content)] == [None], 'unnumbered: it got a number')
    check_back(content, 'unnumbered')


def check_names():
    """Names of fields come from whoever wrote the log, as values do."""
    names = ('', '', 'process name', 'PROCESSNAME', 'a.b', 'a', '\u202e', 'x\ty', '"', "'", '<', '&', ']]>', '{}', '0',
             '@timestamp', '\u00fc', '\U0001f600', 'n' * 3000, 'a=b', 'a|b', 'a\\b', ' ', '%s', 'Username')
    values = ('=1+1', '-1', '@x', 'a\nb', '\u202eevil', '\u2028', '\u200b', '\x7f\x80', '', '-', 'Null', ']]>', '&amp;',
              '  x  ')
    data = {name: values[i % len(values)] for i, name in enumerate(names)}
    check_back(loghostile.document(1, {'ProcessName': 'lsass.exe', **data}), 'names')


def main():
    check_names()
    check_unnumbered()
    results.close()


if __name__ == '__main__':
    main()
