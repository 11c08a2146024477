/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MMU notifiers: who has translations of his own of an address space's pages (a hypervisor's, a device's) is told before the page
 * tables change, and gives up what he has.
 *
 * Between invalidate_range_start() and its end he may make no new translation of the range: until then the page table may still say
 * what is about to be gone. Who registers takes all locks under which somebody could be between the two (mm_take_all_locks()).
 */
#ifndef CORE_MMU_NOTIFIER_H
#define CORE_MMU_NOTIFIER_H

#include "hlist.h"
#include "mm.h"

struct mmu_notifier;

/* Called inside a read section of core->srcu. Any may be NULL. */
struct mmu_notifier_ops {
	/*
	 * The address space goes, or he is unregistered; once at least, and perhaps by two tasks at once. When it returns there are no
	 * translations, and there will be none.
	 */
	void (*release)(struct mmu_notifier *mn, struct mm_struct *mm);
	/* Was any page of the range used through his translations since the last call? pte lock held. */
	bool (*clear_flush_young)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end);
	/* The entry is gone. pte lock held, not between start and end; where reclaim and write-back hold locks that spin. */
	void (*invalidate_page)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long addr);
	/* The entry is about to lead to another page. pte lock held, between start and end. */
	void (*change_pte)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long addr, pte_t pte);
	/* For who has a TLB that he fills from the process's tables himself: forget the range. May not sleep: any lock may be held. */
	void (*invalidate_range)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end);
	/* May sleep, but not wait for memory: reclaim calls it. When start returns there are no translations of the range. */
	void (*invalidate_range_start)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end);
	void (*invalidate_range_end)(struct mmu_notifier *mn, struct mm_struct *mm, unsigned long start, unsigned long end);
};

struct mmu_notifier {
	struct hlist_node hlist;	/* [mmu_notifier_mm.lock; read in sections of core->srcu] */
	const struct mmu_notifier_ops *ops;	/* [const] */
};

/* Of an address space that ever had a notifier. */
struct mmu_notifier_mm {
	struct hlist_head list;		/* [lock; read in sections of core->srcu] */
	spinlock_t lock;
	u32 tlbs;			/* [all locks to set; read as mm_has_notifiers()] some of them ever had an invalidate_range() */
};

/*
 * From when this returns on the notifier is told all; it keeps the address space's memory, not its users. Returns 0, -ENOMEM, or -EINTR
 * when a signal came. The caller is a user of mm.
 */
int mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm);
/* Its release() has been called when this returns, and nobody will call it again. Perhaps the last to let mm go. May sleep. */
void mmu_notifier_unregister(struct mmu_notifier *mn, struct mm_struct *mm);

/* ---- for who changes page tables ---- */

/*
 * Read by who holds one of the locks that registering takes, or has registered; or has the last use of the address space, in which
 * nobody registers any more.
 */
static inline bool mm_has_notifiers(const struct mm_struct *mm)
{
	return unlikely(mm->mmu_notifier_mm);
}

/* Around each change that takes something away from entries of the range. Start may sleep. */
void mmu_notifier_invalidate_range_start_at(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site);
void mmu_notifier_invalidate_range_end_at(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site);
#define mmu_notifier_invalidate_range_start(mm, start, end) mmu_notifier_invalidate_range_start_at(mm, start, end, HERE)
#define mmu_notifier_invalidate_range_end(mm, start, end) mmu_notifier_invalidate_range_end_at(mm, start, end, HERE)
/* Of the entry at one place (struct rmap_location). */
#define mmu_notifier_entry_start(at) mmu_notifier_invalidate_range_start((at)->vma->vm_mm, (at)->address, (at)->address + PAGE_SIZE)
#define mmu_notifier_entry_end(at) mmu_notifier_invalidate_range_end((at)->vma->vm_mm, (at)->address, (at)->address + PAGE_SIZE)

/* With each flush of CPUs' TLBs, and before anything follows from it. Any lock may be held. */
void mmu_notifier_tell_tlbs(struct mm_struct *mm, unsigned long start, unsigned long end);
static inline void mmu_notifier_invalidate_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	if (mm_has_notifiers(mm) && mm->mmu_notifier_mm->tlbs)
		mmu_notifier_tell_tlbs(mm, start, end);
}

/* Under the pte lock. */
bool mmu_notifier_clear_flush_young(struct mm_struct *mm, unsigned long start, unsigned long end);
void mmu_notifier_change_pte(struct mm_struct *mm, unsigned long addr, pte_t pte);
void mmu_notifier_invalidate_page(struct mm_struct *mm, unsigned long addr);
/* Was the entry used, by the processor or through translations of others, since the last call? (struct rmap_location) */
#define ptep_clear_flush_young_notify(at)                                                                            \
	({                                                                                                           \
		bool young_ = ptep_test_and_clear_young((at)->pte);                                                  \
		mmu_notifier_clear_flush_young((at)->vma->vm_mm, (at)->address, (at)->address + PAGE_SIZE) || young_; \
	})

/* By the last user of mm, before anything is taken down. May sleep. */
void mmu_notifier_release(struct mm_struct *mm);
/* With the address space. */
void mmu_notifier_mm_destroy(struct mm_struct *mm);

/* ---- all locks at once (take_all.c) ---- */

/*
 * Nobody is walking to the mm's entries, or unmapping them, while this is held: the locks of all files that it maps, and of all
 * families that its VMAs are of. mmap_lock held for write until mm_drop_all_locks(). Returns 0, or -EINTR: then nothing is held.
 */
int mm_take_all_locks(struct mm_struct *mm);
void mm_drop_all_locks(struct mm_struct *mm);

#endif
