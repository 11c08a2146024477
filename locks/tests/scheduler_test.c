/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the controlled scheduler: who may be chosen, how an execution ends, and that the same answers give the same
 * execution.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fiber.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
};

#define LOG 64

struct state {
	struct mutex a, b;
	struct rcu_head head;
	int word, flag;
	unsigned spins, callback;
	unsigned nr;
	u8 log[LOG];
};

static struct state *state(void)
{
	return machine->core;
}

static void note(unsigned what)
{
	struct state *s = state();

	if (s->nr < LOG)
		s->log[s->nr++] = (u8)what;
}

static void begin(struct rig *r)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	s = rig_state(sizeof(*s));
	mutex_init(&s->a, 0);
	mutex_init(&s->b, 0);
}

static void k_steps(void *arg)
{
	for (unsigned long k = (unsigned long)arg; k; k--)
		WRITE_ONCE(state()->word, (int)k);
}

/* ---- interleavings ---- */

#define MAX_WORDS 4096

struct words {
	struct rig rig;
	u64 now;			/* the tasks of this execution, one bit for each step */
	unsigned nr;
	u64 word[MAX_WORDS];
};

static void word_step(struct rig *r, const struct task *t)
{
	struct words *w = container_of(r, struct words, rig);

	w->now = w->now << 1 | (t->id & 1);
}

static void word_end(struct rig *r, enum sched_end end)
{
	struct words *w = container_of(r, struct words, rig);

	assert_int_equal(end, SCHED_DONE);
	assert_true(w->nr < MAX_WORDS);
	w->word[w->nr++] = w->now;
	w->now = 0;
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static unsigned long binomial(unsigned n, unsigned k)
{
	unsigned long b = 1;

	for (unsigned i = 1; i <= k; i++)
		b = b * (n - k + i) / i;
	return b;
}

/* A task of k operations takes k + 1 steps: it starts, too. */
static void test_every_interleaving_once(void **unused)
{
	static struct words w;

	(void)unused;
	for (unsigned k = 0; k <= 5; k++) {
		begin(&w.rig);
		w.nr = 0;
		w.now = 0;
		w.rig.on_step = word_step;
		w.rig.on_end = word_end;
		rig_task("one", k_steps, (void *)(unsigned long)k);
		rig_task("two", k_steps, (void *)(unsigned long)k);
		rig_run_all(&w.rig, MAX_WORDS);
		rig_expect_silence(&w.rig);
		assert_int_equal(w.nr, binomial(2 * k + 2, k + 1));
		assert_int_equal(w.rig.steps, w.nr * (2 * k + 2));
		qsort(w.word, w.nr, sizeof(u64), by_value);
		for (unsigned i = 1; i < w.nr; i++)
			assert_true(w.word[i - 1] < w.word[i]);
		rig_end(&w.rig);
	}
}

static void test_three_tasks(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	for (unsigned i = 0; i < 3; i++)
		rig_task("task", k_steps, (void *)2ul);
	rig_run_all(&r, 2000);
	rig_expect_silence(&r);
	assert_int_equal(r.executions, 1680);	/* 9! / (3! 3! 3!) */
	rig_end(&r);
}

static void sequential_step(struct rig *r, const struct task *t)
{
	(void)r;
	note(t->id);
}

static void test_sequential_policy(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.on_step = sequential_step;
	for (unsigned i = 0; i < 3; i++)
		rig_task("task", k_steps, (void *)1ul);
	assert_int_equal(sched_run(sched_sequential(), ~0ul, 100), SCHED_DONE);
	assert_int_equal(state()->nr, 0);
	assert_int_equal(rig_run_once(&r), SCHED_DONE);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(state()->log[i], i / 2);
	rig_end(&r);
}

/* ---- determinism ---- */

static void busy(void *arg)
{
	struct state *s = state();

	for (unsigned i = 0; i < 3; i++) {
		mutex_lock(&s->a);
		WRITE_ONCE(s->word, READ_ONCE(s->word) + 1);
		s->spins += exec_choose(CHOICE_STEAL, 3) < 3;
		s->spins += exec_choose(CHOICE_STEAL, 1) == 0;
		mutex_unlock(&s->a);
		if (arg)
			cpu_relax();
	}
}

static void busy_end(struct rig *r, enum sched_end end)
{
	(void)r;
	assert_int_equal(end, SCHED_DONE);
	assert_int_equal(state()->word, 9);
	assert_int_equal(state()->spins, 18);
}

static u64 random_hash(u64 seed, u64 *steps)
{
	struct rig r;

	begin(&r);
	r.on_end = busy_end;
	for (unsigned long i = 0; i < 3; i++)
		rig_task("busy", busy, (void *)i);
	rig_run_random(&r, seed, 500);
	rig_expect_silence(&r);
	rig_end(&r);
	*steps = r.steps;
	return r.hash;
}

static void test_same_answers_same_steps(void **unused)
{
	(void)unused;
	for (u64 seed = 1; seed <= 3; seed++) {
		u64 steps[3], hash = random_hash(seed, &steps[0]);

		assert_true(random_hash(seed, &steps[1]) == hash);
		assert_true(random_hash(seed + 1, &steps[2]) != hash);
		assert_int_equal(steps[0], steps[1]);
	}
}

/* ---- ends ---- */

static void ab(void *arg)
{
	struct state *s = state();

	mutex_lock(arg ? &s->b : &s->a);
	mutex_lock(arg ? &s->a : &s->b);
	mutex_unlock(&s->a);
	mutex_unlock(&s->b);
}

/* Nobody watches these locks (class 0): only the scheduler can tell. */
static void deadlock_end(struct rig *r, enum sched_end end)
{
	const struct task *t = &machine->task[0];

	(void)r;
	if (end == SCHED_DONE)
		return;
	assert_int_equal(end, SCHED_DEADLOCK);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(t[i].op.kind, OP_LOCK);
		assert_int_equal(t[i].state, TASK_READY);
		assert_false(task_enabled(&t[i]));
		assert_ptr_equal(((const struct lock *)t[i].op.obj)->owner, &t[!i]);
	}
}

