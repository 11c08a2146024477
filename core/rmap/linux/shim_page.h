/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages. A folio is core's struct page, seen by the kernel's names for its members; of a huge page it is the head. Two counts of large
 * folios that core has not are in the word that a page has for its provider.
 *
 * Plain reads of the tree are no points. What of them the model says to a search (exec_touch()) is said here.
 */
#ifndef RMAP_LINUX_SHIM_PAGE_H
#define RMAP_LINUX_SHIM_PAGE_H

struct folio {
	union {
		struct {
			unsigned long flags;
			struct list_head lru;
			struct address_space *mapping;
			unsigned long index;
			unsigned long private;
			atomic_t _mapcount;
			atomic_t _refcount;
			struct mem_cgroup *mem_cgroup;
			atomic_t _large_mapcount, _nr_pages_mapped;
			unsigned long compound_head;
			atomic_t _entire_mapcount;
		};
		struct page page;
	};
};

#define SAME_PLACE(member) BUILD_BUG_ON(offsetof(struct folio, member) != offsetof(struct page, member))
SAME_PLACE(flags);
SAME_PLACE(lru);
SAME_PLACE(mapping);
SAME_PLACE(index);
SAME_PLACE(private);
SAME_PLACE(_mapcount);
SAME_PLACE(_refcount);
#undef SAME_PLACE
BUILD_BUG_ON(offsetof(struct folio, _large_mapcount) != offsetof(struct page, rmap_private));
BUILD_BUG_ON(offsetof(struct folio, _entire_mapcount) != offsetof(struct page, compound_mapcount));

#define compound_head(p) lx_compound_head((const struct page *)(p))
#define page_folio(p) ((struct folio *)compound_head(p))
#define folio_page(folio, n) (&(folio)->page + (n))
#define folio_page_idx(folio, p) ((unsigned long)((p) - &(folio)->page))
#define page_to_pfn(p) lx_page_to_pfn(p)
#define pfn_to_page(pfn) lx_pfn_to_page(pfn)
#define folio_pfn(folio) lx_page_to_pfn(&(folio)->page)
#define pfn_folio(pfn) page_folio(lx_pfn_to_page(pfn))

/* ---- its size: one page, or as many as a table has entries ---- */

#define shim_small(p, value) ((void)(p), (value))
#define PageCompound(p) lx_compound(p)
#define PageHead(p) lx_is_head(p)
#define PageTail(p) (PageCompound(p) && !PageHead(p))
#define PageTransCompound(p) PageCompound(p)
#define PageTransHuge(p) PageHead(p)
#define PageHuge(p) shim_small(p, false)
#define folio_test_large(folio) lx_compound(&(folio)->page)
#define folio_test_pmd_mappable(folio) folio_test_large(folio)
#define folio_test_partially_mapped(folio) shim_small(folio, false)
#define folio_test_hugetlb(folio) shim_small(folio, false)
#define compound_order(p) (PageHead(p) ? (unsigned)PMD_ORDER : 0u)
#define compound_nr(p) (1ul << compound_order(p))
#define thp_nr_pages(p) ((int)compound_nr(p))
#define folio_order(folio) compound_order(&(folio)->page)
#define folio_nr_pages(folio) ((long)compound_nr(&(folio)->page))
#define folio_size(folio) (PAGE_SIZE << folio_order(folio))
#define PageDoubleMap(p) shim_test(PG_double_map, p)
#define SetPageDoubleMap(p) set_bit(PG_double_map, &(p)->flags)
#define TestSetPageDoubleMap(p) test_and_set_bit(PG_double_map, &(p)->flags)
#define ClearPageDoubleMap(p) clear_bit(PG_double_map, &(p)->flags)
#define TestClearPageDoubleMap(p) test_and_clear_bit(PG_double_map, &(p)->flags)
#define compound_mapcount_ptr(p) (&(p)->compound_mapcount)
/* Set once, and asked for nowhere: see folio_maybe_dma_pinned(). */
#define compound_pincount_ptr(p) ((atomic_t *)(void *)&(p)->pad)
#define deferred_split_huge_page(p) lx_deferred_split(p)
#define deferred_split_folio(folio, partially) lx_deferred_split(&(folio)->page)
#define folio_clear_hugetlb_restore_reserve(folio) ((void)shim_unreached(folio))
#define ENTIRELY_MAPPED 0x800000
#define FOLIO_PAGES_MAPPED (ENTIRELY_MAPPED - 1)
#define is_zero_folio(folio) test_bit(PG_reserved, &(folio)->flags)

