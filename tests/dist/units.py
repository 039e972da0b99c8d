#!/usr/bin/env python3
"""What makes the daemon a service, looked at by those who will read it: systemd, systemd-sysusers, systemd-tmpfiles and
apparmor_parser. What this machine lacks is skipped, and said."""
import os
import re
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import program

DIST = os.path.join(program.TOP, 'dist')
UNITS = ('ntlmauditd.service', 'ntlmauditd-decode.service', 'ntlmauditd-keep.service', 'ntlmauditd-forward.service')
CAPTURE, DECODE, KEEP, FORWARD = UNITS
PROFILE = os.path.join(DIST, 'apparmor/usr.sbin.ntlmauditd')
MANUAL = os.path.join(program.TOP, 'man/ntlmauditd.8')
DAEMON = '/usr/sbin/ntlmauditd'
EXPOSURE_MAX = 19  # in tenths


def text(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def settings(unit, name):
    """All values of a setting of the unit, in order."""
    return re.findall(r'^%s=(.*)$' % name, text(os.path.join(DIST, unit)), re.M)


def ask(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, env=program.ENVIRONMENT)


def there(name):
    if shutil.which(name):
        return True
    print('%s is not here: skipped' % name)
    return False


def check_units(results, folder):
    if not there('systemd-analyze'):
        return
    # As they are, but for a program that need not be installed.
    copies = [os.path.join(folder, unit) for unit in UNITS]
    for unit, copy in zip(UNITS, copies):
        with open(copy, 'w', encoding='utf-8') as f:
            f.write(text(os.path.join(DIST, unit)).replace(DAEMON, '/bin/true'))
    done = ask('systemd-analyze', 'verify', '--man=no', *copies)
    said = [line for line in (done.stdout + done.stderr).splitlines() if 'ntlmauditd' in line]
    results.check(done.returncode == 0 and not said, 'systemd-analyze verify: %s' % said)
    for unit in UNITS:
        done = ask('systemd-analyze', 'security', '--offline=true', '--no-pager', '--threshold=%d' % EXPOSURE_MAX,
                   os.path.join(DIST, unit))
        results.check(done.returncode == 0 and 'Overall exposure' in done.stdout, 'systemd-analyze security %s: %s %s' % (
            unit, (done.stdout.splitlines() or [''])[-1], done.stderr))


STARTS = ('Restart', 'RestartSec', 'StartLimitBurst', 'UMask', 'WatchdogSec')
STATE = ('User', 'Group', 'Environment', 'RuntimeDirectory', 'RuntimeDirectoryPreserve', 'StateDirectory',
         'StateDirectoryMode', 'ReadWritePaths')


def check_parts(results):
    """One starts and stops with the other, and what they share is told alike."""
    results.check(settings(CAPTURE, 'Wants') == [' '.join((DECODE, KEEP, FORWARD))] == settings(CAPTURE, 'PropagatesReloadTo'),
                  'who wants whom')
    for unit, part in ((CAPTURE, 'capture'), (DECODE, 'decode'), (KEEP, 'keep'), (FORWARD, 'forward')):
        results.check(settings(unit, 'ExecStart') == ['%s --part %s' % (DAEMON, part)], 'what %s starts' % unit)
        results.check(unit == CAPTURE or settings(unit, 'PartOf') == [CAPTURE], '%s is part of another' % unit)
        for name in STARTS + (() if unit == DECODE else STATE):
            results.check(settings(unit, name) == settings(CAPTURE, name) != [], '%s has another %s' % (unit, name))
    for unit in (DECODE, KEEP):
        results.check(settings(unit, 'PrivateNetwork') == ['yes'], '%s has a network' % unit)


def check_decoder(results):
    """Who reads what strangers sent is somebody else, and has neither the log nor a folder of the others."""
    users = [settings(unit, 'User') for unit in (CAPTURE, KEEP, FORWARD)]
    results.check(settings(DECODE, 'User') == ['ntlmaudit-decode'] == settings(DECODE, 'Group') and
                  settings(DECODE, 'User') not in users and not settings(DECODE, 'SupplementaryGroups'), 'whom the decoder is')
    for name in ('RuntimeDirectory', 'StateDirectory', 'ReadWritePaths', 'LogsDirectory', 'ExecStartPre'):
        results.check(not settings(DECODE, name), '%s has %s' % (DECODE, name))
    results.check(settings(DECODE, 'TemporaryFileSystem') == ['/var/lib'], 'the decoder has the log')


def check_calls(results):
    """Older systemd has no group for these: they must stand there by name, and nothing that is not known."""
    for unit in UNITS:
        names = ' '.join(settings(unit, 'SystemCallFilter')).split()
        for name in ('seccomp', 'landlock_create_ruleset', 'landlock_add_rule', 'landlock_restrict_self'):
            results.check(name in names, 'SystemCallFilter of %s has no %s' % (unit, name))
        results.check(('bpf' in names) == (unit == CAPTURE), 'bpf in SystemCallFilter of ' + unit)


def capabilities(path):
    """Of the manual's list."""
    return {name for row in re.findall(r'^\.It Dv (CAP_.*)$', text(path), re.M) for name in row.split(' , ')}


def check_capabilities(results):
    """The unit, the profile and the manual are of one mind; the latter two tell of root without systemd, too."""
    unit = set(settings(CAPTURE, 'CapabilityBoundingSet')[0].split())
    profile = {'CAP_' + name.upper() for name in re.findall(r'^ *capability (\w+),', text(PROFILE), re.M)}
    results.check(len(unit) == 6, 'the unit has other capabilities: %s' % sorted(unit))
    results.check(set(settings(CAPTURE, 'AmbientCapabilities')[0].split()) == unit, 'some are bounded and not given')
    for other in (DECODE, KEEP, FORWARD):
        results.check(settings(other, 'CapabilityBoundingSet') == [''] and not settings(other, 'AmbientCapabilities'),
                      '%s has capabilities' % other)
    results.check(profile - unit == {'CAP_SETUID', 'CAP_SETGID', 'CAP_KILL'} and unit <= profile,
                  'the profile has the capabilities %s' % sorted(profile))
    results.check(capabilities(MANUAL) == profile, 'profile and manual differ: %s' % sorted(capabilities(MANUAL) ^ profile))


def owner(path):
    status = os.lstat(path)
    return '%o %d %d' % (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def check_users(results, root):
    """The user and the folders, made below another root."""
    if not there('systemd-sysusers') or not there('systemd-tmpfiles'):
        return
    os.makedirs(os.path.join(root, 'etc'))
    done = ask('systemd-sysusers', '--root', root, os.path.join(DIST, 'sysusers.d/ntlmaudit.conf'))
    if not results.check(done.returncode == 0, 'systemd-sysusers: ' + done.stderr):
        return
    made = re.search(r'^ntlmaudit:x:(\d+):(\d+):[^:]*:[^:]*:(.*)$', text(os.path.join(root, 'etc/passwd')), re.M)
    if not results.check(made is not None, 'there is no user ntlmaudit'):
        return
    results.check(made[3].endswith('nologin'), 'the user has the shell ' + made[3])
    other = re.search(r'^ntlmaudit-decode:x:(\d+):(\d+):[^:]*:[^:]*:(.*)$', text(os.path.join(root, 'etc/passwd')), re.M)
    results.check(other is not None and other[1] != made[1] and other[2] != made[2] and other[3] == made[3],
                  'there is no other user ntlmaudit-decode')
    members = dict(re.findall(r'^([\w-]+):[^:]*:\d+:(.*)$', text(os.path.join(root, 'etc/group')), re.M))
    results.check(members.get('ntlmaudit') == '' and members.get('ntlmaudit-decode') == 'ntlmaudit',
                  'who is in which group: %s' % members)
    results.check(0 < int(made[1]) < 1000, 'the user is no system user')
    if os.geteuid() != 0:
        print('not root: folders are not made')
        return
    state = os.path.join(root, 'var/lib/ntlmaudit')
    os.makedirs(state)
    for name in ('log.db', 'log.db-wal', 'key'):
        open(os.path.join(state, name), 'w', encoding='utf-8').close()
        os.chmod(os.path.join(state, name), 0o600)
    done = ask('systemd-tmpfiles', '--root', root, '--create', os.path.join(DIST, 'tmpfiles.d/ntlmaudit.conf'))
    results.check(done.returncode == 0 and not done.stderr, 'systemd-tmpfiles: ' + done.stderr)
    user, group = made[1], made[2]
    for name, wanted in (('', '1770 0 ' + group), ('forward', '700 %s %s' % (user, group)), ('policy', '755 0 0'),
                         ('log.db', '600 %s %s' % (user, group)), ('log.db-wal', '600 %s %s' % (user, group)),
                         ('key', '600 0 0')):
        got = owner(os.path.join(state, name))
        results.check(got == wanted, '/var/lib/ntlmaudit/%s is %s, not %s' % (name, got, wanted))
    # systemd makes the folders it is told of the user's at each start; that of the log stays root's.
    results.check(settings(CAPTURE, 'StateDirectory') == ['ntlmaudit/forward'] and
                  settings(CAPTURE, 'StateDirectoryMode') == ['0700'] and
                  settings(CAPTURE, 'User') == ['ntlmaudit'], 'the units and tmpfiles.d agree about the state folder')


def check_profile(results):
    if not there('apparmor_parser') or not os.path.exists('/etc/apparmor.d/abstractions/base'):
        return
    done = ask('apparmor_parser', '-Q', '-K', PROFILE)
    results.check(done.returncode == 0, 'apparmor_parser: ' + done.stderr)
    done = ask('apparmor_parser', '-N', PROFILE)
    results.check(done.stdout.split() == ['ntlmauditd'], 'the profile is called ' + done.stdout)


def check_package(results):
    """Every library that the build asks for is in the package's list."""
    wanted = re.search(r'^run="gcc(.*?)^tests=', text(os.path.join(program.TOP, 'tools/deps.sh')), re.M | re.S)[1]
    listed = text(os.path.join(DIST, 'debian/control'))
    for name in re.findall(r'\b(lib[a-z0-9.-]+-dev|nettle-dev|bpftool|clang)\b', wanted):
        results.check(name == 'libc6-dev' or re.search(r'\b%s\b' % re.escape(name), listed),
                      'dist/debian/control does not build-depend on ' + name)


def main():
    results = program.Results()
    with program.temporary() as folder:
        check_units(results, folder)
        check_users(results, os.path.join(folder, 'root'))
    check_parts(results)
    check_decoder(results)
    check_calls(results)
    check_capabilities(results)
    check_profile(results)
    check_package(results)
    results.close()


if __name__ == '__main__':
    main()
