/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what unmapping a page makes of PG_swapbacked and PG_swapcache: both, or neither.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

/* A process with one page, which is off the LRU and locked. */
static struct page *isolated(struct mm_struct **mm)
{
	struct page *page;
	unsigned long addr;

	*mm = rig_mm();
	addr = rig_mmap(*mm, 1);
	rig_write(*mm, addr, 1);
	lru_add_drain_all();
	page = rig_page(*mm, addr);
	want(isolate_lru_page(page));
	lock_page(page);
	return page;
}

static void let_go(struct mm_struct *mm, struct page *page)
{
	unlock_page(page);
	putback_lru_page(page);
	mmput(mm);
}

static void needed_and_in_the_cache(struct rig *r)
{
	struct mm_struct *mm;
	struct page *page = isolated(&mm);

	(void)r;
	want(add_to_swap(page));
	want(core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS) == SWAP_SUCCESS);
	want_int(swap_count(page->private), 1);
	let_go(mm, page);
}

static void neither(struct rig *r)
{
	struct mm_struct *mm;
	struct page *page = isolated(&mm);

	(void)r;
	ClearPageFlag(page, PG_swapbacked);
	/* Its entry is dirty: it is needed after all. */
	want(core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS) == SWAP_FAIL);
	want(PageFlag(page, PG_swapbacked) && page_mapped(page));
	want_int(r->nr[EV_LAZY_KEPT], 1);
	let_go(mm, page);
}

static void needed_without_a_slot(struct rig *r)
{
	struct mm_struct *mm;
	struct page *page = isolated(&mm);

	(void)r;
	core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS);
	let_go(mm, page);
}

static void not_needed_with_a_slot(struct rig *r)
{
	struct mm_struct *mm;
	struct page *page = isolated(&mm);

	(void)r;
	want(add_to_swap(page));
	ClearPageFlag(page, PG_swapbacked);
	core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS);
	let_go(mm, page);
}

static void test_senseless(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_to_violation(&r, needed_without_a_slot, ORACLE_STRUCTURE, "swap-backed-not-cached");
	rig_end(&r);
	rig_begin(&r);
	rig_run_to_violation(&r, not_needed_with_a_slot, ORACLE_STRUCTURE, "swap-backed-not-cached");
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(needed_and_in_the_cache),
		RIG_TEST(neither),
		cmocka_unit_test(test_senseless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
