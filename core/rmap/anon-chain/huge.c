/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Huge pages in the anon_vma_chain reverse map: one count for all mappings by entries of the directory, and what a walk finds in a
 * VMA: such an entry, or up to one entry of a table for each page.
 */
#include "anon_vma.h"
#include "defects.h"
#include "hugetlb.h"
#include "ksm.h"
#include "memory_failure.h"
#include "mlock.h"

/* Of a table that others have, too, it is the table's. */
static spinlock_t *pmd_ptl(const struct rmap_location *at)
{
	return huge_pte_lockptr(at->vma->vm_mm, pmd_offset(at->vma->vm_mm, at->address), at->address);
}

static void assert_pmd_locked(const struct rmap_location *at)
{
	lockdep_assert_held(&pmd_ptl(at)->l);
}

void huge_add_new_rmap(struct page *head, const struct rmap_location *at)
{
	assert_pmd_locked(at);
	SetPageFlag(head, PG_swapbacked);
	atomic_set(&head->compound_mapcount, 0);
	mod_node_page_state(NR_ANON_THPS, 1);
	mod_node_page_state(NR_ANON_MAPPED, HPAGE_PMD_NR);
	page_set_anon_rmap(head, at, true);
}

void huge_dup_rmap(struct page *head, const struct rmap_location *at)
{
	assert_pmd_locked(at);
	atomic_inc(&head->compound_mapcount);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		ksm_unseen_mapping(head + i);
}

/* Counted as no anonymous memory: those who map it count it. */
void hugepage_add_new_anon_rmap(struct page *head, const struct rmap_location *at)
{
	assert_pmd_locked(at);
	atomic_set(&head->compound_mapcount, 0);
	page_set_anon_rmap(head, at, true);
}

/* Its migration has ended: it has the anon_vma that the old one had. */
void hugepage_add_anon_rmap(struct page *head, const struct rmap_location *at)
{
	bool first;

	assert_pmd_locked(at);
	lockdep_assert_held(&head->flags);
	first = atomic_inc_and_test(&head->compound_mapcount);
	if (first)
		page_set_anon_rmap(head, at, false);
}

static void tell_removed(const struct page *head, const struct rmap_location *at)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		event(PTE_REMOVED, .mm = at->vma->vm_mm, .addr = at->address + i * PAGE_SIZE, .pfn = page_to_pfn(head) + i);
}

/* The last mapping by a directory is gone, and with it what all together counted for each page. Returns how many pages are not mapped. */
static unsigned uncount_last(struct page *head)
{
	unsigned unmapped = 0;

	if (!TestClearPageFlag(head, PG_double_map))
		return HPAGE_PMD_NR;
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		unmapped += atomic_add_negative(-1, &head[i]._mapcount);
	return unmapped;
}

void huge_remove_rmap(struct page *head, const struct rmap_location *at)
{
	unsigned unmapped;
	int now;

	assert_pmd_locked(at);
	if (huge_of_file(head)) {
		huge_remove_file_rmap(head);
		tell_removed(head, at);
		return;
	}
	now = atomic_dec_return(&head->compound_mapcount);
	check_that(now >= -1, ORACLE_COUNTS, "mapcount-below-zero", "the huge page%lu loses a mapping that was not counted",
		   page_to_pfn(head));
	tell_removed(head, at);
	if (now >= 0 || PageHuge(head))
		return;
	mod_node_page_state(NR_ANON_THPS, -1);
	unmapped = uncount_last(head);
	if (page_mlocked(head))
		clear_page_mlock(head);
	mod_node_page_state(NR_ANON_MAPPED, -(long)unmapped);
	if (unmapped)
		deferred_split_huge_page(head);
}

/*
 * One mapping by the directory less, one by a table more for each page. Never too few on the way: who asks whether the page is
 * mapped holds neither lock. The sum may be wrong all the same, which is why who asks for that needs the page lock.
 */
void huge_to_table(struct page *head, const struct rmap_location *at, bool freeze)
{
	(void)freeze;
	assert_pmd_locked(at);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		atomic_inc(&head[i]._mapcount);
	if (atomic_read(&head->compound_mapcount) > 0 && !test_and_set_bit(PG_double_map, &head->flags))
		for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
			atomic_inc(&head[i]._mapcount);
	if (!atomic_add_negative(-1, &head->compound_mapcount))
		return;
	mod_node_page_state(NR_ANON_THPS, -1);
	if (TestClearPageFlag(head, PG_double_map))
		for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
			atomic_dec(&head[i]._mapcount);
}

/* ---- walks ---- */

static bool maps(pmd_t pmd, const struct page *page)
{
	return pmd_trans_huge(pmd) && pmd_page(pmd) == compound_head(page);
}

bool huge_maps(struct page *page, const struct rmap_location *at)
{
	spinlock_t *ptl = pmd_ptl(at);
	bool mapped;

	spin_lock(ptl);
	mapped = maps(pmdp_get(pmd_offset(at->vma->vm_mm, at->address)), page);
	spin_unlock(ptl);
	return mapped;
}

