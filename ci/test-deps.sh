#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The rules of the tree: which layer may include what, and what every source looks like.
set -u
cd "$(dirname "$0")/.." || exit 2
: "${MAKE:=make}"

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1 - $2"; }

# check NAME OFFENDERS: there must be none.
check() {
	if [ -z "$2" ]; then
		ok "$1"
	else
		not_ok "$1" "$(printf '%s' "$2" | head -n 5 | tr '\n' ';')"
	fi
}

# --- The arrow: with our Makefile, in a tree of its own that has nothing but one header per layer. ---

tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
cp Makefile "$tree"/ && mkdir "$tree/locks" "$tree/core" "$tree/harness"
for layer in locks core harness; do
	echo "#define HAVE_$layer 1" >"$tree/$layer/probe_$layer.h"
done

compiles() { # LAYER INCLUDED
	printf '#include "probe_%s.h"\nextern const int probe;\nconst int probe = HAVE_%s;\n' \
		"$2" "$2" >"$tree/$1/probe.c"
	rm -rf "$tree/build"
	$MAKE -s -C "$tree" build/release/obj/"$1"/probe.c.o FLAVOUR=release BUILD=build \
		>"$tree/log" 2>&1
}

may() {
	if compiles "$1" "$2"; then
		ok "$1-may-include-$2"
	else
		not_ok "$1-may-include-$2" "$(grep -m 1 -i error "$tree/log")"
	fi
}

may_not() {
	if compiles "$1" "$2"; then
		not_ok "$1-may-not-include-$2" "it was compiled"
	elif grep -q "probe_$2.h: No such file" "$tree/log" ||
	     grep -q "'probe_$2.h' file not found" "$tree/log"; then
		ok "$1-may-not-include-$2"
	else
		not_ok "$1-may-not-include-$2" "failed otherwise: $(head -n 1 "$tree/log")"
	fi
}

may locks locks
may core locks
may core core
may harness locks
may harness core
may harness harness
may_not locks core
may_not locks harness
may_not core harness

# --- The sources: what git tracks or would track. ---

files=$(git ls-files -co --exclude-standard 2>/dev/null) && [ -n "$files" ] ||
	files=$(find . -path ./build -prune -o -path ./.git -prune -o -type f -print | sed 's|^\./||')
existing=$(for f in $files; do [ ! -f "$f" ] || echo "$f"; done)
code=$(echo "$existing" | grep -E '\.[chS]$')
scripts=$(for f in $existing; do
	case "$f" in Makefile) echo "$f" ;; *) head -c 2 "$f" | grep -qF '#!' && echo "$f" ;; esac; done)
spdx='SPDX-License-Identifier: GPL-2.0-only'

# search FILES PATTERN: the lines of these files that match, with their place.
search() { echo "$1" | grep . | tr '\n' '\0' | xargs -0 -r grep -nIE -- "$2" /dev/null; }

check no-include-by-climbing "$(search "$code" '#[[:space:]]*include[[:space:]]*"(.*/)?\.\./')"
check spdx-in-sources "$(for f in $code; do
	head -n 1 "$f" | grep -qF "/* $spdx */" || echo "$f"; done)"
check spdx-in-scripts "$(for f in $scripts; do
	head -n 2 "$f" | grep -qF "# $spdx" || echo "$f"; done)"
check a-purpose-in-sources "$(for f in $code; do
	sed -n 2p "$f" | grep -qE '^/\*' || echo "$f"; done)"
check files-within-600-lines "$(for f in $code; do
	awk -v f="$f" 'END { if (NR > 600) print f ": " NR }' "$f"; done)"
check functions-within-60-lines "$(for f in $code; do
	awk -v f="$f" '/^{/ { start = NR } /^}/ { if (start && NR - start > 61) \
		print f ":" start ": " NR - start - 1; start = 0 }' "$f"; done)"
# The formatter aims at 100 columns; a comment or a message may stick out, within reason.
check lines-within-140-columns "$(for f in $code; do
	expand "$f" | awk -v f="$f" 'length($0) > 140 { print f ":" NR }'; done)"
# The brackets keep these patterns from matching themselves.
check nothing-left-for-later "$(search "$code
$scripts" '\<(TOD[O]|FIXM[E]|XX[X]|HAC[K])\>')"
check no-path-of-one-machine \
	"$(search "$existing" '(^|[^A-Za-z0-9_.])/(hom[e]|roo[t]|wor[k]|far[m]|mn[t])/')"
