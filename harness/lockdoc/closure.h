/* SPDX-License-Identifier: GPL-2.0-only */
/* Graphs of classes: what follows from the arcs of one era and one context. */
#ifndef HARNESS_LOCKDOC_CLOSURE_H
#define HARNESS_LOCKDOC_CLOSURE_H

#include "lockdoc/lockdoc.h"

struct closure {
	u64 after[MAX_CLASSES];		/* after[a]: classes to which an arc leads from a */
};

/* As a context: those of all contexts together, and of none. */
extern const char closure_any[];

/* Does the arc belong to this era and this context (NULL: to none), and may it be waited along? */
bool closure_takes(const struct lockdoc_arc *arc, const char *era, const char *ctx);

/* The arcs that may be waited along; ctx NULL: those of no context. */
void closure_direct(const struct lockdoc *doc, const char *era, const char *ctx, struct closure *c);

/* All classes that can be reached from one; itself only in a cycle. */
u64 closure_from(const struct closure *c, unsigned class);

/* All classes that lead to end, and for each the next one on a shortest way there. */
u64 closure_ways(const struct closure *c, unsigned end, u8 next[MAX_CLASSES]);

#endif
