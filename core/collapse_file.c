/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What khugepaged does for a file: the small pages of a range become one huge page, in the cache, and the tables that mapped them are
 * taken back, so that faults map the huge page by an entry of the directory.
 *
 * The huge page goes into the cache first, place by place, locked: who finds a part of it there waits. Each small page is locked, isolated
 * and unmapped, and its count is frozen when its place is taken, so that nobody can be looking at it; if that cannot be done with one of
 * them, all get their places back. Processes are not stopped for that: mmap_lock is only tried, at the end, for their tables.
 */
#include "defects.h"
#include "file.h"
#include "internal.h"
#include "memcontrol.h"
#include "mlock.h"

struct collapse_file {
	struct address_space *mapping;
	unsigned long start;		/* the first page of the range */
	struct page *new;
	struct page *old[HPAGE_PMD_NR];	/* isolated, locked, count frozen; NULL where nothing was cached */
	unsigned taken;			/* so many places are those of the new page */
};

/* The cache's reference, the isolation's, and ours. */
#define OLD_REFS 3

/* ---- is it worth it? ---- */

/* A look that costs little, and settles nothing. */
static bool page_will_do(struct page *page)
{
	return !PageCompound(page) && PageFlag(page, PG_lru) && page_count(page) == 1 + page_mapcount(page);
}

static bool worth_it(struct address_space *mapping, unsigned long start)
{
	unsigned present = 0;
	bool will_do = start + HPAGE_PMD_NR <= i_size_read(mapping->host);

	rcu_read_lock();
	for (unsigned i = 0; will_do && i < HPAGE_PMD_NR; i++) {
		struct page *page = READ_ONCE(mapping->page[start + i]);

		if (!page)
			continue;
		present++;
		will_do = page_will_do(page);
	}
	rcu_read_unlock();
	return will_do && present;
}

/* ---- place by place ---- */

/* i_pages held. */
static void take_place(struct collapse_file *c)
{
	unsigned long index = c->start + c->taken;

	WRITE_ONCE(c->mapping->page[index], c->new + c->taken);
	set_present(c->mapping, c->mapping->present | 1u << index);
	c->taken++;
}

/* Isolated and locked: the place of the page becomes the new one's. False: somebody else has it, or it is not unmapped. */
static bool replace_page(struct collapse_file *c, struct page *page)
{
	bool frozen;

	/* What somebody has locked in memory stays mapped. */
	if (page_mapped(page))
		core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS);
	spin_lock(&c->mapping->i_pages);
	frozen = atomic_cmpxchg(&page->_refcount, OLD_REFS, 0) == OLD_REFS;
	if (frozen) {
		c->old[c->taken] = page;
		take_place(c);
	}
	spin_unlock(&c->mapping->i_pages);
	return frozen;
}

/*
 * Page locked. It may have left the file since it was found; and what is being written, or is to be, is written from this frame. Where the
 * file ended meanwhile a fault that came too late may have left a page: truncate does not come again.
 */
static bool page_is_right(const struct collapse_file *c, struct page *page)
{
	return !PageCompound(page) && READ_ONCE(page->mapping) == c->mapping && page->index < i_size_read(c->mapping->host) &&
	       PageFlag(page, PG_uptodate) && !PageFlag(page, PG_writeback);
}

/* Locked, with a reference: ours to replace? Unlocked, and the reference dropped, if not. */
static bool collapse_page(struct collapse_file *c, struct page *page)
{
	bool isolated = false;

	if (page_is_right(c, page) && isolate_lru_page(page)) {
		if (replace_page(c, page))
			return true;
		isolated = true;
	}
	unlock_page(compound_head(page));
	if (isolated)
		putback_lru_page(page);
	put_page(page);
	return false;
}

/* i_pages held: nothing is cached in all of the range. Then it was truncated since we looked. */
static bool emptied(const struct collapse_file *c)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++)
		if (READ_ONCE(c->mapping->page[c->start + i]))
			return false;
	return !defect(D_COLLAPSE_FILE_EMPTIED);
}

/* The next place. False when something was against it. */
static bool collapse_place(struct collapse_file *c)
{
	struct page *page;

	spin_lock(&c->mapping->i_pages);
	if (!c->taken && emptied(c)) {
		spin_unlock(&c->mapping->i_pages);
		return false;
	}
	page = READ_ONCE(c->mapping->page[c->start + c->taken]);
	if (!page) {
		take_place(c);
		spin_unlock(&c->mapping->i_pages);
		return true;
	}
	/* Not waited for: who has it locked may be waiting for us. And as long as i_pages is held the cache has its reference. */
	if (PageCompound(page) || !trylock_page(page)) {
		spin_unlock(&c->mapping->i_pages);
		return false;
	}
	get_page(page);
	spin_unlock(&c->mapping->i_pages);
	return collapse_page(c, page);
}

