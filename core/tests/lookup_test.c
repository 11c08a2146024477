/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the way from a page to its anon_vma and to all places where it is mapped.
 *
 * Concurrency: one thread; two bodies where one has to wait for the other.
 */
#include "family.h"

static bool root_held(const struct anon_vma *a, enum lock_mode mode)
{
	return lockdep_held(&a->root->rwsem.l, mode);
}

static void *tagged(const struct anon_vma *a)
{
	return (void *)((unsigned long)a + PAGE_MAPPING_ANON);
}

static struct page *first_page(const struct mm_struct *mm)
{
	return rig_page(mm, mm->mmap->vm_start);
}

/* ---- the anon_vma of a page ---- */

static void mapped_page_leads_to_its_anon_vma(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm);
	struct anon_vma *a = anon_of(mm), *b = anon_of(child);

	(void)r;
	rig_write(child, child->mmap->vm_start, 2);
	want(page_get_anon_vma(first_page(child)) == b);
	want_anon(b, 2, 0, 1);
	want(!rcu_read_lock_held());
	put_anon_vma(b);
	want_anon(b, 1, 0, 1);
	want(page_lock_anon_vma_read(first_page(child)) == b);
	want(root_held(b, LOCK_READ) && !root_held(b, LOCK_WRITE) && b->root == a);
	want_anon(b, 1, 0, 1);
	want(!rcu_read_lock_held());
	page_unlock_anon_vma_read(b);
	want(!root_held(b, LOCK_READ));
	want(page_lock_anon_vma_read(first_page(mm)) == a);
	page_unlock_anon_vma_read(a);
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void other_pages_lead_nowhere(struct rig *r)
{
	struct mm_struct *mm = first_process(1);
	struct page *page = first_page(mm), *fresh = alloc_page(GFP_KERNEL);
	void *mapping = page->mapping;

	(void)r;
	want(!page_get_anon_vma(fresh) && !page_lock_anon_vma_read(fresh));
	put_page(fresh);
	/* A mapping that is tagged otherwise is something else's. */
	for (unsigned long tag = 0; tag <= PAGE_MAPPING_FLAGS; tag++) {
		if (tag == PAGE_MAPPING_ANON)
			continue;
		page->mapping = (void *)((unsigned long)anon_of(mm) + tag);
		want(!page_get_anon_vma(page) && !page_lock_anon_vma_read(page));
	}
	page->mapping = mapping;
	get_page(page);
	mmput(mm);
	/* Mapped no more; page->mapping still says what was. */
	want(page->mapping == mapping);
	want(!page_get_anon_vma(page) && !page_lock_anon_vma_read(page));
	want(!rcu_read_lock_held());
	put_page(page);
	want_nothing_left();
}

/*
 * The last references to a child and, through it, to the root are ours: the child goes first, for
 * its lock is in the root.
 */
static void reference_keeps_the_family(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm);
	struct anon_vma *b;

	rig_write(child, child->mmap->vm_start, 2);
	b = page_get_anon_vma(first_page(child));
	mmput(mm);
	mmput(child);
	want_int(anon_vmas(), 2);
	want_int(r->nr[EV_ANON_FREED], 0);
	want_anon(b, 1, 0, 0);
	want_anon(b->root, 1, 0, 0);
	put_anon_vma(b);
	want_int(r->nr[EV_ANON_FREED], 2);
	want(r->last[EV_ANON_FREED].obj != b);
	want_nothing_left();
}

/* What migration does about the anon_vma of a page that it is about to unmap. Returns how many anon_vmas outlive the page's process. */
static unsigned left_by_exit(struct mm_struct *mm, struct anon_vma **pinned)
{
	struct page *page = first_page(mm);

	want(get_page_unless_zero(page));
	lock_page(page);
	*pinned = core()->rmap->page_pin(page);
	want(!rcu_read_lock_held());
	unlock_page(page);
	put_page(page);
	mmput(mm);
	return anon_vmas();
}

static void migration_keeps_it_by_a_reference(struct rig *r)
{
	struct anon_vma *pinned;

	want_int(left_by_exit(first_process(1), &pinned), 1);
	want_int(r->nr[EV_ANON_FREED], 0);
	want_anon(pinned, 1, 0, 0);
	core()->rmap->page_unpin(pinned);
	want_int(r->nr[EV_ANON_FREED], 1);
	defect_switch_on(D_Z10D);
	want_int(left_by_exit(first_process(1), &pinned), 0);
	want(!pinned);
	want_nothing_left();
}

static void drop_last_reference_in_read_section(struct rig *r)
{
	struct mm_struct *mm = first_process(1);
	struct anon_vma *a = page_get_anon_vma(first_page(mm));

	(void)r;
	mmput(mm);
	rcu_read_lock();
	put_anon_vma(a);
}

