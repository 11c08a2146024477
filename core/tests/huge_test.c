/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of huge pages: they come where they are wanted, are shared, cut up, moved, made small and made
 * again, and whatever becomes of them, each address keeps its content and every count agrees.
 *
 * Concurrency: one thread, or two bodies.
 */
#include "huge_pages.h"

static void comes_and_goes_as_one(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr);

	want_int(r->nr[EV_FAULT_HUGE], 1);
	want(is_huge(mm, addr) && PageHead(head) && !(page_to_pfn(head) % HPAGE_PMD_NR));
	want(rig_page(mm, addr + PAGE(5)) == head + 5 && compound_head(head + 5) == head);
	want_int(rig_ledger().pages, HPAGE_PMD_NR);
	want_int(page_mapcount(head + 3), 1);
	want_int(core()->vmstat[NR_ANON_THPS].counter, 1);
	want_content(mm, addr, 0, 7);
	want_counts();
	want_int(do_munmap(mm, addr, HPAGE_PMD_SIZE), 0);
	want_int(rig_ledger().pages, 0);
	want(!core()->vmstat[NR_ANON_THPS].counter && !mm->pmd_huge_pte);
	mmput(mm);
	want_nothing_left();
}

/* Every eighth frame is taken: there are no eight in a row. */
static void small_pages_where_memory_is_in_pieces(struct rig *r)
{
	struct page *taken[RIG_FRAMES], *kept[RIG_FRAMES];
	unsigned nr = 0, left = 0;
	struct mm_struct *mm;
	long addr;

	core()->thp = true;
	while (nr < RIG_FRAMES && (taken[nr] = alloc_page(GFP_KERNEL)))
		nr++;
	for (unsigned i = 0; i < nr; i++)
		if (page_to_pfn(taken[i]) % HPAGE_PMD_NR)
			put_page(taken[i]);
		else
			kept[left++] = taken[i];
	mm = rig_mm();
	addr = do_mmap_huge(mm, HPAGE_PMD_NR);
	want(addr > 0);
	rig_write(mm, (unsigned long)addr, 1);
	want_int(r->nr[EV_FAULT_HUGE], 0);
	want_int(r->nr[EV_FAULT_ANON], 1);
	mmput(mm);
	while (left)
		put_page(kept[--left]);
	want_nothing_left();
}

static void shared_by_fork_and_copied_in_part(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child = rig_fork(mm);
	struct page *head = rig_page(mm, addr);

	want(is_huge(child, addr) && rig_page(child, addr) == head);
	want(!pte_has(rig_pte(mm, addr), PTE_WRITE) && !pte_has(rig_pte(child, addr), PTE_WRITE));
	want_int(page_mapcount(head), 2);
	want_counts();
	rig_write(child, addr + PAGE(2), 7);
	want_int(r->nr[EV_HUGE_PMD_SPLIT], 1);
	want(is_huge(mm, addr) && !is_huge(child, addr));
	want(flag_peek(head, PG_double_map));
	want_int(page_mapcount(head + 2), 1);
	want_int(page_mapcount(head + 3), 2);
	want_counts();
	want_int(rig_read(child, addr + PAGE(2)), 7);
	want_content(child, addr, 3, 7);
	want_content(mm, addr, 0, 7);
	/* The child's table still shares seven of them: the parent may not write in place. */
	rig_write(mm, addr + PAGE(3), 8);
	want_int(rig_read(child, addr + PAGE(3)), 103);
	want(!flag_peek(head, PG_double_map));
	want_counts();
	mmput(child);
	want_int(rig_read(mm, addr + PAGE(3)), 8);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* Alone again, the parent writes to the whole of it. */
static void written_in_place_when_the_child_is_gone(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);

	mmput(rig_fork(mm));
	rig_write(mm, addr + PAGE(4), 9);
	want(is_huge(mm, addr) && pte_has(rig_pte(mm, addr), PTE_WRITE));
	want_int(r->nr[EV_COW_REUSE], 1);
	want_int(rig_read(mm, addr + PAGE(4)), 9);
	mmput(mm);
	want_nothing_left();
}

