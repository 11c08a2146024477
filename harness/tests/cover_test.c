/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of coverage: what is one trace and what are two, and the estimate of what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cover.h"
#include "tests/explore_sim.h"

static struct cover *looking;
static void (*explorers_step)(struct exec_policy *policy, const struct task *t);

static void step(struct exec_policy *policy, const struct task *t)
{
	explorers_step(policy, t);
	cover_step(looking, t);
}

static struct cover_result cover_of(const struct program *p, unsigned executions)
{
	struct recording rec = { 0 };
	struct cover_result r;
	struct explorer e;
	struct history h;

	looking = cover_new(NULL);
	explorer_init(&e);
	explorers_step = e.policy.step;
	e.policy.step = step;
	for (unsigned i = 0; i < executions; i++) {
		sim_explore(&e, &strategy_random, 1, i, p, &rec, &h);
		cover_execution(looking);
	}
	explorer_free(&e);
	recording_free(&rec);
	cover_end(looking, &r);
	return r;
}

/* Three operations each on one object of two tasks. */
static u64 traces_of(enum op_kind one, enum op_kind other, unsigned other_object)
{
	struct program p = { 0 };

	for (unsigned i = 0; i < 3; i++) {
		add_op(&p, 0, one, 0);
		add_op(&p, 1, other, other_object);
	}
	return cover_of(&p, 5000).traces;
}

static void traces_are_orders_of_what_conflicts(void **state)
{
	(void)state;
	assert_int_equal(traces_of(OP_RMW, OP_RMW, 0), 20);
	assert_int_equal(traces_of(OP_RMW, OP_RMW, 1), 1);
	assert_int_equal(traces_of(OP_LOAD, OP_LOAD, 0), 1);
	/* Between which of the writes each read falls: multisets of 3 out of 4 gaps. */
	assert_int_equal(traces_of(OP_STORE, OP_LOAD, 0), 20);
}

static void unseen_goes_down(void **state)
{
	struct program p = { 0 };
	struct cover_result few, many;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		add_op(&p, 0, OP_RMW, 0);
		add_op(&p, 1, OP_RMW, 0);
	}
	few = cover_of(&p, 100);
	many = cover_of(&p, 20000);
	assert_true(few.traces < 252 && many.traces == 252);
	assert_true(few.once > 20 && many.once == 0);
	assert_true(cover_unseen(&few) > 0.2 && cover_unseen(&many) < 1e-9);
	assert_int_equal(many.executions, 20000);
}

static void touch(struct cover *c, unsigned task, enum op_kind kind, unsigned object, const struct site *site)
{
	const struct task t = { .id = (u16)task, .op = { .kind = (u8)kind, .obj = sim_object(object), .site = site } };

	cover_step(c, &t);
}

static void races_have_a_direction(void **state)
{
	static const struct site a = { "a.c", "a", 1 }, b = { "b.c", "b", 2 };
	struct cover *c = cover_new(NULL);
	struct cover_result r;

	(void)state;
	sim_clear_machine(2);
	touch(c, 0, OP_LOAD, 0, &a);
	touch(c, 1, OP_LOAD, 0, &b);	/* nobody writes */
	cover_execution(c);
	touch(c, 0, OP_STORE, 0, &a);
	touch(c, 1, OP_LOAD, 1, &b);	/* another object */
	touch(c, 0, OP_LOAD, 0, &b);	/* the same task */
	cover_execution(c);
	touch(c, 0, OP_STORE, 0, &a);
	cover_execution(c);
	touch(c, 1, OP_LOAD, 0, &b);	/* another execution */
	cover_execution(c);
	assert_int_equal(c->races.nr, 0);
	touch(c, 0, OP_STORE, 0, &a);
	touch(c, 1, OP_LOAD, 0, &b);
	cover_execution(c);
	assert_int_equal(c->races.nr, 1);
	touch(c, 1, OP_LOAD, 2, &b);
	touch(c, 0, OP_STORE, 2, &a);
	cover_execution(c);
	cover_end(c, &r);
	assert_int_equal(r.races, 2);
	assert_int_equal(r.both_orders, 2);
}

/* Task 0 is in a window, and about to store to an object. */
static void in_window(enum window w)
{
	machine->task[0].windows = 1u << w;
	machine->task[0].op = (struct op){ .kind = OP_STORE, .obj = sim_object(0) };
	machine->sched.windows = 1;
}

static void assert_window(const struct cover_result *r, enum window w, u64 open, u64 crossed, u64 met)
{
	assert_int_equal(r->window[w][COVER_OPEN], open);
	assert_int_equal(r->window[w][COVER_CROSSED], crossed);
	assert_int_equal(r->window[w][COVER_MET], met);
}

static void windows_are_crossed_by_others(void **state)
{
	struct cover *c = cover_new(NULL);
	struct cover_result r;

	(void)state;
	sim_clear_machine(2);
	touch(c, 1, OP_STORE, 0, NULL);		/* before it opens */
	in_window(WINDOW_FORK_COPY);
	cover_step(c, &machine->task[0]);	/* its own step */
	cover_execution(c);
	touch(c, 1, OP_STORE, 1, NULL);		/* of somebody else, and something else */
	touch(c, 1, OP_STORE, 1, NULL);
	cover_execution(c);
	touch(c, 1, OP_LOAD, 0, NULL);		/* of what comes next */
	in_window(WINDOW_COW_COPY);
	touch(c, 1, OP_LOAD, 1, NULL);
	cover_execution(c);
	machine->sched.windows = 0;
	touch(c, 1, OP_LOAD, 0, NULL);
	cover_execution(c);
	cover_end(c, &r);
	assert_window(&r, WINDOW_FORK_COPY, 3, 2, 1);
	assert_window(&r, WINDOW_COW_COPY, 1, 1, 0);
	assert_window(&r, WINDOW_ANON_LOOKUP, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traces_are_orders_of_what_conflicts),
		cmocka_unit_test(unseen_goes_down),
		cmocka_unit_test(races_have_a_direction),
		cmocka_unit_test(windows_are_crossed_by_others),
	};

	return cmocka_run_group_tests(tests, sim_map_arena, NULL);
}
