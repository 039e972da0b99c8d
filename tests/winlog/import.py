#!/usr/bin/env python3
"""Windows' logs in: the same events from .evtx, from evtxexport's XML, and from each collector's JSON; what truth says
of them; our own formats read back; and files that are broken or hostile."""
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import logforms as forms
import loghostile as hostile
import program

SHARED = os.environ.get('NTLMAUDIT_CAPTURES', os.path.join(program.TOP, '..', 'shared'))
FOLDERS = (os.path.join(program.TOP, 'tests/evtx'), os.path.join(SHARED, 'evtx'))
FACTS = {  # our key by Windows' name, written out a second time
    8001: {'TargetName': 'target_service', 'UserName': 'user', 'DomainName': 'domain', 'CallerPID': 'process_id',
           'ProcessName': 'process_name', 'ClientLUID': 'client_luid', 'ClientUserName': 'client_user',
           'ClientDomainName': 'client_domain', 'MechanismOID': 'mechanism_oid'},
    8002: {'CallerPID': 'process_id', 'ProcessName': 'process_name', 'ClientLUID': 'client_luid',
           'ClientUserName': 'client_user', 'ClientDomainName': 'client_domain', 'MechanismOID': 'mechanism_oid'},
    8003: {'UserName': 'user', 'DomainName': 'domain', 'Workstation': 'host', 'CallerPID': 'process_id',
           'ProcessName': 'process_name', 'LogonType': 'logon_type', 'InProc': 'in_proc',
           'MechanismOID': 'mechanism_oid'},
    8004: {'SChannelName': 'channel_name', 'UserName': 'user', 'DomainName': 'domain', 'WorkstationName': 'host',
           'SChannelType': 'channel_type'},
    4624: {'TargetUserName': 'user', 'TargetDomainName': 'domain', 'LogonType': 'logon_type',
           'WorkstationName': 'host', 'ProcessId': 'process_id', 'ProcessName': 'process_name',
           'IpAddress': 'client_ip'},
    4776: {'TargetUserName': 'user', 'Workstation': 'host', 'Status': 'status'},
}
FACTS[4625] = {**FACTS[4624], 'Status': 'status'}
VERSIONS = {'NTLM V1': 'NTLMv1', 'NTLM V2': 'NTLMv2', 'LM': 'NTLMv1'}
results = program.Results()


def objects(done, what):
    """The program's JSON lines; a crash or a sanitizer's finding fails."""
    if not results.check(done.returncode in (0, 1, 3) and b'runtime error' not in done.stderr,
                         '%s: exit status %d: %s' % (what, done.returncode, done.stderr[-500:])):
        return []
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def read_bytes(content, what, output='json'):
    with program.temporary() as folder:
        path = os.path.join(folder, 'log')
        with open(path, 'wb') as f:
            f.write(content)
        done = program.run('read', '-q', '-o', output, path)
    return objects(done, what) if output == 'json' else done.stdout


def plain(value):
    """Hexadecimal numbers are the same, padded or not; so is a number that is no string."""
    if isinstance(value, str) and re.fullmatch(r'0x[0-9a-fA-F]+', value):
        return hex(int(value, 16))
    return value


def comparable(event):
    event = {k: plain(v) for k, v in event.items() if k != 'record_id'}
    event['foreign'] = sorted((f['name'], str(plain(f['value']))) for f in event.get('foreign', ()))
    return event


def same_events(found, expected, what):
    if not results.check(len(found) == len(expected), '%s: %d events for %d' % (what, len(found), len(expected))):
        return
    for a, b in zip(found, expected):
        a, b = comparable(a), comparable(b)
        differing = {k: (a.get(k), b.get(k)) for k in {**a, **b} if a.get(k) != b.get(k)}
        if not results.check(not differing, '%s: %r of %r' % (what, differing, b.get('source_record'))):
            return


