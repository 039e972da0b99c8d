#!/usr/bin/env python3
"""The extension for samba-gpupdate, run as that runs it, with Samba's own database and cache but no domain controller.

    updater.py ROOT

A line a check, `ok WHAT` or `FAILED WHAT`. NTLMAUDIT_PROGRAM and NTLMAUDIT_ROOT say what is tested, and where.
"""
import json
import os
import shutil
import subprocess
import sys

from samba.dcerpc import preg
from samba.gp.gp_ext_loader import get_gp_client_side_extensions
from samba.gp.gpclass import GPOStorage, gp_ext, register_gp_extension
from samba.ndr import ndr_unpack
from samba.param import LoadParm

HERE = os.path.dirname(os.path.abspath(__file__))
EXTENSION = os.path.join(HERE, '../../policy/gp_ntlmaudit_ext.py')
ROOT = sys.argv[1]
STATE = os.path.join(ROOT, 'var/lib/ntlmaudit/policy/group-policy.pol')
A, B = '{31B2F340-016D-11D2-945F-00C04FB984F9}', '{6AC1786C-016F-11D2-945F-00C04FB984F9}'
INF = 'MICROSOFT/WINDOWS NT/SECEDIT/GPTTMPL.INF'


class Policy:
    """What samba.gpo gives of one policy."""

    def __init__(self, name):
        self.name = name
        self.file_sys_path = '\\\\corp.example\\sysvol\\corp.example\\Policies\\' + name


def check(good, what):
    print('ok' if good else 'FAILED', what)


def setup():
    conf = os.path.join(ROOT, 'smb.conf')
    folders = {f: os.path.join(ROOT, 'samba', f) for f in ('state', 'cache', 'private', 'lock')}
    for folder in folders.values():
        os.makedirs(folder)
    with open(conf, 'w', encoding='utf-8') as f:
        f.write('[global]\n\tworkgroup = CORP\n\trealm = CORP.EXAMPLE\n' + ''.join(
            '\t%s = %s\n' % (k + (' dir' if k == 'private' else ' directory'), v) for k, v in folders.items()))
    lp = LoadParm()
    lp.load(conf)
    return conf, lp


def deliver(lp, guid, source, name='REGISTRY.POL'):
    """As samba-gpupdate puts it into its cache."""
    path = os.path.join(lp.cache_path('gpo_cache'), 'CORP.EXAMPLE/POLICIES', guid, 'MACHINE', name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copy(os.path.join(HERE, source), path)
    return path


def in_force():
    done = subprocess.run([os.environ['NTLMAUDIT_PROGRAM'], 'policy', '--json', '--root', ROOT], capture_output=True,
                          check=True)
    return {s['setting']: s for s in json.loads(done.stdout)['settings']}


def update(extension, lp, store, changed, deleted=()):
    """One run of apply_gp(), as far as an extension sees it."""
    db = store.get_gplog('CLIENT$')
    gone = db.get_applied_settings(list(deleted))
    store.start()
    extension(lp, None, 'CLIENT$', store).process_group_policy(gone, [Policy(g) for g in changed])
    store.commit()


def main():
    conf, lp = setup()
    check(register_gp_extension('{6D0B4E3A-53C7-4C7B-9C0E-6E746C6D6175}', 'gp_ntlmaudit_ext', EXTENSION, smb_conf=conf,
                                machine=True, user=False), 'Samba registers it')
    machine, user = get_gp_client_side_extensions(conf)
    check(len(machine) == 1 and not user and issubclass(machine[0], gp_ext), 'and loads it, for machines')
    extension, store = machine[0], GPOStorage(os.path.join(ROOT, 'samba/gpo.tdb'))
    a = deliver(lp, A, 'kb-on.pol')
    b = deliver(lp, B, 'own.pol')
    deliver(lp, B, 'legacy.inf', INF)
    update(extension, lp, store, [A, B])
    now = in_force()
    check(now['enhanced-logging']['origin'] == 'Group Policy, %s: offset 8' % a, 'the first policy')
    check(now['server-events']['value'] == 0 and b in now['server-events']['origin'], 'the second one')
    check(now['restrict-outgoing']['value'] == 1 and 'GPTTMPL.INF: line 8' in now['restrict-outgoing']['origin'],
          'its security settings')
    deliver(lp, A, 'kb-off.pol')
    update(extension, lp, store, [A])
    now = in_force()
    check(now['enhanced-logging']['value'] == 0, 'a change')
    check(now['server-events']['value'] == 0 and now['lm-level']['value'] == 5, 'leaves what did not change')
    with open(STATE, 'rb') as f:
        kept = ndr_unpack(preg.file, f.read())
    names = {entry.valuename for entry in kept.entries}
    check({'LogEnhancedAuditEvents', 'ServerEvents'} <= names, 'Samba reads what we keep')
    check('NoLockScreen' not in names, 'which is ours alone')
    with open(a, 'r+b') as f:
        f.truncate(50)
    update(extension, lp, store, [A])
    check(in_force() == now, 'a broken policy leaves what is in force')
    deliver(lp, A, 'kb-off.pol')
    update(extension, lp, store, [], [B])
    now = in_force()
    check(now['server-events']['origin'] == 'built-in' and now['enhanced-logging']['value'] == 0, 'a deleted policy')
    check(B not in json.dumps(json.load(open(os.path.join(ROOT, 'var/lib/ntlmaudit/policy/samba.json'), 'rb'))),
          'is forgotten')
    update(extension, lp, store, [], [A])
    check(all(s['origin'] == 'built-in' for s in in_force().values()), 'no policy at all')


main()
