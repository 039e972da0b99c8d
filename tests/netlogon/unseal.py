#!/usr/bin/env python3
"""Netlogon secure channels of real servers and clients, against what others read out of the same captures.

tshark unseals with the same keytabs: each SamLogon's names, logon id, challenge, response and status must be the same for
both. data/ci-fresh-decrypt.txt is what an implementation of the recipe in Python found, PDU by PDU. Then the cases in which
nothing may be told: wrong keys, keys of another time, channels set up before the capture began, damage and replays.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

DUMP = os.path.join(os.path.dirname(program.PROGRAM), 'tests/netlogon/netlogon-dump')
DATA = os.path.join(program.TOP, 'tests/netlogon/data')

# capture, keytabs, messages that can be unsealed, logons
CAPTURES = (
    ('ci-fresh', ('ci-fresh-corp', 'ci-fresh-partner'), 36, 9),
    ('aes-sealed', ('fs9',), 4, 1),
    ('aes-signed', ('fs9',), 4, 1),
    ('aes-flags-mschapv2', ('fs9',), 6, 2),
    ('aes-samlogon', ('fs9',), 4, 1),
    ('aes-interactive', ('fs9',), 4, 1),
    ('aes-pipe-smb2', ('fs9',), 4, 1),
    ('aes-three', ('fs9',), 8, 3),
    ('rc4-sealed', ('fs9',), 2, 1),
    ('rc4-flags', ('fs9',), 2, 1),
    ('rc4-domain-info', ('fs9',), 4, 1),
    ('rc4-fragments', ('fs9',), 10, 1),
    ('rc4-three', ('fs9',), 6, 3),
    ('des-sealed', ('fs9',), 2, 1),
)
# tshark 4.0 doesn't read these right: only signed; a session key by DES; of fragments all but the first
NOT_TSHARK = {'aes-signed', 'des-sealed', 'rc4-fragments'}

passed = 0
failed = 0


def check(what, good, *details):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print('FAILED:', what, *details)


def data(name):
    """ci-fresh is the lab's."""
    path = os.path.join(DATA, name)
    return path if os.path.exists(path) else os.path.join(program.TOP, 'tests/lab/recorded', name)


class Dump:
    """What our own reader says of a capture."""

    def __init__(self, capture, *keys, options=()):
        done = subprocess.run([DUMP, *options, capture, *keys], capture_output=True, timeout=60,
                              env=program.ENVIRONMENT, check=False)
        self.status = done.returncode
        lines = done.stdout.decode().splitlines()
        self.logons = [self.fields(line) for line in lines if line.startswith('logon ')]
        self.problems = [line[8:] for line in lines if line.startswith('problem ')]
        self.malformed = [line for line in lines if line.startswith('malformed ')]
        self.counts = dict(line[15:].split('=') for line in lines if line.startswith('count netlogon_'))

    @staticmethod
    def fields(line):
        """'logon 936/937 op=39 os=Windows Server 2022 a=b' as a dictionary."""
        head, rest = line[6:].split(' ', 1)
        f = dict(re.findall(r'(\S+?)=(.*?)(?= [a-z-]+=| (?:aes|rc4)-|$)', rest))
        f['request'], f['response'] = (int(n) for n in head.split('/'))
        f['protection'] = re.search(r'(?:aes|rc4)-(?:sealed|signed)', rest).group()
        return f

    def count(self, key):
        return int(self.counts.get(key, 0))


def tshark(capture, keytab, filter_, fields):
    done = subprocess.run(['tshark', '-r', capture, '-o', 'kerberos.decrypt:TRUE', '-o', 'kerberos.file:' + keytab,
                           '-Y', filter_, '-T', 'fields'] + [x for f in fields for x in ('-e', f)],
                          capture_output=True, timeout=60, env=program.ENVIRONMENT, check=False)
    return [dict(zip(fields, line.split('\t'))) for line in done.stdout.decode().splitlines()]


