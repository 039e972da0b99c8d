"""Reads the TCP conversations of shipped captures, and writes packets of conversations again.

A conversation is what its two sides said, in turns: [(0 = client | 1 = server, bytes), ...]. Only
those without holes are taken; retransmissions are dropped.
"""
import struct

TCP = 6


def packets(path):
    """(nanoseconds, bytes) of an Ethernet pcap; nothing of any other file."""
    with open(path, 'rb') as f:
        data = f.read()
    if len(data) < 24 or data[:4] not in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1'):
        return
    scale = 1000 if data[0] == 0xd4 else 1
    if struct.unpack_from('<I', data, 20)[0] != 1:
        return
    at = 24
    while at + 16 <= len(data):
        sec, frac, caplen = struct.unpack_from('<III', data, at)
        at += 16
        yield sec * 10**9 + frac * scale, data[at:at + caplen]
        at += caplen


def segment(frame):
    """(endpoints, sequence number, flags, payload) of a TCP segment over IPv4, else None."""
    if len(frame) < 54 or frame[12:14] != b'\x08\x00' or frame[23] != TCP:
        return None
    if struct.unpack_from('>H', frame, 20)[0] & 0x3fff:
        return None
    ip = 14 + (frame[14] & 15) * 4
    end = 14 + struct.unpack_from('>H', frame, 16)[0]
    sport, dport, seq = struct.unpack_from('>HHI', frame, ip)
    offset = (frame[ip + 12] >> 4) * 4
    ends = ((frame[26:30], sport), (frame[30:34], dport))
    return ends, seq, frame[ip + 13], frame[ip + offset:end]


class Flow:
    def __init__(self, client, server, seq):
        self.client, self.server = client, server
        self.next = [(seq + 1) & 0xffffffff, None]
        self.turns = []
        self.broken = False

    def add(self, side, seq, flags, payload):
        if flags & 2:
            self.next[side] = (seq + 1) & 0xffffffff
            return
        if not payload or self.next[side] is None:
            return
        ahead = (seq - self.next[side]) & 0xffffffff
        if ahead >= 1 << 31:  # old bytes again
            return
        if ahead:
            self.broken = True
            return
        self.next[side] = (seq + len(payload)) & 0xffffffff
        if self.turns and self.turns[-1][0] == side:
            self.turns[-1] = (side, self.turns[-1][1] + payload)
        else:
            self.turns.append((side, payload))


def conversations(path):
    """The whole conversations of a capture: [(server port, turns), ...]."""
    flows, done = {}, []
    for _, frame in packets(path):
        s = segment(frame)
        if not s:
            continue
        (src, dst), seq, flags, payload = s
        if flags & 0x12 == 2:
            flows[src, dst] = Flow(src, dst, seq)
            done.append(flows[src, dst])
            continue
        flow, side = flows.get((src, dst)), 0
        if not flow:
            flow, side = flows.get((dst, src)), 1
        if flow:
            flow.add(side, seq, flags, payload)
    return [(f.server[1], f.turns) for f in done if f.turns and not f.broken]


def logons(turns):
    """How many NTLM AUTHENTICATE messages a client's side holds, raw or in base64."""
    said = b''.join(b for side, b in turns if side == 0)
    return said.count(b'NTLMSSP\0\3\0\0\0') + said.count(b'TlRMTVNTUAADAAAA')
