/* SPDX-License-Identifier: GPL-2.0-only */
/* Base orders: see orders.h. */
#include "minimise/orders.h"

#include <string.h>

void orders_add(struct orders *o, unsigned task)
{
	if (task < STRATEGY_TASKS && !memchr(o->task, (int)task, o->nr_tasks))
		o->task[o->nr_tasks++] = (u8)task;
}

void orders_seal(struct orders *o)
{
	o->nr = 1;
	for (unsigned i = 2; i <= o->nr_tasks && o->nr < ORDERS_MAX; i++)
		o->nr *= i;
	o->nr = min(o->nr, ORDERS_MAX);
}

/* Draw the tasks one after the other: which of those that are left says pick(). */
static void draw(const struct orders *o, u64 number, bool sampled, u8 *to)
{
	u64 rng = rng_start(0, number, 'm');
	unsigned left = o->nr_tasks;
	u8 task[STRATEGY_TASKS];

	memcpy(task, o->task, sizeof(task));
	while (left) {
		unsigned i = (unsigned)(sampled ? rng_below(&rng, left) : number % left);

		number /= left;
		*to++ = task[i];
		left--;
		memmove(&task[i], &task[i + 1], left - i);
	}
}

void orders_get(const struct orders *o, unsigned i, u8 order[STRATEGY_TASKS])
{
	unsigned nr = o->nr_tasks;

	/* Number 0 is the given order in either case. */
	draw(o, i, i && o->nr_tasks > 5, order);
	for (unsigned task = 0; task < STRATEGY_TASKS; task++)
		if (!memchr(o->task, (int)task, o->nr_tasks))
			order[nr++] = (u8)task;
}
