/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory failure: a page is taken out of everybody's hands. As in Linux 4.19, where one attempt is made, and no second one.
 *
 * Comes from below, as reclaim does, with a frame number and nothing else. The page lock decides who the page belongs to; the reverse
 * map, who has it mapped; then it leaves the LRU and its cache.
 */
#include "memory_failure.h"

#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "ksm.h"
#include "memcontrol.h"
#include "mlock.h"

void set_poison_state(struct page *page, enum poison_state state)
{
	u8 *to = &core()->poisoned[page_to_pfn(page)];

	exec_touch(to, TOUCH_WRITE);
	__atomic_store_n(to, (u8)state, __ATOMIC_RELAXED);
}

/* ---- entries ---- */

void unmap_to_poison(struct page *page, const struct rmap_location *at)
{
	/* It is none of the mm's pages any more, and no swap entry either. */
	count_page(at->vma->vm_mm, page, -1);
	set_pte(at->pte, hwpoison_pte(page_to_pfn(page)));
	event(POISON_ENTRY, .mm = at->vma->vm_mm, .addr = at->address, .pfn = page_to_pfn(page));
}

void copy_poison(const struct rmap_location *to, pte_t pte)
{
	set_pte(to->pte, pte);
	event(POISON_FORKED, .mm = to->vma->vm_mm, .addr = to->address, .pfn = pte_pfn(pte));
}

/* ---- who has it mapped ---- */

/*
 * No entry of a file's page is writable or dirty but the page is known to be: if it is not, the file has its content. Then nobody need be
 * told.
 */
static bool content_elsewhere(struct page *page)
{
	if (PageAnon(page) || PageFlag(page, PG_swapcache) || PageFlag(page, PG_dirty) || !READ_ONCE(page->mapping) ||
	    !accounts_dirty(page->mapping))
		return false;
	if (core()->rmap->mkclean(page)) {
		set_page_dirty(page);
		return false;
	}
	return true;
}

/* Page locked. False if it is mapped still. */
static bool unmap_from_users(struct page *page)
{
	unsigned ttu = TTU_IGNORE_MLOCK | TTU_IGNORE_ACCESS;

	if (!page_mapped(page))
		return true;
	/* In the swap cache it stays where it can be found; who reads it in sees what has become of it. */
	if (PageFlag(page, PG_swapcache) || content_elsewhere(page))
		ttu |= TTU_IGNORE_HWPOISON;
	else
		core()->rmap->collect_procs(page);
	return core()->rmap->try_to_unmap(page, ttu) == SWAP_SUCCESS;
}

/* ---- what it was ---- */

/* Off the LRU, for good; false if somebody else has isolated it. */
static bool delete_from_lru_cache(struct page *page)
{
	if (!isolate_lru_page(page))
		return false;
	ClearPageFlag(page, PG_active);
	ClearPageFlag(page, PG_unevictable);
	put_page(page);
	return true;
}

static bool contain_swapcache(struct page *page, int *others)
{
	if (!PageFlag(page, PG_dirty)) {
		delete_from_swap_cache(page);
		return delete_from_lru_cache(page);
	}
	/* Its content is nowhere else: whoever has an entry for it must be told, and so it has to be found. */
	ClearPageFlag(page, PG_dirty);
	++*others;
	return delete_from_lru_cache(page);
}

static bool contain_file_page(struct page *page)
{
	struct address_space *mapping = READ_ONCE(page->mapping);

	if (!delete_from_lru_cache(page) || !mapping)
		return false;
	truncate_error_page(mapping, page);
	return true;
}

/* Page locked, on the LRU, mapped nowhere. Nobody may be left but us, and who finds it in the swap cache. */
static enum poison_state contain(struct page *page)
{
	int others = 0;
	bool done;

	if (PageFlag(page, PG_swapcache))
		done = contain_swapcache(page, &others);
	else if (PageAnon(page))
		done = delete_from_lru_cache(page);
	else
		done = contain_file_page(page);
	/* Not before: its group counts it as dirty as long as it is. (4.19 uncharges first.) */
	if (done)
		mem_cgroup_uncharge(page);
	if (!done || page_count(page) != 1 + others)
		return POISON_IGNORED;
	return others ? POISON_CACHED : POISON_CONTAINED;
}

/* Page locked, and ours too. */
static enum poison_state take_away(struct page *page)
{
	/* Who has isolated it is about to do something with it, and asks nobody. KSM's would be found by who merges. */
	if (!PageFlag(page, PG_lru) || PageKsm(page))
		return POISON_IGNORED;
	wait_on_page_writeback(page);
	if (!unmap_from_users(page))
		return POISON_IGNORED;
	/* Torn down by somebody else? */
	if (!PageFlag(page, PG_swapcache) && !READ_ONCE(page->mapping))
		return POISON_IGNORED;
	return contain(page);
}

