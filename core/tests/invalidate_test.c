/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of pages that are taken out of a file's cache and from whoever maps them, at once and in blocks; and of mappings of files that
 * move, which whoever does that has to find.
 *
 * Concurrency: one task.
 */
#include "files.h"

/* The same with each provider: it makes no difference to what programs see. */
static void all_body(void **state)
{
	const struct rmap_ops *const all[] = { &rmap_anon_chain, &rmap_anon_list, &rmap_pte_chain };

	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		rig_rmap = all[i];
		rig_test(state);
	}
	rig_rmap = &rmap_anon_chain;
}

static void list_body(void **state)
{
	rig_rmap = &rmap_anon_list;
	rig_test(state);
	rig_rmap = &rmap_anon_chain;
}

#define ALL_TEST(body) { #body, all_body, NULL, NULL, (void *)(body) }
#define LIST_TEST(body) { #body, list_body, NULL, NULL, (void *)(body) }

static int invalidate(const struct file *file)
{
	return invalidate_inode_pages2(file->f_mapping);
}

static void clean(const struct file *file)
{
	filemap_write_range(file->f_mapping, 0, FILE_PAGES - 1);
}

/* ---- out of the cache ---- */

static void takes_from_all(struct rig *r)
{
	struct file *file = new_file(6);
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	unsigned long a = map_file(p, file, 6, true), b = map_file(q, file, 6, false);

	for (unsigned i = 0; i < 6; i++)
		rig_write(p, a + PAGE(i), 10 + i);
	rig_read(q, b + PAGE(1));
	rig_write(q, b + PAGE(4), 99);
	clean(file);
	want_int(invalidate(file), 0);
	want_int(r->nr[EV_FILE_RECLAIMED], 6);
	for (unsigned i = 0; i < 6; i++)
		want(!cached(file, i) && !rig_page(p, a + PAGE(i)));
	want(!rig_page(q, b + PAGE(1)) && rig_page(q, b + PAGE(4)));
	want_int(rig_read(q, b + PAGE(4)), 99);		/* a copy is none of the file's pages */
	want_int(rig_read(q, b + PAGE(1)), 11);
	want_int(rig_read(p, a + PAGE(5)), 15);
	want_counts();
	mmput(p);
	mmput(q);
	fput(file);
	want_nothing_left();
}

static void leaves_dirty_and_held(struct rig *r)
{
	struct file *file = new_file(3);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 3, true);
	struct page *held;

	(void)r;
	rig_read(mm, a);
	rig_write(mm, a + PAGE(1), 7);
	rig_read(mm, a + PAGE(2));
	held = cached(file, 2);
	get_page(held);
	want_int(invalidate(file), -EBUSY);
	want(!cached(file, 0) && cached(file, 1) && cached(file, 2) == held);
	want(!rig_page(mm, a + PAGE(1)) && !rig_page(mm, a + PAGE(2)));		/* unmapped all the same */
	put_page(held);
	want_int(rig_read(mm, a + PAGE(1)), 7);
	clean(file);
	want_int(invalidate(file), 0);
	want_int(rig_read(mm, a + PAGE(1)), 7);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void needs_a_store(struct rig *r)
{
	struct file *file = file_create_kind(8, AS_HUGE | AS_TMPFS);

	(void)r;
	want(file);
	want_int(invalidate(file), -EINVAL);
	fput(file);
	want_nothing_left();
}

/* ---- in blocks ---- */

static void counts_as_done(struct rig *r)
{
	struct file *file = new_file(8);
	struct mm_struct *p = rig_mm();
	unsigned long a = map_file(p, file, 8, true), first;
	struct vm_area_struct *vma = find_vma(p, a);
	struct mm_struct *c;

	(void)r;
	for (unsigned i = 0; i < 8; i++)
		rig_read(p, a + PAGE(i));
	want_int(vma->vm_truncate_count, file->f_mapping->truncate_count);
	unmap_mapping_range(file->f_mapping, 3, ~0ul, false);
	first = file->f_mapping->truncate_count;
	want(first % PAGE_SIZE && vma->vm_truncate_count == first);
	for (unsigned i = 0; i < 8; i++)
		want(!rig_page(p, a + PAGE(i)) == (i >= 3));
	c = rig_fork(p);
	want_int(find_vma(c, a)->vm_truncate_count, first);
	/* The next one comes by what the last one has done. */
	rig_read(p, a + PAGE(5));
	rig_read(c, a + PAGE(5));
	unmap_mapping_range(file->f_mapping, 0, 5, false);
	want(vma->vm_truncate_count > first && find_vma(c, a)->vm_truncate_count == vma->vm_truncate_count);
	want(!rig_page(p, a) && !rig_page(p, a + PAGE(5)) && !rig_page(c, a + PAGE(5)));
	want_counts();
	mmput(p);
	mmput(c);
	fput(file);
	want_nothing_left();
}

