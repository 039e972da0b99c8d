#!/bin/sh
# layers.sh: the house rules that a compiler does not check. Fails on an include that tools/layers.txt
# does not allow, on a header that does not compile alone, and on functions that are banned.
set -eu

tools=$(cd "$(dirname "$0")" && pwd)
cd "$tools/.."
passed=0
failed=0

good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "$1"; }

check_includes() {
	folder=$(basename "$(dirname "$1")")
	allowed=$(sed -n "s/^$folder:[[:space:]]*//p" tools/layers.txt)
	if ! grep -q "^$folder:" tools/layers.txt; then
		bad "$1: src/$folder is not in tools/layers.txt"
		return
	fi
	for used in $(sed -n 's/^#[[:space:]]*include "\([^"]*\)".*/\1/p' "$1"); do
		case " $folder $allowed " in
		*" ${used%%/*} "*) [ -e "src/$used" ] || { bad "$1: no such header: $used"; return; } ;;
		*) bad "$1: $folder/ may not include $used"; return ;;
		esac
	done
	good
}

check_header() {
	if printf '#include "%s"\n' "${1#src/}" |
		${CC:-cc} -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -Isrc -fsyntax-only -x c - 2>&1; then
		good
	else
		bad "$1: does not compile alone"
	fi
}

# NAME REGEX WHERE-ALLOWED
check_banned() {
	# Comments and strings may say the word.
	found=$(grep -nE "(^|[^_a-zA-Z0-9>.])($2)[[:space:]]*\(" $files | grep -vE ':[[:space:]]*(\*|/\*|//)' |
		grep -vE "^($3):" || true)
	if [ -n "$found" ]; then
		bad "$1: $found"
	else
		good
	fi
}

files=$(find src -name '*.[ch]' | sort)
for f in $files; do
	check_includes "$f"
done
for f in $(find src -name '*.h' | sort); do
	check_header "$f"
done
check_banned "no bounds" 'strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|scanf' '-'
check_banned "no error result" 'atoi|atol|atoll|atof' '-'
check_banned "the stack is not for a stranger's size" 'alloca|__builtin_alloca' '-'
check_banned "base/mem.h owns the heap" \
	'malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf' 'src/base/mem\.c'
check_banned "libraries neither print nor exit" 'printf|puts|perror|exit|_exit|abort|err|errx|warn|warnx' \
	'src/(cmd|daemon)/[a-z0-9-]*\.[ch]'
check_banned "no shell" 'system|popen|execv[pe]*|execl[pe]*' '-'
check_banned "the daemon owns processes" 'fork|vfork' 'src/daemon/[a-z0-9-]*\.[ch]'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
