#!/bin/sh
# deb.sh: builds the package and puts it into a copy of this machine that is thrown away (overlayfs in a mount namespace):
# installed, used, installed anew over changed settings, removed, purged. Needs root; says so where that is missing.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
passed=0
failed=0

check() {
	what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		tail -n 20 "$work/said"
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}

# --- Inside: $work/root is the copy, $2 the folder with the packages ---

inside() {
	chroot "$work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

is() { # PATH MODE USER GROUP
	[ "$(inside stat -c '%a %U %G' "$1")" = "$2 $3 $4" ] || { inside stat -c '%a %U %G %n' "$1"; return 1; }
}

has_line() { # FILE LINE
	grep -qxF "$2" "$work/root$1"
}

absent() {
	[ ! -e "$work/root$1" ]
}

try_package() {
	mkdir -p "$work/root" "$work/layer"
	mount -t tmpfs tmpfs "$work/layer" && mkdir "$work/layer/upper" "$work/layer/work" &&
		mount -t overlay -o "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" overlay "$work/root" &&
		mount -t tmpfs tmpfs "$work/root/run" && mount -t proc proc "$work/root/proc" &&
		mount --bind /dev "$work/root/dev" && mkdir "$work/root/run/deb" && cp "$1"/ntlmaudit_*.deb "$work/root/run/deb" || {
		echo "no overlay of / can be made here: skipped"
		return
	}
	deb=/run/deb/$(basename "$1"/ntlmaudit_*.deb)
	inside dpkg --purge ntlmaudit >/dev/null 2>&1 # that of the machine itself

	check "installs" inside dpkg -i "$deb"
	check "has a user" inside getent passwd ntlmaudit
	check "the decoder has another" inside getent passwd ntlmaudit-decode
	check "the state folder is root's and sticky" is /var/lib/ntlmaudit 1770 root ntlmaudit
	check "the cursors are the user's" is /var/lib/ntlmaudit/forward 700 ntlmaudit ntlmaudit
	check "the policy is root's" is /var/lib/ntlmaudit/policy 755 root root
	for unit in ntlmauditd ntlmauditd-decode ntlmauditd-keep ntlmauditd-forward; do
		check "the unit $unit is there" test -e "$work/root/lib/systemd/system/$unit.service"
	done
	check "the unit is enabled" inside test -L /etc/systemd/system/multi-user.target.wants/ntlmauditd.service
	check "the profile has a place for local rules" inside test -e /etc/apparmor.d/local/usr.sbin.ntlmauditd
	check "what it needs is there, and nothing it has is changed" inside dpkg --verify ntlmaudit
	check "the program runs" inside ntlmaudit --version
	check "the default configuration is good" inside ntlmaudit policy check /etc/ntlmaudit/ntlmaudit.conf
	check "the manual is found" inside man -w 8 ntlmauditd
	check "bash completes" inside bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader ntlmaudit; complete -p ntlmaudit'
	check "the daemon runs" inside /usr/sbin/ntlmauditd --help

	# A log that root began before the daemon ran.
	inside touch /var/lib/ntlmaudit/log.db
	echo 'keep-days = 30' >>"$work/root/etc/ntlmaudit/ntlmaudit.conf"
	check "installs again" inside dpkg -i --force-confold "$deb"
	check "settings stay" has_line /etc/ntlmaudit/ntlmaudit.conf 'keep-days = 30'
	check "the log becomes the user's" is /var/lib/ntlmaudit/log.db 644 ntlmaudit ntlmaudit
	check "is removed" inside dpkg --remove ntlmaudit
	check "settings stay after that" has_line /etc/ntlmaudit/ntlmaudit.conf 'keep-days = 30'
	check "so does the log" inside test -e /var/lib/ntlmaudit/log.db
	check "is purged" inside dpkg --purge ntlmaudit
	check "no settings are left" absent /etc/ntlmaudit
	check "no state is left" absent /var/lib/ntlmaudit
	umount "$work/root/proc" "$work/root/dev"
}

if [ "${1:-}" = inside ]; then
	work=$2
	try_package "$3"
	finish
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Errors of lintian are failures of the build.
check "builds, and lintian finds no error" sh "$top/tools/deb.sh" "$work/deb"
check "no build path is in the program" sh -c '! dpkg-deb --fsys-tarfile "$0"/ntlmaudit_*.deb | tar -xOf - ./usr/bin/ntlmaudit | grep -aqF "$0"' "$work/deb"
if [ "$failed" -eq 0 ] && [ "$(id -u)" -eq 0 ]; then
	mkdir "$work/mounts"
	unshare -m --propagation private sh "$0" inside "$work/mounts" "$work/deb" >"$work/inside"
	grep -vE '^[0-9]+ passed' "$work/inside"
	closing=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/inside" || echo '0 passed, 1 failed')
	passed=$((passed + ${closing%% *}))
	closing=${closing#*, }
	failed=$((failed + ${closing%% *}))
elif [ "$(id -u)" -ne 0 ]; then
	echo "not root: the package is not installed anywhere"
fi
finish
