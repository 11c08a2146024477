/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mlock and munlock: VMAs get and lose VM_LOCKED, pages follow.
 *
 * The order is what makes it safe. Who locks sets VM_LOCKED first and then visits every entry under its pte lock; who unlocks clears
 * VM_LOCKED first and does the same. Reclaim looks at VM_LOCKED under the pte lock, too, and sets PG_mlocked before it releases
 * it. So whatever it has seen is put right by whoever comes by the entry after it.
 */
#include "mlock.h"

#include "defects.h"
#include "internal.h"

#define MUNLOCK_BATCH 2			/* pages that are isolated in one go */

/* ---- pages ---- */

/* True also where there is no such mark: then VM_LOCKED is all that there is to know. */
static bool set_mlocked(struct page *page)
{
	bool was;

	if (!rmap_has(core()->rmap, FEATURE_MLOCKED))
		return true;
	was = test_and_set_bit(PG_mlocked, &page->flags);
	exec_touch_part(page, PAGE_MLOCK, TOUCH_WRITE);
	if (!was)
		mod_node_page_state(NR_MLOCK, compound_nr(page));
	return was;
}

static bool clear_mlocked(struct page *page)
{
	bool was = TestClearPageFlag(page, PG_mlocked);

	exec_touch_part(page, PAGE_MLOCK, TOUCH_WRITE);
	if (was)
		mod_node_page_state(NR_MLOCK, -(long)compound_nr(page));
	return was;
}

void mlock_vma_page(struct page *page)
{
	lockdep_assert_held(&page->flags);
	if (set_mlocked(page))
		return;
	/* To the list where it belongs. Whoever has isolated it puts it there himself. */
	if (isolate_lru_page(page))
		putback_lru_page(page);
}

void clear_page_mlock(struct page *page)
{
	if (clear_mlocked(page) && isolate_lru_page(page))
		putback_lru_page(page);
}

void lru_cache_add_mapped(struct page *page, const struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_LOCKED)
		set_mlocked(page);
	lru_cache_add(page);
}

/* Isolated and locked by us, and PG_mlocked cleared: perhaps for others who have it locked. Puts it back, and drops a reference. */
static void munlock_isolated_page(struct page *page)
{
	/* One mapping is our own. A huge page that others have locked, too, goes without the mark. */
	if (!PageCompound(page) && page_mapcount(page) > 1)
		core()->rmap->try_to_munlock(page);
	putback_lru_page(page);
}

void munlock_vma_page(struct page *page)
{
	bool taken = false;

	lockdep_assert_held(&page->flags);
	spin_lock(&core()->lru_lock);
	if (clear_mlocked(page))
		taken = lru_take(page);
	spin_unlock(&core()->lru_lock);
	if (!taken)
		return;
	get_page(page);
	munlock_isolated_page(page);
}

/*
 * Pages with a reference each, which is dropped. They are isolated before any of them is locked: what is isolated stays as it is. Of
 * one that somebody else has isolated we do not learn who else has it locked; reclaim will.
 */
static void munlock_pages(struct page **pages, unsigned nr)
{
	u32 taken = 0;

	spin_lock(&core()->lru_lock);
	for (unsigned i = 0; i < nr; i++) {
		if (clear_mlocked(pages[i]) && lru_take(pages[i]))
			taken |= 1u << i;
		else if (defect(D_MUNLOCK_PUT))
			put_page(pages[i]);
	}
	spin_unlock(&core()->lru_lock);
	for (unsigned i = 0; i < nr; i++) {
		if (taken >> i & 1) {
			get_page(pages[i]);
			lock_page(pages[i]);
			munlock_isolated_page(pages[i]);
			unlock_page(pages[i]);
		}
		/* Not under the lock of the lists: who drops the last reference needs it. */
		if (taken >> i & 1 || !defect(D_MUNLOCK_PUT))
			put_page(pages[i]);
	}
}

/* ---- VMAs ---- */

/* A huge page, which is unlocked when its head is come upon. Drops the reference. */
static void munlock_huge(struct page *page)
{
	struct page *head = compound_head(page);

	/* Its other pages have no mark of their own. They get none if it is split, now that the VMA says no more that they are locked. */
	if (page == head) {
		lock_page(head);
		munlock_vma_page(head);
		unlock_page(head);
	}
	put_page(page);
}

