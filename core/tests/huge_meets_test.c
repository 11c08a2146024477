/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what huge pages and the rest of the model make of each other: who holds, locks, charges, merges, watches and counts pages,
 * and finds that some of them are part of a huge one.
 *
 * Concurrency: one thread.
 */
#include "huge_pages.h"

#include "guest.h"
#include "gup.h"
#include "ksm.h"
#include "memcontrol.h"
#include "memory_failure.h"
#include "mlock.h"
#include "references.h"

/* ---- madvise(FREE) ---- */

/* As a whole it stays one, and is clean; what is read after reclaim has been there is nothing, or what it was. */
static void given_up_as_a_whole_or_in_part(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr);

	want_int(do_madvise(mm, addr, HPAGE_PMD_SIZE, MADVISE_FREE), 0);
	want(is_huge(mm, addr) && !pte_has(rig_pte(mm, addr), PTE_DIRTY) && !flag_peek(head, PG_swapbacked) && !flag_peek(head, PG_dirty));
	want_int(reclaim_page(head), RECLAIM_FREED);
	want_int(r->nr[EV_LAZY_FREED], 1);
	want_int(rig_read(mm, addr), 0);
	want_content(mm, addr, 1, 7);
	/* Written to again, the next one stays. */
	rig_write(mm, addr + PAGE(1), 9);
	want_int(reclaim_page(head + 1), RECLAIM_KEPT);
	want_int(rig_read(mm, addr + PAGE(1)), 9);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void only_what_was_named_is_given_up(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child;
	struct page *head = rig_page(mm, addr);

	want_int(do_madvise(mm, addr + PAGE(2), PAGE(1), MADVISE_FREE), 0);
	want(!is_huge(mm, addr) && !PageCompound(head) && !flag_peek(head + 2, PG_swapbacked) && flag_peek(head + 3, PG_swapbacked));
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 1);
	want_content(mm, addr, 0, 7);
	mmput(mm);
	/* Nor what somebody else has. */
	mm = with_huge_page(&addr);
	head = rig_page(mm, addr);
	child = rig_fork(mm);
	want_int(do_madvise(mm, addr, HPAGE_PMD_SIZE, MADVISE_FREE), 0);
	want_int(do_madvise(mm, addr, PAGE(3), MADVISE_FREE), 0);
	want(is_huge(mm, addr) && flag_peek(head, PG_swapbacked));
	want_counts();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

/* ---- pins ---- */

static struct page *pinned(struct mm_struct *mm, unsigned long addr, unsigned flags)
{
	struct page *page;

	want_int(get_user_page(mm, addr, flags, &page), 0);
	return page;
}

