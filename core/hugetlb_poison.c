/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory failure of hugetlb's pages.
 *
 * The head says for all of the page that it has failed (PG_hwpoison), from then on until it leaves the pool. To say so, and to see who
 * holds the page, is one step under the lock of the pool (as of 5.18): the page is free there, or it is mapped, or was, and a reference
 * keeps it; or it is between the two, and in somebody's hands. A free one is dissolved: what has not failed of it is free memory. One that
 * was mapped privately is unmapped, let go of, and dissolved, if nobody else holds it. A file's leaves the file, and is kept whole.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "memory_failure.h"

/* ---- entries; their lock is held ---- */

void huge_unmap_to_poison(struct page *head, const struct rmap_location *at)
{
	struct mm_struct *mm = at->vma->vm_mm;

	/* It is none of the mm's pages any more. */
	hugetlb_mapped(at->vma, at->address, -1);
	set_pmd(pmd_offset(mm, at->address), hwpoison_pmd(page_to_pfn(head)));
	event(POISON_ENTRY, .mm = mm, .addr = at->address, .pfn = page_to_pfn(head));
}

void copy_huge_poison(const struct rmap_location *to, pmd_t *dst, pmd_t entry)
{
	set_pmd(dst, entry);
	event(POISON_FORKED, .mm = to->vma->vm_mm, .addr = to->address, .pfn = page_to_pfn(pmd_page(entry)));
}

/* ---- the page ---- */

/* Either the lock of the pool is held, or the page has failed, and is ours. */
static void set_huge_state(struct page *head, enum poison_state state)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		set_poison_state(head + i, state);
}

static enum poison_state state_of(const struct page *page)
{
	const u8 *state = &core()->poisoned[page_to_pfn(page)];

	exec_touch(state, TOUCH_READ);
	return __atomic_load_n(state, __ATOMIC_RELAXED);
}

enum huge_hit {
	HIT_NONE,			/* it is none of hugetlb's any more */
	HIT_KNOWN,			/* it has failed before */
	HIT_FREE,			/* it is in the pool, or will be there in a moment */
	HIT_USED,			/* it is or was mapped, and we have a reference */
	HIT_BUSY,			/* it is so new that nobody else knows it, or somebody has isolated it */
};

/* hugetlb_lock held. */
static enum huge_hit take_hold(struct page *head)
{
	if (PageHWPoison(head))
		return HIT_KNOWN;
	exec_touch(&core()->page_live[page_to_pfn(head)], TOUCH_READ);
	if (!core()->page_live[page_to_pfn(head)])
		return HIT_FREE;
	if (!PageFlag(head, PG_active))
		return HIT_BUSY;
	return get_page_unless_zero(head) ? HIT_USED : HIT_FREE;
}

/* *headp: the page of which this is one. It has failed from now on, unless it is HIT_NONE or HIT_BUSY. */
static enum huge_hit get_huge_page_for_hwpoison(struct page *page, struct page **headp)
{
	struct hugetlb *h = core()->hugetlb;
	enum huge_hit hit = HIT_NONE;

	spin_lock(&h->lock);
	*headp = compound_head(page);
	if (PageHuge(page))
		hit = take_hold(*headp);
	if (hit == HIT_FREE || hit == HIT_USED) {
		SetPageFlag(*headp, PG_hwpoison);
		set_huge_state(*headp, POISON_HUGE);
	}
	/* That it is this frame nobody may forget, though another one of them failed first: it might be taken for good when they part. */
	if (hit != HIT_NONE && state_of(page) == POISON_HUGE)
		set_poison_state(page, POISON_HUGE_RAW);
	spin_unlock(&h->lock);
	return hit;
}

