#!/usr/bin/env python3
"""Reports of what domain controllers see, and a logon's story across two domains.

Logons are made up, each with the events that Windows' machines would log of it: client, server, the server's domain
controller, and that of the account where it is of another domain. What the reports say is held against sums that Python
makes of the logons, not of the events.
"""
import collections
import json
import os
import random
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import domaining
import program

DOMAINS = {'CORP': 'corp.example', 'PARTNER': 'partner.example'}
SERVERS = {'FS1': ('CORP', 'Windows Server 2025 Datacenter'), 'NAS1': ('CORP', 'Samba 4.17.12-Debian'),
           'WEB1': ('CORP', 'Samba 4.17.12-Debian'), 'APP9': ('PARTNER', 'Windows Server 2019 Standard'),
           'OLD2': ('PARTNER', '')}
ACCOUNTS = [('CORP', 'alice'), ('CORP', 'bob'), ('CORP', 'svc-scan'), ('PARTNER', 'pat'), ('PARTNER', 'alice'),
            ('partner.example', 'uwe'), ('', 'pia@partner.example'), ('', 'cy@corp.example')]
Logon = collections.namedtuple('Logon', 'number time domain user client server version status')


def home(logon):
    """The domain of the account, by its NetBIOS name."""
    name = logon.domain or logon.user.partition('@')[2]
    return name if name in DOMAINS else next(n for n, dns in DOMAINS.items() if dns == name)


def account(logon):
    return '%s\\%s' % (logon.domain, logon.user) if logon.domain else logon.user


def make_logons(n, rng):
    logons = []
    for i in range(n):
        domain, user = rng.choice(ACCOUNTS)
        day, second = 1 + i % 9, rng.randrange(60)
        logons.append(Logon(i, '2026-03-%02dT%02d:%02d:%02d.%07dZ' % (day, i % 24, i * 7 % 60, second, i), domain, user,
                            rng.choice(('CL1', 'CL2', 'MFP-3')), rng.choice(sorted(SERVERS)),
                            'NTLMv1' if user == 'svc-scan' or rng.random() < .1 else 'NTLMv2',
                            '0xc000006a' if rng.random() < .2 else '0x0'))
    return logons


def later(time, microseconds):
    """A bit later: the sevenths digit counts logons, so times stay apart."""
    return '%s.%07dZ' % (time[:19], int(time[20:27]) + 10 * microseconds)


def events_of(logon, rng):
    own, os_name = SERVERS[logon.server]
    warns = logon.version == 'NTLMv1'
    who = {'NtlmVersion': logon.version, 'TargetMachine': logon.server, 'TargetDomain': own}
    asked = {**who, 'DCName': 'DC-' + own, 'AccountName': logon.user, 'AccountDomain': logon.domain,
             'AccountMachine': logon.client, 'ServerName': logon.server, 'ServerDomain': own, 'Status': logon.status}
    made = [domaining.event(4032 + warns, later(logon.time, 200), 'dc.%s' % DOMAINS[own], logon.number + 1,
                            version=rng.randrange(2), **asked, ServerIP='192.0.2.9', ServerOS=os_name or 'Null')]
    if home(logon) != own:
        asked['DCName'] = 'DC-' + home(logon)
        made.append(domaining.event(4030 + warns, later(logon.time, 300), 'dc.%s' % DOMAINS[home(logon)],
                                    logon.number + 1, version=rng.randrange(2), **asked, ForwarderType='TrustedDnsDomain',
                                    ForwarderName='DC-' + own, ForwarderDomain=DOMAINS[own], ForwarderIP='192.0.2.10'))
    if rng.random() < .7:
        made.append(domaining.event(4022 + warns, later(logon.time, 100), logon.server, logon.number + 1, **who,
                                    Username=logon.user, DomainName=logon.domain, RemoteClientMachine=logon.client,
                                    ClientIP='192.0.2.7', Status=logon.status))
    if rng.random() < .7:
        made.append(domaining.event(4020 + warns, logon.time, logon.client, logon.number + 1, **who,
                                    Username=logon.user, DomainName=logon.domain, Hostname=logon.client,
                                    TargetService='cifs/' + logon.server, TargetIP='192.0.2.9', NtlmUsageId=1))
    return made


# ---- what reports should say ----

def sums(logons, key_of):
    found = {}
    for logon in logons:
        for key in key_of(logon):
            row = found.setdefault(key, collections.Counter())
            row['logons'] += 1
            row['failed'] += logon.status != '0x0'
            row['ntlmv1'] += logon.version == 'NTLMv1'
            for name, value in (('users', account(logon)), ('clients', logon.client), ('servers', logon.server)):
                row.setdefault(name, set()).add(value)
    return {key: {k: len(v) if isinstance(v, set) else v for k, v in row.items()} for key, row in found.items()}


def trusts(logon):
    own, other = SERVERS[logon.server][0], home(logon)
    if own == other:
        return []
    named = logon.domain or logon.user.partition('@')[2]
    return [(own, 'in', named), (named, 'out', DOMAINS[own])]


KEYS = {
    'who': (('user',), lambda l: [(account(l),)]),
    'where': (('client', 'server'), lambda l: [(l.client, l.server)]),
    'servers': (('server',), lambda l: [(l.server,)]),
    'ntlmv1': (('user', 'client', 'server'),
               lambda l: [(account(l), l.client, l.server)] if l.version == 'NTLMv1' else []),
    'failures': (('user', 'client', 'server'),
                 lambda l: [(account(l), l.client, l.server)] if l.status != '0x0' else []),
    'trend': (('day',), lambda l: [(l.time[:10],)]),
    'trusts': (('domain', 'direction', 'other_domain'), trusts),
    'members': (('server', 'domain', 'server_os'), lambda l: [(l.server,) + SERVERS[l.server]]),
    'systems': (('server_os',), lambda l: [(SERVERS[l.server][1],)]),
    'ntlm-only': (('user',), lambda l: [(account(l),)]),
}


