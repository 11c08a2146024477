/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The anon_vma_chain reverse map of Linux 4.19: structures of this provider alone.
 *
 * Every anonymous VMA has an anon_vma for the pages that it will fault in, and links (chains) to those of all its ancestors,
 * whose pages it may still map. All anon_vmas of one family share the root's rwsem. Objects are reused without a grace period
 * (type-stable), so whoever comes from a page must prove that what it locked is still what the page means.
 */
#ifndef CORE_ANON_CHAIN_ANON_VMA_H
#define CORE_ANON_CHAIN_ANON_VMA_H

#include "mmu_notifier.h"
#include "rmap/mapping.h"
#include "internal.h"

struct anon_vma {
	struct anon_vma *root;		/* [const once linked; marked, because reuse sets it while readers look] */
	struct rw_semaphore rwsem;	/* of the root: guards the trees of the whole family */
	atomic_t refcount;		/* [atomic] 0: free */
	unsigned long num_children;	/* [root rwsem:W] child anon_vmas; the root counts itself */
	unsigned long num_active_vmas;	/* [root rwsem:W] VMAs whose ->anon_vma this is */
	struct anon_vma *parent;	/* [const once linked] */
	struct itree_node *rb_root;	/* [root rwsem] the chain links, by page offset */
};

struct anon_vma_chain {
	struct vm_area_struct *vma;	/* [const] */
	struct anon_vma *anon_vma;	/* [const] */
	struct list_head same_vma;	/* [mmap_lock:W, or mmap_lock:R and page_table_lock] newest first */
	struct itree_node rb;		/* [root rwsem:W] */
};

struct anon_chain {
	struct kmem_cache *anon_vmas, *chains;
};

/* objects.c */
extern const struct slab_field anon_vma_fields[], anon_vma_chain_fields[];
extern const struct data_type anon_chain_types[];
extern const struct data_lock anon_chain_locks[];

static inline struct anon_chain *provider(void)
{
	return core()->provider;
}

/* The tree of one anon_vma; the root's rwsem is held, for write to change it. */
static inline void anon_vma_interval_tree_insert(struct anon_vma_chain *avc, struct itree_node **root)
{
	itree_insert(&avc->rb, avc->vma, root);
}

static inline void anon_vma_interval_tree_remove(struct anon_vma_chain *avc, struct itree_node **root)
{
	itree_remove(&avc->rb, root);
}

static inline struct anon_vma_chain *avc_of(struct itree_node *n)
{
	return n ? container_of(n, struct anon_vma_chain, rb) : NULL;
}

static inline struct anon_vma_chain *anon_vma_interval_tree_iter_first(struct itree_node *root, unsigned long first,
									unsigned long last)
{
	return avc_of(itree_first(root, first, last));
}

static inline struct anon_vma_chain *anon_vma_interval_tree_iter_next(struct anon_vma_chain *avc, unsigned long first,
								       unsigned long last)
{
	return avc_of(itree_next(&avc->rb, first, last));
}

#define anon_vma_interval_tree_foreach(avc, root, first, last)                     \
	for (avc = anon_vma_interval_tree_iter_first(root, first, last); avc;      \
	     avc = anon_vma_interval_tree_iter_next(avc, first, last))

/* anon_vma.c */
void anon_chain_init(void);
int anon_vma_prepare(struct vm_area_struct *vma);
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);
void unlink_anon_vmas(struct vm_area_struct *vma);
void anon_vma_lock_vma(struct vm_area_struct *vma);
void anon_vma_unlock_vma(struct vm_area_struct *vma);
/* validate.c */
void validate_vma(struct vm_area_struct *vma);
void anon_vma_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next);
void anon_vma_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next);

/* pages.c */

/* The first mapping of a page ties it to the VMA's anon_vma, or if others may map it too, to the root. pte or pmd lock held. */
void page_set_anon_rmap(struct page *page, const struct rmap_location *at, bool exclusive);
/* Visit every place of the page. anon_vma's root is locked. Stops when visit says so. */
void walk_locked(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg);
/* Page locked: walk the file's tree, which is locked, and must not be for the first one. */
void rmap_walk_file_locked(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg);

