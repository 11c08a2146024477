/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Userfaultfd: faults of a process that somebody else answers, its monitor. See userfaultfd.c.
 *
 * An address space has one monitor here, who is there from the first register until he closes.
 */
#ifndef CORE_USERFAULTFD_H
#define CORE_USERFAULTFD_H

#include "fault.h"

/*
 * Whose entry is empty there, he who comes waits for the monitor. Only of anonymous memory: -EINVAL. Returns 0, -EFAULT when part of the
 * range is not mapped, or -ENOMEM.
 */
int userfaultfd_register(struct mm_struct *mm, unsigned long start, unsigned long len);
/* No longer so; who waits there goes on. Returns likewise. */
int userfaultfd_unregister(struct mm_struct *mm, unsigned long start, unsigned long len);
/* The monitor goes: no range is registered any more, and nobody waits. */
void userfaultfd_release(struct mm_struct *mm);

/*
 * By the monitor: the page at addr appears, with this content or (NULL) as one of zeros, and who waits for it goes on. Returns 0, -EEXIST
 * when there is one, -ENOENT when the address is not registered, or -ENOMEM.
 */
int userfaultfd_copy(struct mm_struct *mm, unsigned long addr, const u64 *content);
/* Who waits in the range goes on, and looks himself what is there. */
void userfaultfd_wake(struct mm_struct *mm, unsigned long start, unsigned long len);

/* ---- for the fault handler ---- */

/* mmap_lock held. */
static inline bool userfaultfd_missing(const struct vm_area_struct *vma)
{
	return unlikely(vma->vm_flags & VM_UFFD_MISSING);
}

/* The same for who comes from a page, without mmap_lock. No point. */
bool userfaultfd_armed(const struct vm_area_struct *vma);

/*
 * The entry is empty, and the VMA registered: wait. Releases mmap_lock and returns -EAGAIN, then the fault is tried again; where that may
 * not be, returns -ENXIO at once, with the lock. pte lock not held.
 */
int handle_userfault(struct fault *f);

#endif
