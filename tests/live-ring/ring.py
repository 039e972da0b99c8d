#!/usr/bin/env python3
"""Live capture from the kernel's ring: what the filter drops of every shipped capture; and, as root, in network namespaces of
our own, packets and events beside those of tcpdump, large frames, tags, interfaces that come and go, full rings and dead readers."""
import array
import contextlib
import fcntl
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import program

BUILD = os.path.join(os.path.dirname(program.PROGRAM), 'tests/live-ring')
DUMP = os.path.join(BUILD, 'ring-dump')
FLOOD_PORT = 53  # one that the filter lets through
LINE = re.compile(r'packet (\d+) if (\d+) type (\d+) protocol (\w+) captured (\d+) wire (\d+) crc (\w+)')
PAIR = [4021, 4023]  # without MIC and channel binding, as curl does over HTTP
results = program.Results()
check = results.check


def ip(*words):
    subprocess.run(['ip', *words], check=True, stdin=subprocess.DEVNULL)


class Peer:
    """The other end: a network namespace that lives as long as its process; `v1` there, `v0` here."""

    def __init__(self):
        self.process = subprocess.Popen(['unshare', '-n', 'sleep', '300'], stdin=subprocess.DEVNULL)
        self.enter = ['nsenter', '-n', '-t', str(self.process.pid)]
        here = os.readlink('/proc/self/ns/net')
        while os.readlink('/proc/%d/ns/net' % self.process.pid) == here:
            time.sleep(0.01)
        self.link('v0', 'v1')
        for at, end, number in (((), 'v0', 1), (self.enter, 'v1', 2)):
            for words in (('addr', 'add', '10.99.0.%d/24' % number, 'dev', end),
                          ('addr', 'add', 'fd99::%d/64' % number, 'dev', end, 'nodad')):
                self.ip(at, *words)
        self.ip(self.enter, 'link', 'set', 'lo', 'up')

    @staticmethod
    def ip(at, *words):
        subprocess.run([*at, 'ip', *words], check=True, stdin=subprocess.DEVNULL, capture_output=True)

    def link(self, here, there):
        ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there)
        ip('link', 'set', there, 'netns', str(self.process.pid))
        ip('link', 'set', here, 'up')
        self.ip(self.enter, 'link', 'set', there, 'up')

    def end(self):
        self.process.kill()
        self.process.wait()


