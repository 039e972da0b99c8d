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


# ---- the story of one logon ----

STORY = os.path.join(program.TOP, 'tests/cli/story.txt')
SAFE = {'NegotiatedFlags': '0x62088215', 'NtlmVersion': 'NTLMv2', 'SessionKeyStatus': 'Present',
        'ChannelBindingStatus': 'Supported', 'ServiceBinding': 'cifs/fs1.corp.example', 'TargetMachine': 'FS1',
        'TargetDomain': 'CORP', 'Mic_Status': 'Protected'}
ASKED = {'AccountName': 'pat', 'AccountDomain': 'PARTNER', 'AccountMachine': 'CL1', 'ServerName': 'FS1',
         'ServerDomain': 'CORP', 'AvFlags': '0x2', 'AvFlagsStr': 'MIC', 'Status': '0x0', **SAFE}


def four_events():
    """Who is asked last answers first; the client's clock is a bit behind."""
    at = '2026-11-22T11:21:45.%07dZ'
    return [
        domaining.event(4032, at % 8290190, 'dc1.corp.example', 501, **ASKED, DCName='DC1', ServerIP='10.77.0.30',
                        ServerOS='Windows Server 2025 Datacenter'),
        domaining.event(4030, at % 8281120, 'dc2.partner.example', 77, **ASKED, DCName='DC2',
                        ForwarderType='TrustedDnsDomain', ForwarderName='DC1', ForwarderDomain='corp.example',
                        ForwarderIP='10.77.0.10'),
        domaining.event(4022, at % 8301000, 'fs1.corp.example', 12, **SAFE, ProcessName='System', ProcessPID='0x4',
                        Username='pat', DomainName='PARTNER', RemoteClientMachine='CL1', ClientIP='10.77.0.40',
                        AvFlags='0x2', AvFlagsStr='MIC', Status='0x0'),
        domaining.event(4020, at % 8250000, 'cl1.partner.example', 9, **SAFE, ProcessName='explorer.exe',
                        ProcessPID='0x1798', Username='pat', DomainName='PARTNER', Hostname='CL1',
                        SingleSignOn='Single Sign-On', TargetService='cifs/fs1.corp.example', TargetIP='10.77.0.30',
                        TargetNetworkName='fs1.corp.example', NtlmUsageId=6, NtlmUsageReason='The target name could not '
                        'be resolved by Kerberos or other protocols.', AvlFlags='0x2', AvlFlagsStr='MIC')]


def log_of(folder, name, text):
    """A log of these events: Windows' XML, or lines of ours."""
    page, log = os.path.join(folder, name + ('.xml' if text.startswith('<') else '.json')), os.path.join(folder, name + '.db')
    with open(page, 'w', encoding='utf-8') as f:
        f.write(text)
    done = program.run('read', '-q', '--max-age=0', '--store=' + log, page)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return log


def show(log, key):
    return json.loads(program.run('show', '--log', log, '-o', 'json', str(key)).stdout)


def path(told):
    return [(s['place'], s['name'], s['record']) for s in told['path']]


def check_story(results, folder, update):
    log = log_of(folder, 'story', domaining.page(four_events()))
    records = {json.loads(line)['event_id']: json.loads(line)['record_id']
               for line in program.run('search', '--log', log, '-o', 'json').stdout.splitlines()}
    text = program.run('show', '--log', log, str(records[4022])).stdout
    if update:
        with open(STORY, 'wb') as f:
            f.write(text)
    with open(STORY, 'rb') as f:
        results.check(text == f.read(), 'the story is not that of tests/cli/story.txt (--update rewrites it)')
    results.check(max(map(len, text.decode().splitlines())) <= 100, 'it fits a terminal')
    want = [('client', 'CL1', records[4020]), ('server', 'FS1', records[4022]), ('domain', 'DC1', records[4032]),
            ('farside', 'DC2', records[4030])]
    for number, record in records.items():
        told = show(log, record)
        results.check(path(told) == want, 'the way, asked for by %d: %r' % (number, path(told)))
        results.check([e['event']['event_id'] for e in told['events']] == [4020, 4022, 4032, 4030], 'in its order')
        results.check(told['missing'] == [], 'nothing is missing')
    over = [s['over'] for s in told['path']]
    results.check(over == [None, 'cifs/fs1.corp.example', 'secure channel',
                           'trust with corp.example (TrustedDnsDomain)'], 'how it was passed on: %r' % over)
    check_partly(results, folder)


