/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merging: a page is write-protected, compared, and its entry replaced by one of the page that is kept.
 *
 * ksm_thread_mutex is held. Of two address spaces only one's mmap_lock is held at a time; whatever was seen of the other one is
 * looked at again.
 */
#include "defects.h"
#include "ksm_internal.h"
#include "mlock.h"
#include "mmu_notifier.h"

struct vm_area_struct *find_mergeable_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	if (ksm_test_exit(mm))
		return NULL;
	vma = find_vma(mm, addr);
	if (!vma || vma->vm_start > addr || !(vma->vm_flags & VM_MERGEABLE) || !smp_load_acquire(&vma->anon_vma))
		return NULL;
	return vma;
}

/* ---- entries ---- */

/* A mapping that may be merged, of a page that is locked. */
struct place {
	struct rmap_location at;
	struct pgtable *pt;
	pte_t orig;			/* what the entry is, once it is write-protected */
};

/*
 * Under the pte lock: nobody writes to the page any more, through whatever processor's translation; only then does it make sense to
 * compare. Who holds the page otherwise than by a mapping, the swap cache and us may be about to write to it by another way (a
 * device does): then it is left alone. The flush comes before the count is looked at, because who takes such a reference without
 * the lock counts on the entry, and takes it back if that is gone.
 */
static bool protect_entry(struct place *p, struct page *page)
{
	struct mm_struct *mm = p->at.vma->vm_mm;
	bool swapped = PageFlag(page, PG_swapcache);
	pte_t pte = defect(D_KSM_NO_FLUSH) ? ptep_get_and_clear(p->at.pte) : ptep_clear_flush(mm, p->at.address, p->at.pte);

	if (page_mapcount(page) + 1 + swapped != page_count(page)) {
		set_pte(p->at.pte, pte);
		return false;
	}
	/* The entry is the only one that knows: reclaim would take a page that was given up for one that nobody has written to. */
	if (pte_has(pte, PTE_DIRTY) && !defect(D_KSM_DIRTY))
		SetPageFlag(page, PG_dirty);
	set_pte(p->at.pte, pte_without(pte, PTE_WRITE | PTE_DIRTY));
	return true;
}

static bool flush_pending(const struct mm_struct *mm)
{
	return mm_tlb_flush_pending(mm) && !defect(D_KSM_PENDING);
}

/* Page locked, mmap_lock held. False when the page is not mapped there any more, or in use. */
static bool write_protect_page(struct place *p, struct page *page)
{
	bool ok;

	p->pt = pgtable_find(p->at.vma->vm_mm, p->at.address);
	if (!p->pt)
		return false;
	p->at.pte = pte_offset(p->pt, p->at.address);
	spin_lock(pte_lockptr(p->pt));
	p->orig = ptep_get(p->at.pte);
	ok = pte_page(p->orig) == page;
	/* What looks clean and read-only may be written to through translations that are about to be flushed. */
	if (ok && (p->orig.pte & (PTE_WRITE | PTE_DIRTY) || flush_pending(p->at.vma->vm_mm))) {
		ok = protect_entry(p, page);
		p->orig = ptep_get(p->at.pte);
	}
	spin_unlock(pte_lockptr(p->pt));
	return ok;
}

/* Page locked, write-protected and equal to kpage. False when the entry has changed since then: somebody has written to it. */
static bool replace_page(struct place *p, struct page *page, struct page *kpage)
{
	/* (4.19, and who came after it, forgets that it was written to.) */
	const unsigned long rights = (p->at.vma->vm_flags & VM_READ ? 0 : PTE_PROTNONE) |
				     (defect(D_SOFT_KSM) ? 0 : pte_soft_dirty(p->orig));
	bool same;

	spin_lock(pte_lockptr(p->pt));
	same = pte_same(ptep_get(p->at.pte), p->orig);
	if (same) {
		get_page(kpage);
		core()->rmap->page_add(kpage, &p->at, false);
		ptep_clear_flush(p->at.vma->vm_mm, p->at.address, p->at.pte);
		set_pte(p->at.pte, pfn_pte(page_to_pfn(kpage), PTE_ACCESSED | rights));
		core()->rmap->page_remove(page, &p->at);
		if (!page_mapped(page))
			try_to_free_swap(page);
		put_page(page);
	}
	spin_unlock(pte_lockptr(p->pt));
	return same;
}

/*
 * From an anonymous page to one of KSM's, which has no node yet: until it has, walks find nothing. Dirty, because its entries are
 * clean and its content may be nowhere else: what was given up by one process must not be forgotten that others rely on.
 */
static void page_becomes_ksm(struct page *page)
{
	__atomic_store_n(&ksm()->used, 1, __ATOMIC_RELAXED);
	WRITE_ONCE(page->mapping, (struct address_space *)PAGE_MAPPING_KSM);
	if (!defect(D_KSM_CLEAN))
		SetPageFlag(page, PG_dirty);
}

/*
 * Tried only. A page of a huge one comes out of it: entries of tables are all that is merged. We hold it, so nobody else splits it. False
 * when it stays what it is, or somebody has it locked.
 */
