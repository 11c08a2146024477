# SPDX-License-Identifier: GPL-2.0-only
# Takes the commands out of documents, for ci/test-docs.sh: of fenced blocks (Markdown) and of examples (manual pages). -v out=DIRECTORY.
# A block becomes DIRECTORY/NNN: its first line has document, line, kind and directive, with tabs between them; the rest is its body. Kinds:
#	sh	a command on each line
#	console	commands behind "$ ", and what they print
#	text	any other block
# Directive: what a comment right before the block says: <!-- test: skip WHY -->, <!-- test: status 0 1 -->, <!-- test: file NAME -->;
# in manual pages .\" test: ...
function begin(kind) {
	file = sprintf("%s/%03d", out, ++nr)
	printf "%s\t%d\t%s\t%s\n", FILENAME, FNR, kind, directive >file
}

FNR == 1 { within = page = 0; directive = "" }
FILENAME ~ /\.mdoc$/ {
	if (/^\.\\" test: /) { directive = substr($0, 11); next }
	if (/^\.Dl /) {
		if (!page) begin("console")
		page = 1
		print substr($0, 5) >file
	} else if (page) {
		page = 0
		directive = ""
		close(file)
	}
	next
}
!within && /^ *<!-- test: .* -->$/ { directive = $0; sub(/^ *<!-- test: /, "", directive); sub(/ -->$/, "", directive); next }
/^ *````*/ && !within {
	fence = $0
	sub(/[^ `].*/, "", fence)
	language = substr($0, length(fence) + 1)
	begin(language == "sh" || language == "console" ? language : "text")
	within = 1
	next
}
within && $0 == fence { within = 0; directive = ""; close(file); next }
within { print >file; next }
/[^ ]/ { directive = "" }
