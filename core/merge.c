/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving the boundaries of VMAs: vma_adjust(), and vma_merge(), which finds out what a new or changed range can become part of.
 *
 * mmap_lock is held for write. A walk comes from below and holds none of it: whatever it can see of a VMA, range and offset,
 * changes under the locks of the VMA's file and of its anon_vma, with the VMA out of their trees meanwhile.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"

/* What vma_adjust() is about to do. */
struct adjustment {
	struct vm_area_struct *vma;	/* gets the range below */
	unsigned long start, end, pgoff;
	struct vm_area_struct *next;	/* gives way: its boundary moves, or it goes */
	long moved_pages;		/* by which next's start moves; 0: it does not */
	unsigned removed;		/* how many VMAs the range swallows, next first */
};

/*
 * The VMA that grows over another one's pages needs that one's anon_vmas, or walks for these pages would not find it. If it has
 * an anon_vma itself, both have the same: else they would not have been merged.
 */
static int import_anon_vma(struct vm_area_struct *importer, struct vm_area_struct *exporter)
{
	int err;

	if (!exporter->anon_vma || importer->anon_vma)
		return 0;
	event(ANON_IMPORTED, .mm = importer->vm_mm);
	/* It looks from here on as if a fault had all that it needs; and what it maps is in no tree, and may never be. */
	if (!defect(D_VMA_LOCK_IMPORT))
		vma_start_write(importer);
	/* Set before: without one, cloning takes the importer for the VMA of a child, and does not count it as a user. */
	if (!defect(D_Z04_ADJUST))
		importer->anon_vma = exporter->anon_vma;
	err = core()->rmap->vma_clone(importer, exporter);
	if (!err)
		importer->anon_vma = exporter->anon_vma;
	return err;
}

/* The range swallows next, and perhaps the VMA behind it. */
static int plan_removal(struct adjustment *a, const struct vm_area_struct *expand)
{
	struct vm_area_struct *next = a->next, *exporter;

	if (next == expand) {
		/* It is next that grows, downwards over vma: the two change places. */
		a->next = a->vma;
		a->vma = next;
		a->removed = 1;
		return import_anon_vma(a->vma, a->next);
	}
	a->removed = 1 + (a->end > next->vm_end);
	a->end = next->vm_end;		/* the one behind it has its own turn */
	exporter = a->removed == 2 && !next->anon_vma ? next->vm_next : next;
	return import_anon_vma(a->vma, exporter);
}

static int plan(struct adjustment *a, const struct vm_area_struct *expand)
{
	struct vm_area_struct *vma = a->vma, *next = vma->vm_next;

	a->next = next;
	if (a->end >= next->vm_end)
		return plan_removal(a, expand);
	if (a->end > next->vm_start) {
		a->moved_pages = (long)((a->end - next->vm_start) >> PAGE_SHIFT);
		return import_anon_vma(vma, next);
	}
	if (a->end < vma->vm_end) {
		a->moved_pages = -(long)((vma->vm_end - a->end) >> PAGE_SHIFT);
		return import_anon_vma(next, vma);
	}
	return 0;
}

/* Nobody faults in them any more. */
static void write_lock_vmas(const struct adjustment *a, struct vm_area_struct *insert)
{
	vma_start_write(a->vma);
	if (a->moved_pages || a->removed)
		vma_start_write(a->next);
	if (insert)
		vma_start_write(insert);
}

/* Who takes the file's pages away, and gives the lock up between two looks. i_mmap held for write. */
static void tell_unmapping(const struct adjustment *a, struct vm_area_struct *insert)
{
	if (a->removed || a->moved_pages)
		vma_not_unmapped(a->moved_pages < 0 ? a->next : a->vma, a->moved_pages < 0 ? a->vma : a->next);
	vma_unmapped_anew(a->vma);
	if (a->moved_pages)
		vma_unmapped_anew(a->next);
	if (insert)
		vma_unmapped_anew(insert);
}

