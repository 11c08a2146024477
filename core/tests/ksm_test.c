/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of KSM: equal pages become one, which is never written to, is found in all processes that
 * map it, goes to swap and comes back; and what is taken back, or exits, leaves nothing.
 *
 * Concurrency: one thread.
 */
#include "ksm.h"
#include "rig.h"

struct two {
	struct mm_struct *p, *q;
	unsigned long a, b;
};

static unsigned long mergeable(struct mm_struct *mm, unsigned pages, u64 value)
{
	unsigned long addr = rig_mmap(mm, pages);

	want_int(do_madvise_mergeable(mm, addr, PAGE(pages), true), 0);
	for (unsigned i = 0; i < pages; i++)
		rig_write(mm, addr + PAGE(i), value);
	lru_add_drain_all();
	return addr;
}

/* Seen once, and once more: then it is merged with the other one, if there is one. */
static enum ksm_result scan_twice(struct mm_struct *mm, unsigned long addr)
{
	ksm_scan_address(mm, addr);
	return ksm_scan_address(mm, addr);
}

static struct two merged(void)
{
	struct two t = { .p = rig_mm(), .q = rig_mm() };

	t.a = mergeable(t.p, 1, 7);
	rig_mmap(t.q, 1);
	t.b = mergeable(t.q, 1, 7);
	want_int(scan_twice(t.p, t.a), KSM_NOT_MERGED);
	want_int(scan_twice(t.q, t.b), KSM_MERGED);
	want(rig_page(t.p, t.a) == rig_page(t.q, t.b) && PageKsm(rig_page(t.p, t.a)));
	return t;
}

static void all_exit(const struct two *t)
{
	mmput(t->p);
	mmput(t->q);
	ksm_settle();
	want_nothing_left();
}

static bool count_place(struct page *page, const struct rmap_location *at, void *arg)
{
	(void)page;
	(void)at;
	++*(unsigned *)arg;
	return true;
}

static unsigned places(struct page *page)
{
	unsigned n = 0;

	lock_page(page);
	core()->rmap->walk(page, count_place, &n);
	unlock_page(page);
	return n;
}

static void two_become_one(struct rig *r)
{
	struct ledger before;
	struct two t = merged();
	struct page *page = rig_page(t.p, t.a);

	(void)r;
	before = rig_ledger();
	want_int(before.pages, 1);
	want_int(page_mapcount(page), 2);
	want(!pte_has(rig_pte(t.p, t.a), PTE_WRITE) && !pte_has(rig_pte(t.q, t.b), PTE_WRITE));
	want_int(places(page), 2);
	want_counts();
	/* Who writes gets a copy, even the last one; the page is KSM's until it is freed. */
	rig_write(t.p, t.a, 1);
	want_int(rig_read(t.q, t.b), 7);
	want_int(page_mapcount(page), 1);
	rig_write(t.q, t.b, 2);
	want_int(rig_read(t.p, t.a), 1);
	want_int(rig_read(t.q, t.b), 2);
	want_counts();
	all_exit(&t);
}

static void a_third_one_and_a_child(struct rig *r)
{
	struct two t = merged();
	struct mm_struct *third = rig_mm(), *child;
	unsigned long c = mergeable(third, 2, 7);

	(void)r;
	/* One look is enough if there is a page of KSM's like it. */
	want_int(ksm_scan_address(third, c + PAGE(1)), KSM_MERGED);
	want_int(ksm_scan_address(third, c), KSM_MERGED);
	want_int(page_mapcount(rig_page(t.p, t.a)), 4);
	want_int(places(rig_page(t.p, t.a)), 4);
	/* A child's entry is found through its parent's place, and through its own when KSM has been there. */
	child = rig_fork(t.p);
	want_int(places(rig_page(t.p, t.a)), 5);
	mmput(t.p);
	want_int(ksm_scan_address(child, t.a), KSM_MERGED);
	t.p = child;
	want(places(rig_page(t.p, t.a)) >= 4);
	mmput(third);
	all_exit(&t);
}

