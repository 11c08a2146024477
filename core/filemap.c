/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page cache: look-up without a lock, adding, reading in, the two ways out, reclaim and truncate, and the way to another frame.
 *
 * A page that is found need not stay: who needs it to be of the file locks it and looks again at page->mapping.
 */
#include "defects.h"
#include "file.h"
#include "internal.h"
#include "memcontrol.h"

struct page *find_get_page(struct address_space *mapping, unsigned long index)
{
	struct page *page, *head;

	rcu_read_lock();
	for (;;) {
		page = READ_ONCE(mapping->page[index]);
		if (!page)
			break;
		head = compound_head(page);
		if (!get_page_unless_zero(head)) {
			cpu_relax();	/* frozen: it is about to leave the cache, to be split, or to stay after all */
			continue;
		}
		/* Between the look and the reference the frame may have become another page, or part of another one. */
		if (READ_ONCE(mapping->page[index]) == page && compound_head(page) == head)
			break;
		put_page(head);
	}
	rcu_read_unlock();
	return page;
}

void set_present(struct address_space *mapping, u32 present)
{
	exec_touch(&mapping->present, TOUCH_WRITE);
	__atomic_store_n(&mapping->present, present, __ATOMIC_RELAXED);
}

/* ---- in ---- */

/* i_pages held: is one of the places taken? */
static bool places_taken(const struct address_space *mapping, unsigned long index, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		if (READ_ONCE(mapping->page[index + i]))
			return true;
	return false;
}

int add_to_page_cache_locked(struct page *page, struct address_space *mapping, unsigned long index)
{
	unsigned nr = cached_nr(page);
	bool taken;

	/* A node of the tree. Reclaim may be entered: it only tries page locks. */
	if (!alloc_allowed(GFP_KERNEL, HERE))
		return -ENOMEM;
	atomic_add((int)nr, &page->_refcount);
	WRITE_ONCE(page->mapping, mapping);
	WRITE_ONCE(page->index, index);
	spin_lock(&mapping->i_pages);
	taken = places_taken(mapping, index, nr);
	if (!taken) {
		data_publish(page);
		for (unsigned i = 0; i < nr; i++)
			WRITE_ONCE(mapping->page[index + i], page + i);	/* in one piece: look-ups take no lock */
		set_present(mapping, mapping->present | page_places(page));
	}
	spin_unlock(&mapping->i_pages);
	if (!taken)
		return 0;
	WRITE_ONCE(page->mapping, NULL);
	atomic_sub((int)nr, &page->_refcount);
	return -EAGAIN;
}

/* page is ours, new and not in the cache yet; it is when 0 is returned: locked, with a reference, not read yet. */
static int enter_cache(struct address_space *mapping, unsigned long index, struct mm_struct *mm, struct page *page)
{
	int err;

	lock_new_page(page);
	mem_cgroup_charge(page, mm);
	err = add_to_page_cache_locked(page, mapping, index);
	if (err) {
		unlock_page(page);
		put_page(page);
		return err;
	}
	lru_cache_add(page);
	return 0;
}

/* Does the file want huge pages, and does all of the one around that place lie in it? */
static bool huge_wanted(const struct address_space *mapping, unsigned long index)
{
	return mapping->kind & AS_HUGE && (index | (HPAGE_PMD_NR - 1)) < i_size_read(mapping->host);
}

/* A new page at that place of the cache: locked, with a reference, not read yet. It may be one of a huge one. */
static int new_cached_page(struct address_space *mapping, unsigned long index, struct mm_struct *mm, struct page **pagep)
{
	unsigned long first = index & ~(unsigned long)(HPAGE_PMD_NR - 1);
	struct page *page = huge_wanted(mapping, index) ? alloc_huge_page(GFP_KERNEL) : NULL;

	if (page && !enter_cache(mapping, first, mm, page)) {
		*pagep = page + (index - first);
		return 0;
	}
	/* Small pages are in the way, or there are no frames in a row: it has to be a small one. */
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	*pagep = page;
	return enter_cache(mapping, index, mm, page);
}

/* Fill the locked page from the store; what lies beyond the end is zeroes, whatever the store has there. Unlocks it. */
static void readpage(struct address_space *mapping, struct page *page)
{
	unsigned long size = i_size_read(mapping->host), index = page->index;
	u64 *to = &core()->data[page_to_pfn(page)], *from = &mapping->host->store[index];

	exec_point(OP_STORE, to);
	for (unsigned i = 0; i < compound_nr(page); i++) {
		u64 value = 0;

		if (index + i < size) {
			exec_touch(from + i, TOUCH_READ);
			value = __atomic_load_n(from + i, __ATOMIC_RELAXED);
		}
		exec_touch(to + i, TOUCH_WRITE);
		__atomic_store_n(to + i, value, __ATOMIC_RELAXED);
	}
	SetPageFlag(page, PG_uptodate);
	unlock_page(page);
}

