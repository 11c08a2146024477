/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O4, nothing is freed that somebody can still reach, and O11, no CPU keeps rights that were taken away. Controlled executions
 * only: both compare page tables with TLBs between two steps.
 */
#include "check/check.h"
#include "file.h"
#include "sva.h"

static void find_mapper(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	unsigned long pfn = *(unsigned long *)arg;

	if ((pte_present(pte) || pte_device(pte)) && pte_pfn(pte) == pfn)
		violation(ORACLE_FREE_MAPPED, "page-freed-with-entry", "page%lu is freed, and mm#%u maps it at %#lx", pfn, mm->id,
			  addr);
	if (pte_migration(pte) && pte_pfn(pte) == pfn)
		violation(ORACLE_FREE_MAPPED, "page-freed-with-entry",
			  "page%lu is freed, and mm#%u has a migration entry for it at %#lx", pfn, mm->id, addr);
}

static bool translates_to(const struct tlb_entry *e, unsigned long pfn)
{
	return e->mm && pfn - e->pfn < tlb_size(e) / PAGE_SIZE;
}

static void find_in_device(void *obj, void *arg)
{
	const unsigned long *pfn = arg;
	const struct sva *d = obj;

	for (u32 i = 0; i < TLB_ENTRIES; i++)
		if (translates_to(&d->tlb.entry[i], *pfn))
			violation(ORACLE_FREE_MAPPED, "page-freed-in-device-tlb",
				  "page%lu is freed, and device#%u still translates %#lx of mm#%u to it", *pfn, slab_serial(d),
				  d->tlb.entry[i].addr, d->mm->id);
}

void check_page_free(unsigned long pfn)
{
	const struct core *c = core();

	if (!(machine->oracles & 1u << ORACLE_FREE_MAPPED))
		return;
	exec_touch_part(pfn_to_page(pfn), PAGE_MAPPERS, TOUCH_READ);
	for (u32 i = 0; i < c->nr_cpus; i++)
		for (u32 j = 0; j < TLB_ENTRIES; j++) {
			const struct tlb_entry *e = &c->cpu[i].tlb.entry[j];

			if (translates_to(e, pfn))
				violation(ORACLE_FREE_MAPPED, "page-freed-in-tlb",
					  "page%lu is freed, and cpu%u still translates %#lx of mm#%u to it", pfn, i, e->addr,
					  e->mm->id);
		}
	slab_for_each_live(core()->sva_cache, find_in_device, &pfn);
	for_each_pte(find_mapper, &pfn);
}

/* ---- O10: no migration entry outlives its migration ---- */

static void find_orphan(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	const unsigned long *pfn = arg;

	if (!pte_migration(pte) || (pfn && pte_pfn(pte) != *pfn))
		return;
	violation(ORACLE_ORPHAN, "migration-entry-left",
		  "mm#%u has a migration entry at %#lx for page%lu, whose migration has ended: nobody will replace it", mm->id, addr,
		  pte_pfn(pte));
}

void check_migration_end(unsigned long pfn)
{
	if (!(machine->oracles & 1u << ORACLE_ORPHAN))
		return;
	exec_touch_part(pfn_to_page(pfn), PAGE_MAPPERS, TOUCH_READ);
	for_each_pte(find_orphan, &pfn);
}

void check_orphans(void)
{
	if (machine->oracles & 1u << ORACLE_ORPHAN)
		for_each_pte(find_orphan, NULL);
}

/* ---- O11 ---- */

/* Somebody is about to change the table's entries, and owes the flush for what he has changed: clear and flush are one section. */
static bool change_in_progress(struct pgtable *pt)
{
	exec_touch(&pte_lockptr(pt)->l, TOUCH_READ);
	return pte_lockptr(pt)->l.owner;
}

/* The VMA that the address lies in, or NULL. */
static const struct vm_area_struct *vma_peek(const struct mm_struct *mm, unsigned long addr)
{
	const struct vm_area_struct *vma = mm->mmap;

	while (vma && vma->vm_end <= addr)
		vma = vma->vm_next;
	return vma && vma->vm_start <= addr ? vma : NULL;
}

