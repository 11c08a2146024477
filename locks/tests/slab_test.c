/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the object caches: what is handed out again and when, frees that are none, what an
 * allocation may do.
 *
 * Concurrency: one thread.
 */
#include "things.h"

/* ---- reuse ---- */

static void reuses_last_freed_first(void *arg)
{
	static const u8 order[6] = { 4, 0, 5, 2, 1, 3 };
	struct kmem_cache *c = state()->stable;
	struct thing *t[6];
	u32 serial;

	(void)arg;
	for (unsigned i = 0; i < 6; i++) {
		t[i] = get(c);
		t[i]->data = 100 + (int)i;
		expect(slab_serial(t[i]) == i + 1 && !slab_recycled(t[i]));
	}
	for (unsigned i = 0; i < 6; i++)
		kmem_cache_free(c, t[order[i]]);
	serial = c->serial;
	for (unsigned i = 6; i-- > 0;) {
		expect(get(c) == t[order[i]]);
		expect(slab_serial(t[order[i]]) == ++serial);
		expect(slab_recycled(t[order[i]]));
		expect(t[order[i]]->data == 100 + order[i]);
	}
	expect(state()->constructed == 8);
	expect(c->live == 6 && c->max_live == 6);
	get(c);
	get(c);
	expect(state()->constructed == 8);
	get(c);
	expect(state()->constructed == 12);
}

/*
 * Nothing of an object changes when it is freed and handed out again; only a new slab is
 * constructed.
 */
static void test_lifo_and_constructor(void **unused)
{
	struct rig r;

	(void)unused;
	things_begin(&r);
	run_task(&r, reuses_last_freed_first, NULL);
	rig_expect_silence(&r);
	rig_end(&r);
}

static void frees_and_allocates(void *arg)
{
	struct kmem_cache *c = state()->stable;
	struct thing *t = get(c);

	(void)arg;
	kmem_cache_free(c, t);
	state()->flag = get(c) == t;
}

struct fresh {
	struct rig rig;
	unsigned reused, fresh;
};

static void fresh_end(struct rig *r, enum sched_end end)
{
	struct fresh *f = container_of(r, struct fresh, rig);

	assert_int_equal(end, SCHED_DONE);
	assert_int_equal(state()->flag, r->chosen != 1u << CHOICE_SLAB_REUSE);
	f->reused += state()->flag;
	f->fresh += !state()->flag;
}

/* One choice each time there is something to reuse, none otherwise. */
static void test_fresh_is_a_choice(void **unused)
{
	struct fresh f = { .reused = 0 };

	(void)unused;
	things_begin(&f.rig);
	f.rig.on_end = fresh_end;
	f.rig.plain = 1u << CHOICE_SLAB_SHRINK;
	rig_task("task", frees_and_allocates, NULL);
	rig_run_all(&f.rig, 10);
	rig_expect_silence(&f.rig);
	assert_int_equal(f.reused, 1);
	assert_int_equal(f.fresh, 1);
	rig_end(&f.rig);
}

static void plain_is_kept(void *arg)
{
	struct kmem_cache *c = state()->plain;
	struct thing *t[20];

	(void)arg;
	for (unsigned i = 0; i < 20; i++) {
		t[i] = get(c);
		expect(is_poison(t[i], sizeof(struct thing)));
		memset(t[i], (int)i, sizeof(struct thing));
	}
	/* What comes back is nobody's, and it has been gone for eight more frees. */
	for (unsigned i = 0; i < 20; i++) {
		struct thing *again;

		kmem_cache_free(c, t[i]);
		expect(is_poison(t[i], sizeof(struct thing)));
		expect(slab_state_of(t[i]) == OBJECT_QUARANTINE);
		again = get(c);
		for (unsigned j = i < 8 ? 0 : i - 7; j < 20; j++)
			expect(again != t[j]);
		expect(is_poison(again, sizeof(struct thing)));
	}
	expect(c->live == 20 && c->max_live == 20);
	expect(c->serial == 40);
}

