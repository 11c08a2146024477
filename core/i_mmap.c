/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMAs of a file: its tree, and mmap and msync of files. */
#include "file.h"
#include "internal.h"
#include "mlock.h"

/* i_mmap held for write. */
static void enter(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	if (vma->vm_flags & VM_NONLINEAR)
		list_add_tail(&vma->nonlinear, &mapping->i_mmap_nonlinear);
	else
		itree_insert(&vma->shared, vma, &mapping->i_mmap);
}

static void leave(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_NONLINEAR)
		list_del(&vma->nonlinear);
	else
		itree_remove(&vma->shared, &vma->vm_file->f_mapping->i_mmap);
}

void vma_link_file(struct vm_area_struct *vma, const struct vm_area_struct *like)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	khugepaged_enter(vma->vm_mm);
	mapping = vma->vm_file->f_mapping;
	i_mmap_lock_write(mapping);
	/* Behind those that begin at the same page: a fork's child after its parent, so that a walk which has passed the parent still
	 * comes to what fork has copied meanwhile. */
	enter(vma);
	vma_unmapped_as(vma, like);
	i_mmap_unlock_write(mapping);
}

static void unlink_file_vma(struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	i_mmap_lock_write(mapping);
	leave(vma);
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

static void vma_file_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	if (!vma->vm_file)
		return;
	vma_file_lock(vma);
	leave(vma);
	if (next)
		leave(next);
}

static void vma_file_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	if (!vma->vm_file)
		return;
	enter(vma);
	if (next)
		enter(next);
	vma_file_unlock(vma);
}

/* ---- both reverse maps of a VMA, its file's and that of anonymous pages ---- */

void vma_leave_rmap(struct vm_area_struct *vma)
{
	if (core()->rmap->vma_unlink)
		core()->rmap->vma_unlink(vma);
	unlink_file_vma(vma);
}

void take_rmap_locks(struct vm_area_struct *vma)
{
	vma_file_lock(vma);
	if (core()->rmap->vma_lock)
		core()->rmap->vma_lock(vma);
}

void drop_rmap_locks(struct vm_area_struct *vma)
{
	if (core()->rmap->vma_unlock)
		core()->rmap->vma_unlock(vma);
	vma_file_unlock(vma);
}

void vma_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	vma_file_adjust_begin(vma, next);
	if (core()->rmap->vma_adjust_begin)
		core()->rmap->vma_adjust_begin(vma, next);
}

void vma_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	if (core()->rmap->vma_adjust_end)
		core()->rmap->vma_adjust_end(vma, next);
	vma_file_adjust_end(vma, next);
}

/* Where the file's huge pages, if there can be any, may be mapped by huge entries, and of hugetlb by tables that others have. Or 0. */
static unsigned long find_room_of_file(struct mm_struct *mm, const struct file *file, unsigned long pgoff, unsigned long len)
{
	unsigned long align = file_hugetlb(file) && len >= PUD_SIZE ? PUD_SIZE : HPAGE_PMD_SIZE, offset, addr;

	if (!(file->f_mapping->kind & (AS_HUGE | AS_HUGETLB)) || len < HPAGE_PMD_SIZE)
		return find_room(mm, len);
	offset = (pgoff << PAGE_SHIFT) % align;
	addr = find_room_aligned(mm, offset + len, align);
	return addr ? addr + offset : 0;
}

long do_mmap_file(struct mm_struct *mm, struct file *file, unsigned long pgoff, unsigned pages, bool shared)
{
	unsigned long len = (unsigned long)pages << PAGE_SHIFT, addr;
	bool huge = file_hugetlb(file);
	bool locked = false;
	long ret = -ENOMEM;

	if (huge && (pgoff % HPAGE_PMD_NR || pages % HPAGE_PMD_NR))
		return -EINVAL;
	down_write(&mm->mmap_lock);
	addr = find_room_of_file(mm, file, pgoff, len);
	if (addr) {
		const struct merge_request m = {
			.start = addr, .end = addr + len, .pgoff = pgoff,
			.flags = VM_READ | VM_WRITE | (shared ? VM_SHARED : 0) | (huge ? VM_HUGETLB : 0) |
				 (huge && shared ? VM_MAYSHARE : 0), .file = file,
		};

		if (!map_range(mm, &m)) {
			event(FILE_MAPPED, .mm = mm, .addr = addr, .end = addr + len, .obj = file_inode(file), .value = pgoff,
			      .shared = shared);
			locked = mm->def_flags && !huge;
			ret = (long)addr;
		}
	}
	mmap_write_unlock(mm);
	if (locked)
		mm_populate(mm, addr, addr + len);
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
		first = linear_page_index(vma, start);
		start = min(end, vma->vm_end);
		last = linear_page_index(vma, start - 1);
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
