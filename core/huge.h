/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Huge pages: as many frames in a row as a page table has entries, the first of them at a multiple of that number.
 *
 * A huge page is mapped by an entry of the directory in the place of a table, or page by page by the entries of tables, or, after
 * a fork, by both: there is one for each process. The lock of the directory's entries (pmd lock) is page_table_lock, as it is in
 * Linux where tables of that level have no locks of their own. It is never held together with a pte lock.
 *
 * They are anonymous, or a file's (in its cache: filemap.c). Of an anonymous one _mapcount counts what tables map, and compound_mapcount
 * what directories do; of a file's _mapcount counts both, unless the provider's policy says file_parts_apart (so 6.12). For a
 * file's entry no table is waiting: when it goes, faults bring it back.
 */
#ifndef CORE_HUGE_H
#define CORE_HUGE_H

#include "mm.h"

/* ---- entries of the directory ---- */

static inline bool pmd_none(pmd_t pmd)
{
	return !pmd.pmd;
}

/* No table's address has one of these bits; of an entry that is neither empty nor present the second one is set. */
#define PMD_LEAF (PTE_PRESENT | PTE_WRITE)

static inline bool pmd_trans_huge(pmd_t pmd)
{
	return pmd.pmd & PTE_PRESENT;
}

static inline pte_t pmd_pte(pmd_t pmd)
{
	return __pte(pmd.pmd);
}

static inline pmd_t pte_pmd(pte_t pte)
{
	return (pmd_t){ pte.pte };
}

static inline bool pmd_has(pmd_t pmd, unsigned long bits)
{
	return pte_has(pmd_pte(pmd), bits);
}

/* A migration entry for a page of hugetlb: see migration_pte(). */
static inline pmd_t migration_pmd(unsigned long pfn, bool write)
{
	return (pmd_t){ migration_pte(pfn, write).pte | PTE_HUGE | (PMD_LEAF & ~PTE_PRESENT) };
}

static inline bool pmd_migration(pmd_t pmd)
{
	return (pmd.pmd & PMD_LEAF) == (PMD_LEAF & ~PTE_PRESENT) && pte_migration(pmd_pte(pmd));
}

/* A poison entry for one: see hwpoison_pte(). It names the first frame, whichever has failed. */
static inline pmd_t hwpoison_pmd(unsigned long pfn)
{
	return (pmd_t){ hwpoison_pte(pfn).pte | PTE_HUGE | (PMD_LEAF & ~PTE_PRESENT) };
}

static inline bool pmd_hwpoison(pmd_t pmd)
{
	return (pmd.pmd & PMD_LEAF) == (PMD_LEAF & ~PTE_PRESENT) && pte_hwpoison(pmd_pte(pmd));
}

/* The bits that the hardware sets do not count. */
static inline bool pmd_same_mapping(pmd_t a, pmd_t b)
{
	return pte_same_mapping(pmd_pte(a), pmd_pte(b));
}

/* The huge page that it maps. */
static inline struct page *pmd_page(pmd_t pmd)
{
	return pfn_to_page(pte_pfn(pmd_pte(pmd)));
}

static inline unsigned long huge_start(unsigned long addr)
{
	return addr & ~(HPAGE_PMD_SIZE - 1);
}

/* Which page of a huge one that is mapped there addr is in. */
static inline unsigned huge_index(unsigned long addr)
{
	return (unsigned)((addr - huge_start(addr)) >> PAGE_SHIFT);
}

/* The page of it that addr is in. */
static inline struct page *pmd_page_at(pmd_t pmd, unsigned long addr)
{
	return pmd_page(pmd) + huge_index(addr);
}

/* The entry that a table would have for addr, with PTE_HUGE. */
static inline pte_t pmd_pte_at(pmd_t pmd, unsigned long addr)
{
	return __pte(pmd.pmd + ((unsigned long)huge_index(addr) << PTE_SHIFT));
}

/* The table of huge entries for addr, which others may have, too; or NULL. No point: a change of it is seen at the entry. */
static inline struct pmd_table *pud_table_peek(const struct mm_struct *mm, unsigned long addr)
{
	struct pmd_table *const *pud = &mm->pud[addr / PUD_SIZE];

	if (likely(!core()->thp))
		return NULL;
	exec_touch(pud, TOUCH_READ);
	return __atomic_load_n(pud, __ATOMIC_ACQUIRE);
}

static inline unsigned pmd_index(unsigned long addr)
{
	return (unsigned)(addr / HPAGE_PMD_SIZE % PTRS_PER_PMD);
}

/* The directory's own. */
static inline pmd_t *pgd_entry(struct mm_struct *mm, unsigned long addr)
{
	return (pmd_t *)&mm->pgd[addr / HPAGE_PMD_SIZE];
}

/* Where the entry of addr is. In a table that others have, too, it is that for who holds i_mmap, or the table's lock. */
static inline pmd_t *pmd_offset(struct mm_struct *mm, unsigned long addr)
{
	struct pmd_table *table = pud_table_peek(mm, addr);

	if (unlikely(table))
		return &table->pmd[pmd_index(addr)];
	return pgd_entry(mm, addr);
}

