/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of memory management, under the kernel's names and, where rmap code relies on it, in the kernel's layout.
 *
 * Guards in brackets: [mmap:W] mmap_lock for write, [anon_vma:W] the root's rwsem for write, [i_mmap:W] the file's i_mmap_rwsem
 * for write, [ptl] the page-table page's lock.
 */
#ifndef CORE_MM_TYPES_H
#define CORE_MM_TYPES_H

#include "interval.h"
#include "list.h"
#include "lock.h"
#include "rcu.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PTRS_PER_PTE 8u			/* small tables: whole ones come and go */
#define PTRS_PER_PGD 32u
#define HPAGE_PMD_NR PTRS_PER_PTE	/* pages of a huge page: it takes the place of a table */
#define HPAGE_PMD_SIZE (HPAGE_PMD_NR * PAGE_SIZE)
#define PTRS_PER_PMD 2u			/* huge entries of a table that several mms may have: hugetlb.h */
#define PUD_SIZE (PTRS_PER_PMD * HPAGE_PMD_SIZE)
#define TASK_PAGES (PTRS_PER_PTE * PTRS_PER_PGD)
#define TASK_SIZE ((unsigned long)TASK_PAGES << PAGE_SHIFT)
#define STACK_GUARD_GAP PAGE_SIZE	/* between a stack and what lies below it */
#define MMAP_BASE (1ul << PAGE_SHIFT)	/* page 0 is never mapped */

struct address_space;
struct anon_vma;
struct mmu_notifier_mm;
struct file;
struct mem_cgroup;

/* Bits of page->flags. */
enum pageflags {
	PG_locked, PG_referenced, PG_uptodate, PG_dirty, PG_lru, PG_active, PG_reserved, PG_writeback, PG_swapcache,
	PG_swapbacked, PG_double_map, PG_young, PG_idle, PG_mlocked, PG_unevictable, PG_hwpoison,
	PG_direct, PG_chainlock,
	NR_PAGEFLAGS
};

struct page {
	unsigned long flags;		/* [atomic] */
	struct list_head lru;		/* [lru] while PG_lru; else whoever isolated it */
	struct address_space *mapping;	/* [PG_locked or pte lock of its first mapping; read by anyone] low bits: PAGE_MAPPING_* */
	unsigned long index;		/* as mapping */
	unsigned long private;		/* [PG_locked] swap entry while PG_swapcache */
	atomic_t _mapcount;		/* [atomic] mappings - 1 */
	atomic_t _refcount;		/* [atomic] 0 while free or frozen */
	struct mem_cgroup *mem_cgroup;	/* [PG_locked, and the old one's move_lock; read by anyone] to whom it is charged */
	unsigned long rmap_private;	/* for the provider */
	/*
	 * Of the pages of a huge page. References, flags, mapping and index are the head's alone; _mapcount counts entries of tables, of
	 * this page alone, and once more for all mappings by the directory together while the head has PG_double_map.
	 */
	unsigned long compound_head;	/* [set before it is seen; zone or a frozen count to clear] the head, and 1; 0: no huge page */
	atomic_t compound_mapcount;	/* [atomic] of a head: mappings by the directory - 1 */
	u32 pad;
	struct list_head deferred_list;	/* [split_queue] of a head: a part of it is not mapped any more */
};

#define PAGE_MAPPING_ANON 1ul
#define PAGE_MAPPING_MOVABLE 2ul
#define PAGE_MAPPING_KSM (PAGE_MAPPING_ANON | PAGE_MAPPING_MOVABLE)	/* the rest names a stable_node, see ksm.h */
#define PAGE_MAPPING_FLAGS 3ul

typedef struct {
	unsigned long pte;
} pte_t;

/*
 * An entry of the directory: the address of a table, or the bits of a table's entry, for the first page of a huge page. Both are
 * looked at through the same word.
 */
