#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# replay --trace: the trace and the drawing of every kind of replay are whole, or not there at all.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# Each event is a line. Steps are counted from 1, one microsecond each, and there are as many as the report says; nothing is left aside.
whole_trace() { # FILE
	said=$(sed -n 's/^[^ ]*: \([0-9]*\) steps, hash .*/\1/p' out)
	awk -v said="$said" '
	function number(key) { return match($0, "\"" key "\":[0-9]+") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) : "" }
	function bad(what) { if (!told) print what; told = 1 }
	NR == 1 && $0 != "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[" { bad("begins with " $0) }
	/"cat":"step"/ { if (number("ts") != ++steps || number("step") != steps || number("dur") != 1) bad("step " steps ": " $0) }
	/"cat":"violation"/ { violations++; at = number("ts") }
	/^\],"otherData":/ { ended = number("steps"); found = $0 !~ /"signature":""/ }
	END {
		if (!ended) bad("has no end")
		if (steps + 0 != ended + 0 || (said != "" && said + 0 != steps + 0)) bad(steps " steps, and said are " ended " and " said)
		if (violations + 0 != found) bad(violations + 0 " violations")
		if (found && at != steps && at != steps + 1) bad("the violation is at " at " of " steps)
	}' "$1"
	ls ./*.tmp 2>/dev/null
}

whole_drawing() { # FILE
	xmllint --noout --nonet "$1" 2>&1 | head -n 1
	grep -q '<svg class="rt" xmlns="http://www.w3.org/2000/svg"' "$1" || echo "no svg"
	for word in $(sed -n 's/.*"pid":1,.*"name":"thread_name","args":{"name":"\([^"]*\)".*/\1/p' trace.json); do
		grep -q "<text class=\"rt-name\"[^>]*>$word</text>" "$1" || echo "no $word"
	done
	grep -qF "$(sed -n 's/^],"otherData":.*"signature":"\([^"]*\)".*/\1/p' trace.json | sed 's/>/\&gt;/g')" "$1" || echo "no signature"
}

# traced NAME STATUS ARGUMENT...: a replay, both ways; what it says otherwise is the same.
traced() {
	name=$1
	expected=$2
	shift 2
	rm -f trace.json trace.svg
	run replay "$@"
	cp out plain
	run replay "$@" --trace trace.json
	result "$name" "$([ "$status" = "$expected" ] || echo "exit status $status: $(head -n 1 err)"; cmp out plain; whole_trace trace.json)"
	run replay "$@" --trace trace.svg
	result "$name-drawn" "$([ "$status" = "$expected" ] || echo "exit status $status: $(head -n 1 err)"; cmp out plain
		whole_drawing trace.svg)"
}

# finding NAME ARGUMENT...: explore until something is found; its replay files become NAME and NAME-directives.
finding() {
	name=$1
	shift
	run explore "$@" --artifacts "$name.d"
	cp "$name".d/*[0-9a-f].replay "$name" || exit 2
	cp "$name".d/*-directives.replay "$name-directives" 2>/dev/null
}

finding exit exit-vs-walk --defect Z11-mapped
traced recording 1 exit
traced directives 1 exit-directives
traced by-seed 1 exit --by-seed
traced minimised 1 exit --minimise
traced json-format 1 exit --format json
result violation "$(run replay exit --trace trace.json
	grep -q '"ph":"i","s":"g",.*"name":"O1/use-after-free:anon_vma:walk_locked","args":{"text":"anon_vma#1.root is touched' trace.json ||
	grep violation trace.json)"
result reader "$(grep '"pid":2,.*"name":"pager",.*"taken":"lookup.c:[0-9]*","mode":"R","class":"anon_vma","object":"anon_vma#1.rwsem"' \
	trace.json | grep -q '"open":true' || echo "$(grep -c '"cat":"lock"' trace.json) locks")"
result origin "$(grep -qF '"scenario":"exit-vs-walk","provider":"anon-chain","defects":["Z11-mapped"],"signature":"O1/' trace.json ||
	tail -n 1 trace.json)"

finding flush story-batched-flush --defect Z16
traced tlb 1 flush
finding setup fork-chain --defect Z34
traced set-up 1 setup
finding buffers fork-chain --defect Z02 --memory tso --strategy random
traced store-buffers 1 buffers

sed -e '/^defect/d' -e 's/^signature .*/signature -/' exit-directives >clean
traced no-finding 0 clean

cp "$test_scenarios/abba.scn" .
finding abba ./abba.scn --oracles=-locks
traced deadlock 1 abba
result who-waits "$(run replay abba --trace trace.json
	[ "$(grep -c '"cat":"blocked".*"object":"[mn]".*"held_by":"\(first\|second\)","open":true' trace.json)" = 2 ] || grep blocked trace.json)"

# ---- many steps: what is kept does not grow with them ----

cp "$test_scenarios/long.scn" .
finding long ./long.scn --strategy random --executions 1
result long "$(case $FLAVOUR in release | access | coverage) ulimit -v 300000 ;; esac
	run replay long --trace trace.json
	[ "$status" = 1 ] || echo "exit status $status: $(head -n 1 err)"
	whole_trace trace.json
	awk '/"cat":"step"/ { n++ } END { if (n < 100000) print "only " n " steps" }' trace.json)"
run replay long --trace trace.svg
result long-drawn "$(whole_drawing trace.svg; [ "$(wc -c <trace.svg)" -lt 100000 ] || wc -c trace.svg)"

# ---- what cannot be written ----

# unwritable NAME PATH: one line, before anything is executed if that can be known.
unwritable() {
	run replay exit --trace "$2"
	result "$1" "$([ "$status" = 2 ] || echo "exit status $status"; [ "$(wc -l <err)" = 1 ] || cat err
		grep -q "^cannot write .*: [A-Z]" err || cat err; ls ./*.tmp 2>/dev/null)"
}
mkdir directory
unwritable no-directory nowhere/trace.json
unwritable no-directory-drawn nowhere/trace.svg
unwritable a-directory directory
unwritable full /dev/full
run replay exit --trace /dev/null
result no-plain-file "$([ "$status" = 1 ] && [ -c /dev/null ] || echo "exit status $status")"

echo before >trace.json
sed 's/ drawn auto .*//' exit >edited
run replay --by-seed edited --trace trace.json
result nothing-is-replayed "$([ "$status" = 2 ] && [ "$(cat trace.json)" = before ] && ! ls ./*.tmp 2>/dev/null || echo "exit status $status")"

# ---- torn stores ----

[ "$FLAVOUR" = access ] || exit 0
finding torn fork-vs-reclaim --defect Z05 --tear --points access
traced torn 1 torn
