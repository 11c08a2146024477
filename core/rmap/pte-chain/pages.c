/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages in the pte chain reverse map: mappings that come and go, and the table of operations. VMAs it does not know. */
#include "defects.h"
#include "file.h"
#include "pte_chain.h"

static void assert_pte_locked(const struct rmap_location *at)
{
	lockdep_assert_held(&at->vma->vm_mm->page_table_lock.l);
}

/* The zero page, and what drivers map: nobody unmaps those. Never changes. */
static bool PageReserved(const struct page *page)
{
	return flag_peek(page, PG_reserved);
}

/* The memory for it was put aside before the lock, see pte_chain_prepare(). */
static void page_add_rmap(struct page *page, const struct rmap_location *at)
{
	bool added;

	assert_pte_locked(at);
	if (PageReserved(page))
		return;
	pte_chain_lock(page);
	added = chain_add(page, at->pte);
	pte_chain_unlock(page);
	check_that(added || defect(D_H4_UNCHECKED), ORACLE_RMAP, "no-memory-for-mapping",
		   "page%lu is mapped once more, and nobody has put memory aside for that", page_to_pfn(page));
	if (added)
		mod_node_page_state(NR_REVERSE_MAPS, 1);
}

/*
 * What tells anonymous pages from those of files. Linux 2.5 leaves mapping NULL until the page is in the swap cache, and looks at the
 * VMA. No point: nobody else knows the page, or it is locked.
 */
static void set_anon(struct page *page)
{
	exec_touch(&page->mapping, TOUCH_READ);
	if (!__atomic_load_n(&page->mapping, __ATOMIC_RELAXED))
		WRITE_ONCE(page->mapping, (struct address_space *)PAGE_MAPPING_ANON);
}

static void page_add_new_anon_rmap(struct page *page, const struct rmap_location *at)
{
	SetPageFlag(page, PG_swapbacked);
	set_anon(page);
	page_add_rmap(page, at);
}

static void page_add_anon_rmap(struct page *page, const struct rmap_location *at, bool exclusive)
{
	(void)exclusive;
	lockdep_assert_held(&page->flags);
	set_anon(page);
	page_add_rmap(page, at);
}

static void page_remove_rmap(struct page *page, const struct rmap_location *at)
{
	bool removed;

	assert_pte_locked(at);
	if (PageReserved(page))
		return;
	pte_chain_lock(page);
	removed = chain_remove(page, at->pte);
	pte_chain_unlock(page);
	check_that(removed, ORACLE_RMAP, "mapping-not-in-chain", "mm#%u unmaps page%lu at %#lx, and the page's chain has no such entry",
		   at->vma->vm_mm->id, page_to_pfn(page), at->address);
	if (removed)
		mod_node_page_state(NR_REVERSE_MAPS, -1);
	event(PTE_REMOVED, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
}

/* Out and in again, in one: so it takes no memory. (Linux 2.5.31 does the one after the other.) */
static void entry_moved(struct page *page, pte_t *from, pte_t *to)
{
	bool moved;

	if (PageReserved(page))
		return;
	pte_chain_lock(page);
	moved = chain_replace(page, from, to);
	pte_chain_unlock(page);
	check_that(moved, ORACLE_RMAP, "moved-entry-not-in-chain", "an entry of page%lu moves, and the page's chain has no such entry",
		   page_to_pfn(page));
}

/* There is nobody to whom it would belong. */
static void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	(void)page;
	(void)vma;
}

static bool mapped(struct page *page)
{
	return READ_ONCE(page->rmap_private);
}

static void lock_chain(struct page *page)
{
	pte_chain_lock(page);
}

static void unlock_chain(struct page *page)
{
	pte_chain_unlock(page);
}

/* ---- VMAs: nothing here knows of them ---- */

static int vma_prepare(struct vm_area_struct *vma)
{
	(void)vma;
	return 0;
}

static int vma_copy(struct vm_area_struct *to, struct vm_area_struct *from)
{
	(void)to;
	(void)from;
	return 0;
}

const struct rmap_ops rmap_pte_chain = {
	.name = "pte-chain",
	.kernel = "Linux 2.5.30 and 2.5.31",
	.policy = { .ptl_guards_vmas = true, .lru_lock_held = true, .no_pagevecs = true, .mremap_links_late = true },
	.types = pte_chain_types,
	.locks = pte_chain_locks,
	.init = pte_chain_init,
	.vma_prepare = vma_prepare,
	.vma_clone = vma_copy,
	.vma_fork = vma_copy,
	.page_add_new = page_add_new_anon_rmap,
	.page_add = page_add_anon_rmap,
	.page_dup = page_add_rmap,
	.page_remove = page_remove_rmap,
	.page_move = page_move_anon_rmap,
	.page_add_file = page_add_rmap,
	.entry_moved = entry_moved,
	.add_prepare = pte_chain_prepare,
	.add_done = pte_chain_done,
	.mapped = mapped,
	.mapcount_peek = view_mapcount,
	.page_lock = lock_chain,
	.page_unlock = unlock_chain,
	.referenced = page_referenced,
	.try_to_unmap = try_to_unmap,
	.mkclean = page_mkclean,
	.walk = chain_walk,
	.find_mappings = find_mappings,
	.view_page = view_page,
	.view_vma = view_vma,
	.view_anon_vmas = view_anon_vmas,
	.view_vmas_of = view_vmas_of,
};