static void cut_up_where_a_part_is_meant(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);

	want_int(do_mprotect(mm, addr, HPAGE_PMD_SIZE, VM_READ), 0);
	want(is_huge(mm, addr));
	want_int(do_mprotect(mm, addr, PAGE(2), VM_READ | VM_WRITE), 0);
	want(!is_huge(mm, addr));
	want_int(r->nr[EV_HUGE_PMD_SPLIT], 1);
	rig_write(mm, addr + PAGE(1), 101);
	want_int(user_access(mm, addr + PAGE(2), true, &(u64){ 1 }), -EFAULT);
	want_counts();
	want_int(do_munmap(mm, addr + PAGE(6), PAGE(2)), 0);
	want_int(do_madvise(mm, addr + PAGE(5), PAGE(1), MADVISE_DONTNEED), 0);
	want_content(mm, addr, 0, 4);
	want_int(rig_read(mm, addr + PAGE(5)), 0);
	/* The frames go together, when the last one is not mapped any more. */
	want_int(rig_ledger().pages, HPAGE_PMD_NR);
	want_counts();
	want_int(do_munmap(mm, addr, PAGE(6)), 0);
	want_int(rig_ledger().pages, 0);
	want(list_empty(&core()->split_queue));
	mmput(mm);
	want_nothing_left();
}

static void moves_as_one_if_it_can(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr);
	unsigned long behind = rig_mmap(mm, 7), wall;
	long to;

	wall = rig_mmap(mm, 8);		/* so that it cannot grow where it is */
	want(behind < addr && wall > addr);
	to = do_mremap(mm, addr, HPAGE_PMD_SIZE, HPAGE_PMD_SIZE + PAGE_SIZE);
	want(to > 0 && !(to % (long)HPAGE_PMD_SIZE));
	want(is_huge(mm, (unsigned long)to) && rig_page(mm, (unsigned long)to) == head);
	want_int(r->nr[EV_PTE_MOVED], HPAGE_PMD_NR);
	want_int(r->nr[EV_HUGE_PMD_SPLIT], 0);
	want_content(mm, (unsigned long)to, 0, 7);
	want_counts();
	/* To a place where a huge page cannot be, it goes in pieces. */
	rig_mmap(mm, 6);
	to = do_mremap(mm, (unsigned long)to, HPAGE_PMD_SIZE, HPAGE_PMD_SIZE + 2 * PAGE_SIZE);
	want(to > 0);
	want_content(mm, (unsigned long)to, 0, 7);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void becomes_small_ones(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child = rig_fork(mm);
	struct page *head = rig_page(mm, addr);

	want_int(do_munmap(child, addr + PAGE(4), PAGE(4)), 0);
	want_int(do_munmap(mm, addr + PAGE(7), PAGE(1)), 0);
	want(!list_empty(&core()->split_queue));
	want(split(head));
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 1);
	want(list_empty(&core()->split_queue));
	want_int(rig_ledger().pages, HPAGE_PMD_NR - 1);	/* nobody mapped the last one */
	for (unsigned i = 0; i < 7; i++) {
		want(rig_page(mm, addr + PAGE(i)) == head + i && !PageCompound(head + i));
		want(flag_peek(head + i, PG_lru) && !flag_peek(head + i, PG_locked));
		want_int(page_mapcount(head + i), i < 4 ? 2 : 1);
	}
	want_content(mm, addr, 0, 6);
	want_content(child, addr, 0, 3);
	want_counts();
	mmput(child);
	rig_write(mm, addr, 5);
	want_int(r->nr[EV_COW_REUSE], 1);
	mmput(mm);
	want_nothing_left();
}

static void stays_huge_while_somebody_holds_it(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr);

	get_page(head + 3);
	want(!split(head));
	want(is_huge(mm, addr));	/* seen before anything was done */
	put_page(head + 3);
	want_int(r->nr[EV_HUGE_PMD_SPLIT], 0);
	want_counts();
	want_int(reclaim_page(head + 2), RECLAIM_FREED);
	want(pte_swap(rig_pte(mm, addr)));
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 1);
	want_content(mm, addr, 0, 7);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* ---- with store buffers, what a tail is while it becomes a page, to others: in memory, at each step ---- */

