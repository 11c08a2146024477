/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process says about merging, and how merged pages are taken back: by the same copy as a write makes.
 */
#include "defects.h"
#include "fault.h"
#include "ksm_internal.h"

int break_ksm(struct vm_area_struct *vma, unsigned long addr)
{
	int err = 0;

	for (;;) {
		struct page *page = get_mapped_page(vma->vm_mm, addr, !defect(D_KSM_MIGRATION));
		bool merged = page && PageKsm(page);

		if (merged)
			err = fault_in(vma, addr, true, NULL);
		if (page)
			put_page(page);
		/* The fault may have found that the entry had changed. */
		if (!merged || err)
			return err;
	}
}

int unmerge_ksm_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	int err = 0;

	for (unsigned long addr = start; addr < end && !ksm_test_exit(vma->vm_mm) && !err; addr += PAGE_SIZE)
		err = break_ksm(vma, addr);
	return err;
}

/* ---- madvise; mmap_lock held for write ---- */

/* The flags that the range gets. What is shared memory is none of KSM's business, and stays as it is. */
static int ksm_madvise(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool mergeable, unsigned long *flags)
{
	int err = 0;

	if (mergeable) {
		if (*flags & (VM_MERGEABLE | VM_SHARED | VM_HUGETLB))
			return 0;
		err = ksm_enter(vma->vm_mm);
		if (!err)
			*flags |= VM_MERGEABLE;
	} else if (*flags & VM_MERGEABLE) {
		if (vma->anon_vma)
			err = unmerge_ksm_pages(vma, start, end);
		if (!err)
			*flags &= ~VM_MERGEABLE;
	}
	return err;
}

/* [start, end) lies in vma, which may be split or merged. prev: the VMA before start; what holds the range, afterwards. */
static int advise(struct vm_area_struct *vma, struct vm_area_struct **prev, unsigned long start, unsigned long end, bool mergeable)
{
	struct merge_request m = {
		.start = start, .end = end, .pgoff = linear_page_index(vma, start),
		.flags = vma->vm_flags, .anon_vma = vma->anon_vma, .file = vma->vm_file,
	};
	struct vm_area_struct *merged;

	if (ksm_madvise(vma, start, end, mergeable, &m.flags))
		return -ENOMEM;
	if (m.flags != vma->vm_flags) {
		merged = vma_merge(vma->vm_mm, *prev, &m);
		if (merged)
			vma = merged;
		else if (start > vma->vm_start && split_vma(vma->vm_mm, vma, start, true))
			return -ENOMEM;
		else if (end < vma->vm_end && split_vma(vma->vm_mm, vma, end, false))
			return -ENOMEM;
		vma_start_write(vma);
		/* mkclean asks, holding i_mmap, whether it is shared. */
		WRITE_ONCE(vma->vm_flags, m.flags | (vma->vm_flags & VM_SOFTDIRTY));
	}
	*prev = vma;
	return 0;
}

static int advise_range(struct mm_struct *mm, unsigned long start, unsigned long end, bool mergeable)
{
	struct vm_area_struct *vma = find_vma(mm, start), *prev = find_vma_before(mm, start);
	int err = 0, hole = 0;

	while (start < end && !err) {
		unsigned long stop;

		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start)
			hole = -ENOMEM;	/* told when the rest is done */
		start = max(start, vma->vm_start);
		if (start == vma->vm_start)
			prev = vma->vm_prev;
		stop = min(end, vma->vm_end);
		err = advise(vma, &prev, start, stop, mergeable);
		if (err)
			break;
		/* It may have been merged with what comes behind. */
		start = max(stop, prev->vm_end);
		vma = prev->vm_next;
	}
	return err ? err : hole;
}

int do_madvise_mergeable(struct mm_struct *mm, unsigned long start, unsigned long len, bool mergeable)
{
	int err;

	down_write(&mm->mmap_lock);
	err = advise_range(mm, start, start + len, mergeable);
	mmap_write_unlock(mm);
	return err;
}
