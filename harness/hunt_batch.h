/* SPDX-License-Identifier: GPL-2.0-only */
/* Hunts of several defects with several seeds each, and telling of them. Shared by what makes up the command. */
#ifndef HARNESS_HUNT_BATCH_H
#define HARNESS_HUNT_BATCH_H

#include "defects.h"
#include "hunt_sum.h"

struct hunts {
	const struct options *options;
	struct hunt *item;		/* the seeds of the first defect, then those of the next one */
	struct hunt_result *result;	/* shared with the workers */
	struct hunt_small *small;	/* likewise, one for each defect */
	struct hunt_seen *seen;		/* likewise, of each hunt the scenarios; NULL: a defect that is switched on has other oracles */
	unsigned nr, seeds, told, nr_defects;
	int defect[MAX_DEFECTS];
	double began;
};

/* Of the d-th defect. */
static inline const char *hunts_name(const struct hunts *h, unsigned d)
{
	return h->defect[d] == HUNT_BUILT_IN ? "built-in" : core_defects[h->defect[d]].name;
}

/* What is known of it beforehand; of what is built in, nothing. */
struct defect_sight hunts_sight(const struct hunts *h, unsigned d);

/* Why some of nr hunts ended that neither found anything nor used up their budget. */
const char *hunts_unfinished(const struct hunt_result *r, unsigned nr);

/* "told", "blind, by stress" and the like. */
const char *hunts_how(const struct options *o, char text[32]);
/* " in at least 19 of 20 seeds" and the like. */
const char *hunts_enough_text(unsigned seeds, char text[64]);

/* The table and the summary, or JSON Lines. Returns an exit status: inconclusive if a seed did not find its defect. */
int hunts_tell(const struct hunts *h);

/*
 * After the hunts with all oracles: those that found something, once more, without the oracle that did. Tells which defects escape
 * without which oracle. Returns an exit status: inconclusive if hunts did not come to their end.
 */
int hunts_ablate(const struct hunts *h);

#endif
