#!/usr/bin/env python3
"""http_peer.py ADDRESS PORT: a web server that asks for NTLM and takes every answer; for tests of capturing. Prints `ready`."""
import base64
import socket
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def av(kind, text):
    value = text.encode('utf-16-le')
    return struct.pack('<HH', kind, len(value)) + value


def challenge():
    """[MS-NLMP] 2.2.1.2."""
    name = 'CORP'.encode('utf-16-le')
    info = av(2, 'CORP') + av(1, 'WEB1') + av(4, 'corp.example') + av(3, 'web1.corp.example') + bytes(4)
    return base64.b64encode(
        b'NTLMSSP\0' + struct.pack('<IHHII', 2, len(name), len(name), 48, 0xa2890205) + b'\1\2\3\4\5\6\7\x08' +
        bytes(8) + struct.pack('<HHI', len(info), len(info), 48 + len(name)) + name + info)


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, head=None, body=b''):
        self.send_response(status)
        if head:
            self.send_header('WWW-Authenticate', head)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        said = self.headers.get('Authorization', '')
        token = base64.b64decode(said[5:]) if said.startswith('NTLM ') else b''
        if token[8:9] == b'\1':
            self.answer(401, 'NTLM ' + challenge().decode())
        elif token[8:9] == b'\3':
            self.answer(200, body=b'welcome ' * 40)
        else:
            self.answer(401, 'NTLM')

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True


def main():
    if ':' in sys.argv[1]:
        Server.address_family = socket.AF_INET6
    server = Server((sys.argv[1], int(sys.argv[2])), Handler)
    print('ready', flush=True)
    server.serve_forever()


main()
