#!/usr/bin/env python3
"""lines.py [FOLDER...]: what src/samba makes of audit lines, compared with what Python's json makes of them.

The lines are a domain's (two domain controllers, a member): as they are, in every wrapping, written anew in other ways that mean the
same, with members of later versions, cut at each byte, and with damaged bytes: what Python refuses must be refused, and what is taken
must be the same.
"""
import datetime
import glob
import ipaddress
import json
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import program

DECODER = os.environ.get('SAMBA_LINES') or os.path.join(os.path.dirname(program.PROGRAM), 'tests/samba/samba-lines')
ENOMSG, EBADMSG, EMSGSIZE = -42, -74, -90
BARE, BSD, SYSLOG, JOURNAL = range(4)
TEXTS = {
    'status_name': 'status', 'service': 'serviceDescription', 'description': 'authDescription', 'client_domain': 'clientDomain',
    'client_account': 'clientAccount', 'workstation': 'workstation', 'became_account': 'becameAccount', 'became_domain': 'becameDomain',
    'became_sid': 'becameSid', 'mapped_account': 'mappedAccount', 'mapped_domain': 'mappedDomain', 'computer': 'netlogonComputer',
    'trust_account': 'netlogonTrustAccount', 'trust_sid': 'netlogonTrustAccountSid', 'password_type': 'passwordType'}
SESSION_TEXTS = {
    'service': 'serviceDescription', 'auth_type': 'authType', 'domain': 'domain', 'account': 'account', 'sid': 'sid',
    'session_id': 'sessionId', 'logon_server': 'logonServer', 'protection': 'transportProtection'}
STATUS = {'NT_STATUS_OK': 0, 'NT_STATUS_WRONG_PASSWORD': 0xc000006a, 'NT_STATUS_NO_SUCH_USER': 0xc0000064,
          'NT_STATUS_ACCOUNT_DISABLED': 0xc0000072, 'NT_STATUS_NTLM_BLOCKED': 0xc0000418, 'NT_STATUS_LOGON_FAILURE': 0xc000006d,
          'NT_STATUS_NO_LOGON_SERVERS': 0xc000005e, 'NT_STATUS_NOT_FOUND': 0xc0000225,
          'NT_STATUS_AUTHENTICATION_FIREWALL_FAILED': 0xc0000413}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def decode(lines):
    """One dictionary a line."""
    done = subprocess.run([DECODER], input=b'\n'.join(lines) + b'\n', capture_output=True, check=False, timeout=300)
    if done.returncode or done.stderr:
        raise RuntimeError('%s: %d: %s' % (DECODER, done.returncode, done.stderr.decode(errors='replace')[-3000:]))
    found = []
    for block in done.stdout.decode().split('\n\n')[:-1]:
        fields = dict(row.split(' ', 1) for row in block.split('\n'))
        found.append({k: bytes.fromhex(v[1:]) if re.fullmatch('x[0-9a-f]*', v) else
                      int(v) if re.fullmatch('-?[0-9]+', v) else v for k, v in fields.items()})
    if len(found) != len(lines):
        raise RuntimeError('%d answers for %d lines' % (len(found), len(lines)))
    return found


def address(text, want, name):
    form, _, rest = (text or '').partition(':')
    if form in ('ipv4', 'ipv6'):
        host, _, port = rest.rpartition(':')
        ip = ipaddress.ip_address(host)
        want[name + '.ip'] = ip.packed if form == 'ipv6' else bytes(10) + b'\xff\xff' + ip.packed
        want[name + '.port'] = int(port)
        want[name + '.text'] = host.encode()
    elif form == 'unix':
        want[name + '.text'] = rest.encode()
    want[name + '.form'] = {'ipv4': 1, 'ipv6': 2, 'unix': 3}.get(form, 0)


