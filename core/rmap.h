/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reverse map as memory management sees it: a table of operations. A provider exports one such table and nothing else.
 *
 * What each provider needs from this interface stands in README.md. Where a call changes a page's mappings, the caller holds the
 * pte lock of that mapping.
 */
#ifndef CORE_RMAP_H
#define CORE_RMAP_H

#include "data.h"
#include "mm_types.h"
#include "pte.h"

/*
 * What providers call back: the anon_vma of a neighbour that vma may share, or NULL. mmap_lock held.
 */
struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma);

/* Flags of try_to_unmap(). */
enum ttu_flags {
	TTU_IGNORE_ACCESS = 1,		/* unmap although it was referenced */
	TTU_MIGRATION = 2,		/* leave migration entries, not swap entries */
	TTU_IGNORE_MLOCK = 4,		/* or in a VMA with VM_LOCKED */
	TTU_MUNLOCK = 8,		/* unmap nothing: is it in such a VMA? try_to_munlock() */
	TTU_IGNORE_HWPOISON = 32,	/* a page that has failed is unmapped as any other */
	TTU_RMAP_LOCKED = 128,		/* the lock that the walk would take is held: of a file its i_mmap, for write */
	TTU_BATCH_FLUSH = 16,		/* put flushes off: the caller will say try_to_unmap_flush() */
};

/* What came of try_to_unmap(). */
enum swap_result {
	SWAP_SUCCESS,			/* no mapping is left */
	SWAP_AGAIN,			/* one is, and may not be next time */
	SWAP_FAIL,			/* one has to stay */
	SWAP_ERROR,			/* one is left because something went wrong */
};

/* One mapping of a page. */
struct rmap_location {
	struct vm_area_struct *vma;	/* NULL in a walk's visit where walks come to entries, and not to VMAs */
	unsigned long address;
	pte_t *pte;			/* for providers that record entries; may be NULL in a walk's visit */
};

/* Called for each place where the page may be mapped; false ends the walk. Under the walk's locks. */
typedef bool (*rmap_visit_t)(struct page *page, const struct rmap_location *at, void *arg);

/* What a view says about one anon_vma. Counts that the provider keeps, next to what they should be. */
struct anon_vma_view {
	const void *id;
	const void *root, *parent;
	int refcount;
	long num_children, num_active_vmas;
};

/* What memory management has only since some time, and what a provider must be ready for then: features.c. */
enum rmap_feature {
	FEATURE_HUGE,			/* anonymous huge pages, splitting and collapsing */
	FEATURE_HUGETLB,		/* files of huge pages, with a pool of their own */
	FEATURE_KSM,			/* merged pages */
	FEATURE_POISON,			/* memory failure */
	FEATURE_MLOCKED,		/* PG_mlocked, beside VM_LOCKED */
	FEATURE_IDLE,			/* tracking of idle pages */
	FEATURE_LAZYFREE,		/* madvise(FREE) */
	FEATURE_PUT_OFF,		/* flushes that reclaim puts off */
	FEATURE_ARCH_UNMAP,		/* what the architecture saves when an entry goes, for which memory may be out */
	FEATURE_MOVE_CHARGE,		/* charges that move to another group with their process */
	FEATURE_REUSE,			/* a fork takes over an anon_vma that nobody uses any more */
	FEATURE_UFFD,			/* userfaultfd */
	FEATURE_DEVICE,			/* memory of devices */
	FEATURE_SOFT_DIRTY,		/* soft-dirty bits */
	FEATURE_UNUSED,			/* pages that a guest does not use (pte_unused()) */
	FEATURE_NONLINEAR,		/* remap_file_pages() */
	FEATURE_READ_ONCE,		/* uses of what is read from one end to the other (VM_SEQ_READ) do not count */
	FEATURE_ANON_VMA,		/* VMAs with anonymous pages have anon_vmas, and pages know their place in them */
	FEATURE_MIGRATION,		/* pages that move to other frames, and migration entries */
	FEATURE_SWAP_MIGRATION,		/* pages that move to other frames, and swap entries meanwhile: migrate_swap.c */
	FEATURE_NOTIFIERS,		/* MMU notifiers, and all locks at once to register one */
	FEATURE_MEMCG,			/* memory control groups */
	FEATURE_GUP_FAST,		/* pages that are pinned without a lock, with interrupts off */
	FEATURE_TABLE_MOVES,		/* mremap moves whole tables where it can */
	FEATURE_MAPCOUNT,		/* pages count who maps them; else the reverse map knows, and copy-on-write asks page_count() */
	FEATURE_SVA,			/* devices that walk a process's page tables, and notifiers for them */
	FEATURE_SWAP_TOKEN,		/* a token against thrashing, whose holder keeps his pages while he waits for one */
	FEATURE_VMA_LOCKS,		/* locks of single VMAs, where a scenario asks for them: vma_lock.h */
	FEATURE_DONTUNMAP,		/* mremap that leaves the old place mapped */
	FEATURE_VMA_WALKS,		/* walks go from VMA to VMA, and to entries from there; else from entry to entry */
	NR_RMAP_FEATURES
};

