/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the LRU list with its per-CPU caches, and of what reclaim makes of a page in each state.
 *
 * Concurrency: one thread; what happens on another CPU is done by one task that changes its CPU.
 */
#include "rig.h"

static unsigned lru_length(void)
{
	const struct list_head *at;
	unsigned n = 0;

	for (at = core()->lru.next; at != &core()->lru; at = at->next)
		n++;
	return n;
}

static int refs(const struct page *page)
{
	return atomic_peek(&page->_refcount);
}

/*
 * A process with pages of anonymous memory, each written to; drained: they are on the LRU, the
 * first one is the oldest.
 */
static unsigned long populate(struct mm_struct *mm, unsigned pages, bool drained)
{
	unsigned long addr = rig_mmap(mm, pages);

	for (unsigned i = 0; i < pages; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	if (drained)
		lru_add_drain_all();
	return addr;
}

/* ---- the caches ---- */

static void cached_page_is_held_and_not_on_the_list(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = rig_page(mm, populate(mm, 1, false));

	(void)r;
	want_int(refs(page), 2);
	want(!flag_peek(page, PG_lru));
	want(!isolate_lru_page(page));
	want(!isolate_oldest());
	want_int(refs(page), 2);
	lru_add_drain();
	want_int(refs(page), 1);
	want(flag_peek(page, PG_lru));
	want_int(lru_length(), 1);
	lru_add_drain();
	want_int(lru_length(), 1);
	mmput(mm);
	want_nothing_left();
}

static void full_cache_drains_itself(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, PAGEVEC_SIZE, false);

	(void)r;
	want_int(lru_length(), 0);
	want_int(core()->cpu[0].nr_pagevec, PAGEVEC_SIZE);
	populate(mm, 1, false);
	want_int(lru_length(), PAGEVEC_SIZE);
	want_int(core()->cpu[0].nr_pagevec, 1);
	for (unsigned i = 0; i < PAGEVEC_SIZE; i++)
		want(flag_peek(rig_page(mm, addr + PAGE(i)), PG_lru));
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* A drain is of this CPU's cache, unless all are asked for. */
static void drain_is_of_one_cpu(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = rig_page(mm, populate(mm, 1, false)), *other;

	(void)r;
	rig_on_cpu(1);
	other = rig_page(mm, populate(mm, 1, false));
	lru_add_drain();
	want(!flag_peek(page, PG_lru));
	want(flag_peek(other, PG_lru));
	want_int(reclaim_page(page), RECLAIM_NOT_ISOLATED);
	lru_add_drain_all();
	want(flag_peek(page, PG_lru));
	want_int(lru_length(), 2);
	mmput(mm);
	want_nothing_left();
}

/* The process is gone, but the cache of another CPU holds the page: it is freed by the drain. */
static void cache_may_hold_the_last_reference(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = rig_page(mm, populate(mm, 1, false));

	rig_on_cpu(1);
	mmput(mm);
	want_int(r->nr[EV_PAGE_FREE], 0);
	want_int(refs(page), 1);
	want_int(core()->page_live[page_to_pfn(page)], 1);
	lru_add_drain_all();
	want_int(r->nr[EV_PAGE_FREE], 1);
	want_int(lru_length(), 0);
	want_nothing_left();
}

/* ---- isolation ---- */

static void isolate_and_put_back(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = rig_page(mm, populate(mm, 1, true));

	(void)r;
	want(isolate_lru_page(page));
	want_int(refs(page), 2);
	want(!flag_peek(page, PG_lru));
	want_int(lru_length(), 0);
	want(!isolate_lru_page(page));
	want_int(refs(page), 2);
	putback_lru_page(page);
	want_int(refs(page), 1);
	want(flag_peek(page, PG_lru));
	want_int(lru_length(), 1);
	mmput(mm);
	want_nothing_left();
}

static void oldest_comes_first(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 3, true);
	struct page *page[3];

	(void)r;
	for (unsigned i = 0; i < 3; i++)
		page[i] = rig_page(mm, addr + PAGE(i));
	want(isolate_oldest() == page[0]);
	putback_lru_page(page[0]);	/* the youngest now */
	want(isolate_oldest() == page[1]);
	want(isolate_oldest() == page[2]);
	want(isolate_oldest() == page[0]);
	want(!isolate_oldest());
	for (unsigned i = 0; i < 3; i++)
		putback_lru_page(page[i]);
	mmput(mm);
	want_nothing_left();
}

