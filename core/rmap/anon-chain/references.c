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

/* What there is to say of one VMA, in which a huge page may have several entries. */
struct uses {
	bool mapped, locked, referenced;
	unsigned long vm_flags;
};

/* A group that has to give up pages gives up those that only others use. */
static bool invalid_page_referenced_vma(const struct vm_area_struct *vma, const struct page_referenced_arg *pra)
{
	return pra->memcg && !mm_match_cgroup(vma->vm_mm, pra->memcg);
}

/* One entry, its lock held: it is one of the mappings that were to be seen. False when the VMA is locked. */
static bool look_at_entry(const struct rmap_location *at, bool (*clear_young)(const struct rmap_location *at),
			  struct page_referenced_arg *pra, struct uses *uses)
{
	bool young;

	/* It will not be unmapped. That is all there is to know. */
	if (vma_is_locked(at->vma)) {
		uses->locked = true;
		return false;
	}
	young = clear_young(at);
	/* Who reads once, from the beginning to the end, does not want a page again; its bit is taken away all the same. */
	if (young)
		uses->vm_flags = READ_ONCE(at->vma->vm_flags);
	uses->referenced |= young && !(uses->vm_flags & VM_SEQ_READ);
	pra->mapcount--;
	return true;
}

static bool look_at_pte(struct page *page, const struct rmap_location *where, struct page_referenced_arg *pra, struct uses *uses)
{
	struct rmap_location at = *where;
	struct pgtable *pt = map_pte(page, &at);
	bool go_on;

	if (!pt)
		return true;
	uses->mapped = true;
	go_on = look_at_entry(&at, ptep_clear_young_notify, pra, uses);
	spin_unlock(pte_lockptr(pt));
	return go_on;
}

/* A huge page, all of it that the VMA may have. */
static void look_at_huge(struct page *head, const struct rmap_location *where, struct page_referenced_arg *pra, struct uses *uses)
{
	struct rmap_location at = *where;

	if (lock_pmd_if_mapped(head, &at)) {
		uses->mapped = true;
		look_at_entry(&at, pmdp_clear_flush_young_notify, pra, uses);
		unlock_pmd(&at);
		return;
	}
	for (unsigned long i = huge_first_page(head, &at); i < HPAGE_PMD_NR && at.address < at.vma->vm_end; i++, at.address += PAGE_SIZE)
		if (!look_at_pte(head + i, &at, pra, uses))
			return;
}

static bool page_referenced_one(struct page *page, const struct rmap_location *at, void *arg)
{
	struct page_referenced_arg *pra = arg;
	struct uses uses = { .mapped = false };

	if (invalid_page_referenced_vma(at->vma, pra))
		return true;
	if (PageHead(page))
		look_at_huge(page, at, pra, &uses);
	else
		look_at_pte(page, at, pra, &uses);
	if (!uses.mapped)
		return true;
	if (uses.locked) {
		pra->vm_flags |= VM_LOCKED;
		return false;
	}
	if (uses.referenced)
		clear_page_idle(page);
	if (test_and_clear_page_young(page)) {
		uses.vm_flags = READ_ONCE(at->vma->vm_flags);
		uses.referenced = true;
	}
	if (uses.referenced) {
		pra->referenced++;
		pra->vm_flags |= uses.vm_flags;
	}
	/* All mappings that there were when we began have been seen: a family may be much larger than that. */
	return pra->mapcount > 0;
}

int page_referenced(struct page *page, bool is_locked, struct mem_cgroup *memcg, unsigned long *vm_flags)
{
	struct page_referenced_arg pra = { .mapcount = total_mapcount(page), .memcg = memcg };
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
static bool clear_pte_ref(struct page *page, const struct rmap_location *where)
{
	struct rmap_location at = *where;
	struct pgtable *pt = map_pte(page, &at);
	bool referenced;

	if (!pt)
		return false;
	referenced = ptep_test_and_clear_young(at.pte);
	spin_unlock(pte_lockptr(pt));
	return referenced;
}

static bool clear_huge_refs(struct page *head, const struct rmap_location *where)
{
	struct rmap_location at = *where;
	bool referenced = false;

	if (lock_pmd_if_mapped(head, &at)) {
		referenced = pmdp_test_and_clear_young(&at);
		unlock_pmd(&at);
		return referenced;
	}
	for (unsigned long i = huge_first_page(head, &at); i < HPAGE_PMD_NR && at.address < at.vma->vm_end; i++, at.address += PAGE_SIZE)
		referenced |= clear_pte_ref(head + i, &at);
	return referenced;
}

static bool page_idle_clear_pte_refs_one(struct page *page, const struct rmap_location *at, void *arg)
{
	(void)arg;
	if (PageHead(page) ? clear_huge_refs(page, at) : clear_pte_ref(page, at)) {
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
