#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Nights: clean ones, with findings, cut short in every way, on a full disk, with files that are not what they should be.
. "$(dirname "$0")/lib.sh"
release_only nightly

cat >"$dir/plan" <<'END'
plan small "a few seconds"
group explore
    flavour     release
    scenarios   fork-* exit-vs-walk munmap-vs-reclaim
    chunk       2
    executions  200
    rate        4000
    share       6
    least       0.01
    command     explore {scenarios} --provider {provider}
group stress
    flavour     release
    scenarios   fork-chain fork-vs-reclaim
    executions  20
    rate        200
    share       2
    handover    release
    command     stress {scenarios} --provider anon-chain --threads 2
group hunt
    flavour     release
    defects     canary-*
    executions  20000
    cost        0.1
    command     hunt {defects} --provider anon-chain --seeds 1
END

# night NAME ARGUMENT...: leaves $dir/out, $dir/err and $status.
night() {
	name=$1
	shift
	(cd "$dir" && timeout 300 "$program" nightly --plan "$dir/plan" --artifacts "$dir/nights" --night "$name" --seed 1 "$@" \
		>"$dir/out" 2>"$dir/err" </dev/null)
	status=$?
}
sql() { sqlite3 "$1" "$2" 2>&1; }
db=$dir/nights/results.db

# ---- a clean one ----
night clean
result clean-status "$([ $status = 0 ] || echo "exit status $status: $(cat "$dir/out" "$dir/err" | tail -n 3)")"
result clean-says-so "$(grep -q clean "$dir/out" || tail -n 1 "$dir/out")"
result clean-no-noise "$(cat "$dir/err")"
jobs=$(find "$dir/nights/clean/jobs" -name '*.json' | wc -l)
result clean-all-jobs "$([ "$(sql "$db" "select count(*) from job where night='clean' and state='done'")" = "$jobs" ] || echo "of $jobs jobs: $(sql "$db" "select job,state from job")")"

# ---- once more: nothing is done again, and it ends the same ----
find "$dir/nights/clean/jobs" -name '*.json' -newer "$dir/plan" -exec ls -l --time-style=full-iso {} + >"$dir/before"
night clean
find "$dir/nights/clean/jobs" -name '*.json' -newer "$dir/plan" -exec ls -l --time-style=full-iso {} + >"$dir/after"
result again-status "$([ $status = 0 ] || echo "exit status $status")"
result again-does-nothing "$(diff "$dir/before" "$dir/after" | head -n 1)"

# ---- three defects: three findings, each once, each with a replay that shows it and a picture; lockdoc check sees all that follows ----
{
	cat "$dir/plan"
	printf 'group lockdoc\n    flavour release\n    executions 60\n    cost 5\n    command lockdoc check\n'
} >"$dir/plan-order"
night defects --plan "$dir/plan-order" --defect canary-ptl-anon --defect H3 --defect Z34
result defects-status "$([ $status = 1 ] || echo "exit status $status: $(tail -n 1 "$dir/err")")"
result defects-three "$([ "$(grep -c '^FINDING' "$dir/out")" = 3 ] || grep '^FINDING' "$dir/out" | tr '\n' ' ')"
result defects-kept "$([ "$(sql "$db" "select count(distinct signature) from finding where night='defects'")" = 3 ] ||
	sql "$db" "select distinct signature from finding where night='defects'" | tr '\n' ' ')"
result defects-followed "$([ "$(sql "$db" "select count(*) from record where night='defects' and text like '%\"follows\":%'")" -ge 10 ] || echo "nothing follows")"
result defects-beside "$([ -d "$dir/nights/defects/artifacts" ] && [ ! -e "$dir/rmaptorture-artifacts" ] || echo "there are files elsewhere")"
result defects-replayed "$(sql "$db" "select signature from finding where night='defects' and replay is not null and replayed <> 'same'")"
result defects-drawn "$([ "$(sql "$db" "select count(distinct signature) from finding where night='defects' and trace is not null")" = 3 ] || echo "some have no trace")"
sed -n 's/^  rmaptorture replay //p' "$dir/out" >"$dir/replays"
while read -r file; do
	"$program" replay "$file" >"$dir/out2" 2>&1
	result "defects-replay-$(basename "$file")" "$(grep -q '^finding: the same' "$dir/out2" || tail -n 1 "$dir/out2")"
done <"$dir/replays"

# ---- known ones ----
signature=$(sql "$db" "select signature from finding where night='defects' limit 1")
sql "$db" "select distinct signature from finding where night='defects'" | sed 's/$/  somebody  2999-12-31  it is a test/' >"$dir/known"
night known --plan "$dir/plan-order" --defect canary-ptl-anon --defect H3 --defect Z34 --known-findings "$dir/known"
result known-status "$([ $status = 0 ] || echo "exit status $status")"
result known-told "$([ "$(grep -c '^known' "$dir/out")" = 3 ] || grep -e '^FINDING' -e '^known' "$dir/out" | head -n 1)"
result known-kept "$([ "$(sql "$db" "select count(distinct signature) from finding where night='known'")" = 3 ] ||
	sql "$db" "select distinct signature from finding where night='known'" | tr '\n' ' ')"
