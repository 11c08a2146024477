/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directives, delta debugging, base orders and the cutting of scenarios, on programs that a few lines of simulation run.
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
#include "minimise/named.h"
#include "minimise/orders.h"
#include "minimise/twin.h"

/* --- Directives --- */

struct both {
	struct schedule_log log;
	struct recording rec;
	struct history h;
};

static void both_free(struct both *b)
{
	log_free(&b->log);
	recording_free(&b->rec);
}

static void explore_logged(const struct strategy *s, u64 seed, const struct program *p, struct both *b)
{
	const struct estimate est = { .decisions = 100, .steps = 200 };
	struct explorer e;
	struct logger l;

	explorer_init(&e);
	explorer_begin(&e, s, seed, 0, &est, &b->rec);
	logger_begin(&l, &e.policy, &b->log);
	sim_run(&l.policy, p, &b->h);
	explorer_free(&e);
}

static void obey_logged(const struct directives *d, const struct program *p, struct both *b)
{
	struct director director;
	struct logger l;

	director_begin(&director, d, &b->rec);
	logger_begin(&l, &director.policy, &b->log);
	sim_run(&l.policy, p, &b->h);
}

static void random_order(u8 order[STRATEGY_TASKS], u64 *rng)
{
	for (unsigned i = 0; i < STRATEGY_TASKS; i++) {
		unsigned j = rng_below(rng, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
}

static void derived_directives_lead_to_the_same(void **state)
{
	struct both was = { .log = { .nr = 0 } }, is = { .log = { .nr = 0 } };
	struct directives d = { .nr = 0 };
	struct program p;
	u64 rng = 1;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		random_program(&p, &rng);
		explore_logged(strategies[i % 4], i, &p, &was);
		assert_int_equal(was.log.preemptions, was.h.preemptions);
		for (unsigned k = 0; k < 5; k++) {
			random_order(d.order, &rng);
			directives_derive(&d, &was.log);
			obey_logged(&d, &p, &is);
			assert_same_recording(&was.rec, &is.rec);
			assert_int_equal(was.log.preemptions, is.log.preemptions);
		}
	}
	directives_free(&d);
	both_free(&was);
	both_free(&is);
}

static void no_directives_no_preemptions(void **state)
{
	struct both b = { .log = { .nr = 0 } };
	struct directives d = { .nr = 0 };
	struct program p;
	u64 rng = 2;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		random_program(&p, &rng);
		random_order(d.order, &rng);
		obey_logged(&d, &p, &b);
		assert_int_equal(b.log.preemptions, 0);
		for (u32 c = 0; c < b.rec.nr; c++)
			assert_int_not_equal(b.rec.choice[c] & CHOICE_BIT && b.rec.choice[c] != CHOICE_BIT, 1);
	}
	both_free(&b);
}

static void random_garbage(struct directives *d, u64 *rng)
{
	random_order(d->order, rng);
	d->nr = 0;
	for (unsigned n = rng_below(rng, 60); n; n--)
		directives_add(d, (struct directive){
			.n = rng_below(rng, 50), .kind = rng_below(rng, DIRECTIVE_KINDS),
			.task = rng_below(rng, STRATEGY_TASKS + 1), .to = rng_below(rng, 256),
		});
}

/* Garbage leads to some execution, what is left of it when only the effects are kept to the same one, and that is a subset. */
static void garbage_is_passed_over(void **state)
{
	struct both was = { .log = { .nr = 0 } }, is = { .log = { .nr = 0 } };
	struct directives d = { .nr = 0 };
	struct program p;
	u64 rng = 3;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		u32 given;

		random_program(&p, &rng);
		random_garbage(&d, &rng);
		given = d.nr;
		obey_logged(&d, &p, &was);
		directives_derive(&d, &was.log);
		assert_true(d.nr <= given);
		obey_logged(&d, &p, &is);
		assert_same_recording(&was.rec, &is.rec);
	}
	directives_free(&d);
	both_free(&was);
	both_free(&is);
}

static void result_is_an_ordinary_recording(void **state)
{
	struct both b = { .log = { .nr = 0 } };
	struct recording again = { .nr = 0 };
	struct directives d = { .nr = 0 };
	struct replayer r;
	struct program p;
	u64 rng = 4;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		random_program(&p, &rng);
		random_garbage(&d, &rng);
		obey_logged(&d, &p, &b);
		replayer_begin(&r, &b.rec, &again);
		sim_run(&r.policy, &p, &b.h);
		assert_false(r.diverged);
		assert_same_recording(&b.rec, &again);
	}
	directives_free(&d);
	recording_free(&again);
	both_free(&b);
}

static unsigned fates_of(const struct directive_fate *fate, const struct directives *d, enum fate which)
{
	unsigned nr = 0;

	for (u32 i = 0; i < d->nr; i++)
		nr += fate[i].fate == which;
	return nr;
}

/* As obey_logged(), but those that expect something else are passed over, and told. */
static struct directive_fate *obey_told(const struct directives *d, const struct program *p, struct both *b)
{
	struct director director;
	struct logger l;

	director_begin(&director, d, &b->rec);
	director.fate = directive_fates(d);
	logger_begin(&l, &director.policy, &b->log);
	sim_run(&l.policy, p, &b->h);
	return director.fate;
}

static void all_apply_where_they_come_from(void **state)
{
	struct both was = { .log = { .nr = 0 } }, is = { .log = { .nr = 0 } };
	struct directives d = { .nr = 0 };
	struct directive_fate *fate;
	struct program p;
	u64 rng = 7;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		random_program(&p, &rng);
		explore_logged(strategies[i % 4], i, &p, &was);
		random_order(d.order, &rng);
		directives_derive(&d, &was.log);
		fate = obey_told(&d, &p, &is);
		assert_same_recording(&was.rec, &is.rec);
		assert_int_equal(fates_of(fate, &d, FATE_APPLIED), d.nr);
		free(fate);
	}
	directives_free(&d);
	both_free(&was);
	both_free(&is);
}

