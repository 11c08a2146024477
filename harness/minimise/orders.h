/* SPDX-License-Identifier: GPL-2.0-only */
/* Base orders of threads: all of them if they are few, else a sample that is the same in every run. */
#ifndef HARNESS_MINIMISE_ORDERS_H
#define HARNESS_MINIMISE_ORDERS_H

#include "explore/record.h"

#define ORDERS_MAX 120u

struct orders {
	u8 task[STRATEGY_TASKS];	/* those that matter, in the order that is number 0 */
	unsigned nr_tasks;
	unsigned nr;
};

/* The tasks in the order in which they appear in a sequence; call orders_seal() after the last. */
void orders_add(struct orders *o, unsigned task);
void orders_seal(struct orders *o);

/* Number i of o->nr; tasks that do not matter stand behind. */
void orders_get(const struct orders *o, unsigned i, u8 order[STRATEGY_TASKS]);

#endif
