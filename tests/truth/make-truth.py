#!/usr/bin/env python3
"""make-truth.py CAPTURE...: writes truth/NAME.json beside each capture that holds an AUTHENTICATE."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tshark


def main():
    source = tshark.version()
    for path in sys.argv[1:]:
        records = [{**r, 'source': source} for r in tshark.truth(path)]
        folder = os.path.join(os.path.dirname(path), 'truth')
        if records:
            with open(os.path.join(folder, os.path.basename(path) + '.json'), 'w') as f:
                json.dump(records, f, indent=1)
                f.write('\n')


main()
