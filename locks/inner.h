/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The innermost lock of real threads: a word that is held for a few instructions, never across anything that waits.
 * A controlled execution needs none: nothing comes in between two points.
 */
#ifndef LOCKS_INNER_H
#define LOCKS_INNER_H

#include "sanitize.h"
#include "sched_point.h"
#include "types.h"

/*
 * Nobody can wait for a word on a controlled schedule: while it is held, accesses are no points. What was stored before is settled
 * before, unless it is a listener who asks: he makes no points either, and the store is then settled at the next one.
 */
static inline void undivided(int more)
{
#if defined(FLAVOUR_ACCESS)
	if (!current)
		return;
	if (more > 0 && !current->unwatched)
		san_settle();
	current->undivided = (u8)(current->undivided + more);
#else
	(void)more;
#endif
}

static inline void inner_lock(u32 *word)
{
	undivided(1);
	for (unsigned spins = 0; __atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE); spins++)
		if (spins > 64)
			thread_relax();
}

static inline void inner_unlock(u32 *word)
{
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
	undivided(-1);
}

#endif
