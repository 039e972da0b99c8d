#!/usr/bin/env python3
"""A Linux machine audits itself: curl, smbclient, impacket and processes that live for some milliseconds log on to smbd and web
servers on another host, each host with a daemon of its own; what the logs say of processes, users and outcomes is held against
what the programs say of themselves."""
import collections
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import program  # noqa: E402
from daemoning import FAILURE, HERE, SUCCESS, THERE  # noqa: E402

RUNS = 50
WRONG = ('-u', 'CORP\\alice:wrong')
results = program.Results()
check = results.check


def pair_of(clients, servers, port):
    """The events of one connection: of the client's log, of the server's."""
    return [e for e in clients if e.get('client_port') == port], [e for e in servers if e.get('client_port') == port]


def is_process(event, pid, path):
    return (event['process_id'], event['process_path'], event['process_name']) == (pid, path, os.path.basename(path))


def short(events):
    keys = ('event_id', 'process_id', 'process_name', 'process_path', 'process_how', 'user', 'status')
    return [{k: e.get(k) for k in keys} for e in events]


def check_logon(logon, clients, servers, what, user='alice', status=SUCCESS, server_path=daemoning.PYTHON):
    """One event in each log, with the right process on its side."""
    mine, its = pair_of(clients, servers, logon.port)
    what = '%s, port %d' % (what, logon.port)
    if not check(len(mine) == 1 and len(its) == 1 and mine[0]['event_id'] in (4020, 4021) and
                 its[0]['event_id'] in (4022, 4023),
                 '%s: one event in each log: %s, %s' % (what, short(mine), short(its))):
        return
    check(is_process(mine[0], logon.client, logon.program), '%s: the client is %d: %s' % (what, logon.client, short(mine)))
    check(is_process(its[0], logon.server, server_path), '%s: the server is %d: %s' % (what, logon.server, short(its)))
    for e, computer in ((mine[0], 'cl1'), (its[0], 'srv1')):
        check((e['user'], e['status']) == (user, status), '%s: user and status: %s' % (what, short([e])))
        check(e['computer'] == computer and e['client_ip'] == HERE and e['target_ip'] == THERE, '%s: hosts: %r' % (
            what, [e[k] for k in ('computer', 'client_ip', 'target_ip')]))
    check(mine[0]['activity_id'] == its[0]['activity_id'], what + ': one ActivityID for both sides')


def right_ends(logons, clients, servers):
    """(clients right, servers right, ends that were said to be of another process)."""
    ends = [(pair_of(clients, servers, l.port), l) for l in logons]
    mine = [(m, l.client) for (m, _), l in ends]
    its = [(s, l.server) for (_, s), l in ends]
    wrong = [(short(found), pid) for found, pid in mine + its
             if len(found) == 1 and found[0]['process_id'] not in (None, pid)]
    return sum(len(f) == 1 and f[0]['process_id'] == pid for f, pid in mine), \
        sum(len(f) == 1 and f[0]['process_id'] == pid for f, pid in its), wrong


class Hosts:
    """Both hosts, each with a daemon."""

    def __init__(self, folder, srv, *options):
        self.cl = daemoning.Daemon(os.path.join(folder, 'cl'), *options)
        self.srv = daemoning.Daemon(os.path.join(folder, 'srv'), *options, at=srv.at)
        self.before = [0, 0]

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.cl.__exit__()
        self.srv.__exit__()

    def new_events(self, n):
        """What came to each log since this was asked last: n each, or the test fails; and Windows' no other."""
        logs = []
        for i, daemon in enumerate((self.cl, self.srv)):
            every = daemon.wait_events(self.before[i] + n)
            logs.append(every[self.before[i]:])
            check(len(every) == self.before[i] + n, '%d events in the log of %s, not %d' % (
                len(every) - self.before[i], ('the client', 'the server')[i], n))
            self.before[i] = len(every)
        return logs


def web(hosts, srv):
    """curl to servers of two kinds; a wrong password."""
    for kind, path in (('threading', '/0'), ('forking', '/100')):
        with daemoning.Server(kind, THERE, at=srv.at) as server:
            logons = [daemoning.curl(THERE, server.port, path) for _ in range(3)]
            bad = daemoning.curl(THERE, server.port, path, WRONG)
            clients, servers = hosts.new_events(4)
            check(all(l.good for l in logons) and not bad.good, kind + ': the server verifies passwords')
            check(all(l.server != server.process.pid for l in logons) == (kind == 'forking'), kind + ': who serves')
            for logon in logons:
                check_logon(logon, clients, servers, 'curl, ' + kind)
            check_logon(bad, clients, servers, 'curl, a wrong password', status=FAILURE)


