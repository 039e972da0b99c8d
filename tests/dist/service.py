#!/usr/bin/env python3
"""The daemon as its units start it, without systemd: their user, their capabilities, their system calls, address families and
namespaces, a file system that can only be read, /proc that hides others; and sockets to be notified. In namespaces of its own.
Needs root and ntlmauditd."""
import base64
import ctypes
import http.server
import json
import os
import queue
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
UNITS = {'capture': 'ntlmauditd.service', 'decode': 'ntlmauditd-decode.service', 'keep': 'ntlmauditd-keep.service',
         'forward': 'ntlmauditd-forward.service'}
USERS = {'ntlmaudit': 64001, 'ntlmaudit-decode': 64002}  # which this machine need not have
USER = USERS['ntlmaudit']
WATCHDOG_SECONDS = 10
SYSLOG_PORT = 5514
BACK_SECONDS = 5  # a second, where nothing else keeps the machine busy
EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
CLONE = {'user': 0x10000000, 'net': 0x40000000, 'mnt': 0x20000, 'pid': 0x20000000, 'ipc': 0x8000000, 'uts': 0x4000000,
         'cgroup': 0x2000000}


def text(part):
    with open(os.path.join(program.TOP, 'dist', UNITS[part]), encoding='utf-8') as f:
        return f.read()


def setting(part, name):
    return [word for value in re.findall('^%s=(.*)$' % name, text(part), re.M) for word in value.split()]


# --- The unit's filter of system calls, as systemd would make it ---

def group(name):
    done = subprocess.run(['systemd-analyze', 'syscall-filter', name], capture_output=True, text=True, check=True)
    names = set()
    for word in re.findall(r'^ +(@?[a-z0-9_-]+)$', done.stdout, re.M):
        names |= group(word) if word.startswith('@') else {word}
    return names


def calls(part):
    allowed = group('@default')
    for value in re.findall('^SystemCallFilter=(.*)$', text(part), re.M):
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


def load_filter(part, allowed):
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

    families = [getattr(socket, name) for name in setting(part, 'RestrictAddressFamilies')]
    shut = sum(flag for name, flag in CLONE.items() if name not in setting(part, 'RestrictNamespaces'))
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


def log_on(user):
    done = subprocess.run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--ntlm', '-u', 'CORP\\%s:secret' % user,
                           'http://127.0.0.1:8080/'], capture_output=True, text=True, check=False, timeout=30)
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
    sh('mount', '-t', 'overlay', '-o', 'lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work', 'overlay', '/etc')
    make_users()
    set_policy()
    sh('mount', '-t', 'proc', '-o', 'hidepid=invisible', 'proc', '/proc')
    sh('ip', 'link', 'set', 'lo', 'up')
    sh('mount', '-o', 'remount,bind,ro', '/')


def make_users():
    """As sysusers.d has them."""
    for path, line in (('/etc/passwd', '{0}:x:{1}:{1}::/:/usr/sbin/nologin\n'), ('/etc/group', '{0}:x:{1}:{2}\n')):
        with open(path, encoding='utf-8') as f:
            kept = [old for old in f if not old.startswith('ntlmaudit')]
        with open(path, 'w', encoding='utf-8') as f:
            f.writelines(kept)
            for name, number in USERS.items():
                f.write(line.format(name, number, 'ntlmaudit' if name == 'ntlmaudit-decode' else ''))


