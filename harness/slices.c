/* SPDX-License-Identifier: GPL-2.0-only */
/* One campaign in many processes: see slices.h. */
#define _GNU_SOURCE
#include "slices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SLICE 8192ul			/* executions, at least */
#define MOST_SLICES 256ul		/* of one campaign */

struct slice {
	struct slices *all;
	struct campaign campaign;	/* with what is different for this slice */
	struct campaign_result *result;	/* shared */
	struct cover_log *log;		/* shared */
	size_t log_size;
	unsigned number, owner;		/* of the campaign */
	bool last;			/* of its campaign */
};

/* Between parent and workers. */
struct slices_shared {
	u32 merged;			/* [atomic; parent] slices that are over, and all before them */
	u32 found[];			/* [atomic] for each campaign: a slice has its first finding */
};

/* ---- in a worker ---- */

static bool somebody_found(const struct slice *s)
{
	return __atomic_load_n(&s->all->shared->found[s->owner], __ATOMIC_ACQUIRE);
}

/* Something is found: is it the campaign's first finding? Known when all slices before are over. */
static bool is_first(void *arg)
{
	const struct timespec nap = { 0, 2000000 };
	const struct slice *s = arg;

	while (__atomic_load_n(&s->all->shared->merged, __ATOMIC_ACQUIRE) < s->number)
		nanosleep(&nap, NULL);
	if (somebody_found(s))
		return false;
	__atomic_store_n(&s->all->shared->found[s->owner], 1, __ATOMIC_RELEASE);
	return true;
}

/* Nobody will ask what comes of this slice. */
static bool is_in_vain(void *arg)
{
	return somebody_found(arg);
}

static void work(unsigned i, void *arg)
{
	struct slices *s = arg;
	struct slice *slice = &s->slice[i];

	if (!is_in_vain(slice))
		campaign_run(&slice->campaign, slice->result);
	slice->result->done = 1;
}

/* ---- in the parent ---- */

static void add_counts(struct campaign_result *to, const struct campaign_result *from)
{
	to->executions += from->executions;
	to->steps += from->steps;
	to->decisions += from->decisions;
	to->stuck += from->stuck;
	to->unlisted += from->unlisted;
	to->reached |= from->reached;
	to->goals |= from->goals;
	to->elapsed_s += from->elapsed_s;
	for (unsigned i = 0; i < SCN_MAX_OUTCOMES; i++)
		to->outcome[i] += from->outcome[i];
	for (unsigned i = 0; i < SCN_MAX_NEAR; i++) {
		to->near[i] += from->near[i];
		to->near_event[i] |= from->near_event[i];
	}
	observed_merge(&to->observed, &from->observed);
}

static void add_finding(struct campaign_result *to, const struct campaign_result *from)
{
	to->found = 1;
	to->finding = from->finding;
	to->found_at = from->found_at;
	to->found_decisions = from->found_decisions;
	memcpy(to->strategy, from->strategy, sizeof(to->strategy));
	memcpy(to->replay, from->replay, sizeof(to->replay));
	memcpy(to->report, from->report, sizeof(to->report));
}

static void add_failure(struct campaign_result *to, const struct campaign_result *from)
{
	to->interrupted |= from->interrupted;
	if (!from->failed || to->failed)
		return;
	to->failed = 1;
	memcpy(to->error, from->error, sizeof(to->error));
}

static void add_cover(struct slices *s, const struct slice *slice)
{
	if (!slice->log)
		return;
	if (!s->cover)
		s->cover = cover_new(NULL);
	cover_add(s->cover, slice->log);
	madvise(slice->log, slice->log_size, MADV_REMOVE);	/* not needed any more: memory is for those to come */
}

static void close_campaign(struct slices *s, unsigned owner)
{
	if (s->cover)
		cover_end(s->cover, &s->result[owner].cover);
	s->cover = NULL;
	s->open = 0;
	s->told(owner, s->arg);
}

