#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# LOCKING.md against the program: a run sees every arc of it or knows why not, and a copy that is wrong
# is found out, by the validator or by the parser.
# shellcheck disable=SC2016 # the backquotes in single quotes are those of the document
. "$(dirname "$0")/lib.sh"

document=$PWD/LOCKING.md
comments=$PWD/harness/tests/lockdoc
cd "$dir" || exit 2

run() {
	timeout 300 "$program" "$@" >out 2>err </dev/null
	status=$?
}

# copy NAME SED-SCRIPT: a copy of the document, changed; it must differ.
copy() {
	sed "$2" "$document" >"$1"
	! cmp -s "$1" "$document" || echo "not ok $1 - the document has nothing to change: $2"
}

# --- The document as it is. ---

run run --executions 3000
line=$(tail -n 1 out)
result real-document-run "$([ "$status" = 0 ] || echo "exit status $status: $(head -n 1 err)")"
result real-document-verdict "$(echo "$line" |
	grep -qE '^lock order: [0-9]+/[0-9]+ documented arcs observed, 0 undocumented, 0 contradicted$' ||
	echo "last line: $line")"
result real-document-arcs-observed "$(echo "$line" | tr '/' ' ' |
	awk '!($3 * 10 >= $4 * 9 && $4 > 0) { print "less than 90 %: " $3 " of " $4 }')"
result real-document-waivers "$(grep -E '^(never observed|seen by transitivity only): ' out |
	grep -v ', waived: ' | head -n 1)"

run run fork-vs-reclaim --executions 300
result one-scenario "$([ "$status" = 0 ] && [ "$(grep -c '^never observed' out)" = 0 ] &&
	tail -n 1 out | grep -q '^lock order: ' || echo "exit status $status, $(tail -n 1 out)")"

run run --executions 300 --format json
result json "$([ "$(grep -c '"type":"lockdoc".*"undocumented":0,"contradicted":0,"arcs":\[{' out)" = 1 ] ||
	echo "no such line")"

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
	's/^  page_table_lock /  page_table_lock:try /; /^  anon_vma  *(anon_vma_pre/d; /^  FS_RECLAIM /d
	/^  page_lock /d; /^    FS_RECLAIM /d; /^    anon_vma /d; /^    page_table_lock  *(copy/d'
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
	/^    page_table_lock  *(copy/d; /^    i_mmap  *(vma_link_file)/d'
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

# --- lockdoc check: the same as findings, as many as there are, and some that are no errors. ---

run lockdoc check
result check-real-document "$([ "$status" = 0 ] && grep -qE '^LOCKING.md: [0-9]+ classes, [0-9]+ arcs, 0 findings$' out ||
	echo "exit status $status: $(head -n 1 out)")"

# finds NAME "KIND: PATTERN" SED-SCRIPT: exit status 1, and one finding that matches.
finds() {
	copy "$1.md" "$3"
	run lockdoc check "$1.md"
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
	'/^  zone  /d; s/RCU < lru, zone/RCU < lru/'
finds context-without-order "gap: expected an order for the context 'fork', found none" \
	's/^## Contexts/&\n| Context | When |\n| --- | --- |\n| `fork` | in fork |/'
finds dead-name "dead name: expected a lock class, found 'pagelock'" '0,/^  page_lock /s//  pagelock /'
finds row-of-nothing "dead name: expected a lock class of the model, found 'rwlock'" \
	's/^| `lru` .*/&\n| `rwlock` | rwlock | any | never | spin | |/'
finds other-wait "changed meaning: expected 'spin', the wait type of 'lru' in the code, found 'sleep'" \
	'/^| `lru`/s/| spin |/| sleep |/'
finds prose-without-arc 'unacknowledged prose: expected arcs that say pte_lock < zone, as this sentence does, found none' \
	's/^  zone  .*//; s/^- `anon_vma` before `pte_lock`.*/&\n  `zone` comes after `pte_lock`./'
finds prose-reversed 'conflict: expected arcs that say lru < pte_lock, as this sentence does, found the opposite' \
	's/^- `anon_vma` before `pte_lock`.*/&\n  `lru` before `pte_lock`./'
finds lock-without-row "no row: expected a row for 'lru', found none" '/^| `lru` /d'

copy two.md '/^| `lru` /d; s/^  page_lock /  pagelock /'
run lockdoc check two.md --format json
result check-json "$([ "$status" = 1 ] && [ "$(grep -c '"type":"lockdoc-finding","file":"two.md","line":' out)" -ge 2 ] &&
	tail -n 1 out | grep -qE '^\{"type":"lockdoc-check","file":"two.md","classes":[0-9]+,"arcs":[0-9]+,"findings":' ||
	echo "exit status $status, $(tail -n 1 out)")"
copy unreadable.md 's/page_lock:try/page_lock:tyr/'
run lockdoc check unreadable.md
result check-unreadable "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"

# --- lockdoc ingest: miniature comments, with what is to be said of each, NAME.txt and NAME.ERA.out. ---

# golden NAME FILE ARGUMENT...: exit status 1, and on stdout what the file has.
golden() {
	name=$1 wanted=$2
	shift 2
	(cd "$comments" && timeout 60 "$program" lockdoc "$@" </dev/null) >out 2>err
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

run lockdoc graph --executions 300
result graph-svg "$([ "$status" = 0 ] && [ ! -s err ] && head -n 1 out | grep -q '^<svg ' && [ "$(tail -n 1 out)" = '</svg>' ] ||
	echo "exit status $status: $(cat err)")"
result graph-classes "$([ "$(grep -c '<text x=.*text-anchor' out)" = 15 ] || echo "$(grep -c '<text x=.*text-anchor' out) classes")"
result graph-observed "$([ "$(grep -c 'class="edge look0" marker-end' out)" -ge 10 ] && ! grep -q 'look[45]" marker-end' out ||
	grep -o 'look[0-9]" marker-end' out | sort | uniq -c | tr '\n' ' ')"
