/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page migration through swap, as Linux 2.6.16 and 2.6.17 have it, before there were migration entries.
 *
 * An anonymous page that is to move gets a slot, and its entries become swap entries: so there is nothing that fork, munmap or exit would
 * not know already, and whoever faults finds the page in the swap cache, takes a reference, and waits for its lock. When nobody has it
 * the new page takes its place in the cache, the entries become present again, and the slot is given back without ever having been
 * written. A page of a file has no entries meanwhile, and is found in its file.
 *
 * The caller comes from above: he holds mmap_lock of a process that maps the pages, which keeps their anon_vma while nobody maps them.
 */
#include "migrate_swap.h"

#include "defects.h"
#include "fault.h"

#define MIGRATE_CHUNK_SIZE 2u		/* frames that are allocated at once; small, so that there are chunks */

/*
 * Passes over what is left. Who has a page locked is given time to let it go in the first two, and waited for after that; who writes one is
 * waited for after the first, which may have begun many writes. (Linux makes ten, and waits for locks from the fourth on.)
 */
#define MIGRATE_PASSES 3u
#define PASS_WAITS_FOR_WRITEBACK 1u
#define PASS_WAITS_FOR_LOCK 2u

static void pagelist_add(struct pagelist *list, struct page *page)
{
	list->page[list->nr++] = page;
}

/* ---- on the LRU and off it ---- */

int migrate_prep(void)
{
	if (!nr_swap_pages())
		return -ENODEV;
	/* What comes to a CPU's cache after this cannot be isolated, and stays, as what is busy does. */
	lru_add_drain_all();
	return 0;
}

static void move_to_lru(struct page *page)
{
	lru_cache_add(page);
	put_page(page);
}

unsigned putback_lru_pages(struct pagelist *list)
{
	unsigned n = list->nr;

	for (unsigned i = 0; i < n; i++)
		move_to_lru(list->page[i]);
	list->nr = 0;
	return n;
}

/* ---- out to swap, or to the file ---- */

/* The file that the page is in the cache of, or NULL. Page locked. */
static struct address_space *page_file(struct page *page)
{
	return PageAnon(page) ? NULL : READ_ONCE(page->mapping);
}

/* Of the swap cache, or of a file's: else there is nothing by which the page could be found again. Page locked. */
static bool page_cached(struct page *page)
{
	return PageFlag(page, PG_swapcache) || page_file(page);
}

/* Unlocks the page if it is written. */
static enum pageout_result pageout(struct page *page)
{
	const struct address_space *mapping = page_file(page);
	enum pageout_result result;

	if (mapping)
		return mapping->kind & AS_HUGETLB ? PAGE_ACTIVATE : pageout_file(page);
	result = pageout_swap(page);
	if (result == PAGE_SUCCESS)
		unlock_page(page);
	return result;
}

/* Out of its cache, clean as it is; page locked. Leaves one reference, which is the caller's, or all of them. */
static bool remove_from_cache(struct page *page)
{
	struct address_space *mapping = page_file(page);

	if (!(mapping ? remove_mapping(mapping, page) : PageFlag(page, PG_swapcache) && remove_from_swap_cache(page)))
		return false;
	atomic_set(&page->_refcount, 1);
	return true;
}

int swap_page(struct page *page)
{
	enum pageout_result written = PAGE_CLEAN;
	bool cached = page_cached(page), unmapped = true;

	if (cached && page_mapped(page))
		unmapped = core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS) == SWAP_SUCCESS;
	if (unmapped && cached && PageFlag(page, PG_dirty))
		written = pageout(page);
	/* Unlocked: anybody may have had it since. The next pass finds it clean, if it is so still. */
	if (written == PAGE_SUCCESS)
		return -EAGAIN;
	if (unmapped && written == PAGE_CLEAN && cached && remove_from_cache(page)) {
		event(SWAP_OUT, .pfn = page_to_pfn(page));
		unlock_page(page);
		return 0;
	}
	unlock_page(page);
	return -EAGAIN;
}

/* ---- to another frame ---- */

/* new, which was made ready for one page, may be tried for another one, of another kind. */
static void forget_identity(struct page *new)
{
	WRITE_ONCE(new->mapping, NULL);
	ClearPageFlag(new, PG_swapbacked);
}

/* Nobody has the page but those who map it, its cache, and us. May be wrong by the time it is used. */
static bool held_by_mappers_only(struct page *page)
{
	return page_mapcount(page) + 2 == page_count(page);
}

