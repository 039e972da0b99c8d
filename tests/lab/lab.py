#!/usr/bin/env python3
"""lab.py up|shell HOST|run HOST CMD...|status|down: two forests of Samba that trust each other, a member server and a client.

  sw   10.77.0.1   the switch: all traffic passes its bridge br0; forwards names
  dc1  10.77.0.10  domain controller of CORP.EXAMPLE
  dc2  10.77.0.20  domain controller of PARTNER.EXAMPLE
  fs1  10.77.0.30  member of CORP: smbd, winbindd, an HTTP server that lets in by NTLM
  cl1  10.77.0.40  client

All of it lives in NTLMAUDIT_LAB (default /var/tmp/ntlmaudit-lab): a folder a machine, captures, keytabs. Each folder is a lab of
its own. Needs root."""
import concurrent.futures
import os
import shutil
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import machines
import program
from machines import PYTHON, LabError, wait_for

DEFAULT = '/var/tmp/ntlmaudit-lab'
SKIP = 77  # exit status: nothing is wrong, but not here
PROGRAMS = ('samba', 'smbd', 'winbindd', 'samba-tool', 'smbclient', 'rpcclient', 'wbinfo', 'ntlm_auth', 'net', 'smbpasswd', 'ip', 'nsenter',
            'unshare', 'setsid', 'tcpdump', 'curl')
PACKAGES = 'samba samba-dsdb-modules samba-ad-provision samba-vfs-modules winbind smbclient tcpdump curl'
ADMIN = 'Adm1n-Passw0rd'
AUDIT = '/var/log/samba/audit.json'
DC_PROGRAMS = ('samba', 'smbd', 'winbindd', 'samba-dcerpcd', 'rpcd_classic', 'rpcd_epmapper', 'rpcd_lsad', 'rpcd_winreg')

# What each domain is, and who is in it: name, password, and what is special.
DOMAINS = {'dc1': ('CORP', 'corp.example', ['alice:Pa55w0rd.A', 'dora:Pa55w0rd.D:disabled']),
           'dc2': ('PARTNER', 'partner.example', ['pat:Pa55w0rd.P', 'petra:Pa55w0rd.Q:disabled'])}
LOCAL_USER, LOCAL_PASSWORD = 'lou', 'Pa55w0rd.L'
HTTP_PORT = 8080

# What all of Samba's configurations say. NTLMv1 and MS-CHAPv2 are let in: they are to be seen.
COMMON = f'''	ntlm auth = ntlmv1-permitted
	log level = 1 auth_json_audit:5@{AUDIT}
	log file = /var/log/samba/log.%m
	max log size = 0
	interfaces = lo eth0
	bind interfaces only = yes
	winbind reconnect delay = 1
'''
DC_ONLY = '''	server services = -dnsupdate -nbt
	allow dns updates = nonsecure
'''
MEMBER = f'''[global]
	workgroup = CORP
	realm = CORP.EXAMPLE
	security = ads
	netbios name = FS1
	idmap config * : backend = autorid
	idmap config * : range = 100000-9999999
{COMMON}
[share]
	path = /var/lib/samba/share
	read only = no
'''
CLIENT = '''[global]
	workgroup = CORP
	realm = CORP.EXAMPLE
	netbios name = CL1
'''
KERBEROS = '''[libdefaults]
	default_realm = CORP.EXAMPLE
	dns_lookup_kdc = true
	dns_lookup_realm = false
	rdns = false
'''


