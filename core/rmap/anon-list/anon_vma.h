/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The anon_vma list reverse map of Linux 2.6.15 to 2.6.27: structures of this provider alone.
 *
 * An anon_vma heads the list of all VMAs that may map one of its pages: a VMA has one, its neighbours may share it, and a fork's child
 * joins its parent's. So one walk looks at all relatives there are, and a child's own pages cost a walk of the whole family: that is
 * what chains were made for later. The lock spins. Objects are reused without a grace period (type-stable).
 */
#ifndef CORE_ANON_LIST_ANON_VMA_H
#define CORE_ANON_LIST_ANON_VMA_H

#include "internal.h"
#include "mmu_notifier.h"
#include "rmap/mapping.h"

struct anon_vma {
	spinlock_t lock;		/* guards the list */
	/*
	 * [lock] The VMAs, in the order in which they came, whose anon_vma this is. The lowest bit of head.next is mm_take_all_locks()'s,
	 * which sets it when it has the lock: who has not may not look.
	 */
	struct list_head head;
};

struct anon_list {
	struct kmem_cache *anon_vmas;
};

/* objects.c */
extern const struct slab_field anon_vma_fields[];
extern const struct data_type anon_list_types[];
extern const struct data_lock anon_list_locks[];

static inline struct anon_list *provider(void)
{
	return core()->provider;
}

#define MAX_FAMILY 2000u		/* more VMAs than there can be */

/* Who links a VMA that is linked already makes a list that does not come back to its head. */
static inline bool list_goes_on(const struct list_head *at, const struct list_head *head, unsigned *seen)
{
	if (at == head)
		return false;
	check_that(++*seen < MAX_FAMILY, ORACLE_STRUCTURE, "list-without-end", "the list of an anon_vma does not lead back to its head");
	return *seen < MAX_FAMILY;
}

/* Each VMA on the list; anon_vma->lock is held. */
#define anon_vma_foreach_from(vma, first, anon_vma)                                                                     \
	for (unsigned seen_ = (vma = list_entry(first, struct vm_area_struct, anon_vma_node), 0);                       \
	     list_goes_on(&vma->anon_vma_node, &(anon_vma)->head, &seen_); vma = list_next_entry(vma, anon_vma_node))
#define anon_vma_foreach(vma, anon_vma) anon_vma_foreach_from(vma, (anon_vma)->head.next, anon_vma)

/* anon_vma.c: see rmap.h. */
void anon_vma_init(void);
int anon_vma_prepare(struct vm_area_struct *vma);
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);
void anon_vma_unlink(struct vm_area_struct *vma);
/* The lock of the VMA's anon_vma, if it has one: mmap_lock is held for write, or it might get one in between. */
void anon_vma_lock(struct vm_area_struct *vma);
void anon_vma_unlock(struct vm_area_struct *vma);
void anon_vma_adjust_begin(struct vm_area_struct *vma, struct vm_area_struct *next);
void anon_vma_adjust_end(struct vm_area_struct *vma, struct vm_area_struct *next);

/* take_all.c: see rmap.h. */
void anon_vma_lock_all(struct vm_area_struct *vma);
void anon_vma_unlock_all(struct vm_area_struct *vma);

/* lookup.c: from a page to its anon_vma, and to an entry. */

/*
 * The page's anon_vma, locked, or NULL when the page is not mapped. It was the page's when it was looked for: by now it may be freed, or
 * somebody else's, and then nothing on its list maps the page. Inside a read section of RCU until it is unlocked.
 */
struct anon_vma *page_lock_anon_vma(struct page *page);
void page_unlock_anon_vma(struct anon_vma *anon_vma);
/* Keep the anon_vma that the page names an anon_vma, by a read section of RCU: see rmap.h. */
struct anon_vma *page_pin(struct page *page);
void page_unpin(struct anon_vma *anon_vma);
long page_address_in_vma(struct page *page, struct vm_area_struct *vma);
/*
 * The entry at this place, with its table locked, if it maps the page; else NULL. For those who wait for the lock whatever the entry
 * looks like (sync), and for those who look first: they may miss one that is being rewritten or moved.
 */
struct pgtable *page_check_address(struct page *page, struct rmap_location *at, bool sync);

/* walk.c: visit all places of the page, its anon_vma or file locked meanwhile; a file's page is locked. */
void rmap_walk(struct page *page, rmap_visit_t visit, void *arg);
void rmap_walk_anon(struct page *page, struct anon_vma *anon_vma, rmap_visit_t visit, void *arg);
void rmap_walk_file(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg);
/* See rmap.h. */
void walk_pinned(struct page *page, rmap_visit_t visit, void *arg);
unsigned find_mappings(struct page *page);

/* pages.c: one mapping less. pte lock held. */
void page_remove_rmap(struct page *page, const struct rmap_location *at);

/* references.c, try_to_unmap.c: see rmap.h. */
int page_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags);
enum swap_result try_to_unmap(struct page *page, unsigned flags);
int page_mkclean(struct page *page);

/* try_to_unmap.c. The entry goes, and is flushed; whoever has translations of his own is told. pte lock held. */
pte_t ptep_clear_flush_notify(const struct rmap_location *at);

/* nonlinear.c. The page is locked, and its file may have nonlinear mappings: unmap what the scan comes by, or visit each address. */
void try_to_unmap_nonlinear(struct page *page, struct address_space *mapping);
void rmap_walk_nonlinear(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg);

/* views.c: see rmap.h. */
void view_page(struct page *page, rmap_visit_t visit, void *arg);
void view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg);
void view_anon_vmas(void (*fn)(const struct anon_vma_view *v, void *arg), void *arg);
void view_vmas_of(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg);

/* Where the page would be in this VMA; -EFAULT when it lies outside: a family has VMAs for other pages, too. */
static inline unsigned long vma_address(const struct page *page, const struct vm_area_struct *vma)
{
	unsigned long pgoff, address;

	exec_touch(&page->index, TOUCH_READ);
	pgoff = __atomic_load_n(&page->index, __ATOMIC_RELAXED);
	address = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);
	return address >= vma->vm_start && address < vma->vm_end ? address : (unsigned long)-EFAULT;
}

#endif
