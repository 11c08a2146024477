/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be true of files and their cached pages when nobody is in the middle of anything. Counts are in rmap.c. */
#include "check/check.h"

/* Present entries of one page, by tables or as part of a huge one, as far as they matter to its file. */
struct entries {
	unsigned long pfn;
	bool writable, dirty;
};

static void note_entry(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	struct entries *e = arg;

	(void)mm;
	(void)addr;
	if (!pte_page(pte) || pte_pfn(pte) != e->pfn)
		return;
	e->writable |= pte_has(pte, PTE_WRITE);
	e->dirty |= pte_has(pte, PTE_DIRTY);
}

/* Entries of tmpfs are not read-only until the page is dirty: that they were written to nobody knows before they go. */
static void check_clean(const struct inode *inode, unsigned i, unsigned long pfn, const struct entries *e)
{
	bool counted = accounts_dirty(&inode->i_data);

	check_that(!counted || (!e->writable && !e->dirty), ORACLE_CONTENT, "clean-page-writable",
		   "page%lu, page %u of inode#%u, is clean, and an entry is writable or dirty", pfn, i, slab_serial(inode));
	/* Who has it pinned says that it is dirty when he lets go of it. */
	check_that(e->dirty || core()->page_pins[pfn] || core()->data[pfn] == inode->store[i], ORACLE_CONTENT, "clean-page-differs",
		   "page%lu, page %u of inode#%u, is clean, and the store has something else", pfn, i, slab_serial(inode));
}

static void check_dirty(const struct inode *inode, unsigned i, const struct page *page)
{
	const struct page *head = compound_head(page);
	unsigned long pfn = page_to_pfn(page);
	struct entries e = { .pfn = pfn };

	if (!flag_peek(head, PG_dirty)) {
		for_each_pte(note_entry, &e);
		check_clean(inode, i, pfn, &e);
	} else {
		check_that(!accounts_dirty(&inode->i_data) || inode->i_data.dirty >> i & 1, ORACLE_STRUCTURE, "dirty-page-untagged",
			   "page%lu, page %u of inode#%u, is dirty, and write-back would not find it", pfn, i, slab_serial(inode));
	}
	check_that(!flag_peek(head, PG_writeback), ORACLE_STRUCTURE, "write-back-without-end",
		   "page%lu, page %u of inode#%u, is under write-back, and nobody writes", pfn, i, slab_serial(inode));
}

/*
 * A fault that was on its way when the file was cut may have left a page: clean, and for nobody to see. And of a huge page that somebody
 * held then a part lies there, which was cleared.
 */
static void check_beyond(const struct inode *inode, unsigned i, const struct page *page)
{
	const struct page *head = compound_head(page);
	bool straddles = page_index(head) < inode->i_size;

	check_that(!mapcount_peek(page) && (straddles || !flag_peek(head, PG_dirty)), ORACLE_STRUCTURE,
		   "page-beyond-end-in-use", "page%lu, page %u of inode#%u, lies beyond the end, and is mapped or dirty",
		   page_to_pfn(page), i, slab_serial(inode));
}

static void check_cached(const struct inode *inode, unsigned i, const struct page *page)
{
	unsigned long pfn = page_to_pfn(page);

	check_that(core()->page_live[pfn], ORACLE_FREE_MAPPED, "free-page-cached", "page%lu is free, and page %u of inode#%u", pfn, i,
		   slab_serial(inode));
	check_that(compound_head(page)->mapping == &inode->i_data && page_index(page) == i, ORACLE_STRUCTURE, "cached-page-mapping",
		   "page%lu is page %u of inode#%u, and does not know it", pfn, i, slab_serial(inode));
	if (PageHuge(page)) {
		check_that(i < inode->i_size || atomic_peek(&page->compound_mapcount) == -1, ORACLE_STRUCTURE, "page-beyond-end-in-use",
			   "page%lu, page %u of inode#%u, lies beyond the end, and is mapped", pfn, i, slab_serial(inode));
		return;
	}
	if (i < inode->i_size)
		check_dirty(inode, i, page);
	else
		check_beyond(inode, i, page);
}

static void check_inode(void *obj, void *arg)
{
	const struct inode *inode = obj;

	(void)arg;
	for (unsigned i = 0; i < FILE_PAGES; i++) {
		const struct page *page = inode->i_data.page[i];

		check_that(!page == !(inode->i_data.present >> i & 1), ORACLE_STRUCTURE, "page-cache-present",
			   "inode#%u: page %u is %s", slab_serial(inode), i, page ? "cached, and not marked" : "marked, and not cached");
		if (page)
			check_cached(inode, i, page);
	}
}

void check_files(void)
{
	if (machine->oracles & (1u << ORACLE_STRUCTURE | 1u << ORACLE_CONTENT))
		slab_for_each_live(core()->inode_cache, check_inode, NULL);
}
