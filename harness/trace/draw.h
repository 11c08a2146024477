/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws the interleaving of a trace (README.md) as one SVG element that needs nothing else: a lane for each thread, time downwards.
 *
 * Concurrency: a trace belongs to one caller.
 */
#ifndef HARNESS_TRACE_DRAW_H
#define HARNESS_TRACE_DRAW_H

#include <stdio.h>

#include <jansson.h>

#define TRACE_DRAW_ERR 512

/* Of a long execution only what matters is drawn. */
struct trace_drawing {
	unsigned last;			/* so many of the last steps; 0: all */
	unsigned touching;		/* and so many of the earlier ones, at most, that touch what the violation is about */
};

#define TRACE_DRAWING { .last = 40, .touching = 24 }

/* Returns 0, or -1 with a line in err if that is no trace of an execution. What is not written is known to the stream alone. */
int trace_draw(FILE *out, const json_t *trace, const struct trace_drawing *how, char err[TRACE_DRAW_ERR]);

#endif
