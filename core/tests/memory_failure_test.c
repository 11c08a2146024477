/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of memory failure: what becomes of a page, by what it was, and of those who had it.
 *
 * Concurrency: one thread.
 */
#include "memory_failure.h"

#include "file.h"
#include "mlock.h"
#include "rig.h"

/* A page of a process's own, on the LRU. */
static struct page *mapped_page(struct mm_struct **mm, unsigned long *addr)
{
	*mm = rig_mm();
	*addr = rig_mmap(*mm, 1);
	rig_write(*mm, *addr, 7);
	lru_add_drain_all();
	return rig_page(*mm, *addr);
}

static int read_at(struct mm_struct *mm, unsigned long addr)
{
	u64 value;

	return user_access(mm, addr, false, &value);
}

static u8 state_of(const struct page *page)
{
	return core()->poisoned[page_to_pfn(page)];
}

static void an_anonymous_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm, *child, *grandchild;
	struct page *page = mapped_page(&mm, &addr);

	child = rig_fork(mm);
	want_int(memory_failure(page), 0);
	want_int(r->nr[EV_POISON_FOUND], 2);
	want_int(r->nr[EV_POISON_ENTRY], 2);
	want_int(state_of(page), POISON_CONTAINED);
	want_int(page_count(page), 1);
	want(!flag_peek(page, PG_lru));
	want(pte_hwpoison(rig_pte(mm, addr)) && pte_pfn(rig_pte(child, addr)) == page_to_pfn(page));
	want_int(mm->anon_rss.counter, 0);
	want_int(read_at(mm, addr), -ENXIO);
	want_int(read_at(child, addr), -ENXIO);
	want_int(memory_failure(page), 0);		/* once is enough */
	want_int(page_count(page), 1);
	grandchild = rig_fork(child);
	want_int(r->nr[EV_POISON_FORKED], 1);
	want_int(read_at(grandchild, addr), -ENXIO);
	want_counts();
	/* What is given up is new when it is touched again. */
	want_int(do_madvise(child, addr, PAGE(1), MADVISE_DONTNEED), 0);
	want_int(rig_read(child, addr), 0);
	rig_write(child, addr, 3);
	want(rig_page(child, addr) != page);
	mmput(mm);
	mmput(child);
	mmput(grandchild);
	want_int(page_count(page), 1);
	unpoison_all();
	want_nothing_left();
}

static void rights_and_places_do_not_matter(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm;
	struct page *page = mapped_page(&mm, &addr);
	long to;

	(void)r;
	want_int(memory_failure(page), 0);
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	to = do_mremap(mm, addr, PAGE(1), PAGE(2));
	want(to > 0);
	want(pte_hwpoison(rig_pte(mm, (unsigned long)to)));
	want_int(read_at(mm, (unsigned long)to), -ENXIO);
	want_int(do_munmap(mm, (unsigned long)to, PAGE(2)), 0);
	want_counts();
	mmput(mm);
	unpoison_all();
	want_nothing_left();
}

static void a_page_that_was_mlocked(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm;
	struct page *page = mapped_page(&mm, &addr);

	(void)r;
	want_int(do_mlock(mm, addr, PAGE(1)), 0);
	want_int(memory_failure(page), 0);
	want_int(state_of(page), POISON_CONTAINED);
	want(!flag_peek(page, PG_mlocked));
	mmput(mm);
	unpoison_all();
	want_nothing_left();
}

/* Clean in the swap cache: the slot has it all. */
static void a_page_that_swap_has(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm, *child;
	struct page *page;

	mapped_page(&mm, &addr);
	child = rig_fork(mm);
	rig_swap_out(mm, addr);
	want_int(rig_read(mm, addr), 7);
	lru_add_drain_all();
	page = rig_page(mm, addr);
	want_int(memory_failure(page), 0);
	want_int(state_of(page), POISON_CONTAINED);
	want_int(r->nr[EV_POISON_ENTRY], 0);
	want(pte_swap(rig_pte(mm, addr)));
	want_int(rig_read(mm, addr), 7);
	want(rig_page(mm, addr) != page);
	want_int(rig_read(child, addr), 7);
	want_counts();
	mmput(mm);
	mmput(child);
	unpoison_all();
	want_nothing_left();
}

