#!/usr/bin/env python3
"""curl logs in with NTLM to exim and to scripted SMTP, IMAP and POP3 servers; its traffic makes the right events.

`mail.py FOLDER` keeps the captures there, as live-NAME.pcap; servers then have their own ports, which tshark goes by.
"""
import os
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mail_peer
import program
import recording

PASSWORDS = ('Secret123!', 'wrong')
STATUSES = ('0x0', '0xc000006d')
PORTS = {'smtp': 25, 'imap': 143, 'pop3': 110, 'exim': 587}
EXIM = '''
primary_hostname = mx1.corp.example
spool_directory = {0}
log_file_path = {0}/%s.log
pid_file_path = {0}/exim.pid
keep_environment =
tls_advertise_hosts =
acl_smtp_rcpt = accept
rfc1413_query_timeout = 0s
begin routers
all:
  driver = redirect
  data = :blackhole:
begin authenticators
ntlm:
  driver = spa
  public_name = NTLM
  server_password = ${{if eqi{{$auth1}}{{alice}}{{Secret123!}}fail}}
  server_set_id = $auth1
'''


def curl(protocol, port, password):
    mail = ['--mail-from', 'alice@corp.example', '--mail-rcpt', 'bob@corp.example', '-T', '-']
    subprocess.run(['curl', '-q', '-s', '-m', '10', '--login-options', 'AUTH=NTLM', '-u',
                    'CORP\\alice:' + password, '%s://127.0.0.1:%d/' % (protocol, port),
                    *(mail if protocol == 'smtp' else [])],
                   input=b'Subject: x\r\n\r\nAUTH NTLM TlRMTVNTUAAB\r\n', stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=20, check=False)


class Exim:
    """exim with its own NTLM, which knows NTLMv1 only, in the foreground; on a free port for 0."""

    def __init__(self, folder, port):
        spool = os.path.join(folder, 'exim')
        os.mkdir(spool)
        os.chmod(folder, 0o755)
        shutil.chown(spool, 'Debian-exim', 'Debian-exim')
        conf = os.path.join(folder, 'exim.conf')
        with open(conf, 'w') as f:
            f.write(EXIM.format(spool))
        with socket.create_server(('127.0.0.1', port)) as s:
            self.port = s.getsockname()[1]
        self.process = subprocess.Popen(
            ['exim4', '-C', conf, '-bdf', '-oX', '127.0.0.1.%d' % self.port],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()

    def wait(self):
        for _ in range(100):
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)

    def close(self):
        recording.stop(self.process)


def logins(name, protocol, peer, keep, folder):
    """The events of a login with the right and with a wrong password."""
    path = os.path.join(keep or folder, 'live-%s.pcap' % name)
    try:
        with recording.Recording(path, peer.port):
            for password in PASSWORDS:
                curl(protocol, peer.port, password)
    finally:
        peer.close()
    return program.events(path)


def check(results, name, protocol, events, version):
    seen = [(e['event_id'] // 2 * 2, e['status']) for e in events]
    results.check(seen == [(number, status) for status in STATUSES for number in (4020, 4022)],
                  '%s: events %r' % (name, seen))
    for e in events:
        facts = {k: e[k] for k in ('carrier', 'user', 'domain', 'host', 'ntlm_version')}
        results.check(facts == {'carrier': protocol.upper(), 'user': 'alice', 'domain': 'CORP',
                                'host': 'WORKSTATION', 'ntlm_version': version},
                      '%s: %r' % (name, facts))


def main():
    results = program.Results()
    keep = sys.argv[1] if len(sys.argv) > 1 else None
    if not recording.possible('curl'):
        return
    ports = PORTS if keep else dict.fromkeys(PORTS, 0)
    with program.temporary() as folder:
        for protocol in mail_peer.DIALECTS:
            peer = mail_peer.Peer(protocol, (True, False), ports[protocol])
            name = protocol + '-curl'
            check(results, name, protocol, logins(name, protocol, peer, keep, folder), 'NTLMv2')
        if shutil.which('exim4'):
            name = 'smtp-exim'
            exim = Exim(folder, ports['exim'])
            check(results, name, 'smtp', logins(name, 'smtp', exim, keep, folder), 'NTLMv1')
        else:
            print('skipped: exim4 is not here')
    results.close()


main()
