/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of page migration: what the new frame inherits, what comes back if it fails, and what faults, fork, munmap and reclaim do
 * when they come upon a migration entry.
 *
 * Concurrency: one thread; two bodies where one has to wait for the other.
 */
#include "family.h"

#include "rmap/anon-chain/anon_vma.h"

/* A process with one page that holds 100, on the LRU. */
static struct mm_struct *populated(unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, 1);
	rig_write(mm, *addr, 100);
	lru_add_drain();
	return mm;
}

static bool writable(const struct mm_struct *mm, unsigned long addr)
{
	return pte_has(rig_pte(mm, addr), PTE_PRESENT | PTE_WRITE);
}

/* ---- alone ---- */

static void content_and_mapping_move(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *old = rig_page(mm, addr), *new;
	struct anon_vma *a = anon_of(mm);

	want_int(migrate_page(old), MIGRATED);
	new = rig_page(mm, addr);
	want(new && new != old);
	want_int(core()->page_live[page_to_pfn(old)], 0);
	want(writable(mm, addr) && flag_peek(new, PG_lru) && flag_peek(new, PG_dirty) && flag_peek(new, PG_swapbacked));
	want(!flag_peek(new, PG_locked));
	want(mapping_anon_vma(new->mapping) == a);
	want_anon(a, 1, 1, 1);
	want_counts();
	want_int(rig_read(mm, addr), 100);
	rig_write(mm, addr, 7);
	want_int(r->nr[EV_COW_COPY], 0);
	want_int(rig_read(mm, addr), 7);
	mmput(mm);
	want_nothing_left();
}

static void all_mappings_move(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr), *child = rig_fork(mm), *grandchild = rig_fork(child);
	struct page *old = rig_page(mm, addr);

	want_int(migrate_page(old), MIGRATED);
	want(rig_page(mm, addr) != old && rig_page(mm, addr) == rig_page(child, addr) &&
	     rig_page(child, addr) == rig_page(grandchild, addr));
	want_int(atomic_peek(&rig_page(mm, addr)->_mapcount), 2);
	want(!writable(mm, addr) && !writable(child, addr) && !writable(grandchild, addr));
	want_counts();
	rig_write(child, addr, 2);
	want_int(r->nr[EV_COW_COPY], 1);
	want_int(rig_read(mm, addr), 100);
	want_int(rig_read(grandchild, addr), 100);
	mmput(grandchild);
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void page_in_the_swap_cache_moves(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr), *child = rig_fork(mm);
	swp_entry_t entry = rig_swap_out(mm, addr);
	struct page *old, *new;

	(void)r;
	want_int(rig_read(mm, addr), 100);
	lru_add_drain();
	old = rig_page(mm, addr);
	want(flag_peek(old, PG_swapcache));
	want_int(migrate_page(old), MIGRATED);
	new = rig_page(mm, addr);
	want(new != old && core()->slot[entry].page == new && new->private == entry && flag_peek(new, PG_swapcache));
	want_int(core()->slot[entry].count, 1);
	want_counts();
	/* The child finds the new one in the cache. */
	want_int(rig_read(child, addr), 100);
	want(rig_page(child, addr) == new);
	want_counts();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void unmapped_page_moves_without_a_walk(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	swp_entry_t entry = rig_swap_out(mm, addr);
	struct page *page = read_swap_cache(entry);

	want(page);
	put_page(page);
	lru_add_drain();
	want_int(migrate_page(page), MIGRATED);
	want_int(r->nr[EV_MIGRATE_UNMAP], 0);
	want(core()->slot[entry].page && core()->slot[entry].page != page);
	want_counts();
	want_int(rig_read(mm, addr), 100);
	mmput(mm);
	want_nothing_left();
}

/* ---- what keeps a page where it is ---- */

