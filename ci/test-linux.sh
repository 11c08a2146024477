#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The provider linux: trees of Linux compiled as they are, scenarios explored, trees that do not suit told in one message. Trees are those
# of LINUX_TREES, or which ci/kernel-tree has put into its cache; without one only messages are tested.
. "$(dirname "$0")/lib.sh"
release_only linux

trees=${LINUX_TREES-}
if [ -z "$trees" ]; then
	for v in 6.1 6.12; do
		tree=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/rmaptorture/linux-$v
		[ -e "$tree/mm/rmap.c" ] && trees="$trees $tree"
	done
fi

# refused NAME PATTERN COMMAND...: fails, and the last lines say that.
refused() {
	name=$1 pattern=$2
	shift 2
	if "$@" >"$dir/out" 2>&1; then
		result "$name" 'it did not fail'
	else
		result "$name" "$(grep -q -e "$pattern" "$dir/out" || tail -n 1 "$dir/out")"
	fi
}

refused no-tree-named 'expected KERNEL=DIR' "$MAKE" BUILD="$dir/build" linux
mkdir "$dir/empty" "$dir/old" "$dir/bare"
refused no-tree-there 'expected a Linux tree' "$MAKE" BUILD="$dir/build" linux KERNEL="$dir/empty"
printf 'VERSION = 5\nPATCHLEVEL = 10\n' >"$dir/old/Makefile"
refused tree-too-old 'Linux 5.10: the adapter knows none before 6.1' "$MAKE" BUILD="$dir/build" linux KERNEL="$dir/old"
printf 'VERSION = 6\nPATCHLEVEL = 1\n' >"$dir/bare/Makefile"
refused file-missing 'mm/rmap.c: missing' "$MAKE" BUILD="$dir/build" linux KERNEL="$dir/bare"
refused no-such-package 'no Linux 1.0: ' ci/kernel-tree 1.0 "$dir/none"

# What compares two reverse maps: it has to find what differs, or its silence says nothing.
alike=$BUILD/release/provider-conformance
unlike() { # NAME DEFECT PROGRAM PROVIDER
	timeout 600 "$3" -p anon-chain -p "$4" -d "$2" -n 3000 -o "$dir/unlike" >"$dir/out" 2>&1
	status=$?
	result "$1" "$([ "$status" = 1 ] && grep -q '^DIFFERENCE' "$dir/out" || echo "status $status: $(tail -n 1 "$dir/out")")"
}
clean alike-with-itself "$alike" -p anon-chain -p anon-chain -n 500
unlike reuse-differs Z03 "$alike" anon-chain
file=$(find "$dir/unlike" -name '*.scn' | head -n 1)
"$alike" -p anon-chain -p anon-chain -d Z03 -o "$dir/again" "$file" >"$dir/out" 2>&1
result unlike-file-again "$([ $? = 1 ] || tail -n 1 "$dir/out")"
refused two-providers-wanted 'expected two of them' "$alike" -p anon-chain
refused no-such-provider 'expected the name of a provider' "$alike" -p anon-chian

# The tree's own comment about its locks against its code; and one that says the opposite.
comments() { # VERSION TREE PROGRAM
	timeout 600 "$3" lockdoc check --tree "$2" --executions 300 >"$dir/out" 2>&1
	# "pte map lock" is no name that it knows.
	sed -i '/^undocumented: tasklist < pte_lock /d' "$dir/out"
	# Core splits a file's huge page in the order of 4.19, with the lock of the LRU first; 5.11 has turned it round.
	result "$1-comment-holds" "$(grep -v '^i_pages < lru ' "$dir/out" | grep ' contradicted  ' ||
		grep -q ' [1-9][0-9]* observed.*, [01] contradicted, [01] undocumented;' "$dir/out" || tail -n 1 "$dir/out")"
	result "$1-comment-has-all" "$(grep -m 1 '^undocumented' "$dir/out")"
	mkdir -p "$dir/turned/mm"
	cp "$2/Makefile" "$dir/turned/"
	cp "$2/mm/filemap.c" "$dir/turned/mm/"
	sed '20,40s/mapping->i_mmap_rwsem/@/; 20,40s/anon_vma->rwsem/mapping->i_mmap_rwsem/; 20,40s/@/anon_vma->rwsem/' \
		"$2/mm/rmap.c" >"$dir/turned/mm/rmap.c"
	timeout 600 "$3" lockdoc check --tree "$dir/turned" --executions 100 >"$dir/out" 2>&1
	status=$?
	result "$1-turned-comment-is-contradicted" "$([ $status = 1 ] && grep -q '^anon_vma < i_mmap .* contradicted' "$dir/out" ||
		tail -n 1 "$dir/out")"
}

