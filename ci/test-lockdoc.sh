#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# LOCKING.md against the program: a run sees every arc of it or knows why not, and a copy that is wrong
# is found out, by the validator or by the parser.
# shellcheck disable=SC2016 # the backquotes in single quotes are those of the document
. "$(dirname "$0")/lib.sh"

document=$PWD/LOCKING.md
comments=$PWD/harness/tests/lockdoc
cd "$dir" || exit 2

# copy NAME SED-SCRIPT: a copy of the document, changed; it must differ.
copy() {
	sed "$2" "$document" >"$1"
	! cmp -s "$1" "$document" || echo "not ok $1 - the document has nothing to change: $2"
}

# --- The document as it is: all scenarios are further below, and in ci/test-run.sh. ---

run run fork-vs-reclaim --executions 300
result one-scenario "$([ "$status" = 0 ] && [ "$(grep -c '^never observed' out)" = 0 ] &&
	tail -n 1 out | grep -q '^lock order of ' || echo "exit status $status, $(tail -n 1 out)")"

run run fork-vs-reclaim cow-twice --provider anon-chain,anon-list --executions 300 --format json
result json "$([ "$(grep -c '"type":"lockdoc".*"undocumented":0,"contradicted":0,"arcs":\[{' out)" = 2 ] ||
	echo "no such line for each of two providers")"

# --- An arc turned around: one acquisition is enough. ---

# turned NAME KEY SED-SCRIPT
turned() {
	copy "$1.md" "$3"
	run explore fork-vs-reclaim --locking "$1.md" --executions 200
	why=
	if [ "$status" != 1 ]; then
		why="exit status $status: $(head -n 1 err)"
	elif ! grep -q "^FINDING O6/documented:$2 " out; then
		why="$(grep -m 1 '^FINDING' out)"
	elif ! grep -qE "\.c:[0-9]+\) is waited for under .*\.c:[0-9]+\), but $1\.md:[0-9]+ has " out; then
		why="$(sed -n 2p out)"
	fi
	result "$1" "$why"
}

turned turned-mmap-reclaim 'mmap_lock->FS_RECLAIM' \
	'/^  FS_RECLAIM /d; /^    FS_RECLAIM /d; /^page_lock < FS_RECLAIM /d; s/^FS_RECLAIM < lru .*/FS_RECLAIM < mmap_lock;/'
turned turned-table-tree 'anon_vma->page_table_lock' \
	'/^    page_table_lock /d; /^  page_table_lock /d; s/^page_lock < swap.*/page_table_lock < anon_vma;/'
turned turned-parent-pte 'pte_lock->pte_lock\/parent' \
	'/^  pte_lock\/parent /d; /^    swap_lock /d; s/^page_lock < swap.*/pte_lock\/parent < pte_lock;/'
