"""Logs that are broken or meant to harm: what is said of them, and what is read nevertheless."""
import json
import os

import program

NS = 'http://schemas.microsoft.com/win/2004/08/events/event'
OURS = 'Microsoft-Windows-NTLM'


def event(record=1, data='<Data Name="ProcessName">lsass.exe</Data>', event_id='8002'):
    return ('<Event xmlns="%s"><System><Provider Name="%s"/><EventID>%s</EventID>'
            '<TimeCreated SystemTime="2020-07-06T08:41:10.3Z"/><EventRecordID>%d</EventRecordID>'
            '<Computer>a</Computer></System><EventData>%s</EventData></Event>' % (NS, OURS, event_id, record, data))


def document(record=1, data=None, **system):
    return json.dumps({'System': {'Provider': {'Name': OURS}, 'EventID': 8002, 'EventRecordID': record,
                                  'TimeCreated': '2020-07-06T08:41:10Z', 'Computer': 'a', **system},
                       'EventData': {'ProcessName': 'lsass.exe'} if data is None else data})


LAUGHS = ('<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">' +
          ''.join('<!ENTITY %s "%s">' % (chr(98 + i), ('&%s;' % chr(97 + i)) * 10) for i in range(9)) + ']>')
GOOD = event(1)

# Content, records of the events that are read, what the messages say; None: nothing is wrong.
XML = (
    ('truncated', GOOD + '\n' + event(2)[:-30], [1], 'line 2: Event: cut short: the file ends'),
    ('one cut inside', GOOD + '\n' + event(2)[:200] + '\n' + event(3), [1, 3], 'line 2: Event: cut short: another'),
    ('nested 10000', GOOD + event(2, '<a>' * 10000 + '</a>' * 10000) + event(3), [1, 3], 'nested too deeply'),
    ('laughs', LAUGHS + event(1, '<Data Name="ProcessName">&i;</Data>') + event(2), [2], 'undefined entity'),
    ('own type inside', event(1, '<!DOCTYPE x>') + event(2), [2], 'not well-formed'),
    ('external', '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + GOOD, [1], None),
    ('huge value', GOOD + event(2, '<Data Name="ProcessName">' + 'x' * 2000000 + '</Data>') + event(3), [1, 3],
     'longer than 1 MiB'),
    ('long value', event(1, '<Data Name="ProcessName">' + 'x' * 900000 + '</Data>'), [1], None),
    ('huge name', event(1, '<%s/>' % ('n' * 100000)) + event(2), [2], 'names too long'),
    ('many fields', event(1, '<Data Name="x">1</Data>' * 5000), [1], None),
    ('many attributes', event(1, '<Data %s/>' % ' '.join('a%d="1"' % i for i in range(20000))) + event(2), [1, 2], None),
    ('NULs', GOOD + event(2, '<Data Name="ProcessName">a\0b</Data>'), [1, 2], 'line 1: text: characters'),
    ('controls', event(1, '<Data Name="ProcessName">a\x01\x1bb\ufffe</Data>'), [1], 'characters that are none'),
    ('wrong types', event(1).replace('>1<', '>x<').replace('2020-', 'yesterday'), [0], None),
    ('large number', event(1).replace('>1<', '>99999999999999999999999<'), [0], None),
    ('no id', '<Event><System/></Event>' + GOOD, [1], 'no EventID'),
    ('alone', '<Event/>', [], 'no EventID'),
    ('empty list', '<Events></Events>', [], None),
    ('no event', '<html><body>no log</body></html>', [], None),
    ('comment', '<!-- ' + GOOD + ' -->' + event(2), [2], None),
    ('comment inside', event(1, '<!-- </Event> <Event> --><Data Name="ProcessName">a</Data>'), [1], None),
    ('CDATA', event(1, '<Data Name="ProcessName"><![CDATA[</Event><Event>]]></Data>'), [1], None),
    ('open comment', GOOD + '<!-- ', [1], 'without an end'),
    ('open CDATA', GOOD + event(2, '<![CDATA[')[:-20] + event(3), [1], 'cut short: the file ends'),
    ('quotes', GOOD + '<x a="' + event(2), [1, 2], None),
    ('prefix', event(1).replace('<Event ', '<e:Event ').replace('</Event>', '</e:Event>').replace('xmlns=', 'xmlns:e='),
     [1], None),
    ('another provider', event(1).replace(OURS, 'Somebody'), [], None),
    ('JSON behind', GOOD + '\n' + document(2) + '\n' + document(3), [1], 'line 2: text: JSON in a log that is XML'),
    ('heading', 'evtxexport 20181227\n\n' + GOOD, [1], None),
)
JSON = (
    ('truncated', document() + '\n' + document(2)[:-30], [1], 'line 2: JSON: cut short: the file ends'),
    ('one cut inside', document() + '\n' + document(2)[:90] + '\n' + document(3), [1, 3], 'line 2: JSON: cut short'),
    ('cut in a string', document() + '\n' + document(2)[:30] + '\n' + document(3), [1, 3], 'line 2: JSON: cut short'),
    ('nested 10000', document() + '{"a":' * 10000 + '1' + '}' * 10000 + document(3), [1, 3], 'nested too deeply'),
    ('nested arrays', document() + '\n{"a":' + '[' * 10000 + ']' * 10000 + '}\n' + document(3), [1, 3], 'too deeply'),
    ('huge value', document() + document(2, {'ProcessName': 'x' * 2000000}) + document(3), [1, 3], 'longer than 1 MiB'),
    ('long value', document(1, {'ProcessName': 'x' * 900000}), [1], None),
    ('many fields', document(1, {'f%d' % i: 'x' for i in range(20000)}), [1], None),
    ('NUL escape', document(1, {'ProcessName': 'a\0b'}), [1], None),
    ('NUL', document(1).replace('lsass', 'ls\0ass'), [1], 'text: characters that are none'),
    ('half a surrogate', document(1).replace('lsass', '\\ud800') + document(2), [2], 'not JSON'),
    ('wrong types', document(1, {'ProcessName': ['a', {'b': None}], 'CallerPID': {'x': 1}, 'ClientLUID': True,
                                 'ClientUserName': None}), [1], None),
    ('wrong head', document([1], {}, Provider={'Name': OURS}, Computer=7, Execution='x', Version={}), [0], None),
    ('no objects', '[1, "x", null]', [], 'no object'),
    ('data is a list', document(1, [1, 2]), [1], None),
    ('another tool', '{"a": 1}', [], 'no collector that is known'),
    ('large number', document(1).replace('"EventRecordID": 1', '"EventRecordID": 1, "Keywords": 9232379236109516800'),
     [1], None),
    ('huge number', document(1).replace('"EventRecordID": 1', '"EventRecordID": 1e400') + document(2), [2], 'JSON'),
    ('trailing commas', '[' + document(1) + ',,' + document(2) + ',]', [1, 2], None),
    ('own, unknown event', json.dumps({'time': '2020-07-06T08:41:10Z', 'event_id': 2, 'record_id': 1, 'provider': 'x'}),
     [], 'event_id that is unknown'),
    ('own, no time', json.dumps({'time': 7, 'event_id': 4020, 'record_id': 1, 'provider': 'x'}), [], 'time that is none'),
    ('own, wrong types', json.dumps({'time': '2020-07-06T08:41:10Z', 'event_id': 4020, 'record_id': 1, 'provider': 'x',
                                     'user': {'a': []}, 'reason_id': 'seven', 'evidence': [1, {'before_ms': 1e300}],
                                     'foreign': {'a': 1}, 'warnings': 'x', 'mechanisms': [1, None]}), [1], None),
    ('own, many fields', json.dumps({'time': '2020-07-06T08:41:10Z', 'event_id': 4020, 'record_id': 1, 'provider': 'x',
                                     'foreign': [{'name': 'n%d' % i, 'value': ''} for i in range(25000)]}), [1],
     'line 1: JSON: more foreign fields'),
    ('own finding, unknown', json.dumps({'time': '2020-07-06T08:41:10Z', 'finding': 'x', 'severity': 'low',
                                         'records': []}), [], 'finding that is none'),
    ('wrapped', '{"_index": "x", "_source": ' + document(1) + '}', [1], None),
)
BYTES = (
    ('not UTF-8', b'\xff'.join(GOOD.encode().split(b'lsass')), [1], 'text: characters that are none'),
    ('not UTF-8 in JSON', b'\xc3\x28'.join(document(1).encode().split(b'lsass')), [1], 'text: characters'),
    ('UTF-8 mark', b'\xef\xbb\xbf' + GOOD.encode(), [1], None),
    ('wide without mark', GOOD.encode('utf-16-le'), [1], None),
    ('wide, odd end', b'\xff\xfe' + GOOD.encode('utf-16-le') + b'\0', [1], None),
    ('wide, half a surrogate', b'\xff\xfe' + GOOD.encode('utf-16-le').replace(b'l\0s\0', b'\0\xd8s\0'), [1],
     'characters that are none'),
    ('wide JSON', b'\xff\xfe' + document(1).encode('utf-16-le'), [1], None),
)


def check(results, read_bytes):
    for group in (XML, JSON, BYTES):
        for name, content, records, says in group:
            check_one(results, name, content if isinstance(content, bytes) else content.encode(), records, says)
    check_flood(results)


def read(content):
    with program.temporary() as folder:
        path = os.path.join(folder, 'log')
        with open(path, 'wb') as f:
            f.write(content)
        return program.run('read', '-o', 'json', path, timeout=60)


def check_one(results, name, content, records, says):
    done = read(content)
    said = done.stderr.decode()
    found = [json.loads(line).get('source_record') or 0 for line in done.stdout.decode().splitlines()]
    results.check(found == records, '%s: records %r for %r: %s' % (name, found, records, said[:300]))
    if says:
        results.check(says in said and done.returncode == 3, '%s: exit status %d, said %s' % (
            name, done.returncode, said[:300]))
    elif 'odd end' not in name:
        results.check('log:' not in said and done.returncode == (0 if records else 1),
                      '%s: exit status %d, said %s' % (name, done.returncode, said[:300]))


def check_flood(results):
    """A broken place in each of many lines costs no more than reading it, and few words."""
    for name, line in (('JSON', b'{"a":"\n'), ('XML', b'<Event a="\n'), ('arrays', b'{[[[[[[[[\n')):
        head = b'' if name != 'XML' else b'<Events>'
        done = read(head + line * 200000)
        results.check(done.returncode == 3 and done.stderr.count(b'\n') < 40,
                      'flood of %s: exit status %d, %d lines' % (name, done.returncode, done.stderr.count(b'\n')))