/* No point: for checks, and for who only wants to know where to go on. */
static inline pmd_t pmd_peek(const struct mm_struct *mm, unsigned long addr)
{
	const struct pmd_table *table = pud_table_peek(mm, addr);

	if (unlikely(table))
		return (pmd_t){ __atomic_load_n(&table->pmd[pmd_index(addr)].pmd, __ATOMIC_RELAXED) };
	return (pmd_t){ __atomic_load_n(&((const pmd_t *)&mm->pgd[addr / HPAGE_PMD_SIZE])->pmd, __ATOMIC_RELAXED) };
}

/* The table that the directory's entry leads to; NULL when there is none, or a huge entry. */
static inline struct pgtable *pmd_pgtable(pmd_t pmd)
{
	return unlikely(pmd.pmd & PMD_LEAF) ? NULL : (struct pgtable *)pmd.pmd;
}

/* The table of addr, or NULL. No point, as above. */
static inline struct pgtable *pgtable_peek(const struct mm_struct *mm, unsigned long addr)
{
	return pmd_pgtable(pmd_peek(mm, addr));
}

/* What maps addr; of a huge page the entry that a table would have for it, with PTE_HUGE; else empty. No point, as above. */
static inline pte_t pte_peek(const struct mm_struct *mm, unsigned long addr)
{
	pmd_t pmd = pmd_peek(mm, addr);
	struct pgtable *pt = pmd_pgtable(pmd);

	if (pmd.pmd & PMD_LEAF)
		return pmd_pte_at(pmd, addr);
	return pt ? *pte_offset(pt, addr) : __pte(0);
}

#define pmdp_get(pmdp) ((pmd_t){ READ_ONCE((pmdp)->pmd) })
#define set_pmd(pmdp, val)                                              \
	do {                                                            \
		pmd_t set_pmd_val_ = (val);                             \
		WRITE_ONCE((pmdp)->pmd, set_pmd_val_.pmd);              \
		pmd_touch_mappers(set_pmd_val_);                        \
	} while (0)
#define pmdp_huge_get_and_clear(pmdp)                                   \
	({                                                              \
		pmd_t pmd_old_ = { xchg(&(pmdp)->pmd, 0ul) };           \
		pmd_touch_mappers(pmd_old_);                            \
		pmd_old_;                                               \
	})

/* A huge entry comes or goes: as pte_touch_mappers(), for each of its pages. */
void pmd_touch_mappers(pmd_t pmd);
/* The same of all entries of a table that an mm has no longer. */
void pmd_touch_table(const struct pmd_table *table);

/*
 * The processor uses the entry no longer, on no CPU; the kernel still sees a huge page. Returns what it was, with every bit that
 * the processor has set. pmd lock held.
 */
pmd_t pmdp_invalidate(struct mm_struct *mm, unsigned long addr);

/* Take its accessed bit away: was it set? The address is where it begins, pmd lock held. */
bool pmdp_test_and_clear_young(const struct rmap_location *at);
/* The same, flushed, and asked of devices, too. */
bool pmdp_clear_flush_young_notify(const struct rmap_location *at);

static inline spinlock_t *pmd_lockptr(struct mm_struct *mm)
{
	return &mm->page_table_lock;
}

#define pmd_lock(mm) spin_lock(pmd_lockptr(mm))
#define pmd_unlock(mm) spin_unlock(pmd_lockptr(mm))

/* An entry that translates an address, and the lock that it is looked at under. */
struct mapping_entry {
	pte_t pte;			/* of a huge page what a table would have for it, and PTE_HUGE */
	struct pgtable *pt;		/* NULL: it is the directory's */
	spinlock_t *ptl;		/* held */
};

/* The entry of addr. False, and nothing is locked, when there is neither a table nor a huge page. mmap_lock held. */
bool follow_pte_pmd(struct mm_struct *mm, unsigned long addr, struct mapping_entry *e);

/* Is there a huge entry for addr? A point, but none where there are no huge pages. */
#define huge_at(mm, addr) (unlikely(core()->thp) && pmd_trans_huge(pmdp_get(pmd_offset(mm, addr))))

/* ---- tables in waiting: one for each huge entry, so that a split needs no memory. pmd lock held ---- */

void pgtable_deposit(struct mm_struct *mm, struct pgtable *pt);
/* The caller's, for the entry of addr. */
struct pgtable *pgtable_withdraw(struct mm_struct *mm, unsigned long addr);
/* A table that nobody knows yet; NULL when memory is out. May sleep: no lock is held. */
struct pgtable *pgtable_alloc(struct mm_struct *mm, unsigned long addr);
/*
 * The table of addr: *new, which is NULL then, unless another thread of the mm has brought one meanwhile; NULL when there is a huge entry.
 * Takes page_table_lock.
 */