turned try-only 'mmap_lock->page_table_lock' \
	'/^  page_table_lock  *(collect/d; s/^  page_table_lock /  page_table_lock:try /; /^  anon_vma  *(anon_vma_pre/d; /^  FS_RECLAIM /d
	/^  page_lock /d; /^    FS_RECLAIM /d; /^    anon_vma /d; /^    page_table_lock  *(copy/d
	/^  *i_mmap_huge  *([vh]/d'
turned never-together 'anon_vma->pte_lock' \
	's/never-together page_table_lock, pte_lock/never-together anon_vma, pte_lock/'

# The line that tells how to replay names the document too.
words=$(sed -n 's/^  replay: rmaptorture //p' out)
# shellcheck disable=SC2086 # words are meant
run $words
result replay-with-document "$([ "$status" = 1 ] && grep -q '^finding: the same$' out ||
	echo "'$words': exit status $status, $(tail -n 1 out)")"

# --- An arc left out: undocumented, and inconclusive. ---

copy left-out.md '/^  mmap_lock\/child /d; /^    anon_vma  *(anon_vma_clone/d; /^    FS_RECLAIM /d
	/^    page_table_lock  *(copy/d; /^    i_mmap\(_huge\)*  *(vma_link_file/d; /^    vm_lock  *(dup_vma/d'
run run fork-vs-reclaim --executions 300 --locking left-out.md
result left-out "$([ "$status" = 3 ] &&
	grep -q '^undocumented: mmap_lock/child is waited for under mmap_lock .*; to document it: mmap_lock < mmap_lock/child;$' out ||
	echo "exit status $status, $(tail -n 1 out)")"

# --- What the parser refuses. ---

# refuses NAME PATTERN SED-SCRIPT: exit status 2, one line that matches, nothing on stdout.
refuses() {
	copy "$1.md" "$3"
	run explore fork-vs-reclaim --locking "$1.md" --executions 1
	why=
	if [ "$status" != 2 ]; then
		why="exit status $status"
	elif [ -s out ] || [ "$(wc -l <err)" != 1 ]; then
		why="$(wc -l <out) lines on stdout, $(wc -l <err) on stderr"
	elif ! grep -qE "^$1\.md:[0-9]+:[0-9]+: expected .*$2" err; then
		why="says: $(cat err)"
	fi
	result "$1" "$why"
}

refuses row-removed "a row for 'lru', found none \(E-NOCLASS\)" '/^| `lru` /d'
refuses typo-in-order "a lock class, found 'pagelock'" 's/^  page_lock /  pagelock /'
refuses typo-in-exception "'try', 'R' or 'W', found 'tyr'" 's/page_lock:try/page_lock:tyr/'
refuses typo-in-data-rule "a lock class, found 'anonvma'" 's/`anon_vma:R(root)`/`anonvma:R(root)`/'
refuses typo-in-heading "a section '## Data rules'" 's/^## Data rules/## Data rule/'
refuses other-wait-type "'spin', the wait type of 'lru' in the code" '/^| `lru`/s/| spin |/| sleep |/'
refuses other-same-class "'never', the rule of the code" '/^| `lru`/s/| never |/| address |/'
refuses cycle "without a cycle, found .*\(E-CYCLE\)" 's/^page_lock < swap.*/pte_lock < mmap_lock;/'
refuses block-left-open "'\`\`\`' to end|a lock class" '/^  zone /,/^```$/{/^```$/d}'

# --- lockdoc check --lint: the same as findings, as many as there are, and some that are no errors. ---

run lockdoc check --lint
result check-real-document "$([ "$status" = 0 ] && grep -qE '^LOCKING.md: [0-9]+ classes, [0-9]+ arcs, 0 findings$' out ||
	echo "exit status $status: $(head -n 1 out)")"

# finds NAME "KIND: PATTERN" SED-SCRIPT: exit status 1, and one finding that matches.
finds() {
	copy "$1.md" "$3"
	run lockdoc check --lint "$1.md"
	why=
	if [ "$status" != 1 ]; then
		why="exit status $status: $(head -n 1 err)"
	elif [ "$(grep -cE "^$1\.md:[0-9]+:[0-9]+: $2" out)" != 1 ]; then
		why="$(head -n 3 out | tr '\n' ';')"
	fi
	result "check-$1" "$why"
}

finds strong-cycle 'strong cycle: .* found pte_lock < mmap_lock \(line [0-9]+\) < .* < pte_lock \(line [0-9]+\)' \
	's/^page_lock < swap.*/pte_lock < mmap_lock;/'
finds both-directions 'conflict: expected one direction, found both: pte_lock < anon_vma \(line' \
	's/^page_lock < swap.*/pte_lock < anon_vma;/'
finds apart-but-ordered 'conflict: expected two classes without an order, found page_table_lock < pte_lock' \
	's/^page_lock < swap.*/page_table_lock < pte_lock;/'
finds name-of-two "ambiguity: expected a name of one class only, found 'mmap_sem' for 'mmap_lock' too" \
	'/^| `lru` /s/`lru_lock`/`mmap_sem`/'
finds between-levels 'ambiguity: expected the indentation of a line above, found 3 columns' \
	'0,/^    pte_lock  /s//   pte_lock  /'
finds class-without-place "gap: expected a place of 'zone' in the order, found none" \
	'/^  *zone  /d; /^FS_RECLAIM < zone/d; s/RCU < lru, zone/RCU < lru/; s/irqs_off < lru, zone/irqs_off < lru/'
finds context-without-order "gap: expected an order for the context 'fork', found none" \
	's/^## Contexts/&\n| Context | When |\n| --- | --- |\n| `fork` | in fork |/'
finds dead-name "dead name: expected a lock class, found 'pagelock'" '0,/^  page_lock /s//  pagelock /'
finds row-of-nothing "dead name: expected a lock class of the model, found 'rwlock'" \
	's/^| `lru` .*/&\n| `rwlock` | rwlock | any | never | spin | |/'
finds other-wait "changed meaning: expected 'spin', the wait type of 'lru' in the code, found 'sleep'" \
	'/^| `lru`/s/| spin |/| sleep |/'
finds prose-without-arc 'unacknowledged prose: expected arcs that say zone < swap_lock, as this sentence does, found none' \
	's/^- `anon_vma` before `pte_lock`.*/&\n  `swap_lock` comes after `zone`./'
finds prose-reversed 'conflict: expected arcs that say lru < pte_lock, as this sentence does, found the opposite' \
	's/^- `anon_vma` before `pte_lock`.*/&\n  `lru` before `pte_lock`./'
finds lock-without-row "no row: expected a row for 'lru', found none" '/^| `lru` /d'

copy two.md '/^| `lru` /d; s/^  page_lock /  pagelock /'
run lockdoc check --lint two.md --format json
result check-json "$([ "$status" = 1 ] && [ "$(grep -c '"type":"lockdoc-finding","file":"two.md","line":' out)" -ge 2 ] &&
	tail -n 1 out | grep -qE '^\{"type":"lockdoc-check","file":"two.md","classes":[0-9]+,"arcs":[0-9]+,"findings":' ||
	echo "exit status $status, $(tail -n 1 out)")"
copy unreadable.md 's/page_lock:try/page_lock:tyr/'
run lockdoc check unreadable.md
result check-unreadable "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"

# --- lockdoc check: held against runs. ---

for provider in anon-list pte-chain; do
	run lockdoc check --provider $provider --executions 300
	result check-$provider "$([ "$status" = 0 ] && [ ! -s err ] &&
		tail -n 1 out | grep -qE "^order of $provider: [0-9]+/[0-9]+ arcs observed, [0-4] waived, 0 contradicted; data: " ||
		echo "exit status $status: $(tail -n 1 out) $(head -n 1 err)")"
