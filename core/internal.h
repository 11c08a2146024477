/* SPDX-License-Identifier: GPL-2.0-only */
/* What core's own files share and nobody else needs. */
#ifndef CORE_INTERNAL_H
#define CORE_INTERNAL_H

#include "file.h"
#include "huge.h"
#include "swap.h"
#include "vma_lock.h"
#include "windows.h"

/* machine->namer: what an object outside the slabs is called; NULL when it is nothing of the model's. */
const char *core_namer(const void *obj, char buf[NAME_LEN]);

/* Before anybody can find it: they wait until it is what they look for. */
#define lock_new_page(page) \
	check_that(trylock_page(page), ORACLE_LOCKS, "new-page-locked", "a page that nobody knows is locked")

/*
 * page.c, for compound.c and hugetlb.c. The frame is a page's from now on, and it is nobody's; the last one says that, and that it is free.
 * zone_lock held, or of hugetlb's pages hugetlb_lock.
 */
void frame_taken(struct core *c, u32 pfn);
void frame_left(struct core *c, u32 pfn);
void frame_free(struct core *c, u32 pfn);
/* A frame that was free becomes a page. */
void prep_new_page(struct page *page);
/* It may be handed out. */
void check_new(unsigned long pfn);
/* The content of from becomes that of to, which nobody reads or writes yet. */
void copy_highpage(struct page *to, struct page *from);
/* What must be true of a page that nobody holds any more; the kernel's bad_page() looks at the same. */
void check_free(const struct page *page);
/* compound.c, for split.c. The page is one of that huge page, or of none (NULL): nobody has it. */
void compound_set_head(struct page *page, const struct page *head);
/*
 * Of none, from now on, while others look at it, who may hold nothing but the lock of a migration entry: who sees that sees all that the
 * page was made before. (smp_wmb() and a marked store in Linux.)
 */
void clear_compound_head(struct page *page);
/* Frames in a row that were free become one page, with one reference. */
void prep_compound_page(struct page *head);
/* As free_frozen_page(), of a huge page. */
void free_frozen_huge_page(struct page *head);

/*
 * split.c, for split_file.c. Count frozen, lru lock held: the tail is a page of its own from here on, and on the LRU; its references the
 * caller sets.
 */
void split_make_page(struct page *head, struct page *tail);
/*
 * split.c, for split_file.c. All references are those of mappings, the cache's (pins), and the caller's. May be wrong by the time it is
 * used: then the count is not frozen.
 */
bool can_split_huge_page(struct page *head, int pins);
/* split_file.c, for split.c. The head of a file's page is locked, and its tails are; false, and it is what it was, though not mapped. */
bool split_file_page(struct page *head);
/*
 * filemap.c, for hugetlb's files, too. The page is new, and locked by us. Returns 0, -EAGAIN (somebody was faster) or -ENOMEM.
 */
int add_to_page_cache_locked(struct page *page, struct address_space *mapping, unsigned long index);
/* Which places of the cache are taken: set with every change of one. i_pages held. */
void set_present(struct address_space *mapping, u32 present);
/* Lock the page and look again whether it is of the file; if not, drops it. */
bool lock_cached_page(struct address_space *mapping, struct page *page);
/* Out of the cache; i_pages and the page lock held. The cache's references are the caller's then. */
void page_cache_clear(struct address_space *mapping, struct page *page);

/*
 * reclaim.c. What came of writing a page that reclaim, or migration through swap, wants to be rid of. It is isolated, locked, and mapped
 * nowhere, and in the cache that it is written for.
 */
enum pageout_result {
	PAGE_KEEP,			/* somebody else has it */
	PAGE_ACTIVATE,			/* it cannot be written at all */
	PAGE_SUCCESS,			/* it is written */
	PAGE_CLEAN,			/* there was nothing to write */
};
/* Of a page in the swap cache: locked still, whatever came of it. */
enum pageout_result pageout_swap(struct page *page);
/* Of a page of a file: unlocked if it was written, and else not. */
enum pageout_result pageout_file(struct page *page);

/*
 * migrate.c: both pages locked, page mapped nowhere, new nobody's yet: new takes the page's place in the cache that it is in. False, and
 * nothing has changed but new, if anybody but the cache and the caller holds the page.
 */
bool move_mapping(struct page *new, struct page *page);
/* migrate.c: new, which may be found by then, but is locked, becomes what page was: content and state. */
void move_page_state(struct page *new, struct page *page);
/* migrate.c: the page is locked, and on no LRU; new is nobody's yet. True when new has its place. */
bool migrate_locked(struct page *new, struct page *page);
/* migrate.c: a migration entry of the page arg becomes an entry of this one, which is locked. */
bool remove_migration_pte(struct page *new, const struct rmap_location *where, void *arg);
/* migrate.c: new, which nobody knows, is found as the anonymous page is. */
void copy_identity(struct page *new, struct page *page);

