"""What the whole-program tests share: where things lie, running the program, counting results."""
import json
import os
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
CAPTURES = os.path.join(TOP, 'tests/captures')
PROGRAM = os.environ.get('NTLMAUDIT_PROGRAM', os.path.join(TOP, 'build/ntlmaudit'))
FORMATS = ('text', 'short', 'json', 'xml', 'csv', 'cef', 'ecs', 'ocsf')
ENDINGS = ('.pcap', '.pcapng', '.cap')
# 32 bytes, the same in every test, so that ActivityIDs are too.
KEY = os.path.join(TOP, 'tests/golden/key')
ENVIRONMENT = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'LC_ALL': 'C.UTF-8', 'TZ': 'UTC',
               **{k: v for k, v in os.environ.items() if k.endswith('SAN_OPTIONS')}}


def captures(folder=CAPTURES):
    return [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.endswith(ENDINGS)]


def run(*arguments, stdin=subprocess.DEVNULL, env=None, timeout=120):
    """The finished process of `ntlmaudit ARGUMENTS`; its output as bytes."""
    return subprocess.run([PROGRAM, *arguments], stdin=stdin, capture_output=True, timeout=timeout,
                          env={**ENVIRONMENT, **(env or {})}, check=False)


def read(path, output='json', *more):
    return run('read', '-o', output, '--key-file', KEY, *more, path)


def events(path, *more):
    """The events of a capture, parsed from JSON, without findings; a crash or a sanitizer's finding raises."""
    done = read(path, 'json', *more)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError('%s: exit status %d: %s' % (
            os.path.basename(path), done.returncode, done.stderr.decode(errors='replace')[-2000:]))
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return [line for line in lines if 'event_id' in line]


def temporary():
    return tempfile.TemporaryDirectory(prefix='ntlmaudit-test-')


def is_machine():
    """Root of a machine: in a folder that is a machine's root to us, mounts can't be changed, and the kernel tells longer paths."""
    try:
        with open('/proc/self/mountinfo', encoding='utf-8') as f:
            return os.geteuid() == 0 and any(line.split()[4] == '/' for line in f)
    except OSError:
        return False


class Results:
    """Counts checks; says only what failed; the closing line is for tools/test.sh."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print('FAILED: ' + what)
        return good

    def close(self):
        print('%d passed, %d failed' % (self.passed, self.failed))
        sys.exit(1 if self.failed or not self.passed else 0)
