/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool of hugetlb.
 *
 * A page of the pool stays a huge page until it fails: what is free here is not free memory.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "memory_failure.h"
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

/* zone_lock held: whether the frame is one of hugetlb's. */
static void set_page_huge(const struct page *page, u8 huge)
{
	u8 *to = &core()->page_huge[page_to_pfn(page)];

	exec_touch(to, TOUCH_WRITE);
	__atomic_store_n(to, huge, __ATOMIC_RELAXED);
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
		set_page_huge(head + i, 1);
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

/* lock held: off the row of free pages, if it is there. */
static void list_del_free(struct hugetlb *h, const struct page *head)
{
	u32 kept = 0;

	for (u32 i = 0; i < h->nr_free; i++)
		if (h->free[i] != page_to_pfn(head))
			h->free[kept++] = h->free[i];
	h->nr_free = kept;
}

/* lock held: the last freed page, but none that has failed. That one leaves the pool soon, or stays there for good. */
static struct page *dequeue_huge_page(struct hugetlb *h)
{
	for (u32 i = h->nr_free; i-- > 0;) {
		struct page *head = pfn_to_page(h->free[i]);

		if (PageHWPoison(head) && !defect(D_HUGETLB_POISON_REUSE))
			continue;
		list_del_free(h, head);
		for_frames(head, frame_taken);
		return head;
	}
	return NULL;
}

struct page *alloc_hugetlb_page(void)
{
	struct hugetlb *h = core()->hugetlb;
	struct page *head;

	spin_lock(&h->lock);
	head = dequeue_huge_page(h);
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
	/* By frame number: it may be no page of hugetlb's any more. */
	isolated = PageHuge(head) && PageFlag(head, PG_active) && get_page_unless_zero(head);
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

/* ---- and out of it ---- */

/*
 * lock held: is it in the pool? Nobody holds it then; but that nobody holds it does not say so: who has just dropped the last reference
 * has still to put it there.
 */
static bool in_pool(struct page *head)
{
	const u8 *live = &core()->page_live[page_to_pfn(head)];

	if (defect(D_HUGETLB_DISSOLVE))
		return !page_count(head);
	exec_touch(live, TOUCH_READ);
	return !*live;
}

/* lock held, the page is off the row. */
static void update_and_free_page(struct page *head)
{
	struct core *c = core();
	u32 first = (u32)page_to_pfn(head);

	check_that(!c->page_live[first], ORACLE_LIFETIME, "page-freed-in-use",
		   "the huge page%u becomes free memory, and is in somebody's hands still", first);
	hugetlb_poison_to_frames(head);
	spin_lock(&c->zone_lock);
	for (u32 i = HPAGE_PMD_NR; i-- > 0;) {
		set_page_huge(head + i, 0);
		compound_set_head(head + i, NULL);
		frame_free(c, first + i);
	}
	spin_unlock(&c->zone_lock);
}

int dissolve_free_huge_page(struct page *page)
{
	struct hugetlb *h = core()->hugetlb;
	struct page *head;
	int err = 0;

	spin_lock(&h->lock);
	head = compound_head(page);
	if (PageHuge(page) && in_pool(head)) {
		list_del_free(h, head);
		update_and_free_page(head);
	} else if (PageHuge(page)) {
		err = -EBUSY;
	}
	spin_unlock(&h->lock);
	return err;
}
