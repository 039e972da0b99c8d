#!/usr/bin/env python3
"""live-capture.py FOLDER [MEGABYTES]: what the live benchmark sends: background.pcap, hundreds of connections at a time without a logon
(TLS, HTTP, bulk and small SMB2, tickets, DNS, ARP); logons.pcap, one short connection after another, each with one NTLM
logon of a shipped capture. Of make-capture.py's parts; the same arguments give the same bytes. Prints the numbers as JSON."""
import importlib.util
import json
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location('make_capture', os.path.join(HERE, 'make-capture.py'))
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)
rng = make.rng

KINDS = ('tickets', 'bulk', 'small', 'tls', 'http')
WEIGHTS = (40, .3, 6, 4, .4)


def write(path, packets):
    with open(path, 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        n = 0
        for n, packet in enumerate(packets, 1):
            now = make.START + n * 10
            out.write(struct.pack('<IIII', now // 10**6, now % 10**6, len(packet), len(packet)) + packet)
    return n


def connection(n, tickets):
    kind, = rng.choices(KINDS, WEIGHTS)
    if kind == 'tickets':
        port, turns = rng.choice(tickets)[:2]
    else:
        port = {'tls': 443, 'http': 80}.get(kind, 445)
        turns = {'tls': make.tls, 'http': make.http, 'bulk': make.smb_bulk, 'small': make.smb_small}[kind](())
    return make.connection(turns, make.address(1, rng.randrange(4000)), make.address(2, rng.randrange(200)),
                           1024 + n * 7 % 64000, port)


def background(limit):
    tickets = [s for s in make.seeds(make.TICKETS, 20000) if s[0] == 88]
    live = [connection(n, tickets) for n in range(make.AT_ONCE)]
    n, size = make.AT_ONCE, 0
    while live:
        i = rng.randrange(len(live))
        for _ in range(rng.randrange(1, 5)):
            packet = next(live[i], None)
            if packet is None:
                break
            size += len(packet)
            yield packet
        else:
            if rng.random() < make.DNS * 2.5:
                yield make.stray()
            continue
        make.Ending.now = size >= limit
        if make.Ending.now:
            live[i] = live[-1]
            live.pop()
        else:
            live[i] = connection(n, tickets)
            n += 1


def short_logons():
    return [s for s in make.seeds(make.LOGONS, 20000) if s[2] == 1]


def logons():
    for n, (port, turns, _, _) in enumerate(short_logons()):
        yield from make.connection(turns, make.address(1, n), make.address(2, n), 40000 + n, port)


def main():
    folder, megabytes = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
    print(json.dumps({'background': write(os.path.join(folder, 'background.pcap'), background(megabytes * 1_000_000)),
                      'logon_packets': write(os.path.join(folder, 'logons.pcap'), logons()),
                      'logons': len(short_logons())}))


main()
