/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every kind of lock behind one face, for tests that are the same for all of them.
 *
 * Three locks a, b, c of each kind, each of a class of its own, for tasks of either executor.
 */
#ifndef LOCKS_TESTS_LOCK_KINDS_H
#define LOCKS_TESTS_LOCK_KINDS_H

#include "lock.h"

#define LOCKS 3

struct any_lock {
	spinlock_t spin;
	struct mutex mutex;
	struct rw_semaphore rwsem;
	unsigned long word;
	unsigned class;
};

struct lock_kind {
	const char *name;
	unsigned class; /* of a; b and c follow */
	bool sleeps;
	void (*init)(struct any_lock *l);
	void (*lock)(struct any_lock *l);
	bool (*trylock)(struct any_lock *l);
	void (*unlock)(struct any_lock *l);
	void (*assert_held)(struct any_lock *l);
};

enum {
	CLASS_SPIN = 2,
	CLASS_MUTEX = 5,
	CLASS_RWSEM = 8,
	CLASS_PAGE = 11,
	CLASS_BIT = 14,
	NR_KIND_CLASSES = 17,
};

/* The rows of the classes above, and of RCU. */
#define KIND_ROWS(kind, wait)                                                                      \
	{ kind "-a", wait, SAME_NEVER, 0 }, { kind "-b", wait, SAME_NEVER, 0 },                    \
	{ kind "-c", wait, SAME_NEVER, 0 }
#define KIND_CLASSES                                                                               \
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 }, { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },            \
	KIND_ROWS("spin", WAIT_SPIN), KIND_ROWS("mutex", WAIT_SLEEP),                              \
	KIND_ROWS("rwsem", WAIT_SLEEP), KIND_ROWS("page", WAIT_SLEEP), KIND_ROWS("bit", WAIT_SPIN)

#define NR_KINDS 5
extern const struct lock_kind lock_kinds[NR_KINDS];

void init_locks(struct any_lock l[LOCKS], const struct lock_kind *k);

#endif
