/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of files' huge pages: in the cache, mapped by directories and by tables, cleaned, cut, made small and made of small ones; each
 * address keeps its content, and every count agrees.
 *
 * Concurrency: one thread, or two bodies.
 */
#include "files.h"
#include "huge_pages.h"
#include "mlock.h"

#define NR HPAGE_PMD_NR

static struct file *huge_file(unsigned pages, u32 kind)
{
	struct file *file;

	core()->thp = true;
	file = file_create_kind(pages, AS_HUGE | kind);
	want(file);
	return file;
}

static long stat_of(enum node_stat_item item)
{
	return core()->vmstat[item].counter;
}

/* Page i holds i + 1. */
static void fill(struct mm_struct *mm, unsigned long addr)
{
	for (unsigned i = 0; i < NR; i++)
		rig_write(mm, addr + PAGE(i), i + 1);
}

static void want_file(struct file *file, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		want_int(read_file(file, i), i + 1);
}

static void mapped_as_one_and_in_part(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = map_file(mm, file, NR, true), part;
	struct page *head;

	part = (unsigned long)do_mmap_file(other, file, 2, 3, true);
	fill(mm, addr);
	head = cached(file, 0);
	want_int(r->nr[EV_FAULT_HUGE_FILE], 1);
	want(is_huge(mm, addr) && PageHead(head) && cached(file, 5) == head + 5 && !mm->pmd_huge_pte);
	want_int(rig_read(other, part), 3);
	want(!is_huge(other, part) && rig_page(other, part) == head + 2);
	want_int(page_mapcount(head + 2), 2);
	want_int(page_mapcount(head + 1), 1);
	want_int(total_mapcount(head), 2);
	want_int(stat_of(NR_FILE_MAPPED), NR);
	want_int(stat_of(NR_SHMEM_PMDMAPPED), 1);
	want_int(stat_of(NR_FILE_DIRTY), NR);
	want_counts();
	/* A part goes: so does the entry, and what is left is found again. */
	want_int(do_munmap(mm, addr + PAGE(6), PAGE(2)), 0);
	want_int(r->nr[EV_HUGE_PMD_SPLIT], 1);
	want(!is_huge(mm, addr) && !rig_page(mm, addr));
	want_int(stat_of(NR_FILE_MAPPED), 1);
	want_int(stat_of(NR_SHMEM_PMDMAPPED), 0);
	want_int(rig_read(mm, addr + PAGE(3)), 4);
	want(!is_huge(mm, addr) && rig_page(mm, addr + PAGE(3)) == head + 3);
	want_counts();
	mmput(mm);
	mmput(other);
	want_file(file, 0, NR - 1);
	want_int(stat_of(NR_FILE_MAPPED), 0);
	fput(file);
	want_nothing_left();
}

static void private_ones_are_copied_by_page(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = map_file(mm, file, NR, false);

	want_int(file_write(file, 3, 4), 0);
	want_int(rig_read(mm, addr + PAGE(3)), 4);
	want(is_huge(mm, addr) && !pte_has(rig_pte(mm, addr), PTE_WRITE));
	rig_write(mm, addr + PAGE(3), 9);
	want(!is_huge(mm, addr) && PageAnon(rig_page(mm, addr + PAGE(3))));
	want_int(r->nr[EV_FILE_COW], 1);
	want_int(read_file(file, 3), 4);
	child = rig_fork(mm);
	want_int(rig_read(child, addr + PAGE(3)), 9);
	want_int(rig_read(child, addr + PAGE(4)), 0);
	want_counts();
	mmput(mm);
	mmput(child);
	fput(file);
	want_nothing_left();
}