struct becoming {
	struct page *head;
	unsigned pages, wrong;		/* how often a tail looked like a page; and how often like one of nobody's, or of another place */
};

/* Fork comes by a migration entry, and asks whose the page is: with the lock of the entry, and without a reference. */
static void look_at_tails(struct exec_policy *p, const struct task *t)
{
	struct becoming *b = container_of(p, struct rig, policy)->arg;
	const struct page *head = b->head;

	(void)t;
	for (unsigned i = 1; head && i < HPAGE_PMD_NR; i++) {
		if (head[i].compound_head)
			continue;
		b->pages++;
		b->wrong += head[i].mapping != head->mapping || head[i].index != head->index + i;
	}
}

static void becomes_what_it_looks_like(struct rig *r)
{
	struct becoming *b = r->arg;
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);

	b->head = rig_page(mm, addr);
	want(split(b->head));
	b->head = NULL;
	want(b->pages && !b->wrong);
	want_content(mm, addr, 0, 7);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void becomes_what_it_looks_like_in_memory(void **state)
{
	struct becoming b = { .pages = 0 };
	struct rig r;

	(void)state;
	rig_memory = MEMORY_TSO;
	rig_begin(&r);
	rig_memory = MEMORY_SC;
	r.arg = &b;
	r.other = 1u << CHOICE_STORE_DELAY;	/* for as long as can be */
	r.policy.step = look_at_tails;
	rig_run(&r, becomes_what_it_looks_like);
	rig_end(&r);
}

static void short_of_memory_splits_what_is_mapped_in_part(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);

	want_int(do_munmap(mm, addr + PAGE(2), PAGE(6)), 0);
	want_int(rig_ledger().pages, HPAGE_PMD_NR);
	want_int(deferred_split_scan(1), 1);
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 1);
	want_int(rig_ledger().pages, 2);
	want_content(mm, addr, 0, 1);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void is_made_again(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);

	want(split(rig_page(mm, addr)));
	want_int(do_madvise(mm, addr + PAGE(3), PAGE(1), MADVISE_DONTNEED), 0);
	want_int(rig_read(mm, addr + PAGE(3)), 0);	/* the zero page */
	rig_write(mm, addr, 100);			/* one that may be written to */
	want_counts();
	want_int(collapse_huge_page(mm, addr + PAGE(5)), COLLAPSED);
	want_int(r->nr[EV_COLLAPSED], 1);
	want(is_huge(mm, addr));
	want_int(rig_ledger().pages, HPAGE_PMD_NR);
	want_content(mm, addr, 0, 2);
	want_int(rig_read(mm, addr + PAGE(3)), 0);
	want_content(mm, addr, 4, 7);
	want_counts();
	want_int(collapse_huge_page(mm, addr), COLLAPSE_AGAIN);
	mmput(mm);
	want_nothing_left();
}

static void is_not_made_of_what_others_have(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child;

	want(split(rig_page(mm, addr)));
	child = rig_fork(mm);
	rig_write(mm, addr, 100);
	want_int(collapse_huge_page(mm, addr), COLLAPSE_AGAIN);
	mmput(child);
	rig_swap_out(mm, addr + PAGE(6));
	want_int(collapse_huge_page(mm, addr), COLLAPSE_AGAIN);
	want_content(mm, addr, 0, 7);
	want_int(collapse_huge_page(mm, addr), COLLAPSED);
	want_content(mm, addr, 0, 7);
	want_int(rig_ledger().slots, 0);
	want_int(r->nr[EV_COLLAPSED], 1);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(comes_and_goes_as_one),
		RIG_TEST(small_pages_where_memory_is_in_pieces),
		RIG_TEST(shared_by_fork_and_copied_in_part),
		RIG_TEST(written_in_place_when_the_child_is_gone),
		RIG_TEST(cut_up_where_a_part_is_meant),
		RIG_TEST(moves_as_one_if_it_can),
		RIG_TEST(becomes_small_ones),
		RIG_TEST(stays_huge_while_somebody_holds_it),
		cmocka_unit_test(becomes_what_it_looks_like_in_memory),
		RIG_TEST(short_of_memory_splits_what_is_mapped_in_part),
		RIG_TEST(is_made_again),
		RIG_TEST(is_not_made_of_what_others_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
