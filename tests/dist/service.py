#!/usr/bin/env python3
"""The daemon as the unit starts it, without systemd: its user, its capabilities, its system calls, address families and
namespaces, a file system that can only be read, /proc that hides others; and a socket to be notified. In namespaces of its own.
Needs root and ntlmauditd."""
import base64
import ctypes
import http.server
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import program

DAEMON = os.path.join(os.path.dirname(program.PROGRAM), 'ntlmauditd')
UNIT = os.path.join(program.TOP, 'dist/ntlmauditd.service')
USER = 65534  # stands for ntlmaudit, which this machine need not have
WATCHDOG_SECONDS = 10
SYSLOG_PORT = 5514
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
CLONE = {'user': 0x10000000, 'net': 0x40000000, 'mnt': 0x20000, 'pid': 0x20000000, 'ipc': 0x8000000, 'uts': 0x4000000,
         'cgroup': 0x2000000}


def setting(name):
    with open(UNIT, encoding='utf-8') as f:
        return [word for value in re.findall('^%s=(.*)$' % name, f.read(), re.M) for word in value.split()]


# --- The unit's filter of system calls, as systemd would make it ---

def group(name):
    done = subprocess.run(['systemd-analyze', 'syscall-filter', name], capture_output=True, text=True, check=True)
    names = set()
    for word in re.findall(r'^ +(@?[a-z0-9_-]+)$', done.stdout, re.M):
        names |= group(word) if word.startswith('@') else {word}
    return names


def calls():
    allowed = group('@default')
    with open(UNIT, encoding='utf-8') as f:
        for value in re.findall('^SystemCallFilter=(.*)$', f.read(), re.M):
            names = set()
            for word in value.lstrip('~').split():
                names |= group(word) if word.startswith('@') else {word}
            allowed = allowed - names if value.startswith('~') else allowed | names
    return allowed


class Compare(ctypes.Structure):
    _fields_ = [('arg', ctypes.c_uint), ('op', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]


EQUAL, MASKED = 4, 7
ALLOW = 0x7fff0000


def refuse(error):
    return 0x00050000 | error


def load_filter(allowed):
    lib = ctypes.CDLL('libseccomp.so.2')
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_init.argtypes = [ctypes.c_uint32]
    lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                           ctypes.POINTER(Compare)]
    lib.seccomp_load.argtypes = [ctypes.c_void_p]
    filter_ = lib.seccomp_init(refuse(EPERM))

    def add(action, name, *compares):
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0 and lib.seccomp_rule_add_array(filter_, action, number, len(compares),
                                                      (Compare * len(compares))(*compares)) < 0:
            raise OSError('no rule for ' + name)

    families = [getattr(socket, name) for name in setting('RestrictAddressFamilies')]
    shut = sum(flag for name, flag in CLONE.items() if name not in setting('RestrictNamespaces'))
    special = {'socket', 'unshare', 'clone', 'clone3', 'setns'}
    for name in allowed - special:
        add(ALLOW, name)
    for family in families:
        add(ALLOW, 'socket', Compare(0, EQUAL, family, 0))
    add(ALLOW, 'unshare', Compare(0, MASKED, shut, 0))
    add(ALLOW, 'clone', Compare(0, MASKED, shut, 0))
    add(refuse(ENOSYS), 'clone3')
    if lib.seccomp_load(filter_) < 0:
        raise OSError('the filter could not be loaded')


# --- An NTLM logon over the loopback interface ---

def challenge():
    target = 'CORP'.encode('utf-16-le')
    info = b''.join(struct.pack('<HH', key, len(value)) + value for key, value in ((2, target), (1, target), (0, b'')))
    return b'NTLMSSP\0' + struct.pack('<IHHIIQQHHI', 2, len(target), len(target), 48, 0x00898205, 0x1122334455667788, 0,
                                      len(info), len(info), 48 + len(target)) + target + info


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        words = self.headers.get('Authorization', '').split()
        token = base64.b64decode(words[1]) if len(words) == 2 else b''
        done = token[8:9] == b'\3'
        self.send_response(200 if done else 401)
        if not done:
            self.send_header('WWW-Authenticate', 'NTLM' + (
                ' ' + base64.b64encode(challenge()).decode() if token else ''))
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


def log_on():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 8080), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = subprocess.run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--ntlm', '-u', 'CORP\\alice:secret',
                           'http://127.0.0.1:8080/'], capture_output=True, text=True, check=False, timeout=30)
    server.shutdown()
    return done.stdout == '200'


# --- Inside the namespaces ---

def sh(*command):
    subprocess.run(command, check=True)


