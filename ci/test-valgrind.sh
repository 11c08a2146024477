#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The valgrind flavour under memcheck: silent over all scenarios on schedules and on threads, and it reports its canary.
set -u
cd "$(dirname "$0")/.." || exit 2
: "${BUILD:=build}" "${MAKE:=make}"
[ "${FLAVOUR:=release}" = release ] || { echo "ok memcheck # SKIP it is tested with the release flavour"; exit 0; }
command -v valgrind >/dev/null || { echo "ok memcheck # SKIP there is no valgrind"; exit 0; }
[ -e /usr/include/valgrind/memcheck.h ] || { echo "ok memcheck # SKIP valgrind's headers are missing"; exit 0; }

case "$BUILD" in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
program=$BUILD/valgrind/rmaptorture-valgrind

result() { # NAME WHY-NOT
	if [ -z "$2" ]; then echo "ok $1"; else echo "not ok $1 - $2"; fi
}

if ! "$MAKE" FLAVOUR=valgrind BUILD="$BUILD" >"$dir/make" 2>&1; then
	result valgrind-builds "$(grep -m 1 -E 'error|\*\*\*' "$dir/make")"
	exit 0
fi
result valgrind-builds ""
names=$("$program" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/')

memcheck() { # NAME ARGUMENT...
	name=$1
	shift
	timeout 300 valgrind --quiet --fair-sched=yes "$program" "$@" --artifacts "$dir/a" >"$dir/out" 2>"$dir/err" </dev/null
	result "$name" "$(grep -m 1 '^FINDING' "$dir/out" || grep -m 1 '^==' "$dir/err")"
}

# shellcheck disable=SC2086
memcheck memcheck-explore explore $names --executions 40
# shellcheck disable=SC2086
timeout 300 valgrind --quiet --fair-sched=yes "$program" stress $names --executions 20 --rounds 10 --threads 2 --noise 10 \
	--time 10m >"$dir/out" 2>"$dir/err" </dev/null
result memcheck-stress "$(grep -m 1 '^FINDING' "$dir/out" || grep -m 1 '^==' "$dir/err")"
timeout 100 valgrind --quiet "$program" explore munmap-vs-reclaim --defect canary-uaf --executions 20 --artifacts "$dir/b" \
	>"$dir/out" 2>"$dir/err" </dev/null
result memcheck-canary "$(grep -q '^FINDING O1/valgrind:' "$dir/out" || tail -n 1 "$dir/out")"
