/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of mremap: what grows, shrinks and moves keeps its content and its place in the reverse
 * map, what is left behind is gone, and a failure leaves everything as it was.
 *
 * Concurrency: one thread.
 */
#include "family.h"

#include "mlock.h"

#define TABLE PTRS_PER_PTE

static long remap(struct mm_struct *mm, unsigned long addr, unsigned old, unsigned new)
{
	return do_mremap(mm, addr, PAGE(old), PAGE(new));
}

static void write_pages(struct mm_struct *mm, unsigned long addr, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
}

static void want_pages(struct mm_struct *mm, unsigned long addr, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		want_int(rig_read(mm, addr + PAGE(i)), 100 + i);
}

static void want_nothing_at(struct mm_struct *mm, unsigned long addr, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		want_int(user_access(mm, addr + PAGE(i), false, &(u64){ 0 }), -EFAULT);
}

/* An area that something different lies behind, so that it cannot grow where it is. */
static unsigned long enclosed(struct mm_struct *mm, unsigned pages)
{
	unsigned long addr = rig_mmap(mm, pages), behind = rig_mmap(mm, 1);

	want_int(do_mprotect(mm, behind, PAGE(1), VM_READ | VM_EXEC), 0);
	return addr;
}

static void grows_in_place(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);

	write_pages(mm, addr, 2);
	want_int(remap(mm, addr, 2, 5), addr);
	want_int(mm->map_count, 1);
	want_int(mm->mmap->vm_end, addr + PAGE(5));
	want_pages(mm, addr, 2);
	want_int(rig_read(mm, addr + PAGE(4)), 0);
	want_int(remap(mm, addr + PAGE(3), 2, 4), addr + PAGE(3));
	want_int(r->nr[EV_PTE_MOVED], 0);
	want_int(remap(mm, addr, 3, TASK_PAGES), -ENOMEM);
	want_counts();
	want_families();
	mmput(mm);
	want_nothing_left();
}

static void shrinks(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 4);

	(void)r;
	write_pages(mm, addr, 4);
	want_int(remap(mm, addr, 3, 1), addr);
	want_pages(mm, addr, 1);
	want_nothing_at(mm, addr + PAGE(1), 2);
	want_int(rig_read(mm, addr + PAGE(3)), 103);
	want_int(remap(mm, addr, 1, 1), addr);
	want_counts();
	want_families();
	mmput(mm);
	want_nothing_left();
}

/* Pages, the zero page, entries in swap, and nothing; all lengths, over the ends of tables. */
static void moves_with_everything(struct rig *r)
{
	for (unsigned pages = 1; pages <= 2 * TABLE + 2; pages++) {
		struct mm_struct *mm = rig_mm(), *child;
		unsigned long addr = enclosed(mm, pages);
		long to;

		write_pages(mm, addr, pages > 3 ? pages - 2 : pages);
		if (pages > 3)
			rig_read(mm, addr + PAGE(pages - 2));
		lru_add_drain_all();
		rig_swap_out(mm, addr);
		child = rig_fork(mm);
		to = remap(mm, addr, pages, pages + 1);
		want(to > 0 && (unsigned long)to != addr);
		want_counts();
		want_families();
		want_nothing_at(mm, addr, pages);
		want_pages(mm, (unsigned long)to, pages > 3 ? pages - 2 : pages);
		want_int(rig_read(mm, (unsigned long)to + PAGE(pages)), 0);
		want_pages(child, addr, pages > 3 ? pages - 2 : pages);
		want_counts();
		rig_write(mm, (unsigned long)to, 7);
		want_int(rig_read(child, addr), 100);
		mmput(mm);
		mmput(child);
		want_nothing_left();
	}
	want(r->nr[EV_PTE_MOVED] > TABLE);
}

static void part_of_an_area(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 4);
	long to;

	(void)r;
	write_pages(mm, addr, 4);
	to = remap(mm, addr + PAGE(1), 2, 3);
	want(to > 0);
	want_int(rig_read(mm, (unsigned long)to), 101);
	want_int(rig_read(mm, (unsigned long)to + PAGE(1)), 102);
	want_nothing_at(mm, addr + PAGE(1), 2);
	want_int(rig_read(mm, addr), 100);
	want_int(rig_read(mm, addr + PAGE(3)), 103);
	want_int(mm->map_count, 3);
	want_int(remap(mm, addr, 2, 1), addr);
	want_int(remap(mm, addr, 2, 3), -EFAULT);
	want_int(remap(mm, addr + PAGE(1), 1, 2), -EFAULT);
	want_int(remap(mm, addr + PAGE(1), 1, 1), -EFAULT);
	want_counts();
	want_families();
	mmput(mm);
	want_nothing_left();
}

