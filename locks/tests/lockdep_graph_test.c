/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the validator's graph: the stable key of a cycle, the shortest of several, whose graph
 * it is; and of its limits, and of what is no lock at all.
 *
 * Concurrency: one thread, but for what two tell at a time.
 */
#include "rig.h"

#include <sched.h>
#include <sys/wait.h>

#include "realthreads.h"

#define RUNGS 12

enum { NONE, RCU, MANY, SPIN, LADDER, NR_CLASSES = LADDER + RUNGS };

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	[RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[MANY] = { "many", WAIT_SLEEP, SAME_ADDRESS, 0 },
	[SPIN] = { "spin", WAIT_SPIN, SAME_NEVER, 0 },
#define RUNG(n, letter) [LADDER + (n)] = { letter, WAIT_SLEEP, SAME_NEVER, 0 }
	RUNG(0, "a"),
	RUNG(1, "b"),
	RUNG(2, "c"),
	RUNG(3, "d"),
	RUNG(4, "e"),
	RUNG(5, "f"),
	RUNG(6, "g"),
	RUNG(7, "h"),
	RUNG(8, "i"),
	RUNG(9, "j"),
	RUNG(10, "k"),
	RUNG(11, "l"),
#undef RUNG
};

struct state {
	struct mutex ladder[RUNGS], many[MAX_HELD + 1], none;
	struct two {
		spinlock_t spin;
		struct mutex rung[4];
	} two[2];
	u32 telling, one_is_done;	/* [atomic] */
};

static struct state *state(void)
{
	return machine->core;
}

static void begin_with(struct rig *r, enum executor executor)
{
	struct state *s;

	rig_begin(r, executor, classes, NR_CLASSES);
	s = rig_state(sizeof(*s));
	for (unsigned i = 0; i < RUNGS; i++)
		mutex_init(&s->ladder[i], LADDER + i);
	for (unsigned i = 0; i <= MAX_HELD; i++)
		mutex_init(&s->many[i], MANY);
	for (unsigned i = 0; i < 2; i++) {
		spin_lock_init(&s->two[i].spin, SPIN);
		for (unsigned j = 0; j < ARRAY_SIZE(s->two[i].rung); j++)
			mutex_init(&s->two[i].rung[j], LADDER + j);
	}
}

static void begin(struct rig *r)
{
	begin_with(r, EXEC_CONTROLLED);
}

static void pair(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	mutex_lock(second);
	mutex_unlock(first);
	mutex_unlock(second);
}

/* ---- cycles ---- */

/*
 * Steps i -> i + 1 of a ring of 12 in an order that depends on the argument: whichever closes it,
 * the key is the same.
 */
static void ring(void *arg)
{
	unsigned long start = (unsigned long)arg;

	for (unsigned i = 0; i < RUNGS; i++) {
		unsigned j = (unsigned)(start + i * 5) % RUNGS;

		pair(&state()->ladder[j], &state()->ladder[(j + 1) % RUNGS]);
	}
}

static void test_key_of_a_long_cycle(void **unused)
{
	(void)unused;
	for (unsigned long start = 0; start < RUNGS; start++) {
		struct rig r;

		begin(&r);
		rig_task("ring", ring, (void *)start);
		r.go_on = true;
		assert_int_equal(rig_run_once(&r), SCHED_DONE);
		rig_expect(&r, ORACLE_LOCKS, "order:a,b,c,d,e,f,g,h,i,j,k,l");
		assert_int_equal(r.violations, 1);
		rig_end(&r);
	}
}

/* The shortest of several ways round is the one that is told, with its places. */
static void two_ways_round(void *arg)
{
	struct mutex *m = state()->ladder;

	(void)arg;
	pair(&m[0], &m[1]);
	pair(&m[1], &m[2]);
	pair(&m[2], &m[3]);
	pair(&m[0], &m[3]);
	pair(&m[3], &m[0]);
}

static void test_shortest_cycle(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("two ways", two_ways_round, NULL);
	assert_int_equal(rig_run_once(&r), SCHED_STOPPED);
	rig_expect(&r, ORACLE_LOCKS, "order:a,d");
	assert_non_null(strstr(r.found[0].text, "lockdep_graph_test.c"));
	rig_end(&r);
}

