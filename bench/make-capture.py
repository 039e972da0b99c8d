#!/usr/bin/env python3
"""make-capture.py OUT [MEGABYTES]: a large capture for the benchmark.

Hundreds of connections at a time, interleaved packet by packet: real logons of the shipped captures
(addresses, ports, times and sequence numbers anew), each SMB one followed by bulk writes or many small
operations; tickets of real KDCs; TLS sessions; HTTP downloads; DNS and some ARP between. The same arguments
give the same bytes. Prints the packets and the logons as JSON.
"""
import glob
import json
import os
import random
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from conversation import conversations, logons

HERE = os.path.dirname(os.path.abspath(__file__))
MSS = 1448
AT_ONCE = 300
KINDS = ('logon', 'whole', 'tickets', 'bulk', 'small', 'tls', 'http')
WEIGHTS = (50, 40, 40, .3, 6, 4, .4)
DNS = .02  # of the packets, about
START = 1_767_225_600_000_000  # microseconds: 2026-01-01T00:00:00Z
# A large value that is no protocol's magic: bulk data without any meaning.
rng = random.Random(4020)
POOL = rng.randbytes(1 << 20)
# What is replayed: short logons, and whole connections of Windows and Samba with what came after their
# logon. Named, so that a new capture does not change the measure.
LOGONS = ('lab-smb-*', 'lab-http-*', 'lab-ldapsearch-*', 'lab-rpc-*', 'lab-impacket-*')
TICKETS = ('lab-*-krb-ok', 'lab-why-*', 'zeek-krb-*')
CONNECTIONS = ('mercury-smb', 'zeek-rpc-20-fids', 'zeek-rpc-mapi', 'zeek-smb*', 'zeek-ldap-*', 'otrf-dcom',
               'arkime-*', 'corelight-*', 'pcapparse-http-proxy')


class Ending:
    """Set when the capture is large enough: connections then come to their end."""
    now = False


def address(kind, n):
    return bytes((10, kind, n >> 8 & 255, n & 255))


def bulk(n):
    at = rng.randrange(len(POOL) - n)
    return POOL[at:at + n]


def smb2(command, message_id, session, body, response=False):
    head = struct.pack('<4sHHIHHIIQIIQ16s', b'\xfeSMB', 64, 1, 0, command, 1, int(response), 0,
                       message_id, 0, 5, session, bytes(16)) + body
    return struct.pack('>I', len(head)) + head


def smb_bulk(turns_of_logon):
    """A logon, then writes of 64 KiB to 1 MiB."""
    yield from turns_of_logon
    session, mid, file_id = rng.getrandbits(48), 20, rng.randbytes(16)
    for _ in range(rng.randrange(2, 12)):
        if Ending.now:
            return
        size = rng.choice((65536, 131072, 262144, 983040))
        body = struct.pack('<HHIQ16sIIHHI', 49, 112, size, mid * 65536, file_id, 0, 0, 0, 0, 0)
        yield 0, smb2(9, mid, session, body + bulk(size))
        yield 1, smb2(9, mid, session, struct.pack('<HHIIHH', 17, 0, size, 0, 0, 0), True)
        mid += 1


def small_write(file_id):
    """Request and response of a write of some hundred bytes; the same for the others below."""
    size = rng.randrange(40, 300)
    return (9, struct.pack('<HHIQ16sIIHHI', 49, 112, size, 0, file_id, 0, 0, 0, 0, 0) + bulk(size),
            struct.pack('<HHIIHH', 17, 0, size, 0, 0, 0))


def small_read(file_id):
    size = rng.randrange(60, 500)
    return (8, struct.pack('<HBBIQ16sIIIHHB', 49, 80, 0, size, 0, file_id, 0, 0, 0, 0, 0, 0),
            struct.pack('<HBBIII', 17, 80, 0, size, 0, 0) + bulk(size))


def query_info(file_id):
    """FileStandardInformation."""
    return (16, struct.pack('<HBBIHHIII16sB', 41, 1, 5, 24, 0, 0, 0, 0, 0, file_id, 0),
            struct.pack('<HHIQQIBBH', 9, 72, 24, 8192, 4711, 1, 0, 0, 0))


def close_file(file_id):
    return 6, struct.pack('<HHI16s', 24, 0, 0, file_id), struct.pack('<HHI', 60, 0, 0) + bytes(52)


