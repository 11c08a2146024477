/* SPDX-License-Identifier: GPL-2.0-only */
/* Mappings of hugetlb: what fork, mprotect and unmap do to their entries. */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "mmu_notifier.h"

/* ---- fork ---- */

/* As copy_migration(). */
static void copy_huge_migration(struct vm_area_struct *dst_vma, pmd_t *dst, pmd_t *from, unsigned long addr, bool cow)
{
	pmd_t pmd = pmdp_get(from);
	struct page *page = migration_entry_to_page(pmd_pte(pmd));

	if (cow && pte_migration_write(pmd_pte(pmd))) {
		pmd = pte_pmd(pte_migration_read(pmd_pte(pmd)));
		set_pmd(from, pmd);
	}
	set_pmd(dst, pmd);
	hugetlb_mapped(dst_vma, addr, 1);
	event(MIGRATION_FORKED, .mm = dst_vma->vm_mm, .addr = addr, .pfn = page_to_pfn(page), .obj = page);
}

static void copy_entry(struct vm_area_struct *dst_vma, pmd_t *dst, pmd_t *from, unsigned long addr, bool cow)
{
	const struct rmap_location to = { dst_vma, addr, NULL };
	pmd_t pmd = pmdp_get(from);

	/* It has the table of another process, which mapped it at once: counted there. */
	if (pmd_none(pmd) || (!pmd_none(pmdp_get(dst)) && !defect(D_HUGETLB_FORK_SHARED)))
		return;
	if (!pmd_trans_huge(pmd) && !defect(D_HUGETLB_FORK_POISON)) {
		if (pmd_migration(pmd))
			copy_huge_migration(dst_vma, dst, from, addr, cow);
		else
			copy_huge_poison(&to, dst, pmd);
		return;
	}
	/* (What is not present has no right to lose.) */
	if (cow && pmd_trans_huge(pmd)) {
		exec_point(OP_RMW, from);
		__atomic_fetch_and(&from->pmd, ~PTE_WRITE, __ATOMIC_SEQ_CST);
		pmd = pte_pmd(pte_without(pmd_pte(pmd), PTE_WRITE));
	}
	get_page(pmd_page(pmd));
	core()->rmap->huge_dup(pmd_page(pmd), &to);
	set_pmd(dst, pte_pmd(pte_without(pmd_pte(pmd), PTE_ACCESSED)));
	hugetlb_mapped(dst_vma, addr, 1);
}

/* One page. Returns 0 or -ENOMEM. */
static int copy_page(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, unsigned long addr, bool cow)
{
	struct mm_struct *dst = dst_vma->vm_mm, *src = src_vma->vm_mm;
	pmd_t *from = pmd_offset(src, addr), *to;
	spinlock_t *ptl, *src_ptl;

	/* Whether it is empty is seen under its lock: migration makes it so for an instant. */
	to = huge_pte_alloc(dst_vma, addr);
	if (!to)
		return -ENOMEM;
	/* Shared: it is there already. */
	if (to == from)
		return 0;
	ptl = huge_pte_lock(dst, to, addr);
	src_ptl = huge_pte_lockptr(src, from, addr);
	spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
	copy_entry(dst_vma, to, from, addr, cow);
	spin_unlock(src_ptl);
	spin_unlock(ptl);
	return 0;
}

/* What is shared is copied, too, as the child's faults would find it: a page more in the pool is not needed for it. */
int copy_hugetlb_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	struct mm_struct *src = src_vma->vm_mm;
	bool cow = !(src_vma->vm_flags & VM_SHARED);
	int err = 0;

	if (cow && !defect(D_HUGETLB_FORK_UNTOLD))
		mmu_notifier_invalidate_range_start(src, src_vma->vm_start, src_vma->vm_end);
	/* Both may have tables that somebody else takes away from them. */
	if (!cow)
		i_mmap_lock_read(src_vma->vm_file->f_mapping);
	for (unsigned long addr = src_vma->vm_start; addr < src_vma->vm_end && !err; addr += HPAGE_PMD_SIZE)
		err = copy_page(dst_vma, src_vma, addr, cow);
	if (!cow)
		i_mmap_unlock_read(src_vma->vm_file->f_mapping);
	if (cow && !defect(D_HUGETLB_FORK_UNTOLD))
		mmu_notifier_invalidate_range_end(src, src_vma->vm_start, src_vma->vm_end);
	return err;
}

/* ---- mprotect ---- */

/* What is shared need not fault to be written: nobody has to know that it is dirty. */
static pmd_t huge_pte_modify(const struct vm_area_struct *vma, pmd_t pmd, unsigned long rights)
{
	pte_t pte = pte_modify(pmd_pte(pmd), rights);

	if (vma->vm_flags & VM_SHARED && rights & VM_WRITE)
		pte = pte_with(pte, PTE_WRITE);
	return pte_pmd(pte);
}

static void change_entry(struct vm_area_struct *vma, unsigned long addr, unsigned long rights)
{
	pmd_t *pmd = pmd_offset(vma->vm_mm, addr);
	spinlock_t *ptl = huge_pte_lock(vma->vm_mm, pmd, addr);
	pmd_t old = pmdp_get(pmd);

	if (pmd_migration(old))
		set_pmd(pmd, pte_pmd(pte_migration_read(pmd_pte(old))));
	else if (pmd_trans_huge(old))		/* a poison entry stays as it is */
		set_pmd(pmd, huge_pte_modify(vma, pmdp_huge_get_and_clear(pmd), rights));
	spin_unlock(ptl);
}

void hugetlb_change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end, unsigned long rights)
{
	WINDOW(PROTECT_FLUSH);
	unsigned long from = start, to = end;
	struct mm_struct *mm = vma->vm_mm;

	adjust_range_if_pmd_sharing_possible(vma, &from, &to);
	mmu_notifier_invalidate_range_start(mm, from, to);
	vma_file_lock(vma);
	inc_tlb_flush_pending(mm);
	for (unsigned long addr = start; addr < end; addr += HPAGE_PMD_SIZE)
		/* The others keep their rights. Ours come back with a fault. */
		if (!huge_pmd_unshare(vma, addr))
			change_entry(vma, addr, rights);
	flush_tlb_range(mm, from, to);
	dec_tlb_flush_pending(mm);
	vma_file_unlock(vma);
	mmu_notifier_invalidate_range_end(mm, from, to);
}

/* ---- unmap ---- */

static void zap_huge_migration(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd, pmd_t entry)
{
	struct page *page = migration_entry_to_page(pmd_pte(entry));

	set_pmd(pmd, pte_pmd(__pte(0)));
	pmd_touch_mappers(entry);
	hugetlb_mapped(vma, addr, -1);
	event(MIGRATION_ZAPPED, .mm = vma->vm_mm, .addr = addr, .pfn = page_to_pfn(page), .obj = page);
}

void hugetlb_zap_not_present(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd)
{
	pmd_t entry = pmdp_get(pmd);

	if (pmd_migration(entry))
		zap_huge_migration(vma, addr, pmd, entry);
	else if (pmd_hwpoison(entry))
		set_pmd(pmd, pte_pmd(__pte(0)));	/* it counted for nothing */
}

void hugetlb_zapped(struct vm_area_struct *vma, unsigned long addr, pmd_t pmd)
{
	if (pmd_has(pmd, PTE_DIRTY))
		SetPageFlag(pmd_page(pmd), PG_dirty);
	hugetlb_mapped(vma, addr, -1);
}
