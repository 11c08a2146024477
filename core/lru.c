/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The LRU list and the per-CPU caches in front of it.
 *
 * A page in a CPU's cache is not on the list yet, cannot be isolated, and is held by a reference of the cache's: this is what
 * makes reclaim give up on young pages until somebody drains. Pages that are mlocked have a list of their own, which reclaim does
 * not look at.
 */
#include "defects.h"
#include "inner.h"
#include "internal.h"
#include "mlock.h"
#include "references.h"

static struct cpu *this_cpu(void)
{
	return &core()->cpu[current->cpu % core()->nr_cpus];
}

/* Take the cached pages out of a CPU's cache; the caller puts them on the list. */
static unsigned pagevec_take(struct cpu *cpu, struct page *pages[PAGEVEC_SIZE])
{
	unsigned n;

	exec_touch(&cpu->nr_pagevec, TOUCH_WRITE);
	inner_lock(&cpu->pv_word);
	n = cpu->nr_pagevec;
	for (unsigned i = 0; i < n; i++)
		pages[i] = cpu->pagevec[i];
	__atomic_store_n(&cpu->nr_pagevec, 0, __ATOMIC_RELAXED);	/* drains look at it without the word */
	inner_unlock(&cpu->pv_word);
	return n;
}

/* To the list where it belongs, lru_lock held; PG_lru is set. */
static void lru_list_add(struct page *page)
{
	struct core *c = core();

	check_that(list_empty(&page->lru), ORACLE_STRUCTURE, "lru-added-twice", "page%lu comes to the LRU, and is on a list there",
		   page_to_pfn(page));
	if (page_mlocked(page)) {
		SetPageFlag(page, PG_unevictable);
		list_add(&page->lru, &c->unevictable);
	} else {
		if (flag_peek(page, PG_unevictable))
			ClearPageFlag(page, PG_unevictable);
		list_add(&page->lru, &c->lru);
	}
}

/*
 * lru_lock held: what has PG_lru is on a list for all others. PG_lru first: whoever clears PG_mlocked looks at PG_lru afterwards, and
 * takes a page off the list of the unevictable that came there too late to be told.
 */
static void lru_add(struct page *page)
{
	SetPageFlag(page, PG_lru);
	lru_list_add(page);
}

static void pagevec_drain(struct cpu *cpu)
{
	struct page *pages[PAGEVEC_SIZE];
	unsigned n;

	exec_touch(&cpu->nr_pagevec, TOUCH_READ);
	if (!__atomic_load_n(&cpu->nr_pagevec, __ATOMIC_RELAXED))
		return;
	spin_lock(&core()->lru_lock);
	n = pagevec_take(cpu, pages);
	for (unsigned i = 0; i < n; i++)
		lru_add(pages[i]);
	spin_unlock(&core()->lru_lock);
	for (unsigned i = 0; i < n; i++)
		put_page(pages[i]);
}

/* Into the cache with one more reference; false when it is full. */
static bool pagevec_add(struct cpu *cpu, struct page *page)
{
	bool room;

	exec_touch(&cpu->nr_pagevec, TOUCH_WRITE);
	inner_lock(&cpu->pv_word);
	room = cpu->nr_pagevec < PAGEVEC_SIZE;
	if (room) {
		cpu->pagevec[cpu->nr_pagevec] = page;
		__atomic_store_n(&cpu->nr_pagevec, cpu->nr_pagevec + 1, __ATOMIC_RELAXED);
	}
	inner_unlock(&cpu->pv_word);
	return room;
}

static void lru_cache_add_now(struct page *page)
{
	bool early = defect(D_Z18_EARLY);

	data_publish(page);
	if (early)
		SetPageFlag(page, PG_lru);
	spin_lock(&core()->lru_lock);
	if (early)
		lru_list_add(page);
	else
		lru_add(page);
	spin_unlock(&core()->lru_lock);
}

void lru_cache_add(struct page *page)
{
	if (core()->rmap->policy.no_pagevecs) {
		lru_cache_add_now(page);
		return;
	}
	get_page(page);
	data_publish(page);		/* reclaim may find it from here on */
	while (!pagevec_add(this_cpu(), page))
		pagevec_drain(this_cpu());
}

void lru_add_drain(void)
{
	pagevec_drain(this_cpu());
}

void lru_add_drain_all(void)
{
	for (unsigned i = 0; i < core()->nr_cpus; i++)
		pagevec_drain(&core()->cpu[i]);
}

/* Off its list, whichever that is. lru_lock held. */
static void lru_del(struct page *page)
{
	check_that(!list_empty(&page->lru), ORACLE_STRUCTURE, "lru-not-listed", "page%lu is taken off the LRU, and is on no list there",
		   page_to_pfn(page));
	ClearPageFlag(page, PG_lru);
	list_del(&page->lru);
}

/* Whoever drops the last reference takes the page off the list by himself, and frees it, whatever others do to its count meanwhile. */
static bool still_held(struct page *page)
{
	if (!defect(D_Z18))
		return get_page_unless_zero(page);
	get_page(page);
	return true;
}

/* PG_lru is looked at again under the lock, and a page whose last reference is going is left alone. */
static bool isolate_locked(struct page *page)
{
	if (!PageFlag(page, PG_lru) || !still_held(page))
		return false;
	lru_del(page);
	return true;
}

bool lru_take(struct page *page)
{
	if (!PageFlag(page, PG_lru))
		return false;
	lru_del(page);
	return true;
}

bool isolate_lru_page(struct page *page)
{
	bool taken;

	if (!PageFlag(page, PG_lru))
		return false;
	spin_lock(&core()->lru_lock);
	taken = isolate_locked(page);
	spin_unlock(&core()->lru_lock);
	return taken;
}

/* Nothing that it was used for before counts. */
static void forget_uses(struct page *page)
{
	if (page_flag_rare(page, PG_active))
		ClearPageFlag(page, PG_active);
	if (page_flag_rare(page, PG_referenced))
		ClearPageFlag(page, PG_referenced);
	ClearPageFlag(page, PG_swapbacked);
}

void lru_lazyfree(struct page *page)
{
	spin_lock(&core()->lru_lock);
	/* Whoever has isolated it may be giving it a slot just now: then it stays what it was. */
	if (PageFlag(page, PG_lru) && (!PageFlag(page, PG_swapcache) || defect(D_LAZY_CACHED)))
		forget_uses(page);
	spin_unlock(&core()->lru_lock);
}

struct page *isolate_oldest(void)
{
	struct page *page, *found = NULL;

	spin_lock(&core()->lru_lock);
	list_for_each_entry_reverse(page, &core()->lru, lru) {
		if (isolate_locked(page)) {
			found = page;
			break;
		}
	}
	spin_unlock(&core()->lru_lock);
	return found;
}

void putback_lru_page(struct page *page)
{
	spin_lock(&core()->lru_lock);
	lru_add(page);
	spin_unlock(&core()->lru_lock);
	put_page(page);
}

void lru_del_page(struct page *page)
{
	if (!PageFlag(page, PG_lru))
		return;
	spin_lock(&core()->lru_lock);
	lru_del(page);
	spin_unlock(&core()->lru_lock);
}
