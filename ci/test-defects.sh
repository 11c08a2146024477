#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every defect: hunt finds it, explore says how to replay it, and the replay is the same execution again.
. "$(dirname "$0")/lib.sh"

mkdir "$dir/work" "$dir/elsewhere" || exit 2
cd "$dir/work" || exit 2

seeds=2

# run ARGUMENT...: the program; in front of it the command of $with, if any.
with=
run() {
	# shellcheck disable=SC2086 # words, or nothing
	timeout 1200 $with "$program" "$@" >out 2>err </dev/null
	status=$?
}

# value KEY FILE: of a key in JSON Lines.
value() {
	sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p' "$2" | head -n 1
}

# The report, from its first line to the end of the interleaving.
report() {
	sed -n '/^FINDING /,/\*\*\* /p' "$1"
}

hunted() { # DEFECT
	if [ "$status" != 0 ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ "$(value defect out)" != "$1" ] || [ "$(value seeds out)" != "$seeds" ]; then
		echo "another hunt: $(head -c 300 out)"
	elif [ "$(value found out)" != "$seeds" ]; then
		echo "found by $(value found out) of $seeds seeds"
	elif [ "$(value unexpected out)" != 0 ]; then
		echo "seen first by an oracle that it is not expected of: $(grep -o '"oracles":{[^}]*}' out)"
	elif [ "$(value class out)" = D ] && [ "$(value worst_executions out)" != 1 ]; then
		echo "class D, and found in execution $(value worst_executions out)"
	fi
}

# The command that explore printed for the reader to type.
printed_command() {
	sed -n 's/^ *replay: rmaptorture //p' "$1" | head -n 1
}

explored() {
	if [ "$status" != 1 ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ -s err ]; then
		echo "prints on stderr: $(head -n 1 err)"
	elif ! grep -q '^FINDING ' out; then
		echo "no finding: $(head -n 1 out)"
	elif [ -z "$(printed_command out)" ]; then
		echo "prints no replay command"
	elif grep -q 'NOT REPEATED' out; then
		grep "NOT REPEATED" out
	fi
}

repeated() {
	if [ "$status" != 1 ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ -s err ]; then
		echo "prints on stderr: $(head -n 1 err)"
	elif ! grep -q 'the same steps$' out; then
		echo "other steps: $(tail -n 2 out | head -n 1)"
	elif ! grep -q '^finding: the same$' out; then
		echo "another finding: $(tail -n 1 out)"
	elif report out | cmp - ../report >/dev/null; then
		:
	else
		echo "another report: $(report out | diff - ../report | head -n 2 | tail -n 1)"
	fi
}

layout=
setarch "$(uname -m)" -R true 2>/dev/null && layout="setarch $(uname -m) -R"

one_defect() { # DEFECT
	run hunt "$1" --seeds $seeds --artifacts hunt --format json
	result "$1-hunt" "$(hunted "$1")"
	scenario=$(value scenario out)
	if [ -z "$scenario" ]; then
		result "$1-explore" "hunt names no scenario"
		return
	fi

	run explore "$scenario" --defect "$1" --executions 20000
	result "$1-explore" "$(explored)"
	command=$(printed_command out)
	report out >../report
	if [ -z "$command" ]; then
		return
	fi
	# shellcheck disable=SC2086 # as the reader would type it
	run $command
	result "$1-replay" "$(repeated)"
	if [ -z "$layout" ]; then
		echo "ok $1-replay-without-randomisation # SKIP setarch -R does not work here"
	else
		with=$layout
		# shellcheck disable=SC2086
		run $command
		with=
		result "$1-replay-without-randomisation" "$(repeated)"
	fi
	file=${command#replay }
	cp "$file" ../elsewhere/mailed || return
	cd ../elsewhere || exit 2
	run replay ./mailed
	result "$1-replay-elsewhere" "$(repeated)"
	cd ../work || exit 2

	run explore "$scenario" --executions 1000
	result "$1-off" "$([ "$status" = 0 ] || echo "without the defect: exit status $status: $(grep -m 1 FINDING out)")"
}

run list defects --format json
# A canary that only a sanitizer can see is a matter of that flavour.
names=$(grep -v '"detail":"[^"]*in flavour' out | sed -n 's/.*"name":"\([^"]*\)".*/\1/p')
result some-defects "$([ "$(echo "$names" | wc -l)" -ge 8 ] || echo "only: $names")"
for name in $names; do
	one_defect "$name"
done

# The other providers have their own, and of those that are nobody's in particular the ones for which they have what there is to be broken.
of_provider() { # PROVIDER HOW-MANY NOT-ONE-OF-THEM
	run hunt --all --provider "$1" --seeds $seeds --format json
	result "$1-defects" "$([ "$(grep -c '"defect":' out)" -ge "$2" ] || echo "only $(grep -c '"defect":' out)")"
	result "$1-hunts" "$(grep '"defect":' out | grep -v "\"found\":$seeds," |
		sed 's/.*"defect":"\([^"]*\)".*/\1 is not found/' | head -n 1)"
	result "$1-expected" "$(grep '"defect":' out | grep -v '"unexpected":0[,}]' | head -n 1)"
	result "$1-at-once" "$(grep '"class":"D"' out | grep -v '"worst_executions":1,' | head -n 1)"
	result "$1-has-not" "$(grep -o "\"defect\":\"$3\"" out)"
	run explore fork-vs-reclaim --provider "$1" --defect "$3" --executions 1
	result "$1-cannot-have" "$([ "$status" = 2 ] && grep -q "expected one that $1 can have, found '$3'" err ||
		echo "exit status $status: $(head -n 1 err)")"
}

of_provider anon-list 40 Z41
of_provider pte-chain 22 Z19

# The same seed finds the same, and writes the same replay file.
run explore fork-chain --defect Z02 --artifacts one
cp out first
run explore fork-chain --defect Z02 --artifacts two
sed 's/ one\// two\//' first | sed 's/ [0-9.]*  O/  O/' >left
sed 's/ [0-9.]*  O/  O/' out >right
result same-seed-same-report "$(cmp left right 2>&1)"
result same-seed-same-file "$(diff -r one two 2>&1 | head -n 1)"
exit 0
