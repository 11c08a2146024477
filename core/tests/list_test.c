/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the list reverse map: who is on whose list, in which order, and when an anon_vma goes; what its walks say and leave alone;
 * the tag of mm_take_all_locks(); and that a table which lacks what it promises is found out.
 *
 * Concurrency: one task.
 */
#include "files.h"

#include "mlock.h"
#include "rmap/anon-list/anon_vma.h"

static void list_body(void **state)
{
	rig_rmap = &rmap_anon_list;
	rig_test(state);
	rig_rmap = &rmap_anon_chain;
}

#define LIST_TEST(body) { #body, list_body, NULL, NULL, (void *)(body) }

/* The VMAs on the list of one anon_vma, in its order. */
struct list {
	struct vm_area_struct *vma[8];
	unsigned nr;
};

static void collect(struct vm_area_struct *vma, void *arg)
{
	struct list *l = arg;

	want(l->nr < ARRAY_SIZE(l->vma));
	l->vma[l->nr++] = vma;
}

static struct list list_of(const struct anon_vma *anon_vma)
{
	struct list l = { .nr = 0 };

	core()->rmap->view_vmas_of(anon_vma, collect, &l);
	return l;
}

static void count_live(const struct anon_vma_view *v, void *arg)
{
	(void)v;
	++*(unsigned *)arg;
}

static unsigned live(void)
{
	unsigned n = 0;

	core()->rmap->view_anon_vmas(count_live, &n);
	return n;
}

/* The child joins its parent's family, behind it; the last one to leave takes the anon_vma with it. */
static void forks_join(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c, *d;
	unsigned long a = rig_mmap(p, 2);
	struct anon_vma *anon_vma;
	struct list l;

	rig_write(p, a, 1);
	anon_vma = p->mmap->anon_vma;
	c = rig_fork(p);
	d = rig_fork(c);
	l = list_of(anon_vma);
	want(l.nr == 3 && l.vma[0] == p->mmap && l.vma[1] == c->mmap && l.vma[2] == d->mmap);
	want(c->mmap->anon_vma == anon_vma && d->mmap->anon_vma == anon_vma);
	rig_write(d, a, 2);
	want(rig_page(d, a)->mapping == rig_page(p, a)->mapping);
	mmput(p);
	l = list_of(anon_vma);
	want(l.nr == 2 && l.vma[0] == c->mmap && live() == 1);
	want_int(rig_read(c, a), 1);
	mmput(c);
	want_int(r->nr[EV_ANON_FREED], 0);
	mmput(d);
	want(!live());
	want_int(r->nr[EV_ANON_FREED], 1);
}

/* Neighbours that may be merged one day get one anon_vma; those that may not, two. Both halves of a split are on the list. */
static void neighbours_share(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 4);

	want_int(do_mprotect(mm, a + PAGE(2), PAGE(2), VM_READ | VM_WRITE | VM_EXEC), 0);
	rig_write(mm, a, 1);
	want(!mm->mmap->vm_next->anon_vma);
	rig_write(mm, a + PAGE(2), 2);
	want(mm->mmap->anon_vma == mm->mmap->vm_next->anon_vma && live() == 1);
	want_int(r->nr[EV_ANON_MERGED], 1);
	want_int(list_of(mm->mmap->anon_vma).nr, 2);
	want_int(do_munmap(mm, a + PAGE(1), PAGE_SIZE), 0);
	want_int(do_munmap(mm, a + PAGE(2), PAGE_SIZE), 0);
	want_int(list_of(mm->mmap->anon_vma).nr, 2);
	want_int(do_mprotect(mm, a + PAGE(3), PAGE_SIZE, VM_READ), 0);
	rig_mmap(mm, 1);
	rig_write(mm, a + PAGE(1), 3);
	want_int(list_of(mm->mmap->anon_vma).nr, 2);
	mmput(mm);
	want(!live());
}

/* A VMA that swallows its neighbour keeps that one's pages: it is on the list once, and the neighbour no more. */
static void merging_leaves_one(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 3);
	struct anon_vma *anon_vma;

	rig_write(mm, a, 1);
	rig_write(mm, a + PAGE(2), 3);
	want_int(do_mprotect(mm, a + PAGE(1), PAGE_SIZE, VM_READ), 0);
	anon_vma = mm->mmap->anon_vma;
	want_int(list_of(anon_vma).nr, 3);
	want_int(do_mprotect(mm, a + PAGE(1), PAGE_SIZE, VM_READ | VM_WRITE), 0);
	want_int(list_of(anon_vma).nr, 1);
	want(mm->map_count == 1 && r->nr[EV_VMA_MERGED]);
	want_int(core()->rmap->find_mappings(rig_page(mm, a + PAGE(2))), 1);
	mmput(mm);
}

static int referenced(struct page *page)
{
	unsigned long flags;
	int n;

	lock_page(page);
	n = core()->rmap->referenced(page, true, NULL, &flags);
	unlock_page(page);
	return n;
}

