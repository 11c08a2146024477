/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random walk: every enabled task is as likely as the others.
 *
 * Good at short races; a task that has to stand still for n steps of another does so once in 2^n
 * executions.
 */
#include "explore/rng.h"
#include "explore/strategy.h"

struct walk {
	u64 rng;
};

static void walk_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct walk *s = state;

	(void)est;
	s->rng = rng_start(seed, execution, 'r');
}

static unsigned walk_pick(void *state, u64 enabled)
{
	struct walk *s = state;

	return rng_bit(&s->rng, enabled);
}

const struct strategy strategy_random = {
	.name = "random",
	.about = "random walk: any enabled task, all equally likely",
	.size = sizeof(struct walk),
	.begin = walk_begin,
	.pick = walk_pick,
};
