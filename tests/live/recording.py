"""Recording what happens on loopback."""
import os
import shutil
import subprocess
import time


def possible(*programs):
    """Can it be, and are the other programs there? Says what is needed where not."""
    missing = [name for name in ('tcpdump', *programs) if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        print('skipped: needs %s, and root to capture on loopback' % ', '.join(('tcpdump', *programs)))
        print('0 passed, 0 failed')
    return not missing and os.geteuid() == 0


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Recording:
    """tcpdump on loopback, from the moment it says that it listens."""

    def __init__(self, path, port):
        self.process = subprocess.Popen(
            # the usual buffer has room for some thirty packets of loopback, which come at once
            ['tcpdump', '-i', 'lo', '-s', '0', '-B', '32768', '-U', '-w', path, '--immediate-mode', 'tcp', 'port',
             str(port)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.process.stderr.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        time.sleep(0.3)
        stop(self.process)
        self.process.stderr.close()
