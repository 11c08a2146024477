/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which classes were taken under which, over many executions and in which context: plain data of
 * fixed size, because it is collected in worker processes and read by their parent.
 *
 * Concurrency: a struct observed belongs to one caller. Harvesting wants the machine between two
 * executions.
 */
#ifndef HARNESS_LOCKDOC_OBSERVED_H
#define HARNESS_LOCKDOC_OBSERVED_H

#include "lockdep.h"

#define OBSERVED_SITE 40		/* bytes of "file.c:123" */

/* The first time that after was waited for (or tried) under before, and how often it was. */
struct observed_witness {
	u8 before, after, context;
	bool trylock;
	char held[OBSERVED_SITE];	/* where before had been taken */
	char acquired[OBSERVED_SITE];
	u64 executions;			/* in which it was seen */
};

/* The first index is the context; 0 is the ordinary order. */
struct observed {
	u64 under[LOCK_CONTEXTS][MAX_CLASSES];	/* under[x][b]: held when b was waited for */
	u64 under_try[LOCK_CONTEXTS][MAX_CLASSES];	/* the same for trylocks */
	u64 pinned;			/* classes that somebody has pinned */
	u32 nr_witnesses;
	struct observed_witness witness[MAX_EDGES];
	u16 at[LOCK_CONTEXTS][2][MAX_CLASSES][MAX_CLASSES];	/* 1 + the witness of a try, of b, under a */
};

/* Add what this machine has seen among its first nr classes. */
void observed_harvest(struct observed *o, unsigned nr);

/*
 * Of two witnesses of one pair, the one that is there already stays, and what was counted is added
 * up. Returns how many witnesses are new: the last ones.
 */
unsigned observed_merge(struct observed *o, const struct observed *from);

/* Add a pair; what its witness says beyond that is the caller's. NULL: it is known, or there is no room. */
struct observed_witness *observed_add(struct observed *o, unsigned context, unsigned before,
				      unsigned after, bool trylock);

/* A witness of the pair, or NULL. */
const struct observed_witness *observed_find(const struct observed *o, unsigned context,
					     unsigned before, unsigned after, bool trylock);

#endif
