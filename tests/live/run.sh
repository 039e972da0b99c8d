#!/bin/sh
# Real software against real or scripted peers on loopback: runs every script here, and adds up what they say.
here=$(dirname "$0")
log=$(mktemp)
trap 'rm -f "$log" "$log".*' EXIT
for script in "$here"/*.py "$here"/*.sh; do
	case $script in
	*_peer.py | */recording.py | */run.sh) continue ;;
	*.py) timeout 60 python3 "$script" >"$log.one" 2>&1 ;;
	*) timeout 60 sh "$script" >"$log.one" 2>&1 ;;
	esac
	grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$log.one"
	grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log.one" >>"$log" || {
		echo "$script did not get to its end"
		echo "0 passed, 1 failed" >>"$log"
	}
done
awk '{ p += $1; f += $3 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 }' "$log"
