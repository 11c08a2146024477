/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose memory has failed: the processes that have a page mapped, found by its reverse map.
 *
 * tasklist_lock stands inside the locks of trees, which are waited for: it spins.
 */
#include "anon_vma.h"
#include "defects.h"

static void found(const struct page *page, const struct rmap_location *at)
{
	event(POISON_FOUND, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page), .obj = page);
}

/* An entry may come and go without the tree's lock: it is looked at under its own. A process of a file need not have it mapped now. */
static void collect_vma(struct page *page, struct vm_area_struct *vma)
{
	struct rmap_location at = { check_live(vma), vma_address(page, vma), NULL };
	struct pgtable *pt;

	if (!at.address)
		return;
	if (PageHuge(page)) {
		if (huge_maps(page, &at))
			found(page, &at);
		return;
	}
	pt = map_pte_sync(page, &at);
	if (!pt)
		return;
	found(page, &at);
	spin_unlock(pte_lockptr(pt));
}

static void collect_procs_anon(struct page *page)
{
	struct anon_vma *anon_vma;
	struct anon_vma_chain *avc;
	unsigned long pgoff;

	if (defect(D_POISON_TASKLIST))
		spin_lock(&core()->tasklist_lock);
	anon_vma = page_lock_anon_vma_read(page);
	if (anon_vma) {
		if (!defect(D_POISON_TASKLIST))
			spin_lock(&core()->tasklist_lock);
		pgoff = READ_ONCE(page->index);
		anon_vma_interval_tree_foreach(avc, anon_vma->rb_root, pgoff, pgoff)
			collect_vma(page, avc->vma);
		if (!defect(D_POISON_TASKLIST))
			spin_unlock(&core()->tasklist_lock);
		page_unlock_anon_vma_read(anon_vma);
	}
	if (defect(D_POISON_TASKLIST))
		spin_unlock(&core()->tasklist_lock);
}

/* The lock of a file of hugetlb comes before that of its page, so it cannot be waited for here: our caller has tried it. */
static void collect_procs_file(struct page *page, struct address_space *mapping)
{
	bool held = PageHuge(page) && !defect(D_HUGETLB_POISON_WAIT);
	struct vm_area_struct *vma;

	if (!held)
		i_mmap_lock_read(mapping);
	spin_lock(&core()->tasklist_lock);
	vma_interval_tree_foreach(vma, mapping, page->index, page->index)
		collect_vma(page, vma);
	spin_unlock(&core()->tasklist_lock);
	if (!held)
		i_mmap_unlock_read(mapping);
}

void collect_procs(struct page *page)
{
	struct address_space *mapping = page_file_mapping(page);

	lockdep_assert_held(&page->flags);
	if (mapping)
		collect_procs_file(page, mapping);
	else
		collect_procs_anon(page);
}