def exported(path):
    done = subprocess.run(['evtxexport', '-m', 'all', '-f', 'xml', path], capture_output=True, check=False, timeout=300)
    return done.stdout


def records_of(xml):
    # What XML 1.0 forbids, evtxexport writes nevertheless: such a record is none for Python.
    for event in re.findall(r'<Event .*?</Event>', xml.decode(errors='replace'), re.S):
        try:
            yield forms.Record(event)
        except Exception:  # noqa: BLE001
            continue


def is_ours(r):
    """Of the events of truth: those that a reader of NTLM takes."""
    data = dict(r['data'] if 'data' in r else r['event_data'])
    if r['event_id'] in (4624, 4625):
        return (data.get('AuthenticationPackageName') == 'NTLM' or data.get('LogonProcessName', '').strip() == 'NtLmSsp'
                or data.get('LmPackageName', '-') not in ('', '-'))
    return r['event_id'] in FACTS


def true_value(text):
    if text in ('-', '(NULL)', 'NULL', 'Null'):
        return None
    return plain(text)


def shown(value):
    """A value of ours as truth has them: text."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def check_truth(name, events, truth):
    truth = [r for r in truth if is_ours(r)]
    by_record = {e['source_record']: e for e in events}
    results.check(len(by_record) == len(events) == len(truth),
                  '%s: %d events, true are %d' % (name, len(events), len(truth)))
    for r in truth:
        e = by_record.get(int(r['record_id']))
        what = '%s: record %s' % (name, r['record_id'])
        if not results.check(e is not None, what + ' is missing'):
            continue
        results.check(e['event_id'] == r['event_id'] and e['time'][:23] == r['time'][:23] and
                      e['computer'] == r['computer'] and e['origin'] == 'log', what + ': the head differs')
        check_values(what, e, r)


def check_values(what, e, r):
    foreign = {f['name']: f['value'] for f in e['foreign']}
    for field, text in (r['data'] if 'data' in r else r['event_data']).items():
        key = FACTS[e['event_id']].get(field)
        found = shown(e[key]) if key else foreign.get(field)
        true = true_value(str(text)) if key else plain(str(text))
        if key and e[key] is not None and isinstance(e[key], int) and not isinstance(e[key], bool) and true:
            found, true = e[key], int(true, 0)
        results.check(plain(found) == (true.lower() if isinstance(e.get(key), bool) else true),
                      '%s: %s is %r, true is %r' % (what, field, found, text))
    check_version(what, e, r['data'] if 'data' in r else {})


def check_version(what, e, data):
    package = data.get('LmPackageName', '-')
    anonymous = data.get('TargetUserSid') == 'S-1-5-7' or data.get('TargetUserName') == 'ANONYMOUS LOGON'
    true = None if anonymous else VERSIONS.get(package)
    results.check(e.get('ntlm_version') == true, '%s: version %r of %r' % (what, e.get('ntlm_version'), package))
    if package == 'NTLM V1':
        results.check(anonymous and e.get('ntlm_version_detail') == 'null session', what + ': a null session is none')
    if 'aid' in data:
        results.check(e['activity_id'] == '{%s}' % data['aid'], what + ': ActivityID')


def truth_of(path):
    """The events of interest that must be in a log; None where nobody says."""
    name = os.path.basename(path)
    salvaged = name.startswith('NTLM-Operational-')
    for folder in FOLDERS:
        written = os.path.join(folder, 'truth', 'NTLM-Operational-salvaged.json' if salvaged else name + '.json')
        if not os.path.exists(written):
            continue
        with open(written, encoding='utf-8') as f:
            truth = json.load(f)
        computer = name[len('NTLM-Operational-'):-len('.evtx')].lower()
        return [r for r in truth if not salvaged or r['computer'].lower().startswith(computer)]
    return None


def check_log(path):
    name = os.path.basename(path)[-60:]
    done = program.run('read', '-q', '-o', 'json', path)
    events = objects(done, name)
    truth, xml = truth_of(path), exported(path)
    if b'ends inside a chunk' in done.stderr:  # libevtx gives up there, and so does the truth that was made by it
        last = max((r.record_id for r in records_of(xml)), default=0)
        events = [e for e in events if e['source_record'] <= last]
    if truth is not None:
        check_truth(name, events, truth)
    same_events(read_bytes(xml, name + ' as XML'), events, name + ' as evtxexport writes it')
    wanted = {e['source_record'] for e in events}
    records = [r for r in records_of(xml) if r.record_id in wanted]
    others = [r for r in records_of(xml) if r.record_id not in wanted][:20]
    check_forms(name, records + others, [e for e in events if e['source_record'] in {r.record_id for r in records}])
    check_back(name, path, events)


def check_forms(name, records, events):
    if not events:
        return
    for form in forms.FORMS:
        what = '%s as %s' % (name, form.__name__)
        same_events(read_bytes(forms.lines(form, records), what), events, what)
    same_events(read_bytes(forms.array(forms.openwec, records), name), events, name + ' in an array')
    for form in forms.XML_FORMS:
        what = '%s as %s' % (name, form.__name__)
        same_events(read_bytes(form(records), what), events, what)


def check_back(name, path, events):
    """A log's events in our formats are the same when they are read again."""
    all_events = objects(program.run('read', '-q', '-o', 'json', path), name)
    for output in ('json', 'xml'):
        written = program.run('read', '-q', '-o', output, path).stdout
        if events:
            same_events(read_bytes(written, name), all_events, '%s as our %s' % (name, output))
    if events and output == 'xml':
        done = subprocess.run(['sh', os.path.join(program.TOP, 'tests/xsd/check.sh'), '-'], input=written,
                              capture_output=True, check=False)
        results.check(done.returncode == 0, '%s: XML: %s' % (name, done.stderr[-300:]))


