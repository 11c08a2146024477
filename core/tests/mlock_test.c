/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of mlock: what is locked is there and stays, who locked it is who has to unlock it, and when nobody has it locked any more
 * reclaim finds it again.
 *
 * Concurrency: one task, or two whose order the test decides.
 */
#include "mlock.h"
#include "rig.h"

static unsigned long three_pages(struct mm_struct *mm)
{
	unsigned long addr = rig_mmap(mm, 3);

	for (unsigned i = 0; i < 3; i++)
		rig_write(mm, addr + PAGE(i), 100 + i);
	lru_add_drain_all();
	return addr;
}

static bool mlocked(const struct mm_struct *mm, unsigned long addr)
{
	return rig_page(mm, addr) && flag_peek(rig_page(mm, addr), PG_mlocked);
}

static bool unevictable(const struct mm_struct *mm, unsigned long addr)
{
	const struct page *page = rig_page(mm, addr);

	return page && flag_peek(page, PG_lru) && flag_peek(page, PG_unevictable);
}

static unsigned nr_unevictable(void)
{
	const struct page *page;
	unsigned nr = 0;

	list_for_each_entry(page, &core()->unevictable, lru)
		nr++;
	return nr;
}

static void locked_pages_stay(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm);
	struct page *page = rig_page(mm, addr);

	(void)r;
	want_int(do_mlock(mm, addr, PAGE(2)), 0);
	want(mlocked(mm, addr) && mlocked(mm, addr + PAGE(1)) && !mlocked(mm, addr + PAGE(2)));
	want(unevictable(mm, addr) && !unevictable(mm, addr + PAGE(2)));
	want_int(core()->vmstat[NR_MLOCK].counter, 2);
	want_int(nr_unevictable(), 2);
	want_int(mm->locked_vm, 2);
	want_int(mm->map_count, 2);
	want_int(reclaim_page(page), RECLAIM_KEPT);
	want(unevictable(mm, addr));
	want_int(shrink_lru(3), 1);
	want(rig_page(mm, addr) == page && !rig_page(mm, addr + PAGE(2)));
	want_int(do_munlock(mm, addr, PAGE(3)), 0);
	want_int(mm->map_count, 1);
	want_int(core()->vmstat[NR_MLOCK].counter, 0);
	want_int(nr_unevictable(), 0);
	want_int(mm->locked_vm, 0);
	rig_swap_out(mm, addr);
	want_int(rig_read(mm, addr), 100);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* Twice is once, and what is in swap comes back without its slot. */