/* All that others can see of the ranges happens at once, under the locks of the file and of the anon_vma. */
static void change(const struct adjustment *a, struct vm_area_struct *insert)
{
	struct vm_area_struct *vma = a->vma, *next = a->moved_pages ? a->next : NULL;

	write_lock_vmas(a, insert);
	vma_adjust_trans_huge(vma, a->start, a->end, next, a->moved_pages);
	/*
	 * Into the file's tree first, whose lock is held from here on. For a moment both have the new one's pages there: a walk may
	 * come twice, but finds whatever is there.
	 */
	if (insert) {
		data_publish(insert);
		vma_link_file(insert, vma);
	}
	vma_adjust_begin(vma, next);
	tell_unmapping(a, insert);
	if (insert && is_vm_hugetlb_page(vma))
		hugetlb_split(vma, a->end < vma->vm_end ? a->end : a->start);
	vmas_lock(vma->vm_mm);
	vma->vm_start = a->start;
	vma->vm_end = a->end;
	vma->vm_pgoff = a->pgoff;
	if (next) {
		next->vm_start += (unsigned long)a->moved_pages << PAGE_SHIFT;
		next->vm_pgoff += (unsigned long)a->moved_pages;
	}
	if (a->removed)
		vma_unlink_list(vma->vm_mm, a->next);
	else if (insert)
		vma_link_list(vma->vm_mm, insert);
	vma_mt_store(vma);
	if (next)
		vma_mt_store(next);
	vmas_unlock(vma->vm_mm);
	vma_adjust_end(vma, next);
}

/* The swallowed VMA leaves the trees: from here on all its pages are found through the other one. True if there is another. */
static bool forget_next(struct adjustment *a)
{
	if (!a->removed)
		return false;
	if (a->next->anon_vma || a->next->vm_file)
		vma_leave_rmap(a->next);
	vm_area_free(a->next);
	event(VMA_MERGED, .mm = a->vma->vm_mm);
	if (--a->removed == 0)
		return false;
	a->next = a->vma->vm_next;
	a->end = a->next->vm_end;
	return true;
}

int vma_adjust(struct vm_area_struct *vma, const struct vma_range *to, struct vm_area_struct *insert,
	       const struct vm_area_struct *expand)
{
	struct adjustment a = { .vma = vma, .start = to->start, .end = to->end, .pgoff = to->pgoff };
	int err = vma->vm_next && !insert ? plan(&a, expand) : 0;

	if (err)
		return err;
	do
		change(&a, insert);
	while (forget_next(&a));
	return 0;
}

/* ---- merging ---- */

/*
 * May they have one chain? Two that have an anon_vma only if it is the same. Of one that has none, the other's chain must have
 * no more than one link: it has not been through a fork, so nothing is lost when the one without gets a link to it alone.
 */
static bool anon_vmas_mergeable(const struct anon_vma *a, const struct anon_vma *b, const struct vm_area_struct *vma)
{
	if ((!a || !b) && (!vma || unforked(vma)))
		return true;
	return a == b;
}

/*
 * A VMA without an anon_vma gets its neighbour's with the neighbour's range. From an empty range it gets none, and the pages that mremap
 * brings there would be in no tree. (Up to 2.6.39 Linux merged all the same; then a chain had to have one link, and this one has none.)
 */
static bool lacks_anon_vma(const struct vm_area_struct *vma, const struct merge_request *m)
{
	return m->pages_come && !vma->anon_vma && !defect(D_MREMAP_MERGE);
}

static bool is_mergeable(const struct vm_area_struct *vma, const struct merge_request *m)
{
	return !((vma->vm_flags ^ m->flags) & ~VM_SOFTDIRTY) && vma->vm_file == m->file && !lacks_anon_vma(vma, m) &&
	       anon_vmas_mergeable(m->anon_vma, vma->anon_vma, vma);
}

static bool mergeable_after(const struct vm_area_struct *prev, const struct merge_request *m)
{
	return prev && prev->vm_end == m->start && is_mergeable(prev, m) && prev->vm_pgoff + vma_pages(prev) == m->pgoff;
}