def many(hosts, srv, method):
    """Short runs of curl, and processes that are gone at once: with BPF all of them, on both sides."""
    with daemoning.Server('threading', THERE, at=srv.at) as server:
        for name, run, path in (('curl', daemoning.curl, '/0'), ('curl that lives 60 ms', daemoning.curl, '/60'),
                                ('brief-logon', daemoning.brief, '/any/0')):
            if method == 'bpf' and path == '/60':
                continue
            logons = [run(THERE, server.port, path) for _ in range(RUNS)]
            clients, servers = hosts.new_events(RUNS)
            mine, its, wrong = right_ends(logons, clients, servers)
            print('%s: %s: clients %d of %d, servers %d of %d%s' % (
                method, name, mine, RUNS, its, RUNS, ', they lived %.1f ms' % statistics.median(
                    l.milliseconds for l in logons) if name == 'brief-logon' else ''))
            least = RUNS if method == 'bpf' else RUNS * 4 // 5 if path == '/60' else 0
            check(mine >= least and its >= least, '%s: %s: clients %d, servers %d of %d' % (method, name, mine, its, RUNS))
            check(not wrong, '%s: %s: another process is told: %s' % (method, name, wrong[:3]))


def latency(hosts, srv):
    """From the answer's arrival to the moment when a reader of the log finds the event; a slow machine is no error."""
    took = []
    with daemoning.Server('threading', THERE, at=srv.at) as server:
        for _ in range(5):
            logon = daemoning.curl(THERE, server.port)
            found = daemoning.until(lambda: [e for e in hosts.srv.events('-n', '3') if e['client_port'] == logon.port])
            took.append(time.monotonic() - logon.done)
            check(found and took[-1] < 3, 'an event was in the log after %.2f s' % took[-1])
            hosts.new_events(1)
    print('from the answer to the stored event: %.0f ms, at most %.0f' % (
        statistics.median(took) * 1000, max(took) * 1000))


def loopback(hosts):
    """Both sides in one log, each with its process; nothing at the other host."""
    with daemoning.Server('threading', HERE) as server:
        logons = [daemoning.curl(address, server.port) for address in (HERE, HERE)]
        got = daemoning.until(lambda: len(hosts.cl.events()) == hosts.before[0] + 4) and hosts.cl.events()[-4:]
        if check(got, 'loopback: two events of each'):
            for logon in logons:
                pair = sorted((e for e in got if e['client_port'] == logon.port), key=lambda e: e['event_id'])
                check([e['event_id'] for e in pair] == [4021, 4023] and pair[0]['reason_id'] == 10 and
                      is_process(pair[0], logon.client, logon.program) and
                      is_process(pair[1], logon.server, daemoning.PYTHON), 'loopback: %s' % short(pair))
            hosts.before[0] += 4
    hosts.new_events(0)


TWIN = 'ip link set lo up; ip address add %s/32 dev lo; ip address add %s/32 dev lo; exec "$@"' % (HERE, THERE)


def twin(hosts, srv):
    """A third network with the addresses of both hosts, where at the same time another process has a connection from the same
    port to the same port."""
    source = 40404

    def elsewhere(*words, **more):
        return subprocess.Popen([*words, sys.executable, daemoning.__file__, *more.pop('command')], text=True,
                                stdout=subprocess.PIPE, **more)

    with daemoning.Server('threading', THERE, at=srv.at) as server:
        impostor = elsewhere('unshare', '-n', 'sh', '-c', TWIN, 'sh', command=('threading', THERE, str(server.port)))
        impostor.stdout.readline()
        inside = ['nsenter', '-n', '-t', str(impostor.pid)]
        other = []

        def between():
            other.append(elsewhere(*inside, command=('logon', THERE, str(server.port), str(source)), stdin=subprocess.PIPE))
            check(other[0].stdout.readline() == 'ready\n', 'the other network has such a connection')

        pid = daemoning.by_hand(THERE, server.port, source, between, lambda: time.sleep(0.1))
        clients, servers = hosts.new_events(1)
        other[0].communicate('go\n', timeout=10)
        impostor.terminate()
        impostor.wait()
        impostor.stdout.close()
        logon = daemoning.Logon(os.getpid(), pid, source, daemoning.PYTHON)
        check_logon(logon, clients, servers, 'beside the same connection in another network')
    hosts.new_events(0)


