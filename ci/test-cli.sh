#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command line from outside: help, and one clear line with exit status 2 for whatever is wrong.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# Whatever a command would write, it writes here; whatever it would do, it does not do for long.
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
	elif awk 'length($0) > 80 { exit 1 }' out; then
		:
	else
		why="a line of more than 80 columns"
	fi
	result "$name" "$why"
}

shows help 18 24 --help
shows help-short 18 24 -h
shows version 1 10 --version
for command in $("$program" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p'); do
	shows "help-$command" 5 40 "$command" --help
done

run
result no-command "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" -ge 18 ] ||
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
refuses nothing-to-hunt "expected --all or the names of defects" hunt
refuses mode-to-hunt "--mode: expected explore\|stress\|verify\|fuzz, found 'guess'" hunt Z03 --mode guess
refuses mode-without-name "--mode: expected explore\|stress\|verify\|fuzz, found nothing" hunt Z03 --mode
refuses noise-to-explore "--noise: expected no such option with --mode explore" hunt Z03 --noise 3
refuses rounds-to-verify "--rounds: expected no such option with --mode verify" hunt Z03 --mode verify --rounds 3
refuses seeds-to-verify "--seeds: expected no such option with --mode verify" hunt Z03 --mode verify --seeds 3
refuses preemptions-to-fuzz "--preemptions: expected no such option with --mode fuzz" hunt Z03 --mode fuzz --preemptions 1
refuses blind-fuzz "--blind: expected no such option with --mode fuzz" hunt Z03 --mode fuzz --blind
refuses memory-of-stress "--memory: expected no such option with --mode stress" hunt Z03 --mode stress --memory tso
refuses ablation-of-stress "--ablation: expected no such option with --mode stress" hunt Z03 --mode stress --ablation
refuses ablation-of-nothing "expected --all or the names of defects" hunt --ablation
refuses unknown-defect-to-ablate "no-such-bug" hunt --ablation no-such-bug
refuses unknown-list "no-such-things" list no-such-things
refuses list-of-nothing "list: expected KIND, found nothing" list
refuses unknown-lockdoc "lockdoc --help" lockdoc frobnicate
refuses lockdoc-of-two "unexpected operand .b." lockdoc check a b
refuses lockdoc-of-nothing "no-such-file.md:1:1: expected a file" lockdoc check no-such-file.md
refuses bench-of-nothing "the name of a figure or a group of them, or eras, or all, found 'no-such-figure'" bench eras no-such-figure
refuses missing-replay-file "no-such-file" replay no-such-file
refuses directory-as-scenario ": expected|cannot read|directory" explore ./ --executions 1

: >empty
refuses empty-replay-file "empty(:[0-9]+:[0-9]+)?: " replay empty
printf 'scenario broken\nthread t { P: frobnicate }\n' >broken.scn
refuses malformed-scenario "broken\.scn:[0-9]+:[0-9]+: expected .*found " \
	explore ./broken.scn --executions 1
printf 'scenario told\nstory Z99\nthread t { drain }\n' >told.scn
refuses story-of-nothing "told\.scn:2:7: expected the name of a defect \(list defects\), found 'Z99'$" \
	explore ./told.scn --executions 1

if "$program" list scenarios >/dev/full 2>err; then
	result full-disk "exit status 0"
else
	result full-disk "$([ "$(wc -l <err)" = 1 ] || echo "$(wc -l <err) lines on stderr")"
fi

# --- What is there. ---

"$program" list scenarios --format json | grep '"name":"story-' >stories
result list-stories "$(grep -v '"detail":"[0-9]* threads, [0-9]* goals; story of [ZH][-0-9a-z]*[;"]' stories
	[ "$(wc -l <stories)" -ge 15 ] || echo "only $(wc -l <stories)")"
"$program" list defects --format json >out
result list-defects "$(grep -qF '"detail":"historical 2555283eb40d CVE-2022-42703, ' out || echo "CVE: $(grep '"Z02"' out)"
	grep -qF '"detail":"canary, class R2, by O12, in flavour tsan access, fork-vs-reclaim"' out || echo "flavour: $(grep '"canary-race"' out)"
	grep -qF '"detail":"historical 16f5e707d6f6, anon-chain, class W, by O1 O12, in flavour tsan, access --races strict, ' out || echo "both: $(grep '"Z22"' out)")"

