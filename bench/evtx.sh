#!/bin/sh
# evtx.sh [FILE.evtx]: how fast logs are read, beside libevtx's evtxexport on the same file in the same run. Without a
# file, one of real logs' chunks is made. Prints one line of `key value` pairs a reader, then `ratio N`: of reading, the
# best of each. BENCH_MEGABYTES and BENCH_RUNS change the size and the number of runs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
MESON_OPTIONS=-Dtests=enabled sh "$top/tools/build.sh" build tests/winlog/evtx-dump
dump=$top/build/tests/winlog/evtx-dump
large=${1:-$top/build/bench/large.evtx}
megabytes=${BENCH_MEGABYTES:-32}
logs=$top/tests/evtx

# A dirty log's header says nothing of its chunks, so any number of them may follow it.
make_log() {
	mkdir -p "$(dirname "$large")"
	for log in "$logs"/NTLM-Operational-*.evtx "$logs"/mitre-4624-anonymous.evtx "$logs"/samples-security.evtx; do
		tail -c +4097 "$log"
	done >"$large.once"
	head -c 4096 "$logs/samples-torn.evtx" >"$large.new"
	while [ "$(stat -c %s "$large.new")" -lt $((megabytes << 20)) ]; do
		cat "$large.once" "$large.once" "$large.once" "$large.once" >>"$large.new"
	done
	rm "$large.once"
	mv "$large.new" "$large"
}

# COMMAND...: the least microseconds that it took.
least() {
	best=
	for _ in $(seq "${BENCH_RUNS:-3}"); do
		begin=$(date +%s%N)
		"$@" >/dev/null
		took=$((($(date +%s%N) - begin) / 1000))
		if [ -z "$best" ] || [ "$took" -lt "$best" ]; then best=$took; fi
	done
	echo "$best"
}

[ -n "${1:-}" ] || make_log
size=$(stat -c %s "$large")
records=$("$dump" --count "$large" 2>/dev/null)
theirs=$(evtxexport -m all -f xml "$large" 2>/dev/null | grep -c '^  <System>')
if [ "$records" -ne "$theirs" ]; then
	echo "evtx.sh: not the same records: $records here, $theirs there" >&2
	exit 1
fi
export_us=$(BENCH_RUNS=1 least evtxexport -m all -f xml "$large")
read_us=$(least "$dump" --count "$large")
json_us=$(least "$dump" "$large")
line() { awk -v n="$1" -v us="$2" -v size="$size" -v records="$records" 'BEGIN {
	printf "%-22s seconds %.3f  MB/s %.1f  records/s %.0f\n", n, us / 1e6, size / us, records / us * 1e6 }'; }
echo "$records records, $size bytes"
line "evtxexport -f xml" "$export_us"
line "reading" "$read_us"
line "reading, JSON lines" "$json_us"
awk -v a="$export_us" -v b="$read_us" -v c="$json_us" 'BEGIN { printf "ratio %.1f\nratio-json %.1f\n", a / b, a / c }'
