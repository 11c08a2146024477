/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying page-table entries into a child: pages become shared and read-only on both sides. */
#include "defects.h"
#include "internal.h"
#include "memory_failure.h"
#include "mmu_notifier.h"

static void ptep_set_wrprotect(pte_t *ptep)
{
	/* Atomic, because the walker may set a bit in the same word. */
	exec_point(OP_RMW, ptep);
	__atomic_fetch_and(&ptep->pte, ~PTE_WRITE, __ATOMIC_SEQ_CST);
}

static void copy_present(struct mm_struct *dst, const struct rmap_location *to, pte_t *src_pte, pte_t pte)
{
	struct page *page = pte_page(pte);

	if (pte_has(pte, PTE_WRITE) && !defect(D_CANARY_COW)) {
		ptep_set_wrprotect(src_pte);
		pte = pte_without(pte, PTE_WRITE);
	}
	if (page) {
		get_page(page);
		core()->rmap->page_dup(page, to);
		if (maps_file_page(to->vma, page))
			count_file(dst, 1);
		else
			count_anon(dst, 1);
	}
	set_pte(to->pte, pte_without(pte, PTE_ACCESSED));
}

/*
 * The page has no second mapping yet: the child's entry becomes one when the migration ends. Which is why both must come back
 * read-only, as present ones do; unless what one writes is the other's, too.
 */
static void copy_migration(struct mm_struct *dst, const struct rmap_location *to, pte_t *src_pte, pte_t pte)
{
	struct page *page = migration_entry_to_page(pte);

	if (pte_migration_write(pte) && !(to->vma->vm_flags & VM_SHARED) && !defect(D_Z09)) {
		pte = pte_migration_read(pte);
		set_pte(src_pte, pte);
	}
	count_page(dst, page, 1);
	set_pte(to->pte, pte);
	event(MIGRATION_FORKED, .mm = dst, .addr = to->address, .pfn = page_to_pfn(page), .obj = page);
}

static bool copy_swap(struct mm_struct *dst, const struct rmap_location *to, struct mm_struct *src, pte_t pte)
{
	if (swap_duplicate(pte_swp(pte)) && !defect(D_FORK_SWAP_COUNT))
		return false;
	if (!defect(D_SWAPOFF_FORK))
		mmlist_add(dst, src);
	count_swap(dst, 1);
	set_pte(to->pte, pte);
	return true;
}

/* Returns 0, or the swap entry that cannot be counted. */
static swp_entry_t copy_one_pte(struct mm_struct *dst, const struct rmap_location *to, struct mm_struct *src, pte_t *src_pte)
{
	pte_t pte = ptep_get(src_pte);

	if (pte_present(pte)) {
		copy_present(dst, to, src_pte, pte);
	} else if (pte_swap(pte)) {
		if (!copy_swap(dst, to, src, pte))
			return pte_swp(pte);
	} else if (pte_hwpoison(pte)) {
		copy_poison(to, pte);
	} else if (pte_migration(pte)) {
		copy_migration(dst, to, src_pte, pte);
	}
	return 0;
}

static int copy_entries(struct mm_struct *dst, struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	unsigned long addr = src_vma->vm_start;

	while (addr < src_vma->vm_end) {
		unsigned long end = min(src_vma->vm_end, (addr | (PTRS_PER_PTE * PAGE_SIZE - 1)) + 1);
		struct pgtable *from = pgtable_find(src_vma->vm_mm, addr), *to;
		swp_entry_t full = 0;

		if (!from) {
			addr = end;
			continue;
		}
		to = pgtable_get(dst, addr);
		if (!to)
			return -ENOMEM;
		spin_lock(&to->ptl);
		spin_lock_nested(&from->ptl, SINGLE_DEPTH_NESTING);
		for (; addr < end; addr += PAGE_SIZE) {
			struct rmap_location at = { dst_vma, addr, pte_offset(to, addr) };

			full = copy_one_pte(dst, &at, src_vma->vm_mm, pte_offset(from, addr));
			if (full)
				break;
		}
		spin_unlock(&from->ptl);
		spin_unlock(&to->ptl);
		/* Memory may have to be waited for, and not under the locks. Then the entry is looked at again. */
		if (full && add_swap_count_continuation(full, GFP_KERNEL))
			return -ENOMEM;
	}
	return 0;
}

/* Entries of a shared mapping stay as they are: nobody need be told. */
int copy_page_range(struct mm_struct *dst, struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	bool cow = !(src_vma->vm_flags & VM_SHARED);
	int err;

	if (cow)
		mmu_notifier_invalidate_range_start(src_vma->vm_mm, src_vma->vm_start, src_vma->vm_end);
	err = copy_entries(dst, dst_vma, src_vma);
	if (cow)
		mmu_notifier_invalidate_range_end(src_vma->vm_mm, src_vma->vm_start, src_vma->vm_end);
	return err;
}
