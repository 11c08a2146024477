#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `git bisect run ci/bisect` names the commit that brought a finding in, over commits that say nothing; and each of its exit statuses.
. "$(dirname "$0")/lib.sh"
release_only bisect
git rev-parse -q --verify HEAD >/dev/null 2>&1 || { echo "ok bisect # SKIP not a git repository"; exit 0; }

# A history of its own, on top of what is committed here. The script is the one of this tree.
bisect=$dir/bisect
cp ci/bisect "$bisect" || exit 2
git clone -q --shared . "$dir/tree" && cd "$dir/tree" || exit 2
export CFLAGS=-O0 MAKE
GIT_AUTHOR_NAME=nobody GIT_COMMITTER_NAME=nobody GIT_AUTHOR_EMAIL=nobody@localhost GIT_COMMITTER_EMAIL=nobody@localhost
export GIT_AUTHOR_NAME GIT_COMMITTER_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_EMAIL

commit() { # NAME FILE SED: a commit, and a tag of that name
	sed -i "$3" "$2"
	git commit -q -a -m "$1" >"$dir/commit" 2>&1 || echo "not ok commit-$1 - $2: nothing changes"
	git tag "$1"
}
lookup=core/rmap/anon-chain/lookup.c canary=core/rmap/anon-chain/anon_vma.c
git checkout -q -b history
git tag good
commit comment README.md '1s/$/ and more/'
commit lines-move $lookup '2s|^|/* A line more. */\n|'
commit another-bug $canary 's/defect(D_CANARY_PTL_ANON)/true/'
commit another-bug-gone $canary 's/bool canary = true/bool canary = defect(D_CANARY_PTL_ANON)/'
commit does-not-build $lookup '2s|^|}\n|'
commit builds-again $lookup '2d'
commit the-culprit $lookup 's/if (defect(D_Z11_MAPPED))/if (true)/'
commit lines-move-again $lookup '2s|^|/* Another line. */\n|'
commit scenario-changes scenarios/exit-vs-walk.scn 's/^thread parent { /&Q: read q[0]   /'
commit bad README.md '1s/$/ still/'
git checkout -q -b two-bugs
commit both $canary 's/defect(D_CANARY_PTL_ANON)/true/'
commit no-target harness/cli/options.c 's/"target", 0/"aim", 0/'

# judged NAME STATUS PATTERN COMMAND...: its status, and its last line on standard output.
judged() {
	name=$1 expected=$2 pattern=$3
	shift 3
	timeout 600 "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	result "$name" "$([ "$status" = "$expected" ] && tail -n 1 "$dir/out" | grep -qE -- "^bisect: .*$pattern" ||
		echo "exit status $status: $(tail -n 1 "$dir/out") $(tail -n 1 "$dir/err")")"
}
at() { git checkout -q "$1" || echo "not ok checkout-$1 - $(git status --short | head -n 1)"; }

# ---- before there is anything to look for ----

judged usage 125 "cannot tell: expected .*, found nothing" "$bisect"
judged option 125 "cannot tell: .*found '--frobnicate'" "$bisect" --frobnicate some.replay
judged number 125 "executions: expected a whole number.*'0'" "$bisect" --executions 0 some.replay
judged certainty 125 "confidence: expected .*'1'" "$bisect" --confidence 1 some.replay
judged no-file 125 "cannot tell: .*no-such.replay: expected a replay file" "$bisect" no-such.replay

# ---- the finding, at the bad end: how often it comes ----

