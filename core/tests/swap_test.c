/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of swap: slots and their counts, the swap cache, and who may write to a page in it.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static const struct swap_slot *slot_at(swp_entry_t entry)
{
	return &core()->slot[entry];
}

static void want_slot_at(int line, swp_entry_t entry, unsigned count, unsigned cached)
{
	const struct swap_slot *s = slot_at(entry);

	if (s->count != count || s->cached != cached)
		rig_fail(line, "slot %lu has %u entries and cached %u, not %u and %u", entry,
			 s->count, s->cached, count, cached);
}
#define want_slot(entry, count, cached) want_slot_at(__LINE__, entry, count, cached)

static unsigned free_slots(void)
{
	return core()->nr_free_slots;
}

/* A process with that many pages, on the LRU; page i holds 100 + i. */
static struct mm_struct *populated(unsigned pages, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, pages);
	for (unsigned i = 0; i < pages; i++)
		rig_write(mm, *addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	return mm;
}

/* A locked page in the swap cache that nobody maps. */
static struct page *cached_page(swp_entry_t *entry)
{
	struct page *page = alloc_page(GFP_KERNEL);

	lock_page(page);
	want(add_to_swap(page));
	*entry = page->private;
	return page;
}

/* ---- slots ---- */

static void entries_are_counted(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm),
			 *grandchild = rig_fork(child);
	swp_entry_t entry = rig_swap_out(mm, addr);

	(void)r;
	want_slot(entry, 3, 0);
	want_int(pte_swp(rig_pte(child, addr)), entry);
	want_int(pte_swp(rig_pte(grandchild, addr)), entry);
	want_int(rig_read(child, addr), 100);
	want_slot(entry, 2, 1);
	want_counts();
	mmput(mm);
	want_slot(entry, 1, 1);
	want_int(rig_read(grandchild, addr), 100);
	want_slot(entry, 0, 1);
	want(rig_page(child, addr) == rig_page(grandchild, addr));
	want_counts();
	mmput(child);
	mmput(grandchild);
	want_nothing_left();
}

static void fork_copies_entries(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(2, &addr), *child;
	swp_entry_t a = rig_swap_out(mm, addr), b = rig_swap_out(mm, addr + PAGE(1));

	(void)r;
	child = rig_fork(mm);
	want_slot(a, 2, 0);
	want_slot(b, 2, 0);
	want_int(child->swapents.counter, 2);
	want_int(child->anon_rss.counter, 0);
	want_int(do_munmap(child, addr, PAGE(1)), 0);
	want_slot(a, 1, 0);
	mmput(child);
	want_slot(b, 1, 0);
	want_int(rig_read(mm, addr), 100);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	mmput(mm);
	want_nothing_left();
}

static void slots_are_reused_last_freed_first(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(3, &addr);

	(void)r;
	want_int(rig_swap_out(mm, addr), 1);
	want_int(rig_swap_out(mm, addr + PAGE(1)), 2);
	want_int(rig_swap_out(mm, addr + PAGE(2)), 3);
	rig_write(mm, addr, 1);
	rig_write(mm, addr + PAGE(2), 3);
	want_int(free_slots(), RIG_SLOTS - 2);
	want_int(rig_swap_out(mm, addr), 3);
	want_int(rig_swap_out(mm, addr + PAGE(2)), 1);
	want_int(rig_read(mm, addr), 1);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	want_int(rig_read(mm, addr + PAGE(2)), 3);
	mmput(mm);
	want_nothing_left();
}

static void with_three_slots(void **state)
{
	struct rig r;

	rig_begin_sized(&r, RIG_FRAMES, 4);
	rig_run(&r, (rig_body)*state);
	rig_end(&r);
}

/* No slot: the page stays mapped where it is. With one again, it goes. */
static void full_swap_keeps_pages(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(4, &addr);
	struct page *page = rig_page(mm, addr + PAGE(3));

	for (unsigned i = 0; i < 3; i++)
		rig_swap_out(mm, addr + PAGE(i));
	want_int(free_slots(), 0);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want(rig_page(mm, addr + PAGE(3)) == page);
	want(!flag_peek(page, PG_swapcache) && flag_peek(page, PG_lru));
	want_int(r->nr[EV_RECLAIM_UNMAP], 3);
	want_counts();
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(rig_swap_out(mm, addr + PAGE(3)), 2);
	want_int(rig_read(mm, addr + PAGE(3)), 103);
	mmput(mm);
	want_nothing_left();
}

