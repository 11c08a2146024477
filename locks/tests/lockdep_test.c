/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the validator's rules that need more than one kind of lock: wait types, two locks of one
 * class, subclasses, pseudo classes, held assertions.
 *
 * Nearly all of them are one task that does what is forbidden once: no second task and no deadlock
 * is needed to say so.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

enum {
	NONE,
	RCU,
	SPIN,
	BITS,
	MUTEX,
	SEM,
	PAGE,
	CHAIN,
	ADDRESS,
	NEST_UNDER,
	NEST,
	SUB,
	SUB_1,
	RECLAIM,
	NR_CLASSES,
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
};

struct state {
	spinlock_t spin;
	struct mutex mutex, sub[2], address[3], nest[3];
	struct rw_semaphore sem, nest_under;
	unsigned long word;
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

/*
 * Readers alone cannot deadlock with each other, but a writer in between makes them: reads order as
 * writes do.
 */
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
	const char *key; /* NULL: silence */
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

/* ---- for how long ---- */

/* Takes one point by itself, and so many more. */
static void hold_for(struct state *s, unsigned points)
{
	spin_lock(&s->spin);
	for (unsigned i = 0; i < points; i++)
		READ_ONCE(s->word);
	spin_unlock(&s->spin);
}

static void long_holds(void *longest)
{
	hold_for(state(), SHORT_HOLD);
	hold_for(state(), *(unsigned *)longest);
	/* What comes afterwards does not count, nor other locks. */
	mutex_lock(&state()->mutex);
	for (unsigned i = 0; i < 4; i++)
		hold_for(state(), SHORT_HOLD);
	mutex_unlock(&state()->mutex);
}

/* Who spins waits for somebody. */
static void spin_for(void *rounds)
{
	spin_lock(&state()->spin);
	for (unsigned i = 0; i < *(unsigned *)rounds; i++) {
		READ_ONCE(state()->word);
		cpu_relax();
	}
	spin_unlock(&state()->spin);
}

static void spin_others(void *rounds)
{
	for (unsigned i = 0; i < *(unsigned *)rounds; i++)
		WRITE_ONCE(state()->word, (int)i);
}

static void expect_no_finding_of_spinning(void)
{
	unsigned rounds = 3 * SHORT_HOLD;
	struct rig r;

	begin(&r);
	lockdep_held_shortly(SPIN, 2 * SHORT_HOLD);
	rig_task("spins", spin_for, &rounds);
	rig_task("others", spin_others, &rounds);
	rig_run_once(&r);
	rig_expect_silence(&r);
	rig_end(&r);
}

static void expect_of_hold(unsigned points, const char *key)
{
	struct rig r;

	begin(&r);
	lockdep_held_shortly(SPIN, 2 * SHORT_HOLD);
	rig_task("task", long_holds, &points);
	rig_run_once(&r);
	if (key)
		rig_expect(&r, ORACLE_PROGRESS, key);
	else
		rig_expect_silence(&r);
	rig_end(&r);
}

static void test_long_holds(void **unused)
{
	(void)unused;
	expect_of_hold(2 * SHORT_HOLD - 1, NULL);
	expect_of_hold(2 * SHORT_HOLD, "held-long:spin");
	/* Nothing was said of mutexes: see long_holds(). */
	expect_of_hold(0, NULL);
	expect_no_finding_of_spinning();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules), cmocka_unit_test(test_long_holds),
	};

	return cmocka_run_group_tests_name("lockdep", tests, NULL, NULL);
}