at bad
program=.git/bisect-build/release/rmaptorture
"$MAKE" -s -j"$(nproc)" BUILD=.git/bisect-build $program >"$dir/make" 2>&1 || echo "not ok builds - $(grep -m 1 error "$dir/make")"
$program explore exit-vs-walk --artifacts "$dir/found" >"$dir/out" 2>&1 </dev/null
file=$(ls "$dir"/found/*[0-9a-f].replay)
rate=${file%.replay}.rate
signature=$(sed -n 's/^signature //p' "$file")
result found "$([ -f "${file%.replay}-directives.replay" ] || tail -n 1 "$dir/out")"
[ -n "$signature" ] || exit 1

# The file of choices by itself, and no longer the steps that it says: whoever wants the finding has to explore.
mkdir "$dir/alone"
alone=$dir/alone/alone.replay
sed 's/^\(steps .* hash\) .*/\1 0123456789abcdef/' "$file" >"$alone"
judged directives 1 "the same finding, $signature: .*-directives.replay repeats it" "$bisect" "$file"
judged explored 1 "the same finding, $signature: in seed 1, execution [0-9]*" "$bisect" "$alone"
judged not-equal-to-the-letter 125 "only another finding, \"$signature\"" sh -c \
	"sed 's/^signature .*/&s/' $alone >$dir/alone/letter.replay && $bisect --executions 300 $dir/alone/letter.replay"
judged measured 0 "found in 5 of 5 campaigns" "$bisect" --measure --seeds 5 "$file"
result rate-file "$(grep -qx "signature $signature" "$rate" && grep -qxE 'hits 5 executions [0-9]+ campaigns 5 length 20000' "$rate" ||
	sed -n 3p "$rate")"

# ---- where it is not: after how many executions a commit is clean ----

at good
judged by-the-rate 0 "clean: not found in [0-9]+ executions .rate 0.*, confidence 0.99" "$bisect" "$file"
printf 'rmaptorture rate 1\nsignature %s\nhits 20 executions 3379 campaigns 20 length 500\n' "$signature" >"$dir/alone/alone.rate"
judged so-many 0 "clean: not found in 1069 executions .rate 0.0043, confidence 0.99" "$bisect" "$alone"
judged less-sure 0 "clean: not found in 161 executions .rate 0.0043, confidence 0.5" "$bisect" --confidence 0.5 "$alone"
rm "$dir/alone/alone.rate"
execution=$(sed -n 's/^found .* execution \([0-9]*\) drawn.*/\1/p' "$file")
n=$(awk -v e="$execution" 'BEGIN { printf "%d", 4.60517 / (0.0984 / (e + 1)) * 0.95 }')
judged by-one-hit 0 "clean: not found in [0-9]+ executions" "$bisect" "$alone"
result by-one-hit-ten-times "$(sed 's/.*not found in \([0-9]*\) .*/\1/' "$dir/out" | awk -v n="$n" '{ exit !($1 >= n && $1 < 1.2 * n) }' ||
	cat "$dir/out")"
judged goals-take-longer 0 "clean: not found in 1 executions" "$bisect" --executions 1 "$alone"
judged nothing-to-measure 125 "not found in 2 campaigns of 500 executions" "$bisect" --measure --seeds 2 --executions 500 "$alone"
sed 's/^\tgoal anon-vma-recycled/\tgoal page-poisoned/' "$alone" >"$dir/alone/goal.replay"
judged goal-missed 125 'goals were missed: \["page-poisoned"\]' "$bisect" "$dir/alone/goal.replay"

# ---- files that say nothing ----

refused() { # NAME PATTERN SED
	sed "$3" "$file" >"$dir/alone/$1.replay"
	judged "$1" 125 "cannot tell: .*$2" "$bisect" "$dir/alone/$1.replay"
}
# shellcheck disable=SC2016 # sed's
refused truncated "expected 'end'" '$d'
refused another-version "expected 'rmaptorture replay 1'" '1s/1$/2/'
refused no-finding "expected the signature" 's/^signature .*/signature -/'
refused no-seed "says no rate" 's/ drawn .*//'
refused defect-unknown-here "explore: exit status 2: .*no-such-bug" 's/^provider.*/&\ndefect no-such-bug/'
printf 'rmaptorture rate 1\nsignature O5/another\nhits 1 executions 1 campaigns 1 length 1\n' >"$dir/alone/alone.rate"
judged rate-of-another 125 "another one's" "$bisect" "$alone"
rm "$dir/alone/alone.rate"
: >"$dir/alone/empty.replay"
judged empty 125 "expected 'rmaptorture replay 1'" "$bisect" "$dir/alone/empty.replay"