static void duplicate_of_a_free_slot(struct rig *r)
{
	(void)r;
	swap_duplicate(3);
}

static void free_of_a_free_slot(struct rig *r)
{
	(void)r;
	swap_free(3);
}

static void one_free_too_many(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	swp_entry_t entry = rig_swap_out(mm, addr);

	(void)r;
	want_int(swap_duplicate(entry), 0);
	want_slot(entry, 2, 0);
	swap_free(entry);
	swap_free(entry);
	swap_free(entry);
}

static void misuse_is_reported(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_to_violation(&r, duplicate_of_a_free_slot, ORACLE_COUNTS, "swap-duplicate-unused");
	rig_restore(&r);
	rig_run_to_violation(&r, free_of_a_free_slot, ORACLE_COUNTS, "swap-free-unused");
	rig_restore(&r);
	rig_run_to_violation(&r, one_free_too_many, ORACLE_COUNTS, "swap-free-unused");
	rig_end(&r);
}

/* ---- the cache ---- */

static void lookup_finds_what_is_cached(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);
	swp_entry_t entry = rig_swap_out(mm, addr);
	struct page *page;

	(void)r;
	want(!lookup_swap_cache(entry));
	want_int(rig_read(mm, addr), 100);
	page = rig_page(mm, addr);
	want(lookup_swap_cache(entry) == page);
	want_int(atomic_peek(&page->_refcount), 4);	/* mapping, swap cache, pagevec, ours */
	want(read_swap_cache(entry) == page);
	put_page(page);
	put_page(page);
	want_counts();
	want_int(rig_read(child, addr), 100);
	want(rig_page(child, addr) == page);
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void read_of_a_gone_slot(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	swp_entry_t entry = rig_swap_out(mm, addr);
	struct ledger before;

	(void)r;
	mmput(mm);
	before = rig_ledger();
	want(!read_swap_cache(entry));
	want_ledger(&before);
	want_nothing_left();
}

static void read_without_memory(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	swp_entry_t entry = rig_swap_out(mm, addr);
	struct ledger before = rig_ledger();

	(void)r;
	current->fail_alloc = 1;
	want(!read_swap_cache(entry));
	want_ledger(&before);
	want_slot(entry, 1, 0);
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
	want_nothing_left();
}

/* What is in the cache and written to again must be written to the slot again. */
static void dirty_page_goes_to_its_slot_again(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);
	swp_entry_t entry = rig_swap_out(mm, addr);

	(void)r;
	want_int(slot_at(entry)->data, 100);
	mmput(child);
	rig_write(mm, addr, 7);
	want_slot(entry, 0, 0);
	entry = rig_swap_out(mm, addr);
	want_int(slot_at(entry)->data, 7);
	want_int(rig_read(mm, addr), 7);
	/* Clean, and its slot says the same: it goes without being written. */
	want(flag_peek(rig_page(mm, addr), PG_swapcache));
	want(!flag_peek(rig_page(mm, addr), PG_dirty));
	want_int(rig_swap_out(mm, addr), entry);
	want_int(rig_read(mm, addr), 7);
	mmput(mm);
	want_nothing_left();
}

/* ---- who has the page to himself? ---- */

struct sharing {
	unsigned mapped, swapped;	/* mappings, and entries that still say swap */
	bool cached;
	bool ours, stays;		/* reuse_swap_page(), and is it in the cache afterwards? */
};

static const struct sharing sharings[] = {
	{ 1, 0, false, true, false },	{ 2, 0, false, false, false },
	{ 1, 0, true, true, false },	{ 2, 0, true, false, true },
	{ 1, 1, true, false, true },	{ 0, 1, true, true, false },
	{ 0, 2, true, false, true },	{ 1, 2, true, false, true },
};

/* As many processes as mappings and entries; then what they do with the page is asked for. */
static void one_sharing(const struct sharing *s)
{
	struct mm_struct *mm[3];
	struct page *page = NULL;
	unsigned long addr;
	swp_entry_t entry = 0;

	mm[0] = populated(1, &addr);
	for (unsigned i = 1; i < s->mapped + s->swapped; i++)
		mm[i] = rig_fork(mm[0]);
	if (s->cached)
		entry = rig_swap_out(mm[0], addr);
	for (unsigned i = 0; s->cached && i < s->mapped; i++)
		want_int(rig_read(mm[i], addr), 100);
	page = s->cached ? read_swap_cache(entry) : rig_page(mm[0], addr);
	if (!s->cached)
		get_page(page);
	want_int(atomic_peek(&page->_mapcount) + 1, s->mapped);
	lock_page(page);
	want_int(reuse_swap_page(page), s->ours);
	want_int(flag_peek(page, PG_swapcache), s->stays);
	unlock_page(page);
	put_page(page);
	want_counts();
	for (unsigned i = 0; i < s->mapped + s->swapped; i++) {
		want_int(rig_read(mm[i], addr), 100);
		mmput(mm[i]);
	}
	want_nothing_left();
}

