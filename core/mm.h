/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory management, as the harness drives it and as its files see each other.
 *
 * Public functions say what must be held; nothing said: nothing may be held.
 */
#ifndef CORE_MM_H
#define CORE_MM_H

#include "events.h"
#include "lockclass.h"
#include "machine.h"
#include "rmap.h"
#include "vmstat.h"
#include "srcu.h"

#define PAGEVEC_SIZE 2			/* small, so that drains happen */
#define TLB_ENTRIES 8

/* What one CPU caches of a translation. */
struct tlb_entry {
	struct mm_struct *mm;		/* NULL: empty */
	unsigned long addr, pfn;	/* the first ones of a huge page */
	u8 writable, dirty, huge;
};

static inline unsigned long tlb_size(const struct tlb_entry *e)
{
	return e->huge ? HPAGE_PMD_SIZE : PAGE_SIZE;
}

/* Does it translate an address in [start, end)? */
static inline bool tlb_in(const struct tlb_entry *e, unsigned long start, unsigned long end)
{
	return e->addr < end && e->addr + tlb_size(e) > start;
}

/* The translations of one CPU, or of a device that uses a process's page tables (sva.h). */
struct tlb {
	u32 word;			/* inner lock of it; real threads only */
	u32 next;			/* [word] entry to be replaced next */
	u32 part;			/* [const] what it is to an mm: enum mm_part */
	u32 off;			/* [word] a device's: it looks at no tables any more */
	struct tlb_entry entry[TLB_ENTRIES];	/* [word] */
};

struct cpu {
	u32 irqs_off;			/* [atomic] first: irq_init() */
	u32 pad;
	struct tlb tlb;
	struct page *pagevec[PAGEVEC_SIZE];	/* [pv_word] on their way to the LRU; each holds a reference */
	u32 nr_pagevec;			/* [pv_word] */
	u32 pv_word;			/* inner lock: a drain may come from another CPU */
} __cacheline_aligned;

#define SWAP_MAP_MAX 3u			/* so many entries a slot counts by itself; small, so that it happens */

struct swap_slot {
	u32 count;			/* [swap_lock] entries in page tables */
	u16 continued;			/* [swap_lock] there is memory to count more */
	u16 cached;			/* [swap_lock] the swap cache's own hold */
	struct page *page;		/* [i_pages; read without, then re-checked] */
	struct mem_cgroup *memcg;	/* [swap_lock] to whom it is charged; it holds a reference */
	u64 data;			/* content of the slot, written with the page locked */
};

#define NR_SWAP_AREAS 2u

/* What is there of a swap area only while it is in use. */
struct swap_map {
	u32 max;			/* [const while in use] slots of the area; 0: it was freed */
};

/* A swap area: a row of slots. The first one that has room is used. */
struct swap_info {
	u32 first, slots;		/* [const after init] */
	u32 nr_free;			/* [swap_lock] of core->free_slots, those from [first] on */
	u32 writeok;			/* [swap_lock] slots may be handed out */
	struct swap_map *map;		/* [swap_lock to change; who looks pages up reads it under RCU] NULL: off */
	struct swap_map memory;		/* that of the map */
};

/* What an address space stands for besides its fields, to those who touch it (exec_touch_part()). */
enum mm_part {
	MM_TLB = 1,			/* + CPU: its translations in that TLB */
	MM_DEVICE_TLB = 127,		/* and in those of devices */
	MM_RUNS = 128,			/* + CPU: whether it has run there */
	MM_PARTS = 256,			/* from here on: the listener's own */
};

/* And a page: which entries and translations lead to it. */
#define PAGE_MAPPERS 1
#define PAGE_MLOCK 2			/* is it mlocked? */

/* The flush that a task has put off, for entries of whatever address space. */
struct tlbflush_unmap_batch {
	u64 cpumask;			/* [own; oracles read it between steps] CPUs to be flushed */
	u8 flush_required;		/* [own; likewise] */
	u8 writable;			/* [own] a CPU may still write through one of the translations */
};

struct core {
	const struct rmap_ops *rmap;	/* [const after init] */
	void (*listener)(const struct event *e);	/* [const after init] */
	u32 nr_pages, nr_slots, nr_cpus;	/* [const after init] */
	u32 mm_serial;			/* [mms_word] */
	bool thp;			/* [const after init] huge pages are in use: else nobody asks for them */
	bool vma_locks;			/* [const after init] faults lock single VMAs where they can: vma_lock.h */

