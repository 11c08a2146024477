/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock order as a picture: a node for each class, an arrow from what is taken first to what may be waited for under it. What
 * follows from other arrows is left out; what no document allows never is.
 *
 * Concurrency: a graph belongs to one caller; the verdict that it was made of must live as long.
 */
#ifndef HARNESS_LOCKDOC_GRAPH_H
#define HARNESS_LOCKDOC_GRAPH_H

#include <stdio.h>

#include "lockdoc/verdict.h"

enum graph_look {
	LOOK_DOCUMENTED,		/* nothing was run */
	LOOK_OBSERVED,
	LOOK_TRANSITIVE,		/* documented; only what it follows from was seen */
	LOOK_NEVER,			/* documented and not seen, waived or not */
	LOOK_TRY,			/* may only be tried */
	LOOK_UNDOCUMENTED,
	LOOK_CONTRADICTED,
	NR_LOOKS
};

extern const struct graph_style {
	const char *name, *colour, *dash;	/* dash: as SVG has it, "" for a line without */
} graph_style[NR_LOOKS];

struct graph_edge {
	u8 before, after, look;
	bool hidden;			/* it follows from others that are shown */
	char *tip;			/* where it is documented, and where it was seen first */
};

struct lock_graph {
	const struct verdict *verdict;
	u64 nodes;			/* bit set of classes */
	struct graph_edge *edge;
	unsigned nr_edges;
};

void graph_of(const struct verdict *v, struct lock_graph *g);
void graph_free(struct lock_graph *g);

/* For Graphviz, one cluster for each wait type. */
void graph_dot(const struct lock_graph *g, FILE *out);

/* A picture that stands for itself: layers from top to bottom, light and dark. */
void graph_svg(const struct lock_graph *g, FILE *out);

static inline const struct lock_class *graph_class(const struct lock_graph *g, unsigned class)
{
	return &g->verdict->doc->model->classes[class];
}

#endif