/* What differs between eras outside rmap itself. */
struct rmap_policy {
	bool split_ptlocks;		/* a lock for each page-table page, not one for each mm */
	bool anon_lock_sleeps;		/* anon_vma locks are rwsems, not spinlocks */
	bool i_mmap_sleeps;		/* the lock of a file's tree is an rwsem, not a spinlock */
	bool notifiers_sleep;		/* who tells MMU notifiers of a range may sleep */
	bool one_anon_vma;		/* a VMA has one anon_vma, its parent's if it was forked; there is no chain to compare */
	bool walks_sorted;		/* walks visit VMAs in the order of their offsets, not in that in which they were linked */
	bool ptl_guards_vmas;		/* who has page_table_lock may look for a VMA: the list changes under it, beside mmap_lock */
	bool lru_lock_held;		/* reclaim has the lock of the LRU while it looks at a page and unmaps it; dropped for I/O */
	bool no_pagevecs;		/* new pages go to the LRU at once, and no CPU holds them on their way there */
	bool unmap_gives_way;		/* who takes a file's pages from all who map them gives the lock of its tree up between blocks */
	bool mremap_links_late;		/* the VMA of the new place comes into being when the entries are there */
	bool failed_part_stays;		/* a page that has failed stays marked when its huge page cannot be split */
	bool file_parts_apart;		/* parts of a file's huge page do not count what maps it as a whole; compound_mapcount alone does */
	u32 features;			/* bit set of enum rmap_feature */
};

/*
 * The table of a provider. Operations of features that it has not are NULL, and nobody calls them: core_init() looks for the others.
 */
struct rmap_ops {
	const char *name;
	const char *kernel;
	const char *locks_as;		/* what LOCKING.md says of that provider holds for this one, too; NULL: it is named itself */
	struct rmap_policy policy;
	const struct data_type *types;	/* its own objects, up to one without a name; NULL: it has none */
	const struct data_lock *locks;	/* which locks are whose, of core's objects too; NULL: none of its own */

	/* Set-up: make caches. Once for each machine. */
	void (*init)(void);

	/*
	 * Anonymous VMAs. All return 0 or -ENOMEM.
	 * prepare: before the first anonymous page; mmap_lock held for read. May sleep.
	 * clone: dst covers what src covered (split); fork: vma is pvma's copy in a child. mmap_lock held for write.
	 * unlink: the VMA's pages are unmapped and it is leaving; mmap_lock held for write, or nobody else uses the mm.
	 */
	int (*vma_prepare)(struct vm_area_struct *vma);
	int (*vma_clone)(struct vm_area_struct *dst, struct vm_area_struct *src);
	int (*vma_fork)(struct vm_area_struct *vma, struct vm_area_struct *pvma);
	void (*vma_unlink)(struct vm_area_struct *vma);
	/* See vma_adjust_begin() of file.h, which has the lock of the file's tree. */
	void (*vma_adjust_begin)(struct vm_area_struct *vma, struct vm_area_struct *next);
	void (*vma_adjust_end)(struct vm_area_struct *vma, struct vm_area_struct *next);

