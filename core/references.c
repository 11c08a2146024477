/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages are in use: what reclaim makes of accessed bits, and what is told of uses that leave none. */
#include "references.h"

enum page_references page_check_references(struct page *page, const struct scan_control *sc)
{
	unsigned long vm_flags;
	int ptes = core()->rmap->referenced(page, true, sc->target_mem_cgroup, &vm_flags);
	bool before;

	/* A file's huge page is unmapped by a split, which comes first, whoever has it locked. */
	if (vm_flags & VM_LOCKED && huge_of_file(page))
		return PAGEREF_KEEP;
	/* One that is mlocked goes to where unmapping finds that out. */
	if (sc->ignore_references || vm_flags & VM_LOCKED)
		return PAGEREF_RECLAIM;
	before = TestClearPageFlag(page, PG_referenced);
	if (ptes) {
		/* Anonymous memory is somebody's working set at once. */
		if (PageFlag(page, PG_swapbacked))
			return PAGEREF_ACTIVATE;
		SetPageFlag(page, PG_referenced);
		/* A file's page was mapped because it was used: once is no more than that. Code is dear to keep running. */
		if (before || ptes > 1 || vm_flags & VM_EXEC)
			return PAGEREF_ACTIVATE;
		return PAGEREF_KEEP;
	}
	/* Used by a call only, a while ago: not worth a write. */
	return before && !PageFlag(page, PG_swapbacked) ? PAGEREF_RECLAIM_CLEAN : PAGEREF_RECLAIM;
}

bool shrink_active_page(struct page *page, const struct scan_control *sc)
{
	unsigned long vm_flags;

	if (core()->rmap->referenced(page, false, sc->target_mem_cgroup, &vm_flags) && vm_flags & VM_EXEC &&
	    !PageFlag(page, PG_swapbacked))
		return true;
	ClearPageFlag(page, PG_active);
	return false;
}

static void activate_page(struct page *page)
{
	spin_lock(&core()->lru_lock);
	/* Who has isolated it looks at its uses himself, and puts it back as he finds right. */
	if (PageFlag(page, PG_lru) && !PageFlag(page, PG_active)) {
		list_del(&page->lru);
		list_add(&page->lru, &core()->lru);
		SetPageFlag(page, PG_active);
	}
	spin_unlock(&core()->lru_lock);
}

void mark_page_accessed(struct page *page)
{
	if (!page_flag_rare(page, PG_referenced)) {
		SetPageFlag(page, PG_referenced);
	} else if (!page_flag_rare(page, PG_active)) {
		activate_page(page);
		ClearPageFlag(page, PG_referenced);
	}
	clear_page_idle(page);
}
