"""What the tests of the store share: the program that fills logs, and SQL from another hand than ours."""
import os
import subprocess
import sys

import program

FILL = os.environ.get('STORE_FILL', os.path.join(os.path.dirname(program.PROGRAM), 'tests/store/store-fill'))


def fill(*words, check=False, filler=FILL, **more):
    """The finished `store-fill WORDS`; its lines, as a dictionary of first word to the rest, in .said."""
    done = subprocess.run([filler, *map(str, words)], capture_output=True, text=True, timeout=300, check=False,
                          env=program.ENVIRONMENT, **more)
    done.said = dict((line.split(' ', 1) + [''])[:2] for line in done.stdout.splitlines())
    if check and done.returncode:
        raise RuntimeError('store-fill %s: %d %s %s' % (words, done.returncode, done.stdout, done.stderr[-2000:]))
    return done


def has_crashed(done):
    return done.returncode not in (0, 1) or 'Sanitizer' in done.stderr or 'runtime error' in done.stderr


def faults(path):
    """What verifying says: a list of (kind, record), or None where it could not be done."""
    done = fill('verify', path)
    if has_crashed(done):
        raise RuntimeError('verify %s: %d %s' % (path, done.returncode, done.stderr[-2000:]))
    if done.returncode:
        return None
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith('fault ')]
    return [(words[1], int(words[2])) for words in lines]


def sql(path, text):
    """The rows that the sqlite3 shell gives, as lists of texts."""
    done = subprocess.run(['sqlite3', '-separator', '\t', path, text], capture_output=True, text=True, timeout=120,
                          check=False)
    if done.returncode:
        raise RuntimeError('sqlite3: ' + done.stderr)
    return [line.split('\t') for line in done.stdout.splitlines()]


def sql_file(path, text):
    """Statements by the thousand, without their results."""
    subprocess.run(['sqlite3', path], input=text, text=True, capture_output=True, timeout=120, check=True)


def summary(path):
    words = fill('summary', path, check=True).said['events'].split()
    return dict(zip(['events', *words[1::2]], map(int, words[0::2])))


def acknowledged(output):
    """How many events the last whole line says are acknowledged."""
    lines = [line for line in output.split('\n')[:-1] if line.startswith('acknowledged ')]
    return int(lines[-1].split()[1]) if lines else 0


def new_log(folder, name='log.db', count=20000, total=20000, batch=3000):
    path = os.path.join(folder, name)
    fill('fill', path, 0, count, total, batch, check=True)
    return path


if __name__ == '__main__':
    sys.exit('a module of the tests in tests/store')