run lockdoc graph dot --executions 300
result graph-dot "$([ "$status" = 0 ] && head -n 1 out | grep -q '^digraph' && [ "$(tail -n 1 out)" = '}' ] || echo "exit status $status")"
run lockdoc graph png
result graph-refused "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q "expected svg or dot, found 'png'" err || cat err)"
# An arc that the document has no more is seen, and drawn so.
copy fewer.md '/^  *i_pages /d; s/ < i_pages//'
run lockdoc graph --locking fewer.md --executions 300
result graph-undocumented "$(grep -q 'look4" marker-end' out || echo "exit status $status: $(cat err; grep -c . out)")"
# --- lockdoc diff: comments, documents and what is built in. ---

golden diff-tree "$comments/diff-tree.out" diff tree/mm/rmap.c tree/mm/filemap.c
run lockdoc diff "$document" model
result diff-same "$([ "$status" = 0 ] && grep -qE '^[1-9][0-9]* arcs of .* in model too, 0 only .*, 0 only in model, 0 reversed$' out ||
	echo "exit status $status, $(tail -n 1 out)")"
run lockdoc diff model era:anon-chain
result diff-era "$([ "$status" = 0 ] && grep -q ' 0 reversed$' out || echo "exit status $status, $(tail -n 1 out)")"
copy turned.md '/^  pte_lock\/parent /d; /^    swap_lock /d; s/^page_lock < swap.*/pte_lock\/parent < pte_lock;/'
run lockdoc diff model turned.md
result diff-reversed "$([ "$status" = 1 ] && [ "$(grep -c '^reversed: ' out)" = 1 ] &&
	grep -qE '^reversed: pte_lock < pte_lock/parent \(LOCKING.md:[0-9]+\), but in turned.md pte_lock/parent < pte_lock \(turned.md:' out ||
	echo "exit status $status, $(tail -n 1 out)")"
run lockdoc diff model turned.md --format json
result diff-json "$([ "$status" = 1 ] && [ "$(grep -c '"type":"lockdoc-diff".*"verdict":"reversed","in":"model"' out)" = 1 ] &&
	tail -n 1 out | grep -q '^{"type":"lockdoc-compared","a":"model","b":"turned.md","same":' ||
	echo "exit status $status, $(tail -n 1 out)")"
for operand in era:no-such-map no-such-file.c none.c; do
	run lockdoc diff model $operand
	result "diff-$operand" "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"
done

run explore fork-vs-reclaim --locking no-such-file.md --executions 1
result missing-document "$([ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] || echo "exit status $status")"
exit 0
