/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which memory of the harness's own do real threads share? Measured, in the sharing flavour: locks/ and harness/ are compiled with
 * -fsanitize=thread and linked to functions of ours, which note for each line of 64 bytes who wrote it last. A line that a second
 * thread reads or writes, with no barrier between the two, is shared until the next barrier, and each write to it counts.
 *
 * What the model writes is what is raced, and no business of this: core/ is not watched, nor are its objects when locks/ writes there.
 * In other flavours all of this is nothing.
 *
 * Concurrency: any thread; begin, regions and the figure while nobody runs a round.
 */
#ifndef LOCKS_SHARING_H
#define LOCKS_SHARING_H

#include "types.h"

#define SHARING_PLACES 8

struct sharing_figure {
	u64 shared;			/* writes to shared lines since sharing_begin(), 0 if nothing is hot */
	u64 excepted;			/* of the same kind, but with a reason */
	u64 watched;			/* writes that were looked at; 0: nothing was measured */
	u64 lost;			/* writes to lines for which there was no room */
	struct {
		u64 writes;
		char place[80];		/* function (file:line) */
		const char *reason;	/* NULL: there is none */
	} worst[SHARING_PLACES];	/* those without a reason first; ends with no writes */
};

#if defined(FLAVOUR_SHARING)
#define SHARING_MEASURED true

/* Who writes there shares what he writes for a good reason; more than most (0: any number of) writes have none. NULL: the model. */
void sharing_region(const void *start, size_t size, const char *reason, u64 most);
/* The calling thread is one of that copy, whose barriers are counted there. */
void sharing_enter(u32 copy, const u32 *barriers);
/* Nobody runs: what was written before is in order with what comes. */
void sharing_barrier(void);
/* From now on it counts. */
void sharing_begin(void);
void sharing_sum_up(struct sharing_figure *f);
#else
#define SHARING_MEASURED false

static inline void sharing_region(const void *start, size_t size, const char *reason, u64 most)
{
	(void)start, (void)size, (void)reason, (void)most;
}

static inline void sharing_enter(u32 copy, const u32 *barriers)
{
	(void)copy, (void)barriers;
}

static inline void sharing_barrier(void) { }
static inline void sharing_begin(void) { }

static inline void sharing_sum_up(struct sharing_figure *f)
{
	(void)f;
}
#endif

#endif