bool lock_cached_page(struct address_space *mapping, struct page *page)
{
	struct page *head = compound_head(page);	/* and stays so: we have a reference */

	lock_page(head);
	if (READ_ONCE(head->mapping) == mapping)
		return true;
	event(PAGE_TRUNCATED, .pfn = page_to_pfn(page));
	unlock_page(head);
	put_page(head);
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
			readpage(mapping, compound_head(page));
		}
		if (!lock_cached_page(mapping, page))
			continue;
		/* Under the page lock: truncate sets the size first, and cannot pass this page before it is unlocked. */
		if (index >= i_size_read(mapping->host)) {
			unlock_page(compound_head(page));
			put_page(page);
			return -ENXIO;
		}
		*pagep = page;
		return 0;
	}
}

int filemap_grab_page(struct address_space *mapping, unsigned long index, struct page **pagep)
{
	struct page *page;
	int err;

	for (;;) {
		page = find_get_page(mapping, index);
		if (!page) {
			err = new_cached_page(mapping, index, NULL, &page);
			if (err == -EAGAIN)
				continue;
			if (err || !PageCompound(page))
				break;
			readpage(mapping, compound_head(page));		/* of which not all will be written */
		}
		err = 0;
		if (lock_cached_page(mapping, page))
			break;
	}
	*pagep = page;
	return err;
}

/* ---- out ---- */

/* i_pages held. */
static void check_unmapped(const struct page *page)
{
	int mapcount = mapcount_peek(page);

	if (PageCompound(page) && !parts_count_whole(page)) {
		const struct page *head = compound_head(page);

		exec_touch(&head->compound_mapcount, TOUCH_READ);
		mapcount += atomic_peek(&head->compound_mapcount) + 1;
	}
	check_that(!mapcount, ORACLE_FREE_MAPPED, "cached-page-removed-while-mapped",
		   "page%lu leaves the page cache and is mapped %d times", page_to_pfn(page), mapcount);
}

void page_cache_clear(struct address_space *mapping, struct page *page)
{
	u32 places = page_places(page);

	for (unsigned i = 0; i < cached_nr(page); i++) {
		check_unmapped(page + i);
		WRITE_ONCE(mapping->page[page->index + i], NULL);
	}
	set_present(mapping, mapping->present & ~places);
	if (mapping->dirty & places)
		WRITE_ONCE(mapping->dirty, mapping->dirty & ~places);
	WRITE_ONCE(page->mapping, NULL);
}

/* As remove_mapping(), with i_pages held. */
static bool __remove_mapping(struct address_space *mapping, struct page *page)
{
	bool frozen;

	frozen = atomic_cmpxchg(&page->_refcount, 2, 0) == 2;
	/* After the freeze: whoever still had it a moment ago may have dirtied it before he let go. */
	if (frozen && PageFlag(page, PG_dirty)) {
		atomic_set(&page->_refcount, 2);
		frozen = false;
	}
	if (frozen) {
		event(FILE_RECLAIMED, .obj = mapping->host, .addr = page->index, .pfn = page_to_pfn(page));
		page_cache_clear(mapping, page);
	}
	return frozen;
}

