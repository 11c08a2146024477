/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What khugepaged does: the pages that a table maps become one huge page, and the table waits for the day when that is split.
 *
 * It comes from outside, and to a process that runs on. mmap_lock for write keeps out who comes from above, and the anon_vma's lock
 * for write who comes from a page, until every page is isolated and locked; from then on nobody needs to be kept out of a table that
 * nobody finds. mmap_lock is not held while memory is waited for: what was seen before has to be looked at again.
 */
#include "defects.h"
#include "internal.h"
#include "memcontrol.h"
#include "mlock.h"
#include "mmu_notifier.h"

struct collapse {
	struct mm_struct *mm;
	unsigned long start;		/* of the huge page to be */
	struct vm_area_struct *vma;	/* found under mmap_lock */
	struct pgtable *pt;
	u8 isolated;			/* bit set of the entries whose pages are isolated and locked */
	struct file *file;		/* there is one mapped that wants huge pages, with a reference, from that page of it on; or NULL */
	unsigned long index;
};

BUILD_BUG_ON(HPAGE_PMD_NR > 8);

/* mmap_lock held: the VMA that wants a huge page there, with its table. False: there is none, by now. */
static bool find_table(struct collapse *c)
{
	struct vm_area_struct *vma = find_vma(c->mm, c->start);

	if (!vma || vma->vm_start > c->start || vma->vm_end < c->start + HPAGE_PMD_SIZE)
		return false;
	if (!(vma->vm_flags & VM_HUGEPAGE) || vma->vm_file || !READ_ONCE(vma->anon_vma))
		return false;
	c->vma = vma;
	c->pt = pgtable_find(c->mm, c->start);
	return c->pt;
}

static bool empty_or_zero(pte_t pte)
{
	return pte_none(pte) || (pte_present(pte) && pte_has(pte, PTE_SPECIAL));
}

/* Whoever else holds the page may look at it, or write to it, behind our back. */
static bool held_by_others(struct page *page)
{
	return page_count(page) != 1 + PageFlag(page, PG_swapcache);
}

/* Is it worth a huge page? A look that costs little, and settles nothing. pte lock held. */
static bool entry_will_do(pte_t pte, bool *writable)
{
	struct page *page;

	if (empty_or_zero(pte))
		return true;
	if (!pte_present(pte))
		return false;
	page = pte_page(pte);
	*writable |= pte_has(pte, PTE_WRITE);
	return !PageCompound(page) && PageFlag(page, PG_lru) && !PageFlag(page, PG_locked) && PageAnon(page) && !held_by_others(page);
}

/* What is missing there, the monitor fills: not we, with zeros. */
static bool left_to_monitor(const struct collapse *c, pte_t *ptep)
{
	return c->vma->vm_flags & VM_UFFD_MISSING && empty_or_zero(ptep_get(ptep)) && !defect(D_UFFD_COLLAPSE);
}

static bool worth_it(struct collapse *c)
{
	bool will_do = true, writable = false;

	spin_lock(pte_lockptr(c->pt));
	for (unsigned i = 0; will_do && i < HPAGE_PMD_NR; i++)
		will_do = !left_to_monitor(c, &c->pt->pte[i]) && entry_will_do(ptep_get(&c->pt->pte[i]), &writable);
	spin_unlock(pte_lockptr(c->pt));
	return will_do && writable;
}

/* ---- the pages; pte lock held, and nobody finds the table any more ---- */

static bool isolate_page(pte_t pte)
{
	struct page *page = pte_page(pte);

	if (PageCompound(page) || !trylock_page(page))
		return false;
	/* A page that may be written to is no one else's; of another one in the swap cache somebody may have an entry there. */
	if (!held_by_others(page) && (pte_has(pte, PTE_WRITE) || !PageFlag(page, PG_swapcache) || reuse_swap_page(page)) &&
	    isolate_lru_page(page))
		return true;
	unlock_page(page);
	return false;
}

static bool isolate_pages(struct collapse *c)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		pte_t pte = ptep_get(&c->pt->pte[i]);

		if (left_to_monitor(c, &c->pt->pte[i]))
			return false;
		if (empty_or_zero(pte))
			continue;
		if (!pte_present(pte) || !isolate_page(pte))
			return false;
		c->isolated |= (u8)(1u << i);
	}
	return true;
}

static void release_page(struct page *page)
{
	unlock_page(page);
	putback_lru_page(page);
}

static void release_pages(struct collapse *c)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		if (c->isolated >> i & 1)
			release_page(pte_page(c->pt->pte[i]));
}

/* ---- the new page ---- */

static void clear_entry(struct collapse *c, unsigned i, struct page *page)
{
	const struct rmap_location at = { c->vma, c->start + i * PAGE_SIZE, &c->pt->pte[i] };

	spin_lock(pte_lockptr(c->pt));
	ptep_get_and_clear(at.pte);
	if (page)
		core()->rmap->page_remove(page, &at);
	spin_unlock(pte_lockptr(c->pt));
}