/* Once for each mapping that was used; what is in a locked VMA always was, and is not unmapped. */
static void locked_means_used(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c;
	unsigned long a = rig_mmap(p, 1);
	struct page *page;

	(void)r;
	rig_write(p, a, 1);
	page = rig_page(p, a);
	c = rig_fork(p);
	referenced(page);
	want_int(referenced(page), 0);
	want_int(do_mlock(c, a, PAGE_SIZE), 0);
	page = rig_page(c, a);
	referenced(page);
	want_int(referenced(page), 1);
	want_int(referenced(page), 1);
	want(!flag_peek(page, PG_mlocked));
	want(reclaim_page(page) == RECLAIM_KEPT && rig_page(c, a) == page);
	want_int(do_munlock(c, a, PAGE_SIZE), 0);
	want(reclaim_page(page) == RECLAIM_FREED);
	want_int(rig_read(c, a), 1);
	mmput(p);
	mmput(c);
}

/* A page that moves takes its migration entries along, the parent's and the child's. */
static void moves_with_its_family(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *c;
	unsigned long a = rig_mmap(p, 1);
	struct page *old;

	rig_write(p, a, 1);
	c = rig_fork(p);
	old = rig_page(p, a);
	lru_add_drain();
	want(migrate_page(old) == MIGRATED);
	want(rig_page(p, a) != old && rig_page(p, a) == rig_page(c, a));
	want_int(r->nr[EV_PTE_REMOVED], 2);
	want(rig_read(c, a) == 1 && rig_read(p, a) == 1);
	mmput(p);
	mmput(c);
}

/* Three VMAs, two anon_vmas: each lock once, with a tag in the list while it is held; views are not confused by it. */
static void takes_each_once(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long a = rig_mmap(mm, 5);
	struct anon_vma *first, *other;

	(void)r;
	want_int(do_munmap(mm, a + PAGE(3), PAGE_SIZE), 0);
	rig_write(mm, a, 1);
	rig_write(mm, a + PAGE(4), 2);
	want_int(do_munmap(mm, a + PAGE(1), PAGE_SIZE), 0);
	first = mm->mmap->anon_vma;
	other = mm->mmap->vm_next->vm_next->anon_vma;
	want(first == mm->mmap->vm_next->anon_vma && first != other);
	down_write(&mm->mmap_lock);
	want_int(mm_take_all_locks(mm), 0);
	want(lockdep_held(&first->lock.l, LOCK_WRITE) && lockdep_held(&other->lock.l, LOCK_WRITE));
	want((unsigned long)first->head.next & 1 && (unsigned long)other->head.next & 1);
	want_int(list_of(first).nr, 2);
	mm_drop_all_locks(mm);
	up_write(&mm->mmap_lock);
	want(!((unsigned long)first->head.next & 1) && !((unsigned long)other->head.next & 1));
	mmput(mm);
}

/* The locks spin in this era, and sleep in the next. */
static void classes_of_eras(void **state)
{
	struct lock_class list[LC_NR], chain[LC_NR];

	(void)state;
	core_lock_classes_of(&rmap_anon_list, list);
	core_lock_classes_of(&rmap_anon_chain, chain);
	for (unsigned i = 0; i < LC_NR; i++) {
		bool tree = i == LC_ANON_VMA || i == LC_I_MMAP || i == LC_I_MMAP_HUGE;

		assert_int_equal(list[i].wait, tree ? WAIT_SPIN : core_lock_classes[i].wait);
		assert_int_equal(chain[i].wait, core_lock_classes[i].wait);
	}
}

/* What a table need not have it may have; what it promises, it must. */
static void tables_keep_promises(void **state)
{
	struct rmap_ops t = rmap_anon_list;

	(void)state;
	assert_null(rmap_lacks(&rmap_anon_chain));
	assert_null(rmap_lacks(&rmap_anon_list));
	t.try_to_unmap = NULL;
	assert_string_equal(rmap_lacks(&t), "try_to_unmap");
	t = rmap_anon_list;
	t.policy.features |= 1u << FEATURE_KSM;
	assert_string_equal(rmap_lacks(&t), "anon_vma_get");
	t = rmap_anon_chain;
	t.clear_refs = NULL;
	assert_string_equal(rmap_lacks(&t), "clear_refs");
	t.policy.features &= ~(1u << FEATURE_IDLE);
	assert_null(rmap_lacks(&t));
}

/* There are no references: it is the memory that stays an anon_vma's, as long as the read section lasts. */
static void migration_keeps_it_by_a_read_section(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);
	struct anon_vma *pinned;
	struct page *page;

	(void)r;
	rig_write(mm, addr, 1);
	page = rig_page(mm, addr);
	lock_page(page);
	pinned = core()->rmap->page_pin(page);
	want(pinned == mm->mmap->anon_vma && rcu_read_lock_held());
	core()->rmap->page_unpin(pinned);
	want(!rcu_read_lock_held());
	defect_switch_on(D_Z10A);
	want(!core()->rmap->page_pin(page) && !rcu_read_lock_held());
	unlock_page(page);
	mmput(mm);
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIST_TEST(forks_join), LIST_TEST(neighbours_share), LIST_TEST(merging_leaves_one), LIST_TEST(locked_means_used),
		LIST_TEST(moves_with_its_family), LIST_TEST(takes_each_once),
		LIST_TEST(migration_keeps_it_by_a_read_section),
		cmocka_unit_test(classes_of_eras), cmocka_unit_test(tables_keep_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
