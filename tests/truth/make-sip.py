#!/usr/bin/env python3
"""make-sip.py ACCEPTED.pcap REFUSED.pcap OUT.pcap: two logons by HTTP, as SIP would carry them.

No client of today's Debian speaks NTLM in SIP: the messages are written as [MS-SIPAE] 4 has them,
around the tokens of real logons; the accepted one over UDP, the refused one over TCP. The truth of
both goes to truth/OUT.pcap.json beside it, from the truth of the two captures.
"""
import json
import os
import re
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../bench'))
import conversation

MAC = b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0'
CLIENT, SERVER = b'\xc0\0\2\1', b'\xc0\0\2\2'
NAMES = 'realm="SIP Communications Service", targetname="ocs.corp.example"'


def checksum(data):
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(side, proto, body):
    src, dst = (SERVER, CLIENT) if side else (CLIENT, SERVER)
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0) + src + dst
    return MAC + head[:10] + struct.pack('>H', checksum(head)) + head[12:] + body


def ports(side):
    return (5060, 49160) if side else (49160, 5060)


def udp(messages):
    for side, text in messages:
        yield frame(side, 17, struct.pack('>HHHH', *ports(side), 8 + len(text), 0) + text)


def tcp(messages):
    """With a handshake, each message in one segment."""
    seq = [1000, 2000]

    def segment(side, flags, text=b''):
        out = frame(side, 6, struct.pack('>HHIIBBHHH', *ports(side), seq[side],
                                         seq[1 - side] if flags & 16 else 0, 5 << 4, flags, 65535, 0, 0) + text)
        seq[side] += len(text) + (flags & 3 != 0)
        return out
    yield segment(0, 2)
    yield segment(1, 18)
    yield segment(0, 16)
    for side, text in messages:
        yield segment(side, 24, text)
    yield segment(0, 17)
    yield segment(1, 17)


def message(start, transport, call, cseq, field=''):
    return (start + '\r\nVia: SIP/2.0/%s 192.0.2.1:49160\r\nMax-Forwards: 70\r\n'
            'From: <sip:alice@corp.example>;tag=4f2a;epid=01\r\nTo: <sip:alice@corp.example>\r\n'
            'Call-ID: %s\r\nCSeq: %d REGISTER\r\n%sContent-Length: 0\r\n\r\n'
            % (transport, call, cseq, field)).encode()


def dialogue(transport, call, challenge, authenticate, final):
    """[MS-SIPAE] 4: offered, asked for, challenged, answered."""
    request = 'REGISTER sip:corp.example SIP/2.0'
    refusal = 'SIP/2.0 401 Unauthorized'
    ask = 'Authorization: NTLM qop="auth", %s, gssapi-data="%%s", version=4\r\n' % NAMES
    offer = 'WWW-Authenticate: Kerberos %s, version=4\r\nWWW-Authenticate: NTLM %s, version=4\r\n' % (NAMES, NAMES)
    back = 'WWW-Authenticate: NTLM opaque="6DAF9A2C", gssapi-data="%s", %s, version=4\r\n' % (challenge, NAMES)
    return [(0, message(request, transport, call, 1)), (1, message(refusal, transport, call, 1, offer)),
            (0, message(request, transport, call, 2, ask % '')), (1, message(refusal, transport, call, 2, back)),
            (0, message(request, transport, call, 3, ask % authenticate)),
            (1, message(final, transport, call, 3))]


def tokens(path):
    said = b''.join(text for _, turns in conversation.conversations(path) for _, text in turns).decode('latin-1')
    return [re.search(r'NTLM (TlRMTVNTUAA%sA[A-Za-z0-9+/=]+)' % kind, said).group(1) for kind in 'CD']


def record(path, number, transport, code):
    with open(os.path.join(os.path.dirname(path), 'truth', os.path.basename(path) + '.json')) as f:
        row = json.load(f)[0]
    row.update(frame=number, transport='sip', src='192.0.2.1:49160', dst='192.0.2.2:5060',
               answer={'frame': number + 1, 'http_code': code}, source='make-sip.py, over ' + transport)
    row.pop('tcp_stream', None)
    return row


def main():
    accepted, refused, out = sys.argv[1:]
    first = list(udp(dialogue('UDP', '6b1c', *tokens(accepted), 'SIP/2.0 200 OK')))
    second = list(tcp(dialogue('TCP', '7d2e', *tokens(refused), 'SIP/2.0 401 Unauthorized')))
    with open(out, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for n, data in enumerate(first + second):
            f.write(struct.pack('<IIII', 1795348800 + n, 0, len(data), len(data)) + data)
    truth = [record(accepted, 5, 'UDP', 200), record(refused, len(first) + 8, 'TCP', 401)]
    with open(os.path.join(os.path.dirname(out), 'truth', os.path.basename(out) + '.json'), 'w') as f:
        json.dump(truth, f, indent=1)
        f.write('\n')


main()
