/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that stays: VMAs with VM_LOCKED, and PG_mlocked of their pages, which spares reclaim the trouble of finding out.
 *
 * What keeps a page is VM_LOCKED, looked at under the pte lock of the entry. PG_mlocked is a hint that follows it. It may be
 * missing: whoever should have set it found the page locked, or a munlock elsewhere could not isolate the page to look for others
 * who have it locked; then reclaim comes upon VM_LOCKED and sets it. It may not be left over: a page that has it is mapped by a
 * VMA with VM_LOCKED, or somebody is on the way who will clear it.
 *
 * A huge page is mlocked as a whole, and only while one huge entry maps it and nothing else: whose part of it is locked could not be
 * told from it otherwise. When a table takes the entry's place it loses the mark. When it is split its pages get it, each for itself.
 */
#ifndef CORE_MLOCK_H
#define CORE_MLOCK_H

#include "mm.h"

/* ---- system calls (mlock.c); nothing held ---- */

/*
 * Lock [start, start + len) in memory, and fault it in. Returns 0, -ENOMEM when part of it is not mapped, may not be accessed or lies
 * beyond the end of its file, or -EAGAIN when memory was out: then it is locked, and not all of it is there.
 */
int do_mlock(struct mm_struct *mm, unsigned long start, unsigned long len);
/* And no longer. Returns 0 or -ENOMEM. */
int do_munlock(struct mm_struct *mm, unsigned long start, unsigned long len);

/*
 * Lock all that is mapped (MCL_CURRENT), all that will be (MCL_FUTURE), or both; with MCL_ONFAULT pages stay once they are there. What
 * cannot be is left out. do_munlockall() takes all of it back.
 */
enum { MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4 };
void do_mlockall(struct mm_struct *mm, unsigned flags);
void do_munlockall(struct mm_struct *mm);

/* ---- pages (mlock.c) ---- */

/* Page locked, and the pte lock of an entry held that maps it in a VMA with VM_LOCKED. */
void mlock_vma_page(struct page *page);
/* Page locked, with a reference: our mapping of it is gone, or locked no longer. Sleeps. */
void munlock_vma_page(struct page *page);
/* The last mapping is gone. pte lock held. */
void clear_page_mlock(struct page *page);
/* A new page, mapped in the VMA, goes to the LRU. pte lock held. */
void lru_cache_add_mapped(struct page *page, const struct vm_area_struct *vma);

/* No point: it changes nothing that the code which asks must not find on its way anyhow. */
static inline bool page_mlocked(const struct page *page)
{
	exec_touch_part(page, PAGE_MLOCK, TOUCH_READ);
	return flag_peek(page, PG_mlocked);
}

/* ---- VMAs (mlock.c) ---- */

/* Of a VMA that is reached from a page, under the pte lock of the entry: whoever locks memory comes by there afterwards. No point. */
static inline bool vma_is_locked(const struct vm_area_struct *vma)
{
	exec_touch(&vma->vm_flags, TOUCH_READ);
	return __atomic_load_n(&vma->vm_flags, __ATOMIC_RELAXED) & VM_LOCKED;
}

/*
 * Before the pages of these VMAs are unmapped, from vma to the last one that begins before end: they are locked no longer. mmap_lock
 * held for write, or nobody else uses the mm.
 */
void munlock_vmas(struct vm_area_struct *vma, unsigned long end);

/* ---- faulting in (populate.c) ---- */

/*
 * Fault in what is not there of [start, end), which lies in the VMA: copies of what may be written. Pages of a locked VMA become
 * mlocked. mmap_lock held. Returns 0, -ENOMEM, or -EFAULT when it may not be accessed.
 */
int populate_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* All that is locked, as far as possible. mmap_lock not held. */
void populate_locked(struct mm_struct *mm);
/* Of all VMAs there, mmap_lock not held. Stops at the first error. */
int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long end);

#endif
