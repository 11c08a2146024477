/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of hugetlb: its pages come from the pool and go back to it, are shared or copied as a whole, and are cut by nobody.
 *
 * Concurrency: one thread, or two bodies.
 */
#include "hugetlb_pages.h"
#include "mlock.h"

static void comes_from_the_pool_and_goes_back(struct rig *r)
{
	struct file *file = hugetlb_file(2, 3);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true);
	struct page *head;

	want_free(3);
	want_int(rig_ledger().pages, 0);
	rig_write(mm, addr + PAGE(3), 7);
	want_int(r->nr[EV_FAULT_HUGE], 1);
	head = mapped_huge_page(mm, addr);
	want(head && PageHuge(head + 5) && PageHead(head) && !flag_peek(head, PG_lru));
	want_free(2);
	want(pud_table_peek(mm, addr) && !mm->hugetlb_usage.counter);
	want(!mm->file_rss.counter && !mm->anon_rss.counter && !core()->vmstat[NR_FILE_MAPPED].counter);
	want_int(rig_read(mm, addr + PAGE(4)), 0);
	want_counts();
	/* The file keeps it. */
	want_int(do_munmap(mm, addr, HPAGE_PMD_SIZE), 0);
	want(!pud_table_peek(mm, addr) && !mm->hugetlb_usage.counter);
	want_free(2);
	want_counts();
	fput(file);			/* the mapping of the second one has it open still */
	want_free(2);
	mmput(mm);
	want_free(3);
	want_nothing_left();
}

static void private_pages_are_copied_whole(struct rig *r)
{
	struct file *file = hugetlb_file(1, 4);
	struct mm_struct *mm = rig_mm(), *other = rig_mm(), *child;
	unsigned long shared = map_hugetlb(mm, file, 0, 1, true), addr = map_hugetlb(other, file, 0, 1, false);
	struct page *head, *copy;

	rig_write(mm, shared, 1);
	rig_write(mm, shared + PAGE(7), 8);
	head = mapped_huge_page(mm, shared);
	want_int(rig_read(other, addr + PAGE(7)), 8);
	want(mapped_huge_page(other, addr) == head && page_mapcount(head) == 2);
	rig_write(other, addr + PAGE(1), 2);
	copy = mapped_huge_page(other, addr);
	want(copy != head && PageHuge(copy) && PageAnon(copy));
	want_int(rig_read(other, addr), 1);
	want_int(rig_read(other, addr + PAGE(7)), 8);
	want_int(rig_read(mm, shared + PAGE(1)), 0);
	want_int(r->nr[EV_COW_COPY], 1);
	want_counts();
	child = rig_fork(other);
	want(mapped_huge_page(child, addr) == copy && page_mapcount(copy) == 2);
	want_int(child->hugetlb_usage.counter, HPAGE_PMD_NR);
	rig_write(child, addr + PAGE(2), 3);
	want_int(r->nr[EV_COW_COPY], 2);
	want_free(1);
	/* Alone again: in place. */
	rig_write(other, addr + PAGE(2), 4);
	want_int(r->nr[EV_COW_REUSE], 1);
	want(mapped_huge_page(other, addr) == copy);
	want_int(rig_read(child, addr + PAGE(2)), 3);
	want_counts();
	mmput(child);
	mmput(other);
	want_free(3);
	fput(file);
	mmput(mm);
	want_free(4);
	want_nothing_left();
}

/* Shared memory is the child's at once, and the same. */
static void fork_shares(struct rig *r)
{
	struct file *file = hugetlb_file(1, 1);
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = map_hugetlb(mm, file, 0, 1, true);

	rig_write(mm, addr, 1);
	child = rig_fork(mm);
	want(mapped_huge_page(child, addr) == mapped_huge_page(mm, addr));
	rig_write(child, addr, 2);
	want_int(rig_read(mm, addr), 2);
	want_int(r->nr[EV_FAULT_HUGE], 1);
	want_counts();
	mmput(mm);
	fput(file);
	want_int(rig_read(child, addr), 2);
	mmput(child);
	want_free(1);
	want_nothing_left();
}