	/* Keep walks of its anonymous pages out, over a move of their entries. mmap_lock held for write. */
	void (*vma_lock)(struct vm_area_struct *vma);
	void (*vma_unlock)(struct vm_area_struct *vma);
	/* Is the VMA linked as it should be? mmap_lock held for read. May sleep. NULL: there is nothing to look at. */
	void (*vma_validate)(struct vm_area_struct *vma);
	/* A table is about to go: walks that could be in it must be locked out, those of anonymous pages if the VMA has had any. */
	void (*assert_vma_locked)(struct vm_area_struct *vma);

	/*
	 * Lock the families of the VMA for write, those that this task has not locked so already, for another VMA of the same mm; and
	 * release them, if they still are. Under mmap_lock for write, and mm_all_locks_mutex; the VMA's own file is the caller's to lock.
	 */
	void (*vma_lock_all)(struct vm_area_struct *vma);
	void (*vma_unlock_all)(struct vm_area_struct *vma);

	/*
	 * Pages. add_new: a page nobody else can see; add: another mapping (exclusive: the only one, page locked);
	 * dup: fork copies a mapping; remove: the entry is gone and flushed or will be before the page is freed;
	 * move: the page (locked) belongs to this VMA alone from now on.
	 */
	void (*page_add_new)(struct page *page, const struct rmap_location *at);
	void (*page_add)(struct page *page, const struct rmap_location *at, bool exclusive);
	void (*page_dup)(struct page *page, const struct rmap_location *at);
	void (*page_remove)(struct page *page, const struct rmap_location *at);
	/*
	 * Where the reverse map knows each entry. entry_moved: the page's entry is at another place of the same mm from now on, under
	 * the locks of both; NULL: nobody need be told. add_prepare: memory for one mapping more (of page_add, page_add_file or
	 * page_dup) is put aside for this task, before the pte lock; 0 or -ENOMEM, may sleep with GFP_KERNEL. add_done: what was not
	 * needed is given back. mapped: is it, anywhere; no lock, so that it may have changed. mapcount_peek: how often, for checks; no
	 * point.
	 */
	void (*entry_moved)(struct page *page, pte_t *from, pte_t *to);
	int (*add_prepare)(gfp_t gfp);
	void (*add_done)(void);
	bool (*mapped)(struct page *page);
	int (*mapcount_peek)(const struct page *page);
	/* Where a lock of the page keeps its mappings while reclaim looks at them: held for referenced and try_to_unmap. Spins. */
	void (*page_lock)(struct page *page);
	void (*page_unlock)(struct page *page);
	void (*page_move)(struct page *page, struct vm_area_struct *vma);
	/*
	 * A huge page, mapped by one entry of a directory, or a part of one, mapped by one of a table: its owner may write to it again,
	 * because nobody else maps it. The huge page is locked, and the entry's lock held. NULL: the reverse map does not say so of pages.
	 */
	void (*huge_exclusive)(struct page *page);
	/* Another mapping of a page of the VMA's file, which is locked. dup and remove know by themselves what a page is. */
	void (*page_add_file)(struct page *page, const struct rmap_location *at);

