/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking mappings away: entries, then the VMAs out of the reverse map, then page tables, then a flush, and only after it the
 * pages. A page whose entry is gone may still be in some CPU's TLB, so it waits in the gather until the flush.
 */
#include "defects.h"
#include "device.h"
#include "hugetlb.h"
#include "internal.h"
#include "references.h"
#include "mlock.h"
#include "mmu_notifier.h"

#define GATHER_PAGES 8

struct mmu_gather {
	struct mm_struct *mm;
	enum zap_what what;
	bool must_flush;		/* before the pte lock is released */
	bool unshared;			/* and before i_mmap is: tables were given up to others */
	unsigned long start, end;	/* all of it */
	unsigned long from, to;		/* where entries were cleared since the last flush; to 0: nowhere */
	struct page *page[GATHER_PAGES];
	unsigned nr_pages;
	unsigned long at[GATHER_PAGES];	/* where each was mapped */
	u8 delayed;			/* bit set of page[]: still in the reverse map, until the flush */
	struct pgtable *table[PTRS_PER_PGD];
	unsigned nr_tables;
	struct pmd_table *pmd_table[PTRS_PER_PGD / PTRS_PER_PMD];
	unsigned nr_pmd_tables;
	bool vma_stays;			/* others fault in the range meanwhile */
	bool nonlinear;			/* what the entries say of the file stays; only those of its pages first to last go */
	unsigned long first, last;
	bool sync;			/* what somebody else is unmapping must be unmapped when we are done, a huge page too */
};

static void gather_begin(struct mmu_gather *tlb, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	tlb->mm = mm;
	tlb->start = start;
	tlb->end = end;
	tlb->from = tlb->to = 0;
	tlb->nr_pages = tlb->nr_tables = tlb->nr_pmd_tables = 0;
	tlb->unshared = false;
	tlb->vma_stays = tlb->sync = false;
	tlb->delayed = 0;
	tlb->must_flush = false;
	tlb->what = ZAP_ALL;
	tlb->nonlinear = false;
	inc_tlb_flush_pending(mm);
}

/* An entry of this page is gone, or the table for it. */
static void gather_cleared(struct mmu_gather *tlb, unsigned long addr)
{
	tlb->from = tlb->to ? min(tlb->from, addr) : addr;
	tlb->to = max(tlb->to, addr + PAGE_SIZE);
}

/* Where entries were cleared. Who found all of them empty has nothing to flush. */
static void gather_flush_tlb(struct mmu_gather *tlb)
{
	if (tlb->to)
		flush_tlb_range_defect(tlb->mm, tlb->from, tlb->to, D_SVA_UNMAP);
	tlb->from = tlb->to = 0;
}

/* Flush, then let go of what was gathered. Neither pte lock nor rmap lock may be held. */
static void gather_flush(struct mmu_gather *tlb)
{
	gather_flush_tlb(tlb);
	for (unsigned i = 0; i < tlb->nr_pages; i++)
		free_page_and_swap_cache(tlb->page[i]);
	tlb->nr_pages = 0;
	for (unsigned i = 0; i < tlb->nr_tables; i++)
		pgtable_free(tlb->table[i]);
	for (unsigned i = 0; i < tlb->nr_pmd_tables; i++)
		pmd_table_free(tlb->pmd_table[i]);
	tlb->nr_tables = tlb->nr_pmd_tables = 0;
}

static void gather_end(struct mmu_gather *tlb)
{
	/* Somebody else clears entries at the same time: what we have found empty may be his, and not flushed yet. */
	if (mm_tlb_flush_nested(tlb->mm)) {
		tlb->from = tlb->to ? min(tlb->from, tlb->start) : tlb->start;
		tlb->to = max(tlb->to, tlb->end);
	}
	gather_flush(tlb);
	dec_tlb_flush_pending(tlb->mm);
}

