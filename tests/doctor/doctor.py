#!/usr/bin/env python3
"""ntlmaudit doctor: each check is made to fail and to pass, in a folder that stands for /, or, where the kernel itself is
asked, in namespaces and without capabilities. What Samba's configuration means is asked of Samba where it is there."""
import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

WELL, WARNINGS, USAGE, ERRORS = range(4)
STATUS = {'ok': WELL, 'skipped': WELL, 'warning': WARNINGS, 'error': ERRORS}
IS_ROOT = os.geteuid() == 0
CONF = 'etc/ntlmaudit/ntlmaudit.conf'
UNIT = 'usr/lib/systemd/system/ntlmauditd.service'
OTHER_UNITS = [UNIT.replace('.service', part + '.service') for part in ('-decode', '-keep', '-forward')]
WANTS = 'etc/systemd/system/multi-user.target.wants/ntlmauditd.service'
PROFILE = 'etc/apparmor.d/usr.sbin.ntlmauditd'
PROFILES = 'sys/kernel/security/apparmor/profiles'
AUDIT_LOG = '/var/log/samba/auth_json.log'
NOBODY = 65534


class Sandbox:
    """A folder that stands for /, and what the doctor says of it."""

    def __init__(self, results, folder):
        self.results = results
        self.root = os.path.join(folder, 'root')
        os.makedirs(self.root)

    def path(self, name):
        return os.path.join(self.root, name)

    def put(self, name, text=''):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.remove(path)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)

    def link(self, name, to):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.remove(path)
        os.symlink(to, path)

    def remove(self, *names):
        for name in names:
            if os.path.isdir(self.path(name)):
                shutil.rmtree(self.path(name))
            elif os.path.lexists(self.path(name)):
                os.remove(self.path(name))

    def look(self, check, *options, before=()):
        done = run('-o', 'json', '--root', self.root, *options, check, before=before)
        return one(self.results, check, done)

    def expect(self, check, verdict, *parts, options=(), before=()):
        """The verdict, and parts that stand in what is said or in the line that mends it."""
        found = self.look(check, *options, before=before)
        said = '\n'.join(r['what'] + '\n' + (r['cure'] or '') for r in found['remarks'])
        self.results.check(found['verdict'] == verdict, '%s is %s, not %s: %s' % (check, found['verdict'], verdict, said))
        for part in parts:
            self.results.check(part in said, '%s says %r: %s' % (check, part, said))
        return said


def run(*arguments, before=()):
    return subprocess.run([*before, program.PROGRAM, 'doctor', *arguments], capture_output=True, timeout=30,
                          env=program.ENVIRONMENT, stdin=subprocess.DEVNULL, check=False)


def one(results, check, done):
    """The only check of a run; its exit status is what the verdict asks for."""
    try:
        said = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError('%s: %r %r' % (check, done.stdout[:200], done.stderr[:2000])) from None
    found = said['checks'][0]
    results.check(len(said['checks']) == 1 and found['id'] == check, '%s alone is made' % check)
    results.check(done.returncode == STATUS[found['verdict']], '%s: exit status %d' % (check, done.returncode))
    return found


def conf(box, text):
    box.put(CONF, text)


# ---- the daemon and the system ----

def check_daemon(box):
    box.expect('daemon', 'error', 'does not run', 'ntlmauditd')


def check_unit(box):
    box.expect('unit', 'skipped', 'not started by systemd')
    os.makedirs(box.path('run/systemd/system'))
    box.expect('unit', 'warning', 'not installed')
    box.put(UNIT)
    box.expect('unit', 'warning', 'ntlmauditd-decode.service is not installed')
    for unit in OTHER_UNITS:
        box.put(unit)
    box.expect('unit', 'warning', 'not enabled', 'systemctl enable --now ntlmauditd.service')
    box.link(WANTS, '/' + UNIT)
    box.expect('unit', 'ok')
    box.link('etc/systemd/system/ntlmauditd.service', '/dev/null')
    box.expect('unit', 'warning', 'masked', 'systemctl unmask ntlmauditd.service')
    box.remove('etc/systemd/system/ntlmauditd.service')
    box.link('etc/systemd/system/ntlmauditd-forward.service', '/dev/null')
    box.expect('unit', 'warning', 'ntlmauditd-forward.service is masked', 'systemctl unmask ntlmauditd-forward.service')
    box.remove('run/systemd')


