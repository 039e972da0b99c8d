#!/usr/bin/env python3
"""The policy acts on daemons that run: each switch by drop-in files, Windows' two by Registry.pol, the older ones by GptTmpl.inf.
Every change is followed by a logon from one host to another, and the two logs have what the policy wants, and nothing else."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import program  # noqa: E402
from daemoning import THERE  # noqa: E402

POLICIES = os.path.join(program.TOP, 'tests/policy')
results = program.Results()
check = results.check


class Estate:
    """Two hosts, one policy for both: files below one folder."""

    def __init__(self, folder, srv):
        self.root = os.path.join(folder, 'root')
        self.conf = os.path.join(self.root, 'etc/ntlmaudit/ntlmaudit.conf.d')
        for path in (self.conf, os.path.join(self.root, 'var/lib/ntlmaudit/policy')):
            os.makedirs(path)
        self.target = os.path.join(self.root, 'etc/ntlmaudit/site.conf')
        put(self.target, b'keep-days = 90\n')
        os.symlink('../site.conf', os.path.join(self.conf, '70-link.conf'))
        self.daemons = [daemoning.Daemon(os.path.join(folder, name), at=at, root=self.root)
                        for name, at in (('cl', ()), ('srv', srv.at))]
        self.server = daemoning.Server('threading', THERE, at=srv.at)
        self.known = [0, 0]

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.server.__exit__()
        for daemon in self.daemons:
            daemon.__exit__()

    def readings(self):
        """How often each has read the policy, taken or not."""
        said = [d.status()['policy'] for d in self.daemons]
        return [p['loads'] + p['refused'] for p in said]

    def write(self, text, name='50-test.conf'):
        """Puts a drop-in in its place in one step, as editors and packages do; '' takes it away."""
        path = os.path.join(self.conf, name)
        if text:
            os.makedirs(self.conf, exist_ok=True)
            with open(path + '.new', 'w', encoding='utf-8') as f:
                f.write(text)
            os.rename(path + '.new', path)
        elif os.path.exists(path):
            os.remove(path)

    def change(self, what, act):
        """Does it, and waits until both have noticed: nobody tells them to, and none is started anew."""
        before = self.readings()
        act()
        check(daemoning.until(lambda: all(now > then for now, then in zip(self.readings(), before)), 5),
              what + ': a change is noticed')
        time.sleep(0.05)

    def log_on(self, good=False, loopback=False):
        """The IDs that one logon put into the log of each; for a loopback logon there is one log."""
        made = [sum(d.counts()[0].values()) for d in self.daemons]
        if loopback:
            with daemoning.Server('threading', daemoning.HERE) as server:
                daemoning.curl(daemoning.HERE, server.port)
        elif good:
            daemoning.brief(THERE, self.server.port, secure=True)
        else:
            daemoning.curl(THERE, self.server.port)
        each = (4, 0) if loopback else (2, 2)  # an enhanced event and the legacy one beside it, wanted or not
        wanted = [m + n for m, n in zip(made, each)]
        check(daemoning.until(lambda: [sum(d.counts()[0].values()) for d in self.daemons] == wanted, 5),
              'events were made: %s, not %s' % ([d.counts()[0] for d in self.daemons], wanted))
        return tuple(self.new(i) for i in range(2))

    def new(self, i):
        daemon = self.daemons[i]
        events = daemoning.until(lambda: [e for e in [daemon.events()] if len(e) == daemon.status()['log']['stored']])
        events = events[0] if events else daemon.events()
        ids = [e['event_id'] for e in events[self.known[i]:]]
        self.known[i] = len(events)
        return ids

    def run(self, *words):
        return program.run('policy', *words, '--root', self.root)


BOTH, NONE = ([4021], [4023]), ([], [])
UNTIL = '; owner=tests; until=2099-12-31'

# The drop-in, and what a logon without MIC and channel binding then leaves in each log.
CASES = [
    ('enhanced-logging = off', NONE),
    ('enhanced-logging = on', BOTH),
    ('', BOTH),
    ('domain-logging = off', BOTH),
    ('client-events = none', ([], [4023])),
    ('server-events = none', ([4021], [])),
    ('client-events = warnings\nserver-events = warnings', BOTH),
    ('client-share = 0', ([], [4023])),
    ('server-share = 0', ([4021], [])),
    ('carriers = smb, ldap', NONE),
    ('carriers = smb\ncarriers += http', BOTH),
    ('server-exceptions += %s%s' % (THERE, UNTIL), NONE),
    ('server-exceptions += WEB*' + UNTIL, NONE),
    ('account-exceptions += CORP\\alice' + UNTIL, NONE),
    ('account-exceptions += bob' + UNTIL, BOTH),
    ('process-exceptions += curl' + UNTIL, ([], [4023])),
    ('process-exceptions += %s%s' % (daemoning.PYTHON, UNTIL), ([4021], [])),
    ('server-exceptions += *; owner=tests; until=2020-01-31', BOTH),
    ('restrict-outgoing = audit', ([4021, 8001], [4023])),
    ('restrict-outgoing = deny', BOTH),
    ('restrict-outgoing = audit\noutgoing-exceptions = web1.corp.*', BOTH),
    ('audit-incoming = domain-accounts', ([4021], [4023, 8003])),
    ('restrict-outgoing = audit\naudit-incoming = all\nenhanced-logging = off', ([8001], [8003])),
]


def drop_ins(estate):
    for text, wanted in CASES:
        if text.startswith('process-') and not daemoning.has_bpf():
            continue
        estate.change(repr(text), lambda: estate.write(text and text + '\n'))
        got = estate.log_on()
        check(got == wanted, '%r: %s, not %s' % (text, got, wanted))


def levels(estate):
    """A logon with all that protects is Information: roles with `warnings` do not write it."""
    estate.change('levels', lambda: estate.write('client-events = warnings\n'))
    got = estate.log_on(good=True)
    check(got == ([], [4022]), 'warnings of clients, all of servers: %s' % (got,))
    estate.change('levels', lambda: estate.write('server-events = warnings\n'))
    got = estate.log_on(good=True)
    check(got == ([4020], []), 'warnings of servers, all of clients: %s' % (got,))


def loopback(estate):
    estate.change('loopback', lambda: estate.write('restrict-outgoing = audit\naudit-incoming = all\n'))
    got = sorted(estate.log_on(loopback=True)[0])
    check(got == [4021, 4023, 8001, 8002], 'loopback, with the older policies: %s' % got)


PREG = """import sys
from samba.dcerpc import preg
from samba.ndr import ndr_pack
file = preg.file()
file.header.signature, file.header.version = 'PReg', 1
entries = []
for name, value in zip(sys.argv[2::2], sys.argv[3::2]):
    entry = preg.entry()
    entry.keyname, entry.valuename, entry.type, entry.data = 'Software\\\\Policies\\\\ntlmaudit', name, 4, int(value)
    entries.append(entry)
