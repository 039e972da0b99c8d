#!/usr/bin/env python3
"""recorded.py: the recorded cases (recorded_cases.py), those that are shipped and, where NTLMAUDIT_CAPTURES (default ../shared) has
lab/, all of them: from the capture, from each log, from all logs, from all together. `recorded.py --table` prints README.md's table."""
import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import cases
import compare
import evidence
import gaps
import program
from recorded_cases import RECORDED, TLS

SHARED = os.path.join(os.environ.get('NTLMAUDIT_CAPTURES', os.path.join(program.TOP, '../shared')), 'lab')
SHIPPED = os.path.join(HERE, 'recorded')
LOGS = ('dc1', 'dc2', 'fs1')
KEYED = {'ci-fresh': ('ci-fresh-corp', 'ci-fresh-partner'), 'join-fs1': ('corp-all',), 'schannel-full': ('corp-all',)}
LOST = ('xdom-ntlmv2-ok', 'xdom-ntlmv1-ok', 'xdom-curl', 'xdom-to-dc1')  # channels older than any key that is left
results = program.Results()
check = results.check
judge = gaps.Judge('recorded', check)


def find(*names):
    """The first of these places that exists."""
    return next((path for path in names if os.path.exists(path)), None)


def capture_of(name):
    return find(os.path.join(SHIPPED, name + '.pcap'), os.path.join(program.CAPTURES, 'lab-%s.pcap' % name),
                os.path.join(SHARED, 'captures', name + '.pcap'))


def log_of(name, host):
    return find(*(os.path.join(folder, '%s.%s.json' % (name, host)) for folder in (SHIPPED, os.path.join(SHARED, 'samba-json'))))


def keytabs_of(name):
    paths = [find(os.path.join(SHIPPED, k + '.keytab'), os.path.join(SHARED, 'keytabs', k + '.keytab')) for k in KEYED.get(name, ())]
    return [path for path in paths if path]


def check_samba(case):
    """The table against what Samba said: where they differ, the table is wrong."""
    for host in LOGS:
        path = log_of(case.name, host)
        if path:
            wanted = [row for logon in case.logons for row in cases.samba_lines(logon) if row[0] == host]
            found = [row for row in evidence.told(host, path, 0, 1e12) if row[5] not in ('Administrator', '')  or case.name == 'smb-anon']
            found = [row for row in found if not row[2] or not row[2].startswith('PASSDB')]
            check(sorted(found, key=str) == sorted(wanted, key=str), '%s: %s logged %s instead of %s' % (case.name, host, found, wanted))


def sources_of(case):
    """What there is of a case: sources to read together, and their paths."""
    logs = {host: path for host in LOGS if (path := log_of(case.name, host))}
    capture = capture_of(case.name)
    if capture and case.note != TLS:
        yield ('capture',), [capture]
        if keytabs_of(case.name):
            yield ('capture', 'netlogon'), [capture]
    for host, path in logs.items():
        yield (host,), [path]
    if len(logs) > 1:
        yield tuple(logs), list(logs.values())
    if capture and logs and case.note != TLS:
        yield ('capture', *(('netlogon',) if keytabs_of(case.name) else ()), *logs), [capture, *logs.values()]


def own(case, found):
    """Without the join's logons, and the controllers' null sessions."""
    users = {logon.user or None for logon in case.logons}
    return [e for e in found if e['user'] in users and (e['user'] or e.get('client_ip') == cases.ADDRESS['cl1'])]


def check_case(case):
    check_samba(case)
    for sources, paths in sources_of(case):
        if compare.missing(sources):
            continue
        found, _ = compare.read(paths, keytabs_of(case.name) if 'netlogon' in sources else ())
        compare.compare(judge, '%s from %s' % (case.name, '+'.join(sources)), case.logons, sources, own(case, found),
                        case.name != 'ci-fresh')


def check_channels():
    """Captures with keys: as many controllers' events as tshark unseals requests, each with its account and status."""
    for name in KEYED:
        capture, keytabs = capture_of(name), keytabs_of(name)
        if not capture or not keytabs:
            continue
        wanted = sorted({(call[0], *call[2:5]) for keytab in keytabs for call in evidence.calls(capture, keytab)})
        wanted = [row[1:] for row in wanted]
        events = [e for e in compare.read([capture], keytabs)[0] if e['event_id'] >= 4030]
        found = [(compare.machine_of(e), e['user'] or '', int(e['status'], 16)) for e in events]
        check(sorted(found) == sorted(wanted), '%s: controllers\' events %s, tshark %s' % (name, found, wanted))


def check_lost_keys():
    """Nothing comes of a channel whose key is lost, and the program says so."""
    for name in LOST:
        capture = capture_of(name)
        events, done = compare.read([capture], [os.path.join(SHIPPED, k) for k in ('corp-all.keytab', 'partner-all.keytab')])
        check(not [e for e in events if e['event_id'] in (4030, 4031)], name + ': an event of a channel that nobody can unseal')
        check(b'set up before the capture began' in done.stderr, name + ': nothing tells why a channel stayed sealed')


# The table of README.md.

def row(case, logon):
    ids = {}
    for machine, number, facts in cases.expected(logon, ('capture', 'netlogon', *LOGS)):
        ids.setdefault(number, []).append(machine)
    far = [(cases.truth(logon, machine, 4030)) for machine, even in cases.events_of(logon) if even == 4030]
    return (case.name, '%s%s' % (logon.domain + '\\' if logon.domain else '', logon.user or '-'),
            ', '.join('%d %s' % (number, '+'.join(machines)) for number, machines in ids.items()) or 'none',
            str(logon.reason) if logon.client else '-', '-' if logon.by == 'PAM_AUTH' else logon.detail or logon.version, '0x%08x' % logon.status,
            '%s, %s' % (far[0]['forwarder_name'], far[0]['forwarder_domain']) if far else '-', case.note)


def table():
    rows = [('case', 'account', 'events', 'reason', 'version', 'status', 'farside', 'remark'), ('---',) * 8]
    for case in RECORDED:
        rows += [row(case, logon) for logon in case.logons] or [(case.name, '-', 'none', '-', '-', '-', '-', case.note)]
    return '\n'.join('| %s |' % ' | '.join(r) for r in rows) + '\n'


def main():
    if sys.argv[1:] == ['--table']:
        print(table(), end='')
        return
    with open(os.path.join(HERE, 'README.md'), encoding='utf-8') as f:
        check(table() in f.read(), 'tests/lab/README.md does not have the table that recorded.py --table prints')
    for case in RECORDED:
        check_case(case)
    if compare.missing(('netlogon',)):
        print('skipped: the program has no --keytab yet')
    else:
        check_channels()
        check_lost_keys()
        judge.tell(True)
    results.close()


if __name__ == '__main__':
    main()
