/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables that map nothing of a file are taken back, as khugepaged does before a huge page of the file can take their place.
 *
 * It comes from the file, with its tree locked, and so can only try the mmap_lock of each process that it meets. A VMA with an anon_vma
 * may have pages of its own there, or walks that think so: they look into the table under the anon_vma's lock, which cannot be had
 * here. So such a VMA is left alone.
 */
#include "defects.h"
#include "internal.h"

static bool table_is_empty(struct pgtable *pt)
{
	bool empty = true;

	spin_lock(pte_lockptr(pt));
	for (unsigned i = 0; empty && i < PTRS_PER_PTE; i++)
		empty = pte_none(ptep_get(&pt->pte[i]));
	spin_unlock(pte_lockptr(pt));
	return empty;
}

/*
 * mmap_lock held for write, and i_mmap: nobody maps anything, nobody comes from the file. Notifiers need not be told: what the table says,
 * that nothing is mapped, stays true.
 */
static bool retract_table(struct vm_area_struct *vma, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	struct pgtable *pt = pgtable_find(mm, addr);

	if (!pt || !table_is_empty(pt))
		return false;
	core()->rmap->assert_vma_locked(vma);
	pmd_lock(mm);
	xchg(&mm->pgd[addr / HPAGE_PMD_SIZE], NULL);
	flush_tlb_range(mm, addr, addr + HPAGE_PMD_SIZE);
	pmd_unlock(mm);
	pgtable_free(pt);
	event(TABLE_RETRACTED, .mm = mm, .addr = addr);
	return true;
}

/*
 * Exit takes everything down without mmap_lock, and would look into a table that is gone. So it waits for the lock once before, and whoever
 * has it after that is told by mm_users.
 */
void khugepaged_enter(struct mm_struct *mm)
{
	if (core()->thp && !(__atomic_load_n(&mm->flags, __ATOMIC_RELAXED) >> MMF_VM_HUGEPAGE & 1))
		set_bit(MMF_VM_HUGEPAGE, &mm->flags);
}

void khugepaged_exit(struct mm_struct *mm)
{
	if (!(__atomic_load_n(&mm->flags, __ATOMIC_RELAXED) >> MMF_VM_HUGEPAGE & 1))
		return;
	down_write(&mm->mmap_lock);
	mmap_write_unlock(mm);
}

static bool khugepaged_test_exit(struct mm_struct *mm)
{
	return !atomic_read(&mm->mm_users) && !defect(D_RETRACT_EXIT);
}

/* i_mmap held. */
static unsigned retract_of_vma(struct vm_area_struct *vma, unsigned long addr)
{
	bool retracted = false;

	/* A fault may give it one at any time: this saves only the trouble, and does not settle it. */
	if (READ_ONCE(vma->anon_vma) || !down_write_trylock(&vma->vm_mm->mmap_lock))
		return 0;
	if (!khugepaged_test_exit(vma->vm_mm) && (!vma->anon_vma || defect(D_Z37)))
		retracted = retract_table(vma, addr);
	mmap_write_unlock(vma->vm_mm);
	return retracted;
}

unsigned retract_page_tables(struct address_space *mapping)
{
	struct vm_area_struct *vma;
	unsigned retracted = 0;

	if (mapping->kind & AS_HUGETLB)
		return 0;		/* there are no tables */
	i_mmap_lock_write(mapping);
	vma_interval_tree_foreach(vma, mapping, 0, FILE_PAGES - 1) {
		unsigned long addr = huge_start(vma->vm_start + HPAGE_PMD_SIZE - PAGE_SIZE);

		/* Only tables that belong to the VMA alone. */
		for (; addr + HPAGE_PMD_SIZE <= vma->vm_end; addr += HPAGE_PMD_SIZE)
			retracted += retract_of_vma(vma, addr);
	}
	i_mmap_unlock_write(mapping);
	return retracted;
}

unsigned retract_page_table(struct address_space *mapping, unsigned long start)
{
	struct vm_area_struct *vma;
	unsigned retracted = 0;

	i_mmap_lock_write(mapping);
	vma_interval_tree_foreach(vma, mapping, start, start) {
		unsigned long addr = vma->vm_start + ((start - vma->vm_pgoff) << PAGE_SHIFT);

		if (addr == huge_start(addr) && addr + HPAGE_PMD_SIZE <= vma->vm_end)
			retracted += retract_of_vma(vma, addr);
	}
	i_mmap_unlock_write(mapping);
	return retracted;
}
