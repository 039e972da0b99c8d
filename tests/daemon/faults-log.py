#!/usr/bin/env python3
"""faults-log.py [--long]: what may befall the log under a running daemon: a full disk, removal, another in its place, a folder that is
closed, damage, another daemon. Each is said once and shown by the status, and nothing that could be kept is lost."""
import fcntl
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402

LONG = '--long' in sys.argv
NOBODY = 65534
results = program.Results()
check = results.check


def problem(daemon):
    return daemon.status().get('log', {}).get('problem')


def wait_problem(daemon, word, what):
    found = daemoning.until(lambda: word in (problem(daemon) or ''), 5)
    shown = any(word in p for p in daemon.status()['problems'])
    return check(found and shown, '%s: the status tells of it: %s' % (what, daemon.status()['problems']))


def wait_well(daemon, what, seconds=5):
    check(daemoning.until(lambda: daemon.is_running() and not problem(daemon), seconds),
          '%s: it is over: %s' % (what, problem(daemon)))


def lines(daemon, word):
    return [line for line in daemon.said().splitlines() if word in line]


def restarts(daemon):
    return {p['name']: p['restarts'] for p in daemon.status()['processes']}


def is_calm(daemon, what):
    """Nobody ended, and nothing runs hot: processor time of a second."""
    pids = faulting.processes(daemon)
    before = sum(map(cpu, pids.values()))
    time.sleep(1)
    check(sum(restarts(daemon).values()) == 0, '%s: who ended: %s' % (what, restarts(daemon)))
    check(sum(map(cpu, pids.values())) - before < 0.4, '%s: it runs hot' % what)


def cpu(pid):
    with open('/proc/%d/stat' % pid, encoding='ascii', errors='replace') as f:
        words = f.read().rsplit(') ', 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


def own_folder(folder):
    path = os.path.join(folder, 'log')
    os.makedirs(path, exist_ok=True)
    os.chown(path, NOBODY, NOBODY)
    os.chmod(path, 0o750)
    return path


def fill(path):
    """All that the file system has left."""
    try:
        with open(path, 'wb', buffering=0) as f:
            for size in (1 << 16, 1 << 10, 1):
                try:
                    while f.write(b'x' * size):
                        pass
                except OSError:
                    pass
    except OSError:
        pass


def full(folder, port):
    """A disk that is full for some seconds."""
    log = own_folder(folder)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=8m,mode=0750,uid=%d,gid=%d' % (NOBODY, NOBODY), 'none', log], check=True)
    try:
        with daemoning.Daemon(folder) as daemon:
            made = faulting.some(port, 20, 'before')
            check(not faulting.wait_stored(daemon, made), 'a log with room')
            fill(log + '/ballast')
            with faulting.Logons(port, prefix='full', pause=0.01) as logons:
                wait_problem(daemon, 'log.db', 'full')
                time.sleep(4)
            said = [line for line in daemon.said().splitlines() if 'auditing NTLM' not in line]
            check(1 <= len(said) <= 2, 'a full disk is said once: %s' % said)
            check(restarts(daemon) == {}.fromkeys(restarts(daemon), 0), 'nobody ended: %s' % restarts(daemon))
            os.remove(log + '/ballast')
            wait_well(daemon, 'full')
            faulting.check_all(results, daemon, made + logons.made, 'after the disk was full')
            check(len(lines(daemon, 'can be written to again')) == 1, 'its end is said: %s' % daemon.said())
            print('full disk: %d logons while it was full' % len(logons.made))
        faulting.verify(results, daemon.log, 'after the disk was full')
    finally:
        subprocess.run(['umount', log], check=False)


def remove(path):
    for suffix in ('', '-wal', '-shm'):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)


def removed(folder, port):
    """Taken away, then replaced by another."""
    own_folder(folder)
    with daemoning.Daemon(folder) as daemon:
        faulting.check_all(results, daemon, faulting.some(port, 5, 'a'), 'before it is removed')
        other = os.path.join(folder, 'other')
        for suffix in ('', '-wal', '-shm'):
            if os.path.exists(daemon.log + suffix):
                shutil.copy(daemon.log + suffix, other + suffix)
        remove(daemon.log)
        made = faulting.some(port, 5, 'b')
        faulting.check_all(results, daemon, made, 'after it was removed')
        check(len(lines(daemon, 'removed or replaced')) == 1, 'removal is said once: %s' % daemon.said())
        gaps = [g['gap_reason'] for g in faulting.gaps(daemon.events())]
        check(len(gaps) == 1 and 'replaced' in gaps[0], 'the new log tells of it: %s' % gaps)
        remove(daemon.log)
        for suffix in ('', '-wal', '-shm'):
            if os.path.exists(other + suffix):
                os.rename(other + suffix, daemon.log + suffix)
                os.chown(daemon.log + suffix, NOBODY, NOBODY)
        faulting.check_all(results, daemon, faulting.some(port, 5, 'c'), 'after another took its place')
        check(not faulting.missing(faulting.stored(daemon.events()), [faulting.Made('a000000', 0, 0)]), 'it is the other one')
        is_calm(daemon, 'replaced')
    faulting.verify(results, daemon.log, 'after another took its place')


def closed(folder, port):
    """A folder that a new keeper may not enter for a while."""
    log = own_folder(folder)
    with daemoning.Daemon(folder) as daemon:
        made = faulting.some(port, 5, 'a')
        check(not faulting.wait_stored(daemon, made), 'a log with an open folder')
        os.chown(log, 0, 0)
        os.chmod(log, 0o700)
        faulting.kill(faulting.processes(daemon)['keeper'])
        daemoning.until(lambda: faulting.is_up(daemon))
        wait_problem(daemon, 'log.db', 'closed')
        made += faulting.some(port, 20, 'b')
        time.sleep(2.5)
        said = [line for line in lines(daemon, 'log.db') if 'auditing NTLM' not in line]
        check(len(said) == 1, 'a closed folder is said once: %s' % said)
        os.chown(log, NOBODY, NOBODY)
        os.chmod(log, 0o750)
        wait_well(daemon, 'closed')
        faulting.check_all(results, daemon, made, 'after the folder was closed')
    faulting.verify(results, daemon.log, 'after the folder was closed')


