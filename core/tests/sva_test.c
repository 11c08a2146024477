/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of devices that walk a process's tables: they see what it sees, forget with its CPUs, and stop when it ends.
 *
 * Concurrency: one task, or two whose order the test decides.
 */
#include "files.h"
#include "huge_pages.h"
#include "sva.h"

static struct sva *bind(struct mm_struct *mm)
{
	int err = 0;
	struct sva *d = sva_bind_device(mm, &err);

	want(d);
	want_int(err, 0);
	return d;
}

static u64 device_read(struct sva *d, unsigned long addr)
{
	u64 value = 0;

	want_int(sva_access(d, addr, false, &value), 0);
	return value;
}

static void device_write(struct sva *d, unsigned long addr, u64 value)
{
	want_int(sva_access(d, addr, true, &value), 0);
}

static const struct tlb_entry *translation(const struct sva *d, unsigned long addr)
{
	for (unsigned i = 0; i < TLB_ENTRIES; i++)
		if (d->tlb.entry[i].mm && tlb_in(&d->tlb.entry[i], addr, addr + 1))
			return &d->tlb.entry[i];
	return NULL;
}

/* ---- memory ---- */

static void same_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 3);
	struct sva *d = bind(mm);
	u64 value;

	rig_write(mm, a, 1);
	want_int(device_read(d, a), 1);
	want_int(r->nr[EV_DEVICE_PAGE_REQUEST], 0);	/* it finds the entry itself */
	device_write(d, a, 2);
	want_int(rig_read(mm, a), 2);
	want_int(translation(d, a)->pfn, page_to_pfn(rig_page(mm, a)));
	device_write(d, a + PAGE(1), 3);
	want_int(r->nr[EV_DEVICE_PAGE_REQUEST], 1);
	want_int(rig_read(mm, a + PAGE(1)), 3);
	want_int(device_read(d, a + PAGE(2)), 0);
	want_int(translation(d, a + PAGE(2))->pfn, ZERO_PFN);
	device_write(d, a + PAGE(2), 4);
	want_int(rig_read(mm, a + PAGE(2)), 4);
	want_int(sva_access(d, a + PAGE(3), false, &value), -EFAULT);
	want_int(sva_access(d, TASK_SIZE, true, &value), -EFAULT);
	want_counts();
	sva_unbind_device(d);
	mmput(mm);
	want_nothing_left();
}

/* As a CPU does, it says in the entry that it has written. */
static void it_sets_the_bits(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct file *file = new_file(1);
	unsigned long addr = map_file(mm, file, 1, true);
	struct sva *d = bind(mm);

	(void)r;
	want_int(device_read(d, addr), 0);
	want(pte_has(rig_pte(mm, addr), PTE_ACCESSED) && !pte_has(rig_pte(mm, addr), PTE_DIRTY));
	device_write(d, addr, 5);
	want(pte_has(rig_pte(mm, addr), PTE_DIRTY));
	filemap_write_range(file->f_mapping, 0, 0);
	want_int(file_inode(file)->store[0], 5);
	want(!translation(d, addr));
	device_write(d, addr, 6);
	want(flag_peek(cached(file, 0), PG_dirty));
	want_counts();
	sva_unbind_device(d);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* ---- what makes it forget ---- */

static void by_munmap(struct mm_struct *mm, unsigned long addr)
{
	want_int(do_munmap(mm, addr, PAGE_SIZE), 0);
}

static void by_mprotect(struct mm_struct *mm, unsigned long addr)
{
	want_int(do_mprotect(mm, addr, PAGE_SIZE, VM_READ), 0);
}

static void by_madvise(struct mm_struct *mm, unsigned long addr)
{
	want_int(do_madvise(mm, addr, PAGE_SIZE, MADVISE_DONTNEED), 0);
}

static void by_reclaim(struct mm_struct *mm, unsigned long addr)
{
	want_int(reclaim_page(rig_page(mm, addr)), RECLAIM_FREED);
}

static void by_migration(struct mm_struct *mm, unsigned long addr)
{
	want_int(migrate_page(rig_page(mm, addr)), MIGRATED);
}

static void by_mremap(struct mm_struct *mm, unsigned long addr)
{
	want(do_mremap(mm, addr, PAGE_SIZE, PAGE(4)) > 0);
}

static void by_fork(struct mm_struct *mm, unsigned long addr)
{
	(void)addr;
	mmput(rig_fork(mm));
}

static void it_forgets(struct rig *r)
{
	static void (*const by[])(struct mm_struct *mm, unsigned long addr) = {
		by_munmap, by_mprotect, by_madvise, by_reclaim, by_migration, by_mremap, by_fork,
	};

	(void)r;
	for (unsigned i = 0; i < ARRAY_SIZE(by); i++) {
		struct mm_struct *mm = rig_mm();
		unsigned long a = rig_mmap(mm, 2);
		struct sva *d;

		rig_write(mm, a, 1);
		lru_add_drain_all();
		d = bind(mm);
		device_write(d, a, 2);
		want(translation(d, a));
		by[i](mm, a);
		want(!translation(d, a));
		sva_unbind_device(d);
		mmput(mm);
		want_nothing_left();
	}
}

static void a_huge_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = with_huge_page(&addr);
	struct sva *d = bind(mm);

	(void)r;
	want_int(device_read(d, addr + PAGE(3)), 103);
	want(translation(d, addr)->huge && translation(d, addr) == translation(d, addr + PAGE(7)));
	device_write(d, addr + PAGE(7), 9);
	want(split(rig_page(mm, addr)));
	want(!translation(d, addr));
	want_int(device_read(d, addr + PAGE(7)), 9);
	want_counts();
	sva_unbind_device(d);
	mmput(mm);
	want_nothing_left();
}

/* ---- the end ---- */

static void exit_goes_first(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 1);
	struct sva *d = bind(mm), *second = bind(mm);
	u64 value = 0;

	device_write(d, a, 1);
	want_int(device_read(second, a), 1);
	sva_unbind_device(second);
	want_int(device_read(d, a), 1);
	mmput(mm);
	want_int(r->nr[EV_DEVICE_UNBOUND], 2);
	want(!translation(d, a));
	want_int(sva_access(d, a, false, &value), -ESRCH);
	sva_unbind_device(d);
	want_int(r->nr[EV_DEVICE_UNBOUND], 2);
	want_nothing_left();
}

static int bind_or_not(struct rig *r)
{
	int err;
	struct sva *d = sva_bind_device(r->arg, &err);

	if (d)
		sva_unbind_device(d);
	return err;
}

static void nothing(struct rig *r)
{
	(void)r;
}

static void short_of_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();

	rig_mmap(mm, 1);
	r->arg = mm;
	want_int(rig_each_failure(r, bind_or_not, nothing, false), 2);	/* the device, and the list of notifiers */
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(same_memory), RIG_TEST(it_sets_the_bits), RIG_TEST(it_forgets),      RIG_TEST(a_huge_page),
		RIG_TEST(exit_goes_first), RIG_TEST(short_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
