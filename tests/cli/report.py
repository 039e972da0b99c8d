#!/usr/bin/env python3
"""report and verify. Every count is held against sums that Python makes of the events, which search.py holds to what was
read; the page against xmllint; the chain against changes made behind its back with sqlite3."""
import collections
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

DONE, NOTHING, USAGE, PARTLY = range(4)
EVTX = os.path.join(program.TOP, 'tests/evtx')
LOGS = [os.path.join(EVTX, 'NTLM-Operational-%s.evtx' % name) for name in ('FS03', 'jump01', 'rootdc1')]
ROLES = {4020: 'client', 4021: 'client', 4022: 'server', 4023: 'server', 8001: 'client', 8002: 'server', 8003: 'server',
         8004: 'domain', 4624: 'server', 4625: 'server', 4776: 'domain'}
BLOCKED_IDS = (4001, 4002, 4003, 4004, 4005, 4006, 4015)  # a refusal needs no answer
COUNTS = ('logons', 'failed', 'ntlmv1', 'warnings')
DISTINCT = ('users', 'clients', 'servers')
OF_DOMAINS = {'trusts', 'members', 'systems', 'mschapv2', 'ntlm-only'}  # domain.py has them


def status(results, what, done, want):
    results.check(done.returncode == want, '%s: exit status %d, not %d: %s' % (
        what, done.returncode, want, done.stderr.decode(errors='replace')[-300:]))


# ---- what a report should say ----

def first(event, *keys):
    return next((event[k] for k in keys if event.get(k)), '')


def user_of(event):
    own = event.get('user') is not None
    user = event.get('user' if own else 'client_user') or ''
    domain = event.get('domain' if own else 'client_domain') or ''
    return domain + '\\' + user if domain and (user or event.get('user') is not None) else user


def row_of(event):
    role = ROLES[event['event_id']]
    return {
        'role': role,
        'user': user_of(event),
        'client': first(event, 'host', 'client_name', 'client_ip') or (event['computer'] if role == 'client' else ''),
        'server': first(event, 'server_name', 'target_machine', 'target_name', 'target_ip', 'channel_name') or (
            event['computer'] if role == 'server' else ''),
        'process': event.get('process_name') or '',
        'reason': event.get('reason_id'),
        'failed': event['event_id'] in BLOCKED_IDS if event.get('status') is None else int(event['status'], 16) >= 0x80000000,
        'ntlmv1': event.get('ntlm_version') == 'NTLMv1',
        'warnings': event['level'] == 'Warning',
        'causes': event.get('warnings') or [],
        'day': event['time'][:10],
        'time': event['time'],
    }


def sums(rows, keys_of):
    """By key: the greatest of what the sides say; how many different; from when to when."""
    groups = collections.defaultdict(list)
    for row in rows:
        for key in keys_of(row):
            groups[key].append(row)
    found = {}
    for key, members in groups.items():
        sides = collections.defaultdict(collections.Counter)
        for row in members:
            sides['logons'][row['role']] += 1
            for name in COUNTS[1:]:
                sides[name][row['role']] += row[name]
        found[key] = {name: max(sides[name].values()) for name in COUNTS}
        for name in DISTINCT:
            found[key][name] = len({row[name[:-1]] for row in members} - {''})
        found[key]['first'] = min(row['time'] for row in members)
        found[key]['last'] = max(row['time'] for row in members)
    return found


KEYS = {
    'who': (('user',), lambda r: [(r['user'],)]),
    'why': (('reason_id',), lambda r: [(str(r['reason']),)] if r['role'] == 'client' and r['reason'] is not None else []),
    'where': (('client', 'server'), lambda r: [(r['client'], r['server'])]),
    'processes': (('process',), lambda r: [(r['process'],)] if r['process'] else []),
    'servers': (('server',), lambda r: [(r['server'],)]),
    'ntlmv1': (('user', 'client', 'server'),
               lambda r: [(r['user'], r['client'], r['server'])] if r['ntlmv1'] else []),
    'warnings': (('warning',), lambda r: [(cause,) for cause in r['causes']]),
    'failures': (('user', 'client', 'server'),
                 lambda r: [(r['user'], r['client'], r['server'])] if r['failed'] else []),
    'trend': (('day',), lambda r: [(r['day'],)]),
}


