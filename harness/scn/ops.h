/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of the scenario language, by number; their rows are in ops.c. */
#ifndef HARNESS_SCN_OPS_H
#define HARNESS_SCN_OPS_H

enum scn_op_id {
	SOP_MM,			/* mm P */
	SOP_MUTEX,		/* mutex m */
	SOP_RWSEM,		/* rwsem s */
	SOP_SPINLOCK,		/* spinlock l */
	SOP_MMAP,		/* P: a = mmap anon 2; P: b = mmap shared F[1] 2 */
	SOP_MUNMAP,		/* P: munmap a[0..1] */
	SOP_MPROTECT,		/* P: mprotect a[0..1] r */
	SOP_MREMAP,		/* P: b = mremap a[0..1] 4 */
	SOP_MREMAP_DONTUNMAP,	/* P: b = mremap_dontunmap a[0..1] 2 */
	SOP_MADVISE,		/* P: madvise a[0..1] free */
	SOP_MLOCK,		/* P: mlock a[0..1] */
	SOP_MUNLOCK,		/* P: munlock a[0..1] */
	SOP_READ,		/* P: read a[0] == 1 */
	SOP_WRITE,		/* P: write a[0] = 1 */
	SOP_FORK,		/* C = P: fork */
	SOP_EXEC,		/* C = P: exec a[0..1] */
	SOP_EXIT,		/* P: exit */
	SOP_RECLAIM,		/* reclaim P a[0] */
	SOP_AGE,		/* age P a[0] */
	SOP_AGE_MEMCG,		/* age_memcg G P a[0] */
	SOP_MIGRATE,		/* migrate P a[0] */
	SOP_MIGRATE_PAGES,	/* migrate_pages P a[0..1] */
	SOP_SWAP_PAGES,		/* swap_pages P a[0..1] */
	SOP_COMPACT,		/* compact 2 */
	SOP_SHRINK,		/* shrink 2 */
	SOP_SPLIT,		/* split P a[0] */
	SOP_COLLAPSE,		/* collapse P a[0] */
	SOP_REFERENCED,		/* referenced P a[0] */
	SOP_SET_IDLE,		/* set_idle P a[0] */
	SOP_IDLE,		/* idle P a[0] */
	SOP_WALK,		/* walk P a[0] */
	SOP_MAPPED,		/* mapped P a[0] */
	SOP_DRAIN,		/* drain */
	SOP_FAIL_ALLOC,		/* fail_alloc 2 */
	SOP_NO_MEMORY,		/* no_memory 2 */
	SOP_MEMCG,		/* memcg G */
	SOP_JOIN,		/* P: join G */
	SOP_PIN,		/* P: pin a[0] write */
	SOP_DMA,		/* dma P a[0] = 1 */
	SOP_PEEK,		/* peek P a[0] == 1 */
	SOP_UNPIN,		/* unpin P a[0] */
	SOP_FILE,		/* F = file 4 */
	SOP_HUGE_FILE,		/* F = huge_file 16 */
	SOP_TMPFS,		/* F = tmpfs 16 */
	SOP_HUGETLB_POOL,	/* hugetlb_pool 3 */
	SOP_HUGETLB,		/* H = hugetlb 16 */
	SOP_PREAD,		/* pread F[0] == 1 */
	SOP_PWRITE,		/* pwrite F[0] = 1 */
	SOP_TRUNCATE,		/* truncate F 1 */
	SOP_INVALIDATE,		/* invalidate F */
	SOP_WRITEBACK,		/* writeback F */
	SOP_REMAP,		/* P: remap a[0..1] 3 */
	SOP_MSYNC,		/* P: msync a */
	SOP_RECLAIM_FILE,	/* reclaim_file F[0] */
	SOP_MIGRATE_FILE,	/* migrate_file F[0] */
	SOP_COLLAPSE_FILE,	/* collapse_file F[0] */
	SOP_RETRACT,		/* retract F */
	SOP_REGISTER,		/* P: G = register */
	SOP_UNREGISTER,		/* unregister G */
	SOP_GUEST_READ,		/* guest_read G a[0] == 1 */
	SOP_GUEST_WRITE,	/* guest_write G a[0] = 1 */
	SOP_SVA_BIND,		/* P: D = sva_bind */
	SOP_SVA_UNBIND,		/* sva_unbind D */
	SOP_SVA_READ,		/* sva_read D a[0] == 1 */
	SOP_SVA_WRITE,		/* sva_write D a[0] = 1 */
	SOP_SIGNAL,		/* signal 2 */
	SOP_FILL,		/* P: fill a[0] = 1 */
	SOP_KSM_PAGE,		/* ksm_page P a[0] */
	SOP_KSM_SCAN,		/* ksm_scan 2 */
	SOP_KSM_UNMERGE,	/* ksm_unmerge */
	SOP_POISON,		/* poison P a[0] */
	SOP_SWAPOFF,		/* swapoff first */
	SOP_SWAPON,		/* swapon first */
	SOP_UFFD_REGISTER,	/* P: uffd_register a[0..1] */
	SOP_UFFD_UNREGISTER,	/* P: uffd_unregister a[0..1] */
	SOP_UFFD_COPY,		/* P: uffd_copy a[0] = 1 */
	SOP_UFFD_ZEROPAGE,	/* P: uffd_zeropage a[0] */
	SOP_UFFD_WAKE,		/* P: uffd_wake a[0..1] */
	SOP_UFFD_CLOSE,		/* P: uffd_close */
	SOP_UNUSED,		/* P: unused a[0] */
	SOP_STABLE,		/* P: stable a[0] */
	SOP_TO_DEVICE,		/* to_device P a[0] */
	SOP_MLOCKALL,		/* P: mlockall current */
	SOP_MUNLOCKALL,		/* P: munlockall */
	SOP_CLEAR_REFS,		/* P: clear_refs */
	SOP_SOFT_DIRTY,		/* P: soft_dirty a[0] */
	SOP_LOCK,		/* lock m */
	SOP_TRYLOCK,		/* trylock m */
	SOP_SPIN,		/* spin m */
	SOP_UNLOCK,		/* unlock m */
	SOP_DOWN_READ,		/* down_read s */
	SOP_DOWN_READ_TRYLOCK,	/* down_read_trylock s */
	SOP_UP_READ,		/* up_read s */
	SOP_DOWN_WRITE,		/* down_write s */
	SOP_DOWN_WRITE_TRYLOCK,	/* down_write_trylock s */
	SOP_UP_WRITE,		/* up_write s */
	SOP_DOWNGRADE_WRITE,	/* downgrade_write s */
	SOP_RCU_READ_LOCK,	/* rcu_read_lock */
	SOP_RCU_READ_UNLOCK,	/* rcu_read_unlock */
	SOP_SYNCHRONIZE_RCU,	/* synchronize_rcu */
	SOP_RCU_BARRIER,	/* rcu_barrier */
	SOP_NR
};