/* Everything that is mapped goes to the new page, and every entry of the table is empty afterwards. */
static void copy_pages(struct collapse *c, struct page *new)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		pte_t pte = ptep_get(&c->pt->pte[i]);
		struct page *page = pte_page(pte);

		if (page) {
			copy_highpage(new + i, page);
			release_page(page);
		} else {
			count_anon(c->mm, 1);	/* the new page is zero already */
		}
		if (!pte_none(pte))
			clear_entry(c, i, page);
		if (page)
			free_page_and_swap_cache(page);
	}
}

static pmd_t huge_entry(const struct collapse *c, const struct page *new)
{
	unsigned long rights = c->vma->vm_flags;
	pte_t pte = pte_modify(pfn_pte(page_to_pfn(new), PTE_HUGE | PTE_ACCESSED | PTE_SOFT_DIRTY), rights);

	return pte_pmd(rights & VM_WRITE ? pte_with(pte, PTE_WRITE | PTE_DIRTY) : pte);
}

static void map_new_page(struct collapse *c, struct page *new)
{
	const struct rmap_location at = { c->vma, c->start, NULL };

	pmd_lock(c->mm);
	core()->rmap->huge_add_new(new, &at);
	lru_cache_add_mapped(new, c->vma);
	pgtable_deposit(c->mm, c->pt);
	set_pmd(pmd_offset(c->mm, c->start), huge_entry(c, new));
	pmd_unlock(c->mm);
	event(COLLAPSED, .mm = c->mm, .addr = c->start, .pfn = page_to_pfn(new), .obj = new);
}

/* ---- the table ---- */

/* Off the directory, and out of every TLB. Whoever has come to it holds a lock that we hold for write, or is the processor. */
static void take_table(struct collapse *c)
{
	unsigned long end = c->start + HPAGE_PMD_SIZE;

	core()->rmap->assert_vma_locked(c->vma);
	/* A guest that comes after this to map a page anew waits for mmap_lock, until the huge page is there. */
	if (!defect(D_COLLAPSE_UNTOLD))
		mmu_notifier_invalidate_range_start(c->mm, c->start, end);
	pmd_lock(c->mm);
	/* As pmdp_collapse_flush(): in memory before the flush, or a device brings back what it finds there still. */
	xchg(&c->mm->pgd[c->start / HPAGE_PMD_SIZE], NULL);
	flush_tlb_range(c->mm, c->start, end);
	pmd_unlock(c->mm);
	if (!defect(D_COLLAPSE_UNTOLD))
		mmu_notifier_invalidate_range_end(c->mm, c->start, end);
}

static void put_table_back(struct collapse *c)
{
	pmd_lock(c->mm);
	smp_store_release(&c->mm->pgd[c->start / HPAGE_PMD_SIZE], c->pt);
	pmd_unlock(c->mm);
}

/* mmap_lock held for write, the table found. */
static bool collapse_table(struct collapse *c, struct page *new)
{
	WINDOW(COLLAPSE);
	bool isolated;

	/* A fault that has the VMA's lock alone looks into the table, too. */
	vma_start_write(c->vma);
	take_rmap_locks(c->vma);
	take_table(c);
	spin_lock(pte_lockptr(c->pt));
	isolated = isolate_pages(c);
	spin_unlock(pte_lockptr(c->pt));
	if (!isolated) {
		put_table_back(c);
		drop_rmap_locks(c->vma);
		release_pages(c);
		return false;
	}
	/* Every page is isolated and locked: who comes from one has to wait for that. */
	drop_rmap_locks(c->vma);
	copy_pages(c, new);
	map_new_page(c, new);
	return true;
}

/* mmap_lock held. Of a file it is the file's pages that matter, and no process's. */
static void find_file(struct collapse *c)
{
	struct vm_area_struct *vma = find_vma(c->mm, c->start);

	if (!vma || vma->vm_start > c->start || !vma->vm_file || !(vma->vm_file->f_mapping->kind & AS_HUGE))
		return;
	c->file = vma->vm_file;
	c->index = linear_page_index(vma, c->start);
	get_file(c->file);
}

static bool scan(struct collapse *c)
{
	bool found;

	down_read(&c->mm->mmap_lock);
	found = find_table(c) && worth_it(c);
	if (!found)
		find_file(c);
	up_read(&c->mm->mmap_lock);
	return found;
}

static enum collapse_result collapse_of_file(struct collapse *c)
{
	enum collapse_result result = collapse_file(c->file->f_mapping, c->index, c->mm);

	fput(c->file);
	return result;
}

enum collapse_result collapse_huge_page(struct mm_struct *mm, unsigned long addr)
{
	struct collapse c = { .mm = mm, .start = huge_start(addr) };
	struct page *new;
	bool done;

	lru_add_drain_all();
	if (!scan(&c))
		return c.file ? collapse_of_file(&c) : COLLAPSE_AGAIN;
	/* The VMA may go while memory is waited for, and another one come in its place. */
	new = alloc_huge_page(GFP_KERNEL);
	if (!new)
		return COLLAPSE_ENOMEM;
	mem_cgroup_charge(new, mm);
	down_write(&mm->mmap_lock);
	done = (defect(D_COLLAPSE_STALE) || find_table(&c)) && collapse_table(&c, new);
	mmap_write_unlock(mm);
	if (!done)
		put_page(new);
	return done ? COLLAPSED : COLLAPSE_AGAIN;
}
