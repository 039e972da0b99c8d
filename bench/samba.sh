#!/bin/sh
# samba.sh [FOLDER]: builds large audit logs of Samba's (make-samba.py), decodes them in memory and reads them from file to events, each
# by one core; then unseals secure channels. A line of `key value` pairs for each. BENCH_SAMBA_LINES changes the logs' length.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
folder=${1:-$top/build/bench}
[ -n "${SAMBA_LINES:-}" ] || MESON_OPTIONS=-Dtests=enabled sh "$top/tools/build.sh" build \
	tests/samba/samba-lines tests/netlogon/netlogon-bench ntlmaudit
decode=${SAMBA_LINES:-$top/build/tests/samba/samba-lines}
mkdir -p "$folder"
if [ ! -s "$folder/samba-syslog.log" ] || [ "$here/make-samba.py" -nt "$folder/samba-syslog.log" ]; then
	python3 "$here/make-samba.py" "$folder" "${BENCH_SAMBA_LINES:-600000}"
fi

# NAME FILE: the best of three; all lines have to be understood.
measure() {
	for _ in 1 2 3; do "$decode" time "$2"; done | sort -t, -k4 -n | awk -v name="$1" '
		$1 != $3 { print "samba.sh: " $1 - $3 " lines were not understood" >"/dev/stderr"; bad = 1 }
		!best || $(NF - 1) < best { best = $(NF - 1); lines = $1; bytes = $6 }
		END { printf "%-34s lines/s %.0f  lines %d  bytes/line %.0f  MiB/s %.0f\n", name, lines / best * 1e9, lines, bytes / lines,
			bytes / best * 1e9 / 1048576; exit bad }'
}

measure "audit lines of a DC" "$folder/samba-dc.json"
measure "audit lines by syslog, 3 machines" "$folder/samba-syslog.log"

# NAME FILE: the least processor time of three runs.
read_whole() {
	lines=$(wc -l <"$2")
	for _ in 1 2 3; do
		{ command time -f '%e %U %S %M' "$top/build/ntlmaudit" read -q --key-file "$top/tests/golden/key" "$2" >/dev/null; } 2>&1
	done | awk -v name="$1" -v lines="$lines" '
		!best || $2 + $3 < best { best = $2 + $3; kib = $4 }
		END { printf "%-34s lines/s %.0f  MiB %.0f\n", name, lines / best, kib / 1024 }'
}

read_whole "audit lines of a DC, to events" "$folder/samba-dc.json"
read_whole "audit lines by syslog, to events" "$folder/samba-syslog.log"
"$top/build/tests/netlogon/netlogon-bench" | awk '{ printf "unsealing, %-23s logons/s %.0f\n", $1, $2 }'
