/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How schedules are chosen. A strategy is one file behind this interface: a pure function of (seed,
 * execution, estimate) and of what it has seen so far in this execution.
 */
#ifndef HARNESS_EXPLORE_STRATEGY_H
#define HARNESS_EXPLORE_STRATEGY_H

#include "scheduler.h"

#define STRATEGY_TASKS 16		/* as many as the controlled scheduler has */

/* What a few first executions showed; frozen into every replay that depends on it. */
struct estimate {
	u64 decisions;			/* most picks among more than one enabled task */
	u64 steps;			/* most steps */
};

struct strategy {
	const char *name;
	const char *about;
	size_t size;			/* of its state */
	void (*begin)(void *state, u64 seed, u64 execution, const struct estimate *est);
	/* One of at least two enabled tasks. May look at machine->task[].op, what is pending. */
	unsigned (*pick)(void *state, u64 enabled);
	/* t is about to carry out t->op; NULL when not wanted. */
	void (*step)(void *state, const struct task *t);
};

extern const struct strategy strategy_random, strategy_pct, strategy_pos, strategy_sticky;

/* All of them, NULL-terminated; and by name, NULL when there is none. */
extern const struct strategy *const strategies[];
const struct strategy *strategy_find(const char *name);

/*
 * The strategy of one execution: name is a strategy or "auto", the portfolio, in which consecutive
 * executions take turns. Returns NULL for an unknown name.
 */
const struct strategy *strategy_for(const char *name, u64 execution);

/*
 * Nonzero for operations that reach further than their own object: the state of RCU, or of the
 * slab.
 */
extern const u8 op_reach[OP_NR];
bool ops_race_closely(const struct op *a, const struct op *b);

/*
 * Two pending operations race: same object (or the same state behind it), at least one of them
 * write-like. Errs on the side of racing. Inline, because it is asked for every task at every step
 * and the answer is nearly always no.
 */
static inline bool ops_race(const struct op *a, const struct op *b)
{
	if (likely(a->obj != b->obj && !(op_reach[a->kind] | op_reach[b->kind])))
		return false;
	return ops_race_closely(a, b);
}

#endif
