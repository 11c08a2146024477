/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * madvise: DONTNEED takes the pages away now, FREE lets reclaim take them as long as nobody has written to them again; SEQUENTIAL
 * and NORMAL say how they will be read.
 *
 * The first two hold mmap_lock for read only: faults go on in the same range meanwhile, and what they map afterwards stays.
 */
#include "defects.h"
#include "hugetlb.h"
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

	if (!page || !may_forget(page))
		return false;
	if (old)
		set_pte(ptep, pte_without(ptep_get_and_clear(ptep), PTE_ACCESSED | PTE_DIRTY));
	lru_lazyfree(page);
	return old;
}

/*
 * A page of a huge one that nobody else maps has to become a page of its own before it may be forgotten: true when that may be tried;
 * the huge page is locked then, and we have a reference. The lock of the entry is held.
 */
static bool lock_to_split(struct page *page)
{
	if (page_mapcount(page) != 1 || !trylock_page(compound_head(page)))
		return false;
	get_page(page);
	return true;
}

/* False when somebody else holds it, too. */
static bool split_locked(struct page *page)
{
	bool split = split_huge_page_unlock(page);

	put_page(page);
	return split;
}

/* From *addr on; *flush: a translation may be left that does not set the dirty bit again. Returns the page to split where it stopped. */
static struct page *free_ptes(struct mm_struct *mm, struct pgtable *pt, unsigned long *addr, unsigned long end, bool *flush)
{
	struct page *stop = NULL;

	spin_lock(pte_lockptr(pt));
	flush_tlb_batched_pending(mm);
	for (; *addr < end; *addr += PAGE_SIZE) {
		pte_t *ptep = pte_offset(pt, *addr), pte = ptep_get(ptep);
		struct page *page = pte_page(pte);

		if (page && PageCompound(page)) {
			if (!lock_to_split(page))
				continue;
			stop = page;
			break;
		}
		if (pte_present(pte)) {
			*flush |= free_present(ptep, pte);
		} else if (pte_swap(pte)) {
			free_swap_and_cache(pte_swp(pte));
			count_swap(mm, -1);
			set_pte(ptep, __pte(0));
		}
	}
	spin_unlock(pte_lockptr(pt));
	return stop;
}

static bool free_pte_range(struct mm_struct *mm, struct pgtable *pt, unsigned long addr, unsigned long end)
{
	bool flush = false;

	while (addr < end) {
		struct page *page = free_ptes(mm, pt, &addr, end, &flush);

		if (page && !split_locked(page))
			addr += PAGE_SIZE;	/* it keeps its content */
	}
	return flush;
}

/* Nobody else maps any page of it, which PG_dirty speaks for. Page lock and pmd lock held. */
static void free_huge_page(struct mm_struct *mm, unsigned long addr, struct page *head)
{
	int total;

	page_trans_huge_mapcount(head, &total);
	if ((defect(D_FREE_HUGE_MAPCOUNT) ? page_mapcount(head) : total) != 1)
		return;
	ClearPageFlag(head, PG_dirty);
	set_pmd(pmd_offset(mm, addr), pte_pmd(pte_without(pmd_pte(pmdp_invalidate(mm, addr)), PTE_ACCESSED | PTE_DIRTY)));
	lru_lazyfree(head);
}

/* True when there is no table to look at. Of a part of a huge page it is a table that maps the pages afterwards. */
static bool free_huge_pmd(struct mm_struct *mm, unsigned long addr, unsigned long end)
{
	struct page *page = NULL;
	pmd_t pmd;

	pmd_lock(mm);
	pmd = pmdp_get(pmd_offset(mm, addr));
	if (pmd_trans_huge(pmd) && lock_to_split(pmd_page_at(pmd, addr)))
		page = pmd_page_at(pmd, addr);
	if (page && end - addr == HPAGE_PMD_SIZE)
		free_huge_page(mm, addr, page);
	pmd_unlock(mm);
	if (!page)
		return pmd_trans_huge(pmd);
	if (end - addr < HPAGE_PMD_SIZE) {
		split_locked(page);
		return false;
	}
	unlock_page(page);
	put_page(page);
	return true;
}

static void free_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	bool flush = false;

	lru_add_drain();
	inc_tlb_flush_pending(vma->vm_mm);
	mmu_notifier_invalidate_range_start(vma->vm_mm, start, end);
	for (unsigned long addr = start, stop; addr < end; addr = stop) {
		struct pgtable *pt;

		stop = min(end, table_end(addr));
		if (huge_at(vma->vm_mm, addr) && free_huge_pmd(vma->vm_mm, addr, stop))
			continue;
		pt = pgtable_find(vma->vm_mm, addr);
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
		if (cuts_huge_page(vma, start, min(end, vma->vm_end)))
			return -EINVAL;
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
		if (vma->vm_flags & (VM_LOCKED | VM_HUGETLB) || (vma->vm_file && advice == MADVISE_FREE))
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
		mmap_write_unlock(mm);
		return err;
	}
	down_read(&mm->mmap_lock);
	event(MADVISE_BEGIN, .mm = mm, .addr = start, .end = end, .value = advice);
	err = madvise_locked(mm, start, end, advice);
	event(MADVISED, .mm = mm, .addr = start, .end = end, .value = advice);
	up_read(&mm->mmap_lock);
	return err;
}
