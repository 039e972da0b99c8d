#!/usr/bin/env python3
"""journald: each field of each record, as a reader of the native protocol has it that was written from its description;
and, as root, as systemd-journald itself stores it and journalctl finds it.

journald runs in a mount namespace with a /run of its own: the machine's journal is left alone.
"""
import array
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import sinking

JOURNALD = '/lib/systemd/systemd-journald'
CONFIG = '[Journal]\\nStorage=volatile\\nRateLimitIntervalSec=0\\nReadKMsg=no\\nAudit=no\\nForwardToSyslog=no\\n'
START = ('mount -t tmpfs none /run && mkdir -p /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d && '
         "printf '" + CONFIG + "' >/run/systemd/journald.conf.d/test.conf && exec " + JOURNALD)


def parse(data):
    """NAME=value, or NAME, a line end, 64 bits of length, and as many bytes: a list of name and value."""
    fields = []
    while data:
        line, _, rest = data.partition(b'\n')
        name, equals, value = line.partition(b'=')
        if not equals:
            size = int.from_bytes(rest[:8], 'little')
            value, rest = rest[8:8 + size], rest[8 + size:]
            if rest[:1] != b'\n':
                raise ValueError('no line end after %r' % name)
            rest = rest[1:]
        if not re.fullmatch(rb'[A-Z][A-Z0-9_]{0,63}', name):
            raise ValueError('a field named %r' % name)
        fields.append((name.decode(), value))
        data = rest
    return fields


