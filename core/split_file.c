/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file's huge page becomes as many small ones, in the places of the cache that it had.
 *
 * No migration entries are needed: its entries go, and faults wait for the lock of the page that they find in the cache. What keeps
 * look-ups away while references are counted, and tails become pages, is i_pages for those who take it, and the frozen count for all
 * others.
 */
#include "defects.h"
#include "file.h"
#include "internal.h"
#include "memcontrol.h"

#define CACHE_REFS ((int)HPAGE_PMD_NR)		/* the cache's, one for each page */

/* lru and i_pages held, count frozen: what lies beyond the end of the file leaves its cache. Returns how many references remain. */
static int leave_cache(struct address_space *mapping, struct page *tail, unsigned long end)
{
	if (tail->index < end)
		return 2;
	if (TestClearPageFlag(tail, PG_dirty) && accounts_dirty(mapping))
		mod_lruvec_page_state(tail, NR_FILE_DIRTY, -1);
	page_cache_clear(mapping, tail);
	return 1;
}

/* Nobody maps it: does nobody but the cache and the caller hold it? Then its pages are on their own. end: of the file. */
static bool split_frozen(struct address_space *mapping, struct page *head, unsigned long end)
{
	struct core *c = core();
	bool frozen;

	spin_lock(&c->lru_lock);
	spin_lock(&mapping->i_pages);
	frozen = !page_mapped(head) && atomic_cmpxchg(&head->_refcount, 1 + CACHE_REFS, 0) == 1 + CACHE_REFS;
	if (frozen) {
		if (!defect(D_MEMCG_SPLIT))
			mem_cgroup_split_huge_fixup(head);
		ClearPageFlag(head, PG_double_map);
		for (unsigned i = HPAGE_PMD_NR - 1; i > 0; i--) {
			split_make_page(head, head + i);
			atomic_set(&head[i]._refcount, leave_cache(mapping, head + i, end));
		}
		clear_compound_head(head);
		atomic_set(&head->_refcount, 2);
	}
	spin_unlock(&mapping->i_pages);
	spin_unlock(&c->lru_lock);
	return frozen;
}

bool split_file_page(struct page *head)
{
	struct address_space *mapping = READ_ONCE(head->mapping);
	bool split = false;
	WINDOW(SPLIT_PAGE);

	/* Truncated; or on its way to the store, as a whole. */
	if (!mapping || PageFlag(head, PG_writeback))
		return false;
	i_mmap_lock_read(mapping);
	if (can_split_huge_page(head, CACHE_REFS)) {
		/* Before the locks that spin. It can only become less, and who makes it so has to lock this page. */
		unsigned long end = i_size_read(mapping->host);

		core()->rmap->huge_unmap_file(head);
		split = split_frozen(mapping, head, end);
	}
	i_mmap_unlock_read(mapping);
	if (split)
		event(HUGE_PAGE_SPLIT, .pfn = page_to_pfn(head), .obj = head);
	return split;
}