	spinlock_t zone_lock;
	u32 nr_free;			/* [zone_lock] */
	u32 nr_device;			/* [const after init] the last frames, which are a device's */
	u32 nr_device_free;		/* [zone_lock] of device_stack */
	u32 *device_stack;		/* [zone_lock] those that are free */
	u32 mms_word;			/* inner lock of mms */
	u32 *free_stack;		/* [zone_lock] free frames, the last freed one on top */
	struct page *mem_map;		/* [const after init] */
	u64 *data;			/* content of each frame: one word stands for the page */
	u32 *page_serial;		/* [as page_live] changes with each allocation */
	u8 *page_live;			/* [zone_lock, or hugetlb's] is the frame handed out? */
	u32 *page_pins;			/* [atomic] how many have the frame pinned: for oracles */

	u8 *poisoned;			/* [page lock; while it is free, zone_lock; oracles read it] enum poison_state of each frame */

	spinlock_t lru_lock;
	struct list_head lru;		/* [lru_lock] */
	struct list_head unevictable;	/* [lru_lock] pages that reclaim need not look at */

	spinlock_t split_queue_lock;
	struct list_head split_queue;	/* [split_queue_lock] huge pages that are worth a split */

	spinlock_t swap_lock;
	spinlock_t i_pages;
	spinlock_t mmlist_lock;
	spinlock_t tasklist_lock;
	spinlock_t swap_token_lock;
	struct mm_struct *swap_token_mm;	/* [swap_token_lock to change; read without] who has the swap token, or NULL: thrash.h */
	u32 global_faults;		/* [atomic, but for counts that are lost] grabs of the token so far: the time of it */
	struct list_head mmlist;	/* [mmlist_lock] address spaces that may have swap entries: swapoff.c */
	struct swap_info swap_info[NR_SWAP_AREAS];
	struct swap_slot *slot;		/* slot 0 is never used */
	u32 *free_slots;		/* [swap_lock] */
	u32 nr_free_slots;		/* [swap_lock] */
	u32 pad;

	struct list_head mms;		/* [mms_word] every mm that is not yet freed */
	struct cpu *cpu;
	struct tlbflush_unmap_batch *tlb_ubc;	/* one for each task */
	struct mm_struct **task_mm;	/* [own] one for each task, too: current_mm() */
	struct kmem_cache *mm_cache, *vma_cache, *pgtable_cache, *inode_cache, *file_cache, *memcg_cache, *notifier_cache, *guest_cache;
	struct kmem_cache *sva_cache;
	atomic_long_t vmstat[NR_NODE_STAT_ITEMS];	/* [atomic] */
	u64 scanned;			/* nobody's: only canaries touch it */
	void *provider;			/* the provider's own state */
	struct mutex mm_all_locks_mutex;	/* tags of locks that are taken together: take_all.c */
	struct srcu_struct srcu;	/* whoever is being told as a notifier */
	struct ksm *ksm;		/* [const after init] */
	struct hugetlb *hugetlb;	/* [const after init] */
	/* [zone_lock; to clear it hugetlb's, too; while the page is nobody's] is the frame one of the hugetlb pool's? */
	u8 *page_huge;
	u8 *unseen;			/* nobody's but for checks: has the page entries that KSM may not know of? See ksm.h */
};

static inline struct core *core(void)
{
	return machine->core;
}

struct core_config {
	const struct rmap_ops *rmap;
	unsigned nr_pages, nr_slots, nr_cpus;
	bool thp;
	bool vma_locks;			/* needs FEATURE_VMA_LOCKS */
	unsigned nr_device;		/* of nr_pages */
	void (*listener)(const struct event *e);
};

/* Build the model on an initialised machine. */
void core_init(const struct core_config *config);

/* ---- address spaces (mm.c, fork.c) ---- */

/* A new, empty one with one user; NULL when memory is out. */
struct mm_struct *mm_alloc(void);
/* Another user, unless there is none left. */
bool mmget_not_zero(struct mm_struct *mm);
/* One user less; the last one tears the address space down. */
void mmput(struct mm_struct *mm);
/* Keep the structure without being a user; and not any longer: whoever is the last frees it. */
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
/* The structure stays, whoever uses the address space, until mmdrop(). */
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
/* A copy of it, as fork() makes it; NULL when memory is out. */
struct mm_struct *dup_mm(struct mm_struct *old);

/*
 * What exec makes of it: an address space with nothing but a stack at these addresses, which holds what old has there. NULL when old
 * has nothing there, or memory is out. execve.c
 */
