#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The report on nights that were run: small ones, three of them, put together as harness/results/README.md says; its text, its pages,
# and how a browser sees them.
. "$(dirname "$0")/lib.sh"
release_only report

here=$PWD
cd "$dir" || exit 2
mkdir nights

# A JSON array of words that hold nothing to be escaped.
words() {
	list=
	for word; do list="$list${list:+,}\"$word\""; done
	echo "[$list]"
}

said() { # KEY of --version
	"$program" --version | sed -n "s/^$1 *//p"
}
commit=$(said commit) model=$(said model)
build="{\"flavour\":\"release\",\"version\":\"0.1\",\"commit\":\"$commit\",\"model\":\"$model\",\"compiler\":\"$(said compiler)\""
build="$build,\"flags\":\"$(said flags)\"}"

# night NAME BEGAN SHARDS JOB...: the one that job adds to.
night() {
	at=nights/$1 night=$1 began=$2 shards=$3
	shift 3
	mkdir -p "$at/jobs" "$at/artifacts"
	jobs=
	for job; do jobs="$jobs${jobs:+,}{\"job\":\"$job\",\"group\":\"${job%%.*}\",\"flavour\":\"release\",\"shard\":1}"; done
	cat >"$at/night.json" <<-END
	{"type":"night","v":1,"night":"$night","plan":"small","plan_hash":"0123456789abcdef","seed":7,"bound":"executions","time_s":0,
	"defects":[],"commit":"$commit","model":"$model","version":"0.1","shard":1,"shards":$shards,"began":"$began","jobs":[$jobs]}
	END
	echo '[]' >"$at/known.json"
}

known() { # SIGNATURE EXPIRES
	echo "[{\"signature\":\"$1\",\"owner\":\"mm@example.org\",\"reason\":\"it is being mended\",\"expires\":\"$2\"}]" >"$at/known.json"
}