/* ---- flags ---- */

#define shim_test(bit, p) test_bit(bit, &(p)->flags)
#define folio_test_locked(folio) shim_test(PG_locked, folio)
#define folio_test_dirty(folio) shim_test(PG_dirty, folio)
#define folio_test_swapbacked(folio) shim_test(PG_swapbacked, folio)
#define folio_test_swapcache(folio) shim_test(PG_swapcache, folio)
#define PageLocked(p) shim_test(PG_locked, compound_head(p))
#define PageSwapBacked(p) shim_test(PG_swapbacked, compound_head(p))
#define PageHWPoison(p) shim_test(PG_hwpoison, p)
#define __SetPageSwapBacked(p) set_bit(PG_swapbacked, &(p)->flags)
#define __folio_set_swapbacked(folio) set_bit(PG_swapbacked, &(folio)->flags)
/* Asked for in one place: the page was to be dropped, and is needed. */
#define folio_set_swapbacked(folio)                                             \
	do {                                                                    \
		set_bit(PG_swapbacked, &(folio)->flags);                        \
		event(LAZY_KEPT, .pfn = folio_pfn(folio));                      \
	} while (0)

/* Core has no such bit: it is the reverse map's alone here, and gone with the page's other flags when the frame is handed out again. */
#define PG_anon_exclusive 40
#define PageAnonExclusive(p) shim_test(PG_anon_exclusive, p)
#define SetPageAnonExclusive(p) set_bit(PG_anon_exclusive, &(p)->flags)
#define ClearPageAnonExclusive(p) clear_bit(PG_anon_exclusive, &(p)->flags)
BUILD_BUG_ON(NR_PAGEFLAGS > PG_anon_exclusive);

#define folio_trylock(folio) bit_trylock_at(PG_locked, &(folio)->flags, LC_PAGE_LOCK, HERE)
#define folio_unlock(folio) bit_unlock_at(PG_locked, &(folio)->flags, LC_PAGE_LOCK, HERE)

/* ---- whose it is ---- */

#define PAGE_MAPPING_DAX_SHARED 0
static __always_inline unsigned long shim_mapping(const struct page *page)
{
	exec_touch(&page->mapping, TOUCH_READ);
	return (unsigned long)page->mapping;
}

#define folio_test_anon(folio) ((shim_mapping(&(folio)->page) & PAGE_MAPPING_ANON) != 0)
#define folio_test_ksm(folio) ((shim_mapping(&(folio)->page) & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_KSM)
#define PageAnon(p) folio_test_anon(page_folio(p))
#define PageKsm(p) folio_test_ksm(page_folio(p))
#define folio_raw_mapping(folio) ((void *)(shim_mapping(&(folio)->page) & ~PAGE_MAPPING_FLAGS))