def check_capture(path):
    """What a capture gives is the same when it is read back, but for where it is from."""
    name = os.path.basename(path)
    first = objects(program.read(path, 'json', '-q'), name)
    for output in ('json', 'xml'):
        done = program.read(path, output, '-q')
        if not first:
            continue
        again = read_bytes(done.stdout, '%s as %s' % (name, output))
        for o in again:
            for key in ('origin', 'source_record', 'foreign'):
                o.pop(key, None)
        results.check(again == first, '%s: our %s read back differs: %s' % (
            name, output, [(a, b) for a, b in zip(again, first) if a != b][:1]))


def check_mixed(capture, log):
    """Captures and logs in one call: captures first, numbers go on."""
    found = objects(program.run('read', '-q', '-o', 'json', '--key-file', program.KEY, log, capture), 'mixed')
    events = [o for o in found if 'event_id' in o]
    first = [o.get('origin', 'capture') for o in events]
    results.check('capture' in first and 'log' in first and first == sorted(first), 'mixed: %r' % first[:3])
    results.check([e['record_id'] for e in events] == list(range(1, len(events) + 1)), 'mixed: the numbers go on')
    summary = program.run('read', '--key-file', program.KEY, log, capture).stderr.decode()
    for line in ('1  capture file', '1  log', 'records of logs'):
        results.check(line in summary, 'mixed: the summary has no %r' % line)


def main():
    logs = {}
    for folder in FOLDERS:
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            if name.endswith('.evtx'):
                logs.setdefault(name, os.path.join(folder, name))
    logs = [p for p in logs.values() if truth_of(p) is not None or os.path.getsize(p) < 200000]
    captures = program.captures() + program.captures(os.path.join(program.TOP, 'samples'))
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(check_log, path) for path in logs] + [
                pool.submit(check_capture, path) for path in captures]:
            done.result()
    if logs:
        check_mixed(captures[-1], next((p for p in logs if 'NTLM-Operational' in p), logs[0]))
    hostile.check(results, read_bytes)
    results.close()


if __name__ == '__main__':
    main()