# replays JOB: what its findings left, moved, replayed and traced.
replays() {
	sed -n 's/.*"signature":"\([^"]*\)".*"replay":"\([^"]*\)".*/\1 \2/p' "$at/jobs/$1.jsonl" | sort -u | while read -r signature replay; do
		[ -n "$replay" ] || continue
		name=${replay##*/}
		mv "$replay" "$at/artifacts/" || continue
		timeout 600 "$program" replay "$at/artifacts/$name" --trace "$at/artifacts/$name.json" >/dev/null 2>&1 </dev/null
		echo "{\"signature\":\"$signature\",\"replay\":\"artifacts/$name\",\"trace\":\"artifacts/$name.json\",\"same_steps\":true,\"same_finding\":true}"
	done | paste -s -d , -
}

# job NAME PROVIDER COMMAND...: run it as a job of the night.
job() {
	name=$1 provider=$2
	shift 2
	timeout 1200 "$program" "$@" --format json >"$at/jobs/$name.jsonl" 2>"$at/jobs/$name.err" </dev/null
	status=$?
	record "$name" "$provider" "$(words "$@" --format json)" done $status "" "$(replays "$name")"
}

# record NAME PROVIDER COMMAND STATE STATUS WHY REPLAYS: how a job ended.
record() {
	cat >"$at/jobs/$1.json" <<-END
	{"type":"job","v":1,"job":"$1","group":"${1%%.*}","flavour":"release","provider":"$2","command":$3,"seed":7,"shard":1,"attempts":1,
	"state":"$4","status":$5,"why":"$6","began":"$began","elapsed_s":1.5,"cpu_s":2.25,"rss_kib":20480,"build":$build,"replays":[$7]}
	END
}

explored='fork-vs-reclaim exit-vs-walk cow-twice munmap-vs-reclaim exit-family'
# shellcheck disable=SC2086 # lists of words
ordinary() { # EXECUTIONS
	job explore.anon-chain.01 anon-chain explore $explored --provider anon-chain --executions "$1" --seed 7
	job explore.anon-list.01 anon-list explore $explored --provider anon-list --executions "$1" --seed 7
	job verify.01 "" verify fork-vs-reclaim munmap-vs-reclaim --preemptions 0
	job stress.01 "" stress fork-vs-reclaim cow-twice --executions 60
	job hunt.anon-chain.01 anon-chain hunt Z10e Z13 --seeds 3 --schedules 40
	job bench.01 "" bench eq3-random validator
}

plan='explore.anon-chain.01 explore.anon-list.01 verify.01 stress.01 hunt.anon-chain.01 bench.01'
# shellcheck disable=SC2086 # lists of words
{
	night 2026-01-01 2026-01-01T22:00:00Z 1 $plan explore.vain.01
	ordinary 200
	printf 'scenario in-vain\ngoal swap-in\nsetup { mm P   P: a = mmap anon 1 }\nthread t { P: write a[0] = 1 }\n' >in-vain.scn
	job explore.vain.01 anon-chain explore ./in-vain.scn --executions 20
	night 2026-01-02 2026-01-02T22:00:00Z 1 $plan explore.broken.01 explore.broken.02
	ordinary 400
	job explore.broken.01 anon-chain explore exit-vs-walk --defect Z10e --seed 3 --executions 40000
	job explore.broken.02 anon-chain explore exit-family --defect Z13 --executions 60000
	night 2026-01-03 2026-01-03T22:00:00Z 2 $plan lockdoc.01 explore.broken.01 explore.broken.02 explore.dead.01 explore.short.01 explore.lost.01
	known O6/sleep-in-atomic:RCU:anon_vma_free 2026-12-31
	ordinary 800
	job lockdoc.01 "" lockdoc check --executions 3
	job explore.broken.01 anon-chain explore exit-vs-walk --defect Z10e --seed 3 --executions 40000
	job explore.broken.02 anon-chain explore exit-family small-exit-family --defect Z13 --executions 60000
	record explore.dead.01 anon-chain '["explore","fork-chain"]' failed -1 "died of signal 11" ""
	: >"$at/jobs/explore.dead.01.jsonl"
	record explore.short.01 anon-chain '["explore","fork-chain"]' cut 3 "the time of the night was over" ""
	: >"$at/jobs/explore.short.01.jsonl"
}

merged() { # DATABASE DIRECTORY...
	timeout 600 "$program" merge --db "$@" >out 2>err </dev/null
}
merged small.db nights/* || :
report() {
	timeout 600 "$program" report "$@" >out 2>err </dev/null
}

# --- Text and JSON. ---

says() { # NAME STATUS LINE...: what the last report ended with, and what it said
	name=$1 wanted=$2
	shift 2
	why=
	[ "$status" = "$wanted" ] || why="exit status $status: $(head -n 1 err)"
	for line; do grep -qE -- "$line" out || why="${why:-no line '$line'}"; done
	result "$name" "$why"
}

report --db small.db
status=$?
says text 1 '^night 2026-01-03: findings: 1 finding that nobody answers for; ' '^Findings$' \
	'^O1/identity:anon_vma +again .* lookup\.c:[0-9]+ ' '^O6/sleep-in-atomic:RCU:anon_vma_free +known .* mm@example\.org +2026-12-31 ' \
	'^explore\.dead\.01 +failed +-1 +died of signal 11' '^missing +shard 2 ' '^missing +1 job of shard 1 +explore\.lost\.01$' \
	'^cut +explore\.short\.01 '
report --db small.db --night 2026-01-02
status=$?
says another-night 1 '^night 2026-01-02: findings: 2 findings' '^O1/identity:anon_vma +new '
report --db small.db --night 2026-01-01
status=$?
says inconclusive 3 '^night 2026-01-01: inconclusive: ' '^goal-missed +in-vain, anon-chain: swap-in '
cp -r nights/2026-01-03 expired
sed -i s/2026-12-31/2026-01-02/ expired/known.json
merged expired.db expired || :
report --db expired.db
status=$?
says expired 1 ': 2 findings that nobody answers for; 1 of them known until a day that is past; ' '^O6/sleep-in-atomic:RCU:anon_vma_free +expired '
report --db small.db --against 2026-01-01
status=$?
says against-a-night 1 '^new-finding +O1/identity:anon_vma ' '^2026-01-03 against 2026-01-01: [0-9]+ difference'
merged first.db nights/2026-01-01 || :
report --db small.db --against first.db --html against
status=$?
says against-a-file 1 '^new-finding +O1/identity:anon_vma '
result against-in-the-page "$(grep -q "Against night 2026-01-01" against/index.html || echo "it is not there")"
report --db small.db --against 2026-01-04
status=$?
result against-nothing "$([ $status = 2 ] && [ "$(wc -l <err)" = 1 ] || echo "status $status: $(head -n 1 err)")"
report --db small.db --night 2026-01-04
status=$?
result no-such-night "$([ $status = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q "small.db: .*'2026-01-04'" err || echo "status $status: $(head -n 1 err)")"
report --db missing.db
status=$?
result no-database "$([ $status = 2 ] && [ "$(wc -l <err)" = 1 ] && ! [ -e missing.db ] || echo "status $status: $(head -n 1 err)")"
report --db small.db --format junit
status=$?
result as-junit "$([ $status = 1 ] && xmllint --noout --schema "$here/ci/junit.xsd" out 2>lint || head -n 1 lint)"
report --db small.db --format json
status=$?
says json 1 '^\{"type":"report","v":1,"night":"2026-01-03",.*"status":1' '"type":"report-findings","signature":"O1/identity:anon_vma","state":"again"' \
	'"type":"report-defects","defect":"Z10e"' '"type":"report-jobs","job":"hunt.anon-chain.01"'

# --- Pages. ---

report --db small.db --html pages
status=$?
says pages 1 '^night 2026-01-03: '
report --db small.db --html again
result same-bytes "$(diff -r pages again 2>&1 | head -n 1)"
result all-pages "$(for page in index matrix locks data defects coverage jobs; do [ -s pages/$page.html ] || echo "$page.html is missing"; done)"
result a-page-for-each "$([ "$(find pages -name 'finding-*.html' | wc -l)" = 2 ] || find pages)"
result replays-beside "$([ "$(find pages/replays -name '*-1.replay' | wc -l)" = 2 ] && [ "$(find pages/replays -name '*.trace.json' | wc -l)" = 2 ] ||
	find pages/replays)"
for file in pages/replays/*.replay; do
	timeout 600 "$program" replay "$file" >out 2>err </dev/null
	result "replays-$(basename "$file" .replay)" "$([ $? = 1 ] || head -n 1 err)"
done
result drawn "$(for page in pages/finding-*.html; do grep -q '<svg' "$page" || echo "$page has no drawing"; done)"
result graphs "$(for provider in anon-chain anon-list pte-chain; do
	grep -q "src=\"locks-$provider.svg\"" pages/locks.html || echo "$provider is not in locks.html"; done)"

# Every link leads to a file that is there, or to a place in its own page.
links() { # DIRECTORY
	(cd "$1" && for page in *.html; do
		grep -oE '(href|src)="[^"]*"' "$page" | sed 's/^[a-z]*="//; s/"$//' | sort -u | while read -r link; do
			case "$link" in
			'#'*) grep -q "id=\"${link#\#}\"" "$page" ;;
			*) [ -s "$link" ] ;;
			esac || echo "$page: $link"
		done
	done)
}
result links "$(links pages | head -n 3)"
result nothing-from-outside "$(grep -lE '(src|href)="(https?:|//|javascript:|data:)|url\(|@import' pages/*.html pages/style.css | head -n 1)"

# Whoever is killed leaves no half page, and the next report leaves nothing of that.
for after in 0.01 0.03 0.06 0.1; do timeout -s KILL $after "$program" report --db small.db --html killed >out 2>err </dev/null; done
result no-half-page "$(for page in killed/*.html; do ! [ -e "$page" ] || tail -n 1 "$page" | grep -q "^</html>$" || echo "half of $page"; done)"
report --db small.db --html killed
result nothing-left "$(diff -r pages killed 2>&1 | head -n 1)"

# Names that are markup, in the records of a night.
cp -r nights/2026-01-03 hostile
sed -i 's/died of signal 11/<script>alert(1)<\/script>\&amp; \\"'"'"'/' hostile/jobs/explore.dead.01.json
sed -i 's/it is being mended/<b onmouseover=\\"alert(1)\\">/' hostile/known.json
for file in hostile/jobs/explore*.jsonl; do sed -i 's/"text":"/&<img src=x onerror=alert(1)>"'"'"' /; s/onerror=alert(1)>"/onerror=alert(1)>\\"/' "$file"; done
merged hostile.db hostile || :
report --db hostile.db --html hostile-pages
status=$?
result hostile "$([ $status = 1 ] && grep -q '&lt;script&gt;alert' hostile-pages/index.html && grep -q '&lt;img src=x' hostile-pages/index.html ||
	echo "status $status: $(head -n 1 err)"; grep -l '<script>alert\|<img src=x\|<b onmouse' hostile-pages/*.html)"

if command -v xmllint >/dev/null; then
	result well-formed "$(xmllint --noout pages/*.html pages/*.svg hostile-pages/*.html 2>&1 | head -n 1)"
else
	echo "ok well-formed # SKIP there is no xmllint (libxml2-utils)"
fi

# --- In a browser. ---

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
	echo "ok browser # SKIP there is no chromium"
	exit 0
}

look() { # ARGUMENT...: without a window; what it says goes to seen
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --user-data-dir="$dir/profile" \
		--enable-logging=stderr "$@" >seen 2>seen.err </dev/null
}

# A picture of one colour is small. On a busy machine it may be taken before the page is there: then another one is.
picture() { # FILE ARGUMENT...
	to=$1
	shift
	for _ in 1 2 3; do
		look --virtual-time-budget=5000 --screenshot="$dir/$to" "$@"
		if [ -s "$to" ] && [ "$(wc -c <"$to")" -gt 20000 ]; then return; fi
	done
	echo "no picture: $(tail -n 1 seen.err)"
}

rows() { grep -o '<tr' "$1" | wc -l; }

for page in pages/*.html; do
	name=$(basename "$page" .html)
	look --dump-dom "file://$dir/$page"
	result "browser-$name" "$(grep -m 1 -E 'CONSOLE.*(rror|efused)' seen.err; title=$(sed -n 's/.*\(<title>.*<\/title>\).*/\1/p' "$page")
		grep -qF "$title" seen || echo "its title is not $title"
		[ "$(rows seen)" = "$(rows "$page")" ] || echo "$(rows seen) rows, not $(rows "$page")")"