static void whoever_holds_one_page_holds_all(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr), *slow = pinned(mm, addr + PAGE(5), FOLL_WRITE), *fast;

	(void)r;
	fast = pinned(mm, addr + PAGE(6), FOLL_WRITE | FOLL_FAST);
	want(slow == head + 5 && fast == head + 6 && is_huge(mm, addr));
	want_int(page_count(head), 3);
	want(!split(head + 2));
	want_int(reclaim_page(head + 5), RECLAIM_KEPT);
	want_int(migrate_page(head + 6), MIGRATE_AGAIN);
	put_user_page(slow, true);
	/* One reference of somebody else's is enough. */
	want(is_huge(mm, addr) && !split(head));
	put_user_page(fast, false);
	want(split(head + 3) && !PageCompound(head));
	want_content(mm, addr, 0, 7);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void a_pin_of_what_is_shared_gets_a_copy(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child = rig_fork(mm);
	struct page *head = rig_page(mm, addr), *page = pinned(child, addr + PAGE(1), 0);

	want(compound_head(page) != head && !is_huge(child, addr) && is_huge(mm, addr));
	want_int(r->nr[EV_COW_COPY], 1);
	put_user_page(page, false);
	want_counts();
	mmput(child);
	/* By force where nothing may be written: in place, as nobody else has it. */
	want_int(do_mprotect(mm, addr, HPAGE_PMD_SIZE, VM_READ), 0);
	page = pinned(mm, addr + PAGE(1), FOLL_WRITE | FOLL_FORCE);
	want(page == head + 1 && is_huge(mm, addr) && !pte_has(rig_pte(mm, addr), PTE_WRITE));
	put_user_page(page, true);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* ---- mlock ---- */

static long nr_mlock(void)
{
	return core()->vmstat[NR_MLOCK].counter;
}

static void mlocked_as_a_whole(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child;
	struct page *head = rig_page(mm, addr);

	(void)r;
	want_int(do_mlock(mm, addr, HPAGE_PMD_SIZE), 0);
	want(is_huge(mm, addr) && flag_peek(head, PG_mlocked) && flag_peek(head, PG_unevictable));
	want_int(nr_mlock(), HPAGE_PMD_NR);
	want_int(reclaim_page(head), RECLAIM_KEPT);
	want_counts();
	/* The child has not locked it; when it goes its own way the mark stays with who has the huge entry. */
	child = rig_fork(mm);
	want_int(do_munlock(mm, addr, HPAGE_PMD_SIZE), 0);
	want(is_huge(mm, addr) && !flag_peek(head, PG_mlocked) && !flag_peek(head, PG_unevictable));
	want_int(nr_mlock(), 0);
	/* Mapped by others, too, it gets no mark until they are gone. */
	want_int(do_mlock(child, addr, HPAGE_PMD_SIZE), 0);
	want_counts();
	mmput(mm);
	mmput(child);
	want_int(nr_mlock(), 0);
	want_nothing_left();
}

static void loses_the_mark_when_it_is_mapped_by_a_table(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr);

	(void)r;
	want_int(do_mlock(mm, addr, HPAGE_PMD_SIZE), 0);
	want_int(do_munlock(mm, addr, PAGE(2)), 0);
	want(!is_huge(mm, addr) && PageHead(head) && !flag_peek(head, PG_mlocked));
	want_int(nr_mlock(), 0);
	/* Reclaim splits it, and finds which pages are locked. */
	want_int(reclaim_page(head), RECLAIM_FREED);
	want(!PageCompound(head + 1) && !flag_peek(head + 1, PG_mlocked) && flag_peek(head + 2, PG_mlocked));
	want_int(nr_mlock(), HPAGE_PMD_NR - 2);
	want_content(mm, addr, 0, 7);
	want_counts();
	want_int(do_munlock(mm, addr, HPAGE_PMD_SIZE), 0);
	want_int(nr_mlock(), 0);
	want_int(collapse_huge_page(mm, addr), COLLAPSED);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void locked_memory_is_faulted_in_huge(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm;

	core()->thp = true;
	mm = rig_mm();
	addr = map_huge_area(mm);
	want_int(do_mlock(mm, addr, HPAGE_PMD_SIZE), 0);
	want_int(r->nr[EV_FAULT_HUGE], 1);
	want(is_huge(mm, addr) && flag_peek(rig_page(mm, addr), PG_mlocked));
	want_int(nr_mlock(), HPAGE_PMD_NR);
	/* Collapsed, too, it is locked. */
	want(split(rig_page(mm, addr + PAGE(3))));
	want_int(nr_mlock(), HPAGE_PMD_NR);
	want_counts();
	want_int(collapse_huge_page(mm, addr), COLLAPSED);
	want(is_huge(mm, addr) && flag_peek(rig_page(mm, addr), PG_mlocked));
	want_int(nr_mlock(), HPAGE_PMD_NR);
	want_counts();
	want_int(do_munmap(mm, addr, HPAGE_PMD_SIZE), 0);
	want_int(nr_mlock(), 0);
	mmput(mm);
	want_nothing_left();
}

/* ---- charges ---- */

static void charged_as_so_many_pages(struct rig *r)
{
	struct mem_cgroup *a = mem_cgroup_alloc(), *b = mem_cgroup_alloc();
	struct mm_struct *mm;
	unsigned long addr;

	(void)r;
	core()->thp = true;
	mm = rig_mm();
	addr = map_huge_area(mm);
	want(a && b);
	want_int(mem_cgroup_attach(mm, a), 0);
	fill_huge_area(mm, addr);
	want_int(a->memory.counter, HPAGE_PMD_NR);
	want_int(atomic_peek(&a->css), 2 + HPAGE_PMD_NR);
	want_int(mem_cgroup_attach(mm, b), HPAGE_PMD_NR);
	want_int(a->memory.counter, 0);
	want_int(b->memory.counter, HPAGE_PMD_NR);
	/* Who has a table for it leaves it where it is. */
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want(!is_huge(mm, addr));
	want_int(mem_cgroup_attach(mm, a), 0);
	want_int(b->memory.counter, HPAGE_PMD_NR);
	want(split(rig_page(mm, addr)));
	want_int(b->memory.counter, HPAGE_PMD_NR);
	want(rig_page(mm, addr + PAGE(4))->mem_cgroup == b);
	want_int(do_munmap(mm, addr, PAGE(3)), 0);
	want_int(b->memory.counter, HPAGE_PMD_NR - 3);
	want_int(atomic_peek(&b->css), 1 + HPAGE_PMD_NR - 3);
	want_counts();
	mmput(mm);
	want_int(b->memory.counter, 0);
	mem_cgroup_put(a);
	mem_cgroup_put(b);
	want_nothing_left();
}

static void a_huge_page_that_is_made_is_charged_to_its_process(struct rig *r)
{
	struct mem_cgroup *memcg = mem_cgroup_alloc();
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);

	(void)r;
	want(memcg && split(rig_page(mm, addr)));
	want_int(mem_cgroup_attach(mm, memcg), 0);
	want_int(memcg->memory.counter, 0);
	want_int(collapse_huge_page(mm, addr), COLLAPSED);
	want_int(memcg->memory.counter, HPAGE_PMD_NR);
	mmput(mm);
	want_int(memcg->memory.counter, 0);
	mem_cgroup_put(memcg);
	want_nothing_left();
}