static void strangers_swap_in_copies(struct rig *r)
{
	struct two t = merged();
	struct mm_struct *child;

	rig_swap_out(t.p, t.a);
	want(pte_swap(rig_pte(t.q, t.b)));
	want_int(rig_ledger().slots, 1);
	want_int(rig_read(t.p, t.a), 7);
	want_int(r->nr[EV_KSM_COPIED], 0);
	/* A relative of the first one shares its page. */
	want_int(rig_read(t.q, t.b), 7);
	want_int(r->nr[EV_KSM_COPIED], 1);
	want(rig_page(t.p, t.a) != rig_page(t.q, t.b));
	child = rig_fork(t.p);
	want_counts();
	rig_swap_out(t.p, t.a);
	want_int(rig_read(t.p, t.a), 7);
	want_int(rig_read(child, t.a), 7);
	want(rig_page(t.p, t.a) == rig_page(child, t.a));
	want_int(r->nr[EV_KSM_COPIED], 1);
	want_counts();
	mmput(child);
	all_exit(&t);
}

/* The node finds out that its page is gone, and its items are given up. */
static void stale_nodes_go(struct rig *r)
{
	struct two t = merged();
	struct mm_struct *third = rig_mm();
	unsigned long c = mergeable(third, 1, 8);

	(void)r;
	rig_write(t.p, t.a, 1);
	rig_write(t.q, t.b, 2);
	lru_add_drain_all();
	want(!list_empty(&ksm()->stable_tree));
	want_int(scan_twice(third, c), KSM_NOT_MERGED);
	want(list_empty(&ksm()->stable_tree));
	want_counts();
	mmput(third);
	all_exit(&t);
}

static void taken_back(struct rig *r)
{
	struct two t = merged();

	(void)r;
	/* The pages around are another VMA then. */
	want_int(do_madvise_mergeable(t.q, t.b, PAGE(1), false), 0);
	want(rig_page(t.p, t.a) != rig_page(t.q, t.b));
	want(!(find_vma(t.q, t.b)->vm_flags & VM_MERGEABLE));
	want_int(t.q->map_count, 2);
	want_int(ksm_scan_address(t.q, t.b), KSM_NO_PAGE);
	want_int(do_madvise_mergeable(t.q, t.b, PAGE(2), true), -ENOMEM);
	want_int(t.q->map_count, 2);
	lru_add_drain_all();
	want_int(scan_twice(t.q, t.b), KSM_MERGED);
	want_int(ksm_unmerge_all(), 0);
	want(rig_page(t.p, t.a) != rig_page(t.q, t.b));
	want_int(rig_read(t.p, t.a), 7);
	want_int(rig_read(t.q, t.b), 7);
	want(list_empty(&ksm()->stable_tree) && !list_empty(&ksm()->mm_head.mm_list));
	want_counts();
	all_exit(&t);
}

/* A process that may not even read there may have its page taken back all the same. */
static void taken_back_without_rights(struct rig *r)
{
	struct two t = merged();

	(void)r;
	want_int(do_mprotect(t.p, t.a, PAGE(1), 0), 0);
	want_int(do_madvise_mergeable(t.p, t.a, PAGE(1), false), 0);
	want(rig_page(t.p, t.a) != rig_page(t.q, t.b));
	want(pte_has(rig_pte(t.p, t.a), PTE_PROTNONE) && !pte_has(rig_pte(t.p, t.a), PTE_WRITE));
	want_int(do_mprotect(t.p, t.a, PAGE(1), VM_READ), 0);
	want_int(rig_read(t.p, t.a), 7);
	want_counts();
	all_exit(&t);
}