def by_tshark(name, keytabs):
    """frame: what tshark says of a SamLogon; a request has an account, a response a status."""
    found = {}
    fields = ('frame.number', 'netlogon.opnum', 'netlogon.acct_name', 'netlogon.domain', 'netlogon.wkst.name',
              'netlogon.logon_id', 'netlogon.challenge', 'netlogon.nt_chal_resp', 'netlogon.param_ctrl', 'netlogon.rc')
    for keytab in keytabs:
        for row in tshark(data(name + '.pcap'), data(keytab + '.keytab'), 'netlogon.opnum in {2,39,45}', fields):
            if row['netlogon.logon_id'] or row['netlogon.rc']:
                found[int(row['frame.number'])] = row
    return found


def compare_with_tshark(name, keytabs, logons):
    theirs = by_tshark(name, keytabs)
    requests = sum(1 for row in theirs.values() if row['netlogon.logon_id'])
    check(name + ': tshark finds as many requests', requests == len(logons), requests, len(logons))
    for l in logons:
        request, response = theirs.get(l['request']), theirs.get(l['response'])
        if not request or not response:
            check('%s: tshark has %d and %d too' % (name, l['request'], l['response']), False)
            continue
        for ours, key, made in (
                ('account', 'netlogon.acct_name', lambda v: v),
                ('domain', 'netlogon.domain', lambda v: v),
                ('workstation', 'netlogon.wkst.name', lambda v: v.lstrip('\\')),
                ('id', 'netlogon.logon_id', lambda v: '%x' % int(v)),
                ('challenge', 'netlogon.challenge', lambda v: v),
                ('nt', 'netlogon.nt_chal_resp', lambda v: v),
                ('control', 'netlogon.param_ctrl', lambda v: '%x' % int(v, 0))):
            if request[key] == '' and ours in ('challenge', 'nt'):
                continue # an interactive logon
            check('%s: %d: %s' % (name, l['request'], ours), l[ours] == made(request[key].split(',')[0]),
                  l[ours], request[key])
        check('%s: %d: status' % (name, l['response']), int(l['status'], 16) == int(response['netlogon.rc'], 0),
              l['status'], response['netlogon.rc'])


def check_captures():
    for name, keytabs, unsealed, logons in CAPTURES:
        d = Dump(data(name + '.pcap'), *(data(k + '.keytab') for k in keytabs))
        check(name + ': reads', d.status == 0)
        check(name + ': unsealed', d.count('unsealed') == unsealed, d.counts)
        check(name + ': logons', len(d.logons) == logons, len(d.logons))
        check(name + ': no problem', not d.problems and not d.malformed, d.problems, d.malformed)
        check(name + ': nothing else is counted', set(d.counts) <= {'unsealed', 'logons'}, d.counts)
        if name not in NOT_TSHARK:
            compare_with_tshark(name, keytabs, d.logons)


def check_recipe():
    """Each SamLogon that the recipe in Python unsealed: the same frames, and the same status."""
    d = Dump(data('ci-fresh.pcap'), data('ci-fresh-corp.keytab'), data('ci-fresh-partner.keytab'))
    text = open(data('ci-fresh-decrypt.txt'), encoding='utf-8').read()
    requests = sorted(int(n) for n in re.findall(r'^frame (\d+) REQ op39', text, re.M))
    answers = sorted((int(n), rc) for n, rc in re.findall(r'^frame (\d+) RSP op39.* rc=0x([0-9a-f]{8})', text, re.M))
    check('recipe: requests', sorted(l['request'] for l in d.logons) == requests)
    check('recipe: responses', sorted((l['response'], l['status']) for l in d.logons) == answers)
    # 34 are of the port that the recipe was given; the join used a pipe, with one more call
    check('recipe: all', len(re.findall('checksum OK', text)) == 34 and d.count('unsealed') == 34 + 2)