static void faulted_in(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 4);

	(void)r;
	rig_write(mm, addr, 1);
	rig_swap_out(mm, addr);
	want_int(rig_read(mm, addr + PAGE(1)), 0);
	want_int(do_mlock(mm, addr, PAGE(3)), 0);
	want_int(do_mlock(mm, addr + PAGE(1), PAGE(2)), 0);
	for (unsigned i = 0; i < 3; i++)
		want(mlocked(mm, addr + PAGE(i)) && pte_has(rig_pte(mm, addr + PAGE(i)), PTE_WRITE));
	want(!rig_page(mm, addr + PAGE(3)));
	want_int(rig_ledger().slots, 0);
	want_int(mm->locked_vm, 3);
	want_int(rig_read(mm, addr), 1);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void what_cannot_be_locked(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm), none = rig_mmap(mm, 1);
	struct file *file = file_create(1);
	long f = do_mmap_file(mm, file, 0, 2, false);

	(void)r;
	want(f > 0);
	want_int(do_munmap(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(do_mlock(mm, addr, PAGE(3)), -ENOMEM);
	want(!mlocked(mm, addr));	/* not faulted in, but locked */
	want_int(mm->locked_vm, 1);
	want_int(do_madvise(mm, addr, PAGE(1), MADVISE_DONTNEED), -EINVAL);
	want_int(do_mlock(mm, addr + PAGE(1), PAGE(1)), -ENOMEM);
	want_int(do_munlock(mm, addr + PAGE(1), PAGE(1)), -ENOMEM);
	want_int(do_mprotect(mm, none, PAGE(1), 0), 0);
	want_int(do_mlock(mm, none, PAGE(1)), -ENOMEM);
	want_int(do_mlock(mm, (unsigned long)f, PAGE(2)), -ENOMEM);
	want(mlocked(mm, (unsigned long)f) && !rig_page(mm, (unsigned long)f + PAGE(1)));
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

/* As far as there are frames; the rest is locked, too. */
static void short_of_memory(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 3);

	(void)r;
	rig_write(mm, addr, 1);
	rig_no_memory(1);
	want_int(do_mlock(mm, addr, PAGE(3)), -EAGAIN);
	rig_no_memory(0);
	want(mlocked(mm, addr) && !rig_page(mm, addr + PAGE(1)));
	want_int(mm->locked_vm, 3);
	rig_no_memory(1);
	want_int(do_munlock(mm, addr + PAGE(1), PAGE(1)), -ENOMEM);	/* it cannot be split */
	rig_no_memory(0);
	want_int(mm->locked_vm, 3);
	rig_write(mm, addr + PAGE(2), 3);
	want(mlocked(mm, addr + PAGE(2)));	/* faults go on with it */
	want_counts();
	mmput(mm);
	want_nothing_left();
}

/* The child has locked nothing. What the parent writes is a copy, locked as the old page was, which is the child's. */
static void fork_and_copy(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = three_pages(mm);
	struct page *old = rig_page(mm, addr);

	(void)r;
	want_int(do_mlock(mm, addr, PAGE(3)), 0);
	child = rig_fork(mm);
	want_int(child->locked_vm, 0);
	want_int(reclaim_page(old), RECLAIM_KEPT);
	rig_write(mm, addr, 7);
	want(rig_page(child, addr) == old && !mlocked(child, addr) && mlocked(mm, addr));
	rig_swap_out(child, addr);
	want_int(do_munmap(child, addr + PAGE(1), PAGE(1)), 0);
	want(mlocked(mm, addr + PAGE(1)));
	mmput(mm);
	want_int(core()->vmstat[NR_MLOCK].counter, 0);
	want_int(rig_read(child, addr), 100);
	want_counts();
	mmput(child);
	want_nothing_left();
}

/* The mark belongs to both; the last one takes it away. */
static void two_have_locked_it(struct rig *r)
{
	struct mm_struct *p = rig_mm(), *q;
	struct file *file = file_create(2);
	long f = do_mmap_file(p, file, 0, 2, true);

	(void)r;
	want(f > 0);
	q = rig_fork(p);
	want_int(do_mlock(p, (unsigned long)f, PAGE(2)), 0);
	want_int(do_mlock(q, (unsigned long)f, PAGE(1)), 0);
	want(rig_page(p, (unsigned long)f) == rig_page(q, (unsigned long)f));
	want_int(do_munlock(p, (unsigned long)f, PAGE(2)), 0);
	want(mlocked(q, (unsigned long)f) && unevictable(q, (unsigned long)f) && !mlocked(p, (unsigned long)f + PAGE(1)));
	want_int(core()->vmstat[NR_MLOCK].counter, 1);
	mmput(q);
	want(!mlocked(p, (unsigned long)f) && !unevictable(p, (unsigned long)f));
	lru_add_drain_all();
	want_int(reclaim_page(rig_page(p, (unsigned long)f)), RECLAIM_FREED);
	want_counts();
	mmput(p);
	fput(file);
	want_nothing_left();
}

/* What truncate takes, copies too, is freed without its mark. */
static void truncated(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct file *file = file_create(2);
	long f = do_mmap_file(mm, file, 0, 2, false);

	(void)r;
	want(f > 0);
	want_int(do_mprotect(mm, (unsigned long)f, PAGE(1), VM_READ), 0);
	want_int(do_mlock(mm, (unsigned long)f, PAGE(2)), 0);
	want(!PageAnon(rig_page(mm, (unsigned long)f)) && PageAnon(rig_page(mm, (unsigned long)f + PAGE(1))));
	want_int(core()->vmstat[NR_MLOCK].counter, 2);
	file_truncate(file, 0);
	want_int(core()->vmstat[NR_MLOCK].counter, 0);
	want_counts();
	mmput(mm);
	fput(file);
	want_nothing_left();
}

static void truncated_with_its_mark(struct rig *r)
{
	defect_switch_on(D_RMAP_MLOCK);
	truncated(r);
}

static void a_mark_that_nobody_takes_is_told(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r);
	rig_run_to_violation(&r, truncated_with_its_mark, ORACLE_FREE_MAPPED, "page-freed-mlocked");
	rig_end(&r);
}