def near(a, b):
    """Times of counts are kept to the millisecond."""
    return a[:22] == b[:22] or a[:19] == b[:19]


def check_rows(results, name, found, want, keys):
    told = {tuple(row[k] for k in keys): row for row in found}
    if name == 'trend':
        told = {k: row for k, row in told.items() if row['logons']}
    results.check(set(told) == set(want), '%s: rows %r' % (name, sorted(set(told) ^ set(want))[:4]))
    for key in set(told) & set(want):
        for column, value in told[key].items():
            if column in want[key]:
                good = near(value, want[key][column]) if column in ('first', 'last') else value == want[key][column]
                results.check(good, '%s %r: %s is %r, not %r' % (name, key, column, value, want[key][column]))


def check_totals(results, run, rows):
    done = run('report', '-o', 'json', '-n', '0', 'all')
    status(results, 'report all', done, DONE)
    reports = json.loads(done.stdout)['reports']
    results.check(set(reports) == set(KEYS) | OF_DOMAINS | {'new', 'findings'}, 'all reports: %r' % sorted(reports))
    for name, (keys, keys_of) in KEYS.items():
        check_rows(results, name, reports[name]['rows'], sums(rows, keys_of), keys)
        alone = json.loads(run('report', '-o', 'json', '-n', '0', name).stdout)['reports']
        results.check(alone == {name: reports[name]}, name + ' alone and among all')
        few = json.loads(run('report', '-o', 'json', '-n', '2', name).stdout)['reports'][name]
        everything = reports[name]['rows']
        shown = everything[-2:] if name == 'trend' else everything[:2]
        results.check(few['rows'] == shown and few['left_out'] == len(everything) - len(shown), name + ' -n 2')
        if everything and 'logons' in everything[0] and name != 'trend':
            counts = [row['logons'] for row in everything]
            results.check(counts == sorted(counts, reverse=True), name + ': the greatest first')
    days = [row['day'] for row in reports['trend']['rows']]
    results.check(len(days) == len(set(days)) and days == sorted(days), 'every day once, in order')
    first_day, last_day = (min(r['day'] for r in rows), max(r['day'] for r in rows))
    results.check(days[0] == first_day and days[-1] == last_day and len(days) > 8000, 'no day is left out')
    for column in COUNTS + DISTINCT + ('last',):
        ordered = [row[column] for row in json.loads(run(
            'report', '-o', 'json', '-n', '0', '--sort', column, 'who').stdout)['reports']['who']['rows']
                   if column in row]
        results.check(ordered == sorted(ordered, reverse=True), 'who --sort ' + column)


def check_times(results, run, rows):
    """Bounds are taken to the hour."""
    for since, until in (('2020-07-12', None), (None, '2015-01-01'), ('2020-07-12T05:00', '2020-07-12T06:00'),
                         ('2022-01-01', '2024-01-01')):
        options = (['--since', since] if since else []) + (['--until', until] if until else [])
        some = [r for r in rows if (not since or r['time'] >= since) and (not until or r['time'] < until)]
        reports = json.loads(run('report', '-o', 'json', '-n', '0', *options, 'all').stdout)['reports']
        for name in ('who', 'where', 'why', 'servers', 'failures', 'trend'):
            check_rows(results, name, reports[name]['rows'], sums(some, KEYS[name][1]), KEYS[name][0])
    status(results, 'a time without events', run('report', '--since', '2030-01-01', 'who'), NOTHING)