# --- Hunting: each way finds what is easy, and says the same of it. ---

# says NAME STATUS PATTERN...: that exit status, nothing on stderr, and for each pattern a line of out.
says() {
	name=$1 expected=$2 why=
	shift 2
	[ "$status" = "$expected" ] || why="exit status $status: $(head -n 1 err)"
	[ ! -s err ] || why="prints on stderr: $(head -n 1 err)"
	for pattern in "$@"; do
		grep -qE -- "$pattern" out || why=${why:-"no line like '$pattern': $(tail -n 2 out | head -n 1)"}
	done
	result "$name" "$why"
}

run run fork-chain --defect Z03 --provider anon-chain --executions 50
result run-tells-again "$([ "$status" = 1 ] && tail -n 2 out | grep -qx 'FINDING in fork-chain, provider anon-chain: O7/chain-grows' ||
	echo "exit status $status: $(tail -n 1 out)")"
run hunt Z03 --seeds 2
says hunt-told 0 '^Z03 +1 +2/2 .* O7 +[0-9]+/[0-9]+  O7/chain-grows +fork-chain$' '^told: 1 of 1 defects in all 2 seeds; tier 1: 1 of 1$'
run hunt Z03 --seeds 20 --format json
says hunt-json 0 '^\{"type":"hunt","defect":"Z03","tier":1,.*"mode":"explore","blind":false,"seeds":20,"found":20,"unfinished":0,' \
	'"median_executions":1,"p95_executions":1,.*"median_s":[0-9.e-]+,"p95_s":[0-9.e-]+,"oracles":\{"leak":20\}' \
	'"preemptions":[0-9]+,"directives":[0-9]+\}$' \
	'^\{"type":"hunt-summary",.*"seeds":20,"enough":19,.*"defects":1,"found":1,"tiers":\[\{"tier":1,"defects":1,"found":1,"hunts":20,"successes":20\},'
run hunt Z03 --blind --seeds 1
says hunt-blind 0 '^Z03 +1 +1/1 .* O7/chain-grows ' '^blind: 100 % of 1 hunts for defects of tier 1 found them$' '^blind: 1 of 1 defects in 1 seed; tier 1: 1 of 1$'
run hunt --built-in fork-chain --seeds 1 --executions 200
says hunt-built-in 3 '^built-in +- +0/1 ' '^told: 0 of 1 defects in 1 seed$'
run hunt --built-in fork-chain --seeds 1 --executions 200 --format json
says hunt-built-in-json 3 '^\{"type":"hunt","defect":"built-in","tier":0,"class":null,.*"missed":\[\]\}$' '^\{"type":"hunt-summary",'
# What none of the executions comes to, with whatever seed, next to what they all do.
cat >in-vain.scn <<'EOF'
scenario in-vain
goal forked
goal swap-in
near swapped-off "never"
setup { mm P   P: a = mmap anon 1   P: write a[0] = 1 }
thread t { C = P: fork   x = C: read a[0] }
outcome acceptable x == 1 "always"
outcome interesting x == 2 "never"
outcome forbidden x == 3 "let us hope so"
EOF
run hunt --built-in ./in-vain.scn fork-chain --seeds 2 --executions 40 --format json
says hunt-built-in-missed 3 \
	'^\{"type":"hunt","defect":"built-in",.*"missed":\["in-vain:swap-in","in-vain:swapped-off","in-vain:outcome-2"\]\}$'
run hunt Z03 --seeds 1 --oracles O9 --executions 20 --format json
result hunt-misses-no-goals "$(grep -F '"missed"' out)"
run hunt Z22 --seeds 1
result hunt-unseen "$([ "$status" = 2 ] && grep -q "expected a defect that shows here, found 'Z22': it does in flavour tsan, access" err ||
	echo "exit status $status: $(cat err)")"