KINDS = {('SamLogon', 'network'): 'SamLogon, network', ('SamLogon', 'interactive'): 'SamLogon, interactive',
         ('NETLOGON', 'ServerAuthenticate'): 'ServerAuthenticate', ('winbind', 'NTLM_AUTH'): 'winbind, NTLM',
         ('winbind', 'PASSDB'): 'winbind, passdb', ('winbind', 'PAM_AUTH'): 'winbind, PAM'}


def kind_of(record):
    service, words = record['serviceDescription'], (record['authDescription'] or '').split(', ')
    if service == 'Kerberos KDC':
        return 'Kerberos'
    return KINDS.get((service, words[0])) or ('NTLM server' if words[0] in ('', 'NTLMSSP') else 'other')


def expected(top):
    """The facts of a parsed line, under the decoder's names."""
    record = top[top['type']]
    when = datetime.datetime.strptime(top['timestamp'], '%Y-%m-%dT%H:%M:%S.%f%z') - EPOCH
    want = {'rc': 0, 'type': top['type'], 'time': (when.days * 86400 + when.seconds) * 10**9 + when.microseconds * 1000,
            'major': record['version']['major'], 'minor': record['version']['minor']}
    is_session = top['type'] == 'Authorization'
    for ours, name in (SESSION_TEXTS if is_session else TEXTS).items():
        want[ours] = record[name].encode() if record.get(name) is not None else None
    address(record['localAddress'], want, 'local')
    address(record['remoteAddress'], want, 'remote')
    if is_session:
        return {**want, 'kind': 'authorization', 'account_flags': int(record['accountFlags'], 16)}
    want |= {'kind': kind_of(record), 'event_id': record['eventId'], 'logon_type': record['logonType'], 'logon_id': int(record['logonId'], 16),
             'negotiate_flags': int(record['netlogonNegotiateFlags'], 16), 'channel_type': record['netlogonSecureChannelType'],
             'status': STATUS[record['status']]}
    if 'duration' in record:
        want['duration'] = record['duration']
    if record['serviceDescription'] == 'winbind':
        want['process'], want['process_id'] = (lambda w: (w[1].encode(), int(w[2])))(record['authDescription'].split(', '))
    return want


def differences(want, got):
    return ['%s: %r, not %r' % (k, got.get(k), v) for k, v in want.items() if got.get(k) != v]


def compare(results, what, cases):
    """Cases: pairs of a line and what is expected of it."""
    for (line, want), got in zip(cases, decode([line for line, _ in cases])):
        wrong = differences(want, got)
        results.check(not wrong, '%s: %s\n  %s' % (what, '; '.join(wrong[:4]), line[:300].decode(errors='replace')))


def wrappings(line):
    """The line as others write it, and what is to be known then beside."""
    writer = {'host': b'dc1', 'program': b'smbd', 'program_id': 123}
    bare = line.strip()
    yield b'  ' + bare, {'wrapping': BARE}
    yield b'  JSON Authentication: ' + bare, {'wrapping': BARE}
    for time in (b'Nov 22 10:00:00', b'Nov  2 10:00:00', b'2026-11-22T10:00:00.123456+00:00', b'<30>Nov 22 10:00:00'):
        yield time + b' dc1 smbd[123]:   ' + bare, {'wrapping': BSD, **writer}
    yield b'Nov 22 10:00:00 dc1.corp.example samba: ' + bare, {'wrapping': BSD, 'host': b'dc1.corp.example', 'program': b'samba', 'program_id': 0}
    yield b'<30>1 2026-11-22T10:00:00.123456+00:00 dc1 smbd 123 - -   ' + bare, {'wrapping': SYSLOG, **writer}
    yield (b'<30>1 2026-11-22T10:00:00Z dc1 smbd 123 ID47 [a@1 b="{\\"]" c="x"][d@2] \xef\xbb\xbf' + bare, {'wrapping': SYSLOG, **writer})
    yield b'1 - - - - - -  ' + bare, {'wrapping': SYSLOG, 'host': None, 'program': None, 'program_id': 0}
    entry = {'__CURSOR': 's=1;i=2', '_HOSTNAME': 'dc1', 'PRIORITY': '5', '_PID': '123', '_COMM': 'smbd', 'SYSLOG_IDENTIFIER': 'smbd_audit',
             'MESSAGE': '  ' + bare.decode(), '_CMDLINE': '/usr/sbin/smbd {', '__REALTIME_TIMESTAMP': '1795348825912441'}
    yield json.dumps(entry).encode(), {'wrapping': JOURNAL, **writer}
    yield json.dumps(entry, ensure_ascii=False, separators=(',', ':')).encode(), {'wrapping': JOURNAL, **writer}
    yield json.dumps({**entry, 'MESSAGE': list(bare)}).encode(), {'wrapping': JOURNAL, **writer}