# What the shim lacks: another rmap.c, which calls what there is not.
missing_name() { # TREE
	mkdir -p "$dir/wanting/mm" "$dir/wanting/lib"
	ln -s "$1/include" "$dir/wanting/include"
	cp "$1/Makefile" "$dir/wanting/"
	cp "$1/lib/rbtree.c" "$dir/wanting/lib/"
	cp "$1/mm/internal.h" "$1/mm/interval_tree.c" "$1/mm/page_vma_mapped.c" "$dir/wanting/mm/"
	{ cat "$1/mm/rmap.c"; echo 'int wants(struct folio *f) { return folio_that_is_nowhere(f); }'; } >"$dir/wanting/mm/rmap.c"
	refused first-missing-name 'mm/rmap.c does not compile with the shim; first missing: folio_that_is_nowhere' \
		"$MAKE" BUILD="$dir/build" linux KERNEL="$dir/wanting"
}

explored() { # VERSION TREE: each scenario that is for it, but the one that has something to find
	names=$("$program" list scenarios | awk 'NR > 1 && !/not for linux/ && $1 != "fork-short-of-memory" { print $1 }')
	result "$1-has-scenarios" "$([ "$(echo "$names" | wc -l)" -gt 150 ] || echo "only $(echo "$names" | wc -l)")"
	# O12 is of statistics only, without a flavour that sees races: below.
	# shellcheck disable=SC2086 # a list of words
	clean "$1-explore" "$program" explore $names --provider linux --oracles -race --executions 500 --artifacts "$dir/artifacts"
	BUILD=$BUILD ci/linux-families "$2" -n 1000 -x fork-short-of-memory >"$dir/out" 2>&1
	status=$?
	# So few executions of each do not come to all goals.
	result "$1-families" "$({ [ $status = 0 ] || [ $status = 3 ]; } && [ "$(awk 'NF > 3 && $(NF - 1) >= 1000 && $NF == 0' "$dir/out" | wc -l)" -ge 10 ] ||
		tail -n 1 "$dir/out")"
	"$program" explore fork-short-of-memory --provider linux --executions 500 --artifacts "$dir/$1" >"$dir/out" 2>&1
	result "$1-finds-reuse-that-is-counted-late" "$(grep -q '^FINDING O8/anon-vma-active-twice' "$dir/out" || tail -n 1 "$dir/out")"
	file=$(sed -n 's/^  replay: rmaptorture replay //p' "$dir/out")
	"$program" replay "$file" >"$dir/out" 2>&1
	result "$1-replays-it" "$(grep -q '^finding: the same' "$dir/out" || tail -n 1 "$dir/out")"
}

# Trees with _nr_pages_mapped lose a page of NR_ANON_MAPPED now and then; nothing else does.
statistics() { # VERSION TREE
	"$program" explore huge-cow-vs-cow --provider linux --executions 2000 --artifacts "$dir/$1" >"$dir/out" 2>&1
	status=$?
	if grep -q _nr_pages_mapped "$2/mm/rmap.c"; then
		result "$1-clamps-a-statistic" "$(grep -q '^FINDING O12/stat-clamped:nr_anon_pages' "$dir/out" || tail -n 1 "$dir/out")"
	else
		result "$1-clamps-no-statistic" "$([ $status = 0 ] || tail -n 1 "$dir/out")"
	fi
}