static void truncate_takes_what_is_behind(struct rig *r)
{
	struct file *file = hugetlb_file(2, 4);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), copy = map_hugetlb(mm, file, 1, 1, false);
	u64 value;

	rig_write(mm, addr, 1);
	rig_write(mm, addr + HUGE(1), 2);
	rig_write(mm, copy + PAGE(1), 3);
	want_free(1);
	want_int(file_truncate(file, HPAGE_PMD_NR + 1), -EINVAL);
	want_int(file_truncate(file, HPAGE_PMD_NR), 0);
	want_free(3);
	want(!mapped_huge_page(mm, addr + HUGE(1)) && !mapped_huge_page(mm, copy));
	want_int(user_access(mm, addr + HUGE(1), true, &value), -ENXIO);
	want_int(user_access(mm, copy, false, &value), -ENXIO);
	want_int(r->nr[EV_FAULT_BEYOND], 2);
	want_int(file_read(file, HPAGE_PMD_NR, &value), -ENXIO);
	want_int(file_truncate(file, 2 * HPAGE_PMD_NR), 0);
	want_int(file_read(file, HPAGE_PMD_NR, &value), 0);
	want_int(value, 0);
	want_int(rig_read(mm, addr + HUGE(1)), 0);
	want_int(rig_read(mm, addr), 1);
	want_counts();
	fput(file);
	mmput(mm);
	want_free(4);
	want_nothing_left();
}

static void nothing_is_cut(struct rig *r)
{
	struct file *file = hugetlb_file(2, 2);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true);

	(void)r;
	rig_write(mm, addr, 1);
	want_int(do_munmap(mm, addr, PAGE(3)), -EINVAL);
	want_int(do_munmap(mm, addr + PAGE(3), HUGE(1)), -EINVAL);
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), -EINVAL);
	want_int(do_madvise(mm, addr, HUGE(1), MADVISE_DONTNEED), -EINVAL);
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_SEQUENTIAL), -EINVAL);
	want_int(do_mremap(mm, addr, HUGE(2), HUGE(1)), -EINVAL);
	want_int(do_mmap_file(mm, file, 1, HPAGE_PMD_NR, true), -EINVAL);
	want_int(do_mmap_file(mm, file, 0, HPAGE_PMD_NR - 1, true), -EINVAL);
	want_int(file_write(file, 0, 1), -EINVAL);
	want_int(mm->map_count, 1);
	want_int(rig_read(mm, addr), 1);
	want_int(do_mprotect(mm, addr, HUGE(1), VM_READ), 0);
	want_int(mm->map_count, 2);
	want_int(rig_read(mm, addr), 1);	/* the table has gone with the split */
	want(!pmd_has(pmd_peek(mm, addr), PTE_WRITE));
	want_int(do_mprotect(mm, addr, HUGE(1), VM_READ | VM_WRITE), 0);
	want(pmd_has(pmd_peek(mm, addr), PTE_WRITE));
	/* As Linux has it: they are not merged again. */
	want_int(mm->map_count, 2);
	want_counts();
	fput(file);
	mmput(mm);
	want_nothing_left();
}

static void an_empty_pool_is_sigbus(struct rig *r)
{
	struct file *file = hugetlb_file(2, 1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), copy = map_hugetlb(mm, file, 0, 1, false);
	u64 value;

	(void)r;
	rig_write(mm, addr, 1);
	want_free(0);
	want_int(user_access(mm, addr + HUGE(1), false, &value), -ENXIO);
	want_int(rig_read(mm, copy), 1);
	want_int(user_access(mm, copy, true, &value), -ENXIO);
	want_int(rig_read(mm, copy), 1);
	want_counts();
	want_int(hugetlb_pool_grow(1), 1);
	rig_write(mm, copy, 2);
	want_int(rig_read(mm, addr), 1);
	want_counts();
	fput(file);
	mmput(mm);
	want_free(2);
	want_nothing_left();
}

/* What others do to pages is nothing that is done to these. */
static void left_alone(struct rig *r)
{
	struct file *file = hugetlb_file(1, 1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, true);
	struct page *head;

	(void)r;
	rig_write(mm, addr, 1);
	head = mapped_huge_page(mm, addr);
	want_int(reclaim_page(head), RECLAIM_NOT_ISOLATED);
	want_int(shrink_lru(4), 0);
	want_int(migrate_page(head), MIGRATE_ENOMEM);	/* it can move, but where to? */
	want_int(do_mlock(mm, addr, HUGE(1)), 0);
	want(!mm->locked_vm && !flag_peek(head, PG_mlocked));
	want_int(retract_page_tables(file->f_mapping), 0);
	want_counts();
	fput(file);
	mmput(mm);
	want_nothing_left();
}

/* A fault without memory for an anon_vma leaves the pool as it was. */
static void without_memory(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm();

	map_hugetlb(mm, file, 0, 1, false);
	r->arg = mm;
	want(rig_each_failure(r, write_first_page, nothing_to_undo, true) >= 2);
	want_free(1);
	want_counts();
	fput(file);
	mmput(mm);
	want_free(2);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(comes_from_the_pool_and_goes_back),
		RIG_TEST(private_pages_are_copied_whole),
		RIG_TEST(fork_shares),
		RIG_TEST(truncate_takes_what_is_behind),
		RIG_TEST(nothing_is_cut),
		RIG_TEST(an_empty_pool_is_sigbus),
		RIG_TEST(left_alone),
		RIG_TEST(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
