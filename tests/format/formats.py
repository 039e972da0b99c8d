#!/usr/bin/env python3
"""formats.py: csv, cef, ecs and ocsf of every shipped capture, read by readers of their own (parsers.py) and held to
-o json: nothing lost, nothing changed, no line or cell more. Then the same with names that try to break out. ECS's and
OCSF's fields are held to lists of the public schemas beside this file.
"""
import ipaddress
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import program
import parsers

HEAD = ['time', 'event_id', 'version', 'level', 'provider', 'channel', 'record_id', 'computer', 'activity_id']

# Where a fact is, the first that has it; else in unmapped.
OCSF = {
    'status': 'status_code', 'status_text': 'status_detail', 'target_service': 'service.name',
    'client_ip': 'src_endpoint.ip', 'client_port': 'src_endpoint.port', 'client_name': 'src_endpoint.hostname',
    'host': 'src_endpoint.name', 'target_ip': 'dst_endpoint.ip', 'target_port': 'dst_endpoint.port',
    'target_name': 'dst_endpoint.hostname', 'target_machine': 'dst_endpoint.name',
    'target_domain': 'dst_endpoint.domain', 'carrier': 'dst_endpoint.svc_name',
    'process_name': 'actor.process.name', 'process_id': 'actor.process.pid',
    'client_user': 'actor.user.name', 'client_domain': 'actor.user.domain',
    'user': 'user.name', 'domain': 'user.domain',
}
CEF = {
    'client_ip': ('src', 'c6a2'), 'target_ip': ('dst', 'c6a3'), 'client_port': ('spt',), 'target_port': ('dpt',),
    'client_name': ('shost',), 'host': ('shost',), 'target_name': ('dhost',), 'target_machine': ('dhost',),
    'user': ('duser',), 'domain': ('dntdom',), 'client_user': ('suser',), 'client_domain': ('sntdom',),
    'target_service': ('destinationServiceName',), 'carrier': ('app',), 'process_name': ('deviceProcessName',),
    'process_id': ('dvcpid',), 'status_text': ('reason',), 'ntlm_version': ('cs1',), 'ntlm_version_detail': ('cs1',),
    'reason': ('cs2',), 'warnings': ('cs3',), 'evidence_text': ('cs4',), 'mic': ('cs5',), 'channel_binding': ('cs6',),
    'reason_id': ('cn1',),
}
# Five UTF-16 units each, to take the place of a name in a capture.
HOSTILE = ['=1+1|', '@a\\=b', '"\r\n,x', "'-\t;:", 'a\u202eb\u2028c', '\U0001f600\ud83dx ', 'x d=\u0001', '+A\\n"',
           '","\r\n', '<&>\ufeff]', '\uff1d1+1|', ' a=b ']


def facts(event):
    return {k: v for k, v in event.items() if k not in HEAD and k != 'evidence'}


def plain(value, keep=''):
    """A JSON value as a cell or a pair has it."""
    if value is None:
        return ''
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ','.join(parsers.visible(item, keep) for item in value)
    return parsers.visible(value, keep) if isinstance(value, str) else str(value)


def csv_differs(event, row):
    wanted = {**{k: event.get(k) for k in HEAD}, **facts(event)}
    for key, value in wanted.items():
        if parsers.unguarded(row[key]) != plain(value):
            return '%s is %r, not %r' % (key, row[key], value)
    if 'evidence' in event and parsers.json_lines((row['evidence'] + '\n').encode()) != [event['evidence']]:
        return 'evidence is %s' % row['evidence']
    return None if row['finding'] == '' else 'has a finding'


def own_key(key):
    return 'ntlmaudit' + ''.join(word.capitalize() for word in key.split('_'))


def cef_differs(event, pairs):
    if (pairs['id'], pairs['externalId']) != (str(event['event_id']), str(event['record_id'])):
        return 'its id is %s' % pairs['id']
    for key, value in facts(event).items():
        found = [pairs[k] for k in CEF.get(key, ()) + (own_key(key),) if k in pairs]
        if value is not None and plain(value, '\r\n') not in found:
            return '%s is %r, not %r' % (key, found, value)
    return None


def windows_differs(key, value, text):
    """A value of event_data, always text, and what -o json says."""
    if value is None or text == 'Null':
        return (value is None) != (text == 'Null')
    if key == 'status_text':
        return not text.isdigit()  # the number of Status once more
    if isinstance(value, int):
        return int(text, 0) != value
    return text != value


