/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of store buffers: which outcomes of litmus tests all schedules together reach, with and without them, what drains them, and
 * what their own task sees of them. The outcomes are those that x86-TSO (Owens, Sarkar, Sewell) allows.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
};

#define MANY 20				/* more than a buffer holds */

struct state {
	struct spinlock lock;
	struct rw_semaphore sem;
	struct kmem_cache *cache;
	int x, y, z, other;
	int r[4];
	atomic_t count;
	unsigned long word, seen;
	int row[MANY];
	void (*between)(void);
	bool wrong;
};

static struct state *state(void)
{
	return machine->core;
}

static void begin(struct rig *r, enum memory_model memory)
{
	struct state *s;

	rig_begin(r, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	machine->memory = memory;
	s = rig_state(sizeof(*s));
	spin_lock_init(&s->lock, 0);
	init_rwsem(&s->sem, 0);
	s->cache = kmem_cache_create("thing", 64, 0, 0, NULL, NULL);
}

#define X state()->x
#define Y state()->y
#define Z state()->z
#define R(n) state()->r[n]
#define BODY(name, ...) static void name(void *unused) { (void)unused; __VA_ARGS__ }

/* ---- litmus tests ---- */

BODY(sb_one, WRITE_ONCE(X, 1); R(0) = READ_ONCE(Y);)
BODY(sb_two, WRITE_ONCE(Y, 1); R(1) = READ_ONCE(X);)
BODY(sb_release_one, smp_store_release(&X, 1); R(0) = smp_load_acquire(&Y);)
BODY(sb_release_two, smp_store_release(&Y, 1); R(1) = smp_load_acquire(&X);)
BODY(sb_mb_one, WRITE_ONCE(X, 1); smp_mb(); R(0) = READ_ONCE(Y);)
BODY(sb_mb_two, WRITE_ONCE(Y, 1); smp_mb(); R(1) = READ_ONCE(X);)
BODY(mp_one, WRITE_ONCE(X, 1); WRITE_ONCE(Y, 1);)
BODY(mp_two, R(0) = READ_ONCE(Y); R(1) = READ_ONCE(X);)
BODY(lb_one, R(0) = READ_ONCE(Y); WRITE_ONCE(X, 1);)
BODY(lb_two, R(1) = READ_ONCE(X); WRITE_ONCE(Y, 1);)
BODY(r_two, WRITE_ONCE(Y, 2); R(1) = READ_ONCE(X);)
BODY(w_one, WRITE_ONCE(X, 1); WRITE_ONCE(Y, 2);)
BODY(w_two, WRITE_ONCE(Y, 1); WRITE_ONCE(X, 2);)
BODY(wrc_one, WRITE_ONCE(X, 1);)
BODY(wrc_two, R(0) = READ_ONCE(X); WRITE_ONCE(Y, 1);)
BODY(wrc_three, R(1) = READ_ONCE(Y); R(2) = READ_ONCE(X);)
BODY(n6_one, WRITE_ONCE(X, 1); R(0) = READ_ONCE(X); R(1) = READ_ONCE(Y);)
BODY(n6_two, WRITE_ONCE(Y, 2); WRITE_ONCE(X, 2);)
BODY(n5_one, WRITE_ONCE(X, 1); R(0) = READ_ONCE(X);)
BODY(n5_two, WRITE_ONCE(X, 2); R(1) = READ_ONCE(X);)
BODY(late_one, WRITE_ONCE(X, 1); R(0) = READ_ONCE(Y); R(1) = READ_ONCE(Z);)
BODY(late_two, WRITE_ONCE(Y, 1); R(2) = READ_ONCE(X); R(3) = READ_ONCE(X); WRITE_ONCE(Z, 1);)
BODY(gp_reader, rcu_read_lock(); WRITE_ONCE(X, 1); R(0) = READ_ONCE(Y); rcu_read_unlock();)
BODY(gp_waiter, WRITE_ONCE(Y, 1); synchronize_rcu(); R(1) = READ_ONCE(X);)
BODY(locked_reader, spin_lock(&state()->lock); R(1) = READ_ONCE(X); spin_unlock(&state()->lock);)
BODY(locked_writer, spin_lock(&state()->lock); WRITE_ONCE(X, 1); spin_unlock(&state()->lock); R(0) = 1;)

static const struct litmus {
	const char *name;
	void (*task[3])(void *);
	int x, y, r[4];			/* the outcome that is asked for; -1: whatever it is */
	bool sc, tso;			/* can it be? */
} litmus[] = {
	{ "SB", { sb_one, sb_two }, -1, -1, { 0, 0, -1, -1 }, false, true },
	{ "SB, release and acquire", { sb_release_one, sb_release_two }, -1, -1, { 0, 0, -1, -1 }, false, true },
	{ "SB, one barrier", { sb_mb_one, sb_two }, -1, -1, { 0, 0, -1, -1 }, false, true },
	{ "SB, two barriers", { sb_mb_one, sb_mb_two }, -1, -1, { 0, 0, -1, -1 }, false, false },
	{ "MP", { mp_one, mp_two }, -1, -1, { 1, 0, -1, -1 }, false, false },
	{ "MP, seen in between", { mp_one, mp_two }, -1, -1, { 0, 1, -1, -1 }, true, true },
	{ "LB", { lb_one, lb_two }, -1, -1, { 1, 1, -1, -1 }, false, false },
	{ "R", { mp_one, r_two }, -1, 2, { -1, 0, -1, -1 }, false, true },
	{ "2+2W", { w_one, w_two }, 1, 1, { -1, -1, -1, -1 }, false, false },
	{ "WRC", { wrc_one, wrc_two, wrc_three }, -1, -1, { 1, 1, 0, -1 }, false, false },
	{ "n6: own stores are seen early", { n6_one, n6_two }, 1, -1, { 1, 0, -1, -1 }, false, true },
	{ "n5: stores to one word have one order", { n5_one, n5_two }, -1, -1, { 2, 1, -1, -1 }, false, false },
	{ "written while its task stands still", { late_one, late_two }, -1, -1, { 0, 1, 0, 1 }, false, true },
	{ "grace period", { gp_reader, gp_waiter }, -1, -1, { 0, 0, -1, -1 }, false, false },
	{ "lock", { locked_writer, locked_reader }, -1, -1, { 1, 0, -1, -1 }, true, true },
};

/* What the tasks of a table row leave: compared at the end of each execution. */
struct litmus_rig {
	struct rig rig;
	const struct litmus *l;
	unsigned seen;
};

static bool is(int want, int got)
{
	return want < 0 || want == got;
}

static void litmus_end(struct rig *r, enum sched_end end)
{
	struct litmus_rig *lr = container_of(r, struct litmus_rig, rig);
	const struct state *s = state();
	bool all = is(lr->l->x, s->x) && is(lr->l->y, s->y);

	assert_int_equal(end, SCHED_DONE);
	for (unsigned i = 0; i < 4; i++)
		all = all && is(lr->l->r[i], s->r[i]);
	lr->seen += all;
}

static unsigned litmus_run(const struct litmus *l, enum memory_model memory)
{
	struct litmus_rig lr;

	begin(&lr.rig, memory);
	lr.l = l;
	lr.seen = 0;
	lr.rig.on_end = litmus_end;
	for (unsigned i = 0; i < 3 && l->task[i]; i++)
		rig_task("task", l->task[i], NULL);
	rig_run_all(&lr.rig, 4000000);
	rig_expect_silence(&lr.rig);
	rig_end(&lr.rig);
	return lr.seen;
}

static void test_litmus(void **unused)
{
	(void)unused;
	for (const struct litmus *l = litmus; l < litmus + ARRAY_SIZE(litmus); l++) {
		bool sc = litmus_run(l, MEMORY_SC), tso = litmus_run(l, MEMORY_TSO);

		if (sc != l->sc || tso != l->tso)
			fail_msg("%s: can be %d under SC, %d under TSO", l->name, sc, tso);
	}
}

/* ---- what drains: store buffering, with something between the store and the load ---- */

static void between(void *two)
{
	struct state *s = state();
	void (*fn)(void) = s->between;

	WRITE_ONCE(*(two ? &s->y : &s->x), 1);
	fn();
	s->r[two != NULL] = READ_ONCE(*(two ? &s->x : &s->y));
}

#define BETWEEN(name, ...) static void name(void) { __VA_ARGS__ }

BETWEEN(do_nothing,)
BETWEEN(do_load, (void)READ_ONCE(Z);)
BETWEEN(do_wmb, smp_wmb();)
BETWEEN(do_rmb, smp_rmb();)
BETWEEN(do_mb, smp_mb();)
BETWEEN(do_inc, atomic_inc(&state()->count);)
BETWEEN(do_inc_return, (void)atomic_inc_return(&state()->count);)
BETWEEN(do_cmpxchg, (void)atomic_cmpxchg(&state()->count, 7, 8);)
BETWEEN(do_bit, set_bit(3, &state()->word);)
BETWEEN(do_lock, spin_lock(&state()->lock); spin_unlock(&state()->lock);)
BETWEEN(do_trylock, if (down_read_trylock(&state()->sem)) up_read(&state()->sem);)
BETWEEN(do_is_locked, (void)rwsem_is_locked(&state()->sem);)
BETWEEN(do_read_section, rcu_read_lock(); rcu_read_unlock();)
BETWEEN(do_grace_period, synchronize_rcu();)
BETWEEN(do_relax, cpu_relax();)
BETWEEN(do_alloc, (void)kmem_cache_alloc(state()->cache, 0);)
BETWEEN(do_free, kmem_cache_free(state()->cache, kmem_cache_alloc(state()->cache, 0));)

static const struct {
	void (*fn)(void);
	bool drains;
} drains[] = {
	{ do_nothing, false }, { do_load, false }, { do_wmb, false }, { do_rmb, false }, { do_is_locked, false },
	{ do_read_section, false }, { do_alloc, false }, { do_mb, true }, { do_inc, true }, { do_inc_return, true },
	{ do_cmpxchg, true }, { do_bit, true }, { do_lock, true }, { do_trylock, true }, { do_grace_period, true },
	{ do_relax, true }, { do_free, true },
};

static const struct litmus both_late = { "", { NULL }, -1, -1, { 0, 0, -1, -1 }, false, false };

static void test_drains(void **unused)
{
	struct litmus_rig lr;

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(drains); i++) {
		begin(&lr.rig, MEMORY_TSO);
		state()->between = drains[i].fn;
		lr.l = &both_late;
		lr.seen = 0;
		lr.rig.on_end = litmus_end;
		rig_task("one", between, NULL);
		rig_task("two", between, &lr);
		rig_run_random(&lr.rig, 1, 20000);
		rig_expect_silence(&lr.rig);
		if (!lr.seen != drains[i].drains)
			fail_msg("row %u: both loads came too early in %u executions", i, lr.seen);
		rig_end(&lr.rig);
	}
}

