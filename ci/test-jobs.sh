#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What comes of a campaign does not depend on the number of processes: not what it counts, not which finding it tells, not how.
. "$(dirname "$0")/lib.sh"
release_only jobs

cd "$dir" || exit 2

# same NAME STATUS FORMAT ARGUMENT...: the same output and replay files with 1, 2 and 5 processes, but for seconds.
same() {
	name=$1 wanted=$2 format=$3
	shift 3
	for jobs in 1 2 5; do
		rm -rf art
		timeout 1200 "$program" explore "$@" --format "$format" --jobs $jobs --artifacts art >out 2>err </dev/null
		status=$?
		[ "$status" = "$wanted" ] || break
		if [ "$format" = json ]; then
			sed 's/"[a-z_]*_s":[0-9.e+-]*,*//g' out >"$name.$jobs"
		else
			sed '/^FINDING/,/replay:/!d' out >"$name.$jobs"
		fi
		find art -name '*.replay' -exec cat {} + >>"$name.$jobs" 2>/dev/null
	done
	if [ "$status" != "$wanted" ]; then
		result "$name" "exit status $status with $jobs jobs: $(head -n 1 err)"
	elif ! [ -s "$name.1" ] || ! cmp -s "$name.1" "$name.2" || ! cmp -s "$name.1" "$name.5"; then
		result "$name" "differs: $(diff "$name.1" "$name.5" | head -n 2 | tail -n 1)"
	else
		result "$name" ""
	fi
}

# Three slices each; findings in the first slice, in a later one while others run, and two campaigns at once.
same counts 0 json cow-twice munmap-vs-reclaim --executions 20000
same early-finding 1 json exit-family --defect Z13 --executions 60000
same late-finding 1 json exit-vs-walk --defect Z10e --seed 3 --executions 40000
same late-finding-told 1 text exit-vs-walk --defect Z10e --seed 3 --executions 40000
same two-campaigns 1 json exit-vs-walk cow-twice --defect Z10e --seed 10 --executions 20000

timeout 1200 "$program" explore exit-vs-walk --defect Z10e --seed 3 --executions 40000 --format json --artifacts art >out 2>err </dev/null
result late-is-late "$([ "$(sed -n 's/.*"execution":\([0-9]*\).*/\1/p' out)" -gt 8192 ] || cat out)"

# A process that dies in the middle leaves the campaign without a verdict, and the others with theirs. Depth-first search is one
# process's work, here more than it has time for: of the two seconds one takes a tenth, the other needs twice as many.
(ulimit -t 2 && timeout 1200 "$program" explore locks fork-chain --strategy dfs --executions 50000 --jobs 2 --format json) \
	>out 2>err </dev/null
result killed-worker "$([ "$?" = 3 ] && grep -q '"scenario":"fork-chain".*the worker died' out || tail -n 1 out)"
result others-live "$(grep -q '"scenario":"locks".*"executions":50000,.*"interrupted":false' out || head -n 1 out)"
