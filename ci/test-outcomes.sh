#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Graded outcomes and near misses from outside: what is counted, what is a finding, what replay says, and what each operation gives.
. "$(dirname "$0")/lib.sh"

scenarios=$PWD/scenarios
cd "$dir" || exit 2

# says NAME STATUS PATTERN: what the last run returned, and a line that it printed.
says() {
	why=
	if [ "$status" != "$2" ]; then
		why="exit status $status, stderr: $(head -n 1 err)"
	elif ! grep -qE -- "$3" out; then
		why="no line '$3' but: $(tail -n 3 out | tr '\n' '|')"
	fi
	result "$1" "$why"
}

# The numbers under "executions" of the array named $1 in the JSON line that was printed.
numbers() { sed -E "s/.*\"$1\":\[([^]]*)\].*/\1/; s/\"about\":\"[^\"]*\"//g" out | grep -oE '"executions":[0-9]+' | cut -d: -f2; }

# --- Counts add up. ---

for name in store-buffering cow-twice swapin-shared; do
	run explore $name --executions 2000 --format json
	sum=$(numbers outcomes | awk '{ n += $1 } END { print n + 0 }')
	why=
	[ "$status" = 0 ] && [ "$sum" = 2000 ] || why="exit status $status, $sum of 2000 executions have an outcome"
	result "counts-$name" "$why"
	most=$(numbers near | sort -n | tail -n 1)
	[ -n "$most" ] && [ "$most" -le 2000 ] && [ "$most" -gt 0 ] && why= || why="near misses: '$most'"
	result "near-$name" "$why"
done

run explore store-buffering --executions 2000
says table 0 '^x == 1 y == 1 +[0-9]+ +[0-9.]+ % +acceptable  both writes'
says table-near 0 '^near fault-lost-race +[0-9]+ +[0-9.]+ % +near miss +the other'
run explore store-buffering cow-twice --executions 200
result no-table-of-many "$(grep -q acceptable out && echo "prints $(grep -c acceptable out) rows")"
run explore store-buffering cow-twice --executions 200 --verbose
says table-verbose 0 '^before == 1 p == 2 c == 3 +200 '

# --- What is allowed happens, and is no finding. ---

run explore calibrate-unmap-vs-fork --provider anon-chain,anon-list --executions 20000 --format json
says allowed-by-order 0 '"near":\[\{"event":"unmap-missed-mapping","executions":0,'
for provider in anon-chain anon-list; do
	run explore calibrate-unmap-vs-fork --provider $provider --defect Z08 --executions 20000 --format json
	says allowed-miss-$provider 0 '"near":\[\{"event":"unmap-missed-mapping","executions":[1-9]'
done
run explore calibrate-candidates --executions 2000
says allowed-candidates 0 '^places == 2 found == 1 +[1-9][0-9]* '
"$program" list scenarios --format json | sed -n 's/.*"name":"\(calibrate-[^"]*\)".*/\1/p' >listed
result allowed-is-told "$([ "$(wc -l <listed)" -ge 6 ] || echo "only $(wc -l <listed) scenarios"
	while read -r name; do grep -qF "\`$name\`" "$scenarios/../core/README.md" || echo "not in core/README.md: $name"; done <listed)"

# --- A row that is wrong is a finding, and its replay repeats it. ---