result known-handed-on "$(sql "$db" "select job from job where night='known' and (command like '%--known%') <> (job_group in ('explore', 'stress'))")"
result known-passed-over "$(sql "$db" "select text from record where night='known' and type = 'explore' and verdict = 'finding'")"
# What is behind a known one is found, and its replay passes over the known one.
head -n 1 "$dir/known" >"$dir/known1"
night behind --defect canary-ptl-anon --defect H3 --defect Z34 --known-findings "$dir/known1"
result behind-status "$([ $status = 1 ] || echo "exit status $status")"
result behind-told "$([ "$(grep -c '^known' "$dir/out")" = 1 ] && [ "$(grep -c '^FINDING' "$dir/out")" = 2 ] || grep -e '^FINDING' -e '^known' "$dir/out" | tr '\n' ' ')"
result behind-replayed "$(sql "$db" "select signature from finding where night='behind' and replay is not null and replayed <> 'same'")"
sed 's/2999/1999/' "$dir/known" >"$dir/expired"
night expired --defect canary-ptl-anon --known-findings "$dir/expired"
result expired-status "$([ $status = 1 ] || echo "exit status $status")"
for line in "$signature  somebody  1999-02-30  reason" "$signature  somebody  1999-12-31" "nothing  somebody  1999-12-31  reason"; do
	echo "$line" >"$dir/wrong"
	night wrong --known-findings "$dir/wrong"
	result "known-wrong-${line##* }" "$([ $status = 2 ] && [ "$(grep -c "^$dir/wrong:1:[0-9]*: expected" "$dir/err")" = 1 ] || cat "$dir/err")"
done

# ---- the driver is killed, again and again, until the night is over ----
i=0
while :; do
	i=$((i + 1))
	timeout -s KILL "$((i / 5)).$((i % 5))5" "$program" nightly --plan "$dir/plan" --artifacts "$dir/nights" --night killed --seed 1 --jobs 1 \
		--defect canary-ptl-anon >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	[ $status = 137 ] && [ $i -lt 60 ] || break
	sleep 0.2