struct exec_args {
	unsigned long start, end;
};
struct mm_struct *do_execve(struct mm_struct *old, const struct exec_args *args);

/* ---- mappings (vma.c, unmap.c, mprotect.c, mremap.c, madvise.c) ---- */

/* First VMA with vm_end > addr, or NULL. mmap_lock held. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
/* Map pages of anonymous memory; returns the address, or -ENOMEM. Files: file.h. */
long do_mmap(struct mm_struct *mm, unsigned pages);
/* The same in a VMA that wants huge pages, at an address where one can be. */
long do_mmap_huge(struct mm_struct *mm, unsigned pages);
/*
 * A stack that may grow to so many pages: its top page is mapped, the others as it grows. Returns the address of the lowest, or
 * -ENOMEM. stack.c
 */
long do_mmap_stack(struct mm_struct *mm, unsigned pages);
/* Unmap whatever lies in [start, start + len). Returns 0, -ENOMEM, or -EINVAL if that would cut a page of hugetlb's in two. */
int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len);
/*
 * Change the rights (VM_READ, VM_WRITE, VM_EXEC) of [start, start + len). Returns 0, -ENOMEM when part of it is not
 * mapped, or -EINVAL if that would cut a page of hugetlb's in two.
 */
int do_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long rights);
/*
 * Make the mapping of old_len bytes at addr new_len bytes long, moving it with its pages if there is no room behind it. What grows
 * must lie in one VMA. Returns where it is, -EFAULT when it is not mapped so, -EINVAL when part of it maps a file (that is not
 * supported), or -ENOMEM: then it is as it was.
 */
long do_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len, unsigned long new_len);
/*
 * The same with MREMAP_DONTUNMAP (5.7, as of 5.13), which needs FEATURE_DONTUNMAP: it moves in any case, and the old place stays mapped,
 * with nothing in it. Returns likewise, and -EINVAL when the lengths are not equal.
 */
long do_mremap_dontunmap(struct mm_struct *mm, unsigned long addr, unsigned long old_len, unsigned long new_len);
/*
 * What a program says of [start, start + len). Returns 0, -ENOMEM when part of it is not mapped (or memory is out), or -EINVAL when
 * it comes to what is mlocked, or to a file, whose pages cannot be FREE, or to hugetlb's, which nothing can be said of in parts.
 */
enum madvice { MADVISE_DONTNEED, MADVISE_FREE, MADVISE_SEQUENTIAL, MADVISE_NORMAL, NR_ADVICES };
int do_madvise(struct mm_struct *mm, unsigned long start, unsigned long len, enum madvice advice);
/* Allocation and freeing of a VMA alone. */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm);
void vm_area_free(struct vm_area_struct *vma);
/* mmap_lock held for write (or nobody else knows the mm). A VMA of a file goes into the file's tree, too: see vma_link_file(). */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma, const struct vm_area_struct *like);
/* Could the two share an anon_vma, as far as their place and kind say? mmap_lock held. */
bool vmas_compatible(const struct vm_area_struct *a, const struct vm_area_struct *b);
/* Tear down all of an mm that nobody uses any more. */
void exit_mmap(struct mm_struct *mm);

