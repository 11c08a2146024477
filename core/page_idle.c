/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracking of idle pages: a program says of frames that they are idle, and asks later which of them still are.
 *
 * It comes to a page by its number, with nothing held, and has to look at what the page is.
 */
#include "references.h"

/* Only pages on the LRU: others may be anything. Looked at again with a reference, without which it may have become another one. */
static struct page *page_idle_get_page(struct page *page)
{
	if (!PageFlag(page, PG_lru) || !get_page_unless_zero(page))
		return NULL;
	if (PageFlag(page, PG_lru))
		return page;
	put_page(page);
	return NULL;
}

bool page_idle_set(struct page *page)
{
	if (!page_idle_get_page(page))
		return false;
	core()->rmap->clear_refs(page);
	SetPageFlag(page, PG_idle);
	put_page(page);
	return true;
}

int page_idle_test(struct page *page)
{
	bool idle;

	if (!page_idle_get_page(page))
		return -EAGAIN;
	idle = PageFlag(page, PG_idle);
	if (idle) {
		/* Used through an entry, it is not told so by itself: that is seen here. */
		core()->rmap->clear_refs(page);
		idle = PageFlag(page, PG_idle);
	}
	put_page(page);
	return idle;
}