def check_user(box):
    box.expect('user', 'warning', 'useradd --system')
    box.put('etc/passwd', 'root:x:0:0::/root:/bin/sh\nntlmaudit:x:991:990::/:/usr/sbin/nologin\n')
    box.expect('user', 'warning', 'useradd')
    box.put('etc/group', 'root:x:0:\nntlmaudit:x:990:\n')
    box.expect('user', 'warning', 'ntlmaudit-decode', 'useradd')
    both = 'ntlmaudit:x:991:990::/:/usr/sbin/nologin\nntlmaudit-decode:x:%d:989::/:/usr/sbin/nologin\n'
    box.put('etc/group', 'root:x:0:\nntlmaudit:x:990:\nntlmaudit-decode:x:989:\n')
    for uid in (0, 991):
        box.put('etc/passwd', both % uid)
        box.expect('user', 'error', 'should be nobody else')
    box.put('etc/passwd', both % 992)
    box.expect('user', 'ok')
    box.put('etc/passwd', 'ntlmauditx:x:991:990::/:/usr/sbin/nologin\n')
    box.expect('user', 'warning')
    box.put('etc/passwd', 'ntlmaudit:x:0:990::/:/usr/sbin/nologin\n')
    box.expect('user', 'error', 'is root')
    box.put('etc/passwd', 'ntlmaudit:x:999999999999:990::/:/usr/sbin/nologin\n')
    box.expect('user', 'warning')
    box.remove('etc/passwd', 'etc/group')


def check_apparmor(box):
    box.expect('apparmor', 'skipped', 'does not use AppArmor')
    box.put('sys/module/apparmor/parameters/enabled', 'N\n')
    box.expect('apparmor', 'skipped')
    box.put('sys/module/apparmor/parameters/enabled', 'Y\n')
    box.expect('apparmor', 'warning', 'not installed', 'apparmor_parser -r')
    box.put(PROFILE)
    box.put(PROFILES, 'xntlmauditd (enforce)\nsmbd (enforce)\n')
    box.expect('apparmor', 'warning', 'not loaded', 'apparmor_parser -r /' + PROFILE)
    box.put(PROFILES, 'smbd (enforce)\nntlmauditd (complain)\n')
    box.expect('apparmor', 'warning', 'not enforced', 'aa-enforce')
    box.put(PROFILES, 'smbd (enforce)\nntlmauditd (enforce)\n')
    box.expect('apparmor', 'ok')


def check_clock(box):
    """What glibc's adjtimex() says here; TIME_ERROR (5) is returned where the clock is not synchronised."""
    timex = (ctypes.c_char * 512)()
    synchronised = ctypes.CDLL(None).adjtimex(timex) != 5
    if synchronised:
        box.expect('clock', 'ok')
    else:
        box.expect('clock', 'warning', 'timedatectl set-ntp true')


# ---- the kernel ----

def may_open_packets():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True


def check_capture(box):
    if not IS_ROOT:
        box.expect('capture', 'skipped', 'needs root')
        return
    if may_open_packets():
        box.expect('capture', 'ok')
    box.expect('capture', 'error', 'CAP_NET_RAW', before=('setpriv', '--bounding-set', '-net_raw'))


def check_kernel(box):
    box.expect('kernel', 'warning', 'cgroup2 is not mounted', 'mount -t cgroup2', 'BTF')
    box.put('proc/self/mounts', 'proc /proc proc rw 0 0\ncgroup /sys/fs/cgroup cgroup rw 0 0\n')
    box.put('sys/kernel/btf/vmlinux')
    box.expect('kernel', 'warning', 'cgroup2 is not mounted')
    box.put('proc/self/mounts', 'none /sys/fs/cgroup cgroup2 rw 0 0\n')
    box.expect('kernel', 'ok')
    box.put('sys/kernel/security/lockdown', 'none integrity [confidentiality]\n')
    box.expect('kernel', 'warning', 'locked down', 'lockdown=integrity')
    box.put('sys/kernel/security/lockdown', 'none [integrity] confidentiality\n')
    box.expect('kernel', 'ok')


