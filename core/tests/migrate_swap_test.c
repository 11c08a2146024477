/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of migration through swap: what the new frame inherits and what of swap is left, who keeps a page where it is, and each result of
 * swapping one out. Who comes in between: migrate_swap_meets_test.c.
 *
 * Concurrency: one thread.
 */
#include "files.h"

#include "migrate_swap.h"
#include "mlock.h"

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

static bool live(const struct page *page)
{
	return core()->page_live[page_to_pfn(page)];
}

static bool all_slots_are_free(void)
{
	return core()->nr_free_slots == RIG_SLOTS - 1;
}

static int migrate(struct mm_struct *mm, unsigned long addr, unsigned pages)
{
	return do_migrate_pages(mm, addr, PAGE(pages), false);
}

static int swap_pages(struct mm_struct *mm, unsigned long addr, unsigned pages)
{
	return do_migrate_pages(mm, addr, PAGE(pages), true);
}

static void isolate(struct page *page, struct pagelist *list)
{
	lru_add_drain_all();
	want(isolate_lru_page(page));
	list->page[list->nr++] = page;
}

static void new_frames(struct pagelist *list, unsigned n)
{
	while (list->nr < n) {
		list->page[list->nr] = alloc_page(GFP_KERNEL);
		want(list->page[list->nr]);
		list->nr++;
	}
}

static void free_frames(struct pagelist *list)
{
	while (list->nr)
		put_page(list->page[--list->nr]);
}

/* ---- to another frame ---- */

static void content_and_mapping_move(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	struct page *old = rig_page(mm, addr), *new;
	struct address_space *mapping = old->mapping;

	SetPageFlag(old, PG_active);
	want_int(migrate(mm, addr, 1), 0);
	new = rig_page(mm, addr);
	want(new && new != old && new->mapping == mapping && !flag_peek(new, PG_locked) && !flag_peek(new, PG_swapcache));
	want(flag_peek(new, PG_dirty) && flag_peek(new, PG_active) && flag_peek(new, PG_uptodate) == flag_peek(old, PG_uptodate));
	want(!old->mapping && !flag_peek(old, PG_dirty) && !flag_peek(old, PG_swapcache) && !old->private);
	want(all_slots_are_free());
	want_counts();
	lru_add_drain_all();
	want(!live(old) && flag_peek(new, PG_lru));
	want_int(rig_read(mm, addr), 100);
	rig_write(mm, addr, 7);
	want_int(rig_read(mm, addr), 7);
	/* Nobody comes for it: it is neither young nor writable, and it was not swapped in. */
	want_int(r->nr[EV_SWAP_UNUSED], 1);
	want_int(r->nr[EV_SWAP_IN], 0);
	mmput(mm);
	want_nothing_left();
}

static void all_mappings_move(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm), *grandchild = rig_fork(child);
	struct page *old = rig_page(mm, addr);

	want_int(migrate(child, addr, 1), 0);
	want(rig_page(mm, addr) != old && rig_page(mm, addr) == rig_page(child, addr) &&
	     rig_page(child, addr) == rig_page(grandchild, addr));
	want_int(atomic_peek(&rig_page(mm, addr)->_mapcount), 2);
	want(all_slots_are_free() && !mm->swapents.counter && child->anon_rss.counter == 1);
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

/* The entries that it had before become present as well: there is nothing left for which the slot would be kept. */
static void page_in_the_swap_cache_leaves_it(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr), *child = rig_fork(mm);
	swp_entry_t entry = rig_swap_out(mm, addr);
	struct page *old;

	want_int(rig_read(mm, addr), 100);
	lru_add_drain_all();
	old = rig_page(mm, addr);
	want(flag_peek(old, PG_swapcache) && !rig_page(child, addr));
	want_int(migrate(mm, addr, 1), 0);
	want(rig_page(mm, addr) != old && rig_page(child, addr) == rig_page(mm, addr));
	want(!core()->slot[entry].page && !core()->slot[entry].count && all_slots_are_free());
	want_int(r->nr[EV_SWAP_UNUSED], 2);
	want_counts();
	want_int(rig_read(child, addr), 100);
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