/* ---- and back ---- */

/* i_pages held. */
static void give_back_place(struct collapse_file *c, unsigned i)
{
	unsigned long index = c->start + i;

	if (c->old[i]) {
		WRITE_ONCE(c->mapping->page[index], c->old[i]);
		atomic_set(&c->old[i]->_refcount, OLD_REFS - 1);
		return;
	}
	WRITE_ONCE(c->mapping->page[index], NULL);
	if (!defect(D_COLLAPSE_FILE_ROLLBACK))
		set_present(c->mapping, c->mapping->present & ~(1u << index));
}

static void roll_back(struct collapse_file *c)
{
	spin_lock(&c->mapping->i_pages);
	for (unsigned i = 0; i < c->taken; i++)
		give_back_place(c, i);
	WRITE_ONCE(c->new->mapping, NULL);
	spin_unlock(&c->mapping->i_pages);
	for (unsigned i = 0; i < c->taken; i++) {
		if (!c->old[i])
			continue;
		unlock_page(c->old[i]);
		putback_lru_page(c->old[i]);
	}
}

/* ---- content ---- */

/* Nothing was cached there. The store has what there is, up to the file's end: nobody writes to it, as the place is ours. */
static void read_hole(struct collapse_file *c, unsigned i)
{
	u64 *to = &core()->data[page_to_pfn(c->new) + i], *from = &c->mapping->host->store[c->start + i];

	if (c->start + i >= i_size_read(c->mapping->host) || defect(D_COLLAPSE_FILE_HOLES))
		return;			/* the frame is zero */
	exec_touch(from, TOUCH_READ);
	exec_touch(to, TOUCH_WRITE);
	__atomic_store_n(to, __atomic_load_n(from, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

/* A small page that nobody finds any more, and nobody has found in time: its last reference goes. */
static void drop_old(struct page *page)
{
	cancel_dirty_page(page);
	data_tear_down(page);		/* its count is frozen, and nothing leads to it */
	WRITE_ONCE(page->mapping, NULL);
	atomic_set(&page->_refcount, 1);
	unlock_page(page);
	put_page(page);
}

static void copy_pages(struct collapse_file *c)
{
	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		if (c->old[i]) {
			copy_highpage(c->new + i, c->old[i]);
			drop_old(c->old[i]);
		} else {
			read_hole(c, i);
		}
	}
	SetPageFlag(c->new, PG_uptodate);
	/* The first one was ours: from here on they are the cache's. */
	atomic_add(HPAGE_PMD_NR - 1, &c->new->_refcount);
	set_page_dirty(c->new);
	lru_cache_add(c->new);
	event(FILE_COLLAPSED, .obj = c->mapping->host, .addr = c->start, .pfn = page_to_pfn(c->new));
}

/* ---- all of it ---- */

/* new is ours, and nobody's yet. */
static bool collapse_range(struct collapse_file *c)
{
	WINDOW(COLLAPSE);
	bool done = true;

	lock_new_page(c->new);
	WRITE_ONCE(c->new->index, c->start);
	WRITE_ONCE(c->new->mapping, c->mapping);
	data_publish(c->new);
	while (done && c->taken < HPAGE_PMD_NR)
		done = collapse_place(c);
	if (done) {
		copy_pages(c);
		retract_page_table(c->mapping, c->start);
	} else {
		roll_back(c);
	}
	unlock_page(c->new);
	return done;
}

enum collapse_result collapse_file(struct address_space *mapping, unsigned long index, struct mm_struct *mm)
{
	struct collapse_file c = { .mapping = mapping, .start = index & ~(unsigned long)(HPAGE_PMD_NR - 1) };

	lru_add_drain_all();
	if (!(mapping->kind & AS_HUGE) || c.start + HPAGE_PMD_NR > FILE_PAGES || !worth_it(mapping, c.start))
		return COLLAPSE_AGAIN;
	c.new = alloc_huge_page(GFP_KERNEL);
	if (!c.new)
		return COLLAPSE_ENOMEM;
	mem_cgroup_charge(c.new, mm);
	if (collapse_range(&c))
		return COLLAPSED;
	put_page(c.new);
	return COLLAPSE_AGAIN;
}
