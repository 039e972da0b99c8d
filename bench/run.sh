#!/bin/sh
# run.sh: `make bench`. Builds a large capture once (build/bench/), measures reading it, then reading EVTX and the channel
# log, and writes the results into bench/README.md. BENCH_MEGABYTES and BENCH_RUNS change the size and the number of runs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
sh "$top/tools/deps.sh" bench
# A folder of its own, with the options that everybody builds with.
MESON_OPTIONS=-Dtests=disabled sh "$top/tools/build.sh" build-bench ntlmaudit
folder=$top/build/bench
mkdir -p "$folder"
if [ ! -s "$folder/large.pcap" ] || [ "$here/make-capture.py" -nt "$folder/large.pcap" ]; then
	echo "making a large capture ..."
	python3 "$here/make-capture.py" "$folder/large.pcap.new" "${BENCH_MEGABYTES:-600}" >"$folder/large.json"
	python3 "$here/make-capture.py" "$folder/slice.pcap" 30 >"$folder/slice.json"
	mv "$folder/large.pcap.new" "$folder/large.pcap"
fi
rc=0
python3 "$here/measure.py" "$top/build-bench/ntlmaudit" "$folder" "$here/README.md" || rc=1
python3 "$here/logs.py" "$here/README.md" || rc=1
exit $rc
