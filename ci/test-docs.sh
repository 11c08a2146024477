#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every command that documents show is run, each document's in a directory of its own, and what they show of its output is printed: with
# other numbers, perhaps. How a block is marked that is not run, or that ends with another status: ci/docs.awk. Links lead somewhere, and
# commands within sentences have the options that they are shown with.
. "$(dirname "$0")/lib.sh"

release_only docs
tree=$PWD
documents=$(git ls-files -co --exclude-standard '*.md' 'harness/manual/*.mdoc' 2>/dev/null) && [ -n "$documents" ] ||
	documents=$(find . -path ./build -prune -o \( -name '*.md' -o -name '*.mdoc' \) -print | sed 's|^\./||')
documents=$(for d in $documents; do [ ! -f "$d" ] || [ "$d" = LOCKING.md ] || echo "$d"; done)

mkdir "$dir/blocks" "$dir/bin"
# shellcheck disable=SC2086 # a list
awk -v out="$dir/blocks" -f ci/docs.awk $documents || exit 2

# What documents call by its name is what was built; make works in the tree, one after the other.
ln -s "$program" "$dir/bin/rmaptorture"
printf '#!/bin/sh\nPATH="%s" exec flock "%s" "%s" -C "%s" BUILD="%s" "$@"\n' "$PATH" "$BUILD" "$MAKE" "$tree" "$BUILD" >"$dir/bin/make"
chmod +x "$dir/bin/make"
PATH=$dir/bin:$PATH
export PATH

# Numbers, and words of hexadecimal digits, may be others, and so may be on which side of its limit one is; columns may be wider.
masked() {
	sed -E -e 's/[0-9a-f]{8,}/N/g' -e 's/[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?/N/g' -e 's/(^| )-( |$)/\1N\2/g' \
		-e 's/[ \t]+/ /g' -e 's/ $//' -e 's/ over N/ of N/g'
}

scratch_of() { # DOCUMENT: manual pages go on where the README ends
	case "$1" in *.mdoc) set -- README.md ;; esac
	scratch=$dir/in/$(echo "$1" | tr / _)
	[ -d "$scratch" ] || {
		mkdir -p "$scratch"
		ln -s "$BUILD" "$scratch/build"
		ln -s "$tree/scenarios" "$tree/LOCKING.md" "$tree/harness" "$tree/ci" "$scratch"
	}
}

# The lines of shown that out has not got; a line that ends with "..." need only begin so, and "..." stands for any.
lacks() {
	masked <out >out.masked
	masked <shown | grep -vE '^ *\.\.\.$|^$' | while IFS= read -r line; do
		case "$line" in
		*...)	awk -v "b=${line%...}" 'index($0, b) == 1 { found = 1 } END { exit !found }' out.masked ;;
		*)	grep -qxF -- "$line" out.masked ;;
		esac || { echo "$line"; break; }
	done
}

nr=0
# try COMMAND: one, with what is shown of its output in the file shown.
try() {
	nr=$((nr + 1))
	allowed=0
	! grep -q '^FINDING ' shown || allowed=1
	case "$directive" in "status "*) allowed=${directive#status } ;; esac
	timeout 300 sh -c "$1" >out 2>&1 </dev/null
	status=$?

	why=
	case " $allowed " in
	*" $status "*) lacking=$(lacks); [ -z "$lacking" ] || why="prints no line '$lacking'" ;;
	*) why="exit status $status: $(tail -n 1 out)" ;;
	esac
	[ -z "$why" ] || echo "$document:$line: $1: $why" | tee -a "$dir/wrong" | sed "s/^/# /"
}

# One block: its body on standard input.
block() {
	command=
	: >shown
	while IFS= read -r text || [ -n "$text" ]; do
		case "$kind:$text" in
		sh:'' | sh:'#'*) ;;
		sh:*) try "${text%% \#*}" ;;
		"console:\$ "*)
			[ -z "$command" ] || try "$command"
			: >shown
			command=${text#"$ "} ;;
		*)	printf '%s\n' "$text" >>shown ;;
		esac
	done
	[ -z "$command" ] || try "$command"
}