static void fork_leaves_huge_entries_to_faults(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = map_file(mm, file, NR, true);

	fill(mm, addr);
	child = rig_fork(mm);
	want(is_huge(mm, addr) && !is_huge(child, addr));
	want_int(rig_read(child, addr + PAGE(7)), 8);
	want(is_huge(child, addr));
	want_int(stat_of(NR_SHMEM_PMDMAPPED), 1);
	want_int(page_mapcount(cached(file, 0)), 2);
	want_int(r->nr[EV_FAULT_HUGE_FILE], 2);
	want_counts();
	mmput(child);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void write_back_cleans_the_entry(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_file(mm, file, NR, true);

	fill(mm, addr);
	filemap_write_range(file->f_mapping, 0, NR - 1);
	want_int(r->nr[EV_PAGE_CLEANED], 1);
	want_int(r->nr[EV_FILE_WRITTEN], NR);
	want(is_huge(mm, addr) && !pte_has(rig_pte(mm, addr), PTE_WRITE) && !pte_has(rig_pte(mm, addr), PTE_DIRTY));
	want(!flag_peek(cached(file, 0), PG_dirty) && !file->f_mapping->dirty);
	want_int(stat_of(NR_FILE_DIRTY), 0);
	for (unsigned i = 0; i < NR; i++)
		want_int(file_inode(file)->store[i], i + 1);
	rig_write(mm, addr + PAGE(2), 30);
	want(is_huge(mm, addr) && flag_peek(cached(file, 0), PG_dirty));
	want_int(stat_of(NR_FILE_DIRTY), NR);
	want_int(stat_of(NR_WRITEBACK), 0);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void reclaim_makes_it_small(struct rig *r)
{
	struct file *file = huge_file(NR, AS_TMPFS);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_file(mm, file, NR, true);
	struct page *head;

	/* Read first: then nothing but the entry knows that it was written to. */
	want_int(rig_read(mm, addr), 0);
	fill(mm, addr);
	head = cached(file, 0);
	want(!flag_peek(head, PG_dirty) && pte_has(rig_pte(mm, addr), PTE_DIRTY));
	lru_add_drain_all();
	want_int(reclaim_page(head + 3), RECLAIM_FREED);
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 1);
	want(!cached(file, 0) && cached(file, 3) == head + 3 && !PageCompound(head + 3));
	want(flag_peek(head + 3, PG_dirty));
	want_counts();
	for (unsigned i = 1; i < NR; i++)
		want_int(reclaim_page(cached(file, i)), RECLAIM_FREED);
	want_int(rig_ledger().pages, 0);
	for (unsigned i = 0; i < NR; i++)
		want_int(rig_read(mm, addr + PAGE(i)), i + 1);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void cut_in_its_middle(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_file(mm, file, NR, true);
	u64 value = 0;

	fill(mm, addr);
	lru_add_drain_all();
	file_truncate(file, 3);
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 1);
	want_int(rig_ledger().pages, 3);
	want_int(file->f_mapping->present, 7);
	want_int(stat_of(NR_FILE_DIRTY), 3);
	want_int(user_access(mm, addr + PAGE(3), false, &value), -ENXIO);
	want_file(file, 0, 2);
	file_truncate(file, NR);
	want_int(rig_read(mm, addr + PAGE(5)), 0);
	want_int(rig_read(mm, addr + PAGE(2)), 3);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void cut_while_somebody_holds_it(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_file(mm, file, NR, true);
	struct page *held;
	u64 value = 0;

	fill(mm, addr);
	lru_add_drain_all();
	held = find_get_page(file->f_mapping, 6);
	file_truncate(file, 3);
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 0);
	want(cached(file, 6) == held && PageCompound(held));
	want_int(core()->data[page_to_pfn(held)], 0);
	want_int(user_access(mm, addr + PAGE(6), false, &value), -ENXIO);
	want_int(rig_read(mm, addr + PAGE(2)), 3);
	want(!is_huge(mm, addr));		/* not all of it lies in the file */
	/* A device writes there. */
	core()->data[page_to_pfn(held)] = 77;
	file_truncate(file, NR);
	want_int(rig_read(mm, addr + PAGE(6)), 0);
	want_file(file, 0, 2);
	put_page(held);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void collapse_takes_all_or_nothing(struct rig *r)
{
	struct file *file = huge_file(NR - 1, 0);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_file(mm, file, NR, true);
	struct page *held;

	for (unsigned i = 0; i < NR - 1; i++)
		rig_write(mm, addr + PAGE(i), i + 1);
	want_int(rig_ledger().pages, NR - 1);
	lru_add_drain_all();
	want_int(reclaim_page(cached(file, 4)), RECLAIM_FREED);
	want_int(collapse_file(file->f_mapping, 2, NULL), COLLAPSE_AGAIN);	/* it is too short */
	file_truncate(file, NR);
	held = cached(file, 6);
	get_page(held);
	want_int(collapse_file(file->f_mapping, 2, NULL), COLLAPSE_AGAIN);
	want(cached(file, 6) == held && !cached(file, 4));
	want_int(file->f_mapping->present, 0x6f);
	put_page(held);
	want_counts();
	want_int(collapse_file(file->f_mapping, 2, NULL), COLLAPSED);
	want_int(r->nr[EV_FILE_COLLAPSED], 1);
	want_int(r->nr[EV_TABLE_RETRACTED], 1);
	want(PageHead(cached(file, 0)) && cached(file, 7) == cached(file, 0) + 7);
	want_int(stat_of(NR_FILE_DIRTY), NR);
	want_file(file, 0, NR - 2);
	want_int(rig_read(mm, addr + PAGE(4)), 5);
	want(is_huge(mm, addr));
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* One of them is locked, which the first look does not ask. */
static void collapse_gives_every_place_back(struct rig *r)
{
	struct file *file = huge_file(NR - 1, AS_TMPFS);
	struct page *held, *first;

	want_int(file_write(file, 0, 1), 0);
	want_int(file_write(file, 5, 6), 0);
	file_truncate(file, NR);
	lru_add_drain_all();
	first = cached(file, 0);
	held = cached(file, 5);
	lock_page(held);
	want_int(collapse_file(file->f_mapping, 0, NULL), COLLAPSE_AGAIN);
	unlock_page(held);
	want(cached(file, 0) == first && cached(file, 5) == held && !flag_peek(first, PG_locked) && flag_peek(first, PG_lru));
	want_int(file->f_mapping->present, 0x21);
	want_int(rig_ledger().pages, 2);
	want_int(r->nr[EV_FILE_COLLAPSED], 0);
	want_counts();
	fput(file);
	want_nothing_left();
}

static void locked_memory_is_left_alone(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_file(mm, file, NR, true);
	struct page *head;

	fill(mm, addr);
	lru_add_drain_all();
	head = cached(file, 0);
	want_int(do_mlock(mm, addr, HPAGE_PMD_SIZE), 0);
	want(flag_peek(head, PG_mlocked));
	want_int(stat_of(NR_MLOCK), NR);
	want_int(reclaim_page(head), RECLAIM_KEPT);
	want(is_huge(mm, addr));
	want_int(r->nr[EV_HUGE_PAGE_SPLIT], 0);
	/* A part is unlocked: nobody could tell any more which. */
	want_int(do_munlock(mm, addr, PAGE(2)), 0);
	want(!flag_peek(head, PG_mlocked));
	want_int(stat_of(NR_MLOCK), 0);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* ---- two bodies ---- */

static struct file *shared_file(struct rig *r)
{
	return ((struct file **)r->arg)[0];
}

static struct mm_struct *shared_mm(struct rig *r)
{
	return ((struct mm_struct **)r->arg)[1];
}

/* The entry is gone, and the page is still in the reverse map: truncate waits for that. */
static void truncate_waits_for_unmap(struct rig *r)
{
	struct file *file = huge_file(NR, 0);
	struct mm_struct *mm = rig_mm();
	void *arg[] = { file, mm };
	unsigned long addr = map_file(mm, file, NR, true);

	want_int(rig_read(mm, addr), 0);
	lru_add_drain_all();
	r->arg = arg;
	rig_hold(r, "huge_remove_file_rmap", OP_RMW, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want(is_huge(mm, addr) == false);
	file_truncate(file, 0);			/* the other body goes on as soon as this one has to wait */
	want_int(r->nr[EV_FILE_TRUNCATED], 1);
	rig_wait(r, 2);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void unmaps_all(struct rig *r)
{
	rig_wait(r, 1);
	want(shared_file(r));
	want_int(do_munmap(shared_mm(r), PAGE(1), TASK_SIZE - PAGE(1)), 0);
	rig_raise(r, 2);
}

static void truncate_does_not_overtake_unmap(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, truncate_waits_for_unmap, unmaps_all);
	rig_restore(&r);
	defect_switch_on(D_TRUNCATE_HUGE_LOOK);
	rig_run_two_to_violation(&r, truncate_waits_for_unmap, unmaps_all, ORACLE_FREE_MAPPED, "cached-page-removed-while-mapped");
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(mapped_as_one_and_in_part),
		RIG_TEST(private_ones_are_copied_by_page),
		RIG_TEST(fork_leaves_huge_entries_to_faults),
		RIG_TEST(write_back_cleans_the_entry),
		RIG_TEST(reclaim_makes_it_small),
		RIG_TEST(cut_in_its_middle),
		RIG_TEST(cut_while_somebody_holds_it),
		RIG_TEST(collapse_takes_all_or_nothing),
		RIG_TEST(collapse_gives_every_place_back),
		RIG_TEST(locked_memory_is_left_alone),
		cmocka_unit_test(truncate_does_not_overtake_unmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
