#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Findings that are known are passed over and counted, and hide nothing: neither in an execution nor in a campaign.
. "$(dirname "$0")/lib.sh"
release_only known
cd "$dir" || exit 2

sleeps=O6/sleep-in-atomic:page_table_lock:anon_vma
reclaims=O6/documented:anon_vma-\>FS_RECLAIM
defects='--defect canary-ptl-anon --defect Z34'

# ---- one defect: clean but for it, and each execution that had it is counted ----
run explore fork-vs-reclaim --executions 300 --defect canary-ptl-anon --known $sleeps
result clean "$([ "$status" = 0 ] && [ ! -s err ] || echo "exit status $status: $(cat err)")"
result clean-says-so "$(grep -q ' known findings only$' out || grep fork-vs-reclaim out)"
result clean-counted "$(grep -qx "known: $sleeps, seen 300 times" out || tail -n 1 out)"
run explore fork-vs-reclaim --executions 300 --jobs 1 --defect canary-ptl-anon --known $sleeps
result counted-whoever-works "$(grep -qx "known: $sleeps, seen 300 times" out || tail -n 1 out)"
run explore fork-vs-reclaim --executions 300 --defect canary-ptl-anon --known O6/other
result another-is-known "$([ "$status" = 1 ] && grep -q "^FINDING $sleeps " out && ! grep -q '^known' out || echo "exit status $status")"

# ---- a second defect: what is behind the first is found, in the same execution, and its replay passes over the first ----
# shellcheck disable=SC2086 # words are meant
run explore mmap-merge-vs-walk --executions 300 $defects
result first-hides "$(grep -q "^FINDING $sleeps " out || grep -m 1 '^FINDING' out)"
# shellcheck disable=SC2086 # words are meant
run explore mmap-merge-vs-walk --executions 300 $defects --known $sleeps
result behind "$([ "$status" = 1 ] && grep -q "^FINDING $reclaims " out || echo "exit status $status: $(grep -m 1 '^FINDING' out)")"
result behind-counted "$(grep -q "^known: $sleeps, seen [1-9]" out || tail -n 1 out)"
for file in rmaptorture-artifacts/*.replay; do
	grep -q '^signature O6/documented' "$file" || continue
	result "noted-$(basename "$file")" "$([ "$(grep -c "^passes $sleeps\$" "$file")" = 1 ] || echo "not noted: $(grep '^passes' "$file")")"
	run replay "$file"
	result "replayed-$(basename "$file")" "$([ "$status" = 1 ] && grep -q '^finding: the same$' out || tail -n 1 out)"
	sed '/^passes /d' "$file" >without.replay
	run replay without.replay
	result "not-without-$(basename "$file")" "$(grep -q "^finding: another, $sleeps" out || tail -n 1 out)"
	run replay --minimise "$file"
	result "minimised-$(basename "$file")" "$(grep -q "^FINDING $reclaims " out || head -n 1 out)"
done

# ---- after what an execution cannot go on, a campaign does ----
run explore story-double-reuse --executions 200 --defect Z02
broken=$(sed -n 's/^FINDING \([^ ]*\) .*/\1/p' out)
result ends "$([ -n "$broken" ] && [ "${broken#O6}" = "$broken" ] || head -n 1 out)"
run explore story-double-reuse --executions 200 --defect Z02 --known "$broken"
result ends-no-campaign "$(grep -qx "known: $broken, seen [1-9][0-9]* times" out || tail -n 1 out)"

# ---- both known; verdicts of fuzz and stress ----
# shellcheck disable=SC2086 # words are meant
run explore mmap-merge-vs-walk --executions 300 $defects --known $sleeps --known $reclaims
result both "$([ "$status" = 0 ] && [ "$(grep -c '^known: ' out)" = 2 ] || echo "exit status $status: $(tail -n 2 out | tr '\n' ' ')")"
run fuzz --provider anon-chain --executions 2000 --defect canary-ptl-anon --known $sleeps
result fuzz "$([ "$status" = 0 ] && grep -q "^known: $sleeps, seen [1-9]" out || echo "exit status $status: $(tail -n 1 out)")"
run stress fork-vs-reclaim --executions 100 --defect canary-ptl-anon --known $sleeps
result stress "$([ "$status" = 0 ] && grep -q "^known: $sleeps, seen [1-9]" out && grep -q ' 100  .* known findings only$' out ||
	echo "exit status $status: $(tail -n 2 out | tr '\n' ' ')")"

# ---- the file: a last day ----
printf '%s\tsomebody\t2999-12-31\tit is put in\n' "$sleeps" >known
run explore fork-vs-reclaim --executions 100 --defect canary-ptl-anon --known-findings known
result file "$([ "$status" = 0 ] && grep -q "^known: $sleeps, seen 100 times" out || echo "exit status $status: $(cat err)")"
sed 's/2999/1999/' known >expired
run explore fork-vs-reclaim --executions 100 --defect canary-ptl-anon --known-findings expired
result expired "$([ "$status" = 1 ] && grep -q "^FINDING $sleeps " out || echo "exit status $status")"
result expired-told "$(grep -qx "rmaptorture: $sleeps was known until 1999-12-31: it is not passed over" err || cat err)"
echo 'O6/a  b' >wrong
run explore fork-vs-reclaim --known-findings wrong
result wrong "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(grep -c '^wrong:1:[0-9]*: expected' err)" = 1 ] || cat err)"

# ---- canaries have to be found, known or not ----
run run fork-vs-reclaim --executions 100 --provider anon-chain --known $sleeps
result canaries "$([ "$status" = 0 ] && grep -q '^canary canary-ptl-anon: found ' out || echo "exit status $status: $(grep NOT out)")"
exit 0