/* Slices that died leave the campaign undone. */
static void merge(unsigned i, void *arg)
{
	struct slices *s = arg;
	const struct slice *slice = &s->slice[i];
	struct campaign_result *r = &s->result[slice->owner];

	if (!r->found) {
		bool whole = slice->campaign.first ? r->done : true;

		add_counts(r, slice->result);
		add_failure(r, slice->result);
		add_cover(s, slice);
		r->done = whole && slice->result->done;
		if (slice->result->found)
			add_finding(r, slice->result);
		if (slice->result->found || slice->last)
			close_campaign(s, slice->owner);
		else
			s->open = slice->owner + 1;
	}
	__atomic_store_n(&s->shared->merged, i + 1, __ATOMIC_RELEASE);
}

static void tick(void *arg)
{
	const struct slices *s = arg;

	if (s->tick)
		s->tick(s->arg);
}

/* A campaign that has a bound of time is one slice: where it ends is nobody's to repeat. */
static u64 slice_size(const struct campaign *c)
{
	if (c->time_ns || !c->executions)
		return c->executions;
	return max(SLICE, (c->executions + MOST_SLICES - 1) / MOST_SLICES);
}

static unsigned slices_of(const struct campaign *c)
{
	u64 size = slice_size(c);

	return size ? (unsigned)((c->executions + size - 1) / size) : 1;
}

static void cut(struct slices *s, unsigned owner, unsigned first)
{
	const struct campaign *c = &s->campaign[owner];
	unsigned nr = slices_of(c);

	for (unsigned i = 0; i < nr; i++) {
		struct slice *slice = &s->slice[first + i];
		u64 size = slice_size(c);

		*slice = (struct slice){ .all = s, .campaign = *c, .number = first + i, .owner = owner, .last = i + 1 == nr };
		slice->campaign.first = c->first + i * size;
		slice->campaign.executions = size ? min(size, c->executions - i * size) : 0;
		slice->campaign.is_first = is_first;
		slice->campaign.is_in_vain = is_in_vain;
		slice->campaign.slice = slice;
		slice->result = shared_alloc(sizeof(*slice->result));
		if (!c->cover)
			continue;
		slice->log_size = cover_log_size(slice->campaign.executions);
		slice->log = slice->campaign.cover_log = shared_alloc(slice->log_size);
		cover_log_init(slice->log, slice->campaign.executions);
	}
}

void slices_run(struct slices *s, unsigned jobs)
{
	struct pool p = { .jobs = jobs, .fn = work, .done = merge, .tick = tick, .arg = s };
	size_t shared_size = sizeof(*s->shared) + s->nr_campaigns * sizeof(s->shared->found[0]);

	s->nr = 0;
	for (unsigned i = 0; i < s->nr_campaigns; i++)
		s->nr += slices_of(&s->campaign[i]);
	s->slice = calloc(s->nr + 1, sizeof(*s->slice));
	if (!s->slice)
		die("out of memory");
	s->shared = shared_alloc(shared_size);
	for (unsigned i = 0, first = 0; i < s->nr_campaigns; i++) {
		cut(s, i, first);
		first += slices_of(&s->campaign[i]);
	}
	p.nr = s->nr;
	pool_run(&p);
	if (s->open) {			/* the rest of it was not begun any more */
		s->result[s->open - 1].interrupted = 1;
		close_campaign(s, s->open - 1);
	}
	for (unsigned i = 0; i < s->nr; i++) {
		shared_free(s->slice[i].result, sizeof(*s->slice[i].result));
		if (s->slice[i].log)
			shared_free(s->slice[i].log, s->slice[i].log_size);
	}
	shared_free(s->shared, shared_size);
	free(s->slice);
}

void slices_progress(const struct slices *s, u64 *executions, u64 *steps)
{
	*executions = *steps = 0;
	for (unsigned i = 0; i < s->nr; i++) {
		*executions += s->slice[i].result->executions;
		*steps += s->slice[i].result->steps;
	}
}
