/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dirty pages of files and their way to the store.
 *
 * A page of a shared mapping is dirty in two places, the entries and PG_dirty, and the rule that holds it together is: an entry lets
 * a program write only while PG_dirty is set. So a page is cleaned entries first, each flushed under its lock, PG_dirty then, and
 * its content is read last. A store that comes after that faults, and makes the page dirty again.
 */
#include "file.h"
#include "internal.h"
#include "memcontrol.h"

static void account_page_dirtied(struct page *page)
{
	struct address_space *mapping = READ_ONCE(page->mapping);
	long nr = compound_nr(page);

	check_that(mapping, ORACLE_STRUCTURE, "dirty-page-of-no-file", "page%lu is made dirty and belongs to no file", page_to_pfn(page));
	if (!mapping || !accounts_dirty(mapping))
		return;
	spin_lock(&mapping->i_pages);
	WRITE_ONCE(mapping->dirty, mapping->dirty | page_places(page));
	mod_lruvec_page_state(page, NR_FILE_DIRTY, nr);
	spin_unlock(&mapping->i_pages);
}

bool set_page_dirty(struct page *page)
{
	struct mem_cgroup *locked;
	bool clean;

	/* Of hugetlb nothing is ever written. */
	if (PageHuge(page))
		return !test_and_set_bit(PG_dirty, &page->flags);
	page = compound_head(page);
	locked = lock_page_memcg(page);
	clean = !test_and_set_bit(PG_dirty, &page->flags);

	if (clean)
		account_page_dirtied(page);
	unlock_page_memcg(page, locked);
	return clean;
}

bool cancel_dirty_page(struct page *page)
{
	lockdep_assert_held(&page->flags);
	if (!TestClearPageFlag(page, PG_dirty))
		return false;
	/* The page lock alone keeps its charge where it is. */
	if (accounts_dirty(page->mapping))
		mod_lruvec_page_state(page, NR_FILE_DIRTY, -(long)compound_nr(page));
	return true;
}

bool clear_page_dirty_for_io(struct page *page)
{
	WINDOW(CLEAN_PAGE);

	lockdep_assert_held(&page->flags);
	/* What the entries knew goes to the page, and only then is the page asked. Of tmpfs only what is not mapped is written. */
	if (accounts_dirty(page->mapping) && core()->rmap->mkclean(page))
		set_page_dirty(page);
	return cancel_dirty_page(page);
}

/* The tag goes only if nobody has made the page dirty again. */
static void set_page_writeback(struct address_space *mapping, struct page *page)
{
	spin_lock(&mapping->i_pages);
	SetPageFlag(page, PG_writeback);
	mod_lruvec_page_state(page, NR_WRITEBACK, compound_nr(page));
	if (!PageFlag(page, PG_dirty))
		WRITE_ONCE(mapping->dirty, mapping->dirty & ~page_places(page));
	spin_unlock(&mapping->i_pages);
}

static void end_page_writeback(struct address_space *mapping, struct page *page)
{
	struct mem_cgroup *locked = lock_page_memcg(page);

	spin_lock(&mapping->i_pages);
	ClearPageFlag(page, PG_writeback);
	mod_lruvec_page_state(page, NR_WRITEBACK, -(long)compound_nr(page));
	spin_unlock(&mapping->i_pages);
	unlock_page_memcg(page, locked);
}

/* The page stays in the cache as long as PG_writeback is set, and so does the file; nor is it split. */
void writepage(struct page *page)
{
	struct address_space *mapping = page->mapping;
	unsigned long index = page->index, pfn = page_to_pfn(page);

	set_page_writeback(mapping, page);
	unlock_page(page);
	for (unsigned i = 0; i < compound_nr(page); i++) {
		u64 *from = &core()->data[pfn + i], *to = &mapping->host->store[index + i], value;

		exec_point(OP_LOAD, from);
		value = __atomic_load_n(from, __ATOMIC_RELAXED);
		exec_point(OP_STORE, to);
		__atomic_store_n(to, value, __ATOMIC_RELAXED);
		event(FILE_WRITTEN, .obj = mapping->host, .addr = index + i, .value = value, .pfn = pfn + i);
	}
	end_page_writeback(mapping, page);
}

static bool written(void *page)
{
	return !flag_peek(page, PG_writeback);
}

void wait_on_page_writeback(struct page *page)
{
	might_sleep();
	if (PageFlag(page, PG_writeback))
		exec_wait(written, page, &page->flags, HERE);
}

/* The page has a reference, which is dropped. */
static void write_cached_page(struct address_space *mapping, struct page *page)
{
	lock_page(page);
	if (READ_ONCE(page->mapping) == mapping) {
		/* What another one is writing may be older than what was there when we were called. */
		wait_on_page_writeback(page);
		if (PageFlag(page, PG_dirty) && clear_page_dirty_for_io(page)) {
			writepage(page);
			put_page(page);
			return;
		}
	}
	unlock_page(page);
	put_page(page);
}

/* What another one has cleaned and is writing now is not tagged any more, and is waited for all the same. */
void filemap_write_range(struct address_space *mapping, unsigned long first, unsigned long last)
{
	u32 tagged = READ_ONCE(mapping->dirty), present = READ_ONCE(mapping->present);

	if (!accounts_dirty(mapping))
		return;
	for (unsigned long i = first; i <= last && i < FILE_PAGES; i++) {
		struct page *page = (tagged | present) >> i & 1 ? find_get_page(mapping, i) : NULL;

		if (!page)
			continue;
		page = compound_head(page);
		if (tagged >> i & 1) {
			write_cached_page(mapping, page);
		} else {
			if (PageFlag(page, PG_writeback))
				wait_on_page_writeback(page);
			put_page(page);
		}
	}
}