def report(log, *arguments):
    return json.loads(program.run('report', '--log', log, '-o', 'json', '-n', '0', *arguments).stdout)['reports']


def check(results, what, found, name, logons):
    keys, key_of = KEYS[name]
    want = sums(logons, key_of)
    told = {tuple(row[k] for k in keys): row for row in found[name]['rows']}
    results.check(set(told) == set(want), '%s: %s: rows %r' % (what, name, sorted(set(told) ^ set(want))[:4]))
    for key in set(told) & set(want):
        wrong = {k: (v, want[key][k]) for k, v in told[key].items() if k in want[key] and v != want[key][k]}
        results.check(not wrong, '%s: %s %r: told and true are %r' % (what, name, key, wrong))


def check_reports(results, log, logons):
    found = report(log, 'all')
    for name in KEYS:
        check(results, 'all', found, name, logons)
        results.check(report(log, name) == {name: found[name]}, name + ' alone and among all')
    since, until = '2026-03-03', '2026-03-07'
    some = [l for l in logons if since <= l.time < until]
    found = report(log, '--since', since, '--until', until, 'all')
    for name in KEYS:
        check(results, 'four days', found, name, some)
    results.check(found['mschapv2']['rows'] == [], 'no MS-CHAPv2 where nobody told of one')


# ---- MS-CHAPv2: only ours tells it ----

def check_mschapv2(results, log, folder):
    path = os.path.join(folder, 'ours.json')
    with open(path, 'w', encoding='utf-8') as f:
        for i, detail in enumerate(('MS-CHAPv2', 'NTLMv1', 'MS-CHAPv2', 'NTLMv2')):
            f.write(json.dumps({
                'time': '2026-04-01T12:00:0%dZ' % i, 'event_id': 4032 if detail == 'NTLMv2' else 4033, 'version': 1,
                'record_id': i + 1, 'provider': 'Microsoft-Windows-Security-Netlogon', 'computer': 'dc.corp.example',
                'user': 'vera', 'domain': 'CORP', 'host': 'VPN-7', 'server_name': 'RADIUS', 'server_domain': 'CORP',
                'ntlm_version': 'NTLMv2' if detail == 'NTLMv2' else 'NTLMv1', 'ntlm_version_detail': detail,
                'status': '0xc000006a' if i else '0x0', 'logon_id': hex(77 + i)}) + '\n')
    program.run('read', '-q', '--max-age=0', '--store=' + log, path)
    rows = report(log, 'mschapv2')['mschapv2']['rows']
    results.check([(r['user'], r['client'], r['server'], r['logons'], r['failed']) for r in rows] ==
                  [('CORP\\vera', 'VPN-7', 'RADIUS', 2, 1)], 'MS-CHAPv2: %r' % rows)
    rows = [r for r in report(log, 'ntlmv1')['ntlmv1']['rows'] if r['user'] == 'CORP\\vera']
    results.check([r['ntlmv1'] for r in rows] == [3], 'MS-CHAPv2 is NTLMv1 to Windows, and counts so: %r' % rows)


# ---- who has Kerberos, too ----

def nanoseconds(day):
    return (20513 + day) * 86400 * 10**9  # 2026-03-01 is day 20513


def check_kerberos(results, log, logons):
    """In names as a KDC has them; of another domain, another time, they are no proof."""
    db = sqlite3.connect(log)
    db.executemany('INSERT INTO kerberos VALUES (?, ?, ?, ?)', [
        ('ALICE', 'CORP.EXAMPLE', nanoseconds(1), nanoseconds(2)), ('pia@partner.example', '', nanoseconds(1), nanoseconds(9)),
        ('uwe', 'PARTNER', nanoseconds(0), nanoseconds(20)), ('bo', 'CORP', nanoseconds(0), nanoseconds(20)),
        ('bobby', 'CORP', nanoseconds(0), nanoseconds(20)), ('bob', 'OTHER.EXAMPLE', nanoseconds(0), nanoseconds(20))])
    db.commit()
    db.close()
    have = {'CORP\\alice', 'pia@partner.example', 'partner.example\\uwe'}
    check(results, 'with Kerberos', report(log, '--until', '2026-03-20', 'ntlm-only'), 'ntlm-only',
          [l for l in logons if account(l) not in have])
    # alice had none since
    check(results, 'with Kerberos, lately', report(log, '--since', '2026-03-05', '--until', '2026-03-20', 'ntlm-only'),
          'ntlm-only', [l for l in logons if l.time >= '2026-03-05' and account(l) not in have - {'CORP\\alice'}])
    check(results, 'who has Kerberos counts elsewhere', report(log, '--until', '2026-03-20', 'who'), 'who', logons)
    results.check(program.run('verify', '--log', log).returncode == 0, 'the log is sound')


def main():
    results = program.Results()
    rng = random.Random(6)
    logons = make_logons(600, rng)
    with program.temporary() as folder:
        log, page = os.path.join(folder, 'log.db'), os.path.join(folder, 'events.xml')
        with open(page, 'w', encoding='utf-8') as f:
            f.write(domaining.page([e for logon in logons for e in events_of(logon, rng)]))
        done = program.run('read', '-q', '--max-age=0', '--store=' + log, page)
        results.check(done.returncode == 0, 'read: %s' % done.stderr.decode()[-300:])
        check_reports(results, log, logons)
        check_kerberos(results, log, logons)
        check_mschapv2(results, log, folder)
    results.close()


if __name__ == '__main__':
    main()
