#!/usr/bin/env python3
"""search, show and export against what `read -o json` says of the same files: each option's meaning is written down
here once more, in Python, and both must choose the same events."""
import fnmatch
import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

DONE, NO_MATCH, USAGE, PARTLY = range(4)
EVTX = os.path.join(program.TOP, 'tests/evtx')
LOGS = [os.path.join(EVTX, 'NTLM-Operational-%s.evtx' % name) for name in ('FS03', 'jump01', 'rootdc1')]
FORMATS = ('short', 'text', 'json', 'xml', 'csv', 'cef', 'ecs', 'ocsf')
LEVELS = {'information': 4, 'warning': 3, 'error': 2}
NUMBERS = {'Information': 4, 'Warning': 3, 'Error': 2}


def lines(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def bare(event):
    """The event without what a log numbers for itself."""
    return json.dumps({k: v for k, v in event.items() if k != 'record_id'}, sort_keys=True)


def same(event):
    """What tells whether two events are one: of those that Windows wrote the number in its log, too."""
    ignored = ['record_id', 'execution']
    if not event.get('execution', {}).get('thread_id'):
        ignored.append('source_record')
    return json.dumps({k: v for k, v in event.items() if k not in ignored}, sort_keys=True)


def status(results, what, done, want):
    results.check(done.returncode == want, '%s: exit status %d, not %d: %s' % (
        what, done.returncode, want, done.stderr.decode(errors='replace')[-300:]))


class Log:
    def __init__(self, path):
        self.path = path

    def run(self, *arguments, **more):
        return program.run(*arguments, env={'NTLMAUDIT_LOG': self.path}, **more)

    def search(self, *arguments):
        return self.run('search', '-o', 'json', *arguments)


# ---- the meaning of each option ----

def wild(pattern, *keys):
    def matches(event):
        return any(fnmatch.fnmatchcase(event[key].lower(), pattern.lower())
                   for key in keys if isinstance(event.get(key), str))
    return matches


def account(domain, user):
    return lambda e: any(wild(user, 'user' if not own else 'client_user')(e) and
                         wild(domain, 'domain' if not own else 'client_domain')(e) for own in (0, 1))


def within(prefix):
    network = ipaddress.ip_network(prefix)

    def matches(event):
        for key in ('client_ip', 'target_ip', 'server_ip'):
            try:
                if ipaddress.ip_address(event.get(key)) in network:
                    return True
            except ValueError:
                pass
        return False
    return matches


def outcome(name):
    def matches(event):
        answer = event.get('status')
        if answer is None:  # a refusal needs no answer
            return name == ('failed' if event['event_id'] in BLOCKED_IDS else 'unknown')
        return name == ('ok' if int(answer, 16) < 0x80000000 else 'failed')
    return matches


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield ','.join(v for v in value if isinstance(v, str))


def has_text(word):
    words = ('time', 'level', 'provider', 'channel', 'activity_id', 'negotiated_flags', 'av_flags', 'status',
             'status_text', 'origin', 'client_luid')
    return lambda e: any(word.lower() in t.lower() for k, v in e.items() if k not in words for t in texts(v))


def clients(pattern):
    """A client's own events are about their computer, servers' likewise."""
    named = wild(pattern, 'host', 'client_name', 'client_ip')
    return lambda e: named(e) or (e['event_id'] in CLIENT_IDS and wild(pattern, 'computer')(e))


def servers(pattern):
    named = wild(pattern, 'target_machine', 'target_name', 'target_ip', 'server_name', 'channel_name')
    return lambda e: named(e) or (e['event_id'] in SERVER_IDS and wild(pattern, 'computer')(e))


BLOCKED_IDS = (4001, 4002, 4003, 4004, 4005, 4006, 4015)
CLIENT_IDS = (4001, 4010, 4013, 4015, 4020, 4021, 4024, 8001)
SERVER_IDS = (4002, 4003, 4011, 4022, 4023, 4025, 4624, 4625, 8002, 8003)
CASES = [
    ((), lambda e: True),
    (('--since', '2020-01-01'), lambda e: e['time'] >= '2020-01-01'),
    (('--until', '2020-07-12'), lambda e: e['time'] < '2020-07-12'),
    (('--since', '2020-07-12T05:02:46', '--until', '2020-07-12T07:02:47+02:00'),
     lambda e: '2020-07-12T05:02:46' <= e['time'] < '2020-07-12T05:02:47'),
    (('--since', '@1594530166', '--until', '@1594530167'),
     lambda e: '2020-07-12T05:02:46' <= e['time'] < '2020-07-12T05:02:47'),
    (('--id', '4021'), lambda e: e['event_id'] == 4021),
    (('--id', '4020,8004'), lambda e: e['event_id'] in (4020, 8004)),
    (('--id', '4020', '--id', '8001'), lambda e: e['event_id'] in (4020, 8001)),
    (('--id', '4031'), lambda e: e['event_id'] == 4031),
    (('--min-level', 'warning'), lambda e: NUMBERS[e['level']] <= 3),
    (('--min-level', 'error'), lambda e: NUMBERS[e['level']] <= 2),
    (('--min-level', 'information'), lambda e: True),
    (('--user', 'ALICE'), wild('alice', 'user', 'client_user')),
    (('--user', 'adm*'), wild('adm*', 'user', 'client_user')),
    (('--user', 'corp\\Alice'), account('corp', 'alice')),
    (('--user', '?lice'), wild('?lice', 'user', 'client_user')),
    (('--user', 'nobody-is-called-so'), lambda e: False),
    (('--domain', 'corp'), wild('corp', 'domain', 'client_domain')),
    (('--client', 'cl1'), clients('cl1')),
    (('--client', '192.168.*'), clients('192.168.*')),
    (('--client', 'jump01*'), clients('jump01*')),
    (('--server', 'JUMP01.offsec.lan'), servers('jump01.offsec.lan')),
    (('--server', 'fs02'), servers('fs02')),
    (('--server', 'fs1'), servers('fs1')),
    (('--server', '*.corp.example'), servers('*.corp.example')),
    (('--address', '192.168.0.0/16'), within('192.168.0.0/16')),
    (('--address', '10.0.0.0/9'), within('10.0.0.0/9')),
    (('--address', '127.0.0.1'), within('127.0.0.1/32')),
    (('--address', '::/0'), within('::/0')),
    (('--address', '::ffff:10.77.0.40'), within('10.77.0.40/32')),
    (('--address', '::ffff:192.168.0.0/112'), within('192.168.0.0/16')),
    (('--process', '*lsass.exe'), wild('*lsass.exe', 'process_name')),
    (('--spn', 'cifs/*'), wild('cifs/*', 'target_service')),
    (('--spn', '*/*.example'), wild('*/*.example', 'target_service')),
    (('--reason', '7'), lambda e: e.get('reason_id') == 7),
    (('--reason', 'ip-address'), lambda e: e.get('reason_id') == 7),
    (('--reason', 'Null Session'), lambda e: e.get('reason_id') == 11),
    (('--reason', '0'), lambda e: e.get('reason_id') == 0),
    (('--version', 'ntlmv1'), wild('ntlmv1', 'ntlm_version')),
    (('--version', 'NTLMv2'), wild('ntlmv2', 'ntlm_version')),
    (('--version', 'ntlmv1-ess'), wild('ntlmv1-ess', 'ntlm_version_detail')),
    (('--outcome', 'ok'), outcome('ok')),
    (('--outcome', 'failed'), outcome('failed')),
    (('--outcome', 'unknown'), outcome('unknown')),
    (('--outcome', 'any'), lambda e: True),
    (('--carrier', 'smb?'), wild('smb?', 'carrier')),
    (('--carrier', 'http'), wild('http', 'carrier')),
    (('--text', 'channel-bind'), has_text('channel-bind')),
    (('--text', 'RPC'), has_text('RPC')),
    (('--user', 'alice', '--outcome', 'failed', '--version', 'ntlmv1'),
     lambda e: wild('alice', 'user', 'client_user')(e) and outcome('failed')(e) and
     wild('ntlmv1', 'ntlm_version')(e)),
    (('--min-level', 'warning', '--since', '2015-01-01', '--until', '2016-01-01'),
     lambda e: NUMBERS[e['level']] <= 3 and '2015' <= e['time'] < '2016'),
]


def check_options(results, log, truth):
    """Every option chooses what Python chooses, by itself, backwards, and the newest few."""
    for arguments, wanted in CASES:
        what = 'search %s' % ' '.join(arguments)
        want = [bare(e) for e in truth if wanted(e)]
        done = log.search(*arguments)
        found = lines(done)
        status(results, what, done, DONE if want else NO_MATCH)
        results.check(sorted(bare(e) for e in found) == sorted(want), '%s: %d events, not %d' % (
            what, len(found), len(want)))
        records = [e['record_id'] for e in found]
        results.check(records == sorted(set(records)), what + ': not in the order of the log')
        back = [e['record_id'] for e in lines(log.search('-r', *arguments))]
        results.check(back == records[::-1], what + ' -r')
        newest = [e['record_id'] for e in lines(log.search('-n', '3', *arguments))]
        results.check(newest == records[-3:], what + ' -n 3: %r, not %r' % (newest, records[-3:]))
        newest = [e['record_id'] for e in lines(log.search('-rn3', *arguments))]
        results.check(newest == records[::-1][:3], what + ' -r -n 3')
    activity = next(e['activity_id'] for e in truth if e['activity_id'])
    want = sorted(bare(e) for e in truth if e['activity_id'] == activity)
    for form in (activity, activity.strip('{}').lower(), activity.strip('{}').replace('-', '')):
        results.check(sorted(map(bare, lines(log.search('--activity', form)))) == want, 'activity ' + form)


def check_findings(results, log, truth, findings):
    """--finding chooses the events that findings rest on; --findings tells the findings, too."""
    by_record = {e['record_id']: bare(e) for e in truth}
    for kind in sorted({f['finding'] for f in findings}) + ['any']:
        want = {by_record[r] for f in findings if kind in (f['finding'], 'any') for r in f['records']}
        found = lines(log.search('--finding', kind))
        results.check({bare(e) for e in found} == want, '--finding %s: %d, not %d' % (kind, len(found), len(want)))
    told = [e for e in lines(log.search('--findings')) if 'finding' in e]
    results.check(sorted(f['sentence'] for f in told) == sorted(f['sentence'] for f in findings), '--findings')
    stored = {e['record_id']: bare(e) for e in lines(log.search())}
    for f in told:
        theirs = next(g for g in findings if g['sentence'] == f['sentence'] and g['time'] == f['time'])
        results.check([stored[r] for r in f['records']] == [by_record[r] for r in theirs['records']],
                      'a finding names the log\'s records: ' + f['sentence'])


def check_usage(results, log, folder):
    for arguments in (('--since', 'tomorrow'), ('--id', '4020,x'), ('--id', '70000'), ('--min-level', 'low'),
                      ('--address', '10.0.0.0/33'), ('--address', '10.0.0.0/'), ('--address', '10.0.0.0/+8'),
                      ('--address', '::ffff:10.0.0.0/95'), ('--address', 'fs1'), ('--reason', '12'),
                      ('--reason', 'because'), ('--outcome', 'maybe'), ('--finding', 'x'),
                      ('--activity', '{12}'), ('-n', '0'), ('-n', 'x'), ('-o', 'yaml'), ('word',),
                      ('--follow', '-r')):
        done = log.run('search', *arguments)
        status(results, 'search ' + ' '.join(arguments), done, USAGE)
        results.check(done.stderr and not done.stdout, 'told on standard error: %r' % (arguments,))
    for command in ('search', 'export', 'show', 'verify', 'report'):
        done = log.run(command, '--help')
        status(results, command + ' --help', done, DONE)
    missing = Log(os.path.join(folder, 'not-there.db'))
    for command in (('search',), ('show', '1'), ('export', '-'), ('report',), ('verify',)):
        done = missing.run(*command)
        status(results, '%s of a log that is not there' % command[0], done, PARTLY)
        results.check(missing.path in done.stderr.decode(), 'it is named')
        results.check(not os.path.exists(missing.path), command[0] + ' makes no log')
    results.check(lines(log.run('search', '--log', log.path, '-n1', '-o', 'json')), '--log')


# ---- export ----

def check_export(results, log, folder, truth):
    for name in FORMATS:
        path = os.path.join(folder, 'out.' + name)
        printed = log.run('search', '-o', name, '--user', 'alice').stdout
        done = log.run('export', '-q', '-o', name, '--user', 'alice', path)
        status(results, 'export -o ' + name, done, DONE)
        with open(path, 'rb') as f:
            results.check(f.read() == printed, 'export and search differ: ' + name)
        results.check(log.run('export', '-q', '-o', name, '--user', 'alice', '-').stdout == printed, 'to -')
    for ending, start in (('json', b'{'), ('xml', b'<?xml'), ('csv', b''), ('evtx', b'ElfFile\0')):
        path = os.path.join(folder, 'by-name.' + ending)
        status(results, 'export to .' + ending, log.run('export', path), DONE)
        with open(path, 'rb') as f:
            results.check(f.read().startswith(start), 'the ending says the format: ' + ending)
    back = lines(program.run('read', '-q', '-o', 'json', os.path.join(folder, 'by-name.evtx')))
    results.check(len(back) == len(truth), 'the .evtx has %d of %d events' % (len(back), len(truth)))
    back = lines(program.run('read', '-q', '-o', 'json', os.path.join(folder, 'by-name.json')))
    results.check(sorted((e['time'], e['event_id']) for e in back) ==
                  sorted((e['time'], e['event_id']) for e in truth), 'the JSON is read back')
    pipe = log.run('export', '-o', 'evtx', '-')
    status(results, 'an .evtx into a pipe', pipe, PARTLY)
    check_atomic(results, log, folder)
    check_link(results, log, folder)
    check_interrupted(results, log, folder)


def check_link(results, log, folder):
    """A link stays one, and what it leads to is written."""
    place = os.path.join(folder, 'linked')
    os.mkdir(place)
    real, link = os.path.join(place, 'real.json'), os.path.join(folder, 'link.json')
    with open(real, 'wb'):
        pass
    os.symlink('linked/real.json', link)
    status(results, 'export through a link', log.run('export', '-q', link), DONE)
    results.check(os.path.islink(link) and os.path.getsize(real) > 0, 'a link was replaced')


def check_interrupted(results, log, folder):
    """A signal ends it at once, and what is not whole is not left behind."""
    place = os.path.join(folder, 'interrupted')
    os.mkdir(place)
    path = os.path.join(place, 'out.xml')
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        running = subprocess.Popen([program.PROGRAM, 'export', '-q', path], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                   env=dict(os.environ, NTLMAUDIT_LOG=log.path),
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        while running.poll() is None and not os.listdir(place):
            pass
        running.send_signal(number)
        running.communicate(timeout=20)
        left = os.listdir(place)
        # it may come when all is done
        whole = left == ['out.xml'] and open(path, 'rb').read().rstrip().endswith(b'</Events>')
        results.check(whole or (not left and running.returncode == -number),
                      'signal %d: %d, and %s left' % (number, running.returncode, left))
        for name in left:
            os.remove(os.path.join(place, name))


def check_atomic(results, log, folder):
    """What was there stays until the new file is whole; nothing is left lying beside it."""
    path = os.path.join(folder, 'atomic', 'kept.json')
    os.mkdir(os.path.dirname(path))
    with open(path, 'w', encoding='ascii') as f:
        f.write('old')
    broken = os.path.join(folder, 'broken.db')
    with open(broken, 'wb') as f:
        f.write(b'SQLite format 3\0' + bytes(4096))
    done = program.run('export', '--log', broken, path)
    status(results, 'export of a broken log', done, PARTLY)
    with open(path, encoding='ascii') as f:
        results.check(f.read() == 'old', 'the old file was lost')
    done = log.run('export', os.path.join(folder, 'no-folder', 'x.json'))
    status(results, 'export to a folder that is not there', done, PARTLY)
    done = log.run('export', '/dev/full')
    status(results, 'export to a full disk', done, PARTLY)
    status(results, 'export of nothing', log.run('export', '-q', '--user', 'nobody', path), NO_MATCH)
    with open(path, 'rb') as f:
        results.check(f.read() == b'', 'a file without events')
    results.check(os.listdir(os.path.dirname(path)) == ['kept.json'], 'a temporary file was left')
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([program.PROGRAM, 'search', '--log', log.path], stdout=full, stderr=subprocess.PIPE,
                              env=program.ENVIRONMENT, check=False)
    status(results, 'search to a full disk', done, PARTLY)


# ---- show ----

def story(log, key):
    return json.loads(log.run('show', '-o', 'json', str(key)).stdout)


def check_show(results, log, truth):
    """A capture's logon: both its events, whichever is named and however."""
    for event in lines(log.search('--text', 'lab-smb'))[:10]:
        if not event['activity_id']:
            continue
        want = sorted(e['record_id'] for e in lines(log.search('--activity', event['activity_id'])))
        for key in (event['record_id'], event['activity_id'], event['activity_id'].strip('{}')):
            told = story(log, key)
            results.check(sorted(e['event']['record_id'] for e in told['events']) == want, 'show %s' % key)
            results.check(told['user'] in (event['user'] or None, None), 'show %s: the user' % key)
        results.check(told['missing'] == ['domain'], 'what is missing')
        text = log.run('show', str(event['record_id'])).stdout.decode()
        results.check('Missing' in text and 'domain controller' in text and 'Logon of ' in text, 'show in text')
    relay = next((e for e in lines(log.search('--finding', 'relay'))), None)
    if results.check(relay, 'there is a relay'):
        told = story(log, relay['record_id'])
        results.check('relay' in [f['finding'] for f in told['findings']], 'a finding in its story')
        results.check('FINDING high relay' in log.run('show', str(relay['record_id'])).stdout.decode(), 'in text')
    status(results, 'show of no record', log.run('show', '999999'), NO_MATCH)
    status(results, 'show of no activity', log.run('show', '{' + '1' * 32 + '}'), NO_MATCH)
    for wrong in ((), ('0',), ('x',), ('1', '2'), ('-o', 'xml', '1')):
        status(results, 'show %r' % (wrong,), log.run('show', *wrong), USAGE)


def check_joined(results, log):
    """The 8001s of jump01 and the 8004s of rootdc1 are two ends of the same logons; Windows' ActivityID is no help."""
    when = ('--since', '2020-07-12T05:02:46', '--until', '2020-07-12T05:02:49')
    client = {e['record_id'] for e in lines(log.search('--id', '8001', *when))}
    domain = {e['record_id']: e for e in lines(log.search('--id', '8004', *when))}
    results.check(len(client) == 8 and len(domain) == 8, 'eight logons: %d, %d' % (len(client), len(domain)))
    for record, event in domain.items():
        told = story(log, record)
        joined = {e['event']['record_id']: e['joined_by'] for e in told['events']}
        results.check(joined.pop(record) == 'asked for', 'the event itself')
        results.check(set(joined) == client and set(joined.values()) == {'time and name'},
                      'the 8001s of an 8004: %r' % joined)
        results.check(told['server'] == event['channel_name'] and told['user'] == 'admmig', 'server and user')
    for record in client:
        joined = {e['event']['record_id'] for e in story(log, record)['events']} - {record}
        results.check(joined == set(domain), 'the 8004s of an 8001: %r' % joined)
    # The same user a moment apart at another server, or another machine, is another logon.
    other = lines(log.search('--id', '8004', '--text', '.qsdsq'))[0]
    told = story(log, other['record_id'])
    results.check([e['event']['record_id'] for e in told['events']] == [other['record_id']], 'one of nobody else')
    results.check(set(told['missing']) == {'client', 'server'}, 'its missing sides')


# ---- follow ----

def start_following(log, path, *more):
    out = open(path, 'wb')
    return subprocess.Popen([program.PROGRAM, 'search', '--log', log.path, '--follow', '-o', 'json', *more],
                            stdout=out, stderr=subprocess.PIPE, env=program.ENVIRONMENT)


def wait_for(path, n, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with open(path, encoding='utf-8') as f:
            found = [json.loads(line) for line in f if line.endswith('\n')]
        if len(found) >= n:
            return found
        time.sleep(0.05)
    return found


def check_follow(results, folder):
    """The last ten, then what is stored while it runs; ^C ends it cleanly."""
    log = Log(os.path.join(folder, 'follow.db'))
    captures = program.captures()
    program.run('read', '-q', '--max-age=0', '--store=' + log.path, *LOGS)
    before = lines(log.search())
    everything, failures = (os.path.join(folder, name) for name in ('all', 'failed'))
    a = start_following(log, everything)
    b = start_following(log, failures, '--outcome', 'failed')
    results.check([e['record_id'] for e in wait_for(everything, 10)] ==
                  [e['record_id'] for e in before[-10:]], 'the last ten')
    program.run('read', '-q', '--max-age=0', '--store=' + log.path, '--key-file', program.KEY, *captures)
    after = lines(log.search('--since', '2001-01-01'))
    want = [e['record_id'] for e in before[-10:]] + [e['record_id'] for e in after[len(before):]]
    results.check([e['record_id'] for e in wait_for(everything, len(want))] == want, 'all new ones, once')
    want = [e['record_id'] for e in lines(log.search('--outcome', 'failed'))]
    want = [r for r in want if r in [e['record_id'] for e in before]][-10:] + [
        r for r in want if r > before[-1]['record_id']]
    results.check([e['record_id'] for e in wait_for(failures, len(want))] == want, 'all new ones that match')
    a.send_signal(signal.SIGINT)
    b.send_signal(signal.SIGTERM)
    results.check(a.wait(10) == DONE and b.wait(10) == DONE, 'a clean end: %r %r' % (a.returncode, b.returncode))
    results.check(a.stderr.read() == b'' == b.stderr.read(), 'nothing to complain of')
    c = subprocess.Popen([program.PROGRAM, 'search', '--log', log.path, '--follow', '-n', '1'], stdout=subprocess.PIPE,
                         stdin=subprocess.DEVNULL, preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
    c.stdout.readline()
    c.stdout.close()
    try:
        ended = c.wait(10)
    except subprocess.TimeoutExpired:
        c.kill()
        ended = None
    results.check(ended == -signal.SIGPIPE, 'its reader went, and it stays: %r' % ended)


# ---- hostile names ----

HOSTILE = '=HYPERLINK("x")\n<script>alert(1)</script>\u202e\x1b[31m\'"&|\\\u0000\U0001f600,%s;`$(x)`'


def check_limits(results, folder):
    """What --max-age lets go is said; what is in one log is counted back from its newest event, not from today."""
    log = Log(os.path.join(folder, 'limits.db'))
    done = program.run('read', '--store=' + log.path, LOGS[1])
    kept = len(lines(log.search()))
    results.check('dropped' not in done.stderr.decode() and kept > 100, 'an old log is kept: %d' % kept)
    done = program.run('read', '--max-age', '3', '--store=' + log.path, LOGS[1])
    left = lines(log.search())
    said = [line for line in done.stderr.decode().splitlines() if 'dropped' in line]
    results.check(left and len(left) < kept and len(said) == 1 and 'the %d oldest' % (kept - len(left)) in said[0],
                  '--max-age: %d of %d left: %r' % (len(left), kept, said))
    results.check(log.run('verify').returncode == DONE, 'what retention leaves is sound')
    for wrong in (('--max-age', 'x'), ('--max-age', '-1'), ('--max-size', '5X'), ('--max-size', 'M5'),
                  ('--max-size', '99999999T'), ('--store=',)):
        status(results, 'read %s' % ' '.join(wrong), program.run('read', *wrong, LOGS[0]), USAGE)


def check_hostile(results, folder):
    """Names that would forge a line, turn the text, or be run; in each format."""
    path, log = os.path.join(folder, 'hostile.json'), Log(os.path.join(folder, 'hostile.db'))
    base = program.events(os.path.join(program.CAPTURES, 'lab-smb-ntlmv1-ok.pcap'))
    with open(path, 'w', encoding='utf-8') as f:
        for event in base:
            event.update(user=HOSTILE, host=HOSTILE, target_service='cifs/' + HOSTILE, process_name=HOSTILE)
            f.write(json.dumps(event) + '\n')
    status(results, 'store hostile names', program.run('read', '-q', '--max-age=0', '--store=' + log.path, path), DONE)
    record = lines(log.search())[0]['record_id']
    outputs = {name: log.run('search', '-o', name).stdout for name in FORMATS}
    outputs['show'] = log.run('show', str(record)).stdout
    outputs['show json'] = log.run('show', '-o', 'json', str(record)).stdout
    for name in ('text', 'json', 'csv', 'html'):
        outputs['report ' + name] = log.run('report', '-o', name, 'all').stdout
    for name, out in outputs.items():
        text = out.decode()
        results.check(text and not [c for c in text if c in '\u202e\x1b\0'], name + ': an unsafe character')
        results.check(name not in ('xml', 'report html') or '<script' not in text, name + ': markup')
    ET.fromstring(outputs['xml'])
    ET.fromstring(outputs['report html'].split(b'\n', 1)[1])
    for text in ('report csv', 'csv'):
        results.check(b'"=' not in outputs[text] and b',=' not in outputs[text], text + ': a formula')
    status(results, 'a pattern with everything in it', log.search('--text', '<script>alert'), DONE)


def main():
    results = program.Results()
    with program.temporary() as folder:
        log = Log(os.path.join(folder, 'log.db'))
        files = program.captures() + LOGS
        done = program.run('read', '-q', '-o', 'json', '--key-file', program.KEY, *files)
        read = lines(done)
        findings = [e for e in read if 'finding' in e]
        events = [e for e in read if 'event_id' in e]
        # What a log tells twice, but for its EventRecordID, is kept once.
        truth = list({same(e): e for e in reversed(events)}.values())[::-1]
        stored = program.run('read', '--max-age=0', '--store=' + log.path, '--key-file', program.KEY, *files)
        status(results, 'read --store', stored, done.returncode)
        results.check(not stored.stdout, 'read --store prints nothing without -o')
        said = stored.stderr.decode().splitlines()[-1]
        results.check('%d events stored' % len(truth) in said, 'it says how many: %s' % said)
        again = program.run('read', '--max-age=0', '--store=' + log.path, '--key-file', program.KEY, '-o', 'json', *files)
        results.check(again.stdout == done.stdout, 'with -o they are printed, too')
        results.check(' 0 events stored, %d were there already' % len(events) in again.stderr.decode(),
                      'twice: ' + again.stderr.decode().splitlines()[-1])
        check_options(results, log, truth)
        check_findings(results, log, truth, findings)
        check_usage(results, log, folder)
        check_export(results, log, folder, truth)
        check_show(results, log, truth)
        check_joined(results, log)
        check_follow(results, folder)
        check_limits(results, folder)
        check_hostile(results, folder)
    results.close()


if __name__ == '__main__':
    main()
