/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * POS, partial order sampling (Yuan, Yang and Gu, 2018): every pending operation has a random
 * priority and the highest that is enabled runs; whoever has just lost a race against it draws
 * anew.
 *
 * Operations that commute are not told apart, so the choices are spent on orders that matter: a
 * task stands still for n unrelated steps of another once in about n executions, where a random
 * walk needs 2^n.
 */
#include "explore/pos.h"
#include "explore/rng.h"

static void pos_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct pos *s = state;

	(void)est;
	s->rng = rng_start(seed, execution, 'o');
	s->stale = ~0ul;
}

static unsigned pos_pick(void *state, u64 enabled)
{
	struct pos *s = state;
	u64 draw = enabled & s->stale;
	unsigned best;

	s->stale &= ~draw;
	for (; draw; draw &= draw - 1)
		s->prio[__builtin_ctzl(draw)] = rng_next(&s->rng);

	best = (unsigned)__builtin_ctzl(enabled);
	for (enabled &= enabled - 1; enabled; enabled &= enabled - 1) {
		unsigned task = (unsigned)__builtin_ctzl(enabled);

		if (s->prio[task] > s->prio[best])
			best = task;
	}
	return best;
}

/*
 * The executed task's next operation is published only after this, hence the mark instead of a
 * draw.
 */
static void pos_step(void *state, const struct task *t)
{
	struct pos *s = state;
	s->stale |= 1ul << t->id | tasks_racing(&t->op);
}

const struct strategy strategy_pos = {
	.name = "pos",
	.about = "random priorities of operations, drawn anew by those that lost a race",
	.size = sizeof(struct pos),
	.begin = pos_begin,
	.pick = pos_pick,
	.step = pos_step,
};
