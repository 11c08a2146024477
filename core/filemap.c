/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page cache: look-up without a lock, adding, reading in, the two ways out, reclaim and truncate, and the way to another frame.
 *
 * A page that is found need not stay: who needs it to be of the file locks it and looks again at page->mapping.
 */
#include "file.h"
#include "internal.h"
#include "memcontrol.h"

struct page *find_get_page(struct address_space *mapping, unsigned long index)
{
	struct page *page;

	rcu_read_lock();
	for (;;) {
		page = READ_ONCE(mapping->page[index]);
		if (!page)
			break;
		if (!get_page_unless_zero(page)) {
			cpu_relax();	/* frozen: it is about to leave the cache, or to stay after all */
			continue;
		}
		/* Between the look and the reference the frame may have become another page. */
		if (READ_ONCE(mapping->page[index]) == page)
			break;
		put_page(page);
	}
	rcu_read_unlock();
	return page;
}

/* i_pages held, with every change of a place in the cache. */
static void set_present(struct address_space *mapping, u32 present)
{
	exec_touch(&mapping->present, TOUCH_WRITE);
	__atomic_store_n(&mapping->present, present, __ATOMIC_RELAXED);
}

/* ---- in ---- */

/* The page is new, and locked by us. Returns 0, -EAGAIN (somebody was faster) or -ENOMEM. */
static int add_to_page_cache_locked(struct page *page, struct address_space *mapping, unsigned long index)
{
	bool taken;

	/* A node of the tree. Reclaim may be entered: it only tries page locks. */
	if (!alloc_allowed(GFP_KERNEL, HERE))
		return -ENOMEM;
	get_page(page);
	WRITE_ONCE(page->mapping, mapping);
	WRITE_ONCE(page->index, index);
	spin_lock(&mapping->i_pages);
	taken = READ_ONCE(mapping->page[index]);
	if (!taken) {
		data_publish(page);
		WRITE_ONCE(mapping->page[index], page);	/* in one piece: look-ups take no lock */
		set_present(mapping, mapping->present | 1u << index);
	}
	spin_unlock(&mapping->i_pages);
	if (!taken)
		return 0;
	WRITE_ONCE(page->mapping, NULL);
	put_page(page);
	return -EAGAIN;
}

/* A new page at that place of the cache: locked, with a reference, not read yet. */
static int new_cached_page(struct address_space *mapping, unsigned long index, struct mm_struct *mm, struct page **pagep)
{
	struct page *page = alloc_page(GFP_KERNEL);
	bool locked;
	int err;

	if (!page)
		return -ENOMEM;
	/* Locked before anybody can find it: they wait until it is read. */
	locked = trylock_page(page);
	check_that(locked, ORACLE_LOCKS, "new-page-locked", "a page that nobody knows is locked");
	mem_cgroup_charge(page, mm);
	err = add_to_page_cache_locked(page, mapping, index);
	if (err) {
		unlock_page(page);
		put_page(page);
		return err;
	}
	lru_cache_add(page);
	*pagep = page;
	return 0;
}

/* Fill the locked page from the store; what lies beyond the end is zeroes, whatever the store has there. Unlocks it. */
static void readpage(struct address_space *mapping, struct page *page)
{
	u64 *to = &core()->data[page_to_pfn(page)], *from = &mapping->host->store[page->index], value = 0;

	if (page->index < i_size_read(mapping->host)) {
		exec_touch(from, TOUCH_READ);
		value = __atomic_load_n(from, __ATOMIC_RELAXED);
	}
	exec_point(OP_STORE, to);
	__atomic_store_n(to, value, __ATOMIC_RELAXED);
	SetPageFlag(page, PG_uptodate);
	unlock_page(page);
}

/* Lock the page and look again whether it is of the file; if not, drops it. */
static bool lock_cached_page(struct address_space *mapping, struct page *page)
{
	lock_page(page);
	if (READ_ONCE(page->mapping) == mapping)
		return true;
	event(PAGE_TRUNCATED, .pfn = page_to_pfn(page));
	unlock_page(page);
	put_page(page);
	return false;
}

int filemap_fault(struct address_space *mapping, unsigned long index, struct mm_struct *mm, struct page **pagep)
{
	struct page *page;

	for (;;) {
		if (index >= i_size_read(mapping->host))
			return -ENXIO;
		page = find_get_page(mapping, index);
		if (!page) {
			int err = new_cached_page(mapping, index, mm, &page);

			if (err == -ENOMEM)
				return err;
			if (err)
				continue;
			readpage(mapping, page);
		}
		if (!lock_cached_page(mapping, page))
			continue;
		/* Under the page lock: truncate sets the size first, and cannot pass this page before it is unlocked. */
		if (index >= i_size_read(mapping->host)) {
			unlock_page(page);
			put_page(page);
			return -ENXIO;
		}
		*pagep = page;
		return 0;
	}
}

