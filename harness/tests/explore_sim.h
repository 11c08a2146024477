/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine without scheduler and stacks, for tests of policies: each task is a list of operations.
 *
 * Concurrency: one thread.
 */
#ifndef HARNESS_TESTS_EXPLORE_SIM_H
#define HARNESS_TESTS_EXPLORE_SIM_H

#include "explore/recorder.h"

#define SIM_ARENA (1ul << 20)
#define SIM_OPS 256			/* operations of one task */
#define SIM_LOCAL 100			/* object SIM_LOCAL + task is that of one task */

struct sim_op {
	u8 kind;
	u8 alternatives;		/* 2 or more: it asks exec_choose() for one of them */
	u16 obj;
};

struct program {
	unsigned nr_tasks, length[STRATEGY_TASKS];
	struct sim_op op[STRATEGY_TASKS][SIM_OPS];
};

/* What happened: the task of each step. */
struct history {
	unsigned nr, preemptions;
	u8 task[STRATEGY_TASKS * SIM_OPS];
};

/* A cmocka group set-up: map the arena. And an empty machine in it. */
int sim_map_arena(void **state);
void sim_clear_machine(unsigned nr_tasks);
void *sim_object(unsigned i);

/* Append to a task's list: one operation, or n that concern nobody else. */
void add_op(struct program *p, unsigned task, enum op_kind kind, unsigned obj);
void add_local(struct program *p, unsigned task, unsigned n);
void random_program(struct program *p, u64 *rng);

/* Run it to its end. A task waits while its OP_LOCK is of a lock that somebody has. */
void sim_run(struct exec_policy *policy, const struct program *p, struct history *h);

/* The same under a strategy. */
void sim_explore(struct explorer *e, const struct strategy *s, u64 seed, u64 execution,
		 const struct program *p, struct recording *rec, struct history *h);

/* The estimate that a campaign of this program would freeze. */
void sim_estimate(struct estimate *est, const struct program *p);

void assert_same_recording(const struct recording *a, const struct recording *b);

#endif
