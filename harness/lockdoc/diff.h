/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two orders compared, class by class by their names: what follows from one of them and not from the
 * other, and what they have the other way round.
 *
 * Concurrency: a comparison belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_DIFF_H
#define HARNESS_LOCKDOC_DIFF_H

#include <stdio.h>

#include "lockdoc/lockdoc.h"

struct diff_side {
	const char *name;		/* as it was asked for */
	const struct lockdoc *doc;
	const char *era;		/* only what is said of this one; NULL: all */
};

struct diff_count {
	unsigned same, only[2], reversed;
};

/* A line for each arc that differs, and one with the numbers; or the same as JSON lines. */
struct diff_count diff_tell(const struct diff_side side[2], bool json, FILE *out);

#endif