# ---- smbd ----

SMB_USER = 'backup'  # every Debian has it
SMB_CONF = """[global]
	workgroup = CORP
	netbios name = SRV1
	server role = standalone server
	map to guest = never
	passdb backend = tdbsam
	disable netbios = yes
	disable spoolss = yes
	load printers = no
	log level = 1 auth_audit:3
	log file = %(folder)s/log.%%d
"""
SMB_FOLDERS = ('private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory', 'ncalrpc dir')
IMPACKET = """import sys
from impacket.smbconnection import SMBConnection
c = SMBConnection(sys.argv[1], sys.argv[1])
c.login(sys.argv[2], sys.argv[3], 'CORP')
c.logoff()
"""


class Smbd:
    """smbd on the other host, with an account of its own; it tells in its logs who logged on from which port to which process."""

    def __init__(self, folder, at):
        self.folder = folder
        self.conf = os.path.join(folder, 'smb.conf')
        os.makedirs(folder)
        with open(self.conf, 'w', encoding='ascii') as f:
            f.write(SMB_CONF % {'folder': folder} + ''.join('\t%s = %s\n' % (d, folder) for d in SMB_FOLDERS))
        subprocess.run(['pdbedit', '-s', self.conf, '-a', '-u', SMB_USER, '-t'], input=b'Secret123!\nSecret123!\n',
                       check=True, capture_output=True)
        self.out = open(os.path.join(folder, 'out'), 'w+', encoding='utf-8')
        # It ends its whole group: one of its own.
        self.process = subprocess.Popen([*at, 'smbd', '-F', '--no-process-group', '-s', self.conf], stdout=self.out,
                                        stderr=self.out, start_new_session=True)

    def told(self):
        """{client's port: (child, user, outcome)}."""
        said = {}
        for name in os.listdir(self.folder):
            if name.startswith('log.') and name[4:].isdigit():
                with open(os.path.join(self.folder, name), encoding='utf-8', errors='replace') as f:
                    for line in f:
                        if 'Auth:' in line and 'remote host [ipv4:' in line:
                            port = int(line.split('remote host [ipv4:')[1].split(']')[0].split(':')[1])
                            user = line.split('user [')[1].split(']')[1].split('[')[1]
                            said[port] = (int(name[4:]), user, line.split('status [')[1].split(']')[0])
        return said

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait()
        self.out.close()


