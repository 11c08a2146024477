/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RCU. Under real threads it is liburcu; under the controlled scheduler grace periods are modelled exactly: one ends at any
 * moment after the last reader that it found has left, as early and as late as the policy likes.
 *
 * Concurrency: any task. synchronize_rcu() and rcu_barrier() may not be called inside a read section, nor with a spinning lock held.
 */
#ifndef LOCKS_RCU_H
#define LOCKS_RCU_H

#include "exec.h"

struct rcu_head {
	struct rcu_head *next;		/* [rcu->lock in real threads; steps are atomic otherwise] */
	void (*func)(struct rcu_head *head);
	u64 readers;			/* tasks that were in a read section at call_rcu() */
	u64 queued;			/* when, in steps */
	void *urcu[2];			/* liburcu's own link */
};

struct rcu_state {
	struct rcu_head *first, *last;	/* [steps] callbacks that wait for their grace period, oldest first */
	u32 pending;			/* [steps] callbacks not yet finished; real threads: rcu_pending() */
	u32 class;			/* [const after init] lock class of read sections, 0: none */
	u64 running;			/* [steps] 1 + when the callback that runs now was queued; 0: none runs */
	struct task *task;		/* [const after init] runs callbacks */
	u64 ran __cacheline_aligned;	/* [rcu->task; others read it] real threads: callbacks that have finished */
} __cacheline_aligned;

/* Before any task runs: class is the pseudo class of read sections. Creates the callback task. */
void rcu_init(unsigned class);

void rcu_read_lock_at(const struct site *site);
void rcu_read_unlock_at(const struct site *site);
void synchronize_rcu_at(const struct site *site);
void call_rcu_at(struct rcu_head *head, void (*func)(struct rcu_head *), const struct site *site);
void rcu_barrier_at(const struct site *site);

#define rcu_read_lock() rcu_read_lock_at(HERE)
#define rcu_read_unlock() rcu_read_unlock_at(HERE)
#define synchronize_rcu() synchronize_rcu_at(HERE)
#define call_rcu(head, func) call_rcu_at(head, func, HERE)
#define rcu_barrier() rcu_barrier_at(HERE)

static inline bool rcu_read_lock_held(void)
{
	return current->rcu_nest != 0;
}

/* For the scheduler: has this grace period ended, is any callback ready, have all run that the barrier waits for? */
bool rcu_gp_over(const struct task *t);
bool rcu_callback_ready(void);
bool rcu_barrier_over(const struct task *t);

/* Callbacks not yet finished. Under real threads each task counts its own: exact when nobody queues any. */
u64 rcu_pending(void);

/* Real threads: enter and leave liburcu's register. */
void rcu_register(void);
void rcu_unregister(void);

#endif
