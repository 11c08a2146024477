/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hugetlb: files of huge pages.
 *
 * The pages come from a pool that is filled beforehand, and go back to it. They are on no list of reclaim's, are never in pieces, and
 * count neither as anonymous memory nor as that of files, but by themselves. A mapping begins and ends where a page does; a private
 * one copies whole pages. What is here is as of Linux 4.19, without reservations: who finds the pool empty gets SIGBUS. The pool gets
 * smaller only by pages that fail.
 */
#ifndef CORE_HUGETLB_H
#define CORE_HUGETLB_H

#include "file.h"
#include "huge.h"

struct fault;

#define NR_FAULT_MUTEXES 4u

struct hugetlb {
	spinlock_t lock;
	u32 nr_free;			/* [lock] */
	struct kmem_cache *tables;	/* [const after init] of struct pmd_table */
	u32 *free;			/* [lock] first frames of the free pages, the last freed one on top */
	/* A fault holds that of its page of the file: two that want to bring one page into the cache would take two from the pool. */
	struct mutex fault_mutex[NR_FAULT_MUTEXES];
};

void hugetlb_init(void);

/* It is so, or not, for as long as there is a VMA, whatever else its flags say meanwhile: marked, and no point. */
static inline bool is_vm_hugetlb_page(const struct vm_area_struct *vma)
{
	return __atomic_load_n(&vma->vm_flags, __ATOMIC_RELAXED) & VM_HUGETLB;
}

/* Does the range cut a page of hugetlb's in two? It lies in the VMA. */
static inline bool cuts_huge_page(const struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	return is_vm_hugetlb_page(vma) && (start | end) % HPAGE_PMD_SIZE;
}

/* ---- the pool (hugetlb.c) ---- */

/* Fill the pool with up to n pages more, for good. Returns how many there was memory for. */
unsigned hugetlb_pool_grow(unsigned n);
/* A zeroed page with one reference; NULL when there is none in the pool that has not failed. Waits for nobody. */
struct page *alloc_hugetlb_page(void);
/* The page, whose count was frozen to 0, is back in the pool. */
void enqueue_huge_page(struct page *head);

/*
 * The page, or the one that this is a part of, leaves the pool: its frames are free memory, but for those that have failed. Returns 0, also
 * if it was none of hugetlb's any more, or -EBUSY: it is not in the pool. dissolve_free_huge_page() (4.19).
 */
int dissolve_free_huge_page(struct page *page);

/*
 * What somebody has mapped may be moved: off that state, with a reference; false if it is not in it, or somebody else has isolated it. And
 * back again, without the reference.
 */
bool isolate_huge_page(struct page *head);
void putback_huge_page(struct page *head);
/* It is new, and mapped now. Until then whoever made it counts on finding it unlocked. */
void set_page_huge_active(struct page *head);

/*
 * So many huge pages more, or less, are mapped there. Of a table that others may have nobody counts what it maps: who maps it first need
 * not be who unmaps it. Statistics: no point.
 */
static inline void hugetlb_mapped(const struct vm_area_struct *vma, unsigned long addr, long n)
{
	struct mm_struct *mm = vma->vm_mm;

	if (!pud_table_peek(mm, addr))
		__atomic_fetch_add(&mm->hugetlb_usage.counter, n * (long)HPAGE_PMD_NR, __ATOMIC_RELAXED);
}

/* ---- files (hugetlbfs.c) ---- */

/* What a fault in this page of the file holds, from before it looks until it is done. */
struct mutex *hugetlb_fault_mutex(const struct address_space *mapping, unsigned long index);
/* Page locked, new, with a reference: it is in the cache. Returns 0, -EAGAIN (somebody was faster) or -ENOMEM. */
int huge_add_to_page_cache(struct page *head, struct address_space *mapping, unsigned long index);
/* What lies behind first is gone from everywhere: i_size, which i_rwsem:W guards, says so already. */
void hugetlb_vmtruncate(struct inode *inode, unsigned long first);
/* Out of the cache, and unmapped before that. Waits for page locks. */
void remove_inode_hugepages(struct inode *inode, unsigned long first);
/*
 * Page locked, in the cache, mapped nowhere: it leaves, and what it held is lost. hugetlbfs_error_remove_page() (4.19).
 */
void hugetlbfs_error_remove_page(struct address_space *mapping, struct page *head);
/* As file_read(). What nobody has mapped yet is a hole. */
int hugetlb_read(struct file *file, unsigned long index, u64 *value);

/* ---- mappings (hugetlb_vma.c) ---- */

