#!/usr/bin/env python3
"""check.py [--tshark] [--folder FOLDER]: does the program say what is true?

For every AUTHENTICATE of every capture exactly one client event and one server event, with the same
facts; no event without one; the two with one ActivityID. The truth is FOLDER/truth/NAME.json; with
--tshark, and where there is no such file, what tshark says now.
"""
import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import facts
import program
import tshark

CLIENT, SERVER = (4020, 4021), (4022, 4023)

# It does not read NTLM in SIP.
UNSEEN_BY_TSHARK = ('made-sip.pcap',)


def truth_of(path, ask_tshark):
    written = os.path.join(os.path.dirname(path), 'truth', os.path.basename(path) + '.json')
    if (not ask_tshark or os.path.basename(path) in UNSEEN_BY_TSHARK) and os.path.exists(written):
        with open(written) as f:
            return json.load(f)
    if not ask_tshark and os.path.exists(os.path.dirname(written)):
        return []
    return tshark.truth(path)


class Exceptions:
    """Reviewed differences: what tshark says of (file, frame, fact) is wrong, and what is right."""

    def __init__(self):
        with open(os.path.join(HERE, 'exceptions.json')) as f:
            self.rows = {(name, row['frame'], row['fact']): row
                         for row in json.load(f) for name in row['files']}
        self.used = set()

    def explains(self, name, frame, fact, found):
        row = self.rows.get((name, frame, fact))
        if row and 'right' in row and facts.same(fact, row['right'], found):
            self.used.add((name, frame, fact))
            return True
        return False


def by_frame(rows, key):
    out = {}
    for row in rows:
        out.setdefault(row.get(key), []).append(row)
    return out


def describe(record, difference):
    return 'frame %d: %s: true is %r, the event says %r' % ((record['frame'],) + difference)


def match(records, events):
    """Pairs each record with the event that differs least: several may share a frame."""
    left = list(events)
    for record in records:
        if not left:
            return
        best = min(left, key=lambda e: len(facts.differences(record, e)))
        left.remove(best)
        yield record, best


def check_side(results, exceptions, name, frame, records, events):
    results.check(len(records) == len(events), '%s: frame %s: %d AUTHENTICATE, %d %s events' % (
        name, frame, len(records), len(events), 'client' if events and
        events[0]['event_id'] in CLIENT else 'server'))
    for record, event in match(records, events):
        wrong = [d for d in facts.differences(record, event)
                 if not exceptions.explains(name, frame, d[0], d[2])]
        results.check(not wrong, '%s: %d: %s' % (
            name, event['event_id'], '; '.join(describe(record, d) for d in wrong)))


def check_capture(results, exceptions, path, ask_tshark):
    name = os.path.basename(path)
    records = [r for r in truth_of(path, ask_tshark) if not r.get('duplicate')]
    events = program.events(path)
    want, got = by_frame(records, 'frame'), by_frame(events, 'frame_authenticate')
    for frame in sorted(set(want) | set(got), key=str):
        if exceptions.explains(name, frame, 'events', len(got.get(frame, []))):
            results.check(True, '')
            continue
        for side in (CLIENT, SERVER):
            check_side(results, exceptions, name, frame, want.get(frame, []),
                       [e for e in got.get(frame, []) if e['event_id'] in side])
    pairs = by_frame(events, 'activity_id')
    results.check(all(len(p) % 2 == 0 for p in pairs.values()),
                  name + ': an ActivityID is not shared by a client and a server event')
    if not records:
        results.check(not events, name + ': events, but no AUTHENTICATE')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tshark', action='store_true')
    parser.add_argument('--folder', default=program.CAPTURES)
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    results, exceptions = program.Results(), Exceptions()
    for path in program.captures(options.folder):
        if not options.names or os.path.basename(path) in options.names:
            check_capture(results, exceptions, path, options.tshark)
    results.close()


main()
