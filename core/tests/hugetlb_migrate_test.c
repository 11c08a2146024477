/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of pages of hugetlb that move: what becomes of their entries and tables, and who keeps them where they are.
 *
 * Concurrency: one thread, or two bodies.
 */
#include "gup.h"
#include "hugetlb_pages.h"

static void a_private_copy_moves_with_its_family(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);
	struct page *old, *new;

	rig_write(mm, addr, 1);
	rig_write(mm, addr + PAGE(7), 8);
	child = rig_fork(mm);
	old = mapped_huge_page(mm, addr);
	want_int(migrate_page(old + 3), MIGRATED);
	new = mapped_huge_page(mm, addr);
	want(new && new != old && new == mapped_huge_page(child, addr) && PageAnon(new));
	want_int(page_mapcount(new), 2);
	want_int(rig_read(child, addr + PAGE(7)), 8);
	want(!pmd_has(pmd_peek(mm, addr), PTE_WRITE) && !pmd_has(pmd_peek(child, addr), PTE_WRITE));
	want_free(1);
	want_counts();
	mmput(child);
	/* And once more, with the right to write, which it keeps. */
	rig_write(mm, addr, 2);
	want_int(migrate_page(new), MIGRATED);
	want(mapped_huge_page(mm, addr) == old && pmd_has(pmd_peek(mm, addr), PTE_WRITE));
	want_int(rig_read(mm, addr), 2);
	want_int(r->nr[EV_COW_COPY], 0);
	want_counts();
	mmput(mm);
	fput(file);
	want_free(2);
	want_nothing_left();
}

/* One entry is left of a table that three have; the others come back by faults. */
static void a_shared_table_is_given_up(struct rig *r)
{
	struct file *file = hugetlb_file(2, 3);
	struct mm_struct *mm = rig_mm(), *other = rig_mm(), *child;
	unsigned long addr = map_hugetlb(mm, file, 0, 2, true), at = map_hugetlb(other, file, 0, 2, true);
	struct page *old;
	u64 value;

	rig_write(mm, addr, 1);
	rig_write(other, at + HUGE(1), 2);
	child = rig_fork(mm);
	old = mapped_huge_page(mm, addr);
	want_int(migrate_page(old), MIGRATED);
	want_int(r->nr[EV_PMD_UNSHARED], 2);
	want(file->f_mapping->page[0] != old && PageHuge(file->f_mapping->page[0]));
	want_int(page_mapcount(file->f_mapping->page[0]), 1);
	want_int(file_read(file, 0, &value), 0);
	want_int(value, 1);
	want_int(rig_read(mm, addr), 1);
	rig_write(child, addr, 3);
	want_int(rig_read(other, at), 3);
	want_int(rig_read(mm, addr + HUGE(1)), 2);
	want_counts();
	mmput(mm);
	mmput(child);
	mmput(other);
	fput(file);
	want_free(3);
	want_nothing_left();
}