/* Two passes see two pages each, and a third one finds nothing new. */
static void whole_passes(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = mergeable(mm, 3, 7);

	(void)r;
	rig_write(mm, addr + PAGE(1), 8);
	want_int(ksm_do_scan(100), 3);
	want_int(ksm_do_scan(100), 3);
	want(rig_page(mm, addr) == rig_page(mm, addr + PAGE(2)));
	want(!PageKsm(rig_page(mm, addr + PAGE(1))));
	want_int(ksm_do_scan(100), 3);
	want_int(ksm_do_scan(2), 2);
	want_int(ksm_do_scan(100), 1);
	want_counts();
	mmput(mm);
	/* The slot is the scan's to free, and so are the items. */
	want(!list_empty(&ksm()->mm_head.mm_list));
	want_int(ksm_do_scan(100), 0);
	want(list_empty(&ksm()->mm_head.mm_list));
	ksm_settle();
	want_nothing_left();
}

static void moved_pages_are_taken_back(struct rig *r)
{
	struct two t = merged();
	long to;

	(void)r;
	rig_mmap(t.p, 1);
	to = do_mremap(t.p, t.a, PAGE(1), PAGE(2));
	want(to > 0 && (unsigned long)to != t.a);
	want(!PageKsm(rig_page(t.p, (unsigned long)to)));
	want_int(rig_read(t.p, (unsigned long)to), 7);
	want_counts();
	all_exit(&t);
}

static void migrates(struct rig *r)
{
	struct two t = merged();
	struct page *page = rig_page(t.p, t.a);

	(void)r;
	want_int(migrate_page(page), MIGRATED);
	want(rig_page(t.p, t.a) != page && rig_page(t.p, t.a) == rig_page(t.q, t.b));
	want(PageKsm(rig_page(t.p, t.a)));
	want_int(places(rig_page(t.p, t.a)), 2);
	want_int(ksm_scan_address(t.p, t.a), KSM_MERGED);
	want_int(rig_read(t.q, t.b), 7);
	want_counts();
	all_exit(&t);
}

/* What is mapped once is not the process's own: others may rely on it tomorrow. */
static void not_given_up(struct rig *r)
{
	struct two t = merged();

	(void)r;
	rig_write(t.q, t.b, 1);
	want_int(do_madvise(t.p, t.a, PAGE(1), MADVISE_FREE), 0);
	want(flag_peek(rig_page(t.p, t.a), PG_dirty));
	rig_swap_out(t.p, t.a);
	want_int(rig_read(t.p, t.a), 7);
	want_counts();
	all_exit(&t);
}

/* Memory is out wherever it can be: pages stay as they are, or are merged; nothing is lost. */
static void short_of_memory(struct rig *r)
{
	struct two t = { .p = rig_mm(), .q = rig_mm() };

	(void)r;
	t.a = mergeable(t.p, 1, 7);
	t.b = mergeable(t.q, 1, 7);
	ksm_do_scan(2);
	for (unsigned n = 1; n <= 4; n++) {
		rig_no_memory(n);
		ksm_do_scan(100);
		ksm_do_scan(100);
		rig_no_memory(0);
		want_int(rig_read(t.p, t.a), 7);
		want_int(rig_read(t.q, t.b), 7);
	}
	want(rig_page(t.p, t.a) == rig_page(t.q, t.b));
	rig_no_memory(1);
	want_int(do_madvise_mergeable(t.p, t.a, PAGE(1), false), -ENOMEM);
	rig_no_memory(0);
	want(find_vma(t.p, t.a)->vm_flags & VM_MERGEABLE);
	/* A page that got no node, and could not be taken back, is KSM's and found by nobody; it can be taken back later. */
	want_int(ksm_unmerge_all(), 0);
	want(rig_page(t.p, t.a) != rig_page(t.q, t.b));
	want_counts();
	all_exit(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(two_become_one),
		RIG_TEST(a_third_one_and_a_child),
		RIG_TEST(strangers_swap_in_copies),
		RIG_TEST(stale_nodes_go),
		RIG_TEST(taken_back),
		RIG_TEST(taken_back_without_rights),
		RIG_TEST(whole_passes),
		RIG_TEST(moved_pages_are_taken_back),
		RIG_TEST(migrates),
		RIG_TEST(not_given_up),
		RIG_TEST(short_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
