#!/usr/bin/env python3
"""Keys as an administrator gives them to `ntlmaudit read`: right ones, wrong, old and half ones, and files that are none.

Whatever they are, the events of the capture itself stay; of a channel that can't be unsealed nothing is told but that; and each time a line
says which channel or file it is and why.
"""
import collections
import json
import os
import re
import shutil
import struct
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTS)
import program
import unsealing

DATA = os.path.join(TESTS, 'netlogon/data')
LAB = os.path.join(TESTS, 'lab/recorded')
CAPTURE = os.path.join(LAB, 'ci-fresh.pcap')
CORP, PARTNER = (os.path.join(LAB, 'ci-fresh-%s.keytab' % name) for name in ('corp', 'partner'))
LOGS = [os.path.join(LAB, 'ci-fresh.%s.json' % host) for host in ('dc1', 'dc2', 'fs1')]
FS9, AFTER = (os.path.join(DATA, name) for name in ('fs9.keytab', 'fs9-after.keytab'))
CONTROLLERS = {4030, 4031, 4032, 4033}
DONE, NOTHING, USAGE, PARTLY = range(4)
BEFORE, NO_KEY, NOT_ITS = 'set up before the capture began', 'its key is not there', "keys of that account are not this channel's"
# What a capture's own event has of itself, whatever else is known of it.
OWN = ('event_id', 'time', 'user', 'domain', 'client_ip', 'target_ip', 'activity_id', 'reason_id', 'ntlm_version')
AES, ARCFOUR = 18, 23

results = program.Results()
check = results.check


class Read:
    def __init__(self, *files, keytab=(), private=(), more=(), **options):
        words = [w for k in keytab for w in ('--keytab', k)] + [w for k in private for w in ('--samba-private', k)]
        done = program.run('read', '-o', 'json', '--key-file', program.KEY, *words, *more, *files, **options)
        self.status, self.out, self.said = done.returncode, done.stdout, done.stderr.decode()
        self.events = [e for e in map(json.loads, done.stdout.decode().splitlines()) if 'event_id' in e]
        self.ids = collections.Counter(e['event_id'] for e in self.events)
        self.own = sorted(str([e.get(name) for name in OWN]) for e in self.events if e['event_id'] not in CONTROLLERS)
        self.controllers = sum(self.ids[i] for i in CONTROLLERS)
        self.problems = [line for line in self.said.splitlines() if 'secure channel of' in line]

    def counted(self, label):
        found = re.search(r'^ *([0-9,]+)  ' + label, self.said, re.M)
        return int(found[1].replace(',', '')) if found else 0


def write_keytab(path, *entries):
    """(principal, key version, encryption type, key) in MIT's format."""
    out = b'\5\2'
    for principal, version, kind, key in entries:
        name = principal.split('/')
        body = struct.pack('>H', len(name)) + b''.join(struct.pack('>H', len(s)) + s.encode() for s in ['CORP.EXAMPLE', *name])
        body += struct.pack('>IIBHH', 1, 0, version, kind, len(key)) + key + struct.pack('>I', version)
        out += struct.pack('>i', len(body)) + body
    with open(path, 'wb') as f:
        f.write(out)
    return path


def hash_of(path, account):
    return next(key for name, kind, key in unsealing.keytab(path) if name == account and kind == ARCFOUR)


