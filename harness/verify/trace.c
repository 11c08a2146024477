/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces: see trace.h. */
#include "verify/trace.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_KEYS 1024u

void *verify_grow(void *array, u32 *cap, size_t size)
{
	u32 more = *cap ? *cap * 2 : 64;
	void *room = realloc(array, more * size);

	if (!room)
		die("no memory for %u entries of a search", more);
	*cap = more;
	return room;
}

static void *zeroed(u64 nr, size_t size)
{
	void *p = calloc(nr, size);

	if (!p)
		die("no memory for %lu entries of a search", nr);
	return p;
}

void trace_init(struct trace *tr, unsigned tasks)
{
	memset(tr, 0, sizeof(*tr));
	tr->tasks = tasks;
	tr->cap_keys = FIRST_KEYS;
	tr->key = zeroed(tr->cap_keys, sizeof(*tr->key));
	tr->head = zeroed(tr->cap_keys, sizeof(*tr->head));
}

void trace_free(struct trace *tr)
{
	free(tr->event);
	free(tr->touch);
	free(tr->key);
	free(tr->head);
	free(tr->wild);
	free(tr->found);
	free(tr->mark);
	for (unsigned i = 0; i < VERIFY_TASKS; i++)
		free(tr->at[i]);
	memset(tr, 0, sizeof(*tr));
}

/* ---- places ---- */

/* Zero is no key: PLACE_WORD of address 0 is nobody's. */
static u32 slot_of(const u64 *keys, u32 cap, u64 key)
{
	u32 i = (u32)key_hash(key) & (cap - 1);

	while (keys[i] && keys[i] != key)
		i = (i + 1) & (cap - 1);
	return i;
}

static void more_keys(struct trace *tr)
{
	u32 cap = tr->cap_keys * 2;
	u64 *key = zeroed(cap, sizeof(*key));
	u32 *head = zeroed(cap, sizeof(*head));

	for (u32 i = 0; i < tr->cap_keys; i++) {
		u32 to;

		if (!tr->key[i])
			continue;
		to = slot_of(key, cap, tr->key[i]);
		key[to] = tr->key[i];
		head[to] = tr->head[i];
		for (u32 t = head[to]; t; t = tr->touch[t - 1].before)
			tr->touch[t - 1].slot = to;
	}
	free(tr->key);
	free(tr->head);
	tr->key = key;
	tr->head = head;
	tr->cap_keys = cap;
}

/* Places stay in the table when events are forgotten: most of them come again. */
static u32 slot_for(struct trace *tr, u64 key)
{
	u32 i = slot_of(tr->key, tr->cap_keys, key);

	if (tr->key[i])
		return i;
	if (tr->nr_keys * 2 >= tr->cap_keys) {
		more_keys(tr);
		i = slot_of(tr->key, tr->cap_keys, key);
	}
	tr->key[i] = key;
	tr->nr_keys++;
	return i;
}

void trace_cut(struct trace *tr, u32 n)
{
	if (n >= tr->nr)
		return;
	while (tr->nr_touch > tr->event[n].first_touch) {
		const struct trace_touch *t = &tr->touch[--tr->nr_touch];

		tr->head[t->slot] = t->before;
	}
	while (tr->nr > n) {
		const struct trace_event *e = &tr->event[--tr->nr];

		tr->last[e->task] = e->before;
	}
	while (tr->nr_wild && tr->wild[tr->nr_wild - 1] >= n)
		tr->nr_wild--;
}

/* ---- what an event depends on ---- */

static void clock_before(const struct trace *tr, unsigned task, u16 clock[VERIFY_TASKS])
{
	if (tr->last[task])
		memcpy(clock, tr->event[tr->last[task] - 1].clock, VERIFY_TASKS * sizeof(*clock));
	else
		memset(clock, 0, VERIFY_TASKS * sizeof(*clock));
}

/* All events before this position are before the clock. */
static u32 known_up_to(const struct trace *tr, unsigned task, const u16 clock[VERIFY_TASKS])
{
	u32 bound = tr->nr;

	for (u32 r = 0; r < tr->tasks; r++) {
		u32 last = tr->last[r];

		if (r != task && last && tr->event[last - 1].clock[r] > clock[r])
			bound = min(bound, tr->at[r][clock[r]]);
	}
	return bound;
}

static void find(struct trace *tr, unsigned task, u32 at, const u16 clock[VERIFY_TASKS])
{
	u32 i;

	if (tr->event[at].task == task || tr->mark[at] == tr->search || trace_before(tr, at, clock))
		return;
	tr->mark[at] = tr->search;
	if (tr->nr_found == tr->cap_found)
		tr->found = verify_grow(tr->found, &tr->cap_found, sizeof(*tr->found));
	for (i = tr->nr_found++; i && tr->found[i - 1] < at; i--)
		tr->found[i] = tr->found[i - 1];
	tr->found[i] = at;
}

