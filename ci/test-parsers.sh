#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What reads files that anyone may have written: the corpora of the fuzzers and some thousand inputs more, under AddressSanitizer and
# UBSan; files as great as may be, which must not take long; and that the fuzzers' driver tells of what they find.
. "$(dirname "$0")/lib.sh"
release_only parsers

# ---- great files ----

# answered NAME STATUS COMMAND...: in a time that only what grows with the square of the file's size would need.
answered() {
	name=$1 wanted=$2
	shift 2
	timeout 60 "$program" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	result "great-$name" "$(case $status in "$wanted") ;; 124) echo "not done after a minute" ;;
		*) echo "exit status $status, expected $wanted: $(head -n 1 "$dir/err")" ;; esac)"
}

limit() { head -c 1048576 | sed '$d'; }

awk 'BEGIN { for (i = 0; i < 62000; i++) print " * Lock ordering:" }' | limit >"$dir/titles.c"
awk 'BEGIN { for (i = 0; i < 520000; i++) printf "* "; print "" }' >"$dir/stars.c"
awk 'BEGIN { print "/*\n * Lock ordering:\n *"; for (i = 0; i < 62000; i++) print " * a_" i " -> b_" i " (see c below)" }' | limit >"$dir/names.c"
{ cat LOCKING.md; awk 'BEGIN { for (i = 0; i < 12000; i++) print "`mmap_lock` is taken before `anon_vma`, `anon_vma` before `mmap_lock`." }'; } |
	limit >"$dir/prose.md"
awk 'BEGIN { print "scenario s\nthread t {"; for (i = 0; i < 90000; i++) print "P" i ": exit"; print "}" }' >"$dir/names.scn"
awk 'BEGIN { print "scenario s\nsetup { mm P P: a = mmap anon 2 }\nthread t {"; for (i = 0; i < 60000; i++) print "P: read a[0]"; print "}" }' \
	>"$dir/statements.scn"
awk 'BEGIN { for (i = 0; i < 30000; i++) print "O1/x" i "  o  2026-12-31  r" }' >"$dir/known"
echo 'O1/x  o  2026-12-31' >>"$dir/known"
answered titles 1 lockdoc ingest "$dir/titles.c"
answered stars 2 lockdoc ingest "$dir/stars.c"
answered names 1 lockdoc ingest "$dir/names.c"
answered prose 1 lockdoc check --locking "$dir/prose.md" --executions 1
answered scenario-of-names 2 explore "$dir/names.scn" --executions 1
answered scenario-of-statements 0 explore "$dir/statements.scn" --executions 1
answered known 2 nightly --known-findings "$dir/known" --artifacts "$dir/nights" --time 1s

# ---- the fuzzers ----

command -v clang >/dev/null || { echo "ok fuzzers # SKIP there is no clang"; exit 0; }
build fuzzers

# fuzz ARGUMENT...: with a directory of its own for what is new.
fuzz() {
	FUZZ_WORK=$dir/fuzz ci/fuzz-parsers "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
}

export BUILD MAKE
fuzz --runs 0
result corpora "$([ $status = 0 ] || grep -h FINDING "$dir/out" "$dir/err" | head -n 1)"
result corpora-of-all "$(for f in harness/tests/fuzzers/*_fuzz.c; do
	name=$(basename "$f" _fuzz.c)
	awk -v name="$name" '$1 == name && $2 && $4 >= 40 { found = 1 } END { exit !found }' "$dir/out" || echo "$name did next to nothing"; done)"

# The same inputs in each run, and not many: what is still to be found takes hours.
fuzz --runs 3000 --seed 1 comment known lockdoc plan records replay scenario
result some-thousand-more "$([ $status = 0 ] || grep -h FINDING "$dir/out" "$dir/err" | head -n 1)"
fuzz --runs 300 --seed 1 database night
result some-hundred-nights-more "$([ $status = 0 ] || grep -h FINDING "$dir/out" "$dir/err" | head -n 1)"

# ---- the driver ----

FUZZ_OPTIONS=-rss_limit_mb=1 fuzz --time 20 known
result finding-status "$([ $status = 1 ] || echo "exit status $status")"
file=$(sed -n 's/.*: FINDING .*out-of-memory.* in \([^ ]*\)$/\1/p' "$dir/out")
result finding-told-and-kept "$([ -n "$file" ] && [ -e "$file" ] || tail -n 2 "$dir/out")"
for wrong in --time --tim no-such-target; do
	fuzz $wrong
	result "wrong $wrong" "$([ $status = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ] || echo "exit status $status: $(cat "$dir/err")")"
done
