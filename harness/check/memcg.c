/* SPDX-License-Identifier: GPL-2.0-only */
/* O3, memory control groups: what each says that it has, against the pages that say that they are charged to it. */
#include <stdio.h>

#include "check/check.h"
#include "memcontrol.h"

/* What the pages of a group add up to. */
struct charged {
	long pages, slots;
	long stat[NR_NODE_STAT_ITEMS];
};

static void add_page(struct charged *sum, const struct page *page)
{
	long nr = compound_nr(page);

	sum->pages += nr;
	if (!of_file(page))
		return;
	for (unsigned i = 0; i < nr; i++)
		sum->stat[NR_FILE_MAPPED] += atomic_peek(&page[i]._mapcount) >= 0 || atomic_peek(&page->compound_mapcount) >= 0;
	sum->stat[NR_FILE_DIRTY] += accounts_dirty(page->mapping) && flag_peek(page, PG_dirty) ? nr : 0;
	sum->stat[NR_WRITEBACK] += flag_peek(page, PG_writeback) ? nr : 0;
}

static void check_memcg(void *obj, void *arg)
{
	const struct mem_cgroup *memcg = obj;
	struct charged sum = { .pages = 0 };
	char key[64];

	(void)arg;
	for (u32 pfn = 1; pfn < core()->nr_pages; pfn++)
		if (core()->page_live[pfn] && pfn_to_page(pfn)->mem_cgroup == memcg)
			add_page(&sum, pfn_to_page(pfn));
	check_that(memcg->memory.counter == sum.pages, ORACLE_COUNTS, "memcg-charge",
		   "%ld pages are charged to mem_cgroup#%u, which counts %ld",
		   sum.pages, slab_serial(memcg), memcg->memory.counter);
	for (u32 i = 1; i < core()->nr_slots; i++)
		sum.slots += core()->slot[i].memcg == memcg;
	check_that(memcg->swap.counter == sum.slots, ORACLE_COUNTS, "memcg-swap",
		   "%ld slots of swap are charged to mem_cgroup#%u, which counts %ld", sum.slots, slab_serial(memcg), memcg->swap.counter);
	for (unsigned i = 0; i < NR_NODE_STAT_ITEMS; i++) {
		if (memcg->stat[i].counter == sum.stat[i])
			continue;
		snprintf(key, sizeof(key), "memcg:%s", vmstat_info[i].name);
		violation(ORACLE_COUNTS, key, "%s: mem_cgroup#%u has %ld such pages, and counts %ld", vmstat_info[i].name,
			  slab_serial(memcg), sum.stat[i], memcg->stat[i].counter);
	}
}

static void check_charge(u32 pfn)
{
	const struct mem_cgroup *memcg = pfn_to_page(pfn)->mem_cgroup;

	check_that(!memcg || (core()->page_live[pfn] && slab_holds(core()->memcg_cache, memcg)), ORACLE_COUNTS, "charge-left",
		   "page%u is charged, but %s is gone", pfn, core()->page_live[pfn] ? "the group" : "the page");
}

void check_memcgs(void)
{
	if (!(machine->oracles & 1u << ORACLE_COUNTS))
		return;
	for (u32 pfn = 1; pfn < core()->nr_pages; pfn++)
		check_charge(pfn);
	for (u32 i = 1; i < core()->nr_slots; i++) {
		const struct swap_slot *slot = &core()->slot[i];

		check_that(!slot->memcg || slot->count || slot->cached, ORACLE_COUNTS, "swap-charge-left",
			   "slot %u is free, and charged to mem_cgroup#%u", i, slab_serial(slot->memcg));
	}
	slab_for_each_live(core()->memcg_cache, check_memcg, NULL);
}
