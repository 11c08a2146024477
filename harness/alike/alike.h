/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two reverse maps, the same sequence of operations, one thread: is the picture the same after each of them?
 *
 * Concurrency: as session.h.
 */
#ifndef HARNESS_ALIKE_ALIKE_H
#define HARNESS_ALIKE_ALIKE_H

#include "session.h"

struct alike_config {
	const struct rmap_ops *provider[2];
	u64 defects[DEFECT_WORDS];	/* of the first one */
};

enum alike_end {
	ALIKE,
	ALIKE_DIFFERS,
	ALIKE_FAILED,			/* nothing can be said: text says why */
};

/* Where they part. Plain data. */
struct unlike {
	int line;			/* of the statement in the scenario's text */
	u64 operations;			/* compared, with this one if it differs */
	char key[160];			/* the same for differences of one kind */
	char text[8192];
};

enum alike_end alike(const struct alike_config *config, const struct scenario *scn, struct unlike *u);

#endif