file.num_entries, file.entries = len(entries), entries
open(sys.argv[1], 'wb').write(ndr_pack(file))
"""


def write_pol(path, *values):
    """With Samba's own writer; False where it is not there."""
    return any(subprocess.run([python, '-c', PREG, path, *values], capture_output=True, check=False).returncode == 0
               for python in (sys.executable, '/usr/bin/python3'))


def group_policy(estate, folder):
    """Stands over the files; what tests/policy/ has was written by Samba."""
    estate.change('before Group Policy', lambda: estate.write('enhanced-logging = on\nclient-events = all\n'))
    own = os.path.join(folder, 'own.pol')
    cases = [('kb-off.pol', NONE), ('kb-on.pol', BOTH), ('legacy.inf', ([4021, 8001], [4023, 8003]))]
    if write_pol(own, 'ClientEvents', '0', 'ServerEvents', '2'):
        cases.append((own, ([], [4023])))
    else:
        print('skipped: no python3-samba that writes a Registry.pol')
    for name, wanted in cases:
        def act(path=os.path.join(POLICIES, name)):
            done = estate.run('import', path)
            check(done.returncode == 0, '%s is taken: %s' % (path, done.stderr))
        estate.change(name, act)
        got = estate.log_on()
        check(got == wanted, '%s: %s, not %s' % (name, got, wanted))
        check(all(d.status()['policy']['group_policy'] for d in estate.daemons), name + ': status tells of Group Policy')
    imported = os.path.join(estate.root, 'var/lib/ntlmaudit/policy/group-policy.pol')
    whole = open(imported, 'rb').read()
    refused(estate, 'a Registry.pol that is cut', lambda: put(imported, whole[:-7]), cases[-1][1], 'offset')
    estate.change('Group Policy goes', lambda: estate.run('import', '--clear'))
    check(estate.log_on() == BOTH, 'without Group Policy the files hold again')


def put(path, data):
    with open(path + '.new', 'wb') as f:
        f.write(data)
    os.rename(path + '.new', path)


