/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O8 and O3, memory that is locked, at quiescence: whoever is mlocked has a reason to be, and reclaim finds everybody else.
 *
 * The opposite, that each page of a VMA with VM_LOCKED has PG_mlocked, is no rule: see core/mlock.h.
 */
#include "check/check.h"
#include "mlock.h"

/* Scratch memory of the check: outside the machine, one check at a time. */
static u8 *mapped_locked(void)
{
	static u8 pages[1 << 16];

	if (core()->nr_pages > ARRAY_SIZE(pages))
		die("too many frames for the check of locked memory");
	__builtin_memset(pages, 0, core()->nr_pages);
	return pages;
}

static void note_vma(u8 *pages, const struct vm_area_struct *vma)
{
	for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		pte_t pte = pte_peek(vma->vm_mm, addr);

		/* A huge page has a mark only for a huge entry. */
		if (pte_page(pte) && (!PageCompound(pte_page(pte)) || pte_has(pte, PTE_HUGE)))
			pages[pte_pfn(pte)] = 1;
	}
}

static void check_mm(const struct mm_struct *mm, u8 *pages)
{
	u32 locked = 0;

	for (const struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next) {
		if (!(vma->vm_flags & VM_LOCKED))
			continue;
		note_vma(pages, vma);
		locked += (u32)vma_pages(vma);
	}
	check_that(mm->locked_vm == locked, ORACLE_COUNTS, "locked-vm", "mm#%u has %u pages of locked areas and counts %u", mm->id,
		   locked, mm->locked_vm);
}

void check_mlock(void)
{
	const struct core *c = core();
	const struct mm_struct *mm;
	u8 *pages = mapped_locked();

	list_for_each_entry(mm, &c->mms, mms)
		check_mm(mm, pages);
	for (u32 i = 1; i < c->nr_pages; i++) {
		const struct page *page = pfn_to_page(i);
		bool has = c->page_live[i] && flag_peek(page, PG_mlocked);

		check_that(!has || pages[i], ORACLE_STRUCTURE, "mlocked-for-nobody",
			   "page%u is mlocked, and nobody who maps it has locked it: reclaim will never look at it", i);
		check_that(has || !c->page_live[i] || !flag_peek(page, PG_lru) || !flag_peek(page, PG_unevictable), ORACLE_STRUCTURE,
			   "evictable-page-stranded", "page%u is on the list of the unevictable, and is not mlocked", i);
	}
}
