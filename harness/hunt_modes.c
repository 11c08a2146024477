/* SPDX-License-Identifier: GPL-2.0-only */
/* Other ways to look for a defect than exploring, and the length of what is found: see hunt.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "fuzz/fuzz.h"
#include "hunt.h"
#include "stress/stress.h"
#include "verify/verify.h"

#define HANG_S 10.0			/* a real thread without a step for so long hangs */

static void nothing(unsigned i, void *arg)
{
	(void)i;
	(void)arg;
}

/* One piece of work in a process of its own: it may end that process. */
static void apart(void (*fn)(unsigned i, void *arg), void *arg)
{
	pool_run(&(struct pool){ .nr = 1, .jobs = 1, .fn = fn, .done = nothing, .arg = arg });
}

/* Of the i-th of nr, so that the sum is right to the last one. */
static u64 share_of(u64 budget, unsigned i, unsigned nr)
{
	return budget / nr + (i < budget % nr);
}

static void fail(struct hunt_result *r, const char *why)
{
	r->failed = 1;
	snprintf(r->error, sizeof(r->error), "%.255s", why);
}

/* ---- stress ---- */

struct stressed {
	struct stress_config config;
	struct stress_result *result;	/* shared with the process that fills it */
};

static void stress_one(unsigned i, void *arg)
{
	struct stressed *s = arg;

	(void)i;
	stress_run(&s->config, s->result);
	s->result->done = 1;
}

static void note_stress(const struct hunt *h, unsigned scenario, const struct stress_result *s, struct hunt_result *r)
{
	r->executions += s->rounds + s->found;		/* the round in which it was found did not come to its end */
	/* Nobody grades real threads: no row of theirs is missed. */
	hunt_saw(h, scenario, &(struct hunt_seen){ .executions = s->rounds, .outcomes = ~0ul, .reached = s->reached });
	if (s->failed || (!s->done && !interrupted))
		fail(r, s->failed ? s->error : "the worker died");
	if (s->found && !r->failed)
		hunt_found(h, scenario, &s->finding, r);
}

void hunt_by_stress(const struct hunt *h, const struct hunt_places *in, u64 budget, struct hunt_result *r)
{
	const struct options *o = h->options;
	struct stressed s = { .result = shared_alloc(sizeof(*s.result)) };

	for (unsigned i = 0; i < in->nr && !r->found && !r->failed && !interrupted; i++) {
		u64 rounds = share_of(budget, i, in->nr);

		if (!rounds)
			break;
		s.config = (struct stress_config){
			.scn = h->scenarios->item[in->item[i]], .provider = h->provider, .oracles = h->oracles,
			.locking = h->settings->locking, .copies = (unsigned)o->threads, .noise = (unsigned)o->noise,
			.noise_profile = o->noise_profile, .barrier = (unsigned)o->rounds,
			.rounds = max(rounds / o->threads, (u64)1), .seed = h->seed, .hang_s = HANG_S,
		};
		hunt_switch_on(h, s.config.defects);
		memset(s.result, 0, sizeof(*s.result));
		apart(stress_one, &s);
		note_stress(h, in->item[i], s.result, r);
	}
	shared_free(s.result, sizeof(*s.result));
}

/* ---- verify ---- */

struct verified {
	struct verify verify;
	struct verify_result *result;	/* likewise */
};

static void verify_one(unsigned i, void *arg)
{
	struct verified *v = arg;

	(void)i;
	verify_run(&v->verify, v->result);
	v->result->campaign.done = 1;
}

static struct verify verify_of(const struct hunt *h, unsigned scenario, u64 executions)
{
	struct verify v = {
		.campaign = hunt_campaign(h, h->scenarios->item[scenario], h->seed),
		.method = options_given(h->options, OPT_PREEMPTIONS) ? SEARCH_BOUNDED : SEARCH_TRACES,
		.preemptions = (unsigned)h->options->preemptions, .unusual = (u32)h->options->choices,
	};

	v.campaign.executions = executions;
	v.campaign.strategy = verify_method_name(v.method);
	return v;
}