def refused(estate, what, act, wanted, said):
    """The last good policy stays in force, and status says so."""
    estate.change(what, act)
    for daemon in estate.daemons:
        policy = daemon.status()['policy']
        check(policy['is_refused'] and any(said in p for p in policy['problems']), '%s: %s' % (what, policy))
        done = program.run('status', '--run-dir', daemon.run_dir)
        check(done.returncode == 1 and said.encode() in done.stdout, '%s: status: %s' % (what, done.stdout))
        check(said in daemon.said(), '%s: ntlmauditd says: %s' % (what, daemon.said()))
    got = estate.log_on()
    check(got == wanted, '%s: the last good policy stays: %s' % (what, got))


def broken(estate):
    estate.change('a good file', lambda: estate.write('server-events = none\n'))
    refused(estate, 'a broken file', lambda: estate.write('server-events = everything\n'), ([4021], []), '50-test.conf: line 1')
    estate.change('a second file', lambda: estate.write('client-events = none\n', '60-more.conf'))
    check(estate.log_on() == ([4021], []), 'nothing is taken while a file is broken')
    estate.change('mended', lambda: estate.write('server-events = all\n'))
    check(estate.log_on() == ([], [4023]), 'a mended file is in force, and what came meanwhile')
    for daemon in estate.daemons:
        done = program.run('status', '--run-dir', daemon.run_dir)
        check(done.returncode == 0, 'after it is mended all is well: %s' % done.stdout)
    estate.change('the second file goes', lambda: estate.write('', '60-more.conf'))


def rewrite(path, text):
    with open(path, 'w', encoding='ascii') as f:
        f.write(text)


def linked(estate):
    """SIGHUP has links looked at, too, wherever they lead."""
    for text, wanted in (('client-events = none\n', ([], [4023])), ('keep-days = 90\n', BOTH)):
        estate.change('SIGHUP', lambda: [rewrite(estate.target, text)] + [
            d.process.send_signal(signal.SIGHUP) for d in estate.daemons])
        check(estate.log_on() == wanted, 'a link whose target changed, after SIGHUP')


def writes(daemon, word):
    """Does it come to be what is in force for clients?"""
    return check(daemoning.until(lambda: [p['roles']['client']['writes'] for p in [daemon.status().get('policy')] if p] ==
                                 [word], 5), '%s is not in force: %s' % (word, daemon.status()['policy']))


def elsewhere(folder):
    """What the keeper's sandbox did not allow when it was started: folders that were not there, links to yet another one."""
    home = os.path.join(folder, 'elsewhere')
    conf = os.path.join(home, 'root/etc/ntlmaudit/ntlmaudit.conf.d')
    ours, theirs = (os.path.join(folder, name) for name in ('site/ours.conf', 'other/theirs.conf'))
    with daemoning.Daemon(home) as daemon:
        for path in (conf, os.path.dirname(ours), os.path.dirname(theirs)):
            os.makedirs(path)
        put(os.path.join(conf, '00-first.conf'), b'client-events = warnings\n')
        writes(daemon, 'warnings')
        put(ours, b'client-events = none\n')
        os.symlink(ours, os.path.join(conf, '10-ours.conf'))
        writes(daemon, 'none')
        put(ours, b'client-events = all\n')
        daemon.process.send_signal(signal.SIGHUP)
        writes(daemon, 'all')
        put(theirs, b'client-events = warnings\n')
        os.symlink(theirs, os.path.join(conf, '20-theirs.conf'))
        writes(daemon, 'warnings')
        daemoning.until(daemon.is_running)
        check(not daemon.status()['problems'], 'a policy elsewhere: %s' % daemon.status()['problems'])


def private(folder):
    """Files that only root can read: the opener can, and the keeper takes what it read."""
    home = os.path.join(folder, 'private')
    conf = os.path.join(home, 'root/etc/ntlmaudit')
    first, drop_in = os.path.join(conf, 'ntlmaudit.conf'), os.path.join(conf, 'ntlmaudit.conf.d/10.conf')
    os.makedirs(os.path.dirname(drop_in))

    def secret(path, data, mode=0o600):
        put(path + '.new', data)
        os.chmod(path + '.new', mode)
        os.rename(path + '.new', path)

    secret(first, b'client-events = warnings\n')
    with daemoning.Daemon(home) as daemon:
        writes(daemon, 'warnings')
        check(not daemon.status()['problems'], 'a file of root alone: %s' % daemon.status()['problems'])
        secret(first, b'client-events = none\n')
        writes(daemon, 'none')
        secret(first, b'client-events = nonsense\n')
        check(daemoning.until(lambda: daemon.status().get('policy', {}).get('is_refused'), 5) and
              any('ntlmaudit.conf: line 1' in p for p in daemon.status()['policy']['problems']),
              'what is wrong in it is told: %s' % daemon.status())
        writes(daemon, 'none')
        os.kill([p['pid'] for p in daemon.status()['processes'] if p['name'] == 'keeper'][0], signal.SIGKILL)
        daemoning.until(daemon.is_running)
        writes(daemon, 'none')
        check(daemon.status()['policy']['is_refused'], 'nor does another keeper take what is wrong')
        secret(first, b'client-events = all\n', 0o644)
        writes(daemon, 'all')
        secret(drop_in, b'client-events = warnings\n')
        writes(daemon, 'warnings')
        os.remove(drop_in)
        writes(daemon, 'all')
        os.chmod(conf, 0o700)
        secret(first, b'client-events = none\n', 0o644)
        writes(daemon, 'none')
        daemoning.until(daemon.is_running)
        check(not daemon.status()['policy']['problems'], 'a folder of root alone: %s' % daemon.status()['policy'])


