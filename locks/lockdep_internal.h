/* SPDX-License-Identifier: GPL-2.0-only */
/* What the validator's parts know of each other; nobody else includes this. */
#ifndef LOCKS_LOCKDEP_INTERNAL_H
#define LOCKS_LOCKDEP_INTERNAL_H

#include <stdio.h>
#include <string.h>

#include "lock.h"
#include "machine.h"

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

/* lockdep.c: is lock h's, or in it, if h is a run? */
bool lockdep_is(const struct held_lock *h, const void *lock);

/*
 * lockdep_report.c: report it, if it is the first time that this kind is. incident says what it is about, and by its key of which
 * kind; the rest of it is filled in.
 */
void lockdep_tell(struct lockdep_incident *incident, const struct site *site, const char *fmt, ...) __printf(3, 4);
/*
 * lockdep_report.c: what else comes of this edge follows from it from now on. lockdep_tell() does so by itself; who lets others see the
 * edge before it is told does it first.
 */
void lockdep_remember(const struct lockdep_incident *incident);

/* The number of the first report, from 1, that made this edge wrong; 0: none did. */
unsigned lockdep_wrong_by(unsigned before, unsigned after);
/* The same of a wait of the task for this class, under any lock that it holds. */
unsigned lockdep_wrong_wait(const struct task *t, unsigned class);
/* Bit set of classes: waiting for them under class is wrong. */
u64 lockdep_wrong_after(unsigned class);

/* lockdep_graph.c: the first witness of a wait for after under before, or NULL. */
const struct lock_edge *lockdep_edge(unsigned before, unsigned after);

/* "a < b < c": from the class that is waited for to the one that is held, as the document has it. */
void lockdep_documented_way(const struct lockdep_order *o, unsigned held, unsigned class, char *text, size_t size);

/* a has not been acquired under h in this kind so far. */
void lockdep_new_edge(const struct acquiring *a, const struct held_lock *h);

/* lockdep_rules.c: h is of the class of a. */
void lockdep_check_same_class(const struct acquiring *a, const struct held_lock *h);
void lockdep_check_wait(const struct acquiring *a);
/* h is released. */
void lockdep_check_hold(const struct held_lock *h);

#endif