void trace_find(struct trace *tr, unsigned task, const struct footprint *f)
{
	u16 clock[VERIFY_TASKS];
	u32 bound;

	tr->search++;
	tr->nr_found = 0;
	clock_before(tr, task, clock);
	bound = known_up_to(tr, task, clock);
	if (f->wild) {
		for (u32 at = bound; at < tr->nr; at++)
			find(tr, task, at, clock);
		return;
	}
	for (u32 i = tr->nr_wild; i && tr->wild[i - 1] >= bound; i--)
		find(tr, task, tr->wild[i - 1], clock);
	for (u32 i = 0; i < f->nr; i++) {
		u32 slot = slot_of(tr->key, tr->cap_keys, access_key(f->at[i]));

		for (u32 t = tr->head[slot]; t && tr->touch[t - 1].event >= bound; t = tr->touch[t - 1].before)
			if (modes_conflict((enum mode)tr->touch[t - 1].mode, access_mode(f->at[i])))
				find(tr, task, tr->touch[t - 1].event, clock);
	}
}

/* ---- adding ---- */

static u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0xd6e8feb86659fd93ul;
	return h ^ h >> 32;
}

/* An event is what its task did, and what happened before it: that is its clock. */
static u64 event_hash(const struct trace *tr, const struct trace_event *e, u64 salt)
{
	u64 h = mix(0x9e3779b97f4a7c15ul + e->task, salt);

	for (u32 i = 0; i < tr->tasks; i += 4) {
		u64 four;

		memcpy(&four, &e->clock[i], sizeof(four));
		h = mix(h, four);
	}
	return mix(h, e->task);
}

static void add_touches(struct trace *tr, const struct footprint *f)
{
	for (u32 i = 0; i < f->nr; i++) {
		u32 slot = slot_for(tr, access_key(f->at[i]));

		if (tr->nr_touch == tr->cap_touch)
			tr->touch = verify_grow(tr->touch, &tr->cap_touch, sizeof(*tr->touch));
		tr->touch[tr->nr_touch++] = (struct trace_touch){ tr->nr, tr->head[slot], slot, access_mode(f->at[i]) };
		tr->head[slot] = tr->nr_touch;
	}
}

static void more_events(struct trace *tr)
{
	u32 cap = tr->cap;

	tr->event = verify_grow(tr->event, &tr->cap, sizeof(*tr->event));
	tr->mark = verify_grow(tr->mark, &cap, sizeof(*tr->mark));
	memset(tr->mark, 0, tr->cap * sizeof(*tr->mark));
	tr->search = 0;
}

struct trace_event *trace_add(struct trace *tr, unsigned task, const struct footprint *f, u64 salt)
{
	struct trace_event *e;

	if (tr->nr == tr->cap)
		more_events(tr);
	e = &tr->event[tr->nr];
	memset(e, 0, sizeof(*e));
	e->task = (u16)task;
	e->before = tr->last[task];
	e->first_touch = tr->nr_touch;
	clock_before(tr, task, e->clock);
	for (u32 i = 0; i < tr->nr_found; i++)
		for (u32 r = 0; r < tr->tasks; r++)
			e->clock[r] = (u16)max(e->clock[r], tr->event[tr->found[i]].clock[r]);
	if (e->clock[task] == tr->cap_at[task])
		tr->at[task] = verify_grow(tr->at[task], &tr->cap_at[task], sizeof(*tr->at[task]));
	tr->at[task][e->clock[task]++] = tr->nr;
	e->hash = (tr->nr ? tr->event[tr->nr - 1].hash : 0) + event_hash(tr, e, salt);
	e->wild = f->wild;
	if (f->wild) {
		if (tr->nr_wild == tr->cap_wild)
			tr->wild = verify_grow(tr->wild, &tr->cap_wild, sizeof(*tr->wild));
		tr->wild[tr->nr_wild++] = tr->nr;
	}
	add_touches(tr, f);
	tr->last[task] = ++tr->nr;
	return e;
}

/* ---- sets of hashes ---- */

static void hash_set_grow(struct hash_set *s)
{
	u64 cap = s->cap ? s->cap * 2 : 1024;
	u64 *at = zeroed(cap, sizeof(*at));

	for (u64 i = 0; i < s->cap; i++) {
		u64 j = s->at[i] & (cap - 1);

		if (!s->at[i])
			continue;
		while (at[j])
			j = (j + 1) & (cap - 1);
		at[j] = s->at[i];
	}
	free(s->at);
	s->at = at;
	s->cap = cap;
}

bool hash_set_add(struct hash_set *s, u64 hash)
{
	u64 i;

	hash += !hash;			/* 0 marks what is free */
	if (s->nr * 4 >= s->cap * 3)
		hash_set_grow(s);
	for (i = hash & (s->cap - 1); s->at[i]; i = (i + 1) & (s->cap - 1))
		if (s->at[i] == hash)
			return false;
	s->at[i] = hash;
	s->nr++;
	return true;
}

void hash_set_free(struct hash_set *s)
{
	free(s->at);
	memset(s, 0, sizeof(*s));
}