/* Whatever is wrong with one, it has no effect but that it is told, and the rest is obeyed as if it were not there. */
static void what_does_not_apply_is_as_if_absent(void **state)
{
	struct both with = { .log = { .nr = 0 } }, without = { .log = { .nr = 0 } };
	struct directives d = { .nr = 0 }, rest = { .nr = 0 };
	struct directive_fate *fate;
	struct program p;
	u64 rng = 8, other = 0;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		random_program(&p, &rng);
		explore_logged(strategies[i % 4], i, &p, &with);
		random_order(d.order, &rng);
		directives_derive(&d, &with.log);
		for (u32 k = 0; k < d.nr; k++)
			if (!rng_below(&rng, 3))
				d.item[k].what = 1 + rng_below(&rng, 255);
		fate = obey_told(&d, &p, &with);
		memcpy(rest.order, d.order, sizeof(rest.order));
		rest.nr = 0;
		for (u32 k = 0; k < d.nr; k++)
			if (fate[k].fate == FATE_APPLIED)
				directives_add(&rest, d.item[k]);
		other += fates_of(fate, &d, FATE_OTHER);
		free(fate);
		fate = obey_told(&rest, &p, &without);
		assert_same_recording(&with.rec, &without.rec);
		assert_int_equal(fates_of(fate, &rest, FATE_APPLIED), rest.nr);
		free(fate);
	}
	assert_true(other > 1000);
	directives_free(&d);
	directives_free(&rest);
	both_free(&with);
	both_free(&without);
}

static void texts_go_round(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < DIRECTIVE_KINDS; kind++) {
		unsigned what = WHAT_FIRST;

		for (; what_text(kind, what); what++)
			assert_int_equal(what_find(kind, what_text(kind, what)), what);
		assert_int_equal(what, kind == DIRECTIVE_CHOICE ? WHAT_FIRST + CHOICE_NR : WHAT_END + 1);
		assert_null(what_text(kind, WHAT_EVER));
		assert_null(what_text(kind, WHAT_NONE));
		assert_int_equal(what_find(kind, NULL), WHAT_EVER);
		assert_int_equal(what_find(kind, "no such thing"), WHAT_NONE);
	}
}

static const char *letter(void *arg, unsigned task)
{
	static const char *const names[] = { "A", "B", "C" };

	(void)arg;
	return names[task];
}

static void directives_in_one_line(void **state)
{
	struct directives d = { .order = { 2, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	directives_add(&d, (struct directive){ 1, DIRECTIVE_SWITCH, DIRECTIVE_NOBODY, 1, 0 });
	directives_add(&d, (struct directive){ 36, DIRECTIVE_SWITCH, 0, 1, 0 });
	directives_add(&d, (struct directive){ 4, DIRECTIVE_CHOICE, 2, 3, 0 });
	directives_print(&d, 7, letter, NULL, out);
	fclose(out);
	assert_string_equal(text, "order C A B; start>B, A.36>B, C:4=3");
	free(text);
	directives_free(&d);
}

/* Two that spin must not keep away the third. */
static void spinning_goes_round(void **state)
{
	struct both b = { .log = { .nr = 0 } };
	struct directives d = { .order = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };
	struct director p;

	(void)state;
	sim_clear_machine(3);
	for (unsigned i = 0; i < 3; i++)
		machine->task[i].op.kind = OP_YIELD;
	director_begin(&p, &d, &b.rec);
	for (unsigned i = 0; i < 9; i++) {
		unsigned last = (i + 2) % 3, task;

		/* As the scheduler does it: who gave way is not asked at once. */
		task = p.policy.pick(&p.policy, i ? 7ul & ~(1ul << last) : 7);
		assert_int_equal(task, i % 3);
		p.policy.step(&p.policy, &machine->task[task]);
	}
	both_free(&b);
}

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

/* Wherever one cuts, and as often as one likes: it is a scenario still, or the parser says no; nothing crashes. */
static void cutting_anywhere(void **state)
{
	u64 rng = 6;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		struct scenario *scn = parse_whole();

		for (unsigned n = 0; n < 12; n++)
			cuts[rng_below(&rng, 7)].apply(scn, rng_below(&rng, 5), rng_below(&rng, 6));
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
		cmocka_unit_test(derived_directives_lead_to_the_same),
		cmocka_unit_test(no_directives_no_preemptions),
		cmocka_unit_test(garbage_is_passed_over),
		cmocka_unit_test(result_is_an_ordinary_recording),
		cmocka_unit_test(all_apply_where_they_come_from),
		cmocka_unit_test(what_does_not_apply_is_as_if_absent),
		cmocka_unit_test(texts_go_round),
		cmocka_unit_test(directives_in_one_line),
		cmocka_unit_test(spinning_goes_round),
		cmocka_unit_test(ddmin_keeps_what_is_needed),
		cmocka_unit_test(ddmin_stops_when_told),
		cmocka_unit_test(ddmin_of_nothing),
		cmocka_unit_test(orders_are_all_there_are_or_a_sample),
		cmocka_unit_test(binder_goes_with_its_uses),
		cmocka_unit_test(each_way_to_cut),
		cmocka_unit_test(cutting_anywhere),
		cmocka_unit_test(names_of_twins),
	};

	return cmocka_run_group_tests(tests, sim_map_arena, NULL);
}
