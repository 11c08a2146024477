#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Stress on real threads: silent on right code, noise finds defects, the watchdog names a deadlock, an interrupt ends it cleanly.
# Bounded by rounds. What must be found is found hundreds of times sooner than the bound allows.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# finds NAME PATTERN ARGUMENT...: exit status 1 and a finding that matches.
finds() {
	name=$1 pattern=$2
	shift 2
	timeout 1200 "$program" stress "$@" >out 2>err </dev/null
	status=$?
	if [ "$status" != 1 ]; then
		result "$name" "exit status $status: $(tail -n 1 out)"
	elif ! grep -qE "^FINDING $pattern" out; then
		result "$name" "says: $(grep -m 1 '^FINDING' out)"
	elif ! grep -q 'hand over: rmaptorture explore' out; then
		result "$name" "does not say how to hand it over"
	else
		result "$name" ""
	fi
}

names=$("$program" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/')
silent_stress all-scenarios-silent "$program" stress --executions 240 --rounds 40 --threads 3 --noise 10 --time 15m

finds canary 'O6/' fork-vs-reclaim --defect canary-page-mmap --executions 2000 --time 15m --noise 20
finds noise-finds-Z12 'O1/' exit-family --defect Z12 --threads 2 --executions 40000 --time 15m --noise 20
finds noise-finds-Z11 'O[16]/' exit-vs-walk --defect Z11-mapped --threads 2 --executions 40000 --time 15m --noise 20
finds identity-finds-Z10e 'O1/identity' exit-vs-walk --defect Z10e --threads 2 --executions 100000 --time 15m --noise 20

cp "$test_scenarios/abba.scn" .
finds watchdog-names-the-cycle 'O9/deadlock:m,n' ./abba.scn --oracles -O6 --executions 100000 --time 15m --noise 50
result watchdog-says-who-holds "$(grep -q 'waits for .* held by' out || echo "no word of it")"

# Threads that hang are the end of it, even when nobody is to say so.
timeout 1200 "$program" stress ./abba.scn --oracles -O6,-O9 --executions 100000 --time 15m --noise 50 >out 2>err </dev/null
status=$?
result hang-without-its-oracle "$([ "$status" = 3 ] && grep -q 'failed: a thread hangs, which no oracle is on to report' out ||
	echo "exit status $status: $(tail -n 1 out)")"

"$program" stress fork-vs-reclaim --time 15m --executions 100000000 >out 2>err </dev/null &
pid=$!
sleep 1
kill -INT "$pid"
wait "$pid"
status=$?
result interrupt "$([ "$status" = 3 ] && grep -q interrupted out || echo "exit status $status: $(tail -n 1 out)")"
