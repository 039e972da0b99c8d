#!/usr/bin/env python3
"""ntlmaudit status: against a daemon that runs, and against servers on its socket that are hostile. What needs root is
skipped without it, and says so."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

WELL, UNWELL, USAGE, ABSENT = range(4)
TIMEOUT = 5 # as the manual says
DAEMON = os.path.join(os.path.dirname(program.PROGRAM), 'ntlmauditd')
IS_ROOT = os.geteuid() == 0


def status(folder, *options):
    return program.run('status', '--run-dir', folder, *options, timeout=30)


def check_usage(results, folder):
    for arguments in (('x',), ('-o', 'xml'), ('--run-dir',), ('--color', 'blue')):
        done = program.run('status', *arguments)
        results.check(done.returncode == USAGE and done.stderr and not done.stdout, '%r: usage' % (arguments,))
    results.check(program.run('status', '--help').returncode == WELL, '--help')
    long = status(os.path.join(folder, 'x' * 200))
    results.check(long.returncode == ABSENT and b'too long' in long.stderr, 'a path too long for a socket: %r' % long.stderr)


def check_absent(results, folder):
    for what in ('no socket', 'no listener'):
        done = status(folder)
        said = done.stderr.decode()
        results.check(done.returncode == ABSENT and not done.stdout, '%s: exit status %d' % (what, done.returncode))
        results.check('does not run' in said and 'ntlmauditd' in said.partition('starts it:')[2], '%s: %s' % (what, said))
        if what == 'no socket':
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(os.path.join(folder, 'status'))
    os.remove(os.path.join(folder, 'status'))


# ---- who else may answer ----

class Server:
    """Answers every request with the same bytes, or as a function does with the connection."""

    def __init__(self, folder, answer):
        self.path = os.path.join(folder, 'status')
        self.answer = answer
        self.requests = []

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def serve(self):
        while True:
            client = self.listener.accept()[0]
            with client:
                request = client.recv(100)
                if request == b'end\n':
                    return
                self.requests.append(request)
                try:
                    if callable(self.answer):
                        self.answer(client)
                    else:
                        client.sendall(self.answer)
                except OSError:
                    pass

    def __exit__(self, *_):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.path)
            s.sendall(b'end\n')
        self.thread.join()
        self.listener.close()
        os.remove(self.path)


def drip(client):
    """A byte each half second, for ever."""
    while True:
        client.sendall(b' ')
        time.sleep(0.5)


def wait_for_end(client):
    client.settimeout(20)
    while client.recv(100):
        pass


REFUSED = [
    ('nothing', b'', 'not a status'),
    ('no JSON', b'hello\n', 'not a status'),
    ('half of it', b'{"version":"0.1.0","daemon":{', 'not a status'),
    ('an error', b'{"error":"ask: status"}\n', 'not a status'),
    ('an array', b'[1,2,3]\n', 'not a status'),
    ('a number for a version', b'{"version":1}\n', 'not a status'),
    ('two values', b'{"version":"1"}{"version":"2"}', 'not a status'),
    ('a key twice', b'{"version":"1","version":"2"}', 'not a status'),
    ('no UTF-8', b'{"version":"\xff"}', 'not a status'),
    ('HTTP', b'HTTP/1.0 200 OK\r\n\r\n{"version":"1"}', 'not a status'),
    ('depth', b'{"version":"1","x":' + b'[' * 100000 + b']' * 100000 + b'}', 'not a status'),
    ('2 MiB', b'{"version":"1","x":"' + b'x' * (2 << 20) + b'"}', 'too long'),
]


def check_refused(results, folder):
    for what, answer, sentence in REFUSED:
        with Server(folder, answer) as server:
            done = status(folder)
        said = done.stderr.decode(errors='replace')
        results.check(done.returncode == ABSENT and not done.stdout, '%s: exit status %d' % (what, done.returncode))
        results.check(sentence in said, '%s: %s' % (what, said))
        results.check(server.requests == [b'status\n'], '%s: asked %r' % (what, server.requests))


def check_slow(results, folder):
    for what, answer in (('silence', wait_for_end), ('a drip', drip)):
        with Server(folder, answer):
            begin = time.monotonic()
            done = status(folder)
            took = time.monotonic() - begin
        results.check(done.returncode == ABSENT and b'no answer within 5 s' in done.stderr, '%s: %r' % (what, done.stderr))
        results.check(TIMEOUT - 0.1 < took < TIMEOUT + 2, '%s: given up after %.1f s' % (what, took))


SECTIONS = ('problems', 'daemon', 'processes', 'capture', 'host', 'log', 'forward', 'policy', 'gaps', 'decoder', 'events')
ODD = (None, True, -1, 1 << 62, 'x', [], {}, [None, 1, 'x', {}, []], {'problem': 1, 'n': -5, 'roles': 7, 'files': 'x'})


def check_odd(results, folder):
    """Anything may be of another type: it is left out."""
    for odd in ODD:
        answer = {'version': 'x', **{name: odd for name in SECTIONS}}
        with Server(folder, json.dumps(answer).encode()):
            for output in ('text', 'json'):
                done = status(folder, '-o', output)
                results.check(done.returncode in (WELL, UNWELL) and done.stdout, '%r: exit status %d: %r' % (
                    odd, done.returncode, done.stderr[-300:]))


EVIL = 'a\x1b[2J\r\nb\u202ec\u200b'


def evil_status():
    when = '1678-01-01T00:00:00Z'
    return {
        'version': EVIL, 'problems': [EVIL], 'daemon': {'start': when, 'time': '2261-01-01T00:00:00Z', 'tap': True},
        'processes': [{'name': EVIL, 'state': EVIL, 'problem': EVIL, 'since': when, 'pid': 1, 'restarts': 1}],
        'capture': [{'interface': EVIL, 'problem': EVIL, 'dropped': 1}],
        'host': {'known': True, 'method': EVIL, 'why': EVIL}, 'log': {'path': EVIL, 'problem': EVIL, 'last_time': when},
        'forward': [{'target': EVIL, 'problem': EVIL, 'reached': False, 'waiting': 1}],
        'policy': {'files': [EVIL], 'roles': {EVIL: {'policy': EVIL}}, 'loaded': when},
        'gaps': {'n': 1, 'begin': '2261-01-01T00:00:00Z', 'end': when, 'why': EVIL},
        'events': [{'id': 4020, 'title': EVIL, 'wanted': 1}],
    }


def check_evil(results, folder):
    with Server(folder, json.dumps(evil_status()).encode()):
        text = status(folder)
        said = status(folder, '-o', 'json')
    results.check(text.returncode == said.returncode == UNWELL, 'a problem is told by the exit status')
    shown = text.stdout.decode()
    results.check(not re.search('[\x00-\x09\x0b-\x1f\x7f\u202e\u200b]', shown), 'nothing for a terminal: %r' % shown)
    results.check('\n  a\\u001b[2J' in shown, 'but shown: %r' % shown[:200])
    results.check(said.stdout.isascii() and json.loads(said.stdout) == evil_status(), 'JSON is the same, in ASCII')


# ---- the daemon itself ----

class Daemon:
    """ntlmauditd in a network of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.run_dir = os.path.join(folder, 'run')
        for name in ('run', 'log', 'root/etc/ntlmaudit'):
            os.makedirs(os.path.join(folder, name))
        os.chmod(folder, 0o755)
        os.chmod(os.path.join(folder, 'log'), 0o777)

    def __enter__(self):
        command = [DAEMON, '--log', os.path.join(self.folder, 'log/log.db'), '--run-dir', self.run_dir, '--user', 'nobody',
                   '--root', os.path.join(self.folder, 'root'), '--key-file', program.KEY]
        if os.environ.get('SANITIZED'):
            command.append('--no-sandbox') # a sanitizer has calls of its own at the end
        self.said = open(os.path.join(self.folder, 'said'), 'wb')
        self.process = subprocess.Popen(['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', *command],
                                        stdout=self.said, stderr=self.said, env=program.ENVIRONMENT)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.said.close()

    def wait(self, holds, seconds=15):
        """The status, as soon as it holds; the last one where it never does."""
        end = time.monotonic() + seconds
        while True:
            done = status(self.run_dir, '-o', 'json')
            shown = json.loads(done.stdout) if done.stdout else None
            if shown and holds(shown) or time.monotonic() > end:
                return shown, done.returncode
            time.sleep(0.1)

    def ask(self, request):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(os.path.join(self.run_dir, 'status'))
            s.sendall(request)
            answer = b''
            while chunk := s.recv(65536):
                answer += chunk
        return answer

    def log_on(self):
        """curl logs on by NTLM to a server that takes anybody, both in the daemon's network."""
        inside = ('nsenter', '-t', str(self.process.pid), '-n')
        server = subprocess.Popen([*inside, sys.executable, '-c', NTLM_SERVER], stdout=subprocess.PIPE)
        try:
            port = server.stdout.readline().decode().strip()
            subprocess.run([*inside, 'curl', '-s', '--ntlm', '-u', 'CORP\\jo:x', 'http://127.0.0.1:' + port], check=True,
                           timeout=20)
        finally:
            server.kill()
            server.wait()


