#!/bin/sh
# deb.sh [FOLDER]: builds Debian packages of the checkout into build-deb/ (or FOLDER), and lets lintian look at them.
# DEBFULLNAME and DEBEMAIL name another maintainer.
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$tools")
out=$top/build-deb
[ $# -eq 0 ] || out=$(mkdir -p "$1" && cd "$1" && pwd)
sh "$tools/deps.sh" deb
cd "$top"

version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
# A later commit is a later version.
if commit=$(git rev-parse --short HEAD 2>/dev/null); then
	version=$version+git$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d.%H%M%S).$commit
fi

rm -rf "$out"
tree=$out/ntlmaudit-$version
mkdir -p "$tree"
# What is there, committed or not, without what was built.
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard
else
	find . -path './build*' -prune -o -type f -print0
fi | tar -cf - --null --ignore-failed-read -T - 2>/dev/null | tar -xf - -C "$tree"
cp -R "$tree/dist/debian" "$tree/debian"

cd "$tree"
maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
if [ -n "${DEBEMAIL:-}" ]; then
	maintainer="${DEBFULLNAME:-ntlmaudit maintainers} <$DEBEMAIL>"
	sed -i "s/^Maintainer: .*/Maintainer: $maintainer/" debian/control
fi
cat >debian/changelog <<END
ntlmaudit ($version) unstable; urgency=medium

  * Built from the checkout; its history tells what changed.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END

if ! dpkg-buildpackage -b -us -uc >"$out/build.log" 2>&1; then
	echo "the package could not be built; the end of $out/build.log:" >&2
	tail -n 40 "$out/build.log" >&2
	exit 1
fi
cd "$out"
rm -rf "$tree"
# Errors and warnings are shown; errors count.
lintian --fail-on error --tag-display-limit 0 ./*.changes
ls "$out"/*.deb