/* ---- what the task itself sees, and what memory holds in the end ---- */

/* Wide over narrow over wide, and plain accesses in between: as if there were no buffer. */
static void own_stores(void *arg)
{
	struct state *s = state();
	u8 *byte = (u8 *)&s->word;

	(void)arg;
	WRITE_ONCE(s->word, 0x1111111111111111ul);
	WRITE_ONCE(byte[2], 0x22);
	s->wrong |= READ_ONCE(s->word) != 0x1111111111221111ul || s->word != 0x1111111111221111ul;
	WRITE_ONCE(*(u32 *)byte, 0x33333333);
	s->wrong |= READ_ONCE(byte[2]) != 0x33 || READ_ONCE(s->word) != 0x1111111133333333ul;
	byte[7] = 0x44;
	WRITE_ONCE(s->other, 1);
	s->wrong |= READ_ONCE(s->word) != 0x4411111133333333ul;
	atomic_set(&s->count, 5);
	s->wrong |= atomic_inc_return(&s->count) != 6;
}

static void looker(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 4; i++) {
		unsigned long seen = READ_ONCE(state()->word);

		/* Each is one that memory held after a store, in this order: never half of one. */
		state()->wrong |= seen != 0 && seen >> 32 != 0x11111111 && seen >> 32 != 0x44111111;
		state()->seen |= seen;
	}
}