def smb_small(turns_of_logon):
    """A logon, then many small operations, as a file manager's."""
    yield from turns_of_logon
    session, mid, file_id = rng.getrandbits(48), 20, rng.randbytes(16)
    for _ in range(rng.randrange(300, 1200)):
        if Ending.now:
            return
        command, request, response = rng.choice(
            (small_write, small_read, small_read, query_info, close_file))(file_id)
        yield 0, smb2(command, mid, session, request)
        yield 1, smb2(command, mid, session, response, True)
        mid += 1


def tls_record(kind, payload):
    return struct.pack('>BHH', kind, 0x303, len(payload)) + payload


def tls(_):
    hello = struct.pack('>BBHH', 1, 0, 508, 0x303) + bulk(506)
    yield 0, tls_record(22, hello)
    yield 1, tls_record(22, struct.pack('>BBHH', 2, 0, 86, 0x303) + bulk(84)) + \
        tls_record(20, b'\1') + tls_record(23, bulk(rng.randrange(2000, 4000)))
    yield 0, tls_record(20, b'\1') + tls_record(23, bulk(74))
    for _ in range(rng.randrange(20, 150)):
        if Ending.now:
            return
        yield 0, tls_record(23, bulk(rng.randrange(60, 900)))
        for _ in range(rng.choice((1, 1, 1, 2, 8))):
            yield 1, tls_record(23, bulk(rng.choice((180, 420, 900, 1400, 16401))))


def http(_):
    for n in range(rng.randrange(5, 60)):
        if Ending.now:
            return
        size = rng.choice((120, 400, 900, 2400, 9000, 60000, 400000))
        yield 0, (b'GET /pub/%d/file-%d.bin HTTP/1.1\r\nHost: www%d.corp.example\r\nUser-Agent: '
                  b'Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\n\r\n' % (size, n, n % 7))
        yield 1, (b'HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\n'
                  b'Content-Length: %d\r\n\r\n' % size) + bulk(size)


def checksum(head):
    total = sum(struct.unpack('>10H', head))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


class Side:
    """One direction of a connection: its headers, packed once, and its sequence number."""

    def __init__(self, src, dst, sport, dport):
        self.mac = b'\x02\0' + dst + b'\x02\0' + src + b'\x08\0'
        self.ip = struct.pack('>BBHHHBBH', 0x45, 0, 0, 0, 0x4000, 64, 6, 0) + src + dst
        self.sum = ~checksum(self.ip) & 0xffff
        self.ports = struct.pack('>HH', sport, dport)
        self.seq = rng.getrandbits(32)
        self.id = rng.getrandbits(16)

    def packet(self, ack, flags, payload, options=b'\1\1\x08\x0a\0\0\0\1\0\0\0\1'):
        length = 40 + len(options) + len(payload)
        self.id = self.id + 1 & 0xffff
        total = self.sum + length + self.id
        total = (total & 0xffff) + (total >> 16)
        total = ~((total & 0xffff) + (total >> 16)) & 0xffff
        out = b''.join((
            self.mac, b'\x45\0', struct.pack('>HHIH', length, self.id, 0x40004006, total),
            self.ip[12:], self.ports,
            struct.pack('>IIBBHI', self.seq, ack, (20 + len(options)) << 2, flags, 501, 0),
            options, payload))
        self.seq = self.seq + len(payload) + (1 if flags & 3 else 0) & 0xffffffff
        return out


def connection(turns, client, server, sport, dport):
    """The packets of a conversation, from SYN to FIN."""
    side = Side(client, server, sport, dport), Side(server, client, dport, sport)
    syn = b'\2\4\5\xb4\4\2\x08\x0a\0\0\0\1\0\0\0\0\1\3\3\7'
    yield side[0].packet(0, 2, b'', syn)
    yield side[1].packet(side[0].seq, 18, b'', syn)
    yield side[0].packet(side[1].seq, 16, b'')
    for who, said in turns:
        me, peer = side[who], side[1 - who]
        for n, at in enumerate(range(0, len(said), MSS)):
            part = said[at:at + MSS]
            last = at + MSS >= len(said)
            yield me.packet(peer.seq, 24 if last else 16, part)
            if n % 2 or last:
                yield peer.packet(me.seq, 16, b'')
    yield side[0].packet(side[1].seq, 17, b'')
    yield side[1].packet(side[0].seq, 17, b'')
    yield side[0].packet(side[1].seq, 16, b'')


