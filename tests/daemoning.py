"""What the tests of the running daemon share: a host of our own beside this process's, the daemon, a web server that verifies
NTLM and says which process it is, logons that say which process made them."""
import base64
import functools
import hmac
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import time

import hosting
import program

BUILD = os.path.dirname(program.PROGRAM)
DAEMON = os.path.join(BUILD, 'ntlmauditd')
BRIEF = os.path.join(BUILD, 'tests/daemon/brief-logon')
HERE, THERE = '10.98.0.1', '10.98.0.2'
ACCOUNT = ('-u', 'CORP\\alice:Secret123!')
NT_HASH = bytes.fromhex('59c33a2751c7dad20de6fc7e03891bdb')  # of Secret123!
CURL = os.path.realpath(shutil.which('curl') or '')
PYTHON = os.path.realpath(sys.executable)
SUCCESS, FAILURE = '0x0', '0xc000006d'


# ---- hosts ----

def skip(why):
    print('skipped: ' + why)
    print('0 passed, 0 failed')
    sys.exit(0)


def is_root():
    return program.is_machine()


@functools.cache
def has_bpf():
    """Else a process that lives for a moment may stay unknown."""
    checks = json.loads(program.run('doctor', '-o', 'json', 'bpf').stdout)['checks']
    if [c['verdict'] for c in checks] == ['ok']:
        return True
    print('skipped: whose process it is: no BPF here')
    return False


def is_of(event, pid):
    """Is it of that process? Without BPF it may be of none that is known, and never of another."""
    return event['process_id'] == pid or (event['process_id'] is None and not has_bpf())


def ip(*words, at=()):
    subprocess.run([*at, 'ip', *words], check=True, stdin=subprocess.DEVNULL)


def enter(name='cl1'):
    """Goes on as a host of our own: its network and its name end with us."""
    if os.environ.get('DAEMONING') != 'inside':
        if subprocess.run(['unshare', '-n', '-u', 'true'], capture_output=True, check=False).returncode:
            skip('no network namespace can be made here')
        os.environ['DAEMONING'] = 'inside'
        os.execvp('unshare', ['unshare', '-n', '-u', sys.executable, *sys.argv])
    socket.sethostname(name)
    hosting.use_ports_once()
    ip('link', 'set', 'lo', 'up')


