/* SPDX-License-Identifier: GPL-2.0-only */
/* What each lock class may do: see lockclass.h. */
#include "lockclass.h"

#include "mm_types.h"
#include "rmap.h"

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
	[LC_VM_LOCK] = { "vm_lock", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_HUGETLB_FAULT] = { "hugetlb_fault_mutex", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_PAGE_LOCK] = { "page_lock", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_UNMAP] = { "unmap_mutex", WAIT_SLEEP, SAME_NEVER, 0 },
	[LC_I_MMAP_HUGE] = { "i_mmap_huge", WAIT_SLEEP, SAME_NEST, LC_MMAP_LOCK },
	[LC_I_MMAP] = { "i_mmap", WAIT_SLEEP, SAME_NEST, LC_MMAP_LOCK },
	[LC_ANON_VMA] = { "anon_vma", WAIT_SLEEP, SAME_NEST, LC_MMAP_LOCK },
	[LC_PAGE_TABLE] = { "page_table_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_PAGE_TABLE_NESTED] = { "page_table_lock/parent", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_PTE_LOCK] = { "pte_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_PTE_LOCK_NESTED] = { "pte_lock/parent", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_PTE_CHAIN] = { "pte_chain", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_UFFD] = { "uffd_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_TASKLIST] = { "tasklist_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_MEMCG_MOVE] = { "memcg_move_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_KSM_MMLIST] = { "ksm_mmlist_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_MMLIST] = { "mmlist_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_SWAP_TOKEN] = { "swap_token_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_LRU] = { "lru", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_SPLIT_QUEUE] = { "split_queue", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_SWAP] = { "swap_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_I_PAGES] = { "i_pages", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_IRQS_OFF] = { "irqs_off", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_ZONE] = { "zone", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_HUGETLB] = { "hugetlb_lock", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_NOTIFIERS] = { "notifiers", WAIT_SPIN, SAME_NEVER, 0 },
	[LC_MMU_LOCK] = { "mmu_lock", WAIT_SPIN, SAME_NEVER, 0 },
};

void core_lock_classes_of(const struct rmap_ops *rmap, struct lock_class classes[LC_NR])
{
	for (unsigned i = 0; i < LC_NR; i++)
		classes[i] = core_lock_classes[i];
	if (!rmap->policy.i_mmap_sleeps)
		classes[LC_I_MMAP].wait = classes[LC_I_MMAP_HUGE].wait = WAIT_SPIN;
	if (!rmap->policy.anon_lock_sleeps)
		classes[LC_ANON_VMA].wait = WAIT_SPIN;
}

/*
 * Who has the lock of a table goes through this table, and not on to the next one: reclaim comes from a page, and with pte-chain may only
 * try the lock, which is all tables' of an mm.
 */
#define ONE_TABLE (PTRS_PER_PTE * 48)

void core_locks_held_shortly(void)
{
	static const u8 of_tables[] = { LC_PAGE_TABLE, LC_PAGE_TABLE_NESTED, LC_PTE_LOCK, LC_PTE_LOCK_NESTED };

	for (unsigned i = 0; i < ARRAY_SIZE(of_tables); i++)
		lockdep_held_shortly(of_tables[i], ONE_TABLE);
}