def decoders(estate):
    return [p['since'] for d in estate.daemons for p in d.status()['processes'] if p['name'] == 'decoder' and p['pid']]


def whole(estate, what, text, wanted):
    """What the policy says of the capture itself: a new decoder begins with it, and nobody else."""
    before = decoders(estate)
    estate.change(what, lambda: estate.write(text))
    check(daemoning.until(lambda: len(set(decoders(estate)) - set(before)) == 2, 3), what + ': new decoders')
    check(all(daemoning.until(d.is_running) for d in estate.daemons), what + ': they run')
    before = [len(d.events()) for d in estate.daemons]
    daemoning.curl(THERE, estate.server.port)
    logs = [d.wait_events(n + len(w))[n:] for d, n, w in zip(estate.daemons, before, wanted)]
    got = tuple([e['event_id'] for e in log] for log in logs)
    check(got == wanted, '%s: %s, not %s' % (what, got, wanted))
    return [e['process_id'] for log in logs for e in log], [d.status() for d in estate.daemons]


def captured(daemon):
    return [c['interface'] for c in daemon.status()['capture'] if not c['problem']]


def capturing(estate, folder):
    both = [4021, 4023]
    processes, said = whole(estate, 'a mirror port', 'tap = on\n', (both, both))
    check(not any(processes) and all(s['daemon']['tap'] for s in said), 'a mirror port: %s' % processes)
    processes, said = whole(estate, 'named interfaces', 'interfaces = v*\n', BOTH)
    check((all(processes) or not daemoning.has_bpf()) and not any(s['daemon']['tap'] for s in said), 'named interfaces: %s' % processes)
    names = daemoning.until(lambda: [captured(d) for d in estate.daemons] == [['v0'], ['v1']], 3)
    check(names, 'named interfaces: %s' % [d.status()['capture'] for d in estate.daemons])
    processes, said = whole(estate, 'an interface that is not there', 'interfaces = v*, nosuch0\n', BOTH)
    check(daemoning.until(lambda: any('nosuch0' in p for p in estate.daemons[0].status()['problems']), 3),
          'an interface that is not there is a problem: %s' % estate.daemons[0].status()['problems'])
    whole(estate, 'all interfaces', '', BOTH)
    check(daemoning.until(lambda: [captured(d) for d in estate.daemons] == [['any']] * 2 and
                          not any(d.status()['problems'] for d in estate.daemons), 3), 'all is well again: %s' % [
                              (d.status()['capture'], d.status()['problems']) for d in estate.daemons])
    for word, known in (('proc', True), ('off', False)):  # for whoever starts with it
        conf = os.path.join(folder, word, 'root/etc/ntlmaudit/ntlmaudit.conf')
        os.makedirs(os.path.dirname(conf))
        put(conf, b'process-attribution = %s\n' % word.encode())
        with daemoning.Daemon(os.path.join(folder, word)) as daemon:
            host = daemoning.until(lambda: [h for h in [daemon.status()['host']] if h['name']])[0]
            check(host['known'] == known and (not known or host['method'] == 'proc'), 'processes: %s: %s' % (word, host))


def main():
    if not daemoning.is_root():
        daemoning.skip('needs root: packet sockets, network namespaces')
    daemoning.enter()
    with program.temporary() as folder, daemoning.Host('srv1') as srv:
        os.chmod(folder, 0o755)
        srv.join()
        with Estate(folder, srv) as estate:
            pids = [{p['name']: p['pid'] for p in d.status()['processes']} for d in estate.daemons]
            drop_ins(estate)
            levels(estate)
            loopback(estate)
            group_policy(estate, folder)
            broken(estate)
            linked(estate)
            check([{p['name']: p['pid'] for p in d.status()['processes']} for d in estate.daemons] == pids,
                  'no process was started anew')
            capturing(estate, folder)
            check([d.stop() for d in estate.daemons] == [0, 0], 'both end well')
        elsewhere(folder)
        private(folder)
    results.close()


main()