/* The page of the file, or of the VMA's life, that addr is. */
static inline unsigned long linear_page_index(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

/* ---- page tables (pgtable.c) ---- */

/* Where the entry for addr is, or NULL when there is no table, or a huge page. A point: reads the directory. */
struct pgtable *pgtable_find(struct mm_struct *mm, unsigned long addr);
/* As above, making the table if need be; NULL when memory is out, or there is a huge page. May sleep. mmap_lock held. */
struct pgtable *pgtable_get(struct mm_struct *mm, unsigned long addr);
void pgtable_free(struct pgtable *pt);
static inline pte_t *pte_offset(struct pgtable *pt, unsigned long addr)
{
	return &pt->pte[(addr >> PAGE_SHIFT) % PTRS_PER_PTE];
}

/* The lock of the table's entries: its own, or, in an era that has one for all tables, the mm's. */
static inline spinlock_t *pte_lockptr(struct pgtable *pt)
{
	return likely(core()->rmap->policy.split_ptlocks) ? &pt->ptl : &pt->mm->page_table_lock;
}

/* ---- TLB (tlb.c) ---- */

/* On every CPU, and in the TLB of every device that uses the mm's tables. */
void flush_tlb_range(struct mm_struct *mm, unsigned long start, unsigned long end);
/* The same; but where that defect is on, devices are not told. */
void flush_tlb_range_defect(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned untold);
#define flush_tlb_mm(mm) flush_tlb_range(mm, 0, TASK_SIZE)
#define flush_tlb_page(mm, addr) flush_tlb_range(mm, addr, (addr) + PAGE_SIZE)

/* Clear an entry and flush it everywhere. pte lock held. Returns what it was. */
pte_t ptep_clear_flush(struct mm_struct *mm, unsigned long addr, pte_t *ptep);
/*
 * Take the accessed bit away: was it set? pte lock held. Not flushed, as on x86: who uses the page by a translation that some TLB has
 * is not seen until that is evicted.
 */
bool ptep_test_and_clear_young(pte_t *ptep);

/* Every translation of these CPUs (bit n: the CPUs n, n + 64 and so on). */
void flush_tlb_cpus(u64 cpus);
/* The current task runs in the mm: its CPU is one of those from now on. No point. */
void tlb_mm_runs_here(struct mm_struct *mm);
/* The CPUs that may have translations of the mm. No point. */
u64 mm_cpumask(const struct mm_struct *mm);

/* ---- flushes that are put off (tlb_batch.c) ---- */

/* Is it worth while to clear an entry now and to flush it later with others? flags: enum ttu_flags. */
bool should_defer_flush(struct mm_struct *mm, unsigned flags);
/* An entry of the mm was cleared and not flushed; writable: a program may go on writing through it. pte lock held. */
void set_tlb_ubc_flush_pending(struct mm_struct *mm, unsigned long addr, bool writable);
/* What this task has put off, now. Without it no page may be freed that lost such an entry. */
void try_to_unmap_flush(void);
/* The same, if anybody may still write: before such a page is written, or unlocked for others to write it. */
void try_to_unmap_flush_dirty(void);
/* Whoever finds an entry empty must not take it for flushed: call this first. Under the pte lock. */
void flush_tlb_batched_pending(struct mm_struct *mm);
/* Of these the half that the architecture has: this task owes its CPUs a flush; and pays, whether it owes or not. */
void arch_tlbbatch_add_mm(struct mm_struct *mm);
void arch_tlbbatch_flush(void);
/* Has some task put off the flush of that CPU? For oracles; no point. */
bool tlb_flush_put_off(unsigned cpu);

/*
 * Who takes rights away from entries, and flushes later, stands between these two. Whoever does so at the same time in the same mm
 * finds entries changed that are not flushed: he flushes his whole range if it is nested. No points.
 */
void inc_tlb_flush_pending(struct mm_struct *mm);
void dec_tlb_flush_pending(struct mm_struct *mm);
bool mm_tlb_flush_nested(const struct mm_struct *mm);
/* Has anybody cleared entries of it, or bits of entries, which are not flushed yet? */
bool mm_tlb_flush_pending(const struct mm_struct *mm);

/*
 * A load or store by the program that runs in mm on the current task's CPU: through the TLB, the walker and, if need be, the
 * fault handler. Returns 0, -EFAULT (segv), -ENXIO (beyond the end of a file: SIGBUS) or -ENOMEM.
 */
int user_access(struct mm_struct *mm, unsigned long addr, bool write, u64 *value);

/* ---- faults (fault.c) ---- */
/* With mmap_lock, which is taken for read. Returns as user_access(), and 0 also when the access is to be tried again. */
int handle_mm_fault(struct mm_struct *mm, unsigned long addr, bool write);
/*
 * The same of who runs in the mm: under the lock of the VMA alone, if there is one (vma_lock.h) and it will do. (arch/x86/mm/fault.c of
 * 6.4)
 */
int do_user_addr_fault(struct mm_struct *mm, unsigned long addr, bool write);
/*
 * One fault at addr, which lies in the VMA, whatever the VMA allows; mmap_lock held. Returns 0, -ENXIO or -ENOMEM. *wrote (unless it is
 * NULL): the page is one that may be written (or could, if the VMA could).
 */
int fault_in(struct vm_area_struct *vma, unsigned long addr, bool write, bool *wrote);
/* The same, but it may return -EAGAIN: mmap_lock was released, and the VMA has to be looked for again. */
int fault_in_unlocked(struct vm_area_struct *vma, unsigned long addr, bool write, bool *wrote);

/* ---- pages (page.c) ---- */

#define ZERO_PFN 0ul

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return &core()->mem_map[pfn];
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - core()->mem_map);
}

