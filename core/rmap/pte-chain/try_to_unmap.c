/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unmapping a page everywhere, and taking rights to write away.
 *
 * Faults take page_table_lock first and PG_chainlock then; who comes from a page has the chain locked and learns only from it whose
 * page_table_lock he needs. So that is tried, and what cannot be had now is left for the next time (SWAP_AGAIN).
 */
#include "defects.h"
#include "file.h"
#include "pte_chain.h"

/* Anonymous memory, or a file's? No point: the page is locked. */
static bool is_anon(const struct page *page)
{
	exec_touch(&page->mapping, TOUCH_READ);
	return (unsigned long)__atomic_load_n(&page->mapping, __ATOMIC_RELAXED) & PAGE_MAPPING_ANON;
}

static void dirty_page(struct page *page)
{
	if (is_anon(page))
		SetPageFlag(page, PG_dirty);
	else
		set_page_dirty(page);
}

/* The entry becomes the page's swap entry; false when the slot cannot count one more. */
static bool unmap_to_swap(struct mm_struct *mm, struct page *page, pte_t *ptep)
{
	swp_entry_t entry = READ_ONCE(page->private);

	if (!PageFlag(page, PG_swapcache) || swap_duplicate(entry))
		return false;
	mmlist_add(mm, NULL);
	count_anon(mm, -1);
	count_swap(mm, 1);
	set_pte(ptep, swp_pte(entry));
	return true;
}

/* The entry's VMA lets it go. page_table_lock is held. */
static enum swap_result unmap_entry(struct mm_struct *mm, unsigned long address, struct page *page, pte_t *ptep)
{
	pte_t pte = ptep_clear_flush(mm, address, ptep);

	if (!is_anon(page)) {
		count_file(mm, -1);
	} else if (!unmap_to_swap(mm, page, ptep)) {
		set_pte(ptep, pte);
		return SWAP_ERROR;
	}
	if (pte_has(pte, PTE_DIRTY))
		dirty_page(page);
	mod_node_page_state(NR_REVERSE_MAPS, -1);
	event(PTE_REMOVED, .mm = mm, .addr = address, .pfn = page_to_pfn(page));
	return SWAP_SUCCESS;
}

/*
 * The VMA that the entry is in. find_vma() says which is the first that ends behind it, and that may be one behind it: mremap moves
 * entries before there is a VMA for them, and munmap takes the VMA away first. What such a VMA says is not about this entry.
 */
static struct vm_area_struct *vma_of(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = find_vma(mm, address);

	return vma && (vma->vm_start <= address || defect(D_H1)) ? vma : NULL;
}

static enum swap_result unmap_locked(struct pgtable *pt, struct page *page, pte_t *ptep)
{
	unsigned long address = ptep_to_address(pt, ptep);
	struct vm_area_struct *vma = vma_of(pt->mm, address);

	if (!vma) {
		event(UNMAP_NO_VMA, .mm = pt->mm, .addr = address, .pfn = page_to_pfn(page));
		return SWAP_FAIL;
	}
	if (READ_ONCE(vma->vm_flags) & VM_LOCKED)
		return SWAP_FAIL;
	return unmap_entry(pt->mm, address, page, ptep);
}

/* Against the order of faults: only tried. */
static bool lock_tables(struct mm_struct *mm)
{
	if (defect(D_H3)) {
		spin_lock(&mm->page_table_lock);
		return true;
	}
	return spin_trylock(&mm->page_table_lock);
}

static void canary_mmap_lock(struct mm_struct *mm)
{
	down_read(&mm->mmap_lock);
	up_read(&mm->mmap_lock);
}

static enum swap_result try_to_unmap_one(struct page *page, pte_t *ptep)
{
	struct pgtable *pt = ptep_to_table(ptep);
	enum swap_result result;

	if (!pt)
		return SWAP_ERROR;
	event(WALK_VMA, .mm = pt->mm, .addr = ptep_to_address(pt, ptep), .obj = page);
	if (defect(D_CANARY_PAGE_MMAP))
		canary_mmap_lock(pt->mm);
	if (!lock_tables(pt->mm)) {
		event(UNMAP_AGAIN, .mm = pt->mm, .pfn = page_to_pfn(page));
		return SWAP_AGAIN;
	}
	result = unmap_locked(pt, page, ptep);
	spin_unlock(&pt->mm->page_table_lock);
	if (result == SWAP_SUCCESS)
		put_page(page);
	return result;
}

/*
 * The caller has the LRU's lock, the page and its chain locked. Mappings whose locks were missed stay in the chain, and the others are
 * tried; at one that has to stay it is over. (Until 2.5.32 the loop went on there, and forgot that this link is before the next one.)
 */
enum swap_result try_to_unmap(struct page *page, unsigned flags)
{
	enum swap_result result = SWAP_SUCCESS;
	struct chain_cursor c;

	(void)flags;
	lockdep_assert_held(&core()->lru_lock.l);
	event(WALK_BEGIN, .obj = page);
	chain_foreach(&c, page) {
		enum swap_result one = try_to_unmap_one(page, c.ptep);

		if (one == SWAP_SUCCESS) {
			chain_unlink(&c);
			continue;
		}
		result = one;
		if (one == SWAP_AGAIN)
			continue;
		if (!defect(D_Z01))
			break;
		c.link = NULL;
	}
	chain_settle(page);
	return result;
}

/* ---- write-back ---- */

/* Flushed before it is there again: nobody writes through the old one when the page's content is read. page_table_lock is held. */
static bool clean_entry(struct pgtable *pt, struct page *page, pte_t *ptep)
{
	unsigned long address = ptep_to_address(pt, ptep);
	pte_t pte = ptep_get(ptep);

	if (!pte_present(pte) || !(pte.pte & (PTE_DIRTY | PTE_WRITE)))
		return false;
	pte = ptep_clear_flush(pt->mm, address, ptep);
	set_pte(ptep, pte_without(pte, PTE_DIRTY | PTE_WRITE));
	event(PAGE_CLEANED, .mm = pt->mm, .addr = address, .pfn = page_to_pfn(page));
	return true;
}

/* An entry that is cleared is in the chain until it is flushed, by somebody who has its lock: so that is needed, whatever is there. */
static bool passed_by(pte_t *ptep)
{
	return defect(D_MKCLEAN_LOOK) && !pte_present(ptep_get(ptep));
}

/* False when a lock was missed. *cleaned: how many entries were writable or dirty. */
static bool clean_chain(struct page *page, int *cleaned)
{
	bool all = true;
	struct chain_cursor c;

	pte_chain_lock(page);
	chain_foreach(&c, page) {
		struct pgtable *pt = ptep_to_table(c.ptep);

		if (passed_by(c.ptep))
			continue;
		if (!pt || !spin_trylock(&pt->mm->page_table_lock)) {
			all = !pt;
			break;
		}
		*cleaned += clean_entry(pt, page, c.ptep);
		spin_unlock(&pt->mm->page_table_lock);
	}
	pte_chain_unlock(page);
	return all;
}

/*
 * Linux 2.5.31 has nothing of the kind: what entries know of stores goes to the page when they are unmapped, or when msync() comes by.
 * Here write-back asks first, as since 2.6.19, and asks again until it has had all locks.
 */
int page_mkclean(struct page *page)
{
	int cleaned = 0;

	lockdep_assert_held(&page->flags);
	if (is_anon(page))
		return 0;
	while (page_mapped(page) && !clean_chain(page, &cleaned))
		cpu_relax();
	return cleaned;
}