/* ---- KSM ---- */

static void merged_out_of_huge_pages(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr);

	(void)r;
	rig_write(mm, addr + PAGE(1), 7);
	rig_write(mm, addr + PAGE(6), 7);
	want_int(do_madvise_mergeable(mm, addr, HPAGE_PMD_SIZE, true), 0);
	ksm_scan_address(mm, addr + PAGE(1));
	ksm_scan_address(mm, addr + PAGE(6));
	want(PageCompound(head) && is_huge(mm, addr));
	want_int(ksm_scan_address(mm, addr + PAGE(1)), KSM_NOT_MERGED);
	/* They hold each other; but then it is split. */
	want_int(ksm_scan_address(mm, addr + PAGE(6)), KSM_NOT_MERGED);
	want(!PageCompound(head) && !is_huge(mm, addr));
	ksm_scan_address(mm, addr + PAGE(1));
	ksm_scan_address(mm, addr + PAGE(6));
	want(rig_page(mm, addr + PAGE(1)) == rig_page(mm, addr + PAGE(6)));
	want(PageKsm(rig_page(mm, addr + PAGE(1))));
	want_counts();
	rig_write(mm, addr + PAGE(6), 106);
	want_int(rig_read(mm, addr + PAGE(1)), 7);
	want_content(mm, addr, 2, 7);
	mmput(mm);
	ksm_settle();
	want_nothing_left();
}

/* ---- memory failure ---- */

static void one_page_fails_and_not_all(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child = rig_fork(mm);
	struct page *page = rig_page(mm, addr) + 3;
	struct page *head = compound_head(page);

	/* As long as somebody has another part of it in hand nothing can be done. */
	get_page(head + 5);
	want_int(memory_failure(page), -EBUSY);
	want(is_huge(mm, addr) && !flag_peek(page, PG_hwpoison) && page_count(head) == 3);
	put_page(head + 5);
	want_int(memory_failure(page), 0);
	want(!PageCompound(head) && !is_huge(mm, addr) && !is_huge(child, addr));
	want(pte_hwpoison(rig_pte(mm, addr + PAGE(3))) && pte_hwpoison(rig_pte(child, addr + PAGE(3))));
	want_int(r->nr[EV_POISON_ENTRY], 2);
	want_int(page_count(page), 1);
	want_int(rig_read(mm, addr + PAGE(4)), 104);
	want_int(mm->anon_rss.counter, HPAGE_PMD_NR - 1);
	want(collapse_huge_page(mm, addr) != COLLAPSED);
	want_counts();
	mmput(mm);
	mmput(child);
	/* Nor is a huge page made of a run with such a frame in it. */
	mm = with_huge_page(&addr);
	want(rig_page(mm, addr) != head);
	mmput(mm);
	unpoison_all();
	want_nothing_left();
}

/* ---- guests ---- */

