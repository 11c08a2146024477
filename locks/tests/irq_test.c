/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of interrupts that are off: who interrupts a CPU waits for it, not for his own, and what the validator says of it.
 *
 * Concurrency: two tasks on two CPUs; the first one that can go on does.
 */
#include "irq.h"
#include "lock.h"
#include "rig.h"

enum { LOCK_A = 1, IRQS, NR_CLASSES };

static const struct lock_class classes[NR_CLASSES] = {
	[0] = { "none", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
	[LOCK_A] = { "a", WAIT_SPIN, SAME_NEVER, 0 },
	[IRQS] = { "irqs_off", WAIT_SPIN, SAME_NEVER, 0 },
};

#define NR_CPUS 2

struct cpu {
	u32 irqs_off;
	u32 pad;
};

struct state {
	struct cpu cpu[NR_CPUS];
	struct lock a;
	bool looks;			/* the first CPU's task is in its section */
	bool seen_looking;		/* somebody got past the interrupt meanwhile */
	unsigned past;
};

static struct state *state(void)
{
	return machine->core;
}

static struct state *begin(struct rig *r)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, NR_CLASSES);
	s = rig_state(sizeof(*s));
	irq_init(IRQS, s->cpu, sizeof(s->cpu[0]), NR_CPUS);
	lock_init(&s->a, LOCK_A);
	return s;
}

/* The tasks are created in this order, each is bound to the CPU of its number. */
static void interrupt(unsigned cpu)
{
	ipi_may_wait(HERE);
	exec_point(OP_TLB_FLUSH, &state()->cpu[cpu]);
	state()->seen_looking |= state()->looks;
	state()->past++;
}

static unsigned my_cpu(void)
{
	return current->cpu % NR_CPUS;
}

static void section(void *arg)
{
	(void)arg;
	local_irq_disable();
	state()->looks = true;
	exec_point(OP_LOAD, &state()->past);
	exec_point(OP_LOAD, &state()->past);
	state()->looks = false;
	local_irq_enable();
}

static void interrupts_other(void *arg)
{
	(void)arg;
	interrupt(!my_cpu());
}

static void nobody_gets_past(struct rig *r, enum sched_end end)
{
	(void)r;
	assert_int_equal(end, SCHED_DONE);
	assert_false(state()->seen_looking);
	assert_int_equal(state()->past, 1);
}

static void test_interrupt_waits(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.on_end = nobody_gets_past;
	rig_task("looks", section, NULL);
	rig_task("interrupts", interrupts_other, NULL);
	rig_run_all(&r, 1000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* With interrupts on the same section is no hindrance: the test above can fail. */
static void open_section(void *arg)
{
	(void)arg;
	state()->looks = true;
	exec_point(OP_LOAD, &state()->past);
	state()->looks = false;
}

static bool got_past;

static void notes(struct rig *r, enum sched_end end)
{
	(void)r;
	(void)end;
	got_past |= state()->seen_looking;
}

static void test_open_section_is_passed(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.on_end = notes;
	rig_task("looks", open_section, NULL);
	rig_task("interrupts", interrupts_other, NULL);
	rig_run_all(&r, 1000);
	rig_expect_silence(&r);
	rig_end(&r);
	assert_true(got_past);
}

static void own_cpu(void *arg)
{
	(void)arg;
	assert_false(irqs_are_off(&state()->cpu[my_cpu()]));
	exec_point(OP_TLB_FLUSH, &state()->cpu[my_cpu()]);
	state()->past++;
}

static void flushes_itself(void *arg)
{
	local_irq_disable();
	own_cpu(arg);
	local_irq_enable();
}

static void test_own_cpu_is_not_waited_for(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("itself", flushes_itself, NULL);
	assert_int_equal(rig_run_once(&r), SCHED_DONE);
	assert_int_equal(state()->past, 1);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- what the validator says ---- */

static void interrupts_with_irqs_off(void *arg)
{
	local_irq_disable();
	interrupts_other(arg);
	local_irq_enable();
}

static void sleeps_with_irqs_off(void *arg)
{
	(void)arg;
	local_irq_disable();
	might_sleep();
	local_irq_enable();
}

static void only_one(void (*fn)(void *), enum oracle oracle, const char *key)
{
	struct rig r;

	begin(&r);
	rig_task("wrong", fn, NULL);
	rig_run_once(&r);
	rig_expect(&r, oracle, key);
	rig_end(&r);
}

static void test_no_interrupt_from_a_section(void **unused)
{
	(void)unused;
	only_one(interrupts_with_irqs_off, ORACLE_LOCKS, "recursion:irqs_off");
}

static void test_no_sleep_in_a_section(void **unused)
{
	(void)unused;
	only_one(sleeps_with_irqs_off, ORACLE_LOCKS, "sleep-in-atomic:irqs_off:sleeps_with_irqs_off");
}

static void locks_in_a_section(void *arg)
{
	(void)arg;
	local_irq_disable();
	lock_acquire(&state()->a, OP_LOCK, 0, HERE);
	lock_release(&state()->a, OP_UNLOCK, HERE);
	local_irq_enable();
}

static void interrupts_under_lock(void *arg)
{
	lock_acquire(&state()->a, OP_LOCK, 0, HERE);
	interrupts_other(arg);
	lock_release(&state()->a, OP_UNLOCK, HERE);
}

/* One waits for the lock with interrupts off, the other one holds it and waits for the first: found without the deadlock. */
static void test_lock_on_both_sides(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("section", locks_in_a_section, NULL);
	rig_task("interrupts", interrupts_under_lock, NULL);
	rig_run_once(&r);
	rig_expect(&r, ORACLE_LOCKS, "order:a,irqs_off");
	rig_end(&r);
}

/* And if nobody looks at the order, the two come to stand still in some schedules. */
static bool stood_still;

static void notes_deadlock(struct rig *r, enum sched_end end)
{
	(void)r;
	stood_still |= end == SCHED_DEADLOCK;
}

static void test_lock_on_both_sides_stands_still(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.go_on = true;
	r.on_end = notes_deadlock;
	rig_task("section", locks_in_a_section, NULL);
	rig_task("interrupts", interrupts_under_lock, NULL);
	rig_run_all(&r, 1000);
	rig_end(&r);
	assert_true(stood_still);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupt_waits),
		cmocka_unit_test(test_open_section_is_passed),
		cmocka_unit_test(test_own_cpu_is_not_waited_for),
		cmocka_unit_test(test_no_interrupt_from_a_section),
		cmocka_unit_test(test_no_sleep_in_a_section),
		cmocka_unit_test(test_lock_on_both_sides),
		cmocka_unit_test(test_lock_on_both_sides_stands_still),
	};

	return cmocka_run_group_tests_name("irq", tests, NULL, NULL);
}
