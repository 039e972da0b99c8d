#!/usr/bin/env python3
"""Nothing secret leaves the daemon. Logons of all kinds go by while tcpdump writes the same packets: what tshark finds secret in these is
then looked for in all that the daemon leaves or sends: the log, its targets, status, metrics, standard error, what a crash
leaves, environments, and what its processes write to each other. It has keys of two domains, and reads what their controllers' secure channels
hide: of that, too."""
import importlib.util
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
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402
import unsealing  # noqa: E402

spec = importlib.util.spec_from_file_location('secrets_check', os.path.join(program.TOP, 'tests/secrets/check.py'))
secrets_check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(secrets_check)

ENOUGH = 500  # 8 bytes in a row, of all secrets together
LAB = os.path.join(program.TOP, 'tests/lab/recorded')
DOMAINS = os.path.join(LAB, 'ci-fresh.pcap')
KEYTABS = [os.path.join(LAB, 'ci-fresh-%s.keytab' % domain) for domain in ('corp', 'partner')]
CALLS = 'write,writev,pwrite64,sendmsg,sendto'
results = program.Results()
check = results.check


# ---- what goes by ----

def frames(path):
    """The frames of a capture of Ethernet; none of another kind."""
    with open(path, 'rb') as f:
        data = f.read()
    if data[:4] != b'\xd4\xc3\xb2\xa1' or struct.unpack_from('<I', data, 20)[0] != 1:
        return
    at = 24
    while at + 16 <= len(data):
        kept, length = struct.unpack_from('<II', data, at + 8)
        if kept == length:
            yield data[at + 16:at + 16 + kept]
        at += 16 + kept


def replay(interface):
    """All captures that the wire takes, as they are."""
    n = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((interface, 0))
        for path in (DOMAINS, *program.captures()):  # others have connections of the same ends
            if os.path.getsize(path) < 1 << 20:
                for frame in frames(path):
                    try:
                        s.send(frame)
                        n += 1
                    except OSError:
                        pass  # longer than the interface takes
                    if n % 100 == 0:
                        time.sleep(0.01)
    return n


def log_on(port):
    """With a right password, a wrong one, with and without MIC and exchanged key."""
    made = faulting.some(port, 5, 'plain')
    for account in (daemoning.ACCOUNT, ('-u', 'CORP\\alice:wrong')):
        daemoning.curl('127.0.0.1', port, '/0', account)
    for _ in range(5):
        daemoning.brief('127.0.0.1', port, secure=True)
    return made


