# SPDX-License-Identifier: GPL-2.0-only
# What JSON Lines say, told apart by ci/json-keys.c: "MARK TYPE" for each object that has a verdict by harness/cli/FORMATS.md, in the words
# of that page and not of the program's table.
function mark(	m) {
	m = "pass"
	if (type ~ /^(explore|verify|stress|fuzz)$/) {
		if (v["interrupted"] == "true" || v["claim"] == "\"incomplete\"" || (v["goals_missed"] > 0 && v["goals_judged"] != "false"))
			m = "error"
		if ("error" in v) m = "error"
		if (v["findings"] > 0) m = "fail"
	} else if (type == "replay") {
		if (v["findings"] > 0) m = "fail"
		if ("error" in v) m = "error"
	} else if (type ~ /^(fuzz-finding|minimised|lockdoc-finding|lockdoc-diff|lockdoc-tree-undocumented)$/) {
		m = "fail"
	} else if (type == "not-for") {
		m = "skip"
	} else if (type == "canary") {
		if (v["found"] != "true") m = "error"
	} else if (type == "hunt") {
		if (v["found"] + 0 != v["seeds"] + 0) m = "error"
	} else if (type == "lockdoc") {
		if (v["undocumented"] > 0) m = "error"
		if (v["contradicted"] > 0) m = "fail"
	} else if (type ~ /^lockdoc-(check|ingest)$/) {
		if (v["findings"] > 0) m = "fail"
	} else if (type == "lockdoc-compared") {
		if (v["only_a"] + v["only_b"] + v["reversed"] > 0) m = "fail"
	} else if (type == "lockdoc-verdict") {
		if (v["kind"] ~ /"(PIN-)?NEVER"/) m = "error"
		else if (v["kind"] == "\"WAIVED\"" || "follows" in v) m = "skip"
		else if (v["kind"] !~ /"(OK|OK-SKIP|TRY|CTX|PIN-OK)"/) m = "fail"
	} else if (type == "data-rules") {
		if (v["observed"] == "false") m = "skip"
	} else if (type == "bench") {
		if (v["over"] == "true") m = "fail"
	} else if (type ~ /^(job|missing)$/) {
		if (v["findings"] > 0) m = "fail"
		if (v["state"] != "\"done\"") m = v["state"] == "\"skipped\"" ? "skip" : "error"
	} else if (type == "night-finding") {
		if (v["known"] != "\"known\"") m = "fail"
	} else if (type ~ /^(night-verdict|merged-night|compared-nights|report)$/) {
		if (v["status"] > 0) m = v["status"] == 1 ? "fail" : "error"
	} else if (type == "compared") {
		if (v["worse"] == "true") m = "fail"
	} else if (type == "doctor") {
		if (v["health"] == "\"BAD\"") m = "skip"
	} else {
		return
	}
	print m, type
}
BEGIN { FS = "\t" }
$1 != line { if (line) mark(); split("", v); line = $1; type = $2 }
{ v[$3] = $5 }
END { if (line) mark() }
