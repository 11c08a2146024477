/* SPDX-License-Identifier: GPL-2.0-only */
/* Who used a page: walks that look at accessed bits and take them away, for reclaim and for the tracking of idle pages. */
#include "anon_vma.h"
#include "memcontrol.h"
#include "mlock.h"
#include "references.h"

struct page_referenced_arg {
	int mapcount;			/* mappings that are still to be seen */
	int referenced;			/* those that were used */
	unsigned long vm_flags;		/* of the VMAs through which they were */
	const struct mem_cgroup *memcg;	/* whose processes are asked; NULL: all */
};

/* A group that has to give up pages gives up those that only others use. */
static bool invalid_page_referenced_vma(const struct vm_area_struct *vma, const struct page_referenced_arg *pra)
{
	return pra->memcg && !mm_match_cgroup(vma->vm_mm, pra->memcg);
}

static bool page_referenced_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct page_referenced_arg *pra = arg;
	struct rmap_location at = *where;
	struct pgtable *pt;
	unsigned long vm_flags;
	bool referenced;

	if (invalid_page_referenced_vma(at.vma, pra))
		return true;
	pt = map_pte(page, &at);
	if (!pt)
		return true;
	/* It will not be unmapped. That is all there is to know. */
	if (vma_is_locked(at.vma)) {
		spin_unlock(&pt->ptl);
		pra->vm_flags |= VM_LOCKED;
		return false;
	}
	referenced = ptep_clear_young_notify(&at);
	/* Who reads once, from the beginning to the end, does not want a page again; its bit is taken away all the same. */
	vm_flags = referenced ? READ_ONCE(at.vma->vm_flags) : 0;
	referenced &= !(vm_flags & VM_SEQ_READ);
	pra->mapcount--;
	spin_unlock(&pt->ptl);
	if (referenced)
		clear_page_idle(page);
	if (test_and_clear_page_young(page)) {
		vm_flags = READ_ONCE(at.vma->vm_flags);
		referenced = true;
	}
	if (referenced) {
		pra->referenced++;
		pra->vm_flags |= vm_flags;
	}
	/* All mappings that there were when we began have been seen: a family may be much larger than that. */
	return pra->mapcount > 0;
}

int page_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags)
{
	struct page_referenced_arg pra = { .mapcount = page_mapcount(page), .memcg = memcg };
	bool we_locked = false;

	*vm_flags = 0;
	if (pra.mapcount <= 0)
		return 0;
	if (!is_locked) {
		unsigned long mapping = (unsigned long)READ_ONCE(page->mapping);

		if (!(mapping & ~PAGE_MAPPING_FLAGS))
			return 0;
		/* Nothing but the page lock keeps a file there, or a node of KSM's; an anon_vma can be found without. Busy means used. */
		if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON) {
			we_locked = trylock_page(page);
			if (!we_locked)
				return 1;
		}
	}
	rmap_walk(page, page_referenced_one, &pra);
	*vm_flags = pra.vm_flags;
	if (we_locked)
		unlock_page(page);
	return pra.referenced;
}

/* Not flushed: who goes on using a translation that some TLB has is not seen until it is evicted. */
static bool page_idle_clear_pte_refs_one(struct page *page, const struct rmap_location *where, void *arg)
{
	struct rmap_location at = *where;
	struct pgtable *pt = map_pte(page, &at);
	bool referenced;

	(void)arg;
	if (!pt)
		return true;
	referenced = ptep_test_and_clear_young(at.pte);
	spin_unlock(&pt->ptl);
	if (referenced) {
		clear_page_idle(page);
		/* Reclaim will not find the bit any more: this is for it. */
		set_page_young(page);
	}
	return true;
}

void page_idle_clear_pte_refs(struct page *page)
{
	bool need_lock = !PageAnonAlone(page);

	if (need_lock && !trylock_page(page))
		return;
	if (page_mapped(page))
		rmap_walk(page, page_idle_clear_pte_refs_one, NULL);
	if (need_lock)
		unlock_page(page);
}