/* A page whose last reference is going stays where it is: who frees it takes it off the list. */
static void frozen_page_is_left_alone(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 2, true);
	struct page *frozen = rig_page(mm, addr), *young = rig_page(mm, addr + PAGE(1));

	(void)r;
	frozen->_refcount.counter = 0;
	want(!isolate_lru_page(frozen));
	want(flag_peek(frozen, PG_lru));
	want(isolate_oldest() == young);
	putback_lru_page(young);
	want_int(lru_length(), 2);
	frozen->_refcount.counter = 1;
	mmput(mm);
	want_nothing_left();
}

static void isolation_may_be_the_last_reference(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = rig_page(mm, populate(mm, 1, true));

	want(isolate_lru_page(page));
	mmput(mm);
	want_int(refs(page), 1);
	want_int(r->nr[EV_PAGE_FREE], 0);
	putback_lru_page(page);
	want_int(r->nr[EV_PAGE_FREE], 1);
	want_int(lru_length(), 0);
	want_nothing_left();
}

static void freeing_takes_off_the_list(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 3, true);

	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(lru_length(), 2);
	mmput(mm);
	want_int(lru_length(), 0);
	want_int(r->nr[EV_PAGE_FREE], 3);
	want_nothing_left();
}

/* ---- reclaim ---- */

static void reclaim_frees(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 1, true);
	struct page *page = rig_page(mm, addr);

	want_int(reclaim_page(page), RECLAIM_FREED);
	want_int(core()->page_live[page_to_pfn(page)], 0);
	want(pte_swap(rig_pte(mm, addr)));
	want_int(lru_length(), 0);
	want_int(r->nr[EV_RECLAIM_UNMAP], 1);
	want_int(r->nr[EV_SWAP_OUT], 1);
	want_int(r->nr[EV_RECLAIM_KEPT], 0);
	want_counts();
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
	want_nothing_left();
}

static void reclaim_needs_the_list(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 1, true);
	struct page *page = rig_page(mm, addr), *fresh = alloc_page(GFP_KERNEL);

	want(isolate_lru_page(page));
	want_int(reclaim_page(page), RECLAIM_NOT_ISOLATED);
	want_int(reclaim_page(fresh), RECLAIM_NOT_ISOLATED);
	put_page(fresh);
	want_int(reclaim_page(fresh), RECLAIM_NOT_ISOLATED);
	want_int(reclaim_page(pfn_to_page(ZERO_PFN)), RECLAIM_NOT_ISOLATED);
	want_int(refs(page), 2);
	want(rig_page(mm, addr) == page);
	want_int(r->nr[EV_RECLAIM_KEPT], 0);
	putback_lru_page(page);
	mmput(mm);
	want_nothing_left();
}

static void reclaim_does_not_wait_for_the_page_lock(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 1, true);
	struct page *page = rig_page(mm, addr);

	(void)r;
	lock_page(page);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want(flag_peek(page, PG_locked));
	unlock_page(page);
	want(flag_peek(page, PG_lru));
	want_int(refs(page), 1);
	want(rig_page(mm, addr) == page);
	want_int(reclaim_page(page), RECLAIM_FREED);
	mmput(mm);
	want_nothing_left();
}

/*
 * Somebody holds the page: it is unmapped and stays in the swap cache, on the list, until he lets
 * go.
 */
static void reclaim_keeps_what_is_held(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 1, true);
	struct page *page = rig_page(mm, addr);

	get_page(page);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want_int(r->nr[EV_RECLAIM_UNMAP], 1);
	want_int(r->nr[EV_RECLAIM_KEPT], 1);
	want(pte_swap(rig_pte(mm, addr)));
	want(flag_peek(page, PG_swapcache) && flag_peek(page, PG_lru) &&
	     !flag_peek(page, PG_locked));
	/* He may write to it: it is written to swap when he has gone. */
	want(flag_peek(page, PG_dirty));
	want_int(refs(page), 2);
	put_page(page);
	want_counts();
	want_int(reclaim_page(page), RECLAIM_FREED);
	want_int(core()->page_live[page_to_pfn(page)], 0);
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
	want_nothing_left();
}

