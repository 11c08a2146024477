/* SPDX-License-Identifier: GPL-2.0-only */
/* The lock classes of the model; their rows (wait type, same-class rule) are in lockclass.c, the reasons in LOCKING.md. */
#ifndef CORE_LOCKCLASS_H
#define CORE_LOCKCLASS_H

#include "lockdep.h"

enum core_lock_class {
	LC_NONE,
	LC_RCU,			/* pseudo: read sections */
	LC_FS_RECLAIM,		/* pseudo: allocations that may reclaim */
	LC_MMU_NOTIFY,		/* pseudo: notifiers that may sleep */
	LC_SRCU,		/* pseudo: read sections of core->srcu */
	LC_KSM,			/* ksm_thread_mutex */
	LC_INODE,		/* inode->i_rwsem */
	LC_MMAP_LOCK,		/* mm->mmap_lock */
	LC_MMAP_LOCK_NESTED,	/* the child's, under the parent's, in fork */
	LC_ALL_LOCKS,		/* mm_all_locks_mutex */
	LC_VM_LOCK,		/* vma->vm_lock */
	LC_HUGETLB_FAULT,	/* hugetlb_fault_mutex_table */
	LC_PAGE_LOCK,		/* PG_locked */
	LC_I_MMAP_HUGE,		/* mapping->i_mmap_rwsem of a hugetlb file */
	LC_UNMAP,		/* mapping->unmap_mutex */
	LC_I_MMAP,		/* mapping->i_mmap_rwsem, or i_mmap_lock */
	LC_ANON_VMA,		/* anon_vma->root->rwsem, or anon_vma->lock */
	LC_PAGE_TABLE,		/* mm->page_table_lock; of huge entries, too */
	LC_PAGE_TABLE_NESTED,	/* the parent's, under the child's, in fork */
	LC_PTE_LOCK,		/* of one page-table page */
	LC_PTE_LOCK_NESTED,	/* the parent's, under the child's, in fork */
	LC_PTE_CHAIN,		/* PG_chainlock: who maps the page */
	LC_UFFD,		/* mm->uffd_lock */
	LC_TASKLIST,		/* tasklist_lock */
	LC_MEMCG_MOVE,		/* memcg->move_lock */
	LC_KSM_MMLIST,		/* ksm_mmlist_lock */
	LC_MMLIST,		/* mmlist_lock */
	LC_SWAP_TOKEN,		/* swap_token_lock */
	LC_LRU,			/* LRU lists and PG_lru */
	LC_SPLIT_QUEUE,		/* huge pages that are worth a split */
	LC_SWAP,		/* swap slots */
	LC_I_PAGES,		/* swap cache, and each file's page cache */
	LC_ZONE,		/* free pages */
	LC_HUGETLB,		/* free pages of hugetlb */
	LC_IRQS_OFF,		/* pseudo: a CPU with interrupts off, and the wait for it */
	LC_NOTIFIERS,		/* the list of an mm's notifiers */
	LC_MMU_LOCK,		/* a guest's sptes */
	LC_NR
};

extern const struct lock_class core_lock_classes[LC_NR];

/* As they are with this provider: what an era had spin for, a later one has sleep for. */
struct rmap_ops;
void core_lock_classes_of(const struct rmap_ops *rmap, struct lock_class classes[LC_NR]);
/* Which of them are not held for long: once for each machine. */
void core_locks_held_shortly(void);

#define SINGLE_DEPTH_NESTING 1	/* subclass: the class after it in the list */

#endif
