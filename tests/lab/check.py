#!/usr/bin/env python3
"""check.py [CASE...]: brings up a lab, runs its cases (cases.py), and holds the program to them. As root; else it says so and ends.

First Samba and tshark must say that each case was what it says. Then the program reads the capture of the switch, the Netlogon channel
in it with the controllers' keytabs, each machine's audit log, and all of them together: each time every logon must make exactly its
events, with exactly the facts that are known from there. While the cases ran, the daemon ran in each machine: its log is held to them, too,
to what that machine alone sees, and to the processes of client and member (daemons.py).

NTLMAUDIT_LAB_SAVE=FOLDER keeps captures, logs, keytabs and what the clients said, of each case and of the whole."""
import os
import re
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import cases
import compare
import daemons as daemons_of
import evidence
import gaps
import lab as labs
import program
from machines import LabError, wait_for

results = program.Results()
check = results.check
# Seconds from nothing to the first logon with an account of the other forest; more where others use the processors, too.
FIRST_BY = 30 if os.getloadavg()[0] < os.cpu_count() / 2 else 120
SOURCES = (('capture',), ('dc1',), ('dc2',), ('fs1',), ('capture', 'netlogon'), ('dc1', 'dc2', 'fs1'),
           ('capture', 'netlogon', 'dc1', 'dc2', 'fs1'))


class Run:
    """One case as it went."""

    def __init__(self, case):
        self.case = case
        self.begin = self.end = 0.0
        self.said = ''


def run_case(lab, case):
    run = Run(case)
    step(lab, case.before)
    time.sleep(0.05)
    run.begin = time.time()
    done = lab.network.machines[case.at].run(*case.command)
    run.said = done.stdout
    wanted = sorted(sum((list(cases.samba_lines(logon)) for logon in case.logons), []), key=str)
    told = lambda: sorted(sum((evidence.told(m.name, lab.audit_log(m), run.begin, time.time()) for m in (*lab.dcs, lab.fs1)), []), key=str)
    if not case.sources:
        wait_quietly(lambda: told() == wanted)
        found = told()
        check(found == wanted, '%s: Samba logged %s instead of %s' % (case.name, found, wanted))
    check((done.returncode != 0) == bool(case.code) and re.search(case.says, done.stdout),
          '%s: the client ended with %d: %s' % (case.name, done.returncode, done.stdout.strip()[-300:]))
    run.end = time.time()
    print('%-24s %.2f s' % (case.name, run.end - run.begin))
    time.sleep(0.05)
    step(lab, case.after)
    return run


def wait_quietly(condition, seconds=2):
    try:
        wait_for(condition, seconds, '')
    except LabError:
        pass


def step(lab, words):
    """Stops or starts a controller."""
    if not words:
        return
    verb, name = words
    begin = time.time()
    getattr(lab, verb + '_dc')(lab.network.machines[name])
    if words == ('start', 'dc1'):
        # What the member could not ask, it asks now: not to be taken for the next case's.
        lab.fs1.run('smbcontrol', 'winbindd', 'online')
        wait_quietly(lambda: evidence.told('fs1', lab.audit_log(lab.fs1), begin, time.time()), 30)
        print('the member asked again %.1f s after' % (time.time() - begin))


def within(runs, when):
    return next((run for run in runs if run.begin <= when <= run.end), None)


def check_channel(lab, runs):
    """tshark unseals the same requests that the cases speak of."""
    told = {}
    for dc in lab.dcs:
        for when, *call in evidence.calls(lab.capture, lab.keytab(dc)):
            run = within(runs, when)
            if run:
                told.setdefault(run.case.name, set()).add((when, *call))
    for run in runs:
        wanted = sorted(call for logon in run.case.logons for call in cases.calls(logon))
        found = sorted(tuple(call[1:]) for call in told.get(run.case.name, ()))
        if not run.case.sources:
            check(found == wanted, '%s: tshark unsealed %s instead of %s' % (run.case.name, found, wanted))


# The program, held to the cases.

def events(lab, sources):
    """What it says of these sources."""
    paths = [lab.capture] if 'capture' in sources else []
    paths += [lab.audit_log(m) for m in (*lab.dcs, lab.fs1) if m.name in sources]
    return compare.read(paths, map(lab.keytab, lab.dcs) if 'netlogon' in sources else ())[0]


