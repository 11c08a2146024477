/* SPDX-License-Identifier: GPL-2.0-only */
/* Racing pairs of operations: see races.h. */
#include "explore/races.h"

#include "explore/rng.h"

#define OBJECTS 512u
#define NAMES 4096u
#define OF_ONE_CODE 16u

enum role { LOOKS, CHANGES, LETS_GO };

/* The last operation of some kind on an object. */
struct last {
	struct step_name name;		/* .nth 0: none */
	u32 count;			/* operations that its task had made, itself included */
	u64 code;			/* where in the code */
};

struct object {
	u64 key;
	u16 change_clock[STRATEGY_TASKS];	/* what is known to whoever comes after the last change */
	u16 look_clock[STRATEGY_TASKS];		/* and after all looks since */
	struct last change, release, look[STRATEGY_TASKS];
};

static struct {
	u16 clock[STRATEGY_TASKS][STRATEGY_TASKS];	/* by task: how many operations of each are before its next one */
	u32 nr_objects;
	struct object object[OBJECTS];
	u16 by_key[2 * OBJECTS];			/* index of an object + 1 */
	struct {
		u64 key;
		u32 count, of_execution;
	} name[NAMES];
	u32 execution;
} races;

/* Beyond these, nobody is looked at. */
static u32 nr_tasks(void)
{
	return min((u32)machine->nr_tasks, (u32)STRATEGY_TASKS);
}

void races_begin(void)
{
	races.execution++;
	races.nr_objects = 0;
	for (u32 i = 0; i < ARRAY_SIZE(races.by_key); i++)
		races.by_key[i] = 0;
	for (u32 i = 0; i < STRATEGY_TASKS; i++)
		for (u32 j = 0; j < STRATEGY_TASKS; j++)
			races.clock[i][j] = 0;
}

/* ---- tables ---- */

static void clear_object(struct object *o)
{
	o->change.name.nth = o->release.name.nth = 0;
	for (u32 i = 0; i < STRATEGY_TASKS; i++)
		o->change_clock[i] = o->look_clock[i] = 0;
	for (u32 i = 0; i < nr_tasks(); i++)
		o->look[i].name.nth = 0;
}

/* NULL: there are too many; what is done to it races with nobody. */
static struct object *object_for(u64 key)
{
	for (u32 i = (u32)(rng_mix(key) % ARRAY_SIZE(races.by_key));; i = (i + 1) % ARRAY_SIZE(races.by_key)) {
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
	u64 mine = rng_mix(rng_mix(key) + task);

	for (u32 i = (u32)(mine % NAMES), probes = 0; probes < 64; probes++, i = (i + 1) % NAMES) {
		if (races.name[i].of_execution == races.execution && races.name[i].key != mine)
			continue;
		if (races.name[i].of_execution != races.execution)
			races.name[i].count = 0;
		races.name[i].of_execution = races.execution;
		races.name[i].key = mine;
		return races.name[i].count < 0xffff ? (u16)++races.name[i].count : 0;
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

static void keep_pair(struct racing_pairs *pairs, const struct last *first, const struct last *second)
{
	const struct step_name *a = &first->name, *b = &second->name;
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

static enum role role_of(enum op_kind kind)
{
	if (op_lets_go(kind) || kind == OP_DOWNGRADE_WRITE)
		return LETS_GO;
	if (kind == OP_DOWN_READ || kind == OP_DOWN_READ_WAIT || kind == OP_DOWN_READ_TRYLOCK)
		return LOOKS;
	return op_info[kind].access == ACCESS_W ? CHANGES : LOOKS;
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

static void meet(struct racing_pairs *pairs, const struct last *before, const struct last *now, const u16 *clock)
{
	if (before->name.nth && before->name.task != now->name.task && before->count > clock[before->name.task])
		keep_pair(pairs, before, now);
}

static void join(u16 *to, const u16 *from)
{
	for (u32 i = 0; i < nr_tasks(); i++)
		to[i] = (u16)max(to[i], from[i]);
}

static void find_races(struct racing_pairs *pairs, const struct object *o, const struct last *now, enum role role, bool asked)
{
	const u16 *clock = races.clock[now->name.task];

	if (role == LETS_GO)
		return;
	meet(pairs, &o->change, now, clock);
	if (asked)
		meet(pairs, &o->release, now, clock);
	for (u32 i = 0; role == CHANGES && i < nr_tasks(); i++)
		meet(pairs, &o->look[i], now, clock);
}

static void note(struct object *o, const struct last *now, enum role role, bool shared)
{
	u16 *clock = races.clock[now->name.task];

	join(clock, o->change_clock);
	if (role == CHANGES) {
		join(clock, o->look_clock);
		clear_object(o);
		o->change = *now;
	} else if (role == LOOKS) {
		o->look[now->name.task] = *now;
	} else {
		o->release = *now;
	}
	join(role == LOOKS || shared ? o->look_clock : o->change_clock, clock);
}

void races_step(struct racing_pairs *pairs, const struct task *t)
{
	enum role role = role_of((enum op_kind)t->op.kind);
	struct last now = { .name = { .key = step_key(&t->op), .task = t->id }, .code = (u64)t->op.site * 64 + t->op.kind };
	struct object *o;

	if (t->id >= STRATEGY_TASKS)
		return;
	now.count = ++races.clock[t->id][t->id];
	if (op_info[t->op.kind].access == ACCESS_N)
		return;
	now.name.nth = count_name(now.name.key, t->id);
	if (!now.name.nth)
		return;
	o = object_for(object_key(&t->op));
	if (!o)
		return;
	find_races(pairs, o, &now, role, asks((enum op_kind)t->op.kind));
	note(o, &now, role, t->op.kind == OP_UP_READ);
}