: >"$dir/wrong" >"$dir/skipped" >"$dir/unmarked"
for file in "$dir"/blocks/*; do
	IFS='	' read -r document line kind directive <"$file"
	scratch_of "$document"
	cd "$scratch" || exit 2
	tail -n +2 "$file" >"$dir/body"
	case "$kind:$directive" in
	text:"file "*) cp "$dir/body" "${directive#file }" ;;
	text:*)	! grep -qE '^(\$ |(build/[a-z]*/)?rmaptorture[a-z-]* [a-z]|make( |$)|ci/[a-z-]+( |$))' "$dir/body" || echo "$document:$line" >>"$dir/unmarked" ;;
	*:"skip "?*) echo "# not run: $document:$line: ${directive#skip }" >>"$dir/skipped" ;;
	*:"status "* | *:) block <"$dir/body" ;;
	*)	echo "$document:$line: a directive that is none: $directive" >>"$dir/wrong" ;;
	esac
done
cd "$tree" || exit 2

sort "$dir/skipped"
echo "# $nr commands run; $(wc -l <"$dir/skipped") blocks not run"
result commands-of-documents "$(head -n 5 "$dir/wrong" | tr '\n' ';')"
result blocks-are-marked "$(head -n 5 "$dir/unmarked" | tr '\n' ' ')"
result some-are-run "$([ "$nr" -ge 30 ] || echo "only $nr")"

# --- Within sentences: the command is there, and has these options. ---

for c in $("$program" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p'); do
	echo "$c --help"
	"$program" "$c" --help | sed -nE 's/^  (-.)?,? *(--[a-z-]+).*/\1 \2/p' | tr ' ' '\n' | grep . | sed "s/^/$c /"
done >"$dir/known"
# shellcheck disable=SC2046,SC2086 # a list
awk -v known="$dir/known" '
	BEGIN { while ((getline row <known) > 0) { has[row]; split(row, w, " "); command[w[1]] } }
	FNR == 1 { fenced = 0 }
	/^ *```/ { fenced = !fenced }
	fenced { next }
	{	rest = $0
		while (match(rest, /`rmaptorture [a-z][^`]*`/)) {
			n = split(substr(rest, RSTART + 1, RLENGTH - 2), word, " ")
			rest = substr(rest, RSTART + RLENGTH)
			if (!(word[2] in command)) print FILENAME ":" FNR ": rmaptorture " word[2]
			for (i = 3; i <= n; i++) {
				sub(/=.*/, "", word[i])
				if (word[i] ~ /^-[a-z-]+$/ && !(word[2] " " word[i] in has)) print FILENAME ":" FNR ": " word[2] " " word[i]
			}
		}
	}' $(echo "$documents" | grep '\.md$') >"$dir/wrong"
result commands-in-sentences "$(head -n 5 "$dir/wrong" | tr '\n' ';')"

# --- Links to files of the tree, and to headings of the same document. ---

for document in $(echo "$documents" | grep '\.md$') LOCKING.md; do
	awk '/^ *```/ { fenced = !fenced } !fenced' "$document" | grep -oE '\]\([^)# ]+' | cut -c 3- | while read -r target; do
		case "$target" in *://*) ;; *) [ -e "$(dirname "$document")/$target" ] || echo "$document: $target" ;; esac
	done
	sed -nE 's/^#+ (.*)/\1/p' "$document" | tr '[:upper:]' '[:lower:]' | tr -d '`.,:?()/' | tr ' ' - >"$dir/headings"
	grep -oE '\]\(#[^)]+' "$document" | cut -c 4- | while read -r anchor; do
		grep -qxF -- "$anchor" "$dir/headings" || echo "$document: #$anchor"
	done
done >"$dir/wrong"
result links-lead-somewhere "$(head -n 5 "$dir/wrong" | tr '\n' ';')"
# Characters, and not bytes.
result readme-is-short "$(LC_ALL=C awk '{ gsub(/[\200-\277]/, "") } length($0) > 140 { print FNR ": long" } END { if (NR > 600) print NR " lines" }' README.md | head -n 1)"
exit 0
