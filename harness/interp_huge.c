/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario does to huge pages, and looking at pages that may be part of one; see interp.c. */
#include "interp.h"

struct page *page_of_huge(struct mm_struct *mm, unsigned long addr)
{
	struct mapping_entry e;
	struct page *page;
	pmd_t pmd;

	if (!pud_table_peek(mm, addr)) {
		pmd = pmdp_get(pgd_entry(mm, addr));
		return pmd_trans_huge(pmd) ? pmd_page_at(pmd, addr) : NULL;
	}
	/* In a table that others may take away: under its lock. */
	if (!follow_pte_pmd(mm, addr, &e))
		return NULL;
	page = pte_page(e.pte);
	spin_unlock(e.ptl);
	return page;
}

void do_split(struct context *c, struct page *page)
{
	struct page *head;

	came(c, SCN_AGAIN);
	lru_add_drain_all();		/* whoever caches it holds it */
	head = get_whole_page(page);
	if (!head)
		return;
	if (!PageHead(head) || PageHuge(head)) {
		came(c, SCN_NONE);
	} else {
		lock_page(head);
		/* Somebody else may have split it while we waited. */
		if (PageHead(head) && split_huge_page(head))
			came(c, SCN_OK);
		unlock_page(head);
	}
	put_page(head);
}

const enum scn_result collapse_came[] = {
	[COLLAPSED] = SCN_OK, [COLLAPSE_AGAIN] = SCN_AGAIN, [COLLAPSE_ENOMEM] = SCN_ENOMEM,
};

/* As a thread of the kernel that has found the process on its list. */
void op_collapse(struct context *c)
{
	struct mm_struct *mm = mm_use(c->w, c->s->name);
	struct range r;

	came(c, SCN_GONE);
	if (!mm)
		return;
	if (range_of(c, &r))
		came(c, collapse_came[collapse_huge_page(mm, r.start)]);
	mm_done(c->w, c->s->name, mm);
}
