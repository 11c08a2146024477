/* SPDX-License-Identifier: GPL-2.0-only */
/* Hunting: a defect is switched on, and it is measured how soon it is found. */
#ifndef HARNESS_HUNT_H
#define HARNESS_HUNT_H

#include "campaign.h"
#include "settings.h"

struct hunt {
	int defect;
	u64 seed;
	u64 executions;			/* budget over all scenarios together */
	const struct rmap_ops *provider;
	const struct scenario_list *scenarios;
	bool blind;			/* over all scenarios; else in the one of its story, if that is not another provider's */
	const char *strategy;
	u32 oracles;
	u32 access;			/* bit set of ACCESS_* */
	enum memory_model memory;
	const struct lockdoc *locking;	/* NULL: the one that is built in */
	const char *artifacts;
};

struct hunt_result {
	u8 done, found, interrupted;
	u64 executions;			/* until it was found, over all scenarios */
	double elapsed_s;
	unsigned scenario;		/* that showed it */
	struct campaign_result last;
};

/* Is there any scenario to look in? */
bool hunt_possible(const struct hunt *h);

/* Blind: the scenarios take turns with slices of the budget, beginning with another one for each seed. */
void hunt_run(const struct hunt *h, struct hunt_result *r);

#endif
