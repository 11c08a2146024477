#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# replay --step, as somebody at a terminal sees it: keys go in and screens come out through tmux. What a screen should say is taken from the
# report and the trace of the same replay. A screen is waited for, however long it takes, up to a bound: nothing depends on speed.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2
unset TMUX TMUX_PANE LINES COLUMNS NO_COLOR ESCDELAY LANG LC_CTYPE
export LC_ALL=C.UTF-8
tmux() { command tmux -u -S "$dir/tmux" -f /dev/null "$@" 2>>tmux.err; }
trap 'tmux kill-server; rm -rf "$dir"' EXIT
# The server outlives each of the terminals: one that is about to end takes no new one.
tmux new-session -d -s server cat || { result tmux "$(cat tmux.err)"; exit 0; }

# What a terminal runs: the program, and what it leaves behind. Its group gets the terminal's signals, and the shell stays.
cat >in-terminal <<'EOS'
trap : INT
before=$(stty -g)
sh -c 'echo $$ >pid; exec "$@"' sh "$@" 2>err
status=$?
[ "$before" = "$(stty -g)" ] && modes=sane || modes=changed
head -n 3 err
echo "left with status $status, $modes"
exec cat
EOS

# start COLUMNSxROWS [NAME=VALUE...] COMMAND...: in a new terminal, in place of the one before.
start() {
	size=$1
	shift
	tmux kill-session -t walk
	rm -f pid
	tmux new-session -d -s walk -x "${size%x*}" -y "${size#*x}" -c "$dir" env TERM=screen-256color "$@" ||
		{ result terminal "tmux: $(tail -n 1 tmux.err)"; exit 0; }
}

# step COLUMNSxROWS [NAME=VALUE...] -- ARGUMENT...
step() {
	size=$1 set=
	shift
	while [ "$1" != -- ]; do
		set="$set $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # several
	start "$size" $set sh in-terminal "$program" replay --step "$@"
}

screen() { tmux capture-pane -p -t walk; }

# What is on the screen, in one line, for a message.
told() { grep -v '^ *$' seen | LC_ALL=C tr -d '\200-\277' | LC_ALL=C tr '\n' '$' | LC_ALL=C tr -c ' -~' '.'; }

# until_seen PATTERN...: all of them at the same time, in $dir/seen; or which one never came.
until_seen() {
	tries=0
	while :; do
		screen >seen
		missing=
		for wanted; do
			grep -qE -- "$wanted" seen || { missing=$wanted; break; }
		done
		[ -n "$missing" ] || return 0
		tries=$((tries + 1))
		if [ $tries -gt 300 ]; then
			echo "never shows '$missing', but: $(told)"
			return 1
		fi
		sleep 0.1
	done
}

# sees NAME PATTERN...
sees() {
	name=$1
	shift
	result "$name" "$(until_seen "$@")"
}

keys() { tmux send-keys -t walk "$@"; }

# left NAME STATUS: the terminal is as it was, and so is the exit status.
left() {
	why=$(until_seen '^left with status ')
	[ -n "$why" ] || grep -q "^left with status $2, sane" seen || why=$(grep '^left' seen)
	state=$(tmux display-message -p -t walk '#{alternate_on} #{cursor_flag} #{keypad_flag}')
	[ "$state" = "0 1 0" ] || why="$why; alternate screen, cursor, keypad: $state"
	result "$1" "${why#; }"
}

# Letters that mean something in a pattern.
literally() { sed 's/[][\.*^$+?(){}|]/\\&/g'; }

# ---- something to walk through ----

timeout 600 "$program" explore exit-vs-walk --defect Z11-mapped --artifacts found >out 2>err </dev/null
cp found/*[0-9a-f].replay exit || exit 2
timeout 600 "$program" replay exit --trace trace.json >report 2>err </dev/null
steps=$(sed -n 's/^exit-vs-walk: \([0-9]*\) steps, hash .*/\1/p' report)
signature=$(sed -n 's/^FINDING \([^ ]*\) .*/\1/p' report)
# "FS_RECLAIM (x.c:1), page_lock page1.flags (reclaim.c:235), anon_vma:R anon_vma#1.rwsem (lookup.c:131)": what the pager holds at the end.
held=$(sed -n 's/^ *pager  .*  holds //p' report | sed 's/, /\n/g' | sed -n 's/^\([^ :]*\)\(:R\)* \([^ ]*\) (\(.*\))$/\3 \2 \4/p')

