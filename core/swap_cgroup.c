/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which group a slot of swap is charged to: that of the page for which it was taken, from then until the slot is free, whoever has entries
 * for it, and whether the page is in the cache or not.
 */
#include "defects.h"
#include "internal.h"
#include "memcontrol.h"

static void count_swapped(struct mem_cgroup *memcg, long n)
{
	__atomic_fetch_add(&memcg->swap.counter, n, __ATOMIC_RELAXED);
}

/* The page's charge cannot move: whoever moves it locks the page. */
void mem_cgroup_try_charge_swap(struct page *page, swp_entry_t entry)
{
	struct mem_cgroup *memcg = READ_ONCE(page->mem_cgroup);

	lockdep_assert_held(&page->flags);
	if (!memcg)
		return;
	atomic_inc(&memcg->css);
	count_swapped(memcg, 1);
	spin_lock(&core()->swap_lock);
	core()->slot[entry].memcg = memcg;
	spin_unlock(&core()->swap_lock);
}

struct mem_cgroup *swap_cgroup_clear(swp_entry_t entry)
{
	struct mem_cgroup *memcg = core()->slot[entry].memcg;

	lockdep_assert_held(&core()->swap_lock.l);
	if (!defect(D_SWAP_CHARGE_LEFT))
		core()->slot[entry].memcg = NULL;
	return defect(D_SWAP_CHARGE_LEFT) ? NULL : memcg;
}

void mem_cgroup_uncharge_swap(struct mem_cgroup *memcg)
{
	if (!memcg)
		return;
	count_swapped(memcg, -1);
	mem_cgroup_put(memcg);
}

/* The references: the new one first, the old one when nobody can find it by the slot any more. */
void mem_cgroup_move_swap_account(swp_entry_t entry, struct mem_cgroup *from, struct mem_cgroup *to)
{
	struct swap_slot *slot = &core()->slot[entry];
	bool moved;

	atomic_inc(&to->css);
	spin_lock(&core()->swap_lock);
	moved = slot->memcg == from;
	if (moved)
		slot->memcg = to;
	spin_unlock(&core()->swap_lock);
	if (!moved) {
		mem_cgroup_put(to);
		return;
	}
	count_swapped(to, 1);
	mem_cgroup_uncharge_swap(from);
	event(SWAP_CHARGE_MOVED);
}
