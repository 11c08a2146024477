/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that somebody outside of the process reads and writes, a device or another process: found through the page tables, held by a
 * reference, and let go later. From then on neither entries nor TLBs are asked.
 *
 * Two ways. The slow one holds mmap_lock, looks at the entry under its lock, and has it faulted in until it is as it should be. The
 * fast one takes no lock: with interrupts off, no table that it may be looking at is freed, because whoever frees one interrupts
 * all CPUs first. What it cannot find that way is left to the slow one.
 */
#include "defects.h"
#include "fault.h"
#include "huge.h"
#include "gup.h"
#include "irq.h"

/* For oracles: how many have this page pinned. No point. */
static void count_pin(const struct page *page, int n)
{
	__atomic_fetch_add(&core()->page_pins[page_to_pfn(page)], (u32)n, __ATOMIC_RELAXED);
}

static bool may_follow(pte_t pte, unsigned flags)
{
	/* By force also where nothing is allowed at all. */
	if (!pte_present(pte) || (pte_has(pte, PTE_PROTNONE) && !(flags & FOLL_FORCE)))
		return false;
	/*
	 * In an area that may not be written the entry never becomes writable: that our write fault has made a copy is all there
	 * is to know. The dirty bit tells whether it is still that copy, or something that was mapped since the copy was dropped.
	 */
	return !(flags & FOLL_WRITE) || pte_has(pte, PTE_WRITE) || (flags & FOLL_COW && pte_has(pte, PTE_DIRTY));
}

/* What nobody counts, the zero page, is found by its frame. */
static struct page *mapped_page(pte_t pte)
{
	return pfn_to_page(pte_pfn(pte));
}

/* A first write that no entry tells of. The entry's lock is held. */
static void touch_for_write(const struct vm_area_struct *vma, struct page *page, pte_t pte)
{
	if (pte_has(pte, PTE_DIRTY) || PageFlag(page, PG_dirty))
		return;
	if (maps_file_page(vma, page))
		set_page_dirty(page);
	else
		SetPageFlag(page, PG_dirty);
}

/* mmap_lock held. The page with a reference, or NULL when it has to be faulted in. */
static struct page *follow_page(struct vm_area_struct *vma, unsigned long addr, unsigned flags)
{
	struct page *page = NULL;
	struct mapping_entry e;

	if (!follow_pte_pmd(vma->vm_mm, addr, &e))
		return NULL;
	if (may_follow(e.pte, flags)) {
		page = mapped_page(e.pte);
		get_page(page);
		if (flags & FOLL_WRITE)
			touch_for_write(vma, compound_head(page), e.pte);
	}
	spin_unlock(e.ptl);
	return page;
}

static bool allowed(const struct vm_area_struct *vma, unsigned flags)
{
	if (!(flags & FOLL_WRITE))
		return vma->vm_flags & VM_READ;
	/* By force only where a private copy comes of it; not of hugetlb (since 6.2). */
	return vma->vm_flags & VM_WRITE || (flags & FOLL_FORCE && !(vma->vm_flags & (VM_SHARED | VM_HUGETLB)));
}

/* mmap_lock held for read, but not when this returns -EAGAIN. */
static int pin_slow(struct mm_struct *mm, unsigned long addr, unsigned flags, struct page **pagep)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (!vma || vma->vm_start > addr || !allowed(vma, flags))
		return -EFAULT;
	/*
	 * Who has a page pinned that he shares is not seen by who decides whether he may write to it in place: so he gets a copy
	 * now, even if he only wants to read (since 5.8).
	 */
	if (!(vma->vm_flags & VM_SHARED) && !defect(D_Z40))
		flags |= FOLL_WRITE;
	while (!(*pagep = follow_page(vma, addr, flags))) {
		bool wrote;
		int err = fault_in_unlocked(vma, addr, flags & FOLL_WRITE, &wrote);

		if (err)
			return err;
		/* The copy is made, and may not be there any more when we look: we still want to write. */
		if (wrote && !(vma->vm_flags & VM_WRITE))
			flags = defect(D_Z39) ? flags & ~(unsigned)FOLL_WRITE : flags | FOLL_COW;
	}
	return 0;
}