done
look --dump-dom "file://$dir/pages/jobs.html"
result with-script "$(grep -q 'type="search"' seen && grep -q '<th[^>]*><button' seen || echo "no field to filter, or nothing to sort by")"
# In a frame that may run nothing a page is there all the same, but for the field. What is in it cannot be asked, only how it looks.
echo "<!DOCTYPE html><title>frame</title><iframe sandbox=\"\" src=\"pages/jobs.html\" width=\"1200\" height=\"900\"></iframe>" >frame.html
result without-script "$(picture without.png --window-size=1280,1000 "file://$dir/frame.html"
	grep -q "Blocked script execution in .*jobs.html" seen.err || echo "nobody kept the script from running")"
look --dump-dom "file://$dir/hostile-pages/index.html"
result browser-hostile "$(grep -q "<h1>1 finding</h1>" seen || echo "no page"; grep -oE "<img|<b on[a-z]*|alert\(1\)<.script>" seen | head -n 1)"

for shade in dark light; do
	for width in 1280 400; do
		result "$shade-$width" "$(picture "$shade-$width.png" --window-size=$width,1800 \
			--blink-settings=preferredColorScheme="$([ $shade = dark ] && echo 0 || echo 1)" "file://$dir/pages/index.html")"
	done
done
result light-is-not-dark "$(cmp -s dark-1280.png light-1280.png && echo "they are the same")"