/*
 * The page itself, or the head of the huge page that it is part of: whose are references, flags, and what it is mapped by. No point:
 * whoever has a reference, or the lock of an entry, knows that it stays so; with that of a migration entry he sees the one or the other,
 * which say the same while a huge page is split.
 */
static inline struct page *compound_head(const struct page *page)
{
	unsigned long head;

	if (likely(!core()->thp))
		return (struct page *)page;
	exec_touch(&page->compound_head, TOUCH_READ);
	head = __atomic_load_n(&page->compound_head, __ATOMIC_RELAXED);
	return (struct page *)(head ? head - 1 : (unsigned long)page);
}

static inline bool PageCompound(const struct page *page)
{
	if (likely(!core()->thp))
		return false;
	exec_touch(&page->compound_head, TOUCH_READ);
	return __atomic_load_n(&page->compound_head, __ATOMIC_RELAXED);
}

static inline bool PageHead(const struct page *page)
{
	return PageCompound(page) && compound_head(page) == page;
}

/*
 * One of hugetlb's, or a part of one: as long as somebody has a reference to it. Of a free one it may change, if it fails: who comes by
 * frame number looks again under the lock of the pool. No point.
 */
static inline bool PageHuge(const struct page *page)
{
	const u8 *huge = &core()->page_huge[page - core()->mem_map];

	if (likely(!core()->thp))
		return false;
	exec_touch(huge, TOUCH_READ);
	return __atomic_load_n(huge, __ATOMIC_RELAXED);
}

/* How many pages it is. */
static inline unsigned compound_nr(const struct page *page)
{
	return PageHead(page) ? HPAGE_PMD_NR : 1;
}

/* The page's place in what it is a page of: mapping's index, which of a huge page the head knows. */
static inline unsigned long page_index(const struct page *page)
{
	const struct page *head = compound_head(page);

	exec_touch(&head->index, TOUCH_READ);
	return __atomic_load_n(&head->index, __ATOMIC_RELAXED) + (unsigned long)(page - head);
}

/*
 * Is it a file's? Of a page that is mapped, or in a cache and cannot leave it, or of a head whose page is: its mapping does not change. No
 * point.
 */
static inline bool page_of_file(const struct page *page)
{
	unsigned long mapping;

	page = compound_head(page);
	exec_touch(&page->mapping, TOUCH_READ);
	mapping = (unsigned long)__atomic_load_n(&page->mapping, __ATOMIC_RELAXED);
	return !(mapping & PAGE_MAPPING_FLAGS);
}

/* A file's huge page, or a part of one, and none of hugetlb's. As above. */
static inline bool huge_of_file(const struct page *page)
{
	return PageCompound(page) && !PageHuge(page) && page_of_file(page);
}

/* Each part of it counts the mappings by directories, too. */
static inline bool parts_count_whole(const struct page *page)
{
	return huge_of_file(page) && !core()->rmap->policy.file_parts_apart;
}

/* A page with one reference, zeroed; NULL when memory is out. */
struct page *alloc_page_at(gfp_t gfp, const struct site *site);
#define alloc_page(gfp) alloc_page_at(gfp, HERE)
void get_page_at(struct page *page, const struct site *site);
#define get_page(page) get_page_at(page, HERE)
bool get_page_unless_zero(struct page *page);
void put_page_at(struct page *page, const struct site *site);
#define put_page(page) put_page_at(page, HERE)
/* Give back a page whose count was frozen to 0. */
void free_frozen_page(struct page *page);

/* The page that an entry maps and rmap knows, or NULL. */
struct page *pte_page(pte_t pte);

#define SetPageFlag(page, bit) set_bit(bit, &(page)->flags)
#define ClearPageFlag(page, bit) clear_bit(bit, &(page)->flags)
#define PageFlag(page, bit) test_bit(bit, &(page)->flags)
#define TestClearPageFlag(page, bit) test_and_clear_bit(bit, &(page)->flags)

static inline bool flag_peek(const struct page *page, enum pageflags bit)
{
	return __atomic_load_n(&page->flags, __ATOMIC_RELAXED) >> bit & 1;
}

#define lock_page(page) bit_lock_at(PG_locked, &(page)->flags, LC_PAGE_LOCK, HERE)
#define trylock_page(page) bit_trylock_at(PG_locked, &(page)->flags, LC_PAGE_LOCK, HERE)
#define unlock_page(page) bit_unlock_at(PG_locked, &(page)->flags, LC_PAGE_LOCK, HERE)

/* Until whoever has the page locked has unlocked it. Takes the lock itself, for an instant, so that the wait is checked like others. */
#define wait_on_page_locked(page) ((void)(lock_page(page), unlock_page(page)))