/*
 * Split vma at addr, which lies inside it: the new VMA is the lower or the upper half, vma becomes the other one. mmap_lock held
 * for write. Returns 0, -ENOMEM, or -EINVAL if that would cut a page of hugetlb's in two.
 */
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, bool new_below);

/*
 * Grow a VMA with VM_GROWSDOWN down to addr. mmap_lock held for write. Returns 0, or -ENOMEM when it may not. stack.c
 */
int expand_downwards(struct vm_area_struct *vma, unsigned long addr);
/*
 * As find_vma(), but a stack that begins above addr grows down to it if it may; NULL if not. mmap_lock held for read, and may be
 * released and taken again.
 */
struct vm_area_struct *find_extend_vma(struct mm_struct *mm, unsigned long addr);

/* On the list of its mm, and off it: not vma_link(), which enters the file's tree as well. mmap_lock held for write. */
void vma_link_list(struct mm_struct *mm, struct vm_area_struct *vma);
void vma_unlink_list(struct mm_struct *mm, struct vm_area_struct *vma);

/* The last VMA that begins before addr, or NULL. mmap_lock held. */
struct vm_area_struct *find_vma_before(struct mm_struct *mm, unsigned long addr);

/* Lowest room for len bytes, at a multiple of align; or 0. mmap_lock held. */
unsigned long find_room_aligned(struct mm_struct *mm, unsigned long len, unsigned long align);
#define find_room(mm, len) find_room_aligned(mm, len, PAGE_SIZE)

/*
 * Has the VMA, which has an anon_vma, been through no fork? Then another one may get this anon_vma, too, and equal anon_vmas go on meaning
 * that nothing distinguishes the two. Nothing ever does where all that is forked shares one.
 */
static inline bool unforked(const struct vm_area_struct *vma)
{
	return core()->rmap->policy.one_anon_vma || list_is_singular(&vma->anon_vma_chain);
}

/* May it have anonymous pages? Where there are no anon_vmas that cannot be told. */
static inline bool vma_may_have_anon(const struct vm_area_struct *vma)
{
	return vma->anon_vma || !rmap_has(core()->rmap, FEATURE_ANON_VMA);
}

/* Around changes of the list of VMAs and of their ranges, where who comes from a page looks for one with page_table_lock alone. */
static inline void vmas_lock(struct mm_struct *mm)
{
	if (core()->rmap->policy.ptl_guards_vmas)
		spin_lock(&mm->page_table_lock);
}

static inline void vmas_unlock(struct mm_struct *mm)
{
	if (core()->rmap->policy.ptl_guards_vmas)
		spin_unlock(&mm->page_table_lock);
}

/* ---- merge.c; mmap_lock held for write ---- */

struct vma_range {
	unsigned long start, end, pgoff;
};

/*
 * Give vma this range, and insert, if there is one, the rest of what it had. Without it the neighbour behind gives way: it is
 * shortened, it is extended downwards (expand), or it goes, and then perhaps the next one, too. Returns 0 or -ENOMEM.
 */
int vma_adjust(struct vm_area_struct *vma, const struct vma_range *to, struct vm_area_struct *insert,
	       const struct vm_area_struct *expand);

/* A range that is to have these properties, and may become part of a neighbour that has them already. */
struct merge_request {
	unsigned long start, end, pgoff, flags;
	struct anon_vma *anon_vma;
	struct file *file;
	bool pages_come;		/* entries that need the anon_vma are going to be moved there: the range is empty */
};

/*
 * Make the range part of the VMA before it, or behind it, or of both. prev: the last VMA that begins before the range. The range
 * is empty, or lies in one VMA whose properties change. Returns the VMA that holds the range now, or NULL when it cannot be
 * merged (or memory is out): then nothing has changed.
 */
struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *prev, const struct merge_request *m);

/*
 * Give the part of vma in [start, end) these flags, splitting and merging. prev: the last VMA that begins before start. Returns the
 * VMA that holds the range then, or NULL when memory is out.
 */
struct vm_area_struct *vma_change_flags(struct vm_area_struct *vma, struct vm_area_struct *prev, unsigned long start,
					unsigned long end, unsigned long flags);

/*
 * [start, end) lies in *vma and is to have these flags: make it part of a neighbour that has them, or give it a VMA of its own, whose
 * flags the caller sets. prev: the VMA before the range, or *vma if the range begins in it. *vma is what holds the range then.
 * Returns 0 or -ENOMEM.
 */
int vma_modify_flags(struct vm_area_struct **vma, struct vm_area_struct *prev, unsigned long start, unsigned long end,
		     unsigned long flags);

/*
 * Call fixup for the part of [start, end) in each VMA there; it makes *prev what holds that part. Returns the first error, -ENOMEM at
 * a hole. mprotect.c
 */
typedef int (*vma_fixup_t)(struct vm_area_struct *vma, struct vm_area_struct **prev, unsigned long start, unsigned long end,
			   unsigned long arg);
int fixup_range(struct mm_struct *mm, unsigned long start, unsigned long end, vma_fixup_t fixup, unsigned long arg);