class Receiver:
    """The journal's end of its socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(path)
        self.socket.settimeout(10)
        self.by_file = 0

    def receive(self):
        data, ancillary, flags, _ = self.socket.recvmsg(1 << 20, socket.CMSG_SPACE(4))
        for level, kind, content in ancillary:
            if (level, kind) != (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                continue
            fd = array.array('i', content[:4])[0]
            # systemd takes a descriptor only where nothing of it can be changed (F_GET_SEALS: all four)
            if fcntl.fcntl(fd, 1034) != 15 or data:
                raise ValueError('not sealed')
            with os.fdopen(fd, 'rb') as f:
                f.seek(0)
                data = f.read()
            self.by_file += 1
        if flags & socket.MSG_TRUNC:
            raise ValueError('cut')
        return parse(data)


def check_record(results, what, fields, event):
    """Every field once, none more, none less."""
    results.check(len(dict(fields)) == len(fields), '%s: a field twice' % what)
    got = {name: value.decode() if isinstance(value, bytes) else value for name, value in fields}
    wanted = {'NTLM_' + key.upper(): value for key, value in sinking.expected(event).items()}
    message = got.pop('MESSAGE')
    results.check('\n' not in message and ' %d ' % event['event_id'] in message, '%s: MESSAGE %r' % (what, message))
    wanted.update({'PRIORITY': {'Error': '3', 'Warning': '4', 'Information': '6'}[event['level']],
                   'SYSLOG_IDENTIFIER': 'ntlmaudit', 'SYSLOG_FACILITY': '10', 'MESSAGE_ID': got['MESSAGE_ID']})
    results.check(not (d := sinking.difference(got, wanted)), '%s: %s' % (what, d))


def ids_of_manual():
    """The MESSAGE_IDs that the manual promises."""
    with open(os.path.join(program.TOP, 'man/ntlmaudit-forward.7'), encoding='utf-8') as f:
        return {m[1]: m[2] for m in re.finditer(r'^\.It ([a-z0-9-]+) Ta .*?([0-9a-f]{32})$', f.read(), re.M)}


def own_reader(results, folder):
    path, log = os.path.join(folder, 'socket'), os.path.join(folder, 'own.db')
    promised = ids_of_manual()
    receiver = Receiver(path)
    forwarder = sinking.Forwarder(log, 'journald:' + path, os.path.join(folder, 'cursors'))
    filler = sinking.start_fill(log, 0, 300)
    received = [receiver.receive() for _ in range(303)]
    filler.wait()
    sinking.fill(log, 'hostile')
    received += [receiver.receive() for _ in range(28)]
    last = forwarder.stop()
    results.check(last['sent'] == 331 and not forwarder.errors, 'own reader: %s %s' % (last, forwarder.errors[-2000:]))
    results.check(receiver.by_file == 1, 'by memory file: %d' % receiver.by_file)
    events = {str(e['record_id']): e for e in sinking.rows(log)[0]}
    n_events = 0
    for fields in received:
        got = {k: v.decode() for k, v in fields}
        key = got.get('NTLM_EVENT_ID') or got['NTLM_FINDING']
        results.check(promised.get(key) == got['MESSAGE_ID'], 'MESSAGE_ID of %s: %s' % (key, got['MESSAGE_ID']))
        if 'NTLM_RECORD_ID' in got:
            n_events += 1
            check_record(results, 'record ' + got['NTLM_RECORD_ID'], fields, events[got['NTLM_RECORD_ID']])
        else:
            results.check('NTLM_FORGED' not in got and got['MESSAGE'].count('\n') == 0, 'finding: %s' % got)
    results.check(n_events == len(events) == 316, '%d of %d events' % (n_events, len(events)))


def goes_away(results, folder):
    path, log = os.path.join(folder, 'away'), os.path.join(folder, 'away.db')
    forwarder = sinking.Forwarder(log, 'journald:' + path, os.path.join(folder, 'cursors'))
    sinking.fill(log, 0, 50)
    status = forwarder.wait(lambda s: s['failures'] > 0)
    results.check(status and 'No such file' in status['problem'] and status['waiting'] == 50, 'away: %s' % status)
    receiver = Receiver(path)
    got = [dict(receiver.receive())['NTLM_RECORD_ID'] for _ in range(50)]
    results.check(got == [str(n + 1).encode() for n in range(50)], 'away: %s' % got)
    forwarder.stop()


def journalctl(folder, *words):
    done = subprocess.run(['journalctl', '-D', folder, '-o', 'json', '--all', '--no-pager', *words], capture_output=True,
                          timeout=30, check=False)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def real_journald(results, folder):
    log = os.path.join(folder, 'real.db')
    journald = subprocess.Popen(['unshare', '-m', 'sh', '-c', START], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    root = '/proc/%d/root/run/' % journald.pid
    try:
        if not sinking.until(lambda: os.path.exists(root + 'systemd/journal/socket') and
                             not os.path.samefile(root, '/run'), 5):
            print('systemd-journald does not run here: its test is skipped')
            return
        forwarder = sinking.Forwarder(log, 'journald', os.path.join(folder, 'cursors-r'),
                                      before=('nsenter', '-t', str(journald.pid), '-m'))
        sinking.fill(log, 0, 300)
        sinking.fill(log, 'hostile')
        results.check(forwarder.wait_sent(331) is not None, 'journald: %s' % forwarder.read())
        results.check(forwarder.stop()['failures'] == 0, 'journald failed')
        events = {str(e['record_id']): e for e in sinking.rows(log)[0]}
        found = sinking.until(lambda: len(r := journalctl(root + 'log/journal', 'SYSLOG_IDENTIFIER=ntlmaudit')) >= 331
                              and r) or []
        results.check(len(found) == 331, 'journald has %d' % len(found))
        for entry in found:
            record = entry.get('NTLM_RECORD_ID')
            fields = [(k, v) for k, v in entry.items() if not k.startswith('_')]
            if record:
                check_record(results, 'journald %s' % record, fields, events[record])
        user = events['7']['user']
        wanted = {r for r, e in events.items() if e['user'] == user and e['event_id']}
        by_user = journalctl(root + 'log/journal', 'NTLM_USER=' + user, 'NTLM_EVENT_ID=4020', 'NTLM_EVENT_ID=4022')
        results.check({e['NTLM_RECORD_ID'] for e in by_user} ==
                      {r for r in wanted if events[r]['event_id'] in (4020, 4022)}, 'by user: %s' % len(by_user))
        results.check(all(e['_COMM'] == 'forward-run' for e in found), 'not from our process')
    finally:
        journald.terminate()
        journald.wait(timeout=20)


def main():
    results = program.Results()
    with program.temporary() as folder:
        own_reader(results, folder)
        goes_away(results, folder)
        if os.geteuid() != 0 or not os.path.exists(JOURNALD) or not shutil.which('journalctl'):
            print('without root or systemd-journald: the test with journald itself is skipped')
        else:
            real_journald(results, folder)
    results.close()


main()
