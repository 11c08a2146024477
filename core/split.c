/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A huge page becomes as many small ones.
 *
 * That concerns all who map it, so it is done as migration is: every entry becomes a migration entry, so that nobody reaches the page;
 * when nobody else holds a reference the count is frozen, and the tails become pages of their own; then the entries come back. It
 * has to be exact, an entry that is missed would lead to a page that knows nothing of it, so the anon_vma is locked for write over
 * all of it: nobody forks, moves or unmaps VMAs meanwhile.
 */
#include "defects.h"
#include "internal.h"
#include "memcontrol.h"

/* ---- huge pages that are mapped in parts only: worth a split when memory is short ---- */

void deferred_split_huge_page(struct page *head)
{
	struct core *c = core();

	spin_lock(&c->split_queue_lock);
	if (list_empty(&head->deferred_list))
		list_add_tail(&head->deferred_list, &c->split_queue);
	spin_unlock(&c->split_queue_lock);
}

void forget_deferred_split(struct page *head)
{
	spin_lock(&core()->split_queue_lock);
	list_del_init(&head->deferred_list);
	spin_unlock(&core()->split_queue_lock);
}

/* The first one in the queue, with a reference; it goes to the end, and leaves when it is split. NULL: there is none. */
static struct page *next_deferred(void)
{
	struct core *c = core();
	struct page *head = NULL;

	spin_lock(&c->split_queue_lock);
	if (!list_empty(&c->split_queue)) {
		head = list_first_entry(&c->split_queue, struct page, deferred_list);
		list_del_init(&head->deferred_list);
		/* Who gives it back, having dropped the last reference, waits for the lock: he need not find it here. */
		if (get_page_unless_zero(head))
			list_add_tail(&head->deferred_list, &c->split_queue);
		else
			head = NULL;
	}
	spin_unlock(&c->split_queue_lock);
	return head;
}

unsigned deferred_split_scan(unsigned n)
{
	unsigned split = 0;

	while (n--) {
		struct page *head = next_deferred();

		if (!head)
			break;
		if (trylock_page(head))
			split += split_huge_page_unlock(head);
		put_page(head);
	}
	return split;
}

/* ---- tails ---- */

/*
 * Who has a tail's migration entry in hand looks whether that page is locked. Nobody locks a tail, but for somebody who came to the frame
 * when it was another page: then this is no time for it.
 */
static bool lock_tails(struct page *head)
{
	for (unsigned i = 1; i < HPAGE_PMD_NR; i++) {
		if (trylock_page(head + i))
			continue;
		while (--i > 0)
			unlock_page(head + i);
		return false;
	}
	return true;
}

static void unlock_tails(struct page *head)
{
	for (unsigned i = 1; i < HPAGE_PMD_NR; i++)
		unlock_page(head + i);
}

void split_make_page(struct page *head, struct page *tail)
{
	unsigned long inherited = __atomic_load_n(&head->flags, __ATOMIC_RELAXED) &
				  (1ul << PG_referenced | 1ul << PG_uptodate | 1ul << PG_dirty | 1ul << PG_swapbacked |
				   1ul << PG_active | 1ul << PG_young | 1ul << PG_idle);

	data_set_up(tail);
	exec_touch(&tail->flags, TOUCH_WRITE);
	__atomic_fetch_or(&tail->flags, inherited, __ATOMIC_RELAXED);
	exec_touch(&tail->rmap_private, TOUCH_WRITE);
	__atomic_store_n(&tail->rmap_private, __atomic_load_n(&head->rmap_private, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
	/* Before the count is there, which lets others come. */
	WRITE_ONCE(tail->index, head->index + (unsigned long)(tail - head));
	WRITE_ONCE(tail->mapping, head->mapping);
	data_publish(tail);
	/*
	 * Who finds that it is no part of a huge page any more must find what it is (Linux: smp_wmb()). Which page is whose head is written
	 * at once here, and does not wait behind other stores in a buffer.
	 */
	smp_mb();
	compound_set_head(tail, NULL);
	SetPageFlag(tail, PG_lru);
	list_add_tail(&tail->lru, &core()->lru);
}

/* Nobody maps it, or so its unmapping says: does nobody but the caller hold it? Then its pages are on their own. */
static bool split_frozen(struct page *head, bool unmapped)
{
	struct core *c = core();
	bool frozen;
	int total;

	spin_lock(&c->lru_lock);
	spin_lock(&c->split_queue_lock);	/* whoever finds the page there takes a reference */
	page_trans_huge_mapcount(head, &total);
	/* Not told by who may miss an entry: it was looked for under the lock of each table. */
	check_that(!unmapped || !total, ORACLE_COUNTS, "split-page-mapped",
		   "page%lu is to be split, all its entries were replaced, and it is mapped %d times", page_to_pfn(head), total);
	frozen = !total && atomic_cmpxchg(&head->_refcount, 1, 0) == 1;
	if (frozen)
		list_del_init(&head->deferred_list);
	spin_unlock(&c->split_queue_lock);
	if (frozen) {
		if (!defect(D_MEMCG_SPLIT))
			mem_cgroup_split_huge_fixup(head);
		for (unsigned i = HPAGE_PMD_NR - 1; i > 0; i--) {
			split_make_page(head, head + i);
			atomic_set(&head[i]._refcount, 1);
		}
		compound_set_head(head, NULL);
		atomic_set(&head->_refcount, 1);
	}
	spin_unlock(&c->lru_lock);
	return frozen;
}

/* ---- the page; it is locked, and so are its tails, and the anon_vma for write ---- */

bool can_split_huge_page(struct page *head, int pins)
{
	int total;

	page_trans_huge_mapcount(head, &total);
	return page_count(head) == total + pins + 1;
}

static void remap(struct page *head, struct anon_vma *anon_vma)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		core()->rmap->walk_locked(head + i, anon_vma, remove_migration_pte, head + i);
		event(MIGRATE_END, .pfn = page_to_pfn(head + i), .obj = head + i);
	}
}

static bool split_locked(struct page *head, struct anon_vma *anon_vma)
{
	WINDOW(SPLIT_PAGE);
	bool split;

	split = split_frozen(head, core()->rmap->huge_unmap(head, anon_vma));
	remap(head, anon_vma);
	if (split)
		event(HUGE_PAGE_SPLIT, .pfn = page_to_pfn(head), .obj = head);
	return split;
}

static bool split_anon_page(struct page *head)
{
	struct anon_vma *anon_vma = core()->rmap->huge_lock(head);
	bool split;

	if (!anon_vma)
		return false;
	split = can_split_huge_page(head, 0) && split_locked(head, anon_vma);
	core()->rmap->huge_unlock(anon_vma);
	return split;
}

bool split_huge_page(struct page *page)
{
	struct page *head = compound_head(page);
	bool split;

	lockdep_assert_held(&head->flags);
	if (!lock_tails(head))
		return false;
	split = page_of_file(head) ? split_file_page(head) : split_anon_page(head);
	if (!split) {
		unlock_tails(head);
		return false;
	}
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		if (head + i == page)
			continue;
		unlock_page(head + i);
		put_page(head + i);	/* one that nobody had mapped goes with this */
	}
	return true;
}

bool split_huge_page_unlock(struct page *page)
{
	struct page *head = compound_head(page);
	bool split = split_huge_page(page);

	unlock_page(split ? page : head);
	return split;
}
