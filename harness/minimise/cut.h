/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cutting scenarios: each way to make a scenario smaller, applied to a parsed scenario in place.
 *
 * Concurrency: the scenario belongs to the caller alone.
 */
#ifndef HARNESS_MINIMISE_CUT_H
#define HARNESS_MINIMISE_CUT_H

#include "scn/scenario.h"

#include <stdbool.h>

/* Bodies have numbers: setup, finally, and then the threads. */
#define CUT_THREAD 2u
static inline unsigned cut_bodies(const struct scenario *scn)
{
	return CUT_THREAD + scn->nr_threads;
}

/* Statements of a body; none if there is no such body. */
unsigned cut_statements(const struct scenario *scn, unsigned body);

/*
 * One row for each way. Applied to body (or, of those that are not about statements, to body 0) and statement at; false: there
 * is nothing to do there. What uses a name that nothing binds any more goes, too.
 */
struct cut {
	const char *name;
	bool statements;		/* false: at counts from 0 to SCN_MAX_THREADS or SCN_MAX_OUTCOMES */
	bool (*apply)(struct scenario *scn, unsigned body, unsigned at);
};

extern const struct cut cuts[];		/* the coarsest first; NULL-terminated by name */

/*
 * After cuts, from what it was before: a value that is stored by fewer statements now is not expected any more. Without the write, the
 * scenario itself would be what is wrong, and its finding as good as any.
 */
void cut_expectations(struct scenario *scn, const struct scenario *before);

/* What a scenario cannot need to show a finding: goals, near misses, and whose story it is. */
void cut_goals(struct scenario *scn);

/* Operations in all bodies. */
unsigned cut_size(const struct scenario *scn);

/* Print and parse again. NULL when it is no scenario any more. */
struct scenario *cut_reparsed(const struct scenario *scn);

#endif
