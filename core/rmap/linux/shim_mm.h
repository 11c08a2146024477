/* SPDX-License-Identifier: GPL-2.0-only */
/* VMAs, trees, address spaces, notifiers; and what the provider has not got. */
#ifndef RMAP_LINUX_SHIM_MM_H
#define RMAP_LINUX_SHIM_MM_H

#include <linux/rbtree.h>

/* ---- VMAs ---- */

#define VM_RAND_READ 0ul
#define VM_DROPPABLE 0ul
#define VM_NONE 0ul
#define VM_UFFD_WP 0ul

#define vma_pages(vma) (((vma)->vm_end - (vma)->vm_start) >> PAGE_SHIFT)
#define vma_is_temporary_stack(vma) (((vma)->vm_flags & VM_STACK_INCOMPLETE_SETUP) != 0)
#define vma_has_recency(vma) (!((vma)->vm_flags & (VM_SEQ_READ | VM_RAND_READ)))
/* Asked of an entry that may be dropped because nobody cares for the page. */
#define userfaultfd_armed(vma) lx_keeps_unused(vma)
#define is_vm_hugetlb_page(vma) ((void)(vma), false)

static inline pgoff_t linear_page_index(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

/* A directory's entry at addr would lie in the VMA, and a file's page in its place in a huge one. */
static inline bool transhuge_vma_suitable(const struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long start = addr & ~(PMD_SIZE - 1);

	if (vma->vm_file && (vma->vm_start / PAGE_SIZE - vma->vm_pgoff) % PTRS_PER_PTE)
		return false;
	return start >= vma->vm_start && start + PMD_SIZE <= vma->vm_end;
}
#define thp_vma_suitable_order(vma, addr, order) transhuge_vma_suitable(vma, addr)

/* vma->vm_file->f_mapping, of which core's header says more than the shim has use for. */
struct file {
	atomic_t f_count;
	u32 pad;
	struct address_space *f_mapping;
};
BUILD_BUG_ON(offsetof(struct file, f_mapping) != LX_F_MAPPING_AT);

/* ---- walks ---- */

/* A walk for this page offset has come to the VMA. */
static inline bool shim_walk_vma(struct vm_area_struct *vma, unsigned long pgoff)
{
	unsigned long into = pgoff > vma->vm_pgoff ? pgoff - vma->vm_pgoff : 0;	/* of a huge page it may have the end only */

	event(WALK_VMA, .mm = vma->vm_mm, .addr = vma->vm_start + (into << PAGE_SHIFT));
	return true;
}

static inline bool shim_walk_begin(void)
{
	event(WALK_BEGIN, .mm = NULL);
	return true;
}

struct anon_vma_chain;
void anon_vma_interval_tree_insert(struct anon_vma_chain *node, struct rb_root_cached *root);
void anon_vma_interval_tree_remove(struct anon_vma_chain *node, struct rb_root_cached *root);
struct anon_vma_chain *anon_vma_interval_tree_iter_first(struct rb_root_cached *root, unsigned long first, unsigned long last);
struct anon_vma_chain *anon_vma_interval_tree_iter_next(struct anon_vma_chain *node, unsigned long first, unsigned long last);
void anon_vma_interval_tree_verify(struct anon_vma_chain *node);

#define anon_vma_interval_tree_foreach(avc, root, start, last)                                                   \
	for (avc = (shim_walk_begin(), anon_vma_interval_tree_iter_first(root, start, last));                    \
	     avc && shim_walk_vma(avc->vma, start); avc = anon_vma_interval_tree_iter_next(avc, start, last))

/* "&mapping->i_mmap" in rmap.c: the members are core's business, and what is there for them is as large as nothing. */
struct address_space {
	struct { } i_mmap;
};
#define shim_mapping_of(i_mmap_) ((struct address_space *)(void *)(i_mmap_))
#define vma_interval_tree_foreach(vma, i_mmap_, start, last)                                                     \
	for (vma = (shim_walk_begin(), lx_file_first(lx_i_mmap(shim_mapping_of(i_mmap_)), start, last));         \
	     vma && shim_walk_vma(vma, start); vma = lx_file_next(vma, start, last))

/* ---- address spaces ---- */

enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS };

static inline void shim_mm_counter(struct mm_struct *mm, int which, long n)
{
	atomic_long_t *counter = which == MM_FILEPAGES ? &mm->file_rss : which == MM_ANONPAGES ? &mm->anon_rss : &mm->swapents;

	__atomic_fetch_add(&counter->counter, n, __ATOMIC_RELAXED);	/* statistics: no points, as in core */
}
#define dec_mm_counter(mm, which) shim_mm_counter(mm, which, -1)
#define inc_mm_counter(mm, which) shim_mm_counter(mm, which, 1)
#define mm_counter(p) (PageAnon((struct page *)(p)) ? MM_ANONPAGES : MM_FILEPAGES)
#define mm_counter_file(p) ((void)(p), MM_FILEPAGES)
#define update_hiwater_rss(mm) ((void)(mm))
#define check_stable_address_space(mm) ((void)(mm), 0)
#define mm_match_cgroup(mm, memcg) lx_match_cgroup(mm, memcg)

static inline int shim_arch_unmap_one(struct mm_struct *mm, unsigned long addr)
{
	if (alloc_allowed(GFP_NOWAIT, HERE))
		return 0;
	event(ARCH_UNMAP_FAILED, .mm = mm, .addr = addr);
	return -ENOMEM;
}
/* What the architecture saves of a page when its entry goes takes memory (sparc64), which may be out. */
#define arch_unmap_one(mm, vma, addr, entry) shim_arch_unmap_one(mm, addr)