static bool lock_small_page(struct page *page)
{
	struct page *head = compound_head(page);

	if (!trylock_page(head))
		return false;
	if (!PageCompound(page) || split_huge_page(page))
		return true;
	unlock_page(head);
	return false;
}

/* mmap_lock held. kpage NULL: the page itself becomes KSM's. */
static bool try_to_merge_one_page(const struct rmap_location *at, struct page *page, struct page *kpage)
{
	struct place p = { .at = *at };
	bool merged = false;

	if (page == kpage)
		return true;		/* a child's entry of a page of KSM's */
	if (!PageAnon(page) || !lock_small_page(page))
		return false;
	WINDOW(KSM_MERGE);
	mmu_notifier_entry_start(at);
	if (write_protect_page(&p, page)) {
		if (!kpage) {
			page_becomes_ksm(page);
			merged = true;
		} else if (page_content(page) == page_content(kpage)) {
			merged = replace_page(&p, page, kpage);
		}
	}
	mmu_notifier_entry_end(at);
	/* The other one is not mlocked here: nobody would hold the lock of its entry, and reclaim comes upon VM_LOCKED. */
	if (merged && kpage && at->vma->vm_flags & VM_LOCKED && page_mlocked(page))
		munlock_vma_page(page);
	unlock_page(page);
	return merged;
}

/* ---- pages and items ---- */

/* The reference is taken while mmap_lock keeps the VMA, and with it the anon_vma. */
static void take_anon_vma(struct rmap_item *item, struct vm_area_struct *vma)
{
	item->anon_vma = defect(D_KSM_ANON_REF) ? vma->anon_vma : core()->rmap->anon_vma_get(vma);
}

static bool try_to_merge_with_ksm_page(struct rmap_item *item, struct page *page, struct page *kpage)
{
	struct mm_struct *mm = item->mm;
	struct rmap_location at = { .address = item->address };
	bool merged = false;

	down_read(&mm->mmap_lock);
	at.vma = find_mergeable_vma(mm, item->address);
	if (at.vma && try_to_merge_one_page(&at, page, kpage)) {
		remove_rmap_item_from_tree(item);
		take_anon_vma(item, at.vma);
		merged = true;
	}
	up_read(&mm->mmap_lock);
	return merged;
}

/* It was merged in vain: the item gives up its anon_vma, and its place gets a page of its own again. */
static void break_cow(struct rmap_item *item)
{
	struct mm_struct *mm = item->mm;
	struct vm_area_struct *vma;

	rmap_item_put_anon_vma(item);
	down_read(&mm->mmap_lock);
	vma = find_mergeable_vma(mm, item->address);
	if (vma)
		break_ksm(vma, item->address);
	up_read(&mm->mmap_lock);
}

static bool try_to_merge_two_pages(struct rmap_item *item, struct page *page, struct rmap_item *tree_item, struct page *tree_page)
{
	if (!try_to_merge_with_ksm_page(item, page, NULL))
		return false;
	if (try_to_merge_with_ksm_page(tree_item, tree_page, page))
		return true;
	break_cow(item);
	return false;
}

static bool merge_with_stable(struct rmap_item *item, struct page *page, struct page *kpage)
{
	bool merged = try_to_merge_with_ksm_page(item, page, kpage);

	if (merged) {
		lock_page(kpage);
		/* Mapped by us just now, and so still KSM's, with its node; or unmapped again, but we hold it. */
		stable_tree_append(item, mapping_stable_node(READ_ONCE(kpage->mapping)));
		unlock_page(kpage);
	}
	put_page(kpage);
	return merged;
}

static bool merge_with_unstable(struct rmap_item *item, struct page *page)
{
	struct page *tree_page = NULL;
	struct rmap_item *tree_item = unstable_tree_search_insert(item, page, &tree_page);
	struct stable_node *node;
	bool merged, together;

	if (!tree_item)
		return false;
	merged = try_to_merge_two_pages(item, page, tree_item, tree_page);
	/* Of one huge page, which we kept from being split ourselves, by two references: so that the next pass finds small ones. */
	together = !merged && PageCompound(page) && compound_head(page) == compound_head(tree_page);
	put_page(tree_page);
	if (together && lock_small_page(page))
		unlock_page(page);
	if (!merged)
		return false;
	lock_page(page);
	node = stable_tree_insert(page);
	if (node) {
		stable_tree_append(tree_item, node);
		stable_tree_append(item, node);
	}
	unlock_page(page);
	if (node)
		return true;
	/* Two entries of a page that no walk would find. */
	break_cow(tree_item);
	break_cow(item);
	return false;
}

bool cmp_and_merge_page(struct page *page, struct rmap_item *item)
{
	struct page *kpage;
	u64 checksum;

	if (item->state == ITEM_STABLE && PageKsm(page) && mapping_stable_node(READ_ONCE(page->mapping)) == item->head)
		return true;
	kpage = stable_tree_search(page);
	remove_rmap_item_from_tree(item);
	if (kpage)
		return merge_with_stable(item, page, kpage);
	/* What changes from one pass to the next is not worth it. */
	checksum = page_content(page);
	if (item->oldchecksum != checksum) {
		item->oldchecksum = checksum;
		return false;
	}
	return merge_with_unstable(item, page);
}
