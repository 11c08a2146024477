/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the validator's rules that need more than one kind of lock: wait types, two locks of one class, subclasses, pseudo
 * classes, long cycles, held assertions, locks that are none.
 *
 * Nearly all of them are one task that does what is forbidden once: no second task and no deadlock is needed to say so.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

#include <sys/wait.h>
#include <unistd.h>

enum {
	NONE, RCU, SPIN, BITS, MUTEX, SEM, PAGE, CHAIN, ADDRESS, NEST_UNDER, NEST, SUB, SUB_1, RECLAIM,
	LADDER, NR_CLASSES = LADDER + 12,
};

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	[RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[SPIN] = { "spin", WAIT_SPIN, SAME_NEVER, 0 },
	[BITS] = { "bits", WAIT_SPIN, SAME_NEVER, 0 },
	[MUTEX] = { "mutex", WAIT_SLEEP, SAME_NEVER, 0 },
	[SEM] = { "sem", WAIT_SLEEP, SAME_NEVER, 0 },
	[PAGE] = { "page", WAIT_SLEEP, SAME_NEVER, 0 },
	[CHAIN] = { "chain", WAIT_SPIN, SAME_NEVER, 0 },
	[ADDRESS] = { "address", WAIT_SLEEP, SAME_ADDRESS, 0 },
	[NEST_UNDER] = { "nest-under", WAIT_SLEEP, SAME_NEVER, 0 },
	[NEST] = { "nest", WAIT_SLEEP, SAME_NEST, NEST_UNDER },
	[SUB] = { "sub", WAIT_SLEEP, SAME_NEVER, 0 },
	[SUB_1] = { "sub/1", WAIT_SLEEP, SAME_NEVER, 0 },
	[RECLAIM] = { "fs-reclaim", WAIT_PSEUDO, SAME_NEVER, 0 },
#define RUNG(n, letter) [LADDER + (n)] = { letter, WAIT_SLEEP, SAME_NEVER, 0 }
	RUNG(0, "a"), RUNG(1, "b"), RUNG(2, "c"), RUNG(3, "d"), RUNG(4, "e"), RUNG(5, "f"), RUNG(6, "g"), RUNG(7, "h"),
	RUNG(8, "i"), RUNG(9, "j"), RUNG(10, "k"), RUNG(11, "l"),
};

struct state {
	spinlock_t spin;
	struct mutex mutex, sub[2], ladder[12];
	struct mutex address[3], nest[3], many[MAX_HELD + 1];
	struct rw_semaphore sem, nest_under;
	unsigned long word;
	struct mutex none;
};

static struct state *state(void)
{
	return machine->core;
}

static void begin(struct rig *r)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, NR_CLASSES);
	s = rig_state(sizeof(*s));
	spin_lock_init(&s->spin, SPIN);
	mutex_init(&s->mutex, MUTEX);
	init_rwsem(&s->sem, SEM);
	init_rwsem(&s->nest_under, NEST_UNDER);
	for (unsigned i = 0; i < 3; i++) {
		mutex_init(&s->address[i], ADDRESS);
		mutex_init(&s->nest[i], NEST);
	}
	for (unsigned i = 0; i < 2; i++)
		mutex_init(&s->sub[i], SUB);
	for (unsigned i = 0; i < 12; i++)
		mutex_init(&s->ladder[i], LADDER + i);
	for (unsigned i = 0; i <= MAX_HELD; i++)
		mutex_init(&s->many[i], 0);
}

/* ---- wait types ---- */

static void mutex_in_spin(struct state *s)
{
	spin_lock(&s->spin);
	mutex_lock(&s->mutex);
	mutex_unlock(&s->mutex);
	spin_unlock(&s->spin);
}

static void read_in_spin(struct state *s)
{
	spin_lock(&s->spin);
	down_read(&s->sem);
	up_read(&s->sem);
	spin_unlock(&s->spin);
}

static void page_in_bit(struct state *s)
{
	bit_spin_lock(5, &s->word, CHAIN);
	bit_lock_at(0, &s->word, PAGE, HERE);
	bit_unlock_at(0, &s->word, PAGE, HERE);
	bit_spin_unlock(5, &s->word, CHAIN);
}

static void write_in_rcu_in_mutex(struct state *s)
{
	mutex_lock(&s->mutex);
	rcu_read_lock();
	down_write(&s->sem);
	up_write(&s->sem);
	rcu_read_unlock();
	mutex_unlock(&s->mutex);
}

