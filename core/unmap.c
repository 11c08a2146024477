/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking mappings away: entries, then the VMAs out of the reverse map, then page tables, then a flush, and only after it the
 * pages. A page whose entry is gone may still be in some CPU's TLB, so it waits in the gather until the flush.
 */
#include "defects.h"
#include "internal.h"

#define GATHER_PAGES 8

struct mmu_gather {
	struct mm_struct *mm;
	unsigned long start, end;	/* to be flushed */
	struct page *page[GATHER_PAGES];
	unsigned nr_pages;
	struct pgtable *table[PTRS_PER_PGD];
	unsigned nr_tables;
};

static void gather_begin(struct mmu_gather *tlb, struct mm_struct *mm, unsigned long start, unsigned long end)
{
	tlb->mm = mm;
	tlb->start = start;
	tlb->end = end;
	tlb->nr_pages = tlb->nr_tables = 0;
}

/* Flush, then let go of what was gathered. Neither pte lock nor rmap lock may be held. */
static void gather_flush(struct mmu_gather *tlb)
{
	flush_tlb_range(tlb->mm, tlb->start, tlb->end);
	for (unsigned i = 0; i < tlb->nr_pages; i++)
		free_page_and_swap_cache(tlb->page[i]);
	tlb->nr_pages = 0;
	for (unsigned i = 0; i < tlb->nr_tables; i++)
		pgtable_free(tlb->table[i]);
	tlb->nr_tables = 0;
}

static void zap_present(struct mmu_gather *tlb, const struct rmap_location *at)
{
	pte_t pte = ptep_get_and_clear(at->pte);
	struct page *page = pte_page(pte);

	if (!page)
		return;
	core()->rmap->page_remove(page, at);
	count_anon(tlb->mm, -1);
	tlb->page[tlb->nr_pages++] = page;
}

/* Nothing but the entry: mapping and reference went when it became one. The migration finds one place less to come back to. */
static void zap_migration(struct mmu_gather *tlb, const struct rmap_location *at, pte_t pte)
{
	struct page *page = migration_entry_to_page(pte);

	count_anon(tlb->mm, -1);
	replace_migration_pte(at->pte, pte, __pte(0));
	event(MIGRATION_ZAPPED, .mm = tlb->mm, .addr = at->address, .pfn = page_to_pfn(page), .obj = page);
}

/* One table's part of a VMA. Stops when the gather is full; returns where to go on. */
static unsigned long zap_pte_range(struct mmu_gather *tlb, struct pgtable *pt, struct vm_area_struct *vma,
				   unsigned long addr, unsigned long end)
{
	spin_lock(&pt->ptl);
	for (; addr < end && tlb->nr_pages < GATHER_PAGES; addr += PAGE_SIZE) {
		struct rmap_location at = { vma, addr, pte_offset(pt, addr) };
		pte_t pte = ptep_get(at.pte);

		if (pte_present(pte)) {
			zap_present(tlb, &at);
		} else if (pte_swap(pte)) {
			free_swap_and_cache(pte_swp(pte));
			count_swap(tlb->mm, -1);
			set_pte(at.pte, __pte(0));
		} else if (pte_migration(pte)) {
			zap_migration(tlb, &at, pte);
		}
	}
	spin_unlock(&pt->ptl);
	return addr;
}

static unsigned long table_end(unsigned long addr)
{
	return (addr | (PTRS_PER_PTE * PAGE_SIZE - 1)) + 1;
}

static void unmap_vma(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;

	while (addr < vma->vm_end) {
		unsigned long end = min(vma->vm_end, table_end(addr));
		struct pgtable *pt = pgtable_find(tlb->mm, addr);

		addr = pt ? zap_pte_range(tlb, pt, vma, addr, end) : end;
		if (tlb->nr_pages == GATHER_PAGES)
			gather_flush(tlb);
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
		core()->rmap->vma_unlink(vma);
	for (struct vm_area_struct *vma = first; vma; vma = vma->vm_next) {
		for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr = table_end(addr)) {
			struct pgtable *pt = pgtable_find(mm, addr);

			if (!pt || table_in_use(mm, pt->start))
				continue;
			WRITE_ONCE(mm->pgd[pt->start / (PTRS_PER_PTE * PAGE_SIZE)], NULL);
			tlb->table[tlb->nr_tables++] = pt;
		}
	}
}

/* The VMAs in the list are off the mm's own list already. */
static void unmap_region(struct mm_struct *mm, struct vm_area_struct *first, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;
	struct vm_area_struct *next;

	lru_add_drain();
	gather_begin(&tlb, mm, start, end);
	{
		WINDOW(UNMAP_FLUSH);
		for (struct vm_area_struct *vma = first; vma; vma = vma->vm_next)
			unmap_vma(&tlb, vma);
		free_pgtables(&tlb, first);
		gather_flush(&tlb);
	}
	event(UNMAP_END, .mm = mm, .addr = start, .end = end);
	for (; first; first = next) {
		next = first->vm_next;
		vm_area_free(first);
		if (defect(D_CANARY_UAF))
			core()->scanned += first->vm_flags;
	}
}

static int munmap_locked(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start), *last;

	if (!vma || vma->vm_start >= end)
		return 0;
	if (start > vma->vm_start && split_vma(mm, vma, start))
		return -ENOMEM;
	last = find_vma(mm, end);
	if (last && end > last->vm_start && split_vma(mm, last, end))
		return -ENOMEM;
	event(UNMAP_BEGIN, .mm = mm, .addr = start, .end = end);
	vma = vmas_detach(mm, find_vma(mm, start), end);
	unmap_region(mm, vma, start, end);
	return 0;
}

int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	int err;

	down_write(&mm->mmap_lock);
	err = munmap_locked(mm, start, start + len);
	up_write(&mm->mmap_lock);
	return err;
}

void exit_mmap(struct mm_struct *mm)
{
	event(UNMAP_BEGIN, .mm = mm, .addr = 0, .end = TASK_SIZE);
	unmap_region(mm, vmas_detach(mm, mm->mmap, TASK_SIZE), 0, TASK_SIZE);
}