bool remove_mapping(struct address_space *mapping, struct page *page)
{
	bool frozen;

	spin_lock(&mapping->i_pages);
	frozen = __remove_mapping(mapping, page);
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

/* ---- no more to be relied on ---- */

/*
 * Page locked, and mapped nowhere. Who holds it otherwise keeps it in the cache: what he writes shall not be lost. (Linux does not ask for
 * that, as pages on their way to the LRU are held, too; here they have arrived.)
 */
static bool invalidate_complete_page(struct address_space *mapping, struct page *page)
{
	bool gone;

	spin_lock(&mapping->i_pages);
	check_unmapped(page);
	gone = __remove_mapping(mapping, page);
	if (gone)
		atomic_set(&page->_refcount, 1);	/* our reference */
	spin_unlock(&mapping->i_pages);
	return gone;
}

/* The locked page leaves the cache; false if it is dirty or in use, or huge. The first one that is mapped takes all that follow along. */
static bool invalidate_page(struct address_space *mapping, struct page *page, bool *all_unmapped)
{
	if (PageCompound(page))
		return false;
	wait_on_page_writeback(page);
	if (page_mapped(page) && *all_unmapped)
		unmap_mapping_page(mapping, page);
	else if (page_mapped(page))
		unmap_mapping_range(mapping, page->index, ~0ul, false);
	*all_unmapped = true;
	return invalidate_complete_page(mapping, page);
}

int invalidate_inode_pages2(struct address_space *mapping)
{
	bool all_unmapped = false;
	int err = 0;

	if (mapping->kind & (AS_TMPFS | AS_HUGETLB))
		return -EINVAL;
	lru_add_drain_all();
	event(FILE_INVALIDATE, .obj = mapping->host, .value = true);
	for (unsigned long i = 0; i < FILE_PAGES; i++) {
		struct page *page = READ_ONCE(mapping->present) >> i & 1 ? find_get_page(mapping, i) : NULL;

		if (!page || !lock_cached_page(mapping, page))
			continue;
		if (!invalidate_page(mapping, page, &all_unmapped))
			err = -EBUSY;
		unlock_page(compound_head(page));
		put_page(page);
	}
	event(FILE_INVALIDATE, .obj = mapping->host);
	return err;
}

/* ---- truncate ---- */

/* The references that the cache had. */
static void put_cached_page(struct page *page)
{
	if (compound_nr(page) > 1)
		atomic_sub((int)compound_nr(page) - 1, &page->_refcount);
	put_page(page);
}

/* Page locked, in the cache. */
static void truncate_page(struct address_space *mapping, struct page *page, bool failed)
{
	wait_on_page_writeback(page);
	/* Mapped since the range was zapped, by a fault that had it locked before us. */
	if (page_mapped(page))
		unmap_mapping_page(mapping, page);
	cancel_dirty_page(page);
	spin_lock(&mapping->i_pages);
	page_cache_clear(mapping, page);
	/* Not before: who has the page already may read it as long as it is the file's. Nobody can add another one yet. */
	if (failed)
		event(FILE_LOST, .obj = mapping->host, .addr = page->index, .pfn = page_to_pfn(page));
	spin_unlock(&mapping->i_pages);
	put_cached_page(page);
}

void truncate_error_page(struct address_space *mapping, struct page *page)
{
	truncate_page(mapping, page, true);
}

/* What the locked page holds from that one of its pages on is nobody's: nothing but zeroes may come back when the file grows again. */
static void clear_part(const struct address_space *mapping, struct page *head, unsigned long from)
{
	u64 *word = &core()->data[page_to_pfn(head)];

	for (unsigned long i = from; i < HPAGE_PMD_NR; i++) {
		exec_point(OP_STORE, word + i);
		__atomic_store_n(word + i, 0, __ATOMIC_RELAXED);
		event(FILE_STORE, .obj = mapping->host, .addr = head->index + i, .value = 0);
	}
	set_page_dirty(head);
}

/*
 * The page, locked by its head, has to go. Of a huge page of which a part stays small pages are made first; if that cannot be done,
 * because somebody holds it, it stays as it is, and what lies beyond the end is cleared. False: it was left so. Unlocks the page.
 */
static bool truncate_cached(struct address_space *mapping, struct page *page, unsigned long first)
{
	struct page *head = compound_head(page);
	bool gone = true;

	if (page_index(head) < first) {
		wait_on_page_writeback(head);
		gone = split_huge_page(page);
		if (!gone) {
			unmap_mapping_page(mapping, head);	/* or a program would go on writing there */
			clear_part(mapping, head, first - page_index(head));
		}
	}
	if (gone) {
		/* A split leaves out what lies beyond the end. */
		head = compound_head(page);
		if (READ_ONCE(head->mapping) == mapping)
			truncate_page(mapping, head, false);
	}
	unlock_page(head);
	return gone;
}

/* One pass; false when there was nothing left that can go. */
static bool truncate_pass(struct address_space *mapping, unsigned long first)
{
	u32 present = READ_ONCE(mapping->present) & ~((1u << first) - 1), left = 0;

	for (unsigned long i = first; i < FILE_PAGES; i++) {
		struct page *page;

		if (!((present & ~left) >> i & 1))
			continue;
		page = find_get_page(mapping, i);
		if (!page)
			continue;
		if (!lock_cached_page(mapping, page))
			continue;
		if (!truncate_cached(mapping, page, first))
			left = page_places(compound_head(page));	/* it is the first one that stays, and the only one */
		put_page(page);
	}
	return present & ~left;
}

void pagecache_isize_extended(struct address_space *mapping, unsigned long old)
{
	struct page *page = mapping->kind & AS_HUGE && old < FILE_PAGES ? find_get_page(mapping, old) : NULL;

	if (!page || !lock_cached_page(mapping, page))
		return;
	if (page_index(compound_head(page)) < old)
		clear_part(mapping, compound_head(page), old - page_index(compound_head(page)));
	unlock_page(compound_head(page));
	put_page(page);
}

/* Until a whole pass finds nothing: a fault that looked at the size in time may still put a page there. */
void truncate_inode_pages(struct address_space *mapping, unsigned long first)
{
	while (truncate_pass(mapping, first))
		;
}
