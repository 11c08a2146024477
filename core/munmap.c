/* SPDX-License-Identifier: GPL-2.0-only */
/* munmap and exit: which VMAs go, before unmap.c takes away what they map. */
#include "internal.h"
#include "mlock.h"
#include "mmu_notifier.h"

int munmap_locked(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start), *last;
	int err = 0;

	if (!vma || vma->vm_start >= end)
		return 0;
	if (start > vma->vm_start)
		err = split_vma(mm, vma, start, false);
	last = find_vma(mm, end);
	if (!err && last && end > last->vm_start)
		err = split_vma(mm, last, end, true);
	if (err)
		return err;
	/* Who faults in them is done before they go, and nobody comes after that. */
	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		vma_start_write(vma);
	event(UNMAP_BEGIN, .mm = mm, .addr = start, .end = end);
	munlock_vmas(find_vma(mm, start), end);
	vma = vmas_detach(mm, find_vma(mm, start), end);
	unmap_region(mm, vma, start, end);
	return 0;
}

int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	int err;

	down_write(&mm->mmap_lock);
	err = munmap_locked(mm, start, start + len);
	mmap_write_unlock(mm);
	return err;
}

void exit_mmap(struct mm_struct *mm)
{
	mmu_notifier_release(mm);
	event(UNMAP_BEGIN, .mm = mm, .addr = 0, .end = TASK_SIZE);
	munlock_vmas(mm->mmap, TASK_SIZE);
	unmap_region(mm, vmas_detach(mm, mm->mmap, TASK_SIZE), 0, TASK_SIZE);
}
