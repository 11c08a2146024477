/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SURW, selectively uniform random walk (Zhao et al., 2025): in each execution a few operations are the interesting ones, those
 * on one shared object, of one lock class or code line, or on two objects. Their order among the tasks is drawn uniformly from
 * all that are possible, whatever lies between them: tasks whose next interesting operation is not the one that was drawn
 * stand still before it. Everything else is a random walk.
 *
 * How many interesting operations each task will make is taken from the estimate. If it is wrong, or the drawn task cannot
 * come so far because it waits for one that stands still, all are let go and another one is drawn.
 */
#include "explore/rng.h"
#include "explore/strategy.h"

#define NOBODY (~0u)

struct surw {
	u64 rng;
	u64 blocked;			/* tasks that stand still before an interesting operation */
	u64 key[2];			/* of what is interesting; 0: none */
	u32 intended;			/* who makes the next interesting operation */
	u32 pad;
	u32 left[STRATEGY_TASKS];	/* interesting operations that each task has still to make */
};

static bool interesting(const struct surw *s, const struct op *op)
{
	u64 object = op_object_key(op), group = op_group_key(op);

	for (unsigned i = 0; i < 2; i++)
		if (s->key[i] && (s->key[i] == object || s->key[i] == group))
			return true;
	return false;
}

static bool shared(const struct estimate_row *row)
{
	return row->written && row->tasks & (row->tasks - 1);
}

/* A shared row of the estimate, object or group as wanted, each as likely; NULL when there is none. */
static const struct estimate_row *draw_row(struct surw *s, const struct estimate *est, bool group)
{
	const struct estimate_row *found = NULL;
	u64 seen = 0;

	for (u32 i = 0; i < est->nr_rows; i++) {
		const struct estimate_row *row = &est->row[i];

		if (shared(row) && (row->key & ESTIMATE_GROUP) == (group ? ESTIMATE_GROUP : 0) && !rng_below(&s->rng, ++seen))
			found = row;
	}
	return found;
}

static void add_row(struct surw *s, const struct estimate *est, unsigned slot, const struct estimate_row *row)
{
	if (!row)
		return;
	s->key[slot] = row->key;
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		s->left[i] += (u32)((row->count[i] + est->executions - 1) / est->executions);
}

static void surw_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct surw *s = state;
	u64 kind;

	*s = (struct surw){ .rng = rng_start(seed, execution, 's'), .intended = NOBODY };
	if (!est->executions)
		return;
	kind = rng_below(&s->rng, 4);
	add_row(s, est, 0, draw_row(s, est, kind == 2));
	if (kind == 3)
		add_row(s, est, 1, draw_row(s, est, false));
}

/* Weighted by what each has left; a task that is about to make one counts in any case. */
static unsigned draw_intended(struct surw *s, u64 enabled)
{
	u64 total = 0, at;
	u32 weight[STRATEGY_TASKS];

	for (unsigned i = 0; i < STRATEGY_TASKS; i++) {
		weight[i] = 0;
		if (i < machine->nr_tasks && machine->sched.ready >> i & 1) {
			weight[i] = s->left[i];
			if (!weight[i] && enabled >> i & 1 && interesting(s, &machine->task[i].op))
				weight[i] = 1;
		}
		total += weight[i];
	}
	if (!total)
		return NOBODY;
	at = rng_below(&s->rng, total);
	for (unsigned i = 0;; i++) {
		if (at < weight[i])
			return i;
		at -= weight[i];
	}
}

static unsigned surw_pick(void *state, u64 enabled)
{
	struct surw *s = state;

	for (unsigned tries = 0; tries < 4 * STRATEGY_TASKS; tries++) {
		u64 free = enabled & ~s->blocked;
		unsigned t;

		if (!free) {
			s->blocked = 0;
			s->intended = draw_intended(s, enabled);
			free = enabled;
		}
		t = rng_bit(&s->rng, free);
		if (!interesting(s, &machine->task[t].op) || t == s->intended)
			return t;
		if (s->intended == NOBODY || !(machine->sched.ready >> s->intended & 1)) {
			s->intended = draw_intended(s, enabled);
			if (t == s->intended)
				return t;
		}
		s->blocked |= 1ul << t;
	}
	return rng_bit(&s->rng, enabled);
}

static void surw_step(void *state, const struct task *t)
{
	struct surw *s = state;

	if (!interesting(s, &t->op))
		return;
	if (t->id < STRATEGY_TASKS && s->left[t->id])
		s->left[t->id]--;
	s->blocked &= ~(1ul << t->id);
	if (t->id == s->intended) {
		s->intended = NOBODY;
		s->blocked = 0;
	}
}

const struct strategy strategy_surw = {
	.name = "surw",
	.about = "the order of the operations on one shared object, uniformly",
	.size = sizeof(struct surw),
	.begin = surw_begin,
	.pick = surw_pick,
	.step = surw_step,
};
