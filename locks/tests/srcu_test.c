/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of SRCU: a grace period ends as early and as late as is legal, waits for the readers of its own domain alone, and lets them
 * sleep; under real threads too.
 *
 * Concurrency: one thread; the last test starts four and waits for their end.
 */
#include "rig.h"

#include "srcu.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	{ "srcu", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
	{ "mutex", WAIT_SLEEP, SAME_NEVER, 0 },
};

enum { CLASS_SRCU = 2, CLASS_MUTEX };

#define TASKS 4

struct state {
	struct srcu_struct domain[2];
	struct mutex mutex;
	unsigned sections[2][TASKS];	/* outermost sections begun in each domain */
	unsigned inside[2][TASKS];	/* depth */
	unsigned found[TASKS][TASKS];	/* the section of whom, in domain 0, that the grace period of a task found; 0: none */
	unsigned past_new_reader, past_other_domain;
	int word;
	int *shared;			/* real threads: the newest of copies */
	int copies[2];			/* 1: readers may come upon it */
	unsigned long rounds, wrong;
};

static struct state *state(void)
{
	return machine->core;
}

static struct state *begin(struct rig *r, enum executor executor)
{
	struct state *s;

	rig_begin(r, executor, classes, ARRAY_SIZE(classes));
	if (executor == EXEC_REAL)
		rcu_init(1);
	s = rig_state(sizeof(*s));
	for (unsigned i = 0; i < 2; i++)
		init_srcu_struct(&s->domain[i], CLASS_SRCU);
	mutex_init(&s->mutex, CLASS_MUTEX);
	return s;
}

/* ---- schedules ---- */

static void enter(unsigned domain, int *idx)
{
	struct state *s = state();
	unsigned me = current->id;

	*idx = srcu_read_lock(&s->domain[domain]);
	if (!s->inside[domain][me]++)
		s->sections[domain][me]++;
}

static void leave(unsigned domain, int idx)
{
	struct state *s = state();

	srcu_read_unlock(&s->domain[domain], idx);
	s->inside[domain][current->id]--;
}

static void wait_for_readers(void)
{
	struct state *s = state();
	unsigned me = current->id;

	synchronize_srcu(&s->domain[0]);
	for (unsigned i = 0; i < TASKS; i++) {
		bool inside = s->inside[0][i];

		check_that(!inside || s->found[me][i] != s->sections[0][i], ORACLE_LIFETIME, "too-early", "task %u is still inside", i);
		s->past_new_reader += inside && !s->found[me][i];
		s->past_other_domain += s->inside[1][i] != 0;
	}
}

/* '(' and ')' are a section of the first domain, '[' and ']' of the second, '.' is a step, 'm' takes a mutex, 's' waits for readers. */
static void follow(void *path)
{
	struct state *s = state();
	int idx[8];
	unsigned depth = 0;

	for (const char *p = path; *p; p++) {
		if (*p == '(' || *p == '[') {
			enter(*p == '[', &idx[depth++]);
		} else if (*p == ')' || *p == ']') {
			leave(*p == ']', idx[--depth]);
		} else if (*p == '.') {
			WRITE_ONCE(s->word, 1);
		} else if (*p == 'm') {
			mutex_lock(&s->mutex);
			mutex_unlock(&s->mutex);
		} else if (*p == 's') {
			wait_for_readers();
		}
	}
}

static void note_step(struct rig *r, const struct task *t)
{
	struct state *s = state();

	(void)r;
	if (t->op.kind != OP_SRCU_GP_BEGIN)
		return;
	for (unsigned i = 0; i < TASKS; i++)
		s->found[t->id][i] = s->inside[0][i] ? s->sections[0][i] : 0;
}

/* Summed over all executions, outside the machine, which begins anew with each. */
static struct {
	unsigned past_new_reader, past_other_domain, waited;
} sum;

static void note_end(struct rig *r, enum sched_end end)
{
	const struct state *s = state();

	(void)r;
	assert_int_equal(end, SCHED_DONE);
	sum.past_new_reader += s->past_new_reader;
	sum.past_other_domain += s->past_other_domain;
	for (unsigned i = 0; i < TASKS; i++)
		sum.waited += s->found[0][i] != 0;
}

static void run_paths(const char *const path[TASKS])
{
	struct rig r;

	memset(&sum, 0, sizeof(sum));
	begin(&r, EXEC_CONTROLLED);
	r.on_step = note_step;
	r.on_end = note_end;
	for (unsigned i = 0; i < TASKS && path[i]; i++)
		rig_task(path[i], follow, (void *)path[i]);
	rig_run_all(&r, 200000);
	rig_expect_silence(&r);
	rig_end(&r);
}

