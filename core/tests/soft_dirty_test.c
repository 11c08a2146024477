/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of soft-dirty bits: what sets them, what takes them away, and where they go with an entry.
 *
 * Concurrency: one thread.
 */
#include "rig.h"
#include "soft_dirty.h"

/* A process with that many written pages, all of which is forgotten. */
static struct mm_struct *forgotten(unsigned pages, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, pages);
	for (unsigned i = 0; i < pages; i++)
		rig_write(mm, *addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	clear_refs_soft_dirty(mm);
	return mm;
}

static void what_is_new_counts_as_written(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);

	want_int(soft_dirty_of(mm, addr), 1);
	clear_refs_soft_dirty(mm);
	want_int(r->nr[EV_CLEARED_SOFT], 1);
	want_int(soft_dirty_of(mm, addr), 0);
	want_int(rig_read(mm, addr), 0);
	want_int(soft_dirty_of(mm, addr), 0);
	rig_write(mm, addr, 1);
	want_int(soft_dirty_of(mm, addr), 1);
	want_int(soft_dirty_of(mm, addr + PAGE(1)), 0);
	want_int(soft_dirty_of(mm, addr + PAGE(2)), -EFAULT);
	mmput(mm);
	want_nothing_left();
}

/* What was writable is so again by the next fault, in place. */
static void the_next_write_faults(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = forgotten(1, &addr);
	struct page *page = rig_page(mm, addr);

	want(!pte_has(rig_pte(mm, addr), PTE_WRITE) && pte_has(rig_pte(mm, addr), PTE_DIRTY));
	rig_write(mm, addr, 7);
	want(rig_page(mm, addr) == page && pte_has(rig_pte(mm, addr), PTE_WRITE | PTE_SOFT_DIRTY));
	want_int(r->nr[EV_COW_REUSE], 1);
	mmput(mm);
}

static void it_goes_to_swap_and_back(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = forgotten(3, &addr), *child;

	(void)r;
	rig_write(mm, addr, 7);
	rig_swap_out(mm, addr);
	rig_swap_out(mm, addr + PAGE(1));
	want(pte_swap(rig_pte(mm, addr)) && soft_dirty_of(mm, addr) == 1);
	want_int(soft_dirty_of(mm, addr + PAGE(1)), 0);
	child = rig_fork(mm);
	want_int(rig_read(mm, addr), 7);
	want_int(soft_dirty_of(mm, addr), 1);
	want_int(soft_dirty_of(child, addr), 1);
	clear_refs_soft_dirty(child);
	want(pte_swap(rig_pte(child, addr)) && !soft_dirty_of(child, addr));
	want_int(swapoff(0), 0);
	want_int(rig_read(child, addr), 7);
	want_int(soft_dirty_of(child, addr), 0);
	want_int(soft_dirty_of(mm, addr + PAGE(1)), 0);
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void swapoff_leaves_it(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = forgotten(1, &addr);

	(void)r;
	rig_write(mm, addr, 7);
	rig_swap_out(mm, addr);
	want_int(swapoff(0), 0);
	want(rig_page(mm, addr));
	want_int(soft_dirty_of(mm, addr), 1);
	mmput(mm);
}

static void migration_keeps_it(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = forgotten(2, &addr);

	(void)r;
	rig_write(mm, addr, 7);
	want_int(migrate_page(rig_page(mm, addr)), MIGRATED);
	want_int(migrate_page(rig_page(mm, addr + PAGE(1))), MIGRATED);
	want_int(soft_dirty_of(mm, addr), 1);
	want_int(soft_dirty_of(mm, addr + PAGE(1)), 0);
	mmput(mm);
}

/* By hand: what stands for a writable page becomes what stands for a read-only one. */
static void what_is_moving_comes_back_read_only(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = forgotten(1, &addr);
	struct pgtable *pt;
	struct page *page;
	pte_t *ptep, was;

	(void)r;
	rig_write(mm, addr, 7);
	page = rig_page(mm, addr);
	pt = pgtable_find(mm, addr);
	ptep = pte_offset(pt, addr);
	lock_page(page);
	was = *ptep;
	*ptep = pte_with(migration_pte(page_to_pfn(page), true), PTE_SOFT_DIRTY);
	clear_refs_soft_dirty(mm);
	want(pte_migration(*ptep) && !pte_migration_write(*ptep) && !pte_soft_dirty(*ptep));
	*ptep = was;
	unlock_page(page);
	mmput(mm);
}

static void moving_counts_as_writing(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = forgotten(2, &addr);
	long to;

	(void)r;
	rig_mmap(mm, 1);
	clear_refs_soft_dirty(mm);
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want_int(soft_dirty_of(mm, addr), 0);
	rig_swap_out(mm, addr);
	to = do_mremap(mm, addr, PAGE(1), PAGE(2));
	want(to > 0 && (unsigned long)to != addr);
	want_int(soft_dirty_of(mm, (unsigned long)to), 1);
	want_int(soft_dirty_of(mm, addr + PAGE(1)), 0);
	mmput(mm);
}

/* One flag for all of the VMA: once it is there it stays, whoever it is merged with. */
static void a_new_area_stays_new(struct rig *r)
{
	unsigned long addr, new;
	struct mm_struct *mm = forgotten(4, &addr);

	want_int(do_mprotect(mm, addr + PAGE(2), PAGE(2), VM_READ), 0);
	want_int(do_munmap(mm, addr, PAGE(2)), 0);
	new = rig_mmap(mm, 2);
	want_int(new, addr);
	rig_write(mm, new + PAGE(1), 1);
	want_int(soft_dirty_of(mm, addr + PAGE(2)), 0);
	want_int(do_mprotect(mm, addr + PAGE(2), PAGE(2), VM_READ | VM_WRITE), 0);
	want(r->nr[EV_VMA_EXTENDED] && find_vma(mm, addr)->vm_end == addr + PAGE(4));
	want_int(soft_dirty_of(mm, addr), 1);
	mmput(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(what_is_new_counts_as_written),
		RIG_TEST(the_next_write_faults),
		RIG_TEST(it_goes_to_swap_and_back),
		RIG_TEST(swapoff_leaves_it),
		RIG_TEST(migration_keeps_it),
		RIG_TEST(what_is_moving_comes_back_read_only),
		RIG_TEST(moving_counts_as_writing),
		RIG_TEST(a_new_area_stays_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
