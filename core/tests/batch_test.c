/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of flushes that reclaim puts off: when, until when, and who does them instead.
 *
 * Concurrency: programs run on CPU 1, reclaim on CPU 0.
 */
#include "rig.h"

static bool translates(unsigned cpu, const struct mm_struct *mm, unsigned long addr)
{
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (core()->cpu[cpu].tlb.entry[i].mm == mm && core()->cpu[cpu].tlb.entry[i].addr == addr)
			return true;
	return false;
}

/* Pages that were read in from swap, clean, by a program on CPU 1. */
static unsigned long clean_pages(struct mm_struct *mm, unsigned pages)
{
	unsigned long addr = rig_mmap(mm, pages);

	rig_on_cpu(1);
	for (unsigned i = 0; i < pages; i++) {
		rig_write(mm, addr + PAGE(i), 100 + i);
		rig_swap_out(mm, addr + PAGE(i));
		rig_read(mm, addr + PAGE(i));
	}
	lru_add_drain_all();
	rig_on_cpu(0);
	return addr;
}

/* As reclaim does with the first of several pages. */
static void unmap_batched(struct mm_struct *mm, unsigned long addr)
{
	struct page *page = rig_page(mm, addr);

	want(isolate_lru_page(page) && trylock_page(page));
	want(flag_peek(page, PG_swapcache) || add_to_swap(page));
	want(core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS | TTU_BATCH_FLUSH) == SWAP_SUCCESS);
	unlock_page(page);
	putback_lru_page(page);
	want(pte_swap(rig_pte(mm, addr)));
}

static void put_off_and_done(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = clean_pages(mm, 2);

	unmap_batched(mm, addr);
	want_int(r->nr[EV_FLUSH_DEFERRED], 1);
	want(translates(1, mm, addr) && tlb_flush_put_off(1));
	try_to_unmap_flush_dirty();	/* nobody can write */
	want(translates(1, mm, addr));
	unmap_batched(mm, addr + PAGE(1));
	try_to_unmap_flush();
	want(!translates(1, mm, addr) && !translates(1, mm, addr + PAGE(1)) && !tlb_flush_put_off(1));
	want_int(r->nr[EV_BATCH_FLUSHED], 1);
	try_to_unmap_flush();
	want_int(r->nr[EV_BATCH_FLUSHED], 1);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void dirty_ones_do_not_wait_for_io(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = clean_pages(mm, 1);

	rig_on_cpu(1);
	rig_write(mm, addr, 7);
	rig_on_cpu(0);
	unmap_batched(mm, addr);
	want(translates(1, mm, addr));
	try_to_unmap_flush_dirty();
	want(!translates(1, mm, addr));
	want_int(r->nr[EV_BATCH_FLUSHED], 1);
	want_int(rig_read(mm, addr), 7);
	mmput(mm);
	want_nothing_left();
}

static void own_cpu_is_flushed_at_once(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);

	rig_write(mm, addr, 7);
	lru_add_drain_all();
	want_int(shrink_lru(2), 1);
	want_int(r->nr[EV_FLUSH_DEFERRED], 0);
	want(!translates(0, mm, addr));
	want_int(rig_read(mm, addr), 7);
	mmput(mm);
	want_nothing_left();
}

static void freed_after_the_flush_of_all(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = clean_pages(mm, 3);

	want_int(shrink_lru(3), 3);
	want_int(r->nr[EV_FLUSH_DEFERRED], 3);
	want_int(r->nr[EV_BATCH_FLUSHED], 1);
	for (unsigned i = 0; i < 3; i++)
		want(!translates(1, mm, addr + PAGE(i)));
	want_counts();
	for (unsigned i = 0; i < 3; i++)
		want_int(rig_read(mm, addr + PAGE(i)), 100 + i);
	mmput(mm);
	want_nothing_left();
}

/* ---- whoever finds the entry empty ---- */

static void protects(struct mm_struct *mm, unsigned long addr)
{
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
}

static void unmaps(struct mm_struct *mm, unsigned long addr)
{
	want_int(do_munmap(mm, addr, PAGE(1)), 0);
}

static void moves(struct mm_struct *mm, unsigned long addr)
{
	want(do_mremap(mm, addr, PAGE(1), PAGE(2)) > 0);
}

static void drops(struct mm_struct *mm, unsigned long addr)
{
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_DONTNEED), 0);
}

static void gives_up(struct mm_struct *mm, unsigned long addr)
{
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_FREE), 0);
}

static void (*const finder[])(struct mm_struct *mm, unsigned long addr) = { protects, unmaps, moves, drops, gives_up };

/* Is the translation of the first page gone when the call returns? The second page keeps the table in use. */
static bool left_by(void (*call)(struct mm_struct *mm, unsigned long addr))
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = clean_pages(mm, 2);
	bool left;

	unmap_batched(mm, addr);
	want(translates(1, mm, addr));
	call(mm, addr);
	left = translates(1, mm, addr);
	try_to_unmap_flush();
	want(!translates(1, mm, addr));
	mmput(mm);
	want_nothing_left();
	return left;
}

static void who_finds_it_empty_flushes(struct rig *r)
{
	(void)r;
	for (unsigned i = 0; i < ARRAY_SIZE(finder); i++)
		want(!left_by(finder[i]));
}

static void who_finds_it_empty_does_not_flush(struct rig *r)
{
	(void)r;
	for (unsigned i = 0; i < ARRAY_SIZE(finder); i++)
		want(left_by(finder[i]));
}

static void with_the_defect_nobody_does(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	defect_switch_on(D_Z16);
	rig_run(&r, who_finds_it_empty_does_not_flush);
	rig_end(&r);
}

/* ---- put off while another task does what is owed ---- */

static struct mm_struct *shared_mm;
static unsigned long shared_addr;

static void puts_off_meanwhile(struct rig *r)
{
	shared_mm = rig_mm();
	shared_addr = clean_pages(shared_mm, 8);
	unmap_batched(shared_mm, shared_addr);
	rig_hold(r, "flush_tlb_range", OP_TLB_FLUSH, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	/* In another table, whose lock is free. Its flush is not part of what was begun before. */
	unmap_batched(shared_mm, shared_addr + PAGE(7));
	rig_let_go(r);
	rig_raise(r, 2);
	rig_wait(r, 3);
	want(atomic_peek(&shared_mm->tlb_flush_done) != atomic_peek(&shared_mm->tlb_flush_batched));
	rig_on_cpu(1);
	rig_read(shared_mm, shared_addr + PAGE(7));
	rig_on_cpu(0);
	flush_tlb_batched_pending(shared_mm);
	want(!translates(1, shared_mm, shared_addr + PAGE(7)));
	try_to_unmap_flush();
	mmput(shared_mm);
	want_nothing_left();
}

static void does_what_is_owed(struct rig *r)
{
	rig_wait(r, 1);
	want_int(do_madvise(shared_mm, shared_addr, PAGE(1), MADVISE_FREE), 0);
	rig_raise(r, 3);
}

static void what_comes_during_a_flush_stays_owed(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, puts_off_meanwhile, does_what_is_owed);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(put_off_and_done),
		RIG_TEST(dirty_ones_do_not_wait_for_io),
		RIG_TEST(own_cpu_is_flushed_at_once),
		RIG_TEST(freed_after_the_flush_of_all),
		RIG_TEST(who_finds_it_empty_flushes),
		cmocka_unit_test(with_the_defect_nobody_does),
		cmocka_unit_test(what_comes_during_a_flush_stays_owed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
