/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a trace for its drawing: see picture.h. Events of other kinds than ours are passed over. */
#include "trace/picture.h"

#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/must.h"
#include "trace/tracer.h"

static int by_tid(const void *a, const void *b)
{
	const struct lane *l = a, *m = b;

	return l->tid < m->tid ? -1 : l->tid > m->tid;
}

static void read_lanes(struct picture *p, const json_t *events)
{
	const json_t *e;
	size_t i;

	json_array_foreach(events, i, e) {
		struct lane *l;

		if (json_number_of(e, "pid") != TRACE_THREADS || strcmp(json_text_of(e, "name"), "thread_name"))
			continue;
		l = must_add(&p->lane, &p->nr_lanes, sizeof(*l));
		l->tid = json_number_of(e, "tid");
		l->name = json_text_of(json_object_get(e, "args"), "name");
	}
	if (p->nr_lanes)
		qsort(p->lane, p->nr_lanes, sizeof(*p->lane), by_tid);
	/* After those of the threads: whose grace periods these are they say themselves. */
	*(struct lane *)must_add(&p->lane, &p->nr_lanes, sizeof(*p->lane)) = (struct lane){ .name = "grace periods" };
}

/* False if there is no such thread. */
static bool find_lane(const struct picture *p, u64 tid, unsigned *lane)
{
	for (*lane = 0; *lane + 1 < p->nr_lanes; ++*lane)
		if (p->lane[*lane].tid == tid)
			return true;
	return false;
}

static void read_item(struct picture *p, const json_t *e, unsigned lane, bool note)
{
	const json_t *args = json_object_get(e, "args");
	struct item *item = must_add(&p->item, &p->nr_items, sizeof(*item));

	*item = (struct item){
		.ts = json_number_of(e, "ts"), .lane = lane, .note = note, .op = json_text_of(e, "name"),
		.object = json_text_of(args, "object"), .site = json_text_of(args, "site"), .text = json_text_of(args, "text"),
		.stored = json_number_of(args, "stored"),
	};
}

static void read_wait(struct picture *p, const json_t *e, unsigned lane)
{
	const json_t *args = json_object_get(e, "args");
	struct wait *w = must_add(&p->wait, &p->nr_waits, sizeof(*w));

	*w = (struct wait){
		.since = json_number_of(e, "ts"), .lane = lane, .op = json_text_of(args, "text"), .object = json_text_of(args, "object"),
		.site = json_text_of(args, "site"), .held_by = json_text_of(args, "held_by"), .row = -1,
	};
	w->until = w->since + json_number_of(e, "dur");
}

static void read_bar(struct picture *p, const json_t *e, const char *category)
{
	const json_t *args = json_object_get(e, "args");
	struct bar bar = {
		.since = json_number_of(e, "ts"), .open = json_is_true(json_object_get(args, "open")),
		.label = json_text_of(args, "object"), .class = json_text_of(args, "class"),
		.taken = json_text_of(args, "taken"), .released = json_text_of(args, "released"),
	};

	bar.until = bar.since + json_number_of(e, "dur");
	if (!find_lane(p, json_number_of(args, "tid"), &bar.lane))
		return;
	if (!strcmp(category, "lock")) {
		bar.kind = strcmp(json_text_of(args, "mode"), "R") ? BAR_WRITE : BAR_READ;
	} else if (!strcmp(category, "section")) {
		bar.kind = BAR_SECTION;
		bar.label = bar.class;
	} else {
		bar.kind = BAR_GRACE;
		bar.lane = (unsigned)p->nr_lanes - 1;
		bar.label = json_text_of(e, "name");
		bar.class = json_text_of(args, "thread");
	}
	*(struct bar *)must_add(&p->bar, &p->nr_bars, sizeof(bar)) = bar;
}

static void read_violation(struct picture *p, const json_t *e, unsigned lane)
{
	const bool named = !strcmp(json_text_of(json_object_get(e, "args"), "by"), p->lane[lane].name);

	p->violated = true;
	p->violation_at = json_number_of(e, "ts");
	p->by_thread = named && p->violation_at <= p->steps;
	p->finder = named && !p->by_thread ? (int)lane : -1;
}

static int read_event(struct picture *p, const json_t *e, size_t nr, char err[TRACE_DRAW_ERR])
{
	const char *category = json_text_of(e, "cat");
	u64 pid = json_number_of(e, "pid");
	unsigned lane;

	if (pid == TRACE_LOCKS || pid == TRACE_RCU) {
		if (category[0])
			read_bar(p, e, category);
		return 0;
	}
	if (pid != TRACE_THREADS || !category[0])
		return 0;
	if (!find_lane(p, json_number_of(e, "tid"), &lane)) {
		snprintf(err, TRACE_DRAW_ERR, "expected the name of each thread, found event %zu of thread %lu, which has none", nr,
			 json_number_of(e, "tid"));
		return -1;
	}
	if (!strcmp(category, "step") || !strcmp(category, "memory"))
		read_item(p, e, lane, category[0] == 'm');
	else if (!strcmp(category, "blocked"))
		read_wait(p, e, lane);
	else if (!strcmp(category, "violation"))
		read_violation(p, e, lane);
	return 0;
}

int picture_read(struct picture *p, const json_t *trace, char err[TRACE_DRAW_ERR])
{
	const json_t *events = json_object_get(trace, "traceEvents"), *origin = json_object_get(trace, "otherData"), *e;
	size_t i;

	memset(p, 0, sizeof(*p));
	if (!json_is_array(events) || !json_is_object(origin)) {
		snprintf(err, TRACE_DRAW_ERR, "expected a trace, an object with \"traceEvents\" and \"otherData\"");
		return -1;
	}
	p->scenario = json_text_of(origin, "scenario");
	p->provider = json_text_of(origin, "provider");
	p->signature = json_text_of(origin, "signature");
	p->about = json_text_of(origin, "text");
	p->site = json_text_of(origin, "site");
	p->strategy = json_text_of(origin, "strategy");
	p->defects = json_object_get(origin, "defects");
	p->steps = json_number_of(origin, "steps");
	p->seed = json_number_of(origin, "seed");
	read_lanes(p, events);
	json_array_foreach(events, i, e)
		if (read_event(p, e, i, err))
			return -1;
	return 0;
}

void picture_free(struct picture *p)
{
	free(p->item);
	free(p->bar);
	free(p->wait);
	free(p->lane);
	free(p->row);
}