NAMES = ['', 'alice', 'B\u00f6b', '\u65e5\u672c', '\U0001f600x', 'a"b\\c/d', 'tab\there', 'line\nfeed', 'cr\r\b\f', "o'neil", 'x' * 300, '\u202e', 'null', '{}', '\x7f']


def rewritten(top, rng):
    """The same record, its members in another order, names exchanged, unknown members added."""
    kind = top['type']
    record = dict(top[kind])
    for name in ('clientDomain', 'clientAccount', 'workstation', 'account', 'mappedAccount'):
        if name in record:
            record[name] = rng.choice(NAMES + [None])
    record |= {'new%d' % n: rng.choice([1, -2.5e3, True, None, [], {}, [[1, {'a': 'b\\'}]], {'x': [None, False]}]) for n in range(rng.randrange(3))}
    if kind == 'Authentication':
        record['version'] = {'major': 1, 'minor': rng.randrange(5)}
    members = list(record.items())
    rng.shuffle(members)
    outer = [('timestamp', rng.choice(['2026-11-20T11:29:00.123456+0100', '2024-02-29T23:59:59.000001-1130', '1970-01-01T00:00:00.000000+0000'])),
             ('type', kind), (kind, dict(members)), ('later', {'type': 'dsdbChange'})]
    rng.shuffle(outer)
    return dict(outer)


POLICY = {'auditEvent': 'NTLM_DEVICE_RESTRICTION', 'checkedAccount': 'alice', 'eventId': 101, 'location': '../../auth/x.c:1', 'policyEnforced': True,
          'policyName': 'Example Policy', 'reason': 'ACCESS_DENIED', 'siloName': None, 'status': 'NT_STATUS_AUTHENTICATION_FIREWALL_FAILED'}


def later_versions(top):
    record = {**top['Authentication'], 'version': {'major': 1, 'minor': 3}, 'clientPolicyAccessCheck': POLICY, 'serverPolicyAccessCheck': None}
    want = {'minor': 3, 'client_policy.event': b'NTLM_DEVICE_RESTRICTION', 'client_policy.event_id': 101, 'client_policy.enforced': 1,
            'client_policy.policy': b'Example Policy', 'client_policy.reason': b'ACCESS_DENIED', 'client_policy.status': 0xc0000413,
            'client_policy.silo': None, 'server_policy.event_id': None}
    yield {**top, 'Authentication': record}, want
    yield {**top, 'Authentication': {**record, 'version': {'major': 2, 'minor': 0}}}, {'kind': 'other', 'major': 2}
    first = {k: v for k, v in record.items() if k not in ('eventId', 'logonId', 'logonType', 'duration', 'clientPolicyAccessCheck')}
    yield {**top, 'Authentication': {**first, 'version': {'major': 1, 'minor': 0}}}, {'minor': 0, 'event_id': 0, 'logon_id': 0, 'duration': None}
    for name in ('dsdbChange', 'dsdbTransaction', 'passwordChange', 'groupChange'):
        yield {'timestamp': top['timestamp'], 'type': name, name: {'x': [{}]}}, {'rc': 0, 'type': 'database', 'kind': 'other'}
    yield {'type': 'KDC Authorization', 'timestamp': top['timestamp'], 'KDC Authorization': {}}, {'type': 'KDC Authorization', 'kind': 'other'}
    yield {'timestamp': top['timestamp'], 'type': 'novelty', 'novelty': 1}, {'type': 'other', 'kind': 'other'}


