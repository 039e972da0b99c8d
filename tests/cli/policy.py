#!/usr/bin/env python3
"""ntlmaudit policy: layers and origins, files that Samba wrote, the administrative template, the manual, the extension
for samba-gpupdate. What needs python3-samba is skipped where that is not installed, and says so."""
import configparser
import io
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as etree

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

FILES = os.path.join(program.TOP, 'tests/policy')
DONE, NO_MATCH, USAGE, PARTLY = range(4)
OWN = 'Software\\Policies\\ntlmaudit'
LOCAL = 'etc/ntlmaudit/ntlmaudit.conf'
DROP_IN = 'etc/ntlmaudit/ntlmaudit.conf.d/50-test.conf'


def policy(*arguments):
    return program.run('policy', *arguments)


def fixture(name):
    return os.path.join(FILES, name)


def put(root, name, text):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def shown(root):
    done = policy('show', '--json', '--root', root)
    return {s['setting']: s for s in json.loads(done.stdout)['settings']}


def texts(setting):
    return [item['text'] for item in setting['value']]


def check_status(results, what, done, status):
    return results.check(done.returncode == status, '%s: exit status %d, not %d: %s' % (
        what, done.returncode, status, done.stderr.decode(errors='replace')))


def check_usage(results):
    for arguments in (('frobnicate',), ('check',), ('import',), ('show', 'x'), ('--clear',), ('check', '--clear', 'x'),
                      ('import', '--clear', 'x'), ('--frobnicate',)):
        done = policy(*arguments)
        check_status(results, ' '.join(arguments), done, USAGE)
        results.check(done.stderr and not done.stdout, 'a wrong usage is told on standard error')


def check_layers(results, root):
    put(root, 'usr/lib/ntlmaudit/ntlmaudit.conf', 'keep-days = 10\nkeep-mib = 10\nlm-level = 1\n')
    local = put(root, LOCAL, '\nkeep-days = 20\nclient-events = none\n')
    drop_in = put(root, DROP_IN, 'client-events = warnings\n')
    now = shown(root)
    for setting, value, origin in (('keep-mib', 10, '/usr/lib/ntlmaudit/ntlmaudit.conf: line 2'),
                                   ('keep-days', 20, local[len(root):] + ': line 2'),
                                   ('client-events', 1, drop_in[len(root):] + ': line 1'),
                                   ('server-events', 2, None)):
        want = root + origin if origin else 'built-in'
        results.check((now[setting]['value'], now[setting]['origin']) == (value, want),
                      '%s: %r' % (setting, now[setting]))
    check_status(results, 'import', policy('import', '--root', root, fixture('own.pol'), fixture('legacy.inf')), DONE)
    now = shown(root)
    results.check(now['client-events']['origin'] == 'Group Policy, %s: offset 288' % fixture('own.pol'),
                  'origin in Group Policy: %r' % now['client-events'])
    results.check((now['lm-level']['value'], now['lm-level']['origin']) ==
                  (5, 'Group Policy, %s: line 7' % fixture('legacy.inf')), 'lm-level: %r' % now['lm-level'])
    results.check([now[s]['value'] for s in ('tap', 'ring-mib', 'process-attribution')] == [1, 64, 1] and
                  texts(now['cloud-suffixes']) == ['onmicrosoft.com', 'cloud.corp.example'], 'what the daemon asks for')
    results.check([i['expired'] for i in now['server-exceptions']['value']] == [False, True],
                  'expired: %r' % now['server-exceptions'])
    people = policy('--root', root).stdout.decode()
    results.check('OLD-NAS; owner=storage; until=2020-01-31  (expired' in people, people)
    check_status(results, 'clear', policy('import', '--root', root, '--clear'), DONE)
    results.check(shown(root)['client-events']['origin'].endswith('50-test.conf: line 1'), 'cleared')
    put(root, LOCAL, 'keep-days = 20\nkeep-days = 30\n')
    done = policy('--root', root)
    check_status(results, 'show with a broken file', done, PARTLY)
    results.check((LOCAL + ': line 2: keep-days is given again').encode() in done.stderr, done.stderr)


def check_switches(results, root):
    """Off, on, not configured."""
    for files, value in (((), 1), (('kb-off.pol',), 0), (('kb-on.pol',), 1), (('kb-on.pol', 'kb-off.pol'), 0),
                         (('kb-off.pol', 'delete.pol'), 1)):
        done = policy('import', '--root', root, *([fixture(f) for f in files] or ['--clear']))
        check_status(results, 'import', done, DONE)
        now = shown(root)
        for setting in ('enhanced-logging', 'domain-logging'):
            results.check(now[setting]['value'] == value, '%s after %r: %r' % (setting, files, now[setting]))
            results.check(files[-1:] in ((), ('delete.pol',)) or files[-1] in now[setting]['origin'], 'its origin')
    results.check(now['server-events']['value'] == 0, 'what follows the removal holds')


