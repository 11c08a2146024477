#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What cannot go on is reported as what it is: a circle of locks, a reader behind a writer whom he keeps out himself, a grace period
# that waits for who waits for it. By schedules at random and by search; what may wait for a while is no deadlock.
. "$(dirname "$0")/lib.sh"

cd "$dir" || exit 2

# Without the validator, which needs no deadlock to complain.
# is NAME KEY PATTERN: the finding of ./NAME.scn, by both commands, and its replay.
is() {
	for command in explore verify; do
		timeout 1200 "$program" $command "./$1.scn" --oracles -O6 --artifacts "$command" >out 2>err </dev/null
		status=$?
		if [ "$status" != 1 ]; then
			result "$1-$command" "exit status $status: $(head -n 1 err)"
		elif ! grep -q "^FINDING O9/$2 " out; then
			result "$1-$command" "$(grep -m 1 '^FINDING' out)"
		else
			result "$1-$command" "$(grep -qE "$3" out || sed -n 2p out)"
		fi
		"$program" replay "$(sed -n "s/^  replay: rmaptorture replay //p" out)" >out 2>err
		result "$1-$command-replay" "$(grep -q '^finding: the same' out || tail -n 1 out)"
	done
}

cat >circle.scn <<'END'
scenario circle
about "three mutexes, round in a circle"
setup { mutex a  mutex b  mutex c }
thread one { lock a  lock b  unlock b  unlock a }
thread two { lock b  lock c  unlock c  unlock b }
thread three { lock c  lock a  unlock a  unlock c }
END
is circle deadlock:a,b,c 'one waits for b .* held by two; two waits for c .* held by three; three waits for a .* held by one'

cat >recursion.scn <<'END'
scenario recursion
about "a reader reads again while a writer is in the queue"
setup { rwsem s }
thread reader { down_read s  down_read s  up_read s  up_read s }
thread writer { down_write s  up_write s }
END
is recursion deadlock:s,s 'reader waits for s .* queued behind writer; writer waits for s .* held by reader'

cat >grace.scn <<'END'
scenario grace
about "a grace period, and a reader who waits for what the updater has"
setup { spinlock l }
thread reader { rcu_read_lock  lock l  unlock l  rcu_read_unlock }
thread updater { lock l  synchronize_rcu  unlock l }
END
is grace deadlock:RCU,l 'updater waits for RCU .* grace period is held open by reader'

cat >livelock.scn <<'END'
scenario livelock
about "two that spin for what the other has"
setup { spinlock a  spinlock b }
thread one { lock a  spin b  unlock b  unlock a }
thread two { lock b  spin a  unlock a  unlock b }
END
is livelock livelock 'no operation was finished; on the way: one .*, two '

timeout 1200 "$program" stress ./livelock.scn --oracles -O6 --noise 20 --executions 1000000 --time 15m >out 2>err </dev/null
result livelock-stress "$(grep -q '^FINDING O9/livelock ' out || tail -n 1 out)"

cat >patient.scn <<'END'
scenario patient
about "readers that recur without a writer, a grace period that waits for a reader who waits for somebody else"
setup { rwsem s  spinlock l }
thread reader { rcu_read_lock  lock l  unlock l  rcu_read_unlock  down_read s  down_read s  up_read s  up_read s }
thread other { lock l  unlock l  down_read s  up_read s }
thread updater { synchronize_rcu }
thread spinner { spin l  unlock l }
END
timeout 1200 "$program" explore ./patient.scn --oracles -O6 >out 2>err </dev/null
result patience-is-no-deadlock "$([ $? = 0 ] || grep -m 1 '^FINDING' out)"