def strict(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError('a member twice')
    return dict(pairs)


def refuse(word):
    raise ValueError(word)


def damaged(line, rng):
    data = bytearray(line)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data))
        what = rng.randrange(4)
        if what == 0:
            data[at] = rng.choice(b'"\\{}[],: 0e-+.\x00\x1f\x80\xff\nutn')
        elif what == 1:
            del data[at]
        elif what == 2:
            data[at:at] = rng.choice([b'"', b'\\', b'\\u0000', b'\\ud800', b'\\u00e4', b'{', b',', b'null', b'\xc3\xa4', b'\xc0\x80', b' '])
        else:
            data[at:at + rng.randrange(1, 20)] = b''
    return bytes(data).replace(b'\n', b' ')


def check_damage(results, lines, rng):
    cases = [damaged(rng.choice(lines), rng) for _ in range(20000)]
    taken = 0
    for line, got in zip(cases, decode(cases)):
        try:
            top = json.loads(line.decode().strip(' \t'), object_pairs_hook=strict, parse_constant=refuse)
        except ValueError:
            top = None
        if got['rc'] == 0 and got['type'] in ('database', 'KDC Authorization'):
            continue  # the rest of these is not read
        if got['rc'] == 0:
            taken += 1
            # A name that is not ours may stand there twice; that is not looked for.
            if top is None:
                try:
                    top = json.loads(line.decode().strip(' \t'), parse_constant=refuse)
                except ValueError:
                    pass
            if results.check(isinstance(top, dict), 'taken, but no JSON: %r' % line[:300]):
                record = top.get(top['type'])
                if got['type'] in ('Authentication', 'Authorization'):
                    ours = SESSION_TEXTS if got['type'] == 'Authorization' else TEXTS
                    wrong = [k for k, name in ours.items() if isinstance(record.get(name), str) and got.get(k) != record[name].encode()]
                    results.check(not wrong, 'damaged: %s: %r' % (wrong, line))
        else:
            results.check(got['rc'] in (ENOMSG, EBADMSG), 'rc %r: %r' % (got['rc'], line[:100]))
    results.check(taken > 1000, 'some damaged lines are still good: %d' % taken)


def hostile():
    """Lines, each with its answer."""
    good = b'{"timestamp": "2026-11-22T12:00:25.912441+0000", "type": "Authentication", "Authentication": {%s}}'
    for what in (b'"x": ' + b'[' * 1000, b'"x": "\\u12"', b'"x": "\\q"', b'"clientAccount": "a\\u0000"', b'"clientAccount": "\\ud800"', b'"x": 01', b'"x": 1.',
                 b'"x": -', b'"x": 1e', b'"x": nul', b'"x" 1', b'"x": 1,', b'"x": "\xff"', b'"x": "\x01"', b'"x": +1', b"'x': 1", b'"x": 1 2',
                 b'"clientAccount": "a", "clientAccount": "b"'):
        yield good % what, EBADMSG
    yield good % b'' + b'x', EBADMSG
    yield good % b'', 0
    yield good[:40], EBADMSG
    yield b'{"timestamp": "2026-11-22T12:00:25.912441+0000", "type": "Authentication"}', EBADMSG
    yield b'{"Authentication": {}, "Authorization": {}, "type": "Authentication"}', EBADMSG
    yield good % (b'"clientAccount": "' + b'x' * 70000 + b'"'), EMSGSIZE
    yield good % (b'"clientAccount": "' + b'\\u00e4' * 10000 + b'"'), 0
    for what in (b'x', b'{', b'{}', b'[]', b'null', b'{"a": 1}', b'[2026/11/20 11:29:00.123456,  3] ../../source3/smbd/x.c:1(y)', b'  {"MESSAGE": "hello"}', b'<',
                 b'Nov 22 10:00:00 dc1 kernel: [1.0] usb {', b'Nov 22 10:00:00 ' + good % b'', b'{"MESSAGE": "  {broken"}', b'<30>1 - - - - - ' + good % b'',
                 b'JSON ', b'{"MESSAGE": [300]}', b'1 2 3', b'x' * 70000 if False else b'xy', b'Nov 22 10:00:00 dc1 smbd[x]: ' + good % b''):
        yield what, ENOMSG


