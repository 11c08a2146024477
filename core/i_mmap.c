/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMAs of a file: its tree, and mmap and msync of files. */
#include "file.h"
#include "internal.h"

void vma_link_file(struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	i_mmap_lock_write(mapping);
	/* Behind those that begin at the same page: a fork's child after its parent, so that a walk which has passed the parent still
	 * comes to what fork has copied meanwhile. */
	itree_insert(&vma->shared, vma, &mapping->i_mmap);
	i_mmap_unlock_write(mapping);
}

void unlink_file_vma(struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	i_mmap_lock_write(mapping);
	itree_remove(&vma->shared, &mapping->i_mmap);
	i_mmap_unlock_write(mapping);
}

void vma_file_lock(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		i_mmap_lock_write(vma->vm_file->f_mapping);
}

void vma_file_unlock(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		i_mmap_unlock_write(vma->vm_file->f_mapping);
}

void vma_file_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	if (!vma->vm_file)
		return;
	vma_file_lock(vma);
	itree_remove(&vma->shared, &vma->vm_file->f_mapping->i_mmap);
	if (next)
		itree_remove(&next->shared, &vma->vm_file->f_mapping->i_mmap);
}

void vma_file_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	if (!vma->vm_file)
		return;
	itree_insert(&vma->shared, vma, &vma->vm_file->f_mapping->i_mmap);
	if (next)
		itree_insert(&next->shared, next, &vma->vm_file->f_mapping->i_mmap);
	vma_file_unlock(vma);
}

long do_mmap_file(struct mm_struct *mm, struct file *file, unsigned long pgoff, unsigned pages, bool shared)
{
	unsigned long len = (unsigned long)pages << PAGE_SHIFT, addr;
	long ret = -ENOMEM;

	down_write(&mm->mmap_lock);
	addr = find_room(mm, len);
	if (addr) {
		const struct merge_request m = {
			.start = addr, .end = addr + len, .pgoff = pgoff, .flags = VM_READ | VM_WRITE | (shared ? VM_SHARED : 0),
			.file = file,
		};

		if (!map_range(mm, &m)) {
			event(FILE_MAPPED, .mm = mm, .addr = addr, .end = addr + len, .obj = file_inode(file), .value = pgoff,
			      .shared = shared);
			ret = (long)addr;
		}
	}
	up_write(&mm->mmap_lock);
	return ret;
}

void do_msync(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	unsigned long end = start + len, first, last;
	struct vm_area_struct *vma;
	struct file *file;

	while (start < end) {
		down_read(&mm->mmap_lock);
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end) {
			up_read(&mm->mmap_lock);
			return;
		}
		start = max(start, vma->vm_start);
		first = vma->vm_pgoff + ((start - vma->vm_start) >> PAGE_SHIFT);
		start = min(end, vma->vm_end);
		last = vma->vm_pgoff + ((start - 1 - vma->vm_start) >> PAGE_SHIFT);
		file = vma->vm_flags & VM_SHARED ? vma->vm_file : NULL;
		if (file)
			get_file(file);
		/* Writing takes its time: nobody's faults wait for it. What the file is by then, its own reference keeps. */
		up_read(&mm->mmap_lock);
		if (!file)
			continue;
		filemap_write_range(file->f_mapping, first, last);
		fput(file);
	}
}