/* Of a nonlinear mapping. The page stays where it is in its file as long as it is mapped. */
static bool in_extent(const struct mmu_gather *tlb, const struct page *page)
{
	unsigned long index = __atomic_load_n(&page->index, __ATOMIC_RELAXED);

	exec_touch(&page->index, TOUCH_READ);
	return index >= tlb->first && index <= tlb->last;
}

/* Truncate of one page leaves the copies that private mappings made of it. */
static bool zap_wanted(const struct mmu_gather *tlb, const struct vm_area_struct *vma, pte_t pte)
{
	struct page *page = pte_page(pte);

	if (tlb->nonlinear)
		return page && in_extent(tlb, page);
	return tlb->what != ZAP_FILE || !page || maps_file_page(vma, page);
}

static bool zap_swapped(const struct mmu_gather *tlb)
{
	return !tlb->nonlinear && (tlb->what == ZAP_ALL || (tlb->what == ZAP_FILE_AND_COWS && !defect(D_TRUNCATE_SWAP)));
}

/* A migration entry is treated as the page that it stands for. */
static bool zap_moving(const struct mmu_gather *tlb, struct page *page)
{
	if (tlb->nonlinear)
		return in_extent(tlb, page);
	if (tlb->what != ZAP_ALL && defect(D_TRUNCATE_SWAP))
		return false;
	return tlb->what != ZAP_FILE || !PageAnon(page);
}

/*
 * A dirty entry of a file: some CPU may go on writing through its translation until the flush. Whoever cleans the page meanwhile
 * must come to wait for our pte lock, so the flush comes before it is released, and the page stays in the reverse map until then
 * (he would not look for entries of a page that is not mapped).
 */
static bool zap_file(struct mmu_gather *tlb, const struct vm_area_struct *vma, struct page *page, pte_t pte)
{
	count_file(tlb->mm, pte_has(pte, PTE_HUGE) ? -(long)HPAGE_PMD_NR : -1);
	/* Its accessed bit is gone with the entry: this is what remains of it. */
	if (pte_has(pte, PTE_ACCESSED) && !vma_read_once(vma))
		mark_page_accessed(compound_head(page));
	if (!pte_has(pte, PTE_DIRTY))
		return false;
	set_page_dirty(page);
	return true;
}

static void zap_present(struct mmu_gather *tlb, const struct rmap_location *at)
{
	pte_t pte = ptep_get_and_clear(at->pte);
	struct page *page = pte_page(pte);
	bool dirty = false;

	gather_cleared(tlb, at->address);
	if (tlb->vma_stays)
		event(PTE_DROPPED, .mm = tlb->mm, .addr = at->address, .pfn = pte_pfn(pte));

	if (!page)
		return;
	if (maps_file_page(at->vma, page))
		dirty = zap_file(tlb, at->vma, page, pte);
	else
		count_anon(tlb->mm, -1);
	if (!dirty || defect(D_RMAP_EARLY) || defect(D_ZAP_UNLOCKED))
		core()->rmap->page_remove(page, at);
	else
		tlb->delayed |= 1u << tlb->nr_pages;
	tlb->must_flush |= dirty && !defect(D_ZAP_UNLOCKED);
	tlb->at[tlb->nr_pages] = at->address;
	tlb->page[tlb->nr_pages++] = page;
}

/* Pte lock held. */
static void flush_dirty(struct mmu_gather *tlb, struct vm_area_struct *vma, struct pgtable *pt)
{
	if (!tlb->must_flush)
		return;
	gather_flush_tlb(tlb);
	for (unsigned i = 0; i < tlb->nr_pages; i++) {
		const struct rmap_location at = { vma, tlb->at[i], pte_offset(pt, tlb->at[i]) };

		if (tlb->delayed >> i & 1)
			core()->rmap->page_remove(tlb->page[i], &at);
	}
	tlb->delayed = 0;
	tlb->must_flush = false;
}

