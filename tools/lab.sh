#!/bin/sh
# lab.sh up|shell HOST|run HOST CMD...|status|down: two Samba forests with a trust, a member server and a client, in namespaces
# (tests/lab/lab.py says which). As root; NTLMAUDIT_LAB is its folder, default /var/tmp/ntlmaudit-lab. Exit status 77: not here.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
if [ "${1:-}" = up ] && [ "$(id -u)" -eq 0 ]; then
	sh "$top/tools/deps.sh" test
fi
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$top/tests/lab/lab.py" "$@"
