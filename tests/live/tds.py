#!/usr/bin/env python3
"""FreeTDS logs in to a scripted SQL Server with a domain account; its traffic makes the right events."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import recording
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
        try:
            with recording.Recording(path, peer.port):
                for _ in outcomes:
                    tsql(folder, peer.port)
        finally:
            peer.close()
        return program.events(path)


def main():
    if not recording.possible('tsql'):
        return
    results = program.Results()
    for size in 4096, 128:
        events = logins([tds_peer.login_ack(), REFUSED], size)
        check(results, 'packets of %d' % size, events, ['0x0', '0xc000006d'])
    results.close()


main()