/* huge.c: the same for huge pages. */
void huge_add_new_rmap(struct page *head, const struct rmap_location *at);
void hugepage_add_anon_rmap(struct page *head, const struct rmap_location *at);
void hugepage_add_new_anon_rmap(struct page *head, const struct rmap_location *at);
void huge_dup_rmap(struct page *head, const struct rmap_location *at);
void huge_remove_rmap(struct page *head, const struct rmap_location *at);
void huge_to_table(struct page *head, const struct rmap_location *at, bool freeze);
/* As map_pte(), of the entry of a directory that maps a huge page there: true with the pmd lock, or that of a table of such entries. */
bool lock_pmd_if_mapped(const struct page *head, const struct rmap_location *at);
void unlock_pmd(const struct rmap_location *at);
/* Of a page of hugetlb: as try_to_unmap_one(), for migration or memory failure. False when that was the last mapping. */
bool try_to_unmap_huge(struct page *head, const struct rmap_location *at, unsigned flags);
/* The same for whom it matters that whoever has cleared it is done: not looked at before. */
bool lock_pmd_if_mapped_sync(const struct page *head, const struct rmap_location *at);
/* Which page of it is at this place: the VMA may have a part of it only. */
unsigned long huge_first_page(const struct page *head, const struct rmap_location *at);
/* Where there is no more of it, of which that page is at this place: its end, or the VMA's. */
unsigned long huge_end(const struct rmap_location *at, unsigned long first);
/*
 * For walks, with one of these as arg: a huge entry is split, and then unmap(page, at) is called for each page that may be there. False
 * if it found an entry that has to stay.
 */
struct huge_unmapping {
	bool (*unmap)(struct page *page, const struct rmap_location *at);
	bool kept;
};
bool huge_unmap_one(struct page *head, const struct rmap_location *where, void *arg);
/* Is this page of a huge one mapped there by a huge entry? Waits for whoever is changing that. */
bool huge_maps(struct page *page, const struct rmap_location *at);

/* huge_file.c: a file's huge pages. pmd lock held. */
void huge_add_file_rmap(struct page *head, const struct rmap_location *at);
void huge_remove_file_rmap(struct page *head);
/* A part of it is about to be mapped by a table. Page locked, pte lock held. */
void huge_mapped_by_table(struct page *head);
/* As mkclean_one(), of all of it that the VMA may have. */
bool mkclean_huge(struct page *head, const struct rmap_location *where, int *cleaned);
/* Unmap it everywhere, however it is mapped. Page locked, and the file's tree. */
void huge_unmap_file(struct page *head);

/* try_to_unmap.c: an entry of a table, if it maps the page there, cannot be written through any more. */
void clean_entry(struct page *page, struct rmap_location *at, int *cleaned);

/* See rmap.h. */
struct anon_vma *huge_lock(struct page *head);
void huge_unlock(struct anon_vma *anon_vma);
bool huge_unmap(struct page *head, struct anon_vma *anon_vma);

/* take_all.c */
void anon_vma_lock_all(struct vm_area_struct *vma);
void anon_vma_unlock_all(struct vm_area_struct *vma);

/* lookup.c: from a page to its anon_vma. */

/*
 * The page's anon_vma with a reference, or NULL when the page is not mapped any more. The caller holds a reference to the page.
 */
struct anon_vma *page_get_anon_vma(struct page *page);

/* The page's anon_vma, its root locked for read, or NULL. May sleep. */
struct anon_vma *page_lock_anon_vma_read(struct page *page);
void page_unlock_anon_vma_read(struct anon_vma *anon_vma);

/* pages.c: walks. */

/*
 * Find the entry and lock its table if it maps the page; NULL otherwise. For those to whom it does not matter whether an entry that
 * is gone by now has been flushed: they look before they take the lock. An entry that is being rewritten or moved is empty for a
 * moment: they may miss it. Whoever waits for the lock of every table does not.
 */
struct pgtable *map_pte(struct page *page, struct rmap_location *at);
/* The same for those to whom it does matter: they wait for the lock of the table, whatever the entry looks like. */
struct pgtable *map_pte_sync(struct page *page, struct rmap_location *at);