def check_right():
    bare, both = Read(CAPTURE), Read(CAPTURE, keytab=(CORP, PARTNER))
    check(bare.controllers == 0 and bare.status == DONE and bare.counted('messages of secure channels without their key') == 36, 'without keys')
    check(dict(both.ids) == {**bare.ids, 4030: 2, 4031: 1, 4032: 4, 4033: 2}, 'with both: %s' % both.ids)
    check(not both.problems and both.status == DONE and both.counted('messages of secure channels unsealed') == 36, 'with both: %s' % both.problems)
    check(len(both.own) == len(bare.own) == 18, 'with keys the capture has %d events of its own' % len(both.own))
    for keytab in ((CORP, CORP, PARTNER), (PARTNER, CORP), (PARTNER, CORP, FS9)):
        check(Read(CAPTURE, keytab=keytab).out == both.out, 'again, in another order, with others: %s' % (keytab,))
    piped = subprocess.run(['sh', '-c', 'cat "$1" "$2" | "$0" read -o json --key-file "$3" --keytab /dev/stdin --keytab "$4" "$5"', program.PROGRAM, CORP,
                            '/dev/null', program.KEY, PARTNER, CAPTURE], capture_output=True, env=program.ENVIRONMENT, check=False)
    check(piped.stdout == both.out, 'a keytab from a pipe: %r' % piped.stderr[:200])
    quiet = Read(CAPTURE, keytab=(FS9,), more=('-q',))
    check(quiet.said == '' and quiet.own == bare.own, 'quiet: %r' % quiet.said)


def wrong(what, problem, n, files, keys, **more):
    """Keys that fit nothing: n channels are named, and all else is as without keys."""
    bare, found = Read(*files), Read(*files, keytab=keys, **more)
    check(found.controllers == 0, '%s: %s' % (what, found.ids))
    check(found.own == bare.own and found.status == bare.status, '%s: own events, status %d' % (what, found.status))
    check(len(found.problems) == n and all(problem in line for line in found.problems), '%s: %s' % (what, found.problems))
    check(found.counted('messages of secure channels without their key') > 0, what + ': counted')


def check_wrong(folder):
    wrong("another domain's keys", NO_KEY, 3, [CAPTURE], [FS9])
    guess = [write_keytab(os.path.join(folder, 'guess'), *((name, 1, ARCFOUR, bytes(range(n, n + 16)))
                                                          for n, name in enumerate(('FS1$', 'CORP$', 'PARTNER$', 'DC1$', 'DC2$'))))]
    wrong('keys of the same names', NOT_ITS, 3, [CAPTURE], guess)
    wrong('the key from before', NOT_ITS, 1, [os.path.join(DATA, 'rotated-after.pcap')], [FS9])
    wrong('the key from after', NOT_ITS, 1, [os.path.join(DATA, 'aes-sealed.pcap')], [AFTER])
    good = hash_of(CORP, 'FS1$')
    for bit in range(8):
        turned = bytes([good[0] ^ 1 << bit]) + good[1:]
        wrong('bit %d turned' % bit, '', 3, [CAPTURE], [write_keytab(os.path.join(folder, 'turned'), ('FS1$', 1, ARCFOUR, turned))])


def check_rotated(folder):
    """Two passwords of one machine: each channel by its own, whichever comes first, also within one capture."""
    old, new = os.path.join(DATA, 'aes-sealed.pcap'), os.path.join(DATA, 'rotated-after.pcap')
    keys = [hash_of(path, 'FS9$') for path in (FS9, AFTER)]
    check(keys[0] != keys[1], 'the password did change')
    one = write_keytab(os.path.join(folder, 'both'), ('FS9$', 1, ARCFOUR, keys[0]), ('FS9$', 2, ARCFOUR, keys[1]), ('FS9$', 2, AES, bytes(32)))
    for keytabs in ((FS9, AFTER), (AFTER, FS9), (one,)):
        for files, n in (((old,), 1), ((new,), 1), ((old, new), 2)):
            found = Read(*files, keytab=keytabs)
            unsealed = found.counted('messages? of secure channels unsealed')
            check(not found.problems and unsealed > 0 and (n == 1 or unsealed == 6), 'rotated: %s %s' % (found.problems, found.said))
    half = Read(old, new, keytab=(FS9,))
    check(len(half.problems) == 1 and NOT_ITS in half.problems[0] and half.controllers == 1, 'only the old one: %s' % half.problems)


