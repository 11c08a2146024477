/* SPDX-License-Identifier: GPL-2.0-only */
/* From an entry to its table, which knows the mm and the address. */
#include "pte_chain.h"

struct pgtable *ptep_to_table(pte_t *ptep)
{
	const struct kmem_cache *cache;
	struct pgtable *pt = (struct pgtable *)slab_object(ptep, &cache);

	/* Chains that name entries which are none are what broken models leave behind. */
	check_that(pt && cache == core()->pgtable_cache, ORACLE_LIFETIME, "chain-to-no-table",
		   "a chain has an entry that is in no table of pages");
	if (!pt || cache != core()->pgtable_cache)
		return NULL;
	return check_live(pt);
}

unsigned long ptep_to_address(const struct pgtable *pt, const pte_t *ptep)
{
	return pt->start + ((unsigned long)(ptep - pt->pte) << PAGE_SHIFT);
}