static void test_deadlock(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.on_end = deadlock_end;
	rig_task("ab", ab, NULL);
	rig_task("ba", ab, (void *)1);
	rig_run_all(&r, 1000);
	assert_true(r.ends[SCHED_DEADLOCK] > 0);
	assert_true(r.ends[SCHED_DONE] > 0);
	assert_int_equal(r.ends[SCHED_DONE] + r.ends[SCHED_DEADLOCK], r.executions);
	rig_end(&r);
}

static void for_ever(void *arg)
{
	for (unsigned i = 1;; i++) {
		WRITE_ONCE(state()->word, 1);
		if (arg && i == 50)
			exec_progress();
	}
}

static void test_step_bound(void **unused)
{
	struct rig r;

	(void)unused;
	for (unsigned long progress = 0; progress < 2; progress++) {
		begin(&r);
		r.bound = 100;
		rig_task("for-ever", for_ever, (void *)progress);
		assert_int_equal(rig_run_once(&r), SCHED_BOUND);
		/* The step that exceeds the bound is told, but not carried out. */
		assert_int_equal(r.steps, progress ? 152 : 101);
		rig_end(&r);
	}
}

static void ends_at_once(void *arg)
{
	(void)arg;
}

static void test_nothing_to_run(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	assert_int_equal(rig_run_once(&r), SCHED_DONE);
	assert_int_equal(r.steps, 0);
	rig_end(&r);
	begin(&r);
	rig_task("ends", ends_at_once, NULL);
	current = &machine->task[0];
	assert_int_equal(rig_run_once(&r), SCHED_DONE);
	assert_int_equal(r.steps, 1);
	assert_ptr_equal(current, &machine->task[0]);
	current = NULL;
	rig_end(&r);
}

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
		violation(ORACLE_COUNTS, "test", "said by the policy, execution %lu", r->executions);
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

/* ---- waiting ---- */

static void spinner(void *arg)
{
	(void)arg;
	while (!READ_ONCE(state()->flag)) {
		state()->spins++;
		cpu_relax();
	}
}

static void helper(void *arg)
{
	k_steps(arg);
	WRITE_ONCE(state()->flag, 1);
}

/* Whoever gives way is not chosen while another can go on: as many turns as the other has steps, not more. */
static void spinner_end(struct rig *r, enum sched_end end)
{
	(void)r;
	assert_int_equal(end, SCHED_DONE);
	assert_in_range(state()->spins, 0, 5);
}

static void test_yield_gives_way_once(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	r.on_end = spinner_end;
	rig_task("spinner", spinner, NULL);
	rig_task("helper", helper, (void *)3ul);
	rig_run_all(&r, 2000);
	rig_expect_silence(&r);
	rig_end(&r);
	/* Alone, it comes back at once: a livelock, not a deadlock. */
	begin(&r);
	rig_task("spinner", spinner, NULL);
	assert_int_equal(rig_run_once(&r), SCHED_BOUND);
	rig_end(&r);
}

static bool flag_set(void *arg)
{
	(void)arg;
	return state()->flag;
}

static void waiter(void *arg)
{
	(void)arg;
	exec_wait(flag_set, NULL, &state()->flag, HERE);
	state()->spins = state()->flag ? 1 : 100;
}

static void test_wait(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("waiter", waiter, NULL);
	rig_task("helper", helper, (void *)2ul);
	rig_run_all(&r, 100);
	rig_expect_silence(&r);
	assert_int_equal(state()->spins, 1);
	rig_end(&r);
	begin(&r);
	rig_task("waiter", waiter, NULL);
	assert_int_equal(rig_run_once(&r), SCHED_DEADLOCK);
	rig_end(&r);
}

/* ---- daemons ---- */

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
	state()->spins = deep((unsigned)(unsigned long)arg);
}

/* How a child ends whose task nests so deep. */
static int status_of_depth(unsigned long depth)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		struct rig r;

		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		begin(&r);
		rig_task("neighbour", deep_task, (void *)1ul);
		rig_task("deep", deep_task, (void *)depth);
		_exit(rig_run_once(&r));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void test_stack_guard(void **unused)
{
	int status = status_of_depth(FIBER_STACK_SIZE / 2 / 1024);

	(void)unused;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SCHED_DONE);
	status = status_of_depth(FIBER_STACK_SIZE / 512);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_interleaving_once),
		cmocka_unit_test(test_three_tasks),
		cmocka_unit_test(test_sequential_policy),
		cmocka_unit_test(test_same_answers_same_steps),
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_step_bound),
		cmocka_unit_test(test_nothing_to_run),
		cmocka_unit_test(test_parts_of_a_run),
		cmocka_unit_test(test_violation_in_a_task),
		cmocka_unit_test(test_violation_outside_tasks),
		cmocka_unit_test(test_yield_gives_way_once),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_daemon_need_not_end),
		cmocka_unit_test(test_busy_daemon_finishes),
		cmocka_unit_test(test_stack_guard),
	};

	return cmocka_run_group_tests_name("scheduler", tests, NULL, NULL);
}
