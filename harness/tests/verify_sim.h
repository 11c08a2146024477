/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small programs over the operations of locks/, for tests of the search: what each thread does is a list of statements, what it
 * saw is a hash.
 *
 * Concurrency: one controlled machine in one OS thread.
 */
#ifndef HARNESS_TESTS_VERIFY_SIM_H
#define HARNESS_TESTS_VERIFY_SIM_H

#include "lock.h"
#include "verify/search.h"

#define SIM_THREADS 4
#define SIM_STATEMENTS 48
#define SIM_CELLS 3
#define SIM_PLAINS 6

enum sim_action {
	SIM_LOAD, SIM_STORE, SIM_ADD, SIM_INC_NOT_ZERO, SIM_CMPXCHG,	/* of cell[obj] */
	SIM_PLAIN,			/* no point: reads and changes plain[obj] */
	SIM_LOCK, SIM_TRYLOCK, SIM_UNLOCK,	/* mutex[obj]; a trylock that fails skips to behind its SIM_UNLOCK */
	SIM_DOWN_READ, SIM_TRY_READ, SIM_UP_READ,	/* sem[obj], likewise */
	SIM_DOWN_WRITE, SIM_TRY_WRITE, SIM_UP_WRITE, SIM_DOWNGRADE,
	SIM_IS_LOCKED,			/* sem[obj] */
	SIM_BIT_LOCK, SIM_BIT_TRY, SIM_BIT_UNLOCK,	/* bit obj of flags */
	SIM_SET_BIT, SIM_TEST_BIT,	/* bit 2 of flags */
	SIM_RCU_LOCK, SIM_RCU_UNLOCK, SIM_SYNCHRONIZE, SIM_CALL, SIM_BARRIER,	/* SIM_CALL: head[obj] */
	SIM_PUBLISH,			/* a new object of cache[value] to where[obj]; what was there is freed */
	SIM_RETIRE,			/* take the object from where[obj] and free it */
	SIM_TOUCH,			/* load a field of the object at where[obj] */
	SIM_CHOOSE,			/* one of value */
	SIM_WAIT,			/* until cell[obj] is not 0 */
	SIM_SPIN,			/* the same, in a loop */
	SIM_YIELD,
};

struct sim_statement {
	u8 action, obj, value;
};

struct sim_program {
	unsigned threads;
	bool callbacks;			/* there is a task for RCU callbacks */
	unsigned nr[SIM_THREADS];
	struct sim_statement at[SIM_THREADS][SIM_STATEMENTS];
};

struct sim_result {
	struct search_result search;
	struct hash_set states;		/* in which executions ended */
	struct hash_set findings;
	u64 deadlocks;
};

/* Search the program from its beginning. Free the sets of the result with sim_free(). */
void sim_search(const struct sim_program *p, const struct search_config *how, struct sim_result *r);
void sim_free(struct sim_result *r);

void sim_add(struct sim_program *p, unsigned thread, enum sim_action action, unsigned obj, unsigned value);

/* A program of at most so many points. */
void sim_random(struct sim_program *p, u64 seed, unsigned points);
void sim_print(const struct sim_program *p);

#endif
