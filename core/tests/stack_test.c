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

/* ---- exec ---- */

static struct mm_struct *exec_at(struct mm_struct *mm, unsigned long start, unsigned pages)
{
	struct mm_struct *new = do_execve(mm, &(struct exec_args){ start, start + PAGE(pages) });

	want(new);
	want_int(atomic_peek(&new->tlb_flush_pending), 0);	/* what was freed was flushed */
	return new;
}

/* Whatever it covers, and wherever tables end: the stack holds what was there, and nothing is left of the place where it was made. */
static void exec_makes_a_stack(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *new;
	unsigned long addr = rig_mmap(mm, 24);

	(void)r;
	for (unsigned i = 0; i < 24; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	for (unsigned first = 1; first < 9; first += 3)
		for (unsigned pages = 1; pages <= 12; pages += 5) {
			const struct vm_area_struct *vma;
			unsigned tables = 0;

			new = exec_at(mm, addr + PAGE(first), pages);
			vma = new->mmap;
			want_int(new->map_count, 1);
			want(vma->vm_start == addr + PAGE(first) && vma->vm_end == addr + PAGE(first + pages));
			want_int(vma->vm_flags & ~VM_SOFTDIRTY, VM_READ | VM_WRITE | VM_GROWSDOWN);
			for (unsigned i = 0; i < pages; i++)
				want_int(rig_read(new, addr + PAGE(first + i)), 100 + first + i);
			want_int(touch(new, vma->vm_end), -EFAULT);
			want_int(touch(new, vma->vm_start - PAGE_SIZE), 0);
			for (unsigned i = 0; i < PTRS_PER_PGD; i++)
				tables += new->pgd[i] != NULL;
			want_int(tables, (vma->vm_end - 1) / (PTRS_PER_PTE * PAGE_SIZE) - vma->vm_start / (PTRS_PER_PTE * PAGE_SIZE) + 1);
			want_counts();
			mmput(new);
		}
	mmput(mm);
	want_nothing_left();
}

static void exec_pages_are_found(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *new;
	unsigned long addr = rig_mmap(mm, 4);

	(void)r;
	rig_write(mm, addr, 1);
	rig_write(mm, addr + PAGE(1), 2);
	new = exec_at(mm, addr, 2);
	rig_swap_out(new, addr);
	rig_swap_out(new, addr + PAGE(1));
	want_int(rig_read(new, addr), 1);
	want_int(rig_read(new, addr + PAGE(1)), 2);
	want_counts();
	mmput(new);
	mmput(mm);
	want_nothing_left();
}

static struct mm_struct *exec_from;

static int exec_once(struct rig *r)
{
	r->arg = do_execve(exec_from, &(struct exec_args){ MMAP_BASE, MMAP_BASE + PAGE(7) });
	return r->arg ? 0 : -ENOMEM;
}

static void exec_undo(struct rig *r)
{
	mmput(r->arg);
}

static void exec_runs_out_of_memory(struct rig *r)
{
	exec_from = rig_mm();
	want_int(rig_mmap(exec_from, 7), MMAP_BASE);
	for (unsigned i = 0; i < 7; i++)
		rig_write(exec_from, MMAP_BASE + PAGE(i), i);
	want(rig_each_failure(r, exec_once, exec_undo, true) > 7);
	want(!do_execve(exec_from, &(struct exec_args){ MMAP_BASE, MMAP_BASE + PAGE(8) }));
	want_counts();
	mmput(exec_from);
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
	take_rmap_locks(vma);
	rig_raise(r, 1);
	rig_until_other_waits(r);
	want_int(vma->vm_start, shared_stack + PAGE(2));
	drop_rmap_locks(vma);
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
		RIG_TEST(exec_makes_a_stack),
		RIG_TEST(exec_pages_are_found),
		RIG_TEST(exec_runs_out_of_memory),
		cmocka_unit_test(growth_waits_for_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
