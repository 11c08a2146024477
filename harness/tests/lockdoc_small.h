/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of a few lock classes, for documents that fit a screen.
 *
 * Concurrency: constant data.
 */
#ifndef HARNESS_TESTS_LOCKDOC_SMALL_H
#define HARNESS_TESTS_LOCKDOC_SMALL_H

#include "lockdoc/lockdoc.h"

enum { NONE, OUTER, SUB, MID, ADDR, SPIN, LEAF, RCU, ALLOC, NR_CLASSES };

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	[OUTER] = { "outer", WAIT_SLEEP, SAME_NEVER, 0 },
	[SUB] = { "outer/sub", WAIT_SLEEP, SAME_NEVER, 0 },
	[MID] = { "mid", WAIT_SLEEP, SAME_NEST, OUTER },
	[ADDR] = { "addr", WAIT_SLEEP, SAME_ADDRESS, 0 },
	[SPIN] = { "spin", WAIT_SPIN, SAME_NEVER, 0 },
	[LEAF] = { "leaf", WAIT_SPIN, SAME_NEVER, 0 },
	[RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[ALLOC] = { "alloc", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
};

static const char *const contexts[] = { "", "huge" };
static const struct lockdoc_model model = { classes, NR_CLASSES, contexts, ARRAY_SIZE(contexts), false };

#endif