static void reuse_in_each_case(struct rig *r)
{
	(void)r;
	for (unsigned i = 0; i < ARRAY_SIZE(sharings); i++)
		one_sharing(&sharings[i]);
}

static void try_to_free_swap_in_each_case(struct rig *r)
{
	struct page *page = alloc_page(GFP_KERNEL);
	swp_entry_t entry;

	(void)r;
	lock_page(page);
	want(!try_to_free_swap(page));			/* not in the cache */
	unlock_page(page);
	put_page(page);

	page = cached_page(&entry);
	want_int(swap_duplicate(entry), 0);
	want(!try_to_free_swap(page));			/* an entry needs the slot */
	want_slot(entry, 1, 1);
	swap_free(entry);
	ClearPageFlag(page, PG_dirty);
	want(try_to_free_swap(page));
	want(!flag_peek(page, PG_swapcache));
	want(flag_peek(page, PG_dirty));		/* its content is nowhere else now */
	want_int(free_slots(), RIG_SLOTS - 1);
	want_int(atomic_peek(&page->_refcount), 1);
	unlock_page(page);
	put_page(page);
	want_nothing_left();
}

static void remove_from_the_cache_in_each_case(struct rig *r)
{
	swp_entry_t entry;
	struct page *page = cached_page(&entry);

	(void)r;
	ClearPageFlag(page, PG_dirty);
	get_page(page);
	want(!remove_from_swap_cache(page));		/* somebody else has it */
	want_int(atomic_peek(&page->_refcount), 3);
	put_page(page);
	SetPageFlag(page, PG_dirty);
	want(!remove_from_swap_cache(page));		/* not written yet */
	want_int(atomic_peek(&page->_refcount), 2);
	want_slot(entry, 0, 1);
	ClearPageFlag(page, PG_dirty);
	want(remove_from_swap_cache(page));
	want_int(atomic_peek(&page->_refcount), 0);
	want(!flag_peek(page, PG_swapcache) && !slot_at(entry)->page);
	want_int(free_slots(), RIG_SLOTS - 1);
	unlock_page(page);
	free_frozen_page(page);
	want_nothing_left();
}

/* ---- the last entry goes ---- */

static void last_entry_frees_the_cached_page(struct rig *r)
{
	swp_entry_t entry;
	struct page *page = cached_page(&entry);

	want_int(swap_duplicate(entry), 0);
	want_int(swap_duplicate(entry), 0);
	unlock_page(page);
	put_page(page);
	free_swap_and_cache(entry);
	want_slot(entry, 1, 1);
	want_int(r->nr[EV_PAGE_FREE], 0);
	free_swap_and_cache(entry);
	want_int(r->nr[EV_PAGE_FREE], 1);
	want_int(free_slots(), RIG_SLOTS - 1);
	want_nothing_left();
}

/* A slot counts a few entries by itself, and more when there is memory. */
static void many_entries_take_memory(struct rig *r)
{
	swp_entry_t entry;
	struct page *page = cached_page(&entry);

	for (unsigned i = 0; i < SWAP_MAP_MAX; i++)
		want_int(swap_duplicate(entry), 0);
	rig_no_memory(1);
	want_int(swap_duplicate(entry), -ENOMEM);
	want_int(add_swap_count_continuation(entry, GFP_ATOMIC), -ENOMEM);
	rig_no_memory(0);
	want_int(r->nr[EV_SWAP_COUNT_FULL], 1);
	want_slot(entry, SWAP_MAP_MAX, 1);
	want_int(swap_duplicate(entry), 0);
	rig_no_memory(1);
	want_int(swap_duplicate(entry), 0);		/* it has what it takes */
	rig_no_memory(0);
	want_slot(entry, SWAP_MAP_MAX + 2, 1);
	for (unsigned i = 0; i < SWAP_MAP_MAX + 2; i++)
		swap_free(entry);
	/* A slot that is nobody's any more is not to be given any. */
	want(try_to_free_swap(page));
	want_int(add_swap_count_continuation(entry, GFP_KERNEL), 0);
	want(!slot_at(entry)->continued);
	unlock_page(page);
	put_page(page);
	want_nothing_left();
}

