/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU, twice: liburcu for real threads, an exact model for controlled ones.
 *
 * The model. A grace period notes which tasks are inside a read section as it begins; it is over as soon as each of them has
 * left that section, and not one step earlier. synchronize_rcu() is two points: the begin, and an end that is enabled when the
 * grace period is over. Callbacks are run by a task of their own, any ready one first.
 */
#include "rcu.h"

#include "lockdep.h"
#include "machine.h"
#include "rcu_liburcu.h"
#include "sanitize.h"
#include "scheduler.h"
#include "sched_point.h"

/* Is one of the tasks in the set still in a read section that it was in at that step? */
static bool readers_remain(u64 readers, u64 since)
{
	for (; readers; readers &= readers - 1) {
		const struct task *t = &machine->task[__builtin_ctzl(readers)];

		if (t->rcu_nest && t->rcu_since <= since)
			return true;
	}
	return false;
}

static u64 readers_now(void)
{
	u64 readers = 0;

	for (unsigned i = 0; i < machine->nr_tasks; i++)
		if (machine->task[i].rcu_nest)
			readers |= 1ul << i;
	return readers;
}

static bool ready(const struct rcu_head *head)
{
	return !readers_remain(head->readers, head->queued);
}

bool rcu_gp_over(const struct task *t)
{
	return !readers_remain((u64)t->cond_arg, t->rcu_since);
}

bool rcu_callback_ready(void)
{
	for (const struct rcu_head *h = machine->rcu.first; h; h = h->next)
		if (ready(h))
			return true;
	return false;
}

/* What is queued while a barrier waits is not waited for, or a callback that queues itself again would hold it for ever. */
bool rcu_barrier_over(const struct task *t)
{
	u64 since = (u64)t->cond_arg;

	if (machine->rcu.running && machine->rcu.running <= since + 1)
		return false;
	for (const struct rcu_head *h = machine->rcu.first; h; h = h->next)
		if (h->queued <= since)
			return false;
	return true;
}

/* Take the n-th ready callback off the list. */
static struct rcu_head *take_ready(unsigned n)
{
	struct rcu_head **p = &machine->rcu.first, *prev = NULL, *h;

	for (;; prev = *p, p = &(*p)->next)
		if (ready(*p) && !n--)
			break;
	h = *p;
	*p = h->next;
	if (machine->rcu.last == h)
		machine->rcu.last = prev;
	return h;
}

static unsigned count_ready(void)
{
	unsigned n = 0;

	for (const struct rcu_head *h = machine->rcu.first; h; h = h->next)
		n += ready(h);
	return n;
}

/* A callback comes after its call_rcu(), and after the readers that its grace period waited for. */
static void callback_ordered(const struct rcu_head *h)
{
	hb_acquire(h);
	san_grace_ends(h, machine->executor == EXEC_REAL ? 0 : h->readers);
}

/* And before whatever follows a barrier that waited for it. */
static void callback_done(void)
{
	san_report_pending();
	hb_release(&machine->rcu.pending);
}

static void callback_task(void *arg)
{
	(void)arg;
	for (;;) {
		struct rcu_head *h;

		exec_point_slow(OP_RCU_CALLBACK, NULL, 0, 0, HERE);
		sched_daemon_busy(true);
		h = take_ready(exec_choose(CHOICE_RCU_CALLBACK, count_ready()));
		callback_ordered(h);
		machine->rcu.running = h->queued + 1;
		h->func(h);
		callback_done();
		machine->rcu.running = 0;
		machine->rcu.pending--;
		sched_daemon_busy(false);
	}
}

void rcu_init(unsigned class)
{
	machine->rcu.class = class;
	machine->rcu.task = task_create("rcu", callback_task, NULL, true);
	if (!machine->rcu.task)
		die("no task is left for RCU callbacks");
}

void rcu_read_lock_at(const struct site *site)
{
	struct task *t = current;

	exec_point_at(OP_RCU_READ_LOCK, NULL, site);
	if (machine->executor == EXEC_REAL)
		liburcu_read_lock();
	if (!t->rcu_nest++)
		t->rcu_since = machine->sched.step;
	/* A reader waits for nobody: as a trylock it puts no edge in front of RCU, only behind it. */
	lockdep_acquire(NULL, machine->rcu.class, LOCK_READ, true, site);
	lockdep_acquired(NULL, machine->rcu.class, LOCK_READ, true, site);
}