done
run lockdoc check --provider anon-chain --executions 300
result check-runs "$([ "$status" = 0 ] && [ ! -s err ] &&
	tail -n 1 out | grep -qE '^order of anon-chain: [0-9]+/[0-9]+ arcs observed, [0-4] waived, 0 contradicted; data: ' ||
	echo "exit status $status: $(tail -n 1 out) $(head -n 1 err)")"
result check-90-percent "$(tail -n 1 out | tr '/' ' ' | awk '!($4 * 10 >= $5 * 9 && $5 > 0) { print "less than 90 %: " $4 " of " $5 }')"
result check-waivers "$(grep -cE '  (waived|observed, waiver)' out | awk '$1 > 10 { print $1 " waivers" }')"
result check-each-arc "$([ "$(grep -cE '^[^ ]+ < [^ ]+ +[0-9]+ ' out)" = "$(sed -n 's/^order of [^ ]* [0-9]*\/\([0-9]*\) arcs.*/\1/p' out)" ] ||
	echo "$(grep -cE '^[^ ]+ < ' out) lines")"
grep -v seconds out >first
run lockdoc check --provider anon-chain --executions 300 --jobs 1
result check-repeats "$(diff first out | sed -n 2p)"

# Wrong copies: each with the words that it has to be told in, and nothing else of that kind. A row is NAME, what has to be there,
# the end of the score line (behind "arcs observed"), and the change.
wrong() {
	copy "$1.md" "$4"
	run lockdoc check "$1.md" --provider anon-chain --executions 300
	why=
	if [ "$status" != "${5:-1}" ]; then
		why="exit status $status: $(head -n 1 err)"
	elif [ "$(grep -cE "$2" out)" != 1 ]; then
		why="$(grep -cE "$2" out) lines like '$2'"
	elif ! tail -n 1 out | grep -qE "^order of anon-chain: [0-9]+/[0-9]+ arcs observed, $3; data: "; then
		why="$(tail -n 1 out)"
	fi
	result "wrong-$1" "$why"
}

