/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swap areas: which of them slots are taken from, and which are in use at all; and the list of address spaces that may have entries.
 *
 * Each area has its part of core->free_slots, with the last freed slot on top.
 */
#include "defects.h"
#include "internal.h"

void swap_areas_init(void)
{
	struct core *c = core();
	u32 second = (c->nr_slots - 1) / NR_SWAP_AREAS / 2, first = 1;

	/* The second one is smaller: it is for what comes when the first is full, or off. Slot 0 is nobody's. */
	for (unsigned i = 0; i < NR_SWAP_AREAS; i++) {
		struct swap_info *si = &c->swap_info[i];

		si->first = first;
		si->slots = i ? second : c->nr_slots - 1 - second;
		first += si->slots;
		while (si->nr_free < si->slots) {
			c->free_slots[si->first + si->nr_free] = first - 1 - si->nr_free;
			si->nr_free++;
		}
		si->writeok = 1;
		si->memory.max = si->slots;
		si->map = &si->memory;
	}
	c->nr_free_slots = c->nr_slots - 1;
}

struct swap_info *swap_info_of(swp_entry_t entry)
{
	struct swap_info *si = core()->swap_info;

	return entry < si[1].first ? &si[0] : &si[1];
}

swp_entry_t swap_area_get(void)
{
	struct core *c = core();

	for (struct swap_info *si = c->swap_info; si < c->swap_info + NR_SWAP_AREAS; si++) {
		if (!si->writeok || !si->nr_free)
			continue;
		c->nr_free_slots--;
		return c->free_slots[si->first + --si->nr_free];
	}
	return 0;
}

void swap_area_put(swp_entry_t entry)
{
	struct swap_info *si = swap_info_of(entry);
	struct core *c = core();

	c->free_slots[si->first + si->nr_free++] = (u32)entry;
	c->nr_free_slots++;
}

unsigned nr_swap_pages(void)
{
	const struct swap_info *si = core()->swap_info;
	unsigned n = 0;

	spin_lock(&core()->swap_lock);
	for (unsigned i = 0; i < NR_SWAP_AREAS; i++)
		n += si[i].writeok ? si[i].nr_free : 0;
	spin_unlock(&core()->swap_lock);
	return n;
}

int swapon(unsigned area)
{
	struct swap_info *si = &core()->swap_info[area];
	int err = -EBUSY;

	spin_lock(&core()->swap_lock);
	if (!si->map && !si->memory.max) {
		si->memory.max = si->slots;
		rcu_assign_pointer(si->map, &si->memory);
		si->writeok = 1;
		err = 0;
	}
	spin_unlock(&core()->swap_lock);
	return err;
}

/* ---- who may have swap entries ---- */

void mmlist_add(struct mm_struct *mm, struct mm_struct *from)
{
	struct core *c = core();

	/* No point: who has an entry already is on the list, and others wait for our pte lock to see the new one. */
	exec_touch(&mm->on_mmlist, TOUCH_READ);
	if (__atomic_load_n(&mm->on_mmlist, __ATOMIC_RELAXED))
		return;
	spin_lock(&c->mmlist_lock);
	if (!mm->on_mmlist) {
		/* Swapoff goes from the head to the end. Behind its parent a child is come to later than where its entries come from. */
		list_add(&mm->mmlist, from ? &from->mmlist : &c->mmlist);
		exec_touch(&mm->on_mmlist, TOUCH_WRITE);
		__atomic_store_n(&mm->on_mmlist, 1, __ATOMIC_RELAXED);
	}
	spin_unlock(&c->mmlist_lock);
}

void mmlist_del(struct mm_struct *mm)
{
	if (!mm->on_mmlist)
		return;
	spin_lock(&core()->mmlist_lock);
	list_del(&mm->mmlist);
	spin_unlock(&core()->mmlist_lock);
}
