#!/bin/sh
# build.sh [FOLDER [TARGET...]]: builds into build/ (or FOLDER) and says nothing unless that fails.
# MESON_OPTIONS is passed on; CC as usual.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
folder=$top/${1:-build}
[ $# -eq 0 ] || shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# A folder made by another Meson, or for another place, is made anew rather than mended.
configure() {
	# shellcheck disable=SC2086 # a list of options
	if [ -e "$folder/build.ninja" ]; then
		[ -z "${MESON_OPTIONS:-}" ] || meson configure "$folder" $MESON_OPTIONS || return 1
	else
		meson setup "$folder" "$top" ${MESON_OPTIONS:-} || return 1
	fi
	ninja -C "$folder" "$@"
}

if configure "$@" >"$log" 2>&1; then
	exit 0
fi
if [ -e "$folder/build.ninja" ] && ! grep -q 'FAILED:' "$log"; then
	mkdir -p "$folder" && rm -rf "$folder/meson-private" "$folder/build.ninja"
	if configure "$@" >"$log" 2>&1; then
		exit 0
	fi
fi
echo "the build failed:" >&2
if grep -qE 'FAILED:|ERROR:' "$log"; then
	grep -E -A 20 'FAILED:|ERROR:|error:' "$log" | cut -c1-300 | head -n 50 >&2
else
	tail -n 50 "$log" >&2
fi
exit 1
