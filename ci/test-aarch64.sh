#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The other machine that the model runs on: built for aarch64 and run by qemu. Stacks are switched, atomics and futexes work (the unit tests
# of locks/ and core/, and stress on real threads), and what a seed gives is the same as here, step by step: replay files go both ways.
. "$(dirname "$0")/lib.sh"
release_only aarch64

why=
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
	command -v $tool >/dev/null || why="there is no $tool"
done
for library in urcu-memb jansson sqlite3 ncursesw cmocka; do
	[ -n "$(find /usr/lib/aarch64-linux-gnu -maxdepth 1 -name "lib$library.so" 2>/dev/null)" ] || why="${why:-there is no lib$library for it}"
done
[ -z "$why" ] || { echo "ok aarch64 # SKIP $why: ci/deps aarch64 installs it"; exit 0; }
case $(uname -m) in x86_64) ;; *) echo "ok aarch64 # SKIP this is no x86-64"; exit 0 ;; esac

other=$BUILD/aarch64
flock "$BUILD" "$MAKE" CROSS=aarch64-linux-gnu- BUILD="$other" WERROR=1 -j2 all tests >"$dir/make" 2>&1 ||
	{ result builds "$(grep -m 1 -E 'error|\*\*\*' "$dir/make")"; exit 0; }
result builds "$(od -An -tu2 -j18 -N2 "$other/release/rmaptorture" | grep -qx ' *183' || echo "what was built is not for aarch64")"

# ---- unit tests: of harness/ those of what runs and records executions; its parsers are C like any other, and slow here ----

for source in locks/tests/*_test.c core/tests/*_test.c harness/tests/codec_test.c harness/tests/dfs_test.c harness/tests/directives_test.c \
		harness/tests/explore_test.c harness/tests/flip_test.c harness/tests/minimise_test.c harness/tests/replay_file_test.c; do
	basename "$source" .c
done >"$dir/tests"
one() {
	# shellcheck disable=SC2016 # the inner shell is meant
	xargs -P 2 -I {} sh -c 'CMOCKA_MESSAGE_OUTPUT=TAP timeout 600 qemu-aarch64 "$1/release/tests/{}" >"$2/{}.log" 2>&1 </dev/null; echo "{} $?"' \
		sh "$other" "$dir" <"$dir/tests"
}
one | sort >"$dir/statuses"
while read -r name status; do
	result "$name" "$([ "$status" = 0 ] || echo "exit status $status: $(grep -m 1 'not ok' "$dir/$name.log")")"
done <"$dir/statuses"

# ---- the same steps ----

here() { timeout 600 "$program" "$@" </dev/null; }
there() { timeout 1200 qemu-aarch64 "$other/release/rmaptorture" "$@" </dev/null; }

# All that JSON says but times, and where files are.
told() { sed -E 's/"[a-z0-9_]*(_s|_ns|_per_s)":[-+.e0-9]+,?//g; s/"[^"]*\/(here|there)\//"/g' "$1"; }

# same NAME STATUS ARGUMENT...
same() {
	name=$1 wanted=$2
	shift 2
	here "$@" --format json --artifacts "$dir/here" >"$dir/here.json" 2>&1
	h=$?
	there "$@" --format json --artifacts "$dir/there" >"$dir/there.json" 2>&1
	t=$?
	result "same-$name" "$([ $h = $t ] && [ $h = "$wanted" ] || echo "exit statuses $h and $t, expected $wanted: $(tail -n 1 "$dir/there.json")")"
	told "$dir/here.json" >"$dir/a"
	told "$dir/there.json" >"$dir/b"
	result "same-$name-told" "$(diff "$dir/a" "$dir/b" | head -n 4 | cut -c 1-300 | tr '\n' ' ')"
}
same clean 0 explore fork-vs-reclaim munmap-vs-reclaim ksm-vs-fork --provider anon-chain --executions 200 --seed 5
same eras 0 explore fork-vs-reclaim --provider pte-chain --executions 200 --seed 6
same tso 0 explore fork-vs-reclaim --provider anon-chain --executions 100 --seed 7 --memory tso
same verify 0 verify small-cow-twice --provider anon-chain --preemptions 1
rm -rf "$dir/here" "$dir/there"
same finding 1 explore fork-split --defect Z05 --executions 500
same finding-of-walk 1 explore exit-vs-walk fork-vs-reclaim --defect canary-ptl-anon --provider anon-chain --executions 500 --strategy pct
result same-replay-files "$(diff -r "$dir/here" "$dir/there" | head -n 3 | tr '\n' ' ')"
result some-replay-files "$([ "$(find "$dir/here" -name '*.replay' | wc -l)" -ge 2 ] || echo "too few")"
find "$dir/here" -name '*.replay' | sort >"$dir/replays"
while read -r file; do
	name=$(basename "$file")
	there replay "$file" >"$dir/out" 2>&1
	result "replay-there-$name" "$(grep -q 'the same steps\|^finding: the same' "$dir/out" || tail -n 1 "$dir/out")"
	here replay "$dir/there/$name" >"$dir/out" 2>&1
	result "replay-here-$name" "$(grep -q 'the same steps\|^finding: the same' "$dir/out" || tail -n 1 "$dir/out")"
done <"$dir/replays"

# ---- real threads ----

there stress fork-vs-reclaim --provider anon-chain --threads 2 --executions 50 --time 5m >"$dir/out" 2>&1
result stress "$(grep -m 1 -E '^FINDING|failed|died|interrupted' "$dir/out")"
result stress-ran "$(grep -q '^fork-vs-reclaim' "$dir/out" || tail -n 1 "$dir/out")"