def read_fixture(name):
    with open(fixture(name), 'rb') as f:
        return f.read()


def check_cut(results, root):
    """A sample of what the unit tests do at every byte, through the whole program."""
    policy('import', '--root', root, fixture('own.pol'))
    before = shown(root)
    for name in ('own.pol', 'legacy.inf'):
        data = read_fixture(name)
        for n in range(1, len(data), 173):
            path = put(root, 'cut', data[:n])
            done = policy('check', path)
            if done.returncode == DONE: # a cut between two lines
                results.check(name == 'legacy.inf' and data[n - 2:n] in (b'\n\0', b'\r\0'), '%s cut at %d' % (name, n))
                continue
            check_status(results, '%s cut at %d' % (name, n), done, PARTLY)
            results.check(b'offset ' in done.stderr or b'line ' in done.stderr, 'where: %r' % done.stderr)
            check_status(results, 'import of it', policy('import', '--root', root, path), PARTLY)
    results.check(shown(root) == before, 'what was in force stays')


def inf_by_configparser():
    """As adsys and administrators' scripts write it."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser['Unicode'] = {'Unicode': 'yes'}
    lsa = 'MACHINE\\System\\CurrentControlSet\\Control\\Lsa\\'
    parser['Registry Values'] = {lsa + 'MSV1_0\\RestrictSendingNTLMTraffic': '4,1',
                                 lsa + 'MSV1_0\\ClientAllowedNTLMServers': '7,nas,"a,b",Jürgen'}
    out = io.StringIO()
    parser.write(out)
    return out.getvalue().replace('\n', '\r\n')


def check_inf_writers(results, root):
    text = inf_by_configparser()
    for what, data in (('UTF-16', b'\xff\xfe' + text.encode('utf-16-le')), ('UTF-8', text.encode())):
        check_status(results, what, policy('import', '--root', root, put(root, 'GptTmpl.inf', data)), DONE)
        now = shown(root)
        results.check(now['restrict-outgoing']['value'] == 1, what + ': restrict-outgoing')
        results.check(texts(now['outgoing-exceptions']) == ['nas', 'a,b', 'Jürgen'], what + ': a list')


def check_default_configuration(results, root):
    """Every option stands in it, commented, with its default; uncommented it is a good file that changes nothing."""
    with open(os.path.join(program.TOP, 'dist/ntlmaudit.conf'), encoding='utf-8') as f:
        lines = f.read().splitlines()
    results.check(all(line == '' or line.startswith('#') for line in lines), 'nothing is set')
    options = [line[1:] for line in lines if line[:1] == '#' and line[1:2].islower()]
    path = put(root, LOCAL, '\n'.join(options) + '\n')
    check_status(results, 'dist/ntlmaudit.conf, uncommented', policy('check', path), DONE)
    os.remove(os.path.join(root, DROP_IN))
    os.remove(os.path.join(root, 'usr/lib/ntlmaudit/ntlmaudit.conf'))
    policy('import', '--root', root, '--clear')
    now = shown(root)
    for name, setting in now.items():
        results.check(setting['origin'].startswith(os.path.join(root, LOCAL)), '%s is in dist/ntlmaudit.conf' % name)
        value = setting['value']
        if isinstance(value, list):
            value = value[0]['text'] if value else None
        results.check(value == setting['default'], '%s has its default: %r' % (name, setting))
    os.remove(path)


def check_manual(results, settings):
    for page in ('ntlmaudit.conf.5', 'ntlmaudit-policy.1'):
        done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', os.path.join(program.TOP, 'man', page)],
                              capture_output=True, check=False)
        results.check(done.returncode == 0, done.stdout.decode())
    with open(os.path.join(program.TOP, 'man/ntlmaudit.conf.5'), encoding='utf-8') as f:
        manual = f.read()
    for s in settings.values():
        entry = manual.partition('.It Cm %s Li' % s['setting'])[2].partition('.It ')[0]
        key = '.Li %s ,\n.Li %s\n' % (s['registry_key'].replace('\\', '\\e'), s['registry_name'])
        results.check(key in entry, 'ntlmaudit.conf(5) tells of %s and its key' % s['setting'])
        words = [w for w in s.get('words', {}) if s['type'] == 'enum']
        results.check(' | '.join(words) in entry, 'ntlmaudit.conf(5) tells the words of %s' % s['setting'])
        if s['type'] == 'number':
            results.check('From %d to %d.' % (s['min'], s['max']) in entry, 'the range of %s' % s['setting'])


NS = {'p': 'http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions'}


def check_template(results, settings):
    """The administrative template: valid, every text there, and the same values as the table's."""
    admx, adml = (os.path.join(program.TOP, 'policy', n) for n in ('ntlmaudit.admx', 'en-US/ntlmaudit.adml'))
    schema = os.path.join(program.TOP, 'tests/xsd/policydefinitions.xsd')
    done = subprocess.run(['xmllint', '--nonet', '--noout', '--schema', schema, admx, adml], capture_output=True,
                          check=False)
    results.check(done.returncode == 0, done.stderr.decode())
    policies, resources = etree.parse(admx).getroot(), etree.parse(adml).getroot()
    with open(admx, encoding='utf-8') as f:
        text = f.read()
    for kind, tag in (('string', 'string'), ('presentation', 'presentation')):
        used = {part.partition(')')[0] for part in text.split('$(%s.' % kind)[1:]}
        there = {e.get('id') for e in resources.iter('{%s}%s' % (NS['p'], tag))}
        results.check(used == there, '%ss used and there: %r' % (kind, used ^ there))
    refs = {e.get('name') for tag in ('category', 'definition') for e in policies.iter('{%s}%s' % (NS['p'], tag))}
    for e in policies.iter():
        ref = e.get('ref')
        results.check(ref is None or ref in refs or ref == 'windows:System', 'a category or support %r' % ref)
    wanted = {s['registry_name']: s for s in settings.values()
              if s['registry_key'] == OWN or s['setting'] in ('enhanced-logging', 'domain-logging')}
    found = {p.get('name'): p for p in policies.iterfind('.//p:policy', NS)}
    results.check(set(wanted) == set(found), 'policies: %r' % (set(wanted) ^ set(found)))
    shown_by = {e.get('id'): {c.get('refId') for c in e} for e in resources.iter('{%s}presentation' % NS['p'])}
    for name in set(wanted) & set(found):
        check_policy(results, wanted[name], found[name], shown_by)


