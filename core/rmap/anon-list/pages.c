/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages in the anon_vma list reverse map: mappings that come and go, and the table of operations. */
#include "anon_vma.h"
#include "defects.h"
#include "memcontrol.h"

static void assert_pte_locked(const struct rmap_location *at)
{
	struct pgtable *pt = pgtable_peek(at->vma->vm_mm, at->address);

	/* No table: it was moved away under the caller's hands, and what comes of that is for others to tell. */
	if (pt)
		lockdep_assert_held(&pte_lockptr(pt)->l);
}

/* The first mapping of a page ties it to the VMA's anon_vma, which is that of all who may map it later. */
static void __page_set_anon_rmap(struct page *page, const struct rmap_location *at)
{
	struct anon_vma *anon_vma = at->vma->anon_vma;

	check_that(anon_vma, ORACLE_STRUCTURE, "anon-page-without-anon-vma", "a page is mapped in a VMA without anon_vma");
	/* Before the mapping, and marked: a walk of a page that is not locked looks for it at this offset. */
	WRITE_ONCE(page->index, at->vma->vm_pgoff + ((at->address - at->vma->vm_start) >> PAGE_SHIFT));
	/* One store: a reader must see pointer and tag together. */
	WRITE_ONCE(page->mapping, (struct address_space *)((unsigned long)anon_vma + PAGE_MAPPING_ANON));
	mod_node_page_state(NR_ANON_MAPPED, 1);
}

/* What the first one has found out holds for all others: they are of one family. */
static void __page_check_anon_rmap(const struct page *page, const struct rmap_location *at)
{
	exec_touch(&page->mapping, TOUCH_READ);
	check_that(mapping_anon_vma(__atomic_load_n(&page->mapping, __ATOMIC_RELAXED)) == at->vma->anon_vma, ORACLE_STRUCTURE,
		   "page-of-other-family", "mm#%u maps page%lu at %#lx, which is tied to another anon_vma than the VMA",
		   at->vma->vm_mm->id, page_to_pfn(page), at->address);
}

static void page_add_new_anon_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	SetPageFlag(page, PG_swapbacked);
	atomic_set(&page->_mapcount, 0);
	__page_set_anon_rmap(page, at);
}

/* Whether nobody else maps it makes no difference yet. */
static void page_add_anon_rmap(struct page *page, const struct rmap_location *at, bool exclusive)
{
	(void)exclusive;
	assert_pte_locked(at);
	lockdep_assert_held(&page->flags);
	if (atomic_inc_and_test(&page->_mapcount))
		__page_set_anon_rmap(page, at);
	else
		__page_check_anon_rmap(page, at);
}

static void page_dup_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	if (PageAnon(page))
		__page_check_anon_rmap(page, at);
	atomic_inc(&page->_mapcount);
}

/* page->mapping and page->index are set since the page came into the cache. */
static void page_add_file_rmap(struct page *page, const struct rmap_location *at)
{
	assert_pte_locked(at);
	if (atomic_inc_and_test(&page->_mapcount))
		mod_lruvec_page_state(page, NR_FILE_MAPPED, 1);
}

void page_remove_rmap(struct page *page, const struct rmap_location *at)
{
	int now = atomic_dec_return(&page->_mapcount);

	assert_pte_locked(at);
	check_that(now >= -1, ORACLE_COUNTS, "mapcount-below-zero", "page%lu loses a mapping that was not counted",
		   page_to_pfn(page));
	if (now < 0 && maps_file_page(at->vma, page))
		mod_lruvec_page_state(page, NR_FILE_MAPPED, -1);
	else if (now < 0)
		mod_node_page_state(NR_ANON_MAPPED, -1);
	/* page->mapping stays: resetting it here would race with somebody who maps the page again. */
	if (now < 0 && defect(D_H5) && PageAnon(page))
		WRITE_ONCE(page->mapping, NULL);
	event(PTE_REMOVED, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
}

/* A page that became its last owner's alone stays the family's: there is no anon_vma of his own to which it could be tied. */
static void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	(void)vma;
	lockdep_assert_held(&page->flags);
}

/* ---- the table ---- */

const struct rmap_ops rmap_anon_list = {
	.name = "anon-list",
	.kernel = "Linux 2.6.15 to 2.6.27",
	.policy = {
		.split_ptlocks = true, .one_anon_vma = true, .unmap_gives_way = true,
		.features = 1u << FEATURE_NONLINEAR | 1u << FEATURE_ANON_VMA | 1u << FEATURE_MIGRATION | 1u << FEATURE_NOTIFIERS |
			    1u << FEATURE_SWAP_MIGRATION | 1u << FEATURE_SWAP_TOKEN | 1u << FEATURE_MEMCG | 1u << FEATURE_GUP_FAST |
			    1u << FEATURE_TABLE_MOVES | 1u << FEATURE_MAPCOUNT | 1u << FEATURE_VMA_WALKS,
	},
	.types = anon_list_types,
	.locks = anon_list_locks,
	.init = anon_vma_init,
	.vma_prepare = anon_vma_prepare,
	.vma_clone = anon_vma_clone,
	.vma_fork = anon_vma_fork,
	.vma_unlink = anon_vma_unlink,
	.vma_adjust_begin = anon_vma_adjust_begin,
	.vma_adjust_end = anon_vma_adjust_end,
	.vma_lock = anon_vma_lock,
	.vma_unlock = anon_vma_unlock,
	.vma_lock_all = anon_vma_lock_all,
	.vma_unlock_all = anon_vma_unlock_all,
	.page_add_new = page_add_new_anon_rmap,
	.page_add = page_add_anon_rmap,
	.page_dup = page_dup_rmap,
	.page_remove = page_remove_rmap,
	.page_move = page_move_anon_rmap,
	.page_add_file = page_add_file_rmap,
	.referenced = page_referenced,
	.try_to_unmap = try_to_unmap,
	.mkclean = page_mkclean,
	.walk = rmap_walk,
	.page_address_in_vma = page_address_in_vma,
	.find_mappings = find_mappings,
	.page_pin = page_pin,
	.page_unpin = page_unpin,
	.walk_pinned = walk_pinned,
	.view_page = view_page,
	.view_vma = view_vma,
	.view_anon_vmas = view_anon_vmas,
	.view_vmas_of = view_vmas_of,
};
