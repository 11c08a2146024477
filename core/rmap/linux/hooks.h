/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the two sides of the adapter. The kernel's side is compiled with the shim and the tree's headers, core's side with core's: some
 * names mean one thing here and another there (try_to_unmap(), swp_entry_t), and this header has none of them.
 *
 * lx_ is what the kernel's side asks of core (hooks.c), kernel_ what core asks of the kernel's (kernel.c, views.c).
 */
#ifndef RMAP_LINUX_HOOKS_H
#define RMAP_LINUX_HOOKS_H

#include "events.h"
#include "mm_types.h"
#include "slab.h"

/* Where f_mapping is in struct file: each side has a definition of its own. */
#define LX_F_MAPPING_AT 8

/* ---- core, for the kernel ---- */

/* A BUG_ON() or WARN_ON() whose condition holds. */
void lx_assertion(const char *condition, const struct site *site);
/* Code for what the provider says it has not got: hugetlb, and the like. Ends the program. */
void lx_unreached(const char *what) __attribute__((noreturn));

/* The two caches by their kernel names; their objects are told apart by that. Set-up only. */
struct kmem_cache *lx_cache_create(const char *name, unsigned long size, unsigned flags, void (*ctor)(void *));
void *lx_cache_alloc(struct kmem_cache *cache, gfp_t gfp, const struct site *site);
void lx_cache_free(struct kmem_cache *cache, void *obj, const struct site *site);

unsigned long lx_page_to_pfn(const struct page *page);
struct page *lx_pfn_to_page(unsigned long pfn);
/* Huge pages: core's compound_head(), PageCompound(), PageHead(), compound_page_mapped(), total_mapcount(). */
struct page *lx_compound_head(const struct page *page);
bool lx_compound(const struct page *page);
bool lx_is_head(const struct page *page);
bool lx_compound_mapped(struct page *head);
int lx_total_mapcount(struct page *head);
/* Each frame's word for the provider, before there is a page. */
void lx_init_frames(unsigned long word);
void lx_deferred_split(struct page *head);
/* The directory's entry; pmd lock held. */
bool lx_huge_clear_young(struct vm_area_struct *vma, unsigned long addr);
bool lx_huge_clear_flush_young(struct vm_area_struct *vma, unsigned long addr);
pmd_t lx_huge_invalidate(struct mm_struct *mm, unsigned long addr);
void lx_set_pmd(pmd_t *pmdp, pmd_t entry);
/* As core's split_huge_pmd() or freeze_huge_pmd(); head: the huge page, which is locked. */
void lx_split_huge_pmd(struct vm_area_struct *vma, unsigned long addr, bool freeze, struct page *head);
/* The same; pmd lock held. */
void lx_split_huge_pmd_locked(struct vm_area_struct *vma, unsigned long addr, bool freeze, struct page *head);
/* An entry was to go, and had to stay. */
void lx_entry_kept(void);
void put_page_at(struct page *page, const struct site *site);
/* Of what core counts (enum node_stat_item); another item is nothing that it does. */
void lx_count(struct page *page, int item, long n);
/* The tree has left out n of those pages of the folio's that it counts as mapped: a finding; and they are counted. */
void lx_stat_clamped(struct page *head, int n);
/* One at a time in a task; a file's page, else nothing. */
void lx_lock_page_memcg(struct page *page);
void lx_unlock_page_memcg(struct page *page);
bool lx_match_cgroup(const struct mm_struct *mm, const struct mem_cgroup *memcg);
void lx_set_page_dirty(struct page *page);
bool lx_test_clear_young(struct page *page);
void lx_clear_idle(struct page *page);
void lx_set_young(struct page *page);
bool lx_clear_young(pte_t *ptep);

/* Entries; pte lock held. As core's functions of these names. */
pte_t lx_get_and_clear(unsigned long addr, pte_t *ptep);
pte_t lx_clear_flush(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep);
bool lx_clear_flush_young(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep);
spinlock_t *lx_pte_lockptr(struct pgtable *pt);

