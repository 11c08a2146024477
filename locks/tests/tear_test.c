/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of torn stores: what others can see of one over all schedules, what stays of what they store in between, which stores are
 * never torn. The test stands in for the compiler: it announces a store, does it, and says that the task goes on.
 *
 * Concurrency: one thread.
 */
#include "access/tear.h"
#include "rig.h"

#define OLD 0x1111111122222222ul
#define NEW 0x3333333344444444ul
#define LOW_NEW 0x1111111144444444ul
#define OTHER 0x5555555566666666ul
#define TORN_BY_OTHER 0x3333333366666666ul	/* the second half, over all of another store */

static const struct lock_class classes[] = {
	{ "none", WAIT_PSEUDO, SAME_NEVER, 0 },
	{ "rcu", WAIT_RCU, SAME_RECURSIVE, 0 },
};

struct state {
	u64 word, value;		/* value: what the task that tears stores */
	u32 half_word;
	u64 seen;			/* by who looks */
	struct kmem_cache *cache;
	u64 *object;
	bool listener;			/* it stores where accesses are nobody's business, else where they may be no points */
};

static struct state *state(void)
{
	return machine->core;
}

/* What one of the values was, at the end of each execution, over all of them. */
struct seen {
	struct rig rig;
	u64 value[8];
	unsigned nr;
	u64 (*which)(void);
};

static u64 seen_by_other(void)
{
	return state()->seen;
}

static u64 left_in_word(void)
{
	return state()->word;
}

static void add(struct rig *r, enum sched_end end)
{
	struct seen *s = container_of(r, struct seen, rig);
	u64 value = s->which();

	assert_int_equal(end, SCHED_DONE);
	for (unsigned i = 0; i < s->nr; i++)
		if (s->value[i] == value)
			return;
	assert_true(s->nr < ARRAY_SIZE(s->value));
	s->value[s->nr++] = value;
}

static bool has(const struct seen *s, u64 value)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (s->value[i] == value)
			return true;
	return false;
}

static void begin(struct seen *s, u64 (*which)(void))
{
	memset(s, 0, sizeof(*s));
	rig_begin(&s->rig, EXEC_CONTROLLED, classes, ARRAY_SIZE(classes));
	s->rig.on_end = add;
	s->which = which;
	rig_state(sizeof(struct state));
	state()->word = OLD;
	state()->half_word = (u32)OLD;
	state()->value = NEW;
	state()->cache = kmem_cache_create("thing", 64, 0, 0, NULL, NULL);
}

static void run(struct seen *s)
{
	rig_run_all(&s->rig, 100000);
	rig_expect_silence(&s->rig);
	rig_end(&s->rig);
}

/* ---- bodies ---- */

static void store(u64 *word, u64 value)
{
	tear_note(word, sizeof(*word), HERE);
	*word = value;
	tear_settle();
}

static void storer(void *unused)
{
	(void)unused;
	store(&state()->word, state()->value);
}

static void half_storer(void *unused)
{
	(void)unused;
	tear_note(&state()->half_word, sizeof(u32), HERE);
	state()->half_word = 0x33334444;
	tear_settle();
}

static void looker(void *unused)
{
	(void)unused;
	state()->seen = READ_ONCE(state()->word);
}

static void half_looker(void *unused)
{
	(void)unused;
	state()->seen = READ_ONCE(state()->half_word);
}

static void other_storer(void *unused)
{
	(void)unused;
	WRITE_ONCE(state()->word, OTHER);
}

/* ---- what others see ---- */

static void test_seen(void **unused)
{
	struct seen s;

	(void)unused;
	begin(&s, seen_by_other);
	rig_task("storer", storer, NULL);
	rig_task("looker", looker, NULL);
	run(&s);
	assert_int_equal(s.nr, 3);
	assert_true(has(&s, OLD) && has(&s, LOW_NEW) && has(&s, NEW));
}

static void test_seen_of_four_bytes(void **unused)
{
	struct seen s;

	(void)unused;
	begin(&s, seen_by_other);
	rig_task("storer", half_storer, NULL);
	rig_task("looker", half_looker, NULL);
	run(&s);
	assert_int_equal(s.nr, 3);
	assert_true(has(&s, 0x22222222) && has(&s, 0x22224444) && has(&s, 0x33334444));
}

static void test_only_a_half_is_stored_late(void **unused)
{
	struct seen s;

	(void)unused;
	begin(&s, left_in_word);
	rig_task("storer", storer, NULL);
	rig_task("other", other_storer, NULL);
	run(&s);
	assert_int_equal(s.nr, 3);
	assert_true(has(&s, NEW) && has(&s, OTHER) && has(&s, TORN_BY_OTHER));
}

