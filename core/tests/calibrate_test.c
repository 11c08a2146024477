/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What looks wrong and is allowed, one step from going wrong: that it happens, at just that step, and that nothing is reported; and that
 * who is not allowed to miss anything waits there. The scenarios calibrate-* are the same for the oracles of the harness.
 *
 * Concurrency: one thread; the second body is held at the step, and the first one looks. Or it is the first one that goes on.
 */
#include "huge_pages.h"

struct meeting {
	const char *func;		/* where the second body is held */
	struct mm_struct *mm;
	unsigned long addr;
	struct page *page;
	const void *was;		/* the page's anon_vma, as long as it was mapped */
	unsigned visited;
};

static void run_meeting(const struct rmap_ops *rmap, const char *func, rig_body first, rig_body second)
{
	struct meeting m = { .func = func };
	struct rig r;

	rig_rmap = rmap;
	rig_begin(&r);
	r.arg = &m;
	rig_run_two(&r, first, second);
	rig_end(&r);
	rig_rmap = &rmap_anon_chain;
}

/* One process, one page, mapped; the page is held. */
static void populate(struct meeting *m)
{
	m->mm = rig_mm();
	m->addr = rig_mmap(m->mm, 1);
	rig_write(m->mm, m->addr, 1);
	lru_add_drain();
	m->page = rig_page(m->mm, m->addr);
	m->was = m->mm->mmap->anon_vma;
	get_page(m->page);
}

/* ---- an entry is gone, and the page counts as mapped still ---- */

static void unmaps_while_munmap_is_held(struct rig *r)
{
	struct meeting *m = r->arg;

	populate(m);
	rig_hold(r, m->func, OP_RMW, &m->page->_mapcount);
	rig_raise(r, 1);
	rig_until_held(r);
	want(!pte_present(rig_pte(m->mm, m->addr)) && page_mapped(m->page));
	lock_page(m->page);
	want(core()->rmap->try_to_unmap(m->page, TTU_IGNORE_ACCESS | TTU_MIGRATION) != SWAP_SUCCESS);
	unlock_page(m->page);
	want_int(r->nr[EV_UNMAP_MISSED], 1);
	rig_let_go(r);
	rig_wait(r, 2);
	want(!page_mapped(m->page));
	put_page(m->page);
	mmput(m->mm);
	want_nothing_left();
}

static void munmap_body(struct rig *r)
{
	const struct meeting *m = r->arg;

	rig_wait(r, 1);
	want_int(do_munmap(m->mm, m->addr, PAGE(1)), 0);
	rig_raise(r, 2);
}

static void unmapping_misses_what_is_about_to_go(void **state)
{
	(void)state;
	run_meeting(&rmap_anon_chain, "uncount_mapping", unmaps_while_munmap_is_held, munmap_body);
	run_meeting(&rmap_anon_list, "page_remove_rmap", unmaps_while_munmap_is_held, munmap_body);
}

/* ---- the anon_vma that a walk locks is a stranger's ---- */

static void recycles_while_walker_is_held(struct rig *r)
{
	struct meeting *m = r->arg;
	struct mm_struct *stranger;

	populate(m);
	rig_hold(r, m->func, OP_LOCK, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	mmput(m->mm);
	stranger = rig_mm();
	rig_write(stranger, rig_mmap(stranger, 1), 2);
	want(stranger->mmap->anon_vma == m->was);
	want_int(r->nr[EV_ANON_RECYCLED], 1);
	rig_let_go(r);
	rig_wait(r, 2);
	/* It came to the stranger's VMA, which has nothing of the page, and was told that the page is mapped no more. */
	want_int(m->visited, 1);
	want_int(r->nr[EV_ANON_LOCK_LOST], 1);
	put_page(m->page);
	mmput(stranger);
	want_nothing_left();
}

static bool count_strangers(struct page *page, const struct rmap_location *where, void *arg)
{
	struct meeting *m = arg;

	want(where->vma->anon_vma == m->was && where->vma->vm_mm != m->mm);
	want(rig_page(where->vma->vm_mm, where->address) != page);
	m->visited++;
	return true;
}

static void walks_body(struct rig *r)
{
	struct meeting *m = r->arg;

	rig_wait(r, 1);
	core()->rmap->walk(m->page, count_strangers, m);
	want_int(current->depth, 0);
	rig_raise(r, 2);
}

static void walk_locks_a_strangers_anon_vma(void **state)
{
	(void)state;
	run_meeting(&rmap_anon_list, "page_lock_anon_vma", recycles_while_walker_is_held, walks_body);
}

/* ---- who has to find all waits ---- */

/* The second body changes the rights of what a child has of a huge page, one page, and is held where its entry is empty for a moment. */
static void splits_while_mprotect_is_held(struct rig *r)
{
	struct meeting *m = r->arg;
	struct mm_struct *parent = with_huge_page(&m->addr);
	struct page *head = rig_page(parent, m->addr);

	m->mm = rig_fork(parent);
	want_int(do_munmap(m->mm, m->addr, PAGE(7)), 0);
	rig_hold(r, "change_pte_range", OP_STORE, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want(!pte_present(rig_pte(m->mm, m->addr + PAGE(7))) && page_mapped(head + 7));
	want(split(head));
	rig_let_go(r);
	rig_wait(r, 2);
	want_content(parent, m->addr, 0, 7);
	want_content(m->mm, m->addr, 7, 7);
	want_counts();
	mmput(m->mm);
	mmput(parent);
	want_nothing_left();
}

static void mprotect_body(struct rig *r)
{
	const struct meeting *m = r->arg;

	rig_wait(r, 1);
	want_int(do_mprotect(m->mm, m->addr + PAGE(7), PAGE(1), VM_READ), 0);
	rig_raise(r, 2);
}

static void a_split_misses_nothing(void **state)
{
	struct meeting m = { .func = NULL };
	struct rig r;

	(void)state;
	run_meeting(&rmap_anon_chain, NULL, splits_while_mprotect_is_held, mprotect_body);
	rig_begin(&r);
	defect_switch_on(D_Z23);
	r.arg = &m;
	rig_run_two_to_violation(&r, splits_while_mprotect_is_held, mprotect_body, ORACLE_COUNTS, "split-page-mapped");
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unmapping_misses_what_is_about_to_go),
		cmocka_unit_test(walk_locks_a_strangers_anon_vma),
		cmocka_unit_test(a_split_misses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