def check_fields():
    """What the same captures are known to hold, and tshark was not asked for."""
    first = Dump(data('ci-fresh.pcap'), data('ci-fresh-corp.keytab'), data('ci-fresh-partner.keytab')).logons
    member = [l for l in first if l['type'] == '2']
    trust = [l for l in first if l['type'] == '3']
    check('member channel', {(l['channel'], l['key'], l['flags'], l['computer'], l['dc'], l['bind-domain'])
                             for l in member} ==
          {('FS1$', 'FS1$', '610fffff', 'FS1', 'dc1.corp.example', 'CORP')})
    check('trust channel', {(l['channel'], l['key'], l['flags'], l['computer'], l['dc'], l['bind-domain'])
                            for l in trust} ==
          {('corp.example.', 'CORP$', '611fffff', 'DC1', 'dc2.partner.example', 'PARTNER')})
    check('both domain controllers were asked', len(member) == 6 and len(trust) == 3)
    check('one logon id', {l['id'] for l in trust} < {l['id'] for l in member})
    check('addresses', {(l['client'], l['server']) for l in trust} == {('10.77.0.10', '10.77.0.20')})
    good = [l for l in first if l['status'] == '00000000']
    check('validation', {(l['valid-account'], l['valid-server'], l['valid-domain'], l['valid-dns'], l['valid-upn'])
                         for l in good} ==
          {('alice', 'DC1', 'CORP', 'corp.example', 'alice@corp.example'),
           ('pat', 'DC2', 'PARTNER', 'partner.example', 'pat@partner.example')})
    check('no validation of who was refused', not any('valid-account' in l for l in first if l not in good))
    for name, protection in (('aes-sealed', 'aes-sealed'), ('aes-signed', 'aes-signed'), ('rc4-sealed', 'rc4-sealed'),
                             ('des-sealed', 'rc4-sealed')):
        check(name + ': protection',
              Dump(data(name + '.pcap'), data('fs9.keytab')).logons[0]['protection'] == protection)
    l = Dump(data('aes-flags-mschapv2.pcap'), data('fs9.keytab')).logons[0]
    check('MS-CHAPv2', l['control'] == '10000' and len(l['nt']) == 48 and l['op'] == '45', l)
    l = Dump(data('rc4-domain-info.pcap'), data('fs9.keytab')).logons[0]
    check('server OS', l['os'] == 'Windows Server 2022 Datacenter' and l['dns'] == 'fs9.corp.example', l)
    l = Dump(data('aes-interactive.pcap'), data('fs9.keytab')).logons[0]
    check('interactive', l['level'] == '1' and 'nt' not in l and l['op'] == '2', l)
    l = Dump(data('rc4-fragments.pcap'), data('fs9.keytab')).logons[0]
    check('fragments: a response of 24 bytes, and zeros that were sent behind it', len(l['nt']) == 2 * (24 + 1500) and
          not l['nt'][48:].strip('0'), len(l['nt']))
    check('a pipe is a pipe', Dump(data('aes-pipe-smb2.pcap'), data('fs9.keytab')).logons[0]['carrier'] == 'SMB')


def nothing(what, d, problem, counted):
    check(what + ': nothing is told', not d.logons and d.count('unsealed') == 0, d.logons)
    check(what + ': it is counted', d.count(counted) > 0, d.counts)
    check(what + ': one line says why', len(d.problems) >= 1 and all(problem in p for p in d.problems), d.problems)


def check_keys():
    nothing('no keys at all', Dump(data('aes-sealed.pcap')), 'its key is not there', 'no_key')
    nothing("another domain's keys", Dump(data('aes-sealed.pcap'), data('ci-fresh-corp.keytab')),
            'secure channel of FS9$, FS9 at 127.0.0.1', 'no_key')
    nothing('the key from before the password changed', Dump(data('rotated-after.pcap'), data('fs9.keytab')),
            "keys of that account are not this channel's", 'no_key')
    nothing('the key from after it', Dump(data('aes-sealed.pcap'), data('fs9-after.keytab')),
            "keys of that account are not this channel's", 'no_key')
    for name in ('rotated-after', 'aes-sealed'):
        for keys in (('fs9', 'fs9-after'), ('fs9-after', 'fs9')):
            d = Dump(data(name + '.pcap'), *(data(k + '.keytab') for k in keys))
            check('two keys: %s by %s' % (name, keys), d.count('unsealed') > 0 and not d.problems, d.problems)
    for name in ('secrets.tdb', 'secrets-domain-info.tdb', 'netlogon_creds_cli.tdb'):
        d = Dump(data('rotated-after.pcap'), data(name))
        check(name + ' unseals', d.count('unsealed') == 2 and not d.problems, d.counts, d.problems)
    # each direction of a trust has a key of its own: that of a channel is in the keytab of its server
    d = Dump(data('ci-fresh.pcap'), data('ci-fresh-corp.keytab'))
    check("corp's keys open its member's channel alone", {l['computer'] for l in d.logons} == {'FS1'} and
          len(d.logons) == 6 and len(d.problems) == 1 and 'corp.example., DC1 at' in d.problems[0], d.problems)
    d = Dump(data('ci-fresh.pcap'), data('ci-fresh-partner.keytab'))
    check("partner's keys open the trust alone", {l['computer'] for l in d.logons} == {'DC1'} and
          len(d.logons) == 3 and len(d.problems) == 2 and any('FS1$, FS1 at' in p for p in d.problems), d.problems)
    nothing('a key that is lost', Dump(data('xdom-ntlmv2-ok.pcap'), data('ci-fresh-corp.keytab')),
            'before the capture began', 'no_key')
    d = Dump(data('aes-refused.pcap'), data('fs9.keytab'))
    check('a signature that the server refused, too', not d.logons and d.count('bad') == 1 and
          'not as it was sent' in d.problems[0], d.problems, d.counts)