# The numbers of the steps that touch anon_vma#1, in order.
touching() { sed -n 's/.*"ts":\([0-9]*\),.*"cat":"step".*"object":"anon_vma#1[".].*/\1/p' trace.json; }
# Those at which another thread goes on.
switches() { awk -F '"tid":' '/"cat":"step"/ { split($2, t, ","); n++; if (n > 1 && t[1] != last) print n; last = t[1] }' trace.json; }
# The words and the place of a step.
words() { sed -n 's/.*"cat":"step".*"text":"\([^"]*\)".*"site":"\([^"]*\)","step":'"$1"'}.*/\1 +\2/p' trace.json | sed 's/[#.]/[&]/g'; }

# ---- 80 columns, 24 rows ----

step 80x24 -- exit
sees end "\*\*\* $(echo "$signature" | literally)" "^ exit-vs-walk  anon-chain  Z11-mapped  *[a-z]+, seed 1, execution [0-9]+$" \
	"^ $(echo "$signature" | literally)  *the end, after $steps  switch" "^ step  parent  pager" "anon_vma#1\.root is touched by" \
	"by pager at [a-z_]*\.c:[0-9]+" "\? help  q quit"
result held-at-the-end "$(echo "$held" | while read -r object mode place; do
	[ "$object" ] || continue
	[ "$place" ] || { place=$mode mode=; }
	[ "$mode" ] && mode=R || mode=W
	grep -qE "$mode $(echo "$object" | literally).* [^ ]*${place#*.c}" seen || echo "no $mode $object $place: $(told)"
done; [ "$(echo "$held" | wc -l)" -ge 2 ] || echo "held: $held")"
result utf-8 "$(grep -q '─ held ─.*┬─ anon_vma#1' seen || grep held seen; grep -q '^▶ ' seen || echo "no cursor")"
result fits "$([ "$(wc -l <seen)" = 24 ] || wc -l seen)"

keys k
sees up "step $steps of $steps" "^▶ +$steps .*$(words "$steps")"
keys PageUp
sees page-up "step $((steps - 10)) of $steps" "^▶ +$((steps - 10)) .*$(words $((steps - 10)))"
keys PageDown
sees page-down "step $steps of $steps"
keys g
sees first "step 1 of $steps  switch 0" "^▶ +1 .*start"
keys k
sees no-further "this is the first step"
keys Down
sees down "step 2 of $steps"
keys G
sees last "the end, after $steps"
keys 2 5 g
sees number "step 25 of $steps" "^▶ +25 .*$(words 25)"

keys g n
for at in $(switches); do
	sees "switch-$at" "step $at of $steps" "^▶ +$at .*[├┤╰╯]" " switch [1-9]"
	keys n
done
sees no-switch "no later context switch"
keys g N
sees no-earlier-switch "no earlier context switch"

# From the end on backwards, what the finding is about.
keys v
sees violation "the end, after $steps"
for at in $(touching | tac | head -n 3); do
	keys O
	sees "object-$at" "step $at of $steps" "^▶ +$at .*◆.*$(words "$at")" "─ anon_vma#1 $(touching | wc -l)x" "▶ *$at +(parent|pager) "
done
for at in $(touching | tail -n 2); do
	keys o
	sees "object-again-$at" "step $at of $steps"
done
keys o
sees no-object "no later access of anon_vma#1"

keys g / p a g e 1 . _ m a p c o u n t Enter
at=$(sed -n 's/.*"ts":\([0-9]*\),.*"cat":"step".*"object":"page1\._mapcount".*/\1/p' trace.json | head -n 1)
sees search "step $at of $steps" "^▶ .*page1\._mapcount"
keys .
at=$(sed -n 's/.*"ts":\([0-9]*\),.*"cat":"step".*"object":"page1\._mapcount".*/\1/p' trace.json | sed -n 2p)
sees search-again "step $at of $steps"
keys / z z z Enter
sees search-in-vain "no step has 'zzz'" "step $at of $steps"
keys / x y BSpace BSpace BSpace
sees search-given-up "^ [a-z]+ [a-z_]+ page1\._mapcount [a-z_]+\.c:[0-9]+$"

