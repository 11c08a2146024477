#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What --format json, ktap and junit print: each is valid, they say the same, and that is what the exit status says.
. "$(dirname "$0")/lib.sh"

release_only formats
here=$PWD
cd "$dir" || exit 2

if ! command -v xmllint >/dev/null; then
	echo "not ok xmllint - it is not here (ci/deps check)"
	exit 0
fi
${CC:-cc} -std=gnu11 -O1 -o keys "$here/ci/json-keys.c" -ljansson 2>made || { result helper-builds "$(head -n 1 made)"; exit 0; }

# run FORMAT ARGUMENT...: leaves FORMAT.out, err and $status. $limit: how a run is ended.
limit='timeout 1200'
run() {
	format=$1
	shift
	$limit "$program" "$@" --format "$format" >"$format.out" 2>err </dev/null
	status=$?
}

# "MARK NAME" of each case, and of the whole, as ci/ktap.awk has them of KTAP.
junit_marks() {
	awk '
	function text(s) { gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&amp;/, "\\&", s); return s }
	/^    <testcase / { split($0, part, "\""); name = part[2] "." part[4]; sub(/^rmaptorture\./, "", name); mark = "pass" }
	/^      <failure / { mark = "fail" }
	/^      <error / { mark = "error" }
	/^      <skipped / { mark = "skip" }
	/^    <\/testcase>/ { print mark, text(name); nr[mark]++; all++ }
	/^  <testsuite / { totals = $0 }
	END {
		wanted = sprintf(" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" ", all, nr["fail"], nr["error"],
			nr["skip"])
		if (!index(totals, wanted)) print "bad: totals are not" wanted
	}' "$1"
}

# What the exit status has to be if these are the marks.
status_of() { # FILE
	awk '{ nr[$1]++ } END { print nr["fail"] ? 1 : nr["error"] ? 3 : nr["skip"] && !nr["pass"] ? 4 : 0 }' "$1"
}

why_not() {
	[ -n "$why" ] || why=$*
}

check_json() {
	./keys <json.out >json.keys || why_not "JSON: $(tail -n 1 json.keys)"
	awk -v "n=$((objects = objects + 100000))" -F'\t' -v OFS='\t' '{ $1 += n; print }' json.keys >>all.keys
	awk -f "$here/ci/verdicts.awk" json.keys | sort >json.marks
}

check_ktap() {
	awk -f "$here/ci/ktap.awk" ktap.out >ktap.marks
	! grep -q '^bad' ktap.marks || why_not "KTAP: $(grep -m 1 '^bad' ktap.marks)"
	tail -n 1 ktap.marks >ktap.whole
	sed -i '$d' ktap.marks
	sort -o ktap.marks ktap.marks
}

check_junit() {
	xmllint --noout --schema "$here/ci/junit.xsd" junit.out 2>lint || why_not "JUnit: $(head -n 1 lint)"
	junit_marks junit.out | sort >junit.marks
}

# The three of one run against each other and against the exit status.
compare() { # STATUS
	cmp -s ktap.marks junit.marks || why_not "KTAP and JUnit differ: $(diff ktap.marks junit.marks | sed -n 2p)"
	sed '/\.end$/d; s/^\([a-z]* [a-z-]*\).*/\1/' ktap.marks | sort >ktap.types
	cmp -s json.marks ktap.types || why_not "JSON and KTAP differ: $(diff json.marks ktap.types | sed -n 2p)"
	case "$1" in 0) whole=pass ;; 1) whole=fail ;; 4) whole=skip ;; *) whole=error ;; esac
	grep -q "^$whole " ktap.whole || why_not "KTAP ends with $(cat ktap.whole), status $1"
	# One ill part is enough for doctor to say that nothing can run.
	[ "$(status_of ktap.marks)" = "$1" ] || grep -q '^skip doctor' ktap.marks ||
		why_not "the cases are of status $(status_of ktap.marks), not $1"
}

# agree NAME STATUS ARGUMENT...: in all three formats; what the run said is in json.out, ktap.out and junit.out.
agree() {
	name=$1 expected=$2 why=
	shift 2
	for f in json ktap junit; do
		run $f "$@"
		[ "$status" = "$expected" ] || why_not "$f: exit status $status, not $expected: $(head -n 1 err)"
		[ ! -s err ] || [ -n "${talks-}" ] || why_not "$f: on stderr: $(head -n 1 err)"
		check_$f
	done
	compare "$expected"
	result "$name" "$why"
}

# Has what was said before this line? holds NAME PATTERN FILE.
holds() { result "$1" "$(grep -qE -- "$2" "$3" || echo "no line like '$2' in $3")"; }

# ---- clean, a finding, a goal that was missed, skipped, interrupted ----

