/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of munmap: whatever range is asked for, exactly that is gone: entries, translations, pages,
 * slots, tables, VMAs.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#define MODEL_PAGES 28u

/* What a process should be able to read, page by page. */
struct model {
	struct mm_struct *mm;
	u64 value[MODEL_PAGES];		/* 0: nothing is mapped there */
};

static unsigned translations(const struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unsigned n = 0;

	for (unsigned i = 0; i < RIG_CPUS * TLB_ENTRIES; i++) {
		const struct tlb_entry *e = &core()->cpu[i / TLB_ENTRIES].tlb.entry[i % TLB_ENTRIES];

		n += e->mm == mm && e->addr >= start && e->addr < end;
	}
	return n;
}

static unsigned tables(const struct mm_struct *mm)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PTRS_PER_PGD; i++)
		n += mm->pgd[i] != NULL;
	return n;
}

static int access(struct mm_struct *mm, unsigned long addr, u64 *value)
{
	return user_access(mm, addr, false, value);
}

/* ---- the model: areas of 3, 9 and 12 pages from page 1 on, over four tables ---- */

static void model_begin(struct model *m)
{
	static const unsigned area[] = { 3, 9, 12 };

	memset(m, 0, sizeof(*m));
	m->mm = rig_mm();
	for (unsigned i = 0; i < ARRAY_SIZE(area); i++) {
		unsigned long addr = rig_mmap(m->mm, area[i]);

		for (unsigned p = 0; p < area[i]; p++) {
			m->value[(addr >> PAGE_SHIFT) + p] = 100 * i + p + 1;
			rig_write(m->mm, addr + PAGE(p), 100 * i + p + 1);
		}
	}
	lru_add_drain_all();
	rig_swap_out(m->mm, PAGE(3));
	rig_swap_out(m->mm, PAGE(9));
}

static void model_unmap(struct model *m, unsigned first, unsigned nr)
{
	want_int(do_munmap(m->mm, PAGE(first), PAGE(nr)), 0);
	for (unsigned i = first; i < first + nr && i < MODEL_PAGES; i++)
		m->value[i] = 0;
}

/*
 * Every page lies in a VMA or not; VMAs are in order, do not touch each other's range and know
 * their neighbours.
 */
static void check_vmas(const struct model *m)
{
	const struct vm_area_struct *prev = NULL;
	unsigned nr = 0;
	bool in[MODEL_PAGES] = { false };

	for (const struct vm_area_struct *v = m->mm->mmap; v; prev = v, v = v->vm_next) {
		nr++;
		want(v->vm_prev == prev);
		want(v->vm_start < v->vm_end);
		want(!prev || prev->vm_end <= v->vm_start);
		want_int(v->vm_pgoff, v->vm_start >> PAGE_SHIFT);
		for (unsigned long p = v->vm_start >> PAGE_SHIFT; p < v->vm_end >> PAGE_SHIFT; p++)
			in[p] = true;
	}
	want_int(m->mm->map_count, nr);
	for (unsigned i = 0; i < MODEL_PAGES; i++)
		want_int(in[i], m->value[i] != 0);
}

/* A table is there exactly if some page in it is mapped. */
static void check_tables(const struct model *m)
{
	for (unsigned t = 0; t < PTRS_PER_PGD; t++) {
		bool used = false;

		for (unsigned i = t * PTRS_PER_PTE; i < (t + 1) * PTRS_PER_PTE && i < MODEL_PAGES;
		     i++)
			used |= m->value[i] != 0;
		want_int(m->mm->pgd[t] != NULL, used);
	}
	want_int(core()->pgtable_cache->live, tables(m->mm));
}

static void check_contents(const struct model *m)
{
	u64 word;

	for (unsigned i = 0; i < MODEL_PAGES; i++) {
		if (!m->value[i]) {
			want_int(translations(m->mm, PAGE(i), PAGE(i + 1)), 0);
			want_int(access(m->mm, PAGE(i), &word), -EFAULT);
		} else {
			want_int(rig_read(m->mm, PAGE(i)), m->value[i]);
		}
	}
}

static void model_check(const struct model *m)
{
	want_counts();
	check_vmas(m);
	check_tables(m);
	check_contents(m);
	want_counts();
}