static bool mergeable_before(const struct vm_area_struct *next, const struct merge_request *m)
{
	return next && next->vm_start == m->end && is_mergeable(next, m) &&
	       next->vm_pgoff == m->pgoff + ((m->end - m->start) >> PAGE_SHIFT);
}

/* What counts as written to does so as part of a larger VMA, too. */
static unsigned long soft_of(unsigned long flags)
{
	return defect(D_SOFT_MERGE) ? 0 : flags & VM_SOFTDIRTY;
}

static struct vm_area_struct *merge_after(struct vm_area_struct *prev, struct vm_area_struct *next, const struct merge_request *m)
{
	/* Both neighbours: they must suit each other, too. */
	bool both = mergeable_before(next, m) && anon_vmas_mergeable(prev->anon_vma, next->anon_vma, NULL);
	const struct vma_range to = { prev->vm_start, both ? next->vm_end : m->end, prev->vm_pgoff };
	unsigned long soft = both ? soft_of(next->vm_flags) : 0;

	if (vma_adjust(prev, &to, NULL, prev))
		return NULL;
	vma_add_flags(prev, soft);
	return prev;
}

/* area: the VMA that is there now, of which the range is the end; next itself where there was nothing. */
static struct vm_area_struct *merge_before(struct vm_area_struct *prev, struct vm_area_struct *area, struct vm_area_struct *next,
					   const struct merge_request *m)
{
	if (prev && m->start < prev->vm_end) {
		const struct vma_range shrunk = { prev->vm_start, m->start, prev->vm_pgoff };

		return vma_adjust(prev, &shrunk, NULL, next) ? NULL : next;
	} else {
		const struct vma_range grown = { m->start, next->vm_end, next->vm_pgoff - ((m->end - m->start) >> PAGE_SHIFT) };

		return vma_adjust(area, &grown, NULL, next) ? NULL : next;
	}
}

struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *prev, const struct merge_request *m)
{
	struct vm_area_struct *area = prev ? prev->vm_next : mm->mmap, *next = area, *merged = NULL;

	/* As with VM_DONTEXPAND in Linux. */
	if (m->flags & VM_HUGETLB)
		return NULL;
	if (area && area->vm_end == m->end)
		next = area->vm_next;
	if (mergeable_after(prev, m))
		merged = merge_after(prev, next, m);
	else if (mergeable_before(next, m))
		merged = merge_before(prev, area, next, m);
	if (merged) {
		vma_add_flags(merged, soft_of(m->flags));
		event(VMA_EXTENDED, .mm = mm, .addr = merged->vm_start, .end = merged->vm_end);
	}
	return merged;
}

int vma_modify_flags(struct vm_area_struct **vmap, struct vm_area_struct *prev, unsigned long start, unsigned long end,
		     unsigned long flags)
{
	struct vm_area_struct *vma = *vmap, *merged;
	const struct merge_request m = {
		.start = start, .end = end, .pgoff = linear_page_index(vma, start), .flags = flags,
		.anon_vma = vma->anon_vma, .file = vma->vm_file,
	};

	int err = 0;

	merged = vma_merge(vma->vm_mm, prev, &m);
	if (merged) {
		*vmap = merged;
		return 0;
	}
	if (start > vma->vm_start)
		err = split_vma(vma->vm_mm, vma, start, true);
	if (!err && end < vma->vm_end)
		err = split_vma(vma->vm_mm, vma, end, false);
	return err;
}

struct vm_area_struct *vma_change_flags(struct vm_area_struct *vma, struct vm_area_struct *prev, unsigned long start,
					unsigned long end, unsigned long flags)
{
	if (flags == vma->vm_flags)
		return vma;
	if (vma_modify_flags(&vma, prev, start, end, flags))
		return NULL;
	vma_start_write(vma);
	/* Walks ask, holding the lock of their tree, whether it is shared or locked, or how its pages are read. */
	WRITE_ONCE(vma->vm_flags, flags | soft_of(vma->vm_flags));
	return vma;
}
