/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs where no directive says otherwise: obeying directives and deriving them must agree on it. No one outside this
 * directory includes this.
 */
#ifndef HARNESS_MINIMISE_DEFAULT_H
#define HARNESS_MINIMISE_DEFAULT_H

#include "explore/recorder.h"
#include "minimise/directive.h"

/* Has the task that ran last given way of its own accord? */
static inline bool task_yields(u32 last)
{
	return last != NO_TASK && machine->task[last].op.kind == OP_YIELD;
}

/* As directive.what: what that task is about to do. */
static inline u8 what_next(u32 last)
{
	if (last == NO_TASK)
		return WHAT_EVER;
	return machine->task[last].state == TASK_DONE ? WHAT_END : WHAT_FIRST + machine->task[last].op.kind;
}

/*
 * Whoever ran goes on; when it cannot, the first in the base order that can. After a task in a spin loop, the next one in the
 * order, round and round: two that spin must not keep away the third, for whom they wait.
 */
static inline unsigned default_task(const u8 order[STRATEGY_TASKS], u64 enabled, u32 last, bool yields)
{
	unsigned from = 0;

	if (last != NO_TASK && enabled >> last & 1)
		return last;
	while (yields && from < STRATEGY_TASKS && order[from] != last)
		from++;
	for (unsigned i = 0; i < STRATEGY_TASKS; i++) {
		unsigned task = order[(from + i) % STRATEGY_TASKS];

		if (enabled >> task & 1)
			return task;
	}
	return (unsigned)__builtin_ctzl(enabled);
}

#endif
