/* SPDX-License-Identifier: GPL-2.0-only */
/* The model's switchable defects, by number; their rows are in defects.c. */
#ifndef CORE_DEFECTS_H
#define CORE_DEFECTS_H

#include "defect.h"

enum core_defect {
	D_Z02,			/* one degree counter decides about reuse */
	D_Z02_LATE,		/* what is reused is counted when the lock was dropped in between */
	D_Z03,			/* no reuse at all */
	D_Z04,			/* a clone that fails uncounts a user that it had not counted */
	D_Z04_ADJUST,		/* the importer of an anon_vma gets it after the clone */
	D_Z05,			/* newest anon_vma for a page that may be shared */
	D_Z08,			/* a child's VMA before its parent's in walks */
	D_Z09,			/* fork leaves write migration entries as they are */
	D_Z10A,			/* nothing keeps the anon_vma during migration */
	D_Z10B,			/* a read section does, across what sleeps */
	D_Z10C,			/* a reference to the anon_vma of a page that is mapped no more */
	D_Z14_PEEK,		/* a migration entry that moves is looked for without the lock */
	D_Z14_MERGE,		/* entries move against the order of walks */
	D_Z14_BACK,		/* and back on an error */
	D_Z15,			/* migration touches a stack that exec is moving */
	D_Z25,			/* mremap flushes when others may have freed the page */
	D_Z26,			/* a whole table moves under the hands of a walk */
	D_Z10E,			/* a reference to a possibly recycled anon_vma is believed */
	D_Z11_MAPPED,		/* no second look at page_mapped() after the lock */
	D_Z11_REFCOUNT,		/* a look at the reference count instead */
	D_Z12,			/* root freed before its child */
	D_Z13,			/* last reference dropped inside a read section */
	D_Z33A,			/* a fork that fails leaves its links in the trees */
	D_Z33B,			/* a link that was not needed is lost */
	D_Z48,			/* vma->anon_vma is published by a plain store */
	D_Z19,			/* a page that was copied has one mapping less before the old entry is flushed */
	D_Z36,			/* a reference to a page whose count is frozen */
	D_H6,			/* anon_vma_prepare() without the second test */
	D_MKCLEAN_LOOK,		/* write-back does not wait for who has cleared an entry and not flushed it */
	D_RMAP_EARLY,		/* a dirty mapping leaves the reverse map before the flush */
	D_ZAP_UNLOCKED,		/* and the flush comes without the pte lock */
	D_TRUNCATE_ONCE,	/* truncate zaps entries once */
	D_TRUNCATE_SWAP,	/* and leaves private copies in swap */
	D_Z16,			/* who finds an entry empty does not do the flush that reclaim owes */
	D_BATCH_IO,		/* a page is written before the flush that was put off */
	D_Z24,			/* a page that is pinned is forgotten */
	D_Z39,			/* a write by force forgets that it is one */
	D_Z40,			/* who pins to read gets the page that he shares */
	D_GUP_IRQS,		/* page tables are looked at without a lock, and interrupts are on */
	D_FAULT_UNLOCKED,	/* a fault maps a page of the cache that it has not locked */
	D_Z41,			/* mapcounts of a huge page move while others add them up */
	D_Z37,			/* a table goes without the anon_vma's lock, because there was no anon_vma a moment ago */
	D_COLLAPSE_STALE,	/* a VMA that was found before mmap_lock was dropped is used after */
	D_SPLIT_MLOCKED,	/* a huge page that is mapped by a table stays mlocked */
	D_MEMCG_SPLIT,		/* a huge page is split, and its charge is not */
	D_COLLAPSE_UNTOLD,	/* a table goes, and notifiers are not told */
	D_HUGE_EARLY,		/* a huge page is freed before the flush */
	D_MEMCG_LATE,		/* a mapping goes before the charge is held, and what it was counted as after */
	D_MEMCG_NO_GRACE,	/* charges move while somebody still counts without the lock */
	D_MUNLOCK_PUT,		/* munlock drops references under the lock of the LRU */
	D_MUNLOCK_MOVING,	/* munlock does not wait for a page that is on the move */
	D_COW_MUNLOCK,		/* copy-on-write munlocks the old page while it is mapped */
	D_RMAP_MLOCK,		/* a page that is unmapped stays mlocked */
	D_MLOCK_PTL,		/* reclaim marks a page mlocked that may have been unmapped */
	D_LOCKED_LOOK,		/* reclaim looks at VM_LOCKED before it has the entry */
	D_STACK_SHARED,		/* stacks grow with mmap_lock held for read */
	D_Z20,			/* all locks of an mm are taken VMA by VMA */
	D_TAKE_ALL_MUTEX,	/* by two at once */
	D_TAKE_ALL_TAG,		/* the tag that says so is not in the root */
	D_TAKE_ALL_SIGNAL,	/* a signal comes, and what was taken stays taken */
	D_REGISTER_UNLOCKED,	/* a notifier comes while entries are being changed */
	D_Z46_EXIT,		/* a notifier leaves the list before it has let go of the pages: in exit */
	D_Z46_UNREGISTER,	/* and when it is unregistered */
	D_Z46_TWICE,		/* both take it off the list */
	D_NOTIFY_PTL,		/* notifiers are told under the pte lock */
	D_GUEST_NO_RETRY,	/* a guest's fault does not ask whether entries have changed meanwhile */
	D_KSM_NO_FLUSH,		/* KSM compares a page that somebody may still write to */
	D_KSM_DIRTY,		/* and forgets that its entry was dirty */
	D_KSM_CLEAN,		/* a page of KSM's is not made dirty */
	D_KSM_FREE,		/* and given up by one who does not own it */
	D_KSM_REUSE,		/* a page of KSM's is written in place */
	D_KSM_ANON_REF,		/* a rmap_item has no reference to its anon_vma */
	D_KSM_STALE,		/* a frame is believed to be a stable node's page still */
	D_KSM_SWAPIN,		/* strangers map one anonymous page */
	D_KSM_ROOT,		/* swap-in looks into an anon_vma that may be freed */
	D_KSM_MIGRATION,	/* what migrates is not taken back */
	D_KSM_MREMAP,		/* mremap takes a page of KSM's along */
	D_KSM_EXIT,		/* exit does not wait for the scan */
	D_KSM_EMPTY,		/* the scan does not look again whether there is a slot */
	D_KSM_UNLOCK,		/* the scan unlocks an mm that may be gone */
	D_SWAPOFF_LOOKUP,	/* who looks for a page in swap does not ask whether the area is there */
	D_SWAPOFF_WRONG_SLOT,	/* swapoff takes a page out of the cache that is there for another slot */
	D_SWAPOFF_UNWRITTEN,	/* and one whose content is not in the slot */
	D_SWAPOFF_FORK,		/* it does not know the child of a fork */
	D_SWAPOFF_MMPUT,	/* it may be the last user of an mm, with a page locked */
	D_SWAPOFF_POISON,	/* it maps a page that has failed */
	D_POISON_TASKLIST,	/* tasklist_lock outside the locks of the reverse map */
	D_POISON_SWAPIN,	/* a page in the swap cache does not say that it has failed */
	D_POISON_ALLOC,		/* nor does one that is free */
	D_UNMAP_SWAP_LEAK,	/* an entry that stays after all is counted as one in swap */
	D_FORK_SWAP_COUNT,	/* and fork makes one that is not counted */
	D_CANARY_PAGE_MMAP,	/* mmap_lock waited for under the page lock */
	D_CANARY_PTL_ANON,	/* anon_vma lock waited for under page_table_lock */
	D_CANARY_RACE,		/* a counter that is updated without a lock */
	D_CANARY_UAF,		/* a plain read of an object that was just freed */
	D_CANARY_COW,		/* fork leaves entries writable */
	D_CANARY_TEAR,		/* a plain store to a word that is read without a lock */
	CORE_NR_DEFECTS
};

extern const struct defect_row core_defects[CORE_NR_DEFECTS];

#endif
