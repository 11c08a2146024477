/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of POS, for strategies that are POS and something else: they call strategy_pos with it. */
#ifndef HARNESS_EXPLORE_POS_H
#define HARNESS_EXPLORE_POS_H

#include "strategy.h"

struct pos {
	u64 rng;
	u64 stale;			/* tasks that draw anew when they are next looked at */
	u64 prio[STRATEGY_TASKS];
};

#endif
