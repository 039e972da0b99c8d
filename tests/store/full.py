#!/usr/bin/env python3
"""A disk that is full: a clear error, what was acknowledged is kept, and it goes on when there is room.

Once on a small file system, where this may be mounted, and once with a limit on the size of files.
"""
import os
import resource
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import storing

EVENTS = 60000


def limit(size):
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return set_limit


def check(results, what, path, run_full, make_room):
    done = run_full()
    known = storing.acknowledged(done.stdout)
    results.check(done.returncode == 1 and not storing.has_crashed(done), '%s: status %d' % (what, done.returncode))
    error = done.said.get('error', '')
    results.check(error.startswith('-28 ') and path in error and 'no room' in error, '%s: %r' % (what, error))
    results.check(0 < known < EVENTS, '%s: %d acknowledged' % (what, known))
    make_room()
    results.check(storing.summary(path)['events'] >= known, '%s: acknowledged events are gone' % what)
    again = storing.fill('fill', path, 0, EVENTS, EVENTS)
    results.check(again.returncode == 0, '%s: does not go on: %s' % (what, again.stdout))
    results.check(storing.summary(path)['events'] == EVENTS, '%s: not all there in the end' % what)
    results.check(storing.faults(path) == [], '%s: faults' % what)


def small_file_system(results, folder):
    place = os.path.join(folder, 'small')
    os.mkdir(place)
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=6m', 'none', place]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        print('no small file system can be mounted here')
        return
    path = os.path.join(place, 'log.db')
    try:
        check(results, 'small file system', path, lambda: storing.fill('fill', path, 0, EVENTS, EVENTS, 2000),
              lambda: subprocess.run(['mount', '-o', 'remount,size=100m', place], check=True))
    finally:
        subprocess.run(['umount', place], check=True)


def main():
    results = program.Results()
    with program.temporary() as folder:
        small_file_system(results, folder)
        path = os.path.join(folder, 'log.db')
        check(results, 'limit of files', path,
              lambda: storing.fill('fill', path, 0, EVENTS, EVENTS, 2000, preexec_fn=limit(5 << 20)), lambda: None)
    results.close()


main()
