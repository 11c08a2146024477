/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page migration through swap, as Linux 2.6.17 has it: what is on the move has swap entries meanwhile, and whoever comes upon one waits
 * for the page's lock, as for any page in the swap cache. And swapping out by the same means, of what a process maps.
 */
#ifndef CORE_MIGRATE_SWAP_H
#define CORE_MIGRATE_SWAP_H

#include "mm.h"

#define PAGELIST_MAX 64u		/* what one call can move: as much as one area has */

/* Pages on the move: isolated, or new and nobody's, each with a reference. A list of the caller's, and of nobody else. */
struct pagelist {
	unsigned nr;
	struct page *page[PAGELIST_MAX];
};

/*
 * Move the pages that are mapped in [start, start + len), whoever else maps them, to other frames; or (to_swap) out to swap, and to their
 * files. Returns how many stay where they are, -ENOMEM when there are no frames, or -ENODEV when there is no swap. Takes mmap_lock for
 * read, and holds it all the time; the caller is a user of the mm.
 */
int do_migrate_pages(struct mm_struct *mm, unsigned long start, unsigned long len, bool to_swap);

/* ---- for the unit tests ---- */

/* Before pages are isolated: all of them are to be on the LRU. Returns 0, or -ENODEV when no slot is free. */
int migrate_prep(void);
/* Isolated pages back to the LRU, by way of this CPU's cache, and the references with them. Returns how many. */
unsigned putback_lru_pages(struct pagelist *list);
/*
 * The page, isolated and locked: unmap it, write it, and take it out of its cache. Unlocks it. Returns 0, and the caller's reference is the
 * last one; or -EAGAIN.
 */
int swap_page(struct page *page);

/*
 * Give page's place to new, which is nobody's. Both locked, page isolated, mmap_lock held of one who had it mapped, and so its anon_vma.
 * Returns 0, -EAGAIN when somebody has page in use, or what makes every further attempt fail: -EPERM (a VMA with VM_LOCKED), -EIO.
 */
typedef int (*migratepage_t)(struct page *new, struct page *page);
int migrate_page_through_swap(struct page *new, struct page *page);
int fail_migrate_page(struct page *new, struct page *page);

/*
 * Move what is in from to the frames in to, or out if that is NULL. What has moved is in moved then, what cannot in failed, and what
 * could not this time, or had no frame, stays in from. Returns how many are in the last two. mmap_lock held as above.
 */
int migrate_pages(struct pagelist *from, struct pagelist *to, struct pagelist *moved, struct pagelist *failed);

#endif
