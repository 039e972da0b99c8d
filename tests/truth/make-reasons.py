#!/usr/bin/env python3
"""make-reasons.py FOLDER: captures of reasons and of signs of an attack that no lab gives, written from the specifications.

LDAP binds with GSS-SPNEGO ([MS-ADTS] 5.1.1.1, [MS-NLMP] 2.2.1, RFC 4178, RFC 4120 5.9.1), since LDAP itself names no
target: what the client wanted stands in MsvAvTargetName alone. The responses are random bytes: nobody has this password.
"""
import os
import random
import struct
import sys

MAC = b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0'
CLIENT, OTHER, SERVER, KDC = (bytes([192, 0, 2, n]) for n in (1, 2, 10, 20))
NTLM_OID = bytes.fromhex('2b06010401823702020a')
KRB5_OID = bytes.fromhex('2a864886f712010202')
FLAGS = 0xe2888215
random.seed(1)


def tlv(tag, *parts):
    body = b''.join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    return bytes([tag, 0x82]) + struct.pack('>H', len(body)) + body


def number(n, tag=2):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, 'big'))


def wide(text):
    return text.encode('utf-16-le')


def pair(av, value):
    return struct.pack('<HH', av, len(value)) + value


def target_info():
    return pair(2, wide('CORP')) + pair(1, wide('DC1')) + pair(4, wide('corp.example')) + pair(3, wide('dc1.corp.example'))


def negotiate():
    return b'NTLMSSP\0' + struct.pack('<II', 1, FLAGS) + bytes(24)


def challenge(server_challenge=None):
    name, info = wide('CORP'), target_info() + pair(0, b'')
    head = b'NTLMSSP\0' + struct.pack('<IHHI', 2, len(name), len(name), 56) + struct.pack('<I', FLAGS) + (server_challenge or random.randbytes(8))
    return head + bytes(8) + struct.pack('<HHI', len(info), len(info), 56 + len(name)) + bytes.fromhex('0a0063450000000f') + name + info


def authenticate(user, domain, spn):
    blob = struct.pack('<BBHIQ8sI', 1, 1, 0, 0, 133500000000000000, random.randbytes(8), 0)
    av = target_info() + pair(6, struct.pack('<I', 2)) + pair(10, bytes(16)) + pair(9, wide(spn)) + pair(0, b'')
    payloads = [bytes(24), random.randbytes(16) + blob + av + bytes(4), wide(domain), wide(user), wide('CL1'), random.randbytes(16)]
    fields, at = b'', 88
    for payload in payloads:
        fields += struct.pack('<HHI', len(payload), len(payload), at)
        at += len(payload)
    return (b'NTLMSSP\0' + struct.pack('<I', 3) + fields + struct.pack('<I', FLAGS) + bytes.fromhex('0a0063450000000f') +
            random.randbytes(16) + b''.join(payloads))


def init(token, mechs):
    offer = tlv(0xa0, tlv(0x30, *[tlv(6, mech) for mech in mechs]))
    inner = tlv(0x30, offer, tlv(0xa2, tlv(4, token)) if token else b'')
    return tlv(0x60, tlv(6, bytes.fromhex('2b0601050502')), tlv(0xa0, inner))


def resp(state, token, mech=None):
    return tlv(0xa1, tlv(0x30, tlv(0xa0, tlv(10, bytes([state]))), tlv(0xa1, tlv(6, mech)) if mech else b'',
                         tlv(0xa2, tlv(4, token)) if token else b''))


def bind(message, token):
    return tlv(0x30, number(message), tlv(0x60, number(3), tlv(4, b''), tlv(0xa3, tlv(4, b'GSS-SPNEGO'), tlv(4, token))))


def bound(message, code, token):
    text = b'80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580' if code == 49 else b''
    return tlv(0x30, number(message), tlv(0x61, number(code, 10), tlv(4, b''), tlv(4, text), tlv(0x87, token)))


def logon(user, domain, spn, mechs=(NTLM_OID,), result=0, server_challenge=None):
    """The messages of one bind, client's and server's in turn."""
    steps = []
    if mechs[0] != NTLM_OID:  # an offer without a token; the server chooses NTLM
        steps += [(0, init(b'', mechs)), (1, resp(1, b'', NTLM_OID)), (0, resp(1, negotiate()))]
    else:
        steps += [(0, init(negotiate(), mechs))]
    steps += [(1, resp(1, challenge(server_challenge), NTLM_OID)), (0, resp(1, authenticate(user, domain, spn)))]
    steps += [(1, resp(0, b''))]
    for i, (side, token) in enumerate(steps):
        message = i // 2 + 1
        yield side, bound(message, 14 if i + 1 < len(steps) else result, token) if side else bind(message, token)