keys v k l
sees lanes-of-object "only threads that touch page1: [0-9]+ of [0-9]+"
keys l
sees lanes-of-thread "only pager" "\(of [0-9]+ threads\)"
result lanes-hidden "$(grep -E '^ step +parent' seen)"
keys l
sees lanes-all "all threads are shown" "^ step  parent  pager"

keys '?'
sees help "^ n  N +the next, the previous context switch" "^ q  \^C +leave" "any other key: back"
keys j
sees help-further "^ k  up" "holds a lock|any key: back"
keys x
sees help-left "step $steps of $steps" "q quit"
keys x
sees unknown-key "this key means nothing here"
keys Tab
sees focus "up and down are for what is held" "> held"
keys Tab Tab
sees focus-back "up and down are for the steps"

keys q
left quit 1
result what-replay-says "$(grep -q '^finding: the same' seen || echo "no verdict")"

# ---- other sizes ----

step 160x50 -- exit
sees wide "the end, after $steps" "q quit" "│─ held ─" "│─ anon_vma#1 $(touching | wc -l)x"
result wide-bottom "$([ "$(wc -l <seen)" = 50 ] && sed -n 50p seen | grep -q 'q quit' || sed -n '49,$p' seen)"
keys g
sees wide-first "step 1 of"
tmux resize-window -t walk -x 80 -y 24
sees narrower "q quit" "┬─ no object" "step 1 of $steps"
result narrower-fits "$([ "$(wc -l <seen)" = 24 ] && sed -n 24p seen | grep -q 'q quit' || tail -n 2 seen)"
tmux resize-window -t walk -x 50 -y 24
sees too-narrow "^60x15 is needed," "^this is 50x24" "or q"
tmux resize-window -t walk -x 80 -y 14
sees too-low "^this is 80x14"
tmux resize-window -t walk -x 100 -y 30
sees larger-again "q quit" "step 1 of $steps" "┬─ no object"
result larger-fits "$([ "$(wc -l <seen)" = 30 ] && sed -n 30p seen | grep -q 'q quit' || tail -n 2 seen)"
tmux resize-window -t walk -x 30 -y 4
until_seen "^60x15 is needed" >why
keys q
left quit-when-small 1

step 60x15 LINES=99 COLUMNS=300 -- exit
sees smallest "the end, after $steps" "┬─ anon_vma#1" "q quit"
keys q
left quit-smallest 1

# ---- letters and colours ----

coloured() { tmux capture-pane -p -e -t walk | grep -qE "$(printf '\033')"'\[([0-9]*;)*3[1-7]m'; }

step 80x24 -- exit
sees colours "the end, after" "q quit"
result has-colours "$(coloured || echo "none")"
step 80x24 NO_COLOR=1 -- exit
sees no-color "the end, after" "q quit" "^▶ +×"
result has-no-color "$(! coloured || echo "some")"
step 80x24 NO_COLOR= -- exit
sees empty-no-color "the end, after" "q quit"
result has-color "$(coloured || echo "none")"
step 80x24 TERM=vt100 LC_ALL=C -- exit
sees monochrome "the end, after" "q quit" "^> +X" "^- held -.*\+- anon_vma#1" "^ step  parent  pager"
result ascii "$(! coloured || echo "some colour"; LC_ALL=C grep -n '[^ -~]' seen)"
keys Down Up Up
sees monochrome-keys "step $((steps - 1)) of $steps"
keys q
left quit-monochrome 1

# ---- signals, and terminals that go away ----

step 80x24 -- exit
sees before-interrupt "the end, after"
keys C-c
left interrupt 1
for signal in TERM HUP; do
	step 80x24 -- exit
	sees "before-$signal" "the end, after"
	kill -$signal "$(cat pid)"
	left "$signal" 1
