/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of pages that are pinned: whose they are, what the ways to pin need and refuse, and who waits
 * for whom.
 *
 * Concurrency: one thread; at the end two on two CPUs.
 */
#include "gup.h"
#include "rig.h"

static bool always(const void *arg)
{
	(void)arg;
	return true;
}

static unsigned long written(struct mm_struct *mm, u64 value)
{
	unsigned long addr = rig_mmap(mm, 1);

	rig_write(mm, addr, value);
	lru_add_drain_all();
	return addr;
}

static struct page *pinned(struct mm_struct *mm, unsigned long addr, unsigned flags)
{
	struct page *page;

	want_int(get_user_page(mm, addr, flags, &page), 0);
	want_int(core()->page_pins[page_to_pfn(page)], 1);
	return page;
}

static void dma(struct page *page, u64 value)
{
	device_access(page, true, &value, always, NULL);
}

static u64 peek(struct page *page)
{
	u64 value;

	device_access(page, false, &value, always, NULL);
	return value;
}

static void both_ways_find_the_same(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = written(mm, 7);
	struct page *slow = pinned(mm, addr, FOLL_WRITE), *fast;

	(void)r;
	put_user_page(slow, true);
	fast = pinned(mm, addr, FOLL_WRITE | FOLL_FAST);
	want(slow == fast && slow == rig_page(mm, addr));
	want_int(peek(fast), 7);
	dma(fast, 8);
	put_user_page(fast, true);
	want_int(rig_read(mm, addr), 8);
	want(flag_peek(rig_page(mm, addr), PG_dirty));
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void faulted_in(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);
	struct page *page;

	(void)r;
	page = pinned(mm, addr, FOLL_WRITE | FOLL_FAST);
	want(page == rig_page(mm, addr));
	dma(page, 9);
	put_user_page(page, true);
	lru_add_drain_all();
	rig_swap_out(mm, addr);
	page = pinned(mm, addr, FOLL_FAST);
	want_int(peek(page), 9);
	put_user_page(page, false);
	/* Who reads where nothing is gets a page of his own, not the zero page. */
	page = pinned(mm, addr + PAGE(1), 0);
	want(page_to_pfn(page) != ZERO_PFN);
	put_user_page(page, false);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void refused(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = written(mm, 7);
	struct page *page;

	(void)r;
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want_int(get_user_page(mm, addr, FOLL_WRITE, &page), -EFAULT);
	want_int(get_user_page(mm, addr, FOLL_WRITE | FOLL_FAST, &page), -EFAULT);
	want_int(do_mprotect(mm, addr, PAGE(1), 0), 0);
	want_int(get_user_page(mm, addr, 0, &page), -EFAULT);
	want_int(get_user_page(mm, addr + PAGE(1), 0, &page), -EFAULT);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void by_force_into_a_copy(struct rig *r)
{
	struct file *file = file_create(1);
	struct mm_struct *mm = rig_mm();
	struct page *page;
	u64 word;
	long addr;

	(void)r;
	want_int(file_write(file, 0, 1), 0);
	addr = do_mmap_file(mm, file, 0, 1, false);
	want(addr > 0);
	want_int(do_mprotect(mm, (unsigned long)addr, PAGE(1), VM_READ), 0);
	want_int(rig_read(mm, (unsigned long)addr), 1);
	page = pinned(mm, (unsigned long)addr, FOLL_WRITE | FOLL_FORCE);
	want(PageAnon(page));
	want(!pte_has(rig_pte(mm, (unsigned long)addr), PTE_WRITE));
	dma(page, 5);
	put_user_page(page, true);
	want_int(rig_read(mm, (unsigned long)addr), 5);
	want_int(file_read(file, 0, &word), 0);
	want_int(word, 1);
	mmput(mm);
	/* Not into a shared mapping: there is no copy. */
	mm = rig_mm();
	addr = do_mmap_file(mm, file, 0, 1, true);
	want(addr > 0);
	want_int(do_mprotect(mm, (unsigned long)addr, PAGE(1), VM_READ), 0);
	want_int(get_user_page(mm, (unsigned long)addr, FOLL_WRITE | FOLL_FORCE, &page), -EFAULT);
	mmput(mm);
	fput(file);
}

static void who_shares_gets_a_copy(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = written(mm, 7);
	struct page *page;

	(void)r;
	child = rig_fork(mm);
	page = pinned(child, addr, FOLL_FAST);
	want(page != rig_page(mm, addr));
	want_int(do_munmap(child, addr, PAGE(1)), 0);
	rig_write(mm, addr, 8);
	want_int(peek(page), 7);
	put_user_page(page, false);
	mmput(child);
	mmput(mm);
	lru_add_drain_all();
	want_nothing_left();
}

static void pin_outlives_the_process(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = written(mm, 7);
	struct page *page = pinned(mm, addr, FOLL_WRITE);

	mmput(mm);
	want_int(r->nr[EV_PAGE_FREE], 0);
	dma(page, 8);
	want_int(peek(page), 8);
	put_user_page(page, true);
	want_int(r->nr[EV_PAGE_FREE], 1);
	want_nothing_left();
}

static void freed_while_pinned(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = pinned(mm, written(mm, 7), 0);

	(void)r;
	put_page(page);
	mmput(mm);
}

static void freeing_a_pinned_page_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_to_violation(&r, freed_while_pinned, ORACLE_FREE_MAPPED, "page-freed-while-pinned");
	rig_end(&r);
}

static void given_up_and_pinned(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = written(mm, 7);
	struct page *page;

	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_FREE), 0);
	page = pinned(mm, addr, FOLL_WRITE | FOLL_FAST);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want(pte_present(rig_pte(mm, addr)));
	want_int(r->nr[EV_LAZY_KEPT], 1);
	dma(page, 8);
	put_user_page(page, true);
	want_int(rig_read(mm, addr), 8);
	mmput(mm);
	want_nothing_left();
}