/* The offset of a page that is there stays; of an area without pages it goes with the address. */
static void offsets(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = enclosed(mm, 1);
	long to;

	(void)r;
	to = remap(mm, addr, 1, 2);
	want_int(find_vma(mm, (unsigned long)to)->vm_pgoff, (unsigned long)to >> PAGE_SHIFT);
	mmput(mm);
	mm = rig_mm();
	addr = enclosed(mm, 1);
	rig_write(mm, addr, 1);
	to = remap(mm, addr, 1, 2);
	want_int(find_vma(mm, (unsigned long)to)->vm_pgoff, addr >> PAGE_SHIFT);
	want_int(rig_page(mm, (unsigned long)to)->index, addr >> PAGE_SHIFT);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* Behind its old neighbour, which moved first: one VMA again, which begins before the old one. */
static void merges_left(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long pad = rig_mmap(mm, 1), addr = rig_mmap(mm, 2), first, second;

	write_pages(mm, addr, 2);
	first = (unsigned long)remap(mm, addr, 1, 2);
	want_int(remap(mm, first, 2, 1), first);
	second = (unsigned long)remap(mm, addr + PAGE(1), 1, 2);
	want_int(second, first + PAGE(1));
	want_int(r->nr[EV_VMA_EXTENDED], 2);	/* the second one by mmap, of pad */
	want(find_vma(mm, first) == find_vma(mm, second));
	want_pages(mm, first, 2);
	want_nothing_at(mm, addr, 2);
	want_int(rig_read(mm, pad), 0);
	want_counts();
	want_families();
	mmput(mm);
	want_nothing_left();
}

/* An area without pages can become part of itself. */
static void merges_with_itself(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 4);

	(void)r;
	want_int(remap(mm, addr, 2, 3), addr + PAGE(4));
	want_int(mm->map_count, 1);
	want_int(mm->mmap->vm_start, addr + PAGE(2));
	want_int(mm->mmap->vm_end, addr + PAGE(7));
	want_nothing_at(mm, addr, 2);
	want_families();
	mmput(mm);
	want_nothing_left();
}

static void whole_tables_move(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct pgtable *table[2];
	unsigned long addr, to;

	rig_mmap(mm, TABLE - 1);
	addr = enclosed(mm, 2 * TABLE + 3);
	want_int(addr % PAGE(TABLE), 0);
	write_pages(mm, addr, 2 * TABLE + 3);
	table[0] = mm->pgd[1];
	table[1] = mm->pgd[2];
	rig_mmap(mm, TABLE - 4);
	to = (unsigned long)remap(mm, addr, 2 * TABLE + 3, 2 * TABLE + 4);
	want_int(to, PAGE(4 * TABLE));
	want_int(r->nr[EV_TABLE_MOVED], 2);
	want(mm->pgd[4] == table[0] && mm->pgd[5] == table[1]);
	want(!mm->pgd[1] && !mm->pgd[2]);
	want_pages(mm, to, 2 * TABLE + 3);
	want_nothing_at(mm, addr, 2 * TABLE + 3);
	want_counts();
	want_families();
	mmput(mm);
	want_nothing_left();
}

static void translations_of_the_old_place_go(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = enclosed(mm, 1);

	(void)r;
	for (unsigned cpu = 0; cpu < RIG_CPUS; cpu++) {
		rig_on_cpu(cpu);
		rig_write(mm, addr, cpu);
	}
	want(remap(mm, addr, 1, 2) > 0);
	for (unsigned cpu = 0; cpu < RIG_CPUS; cpu++) {
		rig_on_cpu(cpu);
		want_nothing_at(mm, addr, 1);
	}
	mmput(mm);
	want_nothing_left();
}

static long leave(struct mm_struct *mm, unsigned long addr, unsigned nr)
{
	return do_mremap_dontunmap(mm, addr, PAGE(nr), PAGE(nr));
}

/* It moves though nothing is in its way, and what is left is as good as new. */
static void old_place_stays_mapped(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 3);
	struct vm_area_struct *old;
	struct page *page;
	long to;

	write_pages(mm, addr, 3);
	page = rig_page(mm, addr);
	want_int(do_mremap_dontunmap(mm, addr, PAGE(3), PAGE(4)), -EINVAL);
	want_int(do_mremap_dontunmap(mm, addr, PAGE(3), PAGE(2)), -EINVAL);
	want_int(leave(mm, addr, 4), -EFAULT);
	want_int(leave(mm, addr + PAGE(8), 1), -EFAULT);
	want_int(r->nr[EV_MREMAP_LEFT], 0);
	to = leave(mm, addr, 3);
	want(to > 0 && (unsigned long)to != addr);
	want_int(r->nr[EV_MREMAP_LEFT], 1);
	want_int(mm->map_count, 2);
	old = find_vma(mm, addr);
	want(old->vm_start == addr && old->vm_end == addr + PAGE(3));
	want(!old->anon_vma && list_empty(&old->anon_vma_chain));
	want_pages(mm, (unsigned long)to, 3);
	want_int(rig_read(mm, addr + PAGE(1)), 0);
	rig_write(mm, addr, 7);
	want(old->anon_vma);
	want(rig_page(mm, (unsigned long)to) == page && rig_page(mm, addr) != page);
	want_int(core()->rmap->find_mappings(page), 1);
	want_int(core()->rmap->find_mappings(rig_page(mm, addr)), 1);
	want_counts();
	want_families();
	mmput(mm);
	want_nothing_left();
}