agree explore-clean 0 explore cow-twice fork-vs-reclaim --executions 200
agree explore-finding 1 explore exit-vs-walk cow-twice --defect Z11-mapped --executions 300
for key in '"signature":"O1/use-after-free' '"oracle":"O1"' '"text":"' '"site":"[a-z_]*\.c:[0-9]+"' '"report":"FINDING O1/' \
	'"execution":[0-9]' '"replay":"rmaptorture-artifacts/' '"defects":\["Z11-mapped"\]' '"seed":1'; do
	grep -qE -- "$key" json.out || echo "$key"
done >lacks
result finding-keys "$(head -n 1 lacks)"
holds finding-in-ktap '^  #   replay: rmaptorture replay rmaptorture-artifacts/' ktap.out
holds finding-named '^  not ok 1 explore.exit-vs-walk.anon-chain # ' ktap.out
holds finding-in-junit '<failure message="[^"]*" type="O1/use-after-free[^"]*">FINDING O1/' junit.out
replay=$(sed -n 's/.*"replay":"\([^"]*\)".*/\1/p' json.out | head -n 1)

cat >in-vain.scn <<'END'
scenario in-vain
goal forked
goal swap-in
setup { mm P   P: a = mmap anon 1   P: write a[0] = 1 }
thread t { C = P: fork   x = C: read a[0] }
END
agree explore-missed 3 explore ./in-vain.scn cow-twice --executions 50
holds missed-why '^  not ok 1 explore.in-vain.anon-chain # ERROR goals not reached: swap-in$' ktap.out
holds missed-in-junit '<error message="goals not reached: swap-in" type="goal-missed">' junit.out
agree stress-missed 3 stress ./in-vain.scn --executions 50
agree stress-clean 0 stress cow-twice --executions 400
agree stress-finding 1 stress fork-chain --defect canary-page-mmap --executions 2000
agree explore-skipped 4 explore age-vs-read --provider pte-chain
agree some-skipped 0 explore age-vs-read cow-twice --provider pte-chain --executions 20
agree verify-skipped 4 verify age-vs-read --provider pte-chain
agree stress-skipped 4 stress age-vs-read --provider pte-chain

# What is printed when the signal comes is whole, and what was not begun is in it.
limit='timeout --preserve-status -k 60 -s INT 1'
agree explore-interrupted 3 explore cow-twice fork-vs-reclaim --executions 1000000000 --jobs 1
holds not-begun '^  not ok 2 explore.fork-vs-reclaim.anon-chain # ERROR interrupted' ktap.out
agree stress-interrupted 3 stress cow-twice fork-vs-reclaim --time 60s
agree verify-interrupted 3 verify fork-vs-reclaim cow-twice --executions 1000000000 --jobs 1
agree fuzz-interrupted 3 fuzz --executions 1000000000
agree run-interrupted 3 run cow-twice --provider anon-chain --executions 1000000000
agree hunt-interrupted 3 hunt Z03 --oracles O9 --executions 1000000000
limit='timeout 1200'

# ---- the other commands ----

agree run 0 run cow-twice fork-vs-reclaim --provider anon-chain --executions 300
agree run-finding 1 run fork-chain --defect canary-page-mmap --provider anon-chain --executions 50
agree run-skips 0 run age-vs-read fork-vs-reclaim --provider anon-chain,pte-chain --executions 300
agree verify-clean 0 verify small-exit-vs-walk --choices 0
agree verify-bounded 0 verify small-exit-vs-walk --choices 0 --preemptions 1
agree verify-finding 1 verify small-exit-vs-walk --defect Z13
agree verify-incomplete 3 verify small-exit-vs-walk --executions 5
agree fuzz-clean 0 fuzz --executions 200 --seed 11
# 10 of 10 seeds find it, the last one after 193 executions.
agree fuzz-finding 1 fuzz --defect canary-ptl-anon --executions 2000 --schedules 20
agree replay 1 replay "$replay"
agree replay-directives 1 replay "${replay%.replay}-directives.replay"
agree replay-minimise 1 replay "$replay" --minimise
agree hunt-found 0 hunt Z03 --seeds 2
agree hunt-missed 3 hunt Z03 --seeds 1 --oracles O9 --executions 20
agree hunt-built-in 3 hunt --built-in ./in-vain.scn --seeds 1 --executions 20
agree ablation 0 hunt --ablation Z03 --seeds 1 --executions 50
agree doctor "$("$program" doctor >/dev/null 2>&1; echo $?)" doctor
agree bench 0 bench fork-vs-reclaim fork-vs-reclaim-point
agree bench-eras 0 bench eras
agree lint 0 lockdoc check --lint
agree check 0 lockdoc check --provider anon-chain --executions 200
# An order that is the wrong way round, an arc that nobody takes, and a defect that the validator reports.
awk '/^FS_RECLAIM < lru / { print; print "swap_lock < zone;"; next }
	/^  pte_lock\/parent / || /^    swap_lock / { next } /^page_lock < swap/ { print "pte_lock/parent < pte_lock;"; next } { print }' \
	"$here/LOCKING.md" >turned.md
