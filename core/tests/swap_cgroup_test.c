/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the charges of swap: from when to when a slot is charged, and to whom.
 *
 * Concurrency: one thread.
 */
#include "memcontrol.h"
#include "rig.h"

static void from_the_page_to_the_last_entry(struct rig *r)
{
	struct mem_cgroup *a = mem_cgroup_alloc(), *b = mem_cgroup_alloc();
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 2);

	want(a && b);
	mem_cgroup_attach(mm, a);
	rig_write(mm, addr, 1);
	rig_write(mm, addr + PAGE(1), 2);
	lru_add_drain_all();
	rig_swap_out(mm, addr);
	rig_swap_out(mm, addr + PAGE(1));
	want(a->swap.counter == 2 && a->memory.counter == 0);
	child = rig_fork(mm);
	want_int(a->swap.counter, 2);		/* a slot is one, whoever has entries for it */
	want_int(do_munmap(mm, addr, PAGE(1)), 0);
	want_int(a->swap.counter, 2);
	want_int(do_munmap(child, addr, PAGE(1)), 0);
	want_int(a->swap.counter, 1);
	mem_cgroup_attach(mm, b);
	want_int(r->nr[EV_SWAP_CHARGE_MOVED], 1);
	want(a->swap.counter == 0 && b->swap.counter == 1);
	mem_cgroup_put(b);
	rig_write(child, addr + PAGE(1), 3);
	mmput(child);
	want_int(swapoff(0), 0);
	want_int(rig_read(mm, addr + PAGE(1)), 2);
	mmput(mm);
	mem_cgroup_put(a);
	rcu_barrier();
	want_nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = { RIG_TEST(from_the_page_to_the_last_entry) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
