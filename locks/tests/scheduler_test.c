/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the controlled scheduler: who may be chosen, how an execution ends, and that the same
 * answers give the same execution.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
};

#define LOG 64

struct state {
	struct mutex a, b; /* of no class: nobody but the scheduler watches them */
	int word, flag;
	unsigned spins;
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
	u64 now; /* the tasks of this execution, one bit for each step */
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
	assert_int_equal(r.executions, 1680); /* 9! / (3! 3! 3!) */
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

/* ---- waiting ---- */

static void spinner(void *arg)
{
	(void)arg;
	while (!READ_ONCE(state()->flag)) {
		state()->spins++;
		cpu_relax();
	}
}

/* The same by an operation that may change something, and does not. */
static void rmw_spinner(void *arg)
{
	(void)arg;
	while (cmpxchg(&state()->flag, 1, 1) != 1) {
		state()->spins++;
		cpu_relax();
	}
}

/* Or by a lock that is not to be had. */
static void trylock_spinner(void *arg)
{
	(void)arg;
	while (!mutex_trylock(&state()->a)) {
		state()->spins++;
		cpu_relax();
	}
	mutex_unlock(&state()->a);
}

/* What it changes is not what others look at, and makes it look again all the same: it does not know. */
static void counting_spinner(void *arg)
{
	(void)arg;
	while (!READ_ONCE(state()->flag)) {
		WRITE_ONCE(state()->word, READ_ONCE(state()->word) + 1);
		state()->spins++;
		cpu_relax();
	}
}

static void setter(void *arg)
{
	k_steps(arg);
	WRITE_ONCE(state()->flag, 1);
}

static void resetter(void *arg)
{
	for (unsigned long i = 0; i < (unsigned long)arg; i++)
		WRITE_ONCE(state()->flag, 0);
	WRITE_ONCE(state()->flag, 1);
}

static void locker(void *arg)
{
	mutex_lock(&state()->a);
	k_steps(arg);
	mutex_unlock(&state()->a);
}

struct spins {
	struct rig rig;
	unsigned seen; /* bit set of the number of turns */
};

static void spinner_end(struct rig *r, enum sched_end end)
{
	assert_int_equal(end, SCHED_DONE);
	container_of(r, struct spins, rig)->seen |= 1u << state()->spins;
}

static unsigned turns(void (*spins)(void *), void (*other)(void *), unsigned long steps)
{
	struct spins s = { .seen = 0 };

	begin(&s.rig);
	s.rig.on_end = spinner_end;
	rig_task("spinner", spins, NULL);
	rig_task("other", other, (void *)steps);
	rig_run_all(&s.rig, 20000);
	rig_expect_silence(&s.rig);
	rig_end(&s.rig);
	return s.seen;
}

/*
 * Whoever gives way is chosen again after one step of another: no more turns than the other has steps, but that many. Unless it
 * would see the same again: a second time it looks, as the first time it was not known what at, and then not before that changes.
 */
static void test_yield_gives_way_once(void **unused)
{
	struct rig r;

	(void)unused;
	assert_int_equal(turns(counting_spinner, setter, 3), 0x3f);
	assert_int_equal(turns(spinner, setter, 3), 0x7);
	assert_int_equal(turns(spinner, setter, 6), 0x7);
	assert_int_equal(turns(rmw_spinner, setter, 6), 0x7);
	assert_int_equal(turns(trylock_spinner, locker, 6), 0x7);
	assert_int_equal(turns(spinner, resetter, 3), 0x3f);
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
	rig_task("setter", setter, (void *)2ul);
	rig_run_all(&r, 100);
	rig_expect_silence(&r);
	assert_int_equal(state()->spins, 1);
	rig_end(&r);
	begin(&r);
	rig_task("waiter", waiter, NULL);
	assert_int_equal(rig_run_once(&r), SCHED_DEADLOCK);
	rig_end(&r);
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
		cmocka_unit_test(test_yield_gives_way_once),
		cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests_name("scheduler", tests, NULL, NULL);
}
