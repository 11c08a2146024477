/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with three caches of one kind of object, for tests of the slab and of the lifetime
 * oracle.
 *
 * For the thread that runs the tests; things_state() and get() from tasks, too.
 */
#ifndef LOCKS_TESTS_THINGS_H
#define LOCKS_TESTS_THINGS_H

#include "rig.h"

enum { THINGS_RCU = 1, THINGS_SPIN, THINGS_MUTEX, THINGS_RECLAIM, THINGS_CLASSES };

struct thing {
	struct mutex lock; /* stable */
	atomic_t count; /* stable */
	int data, more; /* not; the second is not even described */
};

struct things {
	struct kmem_cache *plain, *stable;
	struct kmem_cache *single; /* type-stable, one object in each slab */
	struct thing *shared;
	struct mutex mutex;
	spinlock_t spin;
	unsigned constructed, reclaims, nested;
	int word;
	bool flag;
};

struct things *things_begin(struct rig *r);

static inline struct things *state(void)
{
	return machine->core;
}

/* The constructor of stable and single: count 7, data 8, and one more constructed. */
void construct_thing(void *obj);

static inline struct thing *get(struct kmem_cache *c)
{
	return kmem_cache_alloc(c, GFP_KERNEL);
}

/*
 * Set-up, before any task runs: state()->shared is a new object of c, allocated in the name of t.
 */
void share_thing(struct task *t, struct kmem_cache *c);

/* What a task finds, and rig_expect_silence() would not let pass. */
#define expect(cond) check_that(cond, ORACLE_STRUCTURE, "expected", "line %d: %s", __LINE__, #cond)

/* Is all of it the byte that freed memory is filled with? */
bool is_poison(const void *obj, size_t size);

/* Run fn as the only task, once. */
void run_task(struct rig *r, void (*fn)(void *), void *arg);

#endif
