/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * madvise: DONTNEED takes the pages away now, FREE lets reclaim take them as long as nobody has written to them again; SEQUENTIAL
 * and NORMAL say how they will be read.
 *
 * The first two hold mmap_lock for read only: faults go on in the same range meanwhile, and what they map afterwards stays.
 */
#include "defects.h"
#include "ksm.h"
#include "mmu_notifier.h"

/* The page's content is wanted nowhere else, and not in swap: may it be forgotten? pte lock held. */
static bool may_forget(struct page *page)
{
	bool may;

	if (!PageFlag(page, PG_swapcache) && !PageFlag(page, PG_dirty))
		return true;
	if (!trylock_page(page))
		return false;
	/* What is KSM's now belongs to nobody alone, even if it is mapped once: others may be about to rely on its content. */
	if (PageKsm(page) && !defect(D_KSM_FREE)) {
		unlock_page(page);
		return false;
	}
	/* PG_dirty speaks for all who map the page. */
	may = page_mapcount(page) == 1 && (!PageFlag(page, PG_swapcache) || try_to_free_swap(page));
	if (may)
		ClearPageFlag(page, PG_dirty);
	unlock_page(page);
	return may;
}

/* pte lock held. Returns whether a translation may be left that does not set the dirty bit again. */
static bool free_present(pte_t *ptep, pte_t pte)
{
	struct page *page = pte_page(pte);
	bool old = pte.pte & (PTE_ACCESSED | PTE_DIRTY);

	/* A huge page would have to be split: that its pages may be forgotten is no promise that they will. */
	if (!page || PageCompound(page) || !may_forget(page))
		return false;
	if (old)
		set_pte(ptep, pte_without(ptep_get_and_clear(ptep), PTE_ACCESSED | PTE_DIRTY));
	lru_lazyfree(page);
	return old;
}

static bool free_pte_range(struct mm_struct *mm, struct pgtable *pt, unsigned long addr, unsigned long end)
{
	bool flush = false;

	spin_lock(&pt->ptl);
	flush_tlb_batched_pending(mm);
	for (; addr < end; addr += PAGE_SIZE) {
		pte_t *ptep = pte_offset(pt, addr), pte = ptep_get(ptep);

		if (pte_present(pte)) {
			flush |= free_present(ptep, pte);
		} else if (pte_swap(pte)) {
			free_swap_and_cache(pte_swp(pte));
			count_swap(mm, -1);
			set_pte(ptep, __pte(0));
		}
	}
	spin_unlock(&pt->ptl);
	return flush;
}

static void free_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	bool flush = false;

	lru_add_drain();
	inc_tlb_flush_pending(vma->vm_mm);
	mmu_notifier_invalidate_range_start(vma->vm_mm, start, end);
	for (unsigned long addr = start, stop; addr < end; addr = stop) {
		struct pgtable *pt = pgtable_find(vma->vm_mm, addr);

		stop = min(end, table_end(addr));
		if (pt)
			flush |= free_pte_range(vma->vm_mm, pt, addr, stop);
	}
	mmu_notifier_invalidate_range_end(vma->vm_mm, start, end);
	/* A processor that has the translation with its dirty bit would write without a trace. */
	if (flush || mm_tlb_flush_nested(vma->vm_mm))
		flush_tlb_range(vma->vm_mm, start, end);
	dec_tlb_flush_pending(vma->vm_mm);
}

/* What is said of how the pages are going to be read is a flag of the VMA: mmap_lock held for write. Returns 0 or -ENOMEM. */
static int madvise_behavior(struct mm_struct *mm, unsigned long start, unsigned long end, enum madvice advice)
{
	struct vm_area_struct *vma = find_vma(mm, start), *prev;
	unsigned long bit = advice == MADVISE_SEQUENTIAL ? VM_SEQ_READ : 0;
	int err = 0;

	for (; start < end; vma = prev->vm_next) {
		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start)
			err = -ENOMEM;
		start = max(start, vma->vm_start);
		prev = start > vma->vm_start ? vma : vma->vm_prev;
		prev = vma_change_flags(vma, prev, start, min(end, vma->vm_end), (vma->vm_flags & ~VM_SEQ_READ) | bit);
		if (!prev)
			return -ENOMEM;
		/* It may have been merged with what comes behind. */
		start = prev->vm_end;
	}
	return err;
}

static void (*const apply[NR_ADVICES])(struct vm_area_struct *vma, unsigned long start, unsigned long end) = {
	[MADVISE_DONTNEED] = zap_page_range,
	[MADVISE_FREE] = free_range,
};

static int madvise_locked(struct mm_struct *mm, unsigned long start, unsigned long end, enum madvice advice)
{
	int err = 0;

	for (struct vm_area_struct *vma = find_vma(mm, start); start < end; vma = vma->vm_next) {
		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start)
			err = -ENOMEM;		/* a hole: told when the rest is done */
		start = max(start, vma->vm_start);
		if (vma->vm_flags & VM_LOCKED || (vma->vm_file && advice == MADVISE_FREE))
			return -EINVAL;
		apply[advice](vma, start, min(end, vma->vm_end));
		start = vma->vm_end;
	}
	return err;
}

int do_madvise(struct mm_struct *mm, unsigned long start, unsigned long len, enum madvice advice)
{
	unsigned long end = start + len;
	int err;

	if (!apply[advice]) {
		down_write(&mm->mmap_lock);
		err = madvise_behavior(mm, start, end, advice);
		up_write(&mm->mmap_lock);
		return err;
	}
	down_read(&mm->mmap_lock);
	event(MADVISE_BEGIN, .mm = mm, .addr = start, .end = end, .value = advice);
	err = madvise_locked(mm, start, end, advice);
	event(MADVISED, .mm = mm, .addr = start, .end = end, .value = advice);
	up_read(&mm->mmap_lock);
	return err;
}
