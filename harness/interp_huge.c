/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario does to huge pages, and looking at pages that may be part of one; see interp.c. */
#include "interp.h"

struct page *page_of_huge(struct mm_struct *mm, unsigned long addr)
{
	pmd_t pmd = pmdp_get(pmd_offset(mm, addr));

	return pmd_trans_huge(pmd) ? pmd_page(pmd) + ((addr - huge_start(addr)) >> PAGE_SHIFT) : NULL;
}

struct page *get_whole_page(struct page *page)
{
	struct page *head = compound_head(page);

	if (!get_page_unless_zero(head))
		return NULL;
	if (compound_head(page) == head)
		return head;
	put_page(head);			/* it was part of another one until just now */
	return NULL;
}

void do_split(struct context *c, struct page *page)
{
	struct page *head;

	came(c, SCN_AGAIN);
	lru_add_drain_all();		/* whoever caches it holds it */
	head = get_whole_page(page);
	if (!head)
		return;
	if (!PageHead(head)) {
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

/* As a thread of the kernel that has found the process on its list. */
void op_collapse(struct context *c)
{
	static const enum scn_result result[] = {
		[COLLAPSED] = SCN_OK, [COLLAPSE_AGAIN] = SCN_AGAIN, [COLLAPSE_ENOMEM] = SCN_ENOMEM,
	};
	struct mm_struct *mm = mm_use(c->w, c->s->name);
	struct range r;

	came(c, SCN_GONE);
	if (!mm)
		return;
	if (range_of(c, &r))
		came(c, result[collapse_huge_page(mm, r.start)]);
	mm_done(c->w, c->s->name, mm);
}
