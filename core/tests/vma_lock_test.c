/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the locks of single VMAs: which faults do without mmap_lock, which do not, who keeps whom out, and that there are none unless
 * they are asked for.
 *
 * Concurrency: one task, or two of which one waits.
 */
#include "family.h"
#include "userfaultfd.h"

static void with_locks(void **state)
{
	rig_vma_locks = true;
	rig_test(state);
	rig_vma_locks = false;
}

#define LOCK_TEST(body) { #body, with_locks, NULL, NULL, (void *)(body) }

/* How often a fault did without mmap_lock, had no lock, and had one that was not enough. */
static void want_faults_at(int line, const struct rig *r, unsigned success, unsigned aborted, unsigned retried)
{
	if (r->nr[EV_VMA_LOCK_SUCCESS] != success || r->nr[EV_VMA_LOCK_ABORT] != aborted || r->nr[EV_VMA_LOCK_RETRY] != retried)
		rig_fail(line, "%u faults had their VMA, %u had not, %u went on with mmap_lock; not %u, %u and %u",
			 r->nr[EV_VMA_LOCK_SUCCESS], r->nr[EV_VMA_LOCK_ABORT], r->nr[EV_VMA_LOCK_RETRY], success, aborted, retried);
}
#define want_faults(...) want_faults_at(__LINE__, r, __VA_ARGS__)

static void nobody_asks_for_them(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);

	rig_write(mm, addr, 1);
	rig_write(mm, addr + PAGE(1), 2);
	want_faults(0, 0, 0);
	want(!mm->mm_mt && !mm->mm_lock_seq);
	mmput(mm);
	want_nothing_left();
}

static void the_first_fault_needs_mmap_lock(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 3);

	want_int(rig_read(mm, addr), 0);
	rig_write(mm, addr, 1);
	want_faults(0, 2, 0);
	rig_write(mm, addr + PAGE(1), 2);
	want_int(rig_read(mm, addr + PAGE(2)), 0);
	want_faults(2, 2, 0);
	child = rig_fork(mm);
	rig_write(mm, addr, 3);
	rig_write(child, addr, 4);
	want_faults(4, 2, 0);
	want_int(rig_read(mm, addr), 3);
	want_counts();
	want_families();
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

static int access(struct mm_struct *mm, unsigned long addr, bool write)
{
	return user_access(mm, addr, write, &(u64){ 1 });
}

/* Swap, a file, a monitor, a right that there is not, and nothing at all. */
static void what_needs_mmap_lock(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 3);

	rig_write(mm, addr, 1);
	rig_swap_out(mm, addr);
	want_faults(0, 1, 0);
	want_int(rig_read(mm, addr), 1);
	want_faults(0, 1, 1);
	want_int(userfaultfd_register(mm, addr + PAGE(1), PAGE(1)), 0);
	want_int(userfaultfd_copy(mm, addr + PAGE(1), &(u64){ 5 }), 0);
	want_int(rig_read(mm, addr + PAGE(1)), 5);
	want_int(do_munmap(mm, addr + PAGE(2), PAGE(1)), 0);
	want_int(access(mm, addr + PAGE(2), false), -EFAULT);
	want_faults(0, 2, 1);
	want_int(do_mprotect(mm, addr, PAGE(1), VM_READ), 0);
	want_int(access(mm, addr, true), -EFAULT);
	want_faults(0, 2, 2);
	mmput(mm);
	want_nothing_left();
}

/* A monitor's VMA is one for mmap_lock, whoever fills it. */
static void monitors_need_mmap_lock(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);

	rig_write(mm, addr, 1);
	want_int(userfaultfd_register(mm, addr, PAGE(2)), 0);
	want(!lock_vma_under_rcu(mm, addr));
	want_int(userfaultfd_unregister(mm, addr, PAGE(2)), 0);
	rig_write(mm, addr + PAGE(1), 2);
	want_faults(1, 2, 0);
	mmput(mm);
	want_nothing_left();
}

/* ---- who keeps whom out ---- */

static void marks_last_until_mmap_lock_is_released(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2), other;
	struct vm_area_struct *vma;

	(void)r;
	rig_write(mm, addr, 1);
	other = rig_mmap(mm, 1);
	want_int(do_mprotect(mm, other, PAGE(1), VM_READ), 0);
	vma = lock_vma_under_rcu(mm, addr + PAGE(1));
	want(vma == find_vma(mm, addr));
	vma_end_read(vma);
	down_write(&mm->mmap_lock);
	vma_start_write(vma);
	vma_start_write(vma);		/* no lock is held: nobody waits for himself */
	want(!lock_vma_under_rcu(mm, addr));
	mmap_write_downgrade(mm);
	vma = lock_vma_under_rcu(mm, addr);
	want(vma);
	vma_end_read(vma);
	up_read(&mm->mmap_lock);
	mmput(mm);
	want_nothing_left();
}

static void unmapper(struct rig *r)
{
	want_int(do_munmap(r->arg, r->last[EV_MMAPPED].addr, PAGE(1)), 0);
	r->flag = 2;
}

