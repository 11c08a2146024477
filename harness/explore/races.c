/* SPDX-License-Identifier: GPL-2.0-only */
/* Racing pairs of operations: see races.h. */
#include "explore/races.h"

#include <string.h>

#include "explore/rng.h"

#define OBJECTS 512u
#define NAMES 4096u
#define OF_ONE_CODE 16u

enum role { LOOKS, CHANGES, LETS_GO };

/* How many operations of each task are known of. */
struct clock {
	u16 of[STRATEGY_TASKS];
};

/*
 * The last operation of some kind on an object. In whole words: what is stored in parts and read as a whole is waited for, and this is
 * copied at each step.
 */
struct last {
	u64 key;			/* as of struct step_name */
	u64 code;			/* where in the code */
	u64 which;			/* .nth, .task << 16, and << 32 how many operations its task had made, itself included; 0: none */
};

static inline u64 which(unsigned nth, unsigned task, unsigned count)
{
	return nth | (u64)task << 16 | (u64)count << 32;
}

static inline u16 nth_of(const struct last *l)
{
	return (u16)l->which;
}

static inline u16 task_of(const struct last *l)
{
	return (u16)(l->which >> 16);
}

static inline u16 count_of(const struct last *l)
{
	return (u16)(l->which >> 32);
}

struct object {
	u64 key;
	struct last change, release;
	struct clock change_clock;	/* what is known to whoever comes after the last change */
	struct clock look_clock;	/* and after all looks since */
	u32 lookers;			/* bit set of those whose .look is one since the last change */
	struct last look[STRATEGY_TASKS];
};

static struct {
	struct clock clock[STRATEGY_TASKS];		/* by task: how many operations of each are before its next one */
	u32 nr_objects;
	struct object object[OBJECTS];
	u16 by_key[2 * OBJECTS];			/* index of an object + 1 */
	struct {
		u64 key;
		u16 count, task;
	} name[NAMES];
	u16 by_name[NAMES];				/* index of a name + 1: few of many, close together */
	u32 nr_names;
} races;

void races_begin(void)
{
	races.nr_objects = races.nr_names = 0;
	memset(races.by_name, 0, sizeof(races.by_name));
	memset(races.by_key, 0, sizeof(races.by_key));
	memset(races.clock, 0, sizeof(races.clock));
}

/* ---- tables ---- */

static void clear_object(struct object *o)
{
	o->change.which = o->release.which = 0;
	o->change_clock = o->look_clock = (struct clock){ { 0 } };
	o->lookers = 0;
}

/* Multiplied, and of that what is on top: enough for addresses, and soon done. */
static u32 slot_of(u64 key, u32 slots)
{
	return (u32)((key * 0x9e3779b97f4a7c15ul) >> 32) % slots;
}

/* NULL: there are too many; what is done to it races with nobody. */
static struct object *object_for(u64 key)
{
	for (u32 i = slot_of(key, ARRAY_SIZE(races.by_key));; i = (i + 1) % ARRAY_SIZE(races.by_key)) {
		u16 *slot = &races.by_key[i];

		if (*slot && races.object[*slot - 1].key == key)
			return &races.object[*slot - 1];
		if (*slot)
			continue;
		if (races.nr_objects == OBJECTS)
			return NULL;
		*slot = (u16)++races.nr_objects;
		races.object[*slot - 1].key = key;
		clear_object(&races.object[*slot - 1]);
		return &races.object[*slot - 1];
	}
}

/* One more operation of this task with this key. Zero: too many are different. */
static u16 count_name(u64 key, unsigned task)
{
	for (u32 i = slot_of(key + ((u64)task << 40), NAMES), probes = 0; probes < 64; probes++, i = (i + 1) % NAMES) {
		u16 *slot = &races.by_name[i];

		if (!*slot) {
			races.name[races.nr_names].key = key;
			races.name[races.nr_names].task = (u16)task;
			races.name[races.nr_names].count = 0;
			*slot = (u16)++races.nr_names;
		}
		if (races.name[*slot - 1].key == key && races.name[*slot - 1].task == task)
			return races.name[*slot - 1].count < 0xffff ? ++races.name[*slot - 1].count : 0;
	}
	return 0;
}

static bool same_step(const struct step_name *a, const struct step_name *b)
{
	return a->key == b->key && a->nth == b->nth && a->task == b->task;
}

/* No more than so many of one code: a lock that all take all the time would leave no room. */
static bool add_to_code(struct racing_pairs *pairs, struct racing_pair *p)
{
	u32 c = 0;

	while (c < pairs->nr_codes && pairs->at[pairs->code[c].first].code != p->code)
		c++;
	if (c == pairs->nr_codes) {
		pairs->nr_codes++;
		pairs->code[c].nr = 0;
	}
	if (pairs->code[c].nr == OF_ONE_CODE)
		return false;
	p->next = pairs->code[c].nr++ ? pairs->code[c].first + 1 : 0;
	pairs->code[c].first = (u16)pairs->nr;
	return true;
}

static struct step_name name_of(const struct last *l)
{
	return (struct step_name){ l->key, nth_of(l), task_of(l) };
}

