#!/usr/bin/env python3
"""reasons.py: holds the reasons and their evidence, and the findings, to what reasons.json says was the true cause.

Each case: the reason ID of every client event in order, the kinds of its evidence, and a part of its sentence; the
findings' keys. A case that names a capture of the laboratory is looked for in ../captures.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import program


def lines(path):
    return [json.loads(line) for line in program.read(path).stdout.decode().splitlines()]


def check_event(results, name, got, want):
    results.check(got['reason_id'] == want['reason'], '%s: reason %d, not %d' % (name, got['reason_id'], want['reason']))
    kinds = [item['kind'] for item in got.get('evidence') or []]
    results.check(kinds == want['evidence'], '%s: evidence %s, not %s' % (name, kinds, want['evidence']))
    results.check(want['says'] in (got.get('evidence_text') or ''), '%s: it says %r' % (name, got.get('evidence_text')))
    for item in got.get('evidence') or []:
        results.check(item['before_ms'] >= 0 and item['packet'] > 0, '%s: %s' % (name, item))


def main():
    results = program.Results()
    with open(os.path.join(HERE, 'reasons.json')) as f:
        cases = json.load(f)
    for name, case in cases.items():
        got = lines(os.path.join(HERE, '..', 'captures', name))
        clients = [e for e in got if e.get('event_id') in (4020, 4021)]
        want = case['events']
        if results.check(len(clients) == len(want), '%s: %d client events, not %d' % (name, len(clients), len(want))):
            for event, expected in zip(clients, want):
                check_event(results, name, event, expected)
        findings = sorted({f['finding'] for f in got if 'finding' in f})
        results.check(findings == case['findings'], '%s: findings %s, not %s' % (name, findings, case['findings']))
    results.close()


main()
