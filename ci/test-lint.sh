#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Compilers at their highest level have nothing to say of the sources, and would say it.
. "$(dirname "$0")/lib.sh"
release_only lint

# A tree of one file, with one thing that only this checker's own level sees.
canary() { # CHECKER TEXT
	mkdir -p "$dir/tree/ci" "$dir/tree/locks" "$dir/tree/core" "$dir/tree/harness"
	cp ci/lint "$dir/tree/ci/"
	printf '%s\n' "$2" >"$dir/tree/locks/canary.c"
	"$dir/tree/ci/lint" "$1" >"$dir/out" 2>&1
	status=$?
	result "$1-speaks" "$([ $status = 1 ] && grep -q 'canary.c:1:.*warning' "$dir/out" || echo "exit status $status: $(tail -n 1 "$dir/out")")"
}

for checker in gcc clang; do
	command -v $checker >/dev/null || { echo "ok $checker # SKIP there is no $checker"; continue; }
	ci/lint $checker >"$dir/out" 2>&1
	status=$?
	result $checker "$([ $status = 0 ] || echo "exit status $status: $(grep -m 1 -E 'warning:|error:' "$dir/out")")"
	canary $checker 'unsigned char f(int n); unsigned char f(int n) { return n; }'
done
