/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All locks by which somebody could come to the entries of an address space, at once: mm_take_all_locks() of Linux 4.19.
 *
 * Several VMAs may map one file or be of one family: what has been taken is tagged, so that it is taken once. Tags change with the
 * lock that they say something about held, under one mutex for all address spaces: who holds the mutex sees his own tags and no
 * others. Class by class, since others take a file's lock before a family's.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "mmu_notifier.h"

static void vm_lock_mapping(struct mm_struct *mm, struct address_space *mapping)
{
	bool was;

	if (test_bit(AS_MM_ALL_LOCKS, &mapping->flags))
		return;
	was = test_and_set_bit(AS_MM_ALL_LOCKS, &mapping->flags);
	check_that(!was, ORACLE_LOCKS, "all-locks-tagged-twice", "somebody else tags a file whose lock is being taken");
	lockdep_assert_held_write(&mm->mmap_lock.l);	/* one of many */
	i_mmap_lock_write(mapping);
}

static void vm_unlock_mapping(struct address_space *mapping)
{
	bool was;

	if (!test_bit(AS_MM_ALL_LOCKS, &mapping->flags))
		return;
	i_mmap_unlock_write(mapping);
	was = test_and_clear_bit(AS_MM_ALL_LOCKS, &mapping->flags);
	check_that(was, ORACLE_LOCKS, "all-locks-untagged-twice", "somebody else has untagged a file whose lock was released");
}

static struct address_space *vma_mapping(const struct vm_area_struct *vma)
{
	return vma->vm_file ? vma->vm_file->f_mapping : NULL;
}

/* Of hugetlb, or the others: their classes are in that order. False when a signal came. */
static bool take_files(struct mm_struct *mm, bool hugetlb)
{
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (signal_pending(current))
			return false;
		if (vma_mapping(vma) && (is_vm_hugetlb_page(vma) == hugetlb || defect(D_TAKE_ALL_HUGETLB)))
			vm_lock_mapping(mm, vma_mapping(vma));
	}
	return true;
}

static bool take_families(struct mm_struct *mm)
{
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (signal_pending(current))
			return false;
		core()->rmap->vma_lock_all(vma);
	}
	return true;
}

/* As it was: VMA by VMA, each with both. */
static bool take_by_vma(struct mm_struct *mm)
{
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (signal_pending(current))
			return false;
		if (vma_mapping(vma))
			vm_lock_mapping(mm, vma_mapping(vma));
		core()->rmap->vma_lock_all(vma);
	}
	return true;
}

/* Faults that have no more than their VMA locked are in the middle of something, too. Before the others, which they wait for. */
static bool take_vmas(struct mm_struct *mm)
{
	for (struct vm_area_struct *vma = mm->mmap; vma && vma_locks_used(); vma = vma->vm_next) {
		if (signal_pending(current))
			return false;
		vma_start_write(vma);
	}
	return true;
}

int mm_take_all_locks(struct mm_struct *mm)
{
	bool taken;

	lockdep_assert_held_write(&mm->mmap_lock.l);
	if (!defect(D_TAKE_ALL_MUTEX))
		mutex_lock(&core()->mm_all_locks_mutex);
	taken = take_vmas(mm) &&
		(defect(D_Z20) ? take_by_vma(mm) : take_files(mm, true) && take_files(mm, false) && take_families(mm));
	if (taken)
		return 0;
	if (!defect(D_TAKE_ALL_SIGNAL))
		mm_drop_all_locks(mm);
	return -EINTR;
}

/* Whatever is tagged, which may be a part of all. */
void mm_drop_all_locks(struct mm_struct *mm)
{
	lockdep_assert_held_write(&mm->mmap_lock.l);
	for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		core()->rmap->vma_unlock_all(vma);
		if (vma_mapping(vma))
			vm_unlock_mapping(vma_mapping(vma));
	}
	if (!defect(D_TAKE_ALL_MUTEX))
		mutex_unlock(&core()->mm_all_locks_mutex);
}
