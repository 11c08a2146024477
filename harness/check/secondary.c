/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * O4 and O11 of secondary MMUs: no frame is freed that an spte leads to, and an spte never says more than the page table's entry.
 *
 * The second holds at any moment, not only in the end: entries change between the begin and the end of a notification, and while there
 * is one there are no sptes of the range.
 */
#include "check/check.h"

struct question {
	const struct mm_struct *mm;	/* whose guests; NULL: everybody's */
	unsigned long pfn;
};

/* One that is being made has none yet, whatever its memory says: its lock is what is made last. */
static unsigned nr_sptes(const struct guest *g)
{
	return lock_at(&g->mmu_lock.l) ? GUEST_SPTES : 0;
}

static void find_freed(void *obj, void *arg)
{
	const struct question *q = arg;
	const struct guest *g = obj;

	for (unsigned i = 0; i < nr_sptes(g); i++)
		if (g->spte[i].present && g->spte[i].pfn == q->pfn)
			violation(ORACLE_FREE_MAPPED, "page-freed-with-spte",
				  "page%lu is freed, and guest#%u still translates %#lx to it", q->pfn, slab_serial(g),
				  g->spte[i].addr);
}

void check_guests_page_free(unsigned long pfn)
{
	struct question q = { .pfn = pfn };

	if (machine->oracles & 1u << ORACLE_FREE_MAPPED)
		slab_for_each_live(core()->guest_cache, find_freed, &q);
}

/* In an era in which who tells may hold locks that spin, a guest is told of an entry after it is gone, before its lock is released. */
static bool about_to_be_told(struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt = core()->rmap->policy.notifiers_sleep ? NULL : pgtable_peek(mm, addr);

	if (!pt)
		return false;
	exec_touch(&pte_lockptr(pt)->l, TOUCH_READ);
	return pte_lockptr(pt)->l.owner && pte_lockptr(pt)->l.owner != current;
}

static void check_guest(void *obj, void *arg)
{
	const struct question *q = arg;
	const struct guest *g = obj;

	if (!nr_sptes(g) || (q->mm && g->mm != q->mm))
		return;
	exec_touch_part(g, GUEST_ANY, TOUCH_READ);
	for (unsigned i = 0; i < GUEST_SPTES; i++) {
		const struct spte *e = &g->spte[i];

		if (!e->present || about_to_be_told(g->mm, e->addr))
			continue;
		check_that(entry_allows(entry_of(g->mm, e->addr), e->pfn, e->writable), ORACLE_TLB, "stale-spte",
			   "mm#%u: guest#%u still translates %#lx to page%lu%s, which the page table no longer says", g->mm->id,
			   slab_serial(g), e->addr, e->pfn, e->writable ? " for writing" : "");
	}
}

void check_guests(const struct mm_struct *mm)
{
	struct question q = { .mm = mm };

	if (machine->oracles & 1u << ORACLE_TLB)
		slab_for_each_live(core()->guest_cache, check_guest, &q);
}