def check_new(results, run, rows):
    since = '2023-01-01'
    told = json.loads(run('report', '-o', 'json', '-n', '0', '--new-since', since, 'new').stdout)['reports']['new']
    want = set()
    for kind, keys_of in (('user', lambda r: (r['user'], '')), ('client', lambda r: (r['client'], '')),
                          ('server', lambda r: (r['server'], '')), ('process', lambda r: (r['process'], '')),
                          ('pair', lambda r: (r['client'], r['server']))):
        seen = {}
        for row in rows:
            key = keys_of(row)
            seen[key] = min(seen.get(key, row['time']), row['time'])
        want |= {(kind,) + key for key, time in seen.items() if time >= since and key[0]}
    found = {(r['kind'], r['name'], r['server']) for r in told['rows']}
    results.check(found == want, 'new: %r' % sorted(found ^ want)[:4])
    results.check(want and all(r['first'] >= since for r in told['rows']), 'new ones are new')


def check_anonymous(results, folder):
    """A null session, or an anonymous logon that Windows calls NTLM V1, is never NTLMv1."""
    path = os.path.join(folder, 'anonymous.db')
    logs = [os.path.join(EVTX, 'mitre-4624-anonymous.evtx')]
    nulls = [c for c in program.captures() if 'null' in c]
    done = program.run('read', '--store=' + path, '--max-age=0', '--key-file', program.KEY, *logs, *nulls)
    results.check(b' 0 events stored' not in done.stderr, 'there are anonymous logons')
    reports = json.loads(program.run('report', '--log', path, '-o', 'json', '-n', '0', 'all').stdout)['reports']
    results.check(reports['ntlmv1']['rows'] == [], 'anonymous as NTLMv1: %r' % reports['ntlmv1']['rows'])
    results.check(reports['who']['rows'] and not any(r['ntlmv1'] for r in reports['who']['rows']), 'in who')
    results.check(program.run('search', '--log', path, '--version', 'NTLMv1').returncode == 1, 'in search')


# ---- the outputs ----

def check_text(results, run):
    done = run('report')
    status(results, 'report', done, DONE)
    text = done.stdout.decode()
    results.check(len(text.splitlines()) < 75 and max(map(len, text.splitlines())) < 220, 'one screen')
    for title in ('Who uses NTLM', 'Why it is NTLM', 'NTLMv1', 'Trend by day', 'Findings'):
        results.check(title in text, 'the overview has: ' + title)
    results.check('█' in text, 'bars of blocks in UTF-8')
    plain = run('report', 'trend', env={'LC_ALL': 'C'}).stdout
    results.check(b'#' in plain and plain.isascii(), 'bars of # in ASCII')
    results.check(b'\x1b' not in done.stdout, 'no colour in a file')


def check_csv(results, run):
    told = json.loads(run('report', '-o', 'json', '-n', '0', 'who').stdout)['reports']['who']['rows']
    done = run('report', '-o', 'csv', '-n', '0', 'who')
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline='')))
    results.check([{k: str(v) for k, v in row.items()} for row in told] == rows, 'csv and json differ')
    both = run('report', '-o', 'csv', '-n', '0', 'who', 'why').stdout
    results.check(both.startswith(done.stdout + b'\r\n'), 'an empty line between')