talks=yes
agree check-contradicted 1 lockdoc check turned.md --provider anon-chain --executions 40
agree run-contradicted 1 run cow-twice fork-vs-reclaim --provider anon-chain --executions 200 --locking turned.md
agree check-reported 1 lockdoc check --provider anon-chain --executions 40 --defect canary-page-mmap
talks=
agree diff-same 0 lockdoc diff "$here/LOCKING.md" model
agree diff 1 lockdoc diff model era:anon-chain
agree diff-context 1 lockdoc diff "$here/harness/tests/lockdoc/hugetlb.txt" model
agree ingest 1 lockdoc ingest "$here/harness/tests/lockdoc/hugetlb.txt"
for what in scenarios providers defects oracles locks strategies goals windows; do
	run json list $what
	why=
	check_json
	result "list-$what" "$why"
done
run json lockdoc arcs
why=
check_json
result arcs "$why"

# ---- what is known ----

signature=O6/sleep-in-atomic:page_table_lock:anon_vma
agree explore-known 0 explore fork-chain cow-twice --executions 50 --defect canary-ptl-anon --known $signature
holds explore-known-counted '"type":"known-finding",.*"times":50,' json.out
agree fuzz-known 0 fuzz --provider anon-chain --executions 200 --defect canary-ptl-anon --known $signature
agree stress-known 0 stress fork-chain --executions 4 --defect canary-ptl-anon --known $signature
holds stress-known-counted '"type":"known-finding",' json.out

# ---- nights: the second and third time they are there already ----

printf 'plan p "two jobs"\ngroup explore\nflavour release\nscenarios fork-chain cow-twice\nexecutions 50\ncommand explore {scenarios} --provider anon-chain\n' >plan
agree nightly 0 nightly --plan plan --artifacts nights --night clean
agree nightly-finding 1 nightly --plan plan --artifacts nights --night found --defect canary-ptl-anon
printf 'O6/sleep-in-atomic:page_table_lock:anon_vma\tnobody\t2999-12-31\tit is put in\n' >known
agree nightly-known 0 nightly --plan plan --artifacts nights --night known --defect canary-ptl-anon --known-findings known
printf 'group tool\nflavour release\nneeds no-such-tool\ncommand list\n' >>plan
agree nightly-skips 0 nightly --plan plan --artifacts nights --night skips
agree nightly-dry-run 0 nightly --plan plan --dry-run
agree report 0 report --db nights/results.db --night clean --verbose
agree report-finding 1 report --db nights/results.db --night found --verbose
agree report-known 0 report --db nights/results.db --night known
agree report-against 1 report --db nights/results.db --night found --against clean
agree merge 0 merge --db again.db nights/clean
"$program" nightly --plan plan --artifacts nights --night parts --shard 1/2 >/dev/null 2>&1
agree merge-missing 3 merge --db parts.db nights/parts.1-of-2

# ---- text that formats have to escape, and numbers that they cannot hold ----

nasty=$(printf 'we<ird> & "#1" \001\377.md')
cp "$here/LOCKING.md" "$nasty"
agree nasty-name 0 lockdoc check --lint "$nasty"
agree largest-seed 0 explore cow-twice --executions 20 --seed 18446744073709551615
holds largest-seed-json '"seed":"18446744073709551615"' json.out
agree largest-seed-of-stress 0 stress cow-twice --executions 20 --seed 9223372036854775808

# ---- what has no verdicts, and bad input: nothing on standard output, a line beside ----

refuses() { # FORMAT ARGUMENT...
	run "$@"
	result "refused-$(echo "$*" | tr ' ./' '---')" "$([ "$status" = 2 ] && [ ! -s "$1.out" ] && [ "$(wc -l <err)" = 1 ] ||
		echo "exit status $status, $(wc -c <"$1.out") bytes, stderr: $(head -n 1 err)")"
}
for f in ktap junit; do
	refuses $f list scenarios
	refuses $f lockdoc arcs
	refuses $f explore no-such-race
	refuses $f verify cow-twice --memory tso
	refuses $f replay no-such-file
done
for f in json ktap junit; do
	refuses $f lockdoc fmt
	refuses $f lockdoc graph
done

# ---- every key is documented, and what is documented is there ----

cat >never <<'END'
conformance
difference
data-rule
data-rules accepted
data-rules below
data-rules document
data-rules full
data-rules lost
data-rules not_found
data-rules provider
data-rules rows
data-rules rules
data-rules unseen
data-rules waived
lockdoc arcs[].ctx
lockdoc pairs[].ctx
lockdoc-score data.full
lockdoc-score data.rules
lockdoc-score data.waived
explore error
stress error
verify error
fuzz error
replay error
lockdoc-tree-arc
lockdoc-tree-undocumented
lockdoc-tree-score
stress shared_writes_per_op
report-gone
report-inconclusive
report-failures
report-skipped
report-missing
report-hunts
report-defects
report-grades
report-providers
report-bench
END
awk -f "$here/ci/documented.awk" -v never=never "$here/harness/cli/FORMATS.md" all.keys | sort >undocumented
result documented "$(head -n 30 undocumented | tr '\n' ';')"
