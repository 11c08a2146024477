#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Replay files that were cut, damaged, edited or never were any: refused with one clear line, or told apart; never a crash.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# Refused: exit status 2, nothing on stdout, one line "FILE:LINE:COLUMN: ..." on stderr.
refused() { # FILE
	run replay "$1"
	if [ "$status" != 2 ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ -s out ]; then
		echo "prints on stdout: $(head -n 1 out)"
	elif [ "$(wc -l <err)" != 1 ]; then
		echo "$(wc -l <err) lines on stderr: $(head -n 1 err)"
	elif ! grep -qE "${1##*/}(:[0-9]+:[0-9]+)?: .*expected .*found" err; then
		echo "says: $(cat err)"
	fi
}

# Whatever was done to the file: an ordinary end; refused in one line, or the steps are told to be the same or not.
survived() { # FILE
	run replay "$1"
	if [ "$status" -gt 3 ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ "$status" = 2 ] && { [ -s out ] || [ "$(wc -l <err)" != 1 ]; }; then
		echo "refused in $(wc -l <err) lines, and $(wc -l <out) on stdout: $(head -n 1 err)"
	elif [ "$status" != 2 ] && [ "$(wc -l <out)" -lt 2 ]; then
		echo "exit status $status without a result: $(head -n 1 err)"
	fi
}

# The first that is not as it should be, of many.
why=
first() { # CASE WHY-NOT
	[ -n "$why" ] || [ -z "$2" ] || why="$1: $2"
}

run explore fork-chain --defect Z02 --strategy random --artifacts artifacts
cp artifacts/*[0-9a-f].replay whole || exit 2
run replay whole
result whole "$([ "$status" = 1 ] && grep -q '^finding: the same$' out || echo "exit status $status: $(head -n 1 err)")"
lines=$(wc -l <whole)
bytes=$(wc -c <whole)

# ---- cut ----

why=
for n in $(seq 0 5 $((lines - 1))) $((lines - 1)); do
	head -n "$n" whole >cut.replay
	first "after line $n" "$(refused cut.replay)"
done
result cut-at-lines "$why"

why=
for n in $(seq 1 97 $((bytes - 2))) $((bytes - 5)) $((bytes - 2)); do
	head -c "$n" whole >cut.replay
	first "after byte $n" "$(refused cut.replay)"
done
result cut-at-bytes "$why"

head -c $((bytes - 1)) whole >cut.replay
run replay cut.replay
result cut-before-last-newline "$([ "$status" = 1 ] || echo "exit status $status: $(head -n 1 err)")"

why=
for n in $(seq 1 5 "$lines") 2 3 4 5 7 8 "$lines"; do
	# Without its defect it is a whole file, of another execution.
	sed -n "${n}p" whole | grep -q '^defect' && continue
	sed "${n}d" whole >cut.replay
	first "without line $n" "$(refused cut.replay)"
done
result line-missing "$why"

why=
for n in $(seq 1 5 "$lines") 2 3 4 5 7 8 "$lines"; do
	# Twice, it is one defect.
	sed -n "${n}p" whole | grep -q '^defect' && continue
	sed "${n}p" whole >twice
	first "line $n twice" "$(refused twice)"
done
result line-twice "$why"

# ---- never a replay file ----

: >empty
result empty "$(refused empty)"
printf '\n' >newline
result newline "$(refused newline)"
head -c 100000 /dev/zero >zeroes
result zeroes "$(refused zeroes)"
timeout 10 head -c 100000 "$program" >binary
result binary "$(refused binary)"
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "rmaptorture replay 1 " }' >one-line
result one-line "$(refused one-line)"
sed '1s/1$/2/' whole >version
result another-version "$(refused version)"
result directory "$(refused artifacts)"
result missing "$(refused no-such-file)"
{ cat whole && echo more; } >longer
result more-behind-the-end "$(refused longer)"
sed 's/$/\r/' whole >crlf
result line-ends-of-another-system "$(refused crlf)"

# ---- damaged: one byte is another ----

why=
tried=0
for n in $(seq 1 41 "$bytes"); do
	for byte in '\000' '\377' 0 Z; do
		{
			head -c $((n - 1)) whole
			# shellcheck disable=SC2059 # an escape
			printf "$byte"
			tail -c +$((n + 1)) whole
		} >damaged
		tried=$((tried + 1))
		first "byte $n is $byte" "$(survived damaged)"
	done
done
result damaged-bytes "$why"
result damaged-many "$([ "$tried" -ge 100 ] || echo "only $tried")"

# ---- edited ----

# edited NAME PATTERN SED: refused, with a line that matches.
edited() {
	sed "$3" whole >edited
	why=$(refused edited)
	[ -n "$why" ] || grep -qE -- "$2" err || why="says: $(cat err)"
	result "$1" "$why"
}
edited no-such-provider "no-such-map" 's/^provider .*/provider no-such-map/'
edited no-such-defect "no-such-bug" 's/^defect .*/defect no-such-bug/'
edited no-scenario "expected" '/^\t.*thread/d'
edited hash-of-other-length "expected" 's/ hash .*/ hash 12/'
edited steps-below-zero "expected" 's/^steps [0-9]*/steps -1/'
edited steps-beyond-all-bounds "expected" 's/^steps [0-9]*/steps 99999999999999999999/'
edited broken-scenario "expected" 's/^\tthread/\tfrobnicate/'