static void holder_keeps_the_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr), *child = rig_fork(mm);
	struct page *page = rig_page(mm, addr);
	struct ledger before = rig_ledger();

	want(get_page_unless_zero(page));
	want_int(migrate_page(page), MIGRATE_AGAIN);
	want_int(r->nr[EV_MIGRATE_UNMAP], 1);
	put_page(page);
	want_ledger(&before);
	want(rig_page(mm, addr) == page && rig_page(child, addr) == page && flag_peek(page, PG_lru));
	want_counts();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void holder_keeps_a_page_in_the_swap_cache(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	swp_entry_t entry = rig_swap_out(mm, addr);
	struct page *page;

	(void)r;
	want_int(rig_read(mm, addr), 100);
	lru_add_drain();
	page = rig_page(mm, addr);
	want(get_page_unless_zero(page));
	want_int(migrate_page(page), MIGRATE_AGAIN);
	put_page(page);
	want(rig_page(mm, addr) == page && core()->slot[entry].page == page && page->private == entry);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void what_cannot_be_moved(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = rig_page(mm, addr);
	struct ledger before = rig_ledger();

	(void)r;
	current->fail_alloc = 1;
	want_int(migrate_page(page), MIGRATE_ENOMEM);
	want(isolate_lru_page(page));
	want_int(migrate_page(page), MIGRATE_NOT_ISOLATED);
	putback_lru_page(page);
	want_ledger(&before);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* ---- migration entries ---- */

/* Leaves the page isolated and locked, and migration entries in place of its mappings. */
static struct page *half_migrate(const struct mm_struct *mm, unsigned long addr)
{
	struct page *page = rig_page(mm, addr);

	want(isolate_lru_page(page));
	lock_page(page);
	want(core()->rmap->try_to_unmap(page, TTU_MIGRATION | TTU_IGNORE_ACCESS) == SWAP_SUCCESS);
	return page;
}

static void give_up(struct page *page)
{
	unlock_page(page);
	putback_lru_page(page);
}

static void entry_says_what_it_was(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = half_migrate(mm, addr);
	pte_t pte = rig_pte(mm, addr);

	(void)r;
	want(pte_migration(pte) && pte_migration_write(pte) && !pte_present(pte) && !pte_swap(pte) && !pte_page(pte));
	want(migration_entry_to_page(pte) == page);
	want_int(atomic_peek(&page->_mapcount), -1);
	want_int(atomic_peek(&page->_refcount), 1);
	want_int(mm->anon_rss.counter, 1);
	want_int(mm->swapents.counter, 0);
	want(!core()->rmap->page_pin(page));
	want_int(do_munmap(mm, addr, PAGE(1)), 0);
	want_int(mm->anon_rss.counter, 0);
	want_int(r->nr[EV_MIGRATION_ZAPPED], 1);
	give_up(page);
	mmput(mm);
	want_nothing_left();
}

static void fork_makes_both_entries_read_only(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr), *child;
	struct page *page = half_migrate(mm, addr);

	child = rig_fork(mm);
	want_int(r->nr[EV_MIGRATION_FORKED], 1);
	want(pte_migration(rig_pte(mm, addr)) && !pte_migration_write(rig_pte(mm, addr)));
	want(pte_same(rig_pte(mm, addr), rig_pte(child, addr)));
	want_int(child->anon_rss.counter, 1);
	mmput(child);
	mmput(mm);
	give_up(page);
	want_nothing_left();
}

static void mprotect_makes_it_read_only_for_good(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = half_migrate(mm, addr);

	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want(pte_migration(rig_pte(mm, addr)) && !pte_migration_write(rig_pte(mm, addr)));
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ | VM_WRITE), 0);
	want(pte_migration(rig_pte(mm, addr)) && !pte_migration_write(rig_pte(mm, addr)));
	want_int(r->nr[EV_MIGRATION_PROTECTED], 1);
	want(migration_entry_to_page(rig_pte(mm, addr)) == page);
	want_int(mm->anon_rss.counter, 1);
	mmput(mm);
	give_up(page);
	want_nothing_left();
}

static void dontneed_drops_it_and_free_does_not(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = half_migrate(mm, addr);

	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_FREE), 0);
	want(pte_migration_write(rig_pte(mm, addr)));
	want(flag_peek(page, PG_swapbacked));
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_DONTNEED), 0);
	want(pte_none(rig_pte(mm, addr)));
	want_int(mm->anon_rss.counter, 0);
	want_int(r->nr[EV_MIGRATION_ZAPPED], 1);
	want(r->nr[EV_PTE_DROPPED] == 1 && r->last[EV_PTE_DROPPED].pfn == NO_PFN);
	want_int(rig_read(mm, addr), 0);
	give_up(page);
	mmput(mm);
	want_nothing_left();
}

/* An entry whose page is not locked was left behind: whoever comes upon it says so. */
static void comes_upon_an_orphan(struct rig *r)
{
	unsigned long addr, value = 0;
	struct mm_struct *mm = populated(&addr);

	(void)r;
	give_up(half_migrate(mm, addr));
	user_access(mm, addr, false, &value);
}

static void orphan_is_reported(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_to_violation(&r, comes_upon_an_orphan, ORACLE_ORPHAN, "migration-entry-of-unlocked-page");
	rig_end(&r);
}

/* ---- two at once ---- */

