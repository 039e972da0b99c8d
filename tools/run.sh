#!/bin/sh
# run.sh [FILE...]: installs what is missing, builds, and reads the captures named, or the sample.
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$tools")
sh "$tools/deps.sh" run
sh "$tools/build.sh" build ntlmaudit

sample=
if [ $# -eq 0 ]; then
	sample=samples/office.pcap
	set -- "$top/$sample"
	echo "The shipped sample, an hour of a small office ($sample):"
	echo
fi
rc=0
"$top/build/ntlmaudit" read -o short "$@" || rc=$?

echo
echo "Next:"
if [ -n "$sample" ]; then
	echo "  sh tools/run.sh YOUR.pcap                               your own capture"
	set -- "$sample"
fi
echo "  build/ntlmaudit read $1                  each event in Windows' own words"
echo "  build/ntlmaudit read --min-level warning -o json $1   for a program"
echo "  build/ntlmaudit read --help"
exit "$rc"
