/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what the kernel does with the oldest pages, whosever they are; see interp.c. */
#include "interp.h"

void op_shrink(struct context *c)
{
	lru_add_drain();
	came_number(c, shrink_lru((unsigned)c->s->count));
}

void op_compact(struct context *c)
{
	came_number(c, compact_lru((unsigned)c->s->count));
}

void op_drain(struct context *c)
{
	(void)c;
	lru_add_drain_all();
}
