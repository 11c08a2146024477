/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of madvise: what is thrown away is zero and free, what is given up goes only if nobody has
 * written to it, and who shares it keeps it.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static unsigned long three_pages(struct mm_struct *mm)
{
	unsigned long addr = rig_mmap(mm, 3);

	for (unsigned i = 0; i < 3; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	return addr;
}

static void dontneed_is_zero(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = three_pages(mm);

	rig_swap_out(mm, addr + PAGE(1));
	child = rig_fork(mm);
	want_int(do_madvise(mm, addr, PAGE(2), MADVISE_DONTNEED), 0);
	want_int(r->nr[EV_PTE_DROPPED], 2);
	want(pte_none(rig_pte(mm, addr)) && pte_none(rig_pte(mm, addr + PAGE(1))));
	want_counts();
	want_int(rig_read(mm, addr), 0);
	want_int(rig_read(mm, addr + PAGE(1)), 0);
	want_int(rig_read(mm, addr + PAGE(2)), 102);
	for (unsigned i = 0; i < 3; i++)
		want_int(rig_read(child, addr + PAGE(i)), 100 + i);
	rig_write(mm, addr, 7);
	want_int(rig_read(mm, addr), 7);
	want_counts();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void given_up_and_forgotten(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm);
	struct page *page = rig_page(mm, addr);

	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_FREE), 0);
	want(!flag_peek(page, PG_swapbacked) && !flag_peek(page, PG_dirty));
	want(!pte_has(rig_pte(mm, addr), PTE_DIRTY));
	want_int(rig_read(mm, addr), 100);
	want_int(reclaim_page(page), RECLAIM_FREED);
	want_int(r->nr[EV_LAZY_FREED], 1);
	want(pte_none(rig_pte(mm, addr)));
	want_int(rig_ledger().slots, 0);
	want_int(rig_read(mm, addr), 0);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void given_up_and_written_to(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm);
	struct page *page = rig_page(mm, addr);

	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_FREE), 0);
	rig_write(mm, addr, 7);		/* without a fault: the processor sets the dirty bit */
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want_int(r->nr[EV_LAZY_KEPT], 1);
	want(flag_peek(page, PG_swapbacked));
	want_int(rig_read(mm, addr), 7);
	rig_swap_out(mm, addr);		/* from now on like any other */
	want_int(rig_read(mm, addr), 7);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void who_shares_it_keeps_it(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = three_pages(mm);
	struct page *page = rig_page(mm, addr);

	child = rig_fork(mm);
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_FREE), 0);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want_int(r->nr[EV_LAZY_KEPT], 1);
	want_int(rig_read(child, addr), 100);
	want_counts();
	mmput(mm);
	want_int(rig_read(child, addr), 100);
	mmput(child);
	want_nothing_left();
}

/* A page that was read in from swap is clean in the child that shares it: PG_dirty speaks for it. */
static void shared_from_swap_is_not_given_up(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = three_pages(mm);

	(void)r;
	rig_swap_out(mm, addr);
	want_int(rig_read(mm, addr), 100);
	lru_add_drain_all();
	child = rig_fork(mm);
	want(!pte_has(rig_pte(child, addr), PTE_DIRTY));
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_FREE), 0);
	want(flag_peek(rig_page(child, addr), PG_swapbacked));
	reclaim_page(rig_page(child, addr));
	want_int(rig_read(child, addr), 100);
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void swapped_pages_are_given_up_at_once(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm);

	(void)r;
	rig_swap_out(mm, addr);
	want_int(do_madvise(mm, addr, PAGE(3), MADVISE_FREE), 0);
	want_int(rig_ledger().slots, 0);
	want_int(mm->swapents.counter, 0);
	want_int(rig_read(mm, addr), 0);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void holes_are_told_at_the_end(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm);

	(void)r;
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(do_madvise(mm, addr, PAGE(3), MADVISE_DONTNEED), -ENOMEM);
	want_int(rig_read(mm, addr), 0);
	want_int(rig_read(mm, addr + PAGE(2)), 0);
	want_int(do_madvise(mm, addr + PAGE(3), PAGE(1), MADVISE_FREE), -ENOMEM);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(dontneed_is_zero),
		RIG_TEST(given_up_and_forgotten),
		RIG_TEST(given_up_and_written_to),
		RIG_TEST(who_shares_it_keeps_it),
		RIG_TEST(shared_from_swap_is_not_given_up),
		RIG_TEST(swapped_pages_are_given_up_at_once),
		RIG_TEST(holes_are_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
