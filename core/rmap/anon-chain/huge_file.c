/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file's huge pages in the anon_vma_chain reverse map. An entry of a directory counts for each page, where one of a table would, and
 * once more for all of them together.
 *
 * They are found as small ones are, by the file's tree; a walk comes to each VMA that has a part of the huge page once.
 */
#include "anon_vma.h"
#include "defects.h"
#include "memcontrol.h"
#include "mlock.h"

/* ---- mappings that come and go; pmd lock held ---- */

void huge_add_file_rmap(struct page *head, const struct rmap_location *at)
{
	struct mem_cgroup *locked = lock_page_memcg(head);
	unsigned mapped = 0;

	lockdep_assert_held(&pmd_lockptr(at->vma->vm_mm)->l);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		mapped += atomic_inc_and_test(&head[i]._mapcount);
	if (atomic_inc_and_test(&head->compound_mapcount))
		mod_node_page_state(NR_SHMEM_PMDMAPPED, 1);
	if (mapped)
		mod_lruvec_page_state(head, NR_FILE_MAPPED, mapped);
	unlock_page_memcg(head, locked);
}

void huge_remove_file_rmap(struct page *head)
{
	struct mem_cgroup *locked = lock_page_memcg(head);
	unsigned unmapped = 0;
	int now;

	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		unmapped += atomic_add_negative(-1, &head[i]._mapcount);
	now = atomic_dec_return(&head->compound_mapcount);
	check_that(now >= -1, ORACLE_COUNTS, "mapcount-below-zero", "the huge page%lu of a file loses a mapping that was not counted",
		   page_to_pfn(head));
	if (now < 0) {
		mod_node_page_state(NR_SHMEM_PMDMAPPED, -1);
		if (page_mlocked(head))
			clear_page_mlock(head);
	}
	if (unmapped)
		mod_lruvec_page_state(head, NR_FILE_MAPPED, -(long)unmapped);
	unlock_page_memcg(head, locked);
}

/* Before the entry of a table maps a part of it, which is locked: it is mlocked as a whole or not at all (mlock.h). */
void huge_mapped_by_table(struct page *head)
{
	if (!PageFlag(head, PG_double_map))
		SetPageFlag(head, PG_double_map);
	if (page_mlocked(head))
		clear_page_mlock(head);
}

/* ---- cleaning ---- */

/*
 * The directory's entry, if there is one of that huge page. It is never empty meanwhile: whoever unmaps the range looks at it without the
 * lock, and would pass it by.
 */
static bool clean_huge_entry(struct page *head, const struct rmap_location *at, int *cleaned)
{
	struct mm_struct *mm = at->vma->vm_mm;
	bool mapped = lock_pmd_if_mapped_sync(head, at);
	pmd_t *pmd = pmd_offset(mm, at->address), old;

	if (!mapped)
		return false;
	old = pmdp_get(pmd);
	if (old.pmd & (PTE_DIRTY | PTE_WRITE)) {
		if (defect(D_MKCLEAN_HUGE_EMPTY)) {
			old = pmdp_huge_get_and_clear(pmd);
			flush_tlb_range(mm, at->address, at->address + HPAGE_PMD_SIZE);
		} else {
			old = pmdp_invalidate(mm, at->address);
		}
		set_pmd(pmd, pte_pmd(pte_without(pmd_pte(old), PTE_DIRTY | PTE_WRITE)));
		event(PAGE_CLEANED, .mm = mm, .addr = at->address, .pfn = page_to_pfn(head));
		++*cleaned;
	}
	pmd_unlock(mm);
	return true;
}

bool mkclean_huge(struct page *head, const struct rmap_location *where, int *cleaned)
{
	struct rmap_location at = *where;
	unsigned long i = huge_first_page(head, &at), end = huge_end(&at, i);

	mmu_notifier_invalidate_range_start(at.vma->vm_mm, at.address, end);
	if (i || end - at.address < HPAGE_PMD_SIZE || !clean_huge_entry(head, &at, cleaned))
		for (; at.address < end; i++, at.address += PAGE_SIZE)
			clean_entry(head + i, &at, cleaned);
	mmu_notifier_invalidate_range_end(at.vma->vm_mm, where->address, end);
	return true;
}

/* ---- splitting the page ---- */

/* One page of it, at one place. What tables map is taken away; no entry is left behind, as faults find the page again. */
static bool unmap_page(struct page *page, const struct rmap_location *where)
{
	struct rmap_location at = *where;
	struct pgtable *pt = map_pte_sync(page, &at);
	pte_t pte;

	if (!pt)
		return true;
	pte = ptep_clear_flush(at.vma->vm_mm, at.address, at.pte);
	if (pte_has(pte, PTE_DIRTY))
		set_page_dirty(page);
	count_file(at.vma->vm_mm, -1);
	page_remove_rmap(page, &at);
	spin_unlock(pte_lockptr(pt));
	put_page(page);
	return true;
}

void huge_unmap_file(struct page *head)
{
	struct huge_unmapping unmapping = { unmap_page };

	lockdep_assert_held(&head->flags);
	rmap_walk_file_locked(head, page_file_mapping(head), huge_unmap_one, &unmapping);
}
