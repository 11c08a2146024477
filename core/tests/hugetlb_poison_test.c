/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of memory failure of hugetlb's pages: what becomes of the page and its frames, of those who had it, and of the pool.
 *
 * Concurrency: one thread, or two bodies.
 */
#include "gup.h"
#include "hugetlb_pages.h"
#include "memory_failure.h"

static u8 state_of(const struct page *page)
{
	return core()->poisoned[page_to_pfn(page)];
}

static int read_at(struct mm_struct *mm, unsigned long addr)
{
	u64 value;

	return user_access(mm, addr, false, &value);
}

static bool is_poison(const struct mm_struct *mm, unsigned long addr)
{
	return pmd_hwpoison(pmd_peek(mm, addr));
}

/* Its frames are free memory, but for that one. */
static void want_dissolved(const struct page *head, unsigned failed)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		want(!PageHuge(head + i) && !PageCompound(head + i) && !core()->page_live[page_to_pfn(head + i)]);
		want_int(flag_peek(head + i, PG_hwpoison), i == failed);
		want_int(state_of(head + i), i == failed ? POISON_FREE : POISON_NONE);
	}
}

static void a_private_page_is_dissolved(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm(), *child, *grandchild;
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);
	struct page *head, *page;

	rig_write(mm, addr, 1);
	head = mapped_huge_page(mm, addr);
	child = rig_fork(mm);
	want_int(memory_failure(head + 3), 0);
	want_int(r->nr[EV_POISON_FOUND], 2);
	want_int(r->nr[EV_POISON_ENTRY], 2);
	want_int(r->nr[EV_POISONED], 1);
	want(is_poison(mm, addr) && is_poison(child, addr));
	want(!mm->hugetlb_usage.counter && !child->hugetlb_usage.counter);
	want_dissolved(head, 3);
	want_free(1);
	want_counts();
	want_int(read_at(mm, addr + PAGE(7)), -ENXIO);
	want_int(read_at(child, addr), -ENXIO);
	want_int(r->nr[EV_POISON_FAULT], 2);
	want_int(get_user_page(mm, addr, FOLL_WRITE, &page), -ENXIO);
	want_int(do_mprotect(mm, addr, HUGE(1), VM_READ), 0);
	want(is_poison(mm, addr));
	grandchild = rig_fork(mm);
	want_int(r->nr[EV_POISON_FORKED], 1);
	want(is_poison(grandchild, addr));
	want_counts();
	/* Once is enough; and the frame is one of free memory now, where nobody gets a huge page with it in. */
	want_int(memory_failure(head + 3), 0);
	page = alloc_huge_page(GFP_KERNEL);
	want(page && page != head);
	put_page(page);
	want_int(do_munmap(mm, addr, HUGE(1)), 0);
	want(pmd_none(pmd_peek(mm, addr)));
	want_int(file_truncate(file, 0), 0);
	want(pmd_none(pmd_peek(child, addr)));
	want_counts();
	mmput(mm);
	mmput(child);
	mmput(grandchild);
	fput(file);
	unpoison_all();
	want_free(1);
	want_nothing_left();
}

static void it_all_comes_back(struct rig *r)
{
	struct file *file = hugetlb_file(1, 1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);

	(void)r;
	rig_write(mm, addr, 1);
	want_int(memory_failure(mapped_huge_page(mm, addr)), 0);
	want_free(0);
	mmput(mm);
	fput(file);
	unpoison_all();
	want_int(hugetlb_pool_grow(1), 1);
	want_free(1);
	want_nothing_left();
}

