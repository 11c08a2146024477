/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sticky random walk: the task of the last step goes on, but for one decision in eight.
 *
 * Long stretches of one task are likely here that a plain random walk never sees.
 */
#include "explore/rng.h"
#include "explore/strategy.h"

#define STICKY_ODDS 8

struct sticky {
	u64 rng;
	u64 last;			/* bit of the task of the last step, or 0 */
};

static void sticky_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct sticky *s = state;

	(void)est;
	s->rng = rng_start(seed, execution, 's');
	s->last = 0;
}

static unsigned sticky_pick(void *state, u64 enabled)
{
	struct sticky *s = state;

	if (enabled & s->last) {
		if (rng_below(&s->rng, STICKY_ODDS))
			return (unsigned)__builtin_ctzl(s->last);
		enabled &= ~s->last;
	}
	return rng_bit(&s->rng, enabled);
}

static void sticky_step(void *state, const struct task *t)
{
	struct sticky *s = state;

	s->last = 1ul << t->id;
}

const struct strategy strategy_sticky = {
	.name = "sticky",
	.about = "random walk that stays with a task, but for one decision in eight",
	.size = sizeof(struct sticky),
	.begin = sticky_begin,
	.pick = sticky_pick,
	.step = sticky_step,
};