/* Fork waits for it, without its locks; or there is no child. */
static void fork_of_many_entries(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child[SWAP_MAP_MAX];
	swp_entry_t entry;
	unsigned n = 1;

	for (unsigned i = 0; i < SWAP_MAP_MAX - 1; i++)
		child[i] = rig_fork(mm);
	entry = rig_swap_out(mm, addr);
	want_slot(entry, SWAP_MAP_MAX, 0);
	/* One failure after the other, up to that of the entry alone: memory is there again when fork waits for it. */
	for (;;) {
		current->fail_alloc = n++;
		child[SWAP_MAP_MAX - 1] = dup_mm(mm);
		current->fail_alloc = 0;
		if (r->nr[EV_SWAP_COUNT_FULL])
			break;
		if (child[SWAP_MAP_MAX - 1])
			mmput(child[SWAP_MAP_MAX - 1]);
		core()->slot[entry].continued = 0;
	}
	want(child[SWAP_MAP_MAX - 1]);
	want_slot(entry, SWAP_MAP_MAX + 1, 0);
	want_counts();
	for (unsigned i = 0; i < SWAP_MAP_MAX; i++)
		mmput(child[i]);
	want_slot(entry, 1, 0);
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
	want_nothing_left();
}

/* What cannot be unmapped is as it was, and counted so. */
static void unmapping_without_memory(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	pte_t was = rig_pte(mm, addr);

	rig_no_memory(1);
	want_int(reclaim_page(rig_page(mm, addr)), RECLAIM_KEPT);
	want_int(r->nr[EV_ARCH_UNMAP_FAILED], 1);
	want(pte_same_mapping(rig_pte(mm, addr), was));
	want_counts();
	rig_no_memory(2);
	want_int(migrate_page(rig_page(mm, addr)), MIGRATE_AGAIN);
	want_int(r->nr[EV_ARCH_UNMAP_FAILED], 2);
	rig_no_memory(0);
	want(pte_same_mapping(rig_pte(mm, addr), was));
	want_counts();
	rig_swap_out(mm, addr);
	mmput(mm);
	want_nothing_left();
}

/* Who goes does not wait for the page lock; whoever holds it finds the slot without entries. */
static void locked_page_stays_in_the_cache(struct rig *r)
{
	swp_entry_t entry;
	struct page *page = cached_page(&entry);

	want_int(swap_duplicate(entry), 0);
	free_swap_and_cache(entry);
	want_slot(entry, 0, 1);
	want(flag_peek(page, PG_swapcache));
	want(try_to_free_swap(page));
	unlock_page(page);
	put_page(page);
	want_int(r->nr[EV_PAGE_FREE], 1);
	want_nothing_left();
}

static void last_mapping_frees_the_cached_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	swp_entry_t entry = rig_swap_out(mm, addr);

	want_int(rig_read(mm, addr), 100);
	want_slot(entry, 0, 1);
	want_int(do_munmap(mm, addr, PAGE(1)), 0);
	want_int(r->nr[EV_PAGE_FREE], 2);
	want_int(free_slots(), RIG_SLOTS - 1);
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(entries_are_counted),
		RIG_TEST(fork_copies_entries),
		RIG_TEST(slots_are_reused_last_freed_first),
		{ "full_swap_keeps_pages", with_three_slots, NULL, NULL,
		  (void *)full_swap_keeps_pages },
		cmocka_unit_test(misuse_is_reported),
		RIG_TEST(lookup_finds_what_is_cached),
		RIG_TEST(read_of_a_gone_slot),
		RIG_TEST(read_without_memory),
		RIG_TEST(dirty_page_goes_to_its_slot_again),
		RIG_TEST(reuse_in_each_case),
		RIG_TEST(try_to_free_swap_in_each_case),
		RIG_TEST(remove_from_the_cache_in_each_case),
		RIG_TEST(last_entry_frees_the_cached_page),
		RIG_TEST(many_entries_take_memory),
		RIG_TEST(fork_of_many_entries),
		RIG_TEST(unmapping_without_memory),
		RIG_TEST(locked_page_stays_in_the_cache),
		RIG_TEST(last_mapping_frees_the_cached_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
