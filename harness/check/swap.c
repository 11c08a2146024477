/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O8 and O3, swap, at quiescence: who has swap entries can be found by swapoff, an area that is off is empty, and no slot is lost.
 *
 * That each slot counts its entries is for the oracle of counts.
 */
#include "check/check.h"
#include "swap.h"

static void check_entry(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	(void)arg;
	if (!pte_swap(pte))
		return;
	check_that(mm->on_mmlist, ORACLE_STRUCTURE, "swap-entry-off-mmlist",
		   "mm#%u has an entry for slot %lu at %#lx, and is not on the list that swapoff searches", mm->id, pte_swp(pte), addr);
	check_that(swap_info_of(pte_swp(pte))->map, ORACLE_STRUCTURE, "swap-entry-of-area-off",
		   "mm#%u has an entry for slot %lu at %#lx, and its area is off", mm->id, pte_swp(pte), addr);
}

static void check_area(const struct swap_info *si)
{
	const struct core *c = core();
	u32 used = 0;

	for (u32 i = si->first; i < si->first + si->slots; i++)
		used += c->slot[i].count || c->slot[i].cached;
	check_that(!used || si->map, ORACLE_STRUCTURE, "swap-slot-of-area-off", "the area of slots %u.. is off, and %u of them are in use",
		   si->first, used);
	check_that(used + si->nr_free == si->slots, ORACLE_COUNTS, "swap-slots",
		   "of the %u slots %u.. there are %u in use and %u free", si->slots, si->first, used, si->nr_free);
}

void check_swap(void)
{
	if (machine->oracles & 1u << ORACLE_STRUCTURE)
		for_each_pte(check_entry, NULL);
	for (unsigned i = 0; i < NR_SWAP_AREAS; i++)
		check_area(&core()->swap_info[i]);
}
