/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O9: a deadlock is named with its cycle. Who waits for what is known from the pending operation, who holds it from what the
 * validator remembers; who is queued behind whom, from the queue itself.
 */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "srcu.h"

#define MAX_WAITERS 64

static bool waits(const struct task *t)
{
	/* A real thread's last operation says nothing about whether it has it by now: it says itself that it sleeps. */
	if (machine->executor == EXEC_REAL)
		return __atomic_load_n(&t->blocked, __ATOMIC_RELAXED);
	return t->state == TASK_READY && op_info[t->op.kind].blocking && !task_enabled(t);
}

static bool holds(const struct task *t, const void *lock)
{
	const struct lock *l = lock_at(lock);

	/* A run of locks is one entry for the validator; each of them says itself whose it is. */
	if (l && l->owner == t)
		return true;
	for (unsigned i = 0; i < t->depth; i++)
		if (t->held[i].lock == lock)
			return true;
	return false;
}

/* Readers do not keep readers out. */
static bool keeps_out(const struct task *t, const struct task *w)
{
	const struct lock *l = lock_at(w->op.obj);

	if (l && l->owner == t)
		return true;
	for (unsigned i = 0; i < t->depth; i++)
		if (t->held[i].lock == w->op.obj)
			return t->held[i].mode == LOCK_WRITE || w->op.kind != OP_DOWN_READ_WAIT;
	return false;
}

/* Before w in the queue of the lock that it waits for, and in its way there: a reader waits for writers only. */
static bool queued_before(const struct task *t, const struct task *w)
{
	const struct lock *l = w->op.obj;

	if (w->op.kind != OP_DOWN_READ_WAIT && w->op.kind != OP_DOWN_WRITE_WAIT)
		return false;
	if (w->op.kind == OP_DOWN_READ_WAIT && !t->wait_write)
		return false;
	for (const struct task *q = l->first; q && q != w; q = q->next_waiter)
		if (q == t)
			return true;
	return false;
}

/* Why w cannot go on before t does; NULL when t is not in its way. */
static const char *in_the_way(const struct task *t, const struct task *w)
{
	if (w->op.kind == OP_GP_END)
		return t->rcu_nest && t->rcu_since <= w->rcu_since ? "the grace period is held open by" : NULL;
	if (w->op.kind == OP_SRCU_GP_END)
		return srcu_holds_up(t, w) ? "the grace period is held open by" : NULL;
	if (w->op.kind == OP_WAIT)
		return NULL;
	if (w->op.kind == OP_TLB_FLUSH)
		return irqs_off_by(t, w->op.obj) ? "interrupts are off by" : NULL;
	if (keeps_out(t, w))
		return "held by";
	return queued_before(t, w) ? "queued behind" : NULL;
}

/* Follow the waits from t on; the tasks of the cycle in cycle[], their number returned, 0 when there is none. */
static unsigned find_cycle(struct task *t, struct task *cycle[MAX_WAITERS])
{
	struct task *path[MAX_WAITERS];
	unsigned n = 0;

	while (t && n < MAX_WAITERS) {
		struct task *next = NULL;

		for (unsigned i = 0; i < n; i++)
			if (path[i] == t) {
				memcpy(cycle, path + i, (n - i) * sizeof(*path));
				return n - i;
			}
		path[n++] = t;
		for (unsigned i = 0; i < machine->nr_tasks && !next; i++) {
			struct task *o = &machine->task[i];

			if ((o != t || holds(o, t->op.obj)) && waits(o) && in_the_way(o, t))
				next = o;
		}
		t = next;
	}
	return 0;
}

static const char *waited_class(const struct task *t)
{
	if (t->op.kind == OP_GP_END)
		return "RCU";
	return lock_class_name(t->op.class);
}

/* "deadlock:a,b" with the classes in the order of their names. */
static void deadlock_key(struct task *const *cycle, unsigned n, char *key, size_t size)
{
	const char *name[MAX_WAITERS];
	size_t at = (size_t)snprintf(key, size, "deadlock:");

	for (unsigned i = 0; i < n; i++) {
		unsigned j = i;

		for (; j && strcmp(name[j - 1], waited_class(cycle[i])) > 0; j--)
			name[j] = name[j - 1];
		name[j] = waited_class(cycle[i]);
	}
	for (unsigned i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(key + at, size - at, "%s%s", i ? "," : "", name[i]);
}

/* Whoever waits against the order was told of when he began to: the key of that, or NULL. */
static const char *told_before(struct task *const *cycle, unsigned n)
{
	const char *key = NULL;

	for (unsigned i = 0; i < n && !key; i++)
		key = lockdep_told_wait(cycle[i]);
	return key;
}

static void report_deadlock(struct task *const *cycle, unsigned n)
{
	char key[128], text[380], lock[NAME_LEN];
	size_t at = 0;

	deadlock_key(cycle, n, key, sizeof(key));
	for (unsigned i = 0; i < n && at < sizeof(text); i++) {
		const struct task *w = cycle[i], *by = cycle[(i + 1) % n];

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s waits for %s %s (%s:%d), %s %s", i ? "; " : "",
				       w->name, waited_class(w), obj_name(w->op.obj, lock), w->op.site->file, w->op.site->line,
				       in_the_way(by, w), by->name);
	}
	violation_following(told_before(cycle, n), ORACLE_PROGRESS, key, cycle[0]->op.site, "%s", text);
}

bool check_deadlock(void)
{
	struct task *cycle[MAX_WAITERS];
	const struct task *stuck = NULL;

	for (unsigned i = 0; i < machine->nr_tasks; i++) {
		struct task *t = &machine->task[i];
		unsigned n;

		if (!waits(t) || t->daemon)
			continue;
		n = find_cycle(t, cycle);
		if (n) {
			report_deadlock(cycle, n);
			return true;
		}
		if (t->op.kind != OP_WAIT)
			stuck = t;
	}
	if (stuck) {
		char key[96], lock[NAME_LEN];

		snprintf(key, sizeof(key), "stuck:%s", waited_class(stuck));
		violation_at(ORACLE_PROGRESS, key, stuck->op.site, "%s waits for %s %s (%s:%d) for ever, and nobody who runs has it",
			     stuck->name, waited_class(stuck), obj_name(stuck->op.obj, lock), stuck->op.site->file,
			     stuck->op.site->line);
	}
	return stuck;
}

/* Who goes round and round: all that could have gone on. */
static const char *who_runs(char who[400])
{
	size_t len = 0;

	*who = 0;
	for (unsigned i = 0; i < machine->nr_tasks && len < 400; i++) {
		const struct task *t = &machine->task[i];

		if (t->state != TASK_READY || t->daemon || waits(t) || !t->op.site)
			continue;
		len += (size_t)snprintf(who + len, 400 - len, "%s%s (%s:%d)", len ? ", " : "", t->name, t->op.site->file,
					t->op.site->line);
	}
	return who;
}

void check_livelock(u64 steps)
{
	const struct task *last = machine->sched.running;
	char who[400];

	violation_at(ORACLE_PROGRESS, "livelock", last ? last->op.site : NULL, "%lu steps, and no operation was finished; on the way: %s",
		     steps, who_runs(who));
}

void check_livelock_lasting(double seconds)
{
	char who[400];

	violation_at(ORACLE_PROGRESS, "livelock", NULL, "no operation was finished for %.0f s; on the way: %s", seconds, who_runs(who));
}