static int migrate_page_remove_references(struct page *new, struct page *page)
{
	/* Truncate may have been first. And nobody's entries are taken away for nothing. */
	if (!page_cached(page) || !held_by_mappers_only(page))
		return -EAGAIN;
	if (core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS) == SWAP_FAIL)
		return -EPERM;
	if (page_mapped(page))
		return -EAGAIN;
	event(MIGRATE_UNMAP, .pfn = page_to_pfn(page), .obj = page);
	/* Counted once more, under the cache's lock: who had an entry a moment ago may have taken a reference by it. */
	if (move_mapping(new, page))
		return 0;
	forget_identity(new);
	return -EAGAIN;
}

/* Whoever finds new in the cache waits for its lock. The old page is nobody's any more, and nothing. */
static void migrate_page_copy(struct page *new, struct page *page)
{
	move_page_state(new, page);
	ClearPageFlag(page, PG_dirty);
	ClearPageFlag(page, PG_swapbacked);
	data_tear_down(page);		/* its count was frozen, and nothing leads to it */
	WRITE_ONCE(page->mapping, NULL);
}

/* One entry of new's slot becomes a mapping. The walk's locks keep the table. */
static bool remove_vma_swap(struct page *new, const struct rmap_location *where, void *arg)
{
	struct fault f = { .mm = where->vma->vm_mm, .vma = where->vma, .at = *where };
	swp_entry_t entry = *(const swp_entry_t *)arg;
	bool seen = false;

	f.pt = pgtable_find(f.mm, f.at.address);
	if (!f.pt)
		return true;
	f.at.pte = pte_offset(f.pt, f.at.address);
	if (defect(D_SWAP_MIGRATION_PEEK))
		seen = pte_same_as_swp(ptep_get(f.at.pte), entry);
	spin_lock(pte_lockptr(f.pt));
	if (seen || pte_same_as_swp(ptep_get(f.at.pte), entry))
		map_unused(&f, new, false, entry);
	spin_unlock(pte_lockptr(f.pt));
	return true;
}

/*
 * new is locked, and in the swap cache if it is anonymous. From the first entry on that is present again processes use it, locked or not.
 * If entries are left, it stays in the swap cache for them. (2.6.17 takes it out and does not ask: what is found in the slot then was
 * never written there.)
 */
static void remove_from_swap(struct page *new)
{
	swp_entry_t entry = new->private;

	if (!PageFlag(new, PG_swapcache))
		return;
	core()->rmap->walk_pinned(new, remove_vma_swap, &entry);
	try_to_free_swap(new);
}

int migrate_page_through_swap(struct page *new, struct page *page)
{
	int err = migrate_page_remove_references(new, page);

	if (err)
		return err;
	if (defect(D_SWAP_MIGRATION_EARLY))
		remove_from_swap(new);
	migrate_page_copy(new, page);
	if (!defect(D_SWAP_MIGRATION_EARLY))
		remove_from_swap(new);
	return 0;
}

int fail_migrate_page(struct page *new, struct page *page)
{
	(void)new;
	(void)page;
	return -EIO;
}

/* How the pages of the cache are moved that the page is in; NULL when it is in none. Page locked. */
static migratepage_t migratepage_of(struct page *page)
{
	const struct address_space *mapping = page_file(page);

	if (mapping)
		return mapping->kind & AS_HUGETLB ? fail_migrate_page : migrate_page_through_swap;
	return PageFlag(page, PG_swapcache) ? migrate_page_through_swap : NULL;
}

/* Page locked. new is nobody's, and tried all the same: to wait for one page under the lock of another has no order. */
static int move_to_frame(struct pagelist *to, struct page *page)
{
	struct page *new = to->page[to->nr - 1];
	migratepage_t migratepage = migratepage_of(page);
	int err = -EAGAIN;

	if (!migratepage || !trylock_page(new))
		return err;
	err = migratepage(new, page);
	unlock_page(new);
	if (err)
		return err;
	event(MIGRATED, .pfn = page_to_pfn(page), .obj = new);
	to->nr--;
	move_to_lru(new);
	return 0;
}

/* Locked, and nobody is writing it any more; or not locked, because that would have been to wait. */
static bool lock_for_pass(struct page *page, unsigned pass)
{
	if (pass >= PASS_WAITS_FOR_LOCK)
		lock_page(page);
	else if (!trylock_page(page))
		return false;
	if (pass >= PASS_WAITS_FOR_WRITEBACK) {
		wait_on_page_writeback(page);
	} else if (PageFlag(page, PG_writeback)) {
		unlock_page(page);
		return false;
	}
	return true;
}

