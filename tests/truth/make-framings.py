#!/usr/bin/env python3
"""make-framings.py LOGON.pcap FOLDER: the same logon in every framing that a capture may have.

Takes an Ethernet capture of one logon over IPv4 and writes made-NAME.pcap for link types, tags and
tunnels; with the packets twice (two mirror ports), reversed in pairs, cut into fragments, over IPv6.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../bench'))
from conversation import packets

ETH, RAW, SLL, SLL2, NULL, LOOP, WIFI, PPPOE_ETH = 1, 101, 113, 276, 0, 108, 105, 1
MAC = b'\2\0\0\0\0\1\2\0\0\0\0\2'


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(proto, payload, ident=1, offset=0, more=False, src=b'\xc0\0\2\1', dst=b'\xc0\0\2\2'):
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(payload), ident,
                       (0x2000 if more else 0) | offset // 8, 64, proto, 0) + src + dst
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload


def udp(sport, dport, payload):
    return struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload


def ipv6(proto, payload, src, dst):
    return struct.pack('>IHBB', 0x60000000, len(payload), proto, 64) + src + dst + payload


def to_ipv6(ip):
    """The same segment between two IPv6 hosts, behind a destination options header."""
    if ip[9] != 6:
        return None
    prefix = bytes.fromhex('fd77000000000000') + bytes(4)
    options = struct.pack('>BBHI', 6, 0, 0x0104, 0)
    return ipv6(60, options + ip[20:], prefix + ip[12:16], prefix + ip[16:20])


def fragments(ip):
    if len(ip) <= 120 or ip[9] != 6:
        return [ip]
    body, src, dst = ip[20:], ip[12:16], ip[16:20]
    ident = struct.unpack_from('>H', ip, 4)[0]
    parts = [(at, body[at:at + 96]) for at in range(0, len(body), 96)]
    return [ipv4(ip[9], p, ident, at, at + 96 < len(body), src, dst) for at, p in reversed(parts)]


def llc_wifi(ip):
    head = struct.pack('<HH', 0x0208, 0) + MAC[:6] + MAC[6:] + MAC[:6] + b'\0\0'
    return head + b'\xaa\xaa\3\0\0\0\x08\0' + ip


def framings():
    """name: (link type, frames of an IP packet)."""
    def one(make):
        return lambda ip: [make(ip)]
    eth = MAC + b'\x08\0'
    return {
        'raw-ip': (RAW, one(lambda ip: ip)),
        'sll': (SLL, one(lambda ip: struct.pack('>HHH8sH', 0, 1, 6, MAC[:6], 0x800) + ip)),
        'sll2': (SLL2, one(lambda ip: struct.pack('>HHIHBB8s', 0x800, 0, 3, 1, 0, 6, MAC[:6]) + ip)),
        'null': (NULL, one(lambda ip: struct.pack('<I', 2) + ip)),
        'loop': (LOOP, one(lambda ip: struct.pack('>I', 2) + ip)),
        'wifi': (WIFI, one(llc_wifi)),
        'vlan': (ETH, one(lambda ip: MAC + b'\x81\0\0\x2a\x08\0' + ip)),
        'qinq': (ETH, one(lambda ip: MAC + b'\x88\xa8\0\x64\x81\0\0\x2a\x08\0' + ip)),
        'mpls': (ETH, one(lambda ip: MAC + b'\x88\x47' + struct.pack('>II', 16 << 12 | 64,
                                                                  17 << 12 | 1 << 8 | 64) + ip)),
        'pppoe': (ETH, one(lambda ip: MAC + b'\x88\x64' + struct.pack('>BBHHH', 0x11, 0, 1,
                                                                   len(ip) + 2, 0x21) + ip)),
        'gre': (ETH, one(lambda ip: eth + ipv4(47, b'\0\0\x08\0' + ip))),
        'erspan': (ETH, one(lambda ip: eth + ipv4(
            47, b'\x10\0\x88\xbe\0\0\0\1' + b'\x10\1\0\0\0\0\0\0' + eth + ip))),
        'vxlan': (ETH, one(lambda ip: eth + ipv4(17, udp(
            40000, 4789, b'\x08\0\0\0\0\0\x2a\0' + eth + ip)))),
        'ipip': (ETH, one(lambda ip: eth + ipv4(4, ip))),
        'fragments': (ETH, lambda ip: [eth + part for part in fragments(ip)]),
        'mirrored': (ETH, lambda ip: [eth + ip, eth + ip]),
        'ipv6': (ETH, lambda ip: [MAC + b'\x86\xdd' + p for p in [to_ipv6(ip)] if p]),
    }


def write(path, linktype, rows, nanoseconds=False):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b23c4d if nanoseconds else 0xa1b2c3d4, 2, 4, 0, 0,
                            262144, linktype))
        for at, frame in rows:
            frac = at % 10**9
            f.write(struct.pack('<IIII', at // 10**9, frac if nanoseconds else frac // 1000,
                                len(frame), len(frame)) + frame)


def main():
    whole = [(at, p) for at, p in packets(sys.argv[1]) if p[12:14] == b'\x08\0']
    folder = sys.argv[2]
    for name, (linktype, frames) in framings().items():
        rows = []
        for at, p in whole:
            rows += [(at, f) for f in frames(p[14:14 + struct.unpack_from('>H', p, 16)[0]])]
        write(os.path.join(folder, 'made-%s.pcap' % name), linktype, rows)
    write(os.path.join(folder, 'made-nanoseconds.pcap'), ETH, [(at + 7, p) for at, p in whole], True)
    swapped = [whole[i ^ 1] if (i ^ 1) < len(whole) else whole[i] for i in range(len(whole))]
    write(os.path.join(folder, 'made-reordered.pcap'), ETH, swapped)


main()