/* A file's page leaves it, is kept whole, and goes back to the pool when it is good again. */
static void a_page_of_a_file_is_kept(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, true), at = map_hugetlb(other, file, 0, 1, false);
	struct page *head;
	u64 value = 1;

	rig_write(mm, addr + PAGE(2), 9);
	want_int(rig_read(other, at + PAGE(2)), 9);
	head = mapped_huge_page(mm, addr);
	want_int(memory_failure(head + 2), 0);
	want_int(r->nr[EV_POISON_FOUND], 2);
	want_int(r->nr[EV_POISON_ENTRY], 2);
	want_int(r->nr[EV_FILE_LOST], HPAGE_PMD_NR);
	want(PageHuge(head) && page_count(head) == 1 && !file->f_mapping->page[0]);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		want_int(state_of(head + i), POISON_CONTAINED);
	want_int(file_read(file, 2, &value), 0);
	want_int(value, 0);
	want_int(read_at(mm, addr), -ENXIO);
	want_int(read_at(other, at), -ENXIO);
	want_int(memory_failure(head), 0);
	want_int(page_count(head), 1);
	want_counts();
	/* Who maps it anew gets another page. */
	want_int(do_munmap(mm, addr, HUGE(1)), 0);
	addr = map_hugetlb(mm, file, 0, 1, true);
	want_int(rig_read(mm, addr + PAGE(2)), 0);
	want(mapped_huge_page(mm, addr) != head);
	want_free(0);
	want_counts();
	mmput(mm);
	mmput(other);
	fput(file);
	want_free(1);
	unpoison_all();
	want_free(2);
	want_nothing_left();
}

/* Those who have the table give it up, but for the last one, whose entry says it to all who get the table later. */
static void a_shared_table_says_it_once(struct rig *r)
{
	struct file *file = hugetlb_file(2, 2);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), at = map_hugetlb(other, file, 0, 2, true);

	rig_write(mm, addr, 1);
	rig_write(mm, addr + HUGE(1), 2);
	want_int(rig_read(other, at), 1);
	want_int(memory_failure(mapped_huge_page(mm, addr + HUGE(1)) + 4), 0);
	want_int(r->nr[EV_PMD_UNSHARED], 1);
	want_int(r->nr[EV_POISON_ENTRY], 1);
	want_counts();
	want_int(read_at(mm, addr + HUGE(1)), -ENXIO);
	want_int(read_at(other, at + HUGE(1)), -ENXIO);
	want(pud_table_peek(mm, addr) == pud_table_peek(other, at));
	want_int(rig_read(other, at), 1);
	want_int(rig_read(mm, addr), 1);
	want_int(file_truncate(file, HPAGE_PMD_NR), 0);
	want_int(file_truncate(file, 2 * HPAGE_PMD_NR), 0);
	want(!is_poison(mm, addr + HUGE(1)));
	want_int(read_at(mm, addr + HUGE(1)), -ENXIO);		/* the pool is empty */
	want_int(r->nr[EV_POISON_FAULT], 2);
	want_counts();
	mmput(mm);
	mmput(other);
	fput(file);
	unpoison_all();
	want_free(2);
	want_nothing_left();
}

static void what_is_free_leaves_the_pool(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);
	struct page *head;

	(void)r;
	rig_write(mm, addr, 1);
	head = mapped_huge_page(mm, addr);
	want_int(do_munmap(mm, addr, HUGE(1)), 0);
	want_free(2);
	want_int(memory_failure(head + 6), 0);
	want_dissolved(head, 6);
	want_free(1);
	mmput(mm);
	fput(file);
	unpoison_all();
	want(!flag_peek(head + 6, PG_hwpoison));
	want_nothing_left();
}

/* Somebody has it pinned: it stays his, and when he lets go of it, and it is in the pool, nobody gets it. */
static void what_is_held_is_not_reused(struct rig *r)
{
	struct file *file = hugetlb_file(1, 1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);
	struct page *page;

	rig_write(mm, addr, 1);
	want_int(get_user_page(mm, addr + PAGE(1), FOLL_WRITE, &page), 0);
	want_int(memory_failure(page), -EBUSY);
	want_int(r->nr[EV_POISONED], 0);
	want_int(state_of(page), POISON_HUGE_RAW);
	want_int(memory_failure(page + 4), 0);		/* known, and noted */
	want_int(state_of(page + 4), POISON_HUGE_RAW);
	want_int(state_of(page + 3), POISON_HUGE);
	want_int(read_at(mm, addr), -ENXIO);
	put_user_page(page, true);
	want_free(1);
	want_counts();
	want_int(do_munmap(mm, addr, HUGE(1)), 0);
	addr = map_hugetlb(mm, file, 0, 1, false);
	want_int(read_at(mm, addr), -ENXIO);
	want_int(r->nr[EV_ALLOC_FAILED], 1);
	/* If it leaves the pool both frames stay out of use. */
	want_int(dissolve_free_huge_page(page), 0);
	want_int(dissolve_free_huge_page(page), 0);
	want(flag_peek(page, PG_hwpoison) && flag_peek(page + 4, PG_hwpoison) && !flag_peek(page - 1, PG_hwpoison));
	want_int(state_of(page), POISON_FREE);
	want_int(state_of(page + 4), POISON_FREE);
	want_free(0);
	mmput(mm);
	fput(file);
	unpoison_all();
	want(!flag_peek(page, PG_hwpoison) && !flag_peek(page + 4, PG_hwpoison));
	want_nothing_left();
}

