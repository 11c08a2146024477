/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the migration of files' pages: the new frame takes the old one's place in the page cache, dirty if that was, and fork,
 * munmap, truncate and write-back come upon it in the middle.
 *
 * Concurrency: one thread; two bodies where one has to come in between.
 */
#include "files.h"

static bool writable(const struct mm_struct *mm, unsigned long addr)
{
	return pte_has(rig_pte(mm, addr), PTE_PRESENT | PTE_WRITE);
}

/* ---- alone ---- */

static void all_mappings_move(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	unsigned long a = map_file(p, file, 1, true), b = map_file(q, file, 1, false);
	struct page *old, *new;

	rig_write(p, a, 5);
	want_int(rig_read(q, b), 5);
	old = cached(file, 0);
	want_int(migrate_page(old), MIGRATED);
	new = cached(file, 0);
	want(new && new != old && rig_page(p, a) == new && rig_page(q, b) == new);
	want_int(core()->page_live[page_to_pfn(old)], 0);
	want(new->mapping == file->f_mapping && new->index == 0 && flag_peek(new, PG_uptodate) && flag_peek(new, PG_lru));
	want(flag_peek(new, PG_dirty) && file->f_mapping->dirty == 1);
	want(writable(p, a) && !writable(q, b));
	want_int(core()->vmstat[NR_FILE_MAPPED].counter, 1);
	want_counts();
	rig_write(p, a, 6);
	want_int(rig_read(q, b), 6);
	filemap_write_range(file->f_mapping, 0, 0);
	want_int(file_inode(file)->store[0], 6);
	want_int(r->nr[EV_MIGRATE_END], 1);
	mmput(p);
	mmput(q);
	fput(file);
	want_nothing_left();
}

/* An entry that may be written to must not come of it: the file would not be told. */
static void clean_page_stays_clean(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 1, true);

	rig_write(mm, a, 5);
	filemap_write_range(file->f_mapping, 0, 0);
	want_int(migrate_page(cached(file, 0)), MIGRATED);
	want(!flag_peek(cached(file, 0), PG_dirty) && !file->f_mapping->dirty && !writable(mm, a));
	rig_write(mm, a, 6);
	want(flag_peek(cached(file, 0), PG_dirty) && file->f_mapping->dirty == 1);
	want_int(r->nr[EV_FILE_WRITTEN], 1);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void unmapped_page_moves_without_a_walk(struct rig *r)
{
	struct file *file = new_file(2);
	struct page *old;

	want_int(file_write(file, 1, 5), 0);
	old = cached(file, 1);
	want_int(migrate_page(old), MIGRATED);
	want_int(r->nr[EV_MIGRATE_UNMAP], 0);
	want(cached(file, 1) && cached(file, 1) != old && file->f_mapping->present == 2 && file->f_mapping->dirty == 2);
	want_int(read_file(file, 1), 5);
	want_counts();
	fput(file);
	want_nothing_left();
}

static void holder_keeps_the_page(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 1, true);
	struct page *page;

	(void)r;
	rig_write(mm, a, 5);
	lru_add_drain_all();
	page = find_get_page(file->f_mapping, 0);
	want_int(migrate_page(page), MIGRATE_AGAIN);
	put_page(page);
	want(cached(file, 0) == page && rig_page(mm, a) == page && page->mapping == file->f_mapping);
	want(flag_peek(page, PG_dirty) && writable(mm, a));
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* Truncate has taken it out of its file, and somebody reads it still. */
static void orphan_stays_until_it_is_put(struct rig *r)
{
	struct file *file = new_file(1);
	struct page *page;

	(void)r;
	want_int(file_write(file, 0, 5), 0);
	lru_add_drain_all();
	page = find_get_page(file->f_mapping, 0);
	file_truncate(file, 0);
	want_int(migrate_page(page), MIGRATE_AGAIN);
	want(!page->mapping && flag_peek(page, PG_lru));
	put_page(page);
	fput(file);
	want_nothing_left();
}

/* One page of the file leaves a private copy where it is; the end of the file does not. */
static void truncate_zaps_copies_that_move(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 1, false);
	struct page *copy;

	(void)r;
	rig_write(mm, a, 5);
	lru_add_drain_all();
	copy = rig_page(mm, a);
	want(PageAnon(copy) && isolate_lru_page(copy));
	lock_page(copy);
	want(core()->rmap->try_to_unmap(copy, TTU_MIGRATION | TTU_IGNORE_ACCESS) == SWAP_SUCCESS);
	unmap_mapping_range(file->f_mapping, 0, 0, false);
	want(pte_migration(rig_pte(mm, a)));
	want(mm->anon_rss.counter == 1 && mm->file_rss.counter == 0);
	unmap_mapping_range(file->f_mapping, 0, 0, true);
	want(pte_none(rig_pte(mm, a)));
	want(mm->anon_rss.counter == 0 && mm->file_rss.counter == 0);
	unlock_page(copy);
	putback_lru_page(copy);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* ---- two at once ---- */