typedef struct {
	unsigned long pmd;
} __attribute__((may_alias)) pmd_t;

/* One page-table page. The hardware sets accessed and dirty bits in it at any time. */
struct pgtable {
	pte_t pte[PTRS_PER_PTE];	/* [ptl; cleared entries may be read without] */
	spinlock_t ptl;
	struct mm_struct *mm;		/* [const while linked] */
	unsigned long start;		/* [const while linked] first address */
	struct pgtable *deposited;	/* [pmd lock] the next one that waits for a huge page to be split */
};

/* A table of huge entries. Whoever has it has it from the same page of a file on, at a multiple of PUD_SIZE. hugetlb_share.c */
struct pmd_table {
	pmd_t pmd[PTRS_PER_PMD];	/* [ptl] */
	spinlock_t ptl;
	atomic_t pt_share_count;	/* [atomic; grows under i_mmap:R of the file, shrinks under i_mmap:W] others who have it */
};

struct vm_area_struct {
	unsigned long vm_start;		/* [mmap:W, and anon_vma:W if it has one, and i_mmap:W if it maps a file] */
	unsigned long vm_end;		/* as vm_start */
	struct vm_area_struct *vm_next, *vm_prev;	/* [mmap:W] in order of address */
	struct mm_struct *vm_mm;	/* [const] */
	unsigned long vm_flags;		/* [mmap:W; who comes from a page looks at it without, marked] */
	unsigned long vm_pgoff;		/* as vm_start */
	struct list_head anon_vma_chain;	/* [mmap:W, or mmap:R and page_table_lock] */
	struct list_head anon_vma_node;	/* [anon_vma:W] on its anon_vma's list, where a VMA has one anon_vma and no chain */
	struct anon_vma *anon_vma;	/* [set once under mmap:R and page_table_lock] */
	struct file *vm_file;		/* [const while linked] NULL: anonymous; holds a reference */
	struct list_head nonlinear;	/* [i_mmap:W] with VM_NONLINEAR: on its file's list, instead */
	unsigned long vm_private_data;	/* [i_mmap:W] with VM_NONLINEAR: how far the scan for pages to unmap has come */
	unsigned long vm_truncate_count;	/* [i_mmap:W] see unmap_mapping.c */
	struct itree_node shared;	/* [i_mmap:W] in its file's i_mmap */
	/* With locks of single VMAs: vma_lock.h. Whoever changes anything above that a fault looks at has the VMA marked, too. */
	struct rw_semaphore vm_lock;
	int vm_lock_seq;		/* [mmap:W and vm_lock:W; read without, then under vm_lock] equals mm_lock_seq: it is marked */
	bool detached;			/* [mmap:W and marked] it is off the list of its mm */
	struct vm_area_struct *mt_next;	/* [mmap:W; read in RCU read sections] the next one, for who looks without mmap_lock */
	unsigned long mt_start, mt_end;	/* [as mt_next] vm_start and vm_end, for him */
	struct rcu_head vm_rcu;
};

#define VM_READ 1ul
#define VM_WRITE 2ul
#define VM_EXEC 4ul
#define VM_SHARED 8ul
#define VM_SEQ_READ 0x8000ul		/* read once, from one end to the other */
#define VM_LOCKED 16ul		/* its pages stay in memory */
#define VM_GROWSDOWN 32ul	/* a stack: who comes below it makes it longer */
#define VM_STACK_INCOMPLETE_SETUP 64ul	/* exec is writing and moving it */
#define VM_MERGEABLE 256ul
#define VM_HUGEPAGE 512ul	/* huge pages are wanted */
#define VM_NONLINEAR 2048ul	/* its entries say which pages of the file it shows: nonlinear.c */
#define VM_SOFTDIRTY 0x4000ul	/* all of it counts as written to: it is new */
#define VM_HUGETLB 1024ul	/* its file has no others: see hugetlb.h */
#define VM_UFFD_MISSING 0x10000ul	/* who comes to an empty entry waits for the monitor: userfaultfd.h */
#define VM_MAYSHARE 128ul	/* of hugetlb's, shared: may have its tables with others */
#define VM_LOCKONFAULT 0x20000ul	/* with VM_LOCKED: as they come, and nobody brings them */
#define VM_LOCKED_MASK (VM_LOCKED | VM_LOCKONFAULT)
#define VM_RIGHTS (VM_READ | VM_WRITE | VM_EXEC)