def datagram(src, dst, sport, dport, payload):
    head = struct.pack('>BBHHHBBH', 0x45, 0, 28 + len(payload), 7, 0, 64, 17, 0) + src + dst
    head = head[:10] + struct.pack('>H', checksum(head)) + head[12:]
    return b'\2' * 6 + b'\4' * 6 + b'\x08\0' + head + \
        struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload


def stray():
    """A DNS query, its answer (an address, or that there is no such name), or an ARP request."""
    if rng.random() < .04:
        return b'\xff' * 6 + b'\2\0\0\0\0\1\x08\6\0\1\x08\0\6\4\0\1' + bytes(20) + bytes(18)
    client, port, server = address(1, rng.randrange(4000)), rng.randrange(1024, 65535), rng.randrange(200)
    name = b'\6srv%03d\4corp\7example\0\0\1\0\1' % server
    ident = rng.randbytes(2)
    if rng.random() < .5:
        return datagram(client, address(9, 53), port, 53, ident + b'\1\0\0\1\0\0\0\0\0\0' + name)
    if rng.random() < .2:
        return datagram(address(9, 53), client, 53, port, ident + b'\x81\x83\0\1\0\0\0\0\0\0' + name)
    answer = b'\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4' + address(2, server)
    return datagram(address(9, 53), client, 53, port, ident + b'\x81\x80\0\1\0\1\0\0\0\0' + name + answer)


def seeds(patterns, largest):
    """The connections to replay: [(server port, turns, logons, is SMB from its start on), ...]."""
    out = []
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(HERE, '../tests/captures', pattern + '.pcap'))):
            for port, turns in conversations(path):
                size = sum(len(b) for _, b in turns)
                if size < largest:
                    smb = port == 445 and turns[0][1][4:8] in (b'\xfeSMB', b'\xffSMB')
                    out.append((port, turns, logons(turns), smb))
    return out


def starter():
    """A generator of new connections: (packets, logons)."""
    short = [s for s in seeds(LOGONS, 20000) if s[2]]
    smb = [s for s in short if s[3]]
    whole = seeds(CONNECTIONS, 400000)
    tickets = [s for s in seeds(TICKETS, 20000) if s[0] == 88]
    n = 0
    while True:
        n += 1
        kind, = rng.choices(KINDS, WEIGHTS)
        client, server = address(1, rng.randrange(4000)), address(2, rng.randrange(200))
        sport = 1024 + (n * 7 % 64000)
        if kind in ('tls', 'http'):
            turns = (tls if kind == 'tls' else http)(None)
            port, count = (443 if kind == 'tls' else 80), 0
        else:
            port, turns, count, _ = rng.choice(
                {'logon': short, 'whole': whole, 'tickets': tickets}.get(kind, smb))
            if kind in ('bulk', 'small'):
                turns = (smb_bulk if kind == 'bulk' else smb_small)(turns)
        yield connection(turns, client, server, sport, port), count


def write(out, megabytes):
    fresh = starter()
    live = [next(fresh) for _ in range(AT_ONCE)]
    size = packets = count = 0
    now, batch = START, [struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
    limit = megabytes * 1_000_000
    while live:
        i = rng.randrange(len(live))
        for _ in range(rng.randrange(1, 5)):
            packet = next(live[i][0], None)
            if packet is None:
                break
            now += rng.randrange(1, 400)
            batch.append(struct.pack('<IIII', now // 10**6, now % 10**6, len(packet), len(packet)))
            batch.append(packet)
            size += 16 + len(packet)
            packets += 1
        else:
            if rng.random() < DNS * 2.5:  # bursts of 2.5 packets
                packet = stray()
                batch.append(struct.pack('<IIII', now // 10**6, now % 10**6, *[len(packet)] * 2))
                batch.append(packet)
                packets += 1
            if len(batch) > 20000:
                out.write(b''.join(batch))
                batch.clear()
            continue
        count += live[i][1]
        if size < limit:
            live[i] = next(fresh)
        else:
            Ending.now = True
            live[i] = live[-1]
            live.pop()
    out.write(b''.join(batch))
    return {'packets': packets, 'logons': count, 'bytes': out.tell()}


def main():
    megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    with open(sys.argv[1], 'wb') as out:
        print(json.dumps(write(out, megabytes)))


if __name__ == '__main__':
    main()