class Capture:
    def __init__(self, n):
        """Each an hour after the one before, so that they can be read as one."""
        self.frames, self.now, self.port = [], 1700000000_000000 + n * 3600_000000, 49200 + 100 * n

    def ip(self, src, dst, protocol, body):
        head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(body), len(self.frames) + 1, 0, 64, protocol, 0) + src + dst
        words = struct.unpack('>10H', head)
        total = sum(words)
        total = (total & 0xffff) + (total >> 16)
        self.frames.append((self.now, MAC + head[:10] + struct.pack('>H', ~total & 0xffff) + head[12:] + body))
        self.now += 700

    def udp(self, src, sport, dst, dport, body):
        self.ip(src, dst, 17, struct.pack('>HHHH', sport, dport, 8 + len(body), 0) + body)

    def tcp(self, client, server, messages):
        self.port += 1
        ends, ports, seq = (client, server), (self.port, 389), [1000, 2000]
        for side, flags, body in [(0, 2, b''), (1, 18, b''), (0, 16, b'')] + [(s, 24, b) for s, b in messages] + [(0, 17, b''), (1, 17, b'')]:
            self.ip(ends[side], ends[1 - side], 6, struct.pack(
                '>HHIIBBHHH', ports[side], ports[1 - side], seq[side], seq[1 - side] if flags & 16 else 0,
                5 << 4, flags, 65535, 0, 0) + body)
            seq[side] += len(body) + (flags & 3 != 0)

    def kerberos_error(self, client, code, sname):
        """A KRB-ERROR (RFC 4120 5.9.1) for a service."""
        name = tlv(0x30, tlv(0xa0, number(2)), tlv(0xa1, tlv(0x30, *[tlv(0x1b, part.encode()) for part in sname.split('/')])))
        self.udp(KDC, 88, client, 50088, tlv(0x7e, tlv(
            0x30, tlv(0xa0, number(5)), tlv(0xa1, number(30)), tlv(0xa4, tlv(0x18, b'20231114221320Z')), tlv(0xa5, number(0)),
            tlv(0xa6, number(code)), tlv(0xa9, tlv(0x1b, b'CORP.EXAMPLE')), tlv(0xaa, name))))

    def write(self, path):
        with open(path, 'wb') as f:
            f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for when, frame in self.frames:
                f.write(struct.pack('<IIII', when // 1000000, when % 1000000, len(frame), len(frame)) + frame)


SPN = 'ldap/dc1.corp.example'


def server_chose(c):
    c.tcp(CLIENT, SERVER, logon('alice', 'CORP', SPN, (KRB5_OID, NTLM_OID)))


def cloud_account(c):
    c.tcp(CLIENT, SERVER, logon('alice@corp.example', 'AzureAD', SPN))


def no_target_name(c):
    c.tcp(CLIENT, SERVER, logon('alice', 'CORP', ''))


def duplicate_spn(c):
    c.kerberos_error(CLIENT, 8, SPN)
    c.tcp(CLIENT, SERVER, logon('alice', 'CORP', SPN))


def others_failures(c):
    """Kerberos failed for another target, for another client, and long before: no reason for this one."""
    c.kerberos_error(CLIENT, 7, SPN)
    c.now += 120_000_000
    c.kerberos_error(CLIENT, 7, 'cifs/fs9.corp.example')
    c.kerberos_error(OTHER, 7, SPN)
    c.tcp(CLIENT, SERVER, logon('alice', 'CORP', SPN))


def wrong_password(c):
    """KDC_ERR_PREAUTH_FAILED is about the account: no reason ID, but evidence."""
    c.kerberos_error(CLIENT, 24, 'krbtgt/CORP.EXAMPLE')
    c.tcp(CLIENT, SERVER, logon('alice', 'CORP', SPN))


def relay(c):
    """OTHER asks the server and hands its challenge to CLIENT, who means to log on to OTHER."""
    same = random.randbytes(8)
    c.tcp(OTHER, SERVER, logon('alice', 'CORP', SPN, server_challenge=same))
    c.tcp(CLIENT, OTHER, logon('alice', 'CORP', SPN, server_challenge=same))


def spray(c):
    for n in range(8):
        c.tcp(OTHER, SERVER, logon('user%d' % n, 'CORP', SPN, result=49))


CASES = {'server-chose': server_chose, 'cloud-account': cloud_account, 'no-target-name': no_target_name,
         'duplicate-spn': duplicate_spn, 'others-failures': others_failures, 'wrong-password': wrong_password}
SIGNS = {'relay': relay, 'spray': spray}

for n, (name, make) in enumerate({**CASES, **SIGNS}.items()):
    capture = Capture(n)
    make(capture)
    capture.write(os.path.join(sys.argv[1], 'made-%s-%s.pcap' % ('why' if name in CASES else 'sign', name)))
