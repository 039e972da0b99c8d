"""Scripted servers of SMTP, IMAP and POP3: as much as a login with NTLM needs, accepted or refused as told."""
import base64
import socket
import struct
import threading


def utf16(text):
    return text.encode('utf-16-le')


def challenge():
    """NTLMSSP CHALLENGE ([MS-NLMP] 2.2.1.2) of the server MX1 in the domain CORP."""
    pairs = b''.join(struct.pack('<HH', kind, len(value)) + value for kind, value in (
        (2, utf16('CORP')), (1, utf16('MX1')), (4, utf16('corp.example')),
        (3, utf16('mx1.corp.example')), (7, struct.pack('<Q', 0x01da000000000000)), (0, b'')))
    name = utf16('CORP')
    return (b'NTLMSSP\0' + struct.pack('<IHHI', 2, len(name), len(name), 56) +
            struct.pack('<I', 0x628a8205) + bytes.fromhex('0123456789abcdef') + bytes(8) +
            struct.pack('<HHI', len(pairs), len(pairs), 56 + len(name)) +
            bytes.fromhex('0a0063450000000f') + name + pairs)


# What a server says: its greeting, to a command that begins so, to go on, and at the end.
DIALECTS = {
    'smtp': {
        'greeting': b'220 mx1.corp.example ESMTP\r\n', 'prompt': b'334 %s\r\n',
        'says': {b'EHLO': b'250-mx1.corp.example\r\n250 AUTH NTLM\r\n', b'QUIT': b'221 bye\r\n',
                 b'MAIL': b'250 ok\r\n', b'RCPT': b'250 ok\r\n', b'DATA': b'354 go on\r\n',
                 b'.': b'250 taken\r\n'},
        'yes': b'235 2.7.0 Authentication successful\r\n',
        'no': b'535 5.7.3 Authentication unsuccessful\r\n',
    },
    'imap': {
        'greeting': b'* OK MX1 is ready\r\n', 'prompt': b'+ %s\r\n',
        'says': {b'CAPABILITY': b'* CAPABILITY IMAP4rev1 AUTH=NTLM\r\n%s OK done\r\n',
                 b'LOGOUT': b'* BYE\r\n%s OK bye\r\n', b'LIST': b'%s OK none\r\n'},
        'yes': b'%s OK AUTHENTICATE completed\r\n',
        'no': b'%s NO AUTHENTICATE failed\r\n',
    },
    'pop3': {
        'greeting': b'+OK MX1 is ready\r\n', 'prompt': b'+ %s\r\n',
        'says': {b'CAPA': b'+OK\r\nSASL NTLM\r\n.\r\n', b'QUIT': b'+OK bye\r\n',
                 b'LIST': b'+OK\r\n.\r\n'},
        'yes': b'+OK User successfully logged on\r\n',
        'no': b'-ERR Logon failure: unknown user name or bad password.\r\n',
    },
}


class Peer:
    """Listens on a port of loopback, 0 for any free one; accepts a login for each True of `outcomes`, refuses for each False."""

    def __init__(self, dialect, outcomes, port=0):
        self.dialect = DIALECTS[dialect]
        self.outcomes = list(outcomes)
        self.socket = socket.create_server(('127.0.0.1', port))
        self.socket.settimeout(30)
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for outcome in self.outcomes:
            try:
                connection, _ = self.socket.accept()
                with connection, connection.makefile('rwb') as stream:
                    connection.settimeout(10)
                    self.talk(stream, self.dialect['yes' if outcome else 'no'])
            except OSError:
                return

    def talk(self, stream, verdict):
        says, prompt, tag = self.dialect['says'], self.dialect['prompt'], b''
        stream.write(self.dialect['greeting'])
        stream.flush()
        for line in stream:
            words = line.split()
            tagged = len(words) > 1 and b'%s' in verdict
            tag = words[0] if tagged else tag
            verb = words[1 if tagged else 0].upper() if words else b''
            kind = self.message(words)
            if kind == 1:
                reply = prompt % base64.b64encode(challenge())
            elif kind == 3:
                reply = verdict
            elif verb in (b'AUTH', b'AUTHENTICATE'):
                reply = prompt % b''
            else:
                reply = says.get(verb, b'')
            stream.write(reply.replace(b'%s', tag))
            stream.flush()
            if verb == b'DATA':
                self.skip_message(stream)
                stream.write(says[b'.'])
                stream.flush()

    @staticmethod
    def skip_message(stream):
        while stream.readline() not in (b'.\r\n', b''):
            pass

    @staticmethod
    def message(words):
        """The type of the NTLMSSP message that a line ends with; 0 where it has none."""
        try:
            token = base64.b64decode(words[-1], validate=True) if words else b''
        except ValueError:
            token = b''
        return token[8] if token.startswith(b'NTLMSSP\0') and len(token) > 12 else 0

    def close(self):
        self.socket.close()
        self.thread.join(15)