static void right_way_round(struct state *s)
{
	mutex_lock(&s->mutex);
	down_read(&s->sem);
	bit_lock_at(0, &s->word, PAGE, HERE);
	spin_lock(&s->spin);
	bit_spin_lock(5, &s->word, CHAIN);
	rcu_read_lock();
	bit_spin_unlock(5, &s->word, CHAIN);
	rcu_read_unlock();
	spin_unlock(&s->spin);
	bit_unlock_at(0, &s->word, PAGE, HERE);
	might_sleep();
	up_read(&s->sem);
	mutex_unlock(&s->mutex);
}

static void trylocks_in_atomic(struct state *s)
{
	spin_lock(&s->spin);
	rcu_read_lock();
	if (mutex_trylock(&s->mutex))
		mutex_unlock(&s->mutex);
	if (down_read_trylock(&s->sem))
		up_read(&s->sem);
	if (bit_trylock_at(0, &s->word, PAGE, HERE))
		bit_unlock_at(0, &s->word, PAGE, HERE);
	rcu_read_unlock();
	spin_unlock(&s->spin);
	might_sleep();
}

static void may_sleep_in_rcu(struct state *s)
{
	(void)s;
	rcu_read_lock();
	might_sleep();
	rcu_read_unlock();
}

static void may_sleep_in_spin(struct state *s)
{
	spin_lock(&s->spin);
	might_sleep_at("something", HERE);
	spin_unlock(&s->spin);
}

static void synchronize_in_spin(struct state *s)
{
	spin_lock(&s->spin);
	synchronize_rcu();
	spin_unlock(&s->spin);
}

static void barrier_in_rcu(struct state *s)
{
	(void)s;
	rcu_read_lock();
	rcu_barrier();
	rcu_read_unlock();
}

/* ---- two of one class ---- */

static void pair(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	mutex_lock(second);
	mutex_unlock(first);
	mutex_unlock(second);
}

static void two_of_never(struct state *s)
{
	pair(&s->sub[0], &s->sub[1]);
}

static void address_up(struct state *s)
{
	mutex_lock(&s->address[0]);
	pair(&s->address[1], &s->address[2]);
	mutex_unlock(&s->address[0]);
}

static void address_down(struct state *s)
{
	pair(&s->address[2], &s->address[1]);
}

/* Not against the last one taken, but against another that is still held. */
static void address_down_behind(struct state *s)
{
	mutex_lock(&s->address[2]);
	if (mutex_trylock(&s->address[0]))
		mutex_lock(&s->address[1]);
	mutex_unlock(&s->address[0]);
	mutex_unlock(&s->address[1]);
	mutex_unlock(&s->address[2]);
}

static void address_trylock_down(struct state *s)
{
	mutex_lock(&s->address[2]);
	if (mutex_trylock(&s->address[0]))
		mutex_unlock(&s->address[0]);
	mutex_unlock(&s->address[2]);
}

static void nest_in_any_order(struct state *s)
{
	down_write(&s->nest_under);
	mutex_lock(&s->nest[1]);
	pair(&s->nest[2], &s->nest[0]);
	mutex_unlock(&s->nest[1]);
	up_write(&s->nest_under);
}

static void nest_without(struct state *s)
{
	pair(&s->nest[0], &s->nest[1]);
}

static void nest_under_read(struct state *s)
{
	down_read(&s->nest_under);
	pair(&s->nest[0], &s->nest[1]);
	up_read(&s->nest_under);
}

static void nest_after_downgrade(struct state *s)
{
	down_write(&s->nest_under);
	pair(&s->nest[0], &s->nest[1]);
	downgrade_write(&s->nest_under);
	pair(&s->nest[0], &s->nest[1]);
	up_read(&s->nest_under);
}

static void nest_twice_the_same(struct state *s)
{
	down_write(&s->nest_under);
	mutex_lock(&s->nest[0]);
	mutex_lock(&s->nest[0]);
}

static void subclass(struct state *s)
{
	mutex_lock(&s->sub[0]);
	mutex_lock_nested(&s->sub[1], 1);
	mutex_unlock(&s->sub[0]);
	mutex_unlock(&s->sub[1]);
	mutex_lock(&s->sub[1]);
	mutex_lock_nested(&s->sub[0], 1);
	mutex_unlock(&s->sub[0]);
	mutex_unlock(&s->sub[1]);
	lockdep_assert_none_held("operation");
}