struct pgtable *pgtable_install(struct mm_struct *mm, unsigned long addr, struct pgtable **new);

/* ---- huge.c ---- */

/*
 * If there is a huge entry for addr, a table takes its place, and the huge page is mapped by that, page by page; a file's is not mapped
 * there at all any more, and found again by faults. mmap_lock held, or the lock of the anon_vma or the file's tree. page: NULL, and the
 * page lock may be waited for here, of an anonymous page; or the huge page, locked: then no other one is meant.
 */
void split_huge_pmd(struct vm_area_struct *vma, unsigned long addr, struct page *page);
/*
 * The same of a huge page that is to be split itself: the table has migration entries at once, if it is anonymous. For reverse maps whose
 * kernel does so (4.19 has one entry after the other replaced).
 */
void freeze_huge_pmd(struct vm_area_struct *vma, unsigned long addr, struct page *page);
/*
 * Either of them for who has looked at the entry: pmd lock held, page the huge page, locked, and the MMU notifiers of the range told.
 * (Linux 6.11, mm/huge_memory.c.)
 */
void split_huge_pmd_locked(struct vm_area_struct *vma, unsigned long addr, struct page *page, bool freeze);

/*
 * The page lock of the huge page that the entry of addr, as it was seen, maps. False, and the page is not locked, if it had to be waited
 * for and the entry has changed: look again. pmd lock held, and may be released and taken again.
 */
bool lock_huge_page(struct mm_struct *mm, unsigned long addr, pmd_t seen);

/* The range of vma is about to change (and next's start by next_pages): no huge entry may lie across a boundary. mmap_lock:W. */
void vma_adjust_trans_huge(struct vm_area_struct *vma, unsigned long start, unsigned long end, struct vm_area_struct *next,
			   long next_pages);

/* ---- compound.c; which page of the huge one does not matter ---- */

/* A huge page with one reference, zeroed; NULL when there are no frames in a row. */
struct page *alloc_huge_page_at(gfp_t gfp, const struct site *site);
#define alloc_huge_page(gfp) alloc_huge_page_at(gfp, HERE)

/* The huge page that it is part of, or else itself, with a reference; NULL when nobody has one, or it has just become another's. */
struct page *get_whole_page(struct page *page);

/* How many processes map that page of it which has most; in *total all mappings of all its pages, one by the directory as one. */
int page_trans_huge_mapcount(struct page *page, int *total);

/* ---- split.c ---- */

/*
 * Make small pages of a huge one, however it is mapped. It is locked, and nobody but its mappings and the caller has a reference;
 * false, and it is what it was, if somebody has. This page of it, which need not be the head, is locked then, and has the caller's
 * reference; the others go to the LRU.
 */
bool split_huge_page(struct page *page);
/* As above, and then unlocks whichever page is locked. The caller's reference is that page's, and is kept. */
bool split_huge_page_unlock(struct page *page);
/* A page of it is not mapped any more: the rest may be worth a split. Under a pte lock or a pmd lock. */
void deferred_split_huge_page(struct page *head);
/* It is freed. */
void forget_deferred_split(struct page *head);
/* Try to split up to n of those; returns how many were. As reclaim. */
unsigned deferred_split_scan(unsigned n);

/* ---- khugepaged.c ---- */

enum collapse_result { COLLAPSED, COLLAPSE_AGAIN, COLLAPSE_ENOMEM };

/*
 * Make a huge page of the small ones around addr, if the VMA wants huge pages, none of them has another user, and one at least may be
 * written to. COLLAPSE_AGAIN: something was against it.
 */
enum collapse_result collapse_huge_page(struct mm_struct *mm, unsigned long addr);

/* ---- collapse_file.c ---- */

struct address_space;

/*
 * The same of the file's pages around that one, those of them that are cached, if the file wants huge pages. mm: to whose group the huge
 * page is charged, or NULL.
 */
enum collapse_result collapse_file(struct address_space *mapping, unsigned long index, struct mm_struct *mm);

/* ---- retract.c ---- */

/*
 * Take back every table that maps nothing, and belongs to one VMA of the file that has no anon_vma. Waits for the file's tree, and for no
 * process. Returns how many.
 */
unsigned retract_page_tables(struct address_space *mapping);
/* The same of tables that are there for the huge page that begins at that page of the file. It is locked. */
unsigned retract_page_table(struct address_space *mapping, unsigned long start);
/* khugepaged may come to the mm from now on: a file is mapped. mmap_lock held for write. */
void khugepaged_enter(struct mm_struct *mm);
/* Nobody uses the mm any more: whoever has come to it is waited for, and nobody comes after that. */
void khugepaged_exit(struct mm_struct *mm);

/* ---- fault_huge.c ---- */

struct fault;

/* Not to be handled here: small pages are wanted, or it is a file's to say. */
#define FAULT_FALLBACK 1

/* A fault where a huge page is mapped or may be. Returns 0, -ENOMEM or FAULT_FALLBACK. */
int do_huge_fault(struct fault *f);

#endif