def make_room():
    sh('mount', '-t', 'tmpfs', 'tmpfs', '/run')
    sh('mount', '-t', 'tmpfs', 'tmpfs', '/var/lib')
    shutil.copy(DAEMON, '/run/ntlmauditd')
    os.chmod('/run/ntlmauditd', 0o755)
    os.makedirs('/var/lib/ntlmaudit/policy')
    os.mkdir('/var/lib/ntlmaudit/forward', 0o700)
    os.mkdir('/run/ntlmaudit')
    os.chmod('/var/lib/ntlmaudit', 0o1770)
    os.chown('/var/lib/ntlmaudit', 0, USER)
    os.chown('/var/lib/ntlmaudit/forward', USER, USER)
    os.chown('/run/ntlmaudit', USER, USER)
    sh('mount', '-t', 'tmpfs', 'tmpfs', '/var/log')
    os.mkdir('/var/log/ntlmaudit', 0o750)
    os.chown('/var/log/ntlmaudit', USER, USER)
    os.makedirs('/run/etc/upper/ntlmaudit')
    os.mkdir('/run/etc/work')
    with open('/run/etc/upper/ntlmaudit/ntlmaudit.conf', 'w', encoding='utf-8') as f:
        f.write('forward = file:/var/log/ntlmaudit/ntlm.json, syslog+udp://127.0.0.1:%d\n' % SYSLOG_PORT)
    sh('mount', '-t', 'overlay', '-o', 'lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work', 'overlay', '/etc')
    sh('mount', '-t', 'proc', '-o', 'hidepid=invisible', 'proc', '/proc')
    sh('ip', 'link', 'set', 'lo', 'up')
    sh('mount', '-o', 'remount,bind,ro', '/')


