#!/usr/bin/env python3
"""What the daemon's processes can't do: tried from inside each one's own sandbox (sandbox-probe), and read off the running ones."""
import grp
import os
import pwd
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import program  # noqa: E402

NET_RAW, SYS_PTRACE, DAC_READ_SEARCH, SYS_ADMIN, BPF = 13, 19, 2, 21, 39
results = program.Results()
check = results.check


def status_of(pid):
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        return dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line)


def capabilities(status):
    return {i for i in range(64) if (int(status['CapEff'], 16) | int(status['CapPrm'], 16)) & 1 << i}


def network(pid):
    return os.readlink('/proc/%d/ns/net' % pid)


def opens(pid):
    """All but the standard streams."""
    return {os.readlink('/proc/%d/fd/%s' % (pid, fd)) for fd in os.listdir('/proc/%d/fd' % pid) if int(fd) > 2}


def check_inside(folder):
    """Each attempt that must fail fails, and what must work does."""
    os.mkdir(folder, 0o777)
    os.chmod(folder, 0o777)
    os.chmod(os.path.dirname(folder), 0o755)
    probe = os.path.join(daemoning.BUILD, 'tests/daemon/sandbox-probe')
    done = subprocess.run([probe, folder], capture_output=True, text=True, check=False)
    last = done.stdout.splitlines()[-1:] or ['']
    check(done.returncode == 0 and last[0].endswith(' 0 failed') and int(last[0].split()[0]) > 50,
          'from inside: %s%s' % (done.stdout, done.stderr))


def check_closed(name, pid, uid=65534):
    """What holds for every process that reads what strangers sent."""
    s = status_of(pid)
    check(set(s['Uid'].split()) == {str(uid)} and not s['Groups'].strip(), '%s: user %s, groups %s' % (name, s['Uid'], s['Groups']))
    check(s['NoNewPrivs'] == '1' and s['Seccomp'] == '2', '%s: new privileges, seccomp: %s' % (name, s['Seccomp']))
    with open('/proc/%d/limits' % pid, encoding='ascii') as f:
        core = next(line for line in f if line.startswith('Max core file size')).split()
    check(core[4:6] == ['0', '0'], '%s: cores: %s' % (name, core))
    # A process that can't be dumped belongs to root, whoever it is: nobody of its user can trace it.
    check(os.stat('/proc/%d/maps' % pid).st_uid == 0, name + ': can be dumped')


def own_user():
    """The decoder's: it has a name where it was given one, and else is nobody's."""
    try:
        return pwd.getpwnam('ntlmaudit-decode').pw_uid
    except KeyError:
        return next(uid for uid in range(65519, 61184, -1) if not is_known(uid))


def is_known(number):
    try:
        return pwd.getpwuid(number)
    except KeyError:
        pass
    try:
        return grp.getgrgid(number)
    except KeyError:
        return None


def check_running(folder):
    os.makedirs(os.path.join(folder, 'log'))
    os.chown(os.path.join(folder, 'log'), 65534, 65534)
    with daemoning.Daemon(folder) as daemon:
        pids = {p['name']: p['pid'] for p in daemon.status()['processes']}
        check(set(pids) >= {'opener', 'host', 'decoder', 'keeper'}, 'processes: %s' % pids)
        for name in ('host', 'decoder', 'keeper'):
            check_closed(name, pids[name], own_user() if name == 'decoder' else 65534)
        check(status_of(pids['decoder'])['Gid'] != status_of(pids['keeper'])['Gid'], 'decoder: a group of its own')
        for name in ('decoder', 'keeper'):
            check(not capabilities(status_of(pids[name])), name + ': no capability')
            alone = network(pids[name]) != network(os.getpid())
            if 'a network namespace of its own' in daemon.said():
                print('skipped: this machine gives no network namespace to ' + name)
            else:
                check(alone, name + ': a network of its own')
                links = subprocess.run(['nsenter', '--net=/proc/%d/ns/net' % pids[name], 'ip', '-o', 'link'],
                                       capture_output=True, text=True, check=False).stdout.splitlines()
                check(all(': lo:' in link for link in links), '%s: an empty network: %s' % (name, links))
        check(capabilities(status_of(pids['host'])) <= {SYS_PTRACE, DAC_READ_SEARCH}, 'host: only what /proc takes')
        check(not capabilities(status_of(pids['opener'])) & {SYS_ADMIN, BPF}, 'opener: no more than the next ones need')
        kinds = {f.split(':')[0] for f in opens(pids['decoder'])}
        check(kinds == {'socket'}, 'decoder: has open: %s' % opens(pids['decoder']))
        check(not [f for f in opens(pids['keeper']) | opens(pids['decoder']) if 'bpf' in f], 'BPF is the host\'s alone')
        check([f for f in opens(pids['keeper']) if f.endswith('log.db')], 'keeper: the log')


def main():
    if not daemoning.is_root():
        daemoning.skip('sandboxes are entered by root')
    daemoning.enter()
    with program.temporary() as folder:
        check_inside(os.path.join(folder, 'inside'))
        check_running(os.path.join(folder, 'running'))
    return results.close()


if __name__ == '__main__':
    sys.exit(main())
