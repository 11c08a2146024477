/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of one execution and which of them happened before which: vector clocks over the dependences of their footprints.
 *
 * Executions that differ only in the order of independent steps are one *trace*; each has the same hash.
 *
 * Concurrency: one caller.
 */
#ifndef HARNESS_VERIFY_TRACE_H
#define HARNESS_VERIFY_TRACE_H

#include "verify/dependence.h"

struct trace_event {
	struct op op;
	u64 word;			/* at op.obj, before */
	u64 enabled;			/* tasks that could have gone on instead, and this one */
	u64 hash;			/* of this event and all before it */
	u32 first_touch;
	u32 before;			/* position + 1 of the event of its task before this one; 0: it is the first */
	u16 task;
	u8 was_free;			/* the lock that it is about was free, before */
	u8 wild;			/* depends on everything */
	u16 clock[VERIFY_TASKS];	/* how many events of each task are not after this one, itself included */
};

/* One access of one event. */
struct trace_touch {
	u32 event;
	u32 before;			/* touch + 1 of the same place before this one; 0: none */
	u32 slot;			/* of the place in trace.key */
	u32 mode;
};

struct trace {
	struct trace_event *event;
	struct trace_touch *touch;
	u32 nr, cap, nr_touch, cap_touch;
	u32 tasks;			/* clocks are this long */
	u32 last[VERIFY_TASKS];		/* position + 1 of the last event of each task */
	u32 *at[VERIFY_TASKS];		/* positions of the events of each task */
	u32 cap_at[VERIFY_TASKS];
	u64 *key;			/* table of places; 0: unused */
	u32 *head;			/* touch + 1 of the last one of each */
	u32 nr_keys, cap_keys;
	u32 *wild;			/* positions of wild events */
	u32 nr_wild, cap_wild;
	/* The events of other tasks that an event depends on and that were not before it by themselves: the last one first. */
	u32 *found;
	u32 nr_found, cap_found;
	u32 *mark;			/* for each event: the search that has seen it */
	u32 search;
};

void trace_init(struct trace *tr, unsigned tasks);
void trace_free(struct trace *tr);

/* Forget the events from position n on. */
void trace_cut(struct trace *tr, u32 n);

/* Did the event at position at happen before the clock's owner did? */
static inline bool trace_before(const struct trace *tr, u32 at, const u16 clock[VERIFY_TASKS])
{
	const struct trace_event *e = &tr->event[at];

	return e->clock[e->task] <= clock[e->task];
}

/* Fills tr->found for a step of this task with this footprint that comes next. */
void trace_find(struct trace *tr, unsigned task, const struct footprint *f);

/* Append it, after trace_find(). salt: what it chose. Returns the event, whose op, word, enabled and was_free are to be set. */
struct trace_event *trace_add(struct trace *tr, unsigned task, const struct footprint *f, u64 salt);

static inline u64 trace_hash(const struct trace *tr)
{
	return tr->nr ? tr->event[tr->nr - 1].hash : 0;
}

/* A set of hashes. */
struct hash_set {
	u64 *at;
	u64 nr, cap;
};
/* True when it was not in it yet. */
bool hash_set_add(struct hash_set *s, u64 hash);
void hash_set_free(struct hash_set *s);

/* Make room for one more in an array that has cap entries of this size. */
void *verify_grow(void *array, u32 *cap, size_t size);

#endif
