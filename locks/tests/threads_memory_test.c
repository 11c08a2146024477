/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of RCU and of the slab under real threads: liburcu below, the same checks above, raced for
 * a bounded number of rounds.
 *
 * Concurrency: the tests' thread starts four tasks and waits for their end; it looks at their
 * results afterwards.
 */
#include "rig.h"

#include <unistd.h>

#include "realthreads.h"

enum { NONE, RCU, STABLE, NR_CLASSES };

static const struct lock_class classes[NR_CLASSES] = {
	[NONE] = { "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	[RCU] = { "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
	[STABLE] = { "stable", WAIT_SPIN, SAME_NEVER, 0 },
};

#define THREADS 4
#define POOL 16

struct element {
	int age; /* [atomic] grace periods since it was removed, + 1; 0: it is current */
	int mine; /* [its owner] */
	spinlock_t lock;
	struct rcu_head rcu;
};

static const struct slab_field element_fields[] = {
	{ "age", offsetof(struct element, age), sizeof(int), true },
	{ "lock", offsetof(struct element, lock), sizeof(spinlock_t), true },
	{ NULL, 0, 0, false },
};

struct state {
	unsigned long rounds;
	long tries, wrong, meetings; /* [atomic] */
	unsigned round; /* [atomic] */
	struct element pool[POOL], *current_element;
	long ages[4]; /* [atomic] */
	long called; /* [atomic] */
	struct kmem_cache *plain, *stable;
	struct element *shared;
};

static struct state *state(void)
{
	return machine->core;
}

static struct state *begin(struct rig *r)
{
	rig_begin(r, EXEC_REAL, classes, NR_CLASSES);
	r->go_on = true;
	rcu_init(RCU);
	return rig_state(sizeof(struct state));
}

static void add(long *counter, long n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/* ---- RCU ---- */

static void ages_elements(struct state *s)
{
	for (unsigned i = 0; i < POOL; i++)
		if (READ_ONCE(s->pool[i].age) > 0)
			WRITE_ONCE(s->pool[i].age, min(READ_ONCE(s->pool[i].age) + 1, 3));
}

/*
 * Removed elements grow older with each grace period; only those that cannot be seen any more are
 * used again.
 */
static void updates(struct state *s)
{
	struct element *old = s->current_element, *e = NULL;

	for (unsigned i = 0; i < POOL && !e; i++)
		if (READ_ONCE(s->pool[i].age) == 3)
			e = &s->pool[i];
	if (e) {
		WRITE_ONCE(e->age, 0);
		rcu_assign_pointer(s->current_element, e);
		WRITE_ONCE(old->age, 1);
	}
	synchronize_rcu();
	ages_elements(s);
}

static void ages(void *arg)
{
	struct state *s = state();

	if (!arg) {
		for (unsigned long i = 0;
		     i < s->rounds || !__atomic_load_n(s->ages, __ATOMIC_RELAXED); i++)
			updates(s);
		__atomic_store_n(&s->round, 1, __ATOMIC_RELEASE);
		return;
	}
	while (!__atomic_load_n(&s->round, __ATOMIC_ACQUIRE)) {
		struct element *e;

		rcu_read_lock();
		e = rcu_dereference(s->current_element);
		for (volatile unsigned spin = 0; spin < 50; spin++)
			;
		exec_point(OP_LOAD, &e->age);
		add(&s->ages[READ_ONCE(e->age)], 1);
		rcu_read_unlock();
	}
}

/*
 * A reader holds what was current, or removed since it began: never what a whole grace period has
 * gone by for.
 */
static void test_age(void **unused)
{
	(void)unused;
	for (unsigned noise = 0; noise <= 20; noise += 20) {
		struct rig r;
		struct state *s = begin(&r);

		s->rounds = noise ? 300 : 1000;
		s->current_element = &s->pool[0];
		for (unsigned i = 1; i < POOL; i++)
			s->pool[i].age = 3;
		rig_threads(ages, THREADS, noise);
		rig_run_threads(&r);
		print_message("# ages %ld %ld %ld %ld\n", s->ages[0], s->ages[1], s->ages[2],
			      s->ages[3]);
		assert_true(s->ages[0] > 0);
		assert_int_equal(s->ages[2] + s->ages[3], 0);
		rig_end(&r);
	}
}

static void frees_element(struct rcu_head *head)
{
	struct element *e = container_of(head, struct element, rcu);

	add(&state()->called, 1);
	if (!e->mine)
		add(&state()->wrong, 1);
	kmem_cache_free(state()->plain, e);
}

static void calls_back(void *arg)
{
	struct state *s = state();

	(void)arg;
	for (unsigned long i = 1; i <= s->rounds; i++) {
		struct element *e = kmem_cache_alloc(s->plain, GFP_KERNEL);

		if (!e) {
			add(&s->wrong, 1);
			break;
		}
		e->mine = 1;
		add(&s->tries, 1);
		call_rcu(&e->rcu, frees_element);
		if (i % 100)
			continue;
		rcu_barrier();
		add(&s->meetings, 1);
	}
	rcu_barrier();
}

static void test_callbacks(void **unused)
{
	struct rig r;
	struct state *s = begin(&r);

	(void)unused;
	s->rounds = 1000;
	s->plain = kmem_cache_create("plain", sizeof(struct element), 0, 0, NULL, NULL);
	rig_threads(calls_back, THREADS, 2);
	rig_run_threads(&r);
	assert_int_equal(s->called, s->tries);
	assert_int_equal(s->called, THREADS * s->rounds);
	assert_int_equal(s->wrong, 0);
	assert_int_equal(s->plain->live, 0);
	assert_int_equal(rcu_pending(), 0);
	assert_int_equal(machine->rcu.ran, THREADS * s->rounds);
	rig_end(&r);
}

/* ---- slab ---- */

static void construct(void *obj)
{
	struct element *e = obj;

	e->age = 0;
	spin_lock_init(&e->lock, STABLE);
}

#define MINE 6

static void allocates(struct state *s, struct kmem_cache *c, struct element *mine[MINE])
{
	for (unsigned i = 0; i < MINE; i++) {
		mine[i] = kmem_cache_alloc(c, GFP_KERNEL);
		if (!mine[i] || slab_state_of(mine[i]) != OBJECT_LIVE) {
			add(&s->wrong, 1);
			return;
		}
		mine[i]->mine = current->id * 100 + (int)i;
	}
	for (unsigned i = 0; i < MINE; i++) {
		if (check_live(mine[i])->mine != current->id * 100 + (int)i)
			add(&s->wrong, 1);
		kmem_cache_free(c, mine[i]);
	}
}

/*
 * Someone else's object, perhaps just freed, perhaps another by now: its lock is a lock at any
 * time.
 */
static void looks_up(struct state *s)
{
	struct element *e;

	rcu_read_lock();
	e = rcu_dereference(s->shared);
	if (e && spin_trylock(&e->lock)) {
		add(&s->meetings, 1);
		spin_unlock(&e->lock);
	}
	rcu_read_unlock();
}

static void uses_slab(void *arg)
{
	struct state *s = state();
	struct element *mine[MINE], *e, *old;

	(void)arg;
	for (unsigned long i = 0; i < s->rounds; i++) {
		allocates(s, i & 1 ? s->stable : s->plain, mine);
		e = kmem_cache_alloc(s->stable, GFP_KERNEL);
		if (!e) {
			add(&s->wrong, 1);
			return;
		}
		looks_up(s);
		old = xchg(&s->shared, e);
		if (old)
			kmem_cache_free(s->stable, old);
	}
}

static void test_slab(void **unused)
{
	static const struct {
		unsigned long rounds;
		unsigned noise;
	} how[] = { { 3000, 0 }, { 1000, 10 } };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(how); i++) {
		struct rig r;
		struct state *s = begin(&r);
		struct task *t;

		s->rounds = how[i].rounds;
		s->plain = kmem_cache_create("plain", sizeof(struct element), 0, 0, NULL, NULL);
		s->stable = kmem_cache_create("stable", sizeof(struct element),
					      SLAB_TYPESAFE_BY_RCU, 2, construct, element_fields);
		rig_threads(uses_slab, THREADS, how[i].noise);
		rig_run_threads(&r);
		assert_int_equal(s->wrong, 0);
		assert_int_equal(s->plain->live, 0);
		assert_int_equal(s->stable->live, 1);
		t = rig_task("after", NULL, NULL);
		thread_enter(t);
		rcu_barrier();
		thread_leave();
		print_message("# %ld met, %u chunks\n", s->meetings, machine->slab.used);
		rig_end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_slab),
	};

	alarm(60); /* a hang is a failure, not a nuisance */
	return cmocka_run_group_tests_name("threads_memory", tests, NULL, NULL);
}
