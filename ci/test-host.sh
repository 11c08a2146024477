#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The model against the running kernel: they agree; a model that is wrong is told, with a small scenario that shows it.
. "$(dirname "$0")/lib.sh"
release_only host-conformance

judge=$BUILD/release/host-conformance
whole=$PWD/ci/host-conformance
cd "$dir" || exit 2

run() {
	timeout 1200 "$@" >out 2>err </dev/null
	status=$?
}

# value KEY FILE: of a key in JSON Lines.
value() {
	sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p' "$2" | head -n 1
}

# count OPERATION KEY
count() {
	sed -n 's/.*"'"$1"'":{[^}]*"'"$2"'":\([0-9]*\).*/\1/p' out
}

untimed() {
	sed -E 's/"[a-z_]*_(s|ns)":[-+0-9.eE]+,?//g' "$1"
}

run "$judge" --sequences 300 --seed 1 --format json
if [ "$status" = 4 ]; then
	echo "ok agrees # SKIP $(sed 's/^skipped: //' out)"
	exit 0
fi

# ---- they agree ----

cp out first
why=
if [ "$status" != 0 ]; then
	why="exit status $status: $(head -n 1 err) $(head -n 1 out)"
elif [ -s err ]; then
	why="prints on stderr: $(head -n 1 err)"
elif [ "$(value sequences out)" != 300 ] || [ "$(value agree out)" != 300 ]; then
	why="$(value agree out) of $(value sequences out)"
elif [ -e rmaptorture-artifacts ]; then
	why="leaves files"
fi
result agrees "$why"
why=
for pair in mm/results mmap/results munmap/results read/values read/segvs write/results write/segvs fork/results exit/results \
	reclaim/left_out; do
	[ "$(count "${pair%/*}" "${pair#*/}")" -gt 0 ] 2>/dev/null || why="$pair: $(count "${pair%/*}" "${pair#*/}")"
done
! grep -q '"mlock":true' out || [ "$(count mlock results)" -gt 0 ] || why="no mlock"
result compares-everything "$why"
run "$judge" --sequences 300 --seed 1 --format json --jobs 1
result same-seed-same-result "$([ "$(untimed first)" = "$(untimed out)" ] || echo "$(untimed first) and $(untimed out)")"
run "$judge" --sequences 300 --seed 2 --format json
result other-seed-other-result "$([ "$(count read values)" != "$(sed -n 's/.*"read":{"values":\([0-9]*\).*/\1/p' first)" ] || cat out)"

# ---- a wrong model ----

run "$judge" --sequences 300 --defect canary-cow --artifacts found --format json
small=$(value scenario out)
why=
if [ "$status" != 1 ]; then
	why="exit status $status: $(head -n 1 err) $(head -n 1 out)"
elif [ "$(value key out)" != "read: the model a number" ]; then
	why="another difference: $(head -n 1 out)"
elif [ ! -s "$small" ]; then
	why="no scenario: $(head -n 1 out)"
elif [ "$(value statements out)" -gt 12 ] || [ "$(value statements out)" -ge "$(value statements_before out)" ]; then
	why="from $(value statements_before out) to $(value statements out) statements"
fi
result differs "$why"
run "$judge" "$small"
result right-model-agrees-there "$([ "$status" = 0 ] || cat out err)"
run "$judge" "$small" --defect canary-cow --artifacts again
result wrong-model-differs-there "$([ "$status" = 1 ] && grep -q "^DIFFERENCE read: " out || cat out err)"
# It says what the kernel does, and is a scenario like any other.
run "$program" explore "$small" --executions 20
result scenario-clean "$([ "$status" = 0 ] || cat out err)"
run "$program" explore "$small" --executions 20 --defect canary-cow --artifacts found
result scenario-finds "$([ "$status" = 1 ] && grep -q '^FINDING O5/' out || cat out err)"

# ---- the script ----

BUILD=$BUILD ARTIFACTS=$dir/script run "$whole" 200 5
result script "$([ "$status" = 0 ] && [ "$(wc -l <out)" = 1 ] && grep -q ': 200 sequences, 200 agree; ' out || cat out err)"

# ---- Ctrl-C, and who is left ----

# In the process group of the session that has this number.
members() {
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | awk -v g="$1" '$3 == g' | wc -l
}

# shellcheck disable=SC2016 # for the inner shell
setsid sh -c 'echo $$ >group; exec "$0" --sequences 100000000 --format json' "$judge" >out 2>err </dev/null &
sleep 1
kill -INT "$(cat group)"
wait $!
result interrupted "$([ $? = 3 ] && grep -q '"interrupted":true' out || cat out err)"
sleep 0.2
result nobody-is-left "$([ "$(members "$(cat group)")" = 0 ] || echo "$(members "$(cat group)") processes")"

# ---- for another reverse map ----

printf 'scenario a\nprovider no-such-map\nsetup { mm P }\nthread t { P: exit }\n' >other.scn
run "$judge" other.scn
result nothing-to-do "$([ "$status" = 4 ] && grep -q '^skipped: ' out || echo "exit status $status: $(cat out err)")"

# ---- what is wrong with the command line, or with a file ----

refused() { # NAME WORDS ARGUMENT...
	name=$1 words=$2
	shift 2
	run "$judge" "$@"
	result "$name" "$([ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -qF -- "$words" err ||
		echo "exit status $status: $(cat err)")"
}
refused refuses-option "found '--no-such'" --no-such
refused refuses-no-value "--seed" --seed
refused refuses-defect "found 'no-such-bug'" --defect no-such-bug
refused refuses-provider "found 'no-such-map'" --provider no-such-map
refused refuses-number "found '-1'" --sequences -1
refused refuses-format "found 'xml'" --format xml
refused refuses-missing-file "no-such.scn" no-such.scn
printf 'scenario a\nsetup { mm P }\nthread t {\n\tfail_alloc 1\n}\n' >fail.scn
refused refuses-what-programs-cannot "fail.scn:4:2: expected an operation that programs can carry out, found 'fail_alloc'" fail.scn
printf 'scenario a\nsetup { mm P }\nthread t { drain }\nthread u { drain }\n' >two.scn
refused refuses-two-threads "two.scn:4:1: expected one thread" two.scn
exit 0
