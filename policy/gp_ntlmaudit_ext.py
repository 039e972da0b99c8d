# ntlmaudit: extension for Samba's samba-gpupdate. Hands what Group Policy delivers to `ntlmaudit policy import`.
#
# Where the machine is joined with Samba 4.17 or later, register it once (as root) and it runs with each update:
#
#     python3 /usr/share/ntlmaudit/gp_ntlmaudit_ext.py register
#
# samba-gpupdate tells an extension only of the policies that changed, but what is in force follows from all of them in
# their order. So the list of all is asked for anew; where that fails, the one from last time is kept up to date. The
# import replaces everything in one step, or says why not and leaves it.
import json
import os
import subprocess
import sys

from samba.gp.gpclass import (check_safe_path, get_dc_hostname, get_gpo_list, gp_ext, register_gp_extension,
                              unregister_gp_extension)
from samba.gp.util.logging import log

GUID = '{6D0B4E3A-53C7-4C7B-9C0E-6E746C6D6175}'
PROGRAM = os.environ.get('NTLMAUDIT_PROGRAM', 'ntlmaudit')
ROOT = os.environ.get('NTLMAUDIT_ROOT', '')
KNOWN = '/var/lib/ntlmaudit/policy/samba.json'
# The later ones hold where both set a value.
FILES = ('MACHINE/REGISTRY.POL', 'MACHINE/MICROSOFT/WINDOWS NT/SECEDIT/GPTTMPL.INF')


class gp_ntlmaudit_ext(gp_ext):
    def __str__(self):
        return 'ntlmaudit'

    def read(self, policy):
        """Not used: the program itself reads the files."""
        return None

    def process_group_policy(self, deleted_gpo_list, changed_gpo_list):
        for guid, _ in deleted_gpo_list:
            self.gp_db.set_guid(guid)
            self.gp_db.delete(str(self), 'imported')
        deleted = {guid for guid, _ in deleted_gpo_list}
        wanted = self.all_policies(deleted, changed_gpo_list)
        files = [path for _, folder in wanted for path in self.files(folder)]
        if not import_files(files):
            return
        remember(wanted)
        # Samba tells later of those deleted that it knows an extension took.
        for guid, _ in wanted:
            self.gp_db.set_guid(guid)
            self.gp_db.store(str(self), 'imported', '1')
        self.gp_db.commit()

    def all_policies(self, deleted, changed):
        """[name, path in SYSVOL] of each policy, the lowest precedence first."""
        try:
            dc = get_dc_hostname(self.creds, self.lp)
            gpos = get_gpo_list(dc, self.creds, self.lp, self.username)
        except Exception as e:
            log.warning('ntlmaudit: no list of all policies, so the last one is taken', str(e))
            gpos = []
        if gpos:
            return [[g.name, g.file_sys_path] for g in gpos if g.file_sys_path and g.name not in deleted]
        known = [entry for entry in remembered() if entry[0] not in deleted]
        names = {entry[0] for entry in known}
        return known + [[g.name, g.file_sys_path] for g in changed if g.file_sys_path and g.name not in names]

    def files(self, folder):
        """Those that are there, in samba-gpupdate's cache, where all names are in capitals."""
        cached = os.path.join(self.lp.cache_path('gpo_cache'), check_safe_path(folder).upper())
        return [p for p in (os.path.join(cached, name) for name in FILES) if os.path.exists(p)]

    def rsop(self, gpo):
        """What the resultant set of policy shows: the files that are read."""
        files = self.files(gpo.file_sys_path) if gpo.file_sys_path else []
        return {'ntlmaudit': files} if files else {}


def import_files(files):
    root = ['--root', ROOT] if ROOT else []
    done = subprocess.run([PROGRAM, 'policy', 'import', *root, *(['--', *files] if files else ['--clear'])],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    for line in done.stderr.decode(errors='replace').splitlines():
        log.error('ntlmaudit', line)
    return done.returncode == 0


def remembered():
    try:
        with open(ROOT + KNOWN, encoding='utf-8') as f:
            return json.load(f)
    except (OSError, ValueError):
        return []


def remember(wanted):
    with open(ROOT + KNOWN + '.new', 'w', encoding='utf-8') as f:
        json.dump(wanted, f)
    os.replace(ROOT + KNOWN + '.new', ROOT + KNOWN)


def main():
    verbs = {'register': lambda: register_gp_extension(GUID, 'gp_ntlmaudit_ext', os.path.abspath(__file__),
                                                       machine=True, user=False),
             'unregister': lambda: unregister_gp_extension(GUID)}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        sys.exit('usage: %s register|unregister' % sys.argv[0])
    if not verbs[sys.argv[1]]():
        sys.exit('%s failed' % sys.argv[1])


if __name__ == '__main__':
    main()
