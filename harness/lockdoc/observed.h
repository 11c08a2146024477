/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which classes were taken under which, over many executions: plain data of fixed size, because it
 * is collected in worker processes and read by their parent.
 *
 * Concurrency: a struct observed belongs to one caller. Harvesting wants the machine between two
 * executions.
 */
#ifndef HARNESS_LOCKDOC_OBSERVED_H
#define HARNESS_LOCKDOC_OBSERVED_H

#include "lockdep.h"

#define OBSERVED_SITE 40		/* bytes of "file.c:123" */

/* The first time that after was waited for (or tried) under before. */
struct observed_witness {
	u8 before, after;
	bool trylock;
	char held[OBSERVED_SITE];	/* where before had been taken */
	char acquired[OBSERVED_SITE];
};

struct observed {
	u64 under[MAX_CLASSES];		/* under[b]: classes that were held when b was waited for */
	u64 under_try[MAX_CLASSES];	/* the same for trylocks */
	u32 nr_witnesses;
	struct observed_witness witness[MAX_EDGES];
};

/* Add what this machine has seen among its first nr classes. */
void observed_harvest(struct observed *o, unsigned nr);

/*
 * Of two witnesses of one pair, the one that is there already stays. Returns how many witnesses are
 * new: the last ones.
 */
unsigned observed_merge(struct observed *o, const struct observed *from);

/* A witness of the pair, or NULL. */
const struct observed_witness *observed_find(const struct observed *o, unsigned before,
					     unsigned after, bool trylock);

#endif