# wrong NAME SIGNATURE SED-SCRIPT: on a copy of a scenario.
wrong() {
	sed -E "$3" "$scenarios/store-buffering.scn" >"$1.scn"
	run explore "./$1.scn" --executions 2000 --artifacts "$1"
	says "$1" 1 "^FINDING O5/$2  "
	says "$1-table" 1 '^(x == 0 y == 1|any other) +1 +.* % +forbidden '
	run replay "$1"/*[0-9a-f].replay
	says "$1-replay" 1 '^finding: the same$'
	says "$1-replay-outcome" 1 '^  outcome: x == 0 y == 1 \(forbidden: '
	run explore "./$1.scn" --executions 500 --artifacts "$1" --oracles=-O5
	says "$1-switched-off" 0 '^(x == 0 y == 1|any other) +[1-9][0-9]* +.* % +forbidden '
}

wrong forbidden 'forbidden-outcome:x==0,y==1' 's/acceptable (x == 0 y == 1)/forbidden \1/'
wrong unlisted 'unlisted-outcome' '/x == 0 y == 1/d'

# The first row that holds decides.
sed '/^outcome/d' "$scenarios/store-buffering.scn" >first.scn
printf 'outcome interesting x == 1 "a"\noutcome acceptable y == 1 "b"\noutcome forbidden x == 0 "c"\n' >>first.scn
run explore ./first.scn --executions 2000 --format json
result first-row-decides "$([ "$(numbers outcomes | awk '{ n += $1 } END { print n }')" = 2000 ] &&
	[ "$(numbers outcomes | tail -n 1)" = 0 ] || echo "exit status $status, $(numbers outcomes | tr '\n' ' ')")"

sed 's/^near .*/near no-such-event "x"/' "$scenarios/store-buffering.scn" >event.scn
run explore ./event.scn --executions 1
result unknown-event "$([ "$status" = 2 ] && grep -qE "event\.scn:[0-9]+:6: expected the name of an event .*'no-such-event'" err ||
	echo "exit status $status: $(head -n 1 err)")"

# --- What each operation gives: one thread, one outcome. ---

# gives NAME SETUP STATEMENTS CONDITIONS
gives() {
	printf 'scenario gives\nsetup { mm P P: a = mmap anon 2 %s }\nthread t { %s }\noutcome acceptable %s "so it is"\n' \
		"$2" "$3" "$4" >gives.scn
	run explore ./gives.scn --executions 1 --strategy sticky --artifacts gives
	says "gives-$1" 0 '^[a-z].* +1 +100.00 % +acceptable  so it is'
	[ "$status" = 0 ] || grep -h 'outcome' out err
}

gives access '' 'P: w = write a[0] = 0x100000007 P: x = read a[0] P: y = read a[1]' 'w == ok x == 7 y == 0'
gives munmap '' 'P: u = munmap a[1] P: x = read a[1] P: w = write a[1] = 1 P: v = munmap a[1]' \
	'u == ok x == segv w == segv v == ok'
gives gone '' 'C = P: fork C: e = exit C: f = exit C: w = write a[0] = 1 C: x = read a[0] C: u = munmap a
	r = reclaim C a[0] s = referenced C a[0]' \
	'e == ok f == gone w == gone x == gone u == gone r == gone s == gone'
gives area-gone '' 'C = P: fork C: exit C: b = mmap anon 1 P: w = write b[0] = 1 P: x = read b[0] k = walk P b[0]' \
	'w == gone x == gone k == gone'
gives no-child 'P: write a[0] = 1' 'fail_alloc 2 C = P: fork C: w = write a[0] = 1' 'w == gone'
gives enomem '' 'fail_alloc 1 P: w = write a[0] = 1 P: x = write a[0] = 1' 'w == enomem x == ok'
gives pages 'P: write a[0] = 1 P: write a[1] = 2' \
	'x = reclaim P a[0] f = referenced P a[0] drain s = shrink 1 t = shrink 5 y = reclaim P a[0] k = walk P a[0]' \
	'x == again f == 1 s == 1 t == 1 y == none k == none'
gives mappings 'P: write a[0] = 1 C = P: fork drain' \
	'k = walk P a[0] f = referenced P a[0] g = referenced P a[0] C: read a[0] h = referenced P a[0] x = reclaim P a[0]' \
	'k == 2 f == 1 g == 0 h == 1 x == ok'
gives trylock 'mutex m rwsem s' \
	'x = trylock m unlock m down_read s y = down_read_trylock s up_read s up_read s z = down_write_trylock s up_write s' \
	'x == yes y == yes z == yes'

cat >held.scn <<'END'
scenario held
setup { mutex m   rwsem s }
thread one { lock m   x = trylock m   unlock m }
thread two { y = trylock m   unlock m }
thread three { down_read s   z = down_write_trylock s   up_read s }
outcome acceptable x == no y == yes z == no "two had it first, or last"
outcome acceptable x == no y == no  z == no "one had it"
END
run explore ./held.scn --executions 500 --artifacts held
says gives-held 0 '^x == no y == no z == no +[1-9]'
exit 0
