/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Soft-dirty: which pages a process has written to since somebody last asked to forget it, as who saves a running process wants to know.
 *
 * Whatever makes an entry writable says that its page is written to; to forget that means to take the right to write away, so that the
 * next write faults. The bit goes with the entry wherever that goes: into swap entries and migration entries, and back. A VMA with
 * VM_SOFTDIRTY is new, and says so of all its pages, those included that nobody has touched.
 */
#include "defects.h"
#include "internal.h"
#include "mmu_notifier.h"
#include "soft_dirty.h"

/* ---- forgetting ---- */

/*
 * What stands for a page that may be written to will be a writable entry again, and then a write would leave no trace. (4.19 takes the
 * bit away from migration entries, and nothing else.)
 */
static pte_t forget_moving(pte_t pte)
{
	if (pte_migration_write(pte) && !defect(D_SOFT_MOVING))
		pte = pte_migration_read(pte);
	return pte_without(pte, PTE_SOFT_DIRTY | PTE_DEVICE_WRITE);
}

/* pte lock held. A present entry is cleared first, as the processor may set a bit in it meanwhile. */
static void clear_soft_dirty(pte_t *ptep, pte_t pte)
{
	if (pte_present(pte))
		set_pte(ptep, pte_without(ptep_get_and_clear(ptep), PTE_WRITE | PTE_SOFT_DIRTY));
	else if (!pte_same(pte, forget_moving(pte)))
		set_pte(ptep, forget_moving(pte));
}

static void clear_table(struct pgtable *pt, unsigned long addr, unsigned long end)
{
	spin_lock(pte_lockptr(pt));
	for (; addr < end; addr += PAGE_SIZE) {
		pte_t *ptep = pte_offset(pt, addr);

		clear_soft_dirty(ptep, ptep_get(ptep));
	}
	spin_unlock(pte_lockptr(pt));
}

/* Of a whole huge page; false when there is none by now. The entry is never empty meanwhile, as in mprotect. */
static bool clear_huge_pmd(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = pmd_offset(mm, addr);
	bool huge;

	pmd_lock(mm);
	huge = pmd_trans_huge(pmdp_get(pmd));
	if (huge)
		set_pmd(pmd, pte_pmd(pte_without(pmd_pte(pmdp_invalidate(mm, addr)), PTE_WRITE | PTE_SOFT_DIRTY)));
	pmd_unlock(mm);
	return huge;
}

static void clear_vma(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_HUGETLB)
		return;			/* nobody keeps count of what is written there */
	for (unsigned long addr = vma->vm_start, stop; addr < vma->vm_end; addr = stop) {
		struct pgtable *pt = NULL;

		stop = min(vma->vm_end, table_end(addr));
		/* A table may take the place of the huge entry, not the other way round. */
		if (!huge_at(vma->vm_mm, addr) || !clear_huge_pmd(vma->vm_mm, addr))
			pt = pgtable_find(vma->vm_mm, addr);
		if (pt)
			clear_table(pt, addr, stop);
	}
}

static bool any_soft_dirty(const struct mm_struct *mm)
{
	const struct vm_area_struct *vma = mm->mmap;

	while (vma && !(vma->vm_flags & VM_SOFTDIRTY))
		vma = vma->vm_next;
	return vma;
}

/* mmap_lock held for read, and again when this returns: flags change only while it is held for write. */
static void begin(struct mm_struct *mm)
{
	if (!any_soft_dirty(mm)) {
		event(CLEAR_SOFT_BEGIN, .mm = mm);
		return;
	}
	up_read(&mm->mmap_lock);
	down_write(&mm->mmap_lock);
	event(CLEAR_SOFT_BEGIN, .mm = mm);
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (!(vma->vm_flags & VM_SOFTDIRTY))
			continue;
		vma_start_write(vma);
		WRITE_ONCE(vma->vm_flags, vma->vm_flags & ~VM_SOFTDIRTY);
	}
	mmap_write_downgrade(mm);
}

/* Entries lose their rights now, and TLBs at the end: who else looks at an entry meanwhile must know that (mm_tlb_flush_pending()). */
static void clear_and_flush(struct mm_struct *mm)
{
	WINDOW(SOFT_DIRTY_FLUSH);

	inc_tlb_flush_pending(mm);
	mmu_notifier_invalidate_range_start(mm, 0, TASK_SIZE);
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next)
		clear_vma(vma);
	mmu_notifier_invalidate_range_end(mm, 0, TASK_SIZE);
	/* What a program writes after this comes by a fault. */
	if (!defect(D_SOFT_FLUSH))
		flush_tlb_mm(mm);
	dec_tlb_flush_pending(mm);
}

void clear_refs_soft_dirty(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
	begin(mm);
	clear_and_flush(mm);
	event(CLEARED_SOFT, .mm = mm);
	up_read(&mm->mmap_lock);
}

/* ---- asking ---- */

/* mmap_lock held. */
static bool pagemap_soft_dirty(const struct vm_area_struct *vma, unsigned long addr)
{
	bool soft = vma->vm_flags & VM_SOFTDIRTY;
	struct mapping_entry e;

	if (!follow_pte_pmd(vma->vm_mm, addr, &e)) {
		event(SOFT_DIRTY_SEEN, .mm = vma->vm_mm, .addr = addr, .value = soft);
		return soft;
	}
	soft |= pte_soft_dirty(e.pte) != 0;
	/* Of a page that has failed nothing is left. */
	if (!pte_hwpoison(e.pte))
		event(SOFT_DIRTY_SEEN, .mm = vma->vm_mm, .addr = addr, .value = soft);
	spin_unlock(e.ptl);
	return soft;
}

int soft_dirty_of(struct mm_struct *mm, unsigned long addr)
{
	const struct vm_area_struct *vma;
	int soft = -EFAULT;

	down_read(&mm->mmap_lock);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr)
		soft = pagemap_soft_dirty(vma, addr);
	up_read(&mm->mmap_lock);
	return soft;
}