static void model_end(struct model *m)
{
	mmput(m->mm);
	want_nothing_left();
}

/* ---- tests ---- */

static void every_range_once(struct rig *r)
{
	struct model m;

	(void)r;
	for (unsigned first = 1; first < MODEL_PAGES - 1; first++)
		for (unsigned nr = 1; nr <= MODEL_PAGES - first; nr += 1 + nr / 4) {
			model_begin(&m);
			model_unmap(&m, first, nr);
			model_check(&m);
			model_end(&m);
		}
}

static void ranges_one_after_the_other(struct rig *r)
{
	static const struct { unsigned first, nr; } range[] = {
		{ 2, 1 },		/* the middle of the first area */
		{ 4, 3 },		/* the beginning of the second */
		{ 10, 5 },		/* the end of the second, the beginning of the third */
		{ 10, 5 },		/* nothing any more */
		{ 1, 9 },		/* what is left of two, over holes */
		{ 20, 1 }, { 17, 7 },	/* a hole, and across it; a table goes */
		{ 1, 27 },		/* all */
	};
	struct model m;

	(void)r;
	model_begin(&m);
	for (unsigned i = 0; i < ARRAY_SIZE(range); i++) {
		model_unmap(&m, range[i].first, range[i].nr);
		model_check(&m);
	}
	want_int(m.mm->map_count, 0);
	want_int(tables(m.mm), 0);
	model_end(&m);
}

static void holes_are_filled_again(struct rig *r)
{
	struct model m;

	(void)r;
	model_begin(&m);
	model_unmap(&m, 6, 4);
	want_int(rig_mmap(m.mm, 5), PAGE(25));
	want_int(rig_mmap(m.mm, 4), PAGE(6));
	want_int(rig_read(m.mm, PAGE(7)), 0);
	rig_write(m.mm, PAGE(7), 9);
	want_counts();
	want_int(rig_read(m.mm, PAGE(10)), m.value[10]);
	model_end(&m);
}

static void translations_go_on_every_cpu(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *other = rig_mm();
	unsigned long addr = rig_mmap(mm, 3);

	(void)r;
	want_int(rig_mmap(other, 3), addr);
	for (unsigned cpu = 0; cpu < RIG_CPUS; cpu++) {
		rig_on_cpu(cpu);
		for (unsigned i = 0; i < 3; i++)
			rig_write(mm, addr + PAGE(i), cpu);
		rig_write(other, addr + PAGE(1), cpu);
	}
	want_int(translations(mm, 0, TASK_SIZE), 3 * RIG_CPUS);
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(translations(mm, addr + PAGE(1), addr + PAGE(2)), 0);
	want_int(translations(mm, 0, TASK_SIZE), 2 * RIG_CPUS);
	want_int(translations(other, 0, TASK_SIZE), RIG_CPUS);
	mmput(mm);
	want_int(translations(mm, 0, TASK_SIZE), 0);
	want_int(translations(other, 0, TASK_SIZE), RIG_CPUS);
	mmput(other);
	want_nothing_left();
}

/*
 * Pages, entries in swap and the zero page, all in one range that is longer than what is gathered
 * before a flush.
 */
static void pages_and_slots_are_freed(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 24);

	for (unsigned i = 0; i < 24; i++) {
		if (i % 3)
			rig_write(mm, addr + PAGE(i), i);
		else
			rig_read(mm, addr + PAGE(i));
	}
	lru_add_drain_all();
	for (unsigned i = 1; i < 24; i += 6)
		rig_swap_out(mm, addr + PAGE(i));
	want_int(mm->anon_rss.counter, 12);
	want_int(mm->swapents.counter, 4);
	want_int(do_munmap(mm, addr, PAGE(24)), 0);
	want_int(mm->anon_rss.counter, 0);
	want_int(mm->swapents.counter, 0);
	want_int(r->nr[EV_PAGE_FREE], r->nr[EV_PAGE_ALLOC]);
	want_int(atomic_peek(&pfn_to_page(ZERO_PFN)->_refcount), 1);
	want_int(rig_ledger().slots, 0);
	want_int(tables(mm), 0);
	mmput(mm);
	want_nothing_left();
}