def start(notify):
    """setpriv gives what the unit gives; then this file loads the filter and becomes the daemon."""
    given = ','.join('+' + name[4:].lower() for name in setting('AmbientCapabilities'))
    bound = ','.join('+' + name[4:].lower() for name in setting('CapabilityBoundingSet'))
    environment = {**program.ENVIRONMENT, **dict(word.split('=', 1) for word in setting('Environment')),
                   'NOTIFY_SOCKET': notify, 'WATCHDOG_USEC': str(WATCHDOG_SECONDS * 1000000), 'CALLS': ' '.join(sorted(calls()))}
    return subprocess.Popen(
        ['setpriv', '--reuid', str(USER), '--regid', str(USER), '--clear-groups', '--bounding-set', '-all,' + bound,
         '--inh-caps', '-all,' + given, '--ambient-caps', '-all,' + given, '--no-new-privs',
         sys.executable, os.path.abspath(__file__), 'become', '/run/ntlmauditd'],
        env=environment, umask=0o077, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(notified, wanted, seconds):
    """What was notified until then, where `wanted` is among it."""
    end = time.monotonic() + seconds
    got = []
    while time.monotonic() < end:
        notified.settimeout(max(0.01, end - time.monotonic()))
        try:
            got += notified.recv(4096).decode().splitlines()
        except socket.timeout:
            break
        if wanted in got:
            return True
    return False


def processes(parent):
    found = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/status' % pid, encoding='utf-8') as f:
                status = dict(line.split(':\t', 1) for line in f.read().splitlines() if ':\t' in line)
            if int(pid) == parent or int(status['PPid']) == parent:
                found[int(pid)] = {**status, 'net': os.readlink('/proc/%s/ns/net' % pid)}
        except OSError:
            pass
    return found


def check_processes(results, daemon):
    allowed = 0
    for name in setting('CapabilityBoundingSet'):
        allowed |= 1 << {'CAP_DAC_READ_SEARCH': 2, 'CAP_NET_ADMIN': 12, 'CAP_NET_RAW': 13, 'CAP_SYS_PTRACE': 19,
                         'CAP_PERFMON': 38, 'CAP_BPF': 39}[name]
    found = processes(daemon.pid)
    results.check(len(found) >= 4, 'there are %d processes' % len(found))
    for pid, p in found.items():
        results.check(p['Uid'].split() == [str(USER)] * 4, '%d is user %s' % (pid, p['Uid']))
        results.check(int(p['CapPrm'], 16) & ~allowed == 0, '%d has capabilities %s' % (pid, p['CapPrm']))
        results.check(p['NoNewPrivs'] == '1' and p['Seccomp'] == '2', '%d is not filtered' % pid)
    bare = [p for p in found.values() if int(p['CapPrm'], 16) == 0]
    results.check(len(bare) >= 2, '%d processes have no capability' % len(bare))
    apart = [p for p in bare if p['net'] != found[daemon.pid]['net']]
    results.check(len(apart) >= 2, '%d processes are in an empty network' % len(apart))


def events(log):
    done = program.run('search', '--log', log, '-o', 'json')
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_logon(results, syslog):
    if not shutil.which('curl'):
        print('curl is not here: no logon')
        return
    if not results.check(log_on(), 'curl logs on'):
        return
    end = time.monotonic() + 5
    found = []
    while time.monotonic() < end and len(found) < 2:
        time.sleep(0.2)
        found = events('/var/lib/ntlmaudit/log.db')
    text = json.dumps(found)
    results.check({e.get('event_id') for e in found} & {4020, 4021} != set(), 'no client event: ' + text)
    results.check({e.get('event_id') for e in found} & {4022, 4023} != set(), 'no server event: ' + text)
    results.check('alice' in text and 'curl' in text, 'neither user nor process: ' + text)
    results.check(log_on(), 'curl logs on again')  # a target that is new gets what is stored from then on
    syslog.settimeout(5)
    try:
        results.check(b'alice' in syslog.recv(65536), 'syslog gets something else')
    except socket.timeout:
        results.check(False, 'syslog gets nothing')
    with open('/var/log/ntlmaudit/ntlm.json', encoding='utf-8') as f:
        results.check('alice' in f.read(), 'the file is without the event')


def status(results):
    """As root sees it; the kernel's lack of BPF is the only problem that may be."""
    done = program.run('status', '-o', 'json')
    if not results.check(done.returncode in (0, 1), 'status: %d, %s' % (done.returncode, done.stderr.decode())):
        return {'policy': {'loads': -1}}
    told = json.loads(done.stdout)
    results.check(told['host']['method'] == 'bpf' or not os.path.exists('/sys/kernel/btf/vmlinux'),
                  'processes are not found by BPF: %s' % told['host'])
    problems = [p for p in told['problems'] if not p.endswith(': starting')]
    results.check(not problems or told['host']['method'] != 'bpf', 'problems: %s' % problems)
    return told


def inside():
    results = program.Results()
    make_room()
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notified.bind('/run/notify')
    os.chmod('/run/notify', 0o777)
    syslog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    syslog.bind(('127.0.0.1', SYSLOG_PORT))
    daemon = start('/run/notify')
    try:
        if results.check(wait_for(notified, 'READY=1', 15), 'tells that it is ready'):
            time.sleep(0.5)
            check_processes(results, daemon)
            results.check(os.path.exists('/run/ntlmaudit/status'), 'there is no status socket')
            check_logon(results, syslog)
            results.check(status(results)['policy']['loads'] == 1, 'the policy was loaded once')
            results.check(wait_for(notified, 'WATCHDOG=1', WATCHDOG_SECONDS / 2), 'tells in time that it is alive')
            daemon.send_signal(signal.SIGHUP)
            results.check(wait_for(notified, 'WATCHDOG=1', WATCHDOG_SECONDS / 2), 'is alive after SIGHUP')
            results.check(status(results)['policy']['loads'] == 2, 'SIGHUP does not load the policy anew')
            check_processes(results, daemon)
            daemon.terminate()
            results.check(wait_for(notified, 'STOPPING=1', 5), 'tells that it stops')
    finally:
        daemon.terminate()
        try:
            said = daemon.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            daemon.kill()
            said = daemon.communicate()[0] + 'did not stop'
    results.check(daemon.returncode == 0, 'ends with status %d' % daemon.returncode)
    results.check('goes without' not in said and 'this run only' not in said, 'lacks something')
    if results.failed:
        print(said)
    results.close()


def become(path):
    load_filter(set(os.environ.pop('CALLS').split()))
    os.execv(path, [path])


def why_not():
    if os.geteuid() != 0:
        return 'not root'
    if not os.path.exists(DAEMON):
        return 'there is no ntlmauditd'
    for name in ('systemd-analyze', 'setpriv', 'unshare', 'ip'):
        if not shutil.which(name):
            return 'there is no ' + name
    try:
        ctypes.CDLL('libseccomp.so.2')
    except OSError:
        return 'there is no libseccomp'
    return None


def main():
    if sys.argv[1:2] == ['become']:
        become(sys.argv[2])
    if sys.argv[1:2] == ['inside']:
        inside()
    why = why_not()
    if why:
        print(why + ': the daemon is not started')
        print('0 passed, 0 failed')
        return
    done = subprocess.run(['unshare', '-m', '-n', '--propagation', 'private', sys.executable, __file__, 'inside'],
                          check=False)
    sys.exit(done.returncode)


if __name__ == '__main__':
    main()