def check_bpf(box):
    if not IS_ROOT:
        box.expect('bpf', 'skipped', 'needs root')
        return
    found = box.look('bpf')
    if found['verdict'] != 'ok':
        print('BPF does not load here: that it passes is not tested: %s' % found['remarks'][0]['what'])
    box.expect('bpf', 'warning', 'SOCK_DIAG',
               before=('setpriv', '--bounding-set', '-sys_admin,-bpf,-perfmon,-net_admin'))


def check_interfaces(box):
    box.put('sys/class/net/eth0/address')
    box.expect('interfaces', 'ok')
    conf(box, 'interfaces = eth0, ETH*\n')
    box.expect('interfaces', 'ok')
    conf(box, 'interfaces = eth0, eth1\n')
    box.expect('interfaces', 'warning', 'no interface eth1, which ' + box.path(CONF) + ': line 1', 'interfaces = *')
    conf(box, 'interfaces =\n')
    box.expect('interfaces', 'error', 'nothing is captured')
    box.remove(CONF)


DEV = 'Inter-|   Receive\n face |bytes\n'


def fake_process(box, pid, network, interfaces, name='smbd', cgroup='0::/system.slice/smbd.service\n'):
    box.link('proc/%d/ns/net' % pid, 'net:[%d]' % network)
    box.put('proc/%d/net/dev' % pid, DEV + ''.join('%6s: 0 0\n' % i for i in interfaces))
    box.put('proc/%d/comm' % pid, name + '\n')
    box.put('proc/%d/cgroup' % pid, cgroup)


def check_namespaces(box):
    box.expect('namespaces', 'skipped', '/proc')
    box.link('proc/self/ns/net', 'net:[1]')
    fake_process(box, 10, 1, ['lo', 'eth0'])
    box.expect('namespaces', 'ok')
    fake_process(box, 20, 2, ['lo'], 'rtkit-daemon')
    box.expect('namespaces', 'ok')
    container = 'ab' * 32
    fake_process(box, 30, 3, ['lo', 'eth0'], cgroup='0::/system.slice/docker-%s.scope\n' % container)
    fake_process(box, 31, 3, ['lo', 'eth0'])
    box.expect('namespaces', 'warning', '2 processes', 'eth0', 'container ' + container[:24], 'nsenter -t 3')
    for pid in range(100, 400):
        fake_process(box, pid, pid, ['lo', 'veth0'])
    said = box.expect('namespaces', 'warning', 'and others')
    box.results.check(said.count('out of sight') == 8, 'not all of 300 networks are listed')
    box.remove('proc')


def check_real_namespace(results):
    if not IS_ROOT:
        print('not root: a real network namespace is not tried')
        return
    hidden = subprocess.Popen(['unshare', '-n', 'sh', '-c', 'ip link add hid0 type veth peer name hid1; echo; exec sleep 60'],
                              stdout=subprocess.PIPE)
    try:
        hidden.stdout.readline()
        found = one(results, 'namespaces', run('-o', 'json', 'namespaces'))
        said = [r['what'] for r in found['remarks'] if 'PID %d (sh)' % hidden.pid in r['what'] or
                'PID %d (sleep)' % hidden.pid in r['what']]
        results.check(len(said) == 1 and 'hid0' in said[0], 'a real namespace is found: %r' % found)
    finally:
        hidden.kill()
        hidden.wait()


def tcp_line(port, state, v6=False):
    return '   0: %s:%04X %s:0000 %s 00000000:00000000 00:00000000 00000000 0 0 1 1\n' % (
        '0' * (32 if v6 else 8), port, '0' * (32 if v6 else 8), state)