static void test_quarantine(void **unused)
{
	struct rig r;

	(void)unused;
	things_begin(&r);
	run_task(&r, plain_is_kept, NULL);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* A write that no point announces is found when the memory is handed out again. */
static void writes_after_free(void *arg)
{
	struct kmem_cache *c = state()->plain;
	struct thing *t = get(c);

	kmem_cache_free(c, t);
	t->more = (int)(long)arg;
	for (unsigned i = 0; i < 30; i++)
		kmem_cache_free(c, get(c));
}

static void test_poison(void **unused)
{
	struct rig r;

	(void)unused;
	things_begin(&r);
	run_task(&r, writes_after_free, (void *)1);
	rig_expect(&r, ORACLE_LIFETIME, "poison-overwritten:plain");
	assert_int_equal(r.violations, 1);
	rig_end(&r);
	things_begin(&r);
	run_task(&r, writes_after_free, (void *)0x6b6b6b6bl);
	rig_expect_silence(&r);
	rig_end(&r);
}

static void plain_with_constructor(void *arg)
{
	struct kmem_cache *c = arg;

	for (unsigned i = 0; i < 30; i++) {
		struct thing *t = get(c);

		expect(t->count.counter == 7 && t->data == 8);
		t->data = 9;
		mutex_lock(&t->lock);
		mutex_unlock(&t->lock);
		kmem_cache_free(c, t);
	}
}

static void test_plain_with_constructor(void **unused)
{
	struct rig r;

	(void)unused;
	things_begin(&r);
	run_task(&r, plain_with_constructor,
		 kmem_cache_create("made", sizeof(struct thing), 0, 0, construct_thing, NULL));
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- frees that are none ---- */

static void wrong_free(void *arg)
{
	struct things *s = state();
	struct thing *t = get(s->plain), *u = get(s->stable);

	switch ((long)arg) {
	case 0:
		kmem_cache_free(s->plain, t);
		kmem_cache_free(s->plain, t);
		break;
	case 1:
		kmem_cache_free(s->stable, u);
		kmem_cache_free(s->stable, u);
		break;
	case 2:
		kmem_cache_free(s->plain, u);
		break;
	case 3:
		kmem_cache_free(s->stable, (char *)u + 16);
		break;
	case 4:
		kmem_cache_free(s->plain, s);
		break;
	case 5:
		kmem_cache_free(s->plain, NULL);
		break;
	}
	expect(s->plain->live <= 1 && s->stable->live <= 1);
	if ((long)arg > 1)
		expect(s->plain->live == 1 && s->stable->live == 1);
}

static void test_wrong_free(void **unused)
{
	static const char *const key[] = {
		"use-after-free:plain:wrong_free",
		"use-after-free:stable:wrong_free",
		"double-free:plain",
		"double-free:stable",
		"double-free:plain",
		"double-free:plain",
	};

	(void)unused;
	for (unsigned long i = 0; i < ARRAY_SIZE(key); i++) {
		struct rig r;

		things_begin(&r);
		run_task(&r, wrong_free, (void *)i);
		rig_expect(&r, ORACLE_LIFETIME, key[i]);
		rig_end(&r);
	}
}

/* Two tasks that free the same: one of them is wrong, in every schedule. */
static void frees_the_same(void *arg)
{
	kmem_cache_free(arg, state()->shared);
}

static void test_double_free_by_two(void **unused)
{
	(void)unused;
	for (unsigned stable = 0; stable < 2; stable++) {
		struct kmem_cache *c;
		struct rig r;

		things_begin(&r);
		c = stable ? state()->stable : state()->plain;
		share_thing(rig_task("one", frees_the_same, c), c);
		rig_task("two", frees_the_same, c);
		r.go_on = true;
		rig_run_all(&r, 1000);
		assert_int_equal(r.nr_found, 2);
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(r.found[i].times, r.executions);
		assert_string_equal(r.found[1].key,
				    stable ? "double-free:stable" : "double-free:plain");
		rig_end(&r);
	}
}

/* ---- many at once ---- */

#define MINE 3

static void owns(void *arg)
{
	struct kmem_cache *c = arg;
	struct thing *mine[MINE];

	for (unsigned i = 0; i < MINE; i++) {
		mine[i] = get(c);
		mine[i]->more = current->id * 16 + (int)i;
	}
	kmem_cache_free(c, mine[0]);
	mine[0] = get(c);
	mine[0]->more = current->id * 16;
	for (unsigned i = 0; i < MINE; i++)
		expect(check_live(mine[i])->more == current->id * 16 + (int)i);
	for (unsigned i = 0; i < MINE - 1; i++)
		kmem_cache_free(c, mine[i]);
}

static void count_live(void *obj, void *arg)
{
	const struct thing *t = obj;
	unsigned *n = arg;

	*n += (unsigned)t->more % 16 == MINE - 1;
}

static void owns_end(struct rig *r, enum sched_end end)
{
	(void)r;
	assert_int_equal(end, SCHED_DONE);
	for (unsigned i = 0; i < 2; i++) {
		struct kmem_cache *c = i ? state()->plain : state()->stable;
		unsigned n = 0;

		slab_for_each_live(c, count_live, &n);
		assert_int_equal(n, c->live);
		assert_true(c->live == 0 || (c->live == 3 && c->max_live <= 9 && c->serial == 12));
	}
}

/* Nobody is given what another owns; what was not freed is counted, and listed. */
static void test_owners_and_leaks(void **unused)
{
	(void)unused;
	for (unsigned stable = 0; stable < 2; stable++) {
		struct rig r;

		things_begin(&r);
		r.on_end = owns_end;
		for (unsigned i = 0; i < 3; i++)
			rig_task("owns", owns, stable ? state()->stable : state()->plain);
		rcu_init(THINGS_RCU);
		rig_run_random(&r, 3, 3000);
		rig_expect_silence(&r);
		rig_end(&r);
	}
}

/* ---- what an allocation may do ---- */

static void nth_fails(void *arg)
{
	struct things *s = state();

	(void)arg;
	current->fail_alloc = 3;
	expect(get(s->plain));
	expect(kmem_cache_alloc(s->stable, GFP_ATOMIC));
	expect(!kmem_cache_alloc(s->plain, GFP_NOWAIT));
	expect(get(s->plain));
	current->fail_alloc = 1;
	expect(!alloc_allowed(GFP_KERNEL, HERE));
	expect(alloc_allowed(GFP_KERNEL, HERE));
	expect(s->plain->live == 2 && s->stable->live == 1 && !current->fail_alloc);
}

static void blocks_under_spinlock(void *arg)
{
	struct things *s = state();

	(void)arg;
	spin_lock(&s->spin);
	get(s->plain);
	spin_unlock(&s->spin);
}

static void blocks_in_section(void *arg)
{
	(void)arg;
	rcu_read_lock();
	alloc_allowed(GFP_KERNEL, HERE);
	rcu_read_unlock();
}

static void does_not_block(void *arg)
{
	struct things *s = state();

	(void)arg;
	spin_lock(&s->spin);
	rcu_read_lock();
	expect(kmem_cache_alloc(s->plain, GFP_ATOMIC));
	expect(kmem_cache_alloc(s->plain, GFP_NOWAIT));
	rcu_read_unlock();
	spin_unlock(&s->spin);
	mutex_lock(&s->mutex);
	get(s->plain);
	mutex_unlock(&s->mutex);
}

static void test_context(void **unused)
{
	static const struct {
		void (*fn)(void *);
		const char *key;
	} cases[] = {
		{ nth_fails, NULL },
		{ does_not_block, NULL },
		{ blocks_under_spinlock, "sleep-in-atomic:spin:allocation" },
		{ blocks_in_section, "sleep-in-atomic:rcu:allocation" },
	};

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig r;

		things_begin(&r);
		run_task(&r, cases[i].fn, NULL);
		if (cases[i].key)
			rig_expect(&r, ORACLE_LOCKS, cases[i].key);
		else
			rig_expect_silence(&r);
		rig_end(&r);
	}
}

/* ---- reclaim ---- */

static void reclaim(void)
{
	struct things *s = state();

	s->nested += s->flag;
	s->flag = true;
	s->reclaims++;
	get(s->plain); /* from the reserves: does not come here again */
	mutex_lock(&s->mutex);
	mutex_unlock(&s->mutex);
	s->flag = false;
}

static void allocates(void *arg)
{
	(void)arg;
	get(state()->plain);
	kmem_cache_alloc(state()->plain, GFP_ATOMIC);
	get(state()->stable);
}

static void allocates_under_mutex(void *arg)
{
	(void)arg;
	mutex_lock(&state()->mutex);
	get(state()->plain);
	mutex_unlock(&state()->mutex);
}

struct reclaims {
	struct rig rig;
	unsigned times[4];
};

static void reclaims_end(struct rig *r, enum sched_end end)
{
	assert_int_equal(end, SCHED_DONE);
	assert_int_equal(state()->nested, 0);
	container_of(r, struct reclaims, rig)->times[state()->reclaims]++;
}

/* Each allocation that may block may reclaim: a choice, and only one level deep. */
static void test_reclaim(void **unused)
{
	struct reclaims c;

	(void)unused;
	memset(&c, 0, sizeof(c));
	things_begin(&c.rig);
	machine->reclaim = reclaim;
	c.rig.on_end = reclaims_end;
	rig_task("allocates", allocates, NULL);
	rig_run_all(&c.rig, 100);
	rig_expect_silence(&c.rig);
	assert_int_equal(c.times[0], 1);
	assert_int_equal(c.times[1], 2);
	assert_int_equal(c.times[2], 1);
	rig_end(&c.rig);
}

static void reclaims(void *arg)
{
	(void)arg;
	lockdep_map_acquire(THINGS_RECLAIM, HERE);
	current->in_reclaim = 1;
	reclaim();
	current->in_reclaim = 0;
	lockdep_map_release(THINGS_RECLAIM);
}

/*
 * A lock under which one allocates, and that reclaim takes: found although no allocation does
 * reclaim.
 */
static void test_order_with_reclaim(void **unused)
{
	struct rig r;

	(void)unused;
	things_begin(&r);
	rig_task("allocates", allocates_under_mutex, NULL);
	rig_task("reclaims", reclaims, NULL);
	r.go_on = true;
	rig_run_all(&r, 10000);
	rig_expect(&r, ORACLE_LOCKS, "order:fs-reclaim,mutex");
	assert_int_equal(r.violations, r.executions);
	assert_int_equal(r.ends[SCHED_DONE], r.executions);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifo_and_constructor),
		cmocka_unit_test(test_fresh_is_a_choice),
		cmocka_unit_test(test_quarantine),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_plain_with_constructor),
		cmocka_unit_test(test_wrong_free),
		cmocka_unit_test(test_double_free_by_two),
		cmocka_unit_test(test_owners_and_leaks),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_reclaim),
		cmocka_unit_test(test_order_with_reclaim),
	};

	return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