def check_html(results, run, folder):
    page = run('report', '-o', 'html', 'all').stdout
    path = os.path.join(folder, 'page.html')
    with open(path, 'wb') as f:
        f.write(page)
    strict = subprocess.run(['xmllint', '--noout', '--nonet', path], capture_output=True, check=False)
    results.check(strict.returncode == 0, 'xmllint: %s' % strict.stderr.decode()[:300])
    loose = subprocess.run(['xmllint', '--html', '--noout', '--nonet', path], capture_output=True, check=False)
    # libxml2 knows the elements of HTML 4 only.
    wrong = [line for line in loose.stderr.decode(errors='replace').splitlines()
             if 'error' in line and not re.search('Tag (svg|rect|line|text) invalid', line)]
    results.check(not wrong, 'xmllint --html: %r' % wrong[:3])
    body = page.decode().replace('http://www.w3.org/1999/xhtml', '').replace('http://www.w3.org/2000/svg', '')
    results.check(not re.search(r'https?:|//[a-z]|\bsrc=|\bhref=|url\(|@import|<script|<link|<iframe|\bon[a-z]+=', body),
                  'the page refers to something else')
    root = ET.fromstring(page.split(b'\n', 1)[1])
    tag = '{http://www.w3.org/1999/xhtml}'
    results.check(len(root.findall('.//%sh2' % tag)) == 11 + len(OF_DOMAINS), 'every report')
    results.check(len(root.findall('.//{http://www.w3.org/2000/svg}svg')) >= 8, 'charts')
    told = json.loads(run('report', '-o', 'json', 'who').stdout)['reports']['who']['rows']
    cells = [[c.text for c in tr.findall(tag + 'td')] for tr in root.findall('.//%stbody' % tag)[0]]
    results.check([c[0] for c in cells] == [r['user'] or '-' for r in told], 'the page has the same users')
    results.check([c[1].replace(',', '') for c in cells] == [str(r['logons']) for r in told], 'and counts')


def check_usage(results, run, folder):
    for wrong in (('whom',), ('-o', 'xml'), ('-n', 'x'), ('--sort', 'size'), ('--since', 'x'), ('who', 'x')):
        done = run('report', *wrong)
        status(results, 'report %r' % (wrong,), done, USAGE)
        results.check(done.stderr and not done.stdout, 'told on standard error')
    empty = os.path.join(folder, 'empty.db')
    nothing = os.path.join(program.CAPTURES, 'lab-https-curl-ntlm.pcap')
    program.run('read', '-q', '--store=' + empty, nothing)
    for arguments in ((), ('all',), ('-o', 'html', 'all'), ('-o', 'json'), ('-o', 'csv', 'who')):
        status(results, 'report of an empty log', program.run('report', '--log', empty, *arguments), NOTHING)
    status(results, 'verify of an empty log', program.run('verify', '--log', empty), DONE)
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([program.PROGRAM, 'report', '--log', empty], stdout=full, stderr=subprocess.PIPE,
                              env=program.ENVIRONMENT, check=False)
    status(results, 'report to a full disk', done, PARTLY)


# ---- verify ----

def check_keys(results, run, folder):
    key = os.path.join(folder, 'keys/seal.key')
    done = run('verify', '--make-key', key)
    status(results, '--make-key', done, DONE)
    results.check(os.stat(key).st_mode & 0o777 == 0o600, 'the private key is private')
    with open(key, encoding='ascii') as f:
        private = f.read()
    results.check(re.fullmatch('[0-9a-f]{64}\n', private), 'the key is 64 hex digits')
    status(results, '--make-key again', run('verify', '--make-key', key), PARTLY)
    with open(key, encoding='ascii') as f:
        results.check(f.read() == private, 'no key is written over')
    check_public(results, key, private)
    return key


def check_public(results, key, private):
    """openssl derives the same public key."""
    if not shutil.which('openssl'):
        return
    der = bytes.fromhex('302e020100300506032b657004220420' + private.strip())
    done = subprocess.run(['openssl', 'pkey', '-inform', 'DER', '-pubout', '-outform', 'DER'], input=der,
                          capture_output=True, check=False)
    with open(key + '.pub', encoding='ascii') as f:
        results.check(done.stdout[-32:].hex() == f.read().strip(), 'the public key is not Ed25519\'s')


