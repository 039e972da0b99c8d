#!/usr/bin/env python3
"""What is around a connection: control groups, other networks, few capabilities, addresses that come and go."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import hosting  # noqa: E402
import program  # noqa: E402

ID = '5f0c1a2b' * 8
results = program.Results()


def brief(address, port, before=()):
    """(number, local port) of a process that is gone again."""
    with subprocess.Popen([*before, hosting.BRIEF, address, str(port)], stdout=subprocess.PIPE, text=True) as p:
        return p.pid, int(p.stdout.read() or 0)


def unified():
    for path in ('/sys/fs/cgroup', '/sys/fs/cgroup/unified'):
        if os.path.exists(path + '/cgroup.procs') and os.access(path, os.W_OK):
            return path
    return None


def groups():
    """A process in a container's control group, gone before anybody could ask for its place."""
    top = unified()
    if not top:
        print('skipped: no unified hierarchy of control groups')
        return
    folder = '%s/docker-%s.scope' % (top, ID)
    try:
        os.mkdir(folder)
    except OSError as e:
        print('skipped: no control group can be made: %s' % e)
        return
    enter = ['sh', '-c', 'echo $$ >%s/cgroup.procs && exec "$@"' % folder, 'sh']
    try:
        with hosting.Server.python('threading') as server, hosting.Dump() as dump:
            runs = [brief('127.0.0.1', server.port, enter) for _ in range(10)]
            results.check(dump.close() == 0, 'host-dump failed')
            held = [dump.holder(('127.0.0.1', port), ('127.0.0.1', server.port)) for _, port in runs]
            results.check(all(h.get('container') == ID and h.get('unit') == 'docker-%s.scope' % ID for h in held),
                          'unit and container of a process that is gone: %s' % held[:2])
            results.check([h.get('pid') for h in held] == [pid for pid, _ in runs], 'numbers in a control group')
    finally:
        os.rmdir(folder)


IMPOSTOR = 'ip link set lo up; ip address add 192.0.2.1/32 dev lo; ip address add 192.0.2.77/32 dev lo; exec "$@"'


def impostor():
    """Another network with our own address in it: what happens there is not ours. Its own addresses are told."""
    with hosting.Dump() as dump:
        if dump.method != 'BPF':
            print('skipped: other networks are seen by BPF alone')
            return
        server = subprocess.Popen(['unshare', '-n', 'sh', '-c', IMPOSTOR, 'sh', sys.executable, hosting.__file__,
                                   'threading', '0.0.0.0'], stdout=subprocess.PIPE, text=True)
        port = int(server.stdout.readline())
        inside = ['nsenter', '--net=/proc/%d/ns/net' % server.pid]
        ports = [(a, brief(a, port, inside)) for a in ('127.0.0.1', '192.0.2.1', '192.0.2.77')]
        results.check(dump.close() == 0, 'host-dump failed')
        server.terminate()
        server.wait()
        server.stdout.close()
        for address, (pid, local) in ports:
            h = dump.holder((address, local), (address, port))
            if address == '192.0.2.77':
                results.check(h.get('pid') == pid, 'another network: %s' % h)
            else:
                results.check(local and not h, 'another network with our address %s: %s' % (address, h))


NEW_BPF = 'cap_bpf,cap_perfmon,cap_net_admin'
SEE_OTHERS = 'cap_sys_ptrace,cap_dac_read_search'


def with_capabilities(options, method, what, sees_heirs):
    """A forking server tells most: the child is found by reading /proc of others."""
    with hosting.Server.python('forking') as server, hosting.Dump(*options) as dump:
        results.check(dump.method == method, '%s: %s' % (what, dump.begin))
        asked = [hosting.ask('127.0.0.1', server.port, '/60') for _ in range(10)]
        results.check(dump.close() == 0, what + ': host-dump failed')
        children = [dump.holder(there, here).get('pid') == pid for here, there, pid in asked]
        clients = [dump.holder(here, there).get('pid') == os.getpid() for here, there, _ in asked]
        results.check(all(children) == sees_heirs, '%s: children %s' % (what, children))
        if method == 'BPF':
            results.check(all(clients), '%s: clients %s' % (what, clients))


def capabilities():
    """As user 65534: what host_watch_new() needs, and what host_watch_run() still does, as watch.h promises."""
    every = '%s,%s=ep' % (NEW_BPF, SEE_OTHERS)
    with_capabilities(['--run-caps', SEE_OTHERS + '=ep'], 'BPF', 'opened as root', True)
    with_capabilities(['--run-caps', '='], 'BPF', 'no capability after opening', False)
    with_capabilities(['--new-caps', every], 'BPF', 'opened as nobody', True)
    with_capabilities(['--new-caps', every, '--run-caps', SEE_OTHERS + '=ep'], 'BPF', 'opened as nobody, then fewer', True)
    with_capabilities(['--new-caps', 'cap_net_raw,%s=ep' % SEE_OTHERS], 'SOCK_DIAG and /proc', 'without CAP_BPF', True)
    with_capabilities(['--no-bpf', '--run-caps', SEE_OTHERS + '=ep'], 'SOCK_DIAG and /proc', 'by /proc as nobody', True)
    done = subprocess.run([hosting.DUMP, '--new-caps', SEE_OTHERS + '=ep'], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    results.check(done.returncode == 1 and 'BPF: ' in done.stderr and 'packet socket: ' in done.stderr,
                  'neither method: %d %s' % (done.returncode, done.stderr))


def become(dump, wanted):
    """Waits until the addresses are these."""
    for _ in range(50):
        if dump.addresses and set(dump.addresses[-1]) == wanted:
            return True
        time.sleep(0.05)
    return False


def addresses():
    """Against what ip says, as its addresses come and go."""
    said = subprocess.run(['ip', '-o', 'address'], capture_output=True, text=True, check=True).stdout
    known = {line.split()[3].split('/')[0] for line in said.splitlines()} - {'127.0.0.1', '::1'}
    with hosting.Dump('--no-bpf') as dump:
        results.check(become(dump, known), 'addresses %s, not %s' % (dump.addresses, known))
        for new in ('198.51.100.7', '2001:db8::7'):
            for word, wanted in (('add', known | {new}), ('del', known)):
                subprocess.run(['ip', 'address', word, new + ('/128' if ':' in new else '/32'), 'dev', 'lo'], check=True)
                results.check(become(dump, wanted), 'after ip address %s: %s' % (word, dump.addresses[-1]))
        results.check(dump.close() == 0, 'host-dump failed')


hosting.enter()
groups()
impostor()
capabilities()
addresses()
results.close()
