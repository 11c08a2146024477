/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what is done with swap areas; see interp.c. */
#include "interp.h"
#include "swap.h"

void op_swapoff(struct context *c)
{
	came_error(c, swapoff((unsigned)c->s->value));
}

void op_swapon(struct context *c)
{
	came_error(c, swapon((unsigned)c->s->value));
}