	/*
	 * Huge pages, mapped by an entry of the directory: as above, with the pmd lock for the pte lock. The page is the head, and the
	 * address where it begins.
	 */
	void (*huge_add_new)(struct page *head, const struct rmap_location *at);
	void (*huge_dup)(struct page *head, const struct rmap_location *at);
	/* Another mapping of a huge page of the VMA's file, which is locked. */
	void (*huge_add_file)(struct page *head, const struct rmap_location *at);
	void (*huge_remove)(struct page *head, const struct rmap_location *at);
	/*
	 * An anonymous one is mapped there page by page from now on: an entry of the directory less, one of a table more for each page. It
	 * is locked; the table is there in a moment, under the same pmd lock. freeze: or rather nowhere, and what
	 * has migration entries tells huge_frozen in a moment. That is NULL where nobody freezes entries so.
	 */
	void (*huge_to_table)(struct page *head, const struct rmap_location *at, bool freeze);
	void (*huge_frozen)(struct page *head, const struct rmap_location *at);
	/* The same of hugetlb's: a page that nobody else can see. For a page of the file, and another mapping: dup. */
	void (*hugepage_add_new_anon)(struct page *head, const struct rmap_location *at);
	/* A mapping of one of hugetlb's that comes back: it is anonymous, and locked. */
	void (*hugepage_add_anon)(struct page *head, const struct rmap_location *at);
	/*
	 * A huge page is split (split.c). huge_lock: its anon_vma with a reference, locked so that nobody changes the tree, or NULL when it
	 * is not mapped; may sleep. huge_unmap: every entry of it, after the directory's have given way to tables, becomes a migration
	 * entry; false when one has to stay or may have been passed over, or else it is mapped nowhere. walk_locked: visit every place of
	 * the page, or of one of the huge page. Both under that lock. huge_unlock: gives it back.
	 */
	struct anon_vma *(*huge_lock)(struct page *head);
	bool (*huge_unmap)(struct page *head, struct anon_vma *anon_vma);
	void (*walk_locked)(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg);
	void (*huge_unlock)(struct anon_vma *anon_vma);
	/* The same of a file's huge page, whose tree is locked: no entry is left, as faults bring them back. */
	void (*huge_unmap_file)(struct page *head);

	/*
	 * Walks; the page is locked, for walk only if it is a file's or KSM's. try_to_unmap: enum swap_result; it stops at one
	 * that was used, unless TTU_IGNORE_ACCESS, and in a VMA with VM_LOCKED, where it makes the page mlocked, unless TTU_IGNORE_MLOCK.
	 * walk: visit every place; the page is mapped and pinned; a file's page must be locked.
	 */
	/*
	 * How many mappings were used since the last call, and the flags of their VMAs; with a group, only those of its processes
	 * are looked at. The page is pinned; locked, too, or a file's page that somebody else has locked counts as used once.
	 */
	int (*referenced)(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags);
	/* Take the accessed bits away, unflushed: a page that had one is young and not idle. The page is pinned, and not locked. */
	void (*clear_refs)(struct page *page);
	enum swap_result (*try_to_unmap)(struct page *page, unsigned flags);
	/* What try_to_unmap_flush(), or try_to_unmap_flush_dirty(), and flush_tlb_batched_pending() do; NULL: core's own. */
	void (*unmap_flush)(bool dirty);
	void (*flush_batched_pending)(struct mm_struct *mm);
	/* The page is isolated, and not mlocked any more: it is again when somebody maps it in a VMA with VM_LOCKED. */
	void (*try_to_munlock)(struct page *page);
	/* Of a file's page: how many entries of shared mappings were writable or dirty. They are neither now, and flushed. */
	int (*mkclean)(struct page *page);
	void (*walk)(struct page *page, rmap_visit_t visit, void *arg);
	/*
	 * KSM. anon_vma_get: what a walk needs of a VMA that has one, with a reference that keeps it; mmap_lock held. anon_vma_put: gives
	 * it up; the reverse map's locks may not be held, may sleep. swapin_needs_copy: the page is in the swap cache, and to be mapped
	 * here: would walks of it not come here? The page is locked, mmap_lock is held.
	 */
	struct anon_vma *(*anon_vma_get)(struct vm_area_struct *vma);
	void (*anon_vma_put)(struct anon_vma *anon_vma);
	bool (*swapin_needs_copy)(struct page *page, const struct rmap_location *at);
	/*
	 * Where an anonymous page, which is locked, and need not be mapped, would be in the VMA, or -EFAULT when nowhere. Not of KSM's
	 * pages, which may be anywhere. mmap_lock held.
	 */
	long (*page_address_in_vma)(struct page *page, struct vm_area_struct *vma);
	/* Tell of each process that has the page mapped, which is locked. Not of KSM's. Of hugetlb's files i_mmap is held. May sleep. */
	void (*collect_procs)(struct page *page);
	/*
	 * How many entries map the page: none is missed that is there all the time, whatever is done to it meanwhile (memory
	 * failure has to know whose memory it was). The page is pinned.
	 */
	unsigned (*find_mappings)(struct page *page);