done
result killed-ends "$([ $status = 1 ] || echo "exit status $status after $i times: $(cat "$dir/err")")"
result killed-sometimes "$([ $i -gt 1 ] || echo "it was over before it could be killed")"
night whole --defect canary-ptl-anon
for table in "job,state,status" "record,line,type,scenario,provider,verdict,executions,steps" ; do
	columns=${table#*,}
	t=${table%%,*}
	for n in killed whole; do
		sql "$db" "select job,$columns from $t where night='$n' and job not like 'stress%' order by 1,2,3,4,5" >"$dir/$n"
	done
	result "killed-same-$t" "$(diff "$dir/killed" "$dir/whole" | head -n 2 | tr '\n' ' ')"
done

# ---- a job is killed: it is begun again ----
mkdir -p "$dir/bin"
night_with_killer() {
	"$program" nightly --plan "$dir/plan" --artifacts "$dir/nights" --night shot --seed 1 --time 20s --jobs 1 >"$dir/out" 2>"$dir/err" </dev/null &
	driver=$!
	for _ in $(seq 900); do
		pid=$(pgrep -f "explore .*--artifacts $dir/nights/shot/artifacts" | head -n 1)
		[ -n "$pid" ] && kill -9 "$pid" && break
		sleep 0.1
	done
	wait $driver
	status=$?
}
night_with_killer
result shot-status "$([ $status = 0 ] || echo "exit status $status: $(tail -n 1 "$dir/out")")"
result shot-told "$(grep -q 'begun again' "$dir/err" || cat "$dir/err")"
result shot-twice "$([ "$(sql "$db" "select max(attempts) from job where night='shot'")" = 2 ] || echo "attempts: $(sql "$db" "select max(attempts) from job where night='shot'")")"

# ---- interrupted: says so, and goes on ----
timeout -s INT 2 "$program" nightly --plan "$dir/plan" --artifacts "$dir/nights" --night cut --seed 1 --time 30s >"$dir/out" 2>"$dir/err" </dev/null
"$program" nightly --plan "$dir/plan" --artifacts "$dir/nights" --night cut2 --seed 1 --time 30s >"$dir/out" 2>"$dir/err" </dev/null &
driver=$!
sleep 2
kill -INT $driver
wait $driver
result interrupted-status "$([ $? = 3 ] || echo "exit status $?")"
result interrupted-says-so "$(grep -q 'not run\|cut' "$dir/out" || tail -n 2 "$dir/out")"

# ---- time: the night ends when it is over ----
began=$(date +%s)
night timed --time 12s
took=$(($(date +%s) - began))
result timed-status "$([ $status = 0 ] || echo "exit status $status: $(tail -n 2 "$dir/out" | tr '\n' ' ')")"
result timed-in-time "$([ $took -le 40 ] || echo "it took $took s")"

# ---- files that are not what they should be ----
echo garbage >"$dir/nights/clean/night.json"
night clean
result bad-header "$([ $status = 2 ] && grep -q 'night.json:1:[0-9]*: expected' "$dir/err" || cat "$dir/err")"
head -c 20000 /dev/urandom >"$dir/bad.db"
night baddb --defect canary-ptl-anon --db "$dir/bad.db"
result bad-database-status "$([ $status = 1 ] || echo "exit status $status")"
result bad-database-says-so "$(grep -q "bad.db" "$dir/err" && grep -q 'rmaptorture merge' "$dir/err" || cat "$dir/err")"
result bad-database-finding "$(grep -q '^FINDING' "$dir/out" || tail -n 1 "$dir/out")"
"$program" merge --db "$dir/again.db" "$dir/nights/baddb" >"$dir/out" 2>"$dir/err"
result bad-database-again "$([ "$(sql "$dir/again.db" "select count(*) > 0 from finding")" = 1 ] || cat "$dir/err")"
sql "$dir/old.db" "pragma application_id = 1919770992; pragma user_version = 0; create table night (night)" >/dev/null
night olddb --defect canary-ptl-anon --db "$dir/old.db"
result old-schema-status "$([ $status = 1 ] || echo "exit status $status")"
result old-schema-says-so "$(grep -q 'schema 0' "$dir/err" && grep -q 'rmaptorture merge' "$dir/err" || cat "$dir/err")"
result old-schema-finding "$(grep -q '^FINDING' "$dir/out" || tail -n 1 "$dir/out")"
for plan in 'group a' 'plan a "b"' 'plan a b' "$(printf 'plan a "b"\ngroup x\nflavour release')" "$(printf 'plan a "b"\ngroup X')" \
	"$(printf 'plan a "b"\ngroup x\nflavour release\ncommand explore\nchunk 0')" "$(printf 'plan a "b"\ngroup x\nflavour release\ncommand what')" \
	"$(printf 'plan a "b"\ngroup x\nflavour release\ncommand hunt {defects}\nshare 3')"; do
	echo "$plan" >"$dir/plan2"
	"$program" nightly --plan "$dir/plan2" --dry-run >"$dir/out" 2>"$dir/err"
	status=$?
	result "bad-plan-$(echo "$plan" | tail -n 1 | tr -c 'a-z0-9\n' '_')" \
		"$([ $status = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -q 'expected' "$dir/err" || cat "$dir/err")"
done

# ---- a disk that becomes full while it runs; then there is room again ----
mkdir "$dir/small"
if mount -t tmpfs -o size=16m none "$dir/small" 2>"$dir/err"; then
	trap 'umount "$dir/small"; rm -rf "$dir"' EXIT
	full() { "$program" nightly --plan "$dir/plan" --artifacts "$dir/small" --night full --seed 1 --time "$1" --defect canary-ptl-anon >"$dir/out" 2>"$dir/err" </dev/null; }
	full 20s &
	driver=$!
	sleep 3
	head -c 9m /dev/zero >"$dir/small/filler" 2>/dev/null
	wait $driver
	status=$?
	result full-status "$([ $status = 1 ] || echo "exit status $status")"
	result full-says-so "$(grep -q 'of the disk are left' "$dir/err" || cat "$dir/err")"
	result full-finding "$(grep -q '^FINDING' "$dir/out" || tail -n 1 "$dir/out")"
	rm "$dir/small/filler"
	full 20s
	status=$?
	result full-goes-on "$([ $status = 1 ] || echo "exit status $status: $(cat "$dir/err")")"
	result full-all-done "$([ "$(sql "$dir/small/results.db" "select count(*) from job where state='done'")" = "$(find "$dir/small/full/jobs" -name '*.json' | wc -l)" ] ||
		sql "$dir/small/results.db" "select job, state, why from job where state <> 'done'" | head -n 2)"
	head -c 14m /dev/zero >"$dir/small/filler" 2>/dev/null
	"$program" nightly --plan "$dir/plan" --artifacts "$dir/small" --night none >"$dir/out" 2>"$dir/err"
	status=$?
	result full-from-the-beginning "$([ $status = 3 ] && grep -q 'free space' "$dir/err" || cat "$dir/err")"
else
	echo "ok full-status # SKIP $(head -n 1 "$dir/err")"
fi