static void munlock_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct page *pages[MUNLOCK_BATCH];
	unsigned nr = 0;

	/* First: from here on nobody finds a reason to lock what is unlocked below. */
	WRITE_ONCE(vma->vm_flags, vma->vm_flags & ~VM_LOCKED_MASK);
	for (; start < end; start += PAGE_SIZE) {
		/* If migration does not come upon all entries of a page, it stays where it is, and its mark as well. */
		pages[nr] = get_mapped_page(vma->vm_mm, start, !defect(D_MUNLOCK_MOVING));
		if (pages[nr] && PageCompound(pages[nr])) {
			munlock_huge(pages[nr]);
			continue;
		}
		nr += pages[nr] != NULL;
		if (nr < MUNLOCK_BATCH)
			continue;
		munlock_pages(pages, nr);
		nr = 0;
	}
	if (nr)
		munlock_pages(pages, nr);
}

void munlock_vmas(struct vm_area_struct *vma, unsigned long end)
{
	for (; vma && vma->vm_start < end; vma = vma->vm_next) {
		if (!(vma->vm_flags & VM_LOCKED))
			continue;
		event(MUNLOCK, .mm = vma->vm_mm, .addr = vma->vm_start, .end = vma->vm_end);
		vma->vm_mm->locked_vm -= (u32)vma_pages(vma);
		munlock_range(vma, vma->vm_start, vma->vm_end);
	}
}

/* [start, end) lies in vma, which may be split or merged. */
static int mlock_fixup(struct vm_area_struct *vma, struct vm_area_struct **prev, unsigned long start, unsigned long end,
		       unsigned long locked)
{
	u32 pages = (u32)((end - start) >> PAGE_SHIFT);
	struct mm_struct *mm = vma->vm_mm;
	unsigned long flags = (vma->vm_flags & ~VM_LOCKED_MASK) | locked;
	bool counted = vma->vm_flags & VM_LOCKED && !defect(D_MLOCK_TWICE);
	int err = 0;

	/* They stay in any case. */
	if (flags != vma->vm_flags && !(vma->vm_flags & VM_HUGETLB)) {
		/* Now: what becomes part of a neighbour that is not locked is not locked from that moment on. */
		if (!locked)
			event(MUNLOCK, .mm = mm, .addr = start, .end = end);
		err = vma_modify_flags(&vma, *prev, start, end, flags);
		if (!err)
			vma_start_write(vma);
		if (!err && locked) {
			mm->locked_vm += counted ? 0 : pages;
			/* Reclaim may be taking away a page that it found unlocked: faulting in brings it back. */
			WRITE_ONCE(vma->vm_flags, flags | (vma->vm_flags & VM_SOFTDIRTY));
		} else if (!err) {
			mm->locked_vm -= pages;
			munlock_range(vma, start, end);
		}
	}
	*prev = vma;
	return err;
}

static int apply_locked(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long locked)
{
	int err;

	lru_add_drain();
	down_write(&mm->mmap_lock);
	err = fixup_range(mm, start, start + len, mlock_fixup, locked);
	mmap_write_unlock(mm);
	return err;
}

int do_mlock(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	int err = apply_locked(mm, start, len, VM_LOCKED);

	if (err)
		return err;
	err = mm_populate(mm, start, start + len);
	return err == -EFAULT ? -ENOMEM : err == -ENOMEM ? -EAGAIN : err;
}

int do_munlock(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	return apply_locked(mm, start, len, 0);
}

/* Errors are those of one VMA: the others are locked all the same. */
static void apply_mlockall(struct mm_struct *mm, unsigned flags)
{
	unsigned long locked = flags & MCL_ONFAULT ? VM_LOCKED_MASK : VM_LOCKED;
	struct vm_area_struct *prev = NULL;

	mm->def_flags = flags & MCL_FUTURE ? locked : 0;
	if (flags & MCL_FUTURE && !(flags & MCL_CURRENT))
		return;
	if (!(flags & MCL_CURRENT))
		locked = 0;
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = prev->vm_next)
		mlock_fixup(vma, &prev, vma->vm_start, vma->vm_end, locked);
}

void do_mlockall(struct mm_struct *mm, unsigned flags)
{
	lru_add_drain();
	down_write(&mm->mmap_lock);
	apply_mlockall(mm, flags);
	mmap_write_unlock(mm);
	if (flags & MCL_CURRENT)
		populate_locked(mm);
}

void do_munlockall(struct mm_struct *mm)
{
	lru_add_drain();
	down_write(&mm->mmap_lock);
	apply_mlockall(mm, 0);
	mmap_write_unlock(mm);
}