none='[0-9]+ waived, 0 contradicted'
wrong turned-around '^contradicted: FS_RECLAIM is waited for under mmap_lock, but turned-around.md:[0-9]+ has the two the other way round$' \
	'[0-9]+ waived, 6 contradicted' \
	'/^  FS_RECLAIM  *(do_[ma]/d; /^    FS_RECLAIM /d; /^page_lock < FS_RECLAIM /d; s/^FS_RECLAIM < lru .*/FS_RECLAIM < mmap_lock;/'
why=$(sed -n '/O6\/documented:mmap_lock\/child->/s/^ *at length: rmaptorture //p' out)
eval "run $why"
result wrong-at-length "$([ "$status" = 1 ] && grep -q '^FINDING O6/documented:mmap_lock/child->FS_RECLAIM ' out &&
	grep -q '^    broken: turned-around.md:[0-9]*: FS_RECLAIM < mmap_lock' out || echo "exit status $status of '$why': $(head -n 1 out)")"
words=$(sed -n 's/^  replay: rmaptorture //p' out)
# shellcheck disable=SC2086 # words are meant
run $words
result wrong-at-length-again "$([ "$status" = 1 ] && grep -q '^finding: the same$' out || echo "'$words': exit status $status")"

wrong left-out-arc '^pte_lock/parent < swap_lock;  # swap.c:[0-9]+ under [a-z]+.c:[0-9]+, first in [a-z-]+, [0-9]+ executions$' \
	"$none, [0-9]+ undocumented" '/^  *swap_lock  *(\(swap_dup\|unmap_to\)/d'
{ sed '/^## From a page/,$d' left-out-arc.md; sed -n '/^```lock-order$/,/^```$/p' out; sed -n '/^## From a page/,$p' left-out-arc.md; } >pasted.md
run lockdoc check pasted.md --provider anon-chain --executions 300
result wrong-left-out-pasted "$([ "$status" = 0 ] || echo "exit status $status: $(tail -n 1 out)")"
wrong left-out-try '^i_mmap < mmap_lock:try;  # ' "$none, 1 undocumented" '/^| `i_mmap < mmap_lock:try/d'
wrong try-waits '^contradicted: page_table_lock is waited for under mmap_lock, but try-waits.md:[0-9]+ allows only trylocks there$' \
	'[0-9]+ waived, 1 contradicted, .*' \
	'/^  page_table_lock  *(collect/d; /^  page_table_lock  *(pgtable_get)/d; s/^  page_table_lock /  page_table_lock:try /
	/^  anon_vma  *(anon_vma_pre/d; /^  FS_RECLAIM /d; /^  page_lock /d; /^    FS_RECLAIM /d; /^    anon_vma /d
	/^    page_table_lock  *(copy/d; /^  *i_mmap_huge  *([vh]/d'
wrong together '^contradicted: pte_lock is waited for under anon_vma, but together.md:[0-9]+ has the two never together$' \
	'[0-9]+ waived, 1 contradicted' 's/never-together page_table_lock, pte_lock/never-together anon_vma, pte_lock/'
wrong nobody-does '^swap_lock < zone  *[0-9]+  never observed  .*  both are in use, but no scenario does it$' \
	"$none, 1 never observed" 's/^FS_RECLAIM < lru .*/&\nswap_lock < zone;/' 3
wrong expired '^swap_lock < zone .*  never observed  .*  the waiver has expired: so$' "$none, 1 never observed" \
	's/^FS_RECLAIM < lru .*/&\nswap_lock < zone {unexercised="so"; until=2020-02-29};/' 3
wrong not-yet-expired '^swap_lock < zone .*  waived  .*  so$' '[1-5] waived, 0 contradicted' \
	's/^FS_RECLAIM < lru .*/&\nswap_lock < zone {unexercised="so"; until=9999-12-31};/' 0
wrong stale-waiver '^pte_lock < i_pages .*  observed, waiver stale .*; waived: no swap$' "$none, 1 with a stale waiver" \
	's/^  i_pages  *(free_swap.*/  i_pages {unexercised="no swap"}/'
wrong by-transitivity '^inode_lock_outer < mmlist_lock .*  by transitivity only ' "$none, 1 by transitivity only" \
	's/^FS_RECLAIM < lru .*/&\ninode_lock_outer < mmlist_lock;/' 0
wrong only-in-prose 'unacknowledged prose: .* lru < zone' "$none" \
	's/^- `anon_vma` before `pte_lock`.*/&\n  `lru` before `zone`./'

# What cannot be enforced is not held against runs; what is wrong with it is told all the same.
unfit() { # NAME PATTERN SED-SCRIPT
	copy "$1.md" "$3"
	run lockdoc check "$1.md"
	result "wrong-$1" "$([ "$status" = 1 ] && grep -qE "^$1.md:[0-9]+:[0-9]+: $2" out && tail -n 1 out | grep -q '^nothing was run: ' ||
		echo "exit status $status: $(head -n 1 out)")"
}
unfit circle 'strong cycle: ' 's/^page_lock < swap.*/pte_lock < mmap_lock;/'
unfit both-ways 'conflict: expected one direction' 's/^page_lock < swap.*/pte_lock < anon_vma;/'
unfit no-such-lock "dead name: expected a lock class, found 'pagelock'" 's/^  page_lock /  pagelock /'
unfit rule-for-two "changed meaning: expected 'nest', the rule of the code for two of 'anon_vma', found 'parent'" \
	'/^| `anon_vma`/s/nest(mmap_lock:W)/parent/'
unfit wait-type "changed meaning: expected 'spin', the wait type of 'lru' in the code, found 'sleep'" '/^| `lru`/s/| spin |/| sleep |/'
unfit no-such-context "dead name: expected a context of the model, found 'hugetlb'" \
	's/^## Provenance/| Context | When |\n| --- | --- |\n| `hugetlb` | huge pages |\n\n&/; s/^```lock-order$/&/
	s/^FS_RECLAIM < lru .*/&\n```\n\n```lock-order ctx=hugetlb\npage_lock < i_pages;/'
unfit no-row "no row: expected a row for 'lru', found none" '/^| `lru` /d'

# A model that is wrong, and the document is right: what is no pair of classes has its verdict too.
defective() { # NAME DEFECT PATTERN SIGNATURE
	run lockdoc check --provider anon-chain --defect "$2" --executions 100
	why=$(sed -n "s|^ *at length: rmaptorture \(.* --target '$4' .*\)|\1|p" out)
	if [ "$status" != 1 ] || [ "$(grep -cE "$3" out)" != 1 ] || ! tail -n 1 out | grep -qE ' [1-9][0-9]* (contradicted|other reports of the validator)[;,]'; then
		result "defective-$1" "exit status $status: $(tail -n 1 out)"
		return
	fi
	eval "run $why"
	result "defective-$1" "$([ "$status" = 1 ] && grep -q "^FINDING $4 " out || echo "exit status $status of '$why': $(head -n 1 out)")"
}
defective sleeps canary-ptl-anon '^may not sleep here: anon_vma may sleep, but page_table_lock is held since [a-z_]+\.c:[0-9]+$' \
	O6/sleep-in-atomic:page_table_lock:anon_vma
defective cycle canary-ptl-anon '^  and so, cycle: anon_vma .* is waited for under page_table_lock .*; the other way round: page_table_lock under anon_vma ' \
	O6/order:anon_vma,page_table_lock
defective deadlock canary-ptl-anon \
	'^  and so, deadlock: owner waits for anon_vma .*, held by searcher; searcher waits for page_table_lock .*, held by owner$' \
	O9/deadlock:anon_vma,page_table_lock
defective same-class canary-page-mmap '^  and so, same class: mmap_lock .* two of one class$' O6/same-class:mmap_lock

# One wrong acquisition is one finding, whatever comes of it; two are two.
one_finding() { # NAME PROVIDER SIGNATURE DEFECT...
	name=$1 provider=$2 wanted=$3
	shift 3
	# shellcheck disable=SC2046 # words are meant
	run lockdoc check --provider "$provider" $(printf ' --defect %s' "$@") --executions 100 --artifacts "$name" --format json
	found=$(sed -n 's/.*"type":"lockdoc-verdict".*"signature":"\([^"]*\)".*/\1/p' out | LC_ALL=C sort | tr '\n' ' ')
	result "$name" "$([ "$status" = 1 ] && [ "$found" = "$wanted " ] || echo "exit status $status: $found")"
	result "$name-followed" "$(for signature in $wanted; do
		grep -q "\"follows\":\"$signature\"" out || echo "nothing follows from $signature"
	done)"
	result "$name-no-artifacts-elsewhere" "$(ls -d rmaptorture-artifacts 2>/dev/null)"
}
rm -rf rmaptorture-artifacts
one_finding one-sleeps anon-chain O6/sleep-in-atomic:page_table_lock:anon_vma canary-ptl-anon
one_finding one-reclaims anon-chain O6/documented:anon_vma-\>FS_RECLAIM Z34
one_finding one-waits pte-chain O6/documented:lru-\>page_table_lock H3
one_finding two anon-chain 'O6/documented:anon_vma->FS_RECLAIM O6/sleep-in-atomic:page_table_lock:anon_vma' canary-ptl-anon Z34

# What is none of locks ends a campaign, and its replay passes over what the campaign passed over.
run lockdoc check --provider anon-chain --defect canary-page-mmap --executions 100 --artifacts kept
result none-of-locks "$(grep -q 'finding O9/stuck:mmap_lock, which is none of locks' err || head -n 1 err)"
for file in kept/*[0-9a-f].replay; do
	run replay "$file"
	result "none-of-locks-$(basename "$file")" "$(grep -q '^finding: the same$' out && grep -q '^passes locks$' "$file" || tail -n 1 out)"
done

run lockdoc check turned-around.md --provider anon-chain --executions 300 --format json
result check-verdicts-json "$([ "$status" = 1 ] &&
	[ "$(grep -c '"type":"lockdoc-verdict","v":1,"id":"[0-9a-f]\{16\}".*"kind":"CONTRA".*"doc":{"file":"turned-around.md","line":[0-9]*,.*"command":"explore ' out)" = 6 ] &&
	[ "$(grep '"kind":"CONTRA"' out | grep -c '"follows":"O6/documented:')" -ge 1 ] &&
	[ "$(grep -c '"kind":"OK","before"' out)" -ge 15 ] && [ "$(grep -c '"kind":"REVERSED"' out)" = 1 ] &&
	tail -n 1 out | grep -q '^{"type":"lockdoc-score",.*"contradicted":6,.*"data":null}$' || echo "exit status $status, $(tail -n 1 out)")"
# What only few runs show is another verdict where it is shown.
steady_ids() {
	grep -vE '"before":"RCU","after":"(lru|zone)"' out | grep -o '"id":"[0-9a-f]*"' | sort
}
steady_ids >ids
result check-ids "$(uniq -d ids | head -n 1)"
run lockdoc check turned-around.md --provider anon-chain --executions 200 --seed 7 --format json
result check-ids-stable "$([ -s ids ] && steady_ids | cmp - ids 2>&1)"

# --- lockdoc fmt and arcs ---

run lockdoc fmt
result fmt-real-document "$([ "$status" = 0 ] && cmp -s out "$document" || echo "exit status $status: $(diff out "$document" | sed -n 2p)")"
copy spelled.md 's/^mmap_lock$/mmap_sem/; s/^  page_lock  */  ->PG_locked (/; s/((/(/; s/^page_lock < swap_lock, i/page_lock<swap_lock ,i/
	s/| `RCU < anon_vma:try` |/|`RCU<anon_vma:try`|/; s/^|/|  /'
run lockdoc fmt spelled.md
result fmt-other-spelling "$([ "$status" = 1 ] && cmp -s out "$document" || echo "exit status $status: $(diff out "$document" | sed -n 2p) $(cat err)")"
run lockdoc fmt unreadable.md
result fmt-unreadable "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"
run lockdoc arcs "$document"
result arcs "$([ "$status" = 0 ] && [ "$(awk -F'\t' 'NF != 7' out | wc -l)" = 0 ] &&
	[ "$(grep -c "^pte_lock.page_lock.try.-.anon-list+anon-chain.$document:[0-9]*.-$" out)" = 1 ] &&
	[ "$(grep -c '^page_table_lock.pte_lock.never-together' out)" = 1 ] || echo "exit status $status: $(head -n 1 out)")"
run lockdoc arcs spelled.md
cut -f 1-5 out >spelled.arcs
run lockdoc arcs --format json
result arcs-json "$([ "$status" = 0 ] && [ "$(grep -c '^{"type":"lockdoc-arc","before":' out)" = "$(($(wc -l <spelled.arcs) - 1))" ] || head -n 1 out)"
run lockdoc arcs
result arcs-of-another-spelling "$(cut -f 1-5 out | diff - spelled.arcs | sed -n 2p)"

# --- lockdoc ingest: miniature comments, with what is to be said of each, NAME.txt and NAME.ERA.out. ---

# golden NAME FILE ARGUMENT...: exit status 1, and on stdout what the file has.
golden() {
	name=$1 wanted=$2
	shift 2
	(cd "$comments" && timeout 1200 "$program" lockdoc "$@" </dev/null) >out 2>err
	status=$?
	result "$name" "$([ "$status" = 1 ] && cmp -s "$wanted" out || echo "exit status $status, $(
		diff "$wanted" out | sed -n 2p) $(head -n 1 err)")"
}

for wanted in "$comments"/*.*.out; do
	name=$(basename "$wanted" .out)
	golden "ingest-$name" "$wanted" ingest --era "${name#*.}" "${name%.*}.txt"
done
golden ingest-tree "$comments/tree.out" ingest --tree tree mm/rmap.c mm/filemap.c

run lockdoc ingest --format json "$comments/hugetlb.txt"
result ingest-json "$([ "$status" = 1 ] && [ "$(grep -c '"type":"lockdoc-arc".*"ctx":"hugetlbfs"' out)" = 3 ] &&
	[ "$(grep -c '"type":"lockdoc-class"' out)" = 7 ] &&
	tail -n 1 out | grep -qx '{"type":"lockdoc-ingest","classes":7,"arcs":7,"findings":3}' ||
	echo "exit status $status, $(tail -n 1 out)")"
printf '/*\n * Lock ordering:\n *\n * mm->mmap_lock\n *   folio_lock\n */\n' >clean.c
run lockdoc ingest clean.c
result ingest-clean "$([ "$status" = 0 ] && [ "$(tail -n 1 out)" = '2 classes, 1 arcs, 0 findings' ] ||
	echo "exit status $status, $(tail -n 1 out)")"
echo 'int a;' >none.c
run lockdoc ingest clean.c none.c
result ingest-no-comment "$([ "$status" = 2 ] && [ ! -s out ] &&
	[ "$(cat err)" = "none.c:1:1: expected a comment with a line 'Lock ordering:', found none" ] ||
	echo "exit status $status, $(cat err)")"

# ---- the picture ----

run lockdoc graph --observed --executions 300
result graph-svg "$([ "$status" = 0 ] && [ ! -s err ] && head -n 1 out | grep -q '^<svg ' && [ "$(tail -n 1 out)" = '</svg>' ] ||
	echo "exit status $status: $(cat err)")"
result graph-classes "$([ "$(grep -c '<text x=.*text-anchor' out)" = 36 ] || echo "$(grep -c '<text x=.*text-anchor' out) classes")"
result graph-observed "$([ "$(grep -c 'class="edge look1" marker-end' out)" -ge 10 ] && ! grep -q 'look[056]" marker-end' out ||
	grep -o 'look[0-9]" marker-end' out | sort | uniq -c | tr '\n' ' ')"