/* Kept, and mapped again before the next try. */
static void kept_page_can_be_mapped_again(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 1, true);
	struct page *page = rig_page(mm, addr);

	(void)r;
	get_page(page);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want_int(rig_read(mm, addr), 100);
	want(rig_page(mm, addr) == page);
	put_page(page);
	want_counts();
	rig_write(mm, addr, 5);
	want_counts();
	want_int(reclaim_page(page), RECLAIM_FREED);
	want_int(rig_read(mm, addr), 5);
	mmput(mm);
	want_nothing_left();
}

static void reclaim_keeps_what_is_not_anonymous(struct rig *r)
{
	struct page *page = alloc_page(GFP_KERNEL);

	lru_cache_add(page);
	lru_add_drain();
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want_int(refs(page), 1);
	want(flag_peek(page, PG_lru));
	want_int(r->nr[EV_RECLAIM_KEPT], 1);
	put_page(page);
	want_int(lru_length(), 0);
	want_nothing_left();
}

static void shrink_takes_the_oldest(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = populate(mm, 4, true);

	want_int(shrink_lru(2), 2);
	want(pte_swap(rig_pte(mm, addr)) && pte_swap(rig_pte(mm, addr + PAGE(1))));
	want(rig_page(mm, addr + PAGE(2)) && rig_page(mm, addr + PAGE(3)));
	get_page(rig_page(mm, addr + PAGE(2)));
	want_int(shrink_lru(2), 1);
	want_int(lru_length(), 1);
	want_int(r->nr[EV_SWAP_OUT], 3);
	put_page(lookup_swap_cache(pte_swp(rig_pte(mm, addr + PAGE(2)))));
	put_page(list_first_entry(&core()->lru, struct page, lru));
	want_counts();
	for (unsigned i = 0; i < 4; i++)
		want_int(rig_read(mm, addr + PAGE(i)), 100 + i);
	want_int(shrink_lru(0), 0);
	mmput(mm);
	want_int(shrink_lru(3), 0);
	want_nothing_left();
}

/*
 * How many mappings were used since the last look; looking takes the bits away and the translations
 * with them.
 */
static void referenced_counts_used_mappings(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = populate(mm, 1, true);
	struct page *page = rig_page(mm, addr);
	unsigned long flags;

	(void)r;
	child = rig_fork(mm);
	lock_page(page);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 1);
	want_int(flags & ~VM_SOFTDIRTY, VM_READ | VM_WRITE);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 0);
	want_int(flags, 0);
	unlock_page(page);
	rig_read(mm, addr);
	rig_read(child, addr);
	lock_page(page);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 2);
	want_int(core()->rmap->referenced(page, true, NULL, &flags), 0);
	unlock_page(page);
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

/* What PG_lru says is so for all who have the lock: each of these would leave a list that is none. */

static void put_on_the_list_twice(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = rig_page(mm, populate(mm, 1, true));

	(void)r;
	get_page(page);
	putback_lru_page(page);
}

static void marked_before_it_is_listed(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct page *page = rig_page(mm, populate(mm, 1, false));

	(void)r;
	SetPageFlag(page, PG_lru);
	isolate_lru_page(page);
}

static void test_mark_without_list(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_to_violation(&r, put_on_the_list_twice, ORACLE_STRUCTURE, "lru-added-twice");
	rig_end(&r);
	rig_begin(&r);
	rig_run_to_violation(&r, marked_before_it_is_listed, ORACLE_STRUCTURE, "lru-not-listed");
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(cached_page_is_held_and_not_on_the_list),
		RIG_TEST(full_cache_drains_itself),
		RIG_TEST(drain_is_of_one_cpu),
		RIG_TEST(cache_may_hold_the_last_reference),
		RIG_TEST(isolate_and_put_back),
		RIG_TEST(oldest_comes_first),
		RIG_TEST(frozen_page_is_left_alone),
		RIG_TEST(isolation_may_be_the_last_reference),
		RIG_TEST(freeing_takes_off_the_list),
		RIG_TEST(reclaim_frees),
		RIG_TEST(reclaim_needs_the_list),
		RIG_TEST(reclaim_does_not_wait_for_the_page_lock),
		RIG_TEST(reclaim_keeps_what_is_held),
		RIG_TEST(kept_page_can_be_mapped_again),
		RIG_TEST(reclaim_keeps_what_is_not_anonymous),
		RIG_TEST(shrink_takes_the_oldest),
		RIG_TEST(referenced_counts_used_mappings),
		cmocka_unit_test(test_mark_without_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
