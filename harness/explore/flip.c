/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * POS, and races turned round. Each execution is looked at for pairs of operations that race (races.h). A later one takes one to six
 * pairs of those that are known by then and, for each, holds one task until the other has done its operation: before the first operation,
 * so that they come in the other order, or behind it, so that they come one right after the other. All else is as in POS.
 *
 * Most bugs need one or two pairs in an order that hardly ever comes by itself (Park, Lu and Zhou, CTrigger, ASPLOS 2009; Yu,
 * Narayanasamy, Pereira and Pokam, Maple, OOPSLA 2012). These tools have one pair a run, and the rest of it as it comes; here the rest
 * is drawn as well, since it takes another order or two until the pair matters.
 */
#include "explore/pos.h"
#include "explore/races.h"
#include "explore/rng.h"

#define MOST 6u				/* pairs in one execution */
#define MORE_ODDS 4u			/* not one more, once in so many */
#define DRAWN 4u			/* pairs that one is taken from */
#define NOBODY (~0u)

/* Where the first task is held: behind a lock's acquisition is behind its release, since the second task may need the lock. */
enum way { BEFORE, BEHIND };

struct flip {
	struct racing_pair pair;
	u16 first_seen, second_seen;	/* operations so far that are called like the first one, and the second */
	enum way way;
	bool over;			/* it is done, or cannot be */
	bool behind;			/* the first task has done it, and is held wherever it is */
	u8 bit;				/* of a bit lock */
	const void *lock;		/* taken by the first operation, and not released yet */
};

struct flips {
	struct pos pos;
	u64 rng;
	u32 nr;
	u32 next;			/* who is to go on now, or NOBODY */
	struct flip flip[MOST];
	struct racing_pairs pairs;	/* of all executions so far */
};

/* Each code as likely as the others, and each pair of this code. */
static const struct racing_pair *any_pair(struct flips *s)
{
	u32 c = (u32)rng_below(&s->rng, s->pairs.nr_codes), skip = (u32)rng_below(&s->rng, s->pairs.code[c].nr);
	const struct racing_pair *p = &s->pairs.at[s->pairs.code[c].first];

	while (skip--)
		p = &s->pairs.at[p->next - 1];
	return p;
}

/* Of some that are drawn, the one whose code was tried least in this way, if that is known of other scenarios, too. */
static struct flip draw(struct flips *s, struct tries *tries)
{
	struct flip best = { .over = true };
	u32 *least = NULL;

	for (u32 i = 0; i < DRAWN; i++) {
		const struct racing_pair *p = any_pair(s);
		enum way way = rng_below(&s->rng, 2) ? BEHIND : BEFORE;
		u32 *count = tries ? tries_of(tries, p->code) : NULL;

		if (i && (!count || !least || count[way] >= *least))
			continue;
		best = (struct flip){ .pair = *p, .way = way };
		least = count ? &count[way] : NULL;
	}
	if (least)
		++*least;
	return best;
}

static void flip_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct flips *s = state;

	strategy_pos.begin(&s->pos, seed, execution, est);
	s->rng = rng_start(seed, execution, 'f');
	s->next = NOBODY;
	for (s->nr = 0; s->pairs.nr && s->nr < MOST && (!s->nr || rng_below(&s->rng, MORE_ODDS)); s->nr++)
		s->flip[s->nr] = draw(s, est ? est->tries : NULL);
	races_begin();
}

/* ---- who runs ---- */

static bool holds(const struct flip *f, u64 enabled)
{
	const struct step_name *first = &f->pair.first;

	if (f->over || !(enabled >> first->task & 1))
		return false;
	if (f->way == BEHIND)
		return f->behind;
	return f->first_seen + 1 == first->nth && step_key(&machine->task[first->task].op) == first->key;
}

/* Who is not held, and of these who is waited for. When all are held, the last pair is given up. */
static u64 not_held(struct flips *s, u64 enabled, u64 *awaited)
{
	for (;;) {
		struct flip *last = NULL;
		u64 free = enabled;

		*awaited = 0;
		for (u32 i = 0; i < s->nr; i++) {
			if (!holds(&s->flip[i], enabled))
				continue;
			last = &s->flip[i];
			free &= ~(1ul << last->pair.first.task);
			*awaited |= 1ul << last->pair.second.task;
		}
		*awaited &= free;
		if (free)
			return free;
		last->over = true;	/* NOLINT(clang-analyzer-core.NullDereference): somebody is enabled, and so the last is held */
	}
}

static unsigned flip_pick(void *state, u64 enabled)
{
	struct flips *s = state;
	u64 awaited, free = not_held(s, enabled, &awaited), busy = tasks_not_spinning(free);

	if (s->next != NOBODY && busy >> s->next & 1)
		return s->next;
	if (awaited & busy)
		busy &= awaited;
	return strategy_pos.pick(&s->pos, busy ? busy : free);
}

/* ---- how far a pair is ---- */

static bool takes(enum op_kind kind)
{
	return kind >= OP_LOCK && kind <= OP_DOWN_WRITE_TRYLOCK && kind != OP_IS_LOCKED && !op_lets_go(kind);
}

static void first_task(struct flip *f, const struct op *op, u64 key)
{
	const struct step_name *first = &f->pair.first;

	if (f->lock && op->obj == f->lock && op->arg == f->bit && op_lets_go((enum op_kind)op->kind)) {
		f->behind = true;
		f->lock = NULL;
	}
	if (key != first->key || f->first_seen == first->nth || ++f->first_seen != first->nth)
		return;
	f->over = f->way == BEFORE;
	f->lock = takes((enum op_kind)op->kind) ? op->obj : NULL;
	f->bit = op->arg;
	f->behind = !f->lock;
}

static void flip_step(void *state, const struct task *t)
{
	struct flips *s = state;
	u64 key = step_key(&t->op);

	races_step(&s->pairs, t);
	strategy_pos.step(&s->pos, t);
	if (s->next == t->id)
		s->next = NOBODY;
	for (u32 i = 0; i < s->nr; i++) {
		struct flip *f = &s->flip[i];

		if (f->over)
			continue;
		if (t->id == f->pair.first.task)
			first_task(f, &t->op, key);
		if (t->id != f->pair.second.task || key != f->pair.second.key || ++f->second_seen < f->pair.second.nth)
			continue;
		/* The held one goes on at once, or when its turn comes: either may be what it takes. */
		f->over = true;
		s->next = rng_below(&s->rng, 2) ? f->pair.first.task : NOBODY;
	}
}

const struct strategy strategy_flip = {
	.name = "flip",
	.about = "pos, and races of earlier executions turned round, one to six at a time",
	.size = sizeof(struct flips),
	.learns = true,
	.begin = flip_begin,
	.pick = flip_pick,
	.step = flip_step,
};
