#!/usr/bin/env python3
"""ntlmaudit explain as a person meets it: what is found under which word, what is ambiguous, what is not known."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import program

DONE, NO_MATCH, USAGE = range(3)

# What is typed: how the answer begins.
FOUND = {
    ('7',): 'reason 7, IP address:',
    ('0',): 'reason 0,',
    ('direct-call',): 'reason 1,',
    ('IP', 'address'): 'reason 7,',
    ('reason', 'null-session'): 'reason 11,',
    ('0xc000006d',): 'status 0xc000006d: STATUS_LOGON_FAILURE',
    ('3221225578',): 'status 0xc000006a: STATUS_WRONG_PASSWORD',
    ('STATUS_WRONG_PASSWORD',): 'status 0xc000006a',
    ('wrong_password',): 'status 0xc000006a',
    ('NT_STATUS_WRONG_PASSWORD',): 'status 0xc000006a',
    ('C000006A',): 'status 0xc000006a',
    ('--', '-1073741718'): 'status 0xc000006a',
    ('status', '7'): 'status 0x00000007\n',
    ('0xc0000999',): 'status 0xc0000999\n',
    ('0xe2888215',): 'flags 0xe2888215',
    ('0x62088215',): 'flags 0x62088215',
    ('flags', '0xc000006d'): 'flags 0xc000006d',
    ('flags', '0x0'): 'flags 0x00000000',
    ('0x2',): 'avflags 0x2',
    ('av', '0x2'): 'avflags 0x2',
    ('av:0x2',): 'avflags 0x2',
    ('AvFlags', '0x12'): 'avflags 0x12',
    ('av', '6'): 'avflags 0x6',
    ('MsvAvFlags',): 'field av_flags',
    ('Mic', 'Status'): 'field mic:',
    ('MicStatus',): 'field mic:',
    ('AvlFlags',): 'field av_flags:',
    ('NtlmUsageId',): 'field reason_id:',
    ('channel_binding',): 'field channel_binding:',
    ('ntlm_version_detail',): 'field ntlm_version_detail:',
    ('Target', 'Resource'): 'field target_service:',
    ('4021',): 'event 4021, client, Warning:',
    ('no-mic',): 'warning no-mic',
    ('NTLMv1',): 'warning ntlmv1',
    ('LMv2',): 'version LMv2',
    ('relay',): 'finding relay, severity high:',
    ('krb', '7'): 'krb 7: KDC_ERR_S_PRINCIPAL_UNKNOWN',
    ('krb:7',): 'krb 7: KDC_ERR_S_PRINCIPAL_UNKNOWN',
    ('KDC_ERR_S_PRINCIPAL_UNKNOWN',): 'krb 7:',
    ('25',): 'krb 25: KDC_ERR_PREAUTH_REQUIRED',
    ('SIGN',): 'flag NTLMSSP_NEGOTIATE_SIGN',
    ('reason',): 'reason: ',
    ('findings',): None,
}
AMBIGUOUS = {
    ('7',): 'krb 7: KDC_ERR_S_PRINCIPAL_UNKNOWN',
    ('0x2',): 'flags 0x00000002',
    ('null-session',): 'warning null-session',
    ('reason',): 'field reason:',
    ('Client', 'Name'): 'field user:',
}
UNKNOWN = {
    ('STATUS_WRONG_PASWORD',): 'STATUS_WRONG_PASSWORD',
    ('no-mik',): 'no-mic',
    ('chanel_binding',): 'channel_binding',
    ('KDC_ERR_PRINCIPAL_UNKNOWN',): 'KDC_ERR_S_PRINCIPAL_UNKNOWN',
    ('reason', '12'): 'lists what there is',
    ('4026',): 'lists what there is',
    ('0x123456789',): 'lists what there is',
    ('flags', '4294967296'): 'lists what there is',
    ('',): 'lists what there is',
    ('x' * 100000,): 'lists what there is',
    ('\x1b[31m\u202e',): 'lists what there is',
    ('status', 'no-mic'): 'lists what there is',
}


def explain(*words):
    return program.run('explain', *words)


def check_found(results):
    for words, begin in FOUND.items():
        done = explain(*words)
        said = done.stdout.decode()
        if begin is None:
            results.check(done.returncode == NO_MATCH and not said, '%r is known: %s' % (words, said))
            continue
        results.check(done.returncode == DONE and said.startswith(begin) and not done.stderr,
                      '%r gives %d: %r' % (words, done.returncode, said[:80] or done.stderr))
        results.check(max(map(len, said.splitlines())) <= 100, '%r: a line is too long' % (words,))
    for words, other in AMBIGUOUS.items():
        said = explain(*words).stdout.decode()
        results.check('It may also be:' in said and '\n  ' + other in said,
                      '%r does not tell of %s' % (words, other))


def check_channels(results):
    for ident, channel in ((4021, 'Microsoft-Windows-NTLM/Operational'), (4776, 'Security')):
        said = explain(str(ident)).stdout.decode()
        results.check(', channel %s.' % channel in said, '%d is in another channel: %s' % (ident, said))


def check_unknown(results):
    for words, hint in UNKNOWN.items():
        done = explain(*words)
        said = done.stderr.decode()
        results.check(done.returncode == NO_MATCH and not done.stdout and hint in said,
                      '%.50r gives %d: %r' % (words, done.returncode, said[:200]))
        results.check(len(said) < 500 and '\x1b' not in said and '\u202e' not in said,
                      '%.50r is told unescaped or whole' % (words,))
    done = explain('7', 'nonsense', '4021')
    said = done.stdout.decode()
    results.check(done.returncode == NO_MATCH and 'reason 7' in said and 'event 4021' in said and
                  b"'nonsense'" in done.stderr, 'several things, one of them unknown')
    results.check(explain('--frobnicate').returncode == USAGE, 'an unknown option')


def check_lists(results):
    """What the lists name can be explained."""
    said = explain().stdout.decode()
    kinds = [line.split()[0] for line in said.splitlines() if line.startswith('  ')]
    results.check(len(kinds) == 12, 'kinds: %r' % kinds)
    total = 0
    for kind in kinds:
        listed = explain(kind).stdout.decode()
        results.check(listed.startswith(kind + ': '), 'a list of ' + kind)
        for line in filter(str.strip, listed.split('It may also be')[0].splitlines()[1:]):
            head = line.strip().split(':')[0]
            wanted = head if kind not in ('reason', 'finding', 'flag') else head.split(',')[0]
            done = explain(wanted)
            results.check(done.returncode == DONE and
                          done.stdout.decode().startswith(line.strip().split(':')[0]),
                          '%s is listed and not explained' % wanted)
            total += 1
    results.check(total > 200, 'only %d things are listed' % total)


def check_events_words(results):
    """All that a real event says is explained: keys, words of its values, warnings, reason, status, flags."""
    for name in ('lab-smb-ntlmv1-ok.pcap', 'lab-smb-wrongpw.pcap', 'lab-smb-anon.pcap'):
        for event in program.events(os.path.join(program.CAPTURES, name)):
            words = ['flags ' + event['negotiated_flags'], str(event['event_id']),
                     event.get('status_text'), event.get('ntlm_version_detail')]
            if 'reason_id' in event:
                words.append('reason %d' % event['reason_id'])
            words += event.get('warnings', [])
            words += ['field ' + key for key in event if key not in (
                'time', 'event_id', 'version', 'level', 'provider', 'channel', 'record_id',
                'computer', 'activity_id', 'evidence')]
            for word in filter(None, words):
                results.check(explain(word).returncode == DONE, '%s: %s is not explained' % (
                    name, word))


def main():
    results = program.Results()
    check_found(results)
    check_channels(results)
    check_unknown(results)
    check_lists(results)
    check_events_words(results)
    results.close()


main()
