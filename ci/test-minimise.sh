#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Minimising: of many findings, each one is the same before and after, and told with few preemptions and a smaller scenario.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# Sanitizers make each execution slow, and may report something else first when a scenario is cut: then it stays as it is.
# A seed has some 180 findings. SEEDS="2 3 4" takes a larger sample, as ci/test-many-findings.sh does.
seeds=${SEEDS:-1} least=40 rows=2
[ "$FLAVOUR" = release ] || { seeds=1; least=4; rows=1; }

# value KEY FILE: of a key in JSON Lines.
value() {
	sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p' "$2" | head -n 1
}

# The first that is not as it should be, of many.
why=
first() { # CASE WHY-NOT
	[ -n "$why" ] || [ -z "$2" ] || why="$1: $2"
}

# The file is an execution with that signature, to the last step.
repeated() { # FILE SIGNATURE
	run replay "$1" --format json
	if [ "$status" != 1 ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ -s err ]; then
		echo "prints on stderr: $(head -n 1 err)"
	elif [ "$(value same_steps out)" != true ]; then
		echo "other steps"
	elif [ "$(value signature out)" != "$2" ]; then
		echo "finds $(value signature out), not $2"
	fi
}

minimised() { # SIGNATURE
	if [ "$status" != 1 ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ -s err ]; then
		echo "prints on stderr: $(head -n 1 err)"
	elif [ "$(grep -c '"type":"minimised"' out)" -lt $rows ]; then
		echo "not minimised: $(head -n 1 out)"
	elif [ "$(value signature out)" != "$1" ]; then
		echo "another finding: $(value signature out)"
	elif [ "$(value preemptions out)" -gt "$(value preemptions_before out)" ]; then
		echo "from $(value preemptions_before out) to $(value preemptions out) preemptions"
	fi
}

# The scenario can be explored: nearly always that finds the same again (what was rare may have become rarer).
shrunk() { # FILE DEFECT SIGNATURE
	run explore "$1" --defect "$2" --target "$3" --executions 20000 --artifacts again --format json
	if [ "$status" -gt 1 ] || [ -s err ]; then
		echo "exit status $status: $(head -n 1 err)"
	elif [ "$status" = 1 ] && [ "$(value signature out)" != "$3" ]; then
		echo "finds $(value signature out)"
	fi
	echo "$1" >>tried
	[ "$status" != 1 ] || echo "$1" >>explorable
}

: >numbers
: >applied
: >skipped
: >explorable
: >tried
one() { # DEFECT SEED
	rm -rf found
	run hunt "$1" --seed "$2" --seeds 1 --executions 20000 --artifacts found --format json
	file=$(find found -name '*.replay' 2>/dev/null | head -n 1)
	[ -n "$file" ] || return
	signature=$(sed -n 's/^signature //p' "$file")
	base=${file%.replay}
	first "$1 seed $2, as found" "$(repeated "$file" "$signature")"
	run replay "$file" --minimise --format json
	# A sanitizer reports a thing once in a process: after such a report, the finding is told as it came.
	[ $rows = 2 ] || [ "$status" != 1 ] || grep -q '"type":"minimised"' out || return
	first "$1 seed $2, minimising" "$(minimised "$signature")"
	grep '"type":"shrunk"' out >small
	# Threads that keep each other from getting on take turns for as long as the bound lets them: such a schedule has no short form.
	[ "$signature" = O9/livelock ] ||
		echo "$1 $(value preemptions_before out) $(value preemptions out) $(value steps_before out) $(value steps out)" \
			"$(value statements_before small) $(value statements small)" >>numbers
	first "$1 seed $2, minimised" "$(repeated "$base-min.replay" "$signature")"
	first "$1 seed $2, by directives" "$(repeated "$base-min-directives.replay" "$signature")"
	grep -c '"type":"directive".*"applied":true' out >>applied
	grep '"type":"directive".*"applied":false' out >>skipped
	[ -e "$base-min.scn" ] || [ $rows = 2 ] || return
	first "$1 seed $2, shrunk" "$(repeated "$base-min-scn.replay" "$signature")"
	first "$1 seed $2, scenario" "$(shrunk "$base-min.scn" "$1" "$signature")"
}