# diverges NAME SED: exit status 3, and a line that says what differs.
diverges() {
	sed "$2" whole >edited
	cmp whole edited >/dev/null && { result "$1" "the edit changes nothing"; return; }
	run replay edited
	why=
	if [ "$status" != 3 ]; then
		why="exit status $status: $(tail -n 1 out) $(head -n 1 err)"
	elif grep -q 'the same steps$' out; then
		why="claims the same steps"
	elif ! grep -qE '(expected|differ|not) ' out; then
		why="does not say what differs: $(tail -n 2 out | head -n 1)"
	fi
	result "$1" "$why"
}
diverges another-hash 's/ hash [0-9a-f]*/ hash 0123456789abcdef/'
diverges without-the-defect '/^defect/d'
diverges another-defect 's/^defect .*/defect Z03/'
diverges scenario-does-something-else 's/^\t    P2: exit/\t    P3: write a[0] = 8   P2: exit/'

# A scenario that was touched without effect: the steps are the same, and still the difference is told.
sed 's/^\tabout .*/\tabout "something else"/' whole >edited
run replay edited
why=
case $status in 1 | 2 | 3) ;; *) why="exit status $status" ;; esac
[ "$(wc -l <err)" = 1 ] || why="$why, $(wc -l <err) lines on stderr"
result scenario-was-touched "$why"

# The number of choices is right, and none of them can be taken.
awk '/^choices / { print; getline; gsub(/[A-D]/, "P"); print; next } { print }' whole >edited
result impossible-choices "$(survived edited)"

# ---- store buffers: the file says that there are some ----

run explore fork-chain --defect Z02 --memory tso --strategy random --artifacts tso
cp tso/*[0-9a-f].replay whole || exit 2
run replay whole
result store-buffers "$([ "$status" = 1 ] && grep -q '^finding: the same$' out && grep -qx 'memory tso' whole ||
	echo "exit status $status: $(head -n 1 err)")"
diverges without-store-buffers '/^memory tso/d'
run replay --minimise tso/*[0-9a-f].replay
why=
for file in tso/*-min.replay tso/*-min-scn.replay; do
	run replay "$file"
	first "$file" "$([ "$status" = 1 ] && grep -q '^finding: the same$' out && grep -qx 'memory tso' "$file" || echo "status $status")"
done
result store-buffers-minimised "$why"

sed 's/^signature .*/signature -/' whole >edited
run replay edited
result no-finding-was-expected "$([ "$status" = 1 ] && ! grep -q '^finding: the same' out || echo "exit status $status: $(tail -n 1 out)")"

# ---- directives ----

run explore exit-vs-walk --defect Z11-refcount --artifacts by-directives
cp by-directives/*[0-9a-f].replay choices && cp by-directives/*-directives.replay directives || exit 2

# found NAME FILE PATTERN...: the finding comes, and each pattern is in a line of what is said.
found() {
	name=$1
	run replay "$2"
	shift 2
	why=
	[ "$status" = 1 ] || why="exit status $status: $(head -n 1 err)"
	for pattern in '^finding: the same$' "$@"; do
		grep -qE -- "$pattern" out || why="${why:-no line like '$pattern'}"
	done
	result "$name" "$why"
}
# changed SED: the directives file, edited.
changed() {
	sed "$1" directives >edited
	cmp -s directives edited && echo "not ok $1 - changes nothing"
}

n=$(sed -n 's/^directives //p' directives)
found directives directives ': the same steps$' "^directives: $n of $n applied\$" '^  (switch|choice) .*: applied$'

why=
for bytes in $(seq 0 $(($(wc -c <directives) - 2))); do
	# The text of the scenario is cut elsewhere already.
	[ "$bytes" -lt "$(sed '/^text /q' directives | wc -c)" ] || [ $((bytes % 97)) = 0 ] || continue
	head -c "$bytes" directives >cut.replay
	first "after byte $bytes" "$(refused cut.replay)"
done
result directives-cut "$why"

# What needs nothing of a schedule: a statement that has nothing to do with it, in each part of the scenario.
inserted() { # NAME SED
	changed "$2"
	found "directives-$1" edited "^directives: $n of $n applied\$"
	result "directives-$1-told" "$(grep -q 'another version of the model, or edited' err || echo "not told: $(cat err)")"
}
inserted in-another-thread 's/{ walk P a\[0\] }/{ walk Q q[0]   walk P a[0] }/'
sed 's/{ walk P a\[0\] }/{ walk Q q[0]   walk P a[0] }/' choices >edited
run replay edited
result choices-in-another-thread "$([ "$status" = 3 ] || echo "exit status $status: repeats, so that this shows nothing")"
inserted later-in-the-thread 's/D: exit }/D: exit   Q: exit }/'
inserted in-setup 's/: write q\[0\] = 5/: write q[0] = 5   Q: write q[0] = 6/'
inserted in-finally 's/^\(\tthread pager .*\)/\1 finally { Q: read q[0] }/'

# Something to do before, in the same thread: what is expected comes later.
inserted earlier-in-the-thread 's/^\(\tthread pager { *\)/\1Q: write q[0] = 7   /'
result directives-come-later "$(grep -q ': applied, later by ' out || echo "none is later: $(grep -E '^  (switch|choice)' out | head -n 1)")"

# Each thread more moves the numbers of others, not their names.
changed 's/^\tthread parent/\tthread unrelated { Q: read q[0] }   thread parent/'
found directives-thread-more edited "^directives: $n of $n applied\$"

# What makes no sense any more is told and passed over, and the execution comes to an end.
last=$(grep -nE '^(switch|choice) ' directives | tail -n 1)
line=${last%%:*}
skipped() { # NAME PATTERN SED
	changed "$3"
	run replay edited
	why=
	case $status in 1 | 3) ;; *) why="exit status $status: $(head -n 1 err)" ;; esac
	grep -qE -- "^  (switch|choice) .*: skipped: $2" out || why="${why:-not told}"
	grep -qE '^directives: [0-9]+ of [0-9]+ applied$' out || why="${why:-no summary}"
	grep -qE '^finding: ' out || why="${why:-no result}"
	[ "$status" != 3 ] || grep -q '^finding: none$' out || why="${why:-status 3 with a finding}"
	result "$1" "$why"
}
skipped directives-other-operation 'found ' "${line}s/[^ ]*\$/frobnicate/"
skipped directives-too-late 'never came' "${line}s/ [0-9][0-9]* / 4294967295 /"
thread=$(sed -n "${line}s/^[a-z]* \([^ ]*\) .*/\1/p" directives)
skipped directives-no-such-thread 'there is no such thread' "/^order/,/^text/s/ $thread\( \|\$\)/ nobody-there\1/g"