class Host:
    """Another host, which lives as long as a process of it; `at` is put before commands that are to run there."""

    def __init__(self, name):
        self.process = subprocess.Popen(['unshare', '-n', '-u', 'sh', '-c',
                                         'echo %s >/proc/sys/kernel/hostname; echo; exec sleep 300' % name],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.process.stdout.readline()
        self.at = ['nsenter', '-n', '-u', '-t', str(self.process.pid)]
        ip('link', 'set', 'lo', 'up', at=self.at)

    def join(self):
        """A cable between it and us, with addresses."""
        ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
        ip('link', 'set', 'v1', 'netns', str(self.process.pid))
        for address, end, at in ((HERE, 'v0', ()), (THERE, 'v1', self.at)):
            ip('address', 'add', address + '/24', 'dev', end, at=at)
            ip('link', 'set', end, 'up', at=at)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


# ---- the daemon ----

def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    return condition()


def ask(path, request=b'status\n'):
    """The answer of a status socket; b'' where nobody is there."""
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(path)
            s.sendall(request)
            got = b''
            while True:
                more = s.recv(65536)
                if not more:
                    return got
                got += more
    except OSError:
        return b''


def search(log, *options):
    done = program.run('search', '--log', log, '-o', 'json', *options)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


class Daemon:
    """ntlmauditd with folders of its own, until the end of a `with`."""

    def __init__(self, folder, *options, at=(), root=None, env=None, wait=True):
        self.folder = folder
        self.log = os.path.join(folder, 'log/log.db')
        self.run_dir = os.path.join(folder, 'run')
        self.socket = os.path.join(self.run_dir, 'status')
        self.root = root or os.path.join(folder, 'root')
        os.makedirs(self.root, exist_ok=True)
        os.makedirs(self.run_dir, exist_ok=True)
        self.errors = open(os.path.join(folder, 'errors'), 'a+', encoding='utf-8')
        self.process = subprocess.Popen(
            [*at, DAEMON, '--log', self.log, '--run-dir', self.run_dir, '--root', self.root, '--user', 'nobody',
             '--key-file', program.KEY, *options],
            stdin=subprocess.DEVNULL, stderr=self.errors, env={**program.ENVIRONMENT, **(env or {})})
        if wait and not until(self.is_running):
            raise RuntimeError('ntlmauditd did not come up: %s%s' % (self.said(), self.status()))

    def is_running(self):
        return [p['state'] for p in self.status().get('processes', [])].count('running') >= 4

    def status(self):
        said = ask(self.socket)
        return json.loads(said) if said else {}

    def counts(self):
        """{event ID: how many were made, wanted or not}, {event ID: {answer: how many}}."""
        by = {e['id']: {k: n for k, n in e.items() if isinstance(n, int) and k != 'id' and n}
              for e in self.status().get('events', [])}
        return {number: sum(answers.values()) for number, answers in by.items()}, by

    def events(self, *options):
        return search(self.log, *options)

    def wait_events(self, n, seconds=5):
        """All events of the log, when there are so many, or the time is over."""
        found = until(lambda: [e for e in [self.events()] if len(e) >= n], seconds)
        return found[0] if found else self.events()

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def stop(self):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        try:
            self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.errors.close()


class Notified:
    """Stands for the service manager: a socket, and all lines that it was told."""

    def __init__(self, path):
        self.path, self.said = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if os.path.exists(path):
            os.remove(path)
        self.socket.bind(path)
        self.socket.setblocking(False)

    def read(self):
        try:
            while True:
                self.said += self.socket.recv(4096).decode().split('\n')
        except BlockingIOError:
            return self.said

    def wait(self, word, seconds=10):
        return until(lambda: word in self.read(), seconds)

    def close(self):
        self.socket.close()


# ---- the server ----

def utf16(text):
    return text.encode('utf-16-le')


def pairs():
    return b''.join(struct.pack('<HH', kind, len(utf16(text))) + utf16(text) for kind, text in (
        (2, 'CORP'), (1, 'WEB1'), (4, 'corp.example'), (3, 'web1.corp.example'))) + bytes(4)


def challenge(nonce):
    """[MS-NLMP] 2.2.1.2, of a server that is a member of a domain."""
    name, info = utf16('CORP'), pairs()
    return (b'NTLMSSP\0' + struct.pack('<IHHII', 2, len(name), len(name), 48, 0xa2890205) + nonce + bytes(8) +
            struct.pack('<HHI', len(info), len(info), 48 + len(name)) + name + info)


def authenticate(secure=False, user='alice', domain='CORP', workstation='CL1'):
    """[MS-NLMP] 2.2.1.3: one that no server believes that looks; or that looks as if all were there that protects."""
    ours = struct.pack('<HHI', 6, 4, 2) + struct.pack('<HH', 10, 16) + os.urandom(16) if secure else b''
    blob = os.urandom(16) + b'\1\1' + bytes(6) + struct.pack('<Q', 133 << 56) + os.urandom(8) + bytes(4) + ours + pairs() + bytes(4)
    texts = [bytes(24), blob, utf16(domain), utf16(user), utf16(workstation), os.urandom(16) if secure else b'']
    head, at = b'', 88
    for text in texts:
        head += struct.pack('<HHI', len(text), len(text), at)
        at += len(text)
    return (b'NTLMSSP\0\3\0\0\0' + head + struct.pack('<I', 0xe2888235 if secure else 0xa2880205) + b'\12\0\x63\x45\0\0\0\x0f' +
            (os.urandom(16) if secure else bytes(16)) + b''.join(texts))


NEGOTIATE = b'NTLMSSP\0' + struct.pack('<II', 1, 0xa2880207) + bytes(24)


def field(token, at):
    length, _, offset = struct.unpack_from('<HHI', token, at)
    return token[offset:offset + length]


def is_right(token, nonce):
    """[MS-NLMP] 3.3.2."""
    response, domain, user = (field(token, at) for at in (20, 28, 36))
    key = hmac.new(NT_HASH, utf16(user.decode('utf-16-le').upper()) + domain, 'md5').digest()
    return hmac.new(key, nonce + response[16:], 'md5').digest() == response[:16]


class Handler(http.server.BaseHTTPRequestHandler):
    """/N answers after N milliseconds; below /any it believes everybody. The answer is its process's number."""
    protocol_version = 'HTTP/1.1'
    wbufsize = -1  # an answer is one packet: nobody waits for an acknowledgement in its midst
    nonce = bytes(8)

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
            self.nonce = os.urandom(8)
            self.answer(401, 'NTLM ' + base64.b64encode(challenge(self.nonce)).decode())
        elif token[8:9] != b'\3':
            self.answer(401, 'NTLM')
        else:
            time.sleep(int(re.sub('[^0-9]', '', self.path) or 0) / 1000)
            good = self.path.startswith('/any') or is_right(token, self.nonce)
            self.answer(200 if good else 401, None if good else 'NTLM', b'%d' % os.getpid())

    def log_message(self, *ignored):
        pass


class Quiet:
    """Clients that do not wait for their answer are no error."""
    request_queue_size = 64

    def handle_error(self, *ignored):
        pass


class ThreadingServer(Quiet, socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


class ForkingServer(Quiet, socketserver.ForkingMixIn, http.server.HTTPServer):
    pass


SERVERS = {'threading': ThreadingServer, 'forking': ForkingServer}


class Server:
    """A web server in a process of its own, anywhere."""

    def __init__(self, kind='threading', address='0.0.0.0', port=0, at=()):
        self.process = subprocess.Popen([*at, sys.executable, os.path.abspath(__file__), kind, address, str(port)],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


# ---- logons ----

class Logon:
    """What a client and its server said of one: the processes, the client's port, and how it ended."""

    def __init__(self, client, server, port, program_path, good=True):
        self.client, self.server, self.port, self.program, self.good = client, server, port, program_path, good
        self.done = time.monotonic()


def curl(address, port, path='/0', account=ACCOUNT, at=()):
    with subprocess.Popen([*at, 'curl', '-q', '-s', '-m', '10', '--ntlm', *account, '-w', ' %{local_port} %{http_code}',
                           'http://%s:%d%s' % (address, port, path)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          text=True) as p:
        said = p.stdout.read().split()
    return Logon(p.pid, int(said[0]), int(said[1]), CURL, said[2] == '200')


def brief(address, port, path='/any/0', secure=False):
    """A process that lives for some milliseconds, and how many it says they were."""
    tokens = [base64.b64encode(t).decode() for t in (NEGOTIATE, authenticate(secure))]
    with subprocess.Popen([BRIEF, address, str(port), path, *tokens], stdout=subprocess.PIPE, text=True) as p:
        said = p.stdout.read().split()
    logon = Logon(p.pid, int(said[0]), int(said[1]), BRIEF)
    logon.milliseconds = int(said[2]) / 1000
    return logon


def by_hand(address, port, source_port, ready, go):
    """This process logs on, from that port; between connecting and the rest it calls ready(), then go(). The server's number."""
    c = http.client.HTTPConnection(address, port, timeout=10)
    c.sock = socket.socket()
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    c.sock.bind((HERE, source_port))
    c.sock.connect((address, port))
    ready()
    go()
    for token in (NEGOTIATE, authenticate()):
        c.request('GET', '/any/0', headers={'Authorization': 'NTLM ' + base64.b64encode(token).decode()})
        body = c.getresponse().read()
    c.close()
    return int(body)


def main():
    if sys.argv[1] == 'logon':
        print(by_hand(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), lambda: print('ready', flush=True),
                      sys.stdin.readline))
        return
    server = SERVERS[sys.argv[1]]((sys.argv[2], int(sys.argv[3])), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