def smbclient(smbd, password):
    with subprocess.Popen(['smbclient', '-s', smbd.conf, '--use-kerberos=off', '-U', 'CORP\\%s%%%s' % (SMB_USER, password),
                           '-L', '//' + THERE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True) as p:
        p.stdout.read()
    return p.pid, shutil.which('smbclient'), p.returncode


def impacket(_, password):
    with subprocess.Popen([PYTHON_WITH_IMPACKET, '-c', IMPACKET, THERE, SMB_USER, password], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as p:
        p.stdout.read()
    return p.pid, os.path.realpath(PYTHON_WITH_IMPACKET), p.returncode


def find_impacket():
    for python in (sys.executable, '/usr/bin/python3'):
        if subprocess.run([python, '-c', 'import impacket'], capture_output=True, check=False).returncode == 0:
            return python
    print('skipped: no impacket')
    return None


PYTHON_WITH_IMPACKET = find_impacket()


def one_smb(hosts, smbd, client, password, outcome, status):
    known = set(smbd.told())
    pid, path, rc = client(smbd, password)
    told = daemoning.until(lambda: {p: t for p, t in smbd.told().items() if p not in known})
    clients, servers = hosts.new_events(1)
    what = '%s with %s' % (client.__name__, 'its password' if status == SUCCESS else 'a wrong one')
    if not check(len(told) == 1 and (rc == 0) == (status == SUCCESS), '%s: smbd says %s, it %d' % (what, told, rc)):
        return
    (port, (child, user, said)), = told.items()
    check((user, said) == (SMB_USER, outcome) and child != smbd.process.pid, '%s: smbd says %s' % (what, told))
    check_logon(daemoning.Logon(pid, child, port, path), clients, servers, what, SMB_USER, status, shutil.which('smbd'))
    check(all(e['carrier'].startswith('SMB') and e['ntlm_version'] == 'NTLMv2' for e in clients + servers),
          '%s: %s' % (what, [(e['carrier'], e['ntlm_version']) for e in clients + servers]))


def samba(hosts, srv, folder):
    if not all(map(shutil.which, ('smbd', 'smbclient', 'pdbedit'))):
        print('skipped: no Samba')
        return
    with Smbd(os.path.join(folder, 'smbd'), srv.at) as smbd:
        probe = ['bash', '-c', 'exec 3<>/dev/tcp/%s/445' % THERE]
        if not check(daemoning.until(lambda: subprocess.run(probe, capture_output=True, check=False).returncode == 0),
                     'smbd did not start'):
            return
        for client in (smbclient, impacket) if PYTHON_WITH_IMPACKET else (smbclient,):
            for _ in range(2):
                one_smb(hosts, smbd, client, 'Secret123!', 'NT_STATUS_OK', SUCCESS)
            one_smb(hosts, smbd, client, 'wrong', 'NT_STATUS_WRONG_PASSWORD', FAILURE)


# ---- how it stands ----

DOCTOR = ('daemon', 'capture', 'bpf', 'policy-files', 'log', 'forward')  # what is not of the machine but the daemon's

def tell(*words):
    return program.run(*words, timeout=20)


def metric(text, name):
    return [float(line.rsplit(' ', 1)[1]) for line in text.splitlines() if line.startswith(name)]


def standing(hosts):
    """status, metrics and doctor, beside what the log holds."""
    daemon = hosts.cl
    status = daemon.status()
    stored = dict(collections.Counter(e['event_id'] for e in daemon.events()))
    done = tell('status', '--run-dir', daemon.run_dir)
    check(done.returncode == 0 and b'all is well' in done.stdout, 'status: %s' % done.stdout.decode())
    wanted = {number: answers['wanted'] for number, answers in daemon.counts()[1].items() if 'wanted' in answers}
    check(wanted == stored, 'status counts %s, the log holds %s' % (wanted, stored))
    check(status['log']['stored'] == sum(stored.values()), 'status: %s' % status['log'])
    done = subprocess.run(['curl', '-q', '-s', '--unix-socket', daemon.socket, 'http://x/metrics'], capture_output=True,
                          text=True, check=False)
    check(metric(done.stdout, 'ntlmaudit_log_events_total') == [sum(stored.values())], 'metrics: events')
    check(metric(done.stdout, 'ntlmaudit_process_up') == [1] * 4, 'metrics: processes')
    check(metric(done.stdout, 'ntlmaudit_capture_dropped') == [0], 'metrics: drops')
    agrees = {c['id']: c['verdict'] for c in json.loads(tell(
        'doctor', '-o', 'json', '--run-dir', daemon.run_dir, '--log', daemon.log, *DOCTOR).stdout)['checks']}
    check(agrees == dict.fromkeys(DOCTOR, 'ok'), 'doctor: %s' % agrees)


def run(srv, folder, *options):
    with Hosts(folder, srv, *options) as hosts:
        host = hosts.cl.status()['host']
        if not options and host['method'] != 'bpf':
            print('skipped: no BPF here: %s' % host['why'])
            return
        many(hosts, srv, host['method'])
        if not options:
            web(hosts, srv)
            latency(hosts, srv)
            loopback(hosts)
            twin(hosts, srv)
            samba(hosts, srv, folder)
            standing(hosts)
        check(hosts.cl.stop() == 0 and hosts.srv.stop() == 0, 'both end well')
        said = [line for d in (hosts.cl, hosts.srv) for line in d.said().splitlines() if 'auditing NTLM as' not in line]
        check(not said, 'the daemons have nothing to say: %s' % said)


def main():
    if not daemoning.is_root():
        daemoning.skip('needs root: packet sockets, network namespaces, BPF')
    daemoning.enter()
    with program.temporary() as folder, daemoning.Host('srv1') as srv:
        os.chmod(folder, 0o755)
        srv.join()
        run(srv, os.path.join(folder, 'bpf'))
        run(srv, os.path.join(folder, 'proc'), '--no-bpf')
    results.close()


main()
