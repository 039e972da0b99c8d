"""A scripted SQL Server: as much of [MS-TDS] as a login needs, and no database behind it."""
import socket
import struct
import threading

PRELOGIN, LOGIN7, SSPI, RESPONSE = 0x12, 0x10, 0x11, 0x04
ENCRYPT_NOT_SUP = 2
DONE = struct.pack('<BHHQ', 0xfd, 0, 0, 0)


def utf16(text):
    return text.encode('utf-16-le')


def challenge():
    """NTLMSSP CHALLENGE ([MS-NLMP] 2.2.1.2) of the server SQL1 in the domain CORP."""
    pairs = b''.join(struct.pack('<HH', kind, len(value)) + value for kind, value in (
        (2, utf16('CORP')), (1, utf16('SQL1')), (4, utf16('corp.example')),
        (3, utf16('sql1.corp.example')), (7, struct.pack('<Q', 0x01da000000000000)), (0, b'')))
    name = utf16('CORP')
    at = 56
    return (b'NTLMSSP\0' + struct.pack('<IHHI', 2, len(name), len(name), at) +
            struct.pack('<I', 0x628a8205) + bytes.fromhex('0123456789abcdef') + bytes(8) +
            struct.pack('<HHI', len(pairs), len(pairs), at + len(name)) +
            bytes.fromhex('0a0063450000000f') + name + pairs)


def token(kind, value):
    return struct.pack('<BH', kind, len(value)) + value


def prelogin_response():
    """VERSION and ENCRYPTION (2.2.6.5)."""
    table = struct.pack('>BHHBHHB', 0, 11, 6, 1, 17, 1, 0xff)
    return table + bytes.fromhex('0f0007d00000') + bytes([ENCRYPT_NOT_SUP])


def login_ack():
    name = utf16('Microsoft SQL Server')
    return token(0xad, b'\x01' + bytes.fromhex('74000004') + bytes([len(name) // 2]) + name +
                 bytes.fromhex('0f0007d0')) + DONE


def error(number, text):
    text = utf16(text)
    server = utf16('SQL1')
    return token(0xaa, struct.pack('<IBBH', number, 1, 14, len(text) // 2) + text +
                 bytes([len(server) // 2]) + server + b'\0' + struct.pack('<I', 1)) + \
        struct.pack('<BHHQ', 0xfd, 2, 0, 0)


class Peer:
    """Listens on a port of loopback, 0 for any free one; answers each login in turn with the next of `outcomes`."""

    def __init__(self, outcomes, packet_size=4096, port=0):
        self.outcomes = list(outcomes)
        self.packet_size = packet_size
        self.socket = socket.create_server(('127.0.0.1', port))
        self.socket.settimeout(30)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for outcome in self.outcomes:
            try:
                connection, _ = self.socket.accept()
                with connection:
                    connection.settimeout(10)
                    self.login(connection, outcome)
            except OSError:
                return

    def login(self, connection, outcome):
        while True:
            kind, _ = self.receive(connection)
            if kind == PRELOGIN:
                self.send(connection, prelogin_response())
            elif kind == LOGIN7:
                self.send(connection, token(0xed, challenge()))
            elif kind == SSPI:
                self.send(connection, outcome)
            else:
                return

    @staticmethod
    def receive(connection):
        """A message: its type and what its packets carry; type None at the end."""
        body = b''
        while True:
            head = connection.recv(8, socket.MSG_WAITALL)
            if len(head) < 8:
                return None, body
            kind, status, length = struct.unpack('>BBH', head[:4])
            body += connection.recv(length - 8, socket.MSG_WAITALL)
            if status & 1:
                return kind, body

    def send(self, connection, body):
        room = self.packet_size - 8
        parts = [body[i:i + room] for i in range(0, len(body), room)]
        for n, part in enumerate(parts):
            last = n == len(parts) - 1
            connection.sendall(struct.pack('>BBHHBB', RESPONSE, last, len(part) + 8, 51, n + 1, 0) + part)

    def close(self):
        self.socket.close()
        self.thread.join(15)
