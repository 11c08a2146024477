/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of the directory that map a huge page, and how a table takes the place of one: each page of the huge page is mapped by
 * itself then, and the huge page stays what it is. That changes one process alone, so that others may have it mapped otherwise.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "mlock.h"
#include "mmu_notifier.h"
#include "references.h"

void pmd_touch_mappers(pmd_t pmd)
{
	if (!(pmd.pmd & PMD_LEAF))
		return;
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		exec_touch_part(pmd_page(pmd) + i, PAGE_MAPPERS, TOUCH_ADD);
}

void pmd_touch_table(const struct pmd_table *table)
{
	for (unsigned i = 0; i < PTRS_PER_PMD; i++)
		pmd_touch_mappers((pmd_t){ __atomic_load_n(&table->pmd[i].pmd, __ATOMIC_RELAXED) });
}

pmd_t pmdp_invalidate(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = pmd_offset(mm, addr), old;

	exec_point(OP_RMW, pmd);
	old.pmd = __atomic_fetch_or(&pmd->pmd, PTE_PROTNONE, __ATOMIC_SEQ_CST);
	pmd_touch_mappers(old);
	flush_tlb_range(mm, huge_start(addr), huge_start(addr) + HPAGE_PMD_SIZE);
	return old;
}

bool pmdp_test_and_clear_young(const struct rmap_location *at)
{
	pmd_t *pmd = pmd_offset(at->vma->vm_mm, at->address);

	exec_point(OP_RMW, pmd);
	return __atomic_fetch_and(&pmd->pmd, ~PTE_ACCESSED, __ATOMIC_SEQ_CST) & PTE_ACCESSED;
}

/* Flushed, other than an entry of a table, as on x86. */
bool pmdp_clear_flush_young_notify(const struct rmap_location *at)
{
	struct mm_struct *mm = at->vma->vm_mm;
	bool young = pmdp_test_and_clear_young(at);

	if (young)
		flush_tlb_range(mm, at->address, at->address + HPAGE_PMD_SIZE);
	return mmu_notifier_clear_flush_young(mm, at->address, at->address + HPAGE_PMD_SIZE) || young;
}

void pgtable_deposit(struct mm_struct *mm, struct pgtable *pt)
{
	lockdep_assert_held(&pmd_lockptr(mm)->l);
	pt->deposited = mm->pmd_huge_pte;
	mm->pmd_huge_pte = pt;
}

struct pgtable *pgtable_withdraw(struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt = mm->pmd_huge_pte;

	lockdep_assert_held(&pmd_lockptr(mm)->l);
	if (!pt)
		die("a huge entry without a table to split it");
	mm->pmd_huge_pte = pt->deposited;
	pt->deposited = NULL;
	data_set_up(pt);		/* nobody else knows it from here on */
	pt->start = huge_start(addr);
	return pt;
}

bool follow_pte_pmd(struct mm_struct *mm, unsigned long addr, struct mapping_entry *e)
{
	if (unlikely(pud_table_peek(mm, addr)))
		return follow_hugetlb(mm, addr, e);
	if (unlikely(core()->thp) && pmd_trans_huge(pmdp_get(pgd_entry(mm, addr)))) {
		pmd_t pmd;

		pmd_lock(mm);
		pmd = pmdp_get(pgd_entry(mm, addr));
		if (pmd_trans_huge(pmd)) {
			e->pte = pmd_pte_at(pmd, addr);
			e->pt = NULL;
			e->ptl = pmd_lockptr(mm);
			return true;
		}
		pmd_unlock(mm);
	}
	e->pt = pgtable_find(mm, addr);
	if (!e->pt)
		return false;
	e->ptl = pte_lockptr(e->pt);
	spin_lock(e->ptl);
	e->pte = ptep_get(pte_offset(e->pt, addr));
	return true;
}

/* ---- from one entry to a table of them ---- */

