# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the scripts ci/test-*.sh begin with; they source it. It leaves them in the project's directory, with
#	BUILD FLAVOUR MAKE	the caller's, or the usual ones; BUILD is absolute
#	program			the program to test
#	dir			an empty directory that goes when the script ends
#	test_scenarios		a directory of scenarios that more than one script needs
set -u
cd "$(dirname "$0")/.." || exit 2
: "${BUILD:=build}" "${FLAVOUR:=release}" "${MAKE:=make}"
case "$BUILD" in /*) ;; *) BUILD=$PWD/$BUILD ;; esac

program_of() { # FLAVOUR
	if [ "$1" = release ]; then echo "$BUILD/release/rmaptorture"; else echo "$BUILD/$1/rmaptorture-$1"; fi
}

# shellcheck disable=SC2034 # for who sources this
program=$(program_of "$FLAVOUR")
# shellcheck disable=SC2034 # for who sources this
test_scenarios=$PWD/harness/tests/scenarios
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT

# One line for each test: what is wrong, or nothing.
result() { # NAME WHY-NOT
	if [ -z "$2" ]; then echo "ok $1"; else echo "not ok $1 - $2"; fi
}

# A run of the program, which leaves out and err in the current directory, and $status. Scripts that run it in another way have their own.
run() { # ARGUMENT...
	timeout 1200 "$program" "$@" >out 2>err </dev/null
	status=$?
}

# A run without a finding and without a failure, which leaves $dir/out and $dir/err.
clean() { # NAME COMMAND...
	name=$1
	shift
	timeout 1200 "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	result "$name" "$([ "$status" = 0 ] || echo "exit status $status: $(grep -m 1 FINDING "$dir/out" || tail -n 1 "$dir/err")")"
}

# Stress of $names without a finding and without a failure, which leaves $dir/out and $dir/err. Whether a few rounds on real threads reach
# every goal is not for it to say. With noise a thread sleeps most of the time, so six scenarios have their turn at once.
silent_stress() { # NAME COMMAND...
	silent=$1
	shift
	# shellcheck disable=SC2086,SC2154 # words; names are the caller's
	timeout 1200 "$@" --jobs 6 $names >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	result "$silent" "$(grep -m 1 -E '^FINDING|failed|died|interrupted' "$dir/out" || head -n 1 "$dir/err"
		case "$status" in 0 | 3) ;; *) echo "exit status $status" ;; esac)"
}

# Flavours that are built and looked at by the release flavour's tests.
release_only() { # NAME
	[ "$FLAVOUR" = release ] || { echo "ok $1 # SKIP it is tested with the release flavour"; exit 0; }
}

# Builds one, and leaves in $program which program that is. Tests that run at the same time build in the same place, one after the
# other. If it fails, that is said, and the test is over.
build() { # FLAVOUR
	# shellcheck disable=SC2034 # for who sources this
	program=$(program_of "$1")
	flock "$BUILD" "$MAKE" FLAVOUR="$1" BUILD="$BUILD" >"$dir/make" 2>&1 ||
		{ result "$1-builds" "$(grep -m 1 -E 'error|\*\*\*' "$dir/make")"; exit 0; }
	result "$1-builds" ""
}

# What a database of nights says, but times, memory, where files were, and how the nights were cut up: the same for the same nights.
dump_nights() { # FILE
	sqlite3 "$1" "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'shard' ORDER BY name" | while read -r table; do
		columns=$(sqlite3 "$1" "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info('$table') WHERE name NOT LIKE '%\_s'
			ESCAPE '\' AND name NOT IN ('began', 'ended', 'rss_kib', 'attempts', 'shard', 'shards')")
		echo "$table: $columns"
		sqlite3 "$1" "SELECT $columns FROM \"$table\"" | LC_ALL=C sort
	done | sed -e 's/"[^"]*\/artifacts\//"/g' -e 's/"[a-z0-9_]*_s":[-+.e0-9]*//g'
}