/* No reference is to be had: then it is free, or is being freed or handed out just now, and nobody knows to whom. */
static int failure_of_unused(struct page *page)
{
	unsigned long pfn = page_to_pfn(page);
	bool is_free;

	spin_lock(&core()->zone_lock);
	exec_touch(&core()->page_live[pfn], TOUCH_READ);
	/* What has gone into hugetlb's pool meanwhile is free there, if at all. */
	is_free = !core()->page_live[pfn] && !PageHuge(page);
	if (is_free)
		set_poison_state(page, POISON_FREE);
	spin_unlock(&core()->zone_lock);
	return is_free ? 0 : -EBUSY;
}

void keep_poisoned(const struct page *page, bool keep)
{
	__atomic_fetch_add(&core()->page_pins[page_to_pfn(page)], keep ? 1u : -1u, __ATOMIC_RELAXED);
}

static void keep_frame(struct page *page, enum poison_state state)
{
	keep_poisoned(page, true);
	set_poison_state(page, state);
}

/* A part of a huge page, which we hold: it has to become a page of its own. */
static bool split_off(struct page *page)
{
	struct page *head = compound_head(page);

	lock_page(head);
	if (PageAnon(head))
		return split_huge_page_unlock(page);
	unlock_page(head);
	return false;
}

/* The huge page has to stay what it is. Where entries of its parts may say by now that one has failed, that stays true. */
static int failure_of_part(struct page *page)
{
	if (core()->rmap->policy.failed_part_stays) {
		keep_frame(page, POISON_IGNORED);	/* (6.1 gives its reference back: the allocator looks for the mark.) */
	} else {
		ClearPageFlag(page, PG_hwpoison);
		put_page(page);
	}
	return -EBUSY;
}

static int failure_of_page(struct page *page)
{
	enum poison_state state;

	if (test_and_set_bit(PG_hwpoison, &page->flags))
		return 0;			/* it is known */
	if (!get_whole_page(page))
		return failure_of_unused(page);
	if (PageCompound(page) && !split_off(page))
		return failure_of_part(page);
	lru_add_drain_all();
	/* A page that is on no list is somebody's who counts on finding it unlocked. */
	if (!PageFlag(page, PG_lru)) {
		keep_frame(page, POISON_IGNORED);
		return -EBUSY;
	}
	lock_page(page);
	state = take_away(page);
	keep_frame(page, state);
	if (state != POISON_IGNORED)
		event(POISONED, .pfn = page_to_pfn(page), .obj = page);
	unlock_page(page);
	return state == POISON_IGNORED ? -EBUSY : 0;
}

int memory_failure(struct page *page)
{
	WINDOW(MEMORY_FAILURE);

	if (page_to_pfn(page) == ZERO_PFN)
		return -EBUSY;
	if (PageHuge(page)) {
		int err = memory_failure_hugetlb(page);

		if (err != HUGETLB_GONE)
			return err;
	}
	return failure_of_page(page);
}

/* ---- frames ---- */

bool poison_skip(unsigned long pfn)
{
	exec_touch(&core()->poisoned[pfn], TOUCH_READ);
	if (__atomic_load_n(&core()->poisoned[pfn], __ATOMIC_RELAXED) != POISON_FREE || defect(D_POISON_ALLOC))
		return false;
	set_poison_state(pfn_to_page(pfn), POISON_LEAKED);
	return true;
}

static void unpoison_free(struct page *page)
{
	struct core *c = core();
	u32 pfn = (u32)page_to_pfn(page);

	spin_lock(&c->zone_lock);
	if (c->poisoned[pfn] == POISON_LEAKED)
		c->free_stack[c->nr_free++] = pfn;
	if (c->poisoned[pfn] == POISON_LEAKED || c->poisoned[pfn] == POISON_FREE) {
		set_poison_state(page, POISON_NONE);
		ClearPageFlag(page, PG_hwpoison);
	}
	spin_unlock(&c->zone_lock);
}

/* memory_failure() has a reference, which goes. */
static void unpoison_kept(struct page *page)
{
	u8 *state = &core()->poisoned[page_to_pfn(page)];
	bool kept;

	lock_page(page);
	kept = __atomic_load_n(state, __ATOMIC_RELAXED) != POISON_NONE;
	if (kept) {
		set_poison_state(page, POISON_NONE);
		ClearPageFlag(page, PG_hwpoison);
		try_to_free_swap(page);		/* reclaim would not find it: it is on no list */
		keep_poisoned(page, false);
	}
	unlock_page(page);
	if (kept)
		put_page(page);
}

void unpoison_all(void)
{
	for (u32 pfn = 1; pfn < core()->nr_pages; pfn++) {
		u8 state = __atomic_load_n(&core()->poisoned[pfn], __ATOMIC_RELAXED);

		if (PageHuge(pfn_to_page(pfn)) && state != POISON_NONE)
			unpoison_hugetlb(compound_head(pfn_to_page(pfn)));
		else if (state == POISON_FREE || state == POISON_LEAKED)
			unpoison_free(pfn_to_page(pfn));
		else if (state != POISON_NONE)
			unpoison_kept(pfn_to_page(pfn));
	}
}
