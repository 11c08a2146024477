/* SPDX-License-Identifier: GPL-2.0-only */
/* The rounds of a search, and putting together what lanes bring: see fuzz.h. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/rng.h"

#define LANES 8u
#define FIRST_ROUND 250u		/* executions of a lane in the first round; twice as many in each one after it */
#define LONGEST_ROUND 4000u

struct fuzz {
	const struct fuzz_config *config;
	struct fuzz_config telling;	/* the same, in haste after an interrupt */
	const struct fuzz_listener *listener;
	struct fuzz_result *r;
	struct corpus corpus;
	struct coverage coverage;
	struct lane_result *lane;	/* shared with the workers */
	struct fuzz_report *report;	/* likewise, one for each finding */
	unsigned reported;		/* findings that have been told */
	u64 share;			/* executions of a lane in this round */
	double began;
};

/* ---- a round ---- */

/* What is left is divided so that the sum is right to the last execution. */
static u64 share_of(const struct fuzz *f, unsigned i)
{
	u64 left = f->config->executions - f->r->executions;

	return left / LANES >= f->share ? f->share : left / LANES + (i < left % LANES);
}

static void work(unsigned i, void *arg)
{
	struct fuzz *f = arg;
	struct lane lane = {
		.config = f->config, .corpus = &f->corpus, .coverage = &f->coverage, .executions = share_of(f, i),
		.rng = rng_start(f->config->seed, f->r->rounds * LANES + i, 'z'),
		.until = f->config->time_ns ? f->began + (double)f->config->time_ns / 1e9 : 0,
	};

	lane_run(&lane, &f->lane[i]);
	f->lane[i].done = 1;
}

static void nothing(unsigned i, void *arg)
{
	(void)i;
	(void)arg;
}

static void tick(void *arg)
{
	struct fuzz *f = arg;

	f->r->elapsed_s = now_s() - f->began;
	if (f->listener)
		f->listener->tick(f->listener->arg, f->r);
}

/* ---- putting together ---- */

static u32 still_new(const struct fuzz *f, const struct lane_entry *e)
{
	u32 nr = 0;

	for (u32 i = 0; i < min(e->nr, NOVELTIES); i++)
		nr += !coverage_has(&f->coverage, e->novelty[i]);
	return nr;
}

static void merge_entry(struct fuzz *f, const struct lane_entry *e)
{
	u32 fresh = still_new(f, e);
	struct scenario *scn;
	struct scn_error err;

	if (!fresh)
		return;
	scn = scn_parse("fuzz.scn", e->text, strlen(e->text), &err);
	if (!scn)
		die("a scenario that was kept is refused: %s", err.text);
	corpus_add(&f->corpus, scn, fresh);
	for (u32 i = 0; i < min(e->nr, NOVELTIES); i++)
		coverage_add(&f->coverage, e->novelty[i] >> FEATURE_BITS, e->novelty[i]);
}

/* before: executions of the search that come before the lane's own. */
static void merge_finding(struct fuzz *f, const struct lane_finding *of, u64 before)
{
	struct fuzz_finding *known = f->r->finding, *end = known + f->r->nr_findings;
	static const char word[] = "scenario ";

	while (known < end && strcmp(known->first.signature, of->signature))
		known++;
	if (known == f->r->finding + FUZZ_FINDINGS)
		return;
	known->times += of->times;
	if (known < end)
		return;
	known->first = *of;
	known->at = before + of->at;
	snprintf(known->name, sizeof(known->name), "%.*s", (int)strcspn(of->text + sizeof(word) - 1, "\n"), of->text + sizeof(word) - 1);
	f->r->nr_findings++;
}

static void merge_counts(struct fuzz_result *r, const struct lane_result *lane)
{
	r->executions += lane->executions;
	r->steps += lane->steps;
	r->stuck += lane->stuck;
	r->scenarios += lane->scenarios;
	r->mutants += lane->mutants;
	observed_merge(&r->observed, &lane->observed);
	judged_merge(&r->known, &lane->known);
}

