/* SPDX-License-Identifier: GPL-2.0-only */
/* Two-level page tables: a directory in the mm, tables with a lock each. */
#include "defects.h"
#include "internal.h"

static struct pgtable **pgd_offset(struct mm_struct *mm, unsigned long addr)
{
	return &mm->pgd[(addr >> PAGE_SHIFT) / PTRS_PER_PTE];
}

struct pgtable *pgtable_find(struct mm_struct *mm, unsigned long addr)
{
	return pmd_pgtable((pmd_t){ (unsigned long)smp_load_acquire(pgd_offset(mm, addr)) });
}

struct pgtable *pgtable_alloc(struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt = kmem_cache_alloc(core()->pgtable_cache, GFP_KERNEL);

	if (!pt)
		return NULL;
	*pt = (struct pgtable){ .mm = mm, .start = addr & ~(PTRS_PER_PTE * PAGE_SIZE - 1) };
	spin_lock_init(&pt->ptl, LC_PTE_LOCK);
	return pt;
}

struct pgtable *pgtable_install(struct mm_struct *mm, unsigned long addr, struct pgtable **new)
{
	struct pgtable **slot = pgd_offset(mm, addr), *pt;

	spin_lock(&mm->page_table_lock);
	pt = *slot;
	if (!pt) {
		pt = *new;
		data_publish(pt);
		/* The walker must see a table of zeroes. */
		if (defect(D_TABLE_UNORDERED))
			*slot = pt;
		else
			smp_store_release(slot, pt);
		*new = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	return pmd_pgtable((pmd_t){ (unsigned long)pt });
}

struct pgtable *pgtable_get(struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt = pgtable_find(mm, addr), *new;

	if (pt)
		return pt;
	new = pgtable_alloc(mm, addr);
	if (!new)
		return NULL;
	pt = pgtable_install(mm, addr, &new);
	if (new)
		pgtable_free(new);
	return pt;
}

void pgtable_free(struct pgtable *pt)
{
	kmem_cache_free(core()->pgtable_cache, pt);
}

struct page *get_mapped_page(struct mm_struct *mm, unsigned long addr, bool wait)
{
	struct mapping_entry e;
	struct page *page;

	while (follow_pte_pmd(mm, addr, &e)) {
		page = pte_page(e.pte);
		if (page)
			get_page(page);
		spin_unlock(e.ptl);
		if (!wait || !pte_migration(e.pte))
			return page;
		migration_entry_wait(e.pt, pte_offset(e.pt, addr));
	}
	return NULL;
}