/* The graph is the execution's own: what another execution did is forgotten. */
static void one_order(void *arg)
{
	struct mutex *m = state()->ladder;

	(void)arg;
	if (exec_choose(CHOICE_STEAL, 2))
		pair(&m[0], &m[1]);
	else
		pair(&m[1], &m[0]);
}

static void test_graph_of_an_execution(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r);
	rig_task("one order", one_order, NULL);
	rig_run_all(&r, 10);
	rig_expect_silence(&r);
	assert_int_equal(r.executions, 2);
	assert_int_equal(machine->lockdep.nr_edges, 1);
	rig_end(&r);
}

/* ---- locks that are none ---- */

static void not_initialised(void *arg)
{
	struct lock *l = &state()->none.l;
	static const enum op_kind kinds[] = { OP_LOCK, OP_DOWN_READ, OP_DOWN_WRITE };
	static const enum op_kind tries[] = { OP_TRYLOCK, OP_DOWN_READ_TRYLOCK,
					      OP_DOWN_WRITE_TRYLOCK };
	static const enum op_kind drops[] = { OP_UNLOCK, OP_UP_READ, OP_UP_WRITE };

	memset(l, (int)(long)arg, sizeof(*l));
	for (unsigned i = 0; i < 3; i++) {
		lock_acquire(l, kinds[i], 0, HERE);
		lock_release(l, drops[i], HERE);
		if (lock_tryacquire(l, tries[i], HERE))
			lock_release(l, drops[i], HERE);
	}
	lock_downgrade(l, HERE);
	lock_is_locked(l, HERE);
	lockdep_assert_none_held("operation");
}

/*
 * Nothing is read from it, and nothing written: neither a class nor a waiter that are no such
 * things.
 */
static void test_not_initialised(void **unused)
{
	static const long fill[] = { 0, 0x6b, 0xff };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(fill); i++) {
		const unsigned char *byte;
		struct rig r;

		begin(&r);
		r.go_on = true;
		rig_task("task", not_initialised, (void *)fill[i]);
		assert_int_equal(rig_run_once(&r), SCHED_DONE);
		rig_expect(&r, ORACLE_LIFETIME, "lock-not-initialised");
		assert_int_equal(r.violations, 11);
		byte = (const unsigned char *)&state()->none.l;
		for (unsigned j = 0; j < sizeof(struct lock); j++)
			assert_int_equal(byte[j], fill[i]);
		assert_int_equal(machine->lockdep.nr_edges, 0);
		rig_end(&r);
	}
}

/* ---- limits ---- */

static void holds_too_many(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i <= MAX_HELD; i++) {
		mutex_lock(&state()->many[i]);
	}
}

static void unknown_subclass(void *arg)
{
	(void)arg;
	mutex_lock_nested(&state()->ladder[RUNGS - 1], 1);
}

struct limit {
	void (*fn)(void *);
};

static void in_a_task(void *limit)
{
	struct rig r;

	begin(&r);
	rig_task("task", ((const struct limit *)limit)->fn, NULL);
	rig_run_once(&r);
}

/* The harness' own failure: status 3. */
static void test_limits(void **unused)
{
	static const struct limit limits[] = { { holds_too_many }, { unknown_subclass } };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
		int status = rig_status_of(in_a_task, (void *)&limits[i]);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 3);
	}
}

/* ---- what comes of what ---- */

static void pairs(const char *steps)
{
	for (; steps[0]; steps += 2 + (steps[2] == ' '))
		pair(&state()->ladder[steps[0] - 'a'], &state()->ladder[steps[1] - 'a']);
}

static void told(void *steps)
{
	pairs(steps);
}

struct consequence {
	const char *steps;		/* "ab": b is waited for under a */
	struct { const char *key, *follows; } found[3];
};

/* An edge that closed a cycle is to blame for those that it is in later, but for none that there is without it. */
static const struct consequence consequences[] = {
	{ "ab ba", { { "order:a,b", "" } } },
	{ "ab ba ac cb", { { "order:a,b", "" }, { "order:a,b,c", "order:a,b" } } },
	{ "ab ba de ed", { { "order:a,b", "" }, { "order:d,e", "" } } },
	{ "ab ba ad be ef fd db", { { "order:a,b", "" }, { "order:b,d,e,f", "" } } },
	{ "ab ba ac cb cd db", { { "order:a,b", "" }, { "order:a,b,c", "order:a,b" }, { "order:a,b,c,d", "order:a,b" } } },
	/* That an edge closed such a cycle says nothing against it. */
	{ "ab ba ac cb bd dc", { { "order:a,b", "" }, { "order:a,b,c", "order:a,b" }, { "order:b,c,d", "" } } },
};

