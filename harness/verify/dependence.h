/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which operations of locks/ depend on each other: one table, dependence.c, says what each kind of operation touches and how.
 *
 * Two operations are dependent when what they touch conflicts. Their race is *reversible* when the later one could have been
 * done before the earlier one: always, unless it is an operation that waits and could not be had then. So the release of a
 * lock is reversible against whoever tries it, looks at it or arrives at its queue, but not against the acquisition that waited
 * for it; the end of a read section is reversible against the begin of a grace period, and not against its end.
 *
 * A step is more than its operation: it goes on to the task's next point. What it does there under locks is ordered by these;
 * what else others may notice it says itself (exec_touch() in locks/exec.h). What neither is true of is a data race.
 *
 * Concurrency: one controlled execution at a time; called between its steps.
 */
#ifndef HARNESS_VERIFY_DEPENDENCE_H
#define HARNESS_VERIFY_DEPENDENCE_H

#include "explore/strategy.h"
#include "verify/footprint.h"

#define VERIFY_TASKS STRATEGY_TASKS

/* What is counted over one execution. */
struct sections {
	u32 entered[VERIFY_TASKS];	/* outermost read sections so far */
	u32 waited[VERIFY_TASKS][VERIFY_TASKS];	/* the sections that the last grace period of a task found */
};

/* What a step may change, as it was before. */
struct seen {
	struct op op;
	u64 word;			/* at op.obj, if it is a word of the arena */
	u64 waits;			/* GP_END: the readers that it waits for */
	const struct kmem_cache *cache;	/* SLAB_*: whose */
	u32 serial;			/* of the cache */
	u32 chunks, free_chunk;
	u16 task;
	bool in_arena;
	bool had;			/* a lock: this operation gets it */
	bool was_free;			/* a lock: nobody held it exclusively */
	bool outermost;			/* of read sections */
	bool daemon;
};

void sections_begin(struct sections *c);
/* t is about to take its step. Called for every step, before dependence_before(). */
void sections_step(struct sections *c, const struct task *t);

void dependence_before(struct seen *s, const struct task *t);
/* known: the machine is still as the step left it. told: what it said itself. */
void dependence_after(const struct seen *s, const struct sections *c, const struct footprint *told, bool known,
		      struct footprint *f);

/* exec_touch_part() has been called. */
void dependence_told(struct footprint *told, const void *obj, unsigned part, enum touch how);

/* What the pending operation of t would touch. */
void dependence_pending(const struct task *t, const struct sections *c, struct footprint *f);

/* The part of an object of the slab that PLACE_OBJECT names, or 0 when addr is in no slab. */
u64 object_place(const void *addr);
/* The cache and the first byte of the object at addr; NULL when it is no object's. */
const struct kmem_cache *object_of(const void *addr, char **start);

#endif
