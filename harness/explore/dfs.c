/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Depth-first search with a bound of preemptions that grows: all schedules without a preemption, then those with one, and so on
 * (iterative context bounding; Musuvathi and Qadeer, PLDI 2007). An unusual choice counts as a preemption. The schedules below a
 * bound come again under the next one: they are few beside those that it adds.
 *
 * Good where two or three switches at the right places are enough. It knows nothing of what depends on what: a proof is cheaper
 * with `verify`, and the end of a long execution is varied long before its beginning.
 */
#include "explore/strategy.h"

#define DEPTH (1u << 16)		/* decisions of an execution that are varied */
#define NOBODY (~0u)

struct node {
	u64 todo;			/* alternatives that are still to be tried */
	u64 dear;			/* alternatives that count as a preemption */
	u32 cost;			/* preemptions before this decision */
	u32 taken;
};

struct dfs {
	u32 bound;			/* preemptions at most */
	u32 cost;			/* in this execution, so far */
	u32 depth;			/* decisions made in this execution */
	u32 nr;				/* decisions that are given: the path to what is tried now */
	u32 last;			/* task of the step before */
	bool begun, cut, over;		/* cut: the bound left something out */
	struct node node[DEPTH];
};

/* Turn to the next path; false: there is none under this bound. */
static bool backtrack(struct dfs *s)
{
	for (; s->nr; s->nr--) {
		struct node *n = &s->node[s->nr - 1];

		if (!n->todo)
			continue;
		n->taken = (u32)__builtin_ctzl(n->todo);
		n->todo &= n->todo - 1;
		return true;
	}
	return false;
}

static void dfs_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	struct dfs *s = state;

	(void)seed;
	(void)execution;
	(void)est;
	if (s->begun && !backtrack(s)) {
		s->over = !s->cut;
		s->cut = false;
		s->bound++;
	}
	s->begun = true;
	s->cost = s->depth = 0;
	s->last = NOBODY;
}

static bool dfs_is_over(const void *state)
{
	const struct dfs *s = state;

	return s->over;
}

/* One of the alternatives in all: the one that the path says, and behind its end the usual one. */
static unsigned decide(struct dfs *s, u64 all, u64 dear, unsigned usual)
{
	struct node *n = &s->node[s->depth];

	if (s->depth == DEPTH) {
		s->cut = true;
		return usual;
	}
	if (s->depth < s->nr && !(all >> n->taken & 1))
		s->nr = s->depth;	/* not the execution that the path was made in */
	if (s->depth == s->nr) {
		*n = (struct node){ .todo = all & ~(1ul << usual), .dear = dear, .cost = s->cost, .taken = usual };
		if (s->cost >= s->bound) {
			s->cut |= (n->todo & dear) != 0;
			n->todo &= ~dear;
		}
		s->nr++;
	}
	s->depth++;
	s->cost = n->cost + (u32)(n->dear >> n->taken & 1);
	return n->taken;
}

/* Whoever ran goes on for nothing. Who gives way and goes on nevertheless costs as much as whoever is put in his place. */
static unsigned dfs_pick(void *state, u64 enabled)
{
	struct dfs *s = state;
	u64 last = s->last == NOBODY ? 0 : enabled & 1ul << s->last, others = enabled & ~last, behind;

	if (last && machine->task[s->last].op.kind != OP_YIELD)
		return decide(s, enabled, others, s->last);
	behind = s->last == NOBODY ? 0 : others & ~((2ul << s->last) - 1);
	return decide(s, enabled, last, (unsigned)__builtin_ctzl(behind ? behind : others));
}

static unsigned dfs_choose(void *state, unsigned n)
{
	u64 all = n < 64 ? (1ul << n) - 1 : ~0ul;

	return decide(state, all, all & ~1ul, 0);
}

static void dfs_step(void *state, const struct task *t)
{
	struct dfs *s = state;

	s->last = t->id;
}

const struct strategy strategy_dfs = {
	.name = "dfs",
	.about = "every schedule in turn: without preemptions, then with one, and so on",
	.size = sizeof(struct dfs),
	.keeps = true,
	.begin = dfs_begin,
	.is_over = dfs_is_over,
	.pick = dfs_pick,
	.choose = dfs_choose,
	.step = dfs_step,
};
