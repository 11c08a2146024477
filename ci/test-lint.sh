#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compilers at their highest level have nothing to say of the sources, and would say it. cppcheck and clang-tidy take minutes for all of
# them, `make lint`: here they look at one file of each layer.
. "$(dirname "$0")/lib.sh"
release_only lint

# A tree of one file, with one thing that only this checker's own level sees.
canary() { # CHECKER TEXT
	mkdir -p "$dir/tree/ci" "$dir/tree/locks" "$dir/tree/core" "$dir/tree/harness"
	cp ci/lint ci/cppcheck.* "$dir/tree/ci/"
	cp .clang-tidy "$dir/tree/"
	rm -f "$dir"/tree/*/canary*
	case "$1" in shellcheck) canary=ci/canary ;; *) canary=locks/canary.c ;; esac
	printf '%b\n' "$2" >"$dir/tree/$canary"
	"$dir/tree/ci/lint" "$1" >"$dir/out" 2>&1
	status=$?
	result "$1-speaks" "$([ $status = 1 ] && grep -q "^$canary:[12]:.*warning" "$dir/out" ||
		echo "exit status $status: $(tail -n 1 "$dir/out")")"
}

look() { # CHECKER WHAT-IT-SEES [FILE]...
	checker=$1 fault=$2
	shift 2
	command -v "$checker" >/dev/null || { echo "ok $checker # SKIP there is no $checker (ci/deps lint)"; return; }
	ci/lint "$checker" "$@" >"$dir/out" 2>&1
	status=$?
	result "$checker" "$([ $status = 0 ] || echo "exit status $status: $(grep -m 1 -E 'warning:|error:' "$dir/out")")"
	canary "$checker" "$fault"
}

narrow='unsigned char f(int n); unsigned char f(int n) { return n; }'
look gcc "$narrow"
look clang "$narrow"
look cppcheck 'int f(int n); int f(int n) { int at[2] = { n, n }; return at[n == 3 ? n : 2]; }' locks/machine.c core/tlb.c harness/order.c
look clang-tidy 'int f(const int *p); int f(const int *p) { return p ? 0 : *p; }' locks/machine.c core/tlb.c harness/order.c
look shellcheck '#!/bin/sh\nlet n=1' ci/lint ci/deps

ci/lint --no-such >"$dir/out" 2>&1
status=$?
result usage "$([ $status = 2 ] && grep -q '^usage: ci/lint' "$dir/out" || echo "exit status $status: $(head -n 1 "$dir/out")")"
ci/lint gcc locks/no-such.c >"$dir/out" 2>&1
status=$?
result no-such-file "$([ $status = 2 ] && grep -q 'there is no locks/no-such.c' "$dir/out" ||
	echo "exit status $status: $(head -n 1 "$dir/out")")"