/* An empty range becomes a VMA, or part of a neighbour (vma.c). Returns 0 or -ENOMEM. */
int map_range(struct mm_struct *mm, const struct merge_request *req);

/* Take the pages of [start, end), which lies in the VMA, away. mmap_lock held for read is enough: what faults map stays. */
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);

/*
 * Entries of the VMA from start on move down within it; no walk is kept out. mmap_lock held for write. Returns how many bytes: fewer
 * than up to the VMA's end when memory is out. mremap.c
 */
unsigned long move_pages_down(struct vm_area_struct *vma, unsigned long start, unsigned long by);
/*
 * Free the tables of the VMA from start on, which nothing maps any more, and no walk comes to. mmap_lock held for write. unmap.c
 */
void free_pgd_range(struct vm_area_struct *vma, unsigned long start);

/* Is exec about to move it? Without locks, of a VMA that is reached from a page. No point. */
static inline bool is_vma_temporary_stack(const struct vm_area_struct *vma)
{
	exec_touch(&vma->vm_flags, TOUCH_READ);
	return __atomic_load_n(&vma->vm_flags, __ATOMIC_RELAXED) & VM_STACK_INCOMPLETE_SETUP;
}

/*
 * unmap.c. Unmap these VMAs, which are off the list of their mm and linked by vm_next, and free them. mmap_lock held for write, or nobody
 * else uses the mm.
 */
void unmap_region(struct mm_struct *mm, struct vm_area_struct *first, unsigned long start, unsigned long end);

/* munmap with mmap_lock held for write. Returns 0, -ENOMEM or -EINVAL. */
int munmap_locked(struct mm_struct *mm, unsigned long start, unsigned long end);

/* Take the VMAs from vma on that begin before end off the list; returns them linked by vm_next. mmap_lock held for write. */
struct vm_area_struct *vmas_detach(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long end);

/* Copy the entries of one VMA into the child. Both mmap_locks held for write. Returns 0 or -ENOMEM. */
int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma);

/* Where the table that holds the entry of addr ends. */
static inline unsigned long table_end(unsigned long addr)
{
	return (addr | (PTRS_PER_PTE * PAGE_SIZE - 1)) + 1;
}

/*
 * The page that is mapped there, with a reference, or NULL. wait: a page that is migrating just now is there, too, and waited for; else
 * it would come back without a fault when we have gone. mmap_lock held. May sleep. pgtable.c
 */
struct page *get_mapped_page(struct mm_struct *mm, unsigned long addr, bool wait);

/* ---- swap_areas.c ---- */

/* Once, with the number of slots known. */
void swap_areas_init(void);
/* swap_lock held: a free slot, or 0; give one back. */
swp_entry_t swap_area_get(void);
void swap_area_put(swp_entry_t entry);
/* How many slots are free in areas that are in use. Takes swap_lock. */
unsigned nr_swap_pages(void);

/* Off the list that it is on, without a reference; false when it is on none. lru_lock held, and the page too. lru.c */
bool lru_take(struct page *page);

/* Counters of an mm. Statistics: no points. */
static inline void count_anon(struct mm_struct *mm, long n)
{
	__atomic_fetch_add(&mm->anon_rss.counter, n, __ATOMIC_RELAXED);
}

static inline void count_swap(struct mm_struct *mm, long n)
{
	__atomic_fetch_add(&mm->swapents.counter, n, __ATOMIC_RELAXED);
}

static inline void count_file(struct mm_struct *mm, long n)
{
	__atomic_fetch_add(&mm->file_rss.counter, n, __ATOMIC_RELAXED);
}

/* As Linux's mm_counter() has it, for a page on the move: whoever moves it may have taken a file's page out of its file already. */
static inline void count_page(struct mm_struct *mm, struct page *page, long n)
{
	if (PageAnon(page))
		count_anon(mm, n);
	else
		count_file(mm, n);
}

/* mmap_lock held for write. Who comes from a page looks at the flags without: nothing is written that is there already. */
static inline void vma_add_flags(struct vm_area_struct *vma, unsigned long flags)
{
	if (!(flags & ~vma->vm_flags))
		return;
	vma_start_write(vma);
	WRITE_ONCE(vma->vm_flags, vma->vm_flags | flags);
}

/* What an entry looks like in a VMA with these rights. Never writable: that a fault decides. */
static inline pte_t pte_modify(pte_t pte, unsigned long rights)
{
	pte = pte_without(pte, PTE_WRITE | PTE_PROTNONE);
	return rights & VM_READ ? pte : pte_with(pte, PTE_PROTNONE);
}

/* The VMA maps the file from now on, and keeps it open. */
static inline void vma_set_file(struct vm_area_struct *vma, struct file *file)
{
	if (file)
		get_file(file);
	vma->vm_file = file;
}

/*
 * Is this page, which is mapped there, the file's own, not a private copy? Its mapping does not change while it is mapped: no point.
 */
static inline bool maps_file_page(const struct vm_area_struct *vma, const struct page *page)
{
	return vma->vm_file && page_of_file(page);
}

#endif
