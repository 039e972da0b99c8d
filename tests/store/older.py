#!/usr/bin/env python3
"""A log of a version that knew fewer facts: it can be read as it is, and written to, and stays sound.

Such a log is made of a new one: the facts that no event of it has are taken out of its tables. And a log of schema
version 1, whose counts are of fewer dimensions, was made when there was no other.
"""
import gzip
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import storing

FIRST, LATER = ('lab-smb-ntlmv2-ok.pcap', 'lab-smb-anon.pcap'), ('lab-http-curl-ntlm.pcap', 'lab-smb-wrongpw.pcap')
NEW = ('process_path', 'process_user', 'process_uid', 'process_unit', 'process_container', 'process_kernel',
       'process_how', 'gap_reason', 'gap_begin', 'gap_end', 'gap_packets', 'logon_id',
       'secure_channel_account', 'password_type', 'sightings')
GAP = ('{"time":"2026-11-22T14:00:02Z","event_id":1,"record_id":1,"provider":"ntlmaudit","computer":"web1",'
       '"gap_reason":"r","gap_packets":7}\n')
DOMAIN = ('{"time":"2026-11-22T14:00:03Z","event_id":4032,"record_id":2,"provider":"Microsoft-Windows-Security-Netlogon","computer":"dc1","user":"alice","domain":"CORP",'
          '"server_name":"FS1","logon_id":"0xfedcba9876543210","secure_channel_account":"FS1$",'
          '"password_type":"NTLMv2","sightings":["netlogon","samba-log"]}\n')


def take_out(path):
    """Every fact of NEW: its column and its number."""
    for fact in NEW:
        for table in ('event', 'stencil'):
            columns = [row[0] for row in storing.sql(path, "SELECT name FROM pragma_table_info('%s')" % table)]
            if fact in columns:
                storing.sql(path, 'ALTER TABLE %s DROP COLUMN %s' % (table, fact))
        storing.sql(path, "DELETE FROM fact WHERE key = '%s'" % fact)


# What version-1.db.gz was filled with, in this order.
DOMAIN_LOGS = [os.path.join(program.TOP, 'tests/golden/domain', n) for n in ('windows.xml', 'ours.json')]
IN_VERSION_1 = DOMAIN_LOGS + [os.path.join(program.CAPTURES, n) for n in (
    'lab-smb-ntlmv2-ok.pcap', 'lab-smb-anon.pcap', 'lab-http-curl-ntlm.pcap')]


def reports(log):
    """Every report's rows but those whose counts hang on the time of today."""
    told = json.loads(program.run('report', '--log', log, '-o', 'json', '-n', '0', 'all').stdout)['reports']
    return {name: table for name, table in told.items() if name != 'new'}


def check_version_1(results, folder):
    log, new = os.path.join(folder, 'version-1.db'), os.path.join(folder, 'version-2.db')
    with gzip.open(os.path.join(program.TOP, 'tests/store/version-1.db.gz')) as f, open(log, 'wb') as to:
        shutil.copyfileobj(f, to)
    before, counts = told(log), reports(log)
    results.check(before.count(b'\n') == 13 and counts['who']['rows'], 'version 1 is read')
    results.check(program.run('verify', '--log', log).returncode == 0, 'version 1 is sound')
    results.check(storing.sql(log, 'PRAGMA user_version') == [['1']], 'reading leaves it as it is')
    store(new, *IN_VERSION_1)
    results.check(reports(new) != counts, 'version 2 counts otherwise')
    store(log, IN_VERSION_1[-1])
    results.check(storing.sql(log, 'PRAGMA user_version') == [['2']], 'writing brings it to version 2')
    results.check(storing.sql(log, "SELECT count(*) FROM meta WHERE key = 'recount'") == [['0']], 'it is counted anew')
    results.check(told(log) == before, 'its events are the same')
    results.check(program.run('verify', '--log', log).returncode == 0, 'it is sound as version 2')
    results.check(reports(log) == reports(new), 'its counts are those of a new log')


def store(log, *files):
    done = program.run('read', '-q', '--key-file', program.KEY, '--store=' + log, *files)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())


def told(log):
    return program.run('search', '--log', log, '-o', 'json').stdout


def main():
    results = program.Results()
    with program.temporary() as folder:
        log, old, gap = (os.path.join(folder, n) for n in ('log.db', 'old.db', 'gap.json'))
        store(log, *(os.path.join(program.CAPTURES, n) for n in FIRST))
        shutil.copy(log, old)
        take_out(old)
        known = [row[0] for row in storing.sql(old, 'SELECT key FROM fact')]
        results.check('process_id' in known and not set(NEW) & set(known), 'the older log knows less: %r' % known)
        results.check(told(old) == told(log) != b'', 'its events are read')
        results.check(program.run('verify', '--log', old).returncode == 0, 'it is sound')
        with open(gap, 'w', encoding='utf-8') as f:
            f.write(GAP + DOMAIN)
        for path in (log, old):
            store(path, gap, *(os.path.join(program.CAPTURES, n) for n in LATER))
        results.check(told(old) == told(log) and b'"gap_packets":7' in told(old), 'it is written to')
        domain = told(old)
        for part in (b'"logon_id":"0xfedcba9876543210"', b'"secure_channel_account":"FS1$"',
                     b'"password_type":"NTLMv2"', b'"sightings":["netlogon","samba-log"]'):
            results.check(part in domain, 'facts of a domain controller: %s' % part.decode())
        results.check(program.run('verify', '--log', old).returncode == 0, 'it is sound after that')
        known = {row[0] for row in storing.sql(old, 'SELECT key FROM fact')}
        results.check(known >= set(NEW), 'it knows all facts now')
        check_version_1(results, folder)
    results.close()


if __name__ == '__main__':
    main()
