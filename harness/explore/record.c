/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings, and the policy that makes them from a strategy's answers.
 *
 * Concurrency: see recorder.h.
 */
#include "explore/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "sanitize.h"

static void *grown(void *array, u32 *cap, size_t size)
{
	u32 more = *cap ? *cap * 2 : 256;
	void *room;

	san_ignore_begin();		/* recordings grow in the middle of somebody's step */
	room = realloc(array, more * size);
	san_ignore_end();
	if (!room)
		die("no memory for a recording of %u entries", more);
	*cap = more;
	return room;
}

void recording_grow_choices(struct recording *r)
{
	if (r->nr >= RECORDING_MAX)
		die("an execution made more than %u choices", RECORDING_MAX);
	r->choice = grown(r->choice, &r->cap, sizeof(*r->choice));
}

void recording_grow_checks(struct recording *r)
{
	if (r->nr_check >= RECORDING_MAX)
		die("an execution made more than %lu steps", (u64)RECORDING_MAX * CHECK_EVERY);
	r->check = grown(r->check, &r->cap_check, sizeof(*r->check));
}

void recording_clear(struct recording *r)
{
	r->nr = r->nr_check = 0;
	r->hash = r->steps = r->decisions = r->switches = 0;
}

void recording_free(struct recording *r)
{
	free(r->choice);
	free(r->check);
	memset(r, 0, sizeof(*r));
}

void recording_copy(struct recording *to, const struct recording *from)
{
	recording_clear(to);
	while (to->cap < from->nr)
		to->choice = grown(to->choice, &to->cap, sizeof(*to->choice));
	while (to->cap_check < from->nr_check)
		to->check = grown(to->check, &to->cap_check, sizeof(*to->check));
	if (from->nr)
		memcpy(to->choice, from->choice, from->nr * sizeof(*to->choice));
	if (from->nr_check)
		memcpy(to->check, from->check, from->nr_check * sizeof(*to->check));
	to->nr = from->nr;
	to->nr_check = from->nr_check;
	to->hash = from->hash;
	to->steps = from->steps;
	to->decisions = from->decisions;
	to->switches = from->switches;
}

/*
 * Strategies need not be fair: one may let two tasks spin for ever while the third, which they wait
 * for, has the lowest priority. That is no livelock of the model. With half of the steps without
 * progress used up, all tasks get equal chances.
 */
static bool must_be_fair(void)
{
	const struct sched *s = &machine->sched;

	return s->step - s->progress > s->bound / 2;
}

static unsigned explorer_pick(struct exec_policy *p, u64 enabled)
{
	struct explorer *e = container_of(p, struct explorer, policy);
	unsigned task;

	if (!(enabled & (enabled - 1)))
		return (unsigned)__builtin_ctzl(enabled);
	if (unlikely(must_be_fair()))
		task = rng_bit(&e->rng, enabled);
	else
		task = e->strategy->pick(e->state, enabled);
	recording_add(e->rec, (u8)task);
	e->rec->decisions++;
	return task;
}

static unsigned explorer_choose(struct exec_policy *p, enum choice_kind kind, unsigned n)
{
	struct explorer *e = container_of(p, struct explorer, policy);
	unsigned alternative = 0;

	if (n < 2)
		return 0;
	n = min(n, MAX_ALTERNATIVES);
	if (e->strategy->choose)
		alternative = e->strategy->choose(e->state, n);
	else if (!rng_below(&e->rng, choice_info[kind].odds))
		alternative = 1 + (unsigned)rng_below(&e->rng, n - 1);
	recording_add(e->rec, (u8)(CHOICE_BIT | alternative));
	return alternative;
}

static void explorer_step(struct exec_policy *p, const struct task *t)
{
	struct explorer *e = container_of(p, struct explorer, policy);

	recording_step(e->rec, t, &e->last);
	if (unlikely(e->estimate))
		estimate_step(e->estimate, t);
	if (e->strategy->step)
		e->strategy->step(e->state, t);
}

void explorer_init(struct explorer *e)
{
	memset(e, 0, sizeof(*e));
	e->policy.quiet = true;
	e->policy.pick = explorer_pick;
	e->policy.choose = explorer_choose;
	e->policy.step = explorer_step;
}

static void *state_alloc(const struct strategy *s)
{
	void *state = malloc(s->size);

	if (!state)
		die("no memory for the state of strategy %s", s->name);
	return state;
}

/* One at a time: who mixes strategies has at most one of these among them. */
static void *kept_state(struct explorer_kept *kept, const struct strategy *s, u64 epoch)
{
	if (kept->strategy == s && (s->keeps || kept->epoch == epoch))
		return kept->state;
	if (kept->strategy != s) {
		free(kept->state);
		kept->state = state_alloc(s);
	}
	kept->strategy = s;
	kept->epoch = epoch;
	return memset(kept->state, 0, s->size);
}

static void *own_state(struct explorer *e, const struct strategy *s)
{
	if (s->size > e->own_cap) {
		free(e->own);
		e->own = state_alloc(s);
		e->own_cap = s->size;
	}
	return e->own;
}

void explorer_begin(struct explorer *e, const struct strategy *s, u64 seed, u64 execution,
		    const struct estimate *est, struct recording *rec)
{
	e->state = s->keeps || s->learns ? kept_state(&e->kept, s, execution / STRATEGY_EPOCH) : own_state(e, s);
	e->strategy = s;
	e->rng = rng_start(seed, execution, 'a');
	e->last = NO_TASK;
	e->rec = rec;
	e->estimate = NULL;
	recording_clear(rec);
	s->begin(e->state, seed, execution, est);
}

void explorer_resume(struct explorer *e, struct explorer_kept *kept)
{
	free(e->kept.state);
	e->kept = *kept;
	kept->state = NULL;
}

void explorer_suspend(struct explorer *e, struct explorer_kept *kept)
{
	*kept = e->kept;
	e->kept = (struct explorer_kept){ 0 };
}

bool explorer_is_over(const struct explorer *e)
{
	return e->strategy->is_over && e->strategy->is_over(e->state);
}

void explorer_free(struct explorer *e)
{
	free(e->own);
	free(e->kept.state);
	memset(e, 0, sizeof(*e));
}
