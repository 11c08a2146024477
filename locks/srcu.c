/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SRCU, twice: two counters for real threads, an exact model for controlled ones.
 *
 * Real threads: a grace period makes new readers count under the other number, and waits until nobody is left under the old one. One
 * grace period waits at a time, so that nobody can be left under the number that it turns to.
 *
 * The model: as for RCU (rcu.c), a grace period notes who is inside a section as it begins, and is over as soon as each of them has
 * left that section.
 */
#include "srcu.h"

#include <string.h>

#include "inner.h"
#include "lockdep.h"
#include "machine.h"

void init_srcu_struct(struct srcu_struct *ss, unsigned class)
{
	san_unwatch(ss, sizeof(*ss));
	memset(ss, 0, sizeof(*ss));
	ss->class = class;
}

/* Where readers leave what they did, for who waits for them; the domain's own address stands for the way back. */
static const char *left_by_readers(const struct srcu_struct *ss)
{
	return (const char *)ss + 1;
}

static void domain_lock(struct srcu_struct *ss)
{
	if (machine->executor == EXEC_REAL)
		inner_lock(&ss->word);
}

static void domain_unlock(struct srcu_struct *ss)
{
	if (machine->executor == EXEC_REAL)
		inner_unlock(&ss->word);
}

/* ---- readers ---- */

static struct srcu_reader *reader_of(struct srcu_struct *ss, const struct task *t)
{
	if (t->id >= SRCU_TASKS)
		die("%s is task %u, and SRCU knows %u", t->name, t->id, SRCU_TASKS);
	return &ss->reader[t->id];
}

static void note_enter(struct srcu_struct *ss)
{
	struct srcu_reader *r = machine->executor == EXEC_REAL ? NULL : reader_of(ss, current);

	if (r && !r->nest++)
		r->since = machine->sched.step;
}

int srcu_read_lock_at(struct srcu_struct *ss, const struct site *site)
{
	int idx;

	exec_point_at(OP_SRCU_READ_LOCK, ss, site);
	domain_lock(ss);
	idx = (int)ss->idx;
	ss->nr[idx]++;
	domain_unlock(ss);
	note_enter(ss);
	hb_acquire(ss);		/* what was done before a grace period that began before us */
	/* A reader waits for nobody: as a trylock it puts no edge in front of the class, only behind it. */
	lockdep_acquire(NULL, ss->class, LOCK_READ, true, site);
	lockdep_acquired(NULL, ss->class, LOCK_READ, true, site);
	return idx;
}

static bool balanced(const struct srcu_struct *ss, int idx)
{
	return machine->executor == EXEC_REAL ? __atomic_load_n(&ss->nr[idx], __ATOMIC_RELAXED) :
						ss->reader[current->id % SRCU_TASKS].nest && ss->nr[idx];
}

void srcu_read_unlock_at(struct srcu_struct *ss, int idx, const struct site *site)
{
	exec_point_at(OP_SRCU_READ_UNLOCK, ss, site);
	if (!balanced(ss, idx)) {
		violation_at(ORACLE_LOCKS, "srcu-unlock-unbalanced", site, "%s leaves an SRCU read section that it is not in",
			     current->name);
		return;
	}
	lockdep_map_release(ss->class);
	hb_release(left_by_readers(ss));
	if (machine->executor != EXEC_REAL)
		reader_of(ss, current)->nest--;
	domain_lock(ss);
	__atomic_store_n(&ss->nr[idx], ss->nr[idx] - 1, __ATOMIC_RELEASE);
	domain_unlock(ss);
}

/* ---- who waits for them ---- */

/* Bit set of the tasks that are inside a section. */
static u64 readers_now(const struct srcu_struct *ss)
{
	u64 readers = 0;

	for (unsigned i = 0; i < SRCU_TASKS; i++)
		readers |= ss->reader[i].nest ? BIT(i) : 0;
	return readers;
}

/* The period of w began when its rcu_since says, and found the readers in its cond_arg. */
bool srcu_holds_up(const struct task *t, const struct task *w)
{
	const struct srcu_struct *ss = w->op.obj;
	const struct srcu_reader *r = &ss->reader[t->id % SRCU_TASKS];

	return (u64)w->cond_arg & BIT(t->id) && r->nest && r->since <= w->rcu_since;
}

bool srcu_gp_over(const struct task *t)
{
	for (u64 readers = (u64)t->cond_arg; readers; readers &= readers - 1)
		if (srcu_holds_up(&machine->task[__builtin_ctzl(readers)], t))
			return false;
	return true;
}

static bool nobody_left(void *nr)
{
	return !__atomic_load_n((const u32 *)nr, __ATOMIC_ACQUIRE);
}

static bool nobody_waits(void *waiting)
{
	return !__atomic_load_n((const u32 *)waiting, __ATOMIC_ACQUIRE);
}

/* Wait one's turn; returns under which number the readers are that were there before. */
static unsigned turn_real(struct srcu_struct *ss, const struct site *site)
{
	unsigned old;

	inner_lock(&ss->word);
	while (ss->waiting) {
		inner_unlock(&ss->word);
		exec_wait(nobody_waits, &ss->waiting, ss, site);
		inner_lock(&ss->word);
	}
	__atomic_store_n(&ss->waiting, 1, __ATOMIC_RELAXED);
	old = ss->idx;
	ss->idx = !old;
	inner_unlock(&ss->word);
	return old;
}

static void synchronize_real(struct srcu_struct *ss, const struct site *site)
{
	unsigned old = turn_real(ss, site);

	exec_wait(nobody_left, &ss->nr[old], ss, site);
	__atomic_store_n(&ss->waiting, 0, __ATOMIC_RELEASE);
}

static void synchronize_controlled(struct srcu_struct *ss, const struct site *site)
{
	struct task *t = current;

	exec_point_slow(OP_SRCU_GP_BEGIN, ss, 0, ss->class, site);
	ss->idx = !ss->idx;
	t->cond_arg = (void *)readers_now(ss);
	t->rcu_since = machine->sched.step;
	exec_point_slow(OP_SRCU_GP_END, ss, 0, ss->class, site);
}

void synchronize_srcu_at(struct srcu_struct *ss, const struct site *site)
{
	might_sleep_at("synchronize_srcu", site);
	/* Waiting for readers is waiting for what they wait for. */
	lockdep_map_acquire(ss->class, site);
	lockdep_map_release(ss->class);
	if (machine->executor != EXEC_REAL && reader_of(ss, current)->nest)
		violation_at(ORACLE_LOCKS, "srcu-wait-inside", site, "%s waits for a grace period inside a read section of the same SRCU",
			     current->name);
	hb_release(ss);
	if (machine->executor == EXEC_REAL)
		synchronize_real(ss, site);
	else
		synchronize_controlled(ss, site);
	hb_acquire(left_by_readers(ss));
}