/* No processor reaches it, so nothing has to be flushed before the page goes; but nobody frees pages under the lock. */
static void zap_private(struct mmu_gather *tlb, const struct rmap_location *at, pte_t pte)
{
	if (tlb->vma_stays)
		event(PTE_DROPPED, .mm = tlb->mm, .addr = at->address, .pfn = NO_PFN);
	tlb->page[tlb->nr_pages++] = zap_device(tlb->mm, at, pte);
}

/* Nothing but the entry: mapping and reference went when it became one. The migration finds one place less to come back to. */
static void zap_migration(struct mmu_gather *tlb, const struct rmap_location *at, pte_t pte)
{
	struct page *page = migration_entry_to_page(pte);

	if (!zap_moving(tlb, page))
		return;
	count_page(tlb->mm, page, -1);
	replace_migration_pte(at->pte, pte, __pte(0));
	if (tlb->vma_stays)
		event(PTE_DROPPED, .mm = tlb->mm, .addr = at->address, .pfn = NO_PFN);
	event(MIGRATION_ZAPPED, .mm = tlb->mm, .addr = at->address, .pfn = page_to_pfn(page), .obj = page);
}

/* The entry is gone, or was not to go. What is not the address's own page of the file stays known to be that which is shown there. */
static void keep_offset(const struct rmap_location *at, const struct page *page)
{
	unsigned long index = __atomic_load_n(&page->index, __ATOMIC_RELAXED);

	exec_touch(&page->index, TOUCH_READ);
	if (!pte_none(ptep_get(at->pte)) || index == linear_page_index(at->vma, at->address))
		return;
	set_pte(at->pte, file_pte(index));
	event(FILE_ENTRY, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
}

/* One table's part of a VMA. Stops when the gather is full; returns where to go on. */
static unsigned long zap_pte_range(struct mmu_gather *tlb, struct pgtable *pt, struct vm_area_struct *vma,
				   unsigned long addr, unsigned long end)
{
	spin_lock(pte_lockptr(pt));
	flush_tlb_batched_pending(tlb->mm);
	for (; addr < end && tlb->nr_pages < GATHER_PAGES; addr += PAGE_SIZE) {
		struct rmap_location at = { vma, addr, pte_offset(pt, addr) };
		pte_t pte = ptep_get(at.pte);

		if (pte_present(pte)) {
			if (zap_wanted(tlb, vma, pte))
				zap_present(tlb, &at);
			if (tlb->nonlinear && pte_page(pte))
				keep_offset(&at, pte_page(pte));
		} else if (pte_swap(pte) && zap_swapped(tlb)) {
			free_swap_and_cache(pte_swp(pte));
			count_swap(tlb->mm, -1);
			set_pte(at.pte, __pte(0));
			if (tlb->vma_stays)
				event(PTE_DROPPED, .mm = tlb->mm, .addr = addr, .pfn = NO_PFN);
		} else if (pte_device(pte)) {
			/* Anonymous: truncate leaves it, if it leaves copies. */
			if (tlb->what != ZAP_FILE)
				zap_private(tlb, &at, pte);
		} else if (pte_migration(pte)) {
			zap_migration(tlb, &at, pte);
		} else if (pte_file(pte) && zap_swapped(tlb)) {
			set_pte(at.pte, __pte(0));
		} else if (pte_hwpoison(pte) && zap_swapped(tlb)) {
			set_pte(at.pte, __pte(0));
			if (tlb->vma_stays)
				event(PTE_DROPPED, .mm = tlb->mm, .addr = addr, .pfn = NO_PFN);
		}
	}
	flush_dirty(tlb, vma, pt);
	spin_unlock(pte_lockptr(pt));
	return addr;
}

/* Its reference goes after the flush. */
static void gather_huge_page(struct mmu_gather *tlb, struct page *head)
{
	if (defect(D_HUGE_EARLY))
		put_page(head);
	else
		tlb->page[tlb->nr_pages++] = head;
}

/*
 * A file's huge page. Here, too, the flush comes before the lock is released if a processor may still write, and the page stays in the
 * reverse map until then. No table waits for such an entry.
 */
static void zap_huge_file(struct mmu_gather *tlb, const struct rmap_location *at, pmd_t pmd)
{
	if (zap_file(tlb, at->vma, pmd_page(pmd), pmd_pte(pmd)))
		gather_flush_tlb(tlb);
	core()->rmap->huge_remove(pmd_page(pmd), at);
	gather_huge_page(tlb, pmd_page(pmd));
}

/* One of hugetlb's. */
static void zap_hugetlb(struct mmu_gather *tlb, const struct rmap_location *at, pmd_t pmd)
{
	hugetlb_zapped(at->vma, at->address, pmd);
	core()->rmap->huge_remove(pmd_page(pmd), at);
	gather_huge_page(tlb, pmd_page(pmd));
}

/* An anonymous one. Returns the table that was to be used when it is split. */
static struct pgtable *zap_huge_anon(struct mmu_gather *tlb, const struct rmap_location *at, pmd_t pmd)
{
	core()->rmap->huge_remove(pmd_page(pmd), at);
	count_anon(tlb->mm, -(long)HPAGE_PMD_NR);
	gather_huge_page(tlb, pmd_page(pmd));
	return pgtable_withdraw(tlb->mm, at->address);
}

/* As zap_present(), of a whole huge page. False when there is none by now. */
static bool zap_huge_pmd(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr)
{
	const struct rmap_location at = { vma, addr, NULL };
	pmd_t *pmdp = pmd_offset(tlb->mm, addr), pmd;
	spinlock_t *ptl = huge_pte_lock(tlb->mm, pmdp, addr);
	struct pgtable *table = NULL;

	if (!pmd_trans_huge(pmdp_get(pmdp))) {
		if (is_vm_hugetlb_page(vma))
			hugetlb_zap_not_present(vma, addr, pmdp);
		spin_unlock(ptl);
		return false;
	}
	pmd = pmdp_huge_get_and_clear(pmdp);
	gather_cleared(tlb, addr);
	gather_cleared(tlb, addr + HPAGE_PMD_SIZE - PAGE_SIZE);
	for (unsigned i = 0; tlb->vma_stays && i < HPAGE_PMD_NR; i++)
		event(PTE_DROPPED, .mm = tlb->mm, .addr = addr + i * PAGE_SIZE, .pfn = pte_pfn(pmd_pte(pmd)) + i);
	if (PageHuge(pmd_page(pmd)))
		zap_hugetlb(tlb, &at, pmd);
	else if (maps_file_page(vma, pmd_page(pmd)))
		zap_huge_file(tlb, &at, pmd);
	else
		table = zap_huge_anon(tlb, &at, pmd);
	spin_unlock(ptl);
	if (table)
		pgtable_free(table);
	return true;
}

/*
 * The table is others', too: this mm has it no longer, all of it. Nothing is unmapped by that which is counted, and still all of it has
 * to be flushed.
 */
static bool unshared(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long start = addr, end = table_end(addr);

	if (!huge_pmd_unshare(vma, addr))
		return false;
	adjust_range_if_pmd_sharing_possible(vma, &start, &end);
	if (defect(D_HUGETLB_UNSHARE_FLUSH))
		return true;
	gather_cleared(tlb, start);
	gather_cleared(tlb, end - PAGE_SIZE);
	tlb->unshared = true;
	return true;
}

/* There is no entry: has somebody cleared it, and not yet taken the page out of the reverse map? Then he has the lock. */
static void wait_for_zap(struct mmu_gather *tlb)
{
	if (!tlb->sync || defect(D_TRUNCATE_HUGE_LOOK))
		return;
	pmd_lock(tlb->mm);
	pmd_unlock(tlb->mm);
}

/* True when a huge page was mapped there, and is not any more. Of a part of one the rest stays: that is for a table to say. */
static bool zapped_huge(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	if (is_vm_hugetlb_page(vma) && unshared(tlb, vma, addr))
		return true;
	/* An entry of hugetlb is empty for a moment while its page begins to migrate: so its lock is waited for. */
	if (!(is_vm_hugetlb_page(vma) && !defect(D_HUGETLB_ZAP_PEEK)) && !huge_at(tlb->mm, addr)) {
		wait_for_zap(tlb);
		return false;
	}
	if (end - addr == HPAGE_PMD_SIZE)
		return zap_huge_pmd(tlb, vma, addr);
	split_huge_pmd(vma, addr, NULL);
	return false;
}

static void unmap_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr, unsigned long end)
{
	while (addr < end) {
		unsigned long stop = min(end, table_end(addr));
		struct pgtable *pt = zapped_huge(tlb, vma, addr, stop) ? NULL : pgtable_find(tlb->mm, addr);

		addr = pt ? zap_pte_range(tlb, pt, vma, addr, stop) : stop;
		if (tlb->nr_pages == GATHER_PAGES)
			gather_flush(tlb);
	}
}

