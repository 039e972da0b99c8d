"""A scripted proxy of RPC over HTTP v2 ([MS-RPCH]) and the RPC server behind it: as much as logins to both need."""
import base64
import re
import socket
import struct
import threading

import mail_peer

BIND_ACK, RESPONSE, FAULT, RTS = 12, 2, 3, 20
HEADER = 16
NDR = bytes.fromhex('045d888aeb1cc9119fe808002b104860') + struct.pack('<I', 2)
ACCESS_DENIED = 5
FOREVER = 1 << 30  # the Content-Length of a channel
UNAUTHORIZED = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM%s\r\nContent-Length: 0\r\n\r\n'

# What becomes of a login.
ACCEPTED, REFUSED_BY_SERVER, REFUSED_BY_PROXY = range(3)


def pdu(kind, call, body, token=b'', trailer=b''):
    """One DCE/RPC PDU ([C706] 12.6.1), the first and last fragment."""
    body += bytes(-len(body) % 4) if token else b''
    return struct.pack('<BBBBIHHI', 5, 0, kind, 3, 0x10, HEADER + len(body) + len(trailer) + len(token),
                       len(token), call) + body + trailer + token


def rts(commands):
    """[MS-RPCH] 2.2.3.6: commands, each of one number."""
    return pdu(RTS, 0, struct.pack('<HH', 0, len(commands)) + b''.join(struct.pack('<II', *c) for c in commands))


def opened():
    """The OUT channel's response, CONN/A3 and CONN/C2 ([MS-RPCH] 2.1.2.1.4, 2.2.4.4, 2.2.4.9)."""
    head = 'HTTP/1.1 200 Success\r\nContent-Type: application/rpc\r\nContent-Length: %d\r\n\r\n' % FOREVER
    return head.encode() + rts([(2, 120000)]) + rts([(6, 1), (0, 65536), (2, 120000)])


def bind_ack(bind):
    """Takes the one interface offered, and puts the CHALLENGE where the NEGOTIATE was."""
    auth_length, call = struct.unpack_from('<HI', bind, 10)
    at = len(bind) - auth_length - 8
    trailer = bind[at:at + 2] + bytes(2) + bind[at + 4:at + 8]
    body = struct.pack('<HHIHxx', 4280, 4280, 0x1234, 0) + struct.pack('<BxxxHH', 1, 0, 0) + NDR
    return pdu(BIND_ACK, call, body, mail_peer.challenge(), trailer)


def reply(request, outcome):
    call, = struct.unpack_from('<I', request, 12)
    if outcome == ACCEPTED:
        return pdu(RESPONSE, call, struct.pack('<IHBxI', 4, 0, 0, 0))
    return pdu(FAULT, call, struct.pack('<IHBxII', 0, 0, 0, ACCESS_DENIED, 0))


def read_head(stream):
    head = b''
    for line in stream:
        head += line
        if line == b'\r\n':
            break
    return head


def read_pdu(stream):
    header = stream.read(HEADER)
    if len(header) < HEADER:
        raise OSError('the client left')
    return header + stream.read(struct.unpack_from('<H', header, 8)[0] - HEADER)


def say(stream, data):
    stream.write(data)
    stream.flush()


def authenticate(stream, accepted):
    """Sends the CHALLENGE, and after the AUTHENTICATE lets the body come or refuses."""
    while True:
        found = re.search(rb'Authorization: NTLM (\S+)', read_head(stream))
        kind = base64.b64decode(found[1])[8] if found else 0
        if kind == 1:
            token = ' ' + base64.b64encode(mail_peer.challenge()).decode()
            say(stream, (UNAUTHORIZED % token).encode())
        elif kind == 3 and accepted:
            say(stream, b'HTTP/1.1 100 Continue\r\n\r\n')
            return True
        else:
            say(stream, (UNAUTHORIZED % '').encode())
            return False


class Peer:
    """Listens on a port of loopback, 0 for any free one; serves a login for each of `outcomes`."""

    def __init__(self, outcomes, port=0):
        self.outcomes = list(outcomes)
        self.socket = socket.create_server(('127.0.0.1', port))
        self.socket.settimeout(30)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for outcome in self.outcomes:
            try:
                with self.accept() as inward:
                    if authenticate(inward, outcome != REFUSED_BY_PROXY):
                        with self.accept() as outward:
                            authenticate(outward, True)
                            self.talk(inward, outward, outcome)
            except OSError as e:
                print('the peer gave up: %s' % e)

    def accept(self):
        connection, _ = self.socket.accept()
        connection.settimeout(10)
        with connection:
            return connection.makefile('rwb')

    @staticmethod
    def talk(inward, outward, outcome):
        """The client says all on one channel, and is told all on the other."""
        read_pdu(outward)  # CONN/A1
        read_pdu(inward)   # CONN/B1
        say(outward, opened())
        say(outward, bind_ack(read_pdu(inward)))
        read_pdu(inward)   # AUTH3
        say(outward, reply(read_pdu(inward), outcome))
        inward.read(1)     # until the client leaves

    def close(self):
        self.socket.close()
        self.thread.join(15)
