#!/bin/sh
# deps.sh run|test|bench|deb: installs what is missing of Debian 12's packages. Does nothing, and asks the
# network nothing, where all is there.
set -eu

run="gcc libc6-dev meson ninja-build pkg-config libpcap-dev nettle-dev libsqlite3-dev libexpat1-dev libjansson-dev"
run="$run libbpf-dev bpftool clang libseccomp-dev libcap-dev libgnutls28-dev"
tests="$run libcmocka-dev libclang-rt-14-dev llvm-14 tshark libxml2-utils sqlite3 mandoc python3"
tests="$tests libevtx-utils python3-evtx" # the independent readers of EVTX
tests="$tests freetds-bin curl openssl tcpdump python3-impacket" # of tests/live, which uses exim4 too where it is there
tests="$tests iproute2 util-linux strace" # network namespaces, and programs with fewer privileges
tests="$tests tcpreplay" # of tests/daemon/keys.py: what was captured goes over a cable again
tests="$tests rsyslog rsyslog-gnutls" # of tests/sink
tests="$tests smbclient libapache2-mod-auth-gssapi gss-ntlmssp" # of tests/daemon
# A file server is not for a machine that would start it with each boot: there its tests are skipped.
[ -d /run/systemd/system ] || tests="$tests samba samba-dsdb-modules samba-ad-provision samba-vfs-modules winbind" # the domains of tests/lab
tests="$tests systemd apparmor bash-completion zsh" # of tests/dist
bench="$tests time valgrind"
deb="$run dpkg-dev debhelper dh-apparmor lintian systemd fakeroot"

case "${1:-test}" in
run) wanted=$run ;;
test) wanted=$tests ;;
bench) wanted=$bench ;;
deb) wanted=$deb ;;
*) echo "usage: deps.sh run|test|bench|deb" >&2; exit 2 ;;
esac

is_installed() {
	case " $(dpkg-query -W -f '${db:Status-Status} ' "$1" 2>/dev/null)" in
	*\ installed\ *) return 0 ;; # not "not-installed": what others recommend is known, too
	esac
	return 1
}

missing=
for package in $wanted; do
	is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "deps.sh: no apt-get here; please install the counterparts of:$missing" >&2
	exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "deps.sh: packages are missing, and without root or sudo they can't be installed. As root:" >&2
		echo "  apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
	[ -t 0 ] || as_root="sudo -n"
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d # what is installed for tests is not to run as a service: see invoke-rc.d(8)
if [ -e $policy ]; then policy=; else printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null && $as_root chmod 755 $policy; fi
# shellcheck disable=SC2086 # may be none
trap 'rm -f "$log"; [ -z "$policy" ] || $as_root rm -f $policy' EXIT
echo "installing:$missing" >&2
apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		-o Acquire::Retries=3 "$@" >>"$log" 2>&1 </dev/null
}

# shellcheck disable=SC2086 # a list of names
if apt update && apt install -y --no-install-recommends $missing; then
	exit 0
fi
echo "deps.sh: apt-get failed:" >&2
tail -n 20 "$log" >&2
exit 1
