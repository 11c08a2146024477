/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hunting: a defect is switched on, and it is measured how soon it is found.
 *
 * Results are plain data: hunts run in worker processes.
 */
#ifndef HARNESS_HUNT_H
#define HARNESS_HUNT_H

#include "campaign.h"
#include "fuzz/lane.h"
#include "settings.h"

#define HUNT_MINIMISE 3000		/* executions spent on the length of a finding */
#define HUNT_BUILT_IN (-1)

/* How a defect is looked for. What an execution is differs: of real threads it is a round. */
enum hunt_mode { HUNT_EXPLORE, HUNT_STRESS, HUNT_VERIFY, HUNT_FUZZ, HUNT_MODES };

extern const char *const hunt_mode_names[HUNT_MODES];

/* What one hunt's executions of a scenario have reached, whether they found anything or not. */
struct hunt_seen {
	u64 executions;
	u64 outcomes;			/* bit set: rows of the scenario's outcomes */
	struct event_set reached;
};

struct hunt {
	int defect;			/* HUNT_BUILT_IN: none that can be switched on */
	u64 seed;
	u64 executions;			/* budget over all scenarios together */
	enum hunt_mode mode;
	const struct rmap_ops *provider;
	const struct scenario_list *scenarios;
	bool blind;			/* over all scenarios but stories; else in the one told of it, if that is not another provider's */
	bool fuzz;			/* explore: a tenth of the budget is for scenarios that nobody wrote */
	const char *strategy;
	u32 oracles;
	const struct settings *settings;	/* the access flavour's wishes, the memory, the locking document */
	const struct options *options;	/* those that one mode alone has */
	const char *artifacts;
	struct hunt_seen *seen;		/* for each of the scenarios; NULL: nobody asks */
};

struct hunt_result {
	u8 done, found, interrupted, failed;
	char error[256];		/* failed: why */
	u64 executions;			/* until it was found, over all scenarios */
	double elapsed_s;
	struct finding finding;
	char name[64];			/* of the scenario that showed it */
	unsigned scenario;		/* its number; with a text: nobody wrote it */
	u64 seed;			/* of the campaign */
	char text[LANE_TEXT];		/* of a scenario that fuzzing made; "" for others */
};

/* The finding once more, as small as it gets. */
struct hunt_small {
	u8 done;			/* there is such a thing */
	u64 preemptions;
	u32 directives;
};

/* Is there any scenario to look in? */
bool hunt_possible(const struct hunt *h);

/*
 * Explore: the scenarios take turns with slices of the budget, beginning with another one for each seed; fuzzing comes last. Other
 * modes give each scenario its share at once.
 */
void hunt_run(const struct hunt *h, struct hunt_result *r);

/*
 * r: of a hunt that found it. Not for what real threads find, which cannot be had again. In a scenario that fuzzing made, it is told in
 * a replay file only now.
 */
void hunt_minimise(const struct hunt *h, const struct hunt_result *r, struct hunt_small *small);

/* hunt.c, hunt_modes.c: one mode's way through the scenarios with these numbers, until it is found or the budget is spent. */
struct hunt_places {
	unsigned *item, nr;
};
typedef void hunt_way(const struct hunt *h, const struct hunt_places *in, u64 budget, struct hunt_result *r);

hunt_way hunt_by_stress, hunt_by_verify, hunt_by_fuzz;

/* A campaign with nothing but the defect, in a scenario of somebody's. */
void hunt_switch_on(const struct hunt *h, u64 defects[DEFECT_WORDS]);
struct campaign hunt_campaign(const struct hunt *h, const struct scenario *scn, u64 seed);
/* The scenario, by its number in the list, has shown it. */
void hunt_found(const struct hunt *h, unsigned scenario, const struct finding *finding, struct hunt_result *r);
void hunt_note(const struct hunt *h, unsigned scenario, const struct campaign_result *c, struct hunt_result *r);
void hunt_seen_join(struct hunt_seen *all, const struct hunt_seen *seen);
/* Executions of the scenario have reached this. */
void hunt_saw(const struct hunt *h, unsigned scenario, const struct hunt_seen *seen);

#endif
