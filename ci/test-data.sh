#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The data rules of LOCKING.md, by the access flavour: all that are exercised hold at each access; copies that are wrong get the
# grade that they deserve, with the place that is against them; so does right documentation of a model that is wrong.
# shellcheck disable=SC2016 # the backquotes in single quotes are those of the document
. "$(dirname "$0")/lib.sh"
release_only data

document=$PWD/LOCKING.md
release=$program
build access
cd "$dir" || exit 2
names=$("$release" list scenarios --format json | sed 's/.*"name":"\([^"]*\)".*/\1/')

# --- The document as it is. ---

# shellcheck disable=SC2086
run explore $names --members --verbose --executions 500
sed -n 's/^data rule \([A-Z]*\): .*/\1/p' out | sort | uniq -c >grades
result real-document "$([ "$status" = 0 ] || echo "exit status $status: $(head -n 1 err)$(grep -m 1 -E '^(FINDING|data rule [ABN])' out)")"
result real-document-grades "$(grep -v -e ' FULL$' -e ' UNSEEN$' grades)"
result real-document-waivers "$(grep '^data rule UNSEEN' out | grep -v ', waived: ' | head -n 1)"
result real-document-score "$(grep -E '^data rules of anon-chain: [0-9]+/[0-9]+ rules at 100 %, 0 accepted, 0 below, 0 not found, [0-9]+ unseen ' out |
	sed 's/[^0-9 ]/ /g' | awk '!($1 >= 60 && $1 + $7 == $2) { print } END { if (!NR) print "no such line" }')"
result mined-undocumented "$(grep -qE '^\| `mm.swapents` \| `never` \| `pte_lock:W` 100 % of .*not in the document \|$' out ||
	grep 'mm.swapents' out)"

# What was mined is a document, and the run that it was mined from agrees with it (at less than 100 %, where LockDoc's thresholds have it
# so).
run explore fork-split fork-vs-reclaim --members --verbose --executions 300
{
	sed '/^| Member | Read/q' "$document"
	echo '| --- | --- | --- | --- |'
	grep '^| `' out | sed 's/ not in the document |/ |/'
	sed '1,/^Three rows are worth/d' "$document"
} >mined.md
run explore fork-split fork-vs-reclaim --members --verbose --executions 300 --locking mined.md
result mined-can-be-read "$([ ! -s err ] && ! grep -qE '^data rule (BELOW|NOTFOUND)' out ||
	echo "$(head -n 1 err)$(grep -m 1 -E '^data rule (BELOW|NOTFOUND)' out)")"

# What is mined where no file is mapped agrees with what the document says of that.
result mined-agrees "$(grep -qE '^\| `vma.vm_end` \| `mmap_lock:R \\\| anon_vma:R` 100 % of [0-9]+ \| `mmap_lock:W & anon_vma:W` 100 %' out ||
	grep 'vma.vm_end' out)"

# The same with any number of processes.
for jobs in 1 3; do
	run explore fork-vs-reclaim exit-family --members --verbose --executions 20000 --jobs $jobs
	grep -e '^data rule' -e '^| ' out >"jobs.$jobs"
done
result jobs "$([ -s jobs.1 ] && diff jobs.1 jobs.3 | head -n 3)"

# --- Wrong rules. ---

# copy NAME SED-SCRIPT: a copy of the document, changed; it must differ.
copy() {
	sed "$2" "$document" >"$1"
	! cmp -s "$1" "$document" || echo "not ok $1 - the document has nothing to change: $2"
}

# graded NAME STATUS GRADE MEMBER MODE PLACE SCENARIO SED-SCRIPT: that grade of that rule, and a place that is against it.
graded() {
	copy "$1.md" "$8"
	# shellcheck disable=SC2086 # one scenario, or more
	run explore $7 --members --executions 500 --locking "$1.md"
	why=
	if [ "$status" != "$2" ]; then
		why="exit status $status: $(head -n 1 err)"
	elif ! grep -qE "^data rule $3: $4 $5 .* \($1\.md:[0-9]+\), [0-9.]+ % of [0-9]+" out; then
		why="$(grep -m 1 '^data rule' out)"
	elif ! grep -A 4 "^data rule $3: $4 $5" out | grep -qE "^  $6: [0-9]+ with "; then
		why="$(grep -A 1 -m 1 "^data rule $3: $4 $5" out | tail -n 1)"
	fi
	result "$1" "$why"
}

graded wrong-lock 1 NOTFOUND page.lru write 'lru\.c:[0-9]+, [a-z_]*\(\)' fork-vs-reclaim \
	'/^| `page.lru`/s/`lru`/`zone`/g'
graded lock-of-another 1 NOTFOUND swap_slot.page write 'swap\.c:[0-9]+, cache_(add|clear)\(\)' fork-vs-reclaim \
	'/^| `swap_slot.page`/s/`page_lock & i_pages`/`page_lock \& swap_lock`/'