bool lock_pmd_if_mapped(const struct page *head, const struct rmap_location *at)
{
	pmd_t *pmd = pmd_offset(at->vma->vm_mm, at->address);

	/* Looked at first without the lock: whoever maps the huge page elsewhere by a table need not be waited for. */
	if (!maps(pmdp_get(pmd), head))
		return false;
	spin_lock(pmd_ptl(at));
	if (maps(pmdp_get(pmd), head))
		return true;
	unlock_pmd(at);
	return false;
}

void unlock_pmd(const struct rmap_location *at)
{
	spin_unlock(pmd_ptl(at));
}

bool lock_pmd_if_mapped_sync(const struct page *head, const struct rmap_location *at)
{
	spin_lock(pmd_ptl(at));
	if (maps(pmdp_get(pmd_offset(at->vma->vm_mm, at->address)), head))
		return true;
	unlock_pmd(at);
	return false;
}

unsigned long huge_first_page(const struct page *head, const struct rmap_location *at)
{
	return linear_page_index(at->vma, at->address) - page_index(head);
}

unsigned long huge_end(const struct rmap_location *at, unsigned long first)
{
	return min(at->vma->vm_end, at->address + (HPAGE_PMD_NR - first) * PAGE_SIZE);
}

/* ---- unmapping one of hugetlb's ---- */

/* The entry maps it, and becomes a migration entry, or a poison entry if the page has failed. Its lock is held: released. */
static void unmap_huge_entry(struct page *head, const struct rmap_location *at, unsigned flags)
{
	struct mm_struct *mm = at->vma->vm_mm;
	pmd_t *pmd = pmd_offset(mm, at->address), old = pmdp_huge_get_and_clear(pmd);

	flush_tlb_range(mm, at->address, at->address + HPAGE_PMD_SIZE);
	if (pmd_has(old, PTE_DIRTY))
		SetPageFlag(head, PG_dirty);
	if (PageHWPoison(head) && !(flags & TTU_IGNORE_HWPOISON))
		huge_unmap_to_poison(head, at);
	else
		set_pmd(pmd, migration_pmd(page_to_pfn(head), pmd_has(old, PTE_WRITE)));
	huge_remove_rmap(head, at);
	unlock_pmd(at);
	put_page(head);
}

/*
 * Of a table that others have, too, the mm gives up all: the page is mapped by it still, by one mapping less for nobody to count. The
 * last one who has it finds the entry.
 */
bool try_to_unmap_huge(struct page *head, const struct rmap_location *at, unsigned flags)
{
	unsigned long start = at->address, end = start + HPAGE_PMD_SIZE;
	struct mm_struct *mm = at->vma->vm_mm;

	adjust_range_if_pmd_sharing_possible(at->vma, &start, &end);
	mmu_notifier_invalidate_range_start(mm, start, end);
	if (!PageAnon(head) && !defect(D_Z44) && maps(pmdp_get(pmd_offset(mm, at->address)), head) &&
	    huge_pmd_unshare(at->vma, at->address))
		flush_tlb_range(mm, start, end);
	else if (lock_pmd_if_mapped_sync(head, at))
		unmap_huge_entry(head, at, flags);
	mmu_notifier_invalidate_range_end(mm, start, end);
	return page_mapped(head);
}

/* ---- splitting the page ---- */

struct anon_vma *huge_lock(struct page *head)
{
	struct anon_vma *anon_vma = page_get_anon_vma(head);

	if (anon_vma)
		down_write(&READ_ONCE(anon_vma->root)->rwsem);
	return anon_vma;
}

void huge_unlock(struct anon_vma *anon_vma)
{
	up_write(&READ_ONCE(anon_vma->root)->rwsem);
	put_anon_vma(anon_vma);
}

/* One page of it, at one place. */
static bool freeze_page(struct page *page, const struct rmap_location *where)
{
	struct rmap_location at = *where;
	/* Nobody else will put a mapping back that is empty for a moment: its table's lock is waited for. */
	struct pgtable *pt = defect(D_Z23) ? map_pte(page, &at) : map_pte_sync(page, &at);
	bool unmapped;

	if (!pt)
		return true;
	unmapped = unmap_to_migration(page, &at);
	if (unmapped)
		page_remove_rmap(page, &at);
	spin_unlock(pte_lockptr(pt));
	/* If not, the mapping's reference is what the split will fail on. */
	if (unmapped)
		put_page(page);
	return unmapped;
}

bool huge_unmap_one(struct page *head, const struct rmap_location *where, void *arg)
{
	struct huge_unmapping *unmapping = arg;
	struct rmap_location at = *where;
	unsigned long i = huge_first_page(head, &at), end = huge_end(&at, i);

	/* What tables map, too; told once for all of it, as try_to_unmap_one() does. */
	mmu_notifier_invalidate_range_start(at.vma->vm_mm, at.address, end);
	if (!i && end - at.address == HPAGE_PMD_SIZE)
		split_huge_pmd(at.vma, at.address, head);
	for (; at.address < end; i++, at.address += PAGE_SIZE)
		unmapping->kept |= !unmapping->unmap(head + i, &at);
	mmu_notifier_invalidate_range_end(at.vma->vm_mm, where->address, end);
	return true;
}

bool huge_unmap(struct page *head, struct anon_vma *anon_vma)
{
	struct huge_unmapping unmapping = { freeze_page };

	walk_locked(head, anon_vma, huge_unmap_one, &unmapping);
	return !unmapping.kept;
}
