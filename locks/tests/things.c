/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of things.h. */
#include "things.h"

static const struct lock_class classes[THINGS_CLASSES] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	[THINGS_RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[THINGS_SPIN] = { "spin", WAIT_SPIN, SAME_NEVER, 0 },
	[THINGS_MUTEX] = { "mutex", WAIT_SLEEP, SAME_NEVER, 0 },
	[THINGS_RECLAIM] = { "fs-reclaim", WAIT_PSEUDO, SAME_NEVER, 0 },
};

static const struct slab_field fields[] = {
	{ "lock", offsetof(struct thing, lock), sizeof(struct mutex), true },
	{ "count", offsetof(struct thing, count), sizeof(atomic_t), true },
	{ "data", offsetof(struct thing, data), sizeof(int), false },
	{ NULL, 0, 0, false },
};

void construct_thing(void *obj)
{
	struct thing *t = obj;

	state()->constructed++;
	mutex_init(&t->lock, THINGS_MUTEX);
	t->count.counter = 7;
	t->data = 8;
}

static struct kmem_cache *cache(const char *name, bool stable, unsigned per_slab)
{
	return kmem_cache_create(name, sizeof(struct thing), stable ? SLAB_TYPESAFE_BY_RCU : 0,
				 per_slab, stable ? construct_thing : NULL, fields);
}

struct things *things_begin(struct rig *r)
{
	struct things *s;

	rig_begin(r, EXEC_CONTROLLED, classes, THINGS_CLASSES);
	s = rig_state(sizeof(*s));
	slab_init(THINGS_RECLAIM);
	s->plain = cache("plain", false, 4);
	s->stable = cache("stable", true, 4);
	s->single = cache("single", true, 1);
	mutex_init(&s->mutex, THINGS_MUTEX);
	spin_lock_init(&s->spin, THINGS_SPIN);
	return s;
}

void share_thing(struct task *t, struct kmem_cache *c)
{
	u8 points = t->points;

	current = t;
	t->points = 0;
	state()->shared = get(c);
	t->points = points;
	current = NULL;
}

bool is_poison(const void *obj, size_t size)
{
	for (const unsigned char *p = obj; size--; p++)
		if (*p != 0x6b)
			return false;
	return true;
}

void run_task(struct rig *r, void (*fn)(void *), void *arg)
{
	rig_task("task", fn, arg);
	rig_run_once(r);
}