class Tcpdump:
    """Beside the daemon, of one interface."""

    def __init__(self, interface, path):
        self.path = path
        self.process = subprocess.Popen(['tcpdump', '-i', interface, '-s', '0', '-U', '-w', path, '-Z', 'root'], stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        while 'listening on' not in self.process.stderr.readline():
            if self.process.poll() is not None:
                raise RuntimeError('tcpdump did not start')

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        time.sleep(0.5)
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


# ---- where it may go ----

class Sinks:
    """A journal, syslog by TCP and by UDP, and a file: all that comes, in one heap each."""

    def __init__(self, folder):
        self.got = {'journald': [], 'syslog by TCP': [], 'syslog by UDP': []}
        out = os.path.join(folder, 'out')
        os.mkdir(out)
        os.chmod(out, 0o777)
        self.file = os.path.join(out, 'events')
        self.path = os.path.join(folder, 'journal')
        self.journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.journal.bind(self.path)
        os.chmod(self.path, 0o666)
        self.tcp = socket.create_server(('127.0.0.1', 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(('127.0.0.1', 0))
        for name, s in (('journald', self.journal), ('syslog by UDP', self.udp)):
            threading.Thread(target=self.datagrams, args=(name, s), daemon=True).start()
        threading.Thread(target=self.stream, daemon=True).start()

    def datagrams(self, name, s):
        while True:
            self.got[name].append(s.recv(1 << 20))

    def stream(self):
        while True:
            s, _ = self.tcp.accept()
            with s:
                while data := s.recv(65536):
                    self.got['syslog by TCP'].append(data)

    def targets(self):
        return ['journald:' + self.path, 'syslog+tcp://127.0.0.1:%d' % self.tcp.getsockname()[1],
                'syslog+udp://127.0.0.1:%d' % self.udp.getsockname()[1], 'file:%s?format=json' % self.file]

    def outputs(self):
        with open(self.file, 'rb') as f:
            return {**{name: b'\n'.join(got) for name, got in self.got.items()}, 'file': f.read()}


class Strace:
    """What a process writes, in hexadecimal."""

    def __init__(self, name, pid, folder):
        self.path = os.path.join(folder, 'strace-' + re.sub('[^a-z0-9]', '', name))
        self.process = subprocess.Popen(['strace', '-p', str(pid), '-e', 'trace=' + CALLS, '-xx', '-s', '200000', '-o', self.path],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said = self.process.stderr.readline()
        self.good = 'attached' in self.said

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.process.stderr.close()
        if not os.path.exists(self.path):
            return b''
        with open(self.path, 'rb') as f:
            return f.read()


def straces(daemon, folder):
    if not shutil.which('strace'):
        print('skipped: no strace: what the processes tell each other')
        return {}
    made = {name: Strace(name, pid, folder) for name, pid in faulting.processes(daemon).items()}
    for name, s in made.items():
        if not s.good:
            print('skipped: %s can\'t be traced here: %s' % (name, s.said.strip()))
    return made


def of_processes(daemon):
    out = {}
    for name, pid in faulting.processes(daemon).items():
        for what in ('environ', 'cmdline'):
            with open('/proc/%d/%s' % (pid, what), 'rb') as f:
                out['%s of %s' % (what, name)] = f.read()
    return out


def of_log(daemon, when):
    out = {}
    for suffix in ('', '-wal', '-shm'):
        if os.path.exists(daemon.log + suffix):
            with open(daemon.log + suffix, 'rb') as f:
                out['log.db%s, %s' % (suffix, when)] = f.read()
    return out


def crash(daemon, port, cwd):
    """A decoder and a keeper that end by a fault, while there is something to decode: they leave nothing."""
    with faulting.Logons(port, prefix='crash'):
        for name in ('decoder', 'keeper'):
            pids = faulting.is_up(daemon)
            os.kill(pids[name], signal.SIGSEGV)
            up = daemoning.until(lambda: [u for u in [faulting.is_up(daemon)] if u and u[name] != pids[name]])
            check(up, '%s: back after a fault' % name)
            time.sleep(0.3)
    check(os.listdir(cwd) == [], 'a crash leaves %s' % os.listdir(cwd))
    check(daemon.said().count('ended by signal 11') == 2, 'it is said: %s' % daemon.said())


# ---- looking ----

def of_domains():
    """What keytabs open: keys of accounts, channels and users, and what is in the sealed messages."""
    u = unsealing.Unsealed(DOMAINS, KEYTABS)
    found = {w for _, data in u.secrets for w in secrets_check.windows(data[:secrets_check.RESPONSE_HEAD]) if secrets_check.has_substance(w)}
    check(len(found) > ENOUGH and found & secrets_check.told(u.plain), '%d secrets of domains' % len(found))
    return found


def look(outputs, hidden):
    for name, output in outputs.items():
        found = hidden & secrets_check.told(output)
        check(not found, '%s tells %s' % (name, ', '.join(sorted(w.hex() for w in found)[:3])))


def wrote(trace):
    """Strings of strace -xx as bytes: the control that something was seen."""
    return b''.join(bytes.fromhex(run.replace(b'\\x', b'').decode()) for run in re.findall(rb'"((?:\\x[0-9a-f]{2})+)"', trace))


def look_at_all(outputs, traces):
    """A test that looks at nothing finds nothing: each of these has the names of the logons."""
    for name in ('journald', 'syslog by TCP', 'syslog by UDP', 'file', 'log.db, after'):
        check(b'plain00000' in outputs[name], '%s: there is nothing in it' % name)
    for name in ('status', 'metrics'):
        check(b'log' in outputs[name] and len(outputs[name]) > 1000, '%s: there is nothing in it' % name)
    for name, trace in traces.items():
        if name == 'decoder' and trace:
            check(b'plain000001' in wrote(trace), 'what the decoder tells was not seen')


def run(folder, port):
    sinks = Sinks(folder)
    os.makedirs(os.path.join(folder, 'root/etc/ntlmaudit'))
    with open(os.path.join(folder, 'root/etc/ntlmaudit/ntlmaudit.conf'), 'w', encoding='ascii') as f:
        f.write('forward = %s\n' % ', '.join(sinks.targets()))
    cwd = os.path.join(folder, 'cwd')
    os.mkdir(cwd)
    os.chmod(cwd, 0o777)
    os.chdir(cwd)
    outputs = {}
    with Tcpdump('lo', os.path.join(folder, 'lo.pcap')) as lo, Tcpdump('v0', os.path.join(folder, 'v0.pcap')) as v0, \
            daemoning.Daemon(folder, '--tap', *[word for path in KEYTABS for word in ('--keytab', path)]) as daemon:
        daemoning.until(lambda: len(os.listdir(os.path.join(folder, 'log/forward'))) == 4)
        traced = straces(daemon, folder)
        made = log_on(port)
        print('%d frames replayed' % replay('v1'))
        check(not faulting.wait_stored(daemon, made), 'logons beside tcpdump are in the log')
        outputs.update(of_log(daemon, 'while it runs'))
        traces = {name: s.stop() for name, s in traced.items()}
        crash(daemon, port, cwd)
        daemoning.until(lambda: all(not f['waiting'] for f in daemon.status()['forward']))
        outputs.update({'status': daemoning.ask(daemon.socket), **of_processes(daemon),
                        'metrics': daemoning.ask(daemon.socket, b'GET /metrics HTTP/1.0\r\n\r\n')})
        daemon.stop()
        outputs.update({**of_log(daemon, 'after'), **sinks.outputs(), 'standard error': daemon.said().encode()})
        outputs['log.db, after'] = b''.join(v for k, v in outputs.items() if k.startswith('log.db') and k.endswith('after'))
        events = daemon.events()
        n_events = len(events)
    check(len([e for e in events if 4030 <= e['event_id'] <= 4033]) >= 9, 'secure channels were unsealed')
    hidden = of_domains()
    for dump in (lo, v0):
        found = secrets_check.secrets(dump.path)
        with open(dump.path, 'rb') as f:
            check(len(found) > ENOUGH and found & secrets_check.told(f.read()), '%s: %d secrets' % (dump.path, len(found)))
        hidden |= found
    check(n_events > 100, 'hardly any events: %d' % n_events)
    look_at_all(outputs, traces)
    look(outputs, hidden)
    look({'what is written by ' + name: trace for name, trace in traces.items()}, hidden)
    print('%d pieces of secrets, %d events, %d outputs of %.1f MB' % (
        len(hidden), n_events, len(outputs) + len(traces), sum(map(len, (*outputs.values(), *traces.values()))) / 1e6))


def main():
    if not all(map(shutil.which, ('tcpdump', 'tshark', 'curl'))):
        daemoning.skip('needs tcpdump, tshark and curl')
    faulting.enter()
    daemoning.ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
    for name in ('v0', 'v1'):
        daemoning.ip('link', 'set', name, 'mtu', '65535', 'up')
    secrets_check.check_the_check(results)
    with program.temporary() as folder, daemoning.Server() as server:
        os.chmod(folder, 0o755)
        run(folder, server.port)
        os.chdir('/')
    results.close()


main()