/* What lies in the VMA between the gather's start and end. */
static void unmap_vma(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	unmap_range(tlb, vma, max(vma->vm_start, tlb->start), min(vma->vm_end, tlb->end));
}

/* Of who takes the VMA away. What is mapped there of hugetlb's goes under the lock of its file. */
static void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	if (!is_vm_hugetlb_page(vma)) {
		unmap_vma(tlb, vma);
		return;
	}
	vma_file_lock(vma);
	unmap_vma(tlb, vma);
	/* Nobody else may find its tables, which are about to go: it is in the file's tree still. */
	if (vma->vm_flags & VM_MAYSHARE && !defect(D_HUGETLB_SHARE_TEARDOWN))
		vma->vm_flags &= ~VM_MAYSHARE;
	if (tlb->unshared)
		gather_flush_tlb(tlb);
	tlb->unshared = false;
	vma_file_unlock(vma);
}

void zap_hugetlb_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	gather_begin(&tlb, vma->vm_mm, start, end);
	mmu_notifier_invalidate_range_start(vma->vm_mm, start, end);
	unmap_range(&tlb, vma, start, end);
	mmu_notifier_invalidate_range_end(vma->vm_mm, start, end);
	gather_end(&tlb);
}

void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	WINDOW(UNMAP_FLUSH);
	struct mmu_gather tlb;

	lru_add_drain();
	gather_begin(&tlb, vma->vm_mm, start, end);
	tlb.vma_stays = true;
	tlb.nonlinear = vma->vm_flags & VM_NONLINEAR;
	tlb.first = 0;
	tlb.last = ~0ul;
	mmu_notifier_invalidate_range_start(vma->vm_mm, start, end);
	unmap_range(&tlb, vma, start, end);
	mmu_notifier_invalidate_range_end(vma->vm_mm, start, end);
	gather_end(&tlb);
}

