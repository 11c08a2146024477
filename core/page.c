/* SPDX-License-Identifier: GPL-2.0-only */
/* Page frames: handing them out, counting references, taking them back. */
#include "internal.h"
#include "memcontrol.h"
#include "memory_failure.h"
#include "sanitize.h"

/* No points, because the page is nobody's yet; but who comes by frame number may look at it all the same. */
static void touch_fresh(const struct page *page)
{
	exec_touch(&page->private, TOUCH_WRITE);
	exec_touch(&page->index, TOUCH_WRITE);
	exec_touch(&page->flags, TOUCH_WRITE);
	exec_touch(&core()->data[page_to_pfn(page)], TOUCH_WRITE);
}

void copy_highpage(struct page *to, struct page *from)
{
	u64 *src = &core()->data[page_to_pfn(from)], *dst = &core()->data[page_to_pfn(to)];

	exec_point(OP_LOAD, src);
	exec_touch(dst, TOUCH_WRITE);
	__atomic_store_n(dst, __atomic_load_n(src, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

void frame_taken(struct core *c, u32 pfn)
{
	c->page_live[pfn] = 1;
	exec_touch(&c->page_live[pfn], TOUCH_WRITE);
	c->page_serial[pfn]++;
}

void frame_left(struct core *c, u32 pfn)
{
	c->page_live[pfn] = 0;
	exec_touch(&c->page_live[pfn], TOUCH_WRITE);
}

void frame_free(struct core *c, u32 pfn)
{
	frame_left(c, pfn);
	if (unlikely(pfn >= c->nr_pages - c->nr_device))
		c->device_stack[c->nr_device_free++] = pfn;
	else
		c->free_stack[c->nr_free++] = pfn;
}

struct page *alloc_page_at(gfp_t gfp, const struct site *site)
{
	struct core *c = core();
	struct page *page;
	u32 pfn = 0;

	if (!alloc_allowed(gfp, site)) {
		event(ALLOC_FAILED, .mm = NULL);
		return NULL;
	}
	spin_lock(&c->zone_lock);
	while (c->nr_free && !pfn) {
		pfn = c->free_stack[--c->nr_free];
		if (poison_skip(pfn))
			pfn = 0;
	}
	if (pfn)
		frame_taken(c, pfn);
	spin_unlock(&c->zone_lock);
	if (!pfn) {
		event(ALLOC_FAILED, .mm = NULL);
		return NULL;
	}
	page = pfn_to_page(pfn);
	prep_new_page(page);
	return page;
}

void check_new(unsigned long pfn)
{
	check_that(!poison_withheld(pfn), ORACLE_LIFETIME, "poisoned-page-allocated", "page%lu has failed, and is handed out", pfn);
}

void prep_new_page(struct page *page)
{
	unsigned long pfn = page_to_pfn(page);

	data_set_up(page);
	touch_fresh(page);
	check_new(pfn);
	page->private = 0;
	/* Walks come to a frame without a reference, and may look at what it is by now. */
	__atomic_store_n(&page->index, 0, __ATOMIC_RELAXED);
	/* That it has failed meanwhile, nobody forgets. */
	__atomic_fetch_and(&page->flags, 1ul << PG_hwpoison, __ATOMIC_RELAXED);
	__atomic_store_n(&core()->data[pfn], 0, __ATOMIC_RELAXED);
	__atomic_store_n(&core()->unseen[pfn], 0, __ATOMIC_RELAXED);
	atomic_set(&page->_refcount, 1);
	event(PAGE_ALLOC, .pfn = pfn);
}

void check_free(const struct page *page)
{
	/* Marked: nobody holds it, but it may fail just now. */
	unsigned long pfn = page_to_pfn(page), flags = __atomic_load_n(&page->flags, __ATOMIC_RELAXED);
	u32 pins = __atomic_load_n(&core()->page_pins[pfn], __ATOMIC_RELAXED);

	exec_touch(&core()->page_live[pfn], TOUCH_READ);
	exec_touch(&page->flags, TOUCH_READ);
	check_that(core()->page_live[pfn], ORACLE_LIFETIME, "page-freed-twice", "page%lu is freed, but it is free", pfn);
	check_that(!mapcount_peek(page), ORACLE_FREE_MAPPED, "page-freed-while-mapped", "page%lu is freed with mapcount %d", pfn,
		   mapcount_peek(page));
	check_that(!(flags & (1ul << PG_mlocked)), ORACLE_FREE_MAPPED, "page-freed-mlocked", "page%lu is freed, and mlocked", pfn);
	check_that(!pins, ORACLE_FREE_MAPPED, "page-freed-while-pinned", "page%lu is freed, and somebody has it pinned",
		   pfn);
	check_that(!(flags & (1ul << PG_locked | 1ul << PG_swapcache | 1ul << PG_lru | 1ul << PG_writeback)), ORACLE_FREE_MAPPED,
		   "page-freed-in-use", "page%lu is freed with flags %#lx", pfn, flags);
}

void free_frozen_page(struct page *page)
{
	struct core *c = core();
	u32 pfn = (u32)page_to_pfn(page);

	if (PageCompound(page)) {
		free_frozen_huge_page(page);
		return;
	}
	data_tear_down(page);		/* nobody holds it */
	mem_cgroup_uncharge(page);
	lru_del_page(page);
	check_free(page);
	event(PAGE_FREE, .pfn = pfn);
	/*
	 * From now on nobody finds an anon_vma through this frame, until it is mapped again. Whoever sees that KSM's node has lost its
	 * page frees what those have walked who had it until now, whoever has set the mapping anew meanwhile.
	 */
	hb_release(&page->lru);	/* the address only names it */
	WRITE_ONCE(page->mapping, NULL);
	data_gone(page);
	spin_lock(&c->zone_lock);
	frame_free(c, pfn);
	spin_unlock(&c->zone_lock);
}

void get_page_at(struct page *page, const struct site *site)
{
	int now;

	page = compound_head(page);
	exec_point_at(OP_RMW, &page->_refcount, site);
	now = __atomic_add_fetch(&page->_refcount.counter, 1, __ATOMIC_RELAXED);
	if (unlikely(now <= 1))
		violation_at(ORACLE_COUNTS, "get-page-from-zero", site, "page%lu gets a reference while nobody holds it",
			     page_to_pfn(page));
}

bool get_page_unless_zero(struct page *page)
{
	return atomic_inc_not_zero(&page->_refcount);
}

void put_page_at(struct page *page, const struct site *site)
{
	int now;

	page = compound_head(page);
	exec_point_at(OP_RMW, &page->_refcount, site);
	now = __atomic_sub_fetch(&page->_refcount.counter, 1, __ATOMIC_SEQ_CST);
	if (unlikely(now < 0))
		violation_at(ORACLE_COUNTS, "put-page-below-zero", site, "page%lu loses a reference that nobody held",
			     page_to_pfn(page));
	if (!now)
		free_frozen_page(page);
}

void pte_touch_mappers(pte_t pte)
{
	if (pte_present(pte) || pte_migration(pte))
		exec_touch_part(pfn_to_page(pte_pfn(pte)), PAGE_MAPPERS, TOUCH_ADD);
}

struct page *pte_page(pte_t pte)
{
	if (!pte_present(pte) || pte_has(pte, PTE_SPECIAL))
		return NULL;
	return pfn_to_page(pte_pfn(pte));
}

/* ---- waiting for its lock, without holding it ---- */

static bool page_unlocked(void *page)
{
	return !flag_peek(page, PG_locked);
}

void put_and_wait_on_page_locked_at(struct page *page, const struct site *site)
{
	might_sleep();
	lockdep_wait(&page->flags, LC_PAGE_LOCK, LOCK_WRITE, site);
	put_page_at(page, site);
	if (PageFlag(page, PG_locked))
		exec_wait(page_unlocked, page, &page->flags, site);
}
