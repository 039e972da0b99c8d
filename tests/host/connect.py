#!/usr/bin/env python3
"""Who connects: short runs of curl, and processes that live for a few milliseconds, by each method."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import hosting  # noqa: E402
import program  # noqa: E402

RUNS = 50
results = program.Results()


def run(command):
    """Its number, and the first word it said: the local port."""
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as p:
        said = p.stdout.read().split()
    return p.pid, int(said[0]), time.monotonic() - begin


def curl(address, port, delay):
    host = '[%s]' % address if ':' in address else address
    return ['curl', '-s', '-o', '/dev/null', '-w', '%{local_port}', 'http://%s:%d/%d' % (host, port, delay)]


def brief(address, port, _):
    return [hosting.BRIEF, address, str(port)]


def truth_of(name):
    return {'curl': '/usr/bin/curl', 'brief': os.path.realpath(hosting.BRIEF)}[name]


def is_right(held, pid, name):
    return (held.get('pid'), held.get('name'), held.get('path'), held.get('how'), held.get('uid'), held.get('user')) == (
        pid, name, truth_of(name), 'connected', 0, 'root') and not held['kernel']


def judge(dump, runs, name, seen_as, port, least, what):
    """How many are right; a wrong number is always a failure."""
    ends = [(dump.holder((seen_as, local), (seen_as, port)), pid) for pid, local, _ in runs]
    right = sum(is_right(held, pid, name) for held, pid in ends)
    wrong = [(held, pid) for held, pid in ends if held and held['pid'] != pid]
    took = sorted(t for *_, t in runs)[len(runs) // 2] * 1000
    print('%s: %d of %d, at about %.1f ms each' % (what, right, len(runs), took))
    results.check(right >= least, '%s: %d of %d, at least %d wanted: %s' % (
        what, right, len(runs), least, [e for e in ends if not is_right(e[0], e[1], name)][:2]))
    results.check(not wrong, '%s: another process is told: %s' % (what, wrong[:2]))


# make, name, how the address is written, how it is told, server, ms that the server takes, least by BPF and by /proc
CASES = [
    (curl, 'curl', '127.0.0.1', '127.0.0.1', 'threading', 0, 50, 0),
    (curl, 'curl', '127.0.0.1', '127.0.0.1', 'threading', 50, 50, 40),
    (brief, 'brief', '127.0.0.1', '127.0.0.1', 'threading', 0, 50, 0),
    (brief, 'brief', '2001:db8::1', '2001:db8::1', 'six', 0, 50, 0),
    (brief, 'brief', '::ffff:192.0.2.1', '192.0.2.1', 'threading', 0, 50, 0),
    (curl, 'curl', '2001:db8::1', '2001:db8::1', 'six', 50, 50, 40),
]


def case(method, make, name, address, seen_as, kind, delay, least_bpf, least_proc):
    bind = '::' if kind == 'six' else '0.0.0.0'
    with hosting.Server.python(kind, bind) as server, hosting.Dump(*hosting.METHODS[method]) as dump:
        results.check(dump.method == method, 'it should work by %s: %s' % (method, dump.begin))
        runs = [run(make(address, server.port, delay)) for _ in range(RUNS)]
        results.check(dump.close() == 0, 'host-dump failed')
        least = least_bpf if dump.method == 'BPF' else least_proc
        judge(dump, runs, name, seen_as, server.port, least, '%s, %s to %s' % (dump.method, name, address))
        results.check(dump.counts['lost'] == 0, 'records were lost: %s' % dump.counts)


hosting.enter()
for method in hosting.METHODS:
    for one in CASES:
        case(method, *one)
results.close()
