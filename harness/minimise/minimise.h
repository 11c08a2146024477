/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Minimising an execution: the same finding with fewer preemptions. A preemption is a switch away from a thread that could
 * have gone on.
 *
 * Concurrency: as session.h.
 */
#ifndef HARNESS_MINIMISE_MINIMISE_H
#define HARNESS_MINIMISE_MINIMISE_H

#include "minimise/directive.h"
#include "session.h"

#define MINIMISE_EXECUTIONS 20000	/* unless told otherwise */

struct minimised {
	struct recording rec;		/* of the smaller execution */
	struct directives directives;	/* that lead to it */
	u16 tasks;			/* bit set: who runs in it */
	struct finding finding;		/* in it: same signature */
	u64 executions;			/* that it took */
	u64 preemptions[2], steps[2];	/* before, after */
};

/*
 * Search for a smaller execution with the signature, in at most cap executions. The result is a function of the arguments. False
 * if the recording itself does not repeat with that signature. Free the result in either case.
 */
bool minimise(struct session *s, const struct recording *rec, const char *signature, u64 cap, struct minimised *m);

/* As minimise(), but begin with directives that may or may not lead to the signature, or make sense. */
bool minimise_directives(struct session *s, const struct directives *d, const char *signature, u64 cap, struct minimised *m);
void minimised_free(struct minimised *m);

/* The directives in one line, without a newline. The session is the one that was minimised in. */
void minimised_print(const struct minimised *m, const struct session *s, FILE *out);

#endif