def check_statuses(results):
    """Every name that Samba's own library prints, where it is installed."""
    import ctypes
    names = glob.glob('/usr/lib/*/libsamba-errors.so*') + glob.glob('/usr/lib/*/samba/libsamba-errors*.so*')
    if not names:
        print('skipped: Samba\'s library of errors is not installed')
        return
    library = ctypes.CDLL(names[0])
    library.nt_errstr.restype, library.nt_errstr.argtypes = ctypes.c_char_p, [ctypes.c_uint32]
    highs = [0, 1, 0x1c, 0x4000, 0x4001, 0x4002, 0x400a, 0x4015, 0x4019, 0x401a, 0x401b, 0x401e, 0x4023, 0x8000, 0x8001, 0x8013, 0x8019,
             0x801b, 0x801c, 0x8021] + list(range(0xc000, 0xc040))
    codes = [high << 16 | low for high in highs for low in range(0x1000)] + [0xdeadbeef, 0xffffffff]
    pairs = [(code, library.nt_errstr(code)) for code in codes]
    known = sum(1 for _, name in pairs if b'STATUS_' in name)
    pairs = [p for n, p in enumerate(pairs) if b'STATUS_' in p[1] or n % 64 == 0 or n > len(pairs) - 3]
    line = b'{"type": "Authentication", "Authentication": {"status": "%s"}}'
    wrong = [name for (code, name), got in zip(pairs, decode([line % name for _, name in pairs])) if got.get('status') != code]
    results.check(known > 1500 and not wrong, '%d names of statuses, not so: %r' % (known, wrong[:10]))
    got = decode([line % b'NT_STATUS_NO_SUCH_NAME', line % b'OK', line % b'NT code 0x1'])
    results.check(all(g['rc'] == 0 and 'status' not in g for g in got), 'names that there are not')


def main():
    results, rng = program.Results(), random.Random(7)
    lines = []
    for folder in [os.path.join(HERE, 'lines'), *sys.argv[1:]]:
        for path in sorted(glob.glob(os.path.join(folder, '**/*.json'), recursive=True)):
            with open(path, 'rb') as f:
                lines += f.read().splitlines()
    tops = [json.loads(line) for line in lines]
    compare(results, 'as it is', [(line, {**expected(top), 'wrapping': BARE}) for line, top in zip(lines, tops)])
    compare(results, 'wrapped', [(w, {**expected(top), **more}) for line, top in zip(lines[:150], tops) for w, more in wrappings(line)])
    again = [rewritten(top, rng) for top in tops for _ in range(10)]
    compare(results, 'written anew', [(json.dumps(top, ensure_ascii=n % 2 == 0, indent=None, separators=((',', ':') if n % 3 else (' ,\t', ' :\r '))).encode(), expected(top))
                                      for n, top in enumerate(again)])
    some = next(top for top in tops if top['type'] == 'Authentication')
    compare(results, 'versions', [(json.dumps(top).encode(), want) for top, want in later_versions(some)])
    compare(results, 'hostile', [(line, {'rc': rc}) for line, rc in hostile()])
    cut = [line.rstrip()[:n] for line in lines[:20] for n in range(1, len(line.rstrip()))]
    results.check(all(got['rc'] in (ENOMSG, EBADMSG) for got in decode(cut)), 'a cut line was taken')
    check_damage(results, lines, rng)
    check_statuses(results)
    results.close()


main()
