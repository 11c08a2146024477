/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of tables of hugetlb that several address spaces have: who has one with whom, and who gives it up.
 *
 * Concurrency: one thread.
 */
#include "hugetlb_pages.h"

static int sharers(const struct mm_struct *mm, unsigned long addr)
{
	const struct pmd_table *table = pud_table_peek(mm, addr);

	return table ? atomic_peek(&table->pt_share_count) + 1 : 0;
}

static void all_who_map_it_have_one(struct rig *r)
{
	struct file *file = hugetlb_file(2, 2);
	struct mm_struct *mm = rig_mm(), *other = rig_mm(), *child;
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), at = map_hugetlb(other, file, 0, 2, true);
	struct page *head;

	want(!(addr % PUD_SIZE) && !(at % PUD_SIZE));
	rig_write(mm, addr + PAGE(1), 1);
	want_int(sharers(mm, addr), 1);
	want_int(rig_read(other, at + PAGE(1)), 1);
	want(pud_table_peek(other, at) == pud_table_peek(mm, addr));
	want_int(sharers(mm, addr), 2);
	want_int(r->nr[EV_FAULT_HUGE], 1);
	head = pmd_page(pmd_peek(mm, addr));
	want_int(page_mapcount(head), 1);
	want_counts();
	child = rig_fork(mm);
	want_int(sharers(child, addr), 3);
	want_int(page_mapcount(head), 1);
	rig_write(child, addr + HUGE(1), 2);
	want_int(rig_read(other, at + HUGE(1)), 2);
	want_free(0);
	want_counts();
	mmput(mm);
	want_int(sharers(child, addr), 2);
	want_int(do_munmap(other, at, HUGE(2)), 0);
	want_int(sharers(child, addr), 1);
	want_int(rig_read(child, addr + PAGE(1)), 1);
	want_counts();
	mmput(child);
	mmput(other);
	fput(file);
	want_free(2);
	want_nothing_left();
}

static void who_cannot_has_his_own(struct rig *r)
{
	struct file *file = hugetlb_file(2, 3);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long whole = map_hugetlb(mm, file, 0, 2, true), half = map_hugetlb(other, file, 0, 1, true);
	unsigned long shifted = map_hugetlb(other, file, 1, 1, true), private = map_hugetlb(other, file, 0, 2, false);

	(void)r;
	rig_write(mm, whole, 1);
	rig_write(mm, whole + HUGE(1), 2);
	want_int(rig_read(other, half), 1);
	want(!pud_table_peek(other, half));
	want_int(rig_read(other, shifted), 2);
	want(!pud_table_peek(other, shifted));
	want_int(rig_read(other, private), 1);
	rig_write(other, private + HUGE(1), 4);
	want(!pud_table_peek(other, private));
	want_int(sharers(mm, whole), 1);
	want_counts();
	mmput(other);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void new_rights_are_ones_own(struct rig *r)
{
	struct file *file = hugetlb_file(2, 2);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), at = map_hugetlb(other, file, 0, 2, true);
	u64 value = 9;

	rig_write(mm, addr, 1);
	rig_write(other, at + HUGE(1), 2);
	want_int(do_mprotect(mm, addr, HUGE(2), VM_READ), 0);
	want_int(r->nr[EV_PMD_UNSHARED], 1);
	want(!pud_table_peek(mm, addr) && sharers(other, at) == 1);
	want_int(user_access(mm, addr, true, &value), -EFAULT);
	want_int(rig_read(mm, addr), 1);
	want_int(sharers(mm, addr), 1);
	rig_write(other, at, 3);
	want_int(rig_read(mm, addr), 3);
	want_counts();
	/* The same rights again: the table stays its own until the next one is looked for. */
	want_int(do_mprotect(mm, addr, HUGE(2), VM_READ | VM_WRITE), 0);
	rig_write(mm, addr, 4);
	want_int(rig_read(other, at), 4);
	want_int(sharers(mm, addr), 1);
	want_counts();
	mmput(mm);
	mmput(other);
	fput(file);
	want_nothing_left();
}

/* In the middle of the table: by who has it with others, and by who has it alone. */
static void a_split_gives_it_up(struct rig *r)
{
	struct file *file = hugetlb_file(2, 2);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), at = map_hugetlb(other, file, 0, 2, true);

	rig_write(mm, addr, 1);
	rig_write(mm, addr + HUGE(1), 2);
	want_int(rig_read(other, at), 1);
	want_int(do_munmap(mm, addr + HUGE(1), HUGE(1)), 0);
	want_int(r->nr[EV_PMD_UNSHARED], 1);
	want(!pud_table_peek(mm, addr) && sharers(other, at) == 1);
	want_int(rig_read(mm, addr), 1);
	want(!pud_table_peek(mm, addr));
	want_int(page_mapcount(pmd_page(pmd_peek(mm, addr))), 2);
	want_counts();
	want_int(do_mprotect(other, at, HUGE(1), VM_READ), 0);
	want(!pud_table_peek(other, at));
	want_int(rig_read(other, at + HUGE(1)), 2);
	want_int(rig_read(other, at), 1);
	want_counts();
	mmput(mm);
	mmput(other);
	fput(file);
	want_nothing_left();
}

static void truncate_takes_it_from_all_but_one(struct rig *r)
{
	struct file *file = hugetlb_file(2, 2);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), at = map_hugetlb(other, file, 0, 2, true);
	u64 value;

	rig_write(mm, addr, 1);
	rig_write(mm, addr + HUGE(1), 2);
	want_int(rig_read(other, at + HUGE(1)), 2);
	want_int(file_truncate(file, HPAGE_PMD_NR), 0);
	want_int(r->nr[EV_PMD_UNSHARED], 1);
	want_free(1);
	want(!sharers(mm, addr) != !sharers(other, at));
	want_int(user_access(mm, addr + HUGE(1), false, &value), -ENXIO);
	want_int(user_access(other, at + HUGE(1), false, &value), -ENXIO);
	want_int(rig_read(mm, addr), 1);
	want_int(rig_read(other, at), 1);
	want_int(sharers(mm, addr), 2);
	want_counts();
	mmput(mm);
	mmput(other);
	fput(file);
	want_nothing_left();
}

static void without_memory(struct rig *r)
{
	struct file *file = hugetlb_file(2, 1);
	struct mm_struct *mm = rig_mm();

	map_hugetlb(mm, file, 0, 2, true);
	r->arg = mm;
	want_int(rig_each_failure(r, write_first_page, nothing_to_undo, false), 2);	/* the table, and room in the cache */
	want_int(sharers(mm, mm->mmap->vm_start), 1);
	want_counts();
	fput(file);
	mmput(mm);
	want_free(1);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(all_who_map_it_have_one),
		RIG_TEST(who_cannot_has_his_own),
		RIG_TEST(new_rights_are_ones_own),
		RIG_TEST(a_split_gives_it_up),
		RIG_TEST(truncate_takes_it_from_all_but_one),
		RIG_TEST(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
