/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reclaim: isolate pages, unmap each of them everywhere, write it to swap or to its file, free it.
 *
 * Runs against the order of faults, so it waits for little: the page lock is tried only, and whatever it finds in use it puts
 * back. Of several pages it takes the entries away without flushing each: so no page is freed, nor put back for others to reclaim,
 * before the flush of all.
 */
#include "defects.h"
#include "file.h"
#include "internal.h"
#include "mlock.h"
#include "references.h"
#include "thrash.h"
#include "windows.h"

#define SWAP_CLUSTER_MAX 4		/* small, so that batches end */

/* Of an era in which reclaim goes down the list with its lock held, and lets go of it only to wait, or for long work. */
static void lru_hold(void)
{
	if (core()->rmap->policy.lru_lock_held)
		spin_lock(&core()->lru_lock);
}

static void lru_let_go(void)
{
	if (core()->rmap->policy.lru_lock_held)
		spin_unlock(&core()->lru_lock);
}

static enum reclaim_result keep(struct page *page)
{
	event(RECLAIM_KEPT, .pfn = page_to_pfn(page));
	if (page_mlocked(page))
		try_to_free_swap(page);		/* it will not need the slot */
	/* A page of a file can be found in the cache and written back as soon as it is unlocked (Linux leaves it at that). */
	try_to_unmap_flush_dirty();
	unlock_page(page);
	return RECLAIM_KEPT;
}

/* It is in use: it stays, and is not looked at again before it has been found unused as an active page. */
static enum reclaim_result activate(struct page *page)
{
	SetPageFlag(page, PG_active);
	keep(page);
	return RECLAIM_ACTIVE;
}

/* Before a page is written: what a program writes afterwards must come by the fault handler. */
static void flush_before_io(void)
{
	if (!defect(D_BATCH_IO))
		try_to_unmap_flush_dirty();
}

enum pageout_result pageout_swap(struct page *page)
{
	flush_before_io();
	/* The isolation's reference and the swap cache's, and nobody else: then no one can change the page while it is written. */
	if (page_count(page) != 2)
		return PAGE_KEEP;
	if (!TestClearPageFlag(page, PG_dirty))
		return PAGE_CLEAN;
	if (try_to_free_swap(page))
		return PAGE_KEEP;
	swap_writepage(page);
	return PAGE_SUCCESS;
}

static bool pageout_unlocked(struct page *page)
{
	bool written;

	lru_let_go();
	written = pageout_swap(page) == PAGE_SUCCESS;
	lru_hold();
	return written;
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
	return RECLAIM_FREED;
}

enum pageout_result pageout_file(struct page *page)
{
	flush_before_io();
	/* The isolation's reference and the cache's, and nobody else: then it is worth the write. */
	if (page_count(page) != 2)
		return PAGE_KEEP;
	if (!clear_page_dirty_for_io(page))
		return PAGE_CLEAN;
	writepage(page);
	return PAGE_SUCCESS;
}

/* Write a page that is dirty; locked again, it must be as clean as it is now written. False when it was not locked again. */
static bool pageout_and_lock(struct page *page, bool *clean)
{
	*clean = pageout_file(page) == PAGE_SUCCESS;
	if (!*clean)
		return true;
	if (!trylock_page(page))
		return false;
	*clean = !PageFlag(page, PG_dirty) && !PageFlag(page, PG_writeback);
	return true;
}

static unsigned ttu_flags(const struct scan_control *sc)
{
	return (sc->ignore_references ? TTU_IGNORE_ACCESS : 0) | (sc->batch_flush ? TTU_BATCH_FLUSH : 0);
}

/* Its mappings are locked since it was looked at, where they have a lock, and not any more afterwards. */
static enum swap_result unmap_everywhere(struct page *page, const struct scan_control *sc)
{
	enum swap_result result = SWAP_SUCCESS;

	if (page_mapped(page)) {
		result = core()->rmap->try_to_unmap(page, ttu_flags(sc));
		if (result == SWAP_SUCCESS)
			event(RECLAIM_UNMAP, .pfn = page_to_pfn(page), .obj = page);
	}
	rmap_page_unlock(page);
	if (result != SWAP_SUCCESS)
		return result;
	WINDOW(RECLAIM_FREE);
	return SWAP_SUCCESS;
}

/* It is mapped still: somebody uses it just now, or it cannot be unmapped at all. */
static enum reclaim_result unmap_failed(struct page *page, const struct scan_control *sc, enum swap_result result)
{
	return sc->ignore_references || result == SWAP_AGAIN ? keep(page) : activate(page);
}

static bool add_to_swap_unlocked(struct page *page)
{
	bool added;

	rmap_page_unlock(page);
	lru_let_go();
	added = add_to_swap(page);
	lru_hold();
	if (added)
		rmap_page_lock(page);
	return added;
}

/* A page of a file, or one that was until it was truncated. Isolated and locked. */
static enum reclaim_result shrink_file_page(struct page *page, const struct scan_control *sc, enum page_references references)
{
	struct address_space *mapping;
	enum swap_result result;
	bool clean = true, locked;