def check_tls(box):
    box.expect('tls', 'ok')
    box.put('proc/self/net/tcp', '  sl  local_address rem_address   st\n' + tcp_line(443, '01') + tcp_line(80, '0A'))
    box.results.check(box.look('tls')['remarks'] == [], 'connections do not count, nor HTTP')
    box.put('proc/self/net/tcp6', tcp_line(636, '0A', True) + tcp_line(443, '0A', True))
    box.expect('tls', 'ok', 'HTTPS on port 443, LDAPS on port 636', "can't be seen")
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        with open('/proc/self/net/tcp', encoding='ascii') as f:
            line = next(x for x in f if ':%04X ' % port in x)
    box.results.check(line.split()[1:4] == tcp_line(port, '0A').replace('00000000:', '0100007F:', 1).split()[1:4],
                      'lines look as the kernel writes them: ' + line)
    box.remove('proc')


# ---- the policy ----

def check_policies(box):
    box.expect('policies', 'ok')
    box.expect('policy-files', 'ok')
    conf(box, '\nenhanced-logging = off\n')
    box.expect('policies', 'error', '4020 to 4023', box.path(CONF) + ': line 2: enhanced-logging = on')
    conf(box, 'domain-logging = off\n')
    box.expect('policies', 'warning', '4030 to 4033', 'domain-logging = on')
    box.put('usr/sbin/samba')
    box.put('etc/samba/smb.conf', '[global]\nserver role = active directory domain controller\n')
    box.expect('policies', 'error', '4030 to 4033')
    box.remove('usr/sbin/samba', 'etc/samba')
    conf(box, 'server-events = none\n')
    box.expect('policies', 'warning', 'as a server', 'server-events = all')
    conf(box, 'client-share = 0\n')
    box.expect('policies', 'ok', 'as a client', 'client-share = 100')
    box.remove(CONF)
    program.run('policy', 'import', '--root', box.root, os.path.join(program.TOP, 'tests/policy/kb-off.pol'))
    box.expect('policies', 'error', 'in Group Policy (', 'kb-off.pol', 'LogEnhancedAuditEvents = 1',
               'EnableEnhancedDomainNtlmLogs = 1')
    box.remove('var/lib/ntlmaudit/policy')


def check_policy_files(box):
    conf(box, 'nonsense\n\nkeep-days = many\n')
    box.expect('policy-files', 'error', CONF + ': line 1: should be', 'line 3: keep-days',
               'ntlmaudit policy check ' + box.path(CONF))
    conf(box, '\n'.join('x%d = 1' % n for n in range(200)))
    found = box.look('policy-files')
    box.results.check(len(found['remarks']) + found['left_out'] == 100, 'what is not told is counted: %d, %d' % (
        len(found['remarks']), found['left_out']))
    box.remove(CONF)
    box.expect('policy-files', 'ok')


def day(days):
    return time.strftime('%Y-%m-%d', time.gmtime(time.time() + days * 86400))


def check_exceptions(box):
    line = 'server-exceptions = nas*; owner=Jo <jo@example.com>; until=%s\n'
    conf(box, line % 'never')
    box.expect('exceptions', 'ok')
    conf(box, line % day(32))
    box.expect('exceptions', 'ok')
    conf(box, line % day(28))
    box.expect('exceptions', 'warning', 'nas*', 'ends on ' + day(28), 'ask Jo <jo@example.com>')
    conf(box, line % day(-1))
    box.expect('exceptions', 'warning', 'ended on ' + day(-1), 'delete it', CONF + ': line 1')
    box.remove(CONF)


# ---- Samba ----