/* The lock of the file comes before that of the page, and somebody has it. Those who have the page keep it, and nobody else gets it. */
static void who_has_the_file_locked_is_not_waited_for(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, true), at = map_hugetlb(other, file, 0, 1, true);
	struct page *head;

	rig_write(mm, addr, 1);
	head = mapped_huge_page(mm, addr);
	i_mmap_lock_read(file->f_mapping);
	want_int(memory_failure(head), -EBUSY);
	i_mmap_unlock_read(file->f_mapping);
	want_int(state_of(head), POISON_IGNORED);
	want_int(r->nr[EV_POISON_ENTRY], 0);
	want_int(rig_read(mm, addr), 1);
	want_int(read_at(other, at), -ENXIO);
	want_int(r->nr[EV_POISON_FAULT], 1);
	want_counts();
	/* Nor does it move: its entries say what has become of it by then. */
	want_int(migrate_page(head), MIGRATE_AGAIN);
	want_int(r->nr[EV_POISON_ENTRY], 1);
	want(is_poison(mm, addr) && file->f_mapping->page[0] == head);
	want_counts();
	mmput(mm);
	mmput(other);
	fput(file);
	want_free(1);
	unpoison_all();
	want_free(2);
	want_nothing_left();
}

/* Whoever moves it has it: it is let go by. And nobody moves what is in the pool no longer. */
static void a_page_on_the_move(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);
	struct page *head;

	rig_write(mm, addr, 1);
	head = mapped_huge_page(mm, addr);
	want(isolate_huge_page(head));
	want_int(memory_failure(head), -EBUSY);
	want(!flag_peek(head, PG_hwpoison));
	putback_huge_page(head);
	want_int(memory_failure(head), 0);
	want_int(migrate_page(head), MIGRATE_NOT_ISOLATED);
	want_int(r->nr[EV_MIGRATED], 0);
	want(is_poison(mm, addr));
	mmput(mm);
	fput(file);
	unpoison_all();
	want_nothing_left();
}

/* ---- two bodies ---- */

/* The last reference is gone, and the page is not yet in the pool: it will be there, and stay there. */
static void on_its_way_to_the_pool(struct rig *r)
{
	struct file *file = hugetlb_file(1, 1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);
	struct page *head;

	rig_write(mm, addr, 1);
	head = mapped_huge_page(mm, addr);
	r->arg = mm;
	rig_hold(r, "enqueue_huge_page", OP_LOCK, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want_int(page_count(head), 0);
	want_free(0);
	want_int(memory_failure(head + 1), 0);
	want(PageHuge(head) && flag_peek(head, PG_hwpoison));
	rig_let_go(r);
	rig_wait(r, 2);
	want_free(1);
	want(PageHuge(head) && !alloc_hugetlb_page());
	fput(file);
	unpoison_all();
	want(alloc_hugetlb_page() == head);
	put_page(head);
	want_nothing_left();
}

static void exiter(struct rig *r)
{
	rig_wait(r, 1);
	mmput(r->arg);
	rig_raise(r, 2);
}

static void on_its_way_to_the_pool_test(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, on_its_way_to_the_pool, exiter);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_private_page_is_dissolved),
		RIG_TEST(it_all_comes_back),
		RIG_TEST(a_page_of_a_file_is_kept),
		RIG_TEST(a_shared_table_says_it_once),
		RIG_TEST(what_is_free_leaves_the_pool),
		RIG_TEST(what_is_held_is_not_reused),
		RIG_TEST(who_has_the_file_locked_is_not_waited_for),
		RIG_TEST(a_page_on_the_move),
		cmocka_unit_test(on_its_way_to_the_pool_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
