/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of marked accesses and atomics: results as the kernel's, one point each, operands evaluated
 * once and before it.
 *
 * Concurrency: one thread.
 */
#include "rig.h"

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
};

struct state {
	atomic_t a, b;
	atomic_long_t l;
	unsigned long word;
	struct state *self;
	int evaluated;
	long got[16];
};

static struct state *state(void)
{
	return machine->core;
}

static struct state *counted(void)
{
	state()->evaluated++;
	return state();
}

/* ---- every operation is one point on its object ---- */

#define LOG 64

struct log {
	struct rig rig;
	unsigned nr;
	u8 kind[LOG];
	const void *obj[LOG];
};

static void log_step(struct rig *r, const struct task *t)
{
	struct log *log = container_of(r, struct log, rig);

	if (log->nr < LOG) {
		log->kind[log->nr] = t->op.kind;
		log->obj[log->nr++] = t->op.obj;
	}
}

static void run(struct log *log, void (*fn)(void *))
{
	log->nr = 0;
	rig_begin(&log->rig, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	rig_state(sizeof(struct state));
	state()->self = state();
	log->rig.on_step = log_step;
	rig_task("task", fn, NULL);
	assert_int_equal(rig_run_once(&log->rig), SCHED_DONE);
	rig_expect_silence(&log->rig);
	rig_end(&log->rig);
}

static void assert_log(const struct log *log, unsigned i, enum op_kind kind, const void *obj)
{
	assert_true(i < log->nr);
	assert_int_equal(log->kind[i], kind);
	assert_ptr_equal(log->obj[i], obj);
}

static void counters(void *arg)
{
	struct state *s = state();
	long *got = s->got;

	(void)arg;
	atomic_set(&s->a, 5);
	got[0] = atomic_read(&s->a);
	got[1] = atomic_add_return(3, &s->a);
	got[2] = atomic_sub_return(10, &s->a);
	got[3] = atomic_add_negative(1, &s->a);
	got[4] = atomic_inc_and_test(&s->a);
	got[5] = atomic_inc_not_zero(&s->a);
	got[6] = atomic_inc_return(&s->a);
	got[7] = atomic_inc_not_zero(&s->a);
	got[8] = atomic_cmpxchg(&s->a, 7, 9);
	got[9] = atomic_cmpxchg(&s->a, 2, 9);
	got[10] = atomic_add_unless(&s->a, 1, 9);
	got[11] = xchg(&s->a.counter, 1);
	got[12] = atomic_dec_and_test(&s->a);
	got[13] = atomic_dec_return(&s->a);
	atomic_add(1l << 40, &s->l);
	got[14] = atomic_read(&s->l);
	got[15] = atomic_peek(&s->a);
}

static void test_counters(void **unused)
{
	static const long want[16] = { 5, 8, -2, 1, 1, 0, 1, 1, 2, 2, 0, 9, 1, -1, 1l << 40, -1 };
	static const u8 kind[17] = { OP_START, OP_STORE, OP_LOAD, OP_RMW };
	struct log log;

	(void)unused;
	run(&log, counters);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(state()->got[i], want[i]);
	assert_int_equal(log.nr, 18);
	for (unsigned i = 1; i < 16; i++)
		assert_log(&log, i, kind[i] ? kind[i] : OP_RMW, &state()->a);
	assert_log(&log, 16, OP_RMW, &state()->l);
	assert_log(&log, 17, OP_LOAD, &state()->l);
}

static void bits(void *arg)
{
	struct state *s = state();
	long *got = s->got;

	(void)arg;
	set_bit(63, &s->word);
	set_bit(0, &s->word);
	got[0] = test_bit(63, &s->word);
	got[1] = test_bit(62, &s->word);
	got[2] = test_and_set_bit(63, &s->word);
	got[3] = test_and_set_bit(5, &s->word);
	got[4] = test_and_clear_bit(63, &s->word);
	got[5] = test_and_clear_bit(63, &s->word);
	clear_bit(0, &s->word);
}

static void test_bits(void **unused)
{
	static const long want[6] = { 1, 0, 1, 0, 1, 0 };
	struct log log;

	(void)unused;
	run(&log, bits);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(state()->got[i], want[i]);
	assert_int_equal(state()->word, 1ul << 5);
	assert_int_equal(log.nr, 10);
	for (unsigned i = 1; i < 10; i++)
		assert_log(&log, i, i == 3 || i == 4 ? OP_LOAD : OP_RMW, &state()->word);
}

/* ---- operands ---- */

static void evaluates_each_once(void *arg)
{
	unsigned bit = 0;
	int i = 1;

	(void)arg;
	WRITE_ONCE(counted()->b.counter, i++);
	state()->got[0] = READ_ONCE(counted()->b.counter);
	smp_store_release(&counted()->self, counted());
	state()->got[1] = smp_load_acquire(&counted()->self) == state();
	rcu_assign_pointer(counted()->self, state());
	state()->got[2] = rcu_dereference(counted()->self) == state();
	atomic_add(i++, &counted()->b);
	atomic_cmpxchg(&counted()->b, i++, 8);
	atomic_add_unless(&counted()->b, i++, 99);
	xchg(&counted()->word, 6ul);
	set_bit(bit++, &counted()->word);
	clear_bit(bit++, &counted()->word);
	state()->got[3] = test_bit(bit++, &counted()->word);
	state()->got[4] = i;
	state()->got[5] = bit;
}

static void test_operands_are_evaluated_once(void **unused)
{
	struct log log;

	(void)unused;
	run(&log, evaluates_each_once);
	assert_int_equal(log.nr, 14);
	assert_int_equal(state()->evaluated, 14);
	assert_int_equal(state()->got[0], 1);
	assert_int_equal(state()->got[1], 1);
	assert_int_equal(state()->got[2], 1);
	assert_int_equal(state()->got[3], 1);
	assert_int_equal(state()->got[4], 5);
	assert_int_equal(state()->got[5], 3);
	assert_int_equal(atomic_peek(&state()->b), 12);
	assert_int_equal(state()->word, 5);
}

static void nests(void *arg)
{
	const struct state *const s = state();

	(void)arg;
	state()->got[0] = READ_ONCE(READ_ONCE(s->self)->a.counter);
	state()->got[1] = min(READ_ONCE(s->a.counter), max(READ_ONCE(s->b.counter), min(1, 2)));
	WRITE_ONCE(READ_ONCE(s->self)->word, READ_ONCE(s->word) + 1);
	atomic_add(READ_ONCE(s->b.counter), &READ_ONCE(s->self)->a);
}

/*
 * Macros nest, also on const objects; the value of a store is computed before the store is
 * published.
 */
static void test_nesting(void **unused)
{
	static const u8 kind[12] = { OP_START, OP_LOAD,	 OP_LOAD, OP_LOAD, OP_LOAD, OP_LOAD,
				     OP_LOAD,  OP_STORE, OP_LOAD, OP_LOAD, OP_RMW };
	struct log log;

	(void)unused;
	run(&log, nests);
	assert_int_equal(log.nr, 11);
	for (unsigned i = 0; i < 11; i++)
		assert_int_equal(log.kind[i], kind[i]);
	assert_log(&log, 7, OP_STORE, &state()->word);
	assert_log(&log, 10, OP_RMW, &state()->a);
	assert_int_equal(state()->word, 1);
}

/* ---- atomic means: nothing in between ---- */

static void adds(void *arg)
{
	struct state *s = state();

	for (unsigned i = 0; i < 2; i++) {
		atomic_inc(&s->a);
		if (arg)
			atomic_set(&s->b, atomic_read(&s->b) + 1);
	}
}

struct sums {
	struct rig rig;
	bool seen[8];
};

static void sums_end(struct rig *r, enum sched_end end)
{
	struct sums *s = container_of(r, struct sums, rig);

	assert_int_equal(end, SCHED_DONE);
	assert_int_equal(atomic_peek(&state()->a), 4);
	assert_in_range(atomic_peek(&state()->b), 0, 4);
	s->seen[atomic_peek(&state()->b)] = true;
}

/* One read-modify-write loses nothing, a read and a write lose what a schedule makes them lose. */
static void test_atomicity(void **unused)
{
	struct sums s;

	(void)unused;
	for (unsigned long plain = 0; plain < 2; plain++) {
		rig_begin(&s.rig, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
		rig_state(sizeof(struct state));
		memset(s.seen, 0, sizeof(s.seen));
		s.rig.on_end = sums_end;
		rig_task("one", adds, (void *)plain);
		rig_task("two", adds, (void *)plain);
		rig_run_all(&s.rig, 4000);
		rig_expect_silence(&s.rig);
		rig_end(&s.rig);
		for (unsigned b = 0; b < 8; b++)
			assert_int_equal(s.seen[b], plain ? b >= 2 && b <= 4 : b == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_operands_are_evaluated_once),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_atomicity),
	};

	return cmocka_run_group_tests_name("atomic", tests, NULL, NULL);
}
