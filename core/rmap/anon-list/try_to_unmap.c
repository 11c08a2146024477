/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks that change the entries of a page: unmapping it everywhere, into swap or for migration, and taking rights to write away. */
#include "anon_vma.h"
#include "defects.h"
#include "mlock.h"

/* An entry was dirty. pte lock held. */
static void dirty_page(const struct vm_area_struct *vma, struct page *page)
{
	if (maps_file_page(vma, page))
		set_page_dirty(page);
	else
		SetPageFlag(page, PG_dirty);
}

pte_t ptep_clear_flush_notify(const struct rmap_location *at)
{
	pte_t pte = ptep_clear_flush(at->vma->vm_mm, at->address, at->pte);

	mmu_notifier_invalidate_page(at->vma->vm_mm, at->address);
	return pte;
}

/* The entry becomes the page's swap entry; false when the slot cannot count one more. */
static bool unmap_to_swap(struct page *page, const struct rmap_location *at)
{
	struct mm_struct *mm = at->vma->vm_mm;
	swp_entry_t entry = READ_ONCE(page->private);

	if (!PageFlag(page, PG_swapcache) || swap_duplicate(entry))
		return false;
	mmlist_add(mm, NULL);
	count_anon(mm, -1);
	count_swap(mm, 1);
	set_pte(at->pte, swp_pte(entry));
	return true;
}

/* The entry becomes a migration entry, a swap entry, or, if it was a file's page, nothing; false when it cannot. pte lock held. */
static bool unmap_entry(struct page *page, const struct rmap_location *at, unsigned flags)
{
	pte_t pte = ptep_clear_flush_notify(at);

	if (pte_has(pte, PTE_DIRTY))
		dirty_page(at->vma, page);
	if (flags & TTU_MIGRATION) {
		/* The page stays one of the mm's: it will be back in a moment. */
		set_pte(at->pte, migration_pte(page_to_pfn(page), pte_has(pte, PTE_WRITE)));
	} else if (maps_file_page(at->vma, page)) {
		count_file(at->vma->vm_mm, -1);
	} else if (!unmap_to_swap(page, at)) {
		set_pte(at->pte, pte);
		return false;
	}
	page_remove_rmap(page, at);
	return true;
}

/*
 * Is there something against it? A locked VMA, looked at under the pte lock: mlock sets VM_LOCKED, and then looks which pages it has
 * still to bring back. Or that the page was used again since reclaim looked.
 */
static bool must_stay(const struct rmap_location *at, unsigned flags, bool locked_before)
{
	bool locked = defect(D_LOCKED_LOOK) ? locked_before : vma_is_locked(at->vma);

	if (!(flags & TTU_IGNORE_MLOCK) && locked)
		return true;
	return !(flags & TTU_IGNORE_ACCESS) && ptep_clear_flush_young_notify(at);
}

static void canary_mmap_lock(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
	up_read(&mm->mmap_lock);
}

struct unmapping {
	unsigned flags;			/* enum ttu_flags */
	enum swap_result left;		/* what it means if a mapping is left in the end */
	bool ended;			/* before its end: no mapping was left, or one had to stay */
};

/* False ends the walk. */
static bool unmap_one(struct page *page, const struct rmap_location *where, struct unmapping *unmapping)
{
	struct rmap_location at = *where;
	unsigned flags = unmapping->flags;
	bool unmapped = false, locked = vma_is_locked(at.vma);
	struct pgtable *pt;

	if (defect(D_CANARY_PAGE_MMAP))
		canary_mmap_lock(at.vma->vm_mm);
	/* A migration entry that was left there would be looked for at the place to which it has yet to be moved. */
	if (flags & TTU_MIGRATION && is_vma_temporary_stack(at.vma) && !defect(D_Z15))
		return true;
	pt = page_check_address(page, &at, false);
	if (!pt)
		return true;
	if (must_stay(&at, flags, locked))
		unmapping->left = SWAP_FAIL;
	else
		unmapped = unmap_entry(page, &at, flags);
	spin_unlock(pte_lockptr(pt));
	if (!unmapped)
		return false;
	put_page(page);
	return page_mapped(page);
}

static bool try_to_unmap_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct unmapping *unmapping = arg;

	unmapping->ended = !unmap_one(page, where, unmapping);
	return !unmapping->ended;
}

/*
 * After the walk: is the page mapped? If nothing had to stay, an entry was not where the walk looked for it, or not yet. It may be so, but
 * for who has to find all.
 */
static bool mapped_after(struct page *page, const struct unmapping *unmapping)
{
	if (!page_mapped(page))
		return false;
	if (!unmapping->ended)
		event(UNMAP_MISSED, .pfn = page_to_pfn(page), .obj = page);
	return true;
}

static void try_to_unmap_anon(struct page *page, struct unmapping *unmapping)
{
	struct anon_vma *anon_vma = page_lock_anon_vma(page);

	if (!anon_vma)
		return;
	rmap_walk_anon(page, anon_vma, try_to_unmap_one, unmapping);
	page_unlock_anon_vma(anon_vma);
}

static void try_to_unmap_file(struct page *page, struct address_space *mapping, struct unmapping *unmapping)
{
	rmap_walk_file(page, mapping, try_to_unmap_one, unmapping);
	if (mapped_after(page, unmapping))
		try_to_unmap_nonlinear(page, mapping);
}

/* Flushes are never put off in this era (TTU_BATCH_FLUSH). SWAP_FAIL: next time it would be the same. */
enum swap_result try_to_unmap(struct page *page, unsigned flags)
{
	struct address_space *mapping = page_file_mapping(page);
	struct unmapping unmapping = { flags, SWAP_AGAIN };

	lockdep_assert_held(&page->flags);
	if (mapping)
		try_to_unmap_file(page, mapping, &unmapping);
	else
		try_to_unmap_anon(page, &unmapping);
	return (mapping ? page_mapped(page) : mapped_after(page, &unmapping)) ? unmapping.left : SWAP_SUCCESS;
}

/* ---- write-back ---- */

/* A shared mapping may write only while the page is known to be dirty. Private ones never write to a file's page. */
static bool page_mkclean_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;
	struct pgtable *pt;
	int *cleaned = arg;
	pte_t pte;

	if (!(READ_ONCE(at.vma->vm_flags) & VM_SHARED))
		return true;
	/* Who clears an entry holds the lock until it is flushed: an entry that is gone may be one through which somebody writes. */
	pt = page_check_address(page, &at, !defect(D_MKCLEAN_LOOK));
	if (!pt)
		return true;
	pte = ptep_get(at.pte);
	if (pte.pte & (PTE_DIRTY | PTE_WRITE)) {
		/* Flushed before it is there again: nobody writes through the old one when the page's content is read. */
		pte = ptep_clear_flush_notify(&at);
		set_pte(at.pte, pte_without(pte, PTE_DIRTY | PTE_WRITE));
		event(PAGE_CLEANED, .mm = at.vma->vm_mm, .addr = at.address, .pfn = page_to_pfn(page));
		++*cleaned;
	}
	spin_unlock(pte_lockptr(pt));
	return true;
}

int page_mkclean(struct page *page)
{
	struct address_space *mapping = page_file_mapping(page);
	int cleaned = 0;

	lockdep_assert_held(&page->flags);
	if (mapping && page_mapped(page)) {
		rmap_walk_file(page, mapping, page_mkclean_one, &cleaned);
		/* Since 2.6.22 only files whose pages are never cleaned have nonlinear mappings; here all have. */
		rmap_walk_nonlinear(page, mapping, page_mkclean_one, &cleaned);
	}
	return cleaned;
}