/*
 * Flushes that are put off. What of it rmap.c keeps with a task ("current->tlb_ubc") is the tree's; of which CPUs it is, core's. A flush
 * is worth while to be put off if other CPUs have to be interrupted for it.
 */
struct lx_task {
	struct lx_tlb_batch {
		struct { } arch;
		bool flush_required, writable;
	} tlb_ubc;
};
struct lx_task *lx_task(void);
bool lx_other_cpus(struct mm_struct *mm);
/* The entry that was cleared last; pte lock held. */
void lx_put_off(struct mm_struct *mm);
void lx_flush_batch(void);
void lx_flush_mm(struct mm_struct *mm);

/* Has the VMA a monitor, to whom it would be news that a page is gone? */
bool lx_keeps_unused(const struct vm_area_struct *vma);

void lx_notify_start(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site);
void lx_notify_end(struct mm_struct *mm, unsigned long start, unsigned long end, const struct site *site);
void lx_notify_tlbs(struct mm_struct *mm, unsigned long start, unsigned long end);

int lx_swap_duplicate(unsigned long slot);
void lx_swap_free(unsigned long slot);
spinlock_t *lx_mmlist_lock(void);
spinlock_t *lx_tasklist_lock(void);
struct list_head *lx_mmlist(void);

struct rw_semaphore *lx_i_mmap_rwsem(struct address_space *mapping);
struct address_space *lx_vma_mapping(const struct vm_area_struct *vma);
/* The tree of a file is core's: each VMA with pages in first..last. */
struct vm_area_struct *lx_file_first(struct itree_node *const *i_mmap, unsigned long first, unsigned long last);
struct vm_area_struct *lx_file_next(struct vm_area_struct *vma, unsigned long first, unsigned long last);
struct itree_node *const *lx_i_mmap(struct address_space *mapping);

/* A place at which KSM has mapped the page, which is locked; the first, and the one after it. False: there is none. */
struct lx_ksm_place {
	const void *item;
	const void *end;
	struct anon_vma *anon_vma;
	struct mm_struct *mm;
	unsigned long address;
};
bool lx_ksm_first(const struct page *page, struct lx_ksm_place *place);
bool lx_ksm_next(struct lx_ksm_place *place);

struct anon_vma *lx_find_mergeable(struct vm_area_struct *vma);

/* How far a task is on its way from a page to an anon_vma: events.c. */
enum lookup_step {
	LOOKUP_NOWHERE,
	LOOKUP_BEGINS,
	LOOKUP_LOCK,			/* has the lock, or a reference that keeps the anon_vma: is the page mapped still? */
	LOOKUP_REFERENCE,
	LOOKUP_MISSED_LOCK,
	LOOKUP_SLOW,			/* a reference, because the lock was not to be had */
};

void lx_lookup(enum lookup_step step);
/* Returns got: the lock, or the reference. */
bool lx_lookup_got(enum lookup_step what, bool got);
/* Returns mapped. */
bool lx_lookup_mapped(const struct page *page, bool mapped);
/* Around anon_vma_prepare() of a VMA that has none. */
void lx_prepare_begin(void);
void lx_prepare_end(const struct vm_area_struct *vma, bool done);
void lx_chain_freed(void);

/* ---- the kernel, for core ---- */

/* As rmap_visit_t of rmap.h. */
typedef bool (*kernel_visit_t)(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg);

extern const struct slab_field kernel_anon_vma_fields[], kernel_chain_fields[];

/* What core's flags of try_to_unmap() come to. */
struct unmap_how {
	bool migrate, ignore_mlock, hwpoison, rmap_locked, batch;
};

