/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of swapoff: what comes back, what an area that is off means, and what swapoff gives up while it waits.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#define FIRST 0
#define SECOND 1

/* A process with that many pages in swap; page i holds 100 + i. */
static struct mm_struct *swapped(unsigned pages, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, pages);
	for (unsigned i = 0; i < pages; i++)
		rig_write(mm, *addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	for (unsigned i = 0; i < pages; i++)
		rig_swap_out(mm, *addr + PAGE(i));
	return mm;
}

static void everything_comes_back(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = swapped(3, &addr), *child = rig_fork(mm);

	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(swapoff(FIRST), 0);
	want_int(r->nr[EV_SWAP_UNUSED], 5);
	want_int(r->nr[EV_SWAPPED_OFF], 1);
	want_int(core()->nr_free_slots, RIG_SLOTS - 1);
	want(rig_page(mm, addr) && rig_page(mm, addr) == rig_page(child, addr));
	want(!pte_has(rig_pte(mm, addr), PTE_WRITE) && !pte_has(rig_pte(mm, addr), PTE_ACCESSED));
	want(!rig_page(mm, addr + PAGE(1)));
	for (unsigned i = 0; i < 3; i++)
		want_int(rig_read(child, addr + PAGE(i)), 100 + i);
	want_counts();
	rig_write(mm, addr, 7);
	want_int(rig_read(child, addr), 100);
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

/* What may not be accessed comes back so, too. */
static void rights_are_those_of_the_area(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = swapped(1, &addr);

	(void)r;
	want_int(do_mprotect(mm, addr, PAGE(1), 0), 0);
	want_int(swapoff(FIRST), 0);
	want(rig_page(mm, addr) && pte_has(rig_pte(mm, addr), PTE_PROTNONE));
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
}

static void areas_in_turn(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = swapped(1, &addr);
	swp_entry_t entry;

	(void)r;
	want(swap_info_of(pte_swp(rig_pte(mm, addr))) == &core()->swap_info[FIRST]);
	want_int(swapon(FIRST), -EBUSY);
	want_int(swapoff(FIRST), 0);
	want_int(swapoff(FIRST), -EINVAL);
	entry = rig_swap_out(mm, addr);
	want(swap_info_of(entry) == &core()->swap_info[SECOND]);
	want_int(swapon(FIRST), 0);
	want_int(swapoff(SECOND), 0);
	entry = rig_swap_out(mm, addr);
	want(swap_info_of(entry) == &core()->swap_info[FIRST]);
	want_int(swapoff(FIRST), 0);
	/* Nowhere to go. */
	want_int(reclaim_page(rig_page(mm, addr)), RECLAIM_KEPT);
	want_int(rig_read(mm, addr), 100);
	want_int(swapon(FIRST), 0);
	want_int(swapon(SECOND), 0);
	mmput(mm);
	want_nothing_left();
}

/* What an entry that was read a long time ago leads to. */
static void slot_of_an_area_that_is_off(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = swapped(1, &addr);
	swp_entry_t entry = pte_swp(rig_pte(mm, addr));

	(void)r;
	want_int(swapoff(FIRST), 0);
	want(!lookup_swap_cache(entry));
	want(!read_swap_cache(entry));
	want_int(swapon(FIRST), 0);
	want(!read_swap_cache(entry));
	mmput(mm);
	want_nothing_left();
}

static void given_up_without_memory(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = swapped(2, &addr);

	rig_no_memory(2);
	want_int(swapoff(FIRST), -ENOMEM);
	rig_no_memory(0);
	want_int(r->nr[EV_SWAP_UNUSED], 1);
	want_int(r->nr[EV_SWAPPED_OFF], 0);
	want_counts();
	/* It is in use as before. */
	rig_swap_out(mm, addr);
	current->signal = 1;
	want_int(swapoff(FIRST), -EINTR);
	current->signal = 0;
	want_int(swapoff(FIRST), 0);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	mmput(mm);
}

/* Who has, or had, entries is on the list: parents before children, whoever came first behind who came last. */
static void who_is_on_the_list(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = swapped(1, &addr), *child = rig_fork(mm), *other = rig_mm();

	(void)r;
	want(core()->mmlist.next == &mm->mmlist && mm->mmlist.next == &child->mmlist);
	want(!other->on_mmlist);
	mmput(other);
	mmput(mm);
	want(core()->mmlist.next == &child->mmlist && list_is_singular(&core()->mmlist));
	want_int(swapoff(FIRST), 0);
	want_int(rig_read(child, addr), 100);
	mmput(child);
	want(list_empty(&core()->mmlist));
	want_nothing_left();
}

/* ---- two ---- */

static void swapoff_meets_a_writer(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = swapped(1, &addr);
	swp_entry_t entry = pte_swp(rig_pte(mm, addr));
	struct page *page;

	down_write(&mm->mmap_lock);
	r->arg = mm;
	rig_raise(r, 1);
	rig_until_other_waits(r);
	/* Swapoff has read the page, and holds it, but not its lock: that comes after the one that it waits for. */
	page = core()->slot[entry].page;
	want(page && trylock_page(page));
	unlock_page(page);
	want(flag_peek(page, PG_active));
	up_write(&mm->mmap_lock);
	rig_wait(r, 2);
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
}

static void swapoff_second_body(struct rig *r)
{
	rig_wait(r, 1);
	want_int(swapoff(FIRST), 0);
	rig_raise(r, 2);
}

static void page_lock_is_not_held_over_mmap_lock(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, swapoff_meets_a_writer, swapoff_second_body);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(everything_comes_back),
		RIG_TEST(rights_are_those_of_the_area),
		RIG_TEST(areas_in_turn),
		RIG_TEST(slot_of_an_area_that_is_off),
		RIG_TEST(given_up_without_memory),
		RIG_TEST(who_is_on_the_list),
		cmocka_unit_test(page_lock_is_not_held_over_mmap_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
