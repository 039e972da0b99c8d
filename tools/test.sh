#!/bin/sh
# test.sh [SUITE...]: installs what is missing, builds, and runs every suite, or those named. A line a suite; what
# failed before it; and at the end the plain line `N passed, N failed`.
set -u

tools=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$tools")
cd "$top" || exit 1
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1
# The installation's own key is not for tests.
NTLMAUDIT_KEY=$top/tests/golden/key
export NTLMAUDIT_KEY
captures=${NTLMAUDIT_CAPTURES:-$top/../shared}
# Those that wait for others most of the time run beside those that compute.
waiting="samba sink doctor dist live ring host daemon lab"
suites="layers unit fuzz golden formats evtx xsd docs cli truth reasons tshark secrets hostile flood winlog netlogon store shared sanitizers $waiting"

sh tools/deps.sh test || exit 1
MESON_OPTIONS=-Dtests=enabled sh tools/build.sh build || exit 1

log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT
passed=0
failed=0

# What of a failed suite's output says why; all of it where nothing looks like that.
show_failures() {
	grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$log" >"$log.said"
	grep -E 'FAIL|rror|ERROR|terminated|cannot|#[0-4] ' "$log.said" | head -n 40 | grep . || head -n 40 "$log.said"
}

# Runs a suite and adds up its closing line, `N passed, N failed`; without one it failed.
run_suite() {
	name=$1
	shift
	begin=$(date +%s)
	"$@" >"$log" 2>&1
	rc=$?
	closing=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	good=${closing%% *}
	bad=${closing#*, }
	bad=${bad%% *}
	if [ -z "$closing" ] || { [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
		good=${good:-0}
		bad=1
	fi
	[ "$bad" -eq 0 ] || show_failures
	printf '%-12s %6d passed %4d failed %4d s\n' "$name" "$good" "$bad" $(($(date +%s) - begin))
	passed=$((passed + good))
	failed=$((failed + bad))
}

# Meson's tests of a suite; the closing line counts programs.
meson_suite() {
	meson test -C "$1" --no-rebuild -t 10 --print-errorlogs --suite "$2" || true
	sed -n 's/.*"result": "\([A-Z]*\)".*/\1/p' "$1/meson-logs/testlog.json" |
		awk '/^OK$/ { ok++ } !/^OK$/ { bad++ } END { printf "%d passed, %d failed\n", ok, bad }'
}

# Two halves of the captures at the same time, each on its own core.
hostile() {
	program=$1
	shift
	find tests/captures -maxdepth 1 -name '*.*cap*' | sort >"$log.all"
	awk 'NR % 2' "$log.all" | xargs "$program" "$@" >"$log.1" 2>&1 &
	first=$!
	awk 'NR % 2 == 0' "$log.all" | xargs "$program" "$@" >"$log.2" 2>&1
	wait "$first"
	cat "$log.1" "$log.2" | grep -vE '^[0-9]+ passed'
	if [ "$(cat "$log.1" "$log.2" | grep -cE '^[0-9]+ passed')" -ne 2 ]; then
		echo "0 passed, 1 failed" # one of them did not get to its end
		return
	fi
	cat "$log.1" "$log.2" | awk '/^[0-9]+ passed/ { p += $1; f += $3 }
		END { printf "%d passed, %d failed\n", p, f }'
}

# XML that the program wrote, against the schema of Windows' format.
xsd() {
	good=0
	bad=0
	for f in tests/golden/*/expected.xml; do
		if sh tests/xsd/check.sh "$f"; then good=$((good + 1)); else bad=$((bad + 1)); fi
	done
	echo "$good passed, $bad failed"
}

# The manual is well-formed, tells of every option and format that there is, and of the events what the tables say.
docs() {
	good=0
	bad=0
	for page in man/*.[1-9]; do
		if mandoc -T lint -W warning "$page"; then good=$((good + 1)); else bad=$((bad + 1)); fi
	done
	for manual in ntlmauditd.8 ntlmaudit-search.1 ntlmaudit-show.1 ntlmaudit-export.1 ntlmaudit-report.1 ntlmaudit-verify.1 \
		ntlmaudit-watch.1 ntlmaudit-status.1 ntlmaudit-doctor.1 ntlmaudit-read.1; do
		command=$(echo "${manual%.*}" | tr - ' ')
		mandoc -T ascii "man/$manual" | sed 's/.\x08//g' >"$log.man"
		# shellcheck disable=SC2086 # program and command
		for option in $(build/$command --help | sed -n 's/^ .*\(--[a-z][a-z-]*\).*/\1/p'); do
			if grep -qe "$option" "$log.man"; then
				good=$((good + 1))
			else
				bad=$((bad + 1))
				echo "man/$manual does not tell of $option"
			fi
		done
	done
	for format in $(sed -n 's/^	{"\([a-z]*\)", .*/\1/p' src/format/format.c); do
		if grep -qE "^ +$format( |\$)" "$log.man"; then
			good=$((good + 1))
		else
			bad=$((bad + 1))
			echo "man/ntlmaudit-read.1 does not tell of the format $format"
		fi
	done
	if build/tests/docs/events-page | cmp - man/ntlmaudit-events.7; then
		good=$((good + 1))
	else
		bad=$((bad + 1))
		echo "FAILED: man/ntlmaudit-events.7 is not what the tables say: make docs"
	fi
	echo "$good passed, $bad failed"
}

# Each script of a folder for itself.
scripts() {
	set -- "$1"/*.py
	for script in "$@"; do
		python3 "$script" >"$log.$(basename "$script")" 2>&1
	done
	sum $(printf " $log.%s" $(basename -a "$@"))
}

# Two scripts at a time: they wait more than they work, and each has networks of its own.
together() {
	set -- "$1"/*.py
	printf '%s\n' "$@" | xargs -P 2 -I{} sh -c 'timeout 180 python3 "$1" >"$0.$(basename "$1")" 2>&1' "$log" {}
	sum $(printf " $log.%s" $(basename -a "$@"))
}

# Beside the project there may be more captures than it ships.
shared() {
	if [ ! -d "$captures/captures" ]; then
		echo "no captures at $captures: nothing to do"
		echo "0 passed, 0 failed"
		return
	fi
	python3 tests/truth/check.py --folder "$captures/captures" >"$log.1" 2>&1 &
	first=$!
	python3 tests/truth/check.py --folder "$captures/lab/captures" >"$log.2" 2>&1
	wait "$first"
	sum "$log.1" "$log.2"
}

sum() {
	grep -hvE '^[0-9]+ passed' "$@"
	grep -hE '^[0-9]+ passed' "$@" | awk '{ p += $1; f += $3; n++ }
		END { if (n != '$#') f++; printf "%d passed, %d failed\n", p, f }'
}

# Samba's domains, recorded ones and, as root, live ones.
lab() {
	python3 tests/lab/recorded.py >"$log.1" 2>&1 &
	first=$!
	timeout 300 python3 tests/lab/check.py >"$log.2" 2>&1
	wait "$first"
	sum "$log.1" "$log.2"
}

# The same again, with every read and every shift watched. HOSTILE_EVERY=1 takes every byte here too, and an hour.
sanitizers() {
	# Another compiler's warnings are for whoever works with it.
	CC=clang MESON_OPTIONS="-Db_sanitize=address,undefined -Db_lundef=false -Dtests=enabled -Dwerror=false" \
		sh tools/build.sh build-asan || return 1
	export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:clear_shadow_mmap_threshold=100000000
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export NTLMAUDIT_PROGRAM="$top/build-asan/ntlmaudit" SANITIZED=1
	meson_suite build-asan unit >"$log.a"
	meson_suite build-asan fuzz >"$log.b"
	python3 tools/golden.py >"$log.c" 2>&1
	scripts tests/cli >"$log.d" 2>&1
	python3 tests/truth/check.py >"$log.e" 2>&1
	python3 tests/hostile/flood.py >"$log.f" 2>&1
	hostile build-asan/tests/hostile/hostile -e "${HOSTILE_EVERY:-257}" >"$log.g" 2>&1
	sum "$log.a" "$log.b" "$log.c" "$log.d" "$log.e" "$log.f" "$log.g"
}

# One after the other.
run_all() {
	for suite in "$@"; do
		case $suite in
		layers) run_suite layers sh tools/layers.sh ;;
		unit) run_suite unit meson_suite build unit ;;
		fuzz) run_suite fuzz meson_suite build fuzz ;;
		golden) run_suite golden python3 tools/golden.py ;;
		evtx) run_suite evtx python3 tests/format/evtx.py ;;
		formats) run_suite formats python3 tests/format/formats.py ;;
		xsd) run_suite xsd xsd ;;
		docs) run_suite docs docs ;;
		cli) run_suite cli scripts tests/cli ;;
		truth) run_suite truth python3 tests/truth/check.py ;;
		reasons) run_suite reasons python3 tests/truth/reasons.py ;;
		tshark) run_suite tshark python3 tests/truth/check.py --tshark ;;
		secrets) run_suite secrets scripts tests/secrets ;;
		hostile) run_suite hostile hostile build/tests/hostile/hostile ;;
		flood) run_suite flood python3 tests/hostile/flood.py ;;
		winlog) run_suite winlog scripts tests/winlog ;;
		samba) run_suite samba together tests/samba ;; # a real smbd: needs root
		netlogon) run_suite netlogon scripts tests/netlogon ;;
		store) run_suite store scripts tests/store ;;
		sink) run_suite sink together tests/sink ;;
		doctor) run_suite doctor scripts tests/doctor ;;
		dist) run_suite dist scripts tests/dist ;;
		deb) run_suite deb sh tests/dist/deb.sh ;; # only by name: it builds the program anew
		live) [ ! -e tests/live/run.sh ] || run_suite live sh tests/live/run.sh ;;
		daemon) run_suite daemon together tests/daemon ;;
		ring) run_suite ring python3 tests/live-ring/ring.py ;;
		host) run_suite host together tests/host ;; # whose process it is: needs root
		lab) run_suite lab lab ;; # the live one needs root
		shared) run_suite shared shared ;;
		sanitizers) run_suite sanitizers sanitizers ;;
		esac
	done
}

is_waiting() {
	case " $waiting " in *" $1 "*) return 0 ;; esac
	return 1
}

computing=
beside=
for suite in ${*:-$suites}; do
	case " $suites deb " in
	*" $suite "*) ;;
	*) echo "test.sh: no suite '$suite'; there are: $suites" >&2; exit 2 ;;
	esac
	if is_waiting "$suite"; then beside="$beside $suite"; else computing="$computing $suite"; fi
done

# shellcheck disable=SC2086 # lists
(
	log=$log.beside
	run_all $beside
	echo "$passed $failed" >"$log.sum"
) >"$log.lines" 2>&1 &
lane=$!
# Who waits is to be served when it is its turn.
renice -n 10 -p $$ >"$log.nice" 2>&1 || cat "$log.nice"
# shellcheck disable=SC2086
run_all $computing
wait "$lane"
cat "$log.lines"
read -r good bad <"$log.beside.sum" || { good=0 bad=1; }
passed=$((passed + good))
failed=$((failed + bad))

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