class Lab:
    """The whole lab. Times of its steps are in `laps`, seconds since it began."""

    def __init__(self, base):
        self.base = os.path.abspath(base)
        make = lambda name, host, domain, resolver: machines.Machine(
            self.base, name, '10.77.0.%d' % host, domain, '10.77.0.%d' % resolver)
        self.sw = make('sw', 1, 'corp.example', 1)
        self.dc1 = make('dc1', 10, 'corp.example', 10)
        self.dc2 = make('dc2', 20, 'partner.example', 20)
        self.fs1 = make('fs1', 30, 'corp.example', 10)
        self.cl1 = make('cl1', 40, 'corp.example', 10)
        self.dcs = (self.dc1, self.dc2)
        self.network = machines.Network(self.base, (*self.dcs, self.fs1, self.cl1), self.sw)
        self.capture = os.path.join(self.base, 'switch.pcap')
        self.laps = []
        self.began = time.monotonic()

    def lap(self, what):
        self.laps.append((time.monotonic() - self.began, what))

    def audit_log(self, machine):
        return machine.path(AUDIT)

    def keytab(self, dc):
        return os.path.join(self.base, dc.name + '.keytab')

    def private(self, dc):
        """Samba's secrets and the session keys of its secure channels."""
        return dc.path('/var/lib/samba/private')

    # Up, in steps; what does not need each other at the same time.

    def up(self):
        os.makedirs(self.base, exist_ok=True)
        os.chmod(self.base, 0o700)  # copies of /etc, keys
        self.network.begin()
        self.sw.start('forwarder', PYTHON, os.path.join(HERE, 'forwarder.py'), self.sw.address,
                      *['%s=%s' % (dc.domain, dc.address) for dc in self.dcs])
        self.start_capture(self.sw, 'br0', self.capture)
        self.write_configurations()
        self.lap('machines')
        with concurrent.futures.ThreadPoolExecutor() as pool:
            self.all(pool, self.provision, self.dcs)
            self.lap('both domains provisioned')
            self.all(pool, self.start_dc, self.dcs)
            self.lap('both controllers answer')
            joining = pool.submit(self.join)
            self.all(pool, self.add_users, self.dcs)
            self.trust()
            joining.result()
        self.lap('users, forest trust, member joined')
        self.start_member()
        self.lap('member serves')
        for dc in self.dcs:
            dc.must('samba-tool', 'domain', 'exportkeytab', self.keytab(dc))
        self.lap('keytabs')

    @staticmethod
    def all(pool, step, items):
        for future in [pool.submit(step, item) for item in items]:
            future.result()

    def write_configurations(self):
        for machine in (*self.dcs, self.fs1, self.cl1):
            machine.write('/etc/krb5.conf', KERBEROS.replace('CORP.EXAMPLE', machine.domain.upper()))
        self.fs1.write('/etc/samba/smb.conf', MEMBER)
        self.cl1.write('/etc/samba/smb.conf', CLIENT)
        os.makedirs(self.fs1.path('/var/lib/samba/share'), mode=0o777)
        self.add_unix_user('%s:x:60000:65534::/nonexistent:/usr/sbin/nologin' % LOCAL_USER)

    def add_unix_user(self, line):
        with open(self.fs1.path('/etc/passwd'), 'a', encoding='utf-8') as f:
            f.write(line + '\n')

    def learn_users(self):
        """smbd wants to know whom it lets in. A name service for that is one package more, which changes the host's nsswitch.conf."""
        for netbios, _, users in DOMAINS.values():
            for user in users:
                self.add_unix_user(self.fs1.must('wbinfo', '-i', '%s\\%s' % (netbios, user.split(':')[0]), tries=25).strip())

    def provision(self, dc):
        netbios, domain, _ = DOMAINS[dc.name]
        dc.must('samba-tool', 'domain', 'provision', '--realm=' + domain.upper(), '--domain=' + netbios, '--server-role=dc',
                '--dns-backend=SAMBA_INTERNAL', '--adminpass=' + ADMIN, '--host-ip=' + dc.address, '--host-name=' + dc.name,
                '--option=interfaces=lo eth0', '--option=bind interfaces only=yes', '--option=dns forwarder=' + self.sw.address)
        path = dc.path('/etc/samba/smb.conf')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text.replace('[global]\n', '[global]\n' + COMMON + DC_ONLY, 1))

    def start_dc(self, dc):
        dc.start('samba', 'samba', '-F', '--no-process-group', '-M', 'prefork')
        probe = 'for p in 53 88 135 389 445; do exec 3<>/dev/tcp/%s/$p || exit 1; done' % dc.address
        wait_for(lambda: dc.run('bash', '-c', probe).returncode == 0, 30, dc.name + ' answers', 0.1)

    def stop_dc(self, dc):
        dc.kill(DC_PROGRAMS, (signal.SIGTERM, signal.SIGKILL))

    def add_users(self, dc):
        dc.must(PYTHON, os.path.join(HERE, 'users.py'), *DOMAINS[dc.name][2], tries=5)

    def trust(self):
        self.dc1.must('samba-tool', 'domain', 'trust', 'create', 'PARTNER.EXAMPLE', '--type=forest', '--direction=both',
                      '--create-location=both', '-U', 'Administrator@PARTNER.EXAMPLE%' + ADMIN, '--local-dc-username=Administrator',
                      '--local-dc-password=' + ADMIN, tries=10)

    def join(self):
        self.fs1.must('net', 'ads', 'join', '-U', 'Administrator%' + ADMIN, tries=10)

    def start_member(self):
        self.fs1.start('winbindd', 'winbindd', '-F', '--no-process-group')
        self.fs1.start('smbd', 'smbd', '-F', '--no-process-group')
        self.fs1.start('http', PYTHON, os.path.join(HERE, 'http_server.py'), self.fs1.address, str(HTTP_PORT))
        self.fs1.must('sh', '-c', 'printf "%s\\n%s\\n" | smbpasswd -L -s -a %s' % (LOCAL_PASSWORD, LOCAL_PASSWORD, LOCAL_USER), tries=5)
        self.fs1.must('wbinfo', '--ping-dc', tries=25)
        self.learn_users()
        probe = 'exec 3<>/dev/tcp/%s/445 4<>/dev/tcp/%s/%d' % (self.fs1.address, self.fs1.address, HTTP_PORT)
        wait_for(lambda: self.fs1.run('bash', '-c', probe).returncode == 0, 20, 'fs1 serves', 0.05)

    def start_capture(self, machine, interface, path):
        """tcpdump of one machine's interface, from the moment it reads; each packet is in the file at once."""
        process = machine.start('tcpdump', 'tcpdump', '-i', interface, '-s', '0', '-U', '--immediate-mode', '-Z', 'root', '-w', path,
                                'not arp and not ip6')
        said = os.path.join(machine.folder, 'out/tcpdump')
        wait_for(lambda: open(said, encoding='utf-8').read().count('listening on'), 10, 'tcpdump')
        return process

    def stop_capture(self):
        self.sw.kill(('tcpdump',), (signal.SIGINT,))

    def down(self):
        """Ends all that runs in the machines, and removes what they had; captures, keytabs and logs that were saved elsewhere stay."""
        self.network.end()
        for name in self.network.machines:
            shutil.rmtree(os.path.join(self.base, name), ignore_errors=True)
        for path in (self.network.state, self.capture, *map(self.keytab, self.dcs)):
            if os.path.exists(path):
                os.unlink(path)
        if os.path.isdir(self.base) and not os.listdir(self.base):
            os.rmdir(self.base)