static void merge_lane(struct fuzz *f, const struct lane_result *lane, u32 had)
{
	if (!lane->done || lane->failed) {
		f->r->failed = true;
		snprintf(f->r->error, sizeof(f->r->error), "%s", lane->failed ? lane->error : "a worker died");
	}
	for (u32 i = 0; i < lane->nr_findings; i++)
		merge_finding(f, &lane->finding[i], f->r->executions);
	for (u32 i = 0; i < had; i++)
		f->corpus.entry[i].used += lane->used[i];
	for (u32 i = 0; i < lane->nr_entries; i++)
		merge_entry(f, &lane->entry[i]);
	coverage_merge(&f->coverage, &lane->coverage);
	merge_counts(f->r, lane);
}

static void merge(struct fuzz *f)
{
	u32 had = f->corpus.nr;

	for (unsigned i = 0; i < LANES; i++)
		merge_lane(f, &f->lane[i], had);
	f->r->rounds++;
	f->r->kept = f->corpus.nr;
	memcpy(f->r->features, f->coverage.nr, sizeof(f->r->features));
}

/* ---- telling ---- */

static void report(unsigned i, void *arg)
{
	struct fuzz *f = arg;

	i += f->reported;
	fuzz_report(&f->telling, &f->r->finding[i], &f->report[i]);
	f->report[i].done = 1;
}

static void tell(unsigned i, void *arg)
{
	struct fuzz *f = arg;

	f->listener->found(f->listener->arg, &f->r->finding[f->reported + i]);
}

/*
 * Minimise and tell what is new. After an interrupt that still is done, but in haste: a finding that nobody can see again would
 * be of little use. A second interrupt ends that, too.
 */
static void report_new(struct fuzz *f)
{
	int was = interrupted;
	double began = now_s();

	if (f->reported == f->r->nr_findings || f->config->until_found)
		return;
	for (unsigned i = f->reported; i < f->r->nr_findings; i++)
		f->r->finding[i].report = &f->report[i];
	f->telling = *f->config;
	f->telling.quick |= was != 0;
	interrupted = 0;
	pool_run(&(struct pool){
		.nr = f->r->nr_findings - f->reported, .jobs = f->config->jobs, .fn = report, .done = tell, .tick = tick, .arg = f,
	});
	interrupted |= was;
	f->reported = f->r->nr_findings;
	f->r->reporting_s += now_s() - began;
}

/* ---- the search ---- */

static bool over(const struct fuzz *f)
{
	double elapsed = now_s() - f->began - f->r->reporting_s;

	return interrupted || f->r->failed || (f->config->until_found && f->r->nr_findings) || f->r->executions >= f->config->executions ||
	       (f->config->time_ns && elapsed * 1e9 >= (double)f->config->time_ns);
}

static void one_round(struct fuzz *f)
{
	memset(f->lane, 0, LANES * sizeof(*f->lane));
	pool_run(&(struct pool){ .nr = LANES, .jobs = f->config->jobs, .fn = work, .done = nothing, .tick = tick, .arg = f });
	/* Lanes that were not begun have nothing to say. */
	for (unsigned i = 0; interrupted && i < LANES; i++)
		f->lane[i].done = 1;
	merge(f);
	report_new(f);
	f->share = min(2 * f->share, (u64)LONGEST_ROUND);
}

void fuzz_run(const struct fuzz_config *config, const struct fuzz_listener *listener, struct fuzz_result *r)
{
	struct fuzz *f = calloc(1, sizeof(*f));

	if (!f)
		die("no memory for a search");
	memset(r, 0, sizeof(*r));
	*f = (struct fuzz){ .config = config, .listener = listener, .r = r, .share = FIRST_ROUND, .began = now_s() };
	f->lane = shared_alloc(LANES * sizeof(*f->lane));
	f->report = shared_alloc(FUZZ_FINDINGS * sizeof(*f->report));
	while (!over(f))
		one_round(f);
	r->interrupted = interrupted != 0;
	r->elapsed_s = now_s() - f->began;
	for (unsigned i = 0; i < r->nr_findings; i++)
		r->finding[i].report = NULL;
	shared_free(f->lane, LANES * sizeof(*f->lane));
	shared_free(f->report, FUZZ_FINDINGS * sizeof(*f->report));
	corpus_free(&f->corpus);
	free(f);
}