	if (PageFlag(page, PG_writeback)) {
		rmap_page_unlock(page);
		return keep(page);
	}
	result = unmap_everywhere(page, sc);
	if (result != SWAP_SUCCESS)
		return unmap_failed(page, sc, result);
	mapping = READ_ONCE(page->mapping);
	if (mapping && PageFlag(page, PG_dirty)) {
		if (references == PAGEREF_RECLAIM_CLEAN)
			return keep(page);
		lru_let_go();
		locked = pageout_and_lock(page, &clean);
		lru_hold();
		if (!locked)
			return RECLAIM_KEPT;
		mapping = READ_ONCE(page->mapping);
	}
	if (!mapping || !clean || !remove_mapping(mapping, page))
		return keep(page);
	unlock_page(page);
	return RECLAIM_FREED;
}

/* The page is isolated and locked; unlocked, and frozen if it is to be freed, afterwards. */
static enum reclaim_result shrink_page(struct page *page, const struct scan_control *sc)
{
	enum page_references references;
	enum swap_result result;

	/* Since it was isolated. If mlock has not come to it yet, unmapping will find it out. */
	if (page_mlocked(page))
		return keep(page);
	rmap_page_lock(page);
	references = page_check_references(page, sc);
	if (references == PAGEREF_ACTIVATE || references == PAGEREF_KEEP) {
		rmap_page_unlock(page);
		return references == PAGEREF_ACTIVATE ? activate(page) : keep(page);
	}
	if (PageCompound(page) && !split_huge_page(page))
		return keep(page);
	if (!PageAnon(page) && !PageFlag(page, PG_swapbacked))
		return shrink_file_page(page, sc, references);
	if (PageFlag(page, PG_swapbacked) && !PageFlag(page, PG_swapcache) && !add_to_swap_unlocked(page))
		return keep(page);
	result = unmap_everywhere(page, sc);
	if (result != SWAP_SUCCESS)
		return unmap_failed(page, sc, result);
	if (!PageFlag(page, PG_swapbacked))
		return forget(page);
	if (PageFlag(page, PG_dirty) && !pageout_unlocked(page))
		return keep(page);
	if (!PageFlag(page, PG_swapcache) || !remove_from_swap_cache(page))
		return keep(page);
	event(SWAP_OUT, .pfn = page_to_pfn(page));
	unlock_page(page);
	return RECLAIM_FREED;
}

static enum reclaim_result shrink_isolated(struct page *page, const struct scan_control *sc)
{
	enum reclaim_result result = RECLAIM_KEPT;

	if (defect(D_CANARY_RACE))
		core()->scanned++;
	lru_hold();
	if (trylock_page(page))
		result = shrink_page(page, sc);
	lru_let_go();
	return result;
}

/* Isolated pages, n of them, and what came of each. Returns how many were freed; the others are back on the LRU. */
static unsigned shrink_page_list(struct page **page, unsigned n, const struct scan_control *sc, enum reclaim_result *result)
{
	unsigned freed = 0;

	for (unsigned i = 0; i < n; i++)
		result[i] = shrink_isolated(page[i], sc);
	try_to_unmap_flush();
	for (unsigned i = 0; i < n; i++) {
		if (result[i] == RECLAIM_FREED) {
			free_frozen_page(page[i]);
			freed++;
		} else {
			putback_lru_page(page[i]);
		}
	}
	return freed;
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
	static const struct scan_control whatever_it_costs = { .ignore_references = true };
	enum reclaim_result result = RECLAIM_NOT_ISOLATED;
	u8 was;

	page = compound_head(page);
	lru_add_drain();
	reclaim_enter(&was);
	disable_swap_token();
	if (isolate_lru_page(page))
		shrink_page_list(&page, 1, &whatever_it_costs, &result);
	reclaim_leave(was);
	return result;
}

/* As shrink_active_list() looks at one that is active, and shrink_inactive_list() at one that is not. */
static enum reclaim_result age_isolated(struct page *page, const struct scan_control *sc)
{
	enum reclaim_result result;

	if (PageFlag(page, PG_active)) {
		lru_hold();
		rmap_page_lock(page);
		result = shrink_active_page(page, sc) ? RECLAIM_ACTIVE : RECLAIM_KEPT;
		rmap_page_unlock(page);
		lru_let_go();
		putback_lru_page(page);
	} else {
		shrink_page_list(&page, 1, sc, &result);
	}
	return result;
}

enum reclaim_result age_page(struct page *page, struct mem_cgroup *memcg)
{
	const struct scan_control sc = { .target_mem_cgroup = memcg };
	enum reclaim_result result = RECLAIM_NOT_ISOLATED;
	u8 was;

	lru_add_drain();
	reclaim_enter(&was);
	if (isolate_lru_page(page))
		result = age_isolated(page, &sc);
	reclaim_leave(was);
	return result;
}

static unsigned isolate_pages(struct page **page, unsigned max)
{
	unsigned n = 0;

	while (n < max && (page[n] = isolate_oldest()))
		n++;
	return n;
}

unsigned shrink_lru(unsigned n)
{
	static const struct scan_control oldest = { .ignore_references = true, .batch_flush = true };
	enum reclaim_result result[SWAP_CLUSTER_MAX];
	struct page *page[SWAP_CLUSTER_MAX];
	unsigned freed = 0, taken;
	u8 was;

	reclaim_enter(&was);
	disable_swap_token();		/* used or not, it goes: the last priority, at which nobody's pages are spared */
	do {
		taken = isolate_pages(page, min(n, (unsigned)SWAP_CLUSTER_MAX));
		freed += shrink_page_list(page, taken, &oldest, result);
		n -= taken;
	} while (taken && n);
	if (core()->thp)
		deferred_split_scan(1);
	reclaim_leave(was);
	return freed;
}
