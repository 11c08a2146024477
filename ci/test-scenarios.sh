#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every built-in scenario under controlled schedules: it is clean, reaches its goals, and does the same in every run.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# A sanitizer makes the same executions take many times as long.
executions=3000
[ "$FLAVOUR" = release ] || executions=200

# explore OUT ARGUMENT...: JSON Lines in OUT; in front of it the command of $with, if any.
with=
explore() {
	out=$1
	shift
	# shellcheck disable=SC2086 # words, or nothing
	timeout 1200 $with "$program" explore "$@" --executions "$executions" --format json >"$out" 2>err </dev/null
	status=$?
}

# A line without what is a measurement: keys that end in _s, _ns, _per_s.
untimed() {
	sed -E 's/"[a-z_]*_(s|ns)":[-+0-9.eE]+,?//g' "$1"
}

# Is each line an object? As far as can be told without a program that knows JSON.
is_json() {
	if command -v jq >/dev/null; then
		jq -e 'type == "object"' "$1" >/dev/null 2>&1
	else
		! grep -qvE '^\{"([^"\\]|\\.)*":.*\}$' "$1"
	fi
}

# has FILE KEY PATTERN: the value of this key in the only line.
has() {
	grep -qE "\"$2\":$3[,}]" "$1"
}

# What one line of a run of all of them has to say.
verdict() { # NAME FILE
	if [ ! -s "$2" ] || ! is_json "$2"; then
		echo "no JSON: $(head -c 100 "$2")"
	elif ! has "$2" scenario "\"$1\"" || ! has "$2" executions "$executions"; then
		echo "another scenario or number of executions: $(head -c 300 "$2")"
	elif ! has "$2" findings 0 || ! has "$2" interrupted false; then
		echo "not clean: $(head -c 300 "$2")"
	elif ! has "$2" goals_missed '\[\]'; then
		echo "goals missed: $(grep -oE '"goals_missed":[^]]*' "$2")"
	fi
}

differs() { # FILE FILE
	untimed "$1" >left
	untimed "$2" >right
	cmp left right >/dev/null || echo "differs: $(diff left right | head -n 2 | tail -n 1 | head -c 300)"
}

timeout 1200 "$program" list scenarios --format json >listed 2>err
result list "$(is_json listed && [ -s listed ] && [ ! -s err ] || echo "no JSON: $(head -c 100 listed) $(head -n 1 err)")"
names=$(sed -n 's/.*"name":"\([^"]*\)".*/\1/p' listed)
result some-scenarios "$([ "$(echo "$names" | wc -l)" -ge 8 ] || echo "only: $names")"

# line FILE NAME: what a run of all scenarios says of this one.
line() {
	grep "\"scenario\":\"$2\"" "$1" >"$1.line"
	echo "$1.line"
}

# ended NAME FILE: all of them have run, and nothing went wrong that no line tells of.
ended() {
	result "$1" "$([ "$status" = 0 ] && [ ! -s err ] && [ "$(wc -l <"$2")" = "$(echo "$names" | wc -l)" ] ||
		echo "exit status $status, $(wc -l <"$2") lines: $(head -n 1 err)")"
}

# What happens in a scenario does not depend on how many processes there are to work in, nor on where things are in memory: the second
# time, both are different.
layout=
setarch "$(uname -m)" -R true 2>/dev/null && layout="setarch $(uname -m) -R"
[ -n "$layout" ] || echo "ok without-randomisation # SKIP setarch -R does not work here"
# shellcheck disable=SC2086 # one word each
set -- $names
explore one "$@" --jobs 1
ended all one
with=$layout
explore two "$@" --jobs 2
ended all-again two
with=
explore weak "$@" --memory tso
ended all-tso weak
for name in $names; do
	result "$name" "$(verdict "$name" "$(line one "$name")")"
	result "$name-again" "$(differs "$(line one "$name")" "$(line two "$name")")"
	result "$name-tso" "$(verdict "$name" "$(line weak "$name")")"
done

# Nor on the scenarios beside it.
for name in "$1" fork-vs-reclaim cow-twice exit-vs-walk; do
	explore alone "$name"
	result "$name-alone" "$(differs alone "$(line one "$name")")"
done
explore other "$1" --seed 2
result another-seed "$([ "$status" = 0 ] && [ -n "$(differs other "$(line one "$1")")" ] || echo "exit status $status, the same as seed 1")"

# Under TSO too: fewer executions are enough to differ.
executions=$((executions / 5))
explore one "$@" --memory tso --jobs 1
with=$layout
explore two "$@" --memory tso --jobs 2
with=
result tso-twice "$([ "$(wc -l <two)" = $# ] || echo "exit status $status, $(wc -l <two) lines: $(head -n 1 err)")"
for name in $names; do
	result "$name-tso-again" "$(differs "$(line one "$name")" "$(line two "$name")")"
done

# Those that are for the older reverse maps: as they are. A row is PROVIDER, and how many scenarios there are at least.
executions=800
[ "$FLAVOUR" = release ] || executions=100
for row in "anon-list 90" "pte-chain 50"; do
	provider=${row% *}
	explore older "$@" --provider "$provider"
	result "$provider" "$([ "$status" = 0 ] || echo "exit status $status: $(head -n 1 err)$(grep -m 1 -o '"scenario":"[^"]*".*"goals_missed":\["[^]]*' older)")"
	ran=$(grep -c '^{"type":"explore"' older)
	result "$provider-many" "$([ "$ran" -ge "${row#* }" ] || echo "only $ran scenarios")"
done
exit 0
