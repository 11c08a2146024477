#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# rmaptorture merge and the comparison of nights, with directories of nights whose jobs are what the program really printed.
. "$(dirname "$0")/lib.sh"
release_only merge
cd "$dir" || exit 2

# ---- directories of nights ----

header() { # DIR NIGHT SHARD BEGAN [KNOWN]
	mkdir -p "$1/jobs" "$1/artifacts"
	jobs='{"job":"explore.01","group":"explore","flavour":"release","shard":1},{"job":"found.01","group":"explore","flavour":"release","shard":2}'
	printf '{"type":"night","v":1,"night":"%s","plan":"small","plan_hash":"abc","seed":1,"bound":"executions","time_s":60,%s%s}\n' \
		"$2" '"defects":["Z02"],"commit":"c","model":"m","version":"0.1",' \
		"\"shard\":$3,\"shards\":2,\"began\":\"$4\",\"jobs\":[$jobs]" >"$1/night.json"
	printf '[%s]\n' "${5-}" >"$1/known.json"
}

ended() { # DIR JOB SHARD STATUS STATE [REPLAYS]
	printf '{"type":"job","v":1,"job":"%s","group":"explore","flavour":"release","provider":"","command":["explore"],"seed":1,%s%s}\n' \
		"$2" "\"shard\":$3,\"attempts\":1,\"state\":\"$5\",\"status\":$4,\"why\":\"\",\"began\":\"2026-02-01T00:00:00Z\"," \
		"\"elapsed_s\":1.5,\"cpu_s\":1,\"rss_kib\":1000,\"build\":{\"flavour\":\"release\"},\"replays\":[${6-}]" \
		>"$1/jobs/$2.json"
}

real() { # DIR JOB EXPLORE-ARGS...
	out=$1/jobs/$2.jsonl art=$1/artifacts
	shift 2
	timeout 600 "$program" explore "$@" --jobs 1 --artifacts "$art" --format json >"$out" 2>/dev/null </dev/null
	status=$?
}

night() { # PREFIX NIGHT BEGAN [KNOWN]: PREFIX-1 and PREFIX-2, its two shards
	header "$1-1" "$2" 1 "$3" "${4-}"
	real "$1-1" explore.01 active-vs-writeback fork-chain -n 2000
	ended "$1-1" explore.01 1 "$status" done
	header "$1-2" "$2" 2 "$3" "${4-}"
	real "$1-2" found.01 fork-chain --defect Z02 --strategy random
	replay=$(basename "$(ls "$1-2"/artifacts/*.replay | head -n 1)")
	signature=$(sed -n 's/.*"signature":"\([^"]*\)".*/\1/p' "$1-2/jobs/found.01.jsonl" | head -n 1)
	ended "$1-2" found.01 2 "$status" done \
		"{\"signature\":\"$signature\",\"replay\":\"artifacts/$replay\",\"trace\":\"\",\"same_steps\":true,\"same_finding\":true}"
}

merge() { # ARGS...
	timeout 100 "$program" merge "$@" >out 2>err </dev/null
	status=$?
}

# What the last command should have come to.
expect() { # NAME STATUS PATTERN-OF-STDOUT [PATTERN-OF-STDERR]
	why=
	[ "$status" = "$2" ] || why="exit status $status, expected $2: $(head -n 1 err)"
	[ -n "$why" ] || { [ -z "$3" ] && [ ! -s out ]; } || { [ -n "$3" ] && grep -qE -e "$3" out; } || why="no '$3' on stdout: $(head -n 3 out | tr '\n' '|')"
	[ -n "$why" ] || [ -z "${4-}" ] || { [ "$(wc -l <err)" = 1 ] && grep -qE -e "$4" err; } || why="says: $(cat err)"
	[ -n "$why" ] || [ -n "${4-}" ] || [ ! -s err ] || why="says: $(cat err)"
	result "$1" "$why"
}

tables() { # FILE
	for table in night shard planned known build job record finding coverage arc rule bench hunt; do
		sqlite3 "$1" "SELECT * FROM $table" | LC_ALL=C sort
	done
}

same() { # NAME FILE FILE
	tables "$2" >a.dump
	tables "$3" >b.dump
	result "$1" "$([ -s a.dump ] || echo "nothing in it"; cmp a.dump b.dump 2>&1)"
}

night one n1 2026-02-01T00:00:00Z
[ -n "$signature" ] || { result found "explore found nothing"; exit 0; }

# ---- what is there, and what is missing ----