/* Entries go, and come back from the file. Its private copies are anonymous. */
static void pages_of_a_file_move(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *p = rig_mm(), *q = rig_mm();
	unsigned long a = map_file(p, file, 1, true), b = map_file(q, file, 1, false);
	struct page *old, *copy;

	rig_write(q, b, 6);
	rig_write(p, a, 5);
	old = cached(file, 0);
	copy = rig_page(q, b);
	want_int(migrate(p, a, 1), 0);
	want_int(migrate(q, b, 1), 0);
	want(cached(file, 0) && cached(file, 0) != old && !rig_page(p, a) && rig_page(q, b) && rig_page(q, b) != copy);
	want(flag_peek(cached(file, 0), PG_dirty) && file->f_mapping->dirty == 1 && all_slots_are_free());
	want_int(r->nr[EV_FILE_WRITTEN], 0);
	want_counts();
	want_int(rig_read(p, a), 5);
	want_int(rig_read(q, b), 6);
	filemap_write_range(file->f_mapping, 0, 0);
	want_int(file_inode(file)->store[0], 5);
	mmput(p);
	mmput(q);
	fput(file);
	want_nothing_left();
}

static void chunk_follows_chunk(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(5, &addr);
	struct page *old[5];

	for (unsigned i = 0; i < 5; i++)
		old[i] = rig_page(mm, addr + PAGE(i));
	want_int(migrate(mm, addr, 5), 0);
	lru_add_drain_all();
	for (unsigned i = 0; i < 5; i++) {
		want(rig_page(mm, addr + PAGE(i)));
		want_int(rig_read(mm, addr + PAGE(i)), 100 + i);
	}
	want_int(r->nr[EV_MIGRATED], 5);
	want_counts();
	mmput(mm);
	want_nothing_left();
	for (unsigned i = 0; i < 5; i++)
		want(!live(old[i]));
}

/* ---- what keeps a page where it is ---- */

static void no_swap_no_migration(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	struct page *page = rig_page(mm, addr);

	(void)r;
	want_int(swapoff(1), 0);
	want_int(migrate_prep(), 0);
	want_int(swapoff(0), 0);
	want_int(migrate_prep(), -ENODEV);
	want_int(migrate(mm, addr, 1), -ENODEV);
	want(rig_page(mm, addr) == page && flag_peek(page, PG_lru));
	want_int(swapon(1), 0);
	want_int(migrate(mm, addr, 1), 0);
	mmput(mm);
	want_int(swapon(0), 0);
	want_nothing_left();
}

static void prep_drains_all_caches(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);

	(void)r;
	rig_on_cpu(1);
	rig_write(mm, addr, 5);
	rig_on_cpu(0);
	want(!flag_peek(rig_page(mm, addr), PG_lru));
	want_int(migrate_prep(), 0);
	want(flag_peek(rig_page(mm, addr), PG_lru));
	mmput(mm);
	want_nothing_left();
}

/* A reference that is there from the beginning costs nobody his entries. */
static void holder_keeps_the_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	struct page *page = rig_page(mm, addr);

	want(get_page_unless_zero(page));
	want_int(migrate(mm, addr, 1), 1);
	want(rig_page(mm, addr) == page);
	want_int(r->nr[EV_MIGRATE_UNMAP], 0);
	want_int(r->nr[EV_MIGRATE_KEPT], 1);
	put_page(page);
	want_counts();
	want_int(migrate(mm, addr, 1), 0);
	want(rig_page(mm, addr) != page && all_slots_are_free());
	mmput(mm);
	want_nothing_left();
}

