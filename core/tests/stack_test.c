/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of stacks: they grow when somebody comes below them, keep their distance, and their pages are found wherever the stack
 * begins by then.
 *
 * Concurrency: one task, or two whose order the test decides.
 */
#include "mlock.h"
#include "rig.h"

static int touch(struct mm_struct *mm, unsigned long addr)
{
	u64 value = 9;

	return user_access(mm, addr, true, &value);
}

static unsigned long new_stack(struct mm_struct *mm, unsigned pages)
{
	long addr = do_mmap_stack(mm, pages);

	want(addr > 0);
	return (unsigned long)addr;
}

static void grows_page_by_page(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long s = new_stack(mm, 5);
	struct vm_area_struct *vma = mm->mmap;

	want(vma->vm_start == s + PAGE(4) && vma->vm_end == s + PAGE(5));
	rig_write(mm, s + PAGE(4), 4);
	want_int(rig_read(mm, s + PAGE(3)), 0);
	rig_write(mm, s + PAGE(1), 1);
	want_int(r->nr[EV_VMA_EXTENDED], 2);
	want(vma->vm_start == s + PAGE(1) && vma->vm_pgoff == (s >> PAGE_SHIFT) + 1);
	want_int(mm->map_count, 1);
	rig_swap_out(mm, s + PAGE(4));
	rig_swap_out(mm, s + PAGE(1));
	want_int(rig_read(mm, s + PAGE(1)), 1);
	child = rig_fork(mm);
	rig_write(child, s, 7);		/* the child's own */
	want_int(child->mmap->vm_start, s);
	want_int(vma->vm_start, s + PAGE(1));
	want_int(rig_read(child, s + PAGE(4)), 4);
	want_counts();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void keeps_its_distance(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long below = rig_mmap(mm, 1), s = new_stack(mm, 4), b;

	(void)r;
	want_int(s, below + PAGE(1));
	want_int(touch(mm, s), -EFAULT);	/* it would touch what is mapped there */
	want_int(touch(mm, s + PAGE(1)), 0);
	b = rig_mmap(mm, 1);
	want(b > s);			/* the gap is no room */
	want_int(do_mprotect(mm, below, PAGE(1), 0), 0);
	want_int(touch(mm, s), 0);		/* below lies nothing that could be overwritten */
	want_int(do_munmap(mm, below, PAGE(1)), 0);
	want_int(touch(mm, below), 0);
	want_int(touch(mm, MMAP_BASE - 1), -EFAULT);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* Only what grows is a stack; a stack that was split has a lower half that is one, too. */
static void what_does_not_grow(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long s = new_stack(mm, 6), a;

	(void)r;
	rig_write(mm, s + PAGE(2), 1);
	want_int(do_munmap(mm, s + PAGE(3), PAGE(1)), 0);
	want_int(mm->map_count, 2);
	want_int(touch(mm, s + PAGE(3)), 0);	/* the upper half grows to the lower one */
	want_int(touch(mm, s + PAGE(1)), 0);
	a = rig_mmap(mm, 2);
	want_int(do_munmap(mm, a, PAGE(1)), 0);
	want_int(touch(mm, a), -EFAULT);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void locked_and_short_of_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long s = new_stack(mm, 4);

	(void)r;
	rig_no_memory(1);
	want_int(touch(mm, s + PAGE(2)), -EFAULT);
	rig_no_memory(0);
	want_int(mm->mmap->vm_start, s + PAGE(3));
	want_int(do_mlock(mm, s + PAGE(3), PAGE(1)), 0);
	rig_write(mm, s + PAGE(1), 1);
	want_int(mm->locked_vm, 3);
	want(flag_peek(rig_page(mm, s + PAGE(1)), PG_mlocked));
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* ---- while a walk has the lock of the anon_vma, the stack does not move ---- */

static struct mm_struct *shared_mm;
static unsigned long shared_stack;

static void push(struct rig *r)
{
	rig_wait(r, 1);
	want_int(touch(shared_mm, shared_stack), 0);
}

static void walk_then_grow(struct rig *r)
{
	struct vm_area_struct *vma;

	shared_mm = rig_mm();
	shared_stack = new_stack(shared_mm, 3);
	rig_write(shared_mm, shared_stack + PAGE(2), 1);
	vma = shared_mm->mmap;
	core()->rmap->vma_lock(vma);
	rig_raise(r, 1);
	rig_until_other_waits(r);
	want_int(vma->vm_start, shared_stack + PAGE(2));
	core()->rmap->vma_unlock(vma);
	rig_until_other_waits(r);
	want_int(vma->vm_start, shared_stack);
	want_counts();
	mmput(shared_mm);
	want_nothing_left();
}

static void growth_waits_for_walks(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, walk_then_grow, push);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(grows_page_by_page),
		RIG_TEST(keeps_its_distance),
		RIG_TEST(what_does_not_grow),
		RIG_TEST(locked_and_short_of_memory),
		cmocka_unit_test(growth_waits_for_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
