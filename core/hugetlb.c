/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool of hugetlb.
 *
 * A page of the pool stays a huge page for good: what is free here is not free memory.
 */
#include "hugetlb.h"
#include "internal.h"
#include "objects.h"

void hugetlb_init(void)
{
	struct core *c = core();

	c->page_huge = machine_alloc(c->nr_pages);
	c->hugetlb = machine_alloc(sizeof(*c->hugetlb));
	c->hugetlb->free = machine_alloc((c->nr_pages / HPAGE_PMD_NR + 1) * sizeof(*c->hugetlb->free));
	c->hugetlb->tables = kmem_cache_create("pmd_table", sizeof(struct pmd_table), 0, 0, NULL, pmd_table_fields);
	spin_lock_init(&c->hugetlb->lock, LC_HUGETLB);
	for (unsigned i = 0; i < NR_FAULT_MUTEXES; i++)
		mutex_init(&c->hugetlb->fault_mutex[i], LC_HUGETLB_FAULT);
}

/*
 * It becomes one of hugetlb's by being given back as one. Under the lock of free memory: who looks for frames there passes by these
 * from now on.
 */
static void prep_new_huge_page(struct page *head)
{
	struct core *c = core();

	spin_lock(&c->zone_lock);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		__atomic_store_n(&c->page_huge[page_to_pfn(head) + i], 1, __ATOMIC_RELAXED);
	spin_unlock(&c->zone_lock);
	put_page(head);
}

unsigned hugetlb_pool_grow(unsigned n)
{
	unsigned grown = 0;

	for (; grown < n; grown++) {
		struct page *head = alloc_huge_page(GFP_KERNEL);

		if (!head)
			break;
		prep_new_huge_page(head);
	}
	return grown;
}

/* lock held: the pool's frames are taken and left, though they are never free. */
static void for_frames(const struct page *head, void (*fn)(struct core *c, u32 pfn))
{
	u32 first = (u32)page_to_pfn(head);

	for (u32 i = 0; i < HPAGE_PMD_NR; i++)
		fn(core(), first + i);
}

struct page *alloc_hugetlb_page(void)
{
	struct hugetlb *h = core()->hugetlb;
	struct page *head = NULL;

	spin_lock(&h->lock);
	if (h->nr_free) {
		head = pfn_to_page(h->free[--h->nr_free]);
		for_frames(head, frame_taken);
	}
	spin_unlock(&h->lock);
	if (head)
		prep_compound_page(head);
	else
		event(ALLOC_FAILED, .mm = NULL);
	return head;
}

/* hugetlb's pages are on no list of reclaim's, and are not used more or less: the flag says that they may be isolated. */
void set_page_huge_active(struct page *head)
{
	SetPageFlag(head, PG_active);
}

bool isolate_huge_page(struct page *head)
{
	struct hugetlb *h = core()->hugetlb;
	bool isolated;

	spin_lock(&h->lock);
	isolated = PageFlag(head, PG_active) && get_page_unless_zero(head);
	if (isolated)
		ClearPageFlag(head, PG_active);
	spin_unlock(&h->lock);
	return isolated;
}

void putback_huge_page(struct page *head)
{
	struct hugetlb *h = core()->hugetlb;

	spin_lock(&h->lock);
	set_page_huge_active(head);
	spin_unlock(&h->lock);
	put_page(head);
}

void enqueue_huge_page(struct page *head)
{
	struct hugetlb *h = core()->hugetlb;

	spin_lock(&h->lock);
	ClearPageFlag(head, PG_active);
	h->free[h->nr_free++] = (u32)page_to_pfn(head);
	for_frames(head, frame_left);
	spin_unlock(&h->lock);
}
