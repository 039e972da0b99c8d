#!/usr/bin/env python3
"""What a service manager is told: READY=1 when logons are captured and not before, WATCHDOG=1 while it lives, RELOADING=1 and
READY=1 again by SIGHUP, STOPPING=1."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import program  # noqa: E402
from daemoning import HERE  # noqa: E402

NOBODY = 65534
results = program.Results()
check = results.check


def ready(folder, port):
    """A logon at the very moment of READY=1 is in the log, each time."""
    for i in range(3):
        notified = daemoning.Notified(os.path.join(folder, 'notify%d' % i))
        with daemoning.Daemon(os.path.join(folder, str(i)), wait=False, env={'NOTIFY_SOCKET': notified.path}) as daemon:
            check(notified.wait('READY=1'), 'READY=1 comes')
            logon = daemoning.curl(HERE, port)
            events = daemon.wait_events(2)
            check([e['event_id'] for e in events] == [4021, 4023] and daemoning.is_of(events[0], logon.client) and
                  daemoning.is_of(events[1], logon.server), 'what happens at READY=1 is captured: %s' % events)
            check(notified.read().count('READY=1') == 1, 'READY=1 is told once')
            if i == 0:
                life(daemon, notified)
            check(daemon.stop() == 0, 'it ends well')
            check(notified.wait('STOPPING=1') and notified.said.count('STOPPING=1') == 1, 'STOPPING=1 is told')
        notified.close()


def life(daemon, notified):
    notified.said.clear()
    time.sleep(2.3)
    notified.read()
    check(2 <= notified.said.count('WATCHDOG=1') <= 3, 'WATCHDOG=1 each second: %s' % notified.said)
    check('READY=1' not in notified.said, 'READY=1 is not told again')
    before = daemon.status()['policy']['loads']
    daemon.process.send_signal(signal.SIGHUP)
    check(notified.wait('RELOADING=1') and notified.wait('READY=1'), 'SIGHUP: %s' % notified.said)
    words = [s for s in notified.said if s != 'WATCHDOG=1' and not s.startswith('MONOTONIC_USEC')]
    check(words == ['RELOADING=1', 'READY=1'], 'SIGHUP: %s' % words)
    check(daemoning.until(lambda: daemon.status()['policy']['loads'] == before + 1), 'SIGHUP reads the policy')


def hung(folder):
    """An opener that hangs tells nothing: systemd ends it."""
    notified = daemoning.Notified(os.path.join(folder, 'notify-hung'))
    with daemoning.Daemon(os.path.join(folder, 'hung'), env={'NOTIFY_SOCKET': notified.path}) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        notified.read()
        notified.said.clear()
        time.sleep(1.5)
        notified.read()
        check(not notified.said, 'stopped: %s' % notified.said)
        daemon.process.send_signal(signal.SIGCONT)
        check(notified.wait('WATCHDOG=1'), 'it goes on')
    notified.close()


def never_ready(folder):
    """Where it can't begin there is no READY=1, and exit status 3."""
    notified = daemoning.Notified(os.path.join(folder, 'notify-never'))
    os.chmod(notified.path, 0o666)
    for what, command in (('without privileges', ['setpriv', '--reuid', str(NOBODY), '--clear-groups']), ('no interface', [])):
        with daemoning.Daemon(os.path.join(folder, what), *(() if command else ('-i', 'nosuch0')), at=command, wait=False,
                              env={'NOTIFY_SOCKET': notified.path}) as daemon:
            try:
                rc = daemon.process.wait(10)
            except subprocess.TimeoutExpired:
                rc = None
            notified.read()
            check(rc == 3 and 'READY=1' not in notified.said, '%s: %s, %s' % (what, rc, notified.said))
    notified.close()


def main():
    if not daemoning.is_root():
        daemoning.skip('needs root: packet sockets')
    daemoning.enter()
    with program.temporary() as folder, daemoning.Host('unused'):
        os.chmod(folder, 0o755)
        daemoning.ip('address', 'add', HERE + '/32', 'dev', 'lo')
        with daemoning.Server('threading', HERE) as server:
            ready(folder, server.port)
        hung(folder)
        never_ready(folder)
    results.close()


main()