/* Nobody finds the table any more. It is freed after a flush: until then a CPU may be looking into it. */
static void gather_table(struct mmu_gather *tlb, struct pgtable *pt)
{
	WRITE_ONCE(tlb->mm->pgd[pt->start / (PTRS_PER_PTE * PAGE_SIZE)], NULL);
	tlb->table[tlb->nr_tables++] = pt;
	gather_cleared(tlb, pt->start);
}

/* Nothing is mapped by it any more, and nobody else has it. */
static void gather_pmd_tables(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr += HPAGE_PMD_SIZE) {
		struct pmd_table *table = pud_clear_table(vma, addr);

		if (!table)
			continue;
		tlb->pmd_table[tlb->nr_pmd_tables++] = table;
		gather_cleared(tlb, addr);
		gather_cleared(tlb, addr + PUD_SIZE - PAGE_SIZE);
	}
}

static bool table_in_use(const struct mm_struct *mm, unsigned long start)
{
	for (const struct vm_area_struct *v = mm->mmap; v; v = v->vm_next)
		if (v->vm_start < table_end(start) && v->vm_end > start)
			return true;
	return false;
}

/*
 * The VMAs leave the reverse map before their tables go: until then a walk may come along and look into the tables.
 */
static void free_pgtables(struct mmu_gather *tlb, struct vm_area_struct *first)
{
	struct mm_struct *mm = tlb->mm;

	for (struct vm_area_struct *vma = first; vma; vma = vma->vm_next)
		vma_leave_rmap(vma);
	for (struct vm_area_struct *vma = first; vma; vma = vma->vm_next) {
		if (is_vm_hugetlb_page(vma)) {
			gather_pmd_tables(tlb, vma);
			continue;
		}
		for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr = table_end(addr)) {
			struct pgtable *pt = pgtable_find(mm, addr);

			if (!pt || table_in_use(mm, pt->start))
				continue;
			gather_table(tlb, pt);
		}
	}
}