/* The new frame has the page's place in the cache already, and no entry is present again. */
static void until_it_is_replaced(struct rig *r, struct file *file)
{
	struct page *old = cached(file, 0);

	r->arg = old;
	rig_hold(r, "copy_highpage", OP_LOAD, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want(cached(file, 0) != old && !old->mapping);
}

static void moves_it(struct rig *r)
{
	rig_wait(r, 1);
	want_int(migrate_page(r->arg), MIGRATED);
	rig_raise(r, 2);
}

static void until_it_has_moved(struct rig *r)
{
	rig_let_go(r);
	rig_wait(r, 2);
}

static void run_against_migration(rig_body body)
{
	struct rig r;

	rig_begin(&r);
	rig_run_two(&r, body, moves_it);
	rig_end(&r);
}

static void forks_meanwhile(struct rig *r)
{
	struct file *file = new_file(2);
	struct mm_struct *p = rig_mm(), *c;
	unsigned long a = map_file(p, file, 2, false);

	want_int(file_write(file, 0, 5), 0);
	want_int(rig_read(p, a), 5);
	rig_write(p, a + PAGE(1), 6);	/* so that fork copies entries */
	until_it_is_replaced(r, file);
	c = rig_fork(p);
	want(pte_migration(rig_pte(p, a)) && pte_same(rig_pte(p, a), rig_pte(c, a)));
	want(c->file_rss.counter == 1 && c->anon_rss.counter == 1);
	until_it_has_moved(r);
	want(rig_page(p, a) == cached(file, 0) && rig_page(c, a) == cached(file, 0));
	want_int(atomic_peek(&cached(file, 0)->_mapcount), 1);
	want_counts();
	want_int(rig_read(c, a), 5);
	mmput(p);
	mmput(c);
	fput(file);
	want_nothing_left();
}

static void fork_copies_both(void **state)
{
	(void)state;
	run_against_migration(forks_meanwhile);
}

static void unmaps_meanwhile(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 1, true);

	rig_write(mm, a, 5);
	until_it_is_replaced(r, file);
	want_int(do_munmap(mm, a, PAGE(1)), 0);
	want(mm->file_rss.counter == 0 && mm->anon_rss.counter == 0);
	want_int(r->nr[EV_MIGRATION_ZAPPED], 1);
	until_it_has_moved(r);
	want_int(atomic_peek(&cached(file, 0)->_mapcount), -1);
	want_counts();
	want_int(read_file(file, 0), 5);
	filemap_write_range(file->f_mapping, 0, 0);
	want_int(file_inode(file)->store[0], 5);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void munmap_drops_one(void **state)
{
	(void)state;
	run_against_migration(unmaps_meanwhile);
}

/* The entry is zapped at once; for the page truncate has to wait. */
static void truncates_meanwhile(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long a = map_file(mm, file, 1, true);
	u64 value = 0;

	rig_write(mm, a, 5);
	until_it_is_replaced(r, file);
	rig_let_go(r);
	file_truncate(file, 0);
	rig_wait(r, 2);
	want(pte_none(rig_pte(mm, a)) && !cached(file, 0) && !file->f_mapping->present && !file->f_mapping->dirty);
	want_int(user_access(mm, a, false, &value), -ENXIO);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void truncate_takes_the_new_one(void **state)
{
	(void)state;
	run_against_migration(truncates_meanwhile);
}

/* Who writes the page back has let go of its lock: it may not move before it is written. */
static void waits_for_write_back(struct rig *r)
{
	struct file *file = new_file(1);

	want_int(file_write(file, 0, 5), 0);
	lru_add_drain_all();
	r->arg = file;
	rig_hold(r, "writepage", OP_STORE, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want(flag_peek(cached(file, 0), PG_writeback) && !flag_peek(cached(file, 0), PG_locked));
	want_int(r->nr[EV_FILE_WRITTEN], 0);
	rig_let_go(r);
	migrate_page(cached(file, 0));
	want_int(r->nr[EV_FILE_WRITTEN], 1);
	want(!flag_peek(cached(file, 0), PG_writeback));
	rig_wait(r, 2);
	want_int(file_inode(file)->store[0], 5);
	want_counts();
	fput(file);
	want_nothing_left();
}

static void writes_back(struct rig *r)
{
	struct file *file;

	rig_wait(r, 1);
	file = r->arg;
	filemap_write_range(file->f_mapping, 0, 0);
	rig_raise(r, 2);
}

static void write_back_is_waited_for(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, waits_for_write_back, writes_back);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(all_mappings_move),
		RIG_TEST(clean_page_stays_clean),
		RIG_TEST(unmapped_page_moves_without_a_walk),
		RIG_TEST(holder_keeps_the_page),
		RIG_TEST(orphan_stays_until_it_is_put),
		RIG_TEST(truncate_zaps_copies_that_move),
		cmocka_unit_test(fork_copies_both),
		cmocka_unit_test(munmap_drops_one),
		cmocka_unit_test(truncate_takes_the_new_one),
		cmocka_unit_test(write_back_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