static void fill_table(struct pgtable *pt, struct page *head, pmd_t old, bool freeze)
{
	unsigned long bits = old.pmd & (PTE_WRITE | PTE_ACCESSED | PTE_PROTNONE | PTE_SOFT_DIRTY);

	/* No points: the table is not hung up yet. */
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		unsigned long pfn = page_to_pfn(head) + i;

		pt->pte[i] = freeze ? pte_with(migration_pte(pfn, bits & PTE_WRITE), bits & PTE_SOFT_DIRTY) : pfn_pte(pfn, bits);
		pte_touch_mappers(pt->pte[i]);
	}
}

/* The table has migration entries, which count for no mapping and hold no reference. pmd lock held. */
static void drop_frozen(struct vm_area_struct *vma, unsigned long start, struct page *head)
{
	core()->rmap->huge_frozen(head, &(struct rmap_location){ vma, start, NULL });
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		put_page(head + i);
}

/* pmd lock held, and the page locked. */
static void split_entry(struct vm_area_struct *vma, unsigned long addr, struct page *head, bool freeze)
{
	const struct rmap_location at = { vma, huge_start(addr), NULL };
	struct mm_struct *mm = vma->vm_mm;
	struct pgtable *pt;
	pmd_t old;
	WINDOW(SPLIT_PMD);

	/*
	 * The processor must not have a translation of the huge page and of one of its pages at the same time. And what it has set in
	 * the entry by now is all that it will have set.
	 */
	old = pmdp_invalidate(mm, addr);
	atomic_add(HPAGE_PMD_NR - 1, &head->_refcount);
	if (pmd_has(old, PTE_DIRTY))
		SetPageFlag(head, PG_dirty);
	/* Its pages may be mapped and locked each by somebody else from now on. */
	if (page_mlocked(head) && !defect(D_SPLIT_MLOCKED))
		clear_page_mlock(head);
	pt = pgtable_withdraw(mm, addr);
	core()->rmap->huge_to_table(head, &at, freeze);
	fill_table(pt, head, old, freeze);
	data_publish(pt);
	smp_store_release(&mm->pgd[addr / HPAGE_PMD_SIZE], pt);
	event(HUGE_PMD_SPLIT, .mm = mm, .addr = huge_start(addr), .pfn = page_to_pfn(head), .obj = head);
	if (freeze)
		drop_frozen(vma, at.address, head);
}

/* ---- a file's entry just goes: its pages are found again by faults ---- */

/*
 * pmd lock held, and nothing else is needed: nobody asks a file's page whether it is mapped once only. No table is waiting for this entry,
 * either.
 */
static void zap_file_entry(struct vm_area_struct *vma, unsigned long addr, struct page *head)
{
	const struct rmap_location at = { vma, huge_start(addr), NULL };
	struct mm_struct *mm = vma->vm_mm;
	pmd_t old = pmdp_huge_get_and_clear(pmd_offset(mm, addr));

	flush_tlb_range(mm, at.address, at.address + HPAGE_PMD_SIZE);
	/* What the entry knew goes to the page, before it leaves the reverse map: write-back does not look for it any more then. */
	if (pmd_has(old, PTE_DIRTY) && !defect(D_SPLIT_FILE_DIRTY))
		set_page_dirty(head);
	if (pmd_has(old, PTE_ACCESSED) && !page_flag_rare(head, PG_referenced))
		SetPageFlag(head, PG_referenced);
	/* Who has mapped it by another entry need not have locked it. */
	if (page_mlocked(head))
		clear_page_mlock(head);
	core()->rmap->huge_remove(head, &at);
	count_file(mm, -(long)HPAGE_PMD_NR);
	event(HUGE_PMD_SPLIT, .mm = mm, .addr = at.address, .pfn = page_to_pfn(head), .obj = head);
	put_page(head);
}

