/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nonlinear mappings, seen from a page: nothing says at which address of such a VMA it is mapped.
 *
 * To unmap it at all costs is not tried. A little of each nonlinear VMA is scanned instead, and whatever is mapped there and was not used
 * is unmapped, some of it perhaps this page; the next scan goes on where this one ended (vm_private_data). So the more often such pages
 * are to be reclaimed, the more of them are unmapped. Only who cleans a page has to come by all its entries.
 */
#include "anon_vma.h"
#include "defects.h"
#include "mlock.h"

#define CLUSTER_SIZE (PTRS_PER_PTE / 2 * PAGE_SIZE)	/* never over the end of a table */
#define CLUSTER_MASK (~(CLUSTER_SIZE - 1))

/* The entry is present, and its lock held. What it says of the file stays there if nothing else does. */
static void unmap_at(struct rmap_location *at, unsigned *mapcount)
{
	struct page *page = pte_page(ptep_get(at->pte));
	unsigned long index = READ_ONCE(page->index);
	pte_t pte;

	/* Asked again: mlock sets it, and then looks under the pte lock which pages it has still to bring back. */
	if (!defect(D_LOCKED_LOOK) && vma_is_locked(at->vma))
		return;
	if (ptep_clear_flush_young_notify(at))
		return;
	pte = ptep_clear_flush_notify(at);
	if (index != linear_page_index(at->vma, at->address)) {
		set_pte(at->pte, file_pte(index));
		event(FILE_ENTRY, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
	}
	if (pte_has(pte, PTE_DIRTY))
		set_page_dirty(page);
	page_remove_rmap(page, at);
	put_page(page);
	count_file(at->vma->vm_mm, -1);
	if (*mapcount)
		--*mapcount;
}

/* i_mmap held: the cluster of the VMA in which the cursor is. */
static void try_to_unmap_cluster(unsigned long cursor, unsigned *mapcount, struct vm_area_struct *vma)
{
	unsigned long address = (vma->vm_start + cursor) & CLUSTER_MASK, end = min(address + CLUSTER_SIZE, vma->vm_end);
	struct pgtable *pt = pgtable_find(vma->vm_mm, address);

	address = max(address, vma->vm_start);
	if (!pt)
		return;
	spin_lock(pte_lockptr(pt));
	for (; address < end; address += PAGE_SIZE) {
		struct rmap_location at = { vma, address, pte_offset(pt, address) };

		if (pte_present(ptep_get(at.pte)))
			unmap_at(&at, mapcount);
	}
	spin_unlock(pte_lockptr(pt));
}

/* How far the scans have come, and how far they can. */
struct extent {
	unsigned long max_cursor, max_size;
};

static bool skipped(const struct vm_area_struct *vma)
{
	return READ_ONCE(vma->vm_flags) & VM_LOCKED;
}

static struct extent extent_of(struct address_space *mapping)
{
	struct extent e = { 0, 0 };
	struct vm_area_struct *vma;

	vma_nonlinear_foreach(vma, mapping) {
		if (skipped(vma))
			continue;
		e.max_cursor = max(e.max_cursor, vma->vm_private_data);
		e.max_size = max(e.max_size, vma->vm_end - vma->vm_start);
	}
	return e;
}

/* All clusters up to that cursor that were not scanned yet. True when as much was unmapped as was asked for. */
static bool scan_up_to(struct address_space *mapping, unsigned long max_cursor, unsigned *mapcount)
{
	struct vm_area_struct *vma;

	vma_nonlinear_foreach(vma, mapping) {
		if (skipped(vma))
			continue;
		while (vma->vm_private_data < max_cursor && vma->vm_private_data < vma->vm_end - vma->vm_start) {
			try_to_unmap_cluster(vma->vm_private_data, mapcount, vma);
			vma->vm_private_data += CLUSTER_SIZE;
			if (!*mapcount)
				return true;
		}
		vma->vm_private_data = max_cursor;
	}
	return false;
}

/* Others may want the file's lock: between two rounds they get it. The page is locked, which keeps the file. */
static void cond_resched_lock(struct address_space *mapping)
{
	i_mmap_unlock_write(mapping);
	i_mmap_lock_write(mapping);
}

/* i_mmap held, perhaps dropped and taken again. The mappings that the page has are a measure of how hard to try, and no more than that. */
static void scan(struct page *page, struct address_space *mapping)
{
	struct extent e = extent_of(mapping);
	unsigned mapcount = (unsigned)page_mapcount(page);
	struct vm_area_struct *vma;

	if (!e.max_size || !mapcount)
		return;
	cond_resched_lock(mapping);
	e.max_size = (e.max_size + CLUSTER_SIZE - 1) & CLUSTER_MASK;
	e.max_cursor = max(e.max_cursor, CLUSTER_SIZE);
	for (; e.max_cursor <= e.max_size; e.max_cursor += CLUSTER_SIZE) {
		if (scan_up_to(mapping, e.max_cursor, &mapcount))
			return;
		cond_resched_lock(mapping);
	}
	/* All of it, and not enough: the next scan begins anew. */
	vma_nonlinear_foreach(vma, mapping)
		vma->vm_private_data = 0;
}

void try_to_unmap_nonlinear(struct page *page, struct address_space *mapping)
{
	i_mmap_lock_write(mapping);
	scan(page, mapping);
	i_mmap_unlock_write(mapping);
}

void rmap_walk_nonlinear(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	vma_nonlinear_foreach(vma, mapping)
		for (unsigned long address = vma->vm_start; address < vma->vm_end; address += PAGE_SIZE) {
			const struct rmap_location at = { vma, address, NULL };

			visit(page, &at, arg);
		}
	i_mmap_unlock_read(mapping);
}
