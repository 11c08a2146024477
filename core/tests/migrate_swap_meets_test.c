/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of migration through swap: what comes of it when faults and pins, and who has a page locked, come in between.
 *
 * Concurrency: two bodies, of which the second migrates.
 */
#include "rig.h"

#include "migrate_swap.h"

/* A process with one page that holds 100, on the LRU. */
static struct mm_struct *populated(unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, 1);
	rig_write(mm, *addr, 100);
	lru_add_drain();
	return mm;
}

/* The second body: it migrates what the first has. */
struct job {
	struct mm_struct *mm;
	unsigned long addr;
	int err;
};

static void moves_it(struct rig *r)
{
	struct job *job;

	rig_wait(r, 1);
	job = r->arg;
	job->err = do_migrate_pages(job->mm, job->addr, PAGE(1), false);
	rig_raise(r, 2);
}

static void run_against_migration(rig_body body)
{
	struct rig r;

	rig_begin(&r);
	rig_run_two(&r, body, moves_it);
	rig_end(&r);
}

static void start(struct rig *r, struct job *job)
{
	r->arg = job;
	rig_raise(r, 1);
}

/* Two passes try the lock, and the third one waits for it. */
static void holds_the_lock(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = rig_page(mm, addr);
	struct job job = { mm, addr, -1 };

	lock_page(page);
	start(r, &job);
	rig_until_other_waits(r);
	want(rig_page(mm, addr) == page && job.err == -1);
	unlock_page(page);
	rig_wait(r, 2);
	want_int(job.err, 0);
	want(rig_page(mm, addr) && rig_page(mm, addr) != page);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void the_lock_is_waited_for(void **state)
{
	(void)state;
	run_against_migration(holds_the_lock);
}

/* The entry is a swap entry, and the page about to be replaced: who finds it by its slot keeps it from that. */
static void finds_the_swap_entry(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = rig_page(mm, addr);
	struct job job = { mm, addr, -1 };

	rig_hold(r, "replace_in_swap_cache", OP_RMW, &page->_refcount);
	start(r, &job);
	rig_until_held(r);
	want(!rig_page(mm, addr) && !pte_none(rig_pte(mm, addr)) && flag_peek(page, PG_locked));
	/* Waits for the page's lock, with a reference, and so migration goes on, and fails. */
	want_int(rig_read(mm, addr), 100);
	want(rig_page(mm, addr) == page);
	want_int(r->nr[EV_SWAP_IN], 1);
	rig_wait(r, 2);
	want_counts();
	want(job.err >= 0);
	mmput(mm);
	want_nothing_left();
}

static void fault_waits_and_keeps_the_page(void **state)
{
	(void)state;
	run_against_migration(finds_the_swap_entry);
}

/* The new page is in the cache, and locked: who finds it there waits, and what it has then is the content. */
static void finds_the_new_page(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = rig_page(mm, addr);
	struct job job = { mm, addr, -1 };

	rig_hold(r, "copy_highpage", OP_LOAD, NULL);
	start(r, &job);
	rig_until_held(r);
	want(!rig_page(mm, addr));
	want_int(rig_read(mm, addr), 100);
	want(rig_page(mm, addr) && rig_page(mm, addr) != page);
	rig_wait(r, 2);
	want_int(job.err, 0);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void fault_waits_for_the_content(void **state)
{
	(void)state;
	run_against_migration(finds_the_new_page);
}

/* Somebody pins the page after its references were counted, and before its entries go. */
static void takes_a_reference(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = populated(&addr);
	struct page *page = rig_page(mm, addr);
	struct job job = { mm, addr, -1 };

	rig_hold(r, "replace_in_swap_cache", OP_RMW, &page->_refcount);
	start(r, &job);
	rig_until_held(r);
	want(get_page_unless_zero(page));
	rig_let_go(r);
	rig_wait(r, 2);
	want_int(job.err, 1);
	want(!rig_page(mm, addr) && flag_peek(page, PG_swapcache));
	want_int(rig_read(mm, addr), 100);
	want(rig_page(mm, addr) == page);
	put_page(page);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void references_are_counted_again(void **state)
{
	(void)state;
	run_against_migration(takes_a_reference);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lock_is_waited_for), cmocka_unit_test(fault_waits_and_keeps_the_page),
		cmocka_unit_test(fault_waits_for_the_content), cmocka_unit_test(references_are_counted_again),
	};

	rig_rmap = &rmap_anon_list;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