CURE = 'log level = %s auth_json_audit:5@' + AUDIT_LOG
# What [global] says, the verdict, and the value that mends it.
LEVELS = [
    ('', 'warning', CURE % '1'),
    ('log level = 0', 'warning', CURE % '0'),
    ('log level = 1 auth_audit:3', 'warning', CURE % '1 auth_audit:3'),
    ('log level = 3', 'warning', CURE % '3'),
    ('log level = 1 auth_json_audit:1@/x.json', 'warning', 'log level = 1 auth_json_audit:5@/x.json'),
    ('log level = 1 auth_json_audit:2@/x.json', 'warning', 'log level = 1 auth_json_audit:5@/x.json'),
    ('log level = 1 auth_json_audit:3@/x.json', 'warning', 'log level = 1 auth_json_audit:5@/x.json'),
    ('log level = 1 auth_json_audit:4@/x.json smb:2', 'warning', 'log level = 1 smb:2 auth_json_audit:5@/x.json'),
    ('log level = 1 auth_json_audit:5', 'warning', CURE % '1'),
    ('log level = 1 auth_json_audit:5@/x.json', 'ok', None),
    ('log level = auth_json_audit:10@/x.json', 'ok', None),
    ('debuglevel = 1 auth_json_audit:5@/x.json', 'ok', None),
    ('LOG  Level=1 auth_json_audit:5@/x.json', 'ok', None),
    ('log level = 1 \\\n auth_json_audit:5@/x.json', 'ok', None),
    ('# log level = 1 auth_json_audit:5@/x.json', 'warning', CURE % '1'),
    ('; log level = 1 auth_json_audit:5@/x.json', 'warning', CURE % '1'),
    ('log level = 1 auth_json_audit:5@/x.json\nlog level = 1', 'warning', CURE % '1'),
    ('[share]\nlog level = 1 auth_json_audit:5@/x.json', 'warning', CURE % '1'),
    ('[share]\npath = /\n[GLOBAL]\nlog level = 1 auth_json_audit:5@/x.json', 'ok', None),
]


# A process for each file, since what was loaded before stays.
ASK_SAMBA = """import json, os, sys
from samba.param import LoadParm
for path in sys.stdin.read().split():
    if os.fork() == 0:
        lp = LoadParm()
        lp.load(path)
        print(json.dumps([lp.get('log level'), lp.get('server role')]), flush=True)
        os._exit(0)
    os.wait()
"""


class Samba:
    """Samba's own reader of smb.conf, asked once about all variants. (testparm would do, but for `log level`, which its
    own command line overrides.)"""

    def __init__(self, results, folder):
        self.results = results
        self.folder = folder
        self.questions = []

    def ask(self, text, holds):
        """holds(level, role) is to be true of what Samba reads in this text."""
        path = os.path.join(self.folder, 'smb%d.conf' % len(self.questions))
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        self.questions.append((path, text, holds))

    def answer(self):
        python = next((p for p in (sys.executable, '/usr/bin/python3') if subprocess.run(
            [p, '-c', 'import samba.param'], capture_output=True, check=False).returncode == 0), None)
        if not python:
            print('python3-samba is not installed: Samba is not asked what its configuration means')
            return
        done = subprocess.run([python, '-c', ASK_SAMBA], input=' '.join(q[0] for q in self.questions).encode(),
                              capture_output=True, check=False)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.results.check(len(answers) == len(self.questions), 'Samba answers: %r' % done.stderr[-500:])
        for (_, text, holds), (level, role) in zip(self.questions, answers):
            self.results.check(holds(level, role), '%r: Samba reads %r, %r' % (text, level, role))


def check_samba_level(box, samba, text, verdict, wanted):
    conf_text = '[global]\n' + text + '\n'
    box.put('etc/samba/smb.conf', conf_text)
    said = box.expect('samba', verdict)
    samba.ask(conf_text, lambda level, role: ('auth_json_audit:5@' in level or ':10@' in level) == (verdict == 'ok'))
    if wanted is None:
        return
    box.results.check('[global]: ' + wanted in said, '%r: %s' % (text, said))
    conf_text = '[global]\n' + wanted + '\n'
    box.put('etc/samba/smb.conf', conf_text)
    box.expect('samba', 'ok')
    samba.ask(conf_text, lambda level, role: level == wanted.partition('= ')[2])


def check_samba(box):
    samba = Samba(box.results, os.path.dirname(box.root))
    box.expect('samba', 'skipped', 'no server here')
    box.put('usr/sbin/smbd')
    box.expect('samba', 'skipped', 'not set up')
    for text, verdict, wanted in LEVELS:
        check_samba_level(box, samba, text, verdict, wanted)
    check_samba_includes(box)
    check_dc(box, samba)
    samba.answer()


