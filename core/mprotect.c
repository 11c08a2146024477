/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mprotect: VMAs are split and merged until the range has the new rights, then its entries lose what they must not have any more.
 *
 * Rights that come are not given to entries: the next access faults and finds out whether the page may be written in place.
 */
#include "hugetlb.h"
#include "device.h"
#include "internal.h"
#include "mlock.h"
#include "mmu_notifier.h"

/*
 * The page comes back read-only, whatever it was and whatever becomes of the VMA until then: as with a present entry a fault decides
 * when it may be written to again.
 */
static bool change_migration(pte_t *ptep, pte_t pte)
{
	if (!pte_migration_write(pte))
		return false;
	set_pte(ptep, pte_migration_read(pte));
	event(MIGRATION_PROTECTED, .pfn = pte_pfn(pte));
	return true;
}

/* One table's part of the range. Returns how many entries changed. */
static unsigned change_pte_range(struct pgtable *pt, unsigned long addr, unsigned long end, unsigned long rights)
{
	unsigned changed = 0;

	spin_lock(pte_lockptr(pt));
	/* Entries that are empty are none that we change, and yet somebody may have a translation of them. */
	flush_tlb_batched_pending(pt->mm);
	for (; addr < end; addr += PAGE_SIZE) {
		pte_t *ptep = pte_offset(pt, addr), pte = ptep_get(ptep);

		if (pte_migration(pte))
			changed += change_migration(ptep, pte);
		else if (pte_device(pte))
			changed += change_device(ptep, pte);
		if (!pte_present(pte))
			continue;
		/*
		 * Cleared first, so that the processor cannot set a bit in what is about to be overwritten. For this moment the
		 * page has no entry: who looks for it without the lock does not find it.
		 */
		set_pte(ptep, pte_modify(ptep_get_and_clear(ptep), rights));
		changed++;
	}
	spin_unlock(pte_lockptr(pt));
	return changed;
}

/*
 * Of a whole huge page. The entry is never empty meanwhile: who looks for the page without the lock would take it for not mapped
 * there. Returns whether there was one.
 */
static bool change_huge_pmd(struct mm_struct *mm, unsigned long addr, unsigned long rights)
{
	pmd_t *pmd = pmd_offset(mm, addr);
	bool huge;

	pmd_lock(mm);
	huge = pmd_trans_huge(pmdp_get(pmd));
	if (huge)
		set_pmd(pmd, pte_pmd(pte_modify(pmd_pte(pmdp_invalidate(mm, addr)), rights)));
	pmd_unlock(mm);
	return huge;
}

/* True when a huge page is mapped there, and has its new rights. */
static bool changed_huge(struct vm_area_struct *vma, unsigned long addr, unsigned long end, unsigned long rights)
{
	if (!huge_at(vma->vm_mm, addr))
		return false;
	if (end - addr == HPAGE_PMD_SIZE)
		return change_huge_pmd(vma->vm_mm, addr, rights);
	split_huge_pmd(vma, addr, NULL);
	return false;
}

static void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end, unsigned long rights)
{
	WINDOW(PROTECT_FLUSH);
	struct mm_struct *mm = vma->vm_mm;
	unsigned long told = end;	/* from here on notifiers are, once there is something to change */
	unsigned changed = 0;

	inc_tlb_flush_pending(mm);
	for (unsigned long addr = start, stop; addr < end; addr = stop) {
		bool huge = huge_at(mm, addr);	/* first: a table may take its place meanwhile, not the other way round */
		struct pgtable *pt = pgtable_find(mm, addr);

		stop = min(end, table_end(addr));
		if (!pt && !huge)
			continue;
		if (told == end) {
			told = addr;
			mmu_notifier_invalidate_range_start(mm, told, end);
		}
		if (huge)
			pt = changed_huge(vma, addr, stop, rights) ? NULL : pgtable_find(mm, addr);
		if (pt)
			changed += change_pte_range(pt, addr, stop, rights);
	}
	if (told != end)
		mmu_notifier_invalidate_range_end(mm, told, end);
	/* Pages stay where they are, so one flush at the end is early enough; mprotect must not return before it. */
	if (changed)
		flush_tlb_range(mm, start, end);
	dec_tlb_flush_pending(mm);
}

/* [start, end) lies in vma, which may be split or merged. prev: the VMA before start; what holds the range, afterwards. */
static int mprotect_fixup(struct vm_area_struct *vma, struct vm_area_struct **prev, unsigned long start, unsigned long end,
			  unsigned long rights)
{
	unsigned long old = vma->vm_flags, flags = (old & ~VM_RIGHTS) | rights;

	if (flags != old && cuts_huge_page(vma, start, end))
		return -EINVAL;
	vma = vma_change_flags(vma, *prev, start, end, flags);
	if (!vma)
		return -ENOMEM;
	if (flags != old && is_vm_hugetlb_page(vma)) {
		hugetlb_change_protection(vma, start, end, rights);
	} else if (flags != old) {
		change_protection(vma, start, end, rights);
		/* What is locked is not to fault: the copies that writing takes are made now. */
		if ((old & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && rights & VM_WRITE)
			populate_vma_range(vma, start, end);
	}
	*prev = vma;
	return 0;
}

int fixup_range(struct mm_struct *mm, unsigned long start, unsigned long end, vma_fixup_t fixup, unsigned long arg)
{
	struct vm_area_struct *vma = find_vma(mm, start), *prev;

	if (!vma || vma->vm_start > start)
		return -ENOMEM;
	prev = start > vma->vm_start ? vma : vma->vm_prev;
	for (;;) {
		unsigned long stop = min(end, vma->vm_end);
		int err = fixup(vma, &prev, start, stop, arg);

		if (err)
			return err;
		/* It may have been merged with what comes behind. */
		start = max(stop, prev->vm_end);
		if (start >= end)
			return 0;
		vma = prev->vm_next;
		if (!vma || vma->vm_start != start)
			return -ENOMEM;
	}
}

int do_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long rights)
{
	int err;

	down_write(&mm->mmap_lock);
	err = fixup_range(mm, start, start + len, mprotect_fixup, rights);
	event(PROTECTED, .mm = mm, .addr = start, .end = start + len);
	mmap_write_unlock(mm);
	return err;
}