def check_verify(results, run, log, folder):
    done = run('verify')
    status(results, 'verify', done, DONE)
    results.check(b'sound: ' in done.stdout and b'no seal' in done.stdout, 'it says what it checked')
    key = check_keys(results, run, folder)
    status(results, 'a public key, and no seal', run('verify', '--public', key + '.pub'), PARTLY)
    status(results, '--seal', run('verify', '--seal', key), DONE)
    status(results, 'sealed', run('verify'), DONE)
    done = run('verify', '--public', key + '.pub')
    status(results, 'sealed, with the key', done, DONE)
    results.check(b'1 seal, the last of ' in done.stdout, 'the seal is told of: %r' % done.stdout)
    other = os.path.join(folder, 'other.key')
    run('verify', '--make-key', other)
    done = run('verify', '--public', other + '.pub')
    status(results, 'sealed, with another key', done, PARTLY)
    results.check(done.stdout.startswith(b'seal: '), 'a seal of another key: %r' % done.stdout)
    status(results, 'sealing with another key', run('verify', '--seal', other), PARTLY)
    status(results, 'what another key was refused for is sound', run('verify', '--public', key + '.pub'), DONE)
    status(results, 'sealing with the public key', run('verify', '--seal', key + '.pub'), USAGE)
    status(results, 'sealing again', run('verify', '--seal', key), DONE)
    status(results, 'a key is made, and nothing else',
           run('verify', '--make-key', os.path.join(folder, 'third.key'), '--seal', key), USAGE)
    status(results, 'no key', run('verify', '--seal', log), USAGE)
    status(results, 'no key file', run('verify', '--public', key + '.none'), USAGE)
    status(results, 'words', run('verify', 'all'), USAGE)
    check_tampering(results, log, key, folder)


CHANGES = [
    ('a time', 'UPDATE event SET time = time + 1 WHERE record = 7', b'record 7:'),
    ('a record', 'DELETE FROM event WHERE record = 9', b'record '),
    ('the end cut off', 'DELETE FROM event WHERE record > (SELECT max(record) - 3 FROM event)', b''),
    ('a name', "UPDATE name SET text = 'mallory' WHERE text = 'alice'", b'broken'),
    ('a count', 'UPDATE usage_total SET count = count + 1 WHERE key = 1', b'counts'),
    ('a seal', 'UPDATE seal SET signature = zeroblob(64)', b'seal'),
    ('no seal', 'DELETE FROM seal', b'seal'),
]


def check_tampering(results, log, key, folder):
    for what, sql, told in CHANGES:
        path = os.path.join(folder, 'tampered.db')
        for ending in ('', '-wal', '-shm'):
            if os.path.exists(path + ending):
                os.remove(path + ending)
            if os.path.exists(log + ending):
                shutil.copy(log + ending, path + ending)
        db = sqlite3.connect(path)
        changed = db.execute(sql).rowcount
        db.commit()
        db.close()
        results.check(changed > 0, 'nothing was changed: ' + what)
        done = program.run('verify', '--log', path, '--public', key + '.pub')
        status(results, 'verify after a change: ' + what, done, PARTLY)
        results.check(told in done.stdout + done.stderr, '%s: %r' % (what, (done.stdout + done.stderr)[:300]))
        before = program.run('verify', '-q', '--log', path, '--seal', key)
        status(results, 'what is not sound is not sealed: ' + what, before,
               DONE if what == 'no seal' else PARTLY)


def main():
    results = program.Results()
    with program.temporary() as folder:
        log = os.path.join(folder, 'log.db')
        files = program.captures() + LOGS

        def run(*arguments, env=None):
            return program.run(*arguments, env={'NTLMAUDIT_LOG': log, **(env or {})})
        program.run('read', '-q', '--max-age=0', '--store=' + log, '--key-file', program.KEY, *files)
        done = run('search', '-o', 'json')
        rows = [row_of(json.loads(line)) for line in done.stdout.decode().splitlines()]
        check_totals(results, run, rows)
        check_times(results, run, rows)
        check_new(results, run, rows)
        check_anonymous(results, folder)
        check_text(results, run)
        check_csv(results, run)
        check_html(results, run, folder)
        check_usage(results, run, folder)
        check_verify(results, run, log, folder)
    results.close()


if __name__ == '__main__':
    main()