def check_midway(folder):
    """From behind a channel's beginning: its logons are told by logs, or by the session key, or not at all."""
    cut = os.path.join(folder, 'cut.pcap')
    subprocess.run(['editcap', '-r', CAPTURE, cut, '920-9999'], check=True, capture_output=True)
    wrong('midway', BEFORE, 2, [cut], [CORP, PARTNER])
    found = Read(cut, *LOGS, keytab=(CORP, PARTNER))
    check({i: found.ids[i] for i in CONTROLLERS} == {4030: 2, 4031: 1, 4032: 4, 4033: 2}, 'midway, and logs: %s' % found.ids)
    # the member's channel is set up before the first logon, the trust's long before
    cut_one = os.path.join(folder, 'cut-one.pcap')
    subprocess.run(['editcap', '-r', CAPTURE, cut_one, '500-9999'], check=True, capture_output=True)
    found = Read(cut_one, keytab=(CORP, PARTNER))
    check({i: found.ids[i] for i in CONTROLLERS} == {4030: 0, 4031: 0, 4032: 4, 4033: 2}, 'one channel midway: %s' % found.ids)
    check(len(found.problems) == 1 and BEFORE in found.problems[0] and '10.77.0.10, to 10.77.0.20' in found.problems[0], 'one channel midway: %s' % found.problems)
    three = os.path.join(folder, 'three.pcap')
    subprocess.run(['editcap', '-r', os.path.join(DATA, 'aes-three.pcap'), three, '24-1000'], check=True, capture_output=True)
    private = os.path.join(folder, 'private')
    os.mkdir(private)
    wrong('midway of three', BEFORE, 1, [three], [FS9])
    shutil.copy(os.path.join(DATA, 'schannel_store.tdb'), private)
    found = Read(three, private=(private,))
    check(found.controllers == 3 and not found.problems and found.status == DONE, 'the session key: %s %s' % (found.ids, found.said))
    check({e.get('secure_channel_account') for e in found.events} == {'FS9$'}, 'its account is in that store')


def check_lost():
    for name in ('ntlmv1-ok', 'ntlmv2-ok', 'curl'):
        path = os.path.join(program.CAPTURES, 'lab-xdom-%s.pcap' % name)
        if check(os.path.exists(path), path):
            keys = [os.path.join(LAB, k) for k in ('corp-all.keytab', 'partner-all.keytab')]
            bare, found = Read(path), Read(path, keytab=keys)
            check(found.own == bare.own and not found.ids[4030] + found.ids[4031], '%s: %s' % (name, found.ids))
            check(found.problems and all(BEFORE in line for line in found.problems), '%s: %s' % (name, found.problems))


def refused(what, option, path, line, **more):
    """Status 2, nothing read, and one line."""
    found = Read(CAPTURE, more=(option, path), **more)
    check(found.status == USAGE and not found.out, '%s: status %d' % (what, found.status))
    said = found.said.splitlines()
    check(len(said) == 1 and path in said[0] and line in said[0], '%s: %r' % (what, found.said))


