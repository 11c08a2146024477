#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Long: Helgrind, DRD and memcheck are slow.
# The valgrind flavour: silent over all scenarios, under memcheck on schedules and on threads, under Helgrind and DRD on threads,
# interrupted or not; each reports its canary.
. "$(dirname "$0")/lib.sh"
release_only memcheck
command -v valgrind >/dev/null || { echo "ok memcheck # SKIP there is no valgrind"; exit 0; }
[ -e /usr/include/valgrind/memcheck.h ] || { echo "ok memcheck # SKIP valgrind's headers are missing"; exit 0; }

build valgrind
names=$("$program" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/')

# under TOOL NAME ARGUMENT...: silent.
under() {
	tool=$1 name=$2
	shift 2
	timeout 1200 valgrind --tool="$tool" --quiet --fair-sched=yes --suppressions=ci/valgrind.supp "$program" "$@" \
		--artifacts "$dir/$name" >"$dir/out" 2>"$dir/err" </dev/null
	why=$(grep -m 1 '^FINDING' "$dir/out" || grep -m 1 '^==' "$dir/err" || grep -m 1 interrupted "$dir/out" ||
		{ [ -s "$dir/out" ] || echo "no output"; })
	result "$name" "$why"
	# A finding of real threads need not come again: what the tool said of it is all that there is.
	[ -z "$why" ] || grep '^==' "$dir/err" | head -n 30
}

# canary NAME PATTERN TOOL ARGUMENT...: reported.
canary() {
	name=$1 pattern=$2 tool=$3
	shift 3
	timeout 1200 valgrind --tool="$tool" --quiet --fair-sched=yes --suppressions=ci/valgrind.supp "$program" "$@" \
		--artifacts "$dir/$name" >"$dir/out" 2>"$dir/err" </dev/null
	result "$name" "$(grep -q "^FINDING $pattern" "$dir/out" || tail -n 1 "$dir/out")"
}

# shellcheck disable=SC2086
{
	under memcheck memcheck-explore explore $names --executions 20
	under memcheck memcheck-stress stress $names --executions 8 --rounds 4 --threads 2 --noise 10 --time 15m
	under helgrind helgrind-stress stress $names --executions 8 --rounds 4 --threads 2 --noise 10 --time 15m
	under drd drd-stress stress $names --executions 3 --rounds 2 --threads 2 --noise 10 --time 15m
}
# Who is interrupted says what there is so far: the signal may come upon any thread.
timeout -s TERM 8 valgrind --tool=drd --quiet --fair-sched=yes --suppressions=ci/valgrind.supp "$program" stress fork-chain \
	--executions 1000 --rounds 3 --threads 2 --time 15m --artifacts "$dir/drd-interrupted" >"$dir/out" 2>"$dir/err" </dev/null
result drd-interrupted "$(grep -m 1 '^FINDING' "$dir/out" || grep -m 1 '^==' "$dir/err")"
canary memcheck-canary O1/valgrind: memcheck explore munmap-vs-reclaim --defect canary-uaf --executions 20
canary helgrind-canary O12/valgrind: helgrind stress fork-vs-reclaim --defect canary-race --executions 400 --threads 2 --noise 20
canary drd-canary O12/valgrind: drd stress fork-vs-reclaim --defect canary-race --executions 40 --threads 2 --noise 20
