/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that are several frames: made, counted, taken back.
 *
 * How often a page of a huge one is mapped is told by three numbers that change one after the other: they add up only for whoever
 * has the page locked, or has none that changes them.
 */
#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "memcontrol.h"
#include "memory_failure.h"

/* ---- allocation ---- */

static bool all_free(const struct core *c, u32 first)
{
	for (u32 pfn = first; pfn < first + HPAGE_PMD_NR; pfn++) {
		/* In this order: what is in the pool, and whether it is free there, is not known under this lock. */
		if (PageHuge(c->mem_map + pfn) || c->page_live[pfn] || (poison_contained(pfn) && !defect(D_POISON_ALLOC)))
			return false;
	}
	return true;
}

/* zone_lock held. The highest run, as single frames are taken from below; 0 when there is none. */
static u32 find_run(const struct core *c)
{
	u32 first = (c->nr_pages - c->nr_device) / HPAGE_PMD_NR * HPAGE_PMD_NR;

	while (first > HPAGE_PMD_NR) {
		first -= HPAGE_PMD_NR;
		if (all_free(c, first))
			return first;
	}
	return 0;
}

/* zone_lock held. */
static void take_run(struct core *c, u32 first)
{
	u32 kept = 0;

	for (u32 i = 0; i < c->nr_free; i++)
		if (c->free_stack[i] - first >= HPAGE_PMD_NR)
			c->free_stack[kept++] = c->free_stack[i];
	c->nr_free = kept;
	for (u32 pfn = first; pfn < first + HPAGE_PMD_NR; pfn++)
		frame_taken(c, pfn);
}

void compound_set_head(struct page *page, const struct page *head)
{
	exec_touch(&page->compound_head, TOUCH_WRITE);
	__atomic_store_n(&page->compound_head, head ? (unsigned long)head + 1 : 0, __ATOMIC_RELAXED);
}

void clear_compound_head(struct page *page)
{
	smp_store_release(&page->compound_head, 0ul);
}

/* No points: the page is nobody's yet. Tails hold nothing: what they are the head says. */
static void prep_tail(struct page *page, const struct page *head)
{
	unsigned long pfn = page_to_pfn(page);

	data_set_up(page);
	exec_touch(&page->flags, TOUCH_WRITE);
	exec_touch(&core()->data[pfn], TOUCH_WRITE);
	check_new(pfn);
	__atomic_fetch_and(&page->flags, 1ul << PG_hwpoison, __ATOMIC_RELAXED);		/* as of any new page */
	__atomic_store_n(&core()->data[pfn], 0, __ATOMIC_RELAXED);
	__atomic_store_n(&core()->unseen[pfn], 0, __ATOMIC_RELAXED);
	compound_set_head(page, head);
	data_publish(page);		/* when it can be seen the head decides */
	event(PAGE_ALLOC, .pfn = pfn);
}

void prep_compound_page(struct page *head)
{
	prep_new_page(head);
	compound_set_head(head, head);
	for (unsigned i = 1; i < HPAGE_PMD_NR; i++)
		prep_tail(head + i, head);
}

struct page *alloc_huge_page_at(gfp_t gfp, const struct site *site)
{
	struct core *c = core();
	struct page *head;
	u32 first = 0;

	if (alloc_allowed(gfp, site)) {
		spin_lock(&c->zone_lock);
		first = find_run(c);
		if (first)
			take_run(c, first);
		spin_unlock(&c->zone_lock);
	}
	if (!first) {
		event(ALLOC_FAILED, .mm = NULL);
		return NULL;
	}
	head = pfn_to_page(first);
	prep_compound_page(head);
	return head;
}

/* ---- and back ---- */

static void check_free_huge(const struct page *head)
{
	int mapcount = atomic_peek(&head->compound_mapcount);

	exec_touch(&head->compound_mapcount, TOUCH_READ);
	check_that(mapcount == -1, ORACLE_FREE_MAPPED, "page-freed-while-mapped", "the huge page%lu is freed with mapcount %d",
		   page_to_pfn(head), mapcount + 1);
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		check_free(head + i);
}

void free_frozen_huge_page(struct page *head)
{
	u32 first = (u32)page_to_pfn(head);
	struct core *c = core();

	data_tear_down(head);		/* nobody holds it */
	if (!PageHuge(head)) {
		mem_cgroup_uncharge(head);
		forget_deferred_split(head);
		lru_del_page(head);
	}
	check_free_huge(head);
	for (u32 i = 0; i < HPAGE_PMD_NR; i++)
		event(PAGE_FREE, .pfn = first + i);
	WRITE_ONCE(head->mapping, NULL);
	data_gone(head);
	if (PageHuge(head)) {
		enqueue_huge_page(head);
		return;
	}
	spin_lock(&c->zone_lock);
	for (u32 i = HPAGE_PMD_NR; i-- > 0;) {
		compound_set_head(head + i, NULL);
		frame_free(c, first + i);
	}
	spin_unlock(&c->zone_lock);
}

struct page *get_whole_page(struct page *page)
{
	struct page *head = compound_head(page);

	if (!get_page_unless_zero(head))
		return NULL;
	if (compound_head(page) == head)
		return head;
	put_page(head);			/* it was split, or is another page's by now */
	return NULL;
}

/* ---- counting ---- */

int compound_page_mapcount(struct page *page)
{
	struct page *head = compound_head(page);
	int n = atomic_read(&page->_mapcount) + 1;

	if (parts_count_whole(head))
		return n;
	n += atomic_read(&head->compound_mapcount) + 1;
	return PageFlag(head, PG_double_map) ? n - 1 : n;
}

bool compound_page_mapped(struct page *page)
{
	struct page *head = compound_head(page);

	/* In this order: a split counts the tables' entries first. */
	if (atomic_read(&head->compound_mapcount) >= 0)
		return true;
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		if (atomic_read(&head[i]._mapcount) >= 0)
			return true;
	return false;
}

int total_mapcount(struct page *page)
{
	int total;

	if (!PageCompound(page))
		return page_mapcount(page);
	page_trans_huge_mapcount(page, &total);
	return total;
}

int page_trans_huge_mapcount(struct page *page, int *total)
{
	struct page *head = compound_head(page);
	int most = 0, by_directory;

	*total = 0;
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		int n = atomic_read(&head[i]._mapcount) + 1;

		*total += n;
		most = max(most, n);
	}
	if (parts_count_whole(head)) {
		/* Each mapping by a directory is among those of every page. */
		*total -= (atomic_read(&head->compound_mapcount) + 1) * ((int)HPAGE_PMD_NR - 1);
		return most;
	}
	if (PageFlag(head, PG_double_map)) {
		most--;
		*total -= (int)HPAGE_PMD_NR;
	}
	by_directory = atomic_read(&head->compound_mapcount) + 1;
	*total += by_directory;
	return most + by_directory;
}