/* What moves stays locked, what grows is faulted in; a page that may be written now is copied now. */
static void moved_grown_and_writable(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = three_pages(mm), wall = rig_mmap(mm, 1), to;
	struct page *page = rig_page(mm, addr + PAGE(2));

	(void)r;
	want_int(do_mprotect(mm, wall, PAGE(1), VM_READ), 0);
	want_int(do_mlock(mm, addr + PAGE(1), PAGE(2)), 0);
	to = (unsigned long)do_mremap(mm, addr + PAGE(2), PAGE(1), PAGE(2));
	want(to > wall && rig_page(mm, to) == page && mlocked(mm, to) && mlocked(mm, to + PAGE(1)));
	want_int(mm->locked_vm, 3);
	want_int(do_mremap(mm, to, PAGE(2), PAGE(3)), to);
	want(mlocked(mm, to + PAGE(2)));
	want_int(mm->locked_vm, 4);
	want_int(do_mremap(mm, to, PAGE(3), PAGE(1)), to);
	want_int(mm->locked_vm, 2);
	want_int(do_mprotect(mm, to, PAGE(1), VM_READ), 0);
	child = rig_fork(mm);
	want_int(do_mprotect(mm, to, PAGE(1), VM_READ | VM_WRITE), 0);
	want(rig_page(child, to) == page && rig_page(mm, to) != page && mlocked(mm, to) && !mlocked(child, to));
	want_counts();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

/* ---- reclaim has the page in its hand ---- */

static void reclaim_it(struct rig *r)
{
	reclaim_page(r->arg);
}

/* munlock clears the mark, and cannot isolate the page: reclaim has, and puts it where it belongs. */
static void unlock_under_reclaim(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm);

	r->arg = rig_page(mm, addr);
	want_int(do_mlock(mm, addr, PAGE(1)), 0);
	rig_hold(r, "shrink_isolated", OP_TRYLOCK, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want_int(do_munlock(mm, addr, PAGE(1)), 0);
	rig_let_go(r);
	rig_until_other_waits(r);
	want(!nr_unevictable());
	want_int(core()->vmstat[NR_MLOCK].counter, 0);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void reclaim_when_told(struct rig *r)
{
	rig_wait(r, 1);
	reclaim_it(r);
}

/* Reclaim has passed its look at the mark: it finds VM_LOCKED at the entry, and sets the mark if mlock could not. */
static void lock_under_reclaim(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = three_pages(mm);

	r->arg = rig_page(mm, addr);
	rig_hold(r, "add_to_swap", OP_RMW, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want_int(do_mlock(mm, addr, PAGE(1)), 0);
	want(!mlocked(mm, addr));	/* somebody has the page locked */
	rig_let_go(r);
	rig_until_other_waits(r);
	want(rig_page(mm, addr) == r->arg && mlocked(mm, addr) && unevictable(mm, addr));
	want_int(rig_ledger().slots, 0);
	want_counts();
	mmput(mm);
	want_nothing_left();
}

static void run_two(rig_body body)
{
	struct rig r;

	rig_begin(&r);
	rig_run_two(&r, body, reclaim_when_told);
	rig_end(&r);
}

static void unlocked_while_isolated(void **state)
{
	(void)state;
	run_two(unlock_under_reclaim);
}

static void locked_while_isolated(void **state)
{
	(void)state;
	run_two(lock_under_reclaim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(locked_pages_stay),
		RIG_TEST(faulted_in),
		RIG_TEST(what_cannot_be_locked),
		RIG_TEST(short_of_memory),
		RIG_TEST(fork_and_copy),
		RIG_TEST(two_have_locked_it),
		RIG_TEST(truncated),
		RIG_TEST(moved_grown_and_writable),
		cmocka_unit_test(a_mark_that_nobody_takes_is_told),
		cmocka_unit_test(unlocked_while_isolated),
		cmocka_unit_test(locked_while_isolated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