static void who_is_used_stays(struct rig *r)
{
	struct file *file = hugetlb_file(1, 2);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, false);
	struct page *page, *old;

	rig_write(mm, addr, 1);
	old = mapped_huge_page(mm, addr);
	want_int(get_user_page(mm, addr, FOLL_WRITE, &page), 0);
	want_int(migrate_page(old), MIGRATE_AGAIN);
	want(mapped_huge_page(mm, addr) == old && pmd_has(pmd_peek(mm, addr), PTE_WRITE));
	want_int(r->nr[EV_MIGRATE_UNMAP], 1);
	want_free(1);
	put_user_page(page, false);
	want_int(isolate_huge_page(old), true);
	want_int(migrate_page(old), MIGRATE_NOT_ISOLATED);
	putback_huge_page(old);
	want_int(hugetlb_pool_grow(1), 1);
	want_int(migrate_page(old), MIGRATED);
	want_int(rig_read(mm, addr), 1);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void an_empty_pool_keeps_it(struct rig *r)
{
	struct file *file = hugetlb_file(1, 1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_hugetlb(mm, file, 0, 1, true);

	(void)r;
	rig_write(mm, addr, 1);
	want_int(migrate_page(mapped_huge_page(mm, addr)), MIGRATE_ENOMEM);
	want_int(rig_read(mm, addr), 1);
	want_counts();
	want_int(do_munmap(mm, addr, HUGE(1)), 0);
	fput(file);
	mmput(mm);
	want_free(1);
	want_nothing_left();
}

/* ---- while it is on the move ---- */

static void mover(struct rig *r)
{
	rig_wait(r, 1);
	migrate_page(mapped_huge_page(r->arg, ((struct mm_struct *)r->arg)->mmap->vm_start));
	rig_raise(r, 2);
}

/* The other one is held where the new page has the content, and the entry still says that the old one is on the move. */
static struct mm_struct *hold_in_the_middle(struct rig *r, struct file **file, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*file = hugetlb_file(1, 3);
	*addr = map_hugetlb(mm, *file, 0, 1, false);
	rig_write(mm, *addr, 1);
	r->arg = mm;
	rig_hold(r, "copy_highpage", OP_LOAD, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want(pmd_migration(pmd_peek(mm, *addr)) && pte_migration(rig_pte(mm, *addr + PAGE(5))));
	return mm;
}

static void a_fault_waits(struct rig *r)
{
	struct file *file;
	unsigned long addr;
	struct mm_struct *mm = hold_in_the_middle(r, &file, &addr);

	rig_write(mm, addr + PAGE(1), 2);	/* the other one goes on when we wait */
	want_int(r->nr[EV_MIGRATION_WAIT], 1);
	rig_wait(r, 2);
	want_int(rig_read(mm, addr), 1);
	want_int(r->nr[EV_COW_COPY], 0);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void fork_copies_what_stands_for_it(struct rig *r)
{
	struct file *file;
	unsigned long addr;
	struct mm_struct *mm = hold_in_the_middle(r, &file, &addr), *child = rig_fork(mm);

	want_int(r->nr[EV_MIGRATION_FORKED], 1);
	want(!pte_migration_write(rig_pte(mm, addr)) && pmd_migration(pmd_peek(child, addr)));
	rig_let_go(r);
	rig_wait(r, 2);
	want(mapped_huge_page(child, addr) && mapped_huge_page(child, addr) == mapped_huge_page(mm, addr));
	want_int(page_mapcount(mapped_huge_page(mm, addr)), 2);
	rig_write(child, addr, 3);
	want_int(rig_read(mm, addr), 1);
	want_counts();
	mmput(child);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void munmap_takes_it(struct rig *r)
{
	struct file *file;
	unsigned long addr;
	struct mm_struct *mm = hold_in_the_middle(r, &file, &addr);

	want_int(do_mprotect(mm, addr, HUGE(1), VM_READ), 0);
	want(!pte_migration_write(rig_pte(mm, addr)));
	want_int(do_munmap(mm, addr, HUGE(1)), 0);
	want_int(r->nr[EV_MIGRATION_ZAPPED], 1);
	rig_let_go(r);
	rig_wait(r, 2);
	want_counts();
	mmput(mm);
	fput(file);
	want_free(3);
	want_nothing_left();
}

#define MOVING(name)                                                    \
	static void name##_test(void **state)                           \
	{                                                               \
		struct rig r;                                           \
									\
		(void)state;                                            \
		rig_begin(&r);                                          \
		rig_run_two(&r, name, mover);                           \
		rig_end(&r);                                            \
	}

MOVING(a_fault_waits)
MOVING(fork_copies_what_stands_for_it)
MOVING(munmap_takes_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_private_copy_moves_with_its_family),
		RIG_TEST(a_shared_table_is_given_up),
		RIG_TEST(who_is_used_stays),
		RIG_TEST(an_empty_pool_keeps_it),
		cmocka_unit_test(a_fault_waits_test),
		cmocka_unit_test(fork_copies_what_stands_for_it_test),
		cmocka_unit_test(munmap_takes_it_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
