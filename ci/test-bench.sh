#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# bench: what it measures is there, in the form that is documented, and what it draws is a picture. How fast it is, is no test's business:
# a figure over its limit has status 1, and that is all that is asked of it here.
. "$(dirname "$0")/lib.sh"
release_only bench

cd "$dir" || exit 2

run() { # ARGUMENT...
	timeout 900 "$program" "$@" >out 2>err </dev/null
	status=$?
}

# As JSON says it of each figure: over its limit or not.
verdict() {
	if grep -q '"type":"bench",.*"over":true' "$1"; then echo 1; else echo 0; fi
}

# --- The budgets, which is what it does by itself. ---

run bench --format json
figures='eq3-random eq3-verify fork-vs-reclaim-point exit-vs-walk-point fork-chain-point fork-vs-reclaim-default fork-vs-reclaim exit-vs-walk fork-chain
	fork-vs-reclaim-reset fork-vs-reclaim-worker validator validator-many validator-nested validated'
why=
[ "$status" = "$(verdict out)" ] || why="exit status $status: $(head -n 1 err)"
for figure in $figures; do
	[ "$(grep -c "\"figure\":\"$figure\"," out)" = 1 ] || why="no figure $figure"
done
grep -v '^{"type":"bench","group":"[a-z]*","figure":"[^"]*","unit":"[a-z]*","flavour":"release","ratio":[0-9.e+-]*,"ratio_least":' out >odd
[ -s odd ] && why=$(head -n 1 odd)
result budgets-are-measured "$why"

# Least, median and most are in order, and above nought; what is over says so.
result spreads-are-in-order "$(sed 's/.*"ratio":\([^,]*\),"ratio_least":\([^,]*\),"ratio_most":\([^,]*\),"limit":\([^,]*\),"over":\([a-z]*\).*/\1 \2 \3 \4 \5/' \
	out | awk '$2 <= 0 || $2 > $1 || $1 > $3 || ($5 == "true") != ($4 > 0 && $1 > $4) { print "line " NR ": " $0; exit }')"

# What an exploring worker may be in memory is far from what it is, on whatever machine.
result workers-are-small "$(grep '"unit":"worker"' out | sed 's/.*"ratio":\([^,]*\),.*/\1/' | awk '$1 > 64 { print $1 " MiB" }
	END { if (!NR) print "no worker was measured" }')"

# --- Groups, and one figure out of them. ---

run bench locks
result a-group-is-a-table "$([ "$status" = 0 ] && [ "$(grep -c -E '^(spinlock|mutex|mutex-trylock|rwsem-read|rwsem-write|bit-lock) ' out)" = 6 ] &&
	grep -q '^locks: ' out && [ "$(grep -c '^[a-z]*: ' out)" = 1 ] || echo "exit status $status: $(head -n 1 out err)")"
"$program" bench points >>out 2>err
result tables-are-narrow "$(awk 'length($0) > 100 { print length($0) " columns: " $0; exit }' out)"

run bench validator-many --format json
result a-figure-is-alone "$([ "$(wc -l <out)" = 1 ] && grep -q '"figure":"validator-many"' out || echo "exit status $status: $(cat out err)")"

run bench oracles --format json
"$program" list oracles --format json | sed -n 's/.*"detail":"\([^"]*\)".*/\1/p' | sort >wanted
sed -n 's/.*"figure":"\([^"]*\)".*/\1/p' out | grep -v '^all-oracles$' | sort >measured
result each-oracle-has-a-cost "$([ "$status" = 0 ] && [ -s wanted ] && diff wanted measured | head -n 1; [ "$status" = 0 ] || cat err)"

run bench scaling --format json
result scaling-is-of-processes-and-threads "$([ "$status" = 0 ] && grep -q '"figure":"explore-jobs-2"' out &&
	[ "$(grep -c '"figure":"stress-threads-[0-9]*"' out)" = 4 ] || echo "exit status $status: $(cat err)")"

run bench locks no-such-figure
result unknown-figure "$([ "$status" = 2 ] && grep -q "found 'no-such-figure'" err && [ ! -s out ] || echo "exit status $status: $(cat err)")"

# --- Pictures. ---

run bench eras --svg eras.svg
why=
[ "$status" = 0 ] && [ -s eras.svg ] || why="exit status $status: $(head -n 1 err)"
for provider in anon-chain anon-list pte-chain; do
	[ "$(grep -c "class=\"name\".*>$provider<" eras.svg)" = 6 ] || why="$provider has no line in each panel"
done
for x in 1 1000 64; do
	grep -q "class=\"dim\" text-anchor=\"middle\".*>$x<" eras.svg || why="nothing is drawn at $x"
done
result eras-are-drawn "$why"
if command -v xmllint >/dev/null; then
	result the-picture-is-xml "$(xmllint --noout eras.svg 2>&1 | head -n 1)"
else
	echo "ok the-picture-is-xml # SKIP there is no xmllint"
fi
awk 'length($0) > 100 { print length($0) " columns: " $0; exit }' out >wide
result eras-are-narrow "$(cat wide)"

run bench eras --svg no-such-directory/eras.svg
result no-room-for-a-picture "$([ "$status" = 2 ] && grep -q 'no-such-directory/eras.svg' err || echo "exit status $status: $(cat err)")"
run bench locks --svg eras.svg
result nothing-to-draw "$([ "$status" = 2 ] && grep -q -- '--svg: expected eras' err || echo "exit status $status: $(cat err)")"
exit 0