/* Bits of mm->flags. */
#define MMF_VM_MERGEABLE 16		/* KSM has a slot for it */
#define MMF_VM_HUGEPAGE 17		/* khugepaged may come to it: it maps a file, or did */

struct mm_struct {
	struct rw_semaphore mmap_lock;
	spinlock_t page_table_lock;	/* pgd entries, and vma->anon_vma becoming set */
	atomic_t mm_users;		/* [atomic] who may use the address space */
	u32 id;				/* [const] */
	struct vm_area_struct *mmap;	/* [mmap:W] first VMA */
	u32 map_count;			/* [mmap:W] */
	int mm_lock_seq;		/* [mmap:W; read without] VMAs whose vm_lock_seq is this are locked for write: vma_lock.h */
	struct vm_area_struct *mm_mt;	/* [mmap:W; read in RCU read sections] the first VMA, for who looks without mmap_lock */
	unsigned long def_flags;	/* [mmap:W] what each new VMA has: VM_LOCKED_MASK */
	u32 locked_vm;			/* [mmap:W] pages of address space with VM_LOCKED */
	atomic_t mm_count;		/* [atomic] who keeps this structure: all users together, each notifier, and KSM */
	unsigned long flags;		/* [atomic] MMF_* */
	atomic_long_t anon_rss, swapents, file_rss;	/* [atomic] */
	atomic_long_t hugetlb_usage;	/* [atomic] pages of hugetlb, which are none of the rss */
	struct mem_cgroup *memcg;	/* [atomic] the group that it belongs to, with a reference, or NULL */
	struct list_head mms;		/* [core->mms_word] */
	struct list_head mmlist;	/* [mmlist_lock] on core->mmlist: it may have swap entries */
	u32 on_mmlist;			/* [mmlist_lock to change; read without] is it? Once there, it stays as long as it has a user */
	u32 faultstamp;			/* [swap_token_lock to change] when it last came for the swap token, and got an answer */
	u32 last_interval;		/* [swap_token_lock] how long after the time before */
	u32 token_priority;		/* [swap_token_lock] how much it needs it */
	u64 cpu_bitmap;			/* [atomic] CPUs on which it has run: only they can have translations of it */
	atomic_t tlb_flush_pending;	/* [atomic] who has cleared entries of it, or is about to, and has not flushed them all */
	atomic_t tlb_flush_batched;	/* [atomic] flushes that reclaim has put off so far */
	atomic_t tlb_flush_done;	/* [atomic] as many of these are done for certain */
	struct mmu_notifier_mm *mmu_notifier_mm;	/* [set once, with all locks held; NULL: it never had a notifier] */
	struct pgtable *pmd_huge_pte;	/* [pmd lock] tables for the huge pages that will be split, one for each */
	spinlock_t uffd_lock;
	struct list_head uffd_wqh;	/* [uffd_lock] who waits for the monitor */
	u32 uffd_gone;			/* [atomic] real threads: the monitor was taken for dead, and may just have been slow */
	struct pgtable *pgd[PTRS_PER_PGD];	/* [page_table_lock to set; mmap:W and no rmap to clear] or a huge entry (huge.h) */
	/* [page_table_lock and i_mmap:R of the file to set, i_mmap:W to clear, or mmap:W and no rmap] in the place of directory entries */
	struct pmd_table *pud[PTRS_PER_PGD / PTRS_PER_PMD];
};

#endif
