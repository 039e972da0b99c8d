#!/usr/bin/env python3
"""logs.py README: reading EVTX (evtx.sh), Samba's audit logs and secure channels (samba.sh) and the channel log (store.sh), measured, printed, and written into README."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import page

HERE = os.path.dirname(os.path.abspath(__file__))
# A line's name begins so: what is measured, its limit, and how the table says that.
LIMITS = (
    ('ratio', 'ratio', lambda v: v >= 20, 'at least 20'),
    ('audit lines', 'lines/s', lambda v: v >= 300_000, 'at least 300,000'),
    ('unsealing', 'logons/s', lambda v: v >= 20_000, 'at least 20,000'),
    ('storing', 'events/s', lambda v: v >= 100_000, 'at least 100,000'),
    ('storing', 'bytes/event', lambda v: v <= 250, 'at most 250'),
    ('usage', 'seconds', lambda v: v < .3, 'below 0.3 s'),
    ('50 of a user', 'seconds', lambda v: v < .1, 'below 0.1 s'),
    ('50 of a client', 'seconds', lambda v: v < .1, 'below 0.1 s'),
    ('50 of a server', 'seconds', lambda v: v < .1, 'below 0.1 s'),
    ('', 'MiB', lambda v: v < 256, 'below 256 MiB'),
)


def measured(script):
    """[(name, {key: value})] of the lines that a script prints: `name key value  key value`."""
    said = subprocess.run(['sh', os.path.join(HERE, script)], stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in said.splitlines():
        pairs = re.findall(r'(?:^|\s)([A-Za-z][\w/-]*) ([\d.]+)(?=\s|$)', line)
        if pairs:
            yield line[:line.index('%s %s' % pairs[0])].strip() or pairs[0][0], {k: float(v) for k, v in pairs}


def row(name, values):
    """(a row of the table, is it within its limits)"""
    judged = [(said, good(values[key])) for start, key, good, said in LIMITS
              if name.startswith(start) and key in values]
    figures = ', '.join('%s %s' % (k, ('%.3f' if k == 'seconds' else '%.1f' if v % 1 else '%.0f') % v)
                        for k, v in values.items())
    return '| %s | %s | %s |\n' % (name, figures, ', '.join(said for said, _ in judged)), all(ok for _, ok in judged)


def main():
    good = True
    for mark, script in (('evtx', 'evtx.sh'), ('samba', 'samba.sh'), ('store', 'store.sh')):
        text = '| | measured | limit |\n|---|---|---|\n'
        for name, values in measured(script):
            line, within = row(name, values)
            text += line
            good &= within
        print(text, end='', flush=True)
        page.write(sys.argv[1], mark, text)
    print('within the limits' if good else 'NOT within the limits')
    sys.exit(not good)


main()
