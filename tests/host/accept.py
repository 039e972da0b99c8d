#!/usr/bin/env python3
"""Who accepts: servers with threads, with a child for each connection, with helpers, and one that never asks who came."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import hosting  # noqa: E402
import program  # noqa: E402

RUNS = 50
results = program.Results()


def judge(dump, server, asked, least, what, how):
    """The number that the server said it has; of a child that was gone too soon the parent, who accepted, is told."""
    held = [(dump.holder(there, here), pid) for here, there, pid in asked]
    right = sum(h.get('pid') == pid and h['how'] in how for h, pid in held)
    wrong = [(h, pid) for h, pid in held if h and h['pid'] not in (pid, server.process.pid)]
    print('%s: %s: %d of %d' % (dump.method, what, right, len(asked)))
    results.check(right >= least, '%s: %s: %d of %d, at least %d wanted: %s' % (
        dump.method, what, right, len(asked), least, [e for e in held if e[0].get('pid') != e[1]][:2]))
    results.check(not wrong, '%s: %s: another process is told: %s' % (dump.method, what, wrong[:2]))
    results.check(not least or all(h for h, _ in held), '%s: %s: some were not told at all' % (dump.method, what))


def case(method, make, path, least, what, address='127.0.0.1', how=('accepted',)):
    with make() as server, hosting.Dump(*hosting.METHODS[method]) as dump:
        asked = [hosting.ask(address, server.port, path) for _ in range(RUNS)]
        results.check(dump.close() == 0, 'host-dump failed')
        judge(dump, server, asked, least, what, how)


def python(kind, address='127.0.0.1'):
    return lambda: hosting.Server.python(kind, address)


def node():
    return hosting.Server(['node', '-e', hosting.NODE])


# server, what it is asked for (the milliseconds it takes), least by BPF and by /proc, in words
CASES = [
    (python('threading'), '/0', 50, 0, 'a thread for each, at once'),
    (python('threading'), '/50', 50, 35, 'a thread for each, 50 ms'),
    (python('six', '::1'), '/20', 50, 0, 'IPv6, 20 ms'),
    (python('forking'), '/0', 0, 0, 'a child for each, at once'),
    (python('forking'), '/20', 45, 0, 'a child for each, 20 ms'),
    (python('forking'), '/100', 45, 35, 'a child for each, 100 ms'),
    (python('runner'), '/50', 50, 35, 'itself, while helpers run'),
]


def samba(method):
    """smbd accepts, and its child serves. Which child it was says smbd's own log, whose name has the number in it."""
    if not shutil.which('smbd') or not shutil.which('smbclient'):
        print('skipped: no smbd')
        return
    with program.temporary() as folder:
        conf = os.path.join(folder, 'smb.conf')
        with open(conf, 'w', encoding='ascii') as f:
            f.write('[global]\nsmb ports = 4450\ninterfaces = 127.0.0.1\nbind interfaces only = yes\n'
                    'map to guest = bad user\nguest account = root\nlog level = 3\nlog file = %s/log.%%d\n'
                    'server role = standalone server\nrpc start on demand helpers = no\ndisable spoolss = yes\ndisable netbios = yes\n' % folder
                    + ''.join('%s = %s\n' % (d, folder) for d in (
                        'private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory',
                        'ncalrpc dir')))
        with open(os.path.join(folder, 'out'), 'wb') as out:
            smbd = subprocess.Popen(['smbd', '-F', '--no-process-group', '-s', conf], stdout=out, stderr=out,
                                    start_new_session=True)  # it ends its whole group
        try:
            samba_runs(method, smbd, folder)
        finally:
            smbd.terminate()
            smbd.wait()


def wait_for(port):
    for _ in range(100):
        try:
            import socket
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def samba_runs(method, smbd, folder):
    if not results.check(wait_for(4450), 'smbd did not start: ' + open(os.path.join(folder, 'out'), encoding='utf-8').read()):
        return
    with hosting.Dump(*hosting.METHODS[method]) as dump:
        for _ in range(10):
            subprocess.run(['smbclient', '-N', '-L', '//127.0.0.1', '-p', '4450', '-s', os.path.join(folder, 'smb.conf')],
                           capture_output=True, check=False)
        results.check(dump.close() == 0, 'host-dump failed')
        ends = [h for (local, _), h in dump.ends.items() if local == '127.0.0.1 4450']
        served = {int(name[4:]) for name in os.listdir(folder) if name.startswith('log.') and name[4:].isdigit()}
        children = [h for h in ends if h['pid'] in served and h['pid'] != smbd.pid and h['how'] == 'accepted'
                    and h['name'] == 'smbd']
        print('%s: smbd: %d of %d' % (dump.method, len(children), len(ends)))
        results.check(len(ends) >= 10, 'smbd: ten connections, and %d told' % len(ends))
        results.check(all(h['pid'] in served for h in ends), 'smbd: another process is told: %s' % ends)
        least = len(ends) if dump.method == 'BPF' else len(ends) // 2
        results.check(len(children) >= least, 'smbd: the child is to be told: %s' % [h for h in ends if h not in children])


hosting.enter()
for method in hosting.METHODS:
    for make, path, bpf, proc, what in CASES:
        case(method, make, path, bpf if method == 'BPF' else proc, what, '::1' if 'IPv6' in what else '127.0.0.1')
    if shutil.which('node'):
        case(method, node, '/0', 50, 'accept() without an address, at once', how=('accepted', 'listener'))
        case(method, node, '/50', 35, 'accept() without an address, 50 ms')
    samba(method)
results.close()
