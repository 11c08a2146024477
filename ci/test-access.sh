#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The access flavour, built by each compiler there is: silent over all scenarios on right code, with both kinds of points and both
# rules for races; it reports its canaries; replay files say what they need.
set -u
cd "$(dirname "$0")/.." || exit 2
: "${BUILD:=build}" "${MAKE:=make}"
[ "${FLAVOUR:=release}" = release ] || { echo "ok access # SKIP it is tested with the release flavour"; exit 0; }

case "$BUILD" in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT

result() { # NAME WHY-NOT
	if [ -z "$2" ]; then echo "ok $1"; else echo "not ok $1 - $2"; fi
}

release=$BUILD/release/rmaptorture
names=$("$release" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/')

# run COMMAND...: leaves $status, $dir/out, $dir/err
run() {
	timeout 300 "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
}

# silent NAME COMMAND...
silent() {
	name=$1
	shift
	run "$@"
	result "$name" "$([ "$status" = 0 ] || echo "exit status $status: $(grep -m 1 FINDING "$dir/out" || tail -n 1 "$dir/err")")"
}

# canary NAME PROGRAM SCENARIO DEFECT POINTS PATTERN: found, told with the line of the source, and repeated by a replay.
canary() {
	run "$2" explore "$3" --defect "$4" --points "$5" --executions 1000 --artifacts "$dir/$1"
	result "$1" "$(grep -q "^FINDING $6" "$dir/out" || tail -n 1 "$dir/out")"
	result "$1-line" "$(grep -q '^  by [a-z]* at [a-z]*\.c:[0-9]' "$dir/out" || grep '^  by ' "$dir/out")"
	file=$(sed -n 's/^  replay: rmaptorture replay //p' "$dir/out")
	run "$2" replay "$file"
	result "$1-replay" "$([ "$(grep -c -e 'the same steps$' -e '^finding: the same$' "$dir/out")" = 2 ] || tail -n 1 "$dir/out")"
}

# flavour NAME PROGRAM
flavour() {
	for points in sync access; do
		# shellcheck disable=SC2086
		silent "$1-$points" "$2" explore $names --points $points --executions 1000
		canary "$1-$points-race" "$2" fork-vs-reclaim canary-race $points 'O12/race:[a-z_]*:shrink_isolated'
		canary "$1-$points-uaf" "$2" munmap-vs-reclaim canary-uaf $points O1/use-after-free:vma:unmap_region
	done
	# shellcheck disable=SC2086
	silent "$1-strict" "$2" explore $names --races strict --executions 1000
	silent "$1-run" "$2" run --executions 400 --artifacts "$dir/run"
	silent "$1-fuzz" "$2" fuzz --points access --executions 6000 --artifacts "$dir/fuzz"
}

# Real threads: lifetime only. Goals are not for this test to reach.
threads() { # PROGRAM
	# shellcheck disable=SC2086
	run "$1" stress $names --executions 120 --rounds 40 --threads 2 --noise 10 --time 5m
	result stress "$(grep -m 1 -E '^FINDING|failed|died|interrupted' "$dir/out" || head -n 1 "$dir/err")"
	run "$1" stress munmap-vs-reclaim --defect canary-uaf --executions 2000 --time 1m
	result stress-uaf "$(grep -q '^FINDING O1/use-after-free:vma:unmap_region' "$dir/out" || tail -n 1 "$dir/out")"
}

replays() { # PROGRAM
	run "$release" explore fork-split --defect Z05 --artifacts "$dir/move"
	run "$1" replay "$(sed -n 's/^  replay: rmaptorture replay //p' "$dir/out")"
	result replay-of-release "$(grep -q 'the same steps' "$dir/out" || tail -n 2 "$dir/out" | head -n 1)"
	for file in "$dir"/cc-access-race/*[0-9a-f].replay; do :; done
	run "$release" replay "$file"
	result replay-refused "$([ "$status" = 2 ] || echo "exit status $status")"
}

if "$MAKE" FLAVOUR=access BUILD="$BUILD" >"$dir/make" 2>&1; then
	result cc-builds ""
	flavour cc "$BUILD/access/rmaptorture-access"
	threads "$BUILD/access/rmaptorture-access"
	replays "$BUILD/access/rmaptorture-access"
else
	result cc-builds "$(grep -m 1 -E 'error|\*\*\*' "$dir/make")"
fi

command -v clang >/dev/null || { echo "ok clang # SKIP there is no clang"; exit 0; }
if "$MAKE" FLAVOUR=access BUILD="$dir/clang" CC=clang >"$dir/make" 2>&1; then
	result clang-builds ""
	flavour clang "$dir/clang/access/rmaptorture-access"
else
	result clang-builds "$(grep -m 1 -E 'error|\*\*\*' "$dir/make")"
fi
