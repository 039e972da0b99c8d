#!/usr/bin/env python3
"""check.py [--folder FOLDER]: nothing secret leaves.

Collects the responses, MICs, challenges and session keys of every capture (with tshark, not with the
program), and looks for any 8 bytes of them in all that the program prints, in every format: raw, in hex of any
spelling, in base64 at any alignment, and in UTF-16.
"""
import argparse
import base64
import os
import re
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, 'truth')]
import channels
import program

WINDOW = 8
# Of an NTLMv2 response: NTProofStr, header, time, client challenge. What follows are names and flags.
RESPONSE_HEAD = 16 + 28
FIELDS = ('ntlmssp.auth.ntresponse', 'ntlmssp.auth.lmresponse', 'ntlmssp.auth.sesskey',
          'ntlmssp.authenticate.mic', 'ntlmssp.ntlmserverchallenge', 'ntlmssp.ntlmclientchallenge',
          'ntlmssp.ntlmv2_response.ntproofstr', 'ntlmssp.ntlmv2_response.chal',
          'smb.ansi_password', 'smb.unicode_password', 'smb.challenge')


def windows(data):
    return {data[i:i + WINDOW] for i in range(len(data) - WINDOW + 1)}


def has_substance(window):
    """Bytes that could only come from there: not padding, not a header."""
    return len(set(window)) >= 6


def secrets(path):
    """All 8 bytes in a row of every secret of a capture."""
    command = ['tshark', '-n', '-r', path, '-T', 'fields', '-E', 'occurrence=a', '-E', 'separator=/t',
               '-Y', 'ntlmssp || smb.cmd == 0x72 || smb.cmd == 0x73']
    for field in FIELDS:
        command += ['-e', field]
    out = set()
    for options in channels.passes(path):
        said = subprocess.run([*command, *options], capture_output=True, text=True, check=True).stdout
        for value in re.split(r'[\t\n,]', said):
            out |= windows(bytes.fromhex(value.replace(':', ''))[:RESPONSE_HEAD])
    return {w for w in out if has_substance(w)}


def hex_runs(text):
    for run in re.findall(rb'(?:[0-9a-fA-F]{2}[-: ,]?(?:0x|\\x)?){8,}', text):
        digits = re.sub(rb'0x|\\x|[^0-9a-fA-F]', b'', run)
        for skip in (0, 1):
            part = digits[skip:]
            yield bytes.fromhex(part[:len(part) // 2 * 2].decode())


def base64_runs(text):
    for run in re.findall(rb'[A-Za-z0-9+/_-]{11,}', text):
        run = run.translate(bytes.maketrans(b'-_', b'+/'))
        for skip in range(4):
            part = run[skip:]
            yield base64.b64decode(part[:len(part) // 4 * 4])


def told(output):
    """All 8 bytes in a row that an output tells, however it spells them."""
    out = set()
    for text in {output, output.replace(b'\0', b'')}:
        out |= windows(text)
        for decode in (hex_runs, base64_runs):
            for data in decode(text):
                out |= windows(data)
    return out


def check_the_check(results):
    """A test that finds nothing must be able to find something."""
    secret = bytes(range(7, 247, 15))
    spellings = {
        'raw': secret, 'hex': secret.hex().encode(), 'HEX': secret.hex().upper().encode(),
        'hex:': secret.hex(':').encode(), 'odd hex': b'f' + secret.hex().encode(),
        'base64': base64.b64encode(secret), 'base64 later': base64.b64encode(b'x' + secret),
        'base64 last': base64.b64encode(b'xy' + secret),
        'base64url': base64.urlsafe_b64encode(secret), 'in UTF-16': secret.hex().encode('utf-16-le'),
    }
    for name, spelled in spellings.items():
        found = told(b'"user":"' + spelled + b'",')
        results.check(windows(secret) & found, 'the search does not find ' + name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--folder', default=program.CAPTURES)
    options = parser.parse_args()
    results, total = program.Results(), 0
    check_the_check(results)
    for path in program.captures(options.folder):
        hidden = secrets(path)
        total += len(hidden)
        for name in program.FORMATS:
            done = program.read(path, name)
            found = hidden & told(done.stdout + done.stderr)
            results.check(not found, '%s: %s tells %s' % (
                os.path.basename(path), name, ', '.join(sorted(w.hex() for w in found)[:3])))
    results.check(total > 1000, 'hardly any secrets were collected')
    results.close()


if __name__ == '__main__':
    main()
