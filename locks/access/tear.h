/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain stores in two halves: nothing but a mark (WRITE_ONCE() and the like) keeps a compiler from doing that.
 *
 * The compiler announces a store before it does it, when the value is not known yet. So the store is noted, and the next time that
 * anything is heard of its task, before anybody else can look at memory, the policy is asked (CHOICE_TEAR) whether it was torn: then
 * the high half is taken back, others may come in between (OP_WRITE_REST), and the high half is stored again, alone: what they
 * stored in the low half stays. Only stores of a word of 4 or 8 bytes, of which both halves change: half of another store shows
 * nothing that is neither the old value nor the new one.
 *
 * Concurrency: one OS thread, that of the controlled scheduler. A store is settled before its task lets others go on, so that there
 * is never more than one.
 */
#ifndef LOCKS_ACCESS_TEAR_H
#define LOCKS_ACCESS_TEAR_H

#include "types.h"

struct site;

/* The current task is about to store plainly to an aligned word, at this place of the source. */
void tear_note(void *addr, unsigned size, const struct site *site);

extern bool tear_pending;		/* a store is noted */
void tear_settle_slow(void);

/* It has done so, whole or torn, and goes on. Nothing happens when no store is noted. */
static inline void tear_settle(void)
{
	if (unlikely(tear_pending))
		tear_settle_slow();
}

/* An execution begins: what was noted in the last one is nobody's. */
void tear_begin(void);

#endif