/* One attempt for one page. Returns 0, -EAGAIN, or what makes it fail for good. */
static int migrate_one(struct page *page, struct pagelist *to, unsigned pass)
{
	int err;

	/* Everybody else has let it go since it was isolated: it is free when we do. */
	if (page_count(page) == 1)
		return 0;
	if (!lock_for_pass(page, pass))
		return -EAGAIN;
	/* What its entries become has to name it. */
	if (PageAnon(page) && !PageFlag(page, PG_swapcache) && !add_to_swap(page)) {
		unlock_page(page);
		return -ENOMEM;
	}
	if (!to)
		return swap_page(page);
	err = move_to_frame(to, page);
	unlock_page(page);
	return err;
}

/* Returns how many are to be tried again. Without a frame for them, the others are left. */
static unsigned migrate_pass(struct pagelist *from, struct pagelist *to, unsigned pass, struct pagelist *moved, struct pagelist *failed)
{
	unsigned nr = from->nr, retry = 0;

	from->nr = 0;
	for (unsigned i = 0; i < nr; i++) {
		struct page *page = from->page[i];
		int err = -EAGAIN;

		if (!to || to->nr) {
			err = migrate_one(page, to, pass);
			retry += err == -EAGAIN;
		}
		pagelist_add(err == -EAGAIN ? from : err ? failed : moved, page);
	}
	return retry;
}

int migrate_pages(struct pagelist *from, struct pagelist *to, struct pagelist *moved, struct pagelist *failed)
{
	for (unsigned pass = 0; pass < MIGRATE_PASSES; pass++)
		if (!migrate_pass(from, to, pass, moved, failed))
			break;
	return (int)(from->nr + failed->nr);
}

/* ---- of a process ---- */

/* pte lock held, which keeps the page while it is isolated. */
static void isolate_mapped(pte_t pte, struct pagelist *list)
{
	struct page *page = pte_page(pte);

	if (page && list->nr < PAGELIST_MAX && isolate_lru_page(page))
		pagelist_add(list, page);
}

/* Isolate what is mapped there and on the LRU. mmap_lock held. */
static void check_range(struct mm_struct *mm, unsigned long addr, unsigned long end, struct pagelist *list)
{
	for (; addr < end; addr += PAGE_SIZE) {
		struct pgtable *pt = pgtable_find(mm, addr);
		pte_t pte;

		if (!pt)
			continue;
		spin_lock(pte_lockptr(pt));
		pte = ptep_get(pte_offset(pt, addr));
		if (!defect(D_ISOLATE_LATE))
			isolate_mapped(pte, list);
		spin_unlock(pte_lockptr(pt));
		if (defect(D_ISOLATE_LATE))
			isolate_mapped(pte, list);
	}
}

/* Frames for as many pages as there are, up to a chunk. Returns 0, or -ENOMEM with those that there were. */
static int alloc_chunk(struct pagelist *to, unsigned wanted)
{
	while (to->nr < min(wanted, MIGRATE_CHUNK_SIZE)) {
		struct page *new = alloc_page(GFP_KERNEL);

		if (!new)
			return -ENOMEM;
		pagelist_add(to, new);
	}
	return 0;
}

/* Chunk after chunk, until one does not need all its frames: what is left then cannot be moved. What moved out of the old frames goes. */
static int migrate_pages_to(struct pagelist *from, struct pagelist *failed)
{
	struct pagelist to = { 0 }, moved = { 0 };
	int err;

	do {
		err = alloc_chunk(&to, from->nr);
		if (err)
			break;
		migrate_pages(from, &to, &moved, failed);
		putback_lru_pages(&moved);
	} while (!to.nr && from->nr);
	while (to.nr)
		put_page(to.page[--to.nr]);
	return err;
}

static int swap_pages_out(struct pagelist *from, struct pagelist *failed)
{
	struct pagelist moved = { 0 };

	migrate_pages(from, NULL, &moved, failed);
	putback_lru_pages(&moved);
	return 0;
}

static void tell_kept(const struct pagelist *list)
{
	for (unsigned i = 0; i < list->nr; i++)
		event(MIGRATE_KEPT, .pfn = page_to_pfn(list->page[i]));
}

int do_migrate_pages(struct mm_struct *mm, unsigned long start, unsigned long len, bool to_swap)
{
	struct pagelist from = { 0 }, failed = { 0 };
	unsigned left;
	int err = migrate_prep();

	if (err)
		return err;
	down_read(&mm->mmap_lock);
	check_range(mm, start, start + len, &from);
	err = to_swap ? swap_pages_out(&from, &failed) : migrate_pages_to(&from, &failed);
	tell_kept(&from);
	tell_kept(&failed);
	left = putback_lru_pages(&from) + putback_lru_pages(&failed);
	up_read(&mm->mmap_lock);
	return err ? err : (int)left;
}
