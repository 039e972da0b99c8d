#!/bin/sh
# store.sh [FOLDER]: stores 5 million events of 2,000 users (tests/store/make-events.c) with everything that belongs to it,
# then asks the log what reports and searches ask. Prints a line of `key value` pairs each. BENCH_EVENTS changes the
# number; FOLDER is where the log lies (build/bench), which must be a real disk for the figures to mean anything.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
folder=${1:-$top/build/bench}
events=${BENCH_EVENTS:-5000000}
[ -n "${STORE_FILL:-}" ] || MESON_OPTIONS=-Dtests=enabled sh "$top/tools/build.sh" build tests/store/store-fill
fill=${STORE_FILL:-$top/build/tests/store/store-fill}
log=$folder/store.db
mkdir -p "$folder"
rm -f "$log" "$log"-*

# The value after a key of store-fill's last output.
value() { printf '%s\n' "$said" | tr '\n' ' ' | sed -n "s/.*\\b$1 \\([0-9.]*\\).*/\\1/p"; }

said=$("$fill" fill "$log" 0 "$events" "$events")
awk -v n="$events" -v s="$(value seconds)" -v cpu="$(value cpu)" -v kib="$(value kilobytes)" \
	-v size="$(stat -c %s "$log")" 'BEGIN { printf "%-34s seconds %.1f  cpu %.1f  events/s %.0f  MiB %.0f  bytes/event %.1f\n",
	"storing", s, cpu, n / s, kib / 1024, size / n }'

# NAME VERB WORD...: the least seconds of three.
ask() {
	name=$1 verb=$2 best=
	shift 2
	for _ in 1 2 3; do
		said=$("$fill" "$verb" "$log" "$@")
		best=$(printf '%s\n%s\n' "$best" "$(value seconds)" | grep . | sort -g | head -n 1)
	done
	printf '%-34s seconds %s  rows %s  MiB %s\n' "$name" "$best" "$(value found)$(value rows)" $(($(value kilobytes) / 1024))
}

# Dimensions by their bits: enum usage_dim.
ask "usage: users" usage 4
ask "usage: users, 7 days" usage 4 7
ask "usage: users, versions, outcomes" usage 1156
ask "usage: reasons, clients, SPNs" usage 360
ask "usage: reasons, clients, SPNs, 7 days" usage 360 7
ask "usage: client to server" usage 24
ask "usage: client to server, 7 days" usage 24 7
ask "usage: processes" usage 64
ask "usage: warnings" usage 2048
ask "usage: all but hours" usage 4094
ask "usage: all but hours, 7 days" usage 4094 7
ask "usage: trend" usage 1
ask "usage: trend of levels, outcomes" usage 1537
ask "50 of a user" search 50 user user0003
ask "50 of a rare user, newest first" search 50 user user1999 newest 1
ask "50 of a client" search 50 client CLIENT123
ask "50 of a server" search 50 server SERVER001
ask "50 of a server, any case, wildcard" search 50 server '*r001*'
ask "50 of nobody" search 50 user nobody
ask "50 of an SPN" search 50 spn 'cifs/server2?7*'
said=$("$fill" verify "$log")
printf '%-34s seconds %s  faults %s  MiB %s\n' "verifying" "$(value seconds)" "$(value faults)" $(($(value kilobytes) / 1024))