static void test_never_early(void **unused)
{
	static const char *const path[][TASKS] = {
		{ "s", "(.)" }, { "s", "((.).)" }, { "s", "s", "(.)" }, { "s", "(.)", "()" }, { "ss", "(.)(.)" },
	};

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(path); i++) {
		run_paths(path[i]);
		assert_true(sum.waited > 0);
		assert_true(sum.past_new_reader > 0);
	}
}

/* Who is inside another domain is nobody's business. */
static void test_domains(void **unused)
{
	static const char *const path[TASKS] = { "s", "[.]", "(.)" };

	(void)unused;
	run_paths(path);
	assert_true(sum.past_other_domain > 0);
}

/* What RCU forbids. */
static void test_readers_may_sleep(void **unused)
{
	static const char *const path[TASKS] = { "s", "(m)", "m" };

	(void)unused;
	run_paths(path);
	assert_true(sum.waited > 0);
}

static void run_to_finding(const char *path, enum oracle oracle, const char *key)
{
	struct rig r;

	begin(&r, EXEC_CONTROLLED);
	rig_task(path, follow, (void *)path);
	assert_int_equal(rig_run_once(&r), SCHED_STOPPED);
	rig_expect(&r, oracle, key);
	rig_end(&r);
}

static void test_wait_inside(void **unused)
{
	(void)unused;
	run_to_finding("(s)", ORACLE_LOCKS, "srcu-wait-inside");
}

static void leaves_twice(void *arg)
{
	int idx = srcu_read_lock(&state()->domain[0]);

	(void)arg;
	srcu_read_unlock(&state()->domain[0], idx);
	srcu_read_unlock(&state()->domain[0], idx);
}

static void test_unbalanced(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r, EXEC_CONTROLLED);
	rig_task("twice", leaves_twice, NULL);
	assert_int_equal(rig_run_once(&r), SCHED_STOPPED);
	rig_expect(&r, ORACLE_LOCKS, "srcu-unlock-unbalanced");
	rig_end(&r);
}

/* A reader waits for the mutex that is held by who waits for readers: one order, seen once, is a cycle. */
static void waits_with_mutex(void *arg)
{
	struct state *s = state();

	(void)arg;
	mutex_lock(&s->mutex);
	synchronize_srcu(&s->domain[0]);
	mutex_unlock(&s->mutex);
}

static void test_order(void **unused)
{
	static char path[] = "(m)";
	struct rig r;

	(void)unused;
	begin(&r, EXEC_CONTROLLED);
	rig_task("reader", follow, path);
	rig_task("waiter", waits_with_mutex, NULL);
	rig_run_random(&r, 1, 1);
	rig_expect(&r, ORACLE_LOCKS, "order:mutex,srcu");
	rig_end(&r);
}

/* ---- real threads ---- */

static void publishes(void)
{
	struct state *s = state();

	/* Until the readers have been there, too. */
	for (unsigned i = 0; i < 400 || __atomic_load_n(&s->rounds, __ATOMIC_RELAXED) < 400; i++) {
		int *old = __atomic_load_n(&s->shared, __ATOMIC_RELAXED), *new = old == s->copies ? s->copies + 1 : s->copies;

		__atomic_store_n(new, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&s->shared, new, __ATOMIC_RELEASE);
		synchronize_srcu(&s->domain[0]);
		__atomic_store_n(old, 0, __ATOMIC_RELAXED);	/* nobody looks at it any more */
	}
	__atomic_store_n(&s->word, 1, __ATOMIC_RELEASE);
}

static void reads(void)
{
	struct state *s = state();

	while (!__atomic_load_n(&s->word, __ATOMIC_ACQUIRE)) {
		int idx = srcu_read_lock(&s->domain[0]), *seen = __atomic_load_n(&s->shared, __ATOMIC_ACQUIRE);

		for (unsigned i = 0; i < 20; i++)
			if (!__atomic_load_n(seen, __ATOMIC_RELAXED))
				__atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&s->rounds, 1, __ATOMIC_RELAXED);
		srcu_read_unlock(&s->domain[0], idx);
	}
}

static void publishes_or_reads(void *arg)
{
	if (arg)
		reads();
	else
		publishes();
}

static void test_threads(void **unused)
{
	struct rig r;
	struct state *s;

	(void)unused;
	s = begin(&r, EXEC_REAL);
	s->shared = s->copies;
	s->copies[0] = 1;
	rig_threads(publishes_or_reads, TASKS, 10);
	rig_run_threads(&r);
	assert_int_equal(s->wrong, 0);
	assert_true(s->rounds >= 400);
	assert_int_equal(s->domain[0].nr[0] + s->domain[0].nr[1], 0);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_early),  cmocka_unit_test(test_domains),	cmocka_unit_test(test_readers_may_sleep),
		cmocka_unit_test(test_wait_inside),  cmocka_unit_test(test_unbalanced), cmocka_unit_test(test_order),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("srcu", tests, NULL, NULL);
}
