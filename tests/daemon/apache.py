#!/usr/bin/env python3
"""apache2 with mod_auth_gssapi on one host, curl on the other, gss-ntlmssp in both: each logon is one event in each host's log, with
curl's process here and the very worker that answered there, as apache's own log tells it."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import daemoning  # noqa: E402
import program  # noqa: E402

APACHE = '/usr/sbin/apache2'
MODULES = '/usr/lib/apache2/modules'
NEEDED = ('mpm_prefork', 'authn_core', 'authz_core', 'authz_user', 'auth_gssapi')
MECHANISM = '/etc/gss/mech.d/mech.ntlmssp.conf'
PORT, LOGONS = 8080, 20
CONF = '''ServerRoot {folder}
ServerName web1.corp.example
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error
{modules}
StartServers 4
Listen {address}:{port}
LogFormat "%{{remote}}p %P %s %u" short
CustomLog {folder}/access short
DocumentRoot {folder}/www
<Location />
AuthType GSSAPI
AuthName test
GssapiAllowedMech ntlmssp
GssapiConnectionBound On
Require valid-user
</Location>
'''
results = program.Results()
check = results.check


def put(path, text):
    with open(path, 'w', encoding='ascii') as f:
        f.write(text)
    return path


class Apache:
    """Workers, each a process; gss-ntlmssp knows the accounts from a file."""

    def __init__(self, folder, at):
        self.folder = folder
        os.makedirs(folder + '/www')
        put(folder + '/www/index.html', 'hello\n')
        users = put(folder + '/users', 'CORP:alice:Secret123!\n')
        conf = put(folder + '/conf', CONF.format(
            folder=folder, address=daemoning.THERE, port=PORT,
            modules='\n'.join('LoadModule %s_module %s/mod_%s.so' % (m, MODULES, m) for m in NEEDED) +
            '\nUser nobody\nGroup nogroup'))
        # It ends its whole group: one of its own.
        self.process = subprocess.Popen([*at, APACHE, '-f', conf, '-DFOREGROUND'], stdin=subprocess.DEVNULL, start_new_session=True, env={
            **program.ENVIRONMENT, 'NTLM_USER_FILE': users, 'NETBIOS_COMPUTER_NAME': 'WEB1', 'NETBIOS_DOMAIN_NAME': 'CORP'})
        daemoning.until(lambda: subprocess.run(
            ['bash', '-c', 'exec 3<>/dev/tcp/%s/%d' % (daemoning.THERE, PORT)], capture_output=True, check=False).returncode == 0)

    def told(self):
        """{client's port: (worker, the last status, user)}."""
        with open(self.folder + '/access', encoding='utf-8') as f:
            rows = [line.split() for line in f]
        return {int(port): (int(worker), int(status), user) for port, worker, status, user in rows}

    def said(self):
        with open(self.folder + '/error', encoding='utf-8') as f:
            return f.read()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.terminate()
        self.process.wait()


def curl(account):
    """Its PID, its port, the status."""
    with subprocess.Popen(['curl', '-q', '-s', '-m', '10', '-o', '/dev/null', '--negotiate', '-u', ':', '-w',
                           '%{local_port} %{http_code}', 'http://%s:%d/index.html' % (daemoning.THERE, PORT)], text=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env={**program.ENVIRONMENT, 'NTLM_USER_FILE': account}) as p:
        port, status = p.stdout.read().split()
    return p.pid, int(port), int(status)


def check_one(log, made, process, path, ids, computer):
    pid, port, status = made
    found = [e for e in log if e.get('client_port') == port]
    if not check(len(found) == 1 and found[0]['event_id'] in ids, '%s, port %d: %d events' % (computer, port, len(found))):
        return None
    e = found[0]
    check(daemoning.is_of(e, process) and (e['process_id'] is None or e['process_path'] == path),
          '%s, port %d: it was %d, and is told to be %s %s' % (computer, port, process, e['process_id'], e['process_path']))
    check((e['user'], e['computer'], e['carrier'], e['ntlm_version']) == ('alice', computer, 'HTTP', 'NTLMv2') and
          (e['status'] == daemoning.SUCCESS) == (status == 200), '%s: %s' % (computer, [
              e[k] for k in ('user', 'computer', 'carrier', 'ntlm_version', 'status')]))
    return e['activity_id']


def logons(apache, folder, cl, srv):
    good = put(folder + '/good', 'CORP:alice:Secret123!\n')
    wrong = put(folder + '/wrong', 'CORP:alice:wrong\n')
    made = [curl(wrong if i % 5 == 4 else good) for i in range(LOGONS)]
    told = daemoning.until(lambda: [t for t in [apache.told()] if {port for _, port, _ in made} <= {*t}])
    if not check(told, 'apache tells of all: ' + apache.said()):
        return
    check(sum(m[2] == 200 for m in made) == LOGONS * 4 // 5, 'curl was answered %s: %s' % ([m[2] for m in made], apache.said()))
    clients, servers = cl.wait_events(LOGONS), srv.wait_events(LOGONS)
    check(len(clients) == LOGONS == len(servers), '%d and %d events' % (len(clients), len(servers)))
    for one in made:
        worker = told[0][one[1]][0]
        check(worker != apache.process.pid, 'a worker answers')
        mine = check_one(clients, one, one[0], daemoning.CURL, (4020, 4021), 'cl1')
        its = check_one(servers, one, worker, os.path.realpath(APACHE), (4022, 4023), 'srv1')
        check(mine == its, 'one ActivityID for both sides')
    print('%d logons at %d workers' % (LOGONS, len({told[0][m[1]][0] for m in made})))


def why_not():
    if not shutil.which(APACHE) or not all(os.path.exists('%s/mod_%s.so' % (MODULES, m)) for m in NEEDED):
        return 'no apache2 with mod_auth_gssapi'
    return None if os.path.exists(MECHANISM) else 'no gss-ntlmssp'


def main():
    if not daemoning.is_root():
        daemoning.skip('needs root: packet sockets, network namespaces, BPF')
    if why_not():
        daemoning.skip(why_not())
    daemoning.enter()
    with program.temporary() as folder, daemoning.Host('srv1') as srv:
        os.chmod(folder, 0o755)
        srv.join()
        with daemoning.Daemon(folder + '/cl') as here, daemoning.Daemon(folder + '/srv', at=srv.at) as there:
            with Apache(folder + '/apache', srv.at) as apache:
                logons(apache, folder, here, there)
    results.close()


main()
