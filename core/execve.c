/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What exec does to memory: a new address space, whose stack is written at one place and then moved to another.
 *
 * Nobody knows the address space yet, but its pages are on the LRU, and whoever comes from a page finds the VMA. While the stack moves
 * the VMA says that its pages are where they are about to be: a walk does not find an entry that has not moved yet. Reclaim may
 * miss it. Who may not (migration puts entries there that it must find again) stays away from a VMA with VM_STACK_INCOMPLETE_SETUP.
 */
#include "internal.h"

/* By how much the stack moves; less than most stacks are long, so that old and new place overlap. */
#define STACK_SHIFT (3 * PAGE_SIZE)

/* The last page of what will be the stack; it grows while it is written. */
static int temporary_stack(struct mm_struct *mm, unsigned long end)
{
	const struct merge_request m = {
		.start = end - PAGE_SIZE, .end = end, .pgoff = (end - PAGE_SIZE) >> PAGE_SHIFT,
		.flags = VM_READ | VM_WRITE | VM_GROWSDOWN | VM_STACK_INCOMPLETE_SETUP,
	};
	int err;

	down_write(&mm->mmap_lock);
	err = map_range(mm, &m);
	if (!err)
		event(MMAPPED, .mm = mm, .addr = m.start, .end = m.end);
	mmap_write_unlock(mm);
	return err;
}

/* The arguments, the last one first: from there in the old address space to so much higher in the new one. */
static int copy_strings(struct mm_struct *old, struct mm_struct *mm, const struct exec_args *args, unsigned long shift)
{
	for (unsigned long addr = args->end; addr > args->start;) {
		u64 word;
		int err;

		addr -= PAGE_SIZE;
		err = user_access(old, addr, false, &word);
		if (!err)
			err = user_access(mm, addr + shift, true, &word);
		if (err)
			return err;
	}
	return 0;
}

/* mmap_lock held for write. On an error some pages have moved, and others not: the address space is of no use any more. */
static int shift_arg_pages(struct vm_area_struct *vma, unsigned long shift)
{
	const struct vma_range old = { vma->vm_start, vma->vm_end, vma->vm_pgoff };
	const struct vma_range new = { old.start - shift, old.end - shift, old.pgoff }, covering = { new.start, old.end, old.pgoff };
	struct mm_struct *mm = vma->vm_mm;

	/* The offset stays, the beginning changes: from here on walks look for the pages where they will be. */
	if (vma_adjust(vma, &covering, NULL, NULL))
		return -ENOMEM;
	event(MMAPPED, .mm = mm, .addr = new.start, .end = old.start);
	if (move_pages_down(vma, old.start, shift) < old.end - old.start)
		return -ENOMEM;
	event(UNMAP_BEGIN, .mm = mm, .addr = new.end, .end = old.end);
	lru_add_drain();
	free_pgd_range(vma, new.end);
	vma_adjust(vma, &new, NULL, NULL);	/* cannot fail: nothing is imported */
	event(UNMAP_END, .mm = mm, .addr = new.end, .end = old.end);
	return 0;
}

static int setup_arg_pages(struct mm_struct *mm, unsigned long shift)
{
	struct vm_area_struct *vma;
	int err;

	down_write(&mm->mmap_lock);
	vma = mm->mmap;
	err = shift ? shift_arg_pages(vma, shift) : 0;
	if (!err) {
		vma_start_write(vma);
		WRITE_ONCE(vma->vm_flags, vma->vm_flags & ~VM_STACK_INCOMPLETE_SETUP);
	}
	mmap_write_unlock(mm);
	return err;
}

struct mm_struct *do_execve(struct mm_struct *old, const struct exec_args *args)
{
	unsigned long shift = args->end + STACK_SHIFT <= TASK_SIZE ? STACK_SHIFT : 0;
	struct mm_struct *mm = mm_alloc();

	if (!mm)
		return NULL;
	if (temporary_stack(mm, args->end + shift) || copy_strings(old, mm, args, shift) || setup_arg_pages(mm, shift)) {
		mmput(mm);
		return NULL;
	}
	return mm;
}
