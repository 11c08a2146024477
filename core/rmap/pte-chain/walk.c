/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks of a page's chain, PG_chainlock held. What is in the chain has a table, and that an mm, as long as the lock is held. */
#include "pte_chain.h"

/*
 * The lock of the entries is not held: whoever changes one at the moment takes the accessed bit away himself, or has nothing there. The
 * page's own PG_referenced is for who asks. The caller holds PG_chainlock.
 */
int page_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags)
{
	struct chain_cursor c;
	int referenced = 0;

	(void)is_locked;
	(void)memcg;
	*vm_flags = 0;			/* of VMAs nothing is known here */
	chain_foreach(&c, page)
		referenced += ptep_test_and_clear_young(c.ptep);
	return referenced;
}

/* False when visit says that it is enough. */
static bool visit_entry(struct page *page, pte_t *ptep, rmap_visit_t visit, void *arg)
{
	struct pgtable *pt = ptep_to_table(ptep);
	struct rmap_location at = { NULL, 0, ptep };

	if (!pt)
		return true;
	at.address = ptep_to_address(pt, ptep);
	event(WALK_VMA, .mm = pt->mm, .addr = at.address, .obj = page);
	return visit(page, &at, arg);
}

void chain_walk(struct page *page, rmap_visit_t visit, void *arg)
{
	struct chain_cursor c;

	pte_chain_lock(page);
	event(WALK_BEGIN, .obj = page);
	chain_foreach(&c, page)
		if (!visit_entry(page, c.ptep, visit, arg))
			break;
	pte_chain_unlock(page);
}

static bool find_one(struct page *page, const struct rmap_location *at, void *arg)
{
	unsigned *found = arg;

	++*found;
	event(FIND_HIT, .mm = ptep_to_table(at->pte)->mm, .addr = at->address, .obj = page);
	return true;
}

/* An entry that is empty for a moment, because its rights change or it is on its way, is in the chain all the time. */
unsigned find_mappings(struct page *page)
{
	struct chain_cursor c;
	unsigned found = 0;

	pte_chain_lock(page);
	event(FIND_BEGIN, .obj = page, .pfn = page_to_pfn(page));
	chain_foreach(&c, page)
		visit_entry(page, c.ptep, find_one, &found);
	event(FIND_END, .obj = page, .pfn = page_to_pfn(page));
	pte_chain_unlock(page);
	return found;
}