void hugetlb_poison_to_frames(struct page *head)
{
	if (PageHWPoison(head) && state_of(head) != POISON_HUGE_RAW)
		ClearPageFlag(head, PG_hwpoison);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		bool failed = state_of(head + i) == POISON_HUGE_RAW;

		if (failed && i)
			SetPageFlag(head + i, PG_hwpoison);
		set_poison_state(head + i, failed ? POISON_FREE : POISON_NONE);
	}
}

/*
 * Page locked. False if it is mapped still. Who has its entries in a table with others gives the table up, as when it migrates: so the lock
 * of a file is needed for write. It comes before the page lock: it can only be tried.
 */
static bool unmap_huge_from_users(struct page *head)
{
	unsigned ttu = TTU_IGNORE_MLOCK | TTU_IGNORE_ACCESS;
	struct address_space *mapping = NULL;
	bool unmapped;

	if (!page_mapped(head))
		return true;
	if (defect(D_HUGETLB_POISON_WAIT))
		core()->rmap->collect_procs(head);
	if (!PageAnon(head)) {
		mapping = hugetlb_page_mapping_lock_write(head);
		if (!mapping)
			return false;
		ttu |= TTU_RMAP_LOCKED;
	}
	if (!defect(D_HUGETLB_POISON_WAIT))
		core()->rmap->collect_procs(head);
	unmapped = core()->rmap->try_to_unmap(head, ttu) == SWAP_SUCCESS;
	if (mapping)
		i_mmap_unlock_write(mapping);
	return unmapped;
}

/* Page locked: it is kept, with our reference, and unlocked. Returns what came of it. */
static int keep_huge_page(struct page *head, enum poison_state state)
{
	struct hugetlb *h = core()->hugetlb;

	spin_lock(&h->lock);
	set_huge_state(head, state);
	spin_unlock(&h->lock);
	keep_poisoned(head, true);
	if (state == POISON_CONTAINED)
		event(POISONED, .pfn = page_to_pfn(head), .obj = head);
	unlock_page(head);
	return state == POISON_CONTAINED ? 0 : -EBUSY;
}

/* Nobody maps the page, and nobody will. It is in the pool, or we have not been the last to hold it: then it will be there some time. */
static int dissolve_failed(struct page *page)
{
	int err = dissolve_free_huge_page(page);

	if (!err)
		event(POISONED, .pfn = page_to_pfn(page), .obj = page);
	return err;
}

/* Page locked, mapped nowhere: unlocked. */
static int me_huge_page(struct page *page, struct page *head)
{
	struct address_space *mapping = READ_ONCE(head->mapping);

	if (mapping && !PageAnon(head)) {
		hugetlbfs_error_remove_page(mapping, head);
		return keep_huge_page(head, page_count(head) == 1 ? POISON_CONTAINED : POISON_IGNORED);
	}
	unlock_page(head);
	put_page(head);
	return dissolve_failed(page);
}

int memory_failure_hugetlb(struct page *page)
{
	static const int result[] = { [HIT_NONE] = HUGETLB_GONE, [HIT_KNOWN] = 0, [HIT_BUSY] = -EBUSY };
	struct page *head;
	enum huge_hit hit = get_huge_page_for_hwpoison(page, &head);

	if (hit == HIT_FREE) {
		dissolve_failed(page);		/* if not yet in the pool it will stay there: nobody gets it */
		return 0;
	}
	if (hit != HIT_USED)
		return result[hit];
	lock_page(head);
	if (!unmap_huge_from_users(head))
		return keep_huge_page(head, POISON_IGNORED);
	return me_huge_page(page, head);
}

/* Nobody else moves. */
void unpoison_hugetlb(struct page *head)
{
	enum poison_state state = state_of(head);
	struct hugetlb *h = core()->hugetlb;

	spin_lock(&h->lock);
	set_huge_state(head, POISON_NONE);
	ClearPageFlag(head, PG_hwpoison);
	spin_unlock(&h->lock);
	if (state != POISON_IGNORED && state != POISON_CONTAINED)
		return;
	keep_poisoned(head, false);
	put_page(head);
}
