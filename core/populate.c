/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faulting in a range before anybody touches it, as mlock does.
 *
 * Each entry is looked at under its lock: if it will do, the page is marked there and then, as long as it cannot be unmapped; if not,
 * it is faulted in and looked at again.
 */
#include "fault.h"
#include "mlock.h"
#include "thrash.h"

/*
 * pte lock held, which keeps the page mapped. The page lock can only be tried here; if somebody has it, reclaim will see to the
 * rest if it ever gets that far.
 */
static void mark_mlocked(struct page *page)
{
	if (!trylock_page(page))
		return;
	lru_add_drain();		/* it may be new, and only what is on a list changes lists */
	mlock_vma_page(page);
	unlock_page(page);
}

/* The same of a huge page, under the pmd lock: only if nobody else maps any of it (see mlock.h), as far as can be told with it locked. */
static void mark_huge_mlocked(struct page *head)
{
	if (atomic_read(&head->compound_mapcount) || !trylock_page(head))
		return;
	lru_add_drain();
	if (!atomic_read(&head->compound_mapcount) && !PageFlag(head, PG_double_map))
		mlock_vma_page(head);
	unlock_page(head);
}

static void mark_mapped(struct vm_area_struct *vma, unsigned long addr, struct page *page, bool huge)
{
	event(MLOCKED, .mm = vma->vm_mm, .addr = addr, .pfn = page_to_pfn(page));
	if (huge)
		mark_huge_mlocked(compound_head(page));
	else if (!PageCompound(page))
		mark_mlocked(page);
}

/* Is it there, and may it be written if it is to be? */
static bool follow_page(struct vm_area_struct *vma, unsigned long addr, bool write)
{
	struct mapping_entry e;
	struct page *page;
	bool good;

	if (!follow_pte_pmd(vma->vm_mm, addr, &e))
		return false;
	good = pte_present(e.pte) && (!write || pte_has(e.pte, PTE_WRITE));
	page = good ? pte_page(e.pte) : NULL;
	if (page && vma->vm_flags & VM_LOCKED)
		mark_mapped(vma, addr, page, !e.pt);
	spin_unlock(e.ptl);
	return good;
}

/* *start: how far it came. retry: mmap_lock may be released; then this returns -EAGAIN, and the VMA has to be looked for again. */
static int populate_from(struct vm_area_struct *vma, unsigned long *startp, unsigned long end, bool retry)
{
	/* A private page that may be written will be: the copy is made now. What is shared is made dirty by its writers. */
	bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	unsigned long start;

	RUNS_IN(vma->vm_mm);		/* a call of the process's own */
	if (!(vma->vm_flags & VM_RIGHTS))
		return -EFAULT;
	for (start = *startp; start < end; start += PAGE_SIZE, *startp = start) {
		while (!follow_page(vma, start, write) && !(vma->vm_flags & VM_LOCKONFAULT)) {
			int err = retry ? fault_in_unlocked(vma, start, write, NULL) : fault_in(vma, start, write, NULL);

			if (err)
				return err == -ENOMEM || err == -EAGAIN ? err : -EFAULT;
		}
	}
	return 0;
}

int populate_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	return populate_from(vma, &start, end, false);
}

/* *start: the next VMA (or locked one) that has something of the range from there on, or part of one; NULL: there is none. */
static struct vm_area_struct *next_in_range(struct mm_struct *mm, unsigned long *start, unsigned long end, bool locked)
{
	struct vm_area_struct *vma = find_vma(mm, *start);

	while (vma && locked && !(vma->vm_flags & VM_LOCKED))
		vma = vma->vm_next;
	if (!vma || vma->vm_start >= end)
		return NULL;
	*start = max(*start, vma->vm_start);
	return vma;
}

/* locked: no other VMAs, and an error ends one only. */
static int populate(struct mm_struct *mm, unsigned long start, unsigned long end, bool locked)
{
	struct vm_area_struct *vma;
	int err = 0;

	down_read(&mm->mmap_lock);
	while (start < end && (!err || locked) && (vma = next_in_range(mm, &start, end, locked))) {
		unsigned long stop = min(end, vma->vm_end);

		err = populate_from(vma, &start, stop, true);
		if (err == -EAGAIN) {
			down_read(&mm->mmap_lock);
			err = 0;
		} else {
			start = stop;
		}
	}
	up_read(&mm->mmap_lock);
	return err;
}

void populate_locked(struct mm_struct *mm)
{
	populate(mm, 0, TASK_SIZE, true);
}

int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	return populate(mm, start, end, false);
}
