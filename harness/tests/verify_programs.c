/* SPDX-License-Identifier: GPL-2.0-only */
/* Random small programs, and printing them: see verify_sim.h. */
#include <stdio.h>
#include <string.h>

#include "explore/rng.h"
#include "tests/verify_sim.h"

/* How many points a statement has at most, and how it is called. */
static const struct {
	const char *name;
	u8 points;
} actions[] = {
	[SIM_LOAD] = { "load", 1 },		[SIM_STORE] = { "store", 1 },
	[SIM_ADD] = { "add", 1 },		[SIM_INC_NOT_ZERO] = { "inc_not_zero", 1 },
	[SIM_CMPXCHG] = { "cmpxchg", 1 },	[SIM_PLAIN] = { "plain", 0 },
	[SIM_LOCK] = { "lock", 1 },		[SIM_TRYLOCK] = { "trylock", 1 },
	[SIM_UNLOCK] = { "unlock", 1 },		[SIM_DOWN_READ] = { "down_read", 2 },
	[SIM_TRY_READ] = { "try_read", 1 },	[SIM_UP_READ] = { "up_read", 1 },
	[SIM_DOWN_WRITE] = { "down_write", 2 }, [SIM_TRY_WRITE] = { "try_write", 1 },
	[SIM_UP_WRITE] = { "up_write", 1 },	[SIM_DOWNGRADE] = { "downgrade", 1 },
	[SIM_IS_LOCKED] = { "is_locked", 1 },	[SIM_BIT_LOCK] = { "bit_lock", 1 },
	[SIM_BIT_TRY] = { "bit_try", 1 },	[SIM_BIT_UNLOCK] = { "bit_unlock", 1 },
	[SIM_SET_BIT] = { "set_bit", 1 },	[SIM_TEST_BIT] = { "test_bit", 1 },
	[SIM_RCU_LOCK] = { "rcu_lock", 1 },	[SIM_RCU_UNLOCK] = { "rcu_unlock", 1 },
	[SIM_SYNCHRONIZE] = { "synchronize", 2 }, [SIM_CALL] = { "call", 3 },
	[SIM_BARRIER] = { "barrier", 1 },	[SIM_PUBLISH] = { "publish", 3 },
	[SIM_RETIRE] = { "retire", 2 },		[SIM_TOUCH] = { "touch", 2 },
	[SIM_CHOOSE] = { "choose", 0 },		[SIM_WAIT] = { "wait", 1 },
	[SIM_SPIN] = { "spin", 1 },		[SIM_YIELD] = { "yield", 1 },
};

void sim_add(struct sim_program *p, unsigned thread, enum sim_action action, unsigned obj, unsigned value)
{
	if (p->nr[thread] == SIM_STATEMENTS)
		die("too many statements");
	p->at[thread][p->nr[thread]++] = (struct sim_statement){ (u8)action, (u8)obj, (u8)value };
}

struct generator {
	struct sim_program *p;
	u64 rng;
	int budget;			/* points of this thread that are left */
	unsigned heads;			/* callbacks that are queued already */
	unsigned depth;
	unsigned theme;			/* bit set: which kinds of statements this program is about */
	bool reading;			/* inside a read section of RCU */
};

static unsigned pick(struct generator *g, unsigned n)
{
	return (unsigned)rng_below(&g->rng, n);
}

static void block(struct generator *g, unsigned thread);

/* Enter, something, leave. plain: what the lock guards. */
static void section(struct generator *g, unsigned thread, enum sim_action in, enum sim_action out, unsigned obj)
{
	int cost = actions[in].points + actions[out].points;

	if (g->budget < cost)
		return;
	g->budget -= cost;
	sim_add(g->p, thread, in, obj, 0);
	if (out != SIM_RCU_UNLOCK && out != SIM_UP_READ && pick(g, 2))
		sim_add(g->p, thread, SIM_PLAIN, obj + (out == SIM_UNLOCK ? 0 : out == SIM_UP_WRITE ? 2 : 4), 0);
	if (in == SIM_DOWN_WRITE && !pick(g, 3) && g->budget) {
		g->budget--;
		sim_add(g->p, thread, SIM_DOWNGRADE, obj, 0);
		out = SIM_UP_READ;
	}
	g->depth++;
	for (unsigned n = pick(g, 3); n && g->depth < 3; n--)
		block(g, thread);
	g->depth--;
	sim_add(g->p, thread, out, obj, 0);
}

/* Programs are about a few things each: then their threads meet. */
enum { THEME_MUTEX = 1, THEME_RWSEM = 2, THEME_BITS = 4, THEME_RCU = 8, THEME_SLAB = 16, THEME_CELLS = 32 };