/* The number is never one that could be an address; and who has got entries of others, or is split, is gone through again. */
static void numbers_are_no_addresses(struct rig *r)
{
	struct file *file = new_file(8);
	struct address_space *mapping = file->f_mapping;
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 4, true);
	struct vm_area_struct *vma = find_vma(mm, a), other = *vma;

	(void)r;
	i_mmap_lock_write(mapping);
	mapping->truncate_count = 2 * PAGE_SIZE - 1;
	i_mmap_unlock_write(mapping);
	rig_read(mm, a);
	unmap_mapping_range(mapping, 0, 3, false);
	want_int(mapping->truncate_count, 2 * PAGE_SIZE + 1);
	want(!rig_page(mm, a));
	i_mmap_lock_write(mapping);
	other.vm_truncate_count = vma->vm_truncate_count;
	vma_not_unmapped(vma, &other);
	want_int(vma->vm_truncate_count, 2 * PAGE_SIZE + 1);
	other.vm_truncate_count = PAGE_SIZE;
	vma_not_unmapped(vma, &other);
	want_int(vma->vm_truncate_count, 0);
	i_mmap_unlock_write(mapping);
	/* And an address does not outlive the range that it is about. */
	i_mmap_lock_write(mapping);
	vma->vm_truncate_count = a + PAGE(3);
	i_mmap_unlock_write(mapping);
	want_int(do_munmap(mm, a + PAGE(1), PAGE(1)), 0);
	want_int(find_vma(mm, a)->vm_truncate_count, 0);
	want_int(find_vma(mm, a + PAGE(2))->vm_truncate_count, 0);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* ---- mappings that move ---- */

static void moves_both_kinds(struct rig *r)
{
	struct file *file = new_file(4);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 4, true), b = map_file(mm, file, 2, false);
	long c, d;

	rig_write(mm, a + PAGE(1), 5);
	rig_read(mm, b + PAGE(1));
	rig_write(mm, b, 6);
	c = do_mremap(mm, a, PAGE(4), PAGE(6));
	want_int(user_access(mm, a + PAGE(1), false, &(u64){ 0 }), -EFAULT);
	d = do_mremap(mm, b, PAGE(2), PAGE(3));
	want(c > 0 && d > 0 && r->nr[EV_PTE_MOVED] >= 2);
	want_int(rig_read(mm, (unsigned long)c + PAGE(1)), 5);
	want_int(rig_read(mm, (unsigned long)d), 6);
	want_int(rig_read(mm, (unsigned long)d + PAGE(1)), 5);
	want_int(find_vma(mm, (unsigned long)c)->vm_pgoff, 0);
	want_int(user_access(mm, (unsigned long)c + PAGE(4), false, &(u64){ 0 }), -ENXIO);	/* beyond the end */
	/* Truncate finds them where they are now. */
	want_int(file_truncate(file, 1), 0);
	want(!rig_page(mm, (unsigned long)c + PAGE(1)) && !rig_page(mm, (unsigned long)d + PAGE(1)));
	want_int(rig_read(mm, (unsigned long)d), 6);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void grows_where_it_is(struct rig *r)
{
	struct file *file = new_file(4);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 2, true);

	rig_write(mm, a + PAGE(1), 5);
	want_int(do_mremap(mm, a, PAGE(2), PAGE(4)), a);
	want_int(r->nr[EV_PTE_MOVED], 0);
	rig_write(mm, a + PAGE(3), 8);
	want_int(read_file(file, 3), 8);
	want_int(do_mremap(mm, a, PAGE(4), PAGE(1)), a);
	want(!rig_page(mm, a + PAGE(1)));
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void nonlinear_stays(struct rig *r)
{
	struct file *file = new_file(4);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 4, true);

	(void)r;
	want_int(do_remap_file_pages(mm, a, PAGE(1), 3), 0);
	want_int(do_mremap(mm, a, PAGE(4), PAGE(8)), -EINVAL);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALL_TEST(takes_from_all), ALL_TEST(leaves_dirty_and_held), RIG_TEST(needs_a_store),
		LIST_TEST(counts_as_done), LIST_TEST(numbers_are_no_addresses),
		ALL_TEST(moves_both_kinds), ALL_TEST(grows_where_it_is), LIST_TEST(nonlinear_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
