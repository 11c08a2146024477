/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of type-stable anon_vmas: the walker has read page->mapping, and at each of its next steps
 * the page is unmapped, its anon_vma freed and, perhaps, the same memory an anon_vma of somebody
 * else. It must find out, and leave no trace there.
 *
 * Concurrency: one thread; the first body owns the page, the second one walks and is held at that
 * step.
 */
#include "family.h"

enum fate { LIVES, FREED, RECYCLED };

/* One meeting of owner and walker. */
struct meeting {
	struct anon_vma *(*lookup)(struct page *page);
	const char *func;		/* where the walker is held: */
	enum op_kind kind;
	bool mapcount;			/* ... on page->_mapcount */
	enum fate fate;			/* what becomes of the anon_vma meanwhile */
	struct page *page;
	struct anon_vma *a;
};

static void owner(struct rig *r)
{
	struct meeting *m = r->arg;
	struct mm_struct *mm = first_process(1), *other = NULL;

	m->page = rig_page(mm, MMAP_BASE);
	m->a = anon_of(mm);
	get_page(m->page);
	rig_hold(r, m->func, m->kind, m->mapcount ? &m->page->_mapcount : NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	if (m->fate != LIVES)
		mmput(mm);
	if (m->fate == RECYCLED) {
		want_int(r->nr[EV_ANON_FREED], 1);
		other = first_process(1);
		want(anon_of(other) == m->a);
		want_int(r->nr[EV_ANON_RECYCLED], 1);
	}
	rig_let_go(r);
	rig_wait(r, 2);
	want_families();
	put_page(m->page);
	if (other)
		mmput(other);
	if (m->fate == LIVES)
		mmput(mm);
	want_nothing_left();
}

static void let_go_of(const struct meeting *m, struct anon_vma *a)
{
	if (m->lookup == page_get_anon_vma)
		put_anon_vma(a);
	else
		page_unlock_anon_vma_read(a);
}

static void walker(struct rig *r)
{
	const struct meeting *m = r->arg;
	struct anon_vma *a;

	rig_wait(r, 1);
	a = m->lookup(m->page);
	want(a == (m->fate == LIVES ? m->a : NULL));
	want(!rcu_read_lock_held());
	if (a)
		let_go_of(m, a);
	want_int(current->depth, 0);
	rig_raise(r, 2);
}

static void run_meeting(const struct meeting *what)
{
	struct meeting m = *what;
	struct rig r;

	rig_begin(&r);
	r.arg = &m;
	rig_run_two(&r, owner, walker);
	rig_end(&r);
}

static void each_fate(struct meeting m)
{
	for (m.fate = LIVES; m.fate <= RECYCLED; m.fate++)
		run_meeting(&m);
}

static void at(struct anon_vma *(*lookup)(struct page *page), const char *func, enum op_kind kind)
{
	each_fate((struct meeting){ .lookup = lookup, .func = func, .kind = kind });
}

/* Between page->mapping and the first look at page_mapped(). */
static void before_the_first_look(void **state)
{
	struct meeting m = { .func = "candidate", .kind = OP_LOAD, .mapcount = true };

	(void)state;
	m.lookup = page_get_anon_vma;
	each_fate(m);
	m.lookup = page_lock_anon_vma_read;
	each_fate(m);
}

static void before_the_reference(void **state)
{
	(void)state;
	at(page_get_anon_vma, "page_get_anon_vma", OP_RMW);
}

static void before_the_root_is_read(void **state)
{
	(void)state;
	at(page_lock_anon_vma_read, "page_lock_anon_vma_read", OP_LOAD);
}

static void before_the_trylock(void **state)
{
	(void)state;
	at(page_lock_anon_vma_read, "page_lock_anon_vma_read", OP_DOWN_READ_TRYLOCK);
}

/*
 * The lock is taken: the owner's exit unmaps the page and then waits for the walker, who sees that
 * it is unmapped.
 */
static void before_the_second_look(void **state)
{
	(void)state;
	at(page_lock_anon_vma_read, "fast_path_holds", OP_LOAD);
}

/* ---- with a defect, the same meeting goes wrong ---- */

static void believe(unsigned defect_id, const struct meeting *what, enum oracle oracle,
		    const char *key)
{
	struct meeting m = *what;
	struct rig r;

	rig_begin(&r);
	defect_switch_on(defect_id);
	r.arg = &m;
	rig_run_two_to_violation(&r, owner, walker, oracle, key);
	rig_end(&r);
}

static void defects_believe_the_wrong_one(void **state)
{
	const struct meeting get = {
		.lookup = page_get_anon_vma,
		.func = "page_get_anon_vma",
		.kind = OP_RMW,
		.fate = RECYCLED,
	};
	const struct meeting lock = {
		.lookup = page_lock_anon_vma_read,
		.func = "page_lock_anon_vma_read",
		.kind = OP_DOWN_READ_TRYLOCK,
		.fate = RECYCLED,
	};

	(void)state;
	believe(D_Z10E, &get, ORACLE_LIFETIME, "identity:anon_vma");
	believe(D_Z11_MAPPED, &lock, ORACLE_LIFETIME, "identity:anon_vma");
	believe(D_Z11_REFCOUNT, &lock, ORACLE_LIFETIME, "identity:anon_vma");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_first_look),
		cmocka_unit_test(before_the_reference),
		cmocka_unit_test(before_the_root_is_read),
		cmocka_unit_test(before_the_trylock),
		cmocka_unit_test(before_the_second_look),
		cmocka_unit_test(defects_believe_the_wrong_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
