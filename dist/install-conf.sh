#!/bin/sh
# install-conf.sh FILE FOLDER: puts the default configuration there, below $DESTDIR, unless there is one.
set -eu

folder=${DESTDIR:-}$2
if [ -e "$folder/ntlmaudit.conf" ]; then
	exit 0
fi
if [ -z "${DESTDIR:-}" ] && [ "$(id -u)" -ne 0 ]; then
	echo "no configuration made at $folder: that needs root" >&2
	exit 0
fi
install -d "$folder" "$folder/ntlmaudit.conf.d"
install -m 0644 "$1" "$folder/ntlmaudit.conf"