def of_case(run, found):
    """The events of a case: of its time and its accounts. Null sessions of other machines go on all the time."""
    users = {logon.user or None for logon in run.case.logons}
    return [e for e in found if run.begin <= evidence.seconds(e['time'][:26] + '+0000') <= run.end and
            (e['user'] in users if e['user'] else None in users and e.get('client_ip') == cases.ADDRESS['cl1'])]


def check_program(lab, runs):
    judge = gaps.Judge('live', check)
    for sources in SOURCES:
        where, lacking = '+'.join(sources), compare.missing(sources)
        if lacking:
            print('skipped: %s: the program has no %s yet' % (where, lacking))
            continue
        found = events(lab, sources)
        for run in runs:
            if not run.case.sources or set(sources) <= set(run.case.sources):
                compare.compare(judge, '%s from %s' % (run.case.name, where), run.case.logons, sources, of_case(run, found))
    judge.tell(False)


def save(lab, runs, folder):
    """The whole, and each case by itself: its packets, the lines of each log, what the client said."""
    os.makedirs(folder, exist_ok=True)
    for path in (lab.capture, *map(lab.keytab, lab.dcs)):
        shutil.copy(path, folder)
    for m in (*lab.dcs, lab.fs1):
        shutil.copy(lab.audit_log(m), os.path.join(folder, m.name + '.json'))
    with open(lab.capture, 'rb') as f:
        packets = f.read()
    for run in runs:
        own = os.path.join(folder, run.case.name)
        os.makedirs(own, exist_ok=True)
        with open(os.path.join(own, 'switch.pcap'), 'wb') as f:
            f.write(evidence.slice_capture(packets, run.begin, run.end))
        with open(os.path.join(own, 'client.txt'), 'w', encoding='utf-8') as f:
            f.write(run.said)
        for m in (*lab.dcs, lab.fs1):
            own_lines = evidence.raw_lines(lab.audit_log(m), run.begin, run.end)
            with open(os.path.join(own, m.name + '.json'), 'w', encoding='utf-8') as f:
                f.writelines(own_lines)


def run_all(lab, names, logs):
    lab.up()
    runs, first = [], None
    daemons = daemons_of.Daemons(lab, logs)
    daemons.start()
    lab.lap('a daemon in each machine')
    for case in cases.CASES:
        if not names or case.name in names or case.after or case.before:
            runs.append(run_case(lab, case))
            if first is None and case.name.startswith('trust-'):
                first = time.monotonic() - lab.began
    check(first < FIRST_BY, 'the first logon between the forests came after %.1f s' % first)
    print('lab up after %.1f s, first logon between forests after %.1f s, %d cases after %.1f s' % (
        lab.laps[-1][0], first, len(runs), time.monotonic() - lab.began))
    lab.stop_capture()
    time.sleep(1)  # what waits to be joined
    daemons.stop(check)
    check_channel(lab, runs)
    check_program(lab, runs)
    judge = gaps.Judge('daemon', check)
    daemons_of.check_all(check, judge, daemons, runs, of_case)
    judge.tell(False)
    if os.environ.get('NTLMAUDIT_LAB_SAVE'):
        save(lab, runs, os.environ['NTLMAUDIT_LAB_SAVE'])


def main(names):
    problem = labs.why_not()
    if problem:
        print('skipped: the lab ' + problem)
        print('0 passed, 0 failed')
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing stays behind
    base = tempfile.mkdtemp(prefix='ntlmaudit-lab-', dir='/var/tmp')
    logs = tempfile.mkdtemp(prefix='ntlmaudit-lab-', dir='/var/tmp')  # not below the lab, where nobody else may look
    os.chmod(logs, 0o755)
    lab = labs.Lab(base)
    try:
        run_all(lab, names, logs)
    except LabError as error:
        check(False, str(error))
    finally:
        lab.down()
        if not os.environ.get('NTLMAUDIT_LAB_KEEP'):
            shutil.rmtree(logs, ignore_errors=True)
        shutil.rmtree(base, ignore_errors=True)
    results.close()


if __name__ == '__main__':
    main(sys.argv[1:])