run lockdoc graph
result graph-of-the-document "$([ "$status" = 0 ] && cmp -s out "${document%.md}.svg" ||
	echo "LOCKING.svg is not what 'rmaptorture lockdoc graph' draws")"
run lockdoc graph dot
result graph-dot "$([ "$status" = 0 ] && head -n 1 out | grep -q '^digraph' && [ "$(tail -n 1 out)" = '}' ] || echo "exit status $status")"
run lockdoc graph png
result graph-refused "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q "expected svg or dot, found 'png'" err || cat err)"
# An arc that the document has no more is seen, and drawn so.
copy fewer.md '/^  *i_pages /d; /^lru < i_pages /d; s/ < i_pages//'
run lockdoc graph --observed --locking fewer.md --executions 300
result graph-undocumented "$(grep -q 'look5" marker-end' out || echo "exit status $status: $(cat err; grep -c . out)")"

# --- lockdoc diff: comments, documents and what is built in. ---

golden diff-tree "$comments/diff-tree.out" diff tree/mm/rmap.c tree/mm/filemap.c
run lockdoc diff "$document" model
result diff-same "$([ "$status" = 0 ] && grep -qE '^[1-9][0-9]* arcs of .* in model too, 0 only .*, 0 only in model, 0 reversed$' out ||
	echo "exit status $status, $(tail -n 1 out)")"
