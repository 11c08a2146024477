/* SPDX-License-Identifier: GPL-2.0-only */
/* Several scenarios under stress, one after the other or several at once, each in a process of its own. */
#ifndef HARNESS_STRESS_BATCH_H
#define HARNESS_STRESS_BATCH_H

#include "ending.h"
#include "settings.h"
#include "stress/stress.h"

struct stress_batch {
	const struct options *options;
	struct stress_config *item;
	struct stress_result *result;	/* shared with the workers */
	struct affinity affinity;
	unsigned nr, told;
	bool goals_are_others;		/* whether goals are reached is decided elsewhere: no verdict on them here */
	unsigned jobs;			/* how many scenarios at once */
	double began;
};

/* Returns 0, or -1 with one line in err: then there is nothing to free. */
int stress_batch_init(struct stress_batch *b, const struct options *o, const struct scenario_list *list,
		      const struct settings *settings, char err[256]);
void stress_batch_free(struct stress_batch *b);

/* How the i-th of them ended. */
struct ending stress_batch_ending(const struct stress_batch *b, unsigned i);

/* Prints findings as they come (JSON: results), then a table. Returns an exit status. */
int stress_batch_run(struct stress_batch *b);

#endif
