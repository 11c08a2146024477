/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Racing pairs of operations: found in executions, to be turned round in others.
 *
 * Two operations race when they touch one object, one of them changes it, and nothing else orders them: neither the program nor
 * another operation that comes after the one and before the other (Flanagan and Godefroid, POPL 2005). For a lock these are two
 * acquisitions: that a release comes before the next acquisition is no chance; but who tries a lock, or only looks at it, races with
 * its release.
 *
 * It errs on the side of racing, since nothing is proved from it: a pair that cannot be turned round costs whoever tries to an
 * execution. The proof is verify's, which has a finer table (verify/dependence.h).
 *
 * Concurrency: one controlled execution at a time in a process.
 */
#ifndef HARNESS_EXPLORE_RACES_H
#define HARNESS_EXPLORE_RACES_H

#include "strategy.h"

#define RACING_PAIRS 512u
#define TRIES 16384u

/* An operation of a scenario, by a name that means the same in other executions. */
struct step_name {
	u64 key;			/* step_key(): what it does to what, and where in the code */
	u16 nth;			/* the how-manieth of its task with that key, from 1 */
	u16 task;
};

/* Nothing but the schedule decided that first was before second. */
struct racing_pair {
	struct step_name first, second;
	u64 code;			/* the same for all pairs of these two lines of code */
	u16 next;			/* another one of them, index + 1; 0: the last one */
};

/* The first ones that were found. Zeroes before that. */
struct racing_pairs {
	u32 nr;
	struct racing_pair at[RACING_PAIRS];
	u16 slot[2 * RACING_PAIRS];	/* by name: index of a pair + 1 */
	u32 nr_codes;
	struct {
		u16 first, nr;		/* index of a pair; how many there are */
	} code[RACING_PAIRS];
};

/* How often pairs of lines of code were tried, in each of two ways, perhaps in more than one scenario. Zeroes before the first. */
struct tries {
	u32 nr;
	struct {
		u64 code;
		u32 count[2];
	} at[TRIES];
};

static inline u64 step_key(const struct op *op)
{
	return ((u64)op->site * 31 + op_object_key(op)) * 64 + op->kind;
}

/* A lock is let go of. */
static inline bool op_lets_go(enum op_kind kind)
{
	return kind == OP_UNLOCK || kind == OP_UP_READ || kind == OP_UP_WRITE;
}

/* Before the first step of an execution; and before each of its steps: what races with this one is added. */
void races_begin(void);
void racing_pairs_step(struct racing_pairs *pairs, const struct task *t);

/* Most campaigns know as many as there is room for after some hundred executions. */
static inline void races_step(struct racing_pairs *pairs, const struct task *t)
{
	if (pairs->nr < RACING_PAIRS)
		racing_pairs_step(pairs, t);
}

/* NULL: there are too many. */
u32 *tries_of(struct tries *tries, u64 code);

#endif
