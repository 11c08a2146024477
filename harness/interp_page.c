/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what the kernel's own threads do with the page that is mapped at an address; see interp.c. */
#include "interp.h"
#include "device.h"
#include "ksm.h"
#include "migrate_swap.h"

/*
 * The page that an address of an mm maps right now, with a reference, or NULL. A look from outside, by frame number, as memory
 * failure or compaction come to a page: it may be another page's frame by the time it is used.
 */
static struct page *page_at(struct mm_struct *mm, unsigned long addr)
{
	struct pgtable *pt;
	struct page *page = NULL;

	down_read(&mm->mmap_lock);
	pt = pgtable_find(mm, addr);
	if (pt)
		page = pte_page(ptep_get(pte_offset(pt, addr)));
	else if (core()->thp)
		page = page_of_huge(mm, addr);
	up_read(&mm->mmap_lock);
	return page;
}

/* Operations of the kernel's own threads on the page behind an address. */
static void with_page(struct context *c, void (*fn)(struct context *c, struct page *page))
{
	struct mm_struct *mm = mm_use(c->w, c->s->name);
	struct page *page = NULL;
	struct range r;

	came(c, SCN_GONE);
	if (!mm)
		return;
	if (range_of(c, &r)) {
		page = page_at(mm, r.start);
		came(c, page ? SCN_OK : SCN_NONE);
	}
	/* The process does not wait for the kernel thread: it may be gone before the page is looked at. */
	mm_done(c->w, c->s->name, mm);
	if (page)
		fn(c, page);
}

void do_reclaim(struct context *c, struct page *page)
{
	if (reclaim_page(page) != RECLAIM_FREED)
		came(c, SCN_AGAIN);
}

void do_migrate(struct context *c, struct page *page)
{
	enum migrate_result r = migrate_page(page);

	if (r != MIGRATED)
		came(c, r == MIGRATE_ENOMEM ? SCN_ENOMEM : SCN_AGAIN);
}

static void do_to_device(struct context *c, struct page *page)
{
	enum migrate_result r = migrate_to_device(page);

	if (r != MIGRATED)
		came(c, r == MIGRATE_ENOMEM ? SCN_ENOMEM : SCN_AGAIN);
}

/* Unlike those above, a system call on behalf of a process that is there as long as it lasts. */
void op_migrate_pages(struct context *c)
{
	struct mm_struct *mm = mm_use(c->w, c->s->name);
	struct range r;
	int err;

	came(c, SCN_GONE);
	if (!mm)
		return;
	if (range_of(c, &r)) {
		err = do_migrate_pages(mm, r.start, r.len, c->s->op == SOP_SWAP_PAGES);
		came(c, err < 0 ? SCN_ENOMEM : err ? SCN_AGAIN : SCN_OK);
	}
	mm_done(c->w, c->s->name, mm);
}

/* Only mapped pages: others may be so new that whoever allocated them counts on finding them unlocked. */
static void do_referenced(struct context *c, struct page *page)
{
	unsigned long vm_flags;

	came(c, SCN_AGAIN);
	page = get_whole_page(page);
	if (!page)
		return;
	if (!page_mapped(page)) {
		came(c, SCN_NONE);
	} else if (trylock_page(page)) {
		rmap_page_lock(page);
		came_number(c, (u64)core()->rmap->referenced(page, true, NULL, &vm_flags));
		rmap_page_unlock(page);
		unlock_page(page);
	}
	put_page(page);
}

static bool walk_visit(struct page *page, const struct rmap_location *at, void *arg)
{
	u64 *places = arg;

	(void)page;
	(void)at;
	++*places;
	return true;
}

/* No point: a page that we have a reference to stays a file's, or anonymous. */
static bool page_is_files(const struct page *page)
{
	page = compound_head(page);
	exec_touch(&page->mapping, TOUCH_READ);
	return !((unsigned long)__atomic_load_n(&page->mapping, __ATOMIC_RELAXED) & PAGE_MAPPING_FLAGS);
}

/* A file's page is walked locked, as is KSM's, and reclaim's way to do that is to try. */
static void walk_places(struct context *c, struct page *page)
{
	bool locked = page_is_files(page) || PageKsm(page);
	u64 places = 0;

	page = compound_head(page);
	if (locked && !trylock_page(page))
		return;
	core()->rmap->walk(page, walk_visit, &places);
	came_number(c, places);
	if (locked)
		unlock_page(page);
}

static void find_mappings(struct context *c, struct page *page)
{
	if (page_is_files(page) || PageKsm(page))
		came(c, SCN_NONE);
	else
		came_number(c, core()->rmap->find_mappings(page));
}

/* Only pages on the LRU: others may belong to anybody, and their mapping may be no mapping at all. */
static void with_lru_page(struct context *c, struct page *page, void (*fn)(struct context *c, struct page *page))
{
	struct page *whole;

	came(c, SCN_AGAIN);
	if (!PageFlag(compound_head(page), PG_lru))
		return;
	whole = get_whole_page(page);
	if (!whole)
		return;
	if (PageFlag(whole, PG_lru))
		fn(c, page);
	put_page(whole);
}

static void do_walk(struct context *c, struct page *page)
{
	with_lru_page(c, page, walk_places);
}

static void do_mapped(struct context *c, struct page *page)
{
	with_lru_page(c, page, find_mappings);
}

void op_page(struct context *c)
{
	static void (*const fn[SOP_NR])(struct context *c, struct page *page) = {
		[SOP_RECLAIM] = do_reclaim, [SOP_MIGRATE] = do_migrate, [SOP_REFERENCED] = do_referenced, [SOP_WALK] = do_walk,
		[SOP_MAPPED] = do_mapped, [SOP_AGE] = do_age, [SOP_AGE_MEMCG] = do_age_memcg, [SOP_SET_IDLE] = do_set_idle,
		[SOP_IDLE] = do_idle, [SOP_SPLIT] = do_split, [SOP_POISON] = do_poison,
		[SOP_TO_DEVICE] = do_to_device,
	};

	with_page(c, fn[c->s->op]);
}
