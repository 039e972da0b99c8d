"""What the tests of src/host/ share: a network namespace, host-dump, clients and servers that say who they are."""
import http.client
import http.server
import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
import time

import program

HOST = os.path.join(os.path.dirname(program.PROGRAM), 'tests/host')
DUMP = os.path.join(HOST, 'host-dump')
BRIEF = os.path.join(HOST, 'brief')
METHODS = {'BPF': (), 'SOCK_DIAG and /proc': ('--no-bpf',)}


def skip(why):
    print('skipped: ' + why)
    print('0 passed, 0 failed')
    sys.exit(0)


def use_ports_once():
    """Two connections of a test shall not have the same ports: by default loopback uses them again after a second."""
    try:
        with open('/proc/sys/net/ipv4/tcp_tw_reuse', 'w', encoding='ascii') as f:
            f.write('0')
    except OSError as e:
        print('ports may be used again: %s' % e)


def enter():
    """Goes on in a network namespace that ends with us, where the loopback interface has two addresses more."""
    if not program.is_machine():
        skip('needs root of a machine: BPF, packet sockets and the /proc of others')
    if os.environ.get('HOSTING') != 'inside':
        if subprocess.run(['unshare', '-n', 'true'], capture_output=True, check=False).returncode:
            skip('no network namespace can be made here')
        os.environ['HOSTING'] = 'inside'
        os.execvp('unshare', ['unshare', '-n', sys.executable, *sys.argv])
    use_ports_once()
    for command in ('link set lo up', 'address add 192.0.2.1/32 dev lo', 'address add 2001:db8::1/128 dev lo nodad'):
        subprocess.run(['ip', *command.split()], check=True)


class Dump:
    """host-dump, and what it told: for each (local, remote) the last that counts, as holdings.h has it."""

    def __init__(self, *options):
        self.ends, self.lines, self.addresses = {}, [], []
        self.process = subprocess.Popen([DUMP, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        if not first:
            raise RuntimeError('host-dump: ' + self.process.stderr.read())
        self.begin = json.loads(first)
        self.method = self.begin['method']
        self.counts = None
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self):
        for line in self.process.stdout:
            said = json.loads(line)
            self.lines.append(said)
            if 'how' in said:
                key = (said['local'], said['remote'])
                if said['how'] != 'listener' or self.ends.get(key, said)['how'] == 'listener':
                    self.ends[key] = said
            elif 'addresses' in said:
                self.addresses.append(said['addresses'])
            elif 'told' in said:
                self.counts = said

    def close(self):
        """Lets it end; its exit status."""
        time.sleep(0.5)
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.thread.join(10)
        return self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def holder(self, local, remote):
        return self.ends.get(('%s %d' % tuple(local[:2]), '%s %d' % tuple(remote[:2])), {})


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with its process's number, after the milliseconds that the path asks for."""
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        time.sleep(int(self.path.strip('/') or 0) / 1000)
        body = b'%d' % os.getpid()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored):
        pass


class Quiet:
    """Clients that do not wait for their answer are no error."""

    def handle_error(self, *ignored):
        pass


class ThreadingServer(Quiet, socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


class ForkingServer(Quiet, socketserver.ForkingMixIn, http.server.HTTPServer):
    pass


class ForkingThread(ThreadingServer):
    """Serves by itself, and runs another program in the midst of it, which gets the socket for a moment."""

    def process_request(self, request, client_address):
        os.set_inheritable(request.fileno(), True)
        subprocess.run(['true'], close_fds=False, check=False)
        super().process_request(request, client_address)


class Six:
    address_family = socket.AF_INET6


class ThreadingServer6(Six, ThreadingServer):
    pass


SERVERS = {'threading': ThreadingServer, 'forking': ForkingServer, 'runner': ForkingThread, 'six': ThreadingServer6}

# accept() without asking for the address, as libuv does.
NODE = """const http = require('http');
http.createServer((q, r) => setTimeout(() => r.end(String(process.pid)), Number(q.url.slice(1)))).listen(0, '127.0.0.1', function () {
console.log(this.address().port); });"""


class Server:
    """A server in a process of its own."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    @classmethod
    def python(cls, kind, address='127.0.0.1'):
        return cls([sys.executable, os.path.abspath(__file__), kind, address])

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def ask(address, port, path='/0'):
    """(our end, its end, the number of the process that answered)."""
    c = http.client.HTTPConnection(address, port, timeout=10)
    c.connect()
    ends = c.sock.getsockname()[:2], c.sock.getpeername()[:2]
    c.request('GET', path)
    pid = int(c.getresponse().read())
    c.close()
    return (*ends, pid)


def main():
    server = SERVERS[sys.argv[1]]((sys.argv[2], 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