# Nothing is left of them, and nothing is found: that is inconclusive.
changed '/^switch\|^choice/d; s/^directives .*/directives 0/; /^defect/d'
run replay edited
result directives-without-the-defect "$([ "$status" = 3 ] && grep -q '^finding: none$' out || echo "exit status $status: $(tail -n 1 out)")"
sed 's/^signature .*/signature -/' edited >expected
run replay expected
result directives-nothing-expected "$([ "$status" = 0 ] || echo "exit status $status: $(tail -n 1 out)")"
sed 's/^signature .*/signature O1\/else/' directives >edited
run replay edited
result directives-another-finding "$([ "$status" = 1 ] && grep -q '^finding: another, ' out || echo "exit status $status: $(tail -n 1 out)")"

# Minimised once more, with whatever the model is now.
run replay directives --minimise
result directives-minimise "$([ "$status" = 1 ] && [ -e directives-min.replay ] || echo "exit status $status: $(head -n 1 err)")"
found directives-minimised directives-min-directives.replay

# ---- by seed ----

# What is in drawn/ is drawn again, with the steps that it had before it was minimised.
drawn_again() { # NAME
	set -- "$1" drawn/*[0-9a-f].replay
	run replay --by-seed "$2"
	result "by-seed-$1" "$([ "$status" = 1 ] && grep -q ': the same steps$' out && grep -q '^finding: the same$' out ||
		echo "exit status $status: $(cat err; tail -n 2 out)")"
}

# by_seed NAME COMMAND...: what the command finds is.
by_seed() {
	name=$1
	shift
	rm -rf drawn
	run "$@" --artifacts drawn
	drawn_again "$name"
}
by_seed first explore fork-split --defect Z05
by_seed estimated explore exit-vs-walk --defect Z11-mapped
by_seed in-a-later-slice explore exit-vs-walk --defect Z10e --seed 3 --executions 40000 --jobs 2
by_seed strategy explore exit-vs-walk --defect Z11-mapped --strategy surw
by_seed learnt explore exit-vs-walk --defect Z11-refcount --strategy flip
by_seed depth-first explore exit-family --defect Z13 --strategy dfs
by_seed hunted hunt Z13 --seeds 1
by_seed store-buffers explore fork-chain --defect Z02 --memory tso

# Which scenarios a seed draws changes with the model. 10 of 10 seeds found Z02, the last one after 8475 executions; and there is a next one.
for seed in 1 2 3 4; do
	rm -rf drawn
	run fuzz --defect Z02 --executions 20000 --seed $seed --artifacts drawn
	[ "$status" = 0 ] || break
done
drawn_again fuzzed

run explore fork-split --defect Z05 --artifacts drawn-edited
sed 's/seed 1 execution/seed 2 execution/' drawn-edited/*[0-9a-f].replay >edited
run replay --by-seed edited
result by-another-seed "$(grep -q 'the seed draws other steps' out || tail -n 2 out)"
sed 's/ drawn auto .*//' drawn-edited/*[0-9a-f].replay >edited
run replay --by-seed edited
result by-no-seed "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status: $(head -n 1 err)")"
sed 's/ drawn auto/ drawn by-hand/' drawn-edited/*[0-9a-f].replay >edited
run replay --by-seed edited
result by-no-strategy "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status: $(head -n 1 err)")"
exit 0