static void expect_right(struct rig *r, enum sched_end end)
{
	(void)r;
	assert_int_equal(end, SCHED_DONE);
	assert_false(state()->wrong);
	assert_int_equal(state()->word, 0x4411111133333333ul);
	assert_int_equal(state()->other, 1);
	assert_int_equal(atomic_peek(&state()->count), 6);
}

static void test_own_stores(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r, MEMORY_TSO);
	r.on_end = expect_right;
	rig_task("own", own_stores, NULL);
	rig_task("looker", looker, NULL);
	rig_run_random(&r, 2, 50000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- first in, first out, also when there is no room ---- */

static void fill(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < MANY; i++)
		WRITE_ONCE(state()->row[i], 1);
	R(0) = READ_ONCE(Z);
}

/* From the newest on: who sees one store sees all before it. */
static void drained(void *arg)
{
	int last = 0;

	(void)arg;
	for (unsigned i = MANY; i--;) {
		int now = READ_ONCE(state()->row[i]);

		state()->wrong |= last && !now;
		last = now;
	}
}

static void expect_full(struct rig *r, enum sched_end end)
{
	(void)r;
	assert_int_equal(end, SCHED_DONE);
	assert_false(state()->wrong);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(state()->row[i], 1);
}

static void test_in_order(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r, MEMORY_TSO);
	r.on_end = expect_full;
	rig_task("fill", fill, NULL);
	rig_task("looker", drained, NULL);
	rig_run_random(&r, 3, 20000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- nobody waits for ever for a store ---- */

static void spinner(void *arg)
{
	(void)arg;
	while (!READ_ONCE(X))
		cpu_relax();
	spin_unlock(&state()->lock);
}

static void blocked(void *arg)
{
	(void)arg;
	WRITE_ONCE(X, 1);
	(void)READ_ONCE(Y);
	spin_lock(&state()->lock);
	spin_unlock(&state()->lock);
}

static void take_then_spin(void *arg)
{
	spin_lock(&state()->lock);
	spinner(arg);
}

static void test_stores_arrive(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r, MEMORY_TSO);
	r.bound = 1000;
	rig_task("spinner", take_then_spin, NULL);
	rig_task("blocked", blocked, NULL);
	rig_run_random(&r, 4, 20000);
	rig_expect_silence(&r);
	rig_end(&r);
}

