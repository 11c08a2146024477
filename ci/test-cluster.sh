#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the files in ci/cluster start, and what becomes of its exit status, with a program in place of ours that tells both; and a small
# night in shards, with ours. That Slurm itself takes its files is for ci/test-slurm.
. "$(dirname "$0")/lib.sh"
release_only cluster

# It says how it was called, and ends with the status in the file $dir/status.K of its shard, or in $dir/status.
cat >"$dir/program" <<EOF
#!/bin/sh
echo "\$\$ \$*"
k=\$(echo "\$*" | sed -n 's/.*--shard \([0-9]*\).*/\1/p')
[ -z "\$k" ] || echo "\$k" >>$dir/shards
exit "\$(cat $dir/status.\$k 2>/dev/null || cat $dir/status)"
EOF
chmod +x "$dir/program"
echo 0 >"$dir/status"
export PROGRAM="$dir/program" NIGHTS="$dir/nights" JOBS=5
unset SEED NIGHT SHARDS NIGHT_OPTIONS AT_ONCE SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_MAX SLURM_ARRAY_TASK_COUNT

# does NAME STATUS PATTERN COMMAND...: its status, and a line in what it says, of both kinds.
does() {
	name=$1 expected=$2 pattern=$3
	shift 3
	"$@" >"$dir/out" 2>&1 </dev/null
	status=$?
	result "$name" "$([ "$status" = "$expected" ] && grep -qE -- "$pattern" "$dir/out" || echo "exit status $status: $(tail -n 1 "$dir/out")")"
}

for script in shard merge parallel slurm-shards slurm-merge; do
	result "parses-$script" "$(sh -n "ci/cluster/$script" 2>&1 | head -n 1)"
done

# ---- a shard ----

does shard 0 "^[0-9]+ nightly --shard 2/8 --night n-007 --seed 7 --jobs 5 --artifacts $dir/nights/n-007/2-of-8 --time 8h\$" \
	ci/cluster/shard 2 8 n-007
does seed 0 ' --seed 1 ' ci/cluster/shard 8 8 night
does own-seed 0 ' --seed 99 ' env SEED=99 ci/cluster/shard 1 1 n-007
does options 0 ' --plan a --executions 5$' env NIGHT_OPTIONS='--plan a --executions 5' ci/cluster/shard 1 1 n
does all-cpus 0 " --jobs $(nproc) " env JOBS= ci/cluster/shard 1 1 n
for status in 1 2 3 4; do
	echo $status >"$dir/status"
	does "shard-ends-with-$status" $status nightly ci/cluster/shard 1 2 n
done
echo 0 >"$dir/status"
does beyond-the-last 2 'expected K N NIGHT' ci/cluster/shard 3 2 n
does before-the-first 2 'expected K N NIGHT' ci/cluster/shard 0 2 n
does no-number 2 'expected K N NIGHT' ci/cluster/shard one 2 n
does no-name 2 'expected K N NIGHT' ci/cluster/shard 1 2 ''
does elsewhere 2 'expected K N NIGHT' ci/cluster/shard 1 2 ../n
# A signal that is sent to the shard is for the program: there is nothing between them.
ci/cluster/shard 1 1 n >"$dir/out" 2>&1 &
pid=$!
wait $pid
result is-the-program "$(grep -q "^$pid " "$dir/out" || echo "$pid, and the program says: $(cat "$dir/out")")"

# ---- merging ----

does merge-no-night 2 'expected a directory' ci/cluster/merge no-such-night
does merge-nothing 3 'nothing of any shard' ci/cluster/merge n
mkdir -p "$dir/nights/m/1-of-2/m" "$dir/nights/m/2-of-2/m/artifacts"
: >"$dir/nights/m/1-of-2/m/night.json"
: >"$dir/nights/m/2-of-2/m/night.json"
echo 3 >"$dir/status"
does merge 3 "merge --db $dir/nights/m/night.db $dir/nights/m/1-of-2/m $dir/nights/m/2-of-2/m\$" ci/cluster/merge m
echo 0 >"$dir/status"

