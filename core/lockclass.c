/* SPDX-License-Identifier: GPL-2.0-only */
/* What each lock class may do: see lockclass.h. */
#include "lockclass.h"

const struct lock_class core_lock_classes[LC_NR] = {
	[LC_NONE] = { "none", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
	[LC_RCU] = { "RCU", WAIT_RCU, SAME_RECURSIVE, 0 },
	[LC_FS_RECLAIM] = { "FS_RECLAIM", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
	[LC_MMU_NOTIFY] = { "MMU_NOTIFY", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
	[LC_SRCU] = { "SRCU", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
	[LC_KSM] = { "ksm_thread_mutex", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_INODE] = { "inode_lock_outer", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_MMAP_LOCK] = { "mmap_lock", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_MMAP_LOCK_NESTED] = { "mmap_lock/child", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_ALL_LOCKS] = { "mm_all_locks_mutex", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_PAGE_LOCK] = { "page_lock", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_I_MMAP] = { "i_mmap", WAIT_SLEEP, SAME_NEST, LC_MMAP_LOCK },
	[LC_ANON_VMA] = { "anon_vma", WAIT_SLEEP, SAME_NEST, LC_MMAP_LOCK },
	[LC_PAGE_TABLE] = { "page_table_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_PTE_LOCK] = { "pte_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_PTE_LOCK_NESTED] = { "pte_lock/parent", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_TASKLIST] = { "tasklist_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_MEMCG_MOVE] = { "memcg_move_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_KSM_MMLIST] = { "ksm_mmlist_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_MMLIST] = { "mmlist_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_LRU] = { "lru", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_SWAP] = { "swap_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_I_PAGES] = { "i_pages", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_IRQS_OFF] = { "irqs_off", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_ZONE] = { "zone", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_NOTIFIERS] = { "notifiers", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_MMU_LOCK] = { "mmu_lock", WAIT_SPIN, SAME_NEVER, 0 },
};