def check_samba_includes(box):
    good = 'log level = 1 auth_json_audit:5@/x.json\n'
    box.put('etc/samba/smb.conf', '[global]\nlog level = 1\ninclude = /etc/samba/more.conf\n')
    box.put('etc/samba/more.conf', good)
    box.expect('samba', 'ok')
    box.put('etc/samba/more.conf', 'include = /etc/samba/more.conf\n' + good)
    box.expect('samba', 'skipped', 'macros')
    for elsewhere in ('include = registry', 'config backend = registry', 'include = /etc/samba/%m.conf',
                      'include = /etc/samba/not-there.conf'):
        box.put('etc/samba/smb.conf', '[global]\n%s%s\n' % (good, elsewhere))
        box.expect('samba', 'skipped', 'smbcontrol all debuglevel')
    box.put('etc/samba/smb.conf', '\0\xff[[[=\n' * 1000 + 'log level = ' + 'x' * 100000 + '\n[')
    box.expect('samba', 'warning')


def check_dc(box, samba):
    for role, is_dc in (('active directory domain controller', True), ('Domain Controller', True), ('member server', False),
                        ('classic primary domain controller', True), ('standalone', False)):
        conf_text = '[global]\nserver role = %s\n' % role
        box.put('etc/samba/smb.conf', conf_text)
        box.expect('samba', *(('error', 'this domain controller') if is_dc else ('warning', 'this server')))
        samba.ask(conf_text, lambda level, read, is_dc=is_dc: ('domain controller' in read) == is_dc)
    box.put('etc/samba/smb.conf', '[global]\ndomain logons = yes\n')
    box.expect('samba', 'error', 'this domain controller')


def check_samba_log(box):
    box.put('etc/samba/smb.conf', '[global]\nlog level = 1\n')
    box.expect('samba-log', 'skipped', 'not told')
    box.put('etc/samba/smb.conf', '[global]\nlog level = 1 auth_json_audit:5@%s\n' % AUDIT_LOG)
    box.expect('samba-log', 'error', AUDIT_LOG + ' is not there', 'smbcontrol all reload-config')
    os.makedirs(box.path(AUDIT_LOG[1:]))
    box.expect('samba-log', 'error', 'is no file')
    box.remove(AUDIT_LOG[1:])
    box.put(AUDIT_LOG[1:])
    os.chmod(box.path(AUDIT_LOG[1:]), 0o640)
    box.expect('samba-log', 'ok')
    box.put(AUDIT_LOG[1:], '  {"timestamp": "x", "type": "Authentication"}\n' * 5000)
    box.expect('samba-log', 'ok')
    box.put(AUDIT_LOG[1:], '  {"type": "Authentication"}\n[2026/11/22 14:00:00.0,  3] ../../source3/smbd/oplock.c\n')
    box.expect('samba-log', 'warning', 'not JSON')
    box.put(AUDIT_LOG[1:])
    os.chmod(box.path(AUDIT_LOG[1:]), 0o666)
    box.expect('samba-log', 'warning', 'chmod o-w ' + AUDIT_LOG)
    box.put('etc/samba/smb.conf', '[global]\nlog level = 1 auth_json_audit:5@/var/log/%m\n')
    box.expect('samba-log', 'skipped', 'not a plain path')


def check_keys(box):
    box.expect('keys', 'skipped', 'no keys are named')
    box.put('etc/ntlmaudit/ntlmaudit.conf', 'keytab = /k/domain\n')
    box.expect('keys', 'error', '/k/domain is not there', 'exportkeytab /k/domain')
    box.put('k/domain', 'no keytab')
    os.chmod(box.path('k/domain'), 0o600)
    box.expect('keys', 'error', '/k/domain: neither a keytab nor a tdb')
    shutil.copy(os.path.join(program.TOP, 'tests/lab/recorded/ci-fresh-corp.keytab'), box.path('k/domain'))
    os.chmod(box.path('k/domain'), 0o600)
    box.expect('keys', 'ok')
    os.chmod(box.path('k/domain'), 0o644)
    box.expect('keys', 'warning', 'everybody can read', 'chmod 0600 /k/domain')
    box.put('etc/ntlmaudit/ntlmaudit.conf', 'samba-private = /k\n')
    box.expect('keys', 'error', 'no key is there')
    shutil.copy(os.path.join(program.TOP, 'tests/netlogon/data/schannel_store.tdb'), box.path('k'))
    os.chmod(box.path('k/schannel_store.tdb'), 0o600)
    box.expect('keys', 'ok')


