/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks of single VMAs, as Linux has them since 6.4: a fault in anonymous memory needs no mmap_lock, if it needs nothing but its VMA.
 *
 * They are there if a scenario asks for them (core->vma_locks); all that follows does nothing otherwise, and no step of it is a point.
 *
 * Who faults looks for the VMA in an RCU read section, tries its lock for read, and looks then whether it is the right one. Who changes
 * VMAs has mmap_lock for write, and marks each one before he changes it: he takes its lock once, so that faults in it are over, says in
 * vm_lock_seq that it is his, and lets go of the lock. All marks are gone with one store, when mmap_lock is released.
 */
#ifndef CORE_VMA_LOCK_H
#define CORE_VMA_LOCK_H

#include "mm.h"

static inline bool vma_locks_used(void)
{
	return unlikely(core()->vma_locks);
}

/* The VMA is new: nobody can find it. */
void __vma_lock_init(struct vm_area_struct *vma);
/* Nobody who comes from now on finds it; its memory goes when those are gone who have come before. */
void vm_area_free_rcu(struct vm_area_struct *vma);

/*
 * Keep the VMA as it is without mmap_lock (include/linux/mm.h of 6.5). False: somebody changes it, or is about to. In an RCU read section,
 * or the VMA could be gone. vma_end_read() gives it back.
 */
bool vma_start_read(struct vm_area_struct *vma);
void vma_end_read(struct vm_area_struct *vma);

/*
 * The VMA is ours until mmap_lock, which is held for write, is released or downgraded: waits for those who fault in it. The lock of no
 * other VMA may be held. (include/linux/mm.h of 6.5)
 */
void __vma_start_write(struct vm_area_struct *vma);
static inline void vma_start_write(struct vm_area_struct *vma)
{
	if (vma_locks_used())
		__vma_start_write(vma);
}

/* Marked by us, as above, or nobody else uses the mm. */
void __vma_assert_write_locked(const struct vm_area_struct *vma);

/* No VMA of the mm is marked any more; mmap_lock is held for write (include/linux/mm.h of 6.5). */
void __vma_end_write_all(struct mm_struct *mm);
static inline void vma_end_write_all(struct mm_struct *mm)
{
	if (vma_locks_used())
		__vma_end_write_all(mm);
}

/* Of mmap_lock, held for write (include/linux/mmap_lock.h of 6.5). */
#define mmap_write_unlock(mm)                          \
	do {                                           \
		vma_end_write_all(mm);                 \
		up_write(&(mm)->mmap_lock);            \
	} while (0)
#define mmap_write_downgrade(mm)                       \
	do {                                           \
		vma_end_write_all(mm);                 \
		downgrade_write(&(mm)->mmap_lock);     \
	} while (0)

/*
 * The VMA that addr lies in, locked for read, or NULL where a fault needs mmap_lock: there is none, it is a file's, it has no anon_vma
 * yet, its faults are a monitor's, or somebody changes it (mm/memory.c of 6.5). Nothing held.
 */
struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long addr);

/*
 * What stands for the maple tree: the VMAs of an mm with their ranges, for who looks without mmap_lock, which is held for write here.
 * store: the VMA is linked, or has another range. erase: it is about to leave the list of its mm; from then on it is detached.
 */
void __vma_mt_store(struct vm_area_struct *vma);
void __vma_mt_erase(struct vm_area_struct *vma);
static inline void vma_mt_store(struct vm_area_struct *vma)
{
	if (vma_locks_used())
		__vma_mt_store(vma);
}

static inline void vma_mt_erase(struct vm_area_struct *vma)
{
	if (vma_locks_used())
		__vma_mt_erase(vma);
}

#endif
