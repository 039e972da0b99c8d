#!/usr/bin/env python3
"""flood.py: traffic made to exhaust. Each flood must end soon, in little memory, and be told in the summary.

A million half-open connections, a million of TLS, each for another server, and a million DNS answers; a hundred
thousand connections with a hole before their data; more open logons than are kept; SMB messages with ten
thousand AV_PAIRs, offsets near 2^32, nested and endless tokens.
"""
import os
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

LIMIT_KIB = 64 * 1024
SECONDS = 60
START = 1_767_225_600


def address(n):
    return struct.pack('>I', 0x0a000000 | n & 0xffffff)


def segment(n, seq, flags, payload=b'', port=445, back=False):
    client, server = address(n), address(n % 251 | 0x800000)
    sport, dport = 1024 + n % 60000, port
    if back:
        client, server, sport, dport = server, client, dport, sport
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, client, server)
    tcp = struct.pack('>HHIIBBHHH', sport, dport, seq, 1, 0x50, flags, 8192, 0, 0)
    return b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0' + ip + tcp + payload


def write(path, frames):
    with open(path, 'wb', buffering=1 << 20) as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for n, frame in enumerate(frames):
            f.write(struct.pack('<IIII', START + n // 100000, n % 100000 * 10, len(frame), len(frame)))
            f.write(frame)


def smb2_setup(token, mid=1):
    body = struct.pack('<HBBIIHHQ', 25, 0, 1, 0, 0, 88, len(token), 0) + token
    head = struct.pack('<4sHHIHHIIQIIQ16s', b'\xfeSMB', 64, 1, 0, 1, 1, 0, 0, mid, 0, 0, 0, bytes(16))
    return struct.pack('>I', len(head + body)) + head + body


def field(length, offset):
    return struct.pack('<HHI', length, length, offset)


def authenticate(nt, user=b'm\0a\0l\0', fields=None):
    at = 64
    parts, head = [], b'NTLMSSP\0\3\0\0\0'
    for part in (bytes(24), nt, b'D\0', user, b'H\0', b''):
        head += field(len(part), at)
        parts.append(part)
        at += len(part)
    if fields:
        head = b'NTLMSSP\0\3\0\0\0' + fields
    return head + struct.pack('<I', 0x00088201) + b''.join(parts)


def ntlmv2(pairs):
    return bytes(16) + b'\1\1' + bytes(6) + bytes(8) + bytes(8) + bytes(4) + pairs + bytes(4)


def half_open():
    for n in range(1_000_000):
        yield segment(n, n, 2)


def client_hello(name):
    """A TLS 1.2 ClientHello with one cipher suite, for a server of this name."""
    sni = struct.pack('>HBH', len(name) + 3, 0, len(name)) + name
    extensions = struct.pack('>HH', 0, len(sni)) + sni
    body = b'\3\3' + bytes(32) + b'\0' + b'\0\2\xc0\x2f' + b'\1\0' + struct.pack('>H', len(extensions)) + extensions
    return b'\x16\3\1' + struct.pack('>HB', len(body) + 4, 1) + struct.pack('>I', len(body))[1:] + body


def tls_flows():
    for n in range(1_000_000):
        yield segment(n, 101, 24, client_hello(b'server%07d.example.com' % n), port=443)


def dns_answers():
    """Another name, address and client each."""
    for n in range(1_000_000):
        name = b'\x0dserver%07d\7example\3com\0' % n
        dns = struct.pack('>HHHHHH', n & 0xffff, 0x8180, 1, 1, 0, 0) + name + b'\0\1\0\1' + \
            b'\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4' + address(n ^ 0x5555)
        udp = struct.pack('>HHHH', 53, 1024 + n % 60000, 8 + len(dns), 0) + dns
        yield b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0' + struct.pack(
            '>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, address(0x800035), address(n)) + udp


def holes():
    for n in range(100_000):
        yield segment(n, 100, 2)
        yield segment(n, 5000, 24, b'\0\0\x20\0\xfeSMB' + bytes(1400))


def open_logons():
    negotiate = b'NTLMSSP\0\1\0\0\0' + struct.pack('<I', 0x00088207)
    for n in range(50_000):
        yield segment(n, 100, 2)
        yield segment(n, 101, 24, smb2_setup(negotiate))


def one_sided(tokens):
    for n, token in enumerate(tokens):
        data = smb2_setup(token)
        yield segment(n, 100, 2)
        for at in range(0, len(data), 1400):
            yield segment(n, 101 + at, 24, data[at:at + 1400])


def wide(n, tag):
    """DER of a length that is not there, or of 4 GiB."""
    return bytes((tag, 0x84)) + struct.pack('>I', n)


def evil_tokens():
    pair = struct.pack('<HH', 9, 0)
    yield authenticate(ntlmv2(pair * 10_000))
    yield authenticate(ntlmv2(struct.pack('<HH', 9, 0xffff)))
    yield authenticate(ntlmv2(b'') * 200)
    for offset in (0xffffffff, 0xfffffffe, 0xffffff00, 0x80000000, 65, 63, 0):
        for length in (0xffff, 2, 1, 0):
            yield authenticate(b'', fields=field(length, offset) * 6)
    yield b'\x60\x80' * 20_000
    yield b'\x60\x84\xff\xff\xff\xff' * 5000
    yield b'\xa1' + b'\x82\xff\xff\x30' * 8000
    yield wide(0xffffffff, 0x60) + b'\6\6\x2b\6\1\5\5\2' + wide(0xfffffff0, 0xa0) + bytes(60)
    yield b'\x60\x82\xff\xff\6\6\x2b\6\1\5\5\2\xa0\x82\xff\0\x30\x82\xff\0' + \
        (b'\6\x0a\x2b\6\1\4\1\x82\x37\2\2\x0a' * 4000)


def http_forever():
    """Headers without an end, and Authorization values that never stop."""
    for n in range(200):
        yield segment(n, 100, 2, port=80)
        yield segment(n, 101, 24, b'GET / HTTP/1.1\r\nAuthorization: NTLM ' + b'TlRM' * 340, port=80)
        for k in range(1, 150):
            yield segment(n, 101 + 37 - 2 + k * 1360, 24, b'TlRM' * 340, port=80)


def measure(path):
    """(exit status, seconds, peak KiB, standard error) of reading a file."""
    begin = time.monotonic()
    child = subprocess.Popen(
        [program.PROGRAM, 'read', '-o', 'json', '--key-file', program.KEY, path],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=program.ENVIRONMENT)
    said = child.stderr.read().decode(errors='replace')
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, time.monotonic() - begin, usage.ru_maxrss, said


def main():
    floods = {
        'half-open connections': (half_open(), 'limit on connections'),
        'TLS connections': (tls_flows(), 'encrypted'),
        'DNS answers': (dns_answers(), 'names'),
        'holes before data': (holes(), 'hole'),
        'open logons': (open_logons(), 'without an AUTHENTICATE'),
        'tokens made to hurt': (one_sided(evil_tokens()), 'malformed'),
        'HTTP without an end': (http_forever(), ''),
    }
    sanitized = 'SANITIZED' in os.environ
    results = program.Results()
    with program.temporary() as folder:
        path = os.path.join(folder, 'flood.pcap')
        for name, (frames, told) in floods.items():
            write(path, frames)
            status, seconds, peak, said = measure(path)
            results.check(status in (0, 1), '%s: exit status %d: %s' % (name, status, said[-1000:]))
            results.check(seconds < SECONDS, '%s: %.0f s' % (name, seconds))
            results.check(sanitized or peak < LIMIT_KIB, '%s: %d KiB' % (name, peak))
            results.check(told in said, '%s: the summary does not tell:\n%s' % (name, said))
    results.close()


main()
