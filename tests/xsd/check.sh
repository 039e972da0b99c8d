#!/bin/sh
# Checks event XML against the schemas beside this script: check.sh FILE... (- = standard input).
# A saved log or a single Event. Says nothing where all is well.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || {
	echo "usage: check.sh FILE..." >&2
	exit 2
}
xmllint --nonet --noout --huge --schema "$here/events.xsd" "$@" 2>&1 |
	awk '!/ validates$/ { print; bad = 1 } END { exit bad }' >&2
