/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The anon_vmas of an mm, for mm_take_all_locks(): each lock once, though several VMAs may share it.
 *
 * That it is taken is said by the lowest bit of head.next, which is an address otherwise. So whoever reads the list must have the lock,
 * or find an odd address; and whoever sets or clears the bit has it. It is asked for without the lock, but under mm_all_locks_mutex: no
 * other than its holder changes it, while those who have the lock may change the rest of the word.
 */
#include "anon_vma.h"
#include "defects.h"
#include "sanitize.h"

#define TAKEN 1ul

static unsigned long head_word(const struct anon_vma *anon_vma)
{
	return (unsigned long)anon_vma->head.next;
}

static void set_head_word(struct anon_vma *anon_vma, unsigned long word)
{
	exec_touch(&anon_vma->head.next, TOUCH_WRITE);
	anon_vma->head.next = (struct list_head *)word;
}

static bool taken(struct anon_vma *anon_vma)
{
	exec_point(OP_LOAD, &anon_vma->head.next);
	/* Valgrind knows memory that races, not accesses that do. */
	san_unwatch(&anon_vma->head.next, sizeof(anon_vma->head.next));
	return data_race(head_word(anon_vma)) & TAKEN;
}

static void vm_lock_anon_vma(struct mm_struct *mm, struct anon_vma *anon_vma)
{
	if (taken(anon_vma))
		return;
	lockdep_assert_held_write(&mm->mmap_lock.l);	/* one of many */
	spin_lock(&anon_vma->lock);
	check_that(!(head_word(anon_vma) & TAKEN), ORACLE_LOCKS, "all-locks-tagged-twice",
		   "somebody else has tagged an anon_vma whose lock was free");
	set_head_word(anon_vma, head_word(anon_vma) | TAKEN);
}

/* The tag goes first: without the lock the list is others' to read. */
static void vm_unlock_anon_vma(struct anon_vma *anon_vma)
{
	if (!taken(anon_vma))
		return;
	if (defect(D_TAKE_ALL_UNTAG))
		spin_unlock(&anon_vma->lock);
	set_head_word(anon_vma, head_word(anon_vma) & ~TAKEN);
	if (!defect(D_TAKE_ALL_UNTAG))
		spin_unlock(&anon_vma->lock);
}

void anon_vma_lock_all(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		vm_lock_anon_vma(vma->vm_mm, vma->anon_vma);
}

void anon_vma_unlock_all(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		vm_unlock_anon_vma(vma->anon_vma);
}
