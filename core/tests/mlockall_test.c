/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of mlockall: what is locked, when it is brought in, and how it is counted.
 *
 * Concurrency: one thread.
 */
#include "mlock.h"
#include "rig.h"

static bool mlocked(struct mm_struct *mm, unsigned long addr)
{
	struct page *page = rig_page(mm, addr);

	return page && page_mlocked(page);
}

static void what_there_is(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 3), later;

	(void)r;
	rig_write(mm, addr, 1);
	want_int(do_mprotect(mm, addr + PAGE(2), PAGE(1), 0), 0);
	do_mlockall(mm, MCL_CURRENT);
	want(mlocked(mm, addr) && mlocked(mm, addr + PAGE(1)) && !rig_page(mm, addr + PAGE(2)));
	want_int(mm->locked_vm, 3);
	later = rig_mmap(mm, 1);
	want(!rig_page(mm, later));
	want_int(mm->locked_vm, 3);
	do_munlockall(mm);
	want_int(mm->locked_vm, 0);
	want(!mlocked(mm, addr));
	mmput(mm);
	want_nothing_left();
}

static void what_will_be(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 1), later;

	(void)r;
	do_mlockall(mm, MCL_FUTURE);
	want_int(mm->locked_vm, 0);
	later = rig_mmap(mm, 2);
	want(mlocked(mm, later) && mlocked(mm, later + PAGE(1)) && !rig_page(mm, addr));
	want_int(mm->locked_vm, 2);
	child = rig_fork(mm);
	rig_mmap(child, 1);
	want_int(child->locked_vm, 0);
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void as_it_comes(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);

	(void)r;
	rig_write(mm, addr, 1);
	do_mlockall(mm, MCL_CURRENT | MCL_ONFAULT);
	want(mlocked(mm, addr) && !rig_page(mm, addr + PAGE(1)));
	rig_write(mm, addr + PAGE(1), 2);
	want(mlocked(mm, addr + PAGE(1)));
	want_int(mm->locked_vm, 2);
	/* For good, and counted once. */
	want_int(do_mlock(mm, addr, PAGE(2)), 0);
	want_int(mm->locked_vm, 2);
	want(!(mm->mmap->vm_flags & VM_LOCKONFAULT));
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = { RIG_TEST(what_there_is), RIG_TEST(what_will_be), RIG_TEST(as_it_comes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