/* What is left maps other pages still: walks for them have to find it. */
static void part_leaves_the_links(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 3);
	long to;

	(void)r;
	write_pages(mm, addr, 3);
	to = leave(mm, addr + PAGE(1), 1);
	want(to > 0);
	want(find_vma(mm, addr)->anon_vma && find_vma(mm, addr)->anon_vma == find_vma(mm, (unsigned long)to)->anon_vma);
	want_int(rig_read(mm, addr), 100);
	want_int(rig_read(mm, addr + PAGE(1)), 0);
	want_int(rig_read(mm, addr + PAGE(2)), 102);
	want_int(rig_read(mm, (unsigned long)to), 101);
	rig_write(mm, addr + PAGE(1), 8);
	child = rig_fork(mm);
	want_int(core()->rmap->find_mappings(rig_page(mm, addr + PAGE(1))), 2);
	want_int(core()->rmap->find_mappings(rig_page(mm, (unsigned long)to)), 2);
	want_int(rig_read(child, (unsigned long)to), 101);
	want_counts();
	want_families();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

/* What is locked is the new place. */
static void lock_goes_along(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);
	long to;

	(void)r;
	write_pages(mm, addr, 2);
	want_int(do_mlock(mm, addr, PAGE(2)), 0);
	want_int(mm->locked_vm, 2);
	to = leave(mm, addr, 2);
	want(to > 0);
	want_int(mm->locked_vm, 2);
	want(!(find_vma(mm, addr)->vm_flags & VM_LOCKED) && find_vma(mm, (unsigned long)to)->vm_flags & VM_LOCKED);
	want(flag_peek(rig_page(mm, (unsigned long)to), PG_mlocked));
	want_pages(mm, (unsigned long)to, 2);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* Every allocation in turn, and all that follow: it moved, or it is where it was with what it had. */
static void without_memory(struct rig *r)
{
	unsigned failures = 0;

	for (unsigned n = 1, err = 1; err || n < 8; n++) {
		struct mm_struct *mm = rig_mm();
		unsigned long addr;
		long to;

		rig_mmap(mm, TABLE + 2);
		addr = enclosed(mm, 4);
		write_pages(mm, addr, 4);
		want_int(remap(mm, addr, 1, 1), addr);
		rig_no_memory(n);
		to = remap(mm, addr, 4, 5);
		rig_no_memory(0);
		err = to < 0;
		failures += err;
		if (err)
			want_int(to, -ENOMEM);
		want_pages(mm, err ? addr : (unsigned long)to, 4);
		want_counts();
		want_families();
		mmput(mm);
		want_nothing_left();
	}
	want(failures >= 3);
	want(r->nr[EV_MREMAP_BACK] >= 1);
}

/* Who searches for a page waits for the tables' locks, and finds all entries. */
static void searches_find_all(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child, *grandchild;
	unsigned long addr = enclosed(mm, 1);
	struct page *page;

	rig_write(mm, addr, 1);
	page = rig_page(mm, addr);
	want_int(core()->rmap->find_mappings(page), 1);
	child = rig_fork(mm);
	grandchild = rig_fork(child);
	want_int(core()->rmap->find_mappings(page), 3);
	want(remap(child, addr, 1, 2) > 0);
	want_int(core()->rmap->find_mappings(page), 3);
	rig_write(grandchild, addr, 2);
	want_int(core()->rmap->find_mappings(page), 2);
	want_int(r->nr[EV_FIND_HIT], 1 + 3 + 3 + 2);
	mmput(child);
	mmput(grandchild);
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(grows_in_place),
		RIG_TEST(shrinks),
		RIG_TEST(moves_with_everything),
		RIG_TEST(part_of_an_area),
		RIG_TEST(offsets),
		RIG_TEST(merges_left),
		RIG_TEST(merges_with_itself),
		RIG_TEST(whole_tables_move),
		RIG_TEST(translations_of_the_old_place_go),
		RIG_TEST(old_place_stays_mapped),
		RIG_TEST(part_leaves_the_links),
		RIG_TEST(lock_goes_along),
		RIG_TEST(without_memory),
		RIG_TEST(searches_find_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
