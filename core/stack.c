/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stacks: mappings that grow downwards when somebody comes below them.
 *
 * A growing VMA changes its range like any other: with mmap_lock held for write, and out of the tree of its anon_vma meanwhile. Until
 * 6.5 faults did it with mmap_lock held for read. Two who grow stacks kept each other out; but a fault in what was there already
 * looks at vm_start and vm_pgoff, one after the other, to tell a new page its index, and nobody kept it out.
 */
#include "defects.h"
#include "internal.h"
#include "mlock.h"

/* What was there is not touched: only who comes to the new addresses may find that they are none. */
static bool may_grow(const struct vm_area_struct *vma, unsigned long addr)
{
	const struct vm_area_struct *prev = vma->vm_prev;

	if (addr < MMAP_BASE || (vma->vm_start - addr) >> PAGE_SHIFT > vma->vm_pgoff)
		return false;
	/* A stack that runs into what lies below it shall fault before. */
	return !prev || prev->vm_flags & VM_GROWSDOWN || !(prev->vm_flags & VM_RIGHTS) || addr - prev->vm_end >= STACK_GUARD_GAP;
}

/* Under the lock of the anon_vma. */
static void grow(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long pages = (vma->vm_start - addr) >> PAGE_SHIFT, end = vma->vm_start;
	struct mm_struct *mm = vma->vm_mm;

	/* All stacks of the process: they may be of different families. */
	spin_lock(&mm->page_table_lock);
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += (u32)pages;
	WRITE_ONCE(vma->vm_start, addr);
	WRITE_ONCE(vma->vm_pgoff, vma->vm_pgoff - pages);
	vma_mt_store(vma);
	event(MMAPPED, .mm = mm, .addr = addr, .end = end);
	event(VMA_EXTENDED, .mm = mm, .addr = addr, .end = vma->vm_end);
	spin_unlock(&mm->page_table_lock);
}

int expand_downwards(struct vm_area_struct *vma, unsigned long addr)
{
	addr &= ~(PAGE_SIZE - 1);
	if (!may_grow(vma, addr) || core()->rmap->vma_prepare(vma))
		return -ENOMEM;
	vma_start_write(vma);
	vma_adjust_begin(vma, NULL);
	if (addr < vma->vm_start)
		grow(vma, addr);
	vma_adjust_end(vma, NULL);
	return 0;
}

/* A VMA has changed its range: are all of them linked as they should be? */
static void validate_mm(struct mm_struct *mm)
{
	for (struct vm_area_struct *vma = mm->mmap; vma && core()->rmap->vma_validate; vma = vma->vm_next)
		core()->rmap->vma_validate(vma);
}

static bool can_expand(const struct vm_area_struct *vma)
{
	return vma && vma->vm_flags & VM_GROWSDOWN;
}

struct vm_area_struct *find_extend_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (!can_expand(vma) || vma->vm_start <= addr)
		return vma;
	if (defect(D_STACK_SHARED))
		return expand_downwards(vma, addr) ? NULL : vma;
	up_read(&mm->mmap_lock);
	down_write(&mm->mmap_lock);
	/* Whatever was there may be gone, or somebody else was faster. */
	vma = find_vma(mm, addr);
	if (can_expand(vma) && vma->vm_start > addr && expand_downwards(vma, addr))
		vma = NULL;
	mmap_write_downgrade(mm);
	validate_mm(mm);
	return vma;
}

long do_mmap_stack(struct mm_struct *mm, unsigned pages)
{
	unsigned long len = (unsigned long)pages << PAGE_SHIFT, addr, top = 0;
	bool locked = false;
	long ret = -ENOMEM;

	down_write(&mm->mmap_lock);
	addr = find_room(mm, len);
	if (addr) {
		top = addr + len - PAGE_SIZE;
		const struct merge_request m = {
			.start = top, .end = addr + len, .pgoff = top >> PAGE_SHIFT, .flags = VM_READ | VM_WRITE | VM_GROWSDOWN,
		};

		if (!map_range(mm, &m)) {
			event(MMAPPED, .mm = mm, .addr = top, .end = addr + len, .fresh = true);
			locked = mm->def_flags;
			ret = (long)addr;
		}
	}
	mmap_write_unlock(mm);
	if (locked)
		mm_populate(mm, top, addr + len);
	return ret;
}