/* A search that is too long for its bookkeeping ends its process; the other scenarios have their turn all the same. */
void hunt_by_verify(const struct hunt *h, const struct hunt_places *in, u64 budget, struct hunt_result *r)
{
	struct verified v = { .result = shared_alloc(sizeof(*v.result)) };

	for (unsigned i = 0; i < in->nr && !r->found && !r->failed && !interrupted; i++) {
		u64 executions = share_of(budget, i, in->nr);

		if (!executions)
			break;
		v.verify = verify_of(h, in->item[i], executions);
		memset(v.result, 0, sizeof(*v.result));
		apart(verify_one, &v);
		hunt_note(h, in->item[i], &v.result->campaign, r);
		if (!v.result->campaign.done && !interrupted && in->nr == 1)
			fail(r, "the worker died");
	}
	shared_free(v.result, sizeof(*v.result));
}

/* ---- fuzz ---- */

static void note_fuzz(const struct fuzz_result *f, struct hunt_result *r)
{
	const struct fuzz_finding *first = f->finding;

	if (f->failed)
		fail(r, f->error);
	if (!f->nr_findings || f->failed) {
		r->executions += f->executions;
		return;
	}
	for (unsigned i = 1; i < f->nr_findings; i++)
		if (f->finding[i].at < first->at)
			first = &f->finding[i];
	r->executions += first->at;
	r->found = 1;
	memcpy(r->finding.signature, first->first.signature, sizeof(r->finding.signature));
	r->finding.oracle = (enum oracle)strtoul(first->first.signature + 1, NULL, 10);	/* "O8/..." */
	memcpy(r->name, first->name, sizeof(r->name));
	memcpy(r->text, first->first.text, sizeof(r->text));
	r->seed = first->first.seed;
}

/* In this process and, one after the other, in those of the search's lanes. */
void hunt_by_fuzz(const struct hunt *h, const struct hunt_places *in, u64 budget, struct hunt_result *r)
{
	struct fuzz_config config = {
		.provider = h->provider, .oracles = h->oracles, .strategy = h->strategy, .seed = h->seed, .executions = budget,
		.schedules = h->options->schedules, .locking = h->settings->locking, .memory = h->settings->memory,
		.access = h->settings->access, .jobs = 1, .until_found = true,
	};
	struct fuzz_result *f = malloc(sizeof(*f));

	(void)in;
	if (!f)
		die("out of memory");
	hunt_switch_on(h, config.defects);
	fuzz_run(&config, NULL, f);
	note_fuzz(f, r);
	free(f);
}

/* ---- the length of a finding ---- */

static void take_length(const struct hunt_result *r, const struct campaign_result *c, struct hunt_small *small)
{
	if (!c->found || !c->minimised || strcmp(c->finding.signature, r->finding.signature))
		return;
	small->preemptions = c->preemptions;
	small->directives = c->directives;
	small->done = 1;
}

/* Looked for once more: a hunt over many scenarios explores each of them in the light of the others. */
static void minimise_drawn(const struct hunt *h, const struct hunt_result *r, const struct scenario *scn, struct campaign_result *again)
{
	struct campaign c = hunt_campaign(h, scn, r->seed);

	/* Of other scenarios the hunt itself has kept the execution, as it came. */
	c.artifacts = r->text[0] ? h->options->artifacts : NULL;
	c.minimise = HUNT_MINIMISE;
	c.executions = r->text[0] ? h->options->schedules : h->executions;
	c.target = r->finding.signature;
	campaign_run(&c, again);
}

static void minimise_verified(const struct hunt *h, const struct hunt_result *r, struct hunt_small *small)
{
	struct verify v = verify_of(h, r->scenario, h->executions);
	struct verify_result *again = calloc(1, sizeof(*again));

	if (!again)
		die("out of memory");
	v.campaign.artifacts = NULL;
	v.campaign.minimise = HUNT_MINIMISE;
	verify_run(&v, again);
	take_length(r, &again->campaign, small);
	free(again);
}

void hunt_minimise(const struct hunt *h, const struct hunt_result *r, struct hunt_small *small)
{
	struct campaign_result *again;
	struct scenario *made = NULL;
	struct scn_error err;

	if (h->mode == HUNT_STRESS)
		return;
	if (h->mode == HUNT_VERIFY) {
		minimise_verified(h, r, small);
		return;
	}
	again = calloc(1, sizeof(*again));
	if (r->text[0])
		made = scn_parse("fuzz.scn", r->text, strlen(r->text), &err);
	if (!again || (r->text[0] && !made))
		die("a finding has lost its scenario");
	minimise_drawn(h, r, made ? made : h->scenarios->item[r->scenario], again);
	take_length(r, again, small);
	if (made)
		scn_free(made);
	free(again);
}