# ---- the program itself: three shards come to what one does ----

cat >"$dir/plan" <<EOF
plan test "a small night"
group explore
    about "controlled schedules"
    flavour release
    providers anon-chain
    scenarios exit-vs-walk fork-chain migrate-vs-munmap mremap-vs-migrate
    executions 1000
    rate 3000
    chunk 1
    command explore {scenarios} --provider {provider}
EOF
# ours PART COMMAND...: with the program, and a directory of its own for the nights.
ours() {
	part=$1
	shift
	env PROGRAM="$program" NIGHTS="$dir/$part" NIGHT_OPTIONS="--plan $dir/plan" JOBS=2 timeout 300 "$@"
}
does first-shard 0 ': clean' ours parts ci/cluster/shard 1 3 small-7
does a-shard-is-missing 3 'shard 2 is missing' ours parts ci/cluster/merge small-7
does second-shard 0 ': clean' ours parts ci/cluster/shard 2 3 small-7
does third-shard 0 ': clean' ours parts ci/cluster/shard 3 3 small-7
does second-shard-again 0 ': clean' ours parts ci/cluster/shard 2 3 small-7
does all-shards 0 '3 of 3 shards, .*: clean' ours parts ci/cluster/merge small-7
does in-one-piece 0 ': clean' ours whole ci/cluster/shard 1 1 small-7
does in-one-piece-too 0 '1 of 1 shards, .*: clean' ours whole ci/cluster/merge small-7
dump_nights "$dir/parts/small-7/night.db" >"$dir/parts.txt"
dump_nights "$dir/whole/small-7/night.db" >"$dir/whole.txt"
result nothing-lost-nothing-twice "$([ "$(grep -c '"type":"explore"' "$dir/whole.txt")" = 4 ] || echo "not 4 records;"
	diff "$dir/parts.txt" "$dir/whole.txt" 2>&1 | sed -n 2p | cut -c 1-200)"
# A finding makes its own shard red, and the night; what a shard has not found is none of its business.
sed -i 's/{provider}$/& --defect Z11-mapped/' "$dir/plan"
ours found ci/cluster/shard 1 4 found-7 >"$dir/1" 2>&1
statuses=$?
for k in 2 3 4; do
	ours found ci/cluster/shard $k 4 found-7 >"$dir/1" 2>&1
	statuses="$statuses $?"
done
result one-shard-finds-it "$(case "$statuses" in *1*) ;; *) echo "they end with $statuses"; tail -n 1 "$dir/1" ;; esac)"
result others-do-not "$(case "$statuses" in *0*) ;; *) echo "they end with $statuses"; tail -n 1 "$dir/1" ;; esac)"
does merged-finds-it 1 '4 of 4 shards, .*: findings' ours found ci/cluster/merge found-7

# ---- Slurm ----

task() { # NAME STATUS PATTERN MIN MAX COUNT ID VARIABLE=VALUE...
	name=$1 expected=$2 pattern=$3
	set -- "$@" SLURM_ARRAY_TASK_MIN="$4" SLURM_ARRAY_TASK_MAX="$5" SLURM_ARRAY_TASK_COUNT="$6" SLURM_ARRAY_TASK_ID="$7"
	shift 7
	does "$name" "$expected" "$pattern" env SLURM_SUBMIT_DIR="$PWD" SLURM_ARRAY_JOB_ID=4711 "$@" ci/cluster/slurm-shards
}
task slurm-task 0 ' --shard 3/8 --night slurm-4711 --seed 4711 ' 1 8 8 3
task slurm-one-again 0 ' --shard 3/8 --night slurm-9 --seed 9 ' 3 3 1 3 SHARDS=8 NIGHT=slurm-9
task slurm-from-0 2 'expected --array=1-N' 0 7 8 3
task slurm-gaps 2 'expected --array=1-N' 1 8 4 3
does slurm-merge 0 "merge --db $dir/nights/m/night.db" env SLURM_SUBMIT_DIR="$PWD" NIGHT=m ci/cluster/slurm-merge

