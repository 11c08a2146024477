/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that a guest does not use, as guests of s390 tell their hypervisor: reclaim drops them instead of writing them to swap.
 *
 * The bit is in the entry, beside those that the hardware sets. Whoever makes another entry of it does so without the bit, but for who only
 * changes rights, or moves it.
 */
#include "unused.h"

#include "internal.h"

/* pte lock held. */
static int set_unused(struct mm_struct *mm, unsigned long addr, pte_t *ptep, bool unused)
{
	pte_t pte = ptep_get(ptep);

	/* It may be dropped, and not flushed everywhere: what is written from now on must not go there. */
	if (!unused)
		flush_tlb_batched_pending(mm);
	if (unused)
		event(UNUSED, .mm = mm, .addr = addr);
	else
		event(STABLE, .mm = mm, .addr = addr);
	if (!pte_page(pte) || PageCompound(pte_page(pte)))
		return -EAGAIN;
	exec_point(OP_RMW, ptep);
	if (unused)
		__atomic_fetch_or(&ptep->pte, PTE_UNUSED, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&ptep->pte, ~PTE_UNUSED, __ATOMIC_SEQ_CST);
	return 0;
}

/* mmap_lock held. */
static int unused_at(struct mm_struct *mm, unsigned long addr, bool unused)
{
	const struct vm_area_struct *vma = find_vma(mm, addr);
	struct mapping_entry e;
	int err;

	if (!vma || vma->vm_start > addr)
		return -EFAULT;
	if (vma->vm_file)
		return -EINVAL;
	if (!follow_pte_pmd(mm, addr, &e))
		return -EAGAIN;
	err = e.pt ? set_unused(mm, addr, pte_offset(e.pt, addr), unused) : -EAGAIN;
	spin_unlock(e.ptl);
	return err;
}

int page_set_unused(struct mm_struct *mm, unsigned long addr, bool unused)
{
	int err;

	down_read(&mm->mmap_lock);
	err = unused_at(mm, addr, unused);
	up_read(&mm->mmap_lock);
	return err;
}