static void child_keeps_what_parent_unmaps(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 10);

	(void)r;
	for (unsigned i = 0; i < 10; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	rig_swap_out(mm, addr + PAGE(4));
	child = rig_fork(mm);
	want_int(do_munmap(mm, addr + PAGE(2), PAGE(7)), 0);
	want_counts();
	for (unsigned i = 0; i < 10; i++)
		want_int(rig_read(child, addr + PAGE(i)), 100 + i);
	want_int(do_munmap(child, addr, PAGE(4)), 0);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	want_counts();
	mmput(mm);
	want_int(rig_read(child, addr + PAGE(8)), 108);
	mmput(child);
	want_nothing_left();
}

/* ---- without memory: the split fails ---- */

static int unmap_the_end(struct rig *r)
{
	struct mm_struct *mm = r->arg;

	return do_munmap(mm, PAGE(3), PAGE(2));
}

static int unmap_the_middle(struct rig *r)
{
	struct mm_struct *mm = r->arg;

	return do_munmap(mm, PAGE(2), PAGE(2));
}

static struct mm_struct *child_with_four_pages(void)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 4);

	for (unsigned i = 0; i < 4; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	child = rig_fork(mm);
	mmput(mm);
	rig_write(child, addr, 5);
	return child;
}

static void want_all_four(struct mm_struct *mm)
{
	want_int(rig_read(mm, PAGE(1)), 5);
	for (unsigned i = 1; i < 4; i++)
		want_int(rig_read(mm, PAGE(1 + i)), 100 + i);
}

/* The VMA and its links, each allocation in its turn: a munmap that fails has done nothing. */
static void split_without_memory(struct rig *r)
{
	struct mm_struct *mm = child_with_four_pages();

	r->arg = mm;
	want(rig_each_failure(r, unmap_the_end, NULL, true) >= 1);
	want_int(access(mm, PAGE(3), &(u64){ 0 }), -EFAULT);
	want_int(rig_read(mm, PAGE(2)), 101);
	mmput(mm);
	want_nothing_left();
}

/* Of two splits the first may stand when the second fails, as in the kernel; nothing is gone. */
static void second_split_without_memory(struct rig *r)
{
	unsigned failures = 0;

	for (unsigned n = 1;; n++) {
		struct mm_struct *mm = child_with_four_pages();
		int err;

		r->arg = mm;
		current->fail_alloc = n;
		err = unmap_the_middle(r);
		if (err) {
			failures++;
			want_int(err, -ENOMEM);
			want(mm->map_count <= 2);
			want_all_four(mm);
			want_counts();
			want_int(unmap_the_middle(r), 0);
		}
		want_int(mm->map_count, 2);
		want_int(access(mm, PAGE(2), &(u64){ 0 }), -EFAULT);
		want_int(rig_read(mm, PAGE(4)), 103);
		want_counts();
		mmput(mm);
		want_nothing_left();
		if (current->fail_alloc)
			break;
	}
	current->fail_alloc = 0;
	want(failures >= 2);
}

static int map_one(struct rig *r)
{
	long addr = do_mmap(r->arg, 1);

	return addr > 0 ? 0 : (int)addr;
}

static void unmap_one(struct rig *r)
{
	want_int(do_munmap(r->arg, MMAP_BASE, PAGE(1)), 0);
}

static void map_without_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();

	r->arg = mm;
	want_int(rig_each_failure(r, map_one, unmap_one, true), 1);
	want_int(do_mmap(mm, TASK_PAGES), -ENOMEM);	/* page 0 is never mapped */
	want_int(do_mmap(mm, TASK_PAGES - 1), MMAP_BASE);
	want_int(do_mmap(mm, 1), -ENOMEM);
	rig_write(mm, TASK_SIZE - 1, 3);
	want_int(do_munmap(mm, 0, TASK_SIZE), 0);
	want_int(mm->map_count, 0);
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(every_range_once),
		RIG_TEST(ranges_one_after_the_other),
		RIG_TEST(holes_are_filled_again),
		RIG_TEST(translations_go_on_every_cpu),
		RIG_TEST(pages_and_slots_are_freed),
		RIG_TEST(child_keeps_what_parent_unmaps),
		RIG_TEST(split_without_memory),
		RIG_TEST(second_split_without_memory),
		RIG_TEST(map_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
