/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what surrounds the steps of a controlled execution: its parts, violations that end it,
 * daemons, stacks.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#include <sys/wait.h>
#include <unistd.h>

#include "fiber.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	{ "watched", WAIT_SPIN, SAME_NEVER, 0 },
};

struct state {
	struct mutex watched;
	struct rcu_head head;
	int word;
	unsigned callback, deep;
};

static struct state *state(void)
{
	return machine->core;
}

static void begin(struct rig *r)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	s = rig_state(sizeof(*s));
	mutex_init(&s->watched, 2);
}

static void k_steps(void *arg)
{
	for (unsigned long k = (unsigned long)arg; k; k--)
		WRITE_ONCE(state()->word, (int)k);
}

/* ---- parts ---- */

/* Two parts of one set-up: the clock goes on, tasks of the first part stay as they ended. */
static void test_parts_of_a_run(void **unused)
{
	struct rig r;
	u64 step;

	(void)unused;
	begin(&r);
	rig_task("one", k_steps, (void *)3ul);
	rig_task("two", k_steps, (void *)4ul);
	assert_int_equal(sched_run(sched_sequential(), 1ul << 0, 100), SCHED_DONE);
	step = machine->sched.step;
	assert_int_equal(step, 4);
	assert_int_equal(machine->task[1].state, TASK_UNUSED);
	assert_int_equal(sched_run(sched_sequential(), 1ul << 1, 100), SCHED_DONE);
	assert_int_equal(machine->sched.step, step + 5);
	assert_int_equal(machine->task[0].state, TASK_DONE);
	rig_end(&r);
}

static void leaves_mess(void *arg)
{
	rcu_read_lock();
	mutex_lock(&state()->watched);
	if (arg)
		violation(ORACLE_COUNTS, "test", "ends here");
	mutex_unlock(&state()->watched);
	rcu_read_unlock();
	lockdep_assert_none_held("part");
}

/* What a task had in hand when its part was cut short is not in its hand when it begins anew. */
static void test_task_begins_with_nothing(void **unused)
{
	struct task *t;
	struct rig r;

	(void)unused;
	begin(&r);
	t = rig_task("task", leaves_mess, (void *)1);
	assert_int_equal(sched_run(&r.policy, ~0ul, 100), SCHED_STOPPED);
	assert_int_equal(t->depth, 2);
	mutex_init(&state()->watched, 2);
	t->arg = NULL;
	assert_int_equal(sched_run(&r.policy, ~0ul, 100), SCHED_DONE);
	rig_expect(&r, ORACLE_COUNTS, "test");
	rig_end(&r);
}

/* ---- violations end executions, wherever they are found ---- */

static void complain(void *arg)
{
	WRITE_ONCE(state()->word, 1);
	if (arg)
		violation(ORACLE_COUNTS, "test", "said by a task");
	WRITE_ONCE(state()->word, 2);
}

static void complain_in_first_step(struct rig *r, const struct task *t)
{
	(void)t;
	if (machine->sched.step == 1)
		violation(ORACLE_COUNTS, "test", "said by the policy, execution %lu",
			  r->executions);
}

static void complain_at_end(struct rig *r, enum sched_end end)
{
	(void)r;
	(void)end;
	violation(ORACLE_COUNTS, "test", "said at the end");
}

static void test_violation_in_a_task(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("complains", complain, (void *)1);
	rig_task("does not", complain, NULL);
	rig_run_all(&r, 1000);
	rig_expect(&r, ORACLE_COUNTS, "test");
	assert_int_equal(r.ends[SCHED_STOPPED], r.executions);
	assert_int_equal(r.found[0].times, r.executions);
	assert_null(current);
	rig_end(&r);
	begin(&r);
	r.go_on = true;
	rig_task("complains", complain, (void *)1);
	assert_int_equal(rig_run_once(&r), SCHED_DONE);
	assert_int_equal(state()->word, 2);
	machine->oracles &= ~(1u << ORACLE_COUNTS);
	assert_int_equal(sched_run(&r.policy, ~0ul, 100), SCHED_DONE);
	assert_int_equal(r.violations, 1);
	rig_end(&r);
}

