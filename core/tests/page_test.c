/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of page frames: how they are handed out and taken back, and that each misuse of their
 * counts is reported by its name.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static struct page *new_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	want(page);
	return page;
}

/* The only mapping of a page that is on the LRU. */
static struct page *mapped_page(struct mm_struct **mm, unsigned long *addr)
{
	*mm = rig_mm();
	*addr = rig_mmap(*mm, 1);
	rig_write(*mm, *addr, 1);
	lru_add_drain();
	want_int(atomic_peek(&rig_page(*mm, *addr)->_refcount), 1);
	return rig_page(*mm, *addr);
}

/* ---- right use ---- */

static void new_page_is_blank(struct rig *r)
{
	struct page *page = new_page();
	unsigned long pfn = page_to_pfn(page);

	want_int(atomic_peek(&page->_refcount), 1);
	want_int(atomic_peek(&page->_mapcount), -1);
	want_int(page->flags, 0);
	want(!page->mapping && !PageAnon(page));
	want_int(core()->page_live[pfn], 1);
	want_int(core()->data[pfn], 0);
	want_int(r->nr[EV_PAGE_ALLOC], 1);
	want_int(r->last[EV_PAGE_ALLOC].pfn, pfn);
	put_page(page);
	want_int(core()->page_live[pfn], 0);
	want_int(r->nr[EV_PAGE_FREE], 1);
	want_nothing_left();
}

static void last_reference_frees(struct rig *r)
{
	struct page *page = new_page();

	get_page(page);
	want(get_page_unless_zero(page));
	put_page(page);
	put_page(page);
	want_int(r->nr[EV_PAGE_FREE], 0);
	put_page(page);
	want_int(r->nr[EV_PAGE_FREE], 1);
	want(!get_page_unless_zero(page));
	want_int(atomic_peek(&page->_refcount), 0);
}

/*
 * The frame that was freed last comes first, is another page by its serial number, and shows
 * nothing of the one before.
 */
static void frames_are_reused_last_freed_first(struct rig *r)
{
	struct page *a = new_page(), *b = new_page();
	u32 serial = core()->page_serial[page_to_pfn(a)];

	(void)r;
	core()->data[page_to_pfn(a)] = 77;
	SetPageFlag(a, PG_dirty);
	put_page(b);
	put_page(a);
	want(new_page() == a);
	want(new_page() == b);
	want(core()->page_serial[page_to_pfn(a)] != serial);
	want_int(core()->data[page_to_pfn(a)], 0);
	want_int(a->flags, 0);
	put_page(a);
	put_page(b);
	want_nothing_left();
}

static void memory_runs_out(struct rig *r)
{
	struct page *page[RIG_FRAMES];
	unsigned nr = 0;

	for (struct page *p = alloc_page(GFP_KERNEL); p; p = alloc_page(GFP_KERNEL)) {
		want(p != pfn_to_page(ZERO_PFN));
		for (unsigned i = 0; i < nr; i++)
			want(page[i] != p);
		page[nr++] = p;
	}
	want_int(nr, RIG_FRAMES - 1);
	want_int(r->nr[EV_ALLOC_FAILED], 1);
	put_page(page[3]);
	want(alloc_page(GFP_KERNEL) == page[3]);
	while (nr)
		put_page(page[--nr]);
	want_nothing_left();
}

static void allocation_fails_when_told(struct rig *r)
{
	current->fail_alloc = 2;
	put_page(new_page());
	want(!alloc_page(GFP_KERNEL));
	want_int(r->nr[EV_ALLOC_FAILED], 1);
	put_page(new_page());
	want_nothing_left();
}

/*
 * An allocation that may sleep may reclaim, if the policy says so: then the page of another mm goes
 * to swap.
 */