int filemap_grab_page(struct address_space *mapping, unsigned long index, struct page **pagep)
{
	int err;

	for (;;) {
		struct page *page = find_get_page(mapping, index);

		if (!page) {
			err = new_cached_page(mapping, index, NULL, pagep);
			if (err != -EAGAIN)
				return err;
			continue;
		}
		if (lock_cached_page(mapping, page)) {
			*pagep = page;
			return 0;
		}
	}
}

/* ---- out ---- */

/* i_pages and the page lock held. */
static void cache_clear(struct address_space *mapping, struct page *page)
{
	exec_touch(&page->_mapcount, TOUCH_READ);
	check_that(atomic_peek(&page->_mapcount) == -1, ORACLE_FREE_MAPPED, "cached-page-removed-while-mapped",
		   "page%lu leaves the page cache and is mapped %d times", page_to_pfn(page), atomic_peek(&page->_mapcount) + 1);
	WRITE_ONCE(mapping->page[page->index], NULL);
	set_present(mapping, mapping->present & ~(1u << page->index));
	if (mapping->dirty >> page->index & 1)
		WRITE_ONCE(mapping->dirty, mapping->dirty & ~(1u << page->index));
	WRITE_ONCE(page->mapping, NULL);
}

bool remove_mapping(struct address_space *mapping, struct page *page)
{
	bool frozen;

	spin_lock(&mapping->i_pages);
	frozen = atomic_cmpxchg(&page->_refcount, 2, 0) == 2;
	/* After the freeze: whoever still had it a moment ago may have dirtied it before he let go. */
	if (frozen && PageFlag(page, PG_dirty)) {
		atomic_set(&page->_refcount, 2);
		frozen = false;
	}
	if (frozen) {
		event(FILE_RECLAIMED, .obj = mapping->host, .addr = page->index, .pfn = page_to_pfn(page));
		cache_clear(mapping, page);
	}
	spin_unlock(&mapping->i_pages);
	return frozen;
}

/* ---- to another frame ---- */

bool replace_in_page_cache(struct address_space *mapping, struct page *page, struct page *new)
{
	bool frozen;

	spin_lock(&mapping->i_pages);
	/* Look-ups that come to the old page get no reference, and look again: they find it whole, or the new one. */
	frozen = atomic_cmpxchg(&page->_refcount, 2, 0) == 2;
	if (frozen) {
		get_page(new);
		WRITE_ONCE(new->mapping, mapping);
		WRITE_ONCE(new->index, page->index);
		/* The tag of the cache stays where it is. Before new can be found: who finds it clean would not write it. */
		if (TestClearPageFlag(page, PG_dirty))
			SetPageFlag(new, PG_dirty);
		data_publish(new);
		WRITE_ONCE(mapping->page[page->index], new);
		WRITE_ONCE(page->mapping, NULL);
		atomic_set(&page->_refcount, 1);
	}
	spin_unlock(&mapping->i_pages);
	return frozen;
}

/* ---- truncate ---- */

/* Page locked, in the cache. */
static void truncate_page(struct address_space *mapping, struct page *page, bool failed)
{
	wait_on_page_writeback(page);
	/* Mapped since the range was zapped, by a fault that had it locked before us. */
	if (page_mapped(page))
		unmap_mapping_range(mapping, page->index, page->index, false);
	cancel_dirty_page(page);
	spin_lock(&mapping->i_pages);
	if (failed)
		event(FILE_LOST, .obj = mapping->host, .addr = page->index, .pfn = page_to_pfn(page));
	cache_clear(mapping, page);
	spin_unlock(&mapping->i_pages);
	put_page(page);
}

void truncate_error_page(struct address_space *mapping, struct page *page)
{
	truncate_page(mapping, page, true);
}

/* One pass; false when there was nothing left. */
static bool truncate_pass(struct address_space *mapping, unsigned long first)
{
	u32 present = READ_ONCE(mapping->present) & ~((1u << first) - 1);

	for (unsigned long i = first; i < FILE_PAGES; i++) {
		struct page *page;

		if (!(present >> i & 1))
			continue;
		page = find_get_page(mapping, i);
		if (!page)
			continue;
		if (!lock_cached_page(mapping, page))
			continue;
		truncate_page(mapping, page, false);
		unlock_page(page);
		put_page(page);
	}
	return present;
}

/* Until a whole pass finds nothing: a fault that looked at the size in time may still put a page there. */
void truncate_inode_pages(struct address_space *mapping, unsigned long first)
{
	while (truncate_pass(mapping, first))
		;
}
