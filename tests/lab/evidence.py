"""What Samba and tshark say of a case: the controllers' and the member's audit lines, and the calls over the Netlogon channel. None of
it is ours, and a case is what it says only where these say so."""
import calendar
import datetime
import json
import struct
import subprocess

import cases

SAMLOGON = '39'  # NetrLogonSamLogonEx
FIELDS = ('frame.time_epoch', 'ip.src', 'ip.dst', 'dcerpc.pkt_type', 'tcp.stream', 'dcerpc.cn_call_id', 'netlogon.rc', 'netlogon.acct_name',
          'netlogon.wkst.name', *['ntlmssp.ntlmv2_response.' + name for name in (
              'nb_computer_name', 'nb_domain_name', 'target_name', 'flags', 'channel_bindings')])
MACHINE = {address: name for name, address in cases.ADDRESS.items()}


def seconds(stamp):
    """2026-11-23T00:30:07.273000+0000."""
    when = datetime.datetime.strptime(stamp, '%Y-%m-%dT%H:%M:%S.%f%z').astimezone(datetime.timezone.utc)
    return calendar.timegm(when.timetuple()) + when.microsecond / 1e6


def lines(path):
    """(time, type, members) of an audit log."""
    with open(path, encoding='utf-8') as f:
        for line in f:
            record = json.loads(line)
            yield seconds(record['timestamp']), record['type'], record[record['type']]


def raw_lines(path, begin, end):
    with open(path, encoding='utf-8') as f:
        return [line.lstrip() for line in f if begin <= seconds(json.loads(line)['timestamp']) <= end]


def told(machine, path, begin, end):
    """The lines of a time that are about NTLM or a password, in the form of cases.samba_lines()."""
    out = []
    for when, kind, line in lines(path):
        if kind != 'Authentication' or not begin <= when <= end or is_background(line):
            continue
        description = line['authDescription']
        if description and line['serviceDescription'] == 'winbind':
            description = description.rpartition(', ')[0]  # the process ID is after it
        out.append((machine, line['serviceDescription'], description, line['passwordType'], line['status'], line['clientAccount'],
                    line['netlogonComputer'], line['netlogonSecureChannelType']))
    return out


def is_background(line):
    """Kerberos, secure channels that are set up, winbind's answer from its own accounts, and machines that speak for themselves."""
    return (line['serviceDescription'] in ('Kerberos KDC', 'NETLOGON') or (line['clientAccount'] or '').endswith('$') or
            (line['passwordType'] == 'No-Password' and cases.ADDRESS['cl1'] not in line['remoteAddress']))


def calls(capture, keytab):
    """Each NetrLogonSamLogonEx that tshark unseals with these keys: its time, and what cases.calls() says of it."""
    command = ['tshark', '-r', capture, '-o', 'kerberos.decrypt:TRUE', '-o', 'kerberos.file:' + keytab, '-Y',
               'rpc_netlogon && dcerpc.opnum == ' + SAMLOGON, '-T', 'fields', *[w for name in FIELDS for w in ('-e', name)]]
    out = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True).stdout
    asked, done = {}, []
    for row in out.splitlines():
        when, source, target, kind, stream, call, status, *said = row.split('\t')
        account, *said = [word.split(',')[0] for word in said]
        if kind == '0':
            asked[stream, call] = (float(when), MACHINE[source], MACHINE[target], account, said)
        elif (stream, call) in asked and status:  # empty: sealed with a key of the other controller's
            when, *call, said = asked.pop((stream, call))
            done.append((when, *call, int(status.split(',')[0], 0), *said))
    return done


def slice_capture(data, begin, end):
    """The packets of a time, as a capture of its own."""
    out, at = [data[:24]], 24
    while at + 16 <= len(data):
        second, micro, length = struct.unpack_from('<III', data, at)
        if begin <= second + micro / 1e6 <= end:
            out.append(data[at:at + 16 + length])
        at += 16 + length
    return b''.join(out)
