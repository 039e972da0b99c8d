#!/usr/bin/env python3
"""kill -9 at random moments while events are stored, again and again into the same log.

After each: the log opens, has every event that was acknowledged, and none twice. In the end it holds exactly what a log
has that nobody interrupted. STORE_KILLS says how often (15); `make soak-store` kills 200 times.
"""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program
import storing

KILLS = int(os.environ.get('STORE_KILLS', '15'))
TOTAL = 40000
# Everything of an event but its record, its place in the chain, and numbers that depend on the order.
EVENTS = ('SELECT e.time, hex(e.activity), hex(e.more), e.client_port, e.frame_answer, c.text, s.layout, u.text'
          ' FROM event e JOIN stencil s ON s.id = e.stencil JOIN name c ON c.id = s.computer'
          ' JOIN name u ON u.id = s.user ORDER BY e.time, s.layout')


def fill_and_kill(path, first, pause):
    """Stores from `first` on, killed after so many seconds; how many are acknowledged then."""
    batch = random.choice((1, 7, 100, 1000, 5000))
    filler = subprocess.Popen([storing.FILL, 'fill', path, str(first), str(TOTAL - first), str(TOTAL), str(batch)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=program.ENVIRONMENT)
    time.sleep(pause)
    filler.kill()
    said, errors = filler.communicate()
    if 'error' in said or errors:
        raise RuntimeError(said[-500:] + errors[-2000:])
    return storing.acknowledged(said)


def main():
    results = program.Results()
    seed = int(os.environ.get('STORE_SEED', random.randrange(1 << 30)))
    random.seed(seed)
    print('seed %d' % seed)
    with program.temporary() as folder:
        path = os.path.join(folder, 'log.db')
        known = 0
        for n in range(KILLS):
            # The later ones go on a little before where the last was stopped: what is there is not stored again.
            first = max(0, known - random.randrange(2000)) if known < TOTAL else random.randrange(TOTAL)
            known = max(known, fill_and_kill(path, first, random.random() ** 2 * 0.5))
            if not os.path.exists(path) or not os.path.getsize(path):
                continue  # killed before there was a log
            opened = storing.fill('hold', path, 0)
            results.check(opened.returncode == 0, 'kill %d: does not open: %s' % (n, opened.stdout))
            have = storing.summary(path)['events']
            rows = storing.sql(path, 'SELECT count(*), ifnull(max(record), 0), (SELECT count(*) FROM seen) FROM event')[0]
            results.check(have >= known, 'kill %d: %d of %d acknowledged' % (n, have, known))
            results.check(len(set(rows) | {str(have)}) == 1, 'kill %d: gaps, or events twice: %s' % (n, rows))
        storing.fill('fill', path, 0, TOTAL, TOTAL, check=True)
        clean = storing.new_log(folder, 'clean.db', TOTAL, TOTAL)
        results.check(storing.faults(path) == [], 'faults after all kills')
        results.check(storing.sql(path, EVENTS) == storing.sql(clean, EVENTS), 'not the events that were stored')
        results.check(storing.sql(path, 'PRAGMA integrity_check') == [['ok']], 'integrity_check of sqlite3')
    results.close()


main()
