/* SPDX-License-Identifier: GPL-2.0-only */
/* How a piece of work ended, whoever did it: as the last columns of its row in a table, and as a status. */
#ifndef HARNESS_ENDING_H
#define HARNESS_ENDING_H

#include "cli/out.h"
#include "eventset.h"

struct ending {
	const char *finding;		/* its signature; NULL: none */
	const char *failed;		/* why; NULL: it did not */
	const char *incomplete;		/* what is left undone, as it is told; NULL: nothing */
	bool done;			/* the worker came to its end */
	bool interrupted;
	struct event_set goals, missed;
	const char *clean;		/* what to say when there is nothing else to say; NULL: that */
	double elapsed_s;
};

/* .clean, where all that was found is known. */
#define KNOWN_ONLY "known findings only"

/* Columns "goals", "findings", "seconds" and "verdict". */
void ending_cells(struct table *t, const struct ending *e);
int ending_status(const struct ending *e);
/* One line about who did not end well; nothing about others. what: "", or " under stress" and the like. */
void ending_tell_again(const struct ending *e, const char *what, const char *scenario, const char *provider);

#endif