/* The VMAs in the list are off the mm's own list already. */
void unmap_region(struct mm_struct *mm, struct vm_area_struct *first, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;
	struct vm_area_struct *next;

	lru_add_drain();
	gather_begin(&tlb, mm, start, end);
	{
		WINDOW(UNMAP_FLUSH);
		mmu_notifier_invalidate_range_start(mm, start, end);
		for (struct vm_area_struct *vma = first; vma; vma = vma->vm_next)
			unmap_single_vma(&tlb, vma);
		mmu_notifier_invalidate_range_end(mm, start, end);
		free_pgtables(&tlb, first);
		gather_end(&tlb);
	}
	event(UNMAP_END, .mm = mm, .addr = start, .end = end);
	for (; first; first = next) {
		next = first->vm_next;
		vm_area_free(first);
		if (defect(D_CANARY_UAF))
			core()->scanned += first->vm_flags;
	}
}

void free_pgd_range(struct vm_area_struct *vma, unsigned long start)
{
	unsigned long ceiling = vma->vm_next ? vma->vm_next->vm_start : TASK_SIZE;
	struct mm_struct *mm = vma->vm_mm;
	struct mmu_gather tlb;

	gather_begin(&tlb, mm, start, vma->vm_end);
	/* Not the table with what lies before start, nor one that the next VMA uses, too. */
	for (unsigned long addr = start; addr < vma->vm_end && table_end(addr) <= ceiling; addr = table_end(addr)) {
		struct pgtable *pt = addr % (PTRS_PER_PTE * PAGE_SIZE) ? NULL : pgtable_find(mm, addr);

		if (!pt)
			continue;
		gather_table(&tlb, pt);
		gather_cleared(&tlb, addr);
	}
	gather_end(&tlb);
}

void zap_file_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, enum zap_what what, bool sync)
{
	struct mmu_gather tlb;

	gather_begin(&tlb, vma->vm_mm, start, end);
	tlb.what = what;
	adjust_range_if_pmd_sharing_possible(vma, &start, &end);
	tlb.sync = sync;
	mmu_notifier_invalidate_range_start(tlb.mm, start, end);
	unmap_vma(&tlb, vma);
	mmu_notifier_invalidate_range_end(tlb.mm, start, end);
	gather_end(&tlb);
}

void zap_nonlinear(struct vm_area_struct *vma, unsigned long start, unsigned long end, unsigned long first, unsigned long last)
{
	struct mmu_gather tlb;

	gather_begin(&tlb, vma->vm_mm, start, end);
	tlb.nonlinear = true;
	tlb.first = first;
	tlb.last = last;
	mmu_notifier_invalidate_range_start(tlb.mm, start, end);
	unmap_vma(&tlb, vma);
	mmu_notifier_invalidate_range_end(tlb.mm, start, end);
	gather_end(&tlb);
}