# ---- the log, and where events go ----

def check_folder(box):
    folder = box.path('var/lib/ntlmaudit')
    shutil.rmtree(folder, ignore_errors=True)
    box.expect('folder', 'error', 'install -d -m 1770 -o root -g ntlmaudit ' + folder)
    os.makedirs(folder)
    conf(box, 'keep-mib = 1\n')
    box.expect('folder', 'ok')
    conf(box, 'keep-mib = 16777216\n')
    box.expect('folder', 'warning', 'may grow', 'keep-mib = ')
    conf(box, 'keep-mib = 1\n')
    box.put('etc/passwd', 'ntlmaudit:x:%d:54321::/:/x\n' % (os.geteuid() + 12345))
    box.put('etc/group', 'ntlmaudit:x:54321:\n')
    os.chmod(folder, 0o755)
    box.expect('folder', 'error', 'by the user ntlmaudit', 'chmod 1770 ' + folder)
    os.chmod(folder, 0o757)
    box.expect('folder', 'warning', 'by everybody', 'chmod o-w')
    box.put('etc/group', 'ntlmaudit:x:%d:\n' % os.stat(folder).st_gid)
    os.chmod(folder, 0o1770)
    box.expect('folder', 'ok')
    check_full(box, folder)
    box.remove(CONF)


def check_full(box, folder):
    if not program.is_machine():
        print('not root of a machine: a small and a read-only file system are not mounted')
        return

    def mounted(options):
        return ('unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o mode=1770,%s x %s && exec "$@"' % (options, folder), 'sh')

    box.expect('folder', 'error', 'MiB left', 'df -h', before=mounted('size=10m'))
    box.expect('folder', 'error', 'read-only', 'remount,rw', before=mounted('size=200m,ro'))
    box.expect('folder', 'ok', before=mounted('size=200m'))
    conf(box, 'keep-mib = 300\n')
    box.expect('folder', 'warning', 'may grow by 300 MiB', 'keep-mib = 136', before=mounted('size=200m'))
    conf(box, 'keep-mib = 0\n')
    box.expect('folder', 'warning', 'has no limit', 'keep-mib = 136', before=mounted('size=200m'))


def check_log(box):
    log = box.path('var/lib/ntlmaudit/log.db')
    box.expect('log', 'skipped', 'none yet')
    capture = os.path.join(program.TOP, 'samples/office.pcap')
    done = program.run('read', '--store=' + log, '--key-file', program.KEY, '-q', capture)
    box.results.check(done.returncode == 0, 'a log is made: %r' % done.stderr)
    box.expect('log', 'ok')
    box.expect('log', 'ok', options=('--log', log))
    with open(log, 'r+b') as f:
        f.seek(0)
        f.write(b'no log of ours')
    box.expect('log', 'error', 'log.db', 'ntlmaudit verify --log ' + log)
    box.remove('var/lib/ntlmaudit')


def check_forward(box):
    box.expect('forward', 'ok')
    conf(box, 'forward = journald\n')
    box.expect('forward', 'error', 'does not run here')
    box.put('run/systemd/journal/socket')
    box.expect('forward', 'ok')
    conf(box, 'forward = file:/srv/ntlm/events.json\n')
    box.expect('forward', 'error', 'no folder /srv/ntlm', 'install -d')
    os.makedirs(box.path('srv/ntlm'))
    box.expect('forward', 'ok')
    conf(box, 'forward = syslog+udp://no-such-host.invalid\n')
    box.expect('forward', 'error', 'no-such-host.invalid is not found', 'getent ahosts no-such-host.invalid')
    check_online(box)
    box.remove(CONF)