static void locked_memory_stays(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	struct page *page = rig_page(mm, addr), *new = alloc_page(GFP_KERNEL);
	struct pagelist from = { 0 };

	(void)r;
	want_int(do_mlock(mm, addr, PAGE(1)), 0);
	want_int(migrate(mm, addr, 1), 1);
	want_int(swap_pages(mm, addr, 1), 1);
	isolate(page, &from);
	lock_page(page);
	want(new && trylock_page(new));
	want_int(migrate_page_through_swap(new, page), -EPERM);
	unlock_page(new);
	unlock_page(page);
	put_page(new);
	want_int(putback_lru_pages(&from), 1);
	want(rig_page(mm, addr) == page);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* It was isolated, and truncated before it was locked. */
static void truncated_page_is_left(struct rig *r)
{
	struct file *file = new_file(1);
	struct pagelist from = { 0 }, to = { 0 }, moved = { 0 }, failed = { 0 };

	(void)r;
	want_int(file_write(file, 0, 5), 0);
	isolate(cached(file, 0), &from);
	want(get_page_unless_zero(from.page[0]));	/* or it would be as good as free */
	want_int(file_truncate(file, 0), 0);
	new_frames(&to, 1);
	want_int(migrate_pages(&from, &to, &moved, &failed), 1);
	want_int(from.nr, 1);
	want_int(migrate_pages(&from, NULL, &moved, &failed), 1);
	want(from.nr == 1 && !failed.nr && !moved.nr);
	put_page(from.page[0]);
	free_frames(&to);
	putback_lru_pages(&from);
	fput(file);
	want_nothing_left();
}

static void page_that_everybody_let_go_is_done(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	struct pagelist from = { 0 }, to = { 0 }, moved = { 0 }, failed = { 0 };

	(void)r;
	isolate(rig_page(mm, addr), &from);
	want_int(do_munmap(mm, addr, PAGE(1)), 0);
	new_frames(&to, 1);
	want_int(migrate_pages(&from, &to, &moved, &failed), 0);
	want(!from.nr && !failed.nr && moved.nr == 1 && to.nr == 1);
	want_int(putback_lru_pages(&moved), 1);
	want_int(moved.nr, 0);
	free_frames(&to);
	mmput(mm);
	want_nothing_left();
}

static void frames_run_out(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(3, &addr);
	struct page *page = rig_page(mm, addr);
	struct pagelist from = { 0 }, to = { 0 }, moved = { 0 }, failed = { 0 };

	(void)r;
	rig_no_memory(1);
	want_int(migrate(mm, addr, 3), -ENOMEM);
	rig_no_memory(0);
	want(rig_page(mm, addr) == page);
	for (unsigned i = 0; i < 3; i++)
		isolate(rig_page(mm, addr + PAGE(i)), &from);
	new_frames(&to, 2);
	want_int(migrate_pages(&from, &to, &moved, &failed), 1);
	want(from.nr == 1 && moved.nr == 2 && !failed.nr && !to.nr);
	putback_lru_pages(&moved);
	putback_lru_pages(&from);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void no_slot_is_for_good(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	struct pagelist from = { 0 }, to = { 0 }, moved = { 0 }, failed = { 0 };

	(void)r;
	isolate(rig_page(mm, addr), &from);
	want_int(swapoff(0), 0);
	want_int(swapoff(1), 0);
	new_frames(&to, 1);
	want_int(migrate_pages(&from, &to, &moved, &failed), 1);
	want(!from.nr && failed.nr == 1 && !flag_peek(failed.page[0], PG_locked));
	free_frames(&to);
	putback_lru_pages(&failed);
	want_counts();
	mmput(mm);
	want_int(swapon(0), 0);
	want_int(swapon(1), 0);
	want_nothing_left();
}

/* What no process of this era maps: its pages have no other frames to go to, and no writepage. */
static void what_cannot_move_fails(struct rig *r)
{
	struct file *file = new_file(1);
	struct pagelist from = { 0 }, to = { 0 }, moved = { 0 }, failed = { 0 };

	(void)r;
	want_int(file_write(file, 0, 5), 0);
	isolate(cached(file, 0), &from);
	new_frames(&to, 1);
	file->f_mapping->kind = AS_HUGETLB;
	want_int(fail_migrate_page(to.page[0], from.page[0]), -EIO);
	want_int(migrate_pages(&from, &to, &moved, &failed), 1);
	want(!from.nr && failed.nr == 1);
	lock_page(failed.page[0]);
	want_int(swap_page(failed.page[0]), -EAGAIN);	/* PAGE_ACTIVATE */
	want(flag_peek(failed.page[0], PG_dirty) && !flag_peek(failed.page[0], PG_locked));
	file->f_mapping->kind = 0;
	free_frames(&to);
	putback_lru_pages(&failed);
	fput(file);
	want_nothing_left();
}

/* ---- out to swap, and to the file ---- */

static int swap_one(struct page *page)
{
	int err;

	lock_page(page);
	if (PageAnon(page) && !PageFlag(page, PG_swapcache))
		want(add_to_swap(page));
	err = swap_page(page);
	want(!flag_peek(page, PG_locked));
	return err;
}

/* Kept while it is held, written when it is not, and out when it is clean. */
static void each_result_of_an_anonymous_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(1, &addr);
	struct page *page = rig_page(mm, addr);
	struct pagelist list = { 0 };
	swp_entry_t entry;

	isolate(page, &list);
	get_page(page);
	want_int(swap_one(page), -EAGAIN);	/* PAGE_KEEP */
	entry = page->private;
	want(flag_peek(page, PG_dirty) && !rig_page(mm, addr) && core()->slot[entry].count == 1 && !core()->slot[entry].data);
	put_page(page);
	want_int(swap_one(page), -EAGAIN);	/* PAGE_SUCCESS */
	want(!flag_peek(page, PG_dirty) && core()->slot[entry].data == core()->data[page_to_pfn(page)] && core()->slot[entry].data);
	want_int(r->nr[EV_SWAP_OUT], 0);
	want_int(swap_one(page), 0);		/* PAGE_CLEAN */
	want(r->nr[EV_SWAP_OUT] == 1 && !core()->slot[entry].page && atomic_peek(&page->_refcount) == 1);
	want_int(putback_lru_pages(&list), 1);
	lru_add_drain_all();
	want(!live(page));
	want_counts();
	want_int(rig_read(mm, addr), 100);
	want_int(r->nr[EV_SWAP_IN], 1);
	mmput(mm);
	want_nothing_left();
}

static void each_result_of_a_files_page(struct rig *r)
{
	struct file *file = new_file(1);
	struct mm_struct *mm = rig_mm();
	unsigned long addr = map_file(mm, file, 1, true);
	struct pagelist list = { 0 };
	struct page *page;

	rig_write(mm, addr, 5);
	page = cached(file, 0);
	isolate(page, &list);
	get_page(page);
	want_int(swap_one(page), -EAGAIN);
	want(flag_peek(page, PG_dirty) && !rig_page(mm, addr) && cached(file, 0) == page);
	put_page(page);
	want_int(swap_one(page), -EAGAIN);
	want(!flag_peek(page, PG_dirty) && r->nr[EV_FILE_WRITTEN] == 1 && file_inode(file)->store[0] == 5);
	want_int(swap_one(page), 0);
	want(!cached(file, 0));
	want_int(r->nr[EV_FILE_RECLAIMED], 1);
	putback_lru_pages(&list);
	want_counts();
	want_int(rig_read(mm, addr), 5);
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* The first pass writes, the second one takes out of the cache. */
static void passes_swap_out(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(3, &addr), *child = rig_fork(mm);

	want_int(swap_pages(child, addr, 3), 0);
	want_int(r->nr[EV_SWAP_OUT], 3);
	want(!rig_page(mm, addr) && !rig_page(child, addr) && mm->swapents.counter == 3 && child->swapents.counter == 3);
	want_counts();
	for (unsigned i = 0; i < 3; i++)
		want_int(rig_read(mm, addr + PAGE(i)), 100 + i);
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(content_and_mapping_move), RIG_TEST(all_mappings_move), RIG_TEST(page_in_the_swap_cache_leaves_it),
		RIG_TEST(pages_of_a_file_move), RIG_TEST(chunk_follows_chunk), RIG_TEST(no_swap_no_migration),
		RIG_TEST(prep_drains_all_caches), RIG_TEST(holder_keeps_the_page), RIG_TEST(locked_memory_stays),
		RIG_TEST(truncated_page_is_left), RIG_TEST(page_that_everybody_let_go_is_done), RIG_TEST(frames_run_out),
		RIG_TEST(no_slot_is_for_good), RIG_TEST(what_cannot_move_fails), RIG_TEST(each_result_of_an_anonymous_page),
		RIG_TEST(each_result_of_a_files_page), RIG_TEST(passes_swap_out),
	};

	rig_rmap = &rmap_anon_list;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