static void dropping_the_last_reference_sleeps(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_to_violation(&r, drop_last_reference_in_read_section, ORACLE_LOCKS,
			     "sleep-in-atomic:RCU:anon_vma_free");
	rig_end(&r);
}

/* ---- the slow path: the root's lock is taken ---- */

struct meeting {
	struct mm_struct *mm;
	struct page *page;
	struct anon_vma *a;
};

static void owner_unlocks(struct rig *r)
{
	struct meeting *m = r->arg;
	struct anon_vma *a;

	m->mm = first_process(1);
	m->page = first_page(m->mm);
	m->a = a = anon_of(m->mm);
	get_page(m->page);
	down_write(&a->rwsem);
	rig_raise(r, 1);
	rig_until_other_waits(r);
	want_int(r->nr[EV_ANON_LOCK_SLOW], 1);
	want_anon(a, 2, 1, 1);
	up_write(&a->rwsem);
	rig_wait(r, 2);
	want_anon(a, 1, 1, 1);
	rig_raise(r, 3);
	put_page(m->page);
	mmput(m->mm);
	want_nothing_left();
}

static void walker_waits(struct rig *r)
{
	const struct meeting *m = r->arg;

	rig_wait(r, 1);
	want(page_lock_anon_vma_read(m->page) == m->a);
	want(root_held(m->a, LOCK_READ));
	rig_raise(r, 2);
	page_unlock_anon_vma_read(m->a);
	rig_wait(r, 3);
}

static void slow_path_gets_the_lock(void **state)
{
	struct meeting m;
	struct rig r;

	(void)state;
	rig_begin(&r);
	r.arg = &m;
	rig_run_two(&r, owner_unlocks, walker_waits);
	rig_end(&r);
}

/*
 * Before the walker gets the lock, the owner steals it once more and exits: the walker has the last
 * reference.
 */
static void owner_exits(struct rig *r)
{
	struct meeting *m = r->arg;

	m->mm = first_process(1);
	m->page = first_page(m->mm);
	m->a = anon_of(m->mm);
	get_page(m->page);
	down_write(&m->a->rwsem);
	rig_raise(r, 1);
	rig_until_other_waits(r);
	want_int(r->nr[EV_ANON_LOCK_SLOW], 1);
	r->other = 1u << CHOICE_STEAL;
	up_write(&m->a->rwsem);
	mmput(m->mm);
	want_int(r->nr[EV_EXITED], 1);
	want_int(r->nr[EV_ANON_FREED], 0);
	r->other = 0;
	rig_raise(r, 2);
}

static void walker_is_left_alone(struct rig *r)
{
	const struct meeting *m = r->arg;

	rig_wait(r, 1);
	want(!page_lock_anon_vma_read(m->page));
	want_int(r->flag, 2);
	want_int(r->nr[EV_ANON_FREED], 1);
	want_int(anon_vmas(), 0);
	want_int(current->depth, 0);
	put_page(m->page);
	want_nothing_left();
}

static void slow_path_frees_the_last_reference(void **state)
{
	struct meeting m;
	struct rig r;

	(void)state;
	rig_begin(&r);
	r.arg = &m;
	rig_run_two(&r, owner_exits, walker_is_left_alone);
	rig_end(&r);
}

/* ---- walks ---- */

struct visits {
	struct mm_struct *mm[8];
	unsigned nr, limit;
	unsigned long addr;
};

static bool visit(struct page *page, const struct rmap_location *at, void *arg)
{
	struct visits *v = arg;

	want(page);
	want(v->nr < ARRAY_SIZE(v->mm));
	want_int(at->address, v->addr);
	v->mm[v->nr++] = at->vma->vm_mm;
	return v->nr != v->limit;
}

static void walk(struct page *page, unsigned long addr, unsigned limit, struct visits *v)
{
	*v = (struct visits){ .addr = addr, .limit = limit };
	core()->rmap->walk(page, visit, v);
	want_int(current->depth, 0);
}

