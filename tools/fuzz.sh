#!/bin/sh
# fuzz.sh SECONDS TARGET...: lets libFuzzer run each target for so long, one after the other. What it finds lies in
# build-fuzz/found/TARGET/; a crash, once understood, becomes a file of tests/fuzz/corpus/TARGET/.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
seconds=$1
shift
sh "$top/tools/deps.sh" test
CC=clang MESON_OPTIONS="-Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dtests=enabled -Dwerror=false" \
	sh "$top/tools/build.sh" build-fuzz

rc=0
for target in "$@"; do
	name=${target#fuzz-}
	found=$top/build-fuzz/found/$name
	mkdir -p "$found/corpus"
	echo "== $target, $seconds s"
	(cd "$found" && "$top/build-fuzz/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 corpus "$top/tests/fuzz/corpus/$name" 2>log) || {
		rc=1
		echo "FOUND something: see $found"
	}
	grep -E '^stat::(number_of_executed_units|peak_rss_mb)|cov: [0-9]+' "$found/log" | tail -n 3
done
exit $rc
