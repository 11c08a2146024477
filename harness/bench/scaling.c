/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What more processes and threads are good for: the same work of one against that of so many, by the clock on the wall. Of explore the
 * work is so many executions; of stress so many rounds of all copies together, each copy with threads of its own in one machine.
 */
#define _GNU_SOURCE
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "campaign.h"
#include "cli/must.h"
#include "noise.h"
#include "settings.h"
#include "slices.h"
#include "stress/batch.h"

#define SCENARIO "fork-vs-reclaim"
#define EXECUTIONS 4000u
#define ROUNDS 1536u			/* can be dealt out to each number of copies */
#define MOST 6				/* of either */

static const unsigned copies[] = { 2, 4, 8, 16 };

static struct scenario *scenario(void)
{
	const struct options none = { .format = 0 };
	char err[ERR_LEN];
	struct scenario *scn = scenario_lookup(SCENARIO, &none, err);

	if (!scn)
		die("%s", err);
	return scn;
}

static void ignore(unsigned item, void *arg)
{
	(void)item;
	(void)arg;
}

static void tick(void *arg)
{
	(void)arg;
}

static double explore(unsigned jobs)
{
	struct campaign_result *r = must(calloc(1, sizeof(*r)));
	struct scenario *scn = scenario();
	const struct campaign c = {
		.scn = scn, .provider = rmap_providers[0], .oracles = ~0u, .strategy = "auto", .seed = 1, .executions = EXECUTIONS,
		.cover = true,
	};
	struct slices s = { .campaign = &c, .result = r, .nr_campaigns = 1, .told = ignore, .tick = tick };
	double began = now_s();

	slices_run(&s, jobs);
	began = now_s() - began;
	if (!interrupted && (r->failed || r->found || r->executions != EXECUTIONS))
		die(SCENARIO " could not be explored in %u processes", jobs);
	free(r);
	scn_free(scn);
	return began;
}

static u64 explore_jobs(const struct figure *f, u64 units, double *seconds)
{
	*seconds = explore(f->number);
	return units;
}

static double explore_one(const struct figure *f)
{
	(void)f;
	return explore(1);
}

/* ---- stress ---- */

struct stressed {
	struct stress_config config;
	struct stress_result *result;
};

static void stress_worker(unsigned i, void *arg)
{
	const struct stressed *s = arg;
	double began = now_s();

	(void)i;
	stress_run(&s->config, s->result);
	s->result->elapsed_s = now_s() - began;
	s->result->done = 1;
}

static double stress(unsigned nr)
{
	struct scenario *scn = scenario();
	struct stressed s = {
		.config = {
			.scn = scn, .provider = rmap_providers[0], .oracles = ~0u, .copies = nr, .noise_profile = NOISE_PROFILES,
			.barrier = 16, .rounds = ROUNDS / nr, .seed = 1, .hang_s = 300,
		},
		.result = shared_alloc(sizeof(*s.result)),
	};
	const struct pool p = { .nr = 1, .jobs = 1, .fn = stress_worker, .done = ignore, .tick = tick, .arg = &s };
	double elapsed;

	pool_run(&p);
	elapsed = s.result->elapsed_s;
	if (!interrupted && (!s.result->done || s.result->failed || s.result->found || s.result->rounds != ROUNDS))
		die(SCENARIO " could not be stressed in %u copies: %s", nr, s.result->found ? s.result->finding.text : s.result->error);
	shared_free(s.result, sizeof(*s.result));
	scn_free(scn);
	return elapsed;
}

static u64 stress_copies(const struct figure *f, u64 units, double *seconds)
{
	*seconds = stress(f->number);
	return units;
}

static double stress_one(const struct figure *f)
{
	(void)f;
	return stress(1);
}

/* ---- what is measured ---- */

static void add(struct figure_group *group, struct figure *figure, const char *what, unsigned number)
{
	if (asprintf((char **)&figure->name, "%s-%u", what, number) < 0)
		must(NULL);
	figure->unit = "all";
	figure->units = 1;
	figure->number = number;
	group->nr++;
}

/* Processes up to as many as there are processors, and twice that many. */
void bench_all_scalings(struct figure_group *group)
{
	static struct figure made[MOST + ARRAY_SIZE(copies)];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	group->figure = made;
	for (unsigned jobs = 2, i = 0; i < MOST && jobs <= 2 * cpus; jobs *= 2, i++) {
		made[group->nr] = (struct figure){ .measure = explore_jobs, .yardstick = explore_one };
		add(group, &made[group->nr], "explore-jobs", jobs);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(copies); i++) {
		made[group->nr] = (struct figure){ .measure = stress_copies, .yardstick = stress_one };
		add(group, &made[group->nr], "stress-threads", copies[i]);
	}
}
