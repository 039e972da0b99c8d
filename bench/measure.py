#!/usr/bin/env python3
"""measure.py PROGRAM FOLDER README: the benchmark's measurements, printed and written into README.

Wall times of PROGRAM and of tcpdump come from the same minutes, run in turns, and are compared by their
medians; tshark takes long and runs once, on all of it.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import page

RUNS = int(os.environ.get('BENCH_RUNS', '9'))
TCPDUMP_LIMIT, TSHARK_LIMIT, MEMORY_LIMIT = 1.3, 100, 64


def run(command):
    """(seconds, processor seconds, peak MiB) of a command."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(child.pid, 0)
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def callgrind(program, capture, packets, key, folder):
    out = os.path.join(folder, 'callgrind.out')
    subprocess.run(['valgrind', '-q', '--tool=callgrind', '--callgrind-out-file=' + out, program,
                    'read', '-q', '--key-file', key, capture],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open(out) as f:
        total = re.search(r'^(?:summary|totals): (\d+)', f.read(), re.M)
    return int(total.group(1)) / packets


def count_events(program, capture, key):
    """Events, not what stands among them."""
    child = subprocess.Popen([program, 'read', '-q', '-o', 'json', '--key-file', key, capture],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = sum(b'"event_id":' in line for line in child.stdout)
    child.wait()
    return found


def key_file(folder):
    path = os.path.join(folder, 'key')
    with open(path, 'w') as f:
        f.write('00' * 32 + '\n')
    return path


def measure(program, folder):
    capture, slice_ = (os.path.join(folder, n) for n in ('large.pcap', 'slice.pcap'))
    with open(os.path.join(folder, 'large.json')) as f:
        made = json.load(f)
    with open(os.path.join(folder, 'slice.json')) as f:
        sliced = json.load(f)
    key = key_file(folder)
    ours = [program, 'read', '-q', '--key-file', key, capture]
    tcpdump = ['tcpdump', '-r', capture, '-w', '/dev/null']
    times, cpu = {'ours': [], 'tcpdump': []}, {'ours': [], 'tcpdump': []}
    peak = 0
    run(tcpdump)  # the file is in memory from here on
    for _ in range(RUNS):
        for name, command in (('tcpdump', tcpdump), ('ours', ours)):
            seconds, processor, memory = run(command)
            times[name].append(seconds)
            cpu[name].append(processor)
        peak = max(peak, memory)
    tshark = run(['tshark', '-r', capture, '-Y', 'ntlmssp', '-w', '/dev/null'])
    ours_s, tcpdump_s = (statistics.median(times[k]) for k in ('ours', 'tcpdump'))
    ours_cpu, tcpdump_cpu = (statistics.median(cpu[k]) for k in ('ours', 'tcpdump'))
    return {
        'packets': made['packets'], 'megabytes': made['bytes'] / 1e6, 'logons': made['logons'],
        'events': count_events(program, capture, key), 'ours': ours_s, 'tcpdump': tcpdump_s, 'tshark': tshark[0],
        'ratio_tcpdump': ours_s / tcpdump_s, 'ratio_tshark': tshark[0] / ours_s,
        'memory': peak, 'tshark_memory': tshark[2], 'cpu': ours_cpu / tcpdump_cpu,
        'instructions': callgrind(program, slice_, sliced['packets'], key, folder),
    }


def table(m):
    return '''| | measured | limit |
|---|---|---|
| capture | %(megabytes).0f MB, %(packets)d packets, %(logons)d logons | 500 MB, 1.5 M packets |
| events | %(events)d | %(want)d: two a logon |
| `ntlmaudit read` | %(ours).3f s | |
| `tcpdump -r F -w /dev/null` | %(tcpdump).3f s | |
| `tshark -Y ntlmssp` | %(tshark).1f s, %(tshark_memory).0f MiB | |
| against tcpdump | %(ratio_tcpdump).2f times its time | at most %(tcpdump_limit).1f |
| against tcpdump, processor time | %(cpu).2f times its time | |
| against tshark | %(ratio_tshark).0f times faster | at least %(tshark_limit)d |
| peak memory | %(memory).1f MiB | below %(memory_limit)d |
| instructions a packet (callgrind) | %(instructions).0f | |
''' % {**m, 'want': 2 * m['logons'], 'tcpdump_limit': TCPDUMP_LIMIT, 'tshark_limit': TSHARK_LIMIT,
       'memory_limit': MEMORY_LIMIT}


def main():
    m = measure(sys.argv[1], sys.argv[2])
    text = table(m)
    print(text, end='')
    page.write(sys.argv[3], 'results', text)
    good = m['ratio_tcpdump'] <= TCPDUMP_LIMIT and m['ratio_tshark'] >= TSHARK_LIMIT and \
        m['memory'] < MEMORY_LIMIT and m['events'] == 2 * m['logons']
    print('within the limits' if good else 'NOT within the limits')
    sys.exit(not good)


main()