def why_not():
    """Why there can be no lab here, in words; None where there can."""
    if os.geteuid() != 0:
        return 'needs root'
    if not program.is_machine():
        return 'needs a machine of its own: mounts can\'t be made where root lives in a folder'
    missing = [name for name in PROGRAMS if not shutil.which(name, path=machines.PATH)]
    return 'there is no %s (Debian: %s)' % (', '.join(missing), PACKAGES) if missing else None


def verb_up(lab):
    if lab.network.find() and lab.network.is_up():
        raise LabError('it is up already, in ' + lab.base)
    lab.down()
    lab.began = time.monotonic()
    try:
        lab.up()
    except BaseException:
        lab.network.end()  # what it said stays in MACHINE/out
        raise
    for seconds, what in lab.laps:
        print('%6.2f s  %s' % (seconds, what))
    print('capture of the switch: %s\nSamba\'s audit logs: %s\nkeytabs: %s' % (
        lab.capture, ' '.join(map(lab.audit_log, (*lab.dcs, lab.fs1))), ' '.join(map(lab.keytab, lab.dcs))))
    return 0


def verb_status(lab):
    if not (lab.network.find() and lab.network.is_up()):
        print('down')
        return 1
    for machine in lab.network.machines.values():
        running = sorted({machines.program_of(pid) for pid in machine.processes()} - {'sleep'})
        print('%-4s %-11s %s' % (machine.name, machine.address, ' '.join(running)))
    return 0


def verb_enter(lab, name, *command):
    if not lab.network.find() or name not in lab.network.machines or not lab.network.machines[name].pid:
        raise LabError('no machine %s is up in %s' % (name, lab.base))
    inside = lab.network.machines[name].inside(command or ['bash'])
    os.execvp(inside[0], inside)


def verb_down(lab):
    lab.network.find()
    lab.down()
    return 0


VERBS = {'up': (verb_up, 0, 0), 'status': (verb_status, 0, 0), 'down': (verb_down, 0, 0), 'shell': (verb_enter, 1, 1),
         'run': (verb_enter, 2, 999)}


def main(words):
    verb, least, most = VERBS.get(words[0] if words else '', (None, 0, 0))
    if not verb or not least <= len(words) - 1 <= most:
        print(__doc__)
        return 2
    problem = why_not()
    if problem:
        print('lab: skipped: ' + problem, file=sys.stderr)
        return SKIP
    try:
        return verb(Lab(os.environ.get('NTLMAUDIT_LAB', DEFAULT)), *words[1:])
    except LabError as error:
        print('lab: %s' % error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
