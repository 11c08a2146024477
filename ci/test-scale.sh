#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Large scenarios: 64 address spaces with 10,000 pages in one family, on threads and, smaller, on schedules; processes that live are
# looked at, too.
. "$(dirname "$0")/lib.sh"

ci/scale --scenario 64 >"$dir/64.scn"
ci/scale --scenario 16 >"$dir/16.scn"
clean stress "$program" stress --artifacts "$dir" "$dir/64.scn" --threads 2 --executions 12 --rounds 2 --noise 0 --time 15m
clean stress-noise "$program" stress --artifacts "$dir" "$dir/16.scn" --threads 2 --executions 4 --rounds 1 --noise 1 --time 15m
clean explore "$program" explore --artifacts "$dir" "$dir/16.scn" --executions 20
clean explore-tso "$program" explore --artifacts "$dir" "$dir/16.scn" --executions 5 --memory tso

# What is wrong while the processes live, and goes with them.
timeout 1200 "$program" stress swapin-shared --defect Z05 --oracles rmap --threads 2 --executions 2000 --rounds 2 --noise 0 --time 15m \
	--artifacts "$dir/living" >"$dir/out" 2>"$dir/err" </dev/null
result living "$(grep -q '^FINDING O2/mapping-not-found' "$dir/out" || tail -n 1 "$dir/out")"
