#!/usr/bin/env python3
"""FreeTDS logs in to a scripted SQL Server with a domain account; its traffic makes the right events."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tds_peer

SERVER = 'sql1.corp.example'
REFUSED = tds_peer.error(18456, "Login failed for user 'CORP\\alice'.")


def tsql(folder, port):
    """One login, and out; FreeTDS takes the server's name from the file's section."""
    conf = os.path.join(folder, 'freetds.conf')
    with open(conf, 'w') as f:
        f.write('[%s]\nhost = 127.0.0.1\nport = %d\ntds version = 7.4\nencryption = off\n' % (SERVER, port))
    try:
        subprocess.run(['tsql', '-S', SERVER, '-U', 'CORP\\alice', '-P', 'Secret123!'], timeout=20,
                       env={'PATH': os.environ['PATH'], 'FREETDSCONF': conf, 'LC_ALL': 'C.UTF-8',
                            'HOME': folder},
                       input=b'exit\n', capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        print('tsql did not come back')


class Recording:
    """tcpdump on loopback, from the moment it says that it listens."""

    def __init__(self, path, port):
        self.process = subprocess.Popen(
            ['tcpdump', '-i', 'lo', '-s', '0', '-U', '-w', path, '--immediate-mode', 'tcp', 'port', str(port)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.good = 'listening on' in self.process.stderr.readline()

    def stop(self):
        time.sleep(0.3)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()


def check(results, what, events, statuses):
    """Each login makes the client's and the server's event."""
    results.check([(e['event_id'], e['status']) for e in events] ==
                  [(number, status) for status in statuses for number in (4021, 4023)],
                  '%s: events %r' % (what, [(e['event_id'], e['status']) for e in events]))
    for e in events:
        seen = {k: e[k] for k in ('carrier', 'user', 'domain', 'target_machine', 'ntlm_version')}
        results.check(seen == {'carrier': 'TDS', 'user': 'alice', 'domain': 'CORP',
                               'target_machine': 'SQL1', 'ntlm_version': 'NTLMv2'},
                      '%s: %r' % (what, seen))
        if e['event_id'] == 4021:
            results.check(e['target_service'] == 'MSSQLSvc/' + SERVER,
                          '%s: target %r' % (what, e['target_service']))


def logins(outcomes, packet_size):
    """The events of one login for each outcome."""
    with program.temporary() as folder:
        path = os.path.join(folder, 'tds.pcap')
        peer = tds_peer.Peer(outcomes, packet_size)
        recording = Recording(path, peer.port)
        try:
            for _ in outcomes:
                tsql(folder, peer.port)
        finally:
            recording.stop()
            peer.close()
        return program.events(path)


def main():
    results = program.Results()
    if not shutil.which('tsql') or not shutil.which('tcpdump') or os.geteuid() != 0:
        print('skipped: needs tsql, tcpdump, and root to capture on loopback')
        print('0 passed, 0 failed')
        return
    for size in 4096, 128:
        events = logins([tds_peer.login_ack(), REFUSED], size)
        check(results, 'packets of %d' % size, events, ['0x0', '0xc000006d'])
    results.close()


main()