class Dump:
    """ring-dump, from the moment it reads."""

    def __init__(self, *options):
        self.process = subprocess.Popen([DUMP, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.lines = [self.process.stdout.readline().strip()]

    def end(self):
        """Once it has read what came until now."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=60)
        self.lines += out.splitlines()
        self.packets = [dict(zip(('number', 'interface', 'type', 'protocol', 'captured', 'wire', 'crc'), m.groups()))
                        for m in map(LINE.match, self.lines) if m]
        words = next(line.split() for line in reversed(self.lines) if line.startswith('counts'))
        self.counts = {words[i]: int(words[i + 1]) for i in range(1, len(words), 2)}
        return self


@contextlib.contextmanager
def tcpdump(interface, path):
    with subprocess.Popen(['tcpdump', '-i', interface, '-s', '0', '-B', '32768', '-U', '-w', path], text=True,
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while 'listening' not in process.stderr.readline():
            pass
        yield
        time.sleep(1.2)  # its blocks wait for a second
        process.terminate()


@contextlib.contextmanager
def server(at, address, port):
    with subprocess.Popen([*at, sys.executable, os.path.join(HERE, 'http_peer.py'), address, str(port)], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield
        process.terminate()


def log_in(address, port):
    url = 'http://%s:%d/' % ('[%s]' % address if ':' in address else address, port)
    done = subprocess.run(['curl', '-q', '-s', '-g', '-m', '10', '--ntlm', '-u', 'CORP\\alice:Secret123!', url],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    check(done.stdout.startswith(b'welcome'), 'curl logs in at %s' % url)


def plain(event):
    """An event without what two captures of it differ in."""
    differ = ('source', 'time', 'frame_negotiate', 'frame_challenge', 'frame_authenticate', 'frame_answer', 'evidence')
    return {k: v for k, v in event.items() if k not in differ}


def packets_of(data):
    """(link type, frames) of a pcap in this machine's order."""
    frames, at = [], 24
    while at + 16 <= len(data):
        length, = struct.unpack_from('<I', data, at + 8)
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return struct.unpack_from('<I', data, 20)[0], frames


def packets_in(path):
    """Of a file of ours, without the cooked header; of tcpdump's, without Ethernet's."""
    with open(path, 'rb') as f:
        link, frames = packets_of(f.read())
    return [f[20 if link == 276 else 14:] for f in frames]


def is_wanted(packet):
    """Of IPv4's TCP, what says more than that something came."""
    if not packet.startswith(b'\x45') or packet[9] != 6:
        return False
    return bool(packet[33] & 7) or int.from_bytes(packet[2:4], 'big') - 20 > (packet[32] >> 4) * 4


def test_filter():
    """Every packet of the captures: what is dropped is of no use, and the events stay the same."""
    folders = [program.CAPTURES]
    more = os.environ.get('NTLMAUDIT_CAPTURES', os.path.join(program.TOP, '../shared'))
    folders += [d for d in (os.path.join(more, 'captures'), os.path.join(more, 'lab/captures')) if os.path.isdir(d)]
    files = [f for d in folders for f in program.captures(d)]
    for options in ([], ['-l', '3'], ['-l', '7']):
        done = subprocess.run([os.path.join(BUILD, 'filter-check'), *options, *files], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True, check=False)
        *said, counts, closing = done.stdout.splitlines()
        good, bad = (int(closing.split()[i]) for i in (0, 2))
        results.passed += good
        results.failed += bad
        for line in said:
            if line.startswith('FAILED'):
                print(line)
        dropped, total = (int(counts.split()[i]) for i in (0, 2))
        check(dropped > total / 10 and good > len(files), 'the filter spares something: ' + counts)


def test_packets(peer, folder):
    """On veth, and on loopback: the packets of tcpdump, in its order."""
    for interface, address, at in (('v0', '10.99.0.2', peer.enter), ('lo', '127.0.0.1', [])):
        ours, theirs = (os.path.join(folder, name) for name in ('ours.pcap', 'theirs.pcap'))
        with server(at, address, 8080), tcpdump(interface, theirs):
            dump = Dump('-i', interface, '-w', ours)
            for _ in range(5):
                log_in(address, 8080)
            dump.end()
        got, want = ([p for p in packets_in(path) if is_wanted(p)] for path in (ours, theirs))
        check(len(want) > 40 and got == want, '%s: %d packets as tcpdump has them, %d' % (interface, len(want), len(got)))
        seen = [[plain(e) for e in program.events(path)] for path in (ours, theirs)]
        check(len(seen[0]) == 10 and seen[0] == seen[1], '%s: the events of tcpdump\'s capture' % interface)
        check(all(p['type'] != '4' for p in dump.packets) == (interface == 'lo'), '%s: outgoing packets' % interface)


def ethernet_frames(path):
    """A capture's frames as libpcap and Wireshark's readers have them; none where it is of another link."""
    done = subprocess.run(['tcpdump', '-r', path, '-w', '-'], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if len(done.stdout) < 24 or done.stdout[:4] != b'\xd4\xc3\xb2\xa1':
        return []
    link, frames = packets_of(done.stdout)
    return frames if link == 1 and all(14 <= len(f) <= 65000 for f in frames) else []


def replay(interface, path):
    """Sends a capture's frames."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((interface, 0))
        for frame in ethernet_frames(path):
            s.send(frame)


def test_replay(peer, folder):
    """Captures whose frames have tags, labels, tunnels or IPv6, and others, sent and received: their events. One VLAN tag is
    taken off by the kernel, of two one is left, and of those sent both."""
    for at, end in (((), 'v0'), (peer.enter, 'v1')):
        peer.ip(at, 'link', 'set', end, 'mtu', '65535')
    ours = os.path.join(folder, 'replay.pcap')
    n = 0
    for path in program.captures():
        name = os.path.basename(path)
        if not re.match('made-|lab-(http|ldap|impacket|rpc|smb)', name) or not ethernet_frames(path):
            continue
        want = [timeless(e) for e in program.events(path)]
        for at, end in (([], 'v0'), (peer.enter, 'v1')):
            dump = Dump('-i', 'v0', '-w', ours)
            subprocess.run([*at, sys.executable, os.path.abspath(__file__), 'replay', end, path], check=True)
            dump.end()
            got = [timeless(e) for e in program.events(ours)]
            check(got == want, '%s %s: %d events of %d' % (name, 'sent' if end == 'v0' else 'received', len(got), len(want)))
            n += len(got)
    check(n > 100, 'there were events to replay: %d' % n)


def timeless(event):
    """Reasons go by what happened shortly before; a replay takes no time."""
    return {k: v for k, v in plain(event).items() if not k.startswith(('reason', 'evidence'))}


def test_ipv6(peer, folder):
    ours = os.path.join(folder, 'v6.pcap')
    with server(peer.enter, 'fd99::2', 8080):
        dump = Dump('-i', 'v0', '-w', ours)
        log_in('fd99::2', 8080)
        dump.end()
    check([e['event_id'] for e in program.events(ours)] == PAIR, 'IPv6: its events')


def set_vlan_help(interface, on):
    """SIOCETHTOOL, ETHTOOL_SFLAGS, ETH_FLAG_TXVLAN: as `ethtool -K`."""
    value = array.array('B', struct.pack('<II', 0x26, 0x80 if on else 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8946, struct.pack('<16sQ', interface.encode(), value.buffer_info()[0]))


def test_vlan_devices(peer, folder):
    """One tag and two, put on with and without the device's help."""
    ours = os.path.join(folder, 'vlan.pcap')
    try:
        for at, end, number in (((), 'v0', 1), (peer.enter, 'v1', 2)):
            # of 0x505 the first byte with priority 2 would look like IPv4's
            peer.ip(at, 'link', 'add', 'link', end, 'name', 'one', 'type', 'vlan', 'id', '1285', 'egress', '0:2')
            peer.ip(at, 'link', 'add', 'link', end, 'name', 'outer', 'type', 'vlan', 'proto', '802.1ad', 'id', '7')
            peer.ip(at, 'link', 'add', 'link', 'outer', 'name', 'two', 'type', 'vlan', 'id', '1285', 'egress', '0:2')
            peer.ip(at, 'link', 'set', 'outer', 'up')
            for name, net in (('one', 1), ('two', 2)):
                peer.ip(at, 'addr', 'add', '10.97.%d.%d/24' % (net, number), 'dev', name)
                peer.ip(at, 'link', 'set', name, 'up')
    except subprocess.CalledProcessError:
        print('skipped: this kernel has no VLAN devices')
        return
    for address, helped in (('10.97.1.2', True), ('10.97.1.2', False), ('10.97.2.2', True), ('10.97.2.2', False)):
        set_vlan_help('v0', helped)
        with server(peer.enter, address, 8080):
            dump = Dump('-i', 'v0', '-w', ours)
            log_in(address, 8080)
            dump.end()
        events = program.events(ours)
        check([e['event_id'] for e in events] == PAIR and all('partial' not in e for e in events),
              'VLAN device, %s %s: its events' % (address, 'with help' if helped else 'without'))
    set_vlan_help('v0', True)


def test_new_interface(peer, folder):
    ours = os.path.join(folder, 'new.pcap')
    dump = Dump('-w', ours)
    peer.link('w0', 'w1')
    ip('addr', 'add', '10.98.0.1/24', 'dev', 'w0')
    peer.ip(peer.enter, 'addr', 'add', '10.98.0.2/24', 'dev', 'w1')
    with server(peer.enter, '10.98.0.2', 8080):
        log_in('10.98.0.2', 8080)
    ip('link', 'del', 'w0')
    with server([], '127.0.0.1', 8080):
        log_in('127.0.0.1', 8080)
    dump.end()
    check([e['event_id'] for e in program.events(ours)] == PAIR * 2,
          'an interface that was not there, and another after it has gone')
    check(not any(line.startswith('error') for line in dump.lines), 'no error where all interfaces are read')


def test_large_frames(peer):
    """What TCP sends at once is one packet up to here; it comes whole."""
    sink = 'import socket; s = socket.create_server(("10.99.0.2", 8081)); print(flush=True); c = s.accept()[0]\n' \
           'while c.recv(1 << 20): pass'
    with subprocess.Popen([*peer.enter, sys.executable, '-c', sink], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as p:
        p.stdout.readline()
        dump = Dump('-i', 'v0')
        with socket.create_connection(('10.99.0.2', 8081)) as s, open(DUMP, 'rb') as f:
            for _ in range(8):
                s.sendfile(f, 0)
        dump.end()
    largest = max(int(q['wire']) for q in dump.packets)
    check(largest > 40000, 'frames of segmentation offload are large: %d' % largest)
    check(all(q['wire'] == q['captured'] for q in dump.packets), 'and whole')
    sent = sum(int(q['wire']) for q in dump.packets if q['type'] == '4')
    check(sent > 8 * os.path.getsize(DUMP), 'and none is missing: %d bytes' % sent)


def flood(n, size, pause_every=0):
    """Numbered datagrams over loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for i in range(n):
            with contextlib.suppress(ConnectionRefusedError):
                s.sendto(i.to_bytes(4, 'big') + bytes(size - 4), ('127.0.0.1', FLOOD_PORT))
            if pause_every and i % pause_every == 0:
                time.sleep(0.002)


def numbers(path):
    """Those of the datagrams in a capture of ours."""
    return [int.from_bytes(p[28:32], 'big') for p in packets_in(path)
            if p[0] == 0x45 and p[9] == 17 and p[22:24] == FLOOD_PORT.to_bytes(2, 'big')]


def test_drops(folder):
    """A reader that sleeps: what did not fit is counted, and what did is there, in order."""
    ours = os.path.join(folder, 'drops.pcap')
    dump = Dump('-i', 'lo', '-m', '1', '-z', '60000', '-w', ours)
    flood(3000, 1000)
    dump.end()
    got = numbers(ours)
    # each is answered by ICMP: two packets
    check(dump.counts['dropped'] > 1000 and dump.counts['freezes'] > 0, 'drops are counted: %s' % dump.counts)
    check(dump.counts['dropped'] + len(dump.packets) == 6000, 'nothing is lost in silence: %d and %s' % (
        len(dump.packets), dump.counts))
    check(dump.counts['packets'] == len(dump.packets), 'those that came are counted')
    check(len(got) > 500 and got == list(range(len(got))), 'the first are there')


def test_dead_reader(folder):
    """Killed amid a block: the next reader goes on behind it. Given back in order: nothing is missing."""
    ours = os.path.join(folder, 'again.pcap')
    for stop_at in (1, 2, 777, 1500):
        for options in (['-r'], []):
            dump = Dump('-i', 'lo', '-k', str(stop_at), '-w', ours, *options)
            flood(2000, 500, 20)
            dump.end()
            total = len(dump.packets) + dump.counts['skipped'] + (1 if options else 0)
            check(total == 4000 and dump.counts['dropped'] == 0, 'killed at %d %s: %d of 4000 packets, %s' % (
                stop_at, options, total, dump.counts))
            check(bool(options) == (dump.counts['skipped'] == 0), 'killed at %d: a block is skipped' % stop_at)
            got = numbers(ours)
            check(got == list(range(got[0], 2000)), 'and what is behind it is whole')


def wait_for(dump, word):
    while True:
        line = dump.process.stdout.readline().strip()
        dump.lines.append(line)
        if not line or line.startswith(word):
            return line


def test_down_and_gone(peer, folder):
    ours = os.path.join(folder, 'down.pcap')
    dump = Dump('-i', 'v0', '-w', ours)
    ip('link', 'set', 'v0', 'down')
    check(wait_for(dump, 'error') == 'error ENETDOWN', 'an interface that is down is told')
    ip('link', 'set', 'v0', 'up')
    with server(peer.enter, '10.99.0.2', 8080):
        log_in('10.99.0.2', 8080)
    ip('link', 'del', 'v0')
    dump.end()
    check('error ENODEV' in dump.lines, 'and one that is gone')
    check([e['event_id'] for e in program.events(ours)] == PAIR, 'between the two it is read again')
    done = subprocess.run([DUMP, '-i', 'v0'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    check(done.stdout == 'open ENODEV: the interface: No such device\n', 'an interface that is not there: ' + done.stdout)


def promiscuity(interface):
    said = subprocess.run(['ip', '-d', 'link', 'show', interface], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(r'promiscuity (\d+)', said).group(1))


def test_promiscuous():
    for options in (['-i', 'v0'], []):
        before = promiscuity('v0')
        dump = Dump('-p', *options)
        check(promiscuity('v0') == before + 1, 'promiscuous mode, while it lasts')
        dump.end()
        check(promiscuity('v0') == before, 'and not after')


def test_without_right(folder):
    dump = os.path.join(folder, 'ring-dump')  # where it was built may be closed to others
    shutil.copy(DUMP, dump)
    os.chmod(folder, 0o755)
    done = subprocess.run([dump, '-s', '1'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False,
                          user=65534, group=65534, extra_groups=[])
    check(done.stdout.startswith('open EPERM: a packet socket (it takes CAP_NET_RAW)'), 'without the right: ' + done.stdout)


def live():
    ip('link', 'set', 'lo', 'up')
    peer = Peer()
    try:
        with program.temporary() as folder:
            test_packets(peer, folder)
            test_ipv6(peer, folder)
            test_replay(peer, folder)
            test_vlan_devices(peer, folder)
            test_new_interface(peer, folder)
            test_large_frames(peer)
            test_drops(folder)
            test_dead_reader(folder)
            test_promiscuous()
            test_without_right(folder)
            test_down_and_gone(peer, folder)
    finally:
        peer.end()
    results.close()


def main():
    if sys.argv[1:] == ['live']:
        live()
    if sys.argv[1:2] == ['replay']:
        replay(*sys.argv[2:])
        return
    test_filter()
    missing = [name for name in ('ip', 'curl', 'tcpdump', 'unshare', 'nsenter') if not shutil.which(name)]
    if os.geteuid() != 0 or missing:
        print('live capture is skipped: it takes root, and ip, curl, tcpdump, unshare, nsenter')
        results.close()
    done = subprocess.run(['unshare', '-n', sys.executable, os.path.abspath(__file__), 'live'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False)
    *said, closing = done.stdout.splitlines() or ['']
    if re.fullmatch(r'\d+ passed, \d+ failed', closing):
        results.passed += int(closing.split()[0])
        results.failed += int(closing.split()[2])
    else:
        said.append(closing)
        check(False, 'live capture did not get to its end')
    print('\n'.join(said), end='\n' if said else '')
    results.close()


main()
