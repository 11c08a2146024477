/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCT, probabilistic concurrency testing (Burckhardt and others, 2010): the enabled task of highest
 * priority runs; at a few random decisions it falls below all others.
 *
 * A bug that needs d ordered steps is found in an execution with probability 1 / (tasks *
 * decisions^(d - 1)) at least. It stalls a task for as long as it takes, which suits readers that
 * outlast a grace period.
 */
#include "explore/rng.h"
#include "explore/strategy.h"

#define MIN_DEPTH 2
#define MAX_DEPTH 4

struct pct {
	u64 rng;
	u64 decision;			/* number of the current one, from 1 */
	u64 seen;			/* tasks that have a priority */
	u64 relaxed;			/* tasks that have fallen for their pending OP_YIELD */
	s64 low;			/* the lowest priority given so far */
	u64 change[MAX_DEPTH - 1];	/* decisions at which the task about to run falls */
	unsigned nr_change;
	s64 prio[STRATEGY_TASKS];
};

static void pct_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct pct *s = state;
	u64 decisions = est && est->decisions ? est->decisions : 1;

	s->rng = rng_start(seed, execution, 'p');
	s->decision = s->seen = s->relaxed = 0;
	s->low = 0;
	s->nr_change = MIN_DEPTH - 1 + (unsigned)rng_below(&s->rng, MAX_DEPTH - MIN_DEPTH + 1);
	for (unsigned i = 0; i < s->nr_change; i++)
		s->change[i] = 1 + rng_below(&s->rng, decisions);
}

/*
 * Positive, and distinct because the low bits are the task's number: all that fall go below
 * zero.
 */
static void pct_meet(struct pct *s, u64 fresh)
{
	s->seen |= fresh;
	for (; fresh; fresh &= fresh - 1) {
		unsigned task = (unsigned)__builtin_ctzl(fresh);

		s->prio[task] = (s64)(rng_next(&s->rng) >> 8 << 6) + task;
	}
}

static unsigned pct_highest(const struct pct *s, u64 enabled)
{
	unsigned best = (unsigned)__builtin_ctzl(enabled);

	for (enabled &= enabled - 1; enabled; enabled &= enabled - 1) {
		unsigned task = (unsigned)__builtin_ctzl(enabled);

		if (s->prio[task] > s->prio[best])
			best = task;
	}
	return best;
}

/*
 * Who runs next. A task that spins falls once for each cpu_relax(), or it would starve whom it
 * waits for.
 */
static unsigned pct_next(struct pct *s, u64 enabled)
{
	for (;;) {
		unsigned task = pct_highest(s, enabled);

		if (likely(machine->task[task].op.kind != OP_YIELD) || s->relaxed >> task & 1)
			return task;
		s->relaxed |= 1ul << task;
		s->prio[task] = --s->low;
	}
}

static unsigned pct_pick(void *state, u64 enabled)
{
	struct pct *s = state;
	unsigned task;

	if (unlikely(enabled & ~s->seen))
		pct_meet(s, enabled & ~s->seen);
	task = pct_next(s, enabled);
	s->decision++;
	for (unsigned i = 0; i < s->nr_change; i++) {
		if (likely(s->change[i] != s->decision))
			continue;
		s->prio[task] = --s->low;
		task = pct_next(s, enabled);
	}
	return task;
}

static void pct_step(void *state, const struct task *t)
{
	struct pct *s = state;

	s->relaxed &= ~(1ul << t->id);
}

const struct strategy strategy_pct = {
	.name = "pct",
	.about = "random priorities that change at one to three random decisions",
	.size = sizeof(struct pct),
	.begin = pct_begin,
	.pick = pct_pick,
	.step = pct_step,
};