static void subclasses_both_ways(struct state *s)
{
	subclass(s);
	mutex_lock_nested(&s->sub[0], 1);
	mutex_lock(&s->sub[1]);
}

static void subclass_recursion(struct state *s)
{
	mutex_lock_nested(&s->sub[0], 1);
	mutex_lock_nested(&s->sub[0], 1);
}

/* ---- orders that span kinds ---- */

static void order_through_reclaim(struct state *s)
{
	mutex_lock(&s->mutex);
	lockdep_map_acquire(RECLAIM, HERE);
	lockdep_map_release(RECLAIM);
	mutex_unlock(&s->mutex);
	lockdep_map_acquire(RECLAIM, HERE);
	mutex_lock(&s->mutex);
	mutex_unlock(&s->mutex);
	lockdep_map_release(RECLAIM);
}

/* Readers alone cannot deadlock with each other, but a writer in between makes them: reads order as writes do. */
static void order_of_reads(struct state *s)
{
	down_read(&s->sem);
	down_read(&s->nest_under);
	up_read(&s->nest_under);
	up_read(&s->sem);
	down_read(&s->nest_under);
	down_read(&s->sem);
	up_read(&s->sem);
	up_read(&s->nest_under);
}

static void order_of_bits_in_a_word(struct state *s)
{
	spin_lock(&s->spin);
	bit_spin_lock(5, &s->word, CHAIN);
	bit_spin_lock(7, &s->word, BITS);
	bit_spin_unlock(5, &s->word, CHAIN);
	spin_unlock(&s->spin);
	spin_lock(&s->spin);
	spin_unlock(&s->spin);
	bit_spin_unlock(7, &s->word, BITS);
}

/* Each of two bits of a word is held for itself. */
static void bits_in_a_word(struct state *s)
{
	bit_lock_at(0, &s->word, PAGE, HERE);
	bit_spin_lock(5, &s->word, CHAIN);
	bit_unlock_at(0, &s->word, PAGE, HERE);
	spin_lock(&s->spin);
	spin_unlock(&s->spin);
	bit_spin_unlock(5, &s->word, CHAIN);
	might_sleep();
	lockdep_assert_none_held("operation");
}

static void wrong_bit(struct state *s)
{
	bit_lock_at(0, &s->word, PAGE, HERE);
	bit_spin_unlock(5, &s->word, CHAIN);
}

/* ---- assertions ---- */

static void asserts(struct state *s)
{
	down_read(&s->sem);
	lockdep_assert_held(&s->sem);
	up_read(&s->sem);
	down_write(&s->sem);
	lockdep_assert_held(&s->sem);
	lockdep_assert_held_write(&s->sem);
	downgrade_write(&s->sem);
	lockdep_assert_held(&s->sem);
	up_read(&s->sem);
	if (down_write_trylock(&s->sem))
		lockdep_assert_held_write(&s->sem);
	up_write(&s->sem);
	mutex_lock(&s->mutex);
	lockdep_assert_held_write(&s->mutex);
	mutex_unlock(&s->mutex);
}

static void asserts_write_of_reader(struct state *s)
{
	down_read(&s->sem);
	lockdep_assert_held_write(&s->sem);
}

static void asserts_write_after_downgrade(struct state *s)
{
	down_write(&s->sem);
	downgrade_write(&s->sem);
	lockdep_assert_held_write(&s->sem);
}

static void asserts_after_release(struct state *s)
{
	down_read(&s->sem);
	up_read(&s->sem);
	lockdep_assert_held(&s->sem);
}

static void leaks_innermost(struct state *s)
{
	mutex_lock(&s->mutex);
	down_read(&s->sem);
	lockdep_assert_none_held("operation");
}

static void leaks_subclass(struct state *s)
{
	mutex_lock_nested(&s->sub[0], 1);
	lockdep_assert_none_held("operation");
}

struct rule {
	void (*fn)(struct state *s);
	const char *key;		/* NULL: silence */
};