class Unit:
    """A part as its unit starts it, and again whenever it ends: Restart=always, RestartSec=100ms."""

    def __init__(self, part):
        self.part, self.process, self.is_wanted = part, None, True
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind('/run/notify-' + part)
        os.chmod('/run/notify-' + part, 0o777)
        self.command = self.make_command()
        self.environment = {**program.ENVIRONMENT, **dict(word.split('=', 1) for word in setting(part, 'Environment')),
                            'NOTIFY_SOCKET': '/run/notify-' + part, 'WATCHDOG_USEC': str(WATCHDOG_SECONDS * 1000000),
                            'CALLS': ' '.join(sorted(calls(part)))}
        self.said = open('/run/said-' + part, 'a', encoding='utf-8')
        self.heard = queue.Queue()
        threading.Thread(target=self.hear, daemon=True).start()
        self.start()

    def start(self):
        self.is_wanted = True
        self.thread = threading.Thread(target=self.live)
        self.thread.start()

    def make_command(self):
        """setpriv gives what the unit gives; then this file loads the filter and becomes the daemon."""
        given = ''.join(',+' + name[4:].lower() for name in setting(self.part, 'AmbientCapabilities'))
        bound = ''.join(',+' + name[4:].lower() for name in setting(self.part, 'CapabilityBoundingSet'))
        user = setting(self.part, 'User')[0]
        return self.apart() + [
            'setpriv', '--reuid', user, '--regid', setting(self.part, 'Group')[0], '--init-groups', '--bounding-set', '-all' + bound,
            '--inh-caps', '-all' + given, '--ambient-caps', '-all' + given, '--no-new-privs',
            sys.executable, os.path.abspath(__file__), 'become', self.part, '/run/ntlmauditd',
            *setting(self.part, 'ExecStart')[1:]]

    def apart(self):
        """Namespaces of its own: the network empty, of the state only what is named."""
        todo = []
        if setting(self.part, 'PrivateNetwork') == ['yes']:
            todo.append('ip link set lo up')
        for path in setting(self.part, 'TemporaryFileSystem'):
            kept = [p.lstrip('-') for p in setting(self.part, 'BindReadOnlyPaths')]
            todo += ['mkdir -p /run/kept%s && mount --bind %s /run/kept%s' % (p, p, p) for p in kept]
            todo.append('mount -t tmpfs -o mode=0755 tmpfs ' + path)
            todo += ['mkdir -p %s && mount --bind -o ro /run/kept%s %s' % (p, p, p) for p in kept]
        network = ['-n'] if setting(self.part, 'PrivateNetwork') == ['yes'] else []
        return ['unshare', *network, '-m', 'sh', '-c', ' && '.join([*todo, 'exec "$@"']), 'sh'] if todo else []

    def live(self):
        while self.is_wanted:
            self.process = subprocess.Popen(self.command, env=self.environment, umask=0o077, stdin=subprocess.DEVNULL,
                                            stdout=self.said, stderr=subprocess.STDOUT)
            self.process.wait()
            time.sleep(0.1)

    def hear(self):
        """All of the time: who notifies waits for room."""
        while True:
            for line in self.notified.recv(4096).decode().splitlines():
                self.heard.put(line)

    def tells(self, wanted, seconds):
        """Until then, or before."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.heard.get(timeout=max(0.01, end - time.monotonic())) == wanted:
                    return True
            except queue.Empty:
                break
        return False

    def stop(self):
        """True: it ended well."""
        self.is_wanted = False
        self.process.terminate()
        self.thread.join(10)
        if self.thread.is_alive():
            self.process.kill()
            self.thread.join()
        return self.process.returncode == 0


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


NUMBERS = {'CAP_DAC_READ_SEARCH': 2, 'CAP_NET_ADMIN': 12, 'CAP_NET_RAW': 13, 'CAP_SYS_PTRACE': 19, 'CAP_PERFMON': 38,
           'CAP_BPF': 39}
N_PROCESSES = {'capture': 2, 'decode': 2, 'keep': 2, 'forward': 3}


def check_processes(results, unit):
    allowed = sum(1 << NUMBERS[name] for name in setting(unit.part, 'CapabilityBoundingSet'))
    found = processes(unit.process.pid)
    results.check(len(found) == N_PROCESSES[unit.part], '%s has %d processes' % (unit.part, len(found)))
    for pid, p in found.items():
        user = USERS['ntlmaudit-decode' if unit.part == 'decode' else 'ntlmaudit']
        results.check(p['Uid'].split() == [str(user)] * 4, '%d is user %s' % (pid, p['Uid']))
        results.check(unit.part != 'decode' or not p['Groups'].split() or p['Groups'].split() == [str(user)],
                      '%d is of groups %s' % (pid, p['Groups']))
        results.check(int(p['CapPrm'], 16) & ~allowed == 0, '%d has capabilities %s' % (pid, p['CapPrm']))
        results.check(p['NoNewPrivs'] == '1' and p['Seccomp'] == '2', '%d is not filtered' % pid)
        results.check((p['net'] != os.readlink('/proc/self/ns/net')) == (unit.part in ('decode', 'keep')),
                      '%d of %s is in the wrong network' % (pid, unit.part))


def events():
    done = program.run('search', '--log', '/var/lib/ntlmaudit/log.db', '-o', 'json')
    return [json.loads(line) for line in done.stdout.splitlines()]


def events_of(user):
    """Sorted IDs, once both sides are there; what there is after some seconds, else."""
    end = time.monotonic() + 5
    while True:
        found = [e for e in events() if '"%s"' % user in json.dumps(e)]
        if len(found) >= 2 or time.monotonic() > end:
            return found
        time.sleep(0.1)


def check_user(results, user, what):
    """One event of each side, with the process."""
    found = events_of(user)
    ids = sorted(e.get('event_id') for e in found)
    results.check(len(ids) == 2 and ids[0] in (4020, 4021) and ids[1] in (4022, 4023), '%s: events %s' % (what, ids))
    results.check('curl' in json.dumps(found), '%s: no process: %s' % (what, json.dumps(found)))


def gets(syslog, wanted, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        syslog.settimeout(max(0.01, end - time.monotonic()))
        try:
            if wanted in syslog.recv(65536):
                return True
        except socket.timeout:
            break
    return False


def check_logon(results, syslog):
    if results.check(log_on('alice'), 'curl logs on'):
        check_user(results, 'alice', 'a logon')
    results.check(log_on('bob'), 'curl logs on again')  # a target that is new gets what is stored from then on
    results.check(gets(syslog, b'bob', 5), 'syslog does not get it')
    end = time.monotonic() + 5
    written = ''
    while time.monotonic() < end and 'bob' not in written:
        time.sleep(0.1)
        with open('/var/log/ntlmaudit/ntlm.json', encoding='utf-8') as f:
            written = f.read()
    results.check('bob' in written, 'the file is without the event')


def ask():
    """The status, as root sees it; None where it can't be asked."""
    done = program.run('status', '-o', 'json')
    return json.loads(done.stdout) if done.returncode in (0, 1) else None


