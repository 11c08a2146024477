/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O7: when everybody has gone, nothing may be left. What KSM would find out only when it comes by next, slots of address spaces that
 * are gone and nodes whose pages are, has been taken away before that by what takes back all that was merged: see ksm_settle().
 */
#include <stdio.h>

#include "check/check.h"
#include "hugetlb.h"

static void check_cache(const struct kmem_cache *c)
{
	char key[64];

	if (!c->live)
		return;
	snprintf(key, sizeof(key), "leak:%s", c->name);
	violation(ORACLE_LEAK, key, "everybody has exited, and %u objects of %s are left", c->live, c->name);
}

static void check_pool(const struct core *c)
{
	unsigned pages = 0;

	for (u32 i = 0; i < c->nr_pages; i += HPAGE_PMD_NR)
		pages += PageHuge(&c->mem_map[i]);
	check_that(c->hugetlb->nr_free == pages, ORACLE_LEAK, "leak:hugetlb",
		   "everybody has exited, and of %u huge pages %u are in the pool", pages, c->hugetlb->nr_free);
}

void check_leaks(void)
{
	const struct core *c = core();
	const struct kmem_cache *cache;

	if (!(machine->oracles & 1u << ORACLE_LEAK))
		return;
	list_for_each_entry(cache, &machine->slab.caches, caches)
		check_cache(cache);
	for (u32 i = 1; i < c->nr_pages; i++)
		check_that(!c->page_live[i], ORACLE_LEAK, "leak:page", "everybody has exited, and page%u is left (refcount %d)", i,
			   atomic_peek(&c->mem_map[i]._refcount));
	check_pool(c);
	check_that(c->nr_free_slots == c->nr_slots - 1, ORACLE_LEAK, "leak:swap",
		   "everybody has exited, and %u swap slots are left", c->nr_slots - 1 - c->nr_free_slots);
}