	/*
	 * Migration unmaps a page and walks it again when it is mapped no more: nothing but a reference keeps its anon_vma then.
	 * page_pin: that reference, or NULL when the page is not mapped; the page is locked. page_unpin: gives it up; the reverse map's
	 * locks may not be held, may sleep. walk_pinned: as walk, but it is the caller who keeps the anon_vma, and the page need not be
	 * mapped; visits the source of a fork before what is copied from it.
	 */
	struct anon_vma *(*page_pin)(struct page *page);
	void (*page_unpin)(struct anon_vma *anon_vma);
	void (*walk_pinned)(struct page *page, rmap_visit_t visit, void *arg);

	/*
	 * Views: what the structures say, for oracles. No locks, no points; the caller knows that nothing moves.
	 * view_page: every place that a walk of this page would visit. view_vma: every anon_vma on its chain.
	 * view_anon_vmas: every anon_vma there is.
	 */
	void (*view_page)(struct page *page, rmap_visit_t visit, void *arg);
	void (*view_vma)(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg);
	void (*view_anon_vmas)(void (*fn)(const struct anon_vma_view *v, void *arg), void *arg);
	/* The VMAs linked to one anon_vma. */
	void (*view_vmas_of)(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg);
};

extern const struct rmap_ops rmap_anon_chain, rmap_anon_list, rmap_pte_chain;
/* In a program that was built with a Linux tree (make linux). */
extern const struct rmap_ops rmap_linux;

/* All providers, NULL-terminated; by name, NULL when there is none. */
extern const struct rmap_ops *const *const rmap_providers;
const struct rmap_ops *rmap_find(const char *name);

/* See add_prepare. */
#define rmap_add_prepare(gfp) (core()->rmap->add_prepare ? core()->rmap->add_prepare(gfp) : 0)
#define rmap_add_done()                           \
	do {                                      \
		if (core()->rmap->add_done)       \
			core()->rmap->add_done(); \
	} while (0)

/* See huge_exclusive. */
#define rmap_huge_exclusive(page)                             \
	do {                                                  \
		if (core()->rmap->huge_exclusive)             \
			core()->rmap->huge_exclusive(page);   \
	} while (0)

/* See page_lock. */
#define rmap_page_lock(page)                               \
	do {                                               \
		if (core()->rmap->page_lock)               \
			core()->rmap->page_lock(page);     \
	} while (0)
#define rmap_page_unlock(page)                             \
	do {                                               \
		if (core()->rmap->page_unlock)             \
			core()->rmap->page_unlock(page);   \
	} while (0)

static inline bool rmap_has(const struct rmap_ops *rmap, enum rmap_feature feature)
{
	return rmap->policy.features >> feature & 1;
}

/* features.c: what a feature is called, in a few words; and the first operation that the table lacks for what it promises, or NULL. */
extern const char *const rmap_feature_name[NR_RMAP_FEATURES];
const char *rmap_lacks(const struct rmap_ops *rmap);

#endif