static void test_consequences(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(consequences); i++) {
		const struct consequence *c = &consequences[i];
		struct rig r;

		begin(&r);
		r.go_on = true;
		rig_task("task", told, (void *)c->steps);
		rig_run_once(&r);
		for (unsigned f = 0; f < 3 && c->found[f].key; f++) {
			assert_true(f < r.nr_found);
			assert_string_equal(r.found[f].key, c->found[f].key);
			assert_string_equal(r.found[f].follows, c->found[f].follows);
		}
		assert_true(r.nr_found == 3 || !c->found[r.nr_found].key);
		rig_end(&r);
	}
}

/* What each of two threads does with locks of its own: first the right way, and then the wrong one. */
static void both_ways(void *arg)
{
	struct two *two = &state()->two[(unsigned long)arg];

	mutex_lock(two->rung);
	spin_lock(&two->spin);
	spin_unlock(&two->spin);
	mutex_unlock(two->rung);
	spin_lock(&two->spin);
	mutex_lock(two->rung);
	mutex_unlock(two->rung);
	spin_unlock(&two->spin);
	__atomic_store_n(&state()->one_is_done, 1, __ATOMIC_RELEASE);
}

static void one_way_each(void *arg)
{
	struct mutex *rung = state()->two[(unsigned long)arg].rung;

	if (!arg) {
		pair(&rung[1], &rung[0]);
		return;
	}
	while (!__atomic_load_n(&state()->telling, __ATOMIC_ACQUIRE))
		sched_yield();
	pair(&rung[2], &rung[3]);
	pair(&rung[3], &rung[1]);
	pair(&rung[0], &rung[2]);
	__atomic_store_n(&state()->one_is_done, 1, __ATOMIC_RELEASE);
}

/* Who is first to tell takes his time, until the other thread has come through. */
static void dawdle(struct rig *r, const struct violation *v)
{
	(void)r;
	if (v->follows)
		return;
	__atomic_store_n(&state()->telling, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&state()->one_is_done, __ATOMIC_ACQUIRE))
		sched_yield();
}

static const struct {
	void (*fn)(void *thread);
	const char *key, *follows;
} in_the_meantime[] = {
	{ both_ways, "sleep-in-atomic:spin:a", "order:a,spin" },
	{ one_way_each, "documented:b->a", "order:a,b,c,d" },
};

/* What the thread that is faster comes to next follows from what the other one is still telling. */
static void test_consequence_of_what_is_being_told(void **unused)
{
	static struct lockdep_order order = { .source = "test" };

	(void)unused;
	order.forbids[LADDER] = 1ul << (LADDER + 1);
	order.why[LADDER + 1][LADDER] = (struct order_why){ ORDER_REVERSED, LADDER + 1, 7 };
	for (unsigned i = 0; i < ARRAY_SIZE(in_the_meantime); i++) {
		struct rig r;

		begin_with(&r, EXEC_REAL);
		machine->lockdep.documented = &order;
		r.go_on = true;
		r.on_report = dawdle;
		rig_threads(in_the_meantime[i].fn, 2, 0);
		assert_int_equal(threads_run(0, 2), 0);
		assert_int_equal(r.nr_found, 2);
		for (unsigned f = 0; f < 2; f++) {
			bool later = !strcmp(r.found[f].key, in_the_meantime[i].follows);

			assert_string_equal(r.found[f].key, later ? in_the_meantime[i].follows : in_the_meantime[i].key);
			assert_string_equal(r.found[f].follows, later ? in_the_meantime[i].key : "");
		}
		rig_end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_of_a_long_cycle),
		cmocka_unit_test(test_shortest_cycle),
		cmocka_unit_test(test_graph_of_an_execution),
		cmocka_unit_test(test_not_initialised),
		cmocka_unit_test(test_consequences),
		cmocka_unit_test(test_consequence_of_what_is_being_told),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("lockdep_graph", tests, NULL, NULL);
}
