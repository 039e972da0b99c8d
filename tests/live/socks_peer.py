"""A proxy, SOCKS 4 to 5 and HTTP, that is itself the web server with NTLM to which it connects."""
import base64
import socket
import struct
import threading

import tds_peer


def receive(connection, count):
    data = connection.recv(count, socket.MSG_WAITALL) if count else b''
    if len(data) < count:
        raise OSError('closed')
    return data


def until(connection, end):
    data = b''
    while not data.endswith(end):
        data += receive(connection, 1)
    return data


def socks5(connection):
    """RFC 1928, with a password (RFC 1929) where the client has one."""
    methods = receive(connection, receive(connection, 1)[0])
    method = 2 if 2 in methods else 0
    connection.sendall(bytes([5, method]))
    if method == 2:
        receive(connection, 1)
        receive(connection, receive(connection, 1)[0])
        receive(connection, receive(connection, 1)[0])
        connection.sendall(b'\x01\x00')
    kind = receive(connection, 4)[3]
    receive(connection, {1: 4, 4: 16}.get(kind) or receive(connection, 1)[0])
    receive(connection, 2)
    connection.sendall(bytes([5, 0, 0, 1]) + bytes(6))


def socks4(connection):
    address = receive(connection, 7)[3:]
    until(connection, b'\0')
    if address[:3] == bytes(3):
        until(connection, b'\0')
    connection.sendall(b'\x00\x5a' + bytes(6))


def http_connect(connection):
    until(connection, b'\r\n\r\n')
    connection.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')


class Peer:
    """Serves so many connections, one after the other."""

    def __init__(self, connections):
        self.connections = connections
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.socket.settimeout(30)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for _ in range(self.connections):
            try:
                connection, _ = self.socket.accept()
                with connection:
                    connection.settimeout(10)
                    {5: socks5, 4: socks4}.get(receive(connection, 1)[0], http_connect)(connection)
                    while self.answer(connection):
                        pass
            except OSError:
                pass

    @staticmethod
    def answer(connection):
        """One request of the tunnel; False after the last leg."""
        head = until(connection, b'\r\n\r\n')
        token = head.partition(b'Authorization: NTLM ')[2].split(b'\r\n')[0]
        leg = struct.unpack('<I', base64.b64decode(token)[8:12])[0] if token else 0
        said = {1: b'401 Unauthorized\r\nWWW-Authenticate: NTLM ' + base64.b64encode(tds_peer.challenge()),
                3: b'200 OK'}.get(leg, b'401 Unauthorized\r\nWWW-Authenticate: NTLM')
        connection.sendall(b'HTTP/1.1 ' + said + b'\r\nContent-Length: 0\r\n\r\n')
        return leg != 3

    def close(self):
        self.socket.close()
        self.thread.join(15)
