/* SPDX-License-Identifier: GPL-2.0-only */
/* The model's switchable defects, by number; their rows are in defects.c. */
#ifndef CORE_DEFECTS_H
#define CORE_DEFECTS_H

#include "defect.h"

enum core_defect {
	D_Z01,			/* a mapping that stays is not in front of the next one */
	D_H1,			/* the VMA behind an entry is taken for the entry's own */
	D_H2,			/* fork goes through a whole VMA under the lock of its tables */
	D_H3,			/* page_table_lock is waited for under PG_chainlock */
	D_H4_UNCHECKED,		/* no memory for a mapping: it is not noted */
	D_H4_LATE,		/* the entry is there while memory for it is waited for */
	D_Z02,			/* one degree counter decides about reuse */
	D_Z02_LATE,		/* what is reused is counted when the lock was dropped in between */
	D_Z03,			/* no reuse at all */
	D_Z04,			/* a clone that fails uncounts a user that it had not counted */
	D_Z04_ADJUST,		/* the importer of an anon_vma gets it after the clone */
	D_Z05,			/* newest anon_vma for a page that may be shared */
	D_Z06,			/* a new anon_vma gets its first VMA without its lock */
	D_Z07,			/* the read section ends when the anon_vma is locked */
	D_NONLINEAR_MIGRATION,	/* the end of a migration does not look into mappings that became nonlinear */
	D_MREMAP_MERGE,		/* what moves becomes part of a VMA that has no anon_vma */
	D_Z08,			/* a child's VMA before its parent's in walks */
	D_Z09,			/* fork leaves write migration entries as they are */
	D_Z10A,			/* no read section keeps the anon_vma during migration */
	D_Z10D,			/* nor does a reference */
	D_Z10B,			/* a read section does, across what sleeps */
	D_Z10C,			/* a reference to the anon_vma of a page that is mapped no more */
	D_Z14_PEEK,		/* a migration entry that moves is looked for without the lock */
	D_Z14_MERGE,		/* entries move against the order of walks */
	D_Z14_BACK,		/* and back on an error */
	D_Z14_HUGE,		/* and entries of huge pages */
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
	D_Z34,			/* a link is allocated under the family's lock as reclaim may be waited for */
	D_Z22,			/* page->mapping is set by a plain store */
	D_Z22_MOVE,		/* nor is it when the page is found to be its writer's alone */
	D_H5,			/* the last mapping takes page->mapping with it */
	D_TABLE_UNORDERED,	/* a table may be found before it is empty */
	D_Z48,			/* vma->anon_vma is published by a plain store */
	D_Z19,			/* a page that was copied has one mapping less before the old entry is flushed */
	D_Z19_SWAPIN,		/* a page from swap is unlocked, and has left its slot, before it is mapped */
	D_Z36,			/* a reference to a page whose count is frozen */
	D_Z36_HELD,		/* the reference is held while the migration is waited for */
	D_H6,			/* anon_vma_prepare() without the second test */
	D_MKCLEAN_LOOK,		/* write-back does not wait for who has cleared an entry and not flushed it */
	D_RMAP_EARLY,		/* a dirty mapping leaves the reverse map before the flush */
	D_ZAP_UNLOCKED,		/* and the flush comes without the pte lock */
	D_TRUNCATE_ONCE,	/* truncate zaps entries once */
	D_TRUNCATE_SWAP,	/* and leaves private copies in swap */
	D_Z16,			/* who finds an entry empty does not do the flush that reclaim owes */
	D_BATCH_IO,		/* a page is written before the flush that was put off */
	D_Z23,			/* who splits a huge page passes by entries that are empty for a moment */
	D_Z24,			/* a page that is pinned is forgotten */
	D_Z39,			/* a write by force forgets that it is one */
	D_Z40,			/* who pins to read gets the page that he shares */
	D_GUP_IRQS,		/* page tables are looked at without a lock, and interrupts are on */
	D_FAULT_UNLOCKED,	/* a fault maps a page of the cache that it has not locked */
	D_Z41,			/* mapcounts of a huge page move while others add them up */
	D_Z37,			/* a table goes without the anon_vma's lock, because there was no anon_vma a moment ago */
	D_COLLAPSE_STALE,	/* a VMA that was found before mmap_lock was dropped is used after */
	D_FREE_HUGE_MAPCOUNT,	/* madvise(FREE) asks how often the first page is mapped, and gives up all */
	D_SPLIT_MLOCKED,	/* a huge page that is mapped by a table stays mlocked */
	D_MEMCG_SPLIT,		/* a huge page is split, and its charge is not */
	D_COLLAPSE_UNTOLD,	/* a table goes, and notifiers are not told */
	D_HUGE_EARLY,		/* a huge page is freed before the flush */
	D_SPLIT_FILE_DIRTY,	/* a file's huge entry goes, and that it was dirty is forgotten */
	D_SPLIT_FILE_LOCKED,	/* and only with the page locked, which the file's tree comes after */
	D_MKCLEAN_HUGE_EMPTY,	/* a huge entry that is cleaned is empty meanwhile */
	D_TRUNCATE_HUGE_LOOK,	/* truncate does not wait for who has cleared a huge entry and not taken the page out of the reverse map */
	D_HUGETLB_FAULT_RACE,	/* faults in one page of hugetlb are under way at once */
	D_HUGETLB_ZAP_PEEK,	/* unmap looks for a page of hugetlb without the lock */
	D_HUGETLB_FORK_UNTOLD,	/* fork tells no notifier that pages of hugetlb are shared from now on */
	D_HUGETLB_COW_UNLOCKED,	/* a page of hugetlb is written in place, and not locked */
	D_COLLAPSE_FILE_EMPTIED,	/* khugepaged fills a range of a file that was truncated meanwhile */
	D_COLLAPSE_FILE_HOLES,	/* and not what was not cached */
	D_COLLAPSE_FILE_ROLLBACK,	/* and, giving up, leaves places that it had taken marked */
	D_RETRACT_EXIT,		/* a table goes that exit looks into */
	D_HUGETLB_FAULT_PMD,	/* a fault of hugetlb does not keep the table of its entry */
	D_HUGETLB_UNSHARE_FLUSH,	/* who gives up a shared table does not flush what it mapped */
	D_HUGETLB_UNSHARE_RANGE,	/* or flushes, and tells of, what he was asked for only */
	D_HUGETLB_SHARE_TEARDOWN,	/* a table is shared that is about to be freed */
	D_HUGETLB_FORK_SHARED,	/* fork counts what the table that the child shares has already */
	D_HUGETLB_SPLIT,	/* a VMA is split, and keeps a shared table */
	D_Z43,			/* migration takes the lock of a file for a private copy, and walks without the anon_vma's */
	D_Z44,			/* migration unmaps a page of a shared table in one mm only */
	D_HUGETLB_SIGBUS,	/* a fault that finds an entry empty for a moment, and the pool empty, is SIGBUS */
	D_HUGETLB_FOLLOW,	/* who pins a page does not keep the table */
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
	D_TAKE_ALL_HUGETLB,	/* files of hugetlb are taken among the others */
	D_TAKE_ALL_MUTEX,	/* by two at once */
	D_TAKE_ALL_TAG,		/* the tag that says so is not in the root */
	D_TAKE_ALL_UNTAG,	/* and goes when the lock has gone */
	D_TAKE_ALL_SIGNAL,	/* a signal comes, and what was taken stays taken */
	D_REGISTER_UNLOCKED,	/* a notifier comes while entries are being changed */
	D_Z46_EXIT,		/* a notifier leaves the list before it has let go of the pages: in exit */
	D_Z46_UNREGISTER,	/* and when it is unregistered */
	D_Z47,			/* two unmappings of a file at a time */
	D_Z47_MOVE,		/* mremap leaves the count of the new place as it is */
	D_Z47_SPLIT,		/* the address up to which an unmapping has come stays in what is split off it */
	D_Z46_TWICE,		/* both take it off the list */
	D_NOTIFY_PTL,		/* notifiers are told under the pte lock */
	D_GUEST_NO_RETRY,	/* a guest's fault does not ask whether entries have changed meanwhile */
	D_SVA_COW,		/* devices learn of a copy when all is over */
	D_SVA_MREMAP,		/* that entries were moved they never learn */
	D_SVA_UNMAP,		/* nor that they were unmapped */
	D_SVA_BATCH,		/* nor that reclaim has cleared them, where it puts CPUs off */
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
	D_HUGETLB_POISON_REUSE,	/* nor a page in hugetlb's pool */
	D_HUGETLB_DISSOLVE,	/* one leaves the pool that is not yet there */
	D_HUGETLB_FORK_POISON,	/* fork takes for present what is not */
	D_HUGETLB_POISON_WAIT,	/* memory failure waits for a file of hugetlb with the page locked */
	D_UNMAP_SWAP_LEAK,	/* an entry that stays after all is counted as one in swap */
	D_FORK_SWAP_COUNT,	/* and fork makes one that is not counted */
	D_SOFT_SWAP,		/* swap entries do not keep the soft-dirty bit */
	D_SOFT_MIGRATION,	/* nor do entries of pages that were on the move */
	D_SOFT_MOVING,		/* whose migration entries come back writable although that was to be forgotten */
	D_SOFT_SWAPOFF,		/* nor do entries that swapoff brings back */
	D_SOFT_KSM,		/* nor those of pages that are merged */
	D_SOFT_VMA,		/* VMAs that are new do not count as written to */
	D_SOFT_MERGE,		/* nor when they become part of others */
	D_SOFT_MOVE,		/* nor do pages that were moved */
	D_SOFT_TABLE,		/* those whose table was moved as a whole */
	D_SOFT_FLUSH,		/* TLBs keep the right to write */
	D_KSM_PENDING,		/* KSM takes an entry for protected that is, but for TLBs */
	D_UFFD_NO_LOOK,		/* who waits for his monitor does not look once more whether he has to */
	D_UFFD_LOCKLESS,	/* or looks without the lock */
	D_UFFD_COLLAPSE,	/* khugepaged fills what is missing */
	D_UNUSED_UFFD,		/* reclaim drops pages that nobody uses, and that the monitor has filled */
	D_LAZY_CACHED,		/* FREE makes a page one that is not needed although it has a slot by now */
	D_LAZY_CLEAN,		/* and one is not written to its slot because FREE has made it clean */
	D_DEVICE_NO_REF,	/* who comes to a device entry lets it go before he holds the page */
	D_DEVICE_SOFT,		/* device entries lose the soft-dirty bit when their pages move */
	D_MLOCK_TWICE,		/* what is locked already is counted once more */
	D_SWAP_CHARGE_LEFT,	/* a slot that is free is charged to somebody still */
	D_SWAP_MIGRATION_COUNT,	/* references to a page on the move are counted before its entries go only */
	D_SWAP_MIGRATION_EARLY,	/* processes use the new page, and its content comes after */
	D_SWAP_MIGRATION_PEEK,	/* entries for its slot are looked at without their lock */
	D_ISOLATE_LATE,		/* a page is isolated that an entry named before its lock was released */
	D_Z31,			/* a page that left the swap cache is mapped for an entry that was made since */
	D_SWAP_TOKEN_CURRENT,	/* the swap token is for who faults a page in, not for whose page it is */
	D_DIRTY_ZAPPED,		/* the dirty bit is set in an entry that has just been cleared */
	D_Z18,			/* isolation takes a reference to a page that nobody holds */
	D_Z38,			/* a fault looks whether its VMA has an anon_vma before it has locked the VMA */
	D_VMA_LOCK_FORK,	/* fork does not lock its parent's VMAs */
	D_VMA_LOCK_IMPORT,	/* nor does a VMA that gets its neighbour's anon_vma before it is locked */
	D_Z21,			/* who validates a VMA unlocks what he has not locked */
	D_Z18_EARLY,		/* a page is marked as on the LRU before it is there */
	D_Z25_DIRTY,		/* mremap looks whether an entry is dirty before it removes it */
	D_Z05_EXCLUSIVE,	/* swap-in counts who has the page before it has locked it */
	D_CANARY_PAGE_MMAP,	/* mmap_lock waited for under the page lock */
	D_CANARY_PTL_ANON,	/* anon_vma lock waited for under page_table_lock */
	D_CANARY_RACE,		/* a counter that is updated without a lock */
	D_CANARY_UAF,		/* a plain read of an object that was just freed */
	D_CANARY_COW,		/* fork leaves entries writable */
	D_CANARY_TEAR,		/* a plain store to a word that is read without a lock */
	CORE_NR_DEFECTS
};

extern const struct defect_row core_defects[CORE_NR_DEFECTS];

/*
 * What it takes: nothing but the operations, one after the other; two actors or three, in a window of ordinary width; in a narrow one; an
 * order of stores, or half of one, that this hardware does not show.
 */
enum defect_class { CLASS_D = 1, CLASS_R2, CLASS_R3, CLASS_N, CLASS_W, DEFECT_CLASSES };

struct defect_sight {
	enum defect_class class;
	u32 oracles;			/* bit set of enum oracle: those that are expected to be the first to see it */
};

extern const struct defect_sight core_defect_sights[CORE_NR_DEFECTS];
extern const char *const defect_class_names[DEFECT_CLASSES];

#endif
