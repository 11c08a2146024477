/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * URW, uniform random walk (Zhao et al., 2025): a task goes on with a probability that is proportional to the steps which it has
 * still to make, so that each interleaving of tasks that only make steps is as likely as any other. Who has much left is not
 * left behind by those who have little, as in a plain random walk.
 */
#include "explore/rng.h"
#include "explore/strategy.h"

struct urw {
	u64 rng;
	u32 left[STRATEGY_TASKS];	/* steps that each task has still to make, as far as the estimate knows */
};

static void urw_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct urw *s = state;

	*s = (struct urw){ .rng = rng_start(seed, execution, 'u') };
	for (unsigned i = 0; est->executions && i < STRATEGY_TASKS; i++)
		s->left[i] = (u32)((est->task_steps[i] + est->executions - 1) / est->executions);
}

/* Whoever makes more than was estimated goes on as if one were left. */
static u64 weight(const struct urw *s, unsigned task)
{
	return s->left[task] ? s->left[task] : 1;
}

static unsigned urw_pick(void *state, u64 enabled)
{
	struct urw *s = state;
	u64 total = 0, at;
	unsigned t = 0;

	for (u64 b = enabled; b; b &= b - 1)
		total += weight(s, (unsigned)__builtin_ctzl(b));
	at = rng_below(&s->rng, total);
	for (u64 b = enabled; b; b &= b - 1) {
		t = (unsigned)__builtin_ctzl(b);
		if (at < weight(s, t))
			break;
		at -= weight(s, t);
	}
	return t;
}

static void urw_step(void *state, const struct task *t)
{
	struct urw *s = state;

	if (t->id < STRATEGY_TASKS && s->left[t->id])
		s->left[t->id]--;
}

const struct strategy strategy_urw = {
	.name = "urw",
	.about = "each interleaving as likely as any other, as far as steps can be foreseen",
	.size = sizeof(struct urw),
	.begin = urw_begin,
	.pick = urw_pick,
	.step = urw_step,
};
