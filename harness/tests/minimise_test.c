/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delta debugging, base orders and the cutting of scenarios, on programs that a few lines of simulation run.
 *
 * Random tests are seeded: a failure is the same in every run.
 */
#include "tests/explore_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "minimise/cut.h"
#include "minimise/ddmin.h"
#include "minimise/orders.h"
#include "minimise/twin.h"

/* --- Delta debugging --- */

struct needed {
	u64 items;			/* bit set of n */
	unsigned tests, limit;
	bool shorten;			/* take the odd ones out, unless needed */
};

static bool has_needed(void *arg, struct directives *d)
{
	struct needed *want = arg;
	struct directives kept = { .nr = 0 };
	u64 has = 0;

	if (want->tests >= want->limit)
		return false;
	want->tests++;
	for (u32 i = 0; i < d->nr; i++)
		has |= 1ul << d->item[i].n;
	if (want->items & ~has)
		return false;
	for (u32 i = 0; want->shorten && i < d->nr; i++)
		if (!(d->item[i].n & 1) || want->items >> d->item[i].n & 1)
			directives_add(&kept, d->item[i]);
	if (want->shorten)
		directives_copy(d, &kept);
	directives_free(&kept);
	return true;
}

static void sixty_items(struct directives *d)
{
	d->nr = 0;
	for (u32 n = 0; n < 60; n++)
		directives_add(d, (struct directive){ .n = n });
}

static u64 items_of(const struct directives *d)
{
	u64 has = 0;

	for (u32 i = 0; i < d->nr; i++)
		has |= 1ul << d->item[i].n;
	return has;
}

static void ddmin_keeps_what_is_needed(void **state)
{
	struct directives d = { .nr = 0 };
	u64 rng = 5;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		struct needed want = { .limit = 10000, .shorten = i & 1 };
		const struct ddmin dd = { .test = has_needed, .arg = &want };

		for (unsigned n = i % 8; n; n--)
			want.items |= 1ul << rng_below(&rng, 60);
		sixty_items(&d);
		ddmin_run(&dd, &d);
		assert_int_equal(items_of(&d), want.items);
		assert_int_equal(d.nr, __builtin_popcountl(want.items));
		assert_true(want.tests < 60 + 60);
	}
	directives_free(&d);
}

static void ddmin_stops_when_told(void **state)
{
	struct directives d = { .nr = 0 };

	(void)state;
	for (unsigned limit = 0; limit < 40; limit++) {
		struct needed want = { .limit = limit, .items = 1ul << 7 | 1ul << 41 };
		const struct ddmin dd = { .test = has_needed, .arg = &want };

		sixty_items(&d);
		ddmin_run(&dd, &d);
		assert_int_equal(want.items & ~items_of(&d), 0);
		assert_int_equal(want.tests <= limit, 1);
		assert_true(limit || d.nr == 60);
	}
	directives_free(&d);
}

static void ddmin_of_nothing(void **state)
{
	struct directives d = { .nr = 0 };
	struct needed want = { .limit = 10 };
	const struct ddmin dd = { .test = has_needed, .arg = &want };

	(void)state;
	ddmin_run(&dd, &d);
	assert_int_equal(d.nr, 0);
	assert_int_equal(want.tests, 0);
	directives_free(&d);
}

/* --- Base orders --- */

static void check_orders(unsigned nr_tasks, unsigned expected)
{
	struct orders o = { .nr = 0 };
	u8 order[ORDERS_MAX][STRATEGY_TASKS], again[STRATEGY_TASKS];

	for (unsigned i = 0; i < nr_tasks; i++) {
		orders_add(&o, (3 + 5 * i) % STRATEGY_TASKS);
		orders_add(&o, 3);
	}
	orders_seal(&o);
	assert_int_equal(o.nr, expected);
	for (unsigned i = 0; i < o.nr; i++) {
		u64 seen = 0;

		orders_get(&o, i, order[i]);
		orders_get(&o, i, again);
		assert_memory_equal(order[i], again, sizeof(again));
		for (unsigned t = 0; t < STRATEGY_TASKS; t++)
			seen |= 1ul << order[i][t];
		assert_int_equal(seen, (1ul << STRATEGY_TASKS) - 1);
		for (unsigned other = 0; other < i && nr_tasks <= 5; other++)
			assert_memory_not_equal(order[i], order[other], STRATEGY_TASKS);
	}
	for (unsigned t = 0; t < nr_tasks; t++)
		assert_int_equal(order[0][t], (3 + 5 * t) % STRATEGY_TASKS);
}

static void orders_are_all_there_are_or_a_sample(void **state)
{
	(void)state;
	check_orders(0, 1);
	check_orders(1, 1);
	check_orders(2, 2);
	check_orders(3, 6);
	check_orders(4, 24);
	check_orders(5, 120);
	check_orders(6, 120);
	check_orders(12, 120);
}

