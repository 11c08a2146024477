/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spin loops under controlled schedules. A task that gave way by cpu_relax(), went round its loop once more, and comes back to the
 * cpu_relax() having changed nothing, would see the same again until somebody changes what it looked at: it is not offered before
 * that, unless there is nobody else. (GenMC's spin-assume and Coyote's trace cycles do the like.) So schedules are not spent on rounds
 * that nothing comes of, and whoever is waited for has his turn.
 *
 * What is not seen makes a round count as one that changes something: a lock that was had, a store, more objects than SPIN_OBJECTS.
 */
#ifndef LOCKS_SPIN_H
#define LOCKS_SPIN_H

#include "op.h"
#include "types.h"

#define SPIN_OBJECTS 6

struct task;

/* The round of its loop that a task is in. */
struct spin {
	const void *obj[SPIN_OBJECTS];	/* what it looked at */
	u64 was[SPIN_OBJECTS];		/* the word there, before */
	u8 nr;
	bool moved;			/* it may have changed something */
	bool stale;			/* somebody else has changed what it looked at */
};

/* t is about to take the step t->op. Called while anybody is in a loop. */
void spin_step(struct task *t);
/* t stands at a cpu_relax(). */
void spin_relaxes(struct task *t);
/* The current task has the lock: a step that might have failed did not. */
void spin_had(const void *lock);
/* The current task has finished what it was about, its loop included. */
void spin_ends(void);

#endif
