#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command line from outside: help, and one clear line with exit status 2 for whatever is wrong.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# Whatever a command would write, it writes here; whatever it would do, it does not do for long.
run() {
	timeout 1200 "$program" "$@" >out 2>err </dev/null
	status=$?
}

# refuses NAME PATTERN ARGUMENT...: exit status 2, nothing on stdout, one line that matches on stderr.
refuses() {
	name=$1 pattern=$2
	shift 2
	run "$@"
	why=
	if [ "$status" != 2 ]; then
		why="exit status $status, stderr: $(head -n 1 err)"
	elif [ -s out ]; then
		why="prints on stdout: $(head -n 1 out)"
	elif [ "$(wc -l <err)" != 1 ]; then
		why="$(wc -l <err) lines on stderr: $(head -n 1 err)"
	elif ! grep -qE -- "$pattern" err; then
		why="says: $(cat err)"
	fi
	result "$name" "$why"
}

# shows NAME MINIMUM MAXIMUM ARGUMENT...: exit status 0, so many lines on stdout, nothing on stderr.
shows() {
	name=$1 minimum=$2 maximum=$3
	shift 3
	run "$@"
	lines=$(wc -l <out)
	why=
	if [ "$status" != 0 ]; then
		why="exit status $status, stderr: $(head -n 1 err)"
	elif [ -s err ]; then
		why="prints on stderr: $(head -n 1 err)"
	elif [ "$lines" -lt "$minimum" ] || [ "$lines" -gt "$maximum" ]; then
		why="$lines lines"
	elif awk 'length($0) > 100 { exit 1 }' out; then
		:
	else
		why="a line of more than 100 columns"
	fi
	result "$name" "$why"
}

shows help 24 40 --help
shows help-short 24 40 -h
shows version 1 10 --version
for command in run explore stress fuzz replay hunt lockdoc bench list doctor; do
	shows "help-$command" 5 40 $command --help
done

run
result no-command "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" -ge 24 ] ||
	echo "exit status $status, $(wc -l <err) lines on stderr")"

refuses unknown-command "unknown command 'frobnicate'" frobnicate
refuses unknown-option "unknown option '--frobnicate'" --frobnicate
refuses unknown-option-of-command "unknown option '--frobnicate'.*explore --help" \
	explore --frobnicate fork-vs-reclaim
refuses option-of-another-command "unknown option '--noise'" explore --noise 3 fork-vs-reclaim
refuses missing-operand "expected SCENARIO" explore
refuses missing-value "--seed: expected" explore fork-vs-reclaim --seed
refuses number-with-junk "--seed: expected .*'1x'" explore fork-vs-reclaim --seed 1x
refuses number-negative "--executions: expected .*'-1'" explore fork-vs-reclaim --executions -1
refuses number-zero "--executions: expected .*'0'" explore fork-vs-reclaim --executions 0
refuses number-too-big "--seed: expected .*'18446744073709551616'" \
	explore fork-vs-reclaim --seed 18446744073709551616
refuses duration-unit "--time: expected .*'5y'" explore fork-vs-reclaim --time 5y
refuses format "--format: expected .*'yaml'" explore fork-vs-reclaim --format yaml
refuses two-lines-in-a-word "unknown command" "$(printf 'a\nb')"
refuses unknown-scenario "no-such-race" explore no-such-race --executions 1
refuses unknown-scenario-file "no-such-race.scn" explore ./no-such-race.scn --executions 1
refuses unknown-provider "no-such-map" explore fork-vs-reclaim --provider no-such-map --executions 1
refuses unknown-defect "no-such-bug" explore fork-vs-reclaim --defect no-such-bug --executions 1
refuses unknown-strategy "no-such-way" explore fork-vs-reclaim --strategy no-such-way --executions 1
refuses memory-model "--memory: expected sc\|tso, found 'pso'" explore fork-vs-reclaim --memory pso
refuses tear-of-verify "--tear: expected no such option, since verify knows no torn stores" verify small-exit-vs-walk --tear
refuses memory-of-verify "--memory: expected sc, .*found 'tso'" verify small-exit-vs-walk --memory tso
refuses unknown-oracle "O99" explore fork-vs-reclaim --oracles O99 --executions 1
refuses unknown-defect-to-hunt "no-such-bug" hunt no-such-bug --seeds 1
refuses unknown-list "no-such-things" list no-such-things
refuses unknown-lockdoc "lockdoc --help" lockdoc frobnicate
refuses lockdoc-of-two "unexpected operand .b." lockdoc check a b
refuses lockdoc-of-nothing "no-such-file.md:1:1: expected a file" lockdoc check no-such-file.md
refuses bench-of-nothing "the name of a figure, or eras, found 'no-such-figure'" bench eras no-such-figure
refuses missing-replay-file "no-such-file" replay no-such-file
refuses directory-as-scenario ": expected|cannot read|directory" explore ./ --executions 1

: >empty
refuses empty-replay-file "empty(:[0-9]+:[0-9]+)?: " replay empty
printf 'scenario broken\nthread t { P: frobnicate }\n' >broken.scn
refuses malformed-scenario "broken\.scn:[0-9]+:[0-9]+: expected .*found " \
	explore ./broken.scn --executions 1

if "$program" list scenarios >/dev/full 2>err; then
	result full-disk "exit status 0"
else
	result full-disk "$([ "$(wc -l <err)" = 1 ] || echo "$(wc -l <err) lines on stderr")"
fi

# --- What has no limit is told all the same. ---

run bench eras --format json
result bench-eras "$([ "$status" = 0 ] && [ ! -s err ] && [ "$(grep -c '^{"type":"bench-era",.*"steps":[1-9]' out)" = 63 ] &&
	[ "$(grep -c '^{"type":"bench-era-memory",.*"mappings":[1-9]' out)" = 24 ] ||
	echo "exit status $status, $(wc -l <out) lines: $(head -n 1 err)")"
exit 0
