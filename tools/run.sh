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
	echo "  sh tools/run.sh YOUR.pcap              your own capture"
	set -- "$sample"
fi
cat <<END
  build/ntlmaudit read -o text $1
                                         each event in Windows' own words
  build/ntlmaudit read -o json --role server --min-level warning $1
                                         what is insecure, for a program
  build/ntlmaudit read --help            all there is
END
exit "$rc"
