#!/usr/bin/env python3
"""impacket calls an RPC server through a scripted HTTP proxy, with NTLM on both levels: the right events come of it.

`rpch.py FOLDER` keeps the capture there, as live-rpch-impacket.pcap; the proxy then has its own port.
`rpch.py --client PORT PASSWORD` is the client, for Debian's Python may be the only one that has impacket.
"""
import os
import socket
import struct
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, 'live'), os.path.join(TESTS, 'truth')]
import facts
import program
import recording
import rpch_peer
import tshark

# (carrier, status) of an exchange: an IN channel's head is answered only where it is refused, its PDUs on OUT.
IN, OUT, INSIDE, REFUSED = ('HTTP', None), ('HTTP', '0x0'), ('DCERPC', None), ('HTTP', '0xc000006d')
# What becomes of a login, the client's password, what it then says, and the exchanges in order of time.
LOGINS = (
    (rpch_peer.ACCEPTED, 'Secret123!', 'done', (IN, OUT, INSIDE)),
    (rpch_peer.REFUSED_BY_SERVER, 'wrong', 'rpc_s_access_denied', (IN, OUT, INSIDE)),
    (rpch_peer.REFUSED_BY_PROXY, 'wrong', '401 Unauthorized', (REFUSED,)),
)
LOOPBACK, DIRECT = 10, 1  # reasons: as it is, and as it would be between two hosts


def client(port, password):
    from impacket.dcerpc.v5 import epm, rpcrt, transport
    socket.setdefaulttimeout(10)
    way = transport.DCERPCTransportFactory('ncacn_http:MX1[6001]')
    way.set_rpc_proxy_url('http://127.0.0.1:%s/rpc/rpcproxy.dll' % port)
    way.set_credentials('alice', password, 'CORP')
    way.set_auth_type('NTLM')
    rpc = way.get_dce_rpc()
    rpc.set_credentials('alice', password, 'CORP')
    rpc.set_auth_level(rpcrt.RPC_C_AUTHN_LEVEL_CONNECT)
    try:
        rpc.connect()
        rpc.bind(epm.MSRPC_UUID_PORTMAP)
        rpc.call(4, b'')
        rpc.recv()
        rpc.disconnect()
        print('done')
    except rpcrt.DCERPCException as e:
        print(e)


def python_with_impacket():
    for python in (sys.executable, '/usr/bin/python3'):
        if os.path.exists(python) and subprocess.run(
                [python, '-c', 'import impacket.dcerpc.v5.rpch'], capture_output=True, timeout=20,
                check=False).returncode == 0:
            return python
    return None


def said_by_client(python, port, password):
    done = subprocess.run([python, os.path.abspath(__file__), '--client', str(port), password],
                          capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


def record(results, python, path, port):
    peer = rpch_peer.Peer([login[0] for login in LOGINS], port)
    try:
        with recording.Recording(path, peer.port):
            for _, password, want, _ in LOGINS:
                said = said_by_client(python, peer.port, password)
                results.check(want in said, 'the client said %r' % said[-500:])
    finally:
        peer.close()
    return peer.port


def between_hosts(path, port, out):
    """The same capture, as if client and server were two hosts."""
    with open(path, 'rb') as f:
        data = f.read()
    at, parts = 24, [data[:24]]
    while at < len(data):
        size = struct.unpack_from('<I', data, at + 8)[0]
        frame = bytearray(data[at + 16:at + 16 + size])
        hosts = [bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))]
        if struct.unpack_from('>H', frame, 34)[0] == port:
            hosts.reverse()
        frame[26:34] = b''.join(hosts)
        parts += [data[at:at + 16], bytes(frame)]
        at += 16 + size
    with open(out, 'wb') as f:
        f.write(b''.join(parts))


def check_events(results, events, reason):
    want = [exchange for *_, exchanges in LOGINS for exchange in exchanges]
    for side in (4020, 4021), (4022, 4023):
        found = sorted((e for e in events if e['event_id'] in side), key=lambda e: e['frame_authenticate'])
        seen = [(e['carrier'], e.get('status')) for e in found]
        results.check(seen == want, 'events %r' % seen)
    for e in events:
        seen = {k: e.get(k) for k in ('user', 'domain', 'ntlm_version', 'reason_id')}
        results.check(seen == {'user': 'alice', 'domain': 'CORP', 'ntlm_version': 'NTLMv2', 'reason_id': reason},
                      'frame %d: %r' % (e['frame_authenticate'], seen))


def check_truth(results, path, events):
    """What tshark says of every AUTHENTICATE is what its two events say."""
    records = tshark.truth(path)
    results.check(len(records) * 2 == len(events), '%d AUTHENTICATE, %d events' % (len(records), len(events)))
    for r in records:
        found = [e for e in events if e['frame_authenticate'] == r['frame']]
        results.check(len(found) == 2, 'frame %d: %d events' % (r['frame'], len(found)))
        for e in found:
            wrong = facts.differences(r, e)
            results.check(not wrong, 'frame %d: %r' % (r['frame'], wrong))


def main():
    keep = sys.argv[1] if len(sys.argv) > 1 else None
    if not recording.possible('tshark'):
        return
    python = python_with_impacket()
    if not python:
        print('skipped: needs impacket\n0 passed, 0 failed')
        return
    results = program.Results()
    with program.temporary() as folder:
        path = os.path.join(keep or folder, 'live-rpch-impacket.pcap')
        port = record(results, python, path, 80 if keep else 0)
        events = program.events(path)
        check_events(results, events, LOOPBACK)
        check_truth(results, path, events)
        apart = os.path.join(folder, 'apart.pcap')
        between_hosts(path, port, apart)
        check_events(results, program.events(apart), DIRECT)
    results.close()


if sys.argv[1:2] == ['--client']:
    client(*sys.argv[2:])
else:
    main()