/* Before the first task has run there is no stack to leave; after the last, no execution to end. */
static void test_violation_outside_tasks(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.on_step = complain_in_first_step;
	rig_task("task", complain, NULL);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rig_run_once(&r), SCHED_STOPPED);
	rig_expect(&r, ORACLE_COUNTS, "test");
	assert_int_equal(state()->word, 0);
	rig_end(&r);

	begin(&r);
	r.on_end = complain_at_end;
	rig_task("task", complain, NULL);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rig_run_once(&r), SCHED_DONE);
	rig_expect(&r, ORACLE_COUNTS, "test");
	assert_int_equal(r.violations, 3);
	assert_int_equal(state()->word, 2);
	rig_end(&r);
}

/* ---- daemons ---- */

static void for_ever(void *arg)
{
	(void)arg;
	for (;;)
		WRITE_ONCE(state()->word, 1);
}

static bool never(void *arg)
{
	return arg != NULL;
}

static void waiter(void *arg)
{
	exec_wait(never, arg, NULL, HERE);
}

static void test_daemon_need_not_end(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("task", k_steps, (void *)2ul);
	task_create("daemon", for_ever, NULL, true);
	rig_run_random(&r, 1, 200);
	rig_expect_silence(&r);
	rig_end(&r);
	/* One that can never go on does not count, but cannot help anybody either. */
	begin(&r);
	rig_task("waiter", waiter, NULL);
	task_create("daemon", waiter, NULL, true);
	assert_int_equal(rig_run_once(&r), SCHED_DEADLOCK);
	rig_end(&r);
}

static void long_callback(struct rcu_head *head)
{
	(void)head;
	state()->callback = 1;
	k_steps((void *)2ul);
	state()->callback = 2;
}

static void queues_callback(void *arg)
{
	(void)arg;
	call_rcu(&state()->head, long_callback);
	WRITE_ONCE(state()->word, 1);
}

struct callbacks {
	struct rig rig;
	unsigned at_end[3];
};

static void callback_end(struct rig *r, enum sched_end end)
{
	struct callbacks *c = container_of(r, struct callbacks, rig);

	assert_int_equal(end, SCHED_DONE);
	c->at_end[state()->callback]++;
}

/* A callback may not have begun when the execution ends, but what has begun is finished. */
static void test_busy_daemon_finishes(void **unused)
{
	struct callbacks c = { .at_end = { 0 } };

	(void)unused;
	begin(&c.rig);
	rcu_init(1);
	c.rig.on_end = callback_end;
	rig_task("task", queues_callback, NULL);
	rig_run_all(&c.rig, 1000);
	assert_true(c.at_end[0] > 0);
	assert_int_equal(c.at_end[1], 0);
	assert_true(c.at_end[2] > 0);
	rig_end(&c.rig);
}

/* ---- stacks ---- */

static unsigned deep(unsigned n)
{
	volatile unsigned char frame[512];

	frame[n % 512] = (unsigned char)n;
	return n ? deep(n - 1) + frame[n % 512] : 0;
}

static void deep_task(void *arg)
{
	state()->deep = deep((unsigned)(unsigned long)arg);
}

static void run_deep(void *depth)
{
	struct rig r;

	begin(&r);
	rig_task("neighbour", deep_task, (void *)1ul);
	rig_task("deep", deep_task, depth);
	_exit(rig_run_once(&r));
}

static void test_stack_guard(void **unused)
{
	int status = rig_status_of(run_deep, (void *)(FIBER_STACK_SIZE / 2 / 1024));

	(void)unused;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SCHED_DONE);
	status = rig_status_of(run_deep, (void *)(FIBER_STACK_SIZE / 512));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_a_run),
		cmocka_unit_test(test_task_begins_with_nothing),
		cmocka_unit_test(test_violation_in_a_task),
		cmocka_unit_test(test_violation_outside_tasks),
		cmocka_unit_test(test_daemon_need_not_end),
		cmocka_unit_test(test_busy_daemon_finishes),
		cmocka_unit_test(test_stack_guard),
	};

	return cmocka_run_group_tests_name("execution", tests, NULL, NULL);
}
