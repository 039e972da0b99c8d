#!/usr/bin/env python3
"""curl goes through proxies to a web server that wants NTLM; the tunnel's logon makes the right events."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import recording
import socks_peer

PROXIES = ('socks5://', 'socks5h://', 'socks5h://bob:Secret456!@', 'socks4://', 'socks4a://', 'http://')


def curl(proxy, port):
    by_name = proxy.startswith(('socks5h', 'socks4a', 'http'))
    host = 'sql1.corp.example' if by_name else '127.0.0.1'
    subprocess.run(['curl', '-q', '-s', '-m', '10', '-p', '-x', '%s127.0.0.1:%d' % (proxy, port),
                    '--ntlm', '-u', 'CORP\\alice:Secret123!', 'http://%s/' % host],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20, check=False)
    return 'HTTP/' + host


def main():
    if not recording.possible('curl'):
        return
    results = program.Results()
    with program.temporary() as folder:
        path = os.path.join(folder, 'socks.pcap')
        peer = socks_peer.Peer(len(PROXIES))
        try:
            with recording.Recording(path, peer.port):
                targets = [curl(proxy, peer.port) for proxy in PROXIES]
        finally:
            peer.close()
        events = program.events(path)
    seen = [(e['event_id'], e['carrier'], e['user'], e['status']) for e in events]
    results.check(seen == [(number, 'HTTP', 'alice', '0x0') for _ in PROXIES for number in (4021, 4023)],
                  'events %r' % seen)
    seen = [e['target_service'] for e in events if e['event_id'] == 4021]
    results.check(seen == targets, 'targets %r, not %r' % (seen, targets))
    results.close()


main()
