/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KSM: anonymous pages of equal content become one, which all their processes map read-only.
 *
 * A page of KSM's names in page->mapping its stable node, and the node names all places where KSM has mapped it: such a place is a
 * rmap_item, with a reference to the anon_vma of the VMA it was in then. A walk goes from the page over the items to the VMAs. What
 * KSM has only looked at so far is in the unstable tree, as items without a page. (The trees are lists here: no tree of the kernel's
 * says anything but "is there one of equal content?".)
 *
 * Nobody tells KSM that a page of its own is freed. A node does not hold its page; whether the page is still there is asked each
 * time (get_ksm_page()), and a node whose page is gone is taken away by whoever comes by.
 */
#ifndef CORE_KSM_H
#define CORE_KSM_H

#include "internal.h"

/* An address space in which something is mergeable. */
struct mm_slot {
	struct list_head mm_list;	/* [ksm_mmlist_lock] all slots, in the order in which they are scanned */
	struct mm_struct *mm;		/* [const] holds its structure; NULL in the head of the list */
	struct rmap_item *rmap_list;	/* [ksm_thread_mutex; in exit ksm_mmlist_lock] in order of addresses */
};

enum item_state { ITEM_ALONE, ITEM_UNSTABLE, ITEM_STABLE };

/* A page that KSM looks at: by address. */
struct rmap_item {
	struct rmap_item *rmap_list;	/* [ksm_thread_mutex] the next one of the slot */
	struct mm_struct *mm;		/* [const] of the slot */
	unsigned long address;		/* [const] */
	u64 oldchecksum;		/* [ksm_thread_mutex] of the content at the last pass */
	struct list_head unstable;	/* [ksm_thread_mutex] while ITEM_UNSTABLE */
	struct anon_vma *anon_vma;	/* [ksm_thread_mutex, PG_locked] while merged: a reference */
	struct stable_node *head;	/* [ksm_thread_mutex] while ITEM_STABLE: whose it is */
	struct list_head hlist;		/* [ksm_thread_mutex and PG_locked of the node's page] while ITEM_STABLE */
	u32 state;			/* [ksm_thread_mutex] enum item_state */
	u32 pad;
};

/* A page of KSM's. */
struct stable_node {
	struct list_head list;		/* [ksm_thread_mutex] all of them */
	struct list_head hlist;		/* [ksm_thread_mutex and PG_locked of the page] the items */
	unsigned long kpfn;		/* [PG_locked of the page, read without] */
};

/* Where the scan is. */
struct ksm_scan {
	struct mm_slot *mm_slot;	/* [ksm_thread_mutex and ksm_mmlist_lock] the slot to go on with; the head between two passes */
	unsigned long address;		/* [ksm_thread_mutex] the address to go on with */
	struct rmap_item **rmap_list;	/* [ksm_thread_mutex] the slot's items from there on */
};

struct ksm {
	struct mutex thread_mutex;	/* ksm_thread_mutex: whoever scans, or takes back what was merged */
	spinlock_t mmlist_lock;		/* ksm_mmlist_lock: the list of slots */
	struct mm_slot mm_head;		/* [ksm_mmlist_lock] */
	struct ksm_scan scan;
	struct list_head stable_tree, unstable_tree;	/* [ksm_thread_mutex] */
	u32 unmerging;			/* [ksm_thread_mutex; read by faults] all is being taken back: merge nothing, share nothing */
	u32 used;			/* [set once] has any page been KSM's? Else nobody shares one but relatives */
	struct kmem_cache *slots, *items, *nodes;	/* [const after init] */
};

static inline struct ksm *ksm(void)
{
	return core()->ksm;
}

/* ---- what others ask; no points ---- */

/* Has any page been KSM's? What is true of pages that nobody merged is not asked where nobody merges. */
static inline bool ksm_used(void)
{
	return __atomic_load_n(&ksm()->used, __ATOMIC_RELAXED);
}

/* Is it KSM's? It stays so until it is freed; and it may become so only while it is locked. */
static inline bool PageKsm(const struct page *page)
{
	if (!ksm_used())
		return false;
	page = compound_head(page);
	exec_touch(&page->mapping, TOUCH_READ);
	return ((unsigned long)__atomic_load_n(&page->mapping, __ATOMIC_RELAXED) & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_KSM;
}

/* The stable node that a value of page->mapping names; NULL: none (yet), or the page is not KSM's. */
static inline struct stable_node *mapping_stable_node(const void *mapping)
{
	unsigned long m = (unsigned long)mapping;

	return (m & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_KSM ? (struct stable_node *)(m - PAGE_MAPPING_KSM) : NULL;
}

/*
 * For checks: an entry of the page is made by fork (of a migration entry, too) or by swap-in, or its item is taken away. KSM finds such
 * entries as long as it has an item of the place that they come from, and may miss them from then until it has scanned their own address.
 */
static inline void ksm_unseen_mapping(const struct page *page)
{
	__atomic_store_n(&core()->unseen[page_to_pfn(page)], 1, __ATOMIC_RELAXED);
}

/* ---- ksm.c ---- */

/* Set-up, once for each machine. */
void ksm_init(void);
/* What is the parent's slot is the child's, too. Both mmap_locks held for write. Returns 0 or -ENOMEM. */
int ksm_fork(struct mm_struct *mm, struct mm_struct *oldmm);
/* Nobody uses the mm any more: when this returns, the scan is not in it, and will not touch what exit_mmap() takes down. May sleep. */
void ksm_exit(struct mm_struct *mm);

/* Scan up to that many pages, as the kernel's thread does each time it wakes up; ends early at the end of a pass. Returns how many. */
unsigned ksm_do_scan(unsigned pages);

enum ksm_result {
	KSM_MERGED,			/* the address maps a page of KSM's now */
	KSM_NOT_MERGED,
	KSM_NO_PAGE,			/* nothing there may be merged */
};

/* The same for the page at this address alone, as if the scan had just come there. The mm is only looked for: it may be gone. */
enum ksm_result ksm_scan_address(struct mm_struct *mm, unsigned long addr);
/*
 * Everybody has exited. KSM would find out when it comes by: slots of mms that are gone, with their items, and nodes whose pages are
 * gone. This has the effect of ksm_unmerge_all(); nothing where nobody has ever merged.
 */
void ksm_settle(void);
/* Take back all that was merged, and forget all that was seen. Returns 0, or -ENOMEM when something could not be taken back. */
int ksm_unmerge_all(void);

/*
 * Another frame has taken the page's place, its mapping and content with it, and the page is to be freed. Both are locked: the node
 * leads to the new one from here on.
 */
void ksm_migrate_page(struct page *new, struct page *page);

/* ---- ksm_advice.c ---- */

/* madvise(MERGEABLE), or with false UNMERGEABLE, which takes back what was merged in [start, start + len). Returns 0 or -ENOMEM. */
int do_madvise_mergeable(struct mm_struct *mm, unsigned long start, unsigned long len, bool mergeable);
/* Take back what was merged in [start, end) of the VMA: each process its own copy. mmap_lock held. Returns 0 or -ENOMEM. */
int unmerge_ksm_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end);

#endif