NTLM_SERVER = """
import base64, http.server, struct
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        token = base64.b64decode(self.headers.get('Authorization', 'NTLM ').partition(' ')[2])
        kind = token[8] if len(token) > 8 else 0
        name = 'CORP'.encode('utf-16-le')
        pairs = struct.pack('<HH', 2, len(name)) + name + bytes(4)
        challenge = (b'NTLMSSP\\0' + struct.pack('<IHHII', 2, len(name), len(name), 48, 0xa2898205) + bytes(range(1, 9)) + bytes(8)
                     + struct.pack('<HHI', len(pairs), len(pairs), 48 + len(name)) + name + pairs)
        self.send_response(200 if kind == 3 else 401)
        if kind != 3:
            self.send_header('WWW-Authenticate', 'NTLM' + (' ' + base64.b64encode(challenge).decode() if kind == 1 else ''))
        self.send_header('Content-Length', '0')
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def by_name(shown):
    return {p['name']: p for p in shown['processes']}


def all_run(shown):
    return {'opener', 'host', 'decoder', 'keeper'} <= {p['name'] for p in shown['processes'] if p['state'] == 'running'}


def check_running(results, daemon):
    shown, code = daemon.wait(lambda s: all_run(s) and s['host']['known'] and s['capture'])
    results.check(shown and code == WELL and shown['problems'] == [], 'it runs and is well: %r' % shown)
    now = time.time()
    results.check(all(os.path.exists('/proc/%d' % p['pid']) for p in shown['processes']), 'its processes are there')
    results.check(len({p['pid'] for p in shown['processes']}) == len(shown['processes']), 'each has a PID of its own')
    results.check(abs(now - seconds(shown['daemon']['time'])) < 5, 'its time is now: %r' % shown['daemon'])
    text = status(daemon.run_dir).stdout.decode()
    results.check('all is well' in text and 'last event' not in text and '\033' not in text, text)
    results.check('\033[' in status(daemon.run_dir, '--color', 'always').stdout.decode(), 'colours')
    done = program.run('doctor', '--run-dir', daemon.run_dir, '--log', os.path.join(daemon.folder, 'log/log.db'), 'daemon', 'log')
    results.check(done.returncode == WELL and done.stdout.count(b'ok  ') == 2, 'the doctor says so, too: %r' % done.stdout)
    for words in (b'packets on', b'client: all events', b'built-in defaults only'):
        results.check(words.decode() in text, '%r in %s' % (words, text))


def seconds(text):
    return time.mktime(time.strptime(text[:19], '%Y-%m-%dT%H:%M:%S')) - time.timezone


def check_traffic(results, daemon):
    before = sum(r['packets'] for r in daemon.wait(lambda s: True)[0]['capture'])
    daemon.log_on()
    shown, code = daemon.wait(lambda s: s['log']['stored'] >= 2 and s['log']['commits'] > 0 and s['decoder']['events'] >= 2)
    results.check(sum(r['packets'] for r in shown['capture']) > before, 'packets are counted: %r' % shown['capture'])
    results.check(shown['decoder']['flows'] > 0, 'and connections: %r' % shown['decoder'])
    results.check(shown['decoder']['exchanges'] == 1, 'and exchanges: %r' % shown['decoder'])
    wanted = {e['id']: e['wanted'] for e in shown['events'] if e['wanted']}
    results.check(len(wanted) == 2 and sum(wanted.values()) == 2, 'an event of each side: %r' % shown['events'])
    log = shown['log']
    results.check(log['stored'] == log['last_record'] == 2 and log['commits'] > 0 and log['bytes'] > 0, 'the log: %r' % log)
    results.check(code == WELL and abs(time.time() - seconds(log['last_time'])) < 30, 'the last event: %r' % log)
    text = status(daemon.run_dir).stdout.decode()
    results.check('last event: record 2, ' in text and ' 2  events stored' in text, text)


def metrics(text):
    return {m[1]: float(m[2]) for m in re.finditer(r'^(ntlmaudit_[^ ]+) ([0-9.]+)$', text, re.M)}


def check_metrics(results, daemon):
    head, _, body = daemon.ask(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n').decode().partition('\r\n\r\n')
    results.check(head.startswith('HTTP/1.0 200 OK\r\n') and 'version=0.0.4' in head, head)
    results.check('Content-Length: %d' % len(body.encode()) in head, 'its length')
    values = metrics(body)
    shown = json.loads(daemon.ask(b'status\n'))
    wanted = {
        'ntlmaudit_log_commits_total': shown['log']['commits'], 'ntlmaudit_problems': 0, 'ntlmaudit_tap': 0,
        'ntlmaudit_process_up{process="decoder"}': 1, 'ntlmaudit_gaps_total': shown['gaps']['n'],
        'ntlmaudit_host_bpf': shown['host']['method'] == 'bpf',
        'ntlmaudit_decoder_items_total{group="seen",item="flows"}': shown['decoder']['flows'],
    }
    for name, value in wanted.items():
        results.check(values.get(name) == value, '%s is %r, not %r' % (name, values.get(name), value))
    results.check(abs(values['ntlmaudit_start_time_seconds'] - seconds(shown['daemon']['start'])) <= 1, 'the start')


def check_requests(results, daemon):
    for request, begins in ((b'GET / HTTP/1.0\r\n\r\n', b'HTTP/1.0 200'), (b'GET /x HTTP/1.0\r\n\r\n', b'HTTP/1.0 404'),
                            (b'POST / HTTP/1.0\r\n\r\n', b'HTTP/1.0 405'), (b'\0\xff\n', b'{"error":'),
                            (b'x' * 4096, b'{"error":')):
        answer = daemon.ask(request)
        results.check(answer.startswith(begins), '%r: %r' % (request[:20], answer[:80]))
    silent = [socket.socket(socket.AF_UNIX) for _ in range(100)]
    for s in silent:
        s.connect(os.path.join(daemon.run_dir, 'status'))
    results.check(status(daemon.run_dir).returncode == WELL, 'who sits on the socket keeps nobody out')
    for s in silent:
        s.close()


def check_death(results, daemon):
    shown, _ = daemon.wait(all_run)
    pid = by_name(shown)['decoder']['pid']
    os.kill(pid, signal.SIGKILL)
    shown, code = daemon.wait(lambda s: all_run(s) and by_name(s)['decoder']['pid'] != pid)
    decoder = by_name(shown)['decoder']
    results.check(decoder['pid'] != pid and decoder['restarts'] == 1, 'a decoder is put back: %r' % decoder)
    results.check(code == UNWELL and any('decoder' in p for p in shown['problems']), 'which is a problem: %r' % shown['problems'])
    values = metrics(daemon.ask(b'GET /metrics HTTP/1.0\r\n\r\n').decode())
    results.check(values.get('ntlmaudit_process_restarts_total{process="decoder"}') == 1, 'and counted')
    done = program.run('doctor', '--run-dir', daemon.run_dir, 'daemon')
    results.check(done.returncode == 1 and b'decoder' in done.stdout, 'the doctor says so: %r' % done.stdout)


def check_policy(results, daemon):
    conf = os.path.join(daemon.folder, 'root/etc/ntlmaudit/ntlmaudit.conf')
    with open(conf, 'w', encoding='ascii') as f:
        f.write('client-events = warnings\n')
    shown, _ = daemon.wait(lambda s: s['policy']['roles']['client']['writes'] == 'warnings')
    results.check(shown['policy']['files'] == [conf], 'the file in force: %r' % shown['policy'])
    text = status(daemon.run_dir).stdout.decode()
    results.check('client: warnings only' in text and conf in text, text)
    with open(conf, 'w', encoding='ascii') as f:
        f.write('nonsense\n')
    shown, code = daemon.wait(lambda s: s['policy']['is_refused'])
    results.check(shown['policy']['is_refused'] and code == UNWELL, 'a broken file is told: %r' % shown['policy'])
    results.check(shown['policy']['roles']['client']['writes'] == 'warnings', 'and the policy before it stays')
    results.check(any(conf + ': line 1' in p for p in shown['problems']), 'with its line: %r' % shown['problems'])


def check_stranger(results, daemon, folder):
    """The socket is for root and the daemon's group."""
    copy = os.path.join(folder, 'copy')
    with open(program.PROGRAM, 'rb') as source, open(copy, 'wb') as f:
        f.write(source.read())
    os.chmod(copy, 0o755)
    done = subprocess.run(['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups', copy, 'status', '--run-dir',
                           daemon.run_dir], capture_output=True, env=program.ENVIRONMENT, check=False)
    results.check(done.returncode == ABSENT and b'Permission denied' in done.stderr, 'a stranger: %r' % done.stderr)


def check_daemon(results, folder):
    if not IS_ROOT or not os.path.exists(DAEMON):
        print('not root, or no ntlmauditd beside the program: no daemon is asked')
        return
    with Daemon(folder) as daemon:
        shown, _ = daemon.wait(all_run)
        if not results.check(shown, 'ntlmauditd starts'):
            with open(os.path.join(folder, 'said'), encoding='utf-8', errors='replace') as f:
                print(f.read())
            return
        for check in (check_running, check_traffic, check_metrics, check_requests):
            check(results, daemon)
        check_stranger(results, daemon, folder)
        check_policy(results, daemon)
        check_death(results, daemon)
    check_absent_after(results, daemon)


def check_absent_after(results, daemon):
    results.check(status(daemon.run_dir).returncode == ABSENT, 'it has ended')
    results.check(daemon.process.returncode == 0, 'in order: %r' % daemon.process.returncode)


def main():
    results = program.Results()
    with program.temporary() as folder:
        for check in (check_usage, check_absent, check_refused, check_slow, check_odd, check_evil):
            check(results, folder)
    with program.temporary() as folder:
        check_daemon(results, folder)
    results.close()


main()
