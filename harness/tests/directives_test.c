/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directives: derived, obeyed, passed over, told; on programs that a few lines of simulation run.
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

#include "minimise/named.h"

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
			if (fate[k].fate == FATE_APPLIED || fate[k].fate == FATE_UNABLE)
				directives_add(&rest, d.item[k]);
		other += fates_of(fate, &d, FATE_OTHER);
		free(fate);
		fate = obey_told(&rest, &p, &without);
		assert_same_recording(&with.rec, &without.rec);
		assert_int_equal(fates_of(fate, &rest, FATE_APPLIED) + fates_of(fate, &rest, FATE_UNABLE), rest.nr);
		free(fate);
	}
	assert_true(other > 1000);
	directives_free(&d);
	directives_free(&rest);
	both_free(&with);
	both_free(&without);
}

/* Task 0 has more operations before the ones that the directives count, task 1 nothing to do with it. */
static void late_operations_are_waited_for(void **state)
{
	struct both b = { .log = { .nr = 0 } };
	struct directives d = { .order = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };
	struct directive_fate *fate;

	(void)state;
	directives_add(&d, (struct directive){ 3, DIRECTIVE_SWITCH, 0, 1, WHAT_FIRST + OP_RMW });
	directives_add(&d, (struct directive){ 6, DIRECTIVE_SWITCH, 0, 1, WHAT_FIRST + OP_TRYLOCK });
	for (unsigned more = 0; more < DIRECTIVE_PATIENCE + 3; more++) {
		static struct program p;
		bool comes = more <= DIRECTIVE_PATIENCE;

		memset(&p, 0, sizeof(p));
		p.nr_tasks = 2;
		add_local(&p, 0, 2 + more);
		add_op(&p, 0, OP_RMW, 1);
		add_local(&p, 0, 2);
		add_op(&p, 0, OP_TRYLOCK, 2);
		add_local(&p, 0, 2);
		add_local(&p, 1, 2 * (2 + more));
		fate = obey_told(&d, &p, &b);
		assert_int_equal(fate[0].fate, comes ? FATE_APPLIED : FATE_OTHER);
		assert_int_equal(fate[0].later, comes ? more : 0);
		free(fate);
	}
	directives_free(&d);
	both_free(&b);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derived_directives_lead_to_the_same),
		cmocka_unit_test(no_directives_no_preemptions),
		cmocka_unit_test(garbage_is_passed_over),
		cmocka_unit_test(result_is_an_ordinary_recording),
		cmocka_unit_test(all_apply_where_they_come_from),
		cmocka_unit_test(what_does_not_apply_is_as_if_absent),
		cmocka_unit_test(late_operations_are_waited_for),
		cmocka_unit_test(texts_go_round),
		cmocka_unit_test(directives_in_one_line),
		cmocka_unit_test(spinning_goes_round),
	};

	return cmocka_run_group_tests(tests, sim_map_arena, NULL);
}
