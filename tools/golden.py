#!/usr/bin/env python3
"""golden.py [--update] [CASE...]: holds every output format to tests/golden/CASE/expected.*

A case is a folder with `cmd`, the arguments after `ntlmaudit` but for the format. expected.summary is what
went to standard error, expected.status the exit status. Those of WANTED each case must have; the other formats are
held to what the case has of them (add one as an empty file, then update). --update rewrites them; read the
difference before it is committed.
"""
import json
import os
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../tests'))
import program

WANTED = ('text', 'short', 'json', 'xml')
GOLDEN = os.path.join(program.TOP, 'tests/golden')


def expected(case, name):
    return os.path.join(GOLDEN, case, 'expected.' + name)


def outputs(case):
    """name: bytes of every expected file of a case."""
    with open(os.path.join(GOLDEN, case, 'cmd')) as f:
        command, *rest = shlex.split(f.read())
    out = {}
    for name in program.FORMATS:
        if name not in WANTED and not os.path.exists(expected(case, name)):
            continue
        done = program.run(command, '-o', name, *rest)
        out[name], out['summary'] = done.stdout, done.stderr
        out['status'] = b'%d\n' % done.returncode
    return out


def check(results, case, update):
    for name, found in outputs(case).items():
        path = expected(case, name)
        if update:
            with open(path, 'wb') as f:
                f.write(found)
        want = b''
        if os.path.exists(path):
            with open(path, 'rb') as f:
                want = f.read()
        results.check(found == want, '%s: %s is not as expected' % (case, name))
        if name == 'json':
            results.check(all(json.loads(line) for line in found.splitlines()), case + ': JSON')


def main():
    os.chdir(program.TOP)
    update = '--update' in sys.argv
    wanted = [a for a in sys.argv[1:] if not a.startswith('-')]
    results = program.Results()
    for case in wanted or sorted(os.listdir(GOLDEN)):
        if os.path.exists(os.path.join(GOLDEN, case, 'cmd')):
            check(results, case, update)
    results.close()


main()