def check_midway(folder):
    """Captures that begin when the channel is there already."""
    cut = os.path.join(folder, 'midway.pcap')
    for first, named in ((19, True), (20, False), (24, False)):
        subprocess.run(['editcap', '-r', data('aes-three.pcap'), cut, '%d-1000' % first], check=True,
                       capture_output=True)
        d = Dump(cut, data('fs9.keytab'))
        nothing('from packet %d' % first, d, 'before the capture began', 'no_key')
        d = Dump(cut, data('schannel_store.tdb'))
        check('from packet %d, by the session key' % first, len(d.logons) == 3 and not d.problems, d.problems)
        check('its account comes from there', {l['channel'] for l in d.logons} == {'FS9$'})
        d = Dump(cut, data('netlogon_creds_cli.tdb'))
        nothing('from packet %d, by the key of another time' % first, d, 'before the capture began', 'no_key')


def cut_response(capture, folder, frame):
    out = os.path.join(folder, 'cut.pcap')
    subprocess.run(['editcap', data(capture), out, str(frame)], check=True, capture_output=True)
    return out


def check_losses(folder):
    whole = Dump(data('aes-three.pcap'), data('fs9.keytab'))
    for i, logon in enumerate(whole.logons):
        d = Dump(cut_response('aes-three.pcap', folder, logon['response']), data('fs9.keytab'))
        others = [l for n, l in enumerate(whole.logons) if n != i]
        check('a lost response: the others stay', [l['status'] for l in d.logons if l['request'] != logon['request']] ==
              [l['status'] for l in others], d.logons)
        lost = [l for l in d.logons if l['request'] == logon['request']]
        check('a lost response: the request is told without a status', len(lost) == 1 and 'status' not in lost[0])
        d = Dump(cut_response('aes-three.pcap', folder, logon['request']), data('fs9.keytab'))
        # a hole at the end of a capture is only given up there: then requests behind it come after their responses
        check('a lost request: the others stay', len(d.logons) == len(others) and
              all(l.get('status', '00000000') == '00000000' for l in d.logons), d.logons)
    for frame in range(19, 23):
        d = Dump(cut_response('rc4-fragments.pcap', folder, frame), data('fs9.keytab'))
        check('a lost fragment: nothing that is not whole', all(len(l['nt']) == 2 * (24 + 1500) for l in d.logons))


def check_damage():
    for name, keys, unsealed, logons in CAPTURES:
        paths = [data(k + '.keytab') for k in keys]
        d = Dump(data(name + '.pcap'), *paths, options=('--twice',))
        check(name + ': handed in twice, told once', len(d.logons) == logons, len(d.logons))
        check(name + ': copies are counted', d.count('replayed') == unsealed, d.counts)
    for at in list(range(8, 64)) + [100, 150, 200]:
        d = Dump(data('aes-three.pcap'), data('fs9.keytab'), options=('--damage=%d' % at,))
        check('byte %d turned: nothing is told' % at, not d.logons or at in (12, 13, 14, 15), at, d.counts)


def main():
    if not shutil.which('tshark'):
        print('tshark is not there')
        return 1
    check_captures()
    check_recipe()
    check_fields()
    check_keys()
    check_damage()
    with tempfile.TemporaryDirectory() as folder:
        check_midway(folder)
        check_losses(folder)
    print('%d passed, %d failed' % (passed, failed))
    return failed != 0


sys.exit(main())