static inline struct anon_vma *folio_anon_vma(struct folio *folio)
{
	unsigned long mapping = shim_mapping(&folio->page);

	return (mapping & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_ANON ? (struct anon_vma *)(mapping - PAGE_MAPPING_ANON) : NULL;
}

static inline struct address_space *folio_mapping(struct folio *folio)
{
	unsigned long mapping = shim_mapping(&folio->page);

	return mapping & PAGE_MAPPING_FLAGS ? NULL : (struct address_space *)mapping;
}
#define page_mapping(p) folio_mapping(page_folio(p))

static inline pgoff_t folio_pgoff(struct folio *folio)
{
	exec_touch(&folio->index, TOUCH_READ);
	return folio->index;
}
static inline pgoff_t page_to_pgoff(const struct page *page)
{
	struct page *head = compound_head(page);

	return folio_pgoff((struct folio *)head) + (unsigned long)(page - head);
}

#define page_private(p) READ_ONCE((p)->private)
#define folio_is_zone_device(folio) shim_small(folio, false)
#define folio_is_device_private(folio) shim_small(folio, false)
#define folio_is_device_coherent(folio) shim_small(folio, false)
#define is_device_private_page(p) shim_small(p, false)
/* Who pins a page of the model's has an ordinary reference. */
#define folio_maybe_dma_pinned(folio) shim_small(folio, false)
#define page_maybe_dma_pinned(p) shim_small(p, false)
#define page_needs_cow_for_dma(vma, p) shim_small(p, false)
#define folio_needs_cow_for_dma(vma, folio) shim_small(folio, false)

/* ---- counts ---- */

#if LARGE_MAPCOUNT
#define shim_large_mapcount(folio) (atomic_read(&(folio)->_large_mapcount) + 1)
#define shim_large_mapped(folio) (shim_large_mapcount(folio) >= 1)
#else
#define shim_large_mapcount(folio) lx_total_mapcount(&(folio)->page)
#define shim_large_mapped(folio) lx_compound_mapped(&(folio)->page)
#endif
#define folio_mapcount(folio) (folio_test_large(folio) ? shim_large_mapcount(folio) : atomic_read(&(folio)->_mapcount) + 1)
#define shim_mapped(folio) (folio_test_large(folio) ? shim_large_mapped(folio) : atomic_read(&(folio)->_mapcount) >= 0)
#define folio_mapped(folio) shim_mapped(folio)
#define folio_entire_mapcount(folio) (atomic_read(&(folio)->_entire_mapcount) + 1)

/* A guess, of what only parts map: by its first page. */
static inline bool folio_likely_mapped_shared(struct folio *folio)
{
	int mapcount = folio_mapcount(folio);

	if (!folio_test_large(folio) || mapcount <= 1)
		return mapcount > 1;
	if (folio_entire_mapcount(folio) || mapcount > (int)HPAGE_PMD_NR)
		return true;
	return atomic_read(&folio->_mapcount) > 0;
}
#define folio_ref_count(folio) atomic_read(&(folio)->_refcount)
#define folio_put(folio) put_page_at(&(folio)->page, HERE)
#define folio_mark_dirty(folio) lx_set_page_dirty(&(folio)->page)

/*
 * Asked for of _nr_pages_mapped alone, for the statistics. Who takes a page away has counted it out of _mapcount before, so that for a
 * moment more pages can be counted here than there are. What the last mapping as a whole takes away is less than nothing then, and what
 * the first adds, too; the tree makes nothing of it, and who takes the page away does not know. Told, and made good.
 */
static inline int shim_pages_mapped(atomic_t *mapped, int change, int now)
{
	int more = (now & FOLIO_PAGES_MAPPED) - (int)HPAGE_PMD_NR;
	bool first = change == ENTIRELY_MAPPED && now < 2 * ENTIRELY_MAPPED;

	if (more > 0 && (first || (change == -ENTIRELY_MAPPED && now < ENTIRELY_MAPPED)))
		lx_stat_clamped(&container_of(mapped, struct folio, _nr_pages_mapped)->page, first ? -more : more);
	return now;
}
#define atomic_add_return_relaxed(i, v) shim_pages_mapped(v, i, atomic_add_return(i, v))
#define atomic_sub_return_relaxed(i, v) shim_pages_mapped(v, -(i), atomic_sub_return(i, v))

/* ---- statistics ---- */

/* Core counts all files' alike. */
#define NR_FILE_PMDMAPPED NR_SHMEM_PMDMAPPED
/* Of the page's group, too, if that is counted there. */
#define shim_count(p, item, n) lx_count((struct page *)(p), item, n)
#define __mod_lruvec_page_state(p, item, n) shim_count(p, (int)(item), n)
#define __dec_lruvec_page_state(p, item) shim_count(p, (int)(item), -1)
#define __lruvec_stat_mod_folio(folio, item, n) shim_count(folio, (int)(item), n)
#define __mod_node_page_state(node, item, n) shim_count(node, (int)(item), n)
#define folio_pgdat(folio) (&(folio)->page)
#define mod_mthp_stat(order, item, n) ((void)(order))
#define lock_page_memcg(p) lx_lock_page_memcg(p)
#define unlock_page_memcg(p) lx_unlock_page_memcg(p)

/* ---- who used it ---- */

#define folio_test_clear_young(folio) lx_test_clear_young(&(folio)->page)
#define folio_clear_idle(folio) lx_clear_idle(&(folio)->page)
#define lru_gen_enabled() false
#define lru_gen_look_around(pvmw) shim_unreached(((void)(pvmw), false))

#endif