/* As copy_page_range(). */
int copy_hugetlb_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma);
/* New rights for what is mapped in [start, end); flushed, and notifiers told. mmap_lock held for write. */
void hugetlb_change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end, unsigned long rights);
/* The entry, if there is one, is for migration or a poison entry, and goes. Its lock is held. */
void hugetlb_zap_not_present(struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd);
/* The entry is gone. Its lock is held. */
void hugetlb_zapped(struct vm_area_struct *vma, unsigned long addr, pmd_t pmd);

/* ---- tables that several mms may have (hugetlb_share.c) ---- */

/* The lock of an entry: the table's, or that of the directory. */
static inline spinlock_t *huge_pte_lockptr(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	if (likely((u64)pmd - (u64)mm->pgd < sizeof(mm->pgd)))
		return pmd_lockptr(mm);
	return &container_of(pmd - pmd_index(addr), struct pmd_table, pmd[0])->ptl;
}

/* Take it. */
#define huge_pte_lock(mm, pmd, addr)                                          \
	({                                                                    \
		spinlock_t *huge_ptl_ = huge_pte_lockptr(mm, pmd, addr);      \
		spin_lock(huge_ptl_);                                         \
		huge_ptl_;                                                    \
	})

/*
 * Where the VMA has its entry of addr, and has it as long as i_mmap is held: in a table that another mm has, if there is one, in one of its
 * own, or in the directory. NULL when memory is out. mmap_lock and i_mmap held, for read at least. May sleep.
 */
pmd_t *huge_pte_alloc(struct vm_area_struct *vma, unsigned long addr);
/*
 * If others have the table of addr, too, the mm has it no longer: true, and what it maps in PUD_SIZE must be flushed before i_mmap is
 * released. i_mmap held for write.
 */
bool huge_pmd_unshare(struct vm_area_struct *vma, unsigned long addr);
/* The table of addr, which nobody else has, is the caller's, to be freed after a flush; or NULL. Nobody comes from the file. */
struct pmd_table *pud_clear_table(struct vm_area_struct *vma, unsigned long addr);
void pmd_table_free(struct pmd_table *table);
/* What goes if something in the range is given up: whole tables. */
void adjust_range_if_pmd_sharing_possible(const struct vm_area_struct *vma, unsigned long *start, unsigned long *end);
/* Is it the first of the places where its table is, of all mms? For checks, of an address that has one. */
bool pmd_table_first(const struct mm_struct *mm, unsigned long addr);
/* The VMA is about to be split there. mmap_lock and i_mmap held for write. */
void hugetlb_split(struct vm_area_struct *vma, unsigned long addr);
/* As follow_pte_pmd(), of an address that may have such a table. May sleep. */
bool follow_hugetlb(struct mm_struct *mm, unsigned long addr, struct mapping_entry *e);

/* ---- hugetlb_poison.c ---- */

/* As memory_failure(), of a page of hugetlb or a part of one. HUGETLB_GONE: it is none any more. memory_failure_hugetlb() (5.18). */
#define HUGETLB_GONE 1
int memory_failure_hugetlb(struct page *page);
/* As unpoison_all(), of all its frames. */
void unpoison_hugetlb(struct page *head);
/* The page leaves the pool: what has failed of it are frames from now on. hugetlb_lock held. */
void hugetlb_poison_to_frames(struct page *head);
/* The entry was of a page that has failed, and becomes a poison entry. Its lock is held, the entry cleared. try_to_unmap_one() (4.19). */
void huge_unmap_to_poison(struct page *head, const struct rmap_location *at);
/* Fork copies a poison entry: to is the child's. Both locks held. copy_hugetlb_page_range() (3.16). */
void copy_huge_poison(const struct rmap_location *to, pmd_t *dst, pmd_t entry);

/* ---- hugetlb_migrate.c ---- */

/*
 * The file whose i_mmap lock has been taken for write, as it is a file's page, which is locked; or NULL: it was not to be had.
 * hugetlb_page_mapping_lock_write() (5.10).
 */
struct address_space *hugetlb_page_mapping_lock_write(struct page *head);

/* As migrate_page(), of a page of hugetlb. It goes to one of the pool. */
enum migrate_result migrate_huge_page(struct page *head);
/*
 * If the entry says that a page migrates, that page, with a reference: to be waited for when nothing is held. NULL: try again. i_mmap
 * held.
 */
struct page *get_migrating_huge_page(struct mm_struct *mm, pmd_t *pmd, unsigned long addr);

/* ---- unmap.c ---- */

/* What is mapped in the range, which lies in the VMA, is not any more. i_mmap held for write. */
void zap_hugetlb_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);

/* ---- hugetlb_fault.c ---- */

/* As handle_mm_fault(), of a VMA of hugetlb. Returns 0, -ENXIO (beyond the end, the pool is empty, or the page has failed) or -ENOMEM. */
int hugetlb_fault(struct fault *f);

#endif
