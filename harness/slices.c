/* SPDX-License-Identifier: GPL-2.0-only */
/* One campaign in many processes: see slices.h. */
#define _GNU_SOURCE
#include "slices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore/strategy.h"

#define SLICE STRATEGY_EPOCH		/* executions, or a multiple of it: what a strategy learns in one it learns for that one */
#define MOST_SLICES 256ul		/* of one campaign */

struct slice {
	struct slices *all;
	struct campaign campaign;	/* with what is different for this slice */
	/* Shared; there from its beginning until it is merged. */
	struct campaign_result *result;
	struct cover_log *log;
	size_t log_size;
	struct data_table *data;
	unsigned number, owner;		/* of the campaign */
	bool last;			/* of its campaign */
};

/* Of a campaign whose slices are being merged. */
struct slices_state {
	struct cover *cover;
	bool begun, told;
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
static bool is_in_vain(void *slice)
{
	return somebody_found(slice);
}

static void work(unsigned i, void *arg)
{
	struct slices *s = arg;
	struct slice *slice = &s->slice[i];

	campaign_run(&slice->campaign, slice->result);
	slice->result->done = 1;
}

/* ---- in the parent ---- */

/* A slice has memory from its beginning until it is merged: a run may have more slices than a process may have mappings. */
static bool begin(unsigned i, void *arg)
{
	struct slices *s = arg;
	struct slice *slice = &s->slice[i];
	const struct campaign *c = &s->campaign[slice->owner];

	if (somebody_found(slice))
		return false;
	slice->result = shared_alloc(sizeof(*slice->result));
	if (c->data)
		slice->data = slice->campaign.data = shared_alloc(sizeof(*slice->data));
	if (c->cover) {
		slice->log_size = cover_log_size(slice->campaign.executions);
		slice->log = slice->campaign.cover_log = shared_alloc(slice->log_size);
		cover_log_init(slice->log, slice->campaign.executions);
	}
	return true;
}

static void end(struct slices *s, struct slice *slice)
{
	if (slice->result) {
		s->over_executions += slice->result->executions;
		s->over_steps += slice->result->steps;
		shared_free(slice->result, sizeof(*slice->result));
	}
	if (slice->data)
		shared_free(slice->data, sizeof(*slice->data));
	if (slice->log)
		shared_free(slice->log, slice->log_size);
	slice->result = NULL;
	slice->data = NULL;
	slice->log = NULL;
}

static void add_counts(struct campaign_result *to, const struct campaign_result *from)
{
	to->executions += from->executions;
	to->steps += from->steps;
	to->decisions += from->decisions;
	to->stuck += from->stuck;
	to->unlisted += from->unlisted;
	event_set_join(&to->reached, &from->reached);
	event_set_join(&to->goals, &from->goals);
	to->elapsed_s += from->elapsed_s;
	for (unsigned i = 0; i < SCN_MAX_OUTCOMES; i++)
		to->outcome[i] += from->outcome[i];
	for (unsigned i = 0; i < SCN_MAX_NEAR; i++) {
		to->near[i] += from->near[i];
		to->near_event[i] |= from->near_event[i];
	}
	observed_merge(&to->observed, &from->observed);
	judged_merge(&to->judged, &from->judged);
	judged_merge(&to->known, &from->known);
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
	to->exhausted |= from->exhausted;
	if (!from->failed || to->failed)
		return;
	to->failed = 1;
	memcpy(to->error, from->error, sizeof(to->error));
}

static void add_cover(struct slices_state *state, const struct slice *slice)
{
	if (!slice->log)
		return;
	if (!state->cover)
		state->cover = cover_new(NULL);
	cover_add(state->cover, slice->log);
}

static void add_data(const struct slice *slice)
{
	if (slice->data)
		data_merge(slice->all->campaign[slice->owner].data, slice->data);
}

static void close_campaign(struct slices *s, unsigned owner)
{
	struct slices_state *state = &s->state[owner];

	if (state->cover)
		cover_end(state->cover, &s->result[owner].cover);
	state->cover = NULL;
	state->told = true;
	s->told(owner, s->arg);
}

/* One slice more, in order. A slice that died leaves its campaign undone: what is behind it is in vain, as behind a finding. */
static void add_slice(struct slices *s, const struct slice *slice)
{
	struct campaign_result *r = &s->result[slice->owner];

	s->state[slice->owner].begun = true;
	add_counts(r, slice->result);
	add_failure(r, slice->result);
	add_cover(&s->state[slice->owner], slice);
	add_data(slice);
	r->done = slice->result->done;
	if (slice->result->found)
		add_finding(r, slice->result);
	if (!r->done)
		__atomic_store_n(&s->shared->found[slice->owner], 1, __ATOMIC_RELEASE);
	if (!r->done || r->found || slice->last)
		close_campaign(s, slice->owner);
}

static void merge(unsigned i, void *arg)
{
	struct slices *s = arg;

	if (!s->state[s->slice[i].owner].told)
		add_slice(s, &s->slice[i]);
	end(s, &s->slice[i]);
	__atomic_store_n(&s->shared->merged, i + 1, __ATOMIC_RELEASE);
}

static void tick(void *arg)
{
	const struct slices *s = arg;

	if (s->tick)
		s->tick(s->arg);
}

/*
 * A campaign that has a bound of time is one slice: where it ends is nobody's to repeat. So is one in which each execution follows
 * from the one before.
 */
static u64 slice_size(const struct campaign *c)
{
	if (c->time_ns || !c->executions || strategy_for(c->strategy, 0)->keeps)
		return c->executions;
	return (c->executions / MOST_SLICES / SLICE + 1) * SLICE;
}

static unsigned slices_of(const struct campaign *c)
{
	u64 size = slice_size(c);

	return size ? (unsigned)((c->executions + size - 1) / size) : 1;
}

/* Slice number i of a campaign. */
static void cut(struct slices *s, unsigned owner, unsigned i)
{
	const struct campaign *c = &s->campaign[owner];
	struct slice *slice = &s->slice[s->nr];
	u64 size = slice_size(c);

	*slice = (struct slice){ .all = s, .campaign = *c, .number = s->nr++, .owner = owner, .last = i + 1 == slices_of(c) };
	slice->campaign.first = c->first + i * size;
	slice->campaign.executions = size ? min(size, c->executions - i * size) : 0;
	slice->campaign.is_first = is_first;
	slice->campaign.is_in_vain = is_in_vain;
	slice->campaign.slice = slice;
}

static void cut_all(struct slices *s)
{
	unsigned nr = 0, most = 0;

	for (unsigned i = 0; i < s->nr_campaigns; i++) {
		nr += slices_of(&s->campaign[i]);
		most = max(most, slices_of(&s->campaign[i]));
	}
	s->nr = 0;
	s->slice = calloc(nr + 1, sizeof(*s->slice));
	s->state = calloc(s->nr_campaigns + 1, sizeof(*s->state));
	if (!s->slice || !s->state)
		die("out of memory");
	for (unsigned turn = 0; turn < most; turn++)
		for (unsigned i = 0; i < s->nr_campaigns; i++)
			if (turn < slices_of(&s->campaign[i]))
				cut(s, i, turn);
}

void slices_run(struct slices *s, unsigned jobs)
{
	struct pool p = { .jobs = jobs, .begin = begin, .fn = work, .done = merge, .tick = tick, .arg = s };
	size_t shared_size = sizeof(*s->shared) + s->nr_campaigns * sizeof(s->shared->found[0]);

	s->shared = shared_alloc(shared_size);
	cut_all(s);
	p.nr = s->nr;
	pool_run(&p);
	for (unsigned i = 0; i < s->nr_campaigns; i++)
		if (s->state[i].begun && !s->state[i].told) {
			s->result[i].interrupted = 1;	/* the rest of it was not begun any more */
			close_campaign(s, i);
		}
	shared_free(s->shared, shared_size);
	free(s->slice);
	free(s->state);
}

void slices_progress(const struct slices *s, u64 *executions, u64 *steps)
{
	*executions = s->over_executions;
	*steps = s->over_steps;
	for (unsigned i = 0; i < s->nr; i++) {
		const struct campaign_result *r = s->slice[i].result;

		*executions += r ? r->executions : 0;
		*steps += r ? r->steps : 0;
	}
}