static void reads_what_is_on_the_move(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *old = rig_page(mm, addr);

	r->arg = old;
	/* The other one has its entries, and has not yet looked at the count. */
	rig_hold(r, "move_mapping", OP_LOAD, &old->_refcount);
	rig_raise(r, 1);
	rig_until_held(r);
	want(pte_migration(rig_pte(mm, addr)));
	want_int(rig_read(mm, addr), 100);
	want_int(r->nr[EV_MIGRATION_WAIT], 1);
	rig_wait(r, 2);
	want_int(r->nr[EV_MIGRATE_END], 1);
	want(rig_page(mm, addr) != old);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* The reader waits, and holds nothing: so it moves, and he finds it where it is then. */
static void moves_it(struct rig *r)
{
	rig_wait(r, 1);
	want_int(migrate_page(r->arg), MIGRATED);
	rig_raise(r, 2);
}

static void reader_waits(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, reads_what_is_on_the_move, moves_it);
	rig_end(&r);
}

static void exits_meanwhile(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *old = rig_page(mm, addr);

	r->arg = old;
	rig_hold(r, "move_mapping", OP_LOAD, &old->_refcount);
	rig_raise(r, 1);
	rig_until_held(r);
	want_int(anon_vmas(), 1);
	mmput(mm);
	/* Nobody but migration has it any more. */
	want_int(anon_vmas(), 1);
	want_int(r->nr[EV_ANON_FREED], 0);
	rig_let_go(r);
	rig_wait(r, 2);
	want_int(r->nr[EV_ANON_FREED], 1);
	want_nothing_left();
}

static void reference_keeps_the_anon_vma(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, exits_meanwhile, moves_it);
	rig_end(&r);
}

/* The other one has its entries, and has not yet looked at the count. */
static void until_it_moves(struct rig *r, struct page *page)
{
	r->arg = page;
	rig_hold(r, "move_mapping", OP_LOAD, &page->_refcount);
	rig_raise(r, 1);
	rig_until_held(r);
}

static void until_it_has_moved(struct rig *r)
{
	rig_let_go(r);
	rig_wait(r, 2);
}

static void takes_all_rights_away(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	u64 value = 0;

	until_it_moves(r, rig_page(mm, addr));
	want_int(do_mprotect(mm, addr, PAGE(1), 0), 0);
	until_it_has_moved(r);
	want(pte_has(rig_pte(mm, addr), PTE_PRESENT | PTE_PROTNONE) && !writable(mm, addr));
	want(rig_page(mm, addr) && rig_page(mm, addr) != r->arg);
	want_int(user_access(mm, addr, false, &value), -EFAULT);
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ | VM_WRITE), 0);
	want(!writable(mm, addr));
	want_int(rig_read(mm, addr), 100);
	rig_write(mm, addr, 7);
	want_int(r->nr[EV_COW_REUSE], 1);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void rights_are_those_of_the_vma(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, takes_all_rights_away, moves_it);
	rig_end(&r);
}

static void takes_it_along(struct rig *r)
{
	unsigned long addr, behind;
	struct mm_struct *mm = populated(&addr);
	long to;

	behind = rig_mmap(mm, 1);
	want_int(do_mprotect(mm, behind, PAGE(1), VM_READ | VM_EXEC), 0);
	until_it_moves(r, rig_page(mm, addr));
	to = do_mremap(mm, addr, PAGE(1), PAGE(2));
	want(to > 0 && to != (long)addr);
	want(pte_none(rig_pte(mm, addr)) && pte_migration_write(rig_pte(mm, (unsigned long)to)));
	want_int(r->nr[EV_MIGRATION_MOVED], 1);
	until_it_has_moved(r);
	want(writable(mm, (unsigned long)to) && rig_page(mm, (unsigned long)to) != r->arg);
	want_int(rig_read(mm, (unsigned long)to), 100);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void mremap_takes_it_along(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, takes_it_along, moves_it);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(content_and_mapping_move),
		RIG_TEST(all_mappings_move),
		RIG_TEST(page_in_the_swap_cache_moves),
		RIG_TEST(unmapped_page_moves_without_a_walk),
		RIG_TEST(holder_keeps_the_page),
		RIG_TEST(holder_keeps_a_page_in_the_swap_cache),
		RIG_TEST(what_cannot_be_moved),
		RIG_TEST(entry_says_what_it_was),
		RIG_TEST(fork_makes_both_entries_read_only),
		RIG_TEST(mprotect_makes_it_read_only_for_good),
		RIG_TEST(dontneed_drops_it_and_free_does_not),
		cmocka_unit_test(orphan_is_reported),
		cmocka_unit_test(reader_waits),
		cmocka_unit_test(reference_keeps_the_anon_vma),
		cmocka_unit_test(rights_are_those_of_the_vma),
		cmocka_unit_test(mremap_takes_it_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
