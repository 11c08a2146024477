/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reclaim: isolate a page, unmap it everywhere, write it to swap or to its file, free it.
 *
 * Runs against the order of faults, so it waits for little: the page lock is tried only, and whatever it finds in use it puts
 * back.
 */
#include "defects.h"
#include "file.h"
#include "huge.h"
#include "windows.h"

static enum reclaim_result keep(struct page *page)
{
	event(RECLAIM_KEPT, .pfn = page_to_pfn(page));
	unlock_page(page);
	putback_lru_page(page);
	return RECLAIM_KEPT;
}

static bool pageout(struct page *page)
{
	/* The isolation's reference and the swap cache's, and nobody else: then no one can change the page while it is written. */
	if (page_count(page) != 2 || !TestClearPageFlag(page, PG_dirty))
		return false;
	if (try_to_free_swap(page))
		return false;
	swap_writepage(page);
	return true;
}

/* Nobody maps it or has written to it: is the isolation's reference the only one? Then it is free. */
static enum reclaim_result forget(struct page *page)
{
	if (atomic_cmpxchg(&page->_refcount, 1, 0) != 1)
		return keep(page);
	/* Looked at when nobody can come any more who would make it dirty. */
	if (PageFlag(page, PG_dirty)) {
		atomic_set(&page->_refcount, 1);
		return keep(page);
	}
	event(LAZY_FREED, .pfn = page_to_pfn(page));
	unlock_page(page);
	free_frozen_page(page);
	return RECLAIM_FREED;
}

/* Write a page that is dirty; locked again, it must be as clean as it is now written. False when it was not locked again. */
static bool pageout_file(struct page *page, bool *clean)
{
	/* The isolation's reference and the cache's, and nobody else: then it is worth the write. */
	*clean = page_count(page) == 2 && clear_page_dirty_for_io(page);
	if (!*clean)
		return true;
	writepage(page);
	if (!trylock_page(page))
		return false;
	*clean = !PageFlag(page, PG_dirty) && !PageFlag(page, PG_writeback);
	return true;
}

/* A page of a file, or one that was until it was truncated. Isolated and locked. */
static enum reclaim_result shrink_file_page(struct page *page)
{
	struct address_space *mapping;
	bool clean = true;

	if (PageFlag(page, PG_writeback))
		return keep(page);
	if (page_mapped(page)) {
		if (!core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS))
			return keep(page);
		event(RECLAIM_UNMAP, .pfn = page_to_pfn(page), .obj = page);
	}
	WINDOW(RECLAIM_FREE);
	mapping = READ_ONCE(page->mapping);
	if (mapping && PageFlag(page, PG_dirty)) {
		if (!pageout_file(page, &clean)) {
			putback_lru_page(page);
			return RECLAIM_KEPT;
		}
		mapping = READ_ONCE(page->mapping);
	}
	if (!mapping || !clean || !remove_mapping(mapping, page))
		return keep(page);
	unlock_page(page);
	free_frozen_page(page);
	return RECLAIM_FREED;
}

/* The page is isolated and locked. */
static enum reclaim_result shrink_page(struct page *page)
{
	const struct rmap_ops *rmap = core()->rmap;

	rmap->referenced(page);
	if (PageCompound(page) && !split_huge_page(page))
		return keep(page);
	if (!PageAnon(page) && !PageFlag(page, PG_swapbacked))
		return shrink_file_page(page);
	if (PageFlag(page, PG_swapbacked) && !PageFlag(page, PG_swapcache) && !add_to_swap(page))
		return keep(page);
	if (page_mapped(page)) {
		if (!rmap->try_to_unmap(page, TTU_IGNORE_ACCESS))
			return keep(page);
		event(RECLAIM_UNMAP, .pfn = page_to_pfn(page), .obj = page);
	}
	WINDOW(RECLAIM_FREE);
	if (!PageFlag(page, PG_swapbacked))
		return forget(page);
	if (PageFlag(page, PG_dirty) && !pageout(page))
		return keep(page);
	if (!PageFlag(page, PG_swapcache) || !remove_from_swap_cache(page))
		return keep(page);
	event(SWAP_OUT, .pfn = page_to_pfn(page));
	unlock_page(page);
	free_frozen_page(page);
	return RECLAIM_FREED;
}

static enum reclaim_result shrink_isolated(struct page *page)
{
	if (defect(D_CANARY_RACE))
		core()->scanned++;
	if (!trylock_page(page)) {
		putback_lru_page(page);
		return RECLAIM_KEPT;
	}
	return shrink_page(page);
}

/* Reclaim is what a blocking allocation may enter: whoever waits for memory under a lock that reclaim takes is in a cycle. */
static void reclaim_enter(u8 *was)
{
	*was = current->in_reclaim;
	if (!*was)
		lockdep_map_acquire(LC_FS_RECLAIM, HERE);
	current->in_reclaim = 1;
}

static void reclaim_leave(u8 was)
{
	current->in_reclaim = was;
	if (!was)
		lockdep_map_release(LC_FS_RECLAIM);
}

enum reclaim_result reclaim_page(struct page *page)
{
	enum reclaim_result result = RECLAIM_NOT_ISOLATED;
	u8 was;

	page = compound_head(page);
	lru_add_drain();
	reclaim_enter(&was);
	if (isolate_lru_page(page))
		result = shrink_isolated(page);
	reclaim_leave(was);
	return result;
}

unsigned shrink_lru(unsigned n)
{
	unsigned freed = 0;
	u8 was;

	reclaim_enter(&was);
	while (n--) {
		struct page *page = isolate_oldest();

		if (!page)
			break;
		freed += shrink_isolated(page) == RECLAIM_FREED;
	}
	if (core()->thp)
		deferred_split_scan(1);
	reclaim_leave(was);
	return freed;
}