refused no-provider-to-hold 'with the provider linux' "$(program_of release)" lockdoc check --tree "$dir/bare"
[ -n "$trees" ] || echo 'ok trees # SKIP there is no tree: ci/kernel-tree 6.1 fetches one'
for tree in $trees; do
	version=$(core/rmap/linux/link-tree --version "$tree") || version=unknown
	flock "$BUILD" "$MAKE" BUILD="$BUILD" linux KERNEL="$tree" >"$dir/make" 2>&1
	status=$?
	result "$version-builds" "$([ "$status" = 0 ] || tail -n 2 "$dir/make" | head -n 1)"
	[ "$status" = 0 ] || continue
	program=$BUILD/linux-$version/release/rmaptorture
	for f in mm/rmap.c mm/interval_tree.c mm/page_vma_mapped.c lib/rbtree.c; do
		result "$version-$f-as-it-is" "$(cmp "$tree/$f" "$BUILD/linux-$version/tree/$f" 2>&1)"
	done
	result "$version-is-listed" "$("$program" list providers | grep -q "^linux  *Linux $version" || echo 'it is not')"
	explored "$version" "$tree"
	statistics "$version" "$tree"
	alike=$BUILD/linux-$version/release/provider-conformance
	clean "$version-alike" "$alike" -p anon-chain -p linux -n 3000 -o "$dir/artifacts"
	rm -rf "$dir/unlike"
	unlike "$version-unlike" Z02 "$alike" linux
	comments "$version" "$tree" "$program"
done
# Each access looked at, for lifetime; data races that trees have are told in core/rmap/linux/README.md.
accesses() { # TREE
	version=$(core/rmap/linux/link-tree --version "$1")
	flock "$BUILD" "$MAKE" BUILD="$BUILD" linux KERNEL="$1" LINUX_FLAVOURS=access >"$dir/make" 2>&1
	result "$version-access-builds" "$([ $? = 0 ] || tail -n 2 "$dir/make" | head -n 1)"
	program=$BUILD/linux-$version/access/rmaptorture-access
	names=$("$program" list scenarios | awk 'NR > 1 && !/not for linux/ && $1 != "fork-short-of-memory" { print $1 }')
	# shellcheck disable=SC2086 # a list of words
	clean "$version-access" "$program" explore $names --provider linux --oracles -race \
		--executions 500 --artifacts "$dir/access"
}

# Its lines by gcov, and a few changes of it, each of which has to be found, or has to be found to be none.
changes() { # TREE
	version=$(core/rmap/linux/link-tree --version "$1")
	flock "$BUILD" "$MAKE" BUILD="$BUILD" linux KERNEL="$1" LINUX_FLAVOURS="coverage access" >"$dir/make" 2>&1
	BUILD=$BUILD EXECUTIONS=20 flock "$BUILD" ci/linux-coverage "$1" >"$dir/out" 2>"$dir/err"
	result "$version-coverage" "$(awk '/^lines executed:/ { exit !(100 * $3 >= 80 * $5) } END { if (!NR) exit 1 }' "$dir/out" ||
		tail -n 1 "$dir/out" "$dir/err")"
	BUILD=$BUILD flock "$BUILD" ci/linux-mutants "$1" -n 3 -b 8000 -k 'revert-CVE\|drop-update:anon_vma_fork\|drop-reference:folio_get' \
		>"$dir/out" 2>"$dir/err"
	result "$version-cve-is-found" "$(grep -qE '^revert-CVE-2022-42703:.* found .* O8/anon-vma-active-twice ' "$dir/out" ||
		tail -n 1 "$dir/out" "$dir/err")"
	result "$version-changes-are-found" "$(grep -q ' found within 8000 executions: 3 of 3 ' "$dir/out" || tail -n 5 "$dir/out")"
	result "$version-tree-is-as-it-was" "$(cmp "$1/mm/rmap.c" "$BUILD/linux-$version/tree/mm/rmap.c" 2>&1)"
}

# shellcheck disable=SC2086 # a list of words
set -- $trees
[ $# = 0 ] || missing_name "$1"
[ $# = 0 ] || accesses "$1"
[ $# = 0 ] || changes "$1"