/* --- Scenarios --- */

static const char whole[] = "scenario whole\n"
			    "goal walk-saw-child-vma\n"
			    "setup { mm P  mm Q  P: a = mmap anon 2  P: write a[0] = 1  C = P: fork }\n"
			    "thread one { repeat 3 { C: write a[1] = 2 }  v = walk C a[0]  P: write a[0] = 3 }\n"
			    "thread two { P: w = read a[0]  Q: exit }\n"
			    "finally { P: read a[0] == 3 }\n"
			    "outcome acceptable v == 1 \"one\"\n"
			    "outcome forbidden w == 7 \"two\"\n";

static const struct cut *cut_named(const char *name)
{
	const struct cut *cut = cuts;

	while (cut->name && strcmp(cut->name, name))
		cut++;
	assert_non_null(cut->name);
	return cut;
}

#define NR_CUTS 8u

static struct scenario *parse_whole(void)
{
	struct scn_error err;
	struct scenario *scn = scn_parse("whole", whole, sizeof(whole) - 1, &err);

	assert_non_null(scn);
	assert_int_equal(cut_size(scn), 11);
	return scn;
}

static void assert_parses(struct scenario *scn, unsigned size)
{
	struct scenario *again = cut_reparsed(scn);

	assert_non_null(again);
	assert_int_equal(cut_size(again), size);
	assert_int_equal(cut_size(scn), size);
	scn_free(again);
	scn_free(scn);
}

static void binder_goes_with_its_uses(void **state)
{
	struct scenario *scn = parse_whole();

	(void)state;
	/* Without the fork there is no C: its write, the group around it, the walk and the outcome that asks for its value. */
	assert_true(cut_named("statement")->apply(scn, 0, 4));
	assert_int_equal(scn->nr_outcomes, 1);
	assert_int_equal(cut_statements(scn, CUT_THREAD), 1);
	assert_parses(scn, 8);
	/* Without P nearly nothing. */
	scn = parse_whole();
	assert_true(cut_named("statement")->apply(scn, 0, 0));
	assert_int_equal(scn->nr_outcomes, 0);
	assert_parses(scn, 2);
}

static void each_way_to_cut(void **state)
{
	struct scenario *scn = parse_whole();

	(void)state;
	assert_true(cut_named("thread")->apply(scn, 0, 1));
	assert_false(cut_named("thread")->apply(scn, 0, 0));
	assert_int_equal(scn->nr_outcomes, 1);
	assert_true(cut_named("group")->apply(scn, CUT_THREAD, 0));
	assert_false(cut_named("group")->apply(scn, CUT_THREAD, 0));
	assert_false(cut_named("outcome")->apply(scn, 0, 0));
	assert_false(cut_named("value")->apply(scn, CUT_THREAD, 1));
	assert_true(cut_named("all outcomes")->apply(scn, 0, 0));
	assert_true(cut_named("value")->apply(scn, CUT_THREAD, 1));
	assert_false(cut_named("value")->apply(scn, CUT_THREAD, 1));
	assert_true(cut_named("expectation")->apply(scn, 1, 0));
	assert_false(cut_named("expectation")->apply(scn, 1, 0));
	cut_goals(scn);
	assert_int_equal(scn->nr_goals, 0);
	assert_parses(scn, 9);
	scn = parse_whole();
	assert_true(cut_named("outcome")->apply(scn, 0, 1));
	assert_true(cut_named("statement")->apply(scn, CUT_THREAD, 0));
	assert_parses(scn, 10);
}

/* Whoever never runs is told all the same if somebody behind him does: when that one gives way, it is the next one's turn. */
static void who_stands_between_is_told(void **state)
{
	struct directives d = { .nr = 0 };

	(void)state;
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		d.order[i] = (u8)i;
	assert_int_equal(directives_order_told(&d, 1u << 0 | 1u << 3), 0xf);
	assert_int_equal(directives_order_told(&d, 1u << 0 | 1u << 1), 0x3);
	d.order[1] = 3;
	d.order[3] = 1;
	assert_int_equal(directives_order_told(&d, 1u << 0 | 1u << 3), 1u << 0 | 1u << 3);
}

/* However many names there are: what used the one that is gone goes, and what uses another stays. */
static void many_names(void **state)
{
	struct scn_error err;
	char text[4096] = "scenario many\nsetup {\n", *end = text + strlen(text);

	(void)state;
	for (unsigned i = 0; i < SCN_MAX_NAMES; i++)
		end += sprintf(end, "mutex m%u\n", i);
	sprintf(end, "}\nthread t {\nlock m3\nlock m67\nunlock m67\nunlock m3\nlock m%d\nunlock m%d\n}\n", SCN_MAX_NAMES - 1,
		SCN_MAX_NAMES - 1);
	for (unsigned gone = 3; gone < SCN_MAX_NAMES; gone += 64) {
		struct scenario *scn = scn_parse("many", text, strlen(text), &err);

		assert_non_null(scn);
		assert_int_equal(scn->setup.stmt[gone].bind, gone);
		assert_true(cut_named("statement")->apply(scn, 0, gone));
		assert_int_equal(cut_statements(scn, CUT_THREAD), 4);
		assert_int_equal(scn->thread[0].stmt[0].lock, 3 + 67 - gone);
		assert_parses(scn, SCN_MAX_NAMES - 1 + 4);
	}
}