merge --db m.db one-1
expect shard-missing 3 'night n1: 1 of 2 shards, 1 of 2 jobs done, 0 findings: inconclusive'
expect names-the-shard 3 '^  shard 2 is missing: 1 jobs$'
merge --db m.db one-2
expect resubmitted-shard-completes-it 1 'night n1: 2 of 2 shards, 2 of 2 jobs done, 1 finding: findings$'
cp m.db before.db
merge --db m.db one-1 one-2 m.db
expect again 1 'night n1: 2 of 2'
same again-changes-nothing m.db before.db
merge --db back.db one-2 one-1
same other-order back.db m.db
merge --db copy.db m.db
expect of-a-database 1 'night n1: 2 of 2'
same of-a-database-is-the-same copy.db m.db
result replay-file-is-kept "$(sqlite3 m.db "SELECT replay FROM finding" >kept; { cat "one-2/artifacts/$replay"; echo; } | cmp - kept 2>&1; \
	[ "$(sqlite3 m.db 'SELECT replayed, oracle <> "" FROM finding')" = 'same|1' ] || echo "not told as replayed")"
result numbers "$([ "$(sqlite3 m.db "SELECT executions FROM job WHERE job = 'explore.01'")" = \
	"$(sqlite3 m.db "SELECT sum(executions) FROM record WHERE job = 'explore.01'")" ] || echo "executions are not the records'")"

rm one-1/jobs/explore.01.json
merge --db cut.db one-1 one-2
expect job-missing 1 '^  job explore.01 of shard 1: missing$'
ended one-1 explore.01 1 -1 cut
merge --db cut.db one-1
expect job-cut 1 '^  job explore.01 of shard 1: cut$'
ended one-1 explore.01 1 0 done
merge --db cut.db one-1
expect better-record 1 '2 of 2 jobs done'
same better-record-counts cut.db m.db

# ---- an attempt that was cut short: what it found stays found, once ----

cp -r one-1 att-1
cp -r one-2 att-2
mv att-2/jobs/found.01.jsonl att-2/jobs/found.01.1.jsonl
grep -v signature one-1/jobs/explore.01.jsonl >att-2/jobs/found.01.jsonl
ended att-2 found.01 2 0 done
merge --db att.db att-1 att-2
expect attempts-findings-count 1 '2 of 2 jobs done, 1 finding: findings'
result attempts-executions-do-not "$([ "$(sqlite3 att.db "SELECT count(DISTINCT executions) FROM job")" = 1 ] || echo "they do")"

# ---- known findings ----

night two n2 2026-02-02T00:00:00Z "{\"signature\":\"$signature\",\"owner\":\"o\",\"reason\":\"r\",\"expires\":\"2026-02-02\"}"
merge --db k.db two-1 two-2
expect known 0 '0 findings, 1 known: known findings only'
night late n3 2026-02-03T00:00:00Z "{\"signature\":\"$signature\",\"owner\":\"o\",\"reason\":\"r\",\"expires\":\"2026-02-02\"}"
merge --db k.db late-1 late-2
expect expired 1 '1 finding \(1 known until before it\): findings'
result only-what-was-joined "$(grep n2 out)"
merge --db k.db --format json k.db two-1
expect json 1 '"type":"merged-night","night":"n2".*"verdict":"known findings only","status":0'

# ---- bad input ----

merge --db bad.db nowhere
expect no-such-file 2 '' 'nowhere: No such file'
merge --db bad.db one-1/jobs
expect no-night 2 '' 'jobs: not the directory of a night'
result nothing-is-made "$(ls bad.db 2>/dev/null)"
merge
expect no-input 2 '' 'merge'
merge m.db
expect no-db 2 '' 'expected --db FILE'
cp -r one-1 json-1
printf '{"type":"night",\n"v":}\n' >json-1/night.json
merge --db m2.db json-1 one-2
expect bad-json-and-the-others 2 'night n1: 1 of 2 shards' 'json-1/night.json:2:[0-9]+: '
cp one-1/night.json json-1/night.json
echo '{' >json-1/jobs/explore.01.json
merge --db m3.db json-1 one-2
expect bad-job 2 'job explore.01 of shard 1: missing' 'jobs/explore.01.json:[0-9]+:[0-9]+: '
cp -r one-1 other-1
sed -i 's/"plan_hash":"abc"/"plan_hash":"def"/' other-1/night.json
merge --db m.db other-1
expect another-night-of-the-name 2 '' "another night 'n1'"
same refused-changes-nothing m.db before.db
head -c 20000 m.db >torn.db
merge --db m4.db torn.db one-1
expect corrupt-input 2 'night n1: 1 of 2' 'torn.db: corrupt'
merge --db torn.db one-1
expect corrupt-output 2 '' 'torn.db: corrupt'
sqlite3 foreign.db 'CREATE TABLE t (a)'
merge --db foreign.db one-1
expect foreign 2 '' 'foreign.db: the database of another program'
printf '{"type":"explo' >>one-1/jobs/explore.01.jsonl
merge --db line.db one-1 one-2
expect torn-line 1 'job explore.01 of shard 1: failed: 1 of [0-9]+ lines of its output cannot be read'
