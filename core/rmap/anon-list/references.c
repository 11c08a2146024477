/* SPDX-License-Identifier: GPL-2.0-only */
/* Who used a page: a walk that looks at accessed bits and takes them away. PG_referenced is left to who asks. */
#include "anon_vma.h"
#include "memcontrol.h"
#include "mlock.h"
#include "thrash.h"

struct referenced_arg {
	int mapcount;			/* mappings that are still to be seen */
	int referenced;			/* those that were used */
	const struct mem_cgroup *cnt;	/* whose processes are asked; NULL: all */
};

/* The entry is there, and its lock held. What is in a locked VMA counts as used: it will not be unmapped. */
static void look_at_entry(const struct rmap_location *at, struct referenced_arg *ra)
{
	ra->mapcount--;
	if (vma_is_locked(at->vma)) {
		ra->referenced++;
		ra->mapcount = 0;
	} else if (ptep_clear_flush_young_notify(at)) {
		ra->referenced++;
	}
}

/*
 * Is it to be spared, because who has it mapped has the swap token, and waits for another page? The lock of the entry held. That its
 * mmap_lock is held, by whomever, is taken for a fault; if it is our own, it is we who wait.
 */
static bool token_spares(const struct rmap_location *at)
{
	struct mm_struct *mm = at->vma->vm_mm;

	if (mm == current_mm() || !has_swap_token(mm) || !rwsem_is_locked(&mm->mmap_lock))
		return false;
	event(SWAP_TOKEN_SPARED, .mm = mm, .addr = at->address);
	return true;
}

/* False when all mappings that there were have been seen: a family may be much larger than that. */
static bool page_referenced_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct referenced_arg *ra = arg;
	struct rmap_location at = *where;
	struct pgtable *pt;

	/* A group that has to give up pages gives up those that only others use. */
	if (ra->cnt && !mm_match_cgroup(at.vma->vm_mm, ra->cnt))
		return true;
	pt = page_check_address(page, &at, false);
	if (!pt)
		return true;
	look_at_entry(&at, ra);
	if (token_spares(&at))
		ra->referenced++;
	spin_unlock(pte_lockptr(pt));
	return ra->mapcount > 0;
}

static void page_referenced_anon(struct page *page, struct referenced_arg *ra)
{
	struct anon_vma *anon_vma = page_lock_anon_vma(page);

	if (!anon_vma)
		return;
	ra->mapcount = page_mapcount(page);
	rmap_walk_anon(page, anon_vma, page_referenced_one, ra);
	page_unlock_anon_vma(anon_vma);
}

/* Page locked: that keeps the file. */
static void page_referenced_file(struct page *page, struct referenced_arg *ra)
{
	struct address_space *mapping = page_file_mapping(page);

	if (!mapping)
		return;
	ra->mapcount = page_mapcount(page);
	rmap_walk_file(page, mapping, page_referenced_one, ra);
}

/* Of the flags of VMAs this era says nothing. */
int page_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags)
{
	struct referenced_arg ra = { .cnt = memcg };

	*vm_flags = 0;
	if (!page_mapped(page) || !READ_ONCE(page->mapping))
		return 0;
	if (PageAnon(page)) {
		page_referenced_anon(page, &ra);
	} else if (is_locked) {
		page_referenced_file(page, &ra);
	} else if (!trylock_page(page)) {
		ra.referenced++;	/* busy means used */
	} else {
		page_referenced_file(page, &ra);
		unlock_page(page);
	}
	return ra.referenced;
}
