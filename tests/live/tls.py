#!/usr/bin/env python3
"""OpenSSL talks to itself on loopback; the summary says to whom it did, also where the capture began later."""
import os
import signal
import socket
import struct
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, 'tests'), os.path.join(TOP, 'bench')]
import conversation
import program
import recording

NAME = 'fs1.corp.example'


def free_port():
    """Below those of clients: where no SYN was seen, the lower port is the server's."""
    for port in range(8443, 8543):
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', port))
                return port
            except OSError:
                continue
    raise OSError('no port is free')


def wait_for(port):
    for _ in range(100):
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


def server(folder, port):
    """Says each line backwards."""
    key, certificate = os.path.join(folder, 'key'), os.path.join(folder, 'certificate')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=' + NAME,
                    '-keyout', key, '-out', certificate], check=True, capture_output=True, timeout=30)
    return subprocess.Popen(['openssl', 's_server', '-accept', '127.0.0.1:%d' % port, '-key', key, '-cert', certificate,
                             '-rev', '-quiet'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def client(port, *options):
    """Three lines there, three back."""
    with subprocess.Popen(['openssl', 's_client', '-connect', '127.0.0.1:%d' % port, '-quiet', *options],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            for word in b'one', b'two', b'three':
                process.stdin.write(word + b'\n')
                process.stdin.flush()
                process.stdout.readline()
        finally:
            recording.stop(process)


def record(path, port, clients):
    with recording.Recording(path, port):
        for options in clients:
            client(port, *options)


def without_beginnings(path, out):
    """The same capture, as if it had begun with the first record of data of each connection."""
    begun = set()
    with open(out, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for when, data in conversation.packets(path):
            s = conversation.segment(data)
            if s and s[3][:2] == b'\x17\x03':
                begun.add(frozenset(s[0]))
            if s and frozenset(s[0]) in begun:
                f.write(struct.pack('<IIII', when // 10**9, when % 10**9 // 1000, len(data), len(data)) + data)


def encrypted(path):
    """The lines of the summary about encrypted connections: {server: connections}, and their sum."""
    lines = program.run('read', path).stderr.decode().splitlines()
    found = [i for i, line in enumerate(lines) if 'encrypted connection' in line]
    if not found:
        return 0, {}
    rows = {}
    for line in lines[found[0] + 1:]:
        if not line.startswith(' '):
            break
        count, name = line.split(None, 1)
        rows[name] = int(count.replace(',', ''))
    return int(lines[found[0]].split()[0].replace(',', '')), rows


def check(results, folder, port):
    path, late = os.path.join(folder, 'tls.pcap'), os.path.join(folder, 'late.pcap')
    named, address = '%s:%d' % (NAME, port), '127.0.0.1:%d' % port
    clients = [('-servername', NAME), ('-servername', NAME.upper(), '-tls1_2'), ('-noservername', '-tls1_3')]
    record(path, port, clients)
    results.check(encrypted(path) == (3, {named: 2, address: 1}), 'whole: %r' % (encrypted(path),))
    without_beginnings(path, late)
    results.check(encrypted(late) == (3, {address: 3}), 'begun later: %r' % (encrypted(late),))
    results.check(program.events(path) == [], 'events from encrypted connections')


def give_up(*_):
    raise TimeoutError('a peer did not come back')


def main():
    results = program.Results()
    if not recording.possible('openssl'):
        return
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(40)
    with program.temporary() as folder:
        port = free_port()
        process = server(folder, port)
        try:
            if results.check(wait_for(port), 'openssl s_server did not start'):
                check(results, folder, port)
        finally:
            recording.stop(process)
    results.close()


main()
