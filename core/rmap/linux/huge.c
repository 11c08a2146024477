/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Huge pages: what mm/huge_memory.c does with rmap.c, where a directory's entry comes, goes or gives way to a table, and where a huge page
 * is split. The kernel's side.
 */
#include <linux/rmap.h>

/* page_add_new_anon_rmap() and folio_add_new_anon_rmap() see for themselves that it is large. */
void kernel_huge_add_new(struct page *head, struct vm_area_struct *vma, unsigned long addr)
{
	kernel_add_new(head, vma, addr);
}

/* As do_huge_pmd_wp_page() and wp_page_reuse(): the page is this process's alone. */
void kernel_huge_exclusive(struct page *page)
{
	SetPageAnonExclusive(page);
}

#if FOLIO_RMAP

void kernel_huge_add_file(struct page *head, struct vm_area_struct *vma)
{
	folio_add_file_rmap_pmd(page_folio(head), head, vma);
}

void kernel_huge_dup(struct page *head, struct vm_area_struct *vma)
{
	BUG_ON(folio_try_dup_anon_rmap_pmd(page_folio(head), head, vma));
}

void kernel_huge_remove(struct page *head, struct vm_area_struct *vma)
{
	folio_remove_rmap_pmd(page_folio(head), head, vma);
	shim_removed(head, vma, true);
}

/*
 * What __split_huge_pmd_locked() counts. The tables' mappings are there before the directory's is gone: who asks whether the page is mapped
 * finds one of the two. Migration entries are no mappings, and of them nothing is counted on the way.
 */
void kernel_huge_to_table(struct page *head, struct vm_area_struct *vma, unsigned long addr, bool freeze)
{
	struct folio *folio = page_folio(head);
	bool exclusive = PageAnonExclusive(head);

	if (!freeze)
		folio_add_anon_rmap_ptes(folio, head, HPAGE_PMD_NR, vma, addr, exclusive ? RMAP_EXCLUSIVE : RMAP_NONE);
	else if (exclusive)
		BUG_ON(folio_try_share_anon_rmap_pmd(folio, head));
	folio_remove_rmap_pmd(folio, head, vma);
}

void kernel_huge_frozen(struct page *head, struct vm_area_struct *vma)
{
	shim_removed(head, vma, true);
}

#else

void kernel_huge_add_file(struct page *head, struct vm_area_struct *vma)
{
	page_add_file_rmap(head, vma, true);
}

void kernel_huge_dup(struct page *head, struct vm_area_struct *vma)
{
	BUG_ON(page_try_dup_anon_rmap(head, true, vma));
}

void kernel_huge_remove(struct page *head, struct vm_area_struct *vma)
{
	page_remove_rmap(head, vma, true);
}

/*
 * What __split_huge_pmd_locked() counts. PG_double_map is there before the directory's mapping is gone: who asks whether the page is
 * mapped finds one of the two.
 */
void kernel_huge_to_table(struct page *head, struct vm_area_struct *vma, unsigned long addr, bool freeze)
{
	bool exclusive = PageAnonExclusive(head);

	(void)vma, (void)addr;
	if (freeze && exclusive)
		exclusive = page_try_share_anon_rmap(head);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		if (exclusive)
			SetPageAnonExclusive(head + i);
		atomic_inc(&head[i]._mapcount);
	}
	if (atomic_read(compound_mapcount_ptr(head)) > 0 && !TestSetPageDoubleMap(head))
		for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
			atomic_inc(&head[i]._mapcount);
	lock_page_memcg(head);
	if (atomic_add_negative(-1, compound_mapcount_ptr(head))) {
		__mod_lruvec_page_state(head, NR_ANON_THPS, -(long)HPAGE_PMD_NR);
		if (TestClearPageDoubleMap(head))
			for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
				atomic_dec(&head[i]._mapcount);
	}
	unlock_page_memcg(head);
}

/* And behind that, when the table is there. */
void kernel_huge_frozen(struct page *head, struct vm_area_struct *vma)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		page_remove_rmap(head + i, vma, false);
}

#endif

/* ---- the page is split: split_huge_page_to_list() ---- */

struct anon_vma *kernel_huge_lock(struct page *head)
{
	struct anon_vma *anon_vma = folio_get_anon_vma(page_folio(head));

	if (anon_vma)
		anon_vma_lock_write(anon_vma);
	return anon_vma;
}

void kernel_huge_unlock(struct anon_vma *anon_vma)
{
	anon_vma_unlock_write(anon_vma);
	put_anon_vma(anon_vma);
}

/*
 * As unmap_folio(): an anonymous page's entries become migration entries, a file's go, and faults bring them back. The tree is locked.
 * Returns whether the walk came to the end: it does not if nothing is mapped any more, and _large_mapcount says so while the last one who
 * takes a part away has not yet counted it out of _mapcount.
 */
bool kernel_huge_unmap(struct page *head)
{
	struct folio *folio = page_folio(head);
	unsigned flags = TTU_RMAP_LOCKED | TTU_SPLIT_HUGE_PMD | TTU_SYNC;

	lockdep_assert_held(&head->flags);
	if (folio_test_anon(folio))
		try_to_migrate(folio, flags);
	else
		try_to_unmap(folio, flags | TTU_IGNORE_MLOCK);
	return !LARGE_MAPCOUNT || shim_mapped(folio);
}
