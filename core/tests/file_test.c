/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of files: what a page of a file holds through every way to it, when it is dirty, when it is in the store, and that nothing
 * of it is left when it is cut off.
 *
 * Concurrency: one task, or two whose order the test decides.
 */
#include "files.h"

static int access(struct mm_struct *mm, unsigned long addr, bool write)
{
	u64 value = 99;

	return user_access(mm, addr, write, &value);
}

static u64 stored(const struct file *file, unsigned long index)
{
	return file_inode(file)->store[index];
}

static void drop(struct file *file, unsigned long index, enum reclaim_result result)
{
	want(cached(file, index));
	lru_add_drain_all();
	want_int(reclaim_page(cached(file, index)), result);
}

/* ---- contents ---- */

/* One page, four ways: two processes that share it, one that has a private view, and calls. */
static void views(struct rig *r)
{
	struct file *file = new_file(2);
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	unsigned long a = map_file(p, file, 2, true), b = map_file(q, file, 2, true), c = map_file(q, file, 2, false);

	(void)r;
	want_int(rig_read(q, c), 0);
	rig_write(p, a, 1);
	want_int(rig_read(q, b), 1);
	want_int(rig_read(q, c), 1);
	want_int(read_file(file, 0), 1);
	rig_write(q, c, 2);
	want_int(rig_read(p, a), 1);
	want_int(file_write(file, 0, 3), 0);
	want_int(rig_read(p, a), 3);
	want_int(rig_read(q, b), 3);
	want_int(rig_read(q, c), 2);
	want_int(rig_read(q, c + PAGE(1)), 0);
	want(rig_page(p, a) == cached(file, 0) && rig_page(q, b) == cached(file, 0));
	want(rig_page(q, c) != cached(file, 0) && PageAnon(rig_page(q, c)));
	want_int(core()->vmstat[NR_FILE_MAPPED].counter, 2);
	want_counts();
	mmput(p);
	mmput(q);
	want_int(core()->vmstat[NR_FILE_MAPPED].counter, 0);
	want_int(read_file(file, 0), 3);
	fput(file);
	want_nothing_left();
}

/* The child has what the parent has: its own copies, and the file. */
static void fork_copies(struct rig *r)
{
	struct file *file = new_file(3);
	struct mm_struct *p = rig_mm(), *c;
	unsigned long a = map_file(p, file, 3, false), s = map_file(p, file, 3, true);

	(void)r;
	want_int(file_write(file, 0, 1), 0);
	want_int(rig_read(p, a), 1);
	rig_write(p, a + PAGE(1), 2);
	rig_write(p, s + PAGE(2), 3);
	c = rig_fork(p);
	want(rig_page(c, a) == cached(file, 0));
	/* A shared mapping has nothing that a fault would not bring. */
	want(!rig_page(c, s + PAGE(2)));
	want_counts();
	want_int(rig_read(c, a), 1);
	want_int(rig_read(c, a + PAGE(1)), 2);
	want_int(rig_read(c, s + PAGE(2)), 3);
	rig_write(c, a + PAGE(1), 4);
	want_int(rig_read(p, a + PAGE(1)), 2);
	rig_write(c, s, 5);
	want_int(rig_read(p, s), 5);
	mmput(p);
	mmput(c);
	fput(file);
	want_nothing_left();
}

/* ---- dirty, clean, written ---- */

static void dirty_tracking(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 1, true);
	struct page *page;

	rig_read(mm, a);
	page = cached(file, 0);
	want(!pte_has(rig_pte(mm, a), PTE_WRITE) && !PageFlag(page, PG_dirty));
	for (u64 value = 1; value <= 3; value++) {
		rig_write(mm, a, value);
		want(pte_has(rig_pte(mm, a), PTE_WRITE | PTE_DIRTY) && PageFlag(page, PG_dirty));
		want_int(file->f_mapping->dirty, 1);
		want_int(stored(file, 0), value - 1);
		filemap_write_range(file->f_mapping, 0, 0);
		want_int(r->nr[EV_PAGE_CLEANED], value);
		want_int(stored(file, 0), value);
		want(!(rig_pte(mm, a).pte & (PTE_WRITE | PTE_DIRTY)) && !PageFlag(page, PG_dirty));
		want_int(file->f_mapping->dirty, 0);
	}
	/* Nothing to write: nothing is written. */
	filemap_write_range(file->f_mapping, 0, 0);
	want_int(r->nr[EV_FILE_WRITTEN], 3);
	/* What the entry knows goes to the page with it. */
	rig_write(mm, a, 4);
	want_int(do_munmap(mm, a, PAGE(1)), 0);
	want(PageFlag(page, PG_dirty));
	want_int(stored(file, 0), 3);
	mmput(mm);
	drop(file, 0, RECLAIM_FREED);
	want_int(stored(file, 0), 4);
	want_int(read_file(file, 0), 4);
	fput(file);
	want_nothing_left();
}

static void msync_writes_shared_only(struct rig *r)
{
	struct file *file = new_file(2), *other = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 2, true), b = map_file(mm, other, 1, false);

	(void)r;
	rig_write(mm, a, 1);
	rig_write(mm, a + PAGE(1), 2);
	rig_write(mm, b, 3);
	do_msync(mm, a + PAGE(1), PAGE(2));
	want_int(stored(file, 0), 0);
	want_int(stored(file, 1), 2);
	want_int(stored(other, 0), 0);
	do_msync(mm, a, PAGE(1));
	want_int(stored(file, 0), 1);
	mmput(mm);
	fput(file);
	fput(other);
	want_nothing_left();
}