graded read-side-is-not-enough 3 BELOW mm.mmap read 'vma\.c:[0-9]+, find_vma\(\)' fork-vs-reclaim \
	'/^| `mm.mmap`/s/`mmap_lock:R`/`mmap_lock:W`/'
graded one-party-forgotten 3 BELOW vma.vm_end read 'interval\.c:[0-9]+, [a-z_]*\(\)' fork-vs-reclaim \
	'/^| `vma.vm_start`/s/`mmap_lock:R \\| vm_lock:R \\| anon_vma:R(root) \\| i_mmap:R(owner) \\| i_mmap_huge:R(owner)`/`mmap_lock:R`/'
graded page-table-lock-always 1 BELOW anon_vma_chain.same_vma write 'anon_vma\.c:[0-9]+, chain_link\(\)' 'fault-twice fork-split' \
	'/^| `vma.anon_vma_chain`/s/`mmap_lock:W \\| mmap_lock:R & page_table_lock`/`mmap_lock:R \& page_table_lock`/'
graded no-set-up 1 ACCEPTED anon_vma_chain.rb write 'anon_vma\.c:[0-9]+, chain_alloc\(\)' fork-split \
	'/^| `anon_vma_chain.rb`/s/| `set-up` |/| |/'
graded changes-after-all 1 BELOW vma.vm_end write 'merge\.c:[0-9]+, change\(\)' fork-split \
	'/^| `vma.vm_start`/s/`mmap_lock:W & anon_vma:W(root, if any) & i_mmap:W(owner, if any) & i_mmap_huge:W(owner, if any)`/`never`/'
graded condition-forgotten 1 BELOW page.mapping write 'page\.c:[0-9]+, free_frozen_page\(\)' fork-vs-reclaim \
	'/^| `page.mapping`/s/`set-up`, `torn-down`/`set-up`/'

copy dead.md 's/^| `page.lru`/| `page.lur`/'
run explore fork-vs-reclaim --members --executions 1 --locking dead.md
result dead-member "$([ "$status" = 2 ] && grep -q "expected members of the model, found 'page.lur'" err || cat err)"
copy foreign.md '/^| `page.lru`/s/`lru`/`lru(same)`/'
run explore fork-vs-reclaim --members --executions 1 --locking foreign.md
result dead-relation "$([ "$status" = 2 ] && grep -q "expected a lock of class 'lru' that is page.lru's own in this way" err || cat err)"

copy both.md '/^| `page.lru`/s/`lru`/`zone`/g'
run explore fork-vs-reclaim --members --executions 200 --format json --locking both.md
result json "$(grep -q '"type":"data-rule".*"member":"page.lru","mode":"write","rule":"zone","grade":"NOTFOUND".*"against":\[{"site":"[^"]*","held":' out &&
	tail -n 1 out | grep -q '^{"type":"data-rules".*"observed":true.*"not_found":2,' || tail -n 1 out)"

# --- A wrong model: with all other oracles switched off, two faults at once give a VMA an anon_vma of another family. ---

run explore fault-twice --members --oracles leak --defect H6 --executions 1000
result defect "$([ "$status" = 1 ] && grep -A 1 '^data rule [A-Z]*: anon_vma.num_active_vmas write' out |
	grep -qE '^  anon_vma\.c:[0-9]+, unlink_locked\(\): [0-9]+ with anon_vma:W\(any\)' || grep -m 2 '^data rule' out)"

# --- lockdoc check: the rules are part of its score and of its status. ---

# What is right of anon-chain is above.
run lockdoc check --provider anon-list,pte-chain --executions 300
for provider in anon-list pte-chain; do
	result check-score-$provider "$(grep -qE "^order of $provider: [0-9/]+ arcs observed, .*; data: [0-9]+/[0-9]+ rules at 100 %, 0 accepted, 0 below, 0 not found" out ||
		tail -n 1 out)"
done
copy short.md '/^| `vma.vm_start`/s/`mmap_lock:R .| vm_lock:R .| anon_vma:R(root) .| i_mmap:R(owner) .| i_mmap_huge:R(owner)`/`mmap_lock:R`/'
run lockdoc check short.md --provider anon-chain --executions 50
result check-wrong "$([ "$status" != 0 ] && grep -qE '^data rule BELOW: vma.vm_end read' out || echo "exit status $status: $(tail -n 1 out)")"
run lockdoc check --provider anon-chain --executions 50 --format json
result check-json "$(grep '"type":"lockdoc-score"' out | grep -qE '"data":\{"rules":[0-9]+,"full":[0-9]+,"waived":[0-9]+\}' ||
	grep '"type":"lockdoc-score"' out)"

# --- The release flavour sees no accesses, and says so. ---

program=$release
run explore fork-vs-reclaim --members
result release-refuses "$([ "$status" = 2 ] && grep -q -e '--members needs the program that `make access` builds' err || cat err)"
run run small-fault-twice --executions 10
result release-says-so "$(grep -q '^data rules: not observed by this build (release); for them: make access; ' out || tail -n 2 out)"