def damaged(folder, port):
    """A log that is none: it stays as it is, and events wait until somebody looks after it."""
    log = os.path.join(own_folder(folder), 'log.db')
    garbage = os.urandom(1 << 20)
    with open(log, 'wb') as f:
        f.write(garbage)
    with daemoning.Daemon(folder) as daemon:
        wait_problem(daemon, 'log.db', 'damaged')
        made = faulting.some(port, 50, 'a')
        is_calm(daemon, 'damaged')
        check(daemoning.until(lambda: daemon.status()['log']['waiting'] == 2 * len(made), 3),
              'they wait: %s' % daemon.status()['log'])
        said = [line for line in lines(daemon, 'log.db') if 'auditing NTLM' not in line]
        check(len(said) == 1, 'damage is said once: %s' % said)
        with open(log, 'rb') as f:
            check(f.read() == garbage, 'a damaged log is not touched')
        os.rename(log, log + '.damaged')
        wait_well(daemon, 'damaged')
        faulting.check_all(results, daemon, made, 'after the damage')
    faulting.verify(results, daemon.log, 'after the damage')


def shared(folder, port):
    """Somebody else writes to the log: the daemon waits, says who it is, and has the log when that one is done."""
    log = own_folder(folder)
    with open(log + '/log.db-lock', 'w', encoding='ascii') as other:
        os.chmod(other.name, 0o666)
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write('%d\n' % os.getpid())
        other.flush()
        with daemoning.Daemon(folder) as daemon:
            wait_problem(daemon, 'log.db', 'shared')
            check(str(os.getpid()) in (problem(daemon) or ''), 'who has the log is told: %s; it is %d' % (
                problem(daemon), os.getpid()))
            made = faulting.some(port, 5, 'a')
            time.sleep(2)
            said = [line for line in lines(daemon, 'log.db') if 'auditing NTLM' not in line]
            check(len(said) == 1, 'said once: %s' % said)
            other.close()
            wait_well(daemon, 'shared')
            faulting.check_all(results, daemon, made + faulting.some(port, 5, 'b'), 'after the other')
    faulting.verify(results, daemon.log, 'after two that write')


def links(folder, _):
    """What a keeper that was taken over could leave for root to give away."""
    log, precious = own_folder(folder), os.path.join(folder, 'precious')
    os.mkdir(precious)
    with open(precious + '/file', 'w', encoding='ascii'):
        pass
    os.symlink(precious, log + '/forward')
    os.link(precious + '/file', log + '/log.db-shm')
    os.symlink(precious + '/file', log + '/log.db-wal')
    with daemoning.Daemon(folder, wait=False) as daemon:
        daemoning.until(lambda: 'processes' in daemon.status(), 3)
        check([os.stat(p).st_uid for p in (precious, precious + '/file')] == [0, 0], 'root gives away what a link leads to')


def beyond(folder, port):
    """More than the decoder keeps: the oldest go, and this is told."""
    log = os.path.join(own_folder(folder), 'log.db')
    with open(log, 'wb') as f:
        f.write(b'no log\n' * 1000)
    with daemoning.Daemon(folder) as daemon:
        wait_problem(daemon, 'log.db', 'beyond')
        made = []
        begin = time.monotonic()
        while not daemon.status()['log']['dropped'] and time.monotonic() - begin < 300:
            made += faulting.some(port, 200, '%s-%d-' % ('x' * 700, len(made)))
        time.sleep(1.5)
        dropped = daemon.status()['log']['dropped']
        check(dropped, 'what was dropped is counted: %s' % daemon.status()['log'])
        check(any('lost' in p for p in daemon.status()['problems']), 'and told: %s' % daemon.status()['problems'])
        os.remove(log)
        wait_well(daemon, 'beyond', 60)
        daemoning.until(lambda: not daemon.status()['log']['waiting'], 60)
        time.sleep(1)
        counts = faulting.stored(daemon.events())
        check(not faulting.doubled(counts), 'beyond the limit: twice: %s' % faulting.doubled(counts)[:2])
        left = faulting.missing(counts, made)
        check(len(left) == dropped, '%d were dropped, %d are not there' % (dropped, len(left)))
        check(left == faulting.missing(counts, made[:len(left)])[:len(left)], 'the oldest went')
        def told():
            return [g for g in faulting.gaps(daemon.events()) if 'dropped' in g['gap_reason']]
        gaps = daemoning.until(told) or []
        check(sum(int(g['gap_reason'].split(' were dropped')[0].rsplit(' ', 1)[1]) for g in gaps) == dropped,
              'a gap tells of %d: %s' % (dropped, gaps))
        print('beyond the limit: %d of %d events were dropped' % (dropped, 2 * len(made)))


def main():
    faulting.enter()
    tests = [full, removed, closed, damaged, shared, links] + ([beyond] if LONG else [])
    if os.environ.get('FAULTS_ONLY'):
        tests = [t for t in (*tests, beyond) if t.__name__ in os.environ['FAULTS_ONLY'].split()]
    with program.temporary() as folder, daemoning.Server() as server:
        os.chmod(folder, 0o755)
        for test in tests:
            path = os.path.join(folder, test.__name__)
            os.mkdir(path)
            test(path, server.port)
    results.close()


main()
