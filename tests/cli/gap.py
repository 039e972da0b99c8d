#!/usr/bin/env python3
"""The event of a gap through all of the program: read, kept, found, shown, exported, and in no count of usage."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

LOGON = os.path.join(program.CAPTURES, 'lab-smb-ntlmv2-ok.pcap')
GAP = {'time': '2026-11-22T11:21:46.6234567Z', 'event_id': 1, 'version': 0, 'level': 'Warning', 'provider': 'ntlmaudit',
       'channel': 'Microsoft-Windows-NTLM/Operational', 'record_id': 1, 'computer': 'web1', 'activity_id': None,
       'gap_reason': 'packets dropped by the kernel', 'gap_begin': '2026-11-22T11:21:45.1234567Z',
       'gap_end': '2026-11-22T11:21:46.6234567Z', 'gap_packets': 1234, 'source': 'eth0'}
FACTS = ('gap_reason', 'gap_begin', 'gap_end', 'gap_packets', 'source')


def told(line, wanted=GAP):
    return all(line.get(k) == wanted[k] for k in FACTS + ('time', 'event_id', 'level', 'provider', 'computer'))


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_log(results, log, folder):
    search = program.run('search', '--log', log, '--id', '1', '-o', 'json')
    found = lines(search)
    results.check(search.returncode == 0 and len(found) == 1 and told(found[0]), 'search --id 1: %r' % found)
    short = program.run('search', '--log', log).stdout.decode()
    results.check('! 1 other      not seen from 2026-11-22T11:21:45.1234567Z to' in short, short)
    results.check(len(short.splitlines()) == 3, 'the logon beside it')
    record = found[0]['record_id']
    shown = program.run('show', '--log', log, str(record)).stdout.decode()
    results.check(shown.startswith('A gap in the audit of web1\n') and 'Missing' not in shown, shown)
    story = lines(program.run('show', '--log', log, '-o', 'json', str(record)))[0]
    results.check(len(story['events']) == 1 and story['missing'] == [], 'a story of its own: %r' % story)
    story = lines(program.run('show', '--log', log, '-o', 'json', '1'))[0]
    results.check([e['event']['event_id'] for e in story['events']] == [4020, 4022], 'no part of a logon: %r' % story)
    results.check(program.run('verify', '--log', log).returncode == 0, 'verify')
    check_exports(results, log, folder)


def check_exports(results, log, folder):
    """Out in Windows' forms and in again; the XML after the event schema."""
    xml, evtx = os.path.join(folder, 'out.xml'), os.path.join(folder, 'out.evtx')
    for path in (xml, evtx):
        done = program.run('export', '--log', log, '-q', path)
        results.check(done.returncode == 0, 'export %s: %s' % (path, done.stderr.decode()))
        back = [e for e in lines(program.run('read', '-q', '-o', 'json', path)) if e.get('event_id') == 1]
        results.check(len(back) == 1 and told(back[0]), '%s read again: %r' % (path, back))
    done = subprocess.run(['sh', os.path.join(program.TOP, 'tests/xsd/check.sh'), xml], capture_output=True, check=False)
    results.check(done.returncode == 0, done.stderr.decode())


def main():
    results = program.Results()
    with program.temporary() as folder:
        log, without, source = (os.path.join(folder, n) for n in ('log.db', 'without.db', 'gap.json'))
        with open(source, 'w', encoding='utf-8') as f:
            f.write(json.dumps(GAP) + '\n')
        for path, files in ((log, (LOGON, source, source)), (without, (LOGON,))):
            done = program.run('read', '-q', '--key-file', program.KEY, '--store=' + path, *files)
            results.check(done.returncode == 0, 'read: %s' % done.stderr.decode())
        check_log(results, log, folder)
        for name in ('who', 'why', 'where', 'processes', 'servers', 'warnings', 'trend'):
            both = [program.run('report', '--log', p, '-o', 'csv', name).stdout for p in (log, without)]
            results.check(both[0] == both[1] and both[0], 'report %s counts no gap' % name)
    results.close()


if __name__ == '__main__':
    main()
