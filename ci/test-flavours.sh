#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The sanitizer flavours: built, silent over all scenarios on right code, on schedules and on threads; each reports its canary, and
# a replay file moves between flavours.
# Beyond 28 bits of randomisation clang 14's ThreadSanitizer cannot place its shadow.
bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)
if [ "$bits" -gt 28 ] && [ "${FIXED_ADDRESSES:-}" != 1 ]; then
	FIXED_ADDRESSES=1 exec setarch -R "$0"
fi
. "$(dirname "$0")/lib.sh"
# This script is about all flavours at once: once is enough.
release_only flavours
command -v clang >/dev/null || { echo "ok flavours # SKIP there is no clang"; exit 0; }

names=$("$(program_of release)" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/')

# canary FLAVOUR SCENARIO DEFECT PATTERN: found on schedules, repeated by a replay, found on threads.
canary() {
	bin=$(program_of "$1")
	timeout 1200 "$bin" explore "$2" --defect "$3" --executions 500 --artifacts "$dir/$1" >"$dir/out" 2>&1 </dev/null
	result "$1-canary-explore" "$(grep -q "^FINDING $4" "$dir/out" || tail -n 1 "$dir/out")"
	file=$(sed -n 's/^  replay: rmaptorture replay //p' "$dir/out")
	timeout 1200 "$bin" replay "$file" >"$dir/out" 2>&1 </dev/null
	result "$1-canary-replay" "$(grep -q '^finding: the same' "$dir/out" || tail -n 1 "$dir/out")"
	timeout 1200 "$bin" stress "$2" --defect "$3" --executions 20000 --threads 2 --noise 20 --time 15m >"$dir/out" 2>&1 </dev/null
	result "$1-canary-stress" "$(grep -q "^FINDING $4" "$dir/out" || tail -n 1 "$dir/out")"
}

for flavour in tsan asan; do
	build $flavour
	bin=$program
	# shellcheck disable=SC2086
	clean $flavour-explore "$bin" explore $names --executions 400
	clean $flavour-fuzz "$bin" fuzz --executions 6000 --artifacts "$dir/fuzz"
	silent_stress $flavour-stress "$bin" stress --executions 120 --rounds 40 --threads 2 --noise 10 --time 15m
done
# A slab of anon_vmas is given back and becomes another one, and a walk comes to an anon_vma there by a page that is mapped anew.
clean tsan-slab-again "$(program_of tsan)" explore recycled-vs-walk --provider anon-chain --executions 12000
canary tsan fork-vs-reclaim canary-race O12/race:
canary asan munmap-vs-reclaim canary-uaf O1/asan:

"$(program_of release)" explore fork-split --defect Z05 --artifacts "$dir/move" >"$dir/out" 2>&1
file=$(sed -n 's/^  replay: rmaptorture replay //p' "$dir/out")
for flavour in release tsan asan; do
	timeout 1200 "$(program_of $flavour)" replay "$file" >"$dir/out" 2>&1 </dev/null
	result "replay-in-$flavour" "$(grep -q 'the same steps' "$dir/out" || tail -n 2 "$dir/out" | head -n 1)"
done
