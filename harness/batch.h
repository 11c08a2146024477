/* SPDX-License-Identifier: GPL-2.0-only */
/* Many campaigns, worked off in processes, told in one table or in JSON Lines. Shared by the commands that explore. */
#ifndef HARNESS_BATCH_H
#define HARNESS_BATCH_H

#include <jansson.h>

#include "campaign.h"
#include "ending.h"
#include "settings.h"
#include "slices.h"

#define MINIMISE_FOUND 3000		/* executions spent on a finding before it is told */

struct batch {
	const struct options *options;
	struct campaign *item;
	struct campaign_result *result;	/* shared with the workers */
	unsigned nr, told;
	bool quiet;			/* somebody else tells */
	struct slices slices;		/* what it is cut into */
	double began;
};

/* One campaign for each scenario and provider that fit. Free with batch_free(). */
void batch_init(struct batch *b, const struct options *options, const struct scenario_list *list,
		const struct settings *settings);
void batch_free(struct batch *b);

/* Work it off, print each finding as it comes (JSON: each result), then the table. Returns an exit status. */
int batch_run(struct batch *b);

/* The keys of a campaign; type is the value of its "type" key. */
json_t *campaign_json(const char *type, const struct campaign *c, const struct campaign_result *r);
/* The same as one line. */
void print_campaign_json(const char *type, const struct campaign *c, const struct campaign_result *r);

/* The outcomes of a campaign and its near misses as a table; nothing if its scenario has neither. */
void print_outcomes(const struct campaign *c, const struct campaign_result *r);
/* Did an execution end in an outcome that may not be? */
bool outcome_forbidden(const struct campaign *c, const struct campaign_result *r);
/* The same as JSON arrays under the keys "outcomes" and "near" of o. */
void outcomes_json(json_t *o, const struct campaign *c, const struct campaign_result *r);

/* What its executions have covered: pairs of places and of locks, windows. */
void print_cover(const struct campaign *c, const struct campaign_result *r);
json_t *cover_json(const struct campaign_result *r);

/* How it ended, and the exit status that stands for that. */
struct ending campaign_ending(const struct campaign_result *r);
int campaign_status(const struct campaign_result *r);

#endif