def check_policy(results, setting, found, shown_by):
    name = setting['registry_name']
    results.check(found.get('key') == setting['registry_key'] and found.get('class') == 'Machine', name + ': its key')
    element = found.find('p:elements/*', NS)
    if element is None:
        values = {found.find('p:%sValue/p:decimal' % w, NS).get('value') for w in ('enabled', 'disabled')}
        results.check(found.get('valueName') == name and values == {'0', '1'}, name + ': a switch')
        return
    results.check(element.get('valueName') == name, name + ': its value')
    results.check(shown_by.get(name) == {element.get('id')}, name + ': its presentation')
    tag = {'enum': 'enum', 'number': 'decimal', 'list': 'multiText', 'exceptions': 'multiText'}[setting['type']]
    results.check(element.tag == '{%s}%s' % (NS['p'], tag), name + ': its type')
    if tag == 'enum':
        items = {int(d.get('value')) for d in element.iterfind('p:item/p:value/p:decimal', NS)}
        results.check(items == set(setting['words'].values()), name + ': its words')
    if tag == 'decimal':
        results.check((int(element.get('minValue')), int(element.get('maxValue'))) == (setting['min'], setting['max']),
                      name + ': its range')


def find_samba():
    """A Python that has Samba's modules, or None."""
    for python in (sys.executable, '/usr/bin/python3'):
        if os.path.exists(python) and subprocess.run([python, '-c', 'import samba.gp.gpclass, samba.gp_parse.gp_pol'],
                                                     capture_output=True, check=False).returncode == 0:
            return python
    return None


def check_with_samba(results, root):
    python = find_samba()
    if not python:
        print('python3-samba 4.17 or later is not installed: its writers and its updater are not asked')
        return
    made = os.path.join(root, 'made')
    os.makedirs(made)
    done = subprocess.run([python, os.path.join(FILES, 'make.py'), made], capture_output=True, check=False)
    results.check(done.returncode == 0, 'make.py: %s' % done.stderr.decode())
    for name in os.listdir(made):
        with open(os.path.join(made, name), 'rb') as f:
            results.check(f.read() == read_fixture(name), 'tests/policy/%s is what Samba writes' % name)
    shutil.rmtree(os.path.join(root, 'var'), ignore_errors=True)
    done = subprocess.run([python, os.path.join(FILES, 'updater.py'), root], capture_output=True, check=False,
                          env={**program.ENVIRONMENT, 'NTLMAUDIT_PROGRAM': program.PROGRAM, 'NTLMAUDIT_ROOT': root})
    said = done.stdout.decode().splitlines()
    results.check(done.returncode == 0 and len(said) > 5, 'updater.py: %s' % done.stderr.decode())
    for line in said:
        results.check(line.startswith('ok '), 'updater.py: ' + line)


def main():
    results = program.Results()
    with program.temporary() as root:
        settings = shown(os.path.join(root, 'nothing'))
        check_usage(results)
        check_layers(results, root)
        check_switches(results, root)
        check_cut(results, root)
        check_inf_writers(results, root)
        check_default_configuration(results, root)
        check_manual(results, settings)
        check_template(results, settings)
        check_with_samba(results, root)
    results.close()


main()
