/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of the strategy that remembers what it has tried. */
#include "tests/explore_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Every order of two tasks' steps and every alternative, those without a preemption first; then it says that there are no more. */
static void dfs_tries_everything(void **state)
{
	struct recording rec = { 0 };
	struct program p = { 0 };
	bool seen[3][1 << 7] = { 0 };
	unsigned distinct = 0, most = 0;
	struct explorer e;
	struct history h;
	u64 i;

	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		add_op(&p, 0, OP_RMW, 0);
		add_op(&p, 1, OP_RMW, 0);
	}
	add_op(&p, 1, OP_RMW, 0);
	p.op[1][2].alternatives = 3;
	explorer_init(&e);
	for (i = 0; i < 100000; i++) {
		unsigned order = 0, alternative = 0, cost;

		explorer_begin(&e, &strategy_dfs, 1, i, NULL, &rec);
		if (explorer_is_over(&e))
			break;
		sim_clear_machine(p.nr_tasks);
		sim_run(&e.policy, &p, &h);
		for (unsigned s = 0; s < h.nr; s++)
			order = order << 1 | h.task[s];
		for (u32 c = 0; c < rec.nr; c++)
			if (rec.choice[c] & CHOICE_BIT)
				alternative = rec.choice[c] & ~CHOICE_BIT;
		cost = h.preemptions + (alternative != 0);
		assert_true(cost <= most + 1);	/* the bound grows by one */
		assert_true(seen[alternative][order] || cost >= most);
		most = max(most, cost);
		distinct += !seen[alternative][order];
		seen[alternative][order] = true;
	}
	assert_int_equal(distinct, 3 * 35);	/* 7 over 3 orders */
	assert_true(i < 1000);
	explorer_free(&e);
	recording_free(&rec);
}

/* What a strategy keeps goes from one explorer to the next: what comes is as if there had been one. */
static void dfs_goes_on(void **state)
{
	struct explorer_kept kept = { 0 };
	struct recording rec = { 0 }, cut = { 0 };
	struct program p = { 0 };
	struct explorer whole, part;
	struct history h;
	u64 rng = 4;

	(void)state;
	random_program(&p, &rng);
	explorer_init(&whole);
	for (u64 i = 0; i < 300; i++) {
		if (!(i % 7)) {
			explorer_init(&part);
			explorer_resume(&part, &kept);
		}
		sim_explore(&whole, &strategy_dfs, 1, i, &p, &rec, &h);
		sim_explore(&part, &strategy_dfs, 1, i, &p, &cut, &h);
		assert_same_recording(&rec, &cut);
		if (i % 7 == 6 || i == 299) {
			explorer_suspend(&part, &kept);
			explorer_free(&part);
		}
	}
	free(kept.state);
	explorer_free(&whole);
	recording_free(&rec);
	recording_free(&cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dfs_tries_everything),
		cmocka_unit_test(dfs_goes_on),
	};

	return cmocka_run_group_tests_name("depth-first search", tests, sim_map_arena, NULL);
}
