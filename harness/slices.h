/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Campaigns cut into slices of executions, each a process's work. What comes of a campaign does not depend on how many processes
 * there are: where slices begin follows from the number of executions alone, each takes the estimate from the campaign's first
 * executions, and the finding of the lowest execution wins; what slices behind it have done is not counted. The campaigns take
 * turns, slice by slice: whoever interrupts has something of each.
 *
 * Concurrency: the parent cuts, merges and tells; workers fill in their own slice.
 */
#ifndef HARNESS_SLICES_H
#define HARNESS_SLICES_H

#include "campaign.h"

struct slices {
	const struct campaign *campaign;
	struct campaign_result *result;	/* of each campaign; the parent writes it */
	unsigned nr_campaigns;
	struct slice *slice;
	unsigned nr;
	struct slices_shared *shared;
	struct slices_state *state;	/* of each campaign; the parent's */
	u64 over_executions, over_steps;	/* of slices that are merged, or in vain */
	/* In the parent, in order: all of a campaign is known. */
	void (*told)(unsigned campaign, void *arg);
	void (*tick)(void *arg);
	void *arg;
};

/* Cut nr campaigns, run them in so many processes, and fill in their results. */
void slices_run(struct slices *s, unsigned jobs);

/* What all slices have done so far, those not merged included: for a line of progress. */
void slices_progress(const struct slices *s, u64 *executions, u64 *steps);

#endif