static void a_guest_has_the_pages_that_it_uses(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct page *head = rig_page(mm, addr);
	struct guest *g;
	u64 value = 0;
	int err = 0;

	g = guest_create(mm, &err);
	want(g && !err);
	want_int(guest_access(g, addr + PAGE(3), false, &value), 0);
	want_int(value, 103);
	want_int(guest_access(g, addr + PAGE(4), true, &(u64){ 9 }), 0);
	want_int(rig_read(mm, addr + PAGE(4)), 9);
	want_int(r->nr[EV_SPTE_ZAPPED], 0);
	/* A part is protected: what it has of all goes, as for a moment nothing is mapped. */
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want_int(r->nr[EV_SPTE_ZAPPED], 2);
	want(flag_peek(head, PG_dirty));
	want_int(guest_access(g, addr + PAGE(4), false, &value), 0);
	want_int(value, 9);
	want(split(head));
	want_int(r->nr[EV_SPTE_ZAPPED], 3);
	want_int(guest_access(g, addr + PAGE(4), false, &value), 0);
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ | VM_WRITE), 0);
	want_int(collapse_huge_page(mm, addr), COLLAPSED);
	want_int(r->nr[EV_SPTE_ZAPPED], 4);
	want_int(guest_access(g, addr + PAGE(4), false, &value), 0);
	want_int(value, 9);
	guest_destroy(g);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* ---- uses, counters ---- */

static int referenced(struct page *head)
{
	unsigned long vm_flags;
	int n;

	lock_page(head);
	n = core()->rmap->referenced(head, true, NULL, &vm_flags);
	unlock_page(head);
	return n;
}

static void used_by_whatever_entry(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child;
	struct page *head = rig_page(mm, addr);

	(void)r;
	want_int(referenced(head), 1);
	want_int(referenced(head), 0);		/* flushed, so that a use is seen */
	rig_read(mm, addr + PAGE(2));
	want(page_idle_set(head) && !page_idle_set(head + 1));
	want(flag_peek(head, PG_young));	/* what reclaim has not seen */
	want_int(page_idle_test(head), 1);
	want_int(referenced(head), 1);
	flush_tlb_mm(mm);
	rig_read(mm, addr + PAGE(2));
	want_int(page_idle_test(head), 0);
	referenced(head);
	/* One has it by its directory, one by a table: two uses, however many pages of it. */
	child = rig_fork(mm);
	want_int(do_mprotect(child, addr, PAGE(1), VM_READ), 0);
	want(!is_huge(child, addr) && is_huge(mm, addr));
	flush_tlb_mm(mm);
	flush_tlb_mm(child);
	referenced(head);
	rig_read(child, addr + PAGE(2));
	rig_read(child, addr + PAGE(3));
	rig_read(mm, addr + PAGE(4));
	want_int(referenced(head), 2);
	/* Split, each of its pages is what it was. */
	SetPageFlag(head, PG_active);
	want(split(head) && flag_peek(head + 5, PG_active));
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void counted_in_pages(struct rig *r)
{
	const atomic_long_t *anon = &core()->vmstat[NR_ANON_MAPPED], *thps = &core()->vmstat[NR_ANON_THPS];
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr), *child = rig_fork(mm);

	(void)r;
	want_int(anon->counter, HPAGE_PMD_NR);
	want_int(thps->counter, 1);
	want_int(do_munmap(child, addr, PAGE(3)), 0);
	want_int(anon->counter, HPAGE_PMD_NR);
	want_int(do_munmap(mm, addr, HPAGE_PMD_SIZE), 0);
	want_int(anon->counter, HPAGE_PMD_NR - 3);
	want_int(thps->counter, 0);
	want_int(mm->tlb_flush_pending.counter + child->tlb_flush_pending.counter, 0);
	want_counts();
	mmput(child);
	mmput(mm);
	want_int(anon->counter, 0);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(given_up_as_a_whole_or_in_part),
		RIG_TEST(only_what_was_named_is_given_up),
		RIG_TEST(whoever_holds_one_page_holds_all),
		RIG_TEST(a_pin_of_what_is_shared_gets_a_copy),
		RIG_TEST(mlocked_as_a_whole),
		RIG_TEST(loses_the_mark_when_it_is_mapped_by_a_table),
		RIG_TEST(locked_memory_is_faulted_in_huge),
		RIG_TEST(charged_as_so_many_pages),
		RIG_TEST(a_huge_page_that_is_made_is_charged_to_its_process),
		RIG_TEST(merged_out_of_huge_pages),
		RIG_TEST(one_page_fails_and_not_all),
		RIG_TEST(a_guest_has_the_pages_that_it_uses),
		RIG_TEST(used_by_whatever_entry),
		RIG_TEST(counted_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
