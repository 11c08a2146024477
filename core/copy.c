/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying page-table entries into a child: pages become shared and read-only on both sides. */
#include "defects.h"
#include "device.h"
#include "hugetlb.h"
#include "internal.h"
#include "ksm.h"
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
	/* What is shared comes here, too, if it is nonlinear: faults would not find its pages. The parent's entry says what is dirty. */
	bool shared = to->vma->vm_flags & VM_SHARED;

	if (shared) {
		pte = pte_without(pte, PTE_DIRTY);
	} else if (pte_has(pte, PTE_WRITE) && !defect(D_CANARY_COW)) {
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
	set_pte(to->pte, pte_without(pte, PTE_ACCESSED | PTE_UNUSED));
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
	ksm_unseen_mapping(page);
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
	} else if (pte_file(pte)) {
		set_pte(to->pte, pte);
	} else if (pte_hwpoison(pte)) {
		copy_poison(to, pte);
	} else if (pte_device(pte)) {
		copy_device(dst, to, src_pte, pte);
	} else if (pte_migration(pte)) {
		copy_migration(dst, to, src_pte, pte);
	}
	return 0;
}

/*
 * The huge page becomes one that both map, read-only. The table that a split will need is the child's own. Returns 0, -ENOMEM, or 1
 * when the entry has given way to a table meanwhile (a walk may do that).
 */
static int copy_huge_pmd(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, unsigned long addr)
{
	struct mm_struct *dst = dst_vma->vm_mm, *src = src_vma->vm_mm;
	const struct rmap_location to = { dst_vma, addr, NULL };
	pmd_t *from = pmd_offset(src, addr), pmd;
	struct pgtable *table = pgtable_alloc(dst, addr);

	if (!table)
		return -ENOMEM;
	pmd_lock(dst);
	spin_lock_nested(pmd_lockptr(src), SINGLE_DEPTH_NESTING);
	pmd = pmdp_get(from);
	if (pmd_trans_huge(pmd)) {
		struct page *head = pmd_page(pmd);

		get_page(head);
		core()->rmap->huge_dup(head, &to);
		count_anon(dst, HPAGE_PMD_NR);
		pgtable_deposit(dst, table);
		data_publish(table);
		table = NULL;
		exec_point(OP_RMW, from);
		__atomic_fetch_and(&from->pmd, ~PTE_WRITE, __ATOMIC_SEQ_CST);
		set_pmd(pmd_offset(dst, addr), pte_pmd(pte_without(pmd_pte(pmd), PTE_WRITE | PTE_ACCESSED)));
	}
	spin_unlock(pmd_lockptr(src));
	pmd_unlock(dst);
	if (!table)
		return 0;
	pgtable_free(table);
	return 1;
}

/* Is what a table would map there copied already, or is memory out? */
static bool copied_huge(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma, unsigned long addr, int *err)
{
	if (!huge_at(src_vma->vm_mm, addr))
		return false;
	if (src_vma->vm_file)
		return true;		/* the child's faults find it in the cache */
	*err = copy_huge_pmd(dst_vma, src_vma, addr);
	return *err <= 0;
}

/*
 * Memory for the reverse map, for an entry that will be mapped once more. Asked under both locks, so without waiting; who gets none drops
 * them and waits, and looks at the entry again.
 */
static bool may_copy(pte_t *src_pte)
{
	return !core()->rmap->add_prepare || !pte_page(ptep_get(src_pte)) || !rmap_add_prepare(GFP_ATOMIC);
}

/* The child's tables, and what they are copied from: with one lock for each mm the same for all of them. */
static void lock_both(struct pgtable *to, struct pgtable *from)
{
	spin_lock(pte_lockptr(to));
	spin_lock_nested(pte_lockptr(from), SINGLE_DEPTH_NESTING);
}

static void unlock_both(struct pgtable *to, struct pgtable *from)
{
	spin_unlock(pte_lockptr(from));
	spin_unlock(pte_lockptr(to));
}

/* Of the child, before the lock is taken that is not dropped for them then. */
static int get_tables(struct mm_struct *dst, const struct vm_area_struct *vma)
{
	for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE)
		if (!pgtable_get(dst, addr))
			return -ENOMEM;
	return 0;
}

/* How far fork has come with a VMA, and why it stopped in the middle of a table, if it did. */
struct copying {
	struct vm_area_struct *dst_vma, *src_vma;
	unsigned long addr;
	swp_entry_t full;		/* its slot cannot count one entry more; 0: none */
	bool may;			/* the reverse map had memory for all that was copied */
};

/* Up to end, all in these tables. Both locks are held. */
static void copy_table(struct copying *c, struct pgtable *to, struct pgtable *from, unsigned long end)
{
	c->full = 0;
	for (; c->addr < end; c->addr += PAGE_SIZE) {
		struct rmap_location at = { c->dst_vma, c->addr, pte_offset(to, c->addr) };

		c->may = may_copy(pte_offset(from, c->addr));
		if (c->may)
			c->full = copy_one_pte(c->dst_vma->vm_mm, &at, c->src_vma->vm_mm, pte_offset(from, c->addr));
		if (c->full || !c->may)
			break;
	}
}

/* With the locks held: somebody may be waiting for them, or not wait at all. */
static bool goes_on(const struct copying *c)
{
	return defect(D_H2) && !c->full && c->may && pgtable_find(c->src_vma->vm_mm, c->addr) && c->addr < c->src_vma->vm_end;
}

static int copy_entries(struct copying *c)
{
	struct mm_struct *dst = c->dst_vma->vm_mm, *src = c->src_vma->vm_mm;
	bool locked = false;

	if (defect(D_H2) && get_tables(dst, c->dst_vma))
		return -ENOMEM;
	while (c->addr < c->src_vma->vm_end) {
		unsigned long end = min(c->src_vma->vm_end, (c->addr | (PTRS_PER_PTE * PAGE_SIZE - 1)) + 1);
		struct pgtable *from, *to;
		int err = 0;

		if (copied_huge(c->dst_vma, c->src_vma, c->addr, &err)) {
			if (err)
				return err;
			c->addr = end;
			continue;
		}
		from = pgtable_find(src, c->addr);
		if (!from) {
			c->addr = end;
			continue;
		}
		to = pgtable_get(dst, c->addr);
		if (!to)
			return -ENOMEM;
		if (!locked)
			lock_both(to, from);
		copy_table(c, to, from, end);
		locked = goes_on(c);
		if (!locked)
			unlock_both(to, from);
		/* Memory may have to be waited for, and not under the locks. Then the entry is looked at again. */
		if ((c->full && add_swap_count_continuation(c->full, GFP_KERNEL)) || (!c->may && rmap_add_prepare(GFP_KERNEL)))
			return -ENOMEM;
	}
	return 0;
}

/* Entries of a shared mapping stay as they are: nobody need be told. */
int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	bool cow = !(src_vma->vm_flags & VM_SHARED);
	int err;

	if (is_vm_hugetlb_page(src_vma))
		return copy_hugetlb_page_range(dst_vma, src_vma);
	if (cow)
		mmu_notifier_invalidate_range_start(src_vma->vm_mm, src_vma->vm_start, src_vma->vm_end);
	err = copy_entries(&(struct copying){ .dst_vma = dst_vma, .src_vma = src_vma, .addr = src_vma->vm_start, .may = true });
	rmap_add_done();
	if (cow)
		mmu_notifier_invalidate_range_end(src_vma->vm_mm, src_vma->vm_start, src_vma->vm_end);
	return err;
}
