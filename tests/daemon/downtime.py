#!/usr/bin/env python3
"""The time in which there was no daemon at all is an event of the log, however it ended; and a log is one daemon's."""
import calendar
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import faulting  # noqa: E402
import program  # noqa: E402

results = program.Results()
check = results.check
STOPPED, KILLED = 'the daemon was stopped', 'the daemon ended without being asked to'


def seconds(stamp):
    """Of 2026-11-22T14:00:00.1234567Z."""
    return calendar.timegm(time.strptime(stamp[:19], '%Y-%m-%dT%H:%M:%S')) + float(stamp[19:-1])


def gaps(daemon, n):
    """When there are so many: (reason, begin, end)."""
    daemoning.until(lambda: len(faulting.gaps(daemon.events())) >= n, 5)
    return [(g['gap_reason'], seconds(g['gap_begin']), seconds(g['gap_end'])) for g in faulting.gaps(daemon.events())]


def is_written(daemon):
    """The keeper has told that it is alive."""
    path = daemon.log + '-daemon'
    return daemoning.until(lambda: os.path.exists(path) and os.path.getsize(path), 15)


def check_first(folder):
    with daemoning.Daemon(folder) as daemon:
        check(is_written(daemon), 'it tells that it is alive')
        check(not gaps(daemon, 1), 'before the first there was nothing to miss')
        status = os.stat(daemon.log + '-daemon')
        check(status.st_uid == 65534 and status.st_mode & 0o007 == 0, 'who may read and write it: %o' % status.st_mode)
        os.kill(faulting.processes(daemon)['keeper'], signal.SIGKILL)
        daemoning.until(daemon.is_running)
        time.sleep(1)
        check(not faulting.gaps(daemon.events()), 'a keeper that is put back is no gap')
    return time.time()


def check_stopped(folder, ended):
    """To the moment."""
    time.sleep(1)
    begun = time.time()
    with daemoning.Daemon(folder) as daemon:
        found = gaps(daemon, 1)
        check(len(found) == 1 and found[0][0] == STOPPED, 'one gap tells that it was stopped: %s' % found)
        check(found and ended - 2 < found[0][1] <= ended, 'since %.2f, ended %.2f' % (found[0][1], ended))
        check(found and begun <= found[0][2] <= time.time(), 'until %.2f, begun %.2f' % (found[0][2], begun))
        check(daemon.status()['gaps']['n'] == 1, 'status counts it')
        os.kill(faulting.processes(daemon)['keeper'], signal.SIGKILL)
        daemoning.until(daemon.is_running)
        time.sleep(1)
        check(gaps(daemon, 1) == found, 'it is told once')


def check_killed(folder):
    """All at once, as when the machine stops."""
    with daemoning.Daemon(folder) as daemon:
        gaps(daemon, 2)
        is_written(daemon)
        time.sleep(0.5)
        pids = faulting.processes(daemon)
        for name in ('opener', 'keeper', 'decoder', 'host'):
            faulting.kill(pids[name])
        ended = time.time()
        daemon.process.wait()
    time.sleep(0.5)
    with daemoning.Daemon(folder) as daemon:
        found = gaps(daemon, 3)
        check(len(found) == 3 and found[2][0].startswith(KILLED), 'a gap tells that it was killed: %s' % found)
        check(found and ended - 13 < found[-1][1] < ended < found[-1][2], 'from before its end to its return')


def check_decoder_overtaken(folder):
    """The decoder dies, and before a gap can be stored all others do."""
    for moment in (0, 0.05, 0.15, 0.25):
        with daemoning.Daemon(folder) as daemon:
            daemoning.until(daemon.is_running)
            time.sleep(1)
            pids = faulting.processes(daemon)
            died = time.time()
            faulting.kill(pids['decoder'])
            time.sleep(moment)
            for name in ('opener', 'keeper'):
                faulting.kill(pids[name])
            daemon.process.wait()
        with daemoning.Daemon(folder) as daemon:
            told = daemoning.until(lambda: [g for g in gaps(daemon, 1) if g[1] - 0.15 <= died <= g[2]], 5)
            check(told, 'after %.2f s: no gap tells of the decoder that died at %.2f: %s' % (moment, died, gaps(daemon, 1)[-3:]))


def check_clock(folder):
    """The clock was set back while there was none, or what is written there is no sense."""
    with daemoning.Daemon(folder) as daemon:
        time.sleep(1)
        before = len(gaps(daemon, 1))
    for line, more in (('ntlmauditd 1 5 %d running\n' % ((time.time() + 3600) * 1e9), 1), ('ntlmauditd 1 x\n', 0), ('', 0),
                       ('\0' * 96, 0), ('ntlmauditd 1 5 7 running', 0), ('ntlmauditd 2 5 7 running\n', 0)):
        with open(daemon.log + '-daemon', 'w', encoding='ascii') as f:
            f.write(line)
        with daemoning.Daemon(folder) as daemon:
            is_written(daemon)
            time.sleep(0.5)
            found = gaps(daemon, before + more)
            before += more
            check(len(found) == before, '%r: %d gaps, %d before: %s' % (line, len(found), before, found[-2:]))
            check(not more or found[-1][1] == found[-1][2], 'a gap that ends before it began: %s' % found[-1:])


def check_alone(folder):
    """Nobody outlives the opener, in a sandbox or not."""
    for options in ((), ('--no-sandbox',)):
        with daemoning.Daemon(folder, *options) as daemon:
            pids = faulting.processes(daemon)
            faulting.kill(daemon.process.pid)
            daemon.process.wait()
            left = daemoning.until(lambda: not [p for p in pids.values() if faulting.is_there(p)], 1)
            check(len(pids) >= 4 and left, '%s: there are still %s' % (options, [n for n, p in pids.items() if faulting.is_there(p)]))
            for pid in filter(faulting.is_there, pids.values()):
                faulting.kill(pid)


def check_lock(folder):
    """The second one says who has it, and leaves the first alone, with its socket."""
    with daemoning.Daemon(folder) as daemon:
        done = subprocess.run([daemoning.DAEMON, '--log', daemon.log, '--run-dir', daemon.run_dir, '--user', 'nobody', '--root',
                               daemon.root, '--key-file', program.KEY], capture_output=True, text=True, timeout=20, check=False,
                              stdin=subprocess.DEVNULL, env=program.ENVIRONMENT)
        check(done.returncode == 3 and 'another ntlmauditd' in done.stderr and 'process %d' % daemon.process.pid in done.stderr,
              'a second daemon: %d %s' % (done.returncode, done.stderr))
        done = program.run('watch', '--store=' + daemon.log, timeout=20)
        check(done.returncode == 3 and b'another ntlmauditd' in done.stderr, 'watch --store: %d %s' % (done.returncode, done.stderr))
        check(daemon.is_running() and daemon.stop() == 0, 'the first goes on, and ends well')


def main():
    faulting.enter()
    with program.temporary() as folder:
        os.chmod(folder, 0o755)
        ended = check_first(folder)
        check_stopped(folder, ended)
        check_killed(folder)
        check_decoder_overtaken(folder)
        check_clock(folder)
        check_lock(folder)
        check_alone(folder)
    results.close()


main()
