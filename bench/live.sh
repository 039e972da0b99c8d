#!/bin/sh
# live.sh: `make bench-live`, as root. Live capture at rising rates beside tcpdump on the same interface, then a minute at the rate that it must
# stand, and what it costs while nothing happens; the results go into bench/README.md. All in a network namespace of its own.
# BENCH_RATES (packets a second; 0: all that the machine gives), BENCH_SECONDS (of the minute) and BENCH_IDLE change it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
if [ "$(id -u)" -ne 0 ]; then
	echo "live.sh: takes root, for a network namespace and for capturing" >&2
	exit 1
fi
sh "$top/tools/deps.sh" test
[ -n "${NTLMAUDIT_PROGRAM:-}" ] || MESON_OPTIONS=-Dtests=disabled sh "$top/tools/build.sh" build-bench ntlmaudit
folder=$top/build/bench/live
mkdir -p "$folder"
${CC:-cc} -O2 -D_GNU_SOURCE -Wall -Wextra -o "$folder/live-send" "$here/live-send.c" -lpcap
if [ ! -s "$folder/made.json" ] || [ "$here/live-capture.py" -nt "$folder/made.json" ]; then
	echo "making what is sent ..."
	python3 "$here/live-capture.py" "$folder" >"$folder/made.json.new"
	mv "$folder/made.json.new" "$folder/made.json"
fi
exec unshare -n python3 "$here/live.py" "${NTLMAUDIT_PROGRAM:-$top/build-bench/ntlmaudit}" "$folder" "$here/README.md"