/* Parents first: the order in which they were linked. */
static void walk_visits_all_that_may_map_it(struct rig *r)
{
	struct mm_struct *p1 = first_process(2), *p2 = rig_fork(p1), *p3 = rig_fork(p2);
	unsigned long addr = p1->mmap->vm_start;
	struct visits v;

	(void)r;
	walk(first_page(p1), addr, 0, &v);
	want_int(v.nr, 3);
	want(v.mm[0] == p1 && v.mm[1] == p2 && v.mm[2] == p3);
	walk(first_page(p1), addr, 2, &v);
	want_int(v.nr, 2);
	rig_write(p2, addr + PAGE(1), 2);	/* a page of B, which P1 does not map */
	walk(rig_page(p2, addr + PAGE(1)), addr + PAGE(1), 0, &v);
	want_int(v.nr, 2);
	want(v.mm[0] == p2 && v.mm[1] == p3);
	want_int(do_munmap(p2, addr, PAGE(1)), 0);
	walk(first_page(p1), addr, 0, &v);
	want_int(v.nr, 2);
	want(v.mm[0] == p1 && v.mm[1] == p3);
	want_counts();
	mmput(p1);
	walk(first_page(p3), addr, 0, &v);
	want_int(v.nr, 1);
	mmput(p2);
	mmput(p3);
	want_nothing_left();
}

static void walk_finds_the_part_after_a_split(struct rig *r)
{
	struct mm_struct *mm = first_process(4);
	unsigned long addr = mm->mmap->vm_start;
	struct page *last;
	struct visits v;

	(void)r;
	rig_write(mm, addr + PAGE(3), 4);
	last = rig_page(mm, addr + PAGE(3));
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(2)), 0);
	walk(last, addr + PAGE(3), 0, &v);
	want_int(v.nr, 1);
	walk(first_page(mm), addr, 0, &v);
	want_int(v.nr, 1);
	mmput(mm);
	want_nothing_left();
}

static void unmap_takes_all_entries(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm), *other = rig_fork(mm);
	struct page *page = first_page(mm);
	unsigned long addr = mm->mmap->vm_start;

	(void)r;
	rig_write(other, addr, 3);
	get_page(page);
	lock_page(page);
	want(add_to_swap(page));
	want(core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS) == SWAP_SUCCESS);
	want(core()->rmap->try_to_unmap(page, TTU_IGNORE_ACCESS) == SWAP_SUCCESS);
	unlock_page(page);
	want(pte_swap(rig_pte(mm, addr)) && pte_swap(rig_pte(child, addr)) &&
	     rig_page(other, addr));
	want_int(page->_mapcount.counter, -1);
	put_page(page);
	want_counts();
	want_int(rig_read(child, addr), 1);
	want_int(rig_read(other, addr), 3);
	mmput(mm);
	mmput(child);
	mmput(other);
	want_nothing_left();
}

/* ---- which anon_vma does a page belong to? ---- */

static void new_page_belongs_to_the_newest(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm);

	(void)r;
	rig_write(child, child->mmap->vm_start, 2);
	want((void *)first_page(mm)->mapping == tagged(anon_of(mm)));
	want((void *)first_page(child)->mapping == tagged(anon_of(child)));
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

/*
 * Read in from swap by one of several: the page of them all belongs to the root, in which all are
 * found.
 */
static void shared_page_from_swap_belongs_to_the_root(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm),
			 *grandchild = rig_fork(child);
	unsigned long addr = mm->mmap->vm_start;
	struct visits v;

	(void)r;
	rig_swap_out(mm, addr);
	want_int(rig_read(grandchild, addr), 1);
	want((void *)first_page(grandchild)->mapping == tagged(anon_of(mm)));
	want_int(rig_read(child, addr), 1);
	want(first_page(child) == first_page(grandchild));
	walk(first_page(child), addr, 0, &v);
	want_int(v.nr, 3);
	want_counts();
	mmput(mm);
	mmput(child);
	mmput(grandchild);
	want_nothing_left();
}

/* Written to at once by the only one who had it: his alone, and his it is. */
static void own_page_from_swap_belongs_to_the_newest(struct rig *r)
{
	struct mm_struct *mm = first_process(1), *child = rig_fork(mm);
	unsigned long addr = mm->mmap->vm_start;

	(void)r;
	rig_swap_out(mm, addr);
	mmput(mm);
	rig_write(child, addr, 5);
	want((void *)first_page(child)->mapping == tagged(anon_of(child)));
	want_counts();
	mmput(child);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(mapped_page_leads_to_its_anon_vma),
		RIG_TEST(other_pages_lead_nowhere),
		RIG_TEST(reference_keeps_the_family),
		RIG_TEST(migration_keeps_it_by_a_reference),
		cmocka_unit_test(dropping_the_last_reference_sleeps),
		cmocka_unit_test(slow_path_gets_the_lock),
		cmocka_unit_test(slow_path_frees_the_last_reference),
		RIG_TEST(walk_visits_all_that_may_map_it),
		RIG_TEST(walk_finds_the_part_after_a_split),
		RIG_TEST(unmap_takes_all_entries),
		RIG_TEST(new_page_belongs_to_the_newest),
		RIG_TEST(shared_page_from_swap_belongs_to_the_root),
		RIG_TEST(own_page_from_swap_belongs_to_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