/* Who has a VMA locked may go on: it is unmapped, and freed, when he is done. */
static void fault_holds_the_vma(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	struct vm_area_struct *vma;
	unsigned long addr;

	r->arg = mm;
	addr = rig_mmap(mm, 1);
	rig_write(mm, addr, 1);
	vma = lock_vma_under_rcu(mm, addr);
	want(vma);
	rig_until_other_waits(r);
	want(r->flag != 2 && !vma->detached);
	want(!down_read_trylock(&vma->vm_lock));	/* somebody queues */
	vma_end_read(vma);
	rig_until_other_waits(r);
	want_int(r->flag, 2);
	want(!lock_vma_under_rcu(mm, addr));
	mmput(mm);
	want_nothing_left();
}

static void late_fault(struct rig *r)
{
	rig_wait(r, 1);
	want_int(access(r->arg, r->last[EV_MMAPPED].addr, false), -EFAULT);
}

/* Found, and gone when it is locked: what was a VMA is one until the read section ends, and says that it is none of the mm's. */
static void fault_comes_too_late(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 2);
	struct vm_area_struct *vma = find_vma(mm, addr);

	r->arg = mm;
	rig_write(mm, addr + PAGE(1), 1);
	rig_hold(r, "vma_start_read", OP_LOAD, NULL);
	rig_raise(r, 1);
	rig_until_held(r);
	want_int(do_munmap(mm, addr, PAGE(2)), 0);
	want(slab_state_of(vma) == OBJECT_LIVE && vma->detached);
	rig_let_go(r);
	rcu_barrier();
	want_int(r->nr[EV_VMA_LOCK_MISS], 1);
	want(slab_state_of(vma) != OBJECT_LIVE);
	mmput(mm);
	want_nothing_left();
}

static void two_with_locks(rig_body first, rig_body second)
{
	struct rig r;

	rig_vma_locks = true;
	rig_begin(&r);
	rig_run_two(&r, first, second);
	rig_end(&r);
	rig_vma_locks = false;
}

static void faults_are_waited_for(void **state)
{
	(void)state;
	two_with_locks(fault_holds_the_vma, unmapper);
}

static void a_read_section_keeps_the_memory(void **state)
{
	(void)state;
	two_with_locks(fault_comes_too_late, late_fault);
}

/* ---- who looks without mmap_lock finds what who looks with it does ---- */

static void want_same(struct mm_struct *mm)
{
	const struct vm_area_struct *v = mm->mmap;

	for (const struct vm_area_struct *m = mm->mm_mt; m || v; m = m->mt_next, v = v->vm_next) {
		want(m == v);
		want(m->mt_start == v->vm_start && m->mt_end == v->vm_end);
		want(!m->detached);
	}
}

static void both_lists_agree(struct rig *r)
{
	struct mm_struct *mm = rig_mm(), *child;
	unsigned long addr = rig_mmap(mm, 8), stack;

	(void)r;
	want_same(mm);
	rig_write(mm, addr, 1);
	want_int(do_mprotect(mm, addr + PAGE(2), PAGE(3), VM_READ), 0);
	want_same(mm);
	want_int(mm->map_count, 3);
	want_int(do_mprotect(mm, addr + PAGE(2), PAGE(1), VM_READ | VM_WRITE), 0);
	want_same(mm);
	want_int(do_munmap(mm, addr + PAGE(4), PAGE(2)), 0);
	want_same(mm);
	want(do_mremap(mm, addr, PAGE(1), PAGE(4)) > 0);
	want_same(mm);
	want(do_mremap_dontunmap(mm, addr + PAGE(6), PAGE(1), PAGE(1)) > 0);
	want_same(mm);
	stack = (unsigned long)do_mmap_stack(mm, 3);
	want(stack < TASK_SIZE);
	rig_write(mm, stack + PAGE(1), 3);
	want_same(mm);
	child = rig_fork(mm);
	want_same(child);
	want_int(do_munmap(child, 0, TASK_SIZE), 0);
	want_same(child);
	mmput(child);
	mmput(mm);
	want_nothing_left();
}

/* ---- rules that are broken ---- */

static void looks_at_neighbours(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);

	(void)r;
	(void)core()->rmap->vma_prepare(find_vma(mm, addr));
}

static void changes_what_it_has_not_marked(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);

	(void)r;
	down_write(&mm->mmap_lock);
	vma_mt_erase(find_vma(mm, addr));
}

static void marks_without_mmap_lock(struct rig *r)
{
	struct mm_struct *mm = rig_mm();
	unsigned long addr = rig_mmap(mm, 1);

	(void)r;
	vma_start_write(find_vma(mm, addr));
}

static void rules_are_looked_at(void **state)
{
	struct rig r;

	(void)state;
	rig_vma_locks = true;
	rig_begin(&r);
	rig_run_to_violation(&r, looks_at_neighbours, ORACLE_LOCKS, "not-held:find_mergeable_anon_vma");
	rig_restore(&r);
	rig_run_to_violation(&r, changes_what_it_has_not_marked, ORACLE_LOCKS, "vma-not-write-locked");
	rig_restore(&r);
	rig_run_to_violation(&r, marks_without_mmap_lock, ORACLE_LOCKS, "not-held:__vma_start_write");
	rig_end(&r);
	rig_vma_locks = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(nobody_asks_for_them),
		LOCK_TEST(the_first_fault_needs_mmap_lock),
		LOCK_TEST(what_needs_mmap_lock),
		LOCK_TEST(monitors_need_mmap_lock),
		LOCK_TEST(marks_last_until_mmap_lock_is_released),
		cmocka_unit_test(faults_are_waited_for),
		cmocka_unit_test(a_read_section_keeps_the_memory),
		LOCK_TEST(both_lists_agree),
		cmocka_unit_test(rules_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
