#!/usr/bin/env python3
"""syslog, as rsyslogd reads it: by UDP, TCP and TLS each field of each event, hostile names, and a receiver that goes.

rsyslogd is a process of the test's own: its configuration, folder and ports.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import sinking

RSYSLOGD = shutil.which('rsyslogd', path='/usr/sbin:/usr/bin:/sbin')
SD = 'ntlm@32473'

CONFIG = '''
global(workDirectory="%(folder)s" maxMessageSize="64k" %(tls_files)s)
module(load="imudp")
module(load="imtcp" %(tls_driver)s)
module(load="mmpstrucdata")
template(name="json" type="list") { property(name="jsonmesg") constant(value="\\n") }
ruleset(name="all") {
    action(type="mmpstrucdata")
    action(type="omfile" file="%(folder)s/got" template="json")
}
input(type="imudp" address="127.0.0.1" port="%(udp)d" ruleset="all" rcvbufSize="4m")
input(type="imtcp" address="127.0.0.1" port="%(tcp)d" ruleset="all" %(plain)s)
'''
TLS_CONFIG = '''input(type="imtcp" address="127.0.0.1" port="%(tls)d" ruleset="all" streamDriver.name="gtls"
    streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
'''


def has_tls():
    folders = [os.path.join('/usr/lib', n, 'rsyslog') for n in os.listdir('/usr/lib')]
    return any(os.path.exists(os.path.join(f, 'lmnsd_gtls.so')) for f in folders)


def openssl(folder, *words):
    subprocess.run(['openssl', *words], cwd=folder, check=True, capture_output=True, timeout=30)


def make_certificates(folder):
    """An authority, a server's certificate for localhost and 127.0.0.1, a client's; and one of an authority unknown."""
    for ca in ('ca', 'other'):
        openssl(folder, 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', ca + '.key', '-out', ca + '.pem',
                '-days', '2', '-subj', '/CN=' + ca)
    for name, names in (('server', 'DNS:localhost,IP:127.0.0.1'), ('client', 'DNS:client')):
        openssl(folder, 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', name + '.key', '-out', name + '.csr', '-subj',
                '/CN=' + name)
        with open(os.path.join(folder, 'extensions'), 'w') as f:
            f.write('subjectAltName=' + names)
        openssl(folder, 'x509', '-req', '-in', name + '.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
                '-out', name + '.pem', '-days', '2', '-extfile', 'extensions')


class Receiver:
    def __init__(self, folder, tls=False):
        self.folder = folder
        self.ports = {'udp': sinking.free_port(socket.SOCK_DGRAM), 'tcp': sinking.free_port(),
                      'tls': sinking.free_port()}
        self.got = os.path.join(folder, 'got')
        self.config = os.path.join(folder, 'rsyslog.conf')
        files = ' '.join('defaultNetstreamDriver%sFile="%s"' % (kind, os.path.join(folder, name)) for kind, name in
                         (('CA', 'ca.pem'), ('Cert', 'server.pem'), ('Key', 'server.key')))
        with open(self.config, 'w') as f:
            f.write((CONFIG + (TLS_CONFIG if tls else '')) % {
                **self.ports, 'folder': folder, 'tls_files': files if tls else '', 'tls_driver': '', 'plain': ''})
        self.process = None

    def start(self):
        self.process = subprocess.Popen([RSYSLOGD, '-n', '-C', '-f', self.config, '-i', os.path.join(self.folder, 'pid')],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        sinking.until(self.is_there)
        return self

    def is_there(self):
        with socket.socket() as s:
            return s.connect_ex(('127.0.0.1', self.ports['tcp'])) == 0

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        self.process.stderr.close()

    def messages(self):
        """All that it wrote, parsed; only whole lines."""
        if not os.path.exists(self.got):
            return []
        with open(self.got, encoding='utf-8', errors='replace') as f:
            return [json.loads(line) for line in f.read().split('\n')[:-1]]

    def wait(self, n, seconds=10):
        sinking.until(lambda: os.path.exists(self.got) and open(self.got, 'rb').read().count(b'\n') >= n, seconds)
        time.sleep(0.1)
        return self.messages()

    def clear(self):
        """rsyslogd has the file open: it is emptied, not removed."""
        if os.path.exists(self.got):
            os.truncate(self.got, 0)


def fields(message):
    return message['$!']['rfc5424-sd'][SD]


def record_of(message):
    data = fields(message)
    return 'f' + data['finding_number'] if 'finding' in data else int(data['record_id'])


def check_event(results, what, message, event):
    results.check(not (d := sinking.difference(fields(message), sinking.expected(event))), '%s: %s' % (what, d))
    severity = {'Error': 3, 'Warning': 4, 'Information': 6}[event['level']]
    results.check(message['pri'] == str(10 * 8 + severity), '%s: PRI %s' % (what, message['pri']))
    results.check(message['msgid'] == str(event['event_id']) and message['app-name'] == 'ntlmaudit',
                  '%s: header %s' % (what, message))
    results.check(message['timereported'][:23] == event['time'][:23], '%s: time %s' % (what, message['timereported']))
    results.check(message['hostname'] == socket.gethostname(), '%s: host %s' % (what, message['hostname']))
    results.check(' %d ' % event['event_id'] in message['msg'], '%s: message %s' % (what, message['msg']))


def bring(results, what, log, target, folder, receiver, first, count):
    """Stores while the forwarder runs; what the receiver got."""
    receiver.clear()
    forwarder = sinking.Forwarder(log, target, os.path.join(folder, 'cursors'))
    results.check(forwarder.first == 'ready', '%s: %s' % (what, forwarder.first))
    sinking.fill(log, first, count)
    n = count + count // 100
    results.check(forwarder.wait_sent(n) is not None, '%s: not sent: %s' % (what, forwarder.read()))
    messages = receiver.wait(n)
    last = forwarder.stop()
    results.check(not forwarder.errors, '%s: %s' % (what, forwarder.errors[-2000:]))
    results.check(last['failures'] == 0 and last['dropped'] == 0 and last['reached'], '%s: %s' % (what, last))
    return messages


def fields_arrive(results, folder, receiver, targets):
    log = os.path.join(folder, 'fields.db')
    first = 0
    sinking.fill(log, 0, 1)  # of before: a new target does not get it
    for name, target in targets:
        messages = bring(results, name, log, target, folder, receiver, first + 1, 300)
        events = {e['record_id']: e for e in sinking.rows(log)[0]}
        wanted = list(range(first + 2, first + 302))
        got = [record_of(m) for m in messages]
        results.check([r for r in got if isinstance(r, int)] == wanted, '%s: records %s' % (name, got[:5] + got[-5:]))
        results.check(len(got) == 303, '%s: %d messages' % (name, len(got)))
        for message in messages:
            if isinstance(record_of(message), int):
                check_event(results, '%s %s' % (name, record_of(message)), message, events[record_of(message)])
            else:
                results.check(message['msgid'] == fields(message)['finding'] and
                              fields(message)['finding_sentence'] == 'made up "for" [a test]',
                              '%s: finding %s' % (name, message))
        first += 300


def hostile_names(results, folder, receiver, targets):
    """Nothing that a name holds becomes a field, a message or a line; a message too long keeps whole fields."""
    for name, target in targets:
        log = os.path.join(folder, 'hostile-%s.db' % name)
        receiver.clear()
        forwarder = sinking.Forwarder(log, target, os.path.join(folder, 'cursors-h'))
        sinking.fill(log, 'hostile')
        results.check(forwarder.wait_sent(28) is not None, '%s hostile: %s' % (name, forwarder.read()))
        messages = receiver.wait(28)
        last = forwarder.stop()
        events = {e['record_id']: e for e in sinking.rows(log)[0]}
        results.check(len(messages) == 28 and len(events) == 16, '%s hostile: %d messages' % (name, len(messages)))
        results.check(last['cut'] == 3, '%s hostile: cut %s' % (name, last))
        for message in messages:
            record = record_of(message)
            if not isinstance(record, int):
                continue
            got, wanted = fields(message), sinking.expected(events[record])
            if got.pop('truncated', None):
                results.check('user' not in got, '%s: %d was cut' % (name, record))
                wanted = {k: v for k, v in wanted.items() if k in got or len(v) < 8000}
            results.check(not (d := sinking.difference(got, wanted)), '%s: hostile %s: %s' % (name, record, d))


def formats_as_messages(results, folder, receiver):
    log = os.path.join(folder, 'formats.db')
    sinking.fill(log, 0, 1)
    messages = bring(results, 'json', log, 'syslog+tcp://127.0.0.1:%d?format=json&facility=local3' % receiver.ports['tcp'],
                     folder, receiver, 1, 100)
    events = {e['record_id']: e for e in sinking.rows(log)[0]}
    for message in messages:
        if isinstance(record_of(message), int):
            results.check(json.loads(message['msg']) == events[record_of(message)], 'json: %s' % message['msg'])
            results.check(int(message['pri']) // 8 == 19, 'facility %s' % message['pri'])
            results.check('user' not in fields(message), 'json: structured data %s' % fields(message))


def short_limit(results, folder, receiver):
    """What does not fit is left out whole; the message is never longer than it may be."""
    log = os.path.join(folder, 'short.db')
    sinking.fill(log, 0, 1)
    seen = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    seen.bind(('127.0.0.1', 0))
    seen.settimeout(5)
    forwarder = sinking.Forwarder(log, 'syslog+udp://127.0.0.1:%d?max-bytes=700' % seen.getsockname()[1],
                                  os.path.join(folder, 'cursors-s'))
    sinking.fill(log, 1, 50)
    sizes = [seen.recv(65536) for _ in range(50)]
    last = forwarder.stop()
    results.check(max(map(len, sizes)) <= 700 and min(map(len, sizes)) > 500, 'sizes %s' % sorted(map(len, sizes))[-3:])
    results.check(last['cut'] == 50, 'cut: %s' % last)
    receiver.clear()
    with socket.create_connection(('127.0.0.1', receiver.ports['tcp'])) as s:
        for data in sizes:
            s.sendall(b'%d %s' % (len(data), data))
    events = {e['record_id']: e for e in sinking.rows(log)[0]}
    for message in receiver.wait(50):
        got = fields(message)
        results.check(got.pop('truncated') == '1', 'not marked as cut')
        wanted = sinking.expected(events[int(got['record_id'])])
        results.check(len(got) > 5 and all(wanted.get(k) == v for k, v in got.items()), 'short: %s' % got)
    seen.close()


def receiver_goes(results, folder, receiver, targets):
    """Stopped while events come, and started again: nothing lost, in order; what came twice has the same number.

    All targets at the same time, each with a facility of its own.
    """
    receiver.clear()
    running = []
    for i, (name, target) in enumerate(targets):
        log = os.path.join(folder, 'gone-%s.db' % name)
        target += '%sfacility=local%d' % ('&' if '?' in target else '?', i)
        running.append((name, 16 + i, sinking.Forwarder(log, target, os.path.join(folder, 'cursors-g')),
                        sinking.start_fill(log, 0, 400, 40, 5)))  # 3 s
    time.sleep(1.0)
    receiver.stop()
    for name, _, forwarder, _ in running:
        down = forwarder.wait(lambda s: not s['reached'] and s['failures'] > 0, 8)
        results.check(down is not None and down['problem'], '%s: not noticed: %s' % (name, forwarder.read()))
    receiver.start()
    for name, _, forwarder, filler in running:
        filler.wait(timeout=30)
        results.check(forwarder.wait_sent(404, 15) is not None, '%s: %s' % (name, forwarder.read()))
    messages = receiver.wait(404 * len(running))
    for name, facility, forwarder, _ in running:
        last = forwarder.stop()
        records = [r for r in (record_of(m) for m in messages if int(m['pri']) // 8 == facility) if isinstance(r, int)]
        results.check(set(records) == set(range(1, 401)), '%s: %d lost, as %s' % (
            name, 400 - len(set(records)), sorted(set(range(1, 401)) - set(records))[:5]))
        # in order, but for steps back to what went already
        firsts = list(dict.fromkeys(records))
        results.check(firsts == sorted(firsts), '%s: not in order' % name)
        results.check(last['sent'] == 404 and last['dropped'] == 0 and last['problem'] == '', '%s: %s' % (name, last))


def refused(results, what, log, folder, target, words):
    forwarder = sinking.Forwarder(log, target, os.path.join(folder, 'cursors-t'))
    sinking.fill(log, refused.at, 10)
    refused.at += 10
    status = forwarder.wait(lambda s: s['failures'] > 0, 10)
    results.check(status and words in status['problem'] and status['sent'] == 0, '%s: %s' % (what, status))
    forwarder.stop()


refused.at = 1


def certificates(results, folder, receiver):
    log = os.path.join(folder, 'tls.db')
    sinking.fill(log, 0, 1)
    port = receiver.ports['tls']
    own = '&cert=%s/client.pem&key=%s/client.key' % (folder, folder)
    refused(results, 'an unknown authority', log, folder,
            'syslog+tls://localhost:%d?ca=%s/other.pem%s' % (port, folder, own), 'NOT trusted')
    refused(results, "the system's authorities", log, folder, 'syslog+tls://localhost:%d' % port, 'TLS')
    refused(results, 'another name', log, folder, 'syslog+tls://%s:%d?ca=%s/ca.pem%s' % (
        '127.1', port, folder, own), 'does not match')
    refused(results, 'no such file', log, folder, 'syslog+tls://localhost:%d?ca=/nonexistent' % port, '/nonexistent')


def address_of_ipv6(results, folder):
    log = os.path.join(folder, 'six.db')
    try:
        server = socket.create_server(('::1', 0), family=socket.AF_INET6)
    except OSError:
        print('no IPv6 here: its test is skipped')
        return
    sinking.fill(log, 0, 1)
    forwarder = sinking.Forwarder(log, 'syslog+tcp://[::1]:%d' % server.getsockname()[1], os.path.join(folder, 'c6'))
    sinking.fill(log, 1, 1)
    server.settimeout(5)
    connection = server.accept()[0]
    connection.settimeout(5)
    data = connection.recv(65536)
    size, _, message = data.partition(b' ')
    results.check(len(message) == int(size) and message.startswith(b'<86>1 20'), 'octet counting: %s' % data)
    connection.close()
    server.close()
    forwarder.stop()


def main():
    results = program.Results()
    if not RSYSLOGD:
        print('no rsyslogd here')
        results.check(False, 'rsyslogd is needed: tools/deps.sh test')
        results.close()
    with program.temporary() as folder:
        tls = has_tls()
        if tls:
            make_certificates(folder)
        else:
            print('rsyslog-gnutls is not here: TLS is skipped')
        receiver = Receiver(folder, tls).start()
        targets = [(kind, 'syslog+%s://127.0.0.1:%d' % (kind, receiver.ports[kind])) for kind in ('udp', 'tcp')]
        if tls:
            targets.append(('tls', 'syslog+tls://localhost:%d?ca=%s/ca.pem&cert=%s/client.pem&key=%s/client.key' % (
                receiver.ports['tls'], folder, folder, folder)))
        try:
            fields_arrive(results, folder, receiver, targets)
            hostile_names(results, folder, receiver, targets)
            formats_as_messages(results, folder, receiver)
            short_limit(results, folder, receiver)
            address_of_ipv6(results, folder)
            receiver_goes(results, folder, receiver, targets)
            if tls:
                certificates(results, folder, receiver)
        finally:
            receiver.stop(signal.SIGKILL)
    results.close()


main()
