/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory failure: a frame whose content the hardware has lost. It is taken away from all who have it, and is not handed out again.
 *
 * PG_hwpoison is set first, and stays. Who had the page mapped gets a poison entry for it, and SIGBUS when he comes there; or nothing, if
 * the content can be had from elsewhere. The reference that memory_failure() takes is never given back: it keeps the frame.
 */
#ifndef CORE_MEMORY_FAILURE_H
#define CORE_MEMORY_FAILURE_H

#include "mm.h"

/* What became of a frame: core->poisoned. */
enum poison_state {
	POISON_NONE,
	POISON_IGNORED,			/* somebody has it still */
	POISON_FREE,			/* it was free */
	POISON_LEAKED,			/* the allocator has come upon it since */
	POISON_CONTAINED,		/* nobody can reach it but memory_failure(), which keeps it */
	POISON_CACHED,			/* and those who have swap entries for it, and will get no content */
	POISON_HUGE,			/* of hugetlb's: who has it may use it, but when it is back in the pool nobody gets it */
	POISON_HUGE_RAW,		/* the same, and it is this frame of it that has failed */
};

/*
 * The frame has failed. Returns 0 when nobody will read it any more, and -EBUSY when somebody may: a page of KSM's, one that is in
 * somebody's hands just now, one that somebody has pinned. Any page may be named. Waits for the page lock. A page of hugetlb is lost as a
 * whole, if it is a file's; else the good frames of it are free memory: hugetlb_poison.c.
 */
int memory_failure(struct page *page);

/* All frames are as good as new: for tests, which have few of them. Every process has exited, and nobody moves. */
void unpoison_all(void);

/* May nobody have it mapped, or use it? For oracles; no point. */
static inline bool poison_contained(unsigned long pfn)
{
	u8 state = __atomic_load_n(&core()->poisoned[pfn], __ATOMIC_RELAXED);

	exec_touch(&core()->poisoned[pfn], TOUCH_READ);
	return state == POISON_FREE || state == POISON_LEAKED || state == POISON_CONTAINED || state == POISON_CACHED;
}

/* And may it not be handed out? As above. */
static inline bool poison_withheld(unsigned long pfn)
{
	u8 state = __atomic_load_n(&core()->poisoned[pfn], __ATOMIC_RELAXED);

	return poison_contained(pfn) || state == POISON_HUGE || state == POISON_HUGE_RAW;
}

/* Has it failed? A moment later it may have. No point. */
static inline bool PageHWPoison(const struct page *page)
{
	exec_touch(&page->flags, TOUCH_READ);
	return flag_peek(page, PG_hwpoison);
}

/*
 * Also for hugetlb_poison.c. What became of the frame. Who says so has a reference to the page, or the lock of where it is free.
 */
void set_poison_state(struct page *page, enum poison_state state);
/* Our reference stays, or is to go now. As a pin: the frame is not freed, whoever else lets go of it. */
void keep_poisoned(const struct page *page, bool keep);

/* zone_lock held, the frame was on the free stack: it is not to be handed out. */
bool poison_skip(unsigned long pfn);

/* The entry was of a page that has failed, and becomes a poison entry. pte lock held, the entry cleared. */
void unmap_to_poison(struct page *page, const struct rmap_location *at);
/* Fork copies a poison entry. Both pte locks held. */
void copy_poison(const struct rmap_location *to, pte_t pte);

#endif
