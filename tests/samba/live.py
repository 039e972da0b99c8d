#!/usr/bin/env python3
"""live.py: a real smbd writes its audit log, which is followed while it does, and rsyslog writes lines of it in its own formats.

A standalone smbd on a port of 127.0.0.1, in folders of its own (root): right and wrong passwords, no user, NTLMv1, nobody. Each logon
must be told by lines that say so, the host must be learned from them, and nothing must be said of a line that Python reads otherwise.
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import program

TOOLS = os.path.join(os.path.dirname(program.PROGRAM), 'tests/samba')
CONF = '''[global]
netbios name = ALONE
workgroup = LONELY
server role = standalone
passdb backend = tdbsam:{0}/passdb.tdb
private dir = {0}/private
state directory = {0}/state
cache directory = {0}/cache
lock directory = {0}/lock
pid directory = {0}/pid
ncalrpc dir = {0}/ncalrpc
log file = {0}/log.smbd
max log size = 0
log level = 1 auth_json_audit:5@{0}/auth.json
bind interfaces only = yes
interfaces = 127.0.0.1
disable netbios = yes
disable spoolss = yes
ntlm auth = ntlmv1-permitted
map to guest = never
restrict anonymous = 0
[share]
path = {0}/share
read only = yes
'''
# What is said at the command line, and then of the logon: account, status, password type.
LOGONS = (
    (['-U', 'root%secret'], ('root', 'NT_STATUS_OK', 'NTLMv2')),
    (['-U', 'root%wrong'], ('root', 'NT_STATUS_WRONG_PASSWORD', 'NTLMv2')),
    (['-U', 'nobody-such%x'], ('nobody-such', 'NT_STATUS_NO_SUCH_USER', 'NTLMv2')),
    (['-U', 'root%secret', '--option=client ntlmv2 auth = no', '--option=client use spnego = yes'], ('root', 'NT_STATUS_OK', 'NTLMv1')),
    (['-N', '-U', ''], ('', 'NT_STATUS_OK', 'empty')),
)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def blocks(text):
    for block in text.split('\n\n')[:-1]:
        yield dict(row.split(' ', 1) for row in block.split('\n'))


def plain(fields, name):
    return bytes.fromhex(fields[name][1:]).decode() if name in fields else None


def decode(lines):
    said = subprocess.run([os.path.join(TOOLS, 'samba-lines')], input=''.join(line + '\n' for line in lines), capture_output=True, text=True, check=True)
    return list(blocks(said.stdout))


def wait(what, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        if what():
            return True
        time.sleep(.05)
    return False


def end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Follower:
    def __init__(self, folder):
        self.process = subprocess.Popen([os.path.join(TOOLS, 'samba-follow'), folder, 'auth.json', 'start'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.lines = []

    def look(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline()
            if line[:1] != '+':
                return
            self.lines.append(line[1:-1])


def logon(port, arguments):
    subprocess.run(['smbclient', '//127.0.0.1/share', '-p', str(port), '-s', '/dev/null', '-c', 'quit', '-m', 'SMB3', *arguments],
                   capture_output=True, check=False, timeout=30, env={**os.environ, 'HOME': '/nonexistent'})


def run_smbd(results, folder):
    """The lines that were followed while smbd wrote them."""
    for name in ('private', 'state', 'cache', 'lock', 'pid', 'ncalrpc', 'share'):
        os.mkdir(os.path.join(folder, name), 0o755)
    conf = os.path.join(folder, 'smb.conf')
    with open(conf, 'w', encoding='utf-8') as f:
        f.write(CONF.format(folder))
    subprocess.run(['smbpasswd', '-c', conf, '-a', '-s', 'root'], input='secret\nsecret\n', text=True, capture_output=True, check=True, timeout=60)
    port = free_port()
    smbd = subprocess.Popen(['smbd', '-F', '--no-process-group', '-s', conf, '-p', str(port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)  # it ends its process group with itself
    follower = Follower(folder)
    try:
        follower.look()
        if not results.check(wait(lambda: socket.socket().connect_ex(('127.0.0.1', port)) == 0), 'smbd came up'):
            return []
        for arguments, _ in LOGONS:
            logon(port, arguments)
            follower.look()
        # Rotated as logrotate does, and smbd told to open its logs anew.
        os.rename(os.path.join(folder, 'auth.json'), os.path.join(folder, 'auth.json.1'))
        smbd.send_signal(1)
        for arguments, _ in LOGONS:
            logon(port, arguments)
            follower.look()
        time.sleep(.5)
        follower.look()
    finally:
        end(smbd)
    follower.look()
    follower.process.stdin.close()
    results.check(follower.process.wait(10) == 0, 'the follower ended well')
    written = []
    for name in ('auth.json.1', 'auth.json'):
        with open(os.path.join(folder, name), encoding='utf-8') as f:
            written += f.read().splitlines()
    results.check(sorted(written) == sorted(follower.lines), '%d lines written, %d followed' % (len(written), len(follower.lines)))
    return follower.lines


def judge(results, lines):
    decoded = decode(lines)
    results.check(decoded and all(d['rc'] == '0' for d in decoded), 'lines that are not understood: %r' % [
        line for line, d in zip(lines, decoded) if d['rc'] != '0'][:2])
    told = []
    for line, d in zip(lines, decoded):
        top = json.loads(line)
        record = top[top['type']]
        if top['type'] != 'Authentication':
            continue
        same = all(plain(d, ours) == record[name] for ours, name in (
            ('client_account', 'clientAccount'), ('status_name', 'status'), ('workstation', 'workstation'), ('service', 'serviceDescription')))
        results.check(same, 'another record: %s' % line)
        results.check(d['kind'] == 'NTLM server' and d['is_ntlm'] == '1' and 'status' in d and d['remote.form'] == '1', 'no logon by NTLM: %s' % line)
        told.append((plain(d, 'client_account'), plain(d, 'status_name'), d['password']))
    # smbclient may try more than once.
    for _, want in LOGONS:
        results.check(told.count(want) >= 2, '%r was told %d times of 2: %r' % (want, told.count(want), sorted(set(told))))
    results.check(not set(told) - {want for _, want in LOGONS}, 'more than was done: %r' % (set(told) - {want for _, want in LOGONS}))


RSYSLOG = '''global(workDirectory="{0}" maxMessageSize="64k")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{0}/in" CreatePath="off" UsePIDFromSystem="off")
*.* action(type="omfile" file="{0}/bsd" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="{0}/iso" template="RSYSLOG_FileFormat")
*.* action(type="omfile" file="{0}/new" template="RSYSLOG_SyslogProtocol23Format")
'''


def through_rsyslog(results, folder, lines):
    """What rsyslog makes of the lines that smbd would give to syslog(3)."""
    with open(os.path.join(folder, 'rsyslog.conf'), 'w', encoding='utf-8') as f:
        f.write(RSYSLOG.format(folder))
    rsyslogd = subprocess.Popen(['rsyslogd', '-n', '-f', os.path.join(folder, 'rsyslog.conf'), '-i', os.path.join(folder, 'rsyslog.pid')],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(lambda: os.path.exists(os.path.join(folder, 'in')))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.connect(os.path.join(folder, 'in'))
            for line in lines:
                s.send(('<29>Nov 22 10:00:00 smbd[4711]: %s\n' % line).encode())
        paths = [os.path.join(folder, name) for name in ('bsd', 'iso', 'new')]
        wait(lambda: all(os.path.exists(p) and open(p, 'rb').read().count(b'\n') >= len(lines) for p in paths))
    finally:
        end(rsyslogd)
    want = decode(lines)
    for path in paths:
        with open(path, encoding='utf-8') as f:
            got = decode(f.read().splitlines())
        results.check(len(got) == len(want), 'rsyslog, %s: %d lines of %d' % (os.path.basename(path), len(got), len(want)))
        for a, b in zip(want, got):
            wrong = {k for k in a if a[k] != b.get(k)} - {'wrapping', 'program_id'}
            results.check(not wrong and b.get('program_id') == '4711' and plain(b, 'program') == 'smbd' and plain(b, 'host'), 'rsyslog, %s: %s' % (
                os.path.basename(path), wrong or b))


def main():
    results = program.Results()
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    if os.geteuid() or not all(map(shutil.which, ('smbd', 'smbclient', 'smbpasswd'))):
        print('skipped: a real smbd needs root, and samba and smbclient to be installed')
        with open(os.path.join(HERE, 'lines/fs1.json'), encoding='utf-8') as f:
            lines = f.read().splitlines()
    else:
        with program.temporary() as folder:
            os.chmod(folder, 0o755)
            lines = run_smbd(results, folder)
            judge(results, lines)
    if shutil.which('rsyslogd'):
        with program.temporary() as folder:
            through_rsyslog(results, folder, lines)
    else:
        print('skipped: rsyslog is not installed')
    results.close()


main()