/* ---- notifiers ---- */

struct mmu_notifier_range {
	struct mm_struct *mm;
	unsigned long start, end;
};

static inline void shim_range(struct mmu_notifier_range *range, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	*range = (struct mmu_notifier_range){ mm, start, end };
}

#if RANGE_WITHOUT_VMA
#define mmu_notifier_range_init(range, what, flags, mm, start, end) shim_range(range, mm, start, end)
#else
#define mmu_notifier_range_init(range, what, flags, vma, mm, start, end) shim_range(range, mm, start, end)
#endif
#define mmu_notifier_invalidate_range_start(range) lx_notify_start((range)->mm, (range)->start, (range)->end, HERE)
#define mmu_notifier_invalidate_range_end(range) lx_notify_end((range)->mm, (range)->start, (range)->end, HERE)
#define mmu_notifier_invalidate_range(mm, start, end) lx_notify_tlbs(mm, start, end)

/* ---- flushes that are put off ---- */

#define tlbflush_unmap_batch lx_tlb_batch
#define arch_tlbbatch_add_mm(arch, mm) ((void)(arch), lx_put_off(mm))
#define arch_tlbbatch_add_pending(arch, mm, addr) ((void)(arch), lx_put_off(mm))
#define arch_tlbbatch_flush(arch) ((void)(arch), lx_flush_batch())
#define arch_flush_tlb_batched_pending(mm) lx_flush_mm(mm)
#define flush_tlb_mm(mm) lx_flush_mm(mm)
/* Is it worth while? In 6.1 rmap.c asks whether the mm runs on a CPU that is not this one. */
#define arch_tlbbatch_should_defer(mm) lx_other_cpus(mm)
#define nr_cpu_ids 1u
#define get_cpu() 0u
#define put_cpu() ((void)0)
#define mm_cpumask(mm) (mm)
#define cpumask_any_but(mm, cpu) ((void)(cpu), lx_other_cpus(mm) ? 0u : nr_cpu_ids)

/* ---- mlocked pages: the provider knows VM_LOCKED, and no mark of pages. The last thing that is said of an entry which goes. ---- */

static inline void shim_removed(struct page *page, struct vm_area_struct *vma, bool compound)
{
	unsigned long addr = vma->vm_start + ((page_to_pgoff(page) - vma->vm_pgoff) << PAGE_SHIFT);

	for (unsigned i = 0; i < (compound ? HPAGE_PMD_NR : 1); i++)
		event(PTE_REMOVED, .mm = vma->vm_mm, .addr = addr + i * PAGE_SIZE, .pfn = page_to_pfn(page) + i);
}
#define munlock_vma_page(p, vma, compound) shim_removed(p, vma, compound)
/* Which of a folio's pages it was, and how it was mapped, is known to who calls: shim_lookup.h, huge.c. */
#define munlock_vma_folio(folio, vma, ...) ((void)(folio))
#define mlock_vma_page(p, vma, compound) ((void)(p))
#define mlock_vma_folio(folio, vma, ...) ((void)(folio))
#define mlock_page_drain_local() ((void)0)
#define mlock_drain_local() ((void)0)

/* ---- entries that are split, hugetlb, KSM, devices ---- */

struct hstate;
struct mmu_gather {
	int unused;
};
#define hstate_vma(vma) shim_unreached((struct hstate *)NULL)
#define huge_page_size(h) ((void)(h), 0ul)
#define pages_per_huge_page(h) ((void)(h), 1ul)
#define huge_pte_offset(mm, addr, size) shim_unreached(((void)(size), (pte_t *)NULL))
#define hugetlb_walk(vma, addr, size) shim_unreached(((void)(size), (pte_t *)NULL))
#define huge_pte_lock(h, mm, ptep) shim_unreached(((void)(mm), (spinlock_t *)NULL))
#define huge_ptep_get(...) shim_unreached(__pte(0))
#define huge_ptep_clear_flush(vma, addr, ptep) shim_unreached(__pte(0))
#define set_huge_pte_at(mm, addr, ptep, ...) ((void)shim_unreached(ptep))
#define hugetlb_count_sub(n, mm) ((void)shim_unreached(mm))
#define hugetlb_vma_trylock_write(vma) shim_unreached(((void)(vma), true))
#define hugetlb_vma_unlock_write(vma) ((void)shim_unreached(vma))
#define tlb_gather_mmu_vma(tlb, vma) ((void)shim_unreached(tlb))
#define tlb_finish_mmu(tlb) ((void)shim_unreached(tlb))
#define huge_pmd_unshare(tlb, vma, addr, ptep) shim_unreached(((void)(tlb), false))
#define huge_pmd_unshare_flush(tlb, vma) ((void)shim_unreached(tlb))
#define adjust_range_if_pmd_sharing_possible(vma, start, end) ((void)shim_unreached(vma))
#define split_huge_pmd_address(vma, addr, freeze, folio) lx_split_huge_pmd(vma, addr, freeze, &(folio)->page)
#define split_huge_pmd_locked(vma, addr, pmd, freeze, folio) lx_split_huge_pmd_locked(vma, addr, freeze, &(folio)->page)
struct folio;
struct rmap_walk_control;
void kernel_walk_ksm(struct folio *folio, struct rmap_walk_control *rwc);
#define rmap_walk_ksm(folio, rwc) kernel_walk_ksm(folio, rwc)
#define trace_set_migration_pte(addr, entry, order) ((void)(addr))

#endif
