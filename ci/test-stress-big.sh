#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Stress on big machines: no line of the harness's own is shared at each operation, threads on their CPUs, all that is known of threads
# that hang, a ceiling for memory.
. "$(dirname "$0")/lib.sh"
release_only stress-big
root=$PWD
cd "$dir" || exit 2

# exits NAME STATUS PATTERN ARGUMENT...: of stress; what it prints matches.
exits() {
	name=$1 want=$2 pattern=$3
	shift 3
	timeout 600 "$program" stress "$@" --artifacts "$dir/artifacts" >out 2>err </dev/null
	status=$?
	if [ "$status" != "$want" ]; then
		result "$name" "exit status $status: $(cat err out | tail -n 1)"
	else
		result "$name" "$(cat out err | grep -qE "$pattern" || echo "no '$pattern': $(cat err out | tail -n 1)")"
	fi
}

exits affinity 0 '"affinity":"spread"' fork-vs-reclaim --affinity spread --threads 4 --executions 200 --time 5m --format json
exits affinity-compact 0 'threads are bound: compact' fork-vs-reclaim --affinity compact --threads 4 --executions 200 --time 5m --verbose
exits affinity-shuffle 0 'threads are bound: shuffle' fork-vs-reclaim --affinity shuffle --threads 4 --executions 200 --time 5m --verbose
for list in 3-1 0, x 0-x '' 0,,0; do
	exits "affinity-bad-list-'$list'" 2 '^[^ ]*:? ?.*--affinity: expected' fork-vs-reclaim --affinity "$list"
	result "affinity-one-line-'$list'" "$([ "$(cat err | wc -l)" = 1 ] || cat err)"
done
exits affinity-no-such-cpu 2 'expected CPUs that this process may use, found 4095' fork-vs-reclaim --affinity 4095

exits memory-max 3 'more than --rss-max 1: [0-9]* KiB resident: .* of the arena' fork-vs-reclaim --rss-max 1 --threads 16 --time 20s
result memory-max-tells-results "$(grep -qE '^fork-vs-reclaim .* failed' out || tail -n 1 out)"

# Threads that sleep for good: all that is known of them.
cp "$test_scenarios/abba.scn" .
exits hang 1 'state of all threads: ' ./abba.scn --oracles -O6 --executions 100000 --time 15m --noise 50 --threads 2 --format text
file=$(sed -n 's/.*state of all threads: //p' out)
for word in 'its last statement: ./abba.scn:4' 'holds n n for write, taken at interp_lock.c' 'which task [0-9]* first has for write' \
	'queue: [0-9]* first (write)' 'RCU callbacks outstanding' 'KiB resident' 'stack: .*rmaptorture+0x' 'stack: .*pthread_barrier_wait'; do
	result "hang-tells: $word" "$(grep -q "$word" "$file" || echo "not in the state of all threads")"
done
exits finding-in-json 1 '"hit_rounds":[0-9]+.*"next":"rmaptorture explore fork-vs-reclaim .*--target' fork-vs-reclaim \
	--defect canary-page-mmap --executions 2000 --time 15m --noise 20 --format json

# 64 copies. Zero, and not nearly; and a counter that all threads share is seen.
cd "$root" || exit 2
build sharing
cd "$dir" || exit 2
for scenario in fork-vs-reclaim exit-vs-walk; do
	exits "no-shared-lines-$scenario" 0 '"shared_writes_per_op":0\.0[,}]' $scenario --threads 64 --executions 60 --rounds 20 --time 10m \
		--format json
done
RMAPTORTURE_SHARED_COUNTER=1
export RMAPTORTURE_SHARED_COUNTER
exits shared-counter-is-seen 0 '^ +[0-9]+  stress_shares_event \(shares\.c:[0-9]+\)$' fork-vs-reclaim --threads 64 --executions 60 --rounds 20 \
	--time 10m --verbose
result shared-counter-counts "$(awk '/^shared lines:/ { n = $3 } END { exit !(n > 0.5) }' out || grep '^shared lines' out)"
