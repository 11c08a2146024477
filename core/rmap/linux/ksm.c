/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of KSM's: what mm/ksm.c does for rmap.c, over core's items. The kernel's side.
 *
 * The page is locked, which keeps the list of places, and with each a reference to its anon_vma.
 */
#include <linux/rmap.h>

/* False: that was enough. The anon_vma's lock is held. */
static bool walk_place(struct folio *folio, const struct lx_ksm_place *place, bool forks, struct rmap_walk_control *rwc)
{
	struct anon_vma_chain *avc;

	for (avc = anon_vma_interval_tree_iter_first(&place->anon_vma->rb_root, 0, ULONG_MAX); avc;
	     avc = anon_vma_interval_tree_iter_next(avc, 0, ULONG_MAX)) {
		struct vm_area_struct *vma = avc->vma;

		if (place->address < vma->vm_start || place->address >= vma->vm_end || (place->mm == vma->vm_mm) == forks)
			continue;
		event(WALK_VMA, .mm = vma->vm_mm, .addr = place->address);
		if (rwc->invalid_vma && rwc->invalid_vma(vma, rwc->arg))
			continue;
		if (!rwc->rmap_one(folio, vma, place->address, rwc->arg) || (rwc->done && rwc->done(folio)))
			return false;
	}
	return true;
}

/* First the places themselves, then the same addresses in those mms that were forked since KSM came by. */
void kernel_walk_ksm(struct folio *folio, struct rmap_walk_control *rwc)
{
	struct lx_ksm_place place;

	lockdep_assert_held(&folio->flags);
	shim_walk_begin();
	for (int forks = 0; forks <= 1; forks++)
		for (bool more = lx_ksm_first(&folio->page, &place); more; more = lx_ksm_next(&place)) {
			bool go_on;

			if (!anon_vma_trylock_read(place.anon_vma)) {
				if (rwc->try_lock) {
					rwc->contended = true;
					return;
				}
				anon_vma_lock_read(place.anon_vma);
			}
			go_on = walk_place(folio, &place, forks, rwc);
			anon_vma_unlock_read(place.anon_vma);
			if (!go_on)
				return;
		}
}

struct anon_vma *kernel_anon_vma_get(struct vm_area_struct *vma)
{
	get_anon_vma(vma->anon_vma);
	return vma->anon_vma;
}

/*
 * In the place of ksm_might_need_to_copy(), which compares roots and so looks into an anon_vma that may have been freed: here it is looked
 * for on the VMA's own chain, as in the model.
 */
bool kernel_swapin_needs_copy(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
	struct anon_vma *anon_vma = folio_anon_vma(page_folio(page));

	lockdep_assert_held(&page->flags);
	if (!anon_vma)
		return false;
	return folio_pgoff(page_folio(page)) != linear_page_index(vma, addr) || !kernel_on_chain(vma, anon_vma);
}
