"""The NTLM authentications of SMTP, IMAP, POP3 and NNTP, which tshark leaves as text: in the form of tshark.py.

The lines are found by a pattern in the segments that tshark lists. Each AUTHENTICATE is then put into an HTTP request
of its own, where tshark takes it apart.
"""
import os
import re
import struct
import subprocess
import tempfile

TOKEN = re.compile(rb'(?:^|\n|AUTHINFO GENERIC )(TlRMTVNTUAAD[A-Za-z0-9+/]*=*)\r?\n')
HINT = re.compile(rb'(?<!NTLM )(?<!Negotiate )TlRMTVNTUAAD')
VERDICTS = ((re.compile(rb'^(235|281|\+OK|[^ *+]+ OK)\b'), 'yes'),
            (re.compile(rb'^(5\d\d|454|48\d|-ERR|[^ *+]+ (NO|BAD))\b'), 'no'))


def may_have(path):
    with open(path, 'rb') as f:
        return HINT.search(f.read()) is not None


def segments(path):
    """(frame, stream, sender, receiver, bytes) of each TCP segment with data."""
    fields = ['frame.number', 'tcp.stream', 'ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'tcp.payload']
    command = ['tshark', '-n', '-r', path, '-Y', 'tcp.len > 0', '-T', 'fields']
    for field in fields:
        command += ['-e', field]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for line in said.splitlines():
        frame, stream, src, sport, dst, dport, data = line.split('\t')
        yield int(frame), int(stream), src + ':' + sport, dst + ':' + dport, bytes.fromhex(data)


def answer(frame, stream, client, later):
    """What the server said next."""
    for number, other, src, _, data in later:
        if number > frame and other == stream and src != client:
            for pattern, said in VERDICTS:
                if pattern.match(data):
                    return {'frame': number, 'line': said}
    return None


def as_http(tokens, path):
    """A capture in which each token is a request's."""
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for n, token in enumerate(tokens):
            data = b'GET / HTTP/1.1\r\nAuthorization: NTLM ' + token + b'\r\n\r\n'
            tcp = struct.pack('>HHIIBBHHH', 1024 + n, 80, 1, 1, 0x50, 0x18, 8192, 0, 0) + data
            ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(tcp), n, 0, 64, 6, 0,
                             b'\x0a\0\0\1', b'\x0a\0\0\2') + tcp
            f.write(struct.pack('<IIII', 0, n, len(ip), len(ip)) + ip)


def truth(path, read_messages):
    """The records of a capture; `read_messages` gives the AUTHENTICATE messages of one."""
    if not may_have(path):
        return []
    whole = list(segments(path))
    found = [(s, token) for s in whole for token in TOKEN.findall(s[4])]
    with tempfile.TemporaryDirectory() as folder:
        wrapped = os.path.join(folder, 'http.pcap')
        as_http([token for _, token in found], wrapped)
        messages = read_messages(wrapped) if found else []
    return [{'frame': s[0], 'tcp_stream': s[1], 'transport': 'line', 'src': s[2], 'dst': s[3], **message,
             'doubtful': [], 'answer': answer(s[0], s[1], s[2], whole)}
            for (s, _), message in zip(found, messages)]
