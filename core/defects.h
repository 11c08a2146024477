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
	D_FAULT_UNLOCKED,	/* a fault maps a page of the cache that it has not locked */
	D_Z41,			/* mapcounts of a huge page move while others add them up */
	D_Z37,			/* a table goes without the anon_vma's lock, because there was no anon_vma a moment ago */
	D_COLLAPSE_STALE,	/* a VMA that was found before mmap_lock was dropped is used after */
	D_HUGE_EARLY,		/* a huge page is freed before the flush */
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
