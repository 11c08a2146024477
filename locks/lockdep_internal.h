/* SPDX-License-Identifier: GPL-2.0-only */
/* What the validator's parts know of each other; nobody else includes this. */
#ifndef LOCKS_LOCKDEP_INTERNAL_H
#define LOCKS_LOCKDEP_INTERNAL_H

#include <stdio.h>
#include <string.h>

#include "lock.h"
#include "machine.h"

#define BIT(n) (1ul << (n))

/* What is about to be acquired. */
struct acquiring {
	const void *lock;
	const struct site *site;
	u8 class;
	u8 mode;			/* enum lock_mode */
	bool trylock;
};

static inline const struct lock_class *class_row(unsigned class)
{
	return &machine->lockdep.classes[class];
}

static inline u64 classes_held(const struct task *t)
{
	return t->heldmask[LOCK_READ] | t->heldmask[LOCK_WRITE];
}

/* The kind of edge between a lock that is held and one that is waited for. */
static inline unsigned dep_kind(unsigned held_mode, unsigned mode)
{
	return (held_mode == LOCK_WRITE ? DEP_EXCLUSIVE : 0u) | (mode == LOCK_READ_RECURSIVE ? 0u : DEP_WAITS);
}

/* lockdep_graph.c: a has not been acquired under h in this kind so far. */
void lockdep_new_edge(const struct acquiring *a, const struct held_lock *h);

/* lockdep_rules.c: h is of the class of a. */
void lockdep_check_same_class(const struct acquiring *a, const struct held_lock *h);
void lockdep_check_wait(const struct acquiring *a);

#endif
