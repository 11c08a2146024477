/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of the search for racing pairs, and of the strategy that turns them round. */
#include "tests/explore_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "explore/races.h"

static struct racing_pairs pairs;
static const struct site site[100];	/* each object is used in a line of its own */

/* The tasks take their steps in this order, one letter each. */
static void run_in_order(const struct program *p, const char *order)
{
	unsigned at[STRATEGY_TASKS] = { 0 };

	memset(&pairs, 0, sizeof(pairs));
	sim_clear_machine(p->nr_tasks);
	races_begin();
	for (; *order; order++) {
		unsigned task = (unsigned)(*order - '0');
		const struct sim_op *op = &p->op[task][at[task]++];

		machine->task[task].op = (struct op){ .kind = op->kind, .obj = sim_object(op->obj), .site = &site[op->obj] };
		races_step(&pairs, &machine->task[task]);
	}
}

/* Is there the pair of the tasks' operations of this kind on this object, the first of each? */
static bool has_pair(unsigned first, enum op_kind a, unsigned second, enum op_kind b, unsigned obj)
{
	struct op x = { .kind = (u8)a, .obj = sim_object(obj), .site = &site[obj] };
	struct op y = { .kind = (u8)b, .obj = sim_object(obj), .site = &site[obj] };

	for (u32 i = 0; i < pairs.nr; i++) {
		const struct racing_pair *p = &pairs.at[i];

		if (p->first.task == first && p->second.task == second && p->first.nth == 1 && p->second.nth == 1 &&
		    p->first.key == step_key(&x) && p->second.key == step_key(&y))
			return true;
	}
	return false;
}

/* What nothing orders races; what another race has ordered already does not; two who look do not. */
static void races_are_what_nothing_orders(void **state)
{
	struct program p = { 0 };

	(void)state;
	add_op(&p, 0, OP_STORE, 1);
	add_op(&p, 0, OP_STORE, 2);
	add_op(&p, 1, OP_LOAD, 2);
	add_op(&p, 1, OP_LOAD, 1);
	add_op(&p, 2, OP_LOAD, 1);
	run_in_order(&p, "00112");
	assert_int_equal(pairs.nr, 2);
	assert_true(has_pair(0, OP_STORE, 1, OP_LOAD, 2));
	assert_true(has_pair(0, OP_STORE, 2, OP_LOAD, 1));
	run_in_order(&p, "20011");
	assert_int_equal(pairs.nr, 2);
	assert_true(has_pair(2, OP_LOAD, 0, OP_STORE, 1));
	run_in_order(&p, "11200");
	assert_int_equal(pairs.nr, 2);
	assert_true(has_pair(1, OP_LOAD, 0, OP_STORE, 1));
	assert_true(has_pair(2, OP_LOAD, 0, OP_STORE, 1));
}

/* Sections of a lock race with each other, and what is in them does not; who tries the lock races with its release. */
static void locks_race_by_their_acquisitions(void **state)
{
	struct program p = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		add_op(&p, i, OP_LOCK, 1);
		add_op(&p, i, OP_STORE, 2);
		add_op(&p, i, OP_UNLOCK, 1);
	}
	run_in_order(&p, "000111");
	assert_int_equal(pairs.nr, 1);
	assert_true(has_pair(0, OP_LOCK, 1, OP_LOCK, 1));

	p.op[1][0].kind = OP_TRYLOCK;
	run_in_order(&p, "000111");
	assert_int_equal(pairs.nr, 2);
	assert_true(has_pair(0, OP_LOCK, 1, OP_TRYLOCK, 1));
	assert_true(has_pair(0, OP_UNLOCK, 1, OP_TRYLOCK, 1));
}

/* Readers of an rwsem are nothing to each other, but to a writer. */
static void readers_race_with_writers(void **state)
{
	struct program p = { 0 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		add_op(&p, i, i == 2 ? OP_DOWN_WRITE : OP_DOWN_READ, 1);
		add_op(&p, i, i == 2 ? OP_UP_WRITE : OP_UP_READ, 1);
	}
	run_in_order(&p, "001122");
	assert_int_equal(pairs.nr, 2);
	assert_true(has_pair(0, OP_DOWN_READ, 2, OP_DOWN_WRITE, 1));
	assert_true(has_pair(1, OP_DOWN_READ, 2, OP_DOWN_WRITE, 1));
}

/* More pairs than there is room for: the first ones of each code, each once. */
static void pairs_have_an_end(void **state)
{
	struct program p = { 0 };
	char order[2 * 2 * 200 + 1];

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		for (unsigned t = 0; t < 2; t++)
			add_op(&p, t, OP_RMW, i % 90);
	for (unsigned i = 0; i < 200; i++)
		memcpy(&order[2 * i], i % 2 ? "01" : "10", 2);
	order[400] = 0;
	run_in_order(&p, order);
	assert_in_range(pairs.nr, 200, RACING_PAIRS);
	for (u32 i = 0; i < pairs.nr_codes; i++)
		assert_in_range(pairs.code[i].nr, 1, 16);
	for (u32 i = 0; i < pairs.nr; i++)
		for (u32 j = 0; j < i; j++)
			assert_memory_not_equal(&pairs.at[i], &pairs.at[j], sizeof(pairs.at[0]));
}

