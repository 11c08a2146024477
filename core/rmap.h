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
	TTU_BATCH_FLUSH = 16,		/* put flushes off: the caller will say try_to_unmap_flush() */
};

/* One mapping of a page. */
struct rmap_location {
	struct vm_area_struct *vma;
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

/* What differs between eras outside rmap itself. */
struct rmap_policy {
	bool split_ptlocks;		/* a lock for each page-table page, not one for each mm */
	bool anon_lock_sleeps;		/* anon_vma locks are rwsems, not spinlocks */
};

struct rmap_ops {
	const char *name;
	const char *kernel;
	struct rmap_policy policy;
	const struct data_type *types;	/* its own objects, up to one without a name; NULL: it has none */
	const struct data_lock *locks;	/* which locks are whose, of core's objects too; NULL: none of its own */

	/* Set-up: make caches. Once for each machine. */
	void (*init)(void);

	/*
	 * Anonymous VMAs. All return 0 or -ENOMEM.
	 * prepare: before the first anonymous page; mmap_lock held for read. May sleep.
	 * clone: dst covers what src covered (split); fork: vma is pvma's copy in a child. mmap_lock held for write.
	 * unlink: the VMA's pages are unmapped and it is leaving, its file's tree, too; mmap_lock held for write, or nobody else
	 * uses the mm.
	 */
	int (*vma_prepare)(struct vm_area_struct *vma);
	int (*vma_clone)(struct vm_area_struct *dst, struct vm_area_struct *src);
	int (*vma_fork)(struct vm_area_struct *vma, struct vm_area_struct *pvma);
	void (*vma_unlink)(struct vm_area_struct *vma);
	/*
	 * Around a change of vm_start, vm_end or vm_pgoff of a linked VMA, and of its neighbour's if the boundary between the two
	 * moves (else NULL): both map the same file, or none. mmap_lock held for write.
	 */
	void (*vma_adjust_begin)(struct vm_area_struct *vma, struct vm_area_struct *next);
	void (*vma_adjust_end)(struct vm_area_struct *vma, struct vm_area_struct *next);

	/* Keep walks of its pages out, a file's and anonymous ones, over a move of their entries. mmap_lock held for write. */
	void (*vma_lock)(struct vm_area_struct *vma);
	void (*vma_unlock)(struct vm_area_struct *vma);
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
	void (*page_move)(struct page *page, struct vm_area_struct *vma);
	/* Another mapping of a page of the VMA's file, which is locked. dup and remove know by themselves what a page is. */
	void (*page_add_file)(struct page *page, const struct rmap_location *at);

	/*
	 * Huge pages, mapped by an entry of the directory: as above, with the pmd lock for the pte lock. The page is the head, and the
	 * address where it begins.
	 */
	void (*huge_add_new)(struct page *head, const struct rmap_location *at);
	void (*huge_dup)(struct page *head, const struct rmap_location *at);
	void (*huge_remove)(struct page *head, const struct rmap_location *at);
	/*
	 * A huge page is split (split.c). huge_lock: its anon_vma with a reference, locked so that nobody changes the tree, or NULL when it
	 * is not mapped; may sleep. huge_unmap: every entry of it, after the directory's have given way to tables, becomes a migration
	 * entry. walk_locked: visit every place of the page, or of one of the huge page. Both under that lock. huge_unlock: gives it back.
	 */
	struct anon_vma *(*huge_lock)(struct page *head);
	void (*huge_unmap)(struct page *head, struct anon_vma *anon_vma);
	void (*walk_locked)(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg);
	void (*huge_unlock)(struct anon_vma *anon_vma);

	/*
	 * Walks; the page is locked, for walk only if it is a file's or KSM's. try_to_unmap: true when no mapping is left; it stops at one
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
	bool (*try_to_unmap)(struct page *page, unsigned flags);
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
	/* Tell of each process that has the page mapped, which is locked. Not of KSM's. May sleep. */
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

extern const struct rmap_ops rmap_anon_chain;

/* All providers, NULL-terminated; by name, NULL when there is none. */
extern const struct rmap_ops *const *const rmap_providers;
const struct rmap_ops *rmap_find(const char *name);

#endif
