#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tables "function there | here | reached by" of core/README.md: each function named as a counterpart is one of the file before it,
# and a scenario of its row executes it; no scenario is named in vain. Then copies that are wrong, each in one way.
# shellcheck disable=SC2016 # the backquotes in single quotes are those of the document
. "$(dirname "$0")/lib.sh"
release_only functions
command -v gcov >/dev/null || { echo "ok functions # SKIP there is no gcov"; exit 0; }

build coverage
objects=$BUILD/coverage/obj/core

# rows DOCUMENT: "LINE FILE:FUNCTION ..|SCENARIO .." for each row that has a counterpart; "LINE not yet" for one that has none yet;
# "LINE wrong" for one that says neither that, nor why.
rows() {
	awk -F'|' '
	/^\| function there \|/	{ table = 1; next }
	!/^\|/			{ table = 0 }
	!table || /^\| ---/	{ next }
	{
		file = functions = scenarios = ""
		n = split($3, part, "`")
		for (i = 2; i <= n; i += 2) {
			if (part[i] ~ /\.[ch]$/) file = part[i]
			else functions = functions " " file ":" part[i]
		}
		n = split($4, part, "`")
		for (i = 2; i <= n; i += 2) scenarios = scenarios " " part[i]
		if (functions != "" && scenarios != "") print NR functions "|" scenarios
		else if ($3 ~ /^ not yet: /) print NR " not yet"
		else if ($3 !~ /^ none: /) print NR " wrong"
	}' "$1"
}

# Which functions a scenario executes: "FILE:FUNCTION" for each, in $dir/reached.NAME; and all there are, in $dir/functions.
reach() { # NAME
	find "$objects" -name '*.gcda' -exec rm {} +
	timeout 1200 "$program" explore "$1" --provider anon-chain,anon-list,pte-chain --executions 1000 >"$dir/out" 2>&1 </dev/null
	[ $? -lt 4 ] || echo "not ok scenario-$1 - $(tail -n 1 "$dir/out")"
	# As JSON, in which a file comes after its functions; all objects at once, since each call takes longer than what it tells.
	(cd "$objects" && find . -name '*.gcda' -exec gcov --json-format --stdout {} + 2>"$dir/gcov") | tr '{}' '\n\n' | awk '
	function value(key) {
		return match($0, "\"" key "\": [^,]*") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 4) : ""
	}
	/"execution_count": /	{ name[++n] = value("name"); count[n] = value("execution_count") }
	/"file": /		{
		file = value("file")
		gsub(/"|^.*core\//, "", file)
		for (i = 1; i <= n; i++) {
			gsub(/"/, "", name[i])
			print file ":" name[i], (count[i] > 0)
		}
		n = 0
	}' >"$dir/gcov.$1"
	sed -n 's/ 1$//p' "$dir/gcov.$1" >"$dir/reached.$1"
	sed 's/ [01]$//' "$dir/gcov.$1" >>"$dir/functions"
}

# judge DOCUMENT: one line for each thing that is not so.
judge() {
	rows "$1" | while IFS='|' read -r functions scenarios; do
		line=${functions%% *}
		functions=${functions#* }
		case "$functions" in
		"not yet") continue ;;
		wrong) echo "line $line: expected functions and scenarios, 'not yet:' or 'none:'"; continue ;;
		esac
		for function in $functions; do
			grep -qxF "$function" "$dir/functions" || { echo "line $line: there is no $function"; continue; }
			for scenario in $scenarios; do
				! grep -qxF "$function" "$dir/reached.$scenario" 2>"$dir/err" || continue 2
			done
			echo "line $line: $function is not reached by$scenarios"
		done
		for scenario in $scenarios; do
			for function in $functions; do
				! grep -qxF "$function" "$dir/reached.$scenario" 2>"$dir/err" || continue 2
			done
			echo "line $line: $scenario reaches none of it"
		done
	done
}

document=core/README.md
rows "$document" >"$dir/rows"
for name in $(sed -n 's/.*|//p' "$dir/rows" | tr ' ' '\n' | sort -u); do
	reach "$name"
done
result rows "$([ "$(grep -c '|' "$dir/rows")" -ge 55 ] || echo "only $(grep -c '|' "$dir/rows") rows have a counterpart")"
result as-they-say "$(judge "$document" | head -n 5 | tr '\n' ';')"
grep ' not yet$' "$dir/rows" | while read -r line _; do
	echo "ok row-$line # SKIP $(sed -n "${line}s/^| *\([^|]*[^| ]\) *|[^|]*\(not yet[^|]*[^| ]\) *|.*/\1: \2/p" "$document")"
done

# wrong NAME SED-SCRIPT PATTERN: a copy that is changed so is found out, with the line.
wrong() {
	sed "$2" "$document" >"$dir/$1.md"
	cmp -s "$dir/$1.md" "$document" && { result "$1" "the document has nothing to change"; return; }
	judge "$dir/$1.md" >"$dir/said"
	result "$1" "$([ "$(wc -l <"$dir/said")" = 1 ] && grep -qE "^line [0-9]+: $3\$" "$dir/said" || head -n 2 "$dir/said" | tr '\n' ';')"
}
wrong unknown-function '/^| `anon_vma_fork`/s/`fork_link`/`fork_lint`/' 'there is no rmap/anon-chain/anon_vma\.c:fork_lint'
wrong wrong-file '/^| `anon_vma_fork`/s/anon_vma\.c`: /lookup.c`: `lock_fast`; `unmap.c`: /;/^| `anon_vma_fork`/s/`anon_vma_fork`, `fork_link` |/`zap_file` |/' \
	'unmap\.c:zap_file is not reached by .*'
wrong not-reached '/^| `page_move_anon_rmap`/s/`cow-twice`/`small-fault-twice`, `cow-twice`/' 'small-fault-twice reaches none of it'
wrong unknown-scenario '/^| `page_move_anon_rmap`/s/`cow-twice`/`cow-twice`, `cow-thrice`/' 'cow-thrice reaches none of it'
wrong empty '/^| `stable_node_dup`/s/none: [^|]*//' "expected functions and scenarios, 'not yet:' or 'none:'"