def ecs_differs(event, record):
    data, own = list(record['winlog']['event_data'].items()), record['ntlmaudit']
    for i, (key, value) in enumerate(facts(event).items()):
        if i < len(data):
            if windows_differs(key, value, data[i][1]):
                return '%s is %r, not %r' % (key, data[i], value)
        elif own.get(key) != value:
            return '%s is %r, not %r' % (key, own.get(key), value)
    if len(data) > len(facts(event)) or own.get('evidence') != event.get('evidence'):
        return 'it has more fields, or other evidence'
    wanted = (event['time'], str(event['event_id']), event['computer'], event['activity_id'], event['record_id'])
    found = (record['@timestamp'], record['event']['code'], parsers.at(record, 'winlog.computer_name'),
             parsers.at(record, 'winlog.activity_id'), own['record_id'])
    return None if wanted == found else '%r, not %r' % (found, wanted)


def ocsf_differs(event, record):
    for key, value in facts(event).items():
        found = [parsers.at(record, OCSF.get(key, '')), record['unmapped'].get(key)]
        if value is not None and value not in found:
            return '%s is %r, not %r' % (key, found, value)
    if record['unmapped'].get('evidence') != event.get('evidence'):
        return 'it has other evidence'
    wanted = (str(event['record_id']), event['time'], str(event['event_id']), event['activity_id'])
    found = tuple(record['metadata'].get(k) for k in ('uid', 'original_time', 'event_code', 'correlation_uid'))
    return None if wanted == found else '%r, not %r' % (found, wanted)


def finding_differs(finding, row, pairs, ecs, ocsf):
    """The same sign of an attack in all of them?"""
    key, sentence = finding['finding'], finding['sentence']
    if (row['finding'], pairs['id'], ecs['rule']['id'], ocsf['finding_info']['types']) != (key, key, key, [key]):
        return 'not the finding %s everywhere' % key
    if not (parsers.unguarded(row['finding_sentence']) == parsers.visible(sentence) and
            pairs['msg'] == parsers.visible(sentence, '\r\n') and ecs['message'] == ocsf['message'] == sentence):
        return 'another sentence'
    uids = [int(e['uid']) for e in ocsf['finding_info']['related_events']]
    return None if uids == ecs['ntlmaudit']['finding']['records'] == finding['records'] else 'other records'


def field_list(name):
    with open(os.path.join(HERE, name)) as f:
        rows = [line.strip().split(',') for line in f if not line.startswith('#')]
    return {row[0]: row[1:] for row in rows}


def is_ip(value):
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_text(value):
    return isinstance(value, str)


