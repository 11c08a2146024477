/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of strategies, the portfolio of them, and which operations race.
 *
 * Concurrency: constant tables and pure functions.
 */
#include "explore/strategy.h"

#include <string.h>

const struct strategy *const strategies[] = {
	&strategy_random, &strategy_sticky, &strategy_pct, &strategy_pos, &strategy_surw, &strategy_urw, &strategy_flip, &strategy_dfs,
	NULL,
};

/*
 * What consecutive executions of "auto" use. Flip finds most races first; the others are there because they fail in other places: SURW
 * needs no race to be known, PCT stalls a task for a whole execution, sticky for long stretches, and random assumes nothing.
 */
static const struct strategy *const portfolio[] = {
	&strategy_flip, &strategy_pct, &strategy_flip, &strategy_flip, &strategy_surw, &strategy_flip, &strategy_flip, &strategy_pct,
	&strategy_flip, &strategy_sticky, &strategy_flip, &strategy_flip, &strategy_pct, &strategy_flip, &strategy_flip, &strategy_random,
};

const struct strategy *strategy_find(const char *name)
{
	for (const struct strategy *const *s = strategies; *s; s++) {
		if (!strcmp((*s)->name, name))
			return *s;
	}
	return NULL;
}

const struct strategy *strategy_for(const char *name, u64 execution)
{
	if (!strcmp(name, "auto"))
		return portfolio[execution % ARRAY_SIZE(portfolio)];
	return strategy_find(name);
}

const struct strategy *strategy_estimated(const char *name, u64 execution, const struct estimate *est)
{
	const struct strategy *s = strategy_for(name, execution);

	if (estimate_frozen(est) || (s != &strategy_surw && s != &strategy_pct && s != &strategy_urw))
		return s;
	return execution % 2 ? &strategy_sticky : &strategy_pos;
}

enum { REACH_OBJECT, REACH_RCU, REACH_SLAB };

/*
 * The objects of these say little: readers of RCU have none, and memory that is freed is the
 * next to be allocated.
 */
const u8 op_reach[OP_NR] = {
	[OP_RCU_READ_LOCK] = REACH_RCU,
	[OP_RCU_READ_UNLOCK] = REACH_RCU,
	[OP_GP_BEGIN] = REACH_RCU,
	[OP_GP_END] = REACH_RCU,
	[OP_CALL_RCU] = REACH_RCU,
	[OP_RCU_CALLBACK] = REACH_RCU,
	[OP_RCU_BARRIER] = REACH_RCU,
	[OP_SLAB_ALLOC] = REACH_SLAB,
	[OP_SLAB_FREE] = REACH_SLAB,
};

static bool is_bit_operation(const struct op *op)
{
	return op->kind == OP_LOCK || op->kind == OP_TRYLOCK || op->kind == OP_UNLOCK;
}

/*
 * No object is larger than a chunk; that the memory behind a smaller one counts as well does no
 * harm.
 */
static bool frees(const struct op *op, const void *addr)
{
	return op->kind == OP_SLAB_FREE && (u64)addr - (u64)op->obj < CHUNK_SIZE;
}

bool ops_race_closely(const struct op *a, const struct op *b)
{
	bool changed = op_changes((enum op_kind)a->kind) || op_changes((enum op_kind)b->kind);

	if (!changed || !op_touches((enum op_kind)a->kind) || !op_touches((enum op_kind)b->kind))
		return false;
	if (op_reach[a->kind] && op_reach[a->kind] == op_reach[b->kind])
		return true;
	if (frees(a, b->obj) || frees(b, a->obj))
		return true;
	if (a->obj != b->obj)
		return false;
	/* Two bit locks in one word have nothing to do with each other. */
	return a->arg == b->arg || !is_bit_operation(a) || !is_bit_operation(b);
}

u64 tasks_racing_far(const struct op *op)
{
	u64 racing = 0;

	for (unsigned i = 0; i < machine->nr_tasks; i++)
		racing |= (u64)ops_race_closely(&machine->task[i].op, op) << i;
	return racing;
}