run list defects --format json
names=$(sed -n 's/.*"name":"\([^"]*\)".*/\1/p' out)
for name in $names; do
	why=
	for seed in $seeds; do
		one "$name" "$seed"
	done
	if grep -q "^$name " numbers; then
		result "$name" "$why"
	else
		echo "ok $name # SKIP not found, or not minimised, in this flavour"
	fi
done

# ---- the sample ----

awk '
	{ before += $2; after += $3; steps += $4; less += $5; statements += $6; left += $7 }
	END {
		if (NR)
			printf "# %d findings: mean preemptions %.2f to %.2f, steps %.0f to %.0f, statements %.1f to %.1f\n",
				NR, before / NR, after / NR, steps / NR, less / NR, statements / NR, left / NR
	}' numbers
findings=$(wc -l <numbers)
result sample "$([ "$findings" -ge $least ] || echo "only $findings findings, expected $least")"
result directives-apply "$([ -s applied ] && head -n 1 skipped)"
result mean-preemptions "$(awk '{ n += $3 } END { if (!NR || n / NR > 3) print "mean " n "/" NR ", expected at most 3" }' numbers)"
result scenarios-explorable "$([ $(($(wc -l <explorable) * 10)) -ge $(($(wc -l <tried) * 9)) ] ||
	echo "explore finds $(wc -l <explorable) of $(wc -l <tried) again")"
result statements-go "$(awk '{ n += $6 - $7 } END { if (n <= 0) print "none went" }' numbers)"

# ---- what explore reports is minimised, what hunt keeps is not ----

run explore exit-vs-walk --defect Z11-refcount --artifacts explored
why=
grep -qE '^  minimised from [0-9]+ to [0-9]+ preemptions, [0-9]+ executions$' out || why="does not say so"
grep -q 'NOT REPEATED' out && why="not repeated"
result explore-minimises "$why"
cp out report
run replay explored/*[0-9a-f].replay
result explored-replays "$([ "$status" = 1 ] && grep -q 'the same steps$' out || echo "exit status $status: $(tail -n 2 out | head -n 1)")"
sed -n '/^FINDING /,/\*\*\* /p' report >left
sed -n '/^FINDING /,/\*\*\* /p' out >right
result explored-replay-reports-the-same "$(cmp left right 2>&1)"
run replay explored/*-directives.replay
result explored-by-directives "$([ "$status" = 1 ] && grep -q '^finding: the same$' out || echo "exit status $status: $(tail -n 1 out)")"

# ---- the same again, to the byte ----

run hunt Z10e --seeds 1 --artifacts hunted --format json
file=$(find hunted -name '*.replay' | head -n 1)
mkdir one two
cp "$file" one/mailed && cp "$file" two/mailed
(cd one && run replay mailed --minimise) >/dev/null
(cd two && run replay mailed --minimise) >/dev/null
result same-result-again "$(diff -r one two 2>&1 | head -n 1)"
result four-files-more "$([ "$(find one -name 'mailed-min*' | wc -l)" = 4 ] || find one | tr '\n' ' ')"
run replay "$file" --minimise
why=
for line in '^FINDING ' '^directives: order ' '^minimised from [0-9]+ to [0-9]+ preemptions, from [0-9]+ to [0-9]+ steps, [0-9]+ executions$' \
	'^replay: rmaptorture replay .*-min\.replay$' '^scenario: .*-min\.scn, from [0-9]+ to [0-9]+ statements'; do
	grep -qE "$line" out || why="no line like '$line'"
done
result what-it-says "$why"

# ---- what cannot be minimised ----

sed 's/^defect .*/defect Z03/' "$file" >other.replay
run replay other.replay --minimise
result not-repeated "$([ "$status" = 3 ] || echo "exit status $status: $(head -n 1 out)")"
sed -i 's/^signature .*/signature -/' other.replay
run replay other.replay --minimise
result nothing-to-repeat "$([ "$status" -le 3 ] && [ "$status" != 2 ] || echo "exit status $status: $(head -n 1 out)")"
result not-repeated-writes-nothing "$([ ! -e other-min.replay ] && [ ! -e other-min.scn ] || echo "there is a twin")"
head -n 5 "$file" >cut.replay
run replay cut.replay --minimise
result cut-file "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status, $(wc -l <err) lines on stderr")"
run explore exit-vs-walk --minimise
result only-replay-has-it "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"
exit 0