/*
 * The same without the reference, which is dropped: migration must find nobody who holds the page. It may be another page by the time this
 * returns. May sleep. (Linux 5.0, mm/filemap.c.)
 */
void put_and_wait_on_page_locked_at(struct page *page, const struct site *site);
#define put_and_wait_on_page_locked(page) put_and_wait_on_page_locked_at(page, HERE)

/* How many processes map the page. Of a huge one: that page of it. */
#define page_mapcount(page) (PageCompound(page) ? compound_page_mapcount(page) : atomic_read(&(page)->_mapcount) + 1)
int compound_page_mapcount(struct page *page);
/* The mappings of all its pages; one by a directory is one. */
int total_mapcount(struct page *page);
#define mapcount_there() likely(rmap_has(core()->rmap, FEATURE_MAPCOUNT))
/* Of a huge one: is any page of it mapped? */
#define page_mapped(page)                                                     \
	(PageCompound(page)         ? compound_page_mapped(page) :            \
	 mapcount_there()           ? atomic_read(&(page)->_mapcount) + 1 > 0 : \
				      core()->rmap->mapped(page))
bool compound_page_mapped(struct page *page);
/* Of a page that is not huge, for checks: no point. */
static inline int mapcount_peek(const struct page *page)
{
	if (!mapcount_there())
		return core()->rmap->mapcount_peek(page);
	exec_touch(&page->_mapcount, TOUCH_READ);
	return atomic_peek(&page->_mapcount) + 1;
}
#define page_count(page) atomic_read(&(page)->_refcount)

static inline bool PageAnon(struct page *page)
{
	return (unsigned long)READ_ONCE(compound_head(page)->mapping) & PAGE_MAPPING_ANON;
}

/* Anonymous, and not KSM's. */
static inline bool PageAnonAlone(struct page *page)
{
	return ((unsigned long)READ_ONCE(compound_head(page)->mapping) & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_ANON;
}

/* ---- LRU (lru.c) ---- */
void lru_cache_add(struct page *page);
/* Put what this CPU / every CPU has cached on the LRU. */
void lru_add_drain(void);
void lru_add_drain_all(void);
/* Take the page off the LRU with a reference of our own; false when it is not on it. */
bool isolate_lru_page(struct page *page);
/* Put an isolated page back and drop that reference. */
void putback_lru_page(struct page *page);
/* A page on the LRU need not be kept as long as it is clean: reclaim may forget it. Under a pte lock of a mapping. */
void lru_lazyfree(struct page *page);
/* Isolate the oldest page of the LRU, or NULL. */
struct page *isolate_oldest(void);
/* Off the LRU at last, when the page is freed. */
void lru_del_page(struct page *page);

/* ---- reclaim (reclaim.c) ---- */

enum reclaim_result { RECLAIM_FREED, RECLAIM_KEPT, RECLAIM_NOT_ISOLATED, RECLAIM_ACTIVE };

/* Try to reclaim this page, used or not: isolate, unmap, swap out, free. Any page may be named. */
enum reclaim_result reclaim_page(struct page *page);
/*
 * The same if it was not used lately; else it is kept, or becomes active, or is active and has been looked at. With a group, it is
 * reclaimed on its behalf: uses by processes of others do not count.
 */
enum reclaim_result age_page(struct page *page, struct mem_cgroup *memcg);
/* Try to reclaim up to n of the oldest pages; returns how many were freed. */
unsigned shrink_lru(unsigned n);

/* ---- migration (migrate.c) ---- */

enum migrate_result {
	MIGRATED,			/* its content is in another frame now */
	MIGRATE_AGAIN,			/* somebody has it in use: it is where it was */
	MIGRATE_NOT_ISOLATED,		/* it is not on the LRU */
	MIGRATE_ENOMEM,
};

/*
 * Try once to move this page's content and mappings to a new frame, as the kernel does of its own accord (compaction): no mmap_lock
 * is held or taken. Any page may be named. Waits for the page lock.
 */
enum migrate_result migrate_page(struct page *page);
/* The same of up to n of the oldest pages; returns how many were moved. */
unsigned compact_lru(unsigned n);
/* A fault found a migration entry: wait until that migration has ended. mmap_lock held, which keeps the table. May return early. */
void migration_entry_wait(struct pgtable *pt, pte_t *ptep);
/* The old frame that a migration entry names. pte lock held, so that the entry stays. */
struct page *migration_entry_to_page(pte_t pte);

#endif