/* A page of a huge one is held by its head. That is the right one still if the entry is: see pin_fast(). */
static bool try_get_compound_head(struct page *page)
{
	return get_page_unless_zero(compound_head(page));
}

static struct page *try_pin(pte_t *ptep)
{
	pte_t pte = ptep_get(ptep);
	struct page *page;

	/* Only what may be written already is as the slow way would want it, even for who only reads. */
	if (!pte_present(pte) || pte_has(pte, PTE_PROTNONE) || pte_has(pte, PTE_SPECIAL) || !pte_has(pte, PTE_WRITE))
		return NULL;
	page = pte_page(pte);
	if (!try_get_compound_head(page))
		return NULL;
	/* The reference first, this look then: who takes the page away clears the entry first, and looks at the count then. */
	if (pte_same(pte, ptep_get(ptep)))
		return page;
	put_page(page);
	return NULL;
}

/* The same of a huge entry. */
static struct page *try_pin_huge(pmd_t *pmdp, unsigned long addr)
{
	pmd_t pmd = pmdp_get(pmdp);
	struct page *page;

	if (!pmd_trans_huge(pmd) || pmd_has(pmd, PTE_PROTNONE) || !pmd_has(pmd, PTE_WRITE))
		return NULL;
	page = pmd_page(pmd);
	if (!get_page_unless_zero(page))
		return NULL;
	if (pmdp_get(pmdp).pmd == pmd.pmd)
		return pmd_page_at(pmd, addr);
	put_page(page);
	return NULL;
}

/*
 * A huge page that is split meanwhile loses its entries first, and each of them is flushed, which waits for us: so what is part of a
 * huge page when its entry is read is so until interrupts are on.
 */
static struct page *pin_fast(struct mm_struct *mm, unsigned long addr)
{
	struct page *page = NULL;
	struct pgtable *pt;

	tlb_mm_runs_here(mm);
	if (!defect(D_GUP_IRQS))
		local_irq_disable();
	pt = pgtable_find(mm, addr);
	if (pt)
		page = try_pin(pte_offset(pt, addr));
	else if (unlikely(core()->thp))
		page = try_pin_huge(pmd_offset(mm, addr), addr);
	if (!defect(D_GUP_IRQS))
		local_irq_enable();
	return page;
}

int get_user_page(struct mm_struct *mm, unsigned long addr, unsigned flags, struct page **pagep)
{
	int err = 0;

	*pagep = flags & FOLL_FAST ? pin_fast(mm, addr) : NULL;
	if (!*pagep) {
		do {
			down_read(&mm->mmap_lock);
			err = pin_slow(mm, addr, flags, pagep);
		} while (err == -EAGAIN);
		up_read(&mm->mmap_lock);
	}
	if (!err)
		count_pin(*pagep, 1);
	return err;
}

static void set_page_dirty_lock(struct page *page)
{
	struct address_space *mapping;

	page = compound_head(page);
	lock_page(page);
	mapping = READ_ONCE(page->mapping);
	if ((unsigned long)mapping & PAGE_MAPPING_FLAGS)
		SetPageFlag(page, PG_dirty);
	else if (mapping)		/* else it was truncated */
		set_page_dirty(page);
	unlock_page(page);
}

void put_user_page(struct page *page, bool written)
{
	if (written)
		set_page_dirty_lock(page);
	count_pin(page, -1);
	put_page(page);
}

bool device_access(struct page *page, bool write, u64 *value, bool (*may)(const void *arg), const void *arg)
{
	u64 *word = &core()->data[page_to_pfn(page)];

	exec_point(write ? OP_STORE : OP_LOAD, word);
	if (!may(arg))
		return false;
	if (write)
		__atomic_store_n(word, *value, __ATOMIC_RELAXED);
	else
		*value = __atomic_load_n(word, __ATOMIC_RELAXED);
	return true;
}