/* The child's deeds become its parent's; a name that is bound twice stays what it is. */
static void cutting_a_generation(void **state)
{
	static const char text[] = "scenario a\nsetup {\nmm P\nP: a = mmap anon 1\nC = P: fork\nD = C: fork\nE = D: fork\n}\n"
				   "thread t {\nC: write a[0] = 1\nreclaim C a[0]\nE = P: fork\n}\n";
	struct scn_error err;
	struct scenario *scn = scn_parse("family", text, sizeof(text) - 1, &err);

	(void)state;
	assert_non_null(scn);
	assert_false(cut_named("generation")->apply(scn, 0, 0));
	assert_false(cut_named("generation")->apply(scn, 0, 1));
	assert_false(cut_named("generation")->apply(scn, 0, 4));
	assert_true(cut_named("generation")->apply(scn, 0, 2));
	assert_int_equal(scn->thread[0].stmt[0].subject, scn->setup.stmt[0].bind);
	assert_int_equal(scn->thread[0].stmt[1].name, scn->setup.stmt[0].bind);
	assert_int_equal(scn->setup.stmt[2].subject, scn->setup.stmt[0].bind);
	assert_parses(scn, 7);
}

/* Who expects what a write stored that is gone expects nothing any more; not even if somebody else stores the same. */
static void expectations_go_with_their_writes(void **state)
{
	static const char text[] = "scenario e\nsetup {\nmm P\nP: a = mmap anon 3\nP: write a[0] = 4\n"
				   "P: write a[1] = 5\nP: fill a[2] = 5\n}\n"
				   "thread t {\nP: read a[0] == 4\nP: read a[1] == 5\nP: read a[2] == 0\n}\n";
	struct scn_error err;
	struct scenario *before = scn_parse("e", text, sizeof(text) - 1, &err), *scn = cut_reparsed(before);
	const struct scn_stmt *read = scn->thread[0].stmt;

	(void)state;
	cut_expectations(scn, before);
	assert_true(read[0].has_value && read[1].has_value && read[2].has_value);
	assert_true(cut_named("statement")->apply(scn, 0, 4));
	cut_expectations(scn, before);
	assert_true(read[0].has_value && !read[1].has_value && read[2].has_value);
	assert_true(cut_named("statement")->apply(scn, 0, 2));
	cut_expectations(scn, before);
	assert_true(!read[0].has_value && !read[1].has_value && read[2].has_value);
	assert_parses(scn, 6);
	scn_free(before);
}

/* Wherever one cuts, and as often as one likes: it is a scenario still, or the parser says no; nothing crashes. */
static void cutting_anywhere(void **state)
{
	u64 rng = 6;

	(void)state;
	assert_non_null(cuts[NR_CUTS - 1].name);
	assert_null(cuts[NR_CUTS].name);
	for (unsigned i = 0; i < 500; i++) {
		struct scenario *scn = parse_whole();

		for (unsigned n = 0; n < 12; n++)
			cuts[rng_below(&rng, NR_CUTS)].apply(scn, rng_below(&rng, 5), rng_below(&rng, 6));
		scn_free(cut_reparsed(scn));
		scn_free(scn);
	}
}

static void names_of_twins(void **state)
{
	static const char *const row[][2] = {
		{ "a/b.replay", "a/b-min.replay" }, { "mailed", "mailed-min.replay" }, { ".replay", ".replay-min.replay" },
		{ "x.replay.gz", "x.replay.gz-min.replay" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
		char *path = twin_path(row[i][0], "-min.replay");

		assert_string_equal(path, row[i][1]);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ddmin_keeps_what_is_needed),
		cmocka_unit_test(ddmin_stops_when_told),
		cmocka_unit_test(ddmin_of_nothing),
		cmocka_unit_test(orders_are_all_there_are_or_a_sample),
		cmocka_unit_test(binder_goes_with_its_uses),
		cmocka_unit_test(each_way_to_cut),
		cmocka_unit_test(many_names),
		cmocka_unit_test(who_stands_between_is_told),
		cmocka_unit_test(cutting_a_generation),
		cmocka_unit_test(expectations_go_with_their_writes),
		cmocka_unit_test(cutting_anywhere),
		cmocka_unit_test(names_of_twins),
	};

	return cmocka_run_group_tests(tests, sim_map_arena, NULL);
}
