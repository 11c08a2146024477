/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults where a huge page is mapped or wanted: a new one, and writing to one that is mapped read-only.
 *
 * What cannot be done with a huge page is done with small ones, so that memory in pieces is no error.
 */
#include "defects.h"
#include "fault.h"
#include "memcontrol.h"
#include "mlock.h"

/* Does the VMA want huge pages, and can one be here? */
static bool huge_wanted(const struct fault *f)
{
	unsigned long start = huge_start(f->at.address);

	/* Of what is missing the monitor is asked page by page. */
	return (f->vma->vm_flags & (VM_HUGEPAGE | VM_UFFD_MISSING)) == VM_HUGEPAGE && start >= f->vma->vm_start &&
	       start + HPAGE_PMD_SIZE <= f->vma->vm_end;
}

static pmd_t new_huge_entry(const struct fault *f, const struct page *head)
{
	return pte_pmd(fault_writable(f, pfn_pte(page_to_pfn(head), PTE_HUGE | PTE_ACCESSED)));
}

/* page and table are ours; what is not used up is freed. */
static void map_huge_page(struct fault *f, struct page *head, struct pgtable *table)
{
	const struct rmap_location at = { f->vma, huge_start(f->at.address), NULL };
	pmd_t *pmd = pmd_offset(f->mm, at.address);
	bool raced;

	pmd_lock(f->mm);
	raced = !pmd_none(pmdp_get(pmd));
	if (!raced) {
		core()->rmap->huge_add_new(head, &at);
		lru_cache_add_mapped(head, f->vma);
		pgtable_deposit(f->mm, table);
		data_publish(table);
		set_pmd(pmd, new_huge_entry(f, head));
		count_anon(f->mm, HPAGE_PMD_NR);
		event(FAULT_HUGE, .mm = f->mm, .addr = at.address, .pfn = page_to_pfn(head), .obj = head);
	}
	pmd_unlock(f->mm);
	if (!raced)
		return;
	event(FAULT_RACED, .mm = f->mm, .addr = f->at.address);
	put_page(head);
	pgtable_free(table);
}

static int do_huge_pmd_anonymous_page(struct fault *f)
{
	struct pgtable *table;
	struct page *head;

	if (!huge_wanted(f))
		return FAULT_FALLBACK;
	if (core()->rmap->vma_prepare(f->vma))
		return -ENOMEM;
	head = alloc_huge_page(GFP_KERNEL);
	if (!head)
		return FAULT_FALLBACK;
	mem_cgroup_charge(head, f->mm);
	table = pgtable_alloc(f->mm, f->at.address);
	if (!table) {
		put_page(head);
		return -ENOMEM;
	}
	map_huge_page(f, head, table);
	return 0;
}

/*
 * pmd lock held, and may be released and taken again. The page lock of the entry's page; false, and it is not locked, when the entry
 * is not what it was (but for the bits that the walker sets).
 */
static bool lock_unchanged(struct fault *f, pmd_t orig)
{
	if (pmd_same_mapping(pmdp_get(pmd_offset(f->mm, f->at.address)), orig) && lock_huge_page(f->mm, f->at.address, orig))
		return true;
	event(FAULT_RACED, .mm = f->mm, .addr = f->at.address);
	return false;
}

/*
 * A write to a read-only huge entry. If nobody else has any page of it, it becomes writable as it is; else only the page that is
 * written to is copied, so that the entry has to give way to a table first.
 */
static int do_huge_pmd_wp_page(struct fault *f, pmd_t orig)
{
	struct page *head = pmd_page(orig);
	bool ours;
	int total;

	pmd_lock(f->mm);
	if (!lock_unchanged(f, orig)) {
		pmd_unlock(f->mm);
		return 0;
	}
	ours = page_trans_huge_mapcount(head, &total) <= 1;
	if (ours) {
		pmd_t pmd = pte_pmd(fault_writable(f, pte_with(pmd_pte(orig), PTE_ACCESSED)));

		rmap_huge_exclusive(head);
		set_pmd(pmd_offset(f->mm, f->at.address), pmd);
		f->wrote = true;
		event(COW_REUSE, .mm = f->mm, .addr = f->at.address, .pfn = page_to_pfn(head));
	}
	unlock_page(head);
	pmd_unlock(f->mm);
	if (ours)
		return 0;
	split_huge_pmd(f->vma, f->at.address, NULL);
	return FAULT_FALLBACK;
}

int do_huge_fault(struct fault *f)
{
	pmd_t orig = pmdp_get(pmd_offset(f->mm, f->at.address));

	if (pmd_none(orig))
		return f->vma->vm_file ? FAULT_FALLBACK : do_huge_pmd_anonymous_page(f);
	if (!pmd_trans_huge(orig))
		return FAULT_FALLBACK;
	if (f->write && !pmd_has(orig, PTE_WRITE)) {
		if (!f->vma->vm_file)
			return do_huge_pmd_wp_page(f, orig);
		/* A private copy is one of a page; and who writes to the file itself has to tell it first. */
		split_huge_pmd(f->vma, f->at.address, NULL);
		return FAULT_FALLBACK;
	}
	/* Another thread was here first, or somebody has it in hand: then he lets go of the lock when he is done. */
	pmd_lock(f->mm);
	pmd_unlock(f->mm);
	return 0;
}
