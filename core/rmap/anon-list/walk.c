/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks: all places where a page may be mapped, through the list of its anon_vma or the tree of its file. */
#include "anon_vma.h"
#include "defects.h"

/* False when visit says that it is enough. */
static bool visit_vma(struct page *page, struct vm_area_struct *vma, rmap_visit_t visit, void *arg)
{
	struct rmap_location at = { check_live(vma), vma_address(page, vma), NULL };

	if (at.address == (unsigned long)-EFAULT) {
		event(WALK_PAST_VMA, .mm = vma->vm_mm, .obj = page);
		return true;
	}
	event(WALK_VMA, .mm = vma->vm_mm, .addr = at.address, .obj = page);
	return visit(page, &at, arg);
}

/* anon_vma->lock is held. */
void rmap_walk_anon(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg)
{
	struct vm_area_struct *vma;

	event(WALK_BEGIN, .obj = page);
	anon_vma_foreach(vma, anon_vma)
		if (!visit_vma(page, vma, visit, arg))
			break;
}

/*
 * The page lock keeps the page in the cache, and with it the file: nothing else here does. A VMA that has been visited may be
 * forked meanwhile; the child comes behind it.
 */
void rmap_walk_file(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	struct vm_area_struct *vma;

	lockdep_assert_held(&page->flags);
	event(WALK_BEGIN, .obj = page);
	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, mapping, page->index, page->index)
		if (!visit_vma(page, vma, visit, arg))
			break;
	i_mmap_unlock_read(mapping);
}

void rmap_walk(struct page *page, rmap_visit_t visit, void *arg)
{
	struct address_space *mapping = page_file_mapping(page);
	struct anon_vma *anon_vma;

	if (mapping) {
		rmap_walk_file(page, mapping, visit, arg);
		return;
	}
	anon_vma = page_lock_anon_vma(page);
	if (!anon_vma)
		return;
	rmap_walk_anon(page, anon_vma, visit, arg);
	page_unlock_anon_vma(anon_vma);
}

/*
 * A mapping may have become nonlinear since the first walk of a migration, which found it in the tree. It left its entries where the page
 * would be if it were not.
 */
static void walk_linear_entries(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	vma_nonlinear_foreach(vma, mapping)
		if (!visit_vma(page, vma, visit, arg))
			break;
	i_mmap_unlock_read(mapping);
}

/* The caller keeps the anon_vma an anon_vma; whose it is by now makes no difference. */
void walk_pinned(struct page *page, rmap_visit_t visit, void *arg)
{
	struct address_space *mapping = page_file_mapping(page);
	struct anon_vma *anon_vma;

	if (mapping) {
		rmap_walk_file(page, mapping, visit, arg);
		if (!defect(D_NONLINEAR_MIGRATION))
			walk_linear_entries(page, mapping, visit, arg);
		return;
	}
	anon_vma = mapping_anon_vma(READ_ONCE(page->mapping));
	if (!anon_vma)
		return;
	spin_lock(&anon_vma->lock);
	rmap_walk_anon(page, anon_vma, visit, arg);
	spin_unlock(&anon_vma->lock);
}

static bool find_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;
	struct pgtable *pt = page_check_address(page, &at, true);
	unsigned *found = arg;

	if (!pt)
		return true;
	++*found;
	event(FIND_HIT, .mm = at.vma->vm_mm, .addr = at.address, .obj = page);
	spin_unlock(pte_lockptr(pt));
	return true;
}

/* Of anonymous pages: who looks for a file's goes through i_mmap with the page locked, and does not come here. */
unsigned find_mappings(struct page *page)
{
	struct anon_vma *anon_vma = page_lock_anon_vma(page);
	unsigned found = 0;

	if (!anon_vma)
		return 0;
	event(FIND_BEGIN, .obj = page, .pfn = page_to_pfn(page));
	rmap_walk_anon(page, anon_vma, find_one, &found);
	event(FIND_END, .obj = page, .pfn = page_to_pfn(page));
	page_unlock_anon_vma(anon_vma);
	return found;
}