run lockdoc diff model era:anon-chain
result diff-era "$([ "$status" = 1 ] && grep -qE ', [1-9][0-9]* only in model, 0 only in era:anon-chain, 0 reversed$' out || echo "exit status $status, $(tail -n 1 out)")"
copy turned.md '/^  pte_lock\/parent /d; /^    swap_lock /d; s/^page_lock < swap.*/pte_lock\/parent < pte_lock;/'
run lockdoc diff model turned.md
result diff-reversed "$([ "$status" = 1 ] && [ "$(grep -c '^reversed: ' out)" = 1 ] &&
	grep -qE '^reversed: pte_lock < pte_lock/parent \(LOCKING.md:[0-9]+\), but in turned.md pte_lock/parent < pte_lock \(turned.md:' out ||
	echo "exit status $status, $(tail -n 1 out)")"
run lockdoc diff model turned.md --format json
result diff-json "$([ "$status" = 1 ] && [ "$(grep -c '"type":"lockdoc-diff".*"verdict":"reversed","in":"model"' out)" = 1 ] &&
	tail -n 1 out | grep -q '^{"type":"lockdoc-compared","a":"model","b":"turned.md","same":' ||
	echo "exit status $status, $(tail -n 1 out)")"
run lockdoc diff observed era:anon-chain --provider anon-chain --executions 300
rare=$(grep -cE '^only in era:anon-chain: (RCU|irqs_off) < ' out)	# of four that only few runs show
result diff-observed "$([ "$status" = $((rare > 0)) ] && [ "$rare" -le 4 ] &&
	tail -n 1 out | grep -qE "^[1-9][0-9]+ arcs of observed are in era:anon-chain too, 0 only in observed, $rare only in era:anon-chain, 0 reversed\$" ||
	echo "exit status $status, $(tail -n 1 out)")"
run lockdoc diff observed turned.md --executions 300
result diff-observed-reversed "$([ "$status" = 1 ] &&
	grep -qE '^reversed: pte_lock < pte_lock/parent \(copy.c:[0-9]+\), but in turned.md pte_lock/parent < pte_lock \(turned.md:[0-9]+\)$' out ||
	echo "exit status $status, $(tail -n 1 out)")"
# What all providers show together: none of them takes the room of another.
result diff-observed-all "$(grep '^only in turned.md: ' out | grep -vE ': (RCU|irqs_off|page_lock|pte_chain) < ')"
for operand in era:no-such-map no-such-file.c none.c; do
	run lockdoc diff model $operand
	result "diff-$operand" "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"
done

run explore fork-vs-reclaim --locking no-such-file.md --executions 1
result missing-document "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"
exit 0
