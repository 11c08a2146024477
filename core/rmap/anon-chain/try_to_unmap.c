/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks that change the entries of a page: unmapping it everywhere, into swap or for migration, and taking rights to write away. */
#include "anon_vma.h"
#include "defects.h"
#include "memory_failure.h"
#include "device.h"
#include "mlock.h"
#include "userfaultfd.h"

/*
 * The entry of a page that its owner does not need is gone: it may stay so, if nobody has written to the page again, nor has it pinned
 * and may be about to. Cleared first and looked at then, as the processor sets the dirty bit whenever it likes, and as who pins a
 * page looks at the entry after he has his reference. The count before the dirty bit: who lets go of the page makes it dirty first.
 */
static bool unmap_lazyfree(struct page *page, const struct rmap_location *at, pte_t pte)
{
	/* The isolation's reference, and one for each mapping. */
	bool pinned = !defect(D_Z24) && page_count(page) != 1 + page_mapcount(page);

	if (!pinned && !PageFlag(page, PG_dirty)) {
		count_anon(at->vma->vm_mm, -1);
		return true;
	}
	set_pte(at->pte, pte);
	SetPageFlag(page, PG_swapbacked);
	event(LAZY_KEPT, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
	return false;
}

/*
 * Clear the entry, and flush it now or later. Later is early enough for who only looks: a first write through a clean translation
 * makes the processor look at the entry, which is gone.
 */
static pte_t clear_entry(const struct rmap_location *at, unsigned flags)
{
	struct mm_struct *mm = at->vma->vm_mm;
	pte_t pte;

	if (!should_defer_flush(mm, flags))
		return ptep_clear_flush(mm, at->address, at->pte);
	pte = ptep_get_and_clear(at->pte);
	set_tlb_ubc_flush_pending(mm, at->address, pte_has(pte, PTE_DIRTY));
	event(FLUSH_DEFERRED, .mm = mm, .addr = at->address, .pfn = pte_pfn(pte));
	return pte;
}

/* An entry was dirty. pte lock held. */
static void dirty_page(const struct vm_area_struct *vma, struct page *page)
{
	if (maps_file_page(vma, page))
		set_page_dirty(page);
	else
		SetPageFlag(page, PG_dirty);
}

/*
 * What the architecture keeps of a page beside it (sparc64: the tags of ADI) is saved when its entry goes, and that takes memory, which may
 * be out. Under the pte lock nothing is waited for.
 */
static bool arch_unmap_one(const struct rmap_location *at)
{
	bool saved = alloc_allowed(GFP_NOWAIT, HERE);

	if (!saved)
		event(ARCH_UNMAP_FAILED, .mm = at->vma->vm_mm, .addr = at->address);
	return saved;
}

/*
 * The entry is cleared: may it stay so, because nobody cares for what the page holds? Not if that would be news to a monitor, who has
 * filled it and will not do so again. Who comes back finds a page of zeros.
 */
static bool drop_unused(struct page *page, const struct rmap_location *at, pte_t pte)
{
	struct mm_struct *mm = at->vma->vm_mm;

	if (!pte_has(pte, PTE_UNUSED) || (userfaultfd_armed(at->vma) && !defect(D_UNUSED_UFFD)))
		return false;
	count_page(mm, page, -1);
	event(UNUSED_DROPPED, .mm = mm, .addr = at->address, .pfn = page_to_pfn(page));
	return true;
}

/*
 * Who unmaps a page that is needed has given it a slot, and one that is not needed has none. Both flags are read under the page lock, and
 * neither changes while it is held and the page is off the LRU.
 */
static bool swap_state_makes_sense(struct page *page)
{
	bool backed = PageFlag(page, PG_swapbacked), cached = PageFlag(page, PG_swapcache);

	check_that(backed == cached, ORACLE_STRUCTURE, "swap-backed-not-cached",
		   "page%lu, which is to be unmapped, is %sneeded, and is %sin the swap cache", page_to_pfn(page), backed ? "" : "not ",
		   cached ? "" : "not ");
	return backed == cached;
}

/* The entry becomes the page's swap entry, or nothing if it was a file's page; false when it cannot. pte lock held. */
static bool unmap_to_swap(struct page *page, const struct rmap_location *at, unsigned flags)
{
	struct mm_struct *mm = at->vma->vm_mm;
	swp_entry_t entry = READ_ONCE(page->private);
	pte_t pte = clear_entry(at, flags);

	if (pte_has(pte, PTE_DIRTY))
		dirty_page(at->vma, page);
	if (!(flags & TTU_IGNORE_HWPOISON) && PageHWPoison(page)) {
		unmap_to_poison(page, at);
		return true;
	}
	if (drop_unused(page, at, pte))
		return true;
	if (maps_file_page(at->vma, page)) {
		count_file(mm, -1);
		return true;
	}
	if (!swap_state_makes_sense(page)) {
		set_pte(at->pte, pte);	/* (4.19 leaves the entry empty, and everything counted.) */
		return false;
	}
	if (!PageFlag(page, PG_swapbacked))
		return unmap_lazyfree(page, at, pte);
	if (swap_duplicate(entry)) {
		set_pte(at->pte, pte);
		return false;
	}
	if (!arch_unmap_one(at)) {
		if (!defect(D_UNMAP_SWAP_LEAK))
			swap_free(entry);
		set_pte(at->pte, pte);
		return false;
	}
	mmlist_add(mm, NULL);
	count_anon(mm, -1);
	count_swap(mm, 1);
	set_pte(at->pte, pte_with(swp_pte(entry), defect(D_SOFT_SWAP) ? 0 : pte_soft_dirty(pte)));
	return true;
}

/* The entry says from now on that the page is on the move; false when it cannot. pte lock held. */
bool unmap_to_migration(struct page *page, const struct rmap_location *at)
{
	pte_t pte = ptep_clear_flush(at->vma->vm_mm, at->address, at->pte);

	if (pte_has(pte, PTE_DIRTY))
		dirty_page(at->vma, compound_head(page));
	if (drop_unused(page, at, pte))
		return true;
	if (!arch_unmap_one(at)) {
		set_pte(at->pte, pte);
		return false;
	}
	/* The page stays one of the mm's: it will be back in a moment. */
	set_pte(at->pte, pte_with(migration_pte(page_to_pfn(page), pte_has(pte, PTE_WRITE)), pte_soft_dirty(pte)));
	return true;
}

static void canary_mmap_lock(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
	up_read(&mm->mmap_lock);
}

/*
 * The entry lies in a locked VMA: the page stays, and is mlocked if it was not. Releases the pte lock, but not before: until then the
 * page cannot be unmapped, and its owner, who may be about to unlock it, has still to come by the entry.
 */
static void keep_locked_page(struct page *page, struct vm_area_struct *vma, struct pgtable *pt)
{
	if (!defect(D_MLOCK_PTL)) {
		mlock_vma_page(page);
		spin_unlock(pte_lockptr(pt));
		return;
	}
	spin_unlock(pte_lockptr(pt));
	if (down_read_trylock(&vma->vm_mm->mmap_lock)) {
		if (vma_is_locked(vma))
			mlock_vma_page(page);
		up_read(&vma->vm_mm->mmap_lock);
	}
}

/* The entry is there, and its lock held: released. Returns whether it is gone. */
static bool unmap_entry(struct page *page, struct rmap_location *at, struct pgtable *pt, unsigned flags)
{
	bool unmapped = true;

	if (defect(D_NOTIFY_PTL))
		mmu_notifier_entry_start(at);
	if (flags & TTU_MIGRATION && !PageHWPoison(page))
		unmapped = unmap_to_migration(page, at);
	else
		unmapped = unmap_to_swap(page, at, flags);
	if (unmapped)
		page_remove_rmap(page, at);
	spin_unlock(pte_lockptr(pt));
	if (defect(D_NOTIFY_PTL))
		mmu_notifier_entry_end(at);
	if (unmapped)
		put_page(page);
	return unmapped;
}

/* locked: what the VMA was before. False ends the walk. */
static bool unmap_one(struct page *page, struct rmap_location *at, unsigned flags, bool locked)
{
	struct pgtable *pt = map_pte(page, at);

	if (!pt)
		return true;
	/* Again: mlock sets it, and then looks under the pte lock which pages it has still to bring back. */
	if (!defect(D_LOCKED_LOOK))
		locked = vma_is_locked(at->vma);
	if (!(flags & TTU_IGNORE_MLOCK) && locked) {
		keep_locked_page(page, at->vma, pt);
		return false;
	}
	if (flags & TTU_MUNLOCK) {
		spin_unlock(pte_lockptr(pt));
		return true;
	}
	if (is_device_private_page(page) && flags & TTU_MIGRATION) {
		unmap_device(page, at);
		page_remove_rmap(page, at);
		spin_unlock(pte_lockptr(pt));
		put_page(page);
		return page_mapped(page);
	}
	/* Used again since reclaim looked: then it stays. */
	if (!(flags & TTU_IGNORE_ACCESS) && ptep_clear_young_notify(at)) {
		spin_unlock(pte_lockptr(pt));
		return false;
	}
	return unmap_entry(page, at, pt, flags) && page_mapped(page);
}

/* Notifiers may sleep: they are told outside the pte lock, of an entry that may not be there. */
static bool unmap_at(struct page *page, const struct rmap_location *where, unsigned flags)
{
	struct rmap_location at = *where;
	bool locked, go_on;

	if (PageHuge(page))
		return try_to_unmap_huge(page, where, flags);
	if (defect(D_CANARY_PAGE_MMAP))
		canary_mmap_lock(at.vma->vm_mm);
	locked = vma_is_locked(at.vma);
	if (flags & TTU_MUNLOCK && !locked)
		return true;
	/* A migration entry that was left there would be looked for at the place to which it has yet to be moved. */
	if (flags & TTU_MIGRATION && is_vma_temporary_stack(at.vma) && !defect(D_Z15))
		return true;
	if (defect(D_NOTIFY_PTL))
		return unmap_one(page, &at, flags, locked);
	mmu_notifier_entry_start(&at);
	go_on = unmap_one(page, &at, flags, locked);
	mmu_notifier_entry_end(&at);
	return go_on;
}

struct unmapping {
	unsigned flags;			/* enum ttu_flags */
	bool ended;			/* before its end: no mapping was left, or one had to stay */
};

static bool try_to_unmap_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct unmapping *unmapping = arg;

	unmapping->ended = !unmap_at(page, where, unmapping->flags);
	return !unmapping->ended;
}

