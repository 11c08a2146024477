/* SPDX-License-Identifier: GPL-2.0-only */
/* What core's own files share and nobody else needs. */
#ifndef CORE_INTERNAL_H
#define CORE_INTERNAL_H

#include "file.h"
#include "mm.h"
#include "windows.h"

/* machine->namer: what an object outside the slabs is called; NULL when it is nothing of the model's. */
const char *core_namer(const void *obj, char buf[NAME_LEN]);

/* Split vma at addr, which lies inside it. mmap_lock held for write. Returns 0 or -ENOMEM. */
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr);

/* Lowest room for len bytes, or 0. mmap_lock held for write. */
unsigned long find_room(struct mm_struct *mm, unsigned long len);

/* Take the VMAs from vma on that begin before end off the list; returns them linked by vm_next. mmap_lock held for write. */
struct vm_area_struct *vmas_detach(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long end);

/* Copy the entries of one VMA into the child. Both mmap_locks held for write. Returns 0 or -ENOMEM. */
int copy_page_range(struct mm_struct *dst, struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma);

/* Counters of an mm. Statistics: no points. */
static inline void count_anon(struct mm_struct *mm, long n)
{
	__atomic_fetch_add(&mm->anon_rss.counter, n, __ATOMIC_RELAXED);
}

static inline void count_swap(struct mm_struct *mm, long n)
{
	__atomic_fetch_add(&mm->swapents.counter, n, __ATOMIC_RELAXED);
}

static inline void count_file(struct mm_struct *mm, long n)
{
	__atomic_fetch_add(&mm->file_rss.counter, n, __ATOMIC_RELAXED);
}

/* The VMA maps the file from now on, and keeps it open. */
static inline void vma_set_file(struct vm_area_struct *vma, struct file *file)
{
	if (file)
		get_file(file);
	vma->vm_file = file;
}

/*
 * Is this page, which is mapped there, the file's own, not a private copy? Its mapping does not change while it is mapped: no point.
 */
static inline bool maps_file_page(const struct vm_area_struct *vma, const struct page *page)
{
	unsigned long mapping;

	if (!vma->vm_file)
		return false;
	exec_touch(&page->mapping, TOUCH_READ);
	mapping = (unsigned long)__atomic_load_n(&page->mapping, __ATOMIC_RELAXED);
	return !(mapping & PAGE_MAPPING_FLAGS);
}

#endif