def check_files(folder):
    def made(name, data):
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(data)
        return os.path.join(folder, name)

    with open(CORP, 'rb') as f:
        corp = f.read()
    empty_folder = os.path.join(folder, 'nothing')
    os.mkdir(empty_folder)
    neither = "neither a keytab nor one of Samba's tdb files"
    refused('missing', '--keytab', os.path.join(folder, 'missing'), 'No such file')
    refused('garbage', '--keytab', made('garbage', os.urandom(5000).replace(b'\5', b'\6')), neither)
    refused('empty', '--keytab', made('empty', b''), neither)
    refused('of one byte', '--keytab', made('one', b'\5'), neither)
    refused('a folder', '--keytab', folder, 'Is a directory')
    refused('huge', '--keytab', made('huge', bytes(17 << 20)), 'larger than 16 MiB')
    refused('without end', '--keytab', '/dev/zero', 'larger than 16 MiB')
    refused('a capture', '--keytab', CAPTURE, neither)
    refused('no entry', '--keytab', made('bare', b'\5\2'), 'holds no arcfour-hmac key')
    refused('AES only', '--keytab', write_keytab(os.path.join(folder, 'aes'), ('FS1$', 1, AES, bytes(range(32))), ('CORP$', 1, 17, bytes(range(16)))),
            'holds no arcfour-hmac key')
    refused('users only', '--keytab', write_keytab(os.path.join(folder, 'users'), ('alice', 1, ARCFOUR, bytes(range(16)))), 'holds no arcfour-hmac key')
    refused('good and none', '--keytab', os.path.join(folder, 'aes'), 'holds no arcfour-hmac key', keytab=(CORP,))
    refused('no folder', '--samba-private', os.path.join(folder, 'missing'), 'No such file')
    refused('a file', '--samba-private', CORP, 'Not a directory')
    refused('an empty folder', '--samba-private', empty_folder, 'no key is there')
    refused('not named', '--keytab', '', 'should name a file')
    part = made('cut', corp[:len(corp) * 3 // 4])
    found, bare = Read(CAPTURE, keytab=(part,)), Read(CAPTURE)
    check(found.status == PARTLY and part + ': keytab: the file is cut short' in found.said and len(found.own) == len(bare.own), 'cut: %d %s' % (
        found.status, found.said))
    # a private folder of which one file is torn
    torn = os.path.join(folder, 'torn')
    os.mkdir(torn)
    shutil.copy(os.path.join(DATA, 'schannel_store.tdb'), torn)
    with open(os.path.join(torn, 'secrets.tdb'), 'wb') as f:
        f.write(b'no tdb at all')
    three = os.path.join(DATA, 'aes-three.pcap')
    found = Read(three, private=(torn,))
    check(found.controllers == 3 and found.status == PARTLY and 'secrets.tdb: ' + neither in found.said, 'torn: %d %s' % (found.status, found.said))
    if os.geteuid() == 0:
        locked = made('locked', corp)
        os.chmod(locked, 0)
        os.chmod(folder, 0o755)
        done = subprocess.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', program.PROGRAM, 'read', '--keytab', locked, '--key-file',
                               '/dev/null', CAPTURE], capture_output=True, env=program.ENVIRONMENT, check=False)
        check(done.returncode == USAGE, 'unreadable: status %d: %r' % (done.returncode, done.stderr))
    found = Read(CAPTURE, keytab=(CORP,) * 33)
    check(found.status == USAGE and 'can be given 32 times' in found.said, '33 keytabs: %s' % found.said)


def check_cut_keytabs(folder):
    """Each length and each turned byte of a keytab: never a crash, never an event that the whole one does not give."""
    whole = {str([e.get(n) for n in (*OWN, 'status', 'logon_id')]) for e in Read(CAPTURE, keytab=(CORP,)).events if e['event_id'] in CONTROLLERS}
    with open(CORP, 'rb') as f:
        data = f.read()
    path = os.path.join(folder, 'damaged')
    step = 29 if os.environ.get('SANITIZED') else 7
    damaged = [data[:n] for n in range(0, len(data), step)]
    damaged += [data[:n] + bytes([data[n] ^ 0xff]) + data[n + 1:] for n in range(0, len(data), step)]
    for n, some in enumerate(damaged):
        with open(path, 'wb') as f:
            f.write(some)
        found = Read(CAPTURE, keytab=(path,))
        events = {str([e.get(name) for name in (*OWN, 'status', 'logon_id')]) for e in found.events if e['event_id'] in CONTROLLERS}
        check(found.status in (DONE, USAGE, PARTLY) and events <= whole, 'damaged keytab %d: status %d, %s' % (n, found.status, events - whole))
        check((found.status == USAGE) == (not found.out), 'damaged keytab %d: status %d' % (n, found.status))


def main():
    check_right()
    with program.temporary() as folder:
        for step in (check_wrong, check_rotated, check_midway, check_files, check_cut_keytabs):
            step(folder)
    check_lost()
    results.close()


main()