# ---- commits that say nothing ----

at does-not-build
judged broken-build 125 "cannot tell: it cannot be built: .*error" "$bisect" "$file"
at another-bug
judged another-finding 125 "only another finding, \"O6/" "$bisect" "$file"
at both
judged behind-another-finding 1 "the same finding, $signature: in seed" "$bisect" "$alone"
at no-target
judged option-unknown-there 125 "explore: exit status 2: .*target" "$bisect" "$alone"

at good
judged built 0 clean "$bisect" --executions 1 "$alone"
# One campaign, of many minutes.
printf 'rmaptorture rate 1\nsignature %s\nhits 1 executions 9000000 campaigns 1 length 100000000\n' "$signature" >"$dir/alone/alone.rate"
LIMIT=5 judged too-long 125 "explore: not done after 5 s" "$bisect" "$alone"
rm "$dir/alone/alone.rate"
timeout -s TERM 4 "$bisect" --executions 100000001 "$alone" >"$dir/out" 2>"$dir/err" </dev/null &
pid=$!
wait $pid
timed=$?
result interrupted "$([ "$timed" = 124 ] && grep -q '^bisect: .*cannot tell: interrupted$' "$dir/out" || echo "$timed: $(cat "$dir/out")")"
result interrupted-leaves-nothing "$(pgrep -f 'executions 10000000[01]' | head -n 1)"

# ---- programs that end otherwise; what they are asked for ----

mkdir -p "$dir/other/access" "$dir/other/release"
judged_other() { # NAME PATTERN FLAVOUR FILE COMMANDS: with these commands in place of the program
	other=$dir/other/$3/rmaptorture
	[ "$3" = release ] || other=$other-$3
	printf '#!/bin/sh\n%s\n' "$5" >"$other" && chmod +x "$other"
	judged "$1" 125 "$2" env MAKE=true BISECT_BUILD="$dir/other" "$bisect" "$4"
}
judged_other killed "explore: exit status 1(37|59)" release "$alone" 'kill -KILL $$'
judged_other crashed "explore: exit status 139" release "$alone" 'ulimit -c 0; kill -SEGV $$'
judged_other says-nothing "does not say what" release "$alone" 'exit 1'
judged_other worker-died "explore did 7 of" release "$alone" 'echo "{\"executions\":7,\"goals_missed\":[],\"interrupted\":false}"'
sed 's/^model .*/defect Z05\naccess points strict tear\nmemory tso\noracles 00001ffa\n&/' "$alone" >"$dir/alone/all.replay"
judged_other asked "explore: exit status 2" access "$dir/alone/all.replay" "[ \$1 = replay ] || echo \"\$*\" >$dir/asked; exit 2"
for option in 'provider anon-chain' 'defect Z05' 'points access' 'races strict' tear 'memory tso' \
		'oracles O1,O3,O4,O5,O6,O7,O8,O9,O10,O11,O12' 'seed 1'; do
	result "asked-$(echo "$option" | tr ' ,' -)" "$(grep -qE -- "--$option( |\$)" "$dir/asked" || echo "asked: $(cat "$dir/asked")")"
done

# ---- the whole of it ----

named() { # NAME FILE
	git checkout -q history
	git bisect start bad good >"$dir/out" 2>&1
	timeout 900 git bisect run "$bisect" "$2" >>"$dir/out" 2>&1 </dev/null
	status=$?
	result "$1" "$([ "$status" = 0 ] && [ "$(git rev-parse refs/bisect/bad)" = "$(git rev-parse the-culprit)" ] ||
		echo "exit status $status: $(tail -n 1 "$dir/out")")"
	git bisect log >"$dir/log"
	result "$1-skips-what-does-not-build" "$(grep -q "^git bisect skip $(git rev-parse does-not-build)" "$dir/log" ||
		grep -m 1 skip "$dir/log")"
	git bisect reset >"$dir/out" 2>&1
}
named bisected "$file"
named bisected-by-exploring "$alone"
exit 0