static void allocation_reclaims(struct rig *r)
{
	struct mm_struct *mm;
	unsigned long addr;
	struct page *page = mapped_page(&mm, &addr);

	r->other = 1u << CHOICE_ALLOC_RECLAIM;
	put_page(alloc_page(GFP_ATOMIC));
	want(rig_page(mm, addr) == page);
	put_page(new_page());
	want(pte_swap(rig_pte(mm, addr)));
	want_int(r->nr[EV_SWAP_OUT], 1);
	r->other = 0;
	want_int(rig_read(mm, addr), 1);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* ---- misuse ---- */

static void get_from_zero(struct rig *r)
{
	struct page *page = new_page();

	(void)r;
	put_page(page);
	get_page(page);
}

static void put_below_zero(struct rig *r)
{
	struct page *page = new_page();

	(void)r;
	put_page(page);
	put_page(page);
}

static void free_frame_twice(struct rig *r)
{
	struct page *page = new_page();

	(void)r;
	put_page(page);
	free_frozen_page(page);
}

static void free_never_allocated(struct rig *r)
{
	(void)r;
	free_frozen_page(pfn_to_page(RIG_FRAMES - 1));
}

static void put_what_is_mapped(struct rig *r)
{
	struct mm_struct *mm;
	unsigned long addr;

	(void)r;
	put_page(mapped_page(&mm, &addr));
}

static void put_what_is_locked(struct rig *r)
{
	struct page *page = new_page();

	(void)r;
	lock_page(page);
	put_page(page);
}

static void put_what_is_cached(struct rig *r)
{
	struct page *page = new_page();

	(void)r;
	lock_page(page);
	want(add_to_swap(page));
	unlock_page(page);
	put_page(page);
	put_page(page);
}

static void unmap_twice(struct rig *r)
{
	struct mm_struct *mm;
	unsigned long addr;
	struct page *page = mapped_page(&mm, &addr);
	struct pgtable *pt = pgtable_find(mm, addr);
	struct rmap_location at = { mm->mmap, addr, pte_offset(pt, addr) };

	(void)r;
	spin_lock(pte_lockptr(pt));
	core()->rmap->page_remove(page, &at);
	want_int(atomic_peek(&page->_mapcount), -1);
	core()->rmap->page_remove(page, &at);
}

static void unmap_without_lock(struct rig *r)
{
	struct mm_struct *mm;
	unsigned long addr;
	struct page *page = mapped_page(&mm, &addr);
	struct rmap_location at = { mm->mmap, addr, pte_offset(pgtable_find(mm, addr), addr) };

	(void)r;
	core()->rmap->page_remove(page, &at);
}

static void allocate_under_spinlock(struct rig *r)
{
	(void)r;
	spin_lock(&core()->lru_lock);
	alloc_page(GFP_KERNEL);
}

static const struct misuse {
	const char *name;
	rig_body body;
	enum oracle oracle;
	const char *key;
} misuses[] = {
	{ "get_from_zero", get_from_zero, ORACLE_COUNTS, "get-page-from-zero" },
	{ "put_below_zero", put_below_zero, ORACLE_COUNTS, "put-page-below-zero" },
	{ "free_frame_twice", free_frame_twice, ORACLE_LIFETIME, "page-freed-twice" },
	{ "free_never_allocated", free_never_allocated, ORACLE_LIFETIME, "page-freed-twice" },
	{ "put_what_is_mapped", put_what_is_mapped, ORACLE_FREE_MAPPED, "page-freed-while-mapped" },
	{ "put_what_is_locked", put_what_is_locked, ORACLE_FREE_MAPPED, "page-freed-in-use" },
	{ "put_what_is_cached", put_what_is_cached, ORACLE_FREE_MAPPED, "page-freed-in-use" },
	{ "unmap_twice", unmap_twice, ORACLE_COUNTS, "mapcount-below-zero" },
	{ "unmap_without_lock", unmap_without_lock, ORACLE_LOCKS, "not-held:assert_pte_locked" },
	{ "allocate_under_spinlock", allocate_under_spinlock, ORACLE_LOCKS,
	  "sleep-in-atomic:lru:allocation" },
};

static void misuse_is_reported(void **state)
{
	const struct misuse *m = *state;
	struct rig r;

	rig_begin(&r);
	rig_run_to_violation(&r, m->body, m->oracle, m->key);
	rig_end(&r);
}

int main(void)
{
	struct CMUnitTest tests[6 + ARRAY_SIZE(misuses)] = {
		RIG_TEST(new_page_is_blank),
		RIG_TEST(last_reference_frees),
		RIG_TEST(frames_are_reused_last_freed_first),
		RIG_TEST(memory_runs_out),
		RIG_TEST(allocation_fails_when_told),
		RIG_TEST(allocation_reclaims),
	};

	for (unsigned i = 0; i < ARRAY_SIZE(misuses); i++)
		tests[6 + i] = (struct CMUnitTest){
			misuses[i].name, misuse_is_reported, NULL, NULL, (void *)&misuses[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