/* The same of the directory's entries. */
static bool huge_change_in_progress(struct mm_struct *mm)
{
	const struct lock *l = &pmd_lockptr(mm)->l;

	exec_touch(l, TOUCH_READ);
	return l->owner;
}

/*
 * Whoever zaps the entries of a file, in whatever process, holds the lock of its tree, and owes the flush for all he has cleared
 * until he releases it.
 */
static bool file_being_zapped(const struct tlb_entry *e)
{
	const struct vm_area_struct *vma = vma_peek(e->mm, e->addr);
	const struct lock *l;

	if (!vma || !vma->vm_file)
		return false;
	l = &vma->vm_file->f_mapping->i_mmap_rwsem.l;
	exec_touch(l, TOUCH_READ);
	return l->owner && l->owner != current;
}

/* As long as reclaim owes the CPU a flush, entries that it has cleared may be used, for what the area allows and for nothing else. */
static bool flush_put_off(unsigned cpu, const struct tlb_entry *e)
{
	const struct vm_area_struct *vma;

	if (!tlb_flush_put_off(cpu))
		return false;
	vma = vma_peek(e->mm, e->addr);
	return vma && vma->vm_flags & VM_READ && (!e->writable || vma->vm_flags & VM_WRITE);
}

bool entry_allows(pte_t pte, unsigned long pfn, bool writable)
{
	return pte_present(pte) && !pte_has(pte, PTE_PROTNONE) && pte_pfn(pte) == pfn && (!writable || pte_has(pte, PTE_WRITE));
}

static bool allowed(const struct tlb_entry *e, bool put_off)
{
	struct pgtable *pt = pgtable_peek(e->mm, e->addr);
	pte_t pte = entry_of(e->mm, e->addr);
	bool huge = pte_has(pte, PTE_HUGE);

	if (pt && (change_in_progress(pt) || file_being_zapped(e) || put_off))
		return true;
	if (!pt && (huge || e->huge) && (huge_change_in_progress(e->mm) || file_being_zapped(e)))
		return true;
	/* A translation of all of a huge page outlives its entry no more than one of a page. */
	if (e->huge && !huge)
		return false;
	return entry_allows(pte, e->pfn, e->writable);
}

static void check_device(void *obj, void *arg)
{
	const struct sva *d = obj;

	for (u32 i = 0; i < TLB_ENTRIES; i++) {
		const struct tlb_entry *e = &d->tlb.entry[i];

		if (e->mm && e->mm == arg && !allowed(e, false))
			violation(ORACLE_TLB, "stale-device-translation",
				  "mm#%u: device#%u still translates %#lx to page%lu%s, which the page table no longer says",
				  e->mm->id, slab_serial(d), e->addr, e->pfn, e->writable ? " for writing" : "");
	}
}

void check_tlb(const struct mm_struct *mm)
{
	const struct core *c = core();

	if (!(machine->oracles & 1u << ORACLE_TLB))
		return;
	for (u32 i = 0; i < c->nr_cpus; i++)
		exec_touch_part(mm, MM_TLB + i, TOUCH_READ);
	exec_touch_part(mm, MM_DEVICE_TLB, TOUCH_READ);
	slab_for_each_live(core()->sva_cache, check_device, (void *)mm);
	for (u32 i = 0; i < c->nr_cpus; i++)
		for (u32 j = 0; j < TLB_ENTRIES; j++) {
			const struct tlb_entry *e = &c->cpu[i].tlb.entry[j];

			if (e->mm == mm && !allowed(e, flush_put_off(i, e)))
				violation(ORACLE_TLB, "stale-translation",
					  "mm#%u: cpu%u still translates %#lx to page%lu%s, which the page table no longer says",
					  mm->id, i, e->addr, e->pfn, e->writable ? " for writing" : "");
		}
}