void kernel_init(void);
/* As try_to_unmap_flush(), or try_to_unmap_flush_dirty(), and flush_tlb_batched_pending(). */
void kernel_unmap_flush(bool dirty);
void kernel_flush_batched_pending(struct mm_struct *mm);
int kernel_prepare(struct vm_area_struct *vma);
int kernel_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
int kernel_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);
void kernel_unlink(struct vm_area_struct *vma);
void kernel_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next);
void kernel_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next);
void kernel_lock(struct vm_area_struct *vma);
void kernel_unlock(struct vm_area_struct *vma);
void kernel_lock_all(struct vm_area_struct *vma);
void kernel_unlock_all(struct vm_area_struct *vma);
void kernel_validate(struct vm_area_struct *vma);
void kernel_assert_locked(struct vm_area_struct *vma);

void kernel_add_new(struct page *page, struct vm_area_struct *vma, unsigned long addr);
void kernel_add_anon(struct page *page, struct vm_area_struct *vma, unsigned long addr, bool exclusive);
void kernel_add_file(struct page *page, struct vm_area_struct *vma);
void kernel_dup(struct page *page, struct vm_area_struct *vma);
void kernel_remove(struct page *page, struct vm_area_struct *vma);
void kernel_move(struct page *page, struct vm_area_struct *vma);

/* Huge pages by an entry of the directory; pmd lock held. */
void kernel_huge_add_new(struct page *head, struct vm_area_struct *vma, unsigned long addr);
void kernel_huge_add_file(struct page *head, struct vm_area_struct *vma);
void kernel_huge_dup(struct page *head, struct vm_area_struct *vma);
void kernel_huge_remove(struct page *head, struct vm_area_struct *vma);
void kernel_huge_to_table(struct page *head, struct vm_area_struct *vma, unsigned long addr, bool freeze);
void kernel_huge_frozen(struct page *head, struct vm_area_struct *vma);
void kernel_huge_exclusive(struct page *page);
/* Splitting one: see huge_lock of rmap.h. */
struct anon_vma *kernel_huge_lock(struct page *head);
void kernel_huge_unlock(struct anon_vma *anon_vma);
/* True when the walk has waited for each table. */
bool kernel_huge_unmap(struct page *head);
void kernel_walk_locked(struct page *page, struct anon_vma *anon_vma, kernel_visit_t visit, void *arg);

int kernel_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags);
void kernel_clear_refs(struct page *page);
/* True when no mapping is left. */
bool kernel_unmap(struct page *page, const struct unmap_how *how);
int kernel_mkclean(struct page *page);
void kernel_walk(struct page *page, kernel_visit_t visit, void *arg);
void kernel_walk_pinned(struct page *page, kernel_visit_t visit, void *arg);
long kernel_page_address(struct page *page, struct vm_area_struct *vma);
struct anon_vma *kernel_pin(struct page *page);
void kernel_unpin(struct anon_vma *anon_vma);

/* collect.c */
unsigned kernel_find_mappings(struct page *page);
void kernel_collect_procs(struct page *page);

/* ksm.c */
struct anon_vma *kernel_anon_vma_get(struct vm_area_struct *vma);
bool kernel_swapin_needs_copy(struct page *page, struct vm_area_struct *vma, unsigned long addr);
bool kernel_on_chain(const struct vm_area_struct *vma, const struct anon_vma *anon_vma);

/* views.c: no locks, no points. */
struct anon_vma_says {
	const void *root, *parent;
	int refcount;
	long num_children, num_active_vmas;
};

void kernel_view_page(struct page *page, kernel_visit_t visit, void *arg);
/* A count of a large folio's that core has not is wrong: a finding. */
void lx_large_counts(const struct page *head, const char *which, int counts, int is);
void kernel_view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg);
struct anon_vma_says kernel_view_anon_vma(const void *id);
void kernel_view_vmas_of(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg);
/* For hooks.c: does such an object live at this address? */
bool lx_is_anon_vma(const void *obj);
bool lx_is_inode_of(const struct address_space *mapping);

#endif
