/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of KSM's in the anon_vma_chain reverse map: the page names a list of places, each with the anon_vma of its VMA.
 *
 * The page is locked: that keeps the list, and with each item of it a reference to its anon_vma. So nothing here asks whether the
 * page is still mapped.
 */
#include "anon_vma.h"
#include "defects.h"
#include "ksm.h"

struct anon_vma *anon_vma_get(struct vm_area_struct *vma)
{
	get_anon_vma(vma->anon_vma);
	return vma->anon_vma;
}

/* The anon_vma's root is locked. False when visit says that it is enough. */
static bool walk_item(struct page *page, const struct rmap_item *item, bool forks, rmap_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma = check_live(item->anon_vma);
	struct anon_vma_chain *avc;

	anon_vma_interval_tree_foreach(avc, anon_vma->rb_root, 0, ~0ul) {
		struct vm_area_struct *vma = check_live(avc->vma);
		struct rmap_location at = { vma, item->address, NULL };

		if (item->address < vma->vm_start || item->address >= vma->vm_end || (item->mm == vma->vm_mm) == forks)
			continue;
		event(WALK_VMA, .mm = vma->vm_mm, .addr = at.address, .obj = page);
		if (!visit(page, &at, arg))
			return false;
	}
	return true;
}

static bool lock_and_walk_item(struct page *page, struct rmap_item *item, bool forks, rmap_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma = item->anon_vma, *root = READ_ONCE(anon_vma->root);
	bool more;

	down_read(&root->rwsem);
	more = walk_item(page, item, forks, visit, arg);
	up_read(&root->rwsem);
	return more;
}

/*
 * First the places themselves, then the same addresses in those mms that were forked since KSM came by: most pages have none, and
 * who looks for the last mapping may have found it by then.
 */
void rmap_walk_ksm(struct page *page, rmap_visit_t visit, void *arg)
{
	struct stable_node *node = mapping_stable_node(READ_ONCE(page->mapping));
	struct rmap_item *item;

	lockdep_assert_held(&page->flags);
	event(WALK_BEGIN, .obj = page);
	if (!node)
		return;			/* it is being merged, and the page has its node soon; or it has none any more */
	check_live(node);
	for (int forks = 0; forks <= 1; forks++)
		list_for_each_entry(item, &node->hlist, hlist)
			if (!lock_and_walk_item(page, item, forks, visit, arg))
				return;
}

bool on_chain(const struct vm_area_struct *vma, const struct anon_vma *anon_vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		if (avc->anon_vma == anon_vma)
			return true;
	return false;
}

/*
 * The page may not be mapped at all, and then its anon_vma may have been freed, and be anybody's by now: it is not looked into. If it
 * is on our own chain, it is there, and whose ever it was, a walk of it comes by here. (4.19 compares its root with ours, and so
 * looks into what may be freed; since 5.17 it does so only where the offsets are equal. Either way the memory may belong to a
 * relative of ours by now: then the roots are equal, and a walk does not come here.)
 */
bool swapin_needs_copy(struct page *page, const struct rmap_location *at)
{
	struct anon_vma *anon_vma = mapping_anon_vma(page->mapping);
	struct vm_area_struct *vma = at->vma;

	lockdep_assert_held(&page->flags);
	if (!anon_vma)
		return false;
	if (page->index != linear_page_index(vma, at->address))
		return true;
	if (defect(D_KSM_ROOT))
		return anon_vma->root != vma->anon_vma->root;
	if (!on_chain(vma, anon_vma))
		return true;
	page_identify(page, anon_vma);
	return false;
}

void view_ksm_page(struct page *page, rmap_visit_t visit, void *arg)
{
	const struct stable_node *node = mapping_stable_node(page->mapping);
	struct anon_vma_chain *avc;
	struct rmap_item *item;

	if (!slab_holds(ksm()->nodes, node))
		return;
	list_for_each_entry(item, &node->hlist, hlist) {
		if (!slab_holds(provider()->anon_vmas, item->anon_vma))
			continue;
		anon_vma_interval_tree_foreach(avc, item->anon_vma->rb_root, 0, ~0ul) {
			struct rmap_location at = { avc->vma, item->address, NULL };

			if (item->address >= at.vma->vm_start && item->address < at.vma->vm_end && !visit(page, &at, arg))
				return;
		}
	}
}
