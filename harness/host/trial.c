/* SPDX-License-Identifier: GPL-2.0-only */
/* Working off many sequences: see trial.h. */
#include "host/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "cli/files.h"
#include "cli/out.h"
#include "fits.h"
#include "fuzz/generate.h"
#include "host/action.h"
#include "minimise/cut.h"
#include "minimise/twin.h"

#define SLICE 100u			/* sequences */

/* ---- one slice ---- */

/* Whoever calls frees it. */
static struct scenario *sequence(const struct request *r, u64 i)
{
	u64 rng = rng_start(r->seed, i, 'h');

	return r->scn ? cut_reparsed(r->scn[i / r->nr_providers]) : generate_sequence(&rng, host_fits);
}

static struct conform_config config_of(const struct request *r, u64 i)
{
	struct conform_config config = r->config;

	config.provider = trial_provider(r, i);
	return config;
}

static void work(unsigned i, void *arg)
{
	struct trial *t = arg;
	const struct request *r = t->request;
	struct slice *s = &t->slice[i];
	u64 end = min((i + 1ul) * SLICE, r->sequences);
	struct host *h = host_start(conform_window(), s->d.text);

	s->end = h ? CONFORM_AGREES : CONFORM_FAILED;
	for (s->at = (u64)i * SLICE; s->at < end && s->end == CONFORM_AGREES && !interrupted; s->at++) {
		const struct conform_config config = config_of(r, s->at);
		struct scenario *scn = sequence(r, s->at);

		if (scenario_fits(scn, config.provider, NULL))
			s->end = conform(h, &config, scn, &s->counts, &s->d);
		scn_free(scn);
		if (s->end != CONFORM_AGREES)
			break;
	}
	if (s->end != CONFORM_AGREES)
		__atomic_store_n(t->stop, 1, __ATOMIC_RELAXED);
	host_stop(h);
	s->done = 1;
}

/* Slices begin in order: those before the one that did not end well are all under way when it says so. */
static bool begin(unsigned i, void *arg)
{
	struct trial *t = arg;

	(void)i;
	return !__atomic_load_n(t->stop, __ATOMIC_RELAXED);
}

static void done(unsigned i, void *arg)
{
	static const char died[] = "a worker died";
	struct trial *t = arg;
	struct slice *s = &t->slice[i];

	if (t->bad)
		return;
	if (!s->done && !interrupted) {
		s->end = CONFORM_FAILED;
		memcpy(s->d.text, died, sizeof(died));
	}
	conform_add(&t->counts, &s->counts);
	if (s->end != CONFORM_AGREES)
		t->bad = s;
}

static void tick(void *arg)
{
	const struct trial *t = arg;
	u64 nr = 0;

	for (unsigned i = 0; i < t->nr; i++)
		nr += t->slice[i].counts.sequences;
	progress("%lu of %lu sequences, %.0f s", nr, t->request->sequences, now_s() - t->began);
}

/* ---- a difference ---- */

static void write_scenario(const struct request *r, const struct scenario *scn, struct told *told)
{
	snprintf(told->path, sizeof(told->path), "%.150s/%.80s.scn", r->artifacts, scn->name);
	snprintf(told->text, sizeof(told->text), "%s", scn->text);
	if (!directory_make(r->artifacts) && !text_file_write(told->path, scn->text))
		return;
	fprintf(stderr, "host-conformance: cannot write %s: %s\n", told->path, strerror(errno));
	told->path[0] = 0;
}

static void make_smaller(unsigned i, void *arg)
{
	struct trial *t = arg;
	struct told *told = t->told;
	const struct conform_config config = config_of(t->request, t->bad->at);
	struct scenario *scn = sequence(t->request, t->bad->at), *small;
	char err[256];
	struct host *h = host_start(conform_window(), err);

	(void)i;
	told->d = t->bad->d;
	small = h ? conform_smaller(h, &config, scn, &told->d) : NULL;
	told->size[0] = cut_size(scn);
	told->size[1] = cut_size(small ? small : scn);
	write_scenario(t->request, small ? small : scn, told);
	scn_free(small);
	scn_free(scn);
	host_stop(h);
	told->done = 1;
}

static void nothing(unsigned i, void *arg)
{
	(void)i;
	(void)arg;
}

/* ---- all of it ---- */

void trial_run(const struct request *r, struct trial *t)
{
	*t = (struct trial){ .request = r, .nr = (unsigned)((r->sequences + SLICE - 1) / SLICE), .began = now_s() };
	t->slice = shared_alloc(t->nr * sizeof(*t->slice));
	t->told = shared_alloc(sizeof(*t->told));
	t->stop = shared_alloc(sizeof(*t->stop));
	pool_run(&(struct pool){ .nr = t->nr, .jobs = r->jobs, .begin = begin, .fn = work, .done = done, .tick = tick, .arg = t });
	t->interrupted = interrupted;
	if (t->bad && t->bad->end == CONFORM_DIFFERS)
		pool_run(&(struct pool){ .nr = 1, .jobs = 1, .fn = make_smaller, .done = nothing, .arg = t });
	progress_clear();
	t->elapsed_s = now_s() - t->began;
}

void trial_free(struct trial *t)
{
	shared_free(t->slice, t->nr * sizeof(*t->slice));
	shared_free(t->told, sizeof(*t->told));
	shared_free(t->stop, sizeof(*t->stop));
}
