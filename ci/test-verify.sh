#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# verify: the small scenarios are searched to their end, the others up to two preemptions as far as a cap lets them; defects are
# found, and what is left out is said.
. "$(dirname "$0")/lib.sh"

scenarios=$(for file in scenarios/*.scn; do basename "$file" .scn; done)
cd "$dir" || exit 2

# What a release build does in a second takes a sanitizer many.
cap=10000
[ "$FLAVOUR" = release ] || cap=100

run() {
	timeout 1200 "$program" "$@" >out 2>err </dev/null
	status=$?
}

# value KEY: of a key in the only line; the first one of that name.
value() {
	grep -oE "\"$1\":(\"[^\"]*\"|[^,}]*)" out | sed 's/^[^:]*://; s/"//g; q'
}

expect() { # STATUS CLAIM...
	if [ "$status" != "$1" ]; then
		echo "exit status $status: $(head -n 1 err) $(head -c 300 out)"
		return
	elif [ -s err ]; then
		echo "prints on stderr: $(head -n 1 err)"
		return
	fi
	shift
	for claim; do
		[ "$(value claim)" != "$claim" ] || return
	done
	echo "claims '$(value claim)'"
}

# ---- to the end ----

# Nothing may be left, and no trace be seen twice.
to_the_end() { # SCENARIO CHOICES CLAIM
	run verify "$1" --choices "$2" --format json
	why=$(expect 0 "$3")
	[ -n "$why" ] || [ "$(value open)" = 0 ] || why="$(value open) alternatives are left"
	[ -n "$why" ] || [ "$(value executions)" = "$(value traces)" ] || why="$(value executions) executions, $(value traces) traces"
	result "$1-$2" "$why"
}

# Small races of at most 60 points, and some that are a little larger.
if [ "$FLAVOUR" = release ]; then
	for name in child-exit-vs-walk exit-vs-walk unmap-vs-walk unmap-vs-drain unmap-vs-read walk-vs-referenced \
		mprotect-vs-write merge-vs-walk madvise-vs-read; do
		to_the_end small-$name 2 complete
		result "$name-within-60-points" "$([ "$(value longest)" -le 60 ] || echo "$(value longest) points")"
	done
	for name in file-unmap-vs-walk; do
		to_the_end small-$name 2 complete
		result "$name-within-60-points" "$([ "$(value longest)" -le 60 ] || echo "$(value longest) points")"
	done
	to_the_end small-file-unmap-vs-writeback 2 complete
	to_the_end small-age-vs-exit 2 complete
	to_the_end small-idle-vs-read 2 complete
	to_the_end small-move-charge-vs-unmap 2 complete
	to_the_end small-munlock-vs-reclaim 2 complete
	to_the_end small-stack-twice 0 bounded
	to_the_end small-exec-vs-shrink 0 bounded
	to_the_end small-mlock-truncate-vs-reclaim 2 complete
	to_the_end small-file-read-vs-truncate 2 complete
	to_the_end small-file-write-vs-reclaim 2 complete
	to_the_end small-guest-vs-munmap 2 complete
	to_the_end small-unmap-vs-referenced 2 complete
	to_the_end small-exit-family 2 complete
	to_the_end small-swapin-twice 2 complete
	to_the_end small-poison-vs-read 2 complete
	# Not each trace once: swapoff comes back to a slot.
	run verify small-swapoff-vs-read --choices 0 --format json
	result small-swapoff-vs-read "$(expect 0 bounded)"
	to_the_end small-free-vs-reclaim 0 bounded
	to_the_end small-mremap-vs-read 2 complete
	to_the_end small-mremap-vs-mapped 0 bounded
	to_the_end small-migrate-vs-read 2 complete
	to_the_end small-migrate-vs-munmap 2 complete
	to_the_end small-migrate-pages-vs-munmap 2 complete
	to_the_end small-mprotect-vs-migrate 2 complete
	to_the_end small-file-migrate-vs-munmap 2 complete
	to_the_end small-fork-vs-walk 9 complete
	to_the_end small-fault-twice 9 complete
	to_the_end small-gup-fast-vs-munmap 2 complete
	to_the_end small-vma-lock-vs-munmap 2 complete
	to_the_end small-vma-lock-vs-mremap 2 bounded
	# Not each trace once: who waits for a page that is frozen spins.
	run verify small-batch-vs-mprotect --format json
	result small-batch-vs-mprotect "$(expect 0 complete)"
	to_the_end small-cow-twice 0 bounded
	to_the_end small-ksm-walk-vs-exit 2 complete
	to_the_end small-ksm-merge-vs-write 0 bounded
	to_the_end small-ksm-unmerge-vs-walk 0 bounded
	to_the_end locks 2 complete
else
	to_the_end small-child-exit-vs-walk 0 bounded
	to_the_end small-exit-vs-walk 0 bounded
fi

# ---- two preemptions ----

for name in $scenarios; do
	case "$name" in small-*) continue ;; esac
	run verify "$name" --preemptions 2 --choices 0 --executions $cap --format json
	why=
	case "$status" in
	0) why=$(expect 0 bounded complete) ;;
	# A goal that few preemptions do not reach is no failure of the search.
	3) why=$(expect 3 bounded complete incomplete) ;;
	*) why=$(expect 0) ;;
	esac
	[ -n "$why" ] || [ "$(value claim)" != incomplete ] || [ "$(value executions)" -ge $cap ] ||
		why="incomplete after $(value executions) executions"
	result "$name-two-preemptions" "$why"
done

# ---- defects ----

found() { # SCENARIO DEFECT SIGNATURE ARGUMENT...
	name=$1 defect=$2 signature=$3
	shift 3
	rm -rf artifacts
	run verify "$name" --defect "$defect" --artifacts artifacts --format json "$@"
	why=$(expect 1 finding)
	[ -n "$why" ] || [ "$(value signature)" = "$signature" ] || why="finds $(value signature)"
	result "$name-$defect${1+-bounded}" "$why"
	file=$(value replay)
	run replay "${file:-none}" --format json
	why=
	if [ "$status" != 1 ] || [ "$(value signature)" != "$signature" ]; then
		why="exit status $status: $(head -n 1 err) $(value signature)"
	elif [ "$(value same_steps)" != true ]; then
		why="other steps"
	fi
	result "$name-$defect${1+-bounded}-replay" "$why"
}

found small-fault-twice H6 O8/num-active-vmas
[ "$FLAVOUR" != release ] || found small-mlock-truncate-vs-reclaim mlock-without-ptl O4/page-freed-mlocked
found small-unmap-vs-referenced Z11-mapped O1/use-after-free:anon_vma:walk_locked
found small-exit-family Z12 O1/use-after-free:anon_vma:anon_vma_free
found small-gup-fast-vs-munmap gup-irqs-on O1/use-after-free:pgtable:try_pin
found small-batch-vs-mprotect Z16 O11/stale-translation
found small-exit-vs-walk Z13 O6/sleep-in-atomic:RCU:anon_vma_free
found small-move-charge-vs-unmap memcg-unmap-early O3/memcg-stat-below-zero
found small-move-charge-vs-unmap memcg-no-grace O3/memcg-stat-below-zero
found small-ksm-walk-vs-exit ksm-anon-ref O1/use-after-free:anon_vma:lock_and_walk_item
found small-swapin-twice Z05 O2/mapping-not-found
found small-vma-lock-vs-mremap Z38 O6/not-held:find_mergeable_anon_vma
found small-guest-vs-munmap guest-no-retry O4/page-freed-with-spte
found small-migrate-vs-munmap Z10d O1/use-after-free:anon_vma:walk_referenced
found mremap-vs-migrate Z14-peek O10/migration-entry-of-unlocked-page --preemptions 2 --choices 0
found small-exit-family Z12 O1/use-after-free:anon_vma:anon_vma_free --preemptions 2 --choices 0

# ---- what it says ----

run verify small-exit-vs-walk
why=
[ "$status" = 0 ] || why="exit status $status"
grep -q '  complete$' out || why="does not say 'complete'"
grep -q '^complete: .*if the model is free of data races' out || why="does not say on what that rests"
[ "$FLAVOUR" = release ] || why=
result says-complete "$why"

run verify small-cow-twice --executions 20
result says-what-is-left "$([ "$status" = 3 ] && grep -q 'incomplete: stopped by its bound, [1-9][0-9]* alternatives left' out ||
	echo "exit status $status: $(sed -n 2p out)")"

run verify small-exit-vs-walk --preemptions 1 --choices 0
result says-its-bound "$(grep -q 'complete up to 1 preemption and 0 unusual choices' out || sed -n 2p out)"

run verify small-exit-vs-walk --choices 0 --format json
sed 's/"[a-z_]*_s":[-+0-9.eE]*,\{0,1\}//g' out >first
run verify small-exit-vs-walk --choices 0 --format json
sed 's/"[a-z_]*_s":[-+0-9.eE]*,\{0,1\}//g' out >second
result same-again "$(cmp first second 2>&1)"

for arguments in "" "no-such-scenario" "locks --preemptions x" "locks --seed 1" "locks --strategy random"; do
	# shellcheck disable=SC2086 # words
	run verify $arguments
	[ "$status" = 2 ] && [ "$(wc -l <err)" -ge 1 ] || echo "$arguments: $status" >>wrong
done
result usage "$(cat wrong 2>/dev/null)"
exit 0