NAMES = ['opener', 'host', 'decode opener', 'decoder', 'keep opener', 'keeper', 'forward opener', 'forwarder 1', 'forwarder 2']


def running(told):
    return {p['name']: p['pid'] for p in told['processes'] if p['state'] == 'running'} if told else {}


def check_status(results):
    told = ask()
    if not results.check(told is not None, 'there is no status'):
        return
    results.check(sorted(running(told)) == sorted(NAMES), 'status has the processes %s' % told['processes'])
    results.check(told['host']['method'] == 'bpf' or not os.path.exists('/sys/kernel/btf/vmlinux'),
                  'processes are not found by BPF: %s' % told['host'])
    # the kernel's lack of BPF is the only problem that may be
    results.check(not told['problems'] or told['host']['method'] != 'bpf', 'problems: %s' % told['problems'])
    results.check(len(told['forward']) == 2 and all(f['reached'] for f in told['forward']),
                  'forwarders: %s' % told['forward'])


def loads():
    told = ask()
    return told['policy']['loads'] if told else -1


def check_kill(results, name):
    """Stored is stored; all are back, and what comes then is stored once, too."""
    key = name.replace(' ', '-')
    before = running(ask())
    if not results.check(sorted(before) == sorted(NAMES), 'before %s: %s' % (name, before)):
        return
    log_on('before-' + key)
    check_user(results, 'before-' + key, 'before %s' % name)
    os.kill(before[name], signal.SIGKILL)
    begin = time.monotonic()
    now = {}
    while time.monotonic() < begin + BACK_SECONDS and (len(now) < len(NAMES) or now[name] == before[name]):
        time.sleep(0.05)
        now = running(ask())
    results.check(len(now) == len(NAMES) and now[name] != before[name],
                  '%s is not back: %s, was %s' % (name, now, before))
    results.check(log_on('after-' + key), 'curl logs on after ' + name)
    check_user(results, 'after-' + key, 'after %s' % name)
    check_user(results, 'before-' + key, 'before %s, after that' % name)


def check_gaps(results):
    """Who died while it saw the network leaves a gap, whichever part it was of."""
    told = json.dumps(events())
    for why in ('the decoder ended by signal 9', "the decoder's part ended", 'the part that captures ended'):
        results.check(why in told, 'no gap tells that ' + why)


def check_hang_up(results, units):
    before = loads()
    for unit in units:
        unit.process.send_signal(signal.SIGHUP)
    for unit in units:
        results.check(unit.tells('RELOADING=1', 5), '%s does not reload' % unit.part)
        results.check(unit.tells('WATCHDOG=1', WATCHDOG_SECONDS / 2), '%s is not alive after SIGHUP' % unit.part)
    time.sleep(0.3)
    results.check(loads() == before + 1, 'the policy was loaded %d times, then %d' % (before, loads()))


