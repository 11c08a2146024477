/* SPDX-License-Identifier: GPL-2.0-only */
/* A night against another one: what is new, gone, lost or slower. Concurrency: as results.h says. */
#ifndef HARNESS_RESULTS_COMPARE_H
#define HARNESS_RESULTS_COMPARE_H

#include <stdbool.h>

#include "results/results.h"

/* Texts are "" where there is nothing to say, and live until the next one is told. */
struct difference {
	const char *what;		/* "new-finding", "gone-finding", "lost-goal", ...: compare.c has the table */
	const char *subject;		/* a signature, a goal, a job ... */
	const char *scenario, *provider, *mode;
	const char *before, *now;
	bool worse;			/* beyond what noise can do; others are told, and that is all */
};

struct compared {
	char night[USAGE_TEXT], other[USAGE_TEXT];
	unsigned int differences, worse;
	bool same_plan;
};

/*
 * Tell how night (NULL: the newest) differs from another one: against is the name of a night in db, or a file, of which it is the newest.
 * Returns false with one line in error if there is no such night, or a file cannot be read.
 */
bool compare(sqlite3 *db, const char *night, const char *against, void (*tell)(void *arg, const struct difference *d), void *arg,
	     struct compared *c, char error[USAGE_TEXT]);

/*
 * The same, printed on stdout: as a table, or as objects of the types `compared` (one for each difference) and `compared-nights`. Returns
 * what the command ends with: EXIT_FINDINGS if something is worse, EXIT_USAGE after a line on stderr, EXIT_CLEAN else.
 */
int compare_print(sqlite3 *db, const char *night, const char *against, bool json);

#endif