/*
 * Task 1 has to come in between two neighbouring steps of task 0, and task 2 in between two of task 1, while all make many steps on
 * objects of which some are shared: in how many of so many executions?
 */
static unsigned how_often(const struct strategy *s)
{
	struct program p = { 0 };
	struct recording rec = { 0 };
	struct explorer e;
	struct history h;
	unsigned often = 0;

	for (unsigned t = 0; t < 3; t++) {
		for (unsigned i = 0; i < 12; i++)
			add_op(&p, t, OP_RMW, 20 + (i + t) % 5);
		add_op(&p, t, OP_STORE, 1);
		add_op(&p, t, OP_STORE, 1);
		for (unsigned i = 0; i < 12; i++)
			add_op(&p, t, OP_RMW, 20 + (i * 2 + t) % 5);
	}
	explorer_init(&e);
	for (unsigned i = 0; i < 4000; i++) {
		unsigned at[3] = { 0 }, when[3][2] = { { 0 } };

		sim_explore(&e, s, 3, i, &p, &rec, &h);
		for (unsigned n = 0; n < h.nr; n++) {
			unsigned t = h.task[n], step = at[t]++;

			if (step == 12 || step == 13)
				when[t][step - 12] = n;
		}
		often += when[0][0] < when[1][0] && when[1][0] < when[2][0] && when[2][0] < when[1][1] && when[1][1] < when[0][1];
	}
	explorer_free(&e);
	recording_free(&rec);
	return often;
}

static void finds_what_needs_two_pairs(void **state)
{
	unsigned flip = how_often(&strategy_flip), pos = how_often(&strategy_pos);

	(void)state;
	assert_true(flip > 4 * pos);
	assert_true(flip > 30);
}

/* What it has learnt goes from one explorer to the next, ends with the epoch, and is not mixed up with what others do in between. */
static void learns_for_an_epoch(void **state)
{
	struct recording rec = { 0 }, again = { 0 };
	struct explorer_kept kept = { 0 };
	struct explorer whole, part, late;
	struct program p = { 0 };
	unsigned different = 0;
	struct history h;
	u64 rng = 4;

	(void)state;
	random_program(&p, &rng);
	explorer_init(&whole);
	explorer_init(&late);
	for (u64 i = STRATEGY_EPOCH - 200; i < STRATEGY_EPOCH + 200; i++) {
		explorer_init(&part);
		explorer_resume(&part, &kept);
		sim_explore(&whole, &strategy_flip, 1, i, &p, &rec, &h);
		sim_explore(&part, &strategy_random, 1, i, &p, &again, &h);
		sim_explore(&part, &strategy_flip, 1, i, &p, &again, &h);
		assert_same_recording(&rec, &again);
		explorer_suspend(&part, &kept);
		explorer_free(&part);
		/* Who begins in the middle of an epoch has learnt something else; at its beginning, nothing is missing. */
		if (i < STRATEGY_EPOCH - 100)
			continue;
		sim_explore(&late, &strategy_flip, 1, i, &p, &again, &h);
		if (i < STRATEGY_EPOCH)
			different += rec.hash != again.hash;
		else
			assert_same_recording(&rec, &again);
	}
	assert_true(different);
	free(kept.state);
	explorer_free(&whole);
	explorer_free(&late);
	recording_free(&rec);
	recording_free(&again);
}

/* Of pairs whose code was tried, the others come first; that is counted over all who count together. */
static void what_was_tried_least_comes_first(void **state)
{
	static struct tries tries;
	u32 *a = tries_of(&tries, 17), *b = tries_of(&tries, 18);

	(void)state;
	assert_ptr_not_equal(a, b);
	a[1] = 5;
	assert_int_equal(tries_of(&tries, 17)[1], 5);
	assert_int_equal(tries_of(&tries, 18)[1], 0);
	for (u64 i = 1; i < TRIES; i++)
		tries_of(&tries, i * 1000);
	assert_null(tries_of(&tries, 1));
	assert_ptr_equal(tries_of(&tries, 18), b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(races_are_what_nothing_orders),
		cmocka_unit_test(locks_race_by_their_acquisitions),
		cmocka_unit_test(readers_race_with_writers),
		cmocka_unit_test(pairs_have_an_end),
		cmocka_unit_test(finds_what_needs_two_pairs),
		cmocka_unit_test(learns_for_an_epoch),
		cmocka_unit_test(what_was_tried_least_comes_first),
	};

	return cmocka_run_group_tests_name("races turned round", tests, sim_map_arena, NULL);
}