bool lock_huge_page(struct mm_struct *mm, unsigned long addr, pmd_t seen)
{
	struct page *head = pmd_page(seen);
	bool same;

	if (trylock_page(head))
		return true;
	get_page(head);
	pmd_unlock(mm);
	lock_page(head);
	pmd_lock(mm);
	same = pmd_same_mapping(pmdp_get(pmd_offset(mm, addr)), seen);
	if (!same)
		unlock_page(head);
	put_page(head);
	return same;
}

/* Who asks an anonymous page whether it is his alone holds its lock; the tree of a file's may be locked here, which comes after it. */
static bool needs_page_lock(const struct page *head)
{
	return !page_of_file(head) || defect(D_SPLIT_FILE_LOCKED);
}

/* pmd lock held. The entry's huge page, locked if it is anonymous; NULL when there is none. */
static struct page *lock_mapped(struct mm_struct *mm, unsigned long addr)
{
	for (;;) {
		pmd_t pmd = pmdp_get(pmd_offset(mm, addr));

		if (!pmd_trans_huge(pmd))
			return NULL;
		if (defect(D_Z41) || !needs_page_lock(pmd_page(pmd)) || lock_huge_page(mm, addr, pmd))
			return pmd_page(pmd);
	}
}

static bool maps_huge(struct mm_struct *mm, unsigned long addr, const struct page *page)
{
	pmd_t pmd = pmdp_get(pmd_offset(mm, addr));

	return pmd_trans_huge(pmd) && pmd_page(pmd) == page;
}

static void split_mapped(struct vm_area_struct *vma, unsigned long addr, struct page *head, bool freeze)
{
	if (page_of_file(head))
		zap_file_entry(vma, addr, head);
	else
		split_entry(vma, addr, head, freeze);
}

void split_huge_pmd_locked(struct vm_area_struct *vma, unsigned long addr, struct page *page, bool freeze)
{
	lockdep_assert_held(&pmd_lockptr(vma->vm_mm)->l);
	if (maps_huge(vma->vm_mm, addr, page))
		split_mapped(vma, addr, page, freeze);
}

/*
 * Whoever has translations of his own would find the pages by the table's entries then as he did before. But for a moment there is no
 * entry, and he must not come by, nor go on.
 */
static void split_or_freeze(struct vm_area_struct *vma, unsigned long addr, struct page *page, bool freeze)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long start = huge_start(addr);
	bool unlock = false;
	struct page *head;

	mmu_notifier_invalidate_range_start(mm, start, start + HPAGE_PMD_SIZE);
	pmd_lock(mm);
	if (page) {
		head = maps_huge(mm, addr, page) ? page : NULL;
	} else {
		head = lock_mapped(mm, addr);
		unlock = head && !defect(D_Z41) && needs_page_lock(head);
	}
	if (head)
		split_mapped(vma, addr, head, freeze);
	pmd_unlock(mm);
	if (unlock)
		unlock_page(head);
	mmu_notifier_invalidate_range_end(mm, start, start + HPAGE_PMD_SIZE);
}

void split_huge_pmd(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	split_or_freeze(vma, addr, page, false);
}

void freeze_huge_pmd(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	split_or_freeze(vma, addr, page, true);
}

/* ---- boundaries of VMAs ---- */

static void split_at(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long start = huge_start(addr);

	/* One that does not lie in the VMA as a whole is not mapped by a huge entry. */
	if (addr != start && start >= vma->vm_start && start + HPAGE_PMD_SIZE <= vma->vm_end && huge_at(vma->vm_mm, addr))
		split_huge_pmd(vma, addr, NULL);
}

void vma_adjust_trans_huge(struct vm_area_struct *vma, unsigned long start, unsigned long end, struct vm_area_struct *next,
			   long next_pages)
{
	if (!core()->thp)
		return;
	split_at(vma, start);
	split_at(vma, end);
	if (next && next_pages > 0)
		split_at(next, next->vm_start + ((unsigned long)next_pages << PAGE_SHIFT));
}