static void keep_pair(struct racing_pairs *pairs, const struct last *first, const struct last *second)
{
	const struct step_name one = name_of(first), other = name_of(second), *a = &one, *b = &other;
	struct racing_pair *p = &pairs->at[pairs->nr];
	u32 i = (u32)(rng_mix(a->key + rng_mix(b->key) + ((u64)a->task << 48 | (u64)a->nth << 32 | (u64)b->task << 16 | b->nth)) %
		      ARRAY_SIZE(pairs->slot));

	for (; pairs->slot[i]; i = (i + 1) % ARRAY_SIZE(pairs->slot)) {
		const struct racing_pair *known = &pairs->at[pairs->slot[i] - 1];

		if (same_step(&known->first, a) && same_step(&known->second, b))
			return;
	}
	if (pairs->nr == RACING_PAIRS)
		return;
	p->first = *a;
	p->second = *b;
	p->code = rng_mix(first->code) + second->code;
	if (add_to_code(pairs, p))
		pairs->slot[i] = (u16)++pairs->nr;
}

u32 *tries_of(struct tries *tries, u64 code)
{
	for (u32 i = (u32)(rng_mix(code) % TRIES);; i = (i + 1) % TRIES) {
		if (tries->at[i].code == code)
			return tries->at[i].count;
		if (tries->at[i].code)
			continue;
		if (tries->nr == TRIES / 4 * 3)
			return NULL;
		tries->nr++;
		tries->at[i].code = code;
		return tries->at[i].count;
	}
}

/* ---- an operation ---- */

static inline enum role role_of(enum op_kind kind)
{
	const u64 let_go = 1ul << OP_UNLOCK | 1ul << OP_UP_READ | 1ul << OP_UP_WRITE | 1ul << OP_DOWNGRADE_WRITE;
	const u64 read = 1ul << OP_DOWN_READ | 1ul << OP_DOWN_READ_WAIT | 1ul << OP_DOWN_READ_TRYLOCK;

	if (let_go >> kind & 1)
		return LETS_GO;
	return op_changes(kind) && !(read >> kind & 1) ? CHANGES : LOOKS;
}

/* Whether a lock is held decides about what it does, not about when. */
static bool asks(enum op_kind kind)
{
	return kind == OP_TRYLOCK || kind == OP_IS_LOCKED || kind == OP_DOWN_READ_TRYLOCK || kind == OP_DOWN_WRITE_TRYLOCK;
}

/* All sections of RCU are one object, and so is all of the slab; two bit locks in one word are two. */
static u64 object_key(const struct op *op)
{
	if (op_reach[op->kind])
		return op_reach[op->kind];
	if (op->kind == OP_LOCK || op->kind == OP_TRYLOCK || op->kind == OP_UNLOCK)
		return (u64)op->obj | (u64)op->arg << 56;
	return (u64)op->obj;
}

static inline void meet(struct racing_pairs *pairs, const struct last *before, const struct last *now, const struct clock *clock)
{
	if (before->which && task_of(before) != task_of(now) && count_of(before) > clock->of[task_of(before)])
		keep_pair(pairs, before, now);
}

/* All of them, whether there are so many tasks or not: that is one instruction or two. */
static inline void join(struct clock *restrict to, const struct clock *restrict from)
{
	for (u32 i = 0; i < STRATEGY_TASKS; i++)
		to->of[i] = (u16)max(to->of[i], from->of[i]);
}

static void find_races(struct racing_pairs *pairs, const struct object *o, const struct last *now, enum role role, bool asked)
{
	const struct clock *clock = &races.clock[task_of(now)];

	if (role == LETS_GO)
		return;
	meet(pairs, &o->change, now, clock);
	if (asked)
		meet(pairs, &o->release, now, clock);
	for (u32 b = role == CHANGES ? o->lookers : 0; b; b &= b - 1)
		meet(pairs, &o->look[__builtin_ctz(b)], now, clock);
}

static void note(struct object *o, const struct last *now, enum role role, bool shared)
{
	struct clock *clock = &races.clock[task_of(now)];

	join(clock, &o->change_clock);
	if (role == CHANGES) {
		join(clock, &o->look_clock);
		o->change = *now;
		o->change_clock = *clock;
		o->look_clock = (struct clock){ { 0 } };
		o->release.which = 0;
		o->lookers = 0;
		return;
	}
	if (role == LOOKS) {
		o->look[task_of(now)] = *now;
		o->lookers |= 1u << task_of(now);
	} else {
		o->release = *now;
	}
	join(role == LOOKS || shared ? &o->look_clock : &o->change_clock, clock);
}

void racing_pairs_step(struct racing_pairs *pairs, const struct task *t)
{
	enum role role = role_of((enum op_kind)t->op.kind);
	struct last now = { .key = step_key(&t->op), .code = (u64)t->op.site * 64 + t->op.kind };
	unsigned count, nth;
	struct object *o;

	if (t->id >= STRATEGY_TASKS)
		return;
	count = ++races.clock[t->id].of[t->id];
	if (!op_touches((enum op_kind)t->op.kind))
		return;
	nth = count_name(now.key, t->id);
	if (!nth)
		return;
	now.which = which(nth, t->id, count);
	o = object_for(object_key(&t->op));
	if (!o)
		return;
	find_races(pairs, o, &now, role, asks((enum op_kind)t->op.kind));
	note(o, &now, role, t->op.kind == OP_UP_READ);
}
