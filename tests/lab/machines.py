"""Machines of a lab: each is a network, mount and host name of its own, held by one sleeping process, with a copy of /etc, an
empty /run and folders for Samba's state that are its own. They meet at a bridge inside a machine of its own, the switch. Nothing of
the host changes, and labs of different folders don't see each other: all may have the same addresses."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time

# Where programs keep state, and what lies there in the machine's folder.
OWN = {'/etc': 'etc', '/run': 'run', '/var/lib/samba': 'lib-samba', '/var/cache/samba': 'cache-samba', '/var/log/samba': 'log-samba'}
PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
PYTHON = '/usr/bin/python3'  # Debian's, which has Samba's modules
BOOT = '/proc/sys/kernel/random/boot_id'

# $1: the machine's folder, $2: its name; then pairs of a place and what comes there.
BEGIN = '''set -e
folder=$1; hostname "$2"; shift 2
while [ $# -gt 0 ]; do mount --bind "$folder/$2" "$1"; shift 2; done
mount -t sysfs sysfs /sys 2>/dev/null || true
ip link set lo up
echo ready; exec >/dev/null
exec sleep infinity
'''


class LabError(Exception):
    """What keeps the lab from running, in words for people."""


def namespaces(pid):
    """(network, mounts) of a process; None where it is gone or not ours to see."""
    try:
        return tuple(os.readlink('/proc/%d/ns/%s' % (pid, kind)) for kind in ('net', 'mnt'))
    except OSError:
        return None


def pids():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def program_of(pid):
    try:
        return os.path.basename(os.readlink('/proc/%d/exe' % pid))
    except OSError:
        return ''


def wait_for(condition, seconds, what, pause=0.03):
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise LabError('%s: not within %d s' % (what, seconds))
        time.sleep(pause)


class Machine:
    """One machine: what runs in it, and where its files lie on the host."""

    def __init__(self, base, name, address, domain, resolver):
        self.name, self.address, self.domain, self.resolver = name, address, domain, resolver
        self.folder = os.path.join(base, name)
        self.pid = self.spaces = None

    def path(self, place):
        """Where a file of the machine (/etc/..., /var/lib/samba/...) lies on the host."""
        for inside, own in OWN.items():
            if place == inside or place.startswith(inside + '/'):
                return os.path.join(self.folder, own) + place[len(inside):]
        raise ValueError(place)

    def write(self, place, text):
        path = self.path(place)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # /etc/resolv.conf may be a link
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)

    def begin(self):
        self.make_folders()
        pairs = [word for pair in OWN.items() for word in pair]
        with subprocess.Popen(['unshare', '-m', '-n', '-u', '--propagation', 'private', 'setsid', 'sh', '-c', BEGIN, 'sh', self.folder,
                               self.name, *pairs], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as process:
            if process.stdout.readline() != 'ready\n':
                process.kill()
                raise LabError('%s: no namespaces for it here' % self.name)
            process.returncode = 0  # it stays when we go
        self.pid = process.pid
        self.spaces = namespaces(self.pid)

    def make_folders(self):
        shutil.copytree('/etc', self.path('/etc'), symlinks=True, ignore=lambda *_: ['samba', 'krb5.keytab', 'krb5.conf'])
        for place in ('/etc/samba', '/run/samba', '/var/lib/samba/private', '/var/cache/samba', '/var/log/samba'):
            os.makedirs(self.path(place))
        os.makedirs(os.path.join(self.folder, 'out'))
        os.makedirs(os.path.join(self.folder, 'home'))
        self.write('/etc/resolv.conf', 'search %s\nnameserver %s\noptions timeout:2 attempts:1\n' % (self.domain, self.resolver))
        self.write('/etc/hosts', '127.0.0.1 localhost\n%s %s.%s %s\n' % (self.address, self.name, self.domain, self.name))
        self.write('/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n')

    def inside(self, command):
        return ['nsenter', '-t', str(self.pid), '-m', '-n', '-u', '--', 'env', '-i', 'PATH=' + PATH, 'LC_ALL=C.UTF-8', 'TZ=UTC',
                'PYTHONDONTWRITEBYTECODE=1', 'TERM=' + os.environ.get('TERM', 'dumb'), 'HOME=' + os.path.join(self.folder, 'home'), *command]

    def run(self, *command, timeout=300):
        """The finished process, its output and errors together as text."""
        return subprocess.run(self.inside(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors='replace', timeout=timeout, check=False)

    def must(self, *command, tries=1):
        """The output of what has to succeed, now or soon."""
        for _ in range(tries):
            done = self.run(*command)
            if done.returncode == 0:
                return done.stdout
            time.sleep(0.2)
        raise LabError('%s: %s: %s' % (self.name, ' '.join(command[:3]), done.stdout.strip()[-15000:]))

    def start(self, title, *command):
        """Something that stays; what it says goes to out/TITLE. The process ID."""
        with open(os.path.join(self.folder, 'out', title), 'ab') as out:
            # Not to be waited for: it outlives us, and whoever inherits it.
            return subprocess.Popen(self.inside(command), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True).pid

    def processes(self):
        return [pid for pid in pids() if namespaces(pid) == self.spaces]

    def kill(self, programs=None, signals=(signal.SIGKILL,), seconds=5):
        """Ends what runs in the machine, all of it or what is of these programs, by process ID."""
        def left():
            found = [pid for pid in self.processes() if programs is None or program_of(pid) in programs]
            return [pid for pid in found if is_alive(pid)]
        for number in signals:
            for pid in left():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            with contextlib.suppress(LabError):
                wait_for(lambda: not left(), seconds if number == signals[-1] else 1, 'ending')
        if left():
            raise LabError('%s: still there: %s' % (self.name, left()))


def is_alive(pid):
    """Reaps what is ours; a zombie of others has ended, too."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        with open('/proc/%d/stat' % pid, encoding='ascii', errors='replace') as f:
            return f.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


