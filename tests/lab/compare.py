"""Holds what the program says to the logons as they truly are (cases.expected): each exactly its events, each event exactly its facts."""
import json

import cases
import program

HELP = program.run('read', '--help').stdout.decode()
# What the program must know to be asked about a source; a word of its help.
NEEDS = {'netlogon': '--keytab', 'dc1': 'Samba', 'dc2': 'Samba', 'fs1': 'Samba'}


def missing(sources):
    """The word that the program's help lacks, or None."""
    return next((NEEDS[s] for s in sources if s in NEEDS and NEEDS[s] not in HELP), None)


def read(paths, keytabs=(), *more):
    """(events 4020 to 4033, the finished process)."""
    words = [word for keytab in keytabs for word in ('--keytab', keytab)]
    done = program.run('read', '-o', 'json', '--key-file', program.KEY, '--progress=never', *words, *more, *paths)
    if done.returncode not in (0, 1):
        raise RuntimeError('exit status %d: %s' % (done.returncode, done.stderr.decode(errors='replace')[-1000:]))
    rows = map(json.loads, done.stdout.decode().splitlines())
    return [event for event in rows if 4020 <= event.get('event_id', 0) <= 4033], done


def machine_named(name):
    """dc1, of DC1, of dc1.corp.example, and of 10.77.0.10, where no source has its name."""
    by_address = {address: machine for machine, address in cases.ADDRESS.items()}
    return by_address.get(name, (name or '').split('.')[0].lower())


def machine_of(event):
    """curl calls its machine WORKSTATION: a client is known by its address."""
    client = event.get('client_ip') if event['event_id'] < 4022 else None
    return machine_named(client or event['computer'])


def is_of(event, machine, number, one_case):
    name = machine_of(event)
    return event['event_id'] & ~1 == number & ~1 and (name == machine or (one_case and name not in cases.ADDRESS))


def is_silent(event, logons):
    """Asked, and never heard of again: then the status is not known."""
    return event['status'] is None and any(machine_of(event) == logon.silent for logon in logons)


# What a log tells only where it is long enough to tell whose it is.
WHOSE = ('dc_name', 'server_domain')


def differences(event, facts, one_case):
    for name, value in facts.items():
        said = event.get(name)
        if name == 'dc_name':
            said = said and machine_named(said)
        if one_case and name in WHOSE and said is None:
            continue
        if said not in (value if isinstance(value, set) else {value}):
            yield '%s is %r, not %r' % (name, said, value)


def compare(check, where, logons, sources, found, one_case=False):
    """Checks that `found` are the events of these logons, as these sources know them, and no others. one_case: logs are of these few
    lines only, and need not tell whose they are."""
    compare_rows(check, where, logons, [row for logon in logons for row in cases.expected(logon, sources)], found, one_case)


def compare_rows(check, where, logons, rows, found, one_case=False):
    """The same with rows of cases.expected()."""
    left = list(found)
    for machine, number, facts in rows:
        same = [e for e in left if is_of(e, machine, number, one_case)]
        if not check(same, '%s: no event %d of %s' % (where, number, machine)):
            continue
        event = min(same, key=lambda e: len(list(differences(e, facts, one_case))))
        left.remove(event)
        wrong = list(differences(event, facts, one_case))
        check(not wrong, '%s: %d of %s: %s' % (where, number, machine, '; '.join(wrong)))
        check(event['event_id'] == number, '%s: %s has %d instead of %d: %s' % (where, machine, event['event_id'], number,
                                                                             event.get('warnings')))
    left = [e for e in left if not is_silent(e, logons)]
    check(not left, '%s: too many: %s' % (where, [(machine_of(e), e['event_id'], e['user']) for e in left]))
