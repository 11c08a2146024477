/* SPDX-License-Identifier: GPL-2.0-only */
/* VMAs: the list of an mm, finding room, splitting. mmap_lock is held for write wherever the list changes. */
#include "internal.h"
#include "sanitize.h"

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	for (vma = mm->mmap; vma; vma = vma->vm_next)
		if (vma->vm_end > addr)
			return vma;
	return NULL;
}

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmem_cache_alloc(core()->vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	*vma = (struct vm_area_struct){ .vm_mm = mm };
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	return vma;
}

void vm_area_free(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		fput(vma->vm_file);
	kmem_cache_free(core()->vma_cache, vma);
}

void vma_link(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = NULL, *next = mm->mmap;

	while (next && next->vm_start < vma->vm_start) {
		prev = next;
		next = next->vm_next;
	}
	vma->vm_prev = prev;
	vma->vm_next = next;
	if (prev)
		prev->vm_next = vma;
	else
		mm->mmap = vma;
	if (next)
		next->vm_prev = vma;
	mm->map_count++;
	exec_touch(&core()->mms, TOUCH_ADD);	/* checks walk all VMAs */
	vma_link_file(vma);
}

static void vma_unlink_list(struct mm_struct *mm, struct vm_area_struct *vma)
{
	if (vma->vm_prev)
		vma->vm_prev->vm_next = vma->vm_next;
	else
		mm->mmap = vma->vm_next;
	if (vma->vm_next)
		vma->vm_next->vm_prev = vma->vm_prev;
	vma->vm_prev = vma->vm_next = NULL;
	mm->map_count--;
	exec_touch(&core()->mms, TOUCH_ADD);
}

struct vm_area_struct *vmas_detach(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long end)
{
	struct vm_area_struct *first = NULL, **tail = &first, *next;

	for (; vma && vma->vm_start < end; vma = next) {
		next = vma->vm_next;
		vma_unlink_list(mm, vma);
		*tail = vma;
		tail = &vma->vm_next;
	}
	return first;
}

bool vmas_compatible(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_flags == b->vm_flags && a->vm_file == b->vm_file &&
	       b->vm_pgoff == a->vm_pgoff + vma_pages(a);
}

/*
 * A neighbour's anon_vma may be shared only while its chain has one link: with more, the neighbour has been through a fork, and
 * equal anon_vmas would no longer mean equal chains. Another fault may be setting both right now, as mmap_lock is held for read
 * only: a chain that is being made has one link whichever way it is seen. (4.19 reads it as plainly and says so in a comment.)
 */
static struct anon_vma *reusable_anon_vma(struct vm_area_struct *old, const struct vm_area_struct *a,
					  const struct vm_area_struct *b)
{
	struct anon_vma *anon_vma;

	if (!vmas_compatible(a, b))
		return NULL;
	anon_vma = smp_load_acquire(&old->anon_vma);	/* READ_ONCE() in 4.19, which orders what the address leads to */
	san_unwatch(&old->anon_vma_chain, sizeof(old->anon_vma_chain));	/* Valgrind knows memory that races, not accesses that do */
	if (anon_vma && data_race(list_is_singular(&old->anon_vma_chain)))
		return anon_vma;
	return NULL;
}

struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = NULL;

	if (vma->vm_next)
		anon_vma = reusable_anon_vma(vma->vm_next, vma, vma->vm_next);
	if (!anon_vma && vma->vm_prev)
		anon_vma = reusable_anon_vma(vma->vm_prev, vma->vm_prev, vma);
	return anon_vma;
}

unsigned long find_room(struct mm_struct *mm, unsigned long len)
{
	unsigned long addr = MMAP_BASE;

	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (vma->vm_start >= addr + len)
			return addr;
		addr = vma->vm_end;
	}
	return addr + len <= TASK_SIZE ? addr : 0;
}

long do_mmap(struct mm_struct *mm, unsigned pages)
{
	unsigned long len = (unsigned long)pages << PAGE_SHIFT, addr;
	struct vm_area_struct *vma;
	long ret = -ENOMEM;

	down_write(&mm->mmap_lock);
	addr = find_room(mm, len);
	vma = addr ? vm_area_alloc(mm) : NULL;
	if (vma) {
		vma->vm_start = addr;
		vma->vm_end = addr + len;
		vma->vm_flags = VM_READ | VM_WRITE;
		vma->vm_pgoff = addr >> PAGE_SHIFT;
		vma_link(mm, vma);
		event(MMAPPED, .mm = mm, .addr = addr, .end = addr + len);
		ret = (long)addr;
	}
	up_write(&mm->mmap_lock);
	return ret;
}

int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr)
{
	const struct rmap_ops *rmap = core()->rmap;
	struct vm_area_struct *new = vm_area_alloc(mm);
	int err;

	if (!new)
		return -ENOMEM;
	new->vm_start = addr;
	new->vm_end = vma->vm_end;
	new->vm_flags = vma->vm_flags;
	vma_set_file(new, vma->vm_file);
	new->vm_pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	new->anon_vma = vma->anon_vma;
	err = rmap->vma_clone(new, vma);
	if (err) {
		vm_area_free(new);
		return err;
	}
	/* For a moment both halves have the new one's pages, in all trees: a walk may come twice, but finds whatever is there. */
	vma_link(mm, new);
	rmap->vma_adjust_begin(vma);
	vma->vm_end = addr;
	rmap->vma_adjust_end(vma);
	return 0;
}