/* ---- each store is told once when it gets to memory, and not before it was made ---- */

static unsigned told, wrongly;

static void tell(struct exec_policy *p, const struct task *t, const void *obj, u64 since)
{
	(void)p;
	(void)t;
	told++;
	wrongly += since > machine->sched.step || obj < (void *)state()->row || obj >= (void *)(state()->row + MANY);
}

static void test_told(void **unused)
{
	struct rig r;

	(void)unused;
	begin(&r, MEMORY_TSO);
	r.policy.written = tell;
	rig_task("fill", fill, NULL);
	rig_task("looker", drained, NULL);
	told = wrongly = 0;
	rig_run_random(&r, 7, 100);
	assert_int_equal(told, 100 * MANY);
	assert_int_equal(wrongly, 0);
	rig_end(&r);
}

/* ---- off means off, and the same answers give the same execution ---- */

static u64 hash_of(enum memory_model memory, u64 seed, u32 *chosen)
{
	struct rig r;

	begin(&r, memory);
	rig_task("one", own_stores, NULL);
	rig_task("two", looker, NULL);
	rig_run_random(&r, seed, 100);
	*chosen = r.chosen;
	assert_true(memory == MEMORY_TSO || !machine->task[0].buffer);
	rig_end(&r);
	return r.hash;
}

static void test_deterministic(void **unused)
{
	const u32 rows = 1u << CHOICE_STORE_DELAY | 1u << CHOICE_STORE_FLUSH;
	u32 chosen;

	(void)unused;
	assert_int_equal(hash_of(MEMORY_TSO, 5, &chosen), hash_of(MEMORY_TSO, 5, &chosen));
	assert_int_not_equal(hash_of(MEMORY_TSO, 5, &chosen), hash_of(MEMORY_TSO, 6, &chosen));
	assert_true(chosen & rows);
	hash_of(MEMORY_SC, 5, &chosen);
	assert_false(chosen & rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_litmus),
		cmocka_unit_test(test_drains),
		cmocka_unit_test(test_own_stores),
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_stores_arrive),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_deterministic),
	};

	return cmocka_run_group_tests_name("store_buffer", tests, NULL, NULL);
}