# ---- Kubernetes ----

# The script of a container, and values of the file.
script_of() { sed -n "s/^ *command: \[\"sh\", \"-c\", '\(.*\)'\]\$/\1/p" "$1"; }
number() { sed -n "s/^ *$1: \([0-9]*\)\$/\1/p" ci/cluster/kubernetes.yaml; }
after() { sed -n "/- name: $1\$/{n;s/^ *value: \"*\([^\"]*\)\"*\$/\1/p}" "$2"; }
shards=$(after SHARDS ci/cluster/kubernetes.yaml)
night=$(after NIGHT ci/cluster/kubernetes.yaml)
does kubernetes-first 0 " --shard 1/$shards --night $night " env JOB_COMPLETION_INDEX=0 SHARDS="$shards" NIGHT="$night" \
	sh -c "$(script_of ci/cluster/kubernetes.yaml)"
does kubernetes-last 0 " --shard $shards/$shards " env JOB_COMPLETION_INDEX=$((shards - 1)) SHARDS="$shards" NIGHT="$night" \
	sh -c "$(script_of ci/cluster/kubernetes.yaml)"
result kubernetes-one-number "$([ "$(number completions) $(number parallelism)" = "$shards $shards" ] || echo "SHARDS is $shards")"
result kubernetes-one-night "$([ "$(after NIGHT ci/cluster/kubernetes-merge.yaml)" = "$night" ] || echo "one is $night")"
result kubernetes-tries-no-finding-again "$(grep -A 4 'action: FailIndex' ci/cluster/kubernetes.yaml |
	grep -qxF '          values: [1, 2, 4]' ||
	echo "FailIndex is not for 1, 2 and 4")"
does kubernetes-merge 0 "merge --db $dir/nights/m/night.db" env NIGHT=m sh -c "$(script_of ci/cluster/kubernetes-merge.yaml)"

# ---- GitHub ----

# Its expressions are put in as GitHub does.
step() {
	sed -n "s|^        run: \(ci/cluster/$1.*\)|\1|p" ci/cluster/github.yml |
		sed 's/\${{ matrix.shard }}/4/; s/\${{ strategy.job-total }}/8/'
}
does github-shard 0 ' --shard 4/8 --night github-5 --seed 5 ' env NIGHT=github-5 sh -c "$(step shard)"
does github-merge 0 "merge --db $dir/nights/m/night.db" env NIGHT=m sh -c "$(step merge)"
result github-goes-on "$(grep -qx '      fail-fast: false' ci/cluster/github.yml || echo "a red shard ends the others")"

# ---- GNU parallel ----

does parallel-usage 2 'expected N NIGHT' ci/cluster/parallel 0 p
if ! command -v parallel >/dev/null; then
	echo "ok parallel # SKIP GNU parallel is not installed"
	exit 0
fi
# What has findings or was skipped is done; what was cut short is not.
mkdir -p "$dir/nights/p/2-of-4"
: >"$dir/nights/p/2-of-4/night.json"
echo 1 >"$dir/status.1"
echo 3 >"$dir/status.2"
echo 4 >"$dir/status.3"
: >"$dir/shards"
does parallel 0 'merge --db' ci/cluster/parallel 4 p
result parallel-all "$([ "$(sort "$dir/shards" | tr '\n' ' ')" = "1 2 3 4 " ] || sort "$dir/shards" | tr '\n' ' ')"
result parallel-tells "$(grep -q 'not all shards came to their end' "$dir/out" || cat "$dir/out")"
: >"$dir/shards"
echo 0 >"$dir/status.2"
does parallel-again 0 'merge --db' ci/cluster/parallel 4 p
result parallel-what-was-cut-short "$([ "$(tr '\n' ' ' <"$dir/shards")" = "2 " ] || echo "did $(tr '\n' ' ' <"$dir/shards")")"
exit 0
