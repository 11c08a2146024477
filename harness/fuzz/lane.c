/* SPDX-License-Identifier: GPL-2.0-only */
/* One worker's part of the search: see lane.h. */
#include "fuzz/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fits.h"
#include "fuzz/generate.h"
#include "fuzz/mutate.h"
#include "minimise/cut.h"

/* One scenario in so many is made from nothing, one of the others is tried again as it is: a few schedules are not all. */
#define FRESH 4
#define AGAIN 5
#define MORE 3				/* times that a scenario is given more schedules */

struct campaign lane_campaign(const struct fuzz_config *config, const struct scenario *scn, u64 seed)
{
	return (struct campaign){
		.scn = scn, .provider = config->provider, .defects = DEFECTS_OF(config),
		.oracles = config->oracles, .strategy = config->strategy, .seed = seed, .executions = config->schedules,
		.locking = config->locking, .known = config->known, .memory = config->memory, .access = config->access,
	};
}

/* What the provider has not nobody says. Takes the scenario over. */
static struct scenario *suited(struct scenario *scn, const struct rmap_ops *provider)
{
	if (scenario_fits(scn, provider, NULL))
		return scn;
	for (unsigned body = 0; body < draft_bodies(scn); body++) {
		struct scn_body *b = draft_body(scn, body);

		for (unsigned i = b->nr; i-- > 0;)
			if (draft_is_op(&b->stmt[i]) && !statement_fits(&b->stmt[i], provider))
				draft_remove(b, i, 1);
		draft_groups(b);
	}
	return draft_finish(scn);
}

static struct scenario *next_scenario(struct lane *lane, struct lane_result *r)
{
	const struct scenario *from;

	if (!lane->corpus->nr || !rng_below(&lane->rng, FRESH))
		return generate(&lane->rng);
	from = corpus_pick(lane->corpus, &lane->rng);
	if (!rng_below(&lane->rng, AGAIN))
		return cut_reparsed(from);
	r->mutants++;
	return mutate(from, corpus_any(lane->corpus, &lane->rng), &lane->rng);
}

static void note_finding(struct lane_result *r, const struct campaign *c, const struct campaign_result *cr)
{
	struct lane_finding *f = r->finding, *end = f + r->nr_findings;

	while (f < end && strcmp(f->signature, cr->finding.signature))
		f++;
	if (f == r->finding + LANE_FINDINGS)
		return;
	f->times++;
	if (f < end || strlen(c->scn->text) >= LANE_TEXT)
		return;
	r->nr_findings++;
	snprintf(f->signature, sizeof(f->signature), "%s", cr->finding.signature);
	snprintf(f->text, sizeof(f->text), "%s", c->scn->text);
	f->seed = c->seed;
	f->at = r->executions;
}

/* Takes the scenario over. */
static void note_novelty(struct lane *lane, struct lane_result *r, struct scenario *scn, const struct observer *o)
{
	struct lane_entry *e = &r->entry[r->nr_entries];

	if (r->nr_entries < LANE_ENTRIES && strlen(scn->text) < LANE_TEXT) {
		r->nr_entries++;
		e->nr = o->nr_novelties;
		memcpy(e->novelty, o->novelty, sizeof(e->novelty));
		snprintf(e->text, sizeof(e->text), "%s", scn->text);
	}
	corpus_add(lane->corpus, scn, o->nr_novelties);
}

/* Threads that wait for ever say little; and what ends in a finding would end so again. */
static bool worth_keeping(const struct campaign_result *cr, const struct observer *o)
{
	return !cr->found && o->nr_novelties && cr->stuck * 2 <= cr->executions;
}

/* Executions are numbered through all scenarios. */
static void account_known(struct lane_result *r, struct judged *known)
{
	for (u32 i = 0; i < known->nr; i++)
		known->report[i].first += r->executions;
	judged_merge(&r->known, known);
}

static bool account(struct lane_result *r, struct campaign_result *cr)
{
	account_known(r, &cr->known);
	r->executions += cr->executions;
	r->steps += cr->steps;
	r->stuck += cr->stuck;
	observed_merge(&r->observed, &cr->observed);
	if (!cr->failed)
		return true;
	r->failed = 1;
	snprintf(r->error, sizeof(r->error), "%s", cr->error);
	return false;
}

/* One campaign; false when the lane cannot go on. */
static bool explore(struct lane *lane, struct lane_result *r, const struct scenario *scn, struct observer *o, struct campaign_result *cr)
{
	struct campaign c = lane_campaign(lane->config, scn, rng_next(&lane->rng));
	bool well;

	c.executions = min(c.executions, lane->executions - r->executions);
	c.watch = &o->watch;
	memset(cr, 0, sizeof(*cr));
	campaign_run(&c, cr);
	well = account(r, cr);
	if (cr->found)
		note_finding(r, &c, cr);
	return well;
}

/* As long as more schedules of a scenario show more, they are worth more than another scenario. */
static bool try_one(struct lane *lane, struct lane_result *r, struct observer *o, struct campaign_result *cr)
{
	struct scenario *scn = suited(next_scenario(lane, r), lane->config->provider);
	u32 had = 0;
	bool well;

	observer_begin(o, lane->coverage);
	r->scenarios++;
	for (unsigned more = 0; (well = explore(lane, r, scn, o, cr)) && more < MORE; more++) {
		if (cr->found || o->nr_novelties == had || r->executions >= lane->executions || interrupted)
			break;
		had = o->nr_novelties;
	}
	if (worth_keeping(cr, o))
		note_novelty(lane, r, scn, o);
	else
		scn_free(scn);
	return well;
}

static bool over(const struct lane *lane, const struct lane_result *r)
{
	return r->executions >= lane->executions || interrupted || (lane->until > 0 && now_s() >= lane->until);
}

void lane_run(struct lane *lane, struct lane_result *r)
{
	struct campaign_result *cr = malloc(sizeof(*cr));
	struct observer *o = malloc(sizeof(*o));
	u32 used[CORPUS_MAX], had = lane->corpus->nr;

	if (!cr || !o)
		die("no memory for a lane");
	for (u32 i = 0; i < had; i++)
		used[i] = lane->corpus->entry[i].used;
	while (!over(lane, r) && try_one(lane, r, o, cr))
		;
	for (u32 i = 0; i < had; i++)
		r->used[i] = lane->corpus->entry[i].used - used[i];
	r->coverage = *lane->coverage;
	free(cr);
	free(o);
}
