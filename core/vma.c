/* SPDX-License-Identifier: GPL-2.0-only */
/* VMAs: the list of an mm, finding room, mapping, splitting. mmap_lock is held for write wherever the list changes. */
#include "defects.h"
#include "internal.h"
#include "mlock.h"
#include "sanitize.h"

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	for (vma = mm->mmap; vma; vma = vma->vm_next)
		if (vma->vm_end > addr)
			return vma;
	return NULL;
}

struct vm_area_struct *find_vma_before(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *prev = NULL;

	for (struct vm_area_struct *vma = mm->mmap; vma && vma->vm_start < addr; vma = vma->vm_next)
		prev = vma;
	return prev;
}

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmem_cache_alloc(core()->vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	*vma = (struct vm_area_struct){ .vm_mm = mm };
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	INIT_LIST_HEAD(&vma->anon_vma_node);
	if (vma_locks_used())
		__vma_lock_init(vma);
	return vma;
}

void vm_area_free(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		fput(vma->vm_file);
	if (vma_locks_used())
		vm_area_free_rcu(vma);
	else
		kmem_cache_free(core()->vma_cache, vma);
}

void vma_link_list(struct mm_struct *mm, struct vm_area_struct *vma)
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
	vma_mt_store(vma);
	mm->map_count++;
	exec_touch(&core()->mms, TOUCH_ADD);	/* checks walk all VMAs */
}

void vma_link(struct mm_struct *mm, struct vm_area_struct *vma, const struct vm_area_struct *like)
{
	data_publish(vma);
	vma_start_write(vma);
	vmas_lock(mm);
	vma_link_list(mm, vma);
	vmas_unlock(mm);
	vma_link_file(vma, like);
}

void vma_unlink_list(struct mm_struct *mm, struct vm_area_struct *vma)
{
	vma_mt_erase(vma);
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

	vmas_lock(mm);
	for (; vma && vma->vm_start < end; vma = next) {
		next = vma->vm_next;
		vma_unlink_list(mm, vma);
		*tail = vma;
		tail = &vma->vm_next;
	}
	vmas_unlock(mm);
	return first;
}

bool vmas_compatible(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	/* Who differs only in rights may be alike again tomorrow, and could not be merged then with an anon_vma of its own. */
	return a->vm_end == b->vm_start && !((a->vm_flags ^ b->vm_flags) & ~(VM_RIGHTS | VM_SOFTDIRTY)) && a->vm_file == b->vm_file &&
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
	if (anon_vma && data_race(unforked(old)))
		return anon_vma;
	return NULL;
}

struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = NULL;

	/* The VMA's own lock would not do: it keeps no neighbour. */
	lockdep_assert_held(&vma->vm_mm->mmap_lock.l);
	if (vma->vm_next)
		anon_vma = reusable_anon_vma(vma->vm_next, vma, vma->vm_next);
	if (!anon_vma && vma->vm_prev)
		anon_vma = reusable_anon_vma(vma->vm_prev, vma->vm_prev, vma);
	return anon_vma;
}

/* Where the VMA begins to be in the way: a stack keeps its distance from what is mapped below it. */
static unsigned long start_gap(const struct vm_area_struct *vma)
{
	unsigned long gap = vma->vm_flags & VM_GROWSDOWN ? STACK_GUARD_GAP : 0;

	return vma->vm_start - min(gap, vma->vm_start);
}

static unsigned long align_up(unsigned long addr, unsigned long align)
{
	return (addr + align - 1) & ~(align - 1);
}

unsigned long find_room_aligned(struct mm_struct *mm, unsigned long len, unsigned long align)
{
	unsigned long addr = align_up(MMAP_BASE, align);

	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (start_gap(vma) >= addr + len)
			return addr;
		addr = align_up(vma->vm_end, align);
	}
	return addr + len <= TASK_SIZE ? addr : 0;
}

static int merge_or_link(struct mm_struct *mm, const struct merge_request *m)
{
	unsigned long soft = defect(D_SOFT_VMA) ? 0 : VM_SOFTDIRTY;
	struct vm_area_struct *vma = vma_merge(mm, find_vma_before(mm, m->start), m);

	if (vma) {
		vma_add_flags(vma, soft);
		return 0;
	}
	vma = vm_area_alloc(mm);
	if (!vma)
		return -ENOMEM;
	vma->vm_start = m->start;
	vma->vm_end = m->end;
	vma->vm_flags = m->flags | soft;
	vma->vm_pgoff = m->pgoff;
	vma_set_file(vma, m->file);
	vma_link(mm, vma, NULL);
	return 0;
}

int map_range(struct mm_struct *mm, const struct merge_request *req)
{
	struct merge_request m = *req;
	int err;

	if (!(m.flags & VM_HUGETLB))
		m.flags |= mm->def_flags;
	err = merge_or_link(mm, &m);
	if (!err && m.flags & VM_LOCKED)
		mm->locked_vm += (u32)((m.end - m.start) >> PAGE_SHIFT);
	return err;
}

static long mmap_anon(struct mm_struct *mm, unsigned pages, unsigned long flags, unsigned long align)
{
	unsigned long len = (unsigned long)pages << PAGE_SHIFT, addr;
	bool locked = false;
	long ret = -ENOMEM;

	down_write(&mm->mmap_lock);
	addr = find_room_aligned(mm, len, align);
	if (addr) {
		const struct merge_request m = {
			.start = addr, .end = addr + len, .pgoff = addr >> PAGE_SHIFT, .flags = VM_READ | VM_WRITE | flags,
		};

		if (!map_range(mm, &m)) {
			event(MMAPPED, .mm = mm, .addr = addr, .end = addr + len, .fresh = true);
			locked = mm->def_flags;
			ret = (long)addr;
		}
	}
	mmap_write_unlock(mm);
	if (locked)
		mm_populate(mm, addr, addr + len);
	return ret;
}

long do_mmap(struct mm_struct *mm, unsigned pages)
{
	return mmap_anon(mm, pages, 0, PAGE_SIZE);
}

long do_mmap_huge(struct mm_struct *mm, unsigned pages)
{
	return mmap_anon(mm, pages, VM_HUGEPAGE, HPAGE_PMD_SIZE);
}

int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, bool new_below)
{
	unsigned long pgoff = linear_page_index(vma, addr);
	const struct vma_range lower = { vma->vm_start, addr, vma->vm_pgoff }, upper = { addr, vma->vm_end, pgoff };
	const struct vma_range *of_new = new_below ? &lower : &upper;
	struct vm_area_struct *new;
	int err;

	if (vma->vm_flags & VM_HUGETLB && addr % HPAGE_PMD_SIZE)
		return -EINVAL;
	new = vm_area_alloc(mm);
	if (!new)
		return -ENOMEM;
	new->vm_start = of_new->start;
	new->vm_end = of_new->end;
	new->vm_pgoff = of_new->pgoff;
	new->vm_flags = vma->vm_flags;
	vma_set_file(new, vma->vm_file);
	new->anon_vma = vma->anon_vma;
	err = core()->rmap->vma_clone(new, vma);
	if (err) {
		vm_area_free(new);
		return err;
	}
	/* Cannot fail: what grows is new, and it has its anon_vmas. */
	return vma_adjust(vma, new_below ? &upper : &lower, new, NULL);
}