static void lock_section(struct generator *g, unsigned thread)
{
	static const struct {
		u8 theme, in, out;
	} kind[] = {
		{ THEME_MUTEX, SIM_LOCK, SIM_UNLOCK },	       { THEME_MUTEX, SIM_TRYLOCK, SIM_UNLOCK },
		{ THEME_RWSEM, SIM_DOWN_READ, SIM_UP_READ },   { THEME_RWSEM, SIM_TRY_READ, SIM_UP_READ },
		{ THEME_RWSEM, SIM_DOWN_WRITE, SIM_UP_WRITE }, { THEME_RWSEM, SIM_TRY_WRITE, SIM_UP_WRITE },
		{ THEME_BITS, SIM_BIT_LOCK, SIM_BIT_UNLOCK },  { THEME_BITS, SIM_BIT_TRY, SIM_BIT_UNLOCK },
		{ THEME_RCU, SIM_RCU_LOCK, SIM_RCU_UNLOCK },
	};
	unsigned k = pick(g, ARRAY_SIZE(kind));
	bool was = g->reading;

	if (!(g->theme & kind[k].theme))
		return;
	g->reading |= kind[k].theme == THEME_RCU;
	section(g, thread, (enum sim_action)kind[k].in, (enum sim_action)kind[k].out,
		kind[k].theme != THEME_RCU && pick(g, 4) == 0);
	g->reading = was;
}

static void simple(struct generator *g, unsigned thread)
{
	static const struct {
		u8 theme, action;
	} some[] = {
		{ THEME_CELLS, SIM_LOAD },	   { THEME_CELLS, SIM_STORE },	 { THEME_CELLS, SIM_ADD },
		{ THEME_CELLS, SIM_INC_NOT_ZERO }, { THEME_CELLS, SIM_CMPXCHG }, { THEME_CELLS | THEME_RCU, SIM_STORE },
		{ THEME_RWSEM, SIM_IS_LOCKED },	   { THEME_BITS, SIM_SET_BIT },	 { THEME_BITS, SIM_TEST_BIT },
		{ THEME_SLAB, SIM_PUBLISH },	   { THEME_SLAB, SIM_RETIRE },	 { THEME_SLAB, SIM_TOUCH },
		{ THEME_RCU, SIM_SYNCHRONIZE },	   { THEME_RCU, SIM_CALL },	 { THEME_RCU, SIM_BARRIER },
		{ THEME_CELLS, SIM_CHOOSE },	   { THEME_CELLS, SIM_WAIT },	 { THEME_RCU | THEME_SLAB, SIM_TOUCH },
	};
	unsigned k = pick(g, ARRAY_SIZE(some)), obj = pick(g, 3) == 0;
	enum sim_action a = (enum sim_action)some[k].action;

	if (!(g->theme & some[k].theme) || g->budget < actions[a].points)
		return;
	/* To wait for readers as a reader is a deadlock: now and then. */
	if (g->reading && (a == SIM_SYNCHRONIZE || a == SIM_BARRIER) && pick(g, 8))
		return;
	if (a == SIM_CALL && g->heads == 2)
		return;
	if (a == SIM_CALL)
		obj = g->heads++;
	g->p->callbacks |= a == SIM_CALL || a == SIM_PUBLISH || a == SIM_RETIRE;
	g->budget -= actions[a].points;
	sim_add(g->p, thread, a, obj, a == SIM_CHOOSE ? 2 : pick(g, 2) + (a == SIM_STORE || a == SIM_ADD));
}

static void block(struct generator *g, unsigned thread)
{
	if (pick(g, 2))
		lock_section(g, thread);
	else
		simple(g, thread);
}

void sim_random(struct sim_program *p, u64 seed, unsigned points)
{
	struct generator g = { .p = p, .rng = rng_start(seed, 0, 'v') };

	memset(p, 0, sizeof(*p));
	p->threads = 2 + (pick(&g, 3) == 0);
	do
		g.theme = pick(&g, 64);
	while (!g.theme || __builtin_popcount(g.theme) > 3);
	for (unsigned t = 0; t < p->threads; t++) {
		g.budget = (int)(points / p->threads);
		for (unsigned tries = 0; tries < 200 && g.budget > 0 && p->nr[t] < 20; tries++)
			block(&g, t);
	}
}

void sim_print(const struct sim_program *p)
{
	for (unsigned t = 0; t < p->threads; t++) {
		fprintf(stderr, "    thread %u:", t);
		for (unsigned i = 0; i < p->nr[t]; i++)
			fprintf(stderr, " %s%u,%u", actions[p->at[t][i].action].name, p->at[t][i].obj, p->at[t][i].value);
		fputc('\n', stderr);
	}
}
