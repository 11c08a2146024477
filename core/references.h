/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a page is known to be in use, besides the accessed bits of its entries: flags of the page.
 *
 * PG_referenced: used, since reclaim looked last. PG_active: used more than once; not to be reclaimed before it has been looked at
 * again. PG_idle: a program asked whether it will be used; PG_young: that took away accessed bits which reclaim has not seen.
 */
#ifndef CORE_REFERENCES_H
#define CORE_REFERENCES_H

#include "mm.h"

/* What reclaim is after. */
struct scan_control {
	bool ignore_references;		/* the page goes, used or not, as for MADV_PAGEOUT */
	bool batch_flush;		/* TLBs are flushed once, for all pages of a list */
	struct mem_cgroup *target_mem_cgroup;	/* on whose behalf, or NULL */
};

enum page_references { PAGEREF_RECLAIM, PAGEREF_RECLAIM_CLEAN, PAGEREF_KEEP, PAGEREF_ACTIVATE };

/* What the use of the page says about it, which is isolated and locked; a file's page is remembered to have been used. */
enum page_references page_check_references(struct page *page, const struct scan_control *sc);
/* A page that is active and isolated, not locked, becomes inactive if it was not used as code of a program. True if it stays. */
bool shrink_active_page(struct page *page, const struct scan_control *sc);

/* The page was used by a call, or through a mapping that is gone now: the second time it becomes active. It is pinned. */
void mark_page_accessed(struct page *page);

/*
 * Flags that hardly any page has: to look whether it is there is no point of its own, but part of the step before.
 */
static inline bool page_flag_rare(const struct page *page, enum pageflags bit)
{
	exec_touch(&page->flags, TOUCH_READ);
	return flag_peek(page, bit);
}

/* Is it read once, from one end to the other? Part of the step before: which of two advices that come just now holds is the same. */
static inline bool vma_read_once(const struct vm_area_struct *vma)
{
	exec_touch(&vma->vm_flags, TOUCH_READ);
	return __atomic_load_n(&vma->vm_flags, __ATOMIC_RELAXED) & VM_SEQ_READ;
}

static inline void clear_page_idle(struct page *page)
{
	if (page_flag_rare(page, PG_idle))
		ClearPageFlag(page, PG_idle);
}

static inline bool test_and_clear_page_young(struct page *page)
{
	return page_flag_rare(page, PG_young) && TestClearPageFlag(page, PG_young);
}

static inline void set_page_young(struct page *page)
{
	SetPageFlag(page, PG_young);
}

/* ---- tracking of idle pages (page_idle.c), as /sys/kernel/mm/page_idle/bitmap does it for a frame ---- */

/* From now on it is idle, until it is used. False when the frame is no page of a program's, or on its way to be none. */
bool page_idle_set(struct page *page);
/* 1: it was not used since; 0: it was, or was never said to be idle; -EAGAIN: as false above. */
int page_idle_test(struct page *page);

#endif
