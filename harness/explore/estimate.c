/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the first executions of a campaign show: who touches which object how often. Strategies that need to know beforehand
 * (PCT, SURW) use it; after those executions it does not change any more.
 */
#include <string.h>

#include "explore/strategy.h"

static struct estimate_row *row_of(struct estimate *est, u64 key)
{
	u32 at = (u32)((key * 0x9e3779b97f4a7c15ul) >> 32);

	for (u32 probes = 0; probes < ESTIMATE_HASH; probes++, at++) {
		u16 *slot = &est->hash[at % ESTIMATE_HASH];

		if (*slot && est->row[*slot - 1].key == key)
			return &est->row[*slot - 1];
		if (*slot)
			continue;
		if (est->nr_rows == ESTIMATE_ROWS)
			return NULL;
		*slot = (u16)++est->nr_rows;
		est->row[est->nr_rows - 1] = (struct estimate_row){ .key = key };
		return &est->row[est->nr_rows - 1];
	}
	return NULL;
}

static void count(struct estimate *est, u64 key, const struct task *t)
{
	struct estimate_row *row = row_of(est, key);

	if (!row || t->id >= STRATEGY_TASKS)
		return;
	row->tasks |= (u16)(1u << t->id);
	row->written |= op_info[t->op.kind].access == ACCESS_W;
	if (row->count[t->id] < 0xffff)
		row->count[t->id]++;
}

void estimate_step(struct estimate *est, const struct task *t)
{
	if (t->id < STRATEGY_TASKS)
		est->task_steps[t->id]++;
	if (op_info[t->op.kind].access == ACCESS_N || t->daemon)
		return;
	if (op_object_key(&t->op))
		count(est, op_object_key(&t->op), t);
	if (op_group_key(&t->op))
		count(est, op_group_key(&t->op), t);
}

void estimate_execution(struct estimate *est, u64 decisions, u64 steps)
{
	est->executions++;
	if (est->decisions < decisions)
		est->decisions = decisions;
	if (est->steps < steps)
		est->steps = steps;
}
