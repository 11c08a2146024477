/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How schedules are chosen. A strategy is one file behind this interface: a pure function of (seed, execution, estimate) and of
 * what it has seen so far in this execution; one that keeps its state, in all executions, and one that learns, in its own
 * executions of this epoch.
 */
#ifndef HARNESS_EXPLORE_STRATEGY_H
#define HARNESS_EXPLORE_STRATEGY_H

#include "scheduler.h"

#define STRATEGY_TASKS 16		/* as many as the controlled scheduler has */

#define ESTIMATE_ROWS 256u
#define ESTIMATE_HASH 512u
#define ESTIMATE_EXECUTIONS 16		/* that the estimate is taken from */
#define ESTIMATE_GROUP (1ul << 63)	/* in a key: a group of objects, not one */

#define STRATEGY_EPOCH 8192ul		/* executions after which a strategy that learns begins anew */

/* How often each task touched one object, or the objects of one group, in all executions of the estimate together. */
struct estimate_row {
	u64 key;
	u16 count[STRATEGY_TASKS];
	u16 tasks;			/* bit set: who touched it */
	u8 written;
};

/* What the first executions of a campaign showed. Plain data; frozen after ESTIMATE_EXECUTIONS of them. */
struct estimate {
	u64 executions;
	u64 decisions;			/* largest number of picks with more than one enabled task */
	u64 steps;			/* largest number of steps */
	u64 task_steps[STRATEGY_TASKS];	/* in all of them together */
	struct tries *tries;		/* NULL: what other campaigns turned round counts for nothing (races.h) */
	u32 nr_rows;
	u16 hash[ESTIMATE_HASH];	/* index of a row + 1 */
	struct estimate_row row[ESTIMATE_ROWS];
};

/* A step and the end of an execution that is estimated from. */
void estimate_step(struct estimate *est, const struct task *t);
void estimate_execution(struct estimate *est, u64 decisions, u64 steps);

static inline bool estimate_frozen(const struct estimate *est)
{
	return est->executions >= ESTIMATE_EXECUTIONS;
}

/* The object of an operation, if it lies in the arena: elsewhere it has no name that lasts. */
static inline u64 op_object_key(const struct op *op)
{
	u64 offset = (u64)op->obj - ARENA_BASE;

	return offset < machine->arena_size ? (u64)op->obj : 0;
}

/* What it has in common with others: the class of its lock, or the line of code. */
static inline u64 op_group_key(const struct op *op)
{
	if (op->class)
		return ESTIMATE_GROUP | op->class;
	return op->site ? ESTIMATE_GROUP | (u64)op->site : 0;
}

/* Neither pick() nor choose() nor step() calls anything that a sanitizer watches: see exec_policy.quiet. */
struct strategy {
	const char *name;
	const char *about;
	size_t size;			/* of its state */
	bool keeps;			/* its state is kept from one execution to the next; zeroes before the first */
	bool learns;			/* likewise, but it is zeroes again before the first execution of each epoch */
	void (*begin)(void *state, u64 seed, u64 execution, const struct estimate *est);
	/* After begin(): that execution has nothing new. NULL: there is always more. */
	bool (*is_over)(const void *state);
	/* One of at least two enabled tasks. May look at machine->task[].op, what is pending. */
	unsigned (*pick)(void *state, u64 enabled);
	/* One of n alternatives, 2 to MAX_ALTERNATIVES. NULL: by the odds of its kind. */
	unsigned (*choose)(void *state, unsigned n);
	/* t is about to carry out t->op; NULL when not wanted. */
	void (*step)(void *state, const struct task *t);
};

extern const struct strategy strategy_random, strategy_sticky, strategy_pct, strategy_pos, strategy_surw, strategy_urw, strategy_flip,
	strategy_dfs;

/* All of them, NULL-terminated; and by name, NULL when there is none. */
extern const struct strategy *const strategies[];
const struct strategy *strategy_find(const char *name);

/*
 * The strategy of one execution: name is a strategy or "auto", the portfolio, in which consecutive
 * executions take turns. Returns NULL for an unknown name.
 */
const struct strategy *strategy_for(const char *name, u64 execution);
/* As strategy_for(), but what needs an estimate is replaced as long as there is none. */
const struct strategy *strategy_estimated(const char *name, u64 execution, const struct estimate *est);

/* Those of the tasks that do not wait in a loop for somebody else. */
static inline u64 tasks_not_spinning(u64 tasks)
{
	for (u64 b = tasks; b; b &= b - 1)
		if (machine->task[__builtin_ctzl(b)].op.kind == OP_YIELD)
			tasks &= ~(b & -b);
	return tasks;
}

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

/*
 * Those of all tasks whose pending operations race with this one. What reaches no further than its object races with what is done to
 * that, or frees it: the others need not be looked at.
 */
u64 tasks_racing_far(const struct op *op);

static inline u64 tasks_racing(const struct op *op)
{
	u64 racing = 0, bit = 1;

	if (unlikely(op_reach[op->kind]))
		return tasks_racing_far(op);
	for (const struct task *t = machine->task; t < machine->task + machine->nr_tasks; t++, bit <<= 1)
		if (unlikely(t->op.obj == op->obj || t->op.kind == OP_SLAB_FREE) && ops_race_closely(&t->op, op))
			racing |= bit;
	return racing;
}

#endif