/* Take the accessed bit of an entry away, and what notifiers know of uses: was it used? pte lock held. */
static inline bool ptep_clear_young_notify(const struct rmap_location *at)
{
	bool young = ptep_test_and_clear_young(at->pte);

	return mmu_notifier_clear_flush_young(at->vma->vm_mm, at->address, at->address + PAGE_SIZE) || young;
}
/* Visit all places where the page may be mapped, its anon_vma or file locked meanwhile; a file's page is locked. */
void rmap_walk(struct page *page, rmap_visit_t visit, void *arg);
void rmap_walk_locked(struct page *page, rmap_visit_t visit, void *arg);
void rmap_walk_file(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg);
/* One mapping less. pte lock held. */
void page_remove_rmap(struct page *page, const struct rmap_location *at);

/* try_to_unmap.c: see rmap.h. */
enum swap_result try_to_unmap(struct page *page, unsigned flags);
/* The entry says from now on that the page is on the move; false when it cannot. pte lock held. */
bool unmap_to_migration(struct page *page, const struct rmap_location *at);
void try_to_munlock(struct page *page);
int page_mkclean(struct page *page);

/* references.c: see struct rmap_ops. */
int page_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags);
void page_idle_clear_pte_refs(struct page *page);

/* ksm.c: see rmap.h. rmap_walk_ksm: the page is locked, and KSM's. */
struct anon_vma *anon_vma_get(struct vm_area_struct *vma);
/* Is a link of its chain to this anon_vma? It is not looked into. mmap_lock held. */
bool on_chain(const struct vm_area_struct *vma, const struct anon_vma *anon_vma);
long page_address_in_vma(struct page *page, struct vm_area_struct *vma);
void collect_procs(struct page *page);
bool swapin_needs_copy(struct page *page, const struct rmap_location *at);
void rmap_walk_ksm(struct page *page, rmap_visit_t visit, void *arg);
void view_ksm_page(struct page *page, rmap_visit_t visit, void *arg);

static inline void get_anon_vma(struct anon_vma *anon_vma)
{
	atomic_inc(&anon_vma->refcount);
}

/* The root's lock may not be held: freeing takes it. May sleep. */
void put_anon_vma(struct anon_vma *anon_vma);
/* The count has reached 0 already. */
void __put_anon_vma(struct anon_vma *anon_vma);

/*
 * Where the page would be in this VMA; 0 when it lies outside: then the VMA is only one of those that the tree cannot tell apart. Of
 * a huge page perhaps only a part lies inside: then where that begins.
 */
static inline unsigned long vma_address(const struct page *page, const struct vm_area_struct *vma)
{
	unsigned long index = page_index(page);
	unsigned long addr = vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT);

	if (index < vma->vm_pgoff && index + compound_nr(page) > vma->vm_pgoff)
		return vma->vm_start;
	return addr >= vma->vm_start && addr < vma->vm_end ? addr : 0;
}

/*
 * Which object a page was tied to: the slab's serial number of its anon_vma, kept beside page->mapping (in one word with part
 * of the pointer, so that a reader without locks sees whether the two belong together).
 */
struct identity {
	u32 serial, low;
};

static inline void page_identify(struct page *page, const struct anon_vma *anon_vma)
{
	u64 word = (u64)slab_serial(anon_vma) << 32 | (u32)(u64)anon_vma;

	exec_touch(&page->rmap_private, TOUCH_WRITE);
	__atomic_store_n(&page->rmap_private, word, __ATOMIC_RELAXED);
}

static inline struct identity page_identity(const struct page *page)
{
	u64 word = __atomic_load_n(&page->rmap_private, __ATOMIC_RELAXED);

	exec_touch(&page->rmap_private, TOUCH_READ);
	return (struct identity){ (u32)(word >> 32), (u32)word };
}

static inline bool identity_of(const struct identity *i, const struct anon_vma *anon_vma)
{
	return i->low == (u32)(u64)anon_vma;
}

/* views.c: see rmap.h. */
void view_page(struct page *page, rmap_visit_t visit, void *arg);
void view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg);
void view_anon_vmas(void (*fn)(const struct anon_vma_view *v, void *arg), void *arg);
void view_vmas_of(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg);

#endif