/* ---- what is not torn ---- */

static void test_halves_that_stay(void **unused)
{
	static const u64 value[] = { OLD, (OLD & 0xffffffff) | (NEW & ~0xfffffffful), LOW_NEW };

	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(value); i++) {
		struct seen s;

		begin(&s, seen_by_other);
		state()->value = value[i];
		rig_task("storer", storer, NULL);
		rig_task("looker", looker, NULL);
		run(&s);
		assert_int_equal(s.nr, value[i] == OLD ? 1 : 2);
		assert_true(has(&s, OLD) && has(&s, value[i]));
		assert_int_equal(s.rig.chosen, 0);
	}
}

static void forbidden_storer(void *unused)
{
	u8 *depth = state()->listener ? &current->unwatched : &current->undivided;

	(void)unused;
	tear_note(&state()->word, sizeof(u64), HERE);
	state()->word = NEW;
	++*depth;
	tear_settle();
	--*depth;
	tear_settle();			/* it is over: not asked again */
}

static void test_where_nobody_comes_in_between(void **unused)
{
	(void)unused;
	for (unsigned listener = 0; listener < 2; listener++) {
		struct seen s;

		begin(&s, seen_by_other);
		state()->listener = listener;
		rig_task("storer", forbidden_storer, NULL);
		rig_task("looker", looker, NULL);
		run(&s);
		assert_int_equal(s.nr, 2);
		assert_true(has(&s, OLD) && has(&s, NEW));
	}
}

static void byte_storer(void *unused)
{
	(void)unused;
	tear_note(&state()->word, 2, HERE);
	state()->word = NEW;
	tear_settle();
}

static void test_other_sizes(void **unused)
{
	struct seen s;

	(void)unused;
	begin(&s, seen_by_other);
	rig_task("storer", byte_storer, NULL);
	rig_task("looker", looker, NULL);
	run(&s);
	assert_int_equal(s.nr, 2);
}

/* A store of an execution that ended before it was settled is none of the next one's. */
static void test_beginning_forgets(void **unused)
{
	struct seen s;

	(void)unused;
	begin(&s, seen_by_other);
	tear_note(&state()->word, sizeof(u64), HERE);
	state()->word = NEW;
	tear_begin();
	rig_task("settler", byte_storer, NULL);
	rig_task("looker", looker, NULL);
	run(&s);
	assert_int_equal(s.nr, 1);
	assert_true(has(&s, NEW));
}

/* ---- lifetime ---- */

static void object_storer(void *unused)
{
	u64 *object = kmem_cache_alloc(state()->cache, GFP_ATOMIC);

	(void)unused;
	*object = OLD;
	WRITE_ONCE(state()->object, object);
	store(object, NEW);
}

static void freer(void *unused)
{
	u64 *object = READ_ONCE(state()->object);

	(void)unused;
	if (object)
		kmem_cache_free(state()->cache, object);
}

static void test_freed_in_between(void **unused)
{
	struct seen s;
	struct rig *r = &s.rig;

	(void)unused;
	begin(&s, NULL);
	r->on_end = NULL;
	rig_task("storer", object_storer, NULL);
	rig_task("freer", freer, NULL);
	rig_run_all(r, 100000);
	assert_true(r->ends[SCHED_STOPPED]);
	rig_expect(r, ORACLE_LIFETIME, "use-after-free:thing:store");
	rig_end(r);
}

/* ---- */

static u64 hash_of(u64 seed)
{
	struct seen s;

	begin(&s, seen_by_other);
	rig_task("storer", storer, NULL);
	rig_task("looker", looker, NULL);
	rig_task("other", other_storer, NULL);
	rig_run_random(&s.rig, seed, 100);
	rig_end(&s.rig);
	return s.rig.hash;
}

static void test_deterministic(void **unused)
{
	(void)unused;
	assert_int_equal(hash_of(5), hash_of(5));
	assert_int_not_equal(hash_of(5), hash_of(6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_seen_of_four_bytes),
		cmocka_unit_test(test_only_a_half_is_stored_late),
		cmocka_unit_test(test_halves_that_stay),
		cmocka_unit_test(test_where_nobody_comes_in_between),
		cmocka_unit_test(test_other_sizes),
		cmocka_unit_test(test_beginning_forgets),
		cmocka_unit_test(test_freed_in_between),
		cmocka_unit_test(test_deterministic),
	};

	return cmocka_run_group_tests_name("tear", tests, NULL, NULL);
}
