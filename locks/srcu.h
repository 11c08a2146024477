/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SRCU: read sections of a domain, in which one may sleep, and a grace period that waits for the readers of that domain alone.
 *
 * Concurrency: any task. A section is left by the task that began it, with what srcu_read_lock() returned. synchronize_srcu() sleeps,
 * and may not be called inside a section of the same domain: it would wait for itself.
 */
#ifndef LOCKS_SRCU_H
#define LOCKS_SRCU_H

#include "exec.h"

#define SRCU_TASKS 16u			/* the controlled scheduler has no more */

/* The sections of one task in a controlled execution. */
struct srcu_reader {
	u64 since;			/* [own; others read it between steps] step in which the outermost one began */
	u32 nest;			/* [own; others read it between steps] */
	u32 pad;
};

struct srcu_struct {
	u32 word;			/* inner lock of what follows; real threads only */
	u32 class;			/* [const after init] pseudo class of read sections, 0: none */
	u32 idx;			/* [word] under which number readers are counted that begin now */
	u32 waiting;			/* [word] somebody waits for a grace period; the next one waits for him */
	u32 nr[2];			/* [word] readers counted under each number */
	struct srcu_reader reader[SRCU_TASKS];	/* controlled executions only */
};

void init_srcu_struct(struct srcu_struct *ss, unsigned class);

int srcu_read_lock_at(struct srcu_struct *ss, const struct site *site);
void srcu_read_unlock_at(struct srcu_struct *ss, int idx, const struct site *site);
void synchronize_srcu_at(struct srcu_struct *ss, const struct site *site);

#define srcu_read_lock(ss) srcu_read_lock_at(ss, HERE)
#define srcu_read_unlock(ss, idx) srcu_read_unlock_at(ss, idx, HERE)
#define synchronize_srcu(ss) synchronize_srcu_at(ss, HERE)

/* For the scheduler: is the grace period over that this task waits for? */
bool srcu_gp_over(const struct task *t);
/* Does t hold open the grace period that w waits for? */
bool srcu_holds_up(const struct task *t, const struct task *w);

#endif
