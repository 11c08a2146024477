# SPDX-License-Identifier: GPL-2.0-only
# Is each key of each type in harness/cli/FORMATS.md, and the other way round?
#	awk -f ci/documented.awk -v never=FILE harness/cli/FORMATS.md KEYS
# KEYS is what ci/json-keys.c prints of many runs, their objects numbered through; in FILE are types, and keys "TYPE KEY", that those
# runs do not come to.
# Prints what is wrong, a line each.
function describe(t, key, optional) {
	doc[t, key] = 1
	if (!optional && key !~ /[.*\[]/)
		needed[t, key] = 1
}
function known(t, key) {
	if ((t, key) in doc)
		return key
	while (sub(/\.[^.]*$/, "", key))
		if ((t, key ".*") in doc)
			return key ".*"
	return ""
}
function check(	pair, part) {
	for (pair in needed) {
		split(pair, part, SUBSEP)
		if (part[1] == type && !(part[2] in has))
			complain(type " without " part[2])
	}
}
function complain(what) { if (!told[what]++) print what }

BEGIN { while ((getline line < never) > 0) excused[line] = 1; FS = "\t" }
FNR == 1 { file++ }
file == 1 && /^### / { heading = $0; sub(/^### /, "", heading); gsub(/[`,*]/, "", heading); nr = split(heading, types, " "); next }
file == 1 && /^## / { nr = 0; next }
file == 1 && nr && /^\| [`*]/ {
	split($0, cell, " *\\| *")
	optional = cell[3] ~ /^may be absent/
	keys = split(cell[2], key, ", *")
	for (i = 1; i <= keys; i++)
		for (t = 1; t <= nr; t++) {
			if (key[i] ~ /^\*/) {
				name = key[i]
				gsub(/\*/, "", name)
				for (pair in doc) {
					split(pair, part, SUBSEP)
					if (part[1] == name)
						describe(types[t], part[2], optional || !((name, part[2]) in needed))
				}
			} else {
				name = key[i]
				gsub(/`/, "", name)
				describe(types[t], name, optional)
			}
		}
	for (t = 1; t <= nr; t++)
		there[types[t]] = 1
	next
}
file == 1 { next }
$1 != object { if (object) check(); split("", has); object = $1; type = $2; seen_type[type] = 1 }
{
	has[$3] = 1
	if ($3 != "type") {
		k = known(type, $3)
		if (k == "") complain(type ": " $3 " is not documented")
		else seen[type, k] = 1
	}
}
END {
	if (object) check()
	for (pair in doc) {
		split(pair, part, SUBSEP)
		if (part[1] ~ /^(finding|campaign|rows|arc)$/ || part[1] in excused || (part[1] " " part[2]) in excused)
			continue
		if (!(pair in seen)) complain(part[1] ": " part[2] " was never seen")
	}
}
