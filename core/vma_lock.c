/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks of single VMAs: see vma_lock.h.
 *
 * Nobody waits for a fault's lock but who holds mmap_lock for write, and no fault waits for it at all. So a fault that has it may wait for
 * memory, for pages and for all else that comes after mmap_lock, but not for mmap_lock: where it needs that, it lets go of its VMA first.
 */
#include "vma_lock.h"

#include "defects.h"
#include "userfaultfd.h"

/* No number that mm_lock_seq has: a VMA that is new is nobody's. */
#define NEVER_LOCKED -1

void __vma_lock_init(struct vm_area_struct *vma)
{
	init_rwsem(&vma->vm_lock, LC_VM_LOCK);
	vma->vm_lock_seq = NEVER_LOCKED;
}

static void free_rcu(struct rcu_head *head)
{
	kmem_cache_free(core()->vma_cache, container_of(head, struct vm_area_struct, vm_rcu));
}

void vm_area_free_rcu(struct vm_area_struct *vma)
{
	call_rcu(&vma->vm_rcu, free_rcu);
}

/* ---- the lock ---- */

bool vma_start_read(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	/* A look that saves the lock, and settles nothing. */
	if (READ_ONCE(vma->vm_lock_seq) == READ_ONCE(mm->mm_lock_seq))
		return false;
	/* Who waits here has mmap_lock, and would make us wait for all that he is going to do. */
	if (!down_read_trylock(&vma->vm_lock))
		return false;
	/* He has let go of the lock, and goes on until he says that he is done; what he has done is seen with that. */
	if (vma->vm_lock_seq != smp_load_acquire(&mm->mm_lock_seq))
		return true;
	up_read(&vma->vm_lock);
	return false;
}

void vma_end_read(struct vm_area_struct *vma)
{
	/* Who waits for the lock may free the VMA as soon as he has it, while we are still about to let go of it. */
	rcu_read_lock();
	up_read(&vma->vm_lock);
	rcu_read_unlock();
}

void __vma_start_write(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;

	lockdep_assert_held_write(&mm->mmap_lock.l);
	if (vma->vm_lock_seq == mm->mm_lock_seq)
		return;
	down_write(&vma->vm_lock);
	/* Marked: others look at it without the lock. */
	WRITE_ONCE(vma->vm_lock_seq, mm->mm_lock_seq);
	up_write(&vma->vm_lock);
}

void __vma_assert_write_locked(const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = vma->vm_mm;

	if (!atomic_peek(&mm->mm_users))
		return;
	lockdep_assert_held_write(&mm->mmap_lock.l);
	check_that(vma->vm_lock_seq == mm->mm_lock_seq, ORACLE_LOCKS, "vma-not-write-locked",
		   "a VMA is changed at %#lx, and faults in it may go on", vma->vm_start);
}

void __vma_end_write_all(struct mm_struct *mm)
{
	lockdep_assert_held_write(&mm->mmap_lock.l);
	/* Released: who finds a VMA unmarked by this finds all that was done to it. */
	smp_store_release(&mm->mm_lock_seq, mm->mm_lock_seq + 1);
}

/* ---- VMAs by address ---- */

static struct vm_area_struct **mt_slot_before(struct vm_area_struct *vma)
{
	return vma->vm_prev ? &vma->vm_prev->mt_next : &vma->vm_mm->mm_mt;
}

void __vma_mt_store(struct vm_area_struct *vma)
{
	struct vm_area_struct **slot = mt_slot_before(vma);

	__vma_assert_write_locked(vma);
	WRITE_ONCE(vma->mt_start, vma->vm_start);
	WRITE_ONCE(vma->mt_end, vma->vm_end);
	if (*slot == vma)
		return;
	WRITE_ONCE(vma->mt_next, vma->vm_next);
	rcu_assign_pointer(*slot, vma);
}

/*
 * Its own pointer stays: somebody may be standing there. It may be what has published the next one, and so the new pointer has to do that,
 * too: who comes that way has to find the next one set up.
 */
void __vma_mt_erase(struct vm_area_struct *vma)
{
	__vma_assert_write_locked(vma);
	rcu_assign_pointer(*mt_slot_before(vma), vma->vm_next);
	vma->detached = true;
}

/* In an RCU read section. What it gives is a guess: ranges change, and VMAs go, all the time. */
static struct vm_area_struct *mt_find(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = rcu_dereference(mm->mm_mt);

	while (vma && READ_ONCE(vma->mt_end) <= addr)
		vma = rcu_dereference(vma->mt_next);
	return vma && READ_ONCE(vma->mt_start) <= addr ? vma : NULL;
}

/* ---- the fault's VMA ---- */

/*
 * Locked: is all that a fault there needs in the VMA? Without an anon_vma it would look at its neighbours for one, and they are not locked.
 * mremap may take the anon_vma away, and leave the VMA where it is, so that what was seen before the lock says nothing (CVE-2024-1312).
 */
static bool suffices(struct vm_area_struct *vma, unsigned long addr)
{
	if (!smp_load_acquire(&vma->anon_vma) && !defect(D_Z38))
		return false;
	return !userfaultfd_missing(vma) && vma->vm_start <= addr && addr < vma->vm_end;
}

static struct vm_area_struct *abort_lock(struct mm_struct *mm, unsigned long addr)
{
	rcu_read_unlock();
	event(VMA_LOCK_ABORT, .mm = mm, .addr = addr);
	return NULL;
}

struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	rcu_read_lock();
	for (;;) {
		WINDOW(VMA_LOOKUP);

		vma = mt_find(mm, addr);
		if (!vma || vma->vm_file || (defect(D_Z38) && !READ_ONCE(vma->anon_vma)) || !vma_start_read(vma))
			return abort_lock(mm, addr);
		if (!vma->detached)
			break;
		/* It has gone, and another one may be there; who looks once more does not find this one. */
		vma_end_read(vma);
		event(VMA_LOCK_MISS, .mm = mm, .addr = addr);
	}
	if (!suffices(vma, addr)) {
		vma_end_read(vma);
		return abort_lock(mm, addr);
	}
	rcu_read_unlock();
	return vma;
}
