/* SPDX-License-Identifier: GPL-2.0-only */
/* Coverage of executions: see cover.h. */
#include "cover.h"

#include <stdlib.h>
#include <string.h>

#include "explore/rng.h"
#include "sanitize.h"

#define COUNT 3ul

/* Beyond that many pairs of places, which is several times what any scenario shows, the rest is not told. */
#define LOG_RACES 16384u

struct cover_log {
	u64 cap, nr, nr_races;		/* of executions; of these, used; pairs */
	u64 window[NR_WINDOWS][COVER_WINDOW];
	u64 number[];			/* cap traces, then the pairs */
};

/* ---- sets ---- */

static u64 *find(u64 *slot, u64 cap, u64 number)
{
	u64 at = rng_mix(number) & (cap - 1);

	while (slot[at] && (slot[at] & ~COUNT) != number)
		at = (at + 1) & (cap - 1);
	return &slot[at];
}

static void grow(struct counted_set *s)
{
	u64 cap = s->cap ? s->cap * 2 : 1024;
	u64 *slot;

	san_ignore_begin();		/* in the middle of somebody's step */
	slot = calloc(cap, sizeof(*slot));
	if (!slot)
		die("no memory for %lu traces", cap);
	for (u64 i = 0; i < s->cap; i++)
		if (s->slot[i])
			*find(slot, cap, s->slot[i] & ~COUNT) = s->slot[i];
	free(s->slot);
	san_ignore_end();
	s->slot = slot;
	s->cap = cap;
}

static u64 without_count(u64 number)
{
	return (number & ~COUNT) + (number > COUNT ? 0 : COUNT + 1);
}

static void add(struct counted_set *s, u64 number)
{
	u64 *slot;

	if (s->nr * 4 >= s->cap * 3)
		grow(s);
	number = without_count(number);
	slot = find(s->slot, s->cap, number);
	if (!*slot) {
		*slot = number | 1;
		s->nr++;
		s->once++;
	} else if ((*slot & COUNT) < COUNT) {
		s->once -= (*slot & COUNT) == 1;
		++*slot;
	}
}

static bool has(const struct counted_set *s, u64 number)
{
	return s->cap && *find(s->slot, s->cap, without_count(number));
}

/* ---- steps ---- */

/* Two places, each in 31 bits, so that a pair can be turned round. */
static u64 pair(u32 first, u32 second)
{
	return (u64)(first & 0x7fffffff) << 33 | (u64)(second & 0x7fffffff) << 2;
}

/* Where the program was loaded must not matter: its own parts keep their distances. */
static u32 place(const struct site *site)
{
	static const char here;

	return (u32)((u64)site - (u64)&here) & 0x7fffffff;
}

/* Both in one word, of which each bit comes from many: the two halves of a product. */
static inline u64 mixed(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15ul) * (b ^ 0xd6e8feb86659fd93ul);

	return (u64)product ^ (u64)(product >> 64);
}

/* What has no object of its own and reaches further has that for an object. */
static u64 object_of(const struct op *op)
{
	return op_reach[op->kind] ? op_reach[op->kind] : op_object_key(op);
}

static struct cover_object *object_at(struct cover *c, u64 key)
{
	u32 at = (u32)((key * 0x9e3779b97f4a7c15ul) >> 32) % COVER_OBJECTS;
	u16 *slot = &c->by_key[at];

	/* Where it is full, the last one that is looked at stands for all others. */
	for (u32 probes = 0; *slot && c->object[*slot - 1].key != key && probes < 32; probes++) {
		at = (at + 1) % COVER_OBJECTS;
		slot = &c->by_key[at];
	}
	if (!*slot) {
		c->object[c->nr_objects] = (struct cover_object){ .key = key };
		*slot = (u16)++c->nr_objects;
	}
	return &c->object[*slot - 1];
}

/* t takes a step, and somebody is in a window. */
static void step_in_windows(struct cover *c, const struct task *t)
{
	for (u64 b = machine->sched.windows; b; b &= b - 1) {
		const struct task *in = &machine->task[__builtin_ctzl(b)];

		c->now[COVER_OPEN] |= in->windows;
		if (in == t)
			continue;
		c->now[COVER_CROSSED] |= in->windows;
		if (ops_race(&t->op, &in->op))
			c->now[COVER_MET] |= in->windows;
	}
}

