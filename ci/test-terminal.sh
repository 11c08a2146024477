#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What a terminal gets, and a pipe does not: colours, and a line of progress with the rate and the time that is left.
. "$(dirname "$0")/lib.sh"

release_only terminal
cd "$dir" || exit 2
escape=$(printf '\033')
clear="$escape\\[K"

# terminal [VARIABLE=VALUE...] COMMAND: on a terminal of 60 columns; leaves out, a line for each time that a line was begun.
terminal() {
	env TERM=xterm NO_COLOR= script -qec "stty cols 60; env $*" /dev/null </dev/null | tr '\r' '\n' | sed 's/\n\n/\n/g' >out
}


race="$program explore fork-vs-reclaim fork-chain --executions 30000 --jobs 1 --time 3s"
terminal "$race"
result progress "$(grep -qE '^[0-9]+/2 campaigns, [0-9]+ executions \([0-9]+/s\)' out || echo "no such line: $(head -c 200 out)")"
result progress-fits "$(grep campaigns, out | sed "s/$clear//" | awk 'length($0) > 59' | head -n 1)"
result progress-is-cleared "$(grep -qx "$clear.*" out || echo "the line stays")"
terminal "$program fuzz --executions 1000000 --time 3s"
result progress-says-what-is-left "$(grep -qE 'executions \([0-9]+/s\), [0-9]+ s, [0-9]+ s left' out || tail -n 3 out | head -n 1)"
quick="$program explore exit-vs-walk --defect Z11-mapped"
terminal "$quick"
result colours "$(grep -q "$escape\[[13]" out || echo "none")"
terminal NO_COLOR=1 "$quick"
result no-colours-if-asked "$(grep -m 1 "$escape\[[0-9]*m" out | cat -v)"
terminal TERM=dumb "$quick"
result nothing-for-what-is-dumb "$(grep -m 1 "$escape" out | cat -v)"
TERM=xterm $quick >out 2>err </dev/null
result no-colours-in-files "$(grep -m 1 "$escape" out | cat -v)"
result quiet-in-a-pipe "$(cat err)"
exit 0