static void reclaim_and_back(struct rig *r)
{
	struct file *file = new_file(2);
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	unsigned long a = map_file(p, file, 2, true), b = map_file(q, file, 2, false);
	struct page *page;

	rig_write(p, a, 1);
	rig_read(q, b);
	page = cached(file, 0);
	get_page(page);
	drop(file, 0, RECLAIM_KEPT);	/* somebody has it: unmapped, not dropped */
	want(!rig_page(p, a) && !rig_page(q, b) && cached(file, 0) == page);
	put_page(page);
	want_counts();
	drop(file, 0, RECLAIM_FREED);
	want_int(r->nr[EV_FILE_RECLAIMED], 1);
	want(!cached(file, 0));
	want_int(rig_read(q, b), 1);
	want_int(rig_read(p, a), 1);
	want_counts();
	mmput(p);
	mmput(q);
	fput(file);
	want_nothing_left();
}

/* ---- truncate ---- */

static void truncate_takes_all(struct rig *r)
{
	struct file *file = new_file(3);
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	unsigned long a = map_file(p, file, 4, true), b = map_file(q, file, 3, false);

	(void)r;
	for (unsigned i = 0; i < 3; i++) {
		rig_write(p, a + PAGE(i), 10 + i);
		rig_write(q, b + PAGE(i), 20 + i);
	}
	want_int(access(p, a + PAGE(3), false), -ENXIO);
	filemap_write_range(file->f_mapping, 0, 2);
	lru_add_drain_all();
	rig_swap_out(q, b + PAGE(2));
	file_truncate(file, 1);
	for (unsigned i = 1; i < 3; i++) {
		want(!cached(file, i) && !stored(file, i));
		want(!rig_pte(p, a + PAGE(i)).pte && !rig_pte(q, b + PAGE(i)).pte);
		want_int(access(p, a + PAGE(i), true), -ENXIO);
		want_int(access(q, b + PAGE(i), false), -ENXIO);
	}
	want_int(rig_read(p, a), 10);
	want_int(rig_read(q, b), 20);
	want_counts();
	/* Longer again by write(): the hole reads as zero, for everybody. */
	want_int(file_write(file, 2, 5), 0);
	want_int(rig_read(p, a + PAGE(1)), 0);
	want_int(rig_read(q, b + PAGE(2)), 5);
	file_truncate(file, 0);
	want_int(access(q, b, true), -ENXIO);
	mmput(p);
	mmput(q);
	fput(file);
	want_nothing_left();
}

/* Part of a mapping goes: the tree of the file knows the two that are left by their pages. */
static void split(struct rig *r)
{
	struct file *file = new_file(5);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 5, true);

	(void)r;
	for (unsigned i = 0; i < 5; i++)
		rig_write(mm, a + PAGE(i), 10 + i);
	want_int(do_munmap(mm, a + PAGE(2), PAGE(1)), 0);
	want_counts();
	want_int(mm->map_count, 2);
	file_truncate(file, 4);
	want_int(access(mm, a + PAGE(2), false), -EFAULT);
	want_int(access(mm, a + PAGE(4), false), -ENXIO);
	want_int(rig_read(mm, a + PAGE(3)), 13);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* ---- two at once ---- */

struct pair {
	struct file *file;
	struct mm_struct *mm;
	unsigned long addr;
};

/* Mapped, dirty, and in the translations of another CPU. */
static void pair_begin(struct rig *r, struct pair *x)
{
	r->arg = x;
	x->file = new_file(1);
	x->mm = rig_mm();
	x->addr = map_file(x->mm, x->file, 1, true);
	rig_write(x->mm, x->addr, 1);
}

static void unmapper(struct rig *r)
{
	const struct pair *x = r->arg;

	rig_wait(r, 1);
	rig_on_cpu(1);
	want_int(do_munmap(x->mm, x->addr, PAGE(1)), 0);
	rig_raise(r, 2);
}

/* The entry is cleared and not flushed: a program still writes, and write-back waits. */
static void cleaner(struct rig *r)
{
	struct pair x;
	u64 value = 7;

	pair_begin(r, &x);
	rig_hold(r, "flush_tlb_range_defect", OP_TLB_FLUSH, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want(!rig_pte(x.mm, x.addr).pte);
	want_int(page_mapcount(cached(x.file, 0)), 1);
	want_int(user_access(x.mm, x.addr, true, &value), 0);
	filemap_write_range(x.file->f_mapping, 0, 0);
	want_int(stored(x.file, 0), 7);
	rig_wait(r, 2);
	mmput(x.mm);
	fput(x.file);
}

static void unmap_flushes_before_cleaning(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, cleaner, unmapper);
	rig_end(&r);
}

/* ---- no memory ---- */

static int fault_all(struct rig *r)
{
	struct mm_struct *mm = mm_alloc();
	struct file *file = mm ? file_create(2) : NULL;
	long a = file ? do_mmap_file(mm, file, 0, 2, true) : -ENOMEM, b = a > 0 ? do_mmap_file(mm, file, 0, 2, false) : -ENOMEM;
	int err = b > 0 ? access(mm, (unsigned long)a, false) : -ENOMEM;

	(void)r;
	if (!err)
		err = access(mm, (unsigned long)b, true);
	if (!err)
		err = access(mm, (unsigned long)a + PAGE(1), true);
	if (!err)
		err = file_write(file, 4, 1);
	if (mm)
		mmput(mm);
	if (file)
		fput(file);
	return err;
}

static void no_memory(struct rig *r)
{
	want(rig_each_failure(r, fault_all, NULL, false) >= 12);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(views),	   RIG_TEST(fork_copies),	   RIG_TEST(dirty_tracking),
		RIG_TEST(msync_writes_shared_only), RIG_TEST(reclaim_and_back), RIG_TEST(truncate_takes_all),
		RIG_TEST(split),	   RIG_TEST(no_memory),
		cmocka_unit_test(unmap_flushes_before_cleaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