static const struct rule rules[] = {
	{ mutex_in_spin, "sleep-in-atomic:spin:mutex" },
	{ read_in_spin, "sleep-in-atomic:spin:sem" },
	{ page_in_bit, "sleep-in-atomic:chain:page" },
	{ write_in_rcu_in_mutex, "sleep-in-atomic:rcu:sem" },
	{ right_way_round, NULL },
	{ trylocks_in_atomic, NULL },
	{ may_sleep_in_rcu, "sleep-in-atomic:rcu:may_sleep_in_rcu" },
	{ may_sleep_in_spin, "sleep-in-atomic:spin:something" },
	{ synchronize_in_spin, "sleep-in-atomic:spin:synchronize_rcu" },
	{ barrier_in_rcu, "sleep-in-atomic:rcu:rcu_barrier" },
	{ two_of_never, "same-class:sub" },
	{ address_up, NULL },
	{ address_down, "same-class:address" },
	{ address_down_behind, "same-class:address" },
	{ address_trylock_down, NULL },
	{ nest_in_any_order, NULL },
	{ nest_without, "same-class:nest" },
	{ nest_under_read, "same-class:nest" },
	{ nest_after_downgrade, "same-class:nest" },
	{ nest_twice_the_same, "recursion:nest" },
	{ subclass, NULL },
	{ subclasses_both_ways, "order:sub,sub/1" },
	{ subclass_recursion, "recursion:sub/1" },
	{ order_through_reclaim, "order:fs-reclaim,mutex" },
	{ order_of_reads, "order:nest-under,sem" },
	{ order_of_bits_in_a_word, "order:bits,spin" },
	{ bits_in_a_word, NULL },
	{ wrong_bit, "release-not-held:chain" },
	{ asserts, NULL },
	{ asserts_write_of_reader, "not-held:asserts_write_of_reader" },
	{ asserts_write_after_downgrade, "not-held:asserts_write_after_downgrade" },
	{ asserts_after_release, "not-held:asserts_after_release" },
	{ leaks_innermost, "lock-leaked:sem" },
	{ leaks_subclass, "lock-leaked:sub/1" },
};

static void rule_task(void *arg)
{
	((const struct rule *)arg)->fn(state());
}

static void test_rules(void **unused)
{
	(void)unused;
	for (const struct rule *rule = rules; rule < rules + ARRAY_SIZE(rules); rule++) {
		struct rig r;

		print_message("# %s\n", rule->key ? rule->key : "silence");
		begin(&r);
		rig_task("task", rule_task, (void *)rule);
		for (unsigned i = 0; i < 2; i++)
			rig_run_once(&r);
		if (rule->key) {
			rig_expect(&r, ORACLE_LOCKS, rule->key);
			assert_int_equal(r.ends[SCHED_STOPPED], 2);
		} else {
			rig_expect_silence(&r);
		}
		rig_end(&r);
	}
}

/* ---- long cycles ---- */

/* Steps i -> i + 1 of a ring of 12 in an order that depends on the argument: whichever closes it, the key is the same. */
static void ring(void *arg)
{
	unsigned long start = (unsigned long)arg;

	for (unsigned i = 0; i < 12; i++) {
		unsigned j = (unsigned)(start + i * 5) % 12;

		pair(&state()->ladder[j], &state()->ladder[(j + 1) % 12]);
	}
}

static void test_key_of_a_long_cycle(void **unused)
{
	(void)unused;
	for (unsigned long start = 0; start < 12; start++) {
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
	assert_non_null(strstr(r.found[0].text, "lockdep_test.c"));
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
	static const enum op_kind tries[] = { OP_TRYLOCK, OP_DOWN_READ_TRYLOCK, OP_DOWN_WRITE_TRYLOCK };
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

/* Nothing is read from it, and nothing written: neither a class nor a waiter that are no such things. */
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
		state()->many[i].l.class = ADDRESS;
		mutex_lock(&state()->many[i]);
	}
}

static void unknown_subclass(void *arg)
{
	(void)arg;
	mutex_lock_nested(&state()->ladder[11], 1);
}

static int status_of(void (*fn)(void *))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		struct rig r;

		assert_non_null(freopen("/dev/null", "w", stderr));
		begin(&r);
		rig_task("task", fn, NULL);
		rig_run_once(&r);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_limits(void **unused)
{
	(void)unused;
	assert_int_equal(status_of(holds_too_many), 3);
	assert_int_equal(status_of(unknown_subclass), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_key_of_a_long_cycle),
		cmocka_unit_test(test_shortest_cycle),
		cmocka_unit_test(test_graph_of_an_execution),
		cmocka_unit_test(test_not_initialised),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("lockdep", tests, NULL, NULL);
}
