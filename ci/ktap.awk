# SPDX-License-Identifier: GPL-2.0-only
# Is it KTAP, strictly, as harness/cli/ktap.c means to write it? Prints "MARK NAME" for each subtest and for the whole, MARK being pass,
# fail, error or skip; or "bad: line N: WHY", and nothing else is to be relied on then.
function bad(why) { if (!broken) print "bad: line " NR ": " why; broken = 1; exit }

# A result line without its indentation, into mark, name and number.
function result(line,	why) {
	if (line !~ /^(ok|not ok) [1-9][0-9]* [^ #]+( # .+)?$/)
		bad("no result: " line)
	mark = line ~ /^ok/ ? "pass" : "fail"
	sub(/^(not )?ok /, "", line)
	number = line + 0
	sub(/^[0-9]+ /, "", line)
	name = line
	sub(/ .*/, "", name)
	why = substr(line, length(name) + 4)
	if (why ~ / # /)
		bad("two directives")
	if (why ~ /^SKIP( |$)/ && mark == "pass")
		mark = "skip"
	else if (why ~ /^ERROR( |$)/ && mark == "fail")
		mark = "error"
	else if (why ~ /^(SKIP|ERROR|TIMEOUT|XFAIL|TODO)/ || (mark == "pass" && why != ""))
		bad("directive of another result: " why)
}

ended { bad("something behind the end") }
/[\001-\010\013-\037\177]/ { bad("a control character") }
NR == 1 { if ($0 != "KTAP version 1") bad("no version"); next }
NR == 2 { if ($0 != "1..1") bad("no plan of one"); next }
NR == 3 { if ($0 != "  KTAP version 1") bad("no version of the subtests"); next }
NR == 4 { if ($0 !~ /^  # Subtest: [^ #]+$/) bad("no subtest"); subtest = $3; next }
/^  #( |$)/ { next }
/^  1\.\.[1-9][0-9]*$/ { if (planned || tests) bad("a second plan, or a late one"); planned = substr($1, 4) + 0; next }
/^  (ok|not ok)/ {
	result(substr($0, 3))
	if (!planned) bad("no plan before it")
	if (number != ++tests) bad("number " number ", not " tests)
	if (name in seen) bad("a second " name)
	if (name !~ /^[A-Za-z0-9._\/:<>=+-]+$/) bad("a strange name: " name)
	seen[name] = 1
	fails += mark == "fail" || mark == "error"
	print mark, name
	next
}
/^(ok|not ok)/ {
	result($0)
	if (name != subtest) bad(name " is not " subtest)
	if (number != 1 || planned != tests) bad(tests " subtests, planned " planned)
	if ((mark == "pass" || mark == "skip") != !fails) bad("says " mark " of " fails " that are not ok")
	print mark, name
	ended = 1
	next
}
{ bad("no such line: " $0) }
END { if (!broken && !ended) print "bad: no end" }