/* The words that say which rights an area has. */
enum scn_rights { RIGHTS_NONE, RIGHTS_R, RIGHTS_RW, RIGHTS_RX, RIGHTS_RWX, NR_RIGHTS };

/* The words that say what mlockall locks: what there is, what will be, or all of it; and whether at once. */
enum scn_mlockall {
	MLOCKALL_CURRENT, MLOCKALL_FUTURE, MLOCKALL_ALL, MLOCKALL_CURRENT_ONFAULT, MLOCKALL_FUTURE_ONFAULT, MLOCKALL_ALL_ONFAULT,
	NR_MLOCKALL_WORDS
};

/* The words that say which swap area. */
enum scn_swap_area { SWAP_FIRST, SWAP_SECOND, NR_SWAP_WORDS };

/* The words that say how a page is pinned. */
enum scn_pin_way { PIN_READ, PIN_WRITE, PIN_FORCE, PIN_FAST_READ, PIN_FAST_WRITE, NR_PIN_WAYS };

/*
 * The words that say what is not needed, now, or as long as nobody writes to it again; how it is going to be read; and whether KSM may
 * merge it.
 */
enum scn_advice {
	ADVICE_DONTNEED, ADVICE_FREE, ADVICE_SEQUENTIAL, ADVICE_NORMAL, ADVICE_MERGEABLE, ADVICE_UNMERGEABLE, NR_ADVICE_WORDS
};

/* Does it make a file, of whatever kind? */
static inline int scn_makes_file(unsigned op)
{
	return op == SOP_FILE || op == SOP_HUGE_FILE || op == SOP_TMPFS || op == SOP_HUGETLB;
}

/* One that may have huge pages, none of hugetlb's? */
static inline int scn_makes_huge_file(unsigned op)
{
	return op == SOP_HUGE_FILE || op == SOP_TMPFS;
}

#endif