def set_policy(*lines):
    with open('/etc/ntlmaudit/ntlmaudit.conf', 'w', encoding='utf-8') as f:
        f.writelines(line + '\n' for line in ('forward = file:/var/log/ntlmaudit/ntlm.json, syslog+udp://127.0.0.1:%d' %
                                             SYSLOG_PORT, *lines))


def check_rings(results):
    """Other interfaces: the part that captures has other rings, and the decoder, new, gets just them."""
    set_policy('interfaces = lo')
    end = time.monotonic() + BACK_SECONDS
    rings = []
    while time.monotonic() < end and 'lo' not in rings:
        log_on('ringing')
        time.sleep(0.2)
        told = ask()
        rings = [r['interface'] for r in told['capture'] if r['packets']] if told else []
    results.check('lo' in rings, 'the rings are %s' % rings)
    results.check(log_on('rings'), 'curl logs on over other rings')
    check_user(results, 'rings', 'other rings')


def is_granted(part, *who):
    """Is somebody who asks for that part given it? It is there already: the answer is the end, at once or not at all."""
    asks = ('import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.settimeout(5);'
            's.connect("/run/ntlmaudit/parts"); s.send(b"%s"); sys.exit(0 if s.recv(4096) else 7)' % part)
    return subprocess.run(['setpriv', *who, sys.executable, '-c', asks], capture_output=True, check=False).returncode == 0


def check_trust(results, units):
    """Each is given its own part, and whoever is neither root nor a user of the daemon's nothing."""
    away = [unit for unit in units if unit.part in ('decode', 'keep')]
    for unit in away:
        unit.stop()
    decoder, keeper, stranger = ([
        '--reuid', str(uid), '--regid', str(gid), '--clear-groups'] for uid, gid in (
            (USERS['ntlmaudit-decode'], USERS['ntlmaudit-decode']), (USER, USER), (12345, USERS['ntlmaudit-decode'])))
    for part, who, wanted in (('keep', decoder, False), ('forward', decoder, False), ('decode', keeper, False),
                              ('decode', stranger, False), ('keep', stranger, False), ('decode', decoder, True),
                              ('keep', keeper, True)):
        results.check(is_granted(part, *who) == wanted, '%s asks for %s' % (who[1], part))
    for unit in away:
        unit.start()
    results.check(all([unit.tells('READY=1', 15) for unit in away]), 'the parts are back')


def inside():
    results = program.Results()
    make_room()
    syslog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    syslog.bind(('127.0.0.1', SYSLOG_PORT))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 8080), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    units = [Unit(part) for part in ('forward', 'decode', 'keep', 'capture')]  # in the wrong order: they wait for each other
    try:
        if all([results.check(unit.tells('READY=1', 15), '%s tells that it is ready' % unit.part) for unit in units]):
            time.sleep(0.5)
            for unit in units:
                check_processes(results, unit)
            check_logon(results, syslog)
            check_status(results)
            results.check(loads() == 1, 'the policy was loaded once')
            check_hang_up(results, units)
            check_trust(results, units)
            check_rings(results)
            for name in NAMES:
                check_kill(results, name)
            check_gaps(results)
            for unit in units:
                check_processes(results, unit)
    finally:
        for unit in units:
            results.check(unit.stop(), '%s ends with status %s' % (unit.part, unit.process.returncode))
            results.check(unit.tells('STOPPING=1', 0.1), '%s tells that it stops' % unit.part)
    for unit in units:
        with open('/run/said-' + unit.part, encoding='utf-8') as f:
            said = f.read()
        results.check('goes without' not in said and 'this run only' not in said, unit.part + ' lacks something')
        if results.failed:
            print('--- %s\n%s' % (unit.part, said))
    results.close()


def become(part, path, *options):
    load_filter(part, set(os.environ.pop('CALLS').split()))
    os.execv(path, [path, *options])


def why_not():
    if not program.is_machine():
        return 'not root of a machine'
    if not os.path.exists(DAEMON):
        return 'there is no ntlmauditd'
    for name in ('systemd-analyze', 'setpriv', 'unshare', 'ip', 'curl'):
        if not shutil.which(name):
            return 'there is no ' + name
    try:
        ctypes.CDLL('libseccomp.so.2')
    except OSError:
        return 'there is no libseccomp'
    return None


def main():
    if sys.argv[1:2] == ['become']:
        become(*sys.argv[2:])
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
