#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Long: two compilers, all scenarios, each access of the model.
# The access flavour, built by each compiler there is: silent over all scenarios on right code, with both kinds of points and both
# rules for races, with and without torn stores; it reports its canaries; replay files say what they need.
. "$(dirname "$0")/lib.sh"
release_only access

release=$BUILD/release/rmaptorture
names=$("$release" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/')

# run COMMAND...: leaves $status, $dir/out, $dir/err
run() {
	timeout 1200 "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
}

# silent NAME COMMAND...: there is nothing to find. With so many more points some goal may want more executions than these (status 3):
# that they are reached is for ci/test-scenarios.sh to see.
silent() {
	name=$1
	shift
	run "$@"
	result "$name" "$([ "$status" = 0 ] || [ "$status" = 3 ] || echo "exit status $status: $(grep -m 1 FINDING "$dir/out" || tail -n 1 "$dir/err")")"
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

# figures PROGRAM ARGUMENT...: what came of a scenario, but for how long it took.
figures() {
	program=$1
	shift
	run "$program" explore fork-vs-reclaim --executions 300 --format json "$@"
	grep -o '"\(steps\|traces\|reached\|findings\)":[^,}]*' "$dir/out"
}

# torn NAME PROGRAM EXECUTIONS: plain stores in halves are silent on right code; a store that needed its mark is found by them, not as a race.
torn() {
	for points in sync access; do
		# shellcheck disable=SC2086
		silent "$1-tear-$points" "$2" explore $names --points $points --tear --executions "$3"
		silent "$1-tear-$points-is-no-race" "$2" explore small-swapin-twice --points $points --defect canary-tear --executions 1000
		run "$2" explore small-swapin-twice --points $points --tear --defect canary-tear --executions 5000 --artifacts "$dir/$1-tear-$points"
		result "$1-tear-$points-canary" "$(grep -q '^FINDING O1/crash:bad-address' "$dir/out" &&
			grep -qE '^    (child|parent) +at write\.rest swap1 \(swap\.c:' "$dir/out" ||
			tail -n 1 "$dir/out")"
		run "$2" hunt canary-tear --points $points --tear --seeds 3
		result "$1-tear-$points-hunt" "$([ "$status" = 0 ] || tail -n 1 "$dir/out")"
	done
	silent "$1-tear-fuzz" "$2" fuzz --points access --tear --executions 6000 --artifacts "$dir/fuzz"
	why=
	for file in "$dir/$1"-tear-*/*.replay; do
		run "$2" replay "$file"
		[ "$(grep -c -e 'the same steps$' -e '^finding: the same$' "$dir/out")" = 2 ] && grep -q '^access .*tear$' "$file" ||
			why="$(basename "$file"): $(tail -n 1 "$dir/out")"
	done
	result "$1-tear-replays" "$why"
	# Off, it changes nothing; on, there is more to choose from. So it is for who plays a file without what it says.
	figures "$release" >"$dir/whole"
	figures "$2" >"$dir/untorn"
	figures "$2" --tear >"$dir/torn"
	result "$1-tear-off" "$(cmp "$dir/whole" "$dir/untorn")"
	result "$1-tear-on" "$(! cmp -s "$dir/whole" "$dir/torn" || echo "the same figures with torn stores")"
	sed '/^access tear$/d' "$dir/$1-tear-sync/"*[0-9a-f].replay >"$dir/edited"
	run "$2" replay "$dir/edited"
	result "$1-tear-needed" "$(grep -q '^finding: none$' "$dir/out" || tail -n 1 "$dir/out")"
}

# flavour NAME PROGRAM EXECUTIONS: the second compiler says little that the first does not, and takes as long.
flavour() {
	for points in sync access; do
		# shellcheck disable=SC2086
		silent "$1-$points" "$2" explore $names --points $points --executions "$3"
		canary "$1-$points-race" "$2" fork-vs-reclaim canary-race $points 'O12/race:[a-z_]*:shrink_isolated'
		canary "$1-$points-uaf" "$2" munmap-vs-reclaim canary-uaf $points O1/use-after-free:vma:unmap_region
	done
	# shellcheck disable=SC2086
	silent "$1-strict" "$2" explore $names --races strict --executions "$3"
	silent "$1-fuzz" "$2" fuzz --points access --executions 6000 --artifacts "$dir/fuzz"
	torn "$1" "$2" "$3"
}

# Real threads: lifetime only. Goals are not for this test to reach.
threads() { # PROGRAM
	silent run "$1" run --executions 400 --artifacts "$dir/run"
	# shellcheck disable=SC2086
	run "$1" stress $names --executions 40 --rounds 20 --threads 2 --noise 10 --time 15m
	result stress "$(grep -m 1 -E '^FINDING|failed|died|interrupted' "$dir/out" || head -n 1 "$dir/err")"
	run "$1" stress munmap-vs-reclaim --defect canary-uaf --executions 2000 --time 15m
	result stress-uaf "$(grep -q '^FINDING O1/use-after-free:vma:unmap_region' "$dir/out" || tail -n 1 "$dir/out")"
}

# One line that says which program it takes, and status 2; nothing when it was so.
refusal() {
	[ "$status" = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -q -e '--tear needs the program' "$dir/err" ||
		echo "exit status $status: $(head -n 1 "$dir/err")"
}

replays() { # PROGRAM
	run "$release" explore fork-split --defect Z05 --artifacts "$dir/move"
	run "$1" replay "$(sed -n 's/^  replay: rmaptorture replay //p' "$dir/out")"
	result replay-of-release "$(grep -q 'the same steps' "$dir/out" || tail -n 2 "$dir/out" | head -n 1)"
	for file in "$dir"/cc-access-race/*[0-9a-f].replay; do :; done
	run "$release" replay "$file"
	result replay-refused "$([ "$status" = 2 ] || echo "exit status $status")"
	for file in "$dir"/cc-tear-sync/*[0-9a-f].replay; do :; done
	run "$release" replay "$file"
	result replay-of-torn-refused "$(refusal)"
	run "$release" explore fork-vs-reclaim --tear
	result tear-refused "$(refusal)"
}

build access
cc=$program
flavour cc "$cc" 500
threads "$cc"
replays "$cc"

command -v clang >/dev/null || { echo "ok clang # SKIP there is no clang"; exit 0; }
if "$MAKE" FLAVOUR=access BUILD="$dir/clang" CC=clang >"$dir/make" 2>&1; then
	result clang-builds ""
	flavour clang "$dir/clang/access/rmaptorture-access" 150
else
	result clang-builds "$(grep -m 1 -E 'error|\*\*\*' "$dir/make")"
fi
