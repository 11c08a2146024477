/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The controlled scheduler: tasks on stacks of their own within one OS thread.
 *
 * Mechanism only. Which task goes on and which alternative is taken is asked of a policy; what is asked, and what was done, is
 * all that a recorder needs to repeat it.
 */
#ifndef LOCKS_SCHEDULER_H
#define LOCKS_SCHEDULER_H

#include "machine.h"

struct exec_policy {
	/* One of the tasks in the non-empty bit set enabled. Called even when there is only one. */
	unsigned (*pick)(struct exec_policy *p, u64 enabled);
	/* 0 .. n - 1, n >= 2. */
	unsigned (*choose)(struct exec_policy *p, enum choice_kind kind, unsigned n);
	/* t is about to carry out t->op (may be NULL). */
	void (*step)(struct exec_policy *p, const struct task *t);
	/* The step that runs touches this, too: exec_touch_part() (may be NULL). */
	void (*touch)(struct exec_policy *p, const void *obj, unsigned part, enum touch how);
	/* What t stored at obj in step since is in memory from now on (may be NULL; without store buffers it is not told). */
	void (*written)(struct exec_policy *p, const struct task *t, const void *obj, u64 since);
	/*
	 * pick, step, choose and touch call nothing that a sanitizer watches: neither the model's functions nor libc's. Otherwise the
	 * sanitizers are made to look away each time, which costs as much as a switch.
	 */
	bool quiet;
};

enum sched_end {
	SCHED_DONE,			/* every needed task has ended */
	SCHED_DEADLOCK,			/* nobody can go on */
	SCHED_STOPPED,			/* a violation ended it */
	SCHED_BOUND,			/* too many steps without progress */
};

/*
 * Run the tasks in the bit set mask, and the daemons, until those in mask that are no daemons have ended. Tasks start at their
 * function. Stacks of unfinished tasks are abandoned. bound: steps without exec_progress() before SCHED_BOUND.
 */
enum sched_end sched_run(struct exec_policy *p, u64 mask, u64 bound);

/* End this execution at once (from within a task; does not return). */
void __attribute__((noreturn)) sched_stop(enum sched_end end);

/* Something was accomplished: begin to count steps anew. Real threads are not counted. */
void exec_progress(void);

/* The policy that always takes the lowest task and alternative 0: for set-up and tear-down. */
struct exec_policy *sched_sequential(void);

#endif