# What is freed is used, and the model crashes: an execution that ends, and no finding.
run hunt Z12 --oracles=-lifetime --seeds 1 --executions 500
result hunt-crashes "$([ "$status" = 3 ] && [ ! -s err ] && grep -qE '^Z12 +1 +0/1 ' out || echo "exit status $status: $(cat err)")"
# Fuzz stops at what it finds. 10 of 10 seeds did, the last one after 8171 executions; but which scenarios are drawn changes with the model.
fuzz="--seeds 1 --executions 200000"
for mode in stress verify fuzz; do
	case $mode in stress) seeds="--seeds 1" ;; verify) seeds= ;; *) seeds=$fuzz ;; esac
	# shellcheck disable=SC2086 # two words, or none
	run hunt Z05 --mode $mode $seeds
	says "hunt-by-$mode" 0 '^Z05 +1 +1/1 ' "by $mode: 1 of 1 defects in 1 seed; tier 1: 1 of 1\$"
done
# shellcheck disable=SC2086 # words
run hunt Z05 --mode fuzz $fuzz --artifacts fuzzed
says hunt-by-fuzz-in-a-new-one 0 '^Z05 .* [0-9]+/[0-9]+  O[0-9]+/[^ ]+ +fuzz-[0-9a-f]+$'
run replay fuzzed/fuzz-*[0-9a-f].replay
says hunt-by-fuzz-replays 1 'the same steps$' '^finding: the same$'
run hunt Z03 --mode stress --seeds 1 --oracles O9 --executions 200
says hunt-by-stress-bounded 3 '^Z03 +1 +0/1 ' '^budget 200 rounds '
run hunt Z03 --mode verify --preemptions 0
says hunt-by-verify-bounded 0 '^Z03 +1 +1/1 .* 0/0 '

# A budget that no scenario's slice fits into is spent all the same, and in the end by fuzz; none is spent beyond it.
run hunt Z03 --blind --seeds 1 --oracles O9 --executions 50
says hunt-blind-with-little 3 '^Z03 +1 +0/1 ' '^blind: 0 of 1 '

run hunt --ablation Z03 Z04 --seeds 2 --executions 50
says ablation 0 '^- +\(none\) +- +2/2  -$' '^O7 +leak +1 +1/2  Z03$' '^O8 +structure +1 +1/2  Z04$' '^O1 +lifetime +0 +2/2  -$' \
	'^ablation of oracles, told; found: in all 2 seeds, with 50 executions each$'
run hunt --ablation Z03 --seeds 2 --executions 50 --format json
says ablation-json 0 '^\{"type":"ablation","oracle":"none",.*"defects":1,"found":1,"first":0,"escapes":\[\]\}$' \
	'^\{"type":"ablation","oracle":"leak",.*"found":0,"first":1,"escapes":\[\{"name":"Z03","found":0,"found_with_all":2\}\]\}$'
result ablation-all-oracles "$("$program" list oracles --format json | wc -l | grep -qx "$(($(wc -l <out) - 1))" ||
	echo "$(wc -l <out) lines")"

# What the ablation does not run again is what the hunt without the oracle finds.
run hunt --ablation Z10e Z36 Z33b Z13 --seeds 2 --executions 2000 --format json
cp out ablated
why=
for oracle in lifetime counts locks leak; do
	run hunt Z10e Z36 Z33b Z13 --seeds 2 --executions 2000 --oracles -$oracle --format json
	found=$(grep -c '^{"type":"hunt",.*"found":2,' out)
	grep "\"oracle\":\"$oracle\"" ablated >row
	grep -q "\"found\":$found,\"first\"" row || why="without $oracle $found: $(cat row)"
done
result ablation-is-hunting-without "$why"

# --- What has no limit is told all the same. ---

run bench eras --format json
result bench-eras "$([ "$status" = 0 ] && [ ! -s err ] && [ "$(grep -c '^{"type":"bench-era",.*"steps":[1-9]' out)" = 165 ] &&
	[ "$(grep -c '^{"type":"bench-era-memory",.*"mappings":[1-9]' out)" = 24 ] ||
	echo "exit status $status, $(wc -l <out) lines: $(head -n 1 err)")"
exit 0
