/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O4, pages that have failed: when memory failure has said that nobody can reach one, nobody does.
 *
 * That such a frame is not handed out again, the allocator looks at itself.
 */
#include "check/check.h"
#include "memory_failure.h"

void check_poison_access(const struct event *e)
{
	check_that(!poison_contained(e->pfn), ORACLE_FREE_MAPPED, "poisoned-page-used",
		   "mm#%u: address %#lx leads to page%lu, which has failed and was taken away", e->mm->id, e->addr, e->pfn);
}

/* A huge entry stands for all frames of what was a page of hugetlb. Most of them may be good, and somebody's, by now. */
static bool has_failed(pte_t pte)
{
	unsigned long pfn = pte_pfn(pte), nr = 1;

	if (pte_has(pte, PTE_HUGE)) {
		pfn -= pfn % HPAGE_PMD_NR;
		nr = HPAGE_PMD_NR;
	}
	while (nr && !flag_peek(pfn_to_page(pfn), PG_hwpoison)) {
		pfn++;
		nr--;
	}
	return nr;
}

static void check_entry(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	(void)arg;
	check_that(!pte_page(pte) || !poison_contained(pte_pfn(pte)), ORACLE_FREE_MAPPED, "poisoned-page-mapped",
		   "mm#%u maps page%lu at %#lx, which has failed and was taken away", mm->id, pte_pfn(pte), addr);
	check_that(!pte_hwpoison(pte) || has_failed(pte), ORACLE_STRUCTURE, "poison-entry-of-good-page",
		   "mm#%u has a poison entry for page%lu at %#lx, which has not failed", mm->id, pte_pfn(pte), addr);
}

void check_poison(void)
{
	for_each_pte(check_entry, NULL);
	for (u32 i = 1; i < core()->nr_pages; i++) {
		const struct page *page = pfn_to_page(i);

		check_that(!core()->page_live[i] || !poison_contained(i) || !flag_peek(page, PG_lru), ORACLE_FREE_MAPPED,
			   "poisoned-page-on-lru", "page%u has failed and was taken away, and reclaim can find it", i);
	}
}