/* Swap does not take a page away from its device. */
static void unmapped_and_pinned(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = written(mm, 7);
	struct page *page = pinned(mm, addr, FOLL_WRITE);

	(void)r;
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want(pte_swap(rig_pte(mm, addr)));
	dma(page, 8);
	want_int(rig_read(mm, addr), 8);
	want(rig_page(mm, addr) == page);
	put_user_page(page, true);
	mmput(mm);
	lru_add_drain_all();
	want_nothing_left();
}

/* ---- the table that somebody looks at ---- */

static struct mm_struct *looked_mm;
static unsigned long looked_addr;

static void unmaps_under_the_look(struct rig *r)
{
	looked_mm = rig_mm();
	looked_addr = written(looked_mm, 7);
	rig_hold(r, "try_pin", OP_LOAD, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	/* The other one goes on when we have to wait. */
	want_int(do_munmap(looked_mm, looked_addr, PAGE(1)), 0);
	rig_let_go(r);
	rig_wait(r, 2);
	mmput(looked_mm);
}

static void looks(struct rig *r)
{
	struct page *page;

	rig_wait(r, 1);
	get_user_page(looked_mm, looked_addr, FOLL_FAST, &page);
	if (page)
		put_user_page(page, false);
	rig_raise(r, 2);
}

static void who_frees_a_table_waits(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, unmaps_under_the_look, looks);
	rig_end(&r);
}

static void does_not_wait_with_the_defect(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	defect_switch_on(D_GUP_IRQS);
	rig_run_two_to_violation(&r, unmaps_under_the_look, looks, ORACLE_LIFETIME, "use-after-free:pgtable:try_pin");
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(both_ways_find_the_same),
		RIG_TEST(faulted_in),
		RIG_TEST(refused),
		RIG_TEST(by_force_into_a_copy),
		RIG_TEST(who_shares_gets_a_copy),
		RIG_TEST(pin_outlives_the_process),
		cmocka_unit_test(freeing_a_pinned_page_is_told),
		RIG_TEST(given_up_and_pinned),
		RIG_TEST(unmapped_and_pinned),
		cmocka_unit_test(who_frees_a_table_waits),
		cmocka_unit_test(does_not_wait_with_the_defect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
