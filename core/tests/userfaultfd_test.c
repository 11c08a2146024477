/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of userfaultfd, and of pages that a guest does not use: who waits, who is sent away, who goes on; what reclaim drops.
 *
 * Concurrency: one thread.
 */
#include "rig.h"
#include "unused.h"
#include "userfaultfd.h"

static struct mm_struct *registered(unsigned pages, unsigned long *addr)
{
	struct mm_struct *mm = rig_mm();

	*addr = rig_mmap(mm, pages);
	want_int(userfaultfd_register(mm, *addr, PAGE(pages)), 0);
	return mm;
}

static void the_monitor_fills(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = registered(3, &addr);
	u64 word = 5;

	want_int(userfaultfd_copy(mm, addr, &word), 0);
	want_int(userfaultfd_copy(mm, addr, &word), -EEXIST);
	want_int(userfaultfd_copy(mm, addr + PAGE(1), NULL), 0);
	want_int(userfaultfd_copy(mm, addr + PAGE(3), &word), -ENOENT);
	want_int(rig_read(mm, addr), 5);
	want_int(rig_read(mm, addr + PAGE(1)), 0);
	want_int(r->nr[EV_USERFAULT], 0);
	rig_no_memory(1);
	want_int(userfaultfd_copy(mm, addr + PAGE(2), &word), -ENOMEM);
	rig_no_memory(0);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void ranges(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = registered(3, &addr), *child;
	u64 word = 5;

	(void)r;
	want_int(userfaultfd_unregister(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(userfaultfd_copy(mm, addr + PAGE(1), &word), -ENOENT);
	want_int(rig_read(mm, addr + PAGE(1)), 0);
	child = rig_fork(mm);
	want_int(rig_read(child, addr), 0);		/* its areas are its own */
	userfaultfd_release(mm);
	want_int(rig_read(mm, addr), 0);
	want_int(mm->map_count, 3);
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static void who_may_not_wait_is_sent_away(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = registered(1, &addr);

	down_read(&mm->mmap_lock);
	want_int(fault_in(find_vma(mm, addr), addr, true, NULL), -ENXIO);
	up_read(&mm->mmap_lock);
	want_int(r->nr[EV_USERFAULT_WAIT], 0);
	mmput(mm);
}

static void reader_waits(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = registered(2, &addr);

	r->arg = mm;
	rig_raise(r, 1);
	want_int(rig_read(mm, addr), 5);
	want_int(r->nr[EV_USERFAULT_WAIT], 1);
	want(list_empty(&mm->uffd_wqh));
	/* What is given up is missing again. */
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_DONTNEED), 0);
	want_int(rig_read(mm, addr), 6);
	mmput(mm);
	want_nothing_left();
}

struct waits {
	const struct rig *r;
	unsigned nr;
};

static bool has_waited(void *arg)
{
	const struct waits *w = arg;

	return w->r->nr[EV_USERFAULT_WAIT] >= w->nr;
}

static void monitor_comes(struct rig *r)
{
	struct waits w = { r, 1 };
	struct mm_struct *mm;
	unsigned long addr;
	u64 word = 5;

	rig_wait(r, 1);
	mm = r->arg;
	addr = mm->mmap->vm_start;
	exec_wait(has_waited, &w, NULL, HERE);
	want(!rwsem_is_locked(&mm->mmap_lock));
	userfaultfd_wake(mm, addr + PAGE(1), PAGE(1));	/* nobody is there */
	want_int(userfaultfd_copy(mm, addr, &word), 0);
	w.nr = 2;
	exec_wait(has_waited, &w, NULL, HERE);
	word = 6;
	want_int(userfaultfd_copy(mm, addr, &word), 0);
}

static void test_waiting(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_two(&r, reader_waits, monitor_comes);
	rig_end(&r);
}

/* A monitor who is not there any more: the area is an ordinary one. */
static void nobody_answers(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = registered(1, &addr);

	want_int(rig_read(mm, addr), 0);
	want_int(r->nr[EV_USERFAULT_WAIT], 1);
	want(!userfaultfd_missing(mm->mmap));
	mmput(mm);
}

static void what_is_not_used_is_dropped(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 3);

	for (unsigned i = 0; i < 3; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	want_int(page_set_unused(mm, addr, true), 0);
	want_int(page_set_unused(mm, addr + PAGE(1), true), 0);
	want_int(page_set_unused(mm, addr + PAGE(1), false), 0);
	want_int(page_set_unused(mm, addr + PAGE(3), true), -EFAULT);
	child = rig_fork(mm);
	want(!pte_has(rig_pte(child, addr), PTE_UNUSED));
	reclaim_page(rig_page(mm, addr));
	want_int(r->nr[EV_UNUSED_DROPPED], 1);
	want(pte_none(rig_pte(mm, addr)) && pte_swap(rig_pte(child, addr)));
	reclaim_page(rig_page(mm, addr + PAGE(1)));
	want_int(r->nr[EV_UNUSED_DROPPED], 1);
	want_int(rig_read(mm, addr), 0);
	want_int(rig_read(child, addr), 100);
	want_int(rig_read(mm, addr + PAGE(1)), 101);
	want_int(page_set_unused(mm, addr + PAGE(2), true), 0);
	migrate_page(rig_page(mm, addr + PAGE(2)));
	want_int(r->nr[EV_UNUSED_DROPPED], 2);
	want_counts();
	mmput(mm);
	mmput(child);
	want_nothing_left();
}

static void not_where_a_monitor_has_filled_it(struct rig *r)
{
	unsigned long addr;
	struct mm_struct *mm = registered(1, &addr);
	u64 word = 5;

	want_int(userfaultfd_copy(mm, addr, &word), 0);
	lru_add_drain_all();
	want_int(page_set_unused(mm, addr, true), 0);
	rig_swap_out(mm, addr);
	want_int(rig_read(mm, addr), 5);
	want_int(r->nr[EV_USERFAULT], 0);
	mmput(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(the_monitor_fills),
		RIG_TEST(ranges),
		RIG_TEST(who_may_not_wait_is_sent_away),
		cmocka_unit_test(test_waiting),
		RIG_TEST(nobody_answers),
		RIG_TEST(what_is_not_used_is_dropped),
		RIG_TEST(not_where_a_monitor_has_filled_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