done
step 80x24 -- exit
sees before-kill "the end, after"
pid=$(cat pid)
tmux kill-session -t walk
tries=0
while kill -0 "$pid" 2>/dev/null && [ $tries -lt 300 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
result no-terminal-no-process "$(kill -0 "$pid" 2>/dev/null && { echo "still there"; kill -KILL "$pid"; })"

# ---- with other options ----

step 80x24 -- exit --minimise --trace kept.json
sees minimised "the end, after"
keys q
left quit-minimised 1
result trace-kept "$(tail -n 1 kept.json 2>&1 | grep -qF "\"signature\":\"$signature\"" || tail -n 1 kept.json)"
step 80x24 -- exit --trace kept.svg
sees drawn "the end, after"
keys q
left quit-drawn 1
result drawing-kept "$(xmllint --noout kept.svg 2>&1)"

sed -e '/^defect/d' -e 's/^signature .*/signature -/' found/*-directives.replay >clean
step 80x24 -- clean
sees nothing-found "^ nothing was found  *step 1 of" "^▶ +1 "
keys G
sees nothing-found-last "\*\*\* the end: nothing was found" "The execution came to its end"
keys v
sees no-violation "nothing was found in this execution"
keys q
left quit-clean 0

cp "$test_scenarios/abba.scn" .
timeout 600 "$program" explore ./abba.scn --oracles=-locks --artifacts abba >out 2>err </dev/null
step 80x24 -- "$(echo abba/*[0-9a-f].replay)"
sees deadlock "\*\*\* O9/deadlock:m,n" "first +W m" "waits: lock n of second" "second +W n" "waits: lock m of first" "┊"
keys q
left quit-deadlock 1

# ---- many steps ----

cp "$test_scenarios/long.scn" .
timeout 1200 "$program" explore ./long.scn --strategy random --executions 1 --artifacts long >out 2>err </dev/null
step 80x24 -- "$(echo long/*[0-9a-f].replay)"
sees long "the end, after [0-9]{6}  "
keys 1 0 0 0 0 0 g
sees long-number "step 100000 of"
keys O o n N / z z z Enter
sees long-search "no step has 'zzz'"
[ "$FLAVOUR" != release ] || result long-memory "$(awk '/^VmHWM:/ && $2 > 150000' "/proc/$(cat pid)/status")"
keys q
left quit-long 1

# ---- where nothing can be shown ----

# refused NAME PATTERN: exit status, and the one line in err.
refused() {
	why=$([ "$status" = 2 ] || echo "exit status $status"; [ "$(wc -l <err)" = 1 ] || echo "$(wc -l <err) lines"
		grep -qE -- "$2" err || head -n 1 err; [ ! -s out ] || head -n 1 out)
	result "$1" "$why"
}
timeout 60 "$program" replay --step exit >out 2>err </dev/null
status=$?
refused no-terminal "^--step: expected a terminal, found that standard input is none$"

# in_terminal NAME PATTERN COMMAND: refuses in a terminal as well.
in_terminal() {
	name=$1 pattern=$2
	shift 2
	start 80x24 "$@"
	until_seen '^left with status ' >why
	status=$(sed -n 's/^left with status \([0-9]*\), sane.*/\1/p' seen)
	: >out
	refused "$name" "$pattern"
}
# shellcheck disable=SC2016 # the inner shell's
in_terminal output-elsewhere 'found that standard output is none$' sh in-terminal sh -c '"$0" replay --step exit >elsewhere' "$program"
# shellcheck disable=SC2016 # the inner shell's
in_terminal input-elsewhere 'found that standard input is none$' sh in-terminal sh -c '"$0" replay --step exit </dev/null' "$program"
in_terminal dumb "found TERM 'dumb'$" TERM=dumb sh in-terminal "$program" replay --step exit
in_terminal unknown "found 'no-such-terminal'$" TERM=no-such-terminal sh in-terminal "$program" replay --step exit
in_terminal no-file "nowhere" sh in-terminal "$program" replay --step nowhere
in_terminal no-term "found ''$" TERM= sh in-terminal "$program" replay --step exit