TYPES = {
    'keyword': is_text, 'match_only_text': is_text, 'string_t': is_text, 'ip': is_ip, 'ip_t': is_ip, 'long': is_int,
    'integer_t': is_int, 'long_t': is_int, 'timestamp_t': is_int, 'object': is_text,
    'port_t': lambda v: is_int(v) and 0 < v < 65536,
    'date': lambda v: bool(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z', v)),
}


def ecs_breaks(record, fields):
    """Fields that are not in the list, or not of its type; ECS lets any field be an array."""
    for path, value in parsers.leaves(record):
        name = 'winlog.event_data' if path.startswith('winlog.event_data.') else path.removesuffix('[]')
        if not name.startswith('ntlmaudit.') and (name not in fields or not TYPES[fields[name][0]](value)):
            return '%s: %r' % (path, value)
    kinds = {'event': ('authentication', ('start', 'info')), 'alert': ('intrusion_detection', ('info',))}
    category, types = kinds[record['event']['kind']]
    good = record['event']['category'] == [category] and record['event']['type'][0] in types and \
        record['event'].get('outcome', 'unknown') in ('success', 'failure', 'unknown')
    return None if good else 'not a value of event.*'


def ocsf_breaks(record, classes):
    fields, paths = classes[record['class_uid']], set()
    for path, value in parsers.leaves(record):
        if path.startswith('unmapped.'):
            continue
        paths.add(path)
        if path not in fields or not TYPES[fields[path][0]](value):
            return '%s: %r' % (path, value)
    missing = [p for p, row in fields.items() if row[1] == 'required' and '[]' not in p and p not in paths]
    if missing:
        return 'without ' + ', '.join(missing)
    good = record['type_uid'] == record['class_uid'] * 100 + record['activity_id'] and \
        record['category_uid'] == record['class_uid'] // 1000 and \
        (record['class_uid'] != 3002 or ('user' in record and ('service' in record or 'dst_endpoint' in record)))
    return None if good else 'its class contradicts itself'


class Checker:
    def __init__(self, results):
        self.results = results
        self.fields = field_list('ecs-8.11.txt')
        self.classes = {3002: field_list('ocsf-1.3-3002.txt'), 2004: field_list('ocsf-1.3-2004.txt')}
        self.seen = {'event_id': 0, 'finding': 0}

    def say(self, where, what):
        self.results.check(what is None, '%s: %s' % (where, what))

    def record(self, name, wanted, row, pairs, ecs, ocsf):
        """One record in all the formats."""
        if 'event_id' in wanted:
            self.seen['event_id'] += 1
            self.say(name + ': csv', csv_differs(wanted, row))
            self.say(name + ': cef', cef_differs(wanted, pairs))
            self.say(name + ': ecs', ecs_differs(wanted, ecs))
            self.say(name + ': ocsf', ocsf_differs(wanted, ocsf))
        else:
            self.seen['finding'] += 1
            self.say(name + ': finding', finding_differs(wanted, row, pairs, ecs, ocsf))
        self.say(name + ': ecs schema', ecs_breaks(ecs, self.fields))
        self.say(name + ': ocsf schema', ocsf_breaks(ocsf, self.classes))

    def capture(self, path, label=None):
        """How many records it has, the same in all formats."""
        name = label or os.path.basename(path)
        out = {f: program.read(path, f, '-q').stdout for f in ('json', 'csv', 'cef', 'ecs', 'ocsf')}
        all_of = [parsers.json_lines(out['json']), parsers.csv_rows(out['csv']), parsers.cef_lines(out['cef']),
                  parsers.json_lines(out['ecs']), parsers.json_lines(out['ocsf'])]
        counts = [len(records) for records in all_of]
        if self.results.check(len(set(counts)) == 1, '%s: %r records' % (name, counts)):
            for record in zip(*all_of):
                self.record(name, *record)
        return counts[0]


def check_hostile(checker, folder):
    """A name on the wire, and every other of its length."""
    with open(os.path.join(program.CAPTURES, 'lab-smb-ntlmv2-ok.pcap'), 'rb') as f:
        tame = f.read()
    name = 'alice'.encode('utf-16le')
    wanted = checker.capture(os.path.join(program.CAPTURES, 'lab-smb-ntlmv2-ok.pcap'))
    checker.results.check(tame.count(name) > 0 and wanted > 0, 'no name to replace')
    for hostile in HOSTILE:
        units = hostile.encode('utf-16le', 'surrogatepass')
        path = os.path.join(folder, 'hostile.pcap')
        assert len(units) == len(name), hostile
        with open(path, 'wb') as f:
            f.write(tame.replace(name, units))
        found = checker.capture(path, 'the name %a' % hostile)
        shown = [e['user'] for e in program.events(path)]
        want = hostile.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')
        checker.results.check(found == wanted and set(shown) == {want}, 'the name %a: %r' % (hostile, shown))


def check_the_check(results):
    """What must not pass does not."""
    for bad in (b'a,b\r\n1,2,3\r\n', b'a,b\n1,2\n', b'a,b\r\n"1,2\r\n', b'a,a\r\n1,2\r\n'):
        try:
            parsers.csv_rows(bad)
            results.check(False, '%r passes for CSV' % bad)
        except Exception:
            results.check(True, '')
    for bad in ('CEF:0|a|b|1|2|3|4 src=1', 'CEF:0|a|b|1|2|3|4|src=1 src=2', 'CEF:0|a|b|1|2|3|4|src=1=2'):
        try:
            parsers.cef_line(bad)
            results.check(False, '%r passes for CEF' % bad)
        except Exception:
            results.check(True, '')
    good = parsers.cef_line(r'CEF:0|a\|b|c\\|1|2|3|4|src=1.2.3.4 msg=x y\=z\\ | d\n suser=')
    results.check((good['vendor'], good['product'], good['msg'], good['suser']) ==
                  ('a|b', 'c\\', 'x y=z\\ | d\n', ''), 'CEF reads %r' % good)


def main():
    results = program.Results()
    checker = Checker(results)
    check_the_check(results)
    for path in program.captures():
        checker.capture(path)
    with program.temporary() as folder:
        check_hostile(checker, folder)
    results.check(checker.seen['event_id'] > 200 and checker.seen['finding'] >= 5, 'too few: %r' % checker.seen)
    results.close()


main()
