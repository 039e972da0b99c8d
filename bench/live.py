#!/usr/bin/env python3
"""live.py PROGRAM FOLDER README: live capture under load, printed and written into README. In a network namespace of its own (live.sh).

live-send sends into one end of a veth pair; at the other are tcpdump, with a buffer as large as our ring, and `ntlmaudit watch --tap`.
An exchange is lost where its two events are not there, each once.
"""
import collections
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import page

RATES = [int(r) for r in os.environ.get('BENCH_RATES', '50000 100000 200000 300000 0').split()]
SECONDS = float(os.environ.get('BENCH_SECONDS', '60'))
IDLE = float(os.environ.get('BENCH_IDLE', '20'))
LOGONS = 200  # a second
STEP_SECONDS = 5
MUST = 100000  # packets a second, without a loss
CPU_LIMIT, MEMORY_LIMIT = 1, 64  # % of a core, MiB: idle
SENDER, RECEIVER = 'bench0', 'bench1'
RING_MIB = 16
TELLS_DROPS = 11  # seconds until watch has told of all drops


def network():
    def sysctl(name):
        with contextlib.suppress(OSError), open('/proc/sys/net/ipv6/conf/%s/disable_ipv6' % name, 'w') as f:
            f.write('1')
    sysctl('all')
    sysctl('default')
    for words in ('link set lo up', 'link add %s type veth peer name %s' % (SENDER, RECEIVER),
                  'link set %s up' % SENDER, 'link set %s up' % RECEIVER):
        subprocess.run(['ip', *words.split()], check=True)


def wait_for(path, word):
    for _ in range(200):
        with open(path) as f:
            if word in f.read():
                return
        time.sleep(.05)
    raise SystemExit('%s never said: %s' % (path, word))


def stop(process):
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(command, folder, name, word):
    """A program, from when it says `word` until ^C."""
    errors = os.path.join(folder, name + '.err')
    with open(os.path.join(folder, name + '.out'), 'wb') as out, open(errors, 'wb') as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            wait_for(errors, word)
            yield process
        finally:
            stop(process)


def watching(program, folder):
    key = os.path.join(folder, 'key')
    with open(key, 'w') as f:
        f.write('00' * 32 + '\n')
    return running([program, 'watch', '--tap', '-i', RECEIVER, '-o', 'json', '--ring-mib', str(RING_MIB), '--key-file', key],
                   folder, 'watch', 'auditing')


def send(folder, rate, seconds):
    said = subprocess.run([os.path.join(folder, 'live-send'), '-r', str(rate), '-l', str(LOGONS), '-t', str(seconds), SENDER,
                           os.path.join(folder, 'background.pcap'), os.path.join(folder, 'logons.pcap')],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True).stdout
    return json.loads(said)


def logon_number(event):
    """As live-send numbers them."""
    a = [int(n) for n in event['client_ip'].split('.')]
    return (a[1] - 200 << 22) + (a[2] << 14) + (a[3] << 6) + event['client_port'] - 1024


def watched(folder, logons):
    """(logons without their two events, packets that watch says were dropped)"""
    seen, dropped = collections.Counter(), 0
    with open(os.path.join(folder, 'watch.out')) as f:
        for event in map(json.loads, f):
            kind = event.get('event_id')
            if kind in (4020, 4021, 4022, 4023):
                seen[logon_number(event), kind // 2] += 1
            elif kind == 1:
                dropped += int(event['gap_packets'])
    whole = sum(seen[n, 2010] == 1 and seen[n, 2011] == 1 for n in range(logons))
    return logons - whole, dropped


def dropped_by_tcpdump(folder):
    with open(os.path.join(folder, 'tcpdump.err')) as f:
        return int(re.search(r'(\d+) packets? dropped by kernel', f.read()).group(1))


def family(pid):
    """The process and its descendants."""
    children = collections.defaultdict(list)
    for name in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError), open('/proc/%s/stat' % name) as f:
            children[int(f.read().rpartition(')')[2].split()[1])].append(int(name))
    found = [pid]
    for parent in found:
        found += children[parent]
    return found


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        with open('/proc/%d/stat' % pid) as f:
            words = f.read().rpartition(')')[2].split()
        total += int(words[11]) + int(words[12])
    return total / os.sysconf('SC_CLK_TCK')


def memory_mib(pids):
    """What is shared counts once (Pss)."""
    total = 0
    for pid in pids:
        with open('/proc/%d/smaps_rollup' % pid) as f:
            total += int(re.search(r'^Pss: +(\d+)', f.read(), re.M).group(1))
    return total / 1024


def measure(program, folder, rate, seconds):
    command = ['tcpdump', '-i', RECEIVER, '-B', str(RING_MIB * 1024), '-w', '/dev/null']
    with watching(program, folder) as watch, running(command, folder, 'tcpdump', 'listening') as tcpdump:
        pids = family(watch.pid)
        begin = [cpu_seconds(p) for p in (pids, [tcpdump.pid])]
        sent = send(folder, rate, seconds)
        time.sleep(TELLS_DROPS)
        cpu = [(cpu_seconds(p) - b) / sent['seconds'] * 100 for p, b in zip((pids, [tcpdump.pid]), begin)]
        memory = memory_mib(pids)
    lost, dropped = watched(folder, sent['logons'])
    return {**sent, 'asked': rate, 'lost': lost, 'dropped': dropped, 'tcpdump': dropped_by_tcpdump(folder),
            'cpu': cpu[0], 'tcpdump_cpu': cpu[1], 'memory': memory}


def row(m, limit):
    name = '%s, %.0f s' % ('{:,} a second'.format(m['asked']) if m['asked'] else 'all that the machine gives', m['seconds'])
    return '| %s | %s | %d | %d | %d | %d | %.0f %%, %.0f %% | %.0f MiB | %s |\n' % (
        name, '{:,.0f}'.format(m['rate']), m['tcpdump'], m['dropped'], m['logons'], m['lost'], m['cpu'], m['tcpdump_cpu'],
        m['memory'], limit)


def idle(program, folder):
    with watching(program, folder) as watch:
        time.sleep(3)
        pids = family(watch.pid)
        begin = cpu_seconds(pids)
        time.sleep(IDLE)
        return (cpu_seconds(pids) - begin) / IDLE * 100, memory_mib(pids), len(pids)


HEAD = '''| packets sent | a second, reached | dropped by tcpdump | by ntlmaudit | logons | without both events | of a core: ntlmaudit, tcpdump | \
memory | limit |
|---|---|---|---|---|---|---|---|---|
'''


def main():
    program, folder, readme = sys.argv[1:]
    network()
    good, text = True, HEAD
    print(text, end='', flush=True)
    for rate, seconds in [(r, STEP_SECONDS) for r in RATES] + ([(MUST, SECONDS)] if SECONDS else []):
        m = measure(program, folder, rate, seconds)
        must = seconds != STEP_SECONDS
        good &= m['dropped'] <= m['tcpdump'] and (not must or (m['lost'] == 0 and m['rate'] > rate * .99))
        text += row(m, 'none without' if must else 'no more than tcpdump')
        print(text.splitlines()[-1], flush=True)
    cpu, memory, n = idle(program, folder)
    good &= cpu < CPU_LIMIT and memory < MEMORY_LIMIT
    last = '\nIdle, all %d processes: %.2f %% of a core (limit %d), %.1f MiB (limit %d).\n' % (n, cpu, CPU_LIMIT, memory, MEMORY_LIMIT)
    print(last, end='')
    if SECONDS:
        page.write(readme, 'live', text + last)
    print('within the limits' if good else 'NOT within the limits')
    sys.exit(not good)


main()