enum swap_result try_to_unmap(struct page *page, unsigned flags)
{
	struct unmapping unmapping = { flags };

	lockdep_assert_held(&page->flags);
	if (flags & TTU_RMAP_LOCKED)
		rmap_walk_locked(page, try_to_unmap_one, &unmapping);
	else
		rmap_walk(page, try_to_unmap_one, &unmapping);
	if (!page_mapped(page))
		return SWAP_SUCCESS;
	/* Nothing had to stay: an entry was not where the walk looked for it, or not yet. It may be so, but for who has to find all. */
	if (!unmapping.ended)
		event(UNMAP_MISSED, .pfn = page_to_pfn(page), .obj = page);
	return SWAP_FAIL;
}

void try_to_munlock(struct page *page)
{
	struct unmapping unmapping = { TTU_MUNLOCK };

	lockdep_assert_held(&page->flags);
	rmap_walk(page, try_to_unmap_one, &unmapping);
}

void clean_entry(struct page *page, struct rmap_location *at, int *cleaned)
{
	/* Who clears an entry holds the lock until it is flushed: an entry that is gone may be one through which somebody writes. */
	struct pgtable *pt = defect(D_MKCLEAN_LOOK) ? map_pte(page, at) : map_pte_sync(page, at);
	pte_t pte;

	if (!pt)
		return;
	pte = ptep_get(at->pte);
	if (pte.pte & (PTE_DIRTY | PTE_WRITE)) {
		/* Flushed before it is there again: nobody writes through the old one when the page's content is read. */
		pte = ptep_clear_flush(at->vma->vm_mm, at->address, at->pte);
		set_pte(at->pte, pte_without(pte, PTE_DIRTY | PTE_WRITE));
		event(PAGE_CLEANED, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
		++*cleaned;
	}
	spin_unlock(pte_lockptr(pt));
}

/* A shared mapping may write only while the page is known to be dirty. Private ones never write to a file's page. */
static bool mkclean_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;

	if (!(READ_ONCE(at.vma->vm_flags) & VM_SHARED))
		return true;
	if (PageHead(page))
		return mkclean_huge(page, &at, arg);
	mmu_notifier_entry_start(&at);
	clean_entry(page, &at, arg);
	mmu_notifier_entry_end(&at);
	return true;
}

int page_mkclean(struct page *page)
{
	struct address_space *mapping = page_file_mapping(page);
	int cleaned = 0;

	lockdep_assert_held(&page->flags);
	if (mapping && page_mapped(page))
		rmap_walk_file(page, mapping, mkclean_one, &cleaned);
	return cleaned;
}