static void add_windows(u64 to[NR_WINDOWS][COVER_WINDOW], const u64 from[NR_WINDOWS][COVER_WINDOW])
{
	for (unsigned w = 0; w < NR_WINDOWS; w++)
		for (unsigned k = 0; k < COVER_WINDOW; k++)
			to[w][k] += from[w][k];
}

/* Somebody else has touched it just before, and one of the two has changed it: that was the order of these two places. */
static void note_place(struct cover *c, struct cover_object *o, const struct task *t, bool write)
{
	u32 site = place(t->op.site);

	if (o->site && o->by != t->id && (o->write | write))
		add(&c->races, pair(o->site, site));
	o->site = site;
	o->by = (u8)t->id;
	o->write = write;
}

/* With few branches: which operation comes next nobody can guess, neither the reader nor the processor. */
void cover_step(struct cover *c, const struct task *t)
{
	u64 key = op_touches((enum op_kind)t->op.kind) ? object_of(&t->op) : 0;
	struct cover_object none = { .wrote = ~0ul }, *o = key ? object_at(c, key) : &none;
	u64 *last = &c->task[t->id % STRATEGY_TASKS];
	bool write = op_changes((enum op_kind)t->op.kind);
	u64 now = mixed(*last + ((u64)t->op.kind << 8 | t->id), o->wrote);

	now = mixed(now, write ? o->read : ~0ul);
	o->read = write ? 0 : o->read + now;
	o->wrote = write ? now : o->wrote;
	*last = now;
	c->sum += now;
	if (key && t->op.site)
		note_place(c, o, t, write);
	if (machine->sched.windows)
		step_in_windows(c, t);
}

void cover_execution(struct cover *c)
{
	if (!c->log)
		add(&c->traces, c->sum);
	else if (c->log->nr < c->log->cap)
		c->log->number[c->log->nr++] = c->sum;
	c->executions++;
	c->sum = 0;
	c->nr_objects = 0;
	memset(c->by_key, 0, sizeof(c->by_key));
	memset(c->task, 0, sizeof(c->task));
	for (unsigned k = 0; k < COVER_WINDOW; k++)
		for (u32 b = c->now[k]; b; b &= b - 1)
			c->window[__builtin_ctz(b)][k]++;
	memset(c->now, 0, sizeof(c->now));
}

/* ---- all of it ---- */

struct cover *cover_new(struct cover_log *log)
{
	struct cover *c = calloc(1, sizeof(*c));

	if (!c)
		die("no memory to count traces in");
	c->log = log;
	return c;
}

/* In campaigns of many millions only the first executions of each slice are counted. */
static u64 log_cap(u64 executions)
{
	return min(executions, 1ul << 18);
}

size_t cover_log_size(u64 executions)
{
	return sizeof(struct cover_log) + (log_cap(executions) + LOG_RACES) * sizeof(u64);
}

void cover_log_init(struct cover_log *log, u64 executions)
{
	log->cap = log_cap(executions);
}

static void log_races(struct cover_log *log, const struct counted_set *races)
{
	for (u64 i = 0; i < races->cap && log->nr_races < LOG_RACES; i++)
		if (races->slot[i])
			log->number[log->cap + log->nr_races++] = races->slot[i];
}

void cover_add(struct cover *c, const struct cover_log *log)
{
	for (u64 i = 0; i < log->nr; i++)
		add(&c->traces, log->number[i]);
	for (u64 i = 0; i < log->nr_races; i++)
		add(&c->races, log->number[log->cap + i]);
	add_windows(c->window, log->window);
	c->executions += log->nr;
}

void cover_end(struct cover *c, struct cover_result *r)
{
	*r = (struct cover_result){ .executions = c->executions, .traces = c->traces.nr, .once = c->traces.once, .races = c->races.nr };
	add_windows(r->window, c->window);
	for (u64 i = 0; i < c->races.cap; i++) {
		u64 n = c->races.slot[i];

		if (n)
			r->both_orders += has(&c->races, pair((u32)(n >> 2), (u32)(n >> 33)));
	}
	if (c->log) {
		log_races(c->log, &c->races);
		add_windows(c->log->window, c->window);
	}
	free(c->traces.slot);
	free(c->races.slot);
	free(c);
}