class Network:
    """The switch and the machines at it; its state is a file in the lab's folder, so that later calls find them."""

    def __init__(self, base, machines, switch):
        self.base = base
        self.switch = switch
        self.machines = {machine.name: machine for machine in [switch, *machines]}
        self.state = os.path.join(base, 'machines.json')

    def begin(self):
        for machine in self.machines.values():
            machine.begin()
            self.save()
        self.switch.must('sh', '-c', 'ip link add br0 type bridge forward_delay 0 && ip link set br0 up && ip addr add %s/24 dev br0' %
                         self.switch.address)
        for machine in self.machines.values():
            if machine is not self.switch:
                self.plug(machine)

    def plug(self, machine):
        self.switch.must('sh', '-c', 'ip link add v-%s type veth peer name eth0 netns %d && ip link set v-%s master br0 up' %
                         (machine.name, machine.pid, machine.name))
        machine.must('sh', '-c', 'ip addr add %s/24 dev eth0 && ip link set eth0 up && ip route add default via %s' %
                     (machine.address, self.switch.address))

    def save(self):
        with open(BOOT, encoding='ascii') as f:
            state = {'boot': f.read(), 'machines': {m.name: {'pid': m.pid, 'spaces': m.spaces} for m in self.machines.values() if m.pid}}
        with open(self.state + '.new', 'w', encoding='utf-8') as f:
            json.dump(state, f)
        os.rename(self.state + '.new', self.state)

    def find(self):
        """What an earlier call began; False where there is none of this boot."""
        try:
            with open(self.state, encoding='utf-8') as f, open(BOOT, encoding='ascii') as boot:
                state = json.load(f)
                if state['boot'] != boot.read():
                    return False
        except (OSError, ValueError):
            return False
        for name, row in state['machines'].items():
            self.machines[name].pid, self.machines[name].spaces = row['pid'], tuple(row['spaces'])
        return True

    def is_up(self):
        return all(m.pid and namespaces(m.pid) == m.spaces for m in self.machines.values())

    def end(self):
        for machine in self.machines.values():
            if machine.pid:
                machine.kill()
