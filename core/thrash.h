/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The swap token: against thrashing, one address space at a time keeps its pages while it waits for one that is read in. Where the era
 * has none (FEATURE_SWAP_TOKEN), nobody ever has it, and nothing of this does anything.
 *
 * Who has it is kept by core->swap_token_mm, with no reference: the last user of an mm gives it back, before the mm can be freed.
 */
#ifndef CORE_THRASH_H
#define CORE_THRASH_H

#include "mm.h"

/*
 * The mm is about to wait for a page to be read in: it takes the token if nobody has it, or from who has come here less often for his
 * pages. Gives up at once where somebody else has swap_token_lock, which is tried. The caller is a user of the mm, and has its
 * mmap_lock. grab_swap_token() of mm/thrash.c, as of 2.6.20; that it is told which mm, as of 2.6.32.
 */
void grab_swap_token(struct mm_struct *mm);

/* Nobody uses the mm any more, and it will not be looked at afterwards: it has the token no longer. Takes swap_token_lock, if it has it. */
void put_swap_token(struct mm_struct *mm);

/*
 * Whoever has the token has it no longer: memory is so short that nobody's pages can be spared. Takes swap_token_lock, if somebody has
 * it. Reclaim, as of 2.6.14: before that, page_referenced() was told to ignore the token (its parameter ignore_token).
 */
void disable_swap_token(void);

/* Has this mm the token? No lock, so that it may have changed; a point only where somebody has it, as hardly anybody does. */
bool has_swap_token(const struct mm_struct *mm);

/* The address space in which the current task runs a program: current->mm. NULL: a thread of the kernel's, which has none. No point. */
struct mm_struct *current_mm(void);
struct mm_struct *exchange_current_mm(struct mm_struct *mm);

static inline void current_mm_again(struct mm_struct **was)
{
	exchange_current_mm(*was);
}

/* It is that one from here to the end of the block. */
#define RUNS_IN(mm)                                                                                      \
	struct mm_struct *UNIQUE(runs_in_) __attribute__((cleanup(current_mm_again), unused)) = exchange_current_mm(mm)

#endif