/* Dirty there: nobody else has it. It stays to be found, by swap-in and by swapoff. */
static void a_page_that_only_the_swap_cache_has(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm, *child;
	struct page *page = mapped_page(&mm, &addr);

	child = rig_fork(mm);
	get_page(page);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	put_page(page);
	want(flag_peek(page, PG_swapcache) && flag_peek(page, PG_dirty));
	want_int(memory_failure(page), 0);
	want_int(state_of(page), POISON_CACHED);
	want_int(read_at(mm, addr), -ENXIO);
	want(pte_swap(rig_pte(mm, addr)));
	want_int(swapoff(0), 0);
	want_int(r->nr[EV_POISON_ENTRY], 2);
	want(pte_hwpoison(rig_pte(mm, addr)) && pte_hwpoison(rig_pte(child, addr)));
	want_int(read_at(child, addr), -ENXIO);
	want_counts();
	mmput(mm);
	mmput(child);
	unpoison_all();
	want_nothing_left();
}

static struct page *file_page(struct mm_struct *mm, struct file *file, unsigned long *addr, bool write)
{
	*addr = (unsigned long)do_mmap_file(mm, file, 0, 1, true);
	if (write)
		rig_write(mm, *addr, 9);
	else
		rig_read(mm, *addr);
	lru_add_drain_all();
	return rig_page(mm, *addr);
}

static void a_clean_page_of_a_file(struct rig *r)
{
	struct file *file = file_create(1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr;
	struct page *page = file_page(mm, file, &addr, false);

	want_int(memory_failure(page), 0);
	want_int(r->nr[EV_POISON_ENTRY], 0);
	want_int(r->nr[EV_POISON_FOUND], 0);
	want_int(state_of(page), POISON_CONTAINED);
	want_int(rig_read(mm, addr), 0);
	want(rig_page(mm, addr) && rig_page(mm, addr) != page);
	mmput(mm);
	fput(file);
	unpoison_all();
	want_nothing_left();
}

static void a_dirty_page_of_a_file(struct rig *r)
{
	struct file *file = file_create(1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr;
	struct page *page = file_page(mm, file, &addr, true);
	u64 value = 1;

	want_int(memory_failure(page), 0);
	want_int(r->nr[EV_POISON_ENTRY], 1);
	want_int(r->nr[EV_FILE_LOST], 1);
	want_int(mm->file_rss.counter, 0);
	want_int(read_at(mm, addr), -ENXIO);
	want_int(file_read(file, 0, &value), 0);
	want_int(value, 0);
	file_truncate(file, 0);
	want(pte_none(rig_pte(mm, addr)));
	mmput(mm);
	fput(file);
	unpoison_all();
	want_nothing_left();
}

/* Nobody was asked: they may go on as if nothing had happened. */
static void pages_in_somebodys_hands(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm;
	struct page *page = mapped_page(&mm, &addr);

	want(isolate_lru_page(page));
	want_int(memory_failure(page), -EBUSY);
	want_int(state_of(page), POISON_IGNORED);
	putback_lru_page(page);
	want_int(r->nr[EV_POISON_ENTRY], 0);
	want_int(rig_read(mm, addr), 7);
	want_int(memory_failure(pfn_to_page(ZERO_PFN)), -EBUSY);
	want_counts();
	mmput(mm);
	unpoison_all();
	want_nothing_left();
}

static void a_free_page_is_not_handed_out(struct rig *r)
{
	struct page *page = alloc_page(GFP_KERNEL), *next;

	(void)r;
	put_page(page);
	want_int(memory_failure(page), 0);
	want_int(state_of(page), POISON_FREE);
	next = alloc_page(GFP_KERNEL);
	want(next && next != page);
	want_int(state_of(page), POISON_LEAKED);
	put_page(next);
	unpoison_all();
	want(alloc_page(GFP_KERNEL) == page);
	put_page(page);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(an_anonymous_page),
		RIG_TEST(rights_and_places_do_not_matter),
		RIG_TEST(a_page_that_was_mlocked),
		RIG_TEST(a_page_that_swap_has),
		RIG_TEST(a_page_that_only_the_swap_cache_has),
		RIG_TEST(a_clean_page_of_a_file),
		RIG_TEST(a_dirty_page_of_a_file),
		RIG_TEST(pages_in_somebodys_hands),
		RIG_TEST(a_free_page_is_not_handed_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