void rcu_read_unlock_at(const struct site *site)
{
	struct task *t = current;

	if (!t->rcu_nest) {
		violation_at(ORACLE_LOCKS, "rcu-unlock-unbalanced", site, "%s leaves a read section that it is not in",
			     t->name);
		return;
	}
	exec_point_at(OP_RCU_READ_UNLOCK, NULL, site);
	lockdep_map_release(machine->rcu.class);
	if (t->rcu_nest == 1)
		san_reader_ends();
	t->rcu_nest--;
	if (machine->executor == EXEC_REAL)
		liburcu_read_unlock();
}

/* Waiting for readers is waiting for RCU: whoever does it under a lock that readers wait for is in a cycle. */
static void wait_for_readers(const char *what, const struct site *site)
{
	might_sleep_at(what, site);
	lockdep_map_acquire(machine->rcu.class, site);
	lockdep_map_release(machine->rcu.class);
}

void synchronize_rcu_at(const struct site *site)
{
	struct task *t = current;

	wait_for_readers("synchronize_rcu", site);
	if (machine->executor == EXEC_REAL) {
		exec_point_slow(OP_GP_END, NULL, 0, 0, site);
		__atomic_store_n(&t->blocked, 1, __ATOMIC_RELAXED);
		liburcu_synchronize();
		san_grace_ends(&t->cond_arg, 0);
		__atomic_store_n(&t->blocked, 0, __ATOMIC_RELAXED);
		return;
	}
	exec_point_slow(OP_GP_BEGIN, NULL, 0, 0, site);
	san_grace_begins(&t->cond_arg);
	t->cond_arg = (void *)readers_now();
	t->rcu_since = machine->sched.step;
	exec_point_slow(OP_GP_END, NULL, 0, 0, site);
	san_grace_ends(&t->cond_arg, (u64)t->cond_arg);
}

static noinline void run_callback(struct rcu_head *h)
{
	/* liburcu orders all after call_rcu(); said again, for those who cannot look into the library. */
	void (*func)(struct rcu_head *) = __atomic_load_n(&h->func, __ATOMIC_ACQUIRE);

	current = machine->rcu.task;
	callback_ordered(h);
	func(h);
	callback_done();
	__atomic_store_n(&machine->rcu.ran, machine->rcu.ran + 1, __ATOMIC_RELEASE);
}

static void liburcu_callback(void *urcu)
{
	APART(run_callback(container_of(urcu, struct rcu_head, urcu)));
}

void call_rcu_at(struct rcu_head *head, void (*func)(struct rcu_head *), const struct site *site)
{
	exec_point_at(OP_CALL_RCU, head, site);
	san_unwatch(head, sizeof(*head));	/* the library's from here on */
	hb_release(head);
	san_grace_begins(head);
	__atomic_store_n(&head->func, func, __ATOMIC_RELEASE);
	if (machine->executor == EXEC_REAL) {
		__atomic_store_n(&current->rcu_queued, current->rcu_queued + 1, __ATOMIC_RELAXED);
		liburcu_call(head->urcu, liburcu_callback);
		return;
	}
	machine->rcu.pending++;
	head->next = NULL;
	head->readers = readers_now();
	head->queued = machine->sched.step;
	if (machine->rcu.last)
		machine->rcu.last->next = head;
	else
		machine->rcu.first = head;
	machine->rcu.last = head;
}

void rcu_barrier_at(const struct site *site)
{
	wait_for_readers("rcu_barrier", site);
	if (machine->executor == EXEC_REAL) {
		liburcu_barrier();
		__atomic_load_n(&machine->rcu.ran, __ATOMIC_ACQUIRE);	/* as for callbacks */
		hb_acquire(&machine->rcu.pending);
		return;
	}
	current->cond_arg = (void *)machine->sched.step;
	exec_point_slow(OP_RCU_BARRIER, NULL, 0, 0, site);
	hb_acquire(&machine->rcu.pending);
}

u64 rcu_pending(void)
{
	u64 ran = __atomic_load_n(&machine->rcu.ran, __ATOMIC_RELAXED), queued = 0;

	if (machine->executor != EXEC_REAL)
		return machine->rcu.pending;
	for (unsigned i = 0; i < machine->nr_tasks; i++)
		queued += __atomic_load_n(&machine->task[i].rcu_queued, __ATOMIC_RELAXED);
	return queued > ran ? queued - ran : 0;
}

void rcu_register(void)
{
	if (machine->executor == EXEC_REAL)
		liburcu_register();
}

void rcu_unregister(void)
{
	if (machine->executor == EXEC_REAL)
		liburcu_unregister();
}
