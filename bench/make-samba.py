#!/usr/bin/env python3
"""make-samba.py FOLDER [LINES]: a day of Samba's audit log, FOLDER/samba-dc.json (a busy DC's, bare) and FOLDER/samba-syslog.log (a
collector's, of all three machines, by rsyslog). The lines are tests/samba/lines' own, each with other accounts, clients, ports, times and
logon ids. The mix of a DC is that of the lab: mostly SamLogon, tickets, sessions."""
import glob
import json
import os
import random
import sys
import time

LINES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'tests/samba/lines')
START = 1_795_305_600


def shapes(host):
    """The lines with places for what differs: so that half a million are written fast."""
    with open(os.path.join(LINES, host + '.json'), encoding='utf-8') as f:
        for line in f:
            top = json.loads(line)
            record = top[top['type']]
            top['timestamp'] = '@TIME@'
            for name in ('clientAccount', 'mappedAccount', 'becameAccount', 'account'):
                if record.get(name) and record[name] not in ('ANONYMOUS LOGON', 'SYSTEM'):
                    record[name] = record[name].replace('alice', '@USER@')
            if record.get('workstation'):
                record['workstation'] = '\\\\@WORK@'
            if record.get('logonId', '0') != '0':
                record['logonId'] = '@ID@'
            if (record['remoteAddress'] or '').startswith('ipv4:'):
                record['remoteAddress'] = 'ipv4:@IP@:@PORT@'
            weight = 8 if record['serviceDescription'] == 'SamLogon' else 2 if 'KDC' in record['serviceDescription'] else 1
            for _ in range(weight):
                yield '  ' + json.dumps(top)


def lines(rng, forms, count):
    for n in range(count):
        user = rng.randrange(5000)
        when = START + n * 86400 / count
        stamp = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(when)) + '.%06d+0000' % (when % 1 * 1e6)
        yield stamp, (rng.choice(forms).replace('@TIME@', stamp).replace('@USER@', 'user%04d' % user).replace('@WORK@', 'PC%04d' % user)
                      .replace('@ID@', '%x' % rng.getrandbits(64)).replace('@IP@', '10.%d.%d.%d' % (user >> 8, user & 255, 7))
                      .replace('@PORT@', str(rng.randrange(1024, 65536))))


def main():
    folder, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 600_000
    rng = random.Random(4)
    with open(os.path.join(folder, 'samba-dc.json'), 'w', encoding='utf-8') as f:
        f.writelines(line + '\n' for _, line in lines(rng, list(shapes('dc1')), count))
    hosts = [os.path.basename(p)[:-5] for p in sorted(glob.glob(os.path.join(LINES, '*.json')))]
    forms = [host + ' smbd[%d]: ' % (1000 + n) + line for host in hosts for n, line in enumerate(shapes(host))]
    with open(os.path.join(folder, 'samba-syslog.log'), 'w', encoding='utf-8') as f:
        f.writelines('%s %s\n' % (stamp[:-5] + '+00:00', line) for stamp, line in lines(rng, forms, count))


main()
