#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ctrl-C, and workers that die: the results so far, an exit status that says so, and nobody left behind.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# More than anybody waits for.
forever=100000000

# after SIGNAL ARGUMENT...: the signal after a second to the program and all its processes, as a terminal sends it.
after() {
	signal=$1
	shift
	timeout --preserve-status -k 30 -s "$signal" 1 "$program" "$@" >out 2>err </dev/null
	status=$?
}

# Children of a process, from /proc: procps need not be there, and processes come and go meanwhile.
children() { # PID
	cat /proc/[0-9]*/stat 2>/dev/null |
		awk -v parent="$1" '{ pid = $1; sub(/^.*\) /, ""); split($0, field, " "); if (field[2] == parent) print pid }'
}

# begin NUMBER ARGUMENT...: the program in the background, its pid in $pid; wait until it has so many workers, in $workers.
begin() {
	wanted=$1
	shift
	"$program" "$@" >out 2>err </dev/null &
	pid=$!
	tries=0
	workers=
	while [ "$(echo "$workers" | wc -w)" -lt "$wanted" ] && [ $tries -lt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
		workers=$(children $pid)
	done
	sleep 0.3
}

# Wait until the process and its children are gone, for ten seconds at most: what is left is killed, and told.
gone() { # PID...
	tries=0
	while [ $tries -lt 100 ]; do
		left=
		for p; do
			# Zombies are gone: nobody need have waited for them yet.
			grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$p/status" && left="$left $p"
		done
		[ -n "$left" ] || return 0
		sleep 0.1
		tries=$((tries + 1))
	done
	# shellcheck disable=SC2086
	kill -KILL $left 2>/dev/null
	echo "still there after ten seconds:$left"
}

# The row of a scenario in the table has run something, and ends in this.
row() { # SCENARIO VERDICT
	awk -v name="$1" -v verdict="$2" '
		$1 == name && $3 > 0 && index($0, verdict) { found = 1 }
		END { exit !found }' out || echo "no row '$1 ... $2': $(grep "^$1 " out)"
}

# A sanitizer may have something to say.
quiet() {
	[ ! -s err ] || [ "$FLAVOUR" != release ] || echo "prints on stderr: $(head -n 1 err)"
}

expect() { # NAME STATUS WHY-NOT...
	name=$1 right=$2
	shift 2
	why=
	for w; do
		[ -z "$w" ] || why="$why; $w"
	done
	[ "$status" = "$right" ] || why="exit status $status, not $right: $(head -n 1 err)$why"
	result "$name" "${why#; }"
}

# ---- Ctrl-C ----

after INT explore cow-twice fork-vs-reclaim --executions $forever --jobs 2
expect explore 3 "$(quiet)" "$(row cow-twice interrupted)" "$(row fork-vs-reclaim interrupted)"

after TERM explore cow-twice --executions $forever
expect explore-terminated 3 "$(quiet)" "$(row cow-twice interrupted)"

after INT explore cow-twice --executions $forever --format json
expect explore-json 3 "$(quiet)" "$(grep -q '"executions":[1-9].*"interrupted":true' out || head -n 1 out)"

# One at a time: what was not begun has no result, and is no clean one.
after INT explore cow-twice fork-vs-reclaim --executions $forever --jobs 1
expect explore-not-begun 3 "$(quiet)" "$(row cow-twice interrupted)" "$(grep -q '^fork-vs-reclaim .*interrupted' out || tail -n 1 out)"

# What was found before counts more than that the rest was not done.
after INT explore fork-chain cow-twice --defect Z02 --executions $forever --jobs 2
expect explore-with-finding 1 "$(quiet)" "$(row cow-twice interrupted)" "$(row fork-chain O8/)" \
	"$(grep -q '^FINDING O8/' out || echo "no report")" "$(grep -q '^ *replay: ' out || echo "no replay command")"

after INT run --executions $forever
expect run 3 "$(quiet)" "$(grep -q interrupted out || echo "no word of it")" "$(grep 'NOT FOUND' out)"

after INT run cow-twice fork-vs-reclaim --provider anon-chain --executions $forever --jobs 2
expect run-some 3 "$(quiet)" "$(row cow-twice interrupted)" "$(row fork-vs-reclaim interrupted)"

# A defect that the only oracle in use cannot see is hunted for ever.
after INT hunt Z03 --oracles O9 --executions $forever
expect hunt 3 "$(quiet)" "$(grep -q '^Z03 ' out || echo "no row of the defect")" "$(grep -q ': interrupted$' out || tail -n 1 out)"

after INT stress cow-twice --time 60s
expect stress 3 "$(quiet)" "$(row cow-twice interrupted)"

# To the program alone, not to its workers: it tells them.
begin 2 explore cow-twice fork-vs-reclaim --executions $forever --jobs 2
kill -INT $pid
# shellcheck disable=SC2086 # several
left=$(gone $pid $workers)
wait $pid
status=$?
expect explore-parent-only 3 "$left" "$(quiet)" "$(row cow-twice interrupted)" "$(row fork-vs-reclaim interrupted)"

# All scenarios: more pieces of work than a process may have mappings (65530). It begins, and what was begun reports.
# shellcheck disable=SC2046 # a word for each
begin 2 explore $("$program" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/') --executions $forever --jobs 2
kill -INT $pid
# shellcheck disable=SC2086
left=$(gone $pid $workers)
wait $pid
status=$?
expect explore-all 3 "$left" "$(quiet)" "$([ "$(grep -c ' interrupted$' out)" -gt 100 ] || tail -n 1 out)"

# ---- workers and parents that die ----

begin 1 explore cow-twice --executions $forever --jobs 1
# shellcheck disable=SC2086
kill -KILL $workers
left=$(gone $pid)
wait $pid
status=$?
expect worker-killed 3 "$left" "$(row cow-twice 'the worker died')"

begin 1 explore cow-twice --executions $forever --jobs 1 --format json
# shellcheck disable=SC2086
kill -KILL $workers
left=$(gone $pid)
wait $pid
status=$?
expect worker-killed-json 3 "$left" "$(grep -q '"error":"the worker died"' out || head -n 1 out)"

begin 1 hunt Z03 --oracles O9 --executions $forever --seeds 1 --jobs 1
# shellcheck disable=SC2086
kill -KILL $workers
left=$(gone $pid)
wait $pid
status=$?
expect worker-killed-hunting 3 "$left" "$(grep -q ': the worker died$' out || tail -n 1 out)"

# The other one goes on.
begin 2 explore cow-twice fork-vs-reclaim --executions $forever --jobs 2
kill -KILL "$(echo "$workers" | sort -n | head -n 1)"
sleep 0.5
why=$([ -n "$(children $pid)" ] || echo "both workers are gone")
kill -INT $pid
# shellcheck disable=SC2086
left=$(gone $pid $workers)
wait $pid
status=$?
expect other-worker-goes-on 3 "$left" "$why" "$(row fork-vs-reclaim interrupted)" "$(grep -q '^cow-twice ' out || echo "no row of the dead one")"

# A finding is a finding, whoever dies after it.
begin 1 explore fork-chain cow-twice --defect Z02 --executions $forever --jobs 1
tries=0
while ! grep -q '^FINDING ' out && [ $tries -lt 100 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
sleep 0.3
# shellcheck disable=SC2046
kill -KILL $(children $pid)
left=$(gone $pid)
wait $pid
status=$?
expect worker-killed-after-finding 1 "$left" "$(row fork-chain O8/)" "$(row cow-twice 'the worker died')"

# The parent is killed and can tell nobody: its workers do not go on without it.
begin 2 explore cow-twice fork-vs-reclaim --executions $forever --jobs 2
kill -KILL $pid
# shellcheck disable=SC2086
left=$(gone $workers)
wait $pid 2>/dev/null
result no-worker-without-parent "$left"
exit 0