def check_online(box):
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        conf(box, 'forward = syslog+tcp://127.0.0.1:%d\n' % port)
        box.expect('forward', 'ok', options=('--online',))
    box.expect('forward', 'ok')
    box.expect('forward', 'error', 'Connection refused', 'nc -vz 127.0.0.1 %d' % port, options=('--online',))
    conf(box, 'forward = syslog+udp://127.0.0.1:%d\n' % port)
    box.expect('forward', 'ok', options=('--online',))


# ---- all of it ----

def check_all(results):
    done = run('-o', 'json')
    said = json.loads(done.stdout)
    ids = [c['id'] for c in said['checks']]
    verdicts = [c['verdict'] for c in said['checks']]
    results.check(len(ids) == len(set(ids)) == 20, 'every check once: %r' % ids)
    for key, verdict in (('ok', 'ok'), ('skipped', 'skipped'), ('warnings', 'warning'), ('errors', 'error')):
        results.check(said[key] == verdicts.count(verdict), 'how many are %s' % key)
    results.check(done.returncode == max(STATUS[v] for v in verdicts), 'exit status %d' % done.returncode)
    for check in said['checks']:
        worst = max([STATUS[r['verdict']] for r in check['remarks']], default=WELL)
        results.check(STATUS[check['verdict']] == worst, '%s is as bad as its worst remark' % check['id'])
        for r in check['remarks']:
            results.check(r['verdict'] in ('ok', 'skipped') or r['cure'] or check['id'] == 'daemon',
                          'what is wrong has a line that mends it: %r' % r)
    text = run().stdout.decode()
    lines = [line for line in text.splitlines() if line and not line.startswith(' ')]
    results.check([line[9:] for line in lines[:20]] == [c['title'] for c in said['checks']], 'text has all: ' + text)
    results.check('\033[' in run('--color', 'always', 'clock').stdout.decode() and '\033[' not in text, 'colours')
    with open(os.path.join(program.TOP, 'man/ntlmaudit-doctor.1'), encoding='utf-8') as f:
        manual = f.read()
    for name in ids:
        results.check('.It Cm %s\n' % name in manual, 'ntlmaudit-doctor(1) tells of %s' % name)


def check_usage(results):
    for arguments in (('frobnicate',), ('-o', 'xml'), ('--root',), ('--root', '/' + 'x' * 5000), ('clock', 'x')):
        done = run(*arguments)
        results.check(done.returncode == USAGE and done.stderr and not done.stdout, '%r: usage' % (arguments,))
    results.check(run('--help').returncode == 0, '--help')


def check_unprivileged(results, folder):
    """Whoever is not root is told what needs root, and nothing is an error for that alone."""
    if not IS_ROOT:
        return
    copy = shutil.copy(program.PROGRAM, folder)
    os.chmod(folder, 0o755)
    root = os.path.join(folder, 'empty')
    os.makedirs(root)
    done = subprocess.run(['setpriv', '--reuid', str(NOBODY), '--clear-groups', copy, 'doctor', '-o', 'json', '--root', root],
                          capture_output=True, env=program.ENVIRONMENT, check=False)
    found = {c['id']: c for c in json.loads(done.stdout)['checks']}
    for name in ('capture', 'bpf'):
        results.check(found[name]['verdict'] == 'skipped' and found[name]['remarks'][0]['what'] == 'needs root', name)
    done = subprocess.run(['setpriv', '--reuid', str(NOBODY), '--clear-groups', copy, 'doctor', 'bpf'],
                          capture_output=True, env=program.ENVIRONMENT, check=False)
    results.check(b'root can check more' in done.stdout and done.returncode == WELL, 'it is told: %r' % done.stdout)


def main():
    results = program.Results()
    with program.temporary() as folder:
        box = Sandbox(results, folder)
        for check in (check_daemon, check_unit, check_user, check_apparmor, check_clock, check_capture, check_kernel,
                      check_bpf, check_interfaces):
            check(box)
        box.remove('proc')
        for check in (check_namespaces, check_tls, check_policies, check_policy_files, check_exceptions, check_samba,
                      check_samba_log, check_keys, check_folder, check_log, check_forward):
            check(box)
        check_real_namespace(results)
        check_all(results)
        check_usage(results)
        check_unprivileged(results, folder)
    results.close()


main()