def check_partly(results, folder):
    """What is not in the log others may tell."""
    dc1, dc2, server, client = four_events()
    for name, events, want, missing in (
            ('near', [dc1, server], [('client', 'CL1'), ('server', 'FS1'), ('domain', 'DC1')], ['client', 'farside']),
            ('far', [dc2], [('client', 'CL1'), ('server', 'FS1'), ('domain', 'DC1'), ('farside', 'DC2')],
             ['client', 'server', 'domain']),
            ('ends', [client, server], [('client', 'CL1'), ('server', 'FS1')], ['domain']),
            ('same', [dc1.replace('PARTNER', 'CORP')], [('client', 'CL1'), ('server', 'FS1'), ('domain', 'DC1')],
             ['client', 'server']),
            ('at', [dc2.replace('>DC1<', '>FS1<'), server], [('client', 'CL1'), ('server', 'FS1'), ('farside', 'DC2')],
             ['client', 'domain'])):
        told = show(log_of(folder, name, domaining.page(events)), 1)
        results.check([p[:2] for p in path(told)] == want, '%s: the way is %r' % (name, path(told)))
        results.check(told['missing'] == missing, '%s: missing is %r' % (name, told['missing']))


def ours(number, record, seconds, computer, **facts):
    event = {'time': '2026-11-22T12:00:%012.9fZ' % seconds, 'event_id': number, 'version': 1, 'record_id': record,
             'provider': domaining.NETLOGON[0], 'computer': computer, 'user': 'pat', 'domain': 'PARTNER', 'host': 'CL1',
             'ntlm_version': 'NTLMv2', 'status': '0x0', 'sightings': ['samba-log'], **facts}
    return json.dumps(event) + '\n'


def check_logon_id(results, folder):
    """It joins over clocks that differ, where names would not; and parts what names would join."""
    first, second = {'logon_id': '0xfedcba9876543210'}, {'logon_id': '0xfedcba9876543211'}
    by = {'forwarder_type': 'TrustedDnsDomain'}
    log = log_of(folder, 'ids', ''.join((
        ours(4032, 1, 20, 'dc1', server_name='FS1', server_domain='CORP', dc_name='DC1', secure_channel_account='FS1$', **first),
        # two trusts away, and asked by DC2; it answers first
        ours(4030, 2, 3, 'dc3', dc_name='DC3', forwarder_name='DC2', forwarder_domain='hub.example', **by, **first),
        ours(4030, 3, 4, 'dc2', dc_name='DC2', forwarder_name='DC1', forwarder_domain='corp.example', **by, **first),
        ours(4032, 4, 20.1, 'dc1', server_name='FS1', server_domain='CORP', dc_name='DC1', **second),
        ours(4030, 5, 20.1, 'dc2', dc_name='DC2', forwarder_name='DC1', forwarder_domain='corp.example', **by, **second))))
    for record in (1, 2, 3):
        told = show(log, record)
        results.check([(p[0], p[1]) for p in path(told)] == [
            ('client', 'CL1'), ('server', 'FS1'), ('domain', 'DC1'), ('farside', 'DC2'), ('farside', 'DC3')],
            'over two trusts: %r' % path(told))
        results.check({e['joined_by'] for e in told['events']} == {'asked for', 'logon ID'}, 'joined by the logon ID')
        results.check([s['domain'] for s in told['path']][-2:] == [None, 'PARTNER'], 'the last one knows the account')
        results.check(told['path'][2]['over'] == 'secure channel of FS1$', 'whose channel')
    told = show(log, 4)
    results.check(sorted(e['event']['record_id'] for e in told['events']) == [4, 5], 'another logon of the same second')


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
        check_story(results, folder, '--update' in sys.argv)
        check_logon_id(results, folder)
    results.close()


if __name__ == '__main__':
    main()
