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

verdict() { # NAME FILE
	if [ "$status" = 4 ]; then
		echo "nothing can run here"
	elif [ "$status" != 0 ]; then
		echo "exit status $status: $(head -n 1 err) $(head -c 300 "$2")"
	elif [ -s err ]; then
		echo "prints on stderr: $(head -n 1 err)"
	elif [ ! -s "$2" ] || ! is_json "$2"; then
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

layout=
setarch "$(uname -m)" -R true 2>/dev/null && layout="setarch $(uname -m) -R"

for name in $names; do
	explore first "$name"
	result "$name" "$(verdict "$name" first)"
	explore again "$name"
	result "$name-again" "$(differs first again)"
	explore weak "$name" --memory tso
	result "$name-tso" "$(verdict "$name" weak)"
	explore again "$name" --memory tso
	result "$name-tso-again" "$(differs weak again)"
	if [ -z "$layout" ]; then
		echo "ok $name-without-randomisation # SKIP setarch -R does not work here"
		continue
	fi
	with=$layout
	explore again "$name"
	with=
	result "$name-without-randomisation" "$(differs first again)"
done

# What happens in one scenario does not depend on the others, nor on how many processes there are to work in.
# shellcheck disable=SC2086 # one word each
set -- $names
explore one "$@" --jobs 1
[ "$status" = 0 ] || result together "exit status $status: $(head -n 1 err)"
explore two "$@" --jobs 2
result jobs "$(differs one two)"
explore first "$1"
sed 1q one >again
why=$(differs first again)
[ "$(wc -l <one)" = $# ] || why="$# scenarios, $(wc -l <one) lines"
result together "$why"
explore other "$1" --seed 2
result another-seed "$([ "$status" = 0 ] && [ -n "$(differs first other)" ] || echo "exit status $status, the same as seed 1")"

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
