"""The daemon in each machine of the lab, while the cases run: what its log has in the end is held to what that machine alone could see, each
event once and fact by fact, with the processes of client and server."""
import json
import os
import subprocess

import cases
import compare
import program
from machines import LabError, wait_for

DAEMON = os.path.join(os.path.dirname(program.PROGRAM), 'ntlmauditd')
CONTROLLERS = ('dc1', 'dc2')
# Of the member and the controllers, where the daemon reads logs of Samba.
LOG_OPTION = '--samba-log'
# Whose connection it is: the program that speaks, where the case starts another, and the server's, smbd where none is said.
SPEAKER = {'timeout': 'smbclient'}
SERVER = {'HTTP': 'python3', 'LDAP': 'samba', 'DCERPC': ('samba', 'rpcd_')}


def reads_logs():
    return LOG_OPTION in subprocess.run([DAEMON, '--help'], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout


def finds_processes():
    """Without BPF it may be too late to see whose a connection is."""
    checks = json.loads(program.run('doctor', '-o', 'json', 'bpf').stdout)['checks']
    return [c['verdict'] for c in checks] == ['ok']


class Daemons:
    """One for each machine; its folders are nobody's to others but the daemon's user."""

    def __init__(self, lab, base):
        self.lab, self.base = lab, base
        self.reads_logs = reads_logs()
        self.machines = (*lab.dcs, lab.fs1, lab.cl1)
        self.pids = {}

    def folder(self, machine, *names):
        return os.path.join(self.base, machine.name, *names)

    def log(self, machine):
        return self.folder(machine, 'log', 'log.db')

    def options(self, machine):
        out = []
        if machine.name in CONTROLLERS:
            out += ['--samba-private', self.lab.private(machine), '--keytab', self.lab.keytab(machine)]
        if self.reads_logs and machine.name != 'cl1':
            out += [LOG_OPTION, self.lab.audit_log(machine)]
        return out

    def start(self):
        for m in self.machines:
            for name in ('run', 'root'):
                os.makedirs(self.folder(m, name))
            self.pids[m.name] = m.start('ntlmauditd', DAEMON, '--log', self.log(m), '--run-dir', self.folder(m, 'run'), '--root',
                                        self.folder(m, 'root'), '--user', 'nobody', '--key-file', program.KEY, '-i', 'eth0', *self.options(m))
        for m in self.machines:
            wait_for(lambda m=m: self.is_ready(m), 15, 'ntlmauditd of ' + m.name)

    def status(self, machine):
        done = program.run('status', '--run-dir', self.folder(machine, 'run'), '-o', 'json')
        return json.loads(done.stdout) if done.stdout.startswith(b'{') else {}

    def is_ready(self, machine):
        said = self.status(machine)
        return [p['state'] for p in said.get('processes', ())].count('running') >= 4 and (
            machine.name not in CONTROLLERS or said['channels']['read'])

    def said(self, machine):
        with open(os.path.join(machine.folder, 'out', 'ntlmauditd'), encoding='utf-8', errors='replace') as f:
            return f.read()

    def stop(self, check):
        for m in self.machines:
            said = self.status(m)
            check([p['restarts'] for p in said.get('processes', ())] == [0] * 4 and not any(r['dropped'] for r in said['capture']),
                  '%s: the daemon: %s' % (m.name, said))
            m.kill(('ntlmauditd',), (15,))
        for m in self.machines:
            try:
                wait_for(lambda m=m: not [p for p in m.processes() if p == self.pids[m.name]], 10, 'the end of ntlmauditd')
            except LabError as error:
                check(False, '%s: %s' % (m.name, error))

    def events(self, machine):
        done = program.run('search', '--log', self.log(machine), '-o', 'json')
        rows = map(json.loads, done.stdout.decode().splitlines())
        return [event for event in rows if 4020 <= event.get('event_id', 0) <= 4033]

    def sources(self, machine, logon, even):
        """What a machine sees of an event: the packets of client and server at these, the secure channel at the controller that is
        asked, and its own log."""
        out = ['netlogon'] if even >= 4030 else ['capture']
        return tuple(out + [machine] * (self.reads_logs and machine != 'cl1'))

    def expected(self, machine, logon):
        for at, even in cases.events_of(logon):
            if at != machine:
                continue
            sources = self.sources(machine, logon, even)
            for row in cases.expected(logon, sources):
                if row[0] == machine and row[1] & ~1 == even:
                    # whose connection it is: the kernel says so, not the log
                    yield *row[:2], {k: v for k, v in row[2].items() if k != 'process_name' or not logon.client}


def speaker(case):
    return SPEAKER.get(case.command[0], os.path.basename(case.command[0]))


def check_processes(check, where, case, machine, found):
    """Who asked, and who was asked."""
    for e in found:
        name = os.path.basename(e.get('process_name') or '')
        if e['event_id'] & ~1 == 4020 and machine == 'cl1':
            check(name.startswith(speaker(case)) and e['process_id'], '%s: the client\'s process is %r' % (where, name))
        elif e['event_id'] & ~1 == 4022 and e.get('client_ip') == cases.ADDRESS['cl1']:
            wanted = SERVER.get(e.get('carrier'), 'smbd')
            check(name.startswith(wanted) and e['process_id'], '%s: the server\'s process is %r' % (where, name))


def check_all(check, judge, daemons, runs, of_case):
    with_processes = finds_processes()
    if not with_processes:
        print('skipped: whose process it is: no BPF here')
    if not daemons.reads_logs:
        print('skipped: the daemons read no logs yet')
    for machine in daemons.machines:
        stored, told = daemons.events(machine), 0
        for run in runs:
            where = '%s at %s' % (run.case.name, machine.name)
            found = of_case(run, stored)
            rows = [row for logon in run.case.logons for row in daemons.expected(machine.name, logon)]
            compare.compare_rows(judge, where, run.case.logons, rows, found)
            if with_processes:
                check_processes(judge, where, run.case, machine.name, found)
            told += len(found)
        print('%s: %d events of the cases, %d in all' % (machine.name, told, len(stored)))
        check(told, '%s: no events at all: %s' % (machine.name, daemons.said(machine)))
