/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has a page mapped, for memory failure: what mm/memory-failure.c does with rmap.c. The kernel's side. */
#include "places.h"

#if MAPPED_IN_VMA_WHERE
unsigned long page_mapped_in_vma(struct page *page, struct vm_area_struct *vma);	/* its declaration has left rmap.h */
#endif

/*
 * Of a part of a huge page, by an entry of a directory or of a table. page_mapped_in_vma() would look at an empty entry of a directory
 * without its lock, and miss a huge page that mremap is moving: so this looks for all of it, as those do who say TTU_SYNC.
 */
static bool part_mapped_in(struct page *page, struct vm_area_struct *vma)
{
	struct folio *folio = page_folio(page);
	DEFINE_FOLIO_VMA_WALK(pvmw, folio, vma, place_of(&folio->page, vma), PVMW_SYNC);

	while (page_vma_mapped_walk(&pvmw))
		if (!pvmw.pte || pte_pfn(*pvmw.pte) == page_to_pfn(page)) {
			page_vma_mapped_walk_done(&pvmw);
			return true;
		}
	return false;
}

static bool mapped_in(struct page *page, struct vm_area_struct *vma)
{
	if (PageCompound(page))
		return part_mapped_in(page, vma);
#if MAPPED_IN_VMA_WHERE
	return page_mapped_in_vma(page, vma) != (unsigned long)-EFAULT;
#else
	return page_mapped_in_vma(page, vma);
#endif
}

/* As collect_procs_anon() of mm/memory-failure.c, for each VMA rather than each process. */
unsigned kernel_find_mappings(struct page *page)
{
	struct folio *folio = page_folio(page);
	struct anon_vma *anon_vma = folio_lock_anon_vma_read(folio, NULL);
	pgoff_t pgoff = page_to_pgoff(page);
	struct anon_vma_chain *avc;
	unsigned found = 0;

	if (!anon_vma)
		return 0;
	event(FIND_BEGIN, .obj = page, .pfn = page_to_pfn(page));
	anon_vma_interval_tree_foreach(avc, &anon_vma->rb_root, pgoff, pgoff) {
		struct vm_area_struct *vma = avc->vma;

		if (!mapped_in(page, vma))
			continue;
		found++;
		event(FIND_HIT, .mm = vma->vm_mm, .addr = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT), .obj = page);
	}
	event(FIND_END, .obj = page, .pfn = page_to_pfn(page));
	anon_vma_unlock_read(anon_vma);
	return found;
}

/* Of the tree of anon_vmas or of a file, whose lock is held; tasklist_lock stands inside it. */
static void collect_vma(struct page *page, struct vm_area_struct *vma, unsigned long pgoff)
{
	if (mapped_in(page, vma))
		event(POISON_FOUND, .mm = vma->vm_mm, .addr = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT),
		      .pfn = page_to_pfn(page), .obj = page);
}

static void collect_procs_anon(struct folio *folio)
{
	struct anon_vma *anon_vma = folio_lock_anon_vma_read(folio, NULL);
	pgoff_t pgoff = folio_pgoff(folio);
	struct anon_vma_chain *avc;

	if (!anon_vma)
		return;
	spin_lock(lx_tasklist_lock());
	anon_vma_interval_tree_foreach(avc, &anon_vma->rb_root, pgoff, pgoff)
		collect_vma(&folio->page, avc->vma, pgoff);
	spin_unlock(lx_tasklist_lock());
	anon_vma_unlock_read(anon_vma);
}

static void collect_procs_file(struct folio *folio, struct address_space *mapping)
{
	pgoff_t pgoff = folio_pgoff(folio);
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	spin_lock(lx_tasklist_lock());
	vma_interval_tree_foreach(vma, &mapping->i_mmap, pgoff, pgoff)
		collect_vma(&folio->page, vma, pgoff);
	spin_unlock(lx_tasklist_lock());
	i_mmap_unlock_read(mapping);
}

void kernel_collect_procs(struct page *page)
{
	struct folio *folio = page_folio(page);
	struct address_space *mapping = folio_mapping(folio);

	lockdep_assert_held(&page->flags);
	if (mapping)
		collect_procs_file(folio, mapping);
	else if (folio_test_anon(folio))
		collect_procs_anon(folio);
}
