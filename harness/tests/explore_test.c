/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strategies, recordings and replays, on programs that a few lines of simulation run.
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

static char outside[64];		/* no object of the arena */

/* --- Strategies --- */

static void names_of_strategies(void **state)
{
	static const char *const turns[] = {
		"flip", "pct", "flip", "flip", "surw", "flip", "flip", "pct",
		"flip", "sticky", "flip", "flip", "pct", "flip", "flip", "random",
	};

	(void)state;
	for (const struct strategy *const *s = strategies; *s; s++) {
		assert_ptr_equal(strategy_find((*s)->name), *s);
		assert_ptr_equal(strategy_for((*s)->name, 12345), *s);
		assert_non_null((*s)->about);
	}
	assert_null(strategy_find("auto"));
	assert_null(strategy_find(""));
	assert_null(strategy_for("bfs", 0));
	for (unsigned i = 0; i < 80; i++)
		assert_string_equal(strategy_for("auto", i)->name, turns[i % 16]);
}

#define ORDERS 14000

/* Four operations of one task and three of another on one object, among so many that concern nobody: how often each order. */
static void count_orders(const struct strategy *how, unsigned others, unsigned count[1 << 7])
{
	static struct estimate est;
	struct recording rec = { 0 };
	struct program p = { 0 };
	struct explorer e;
	struct history h;

	add_local(&p, 1, others * 6);
	for (unsigned i = 0; i < 4; i++) {
		add_op(&p, 0, OP_RMW, 0);
		add_local(&p, 0, others);
		if (i < 3)
			add_op(&p, 1, OP_RMW, 0);
	}
	memset(&est, 0, sizeof(est));
	sim_estimate(&est, &p);
	explorer_init(&e);
	for (unsigned i = 0; i < ORDERS; i++) {
		unsigned order = 0, at[2] = { 0 };

		explorer_begin(&e, how, 5, i, &est, &rec);
		sim_run(&e.policy, &p, &h);
		for (unsigned s = 0; s < h.nr; s++) {
			unsigned task = h.task[s];

			if (p.op[task][at[task]++].obj == 0)
				order = order << 1 | task;
		}
		count[order]++;
	}
	explorer_free(&e);
	recording_free(&rec);
}

/* All 35 orders, and each of them at least so often. */
static void expect_orders(const unsigned count[1 << 7], unsigned least)
{
	unsigned orders = 0;

	for (unsigned i = 0; i < 1 << 7; i++) {
		orders += count[i] != 0;
		if (count[i])
			assert_true(count[i] > least);
	}
	assert_int_equal(orders, 35);
}

static void surw_draws_each_order_alike(void **state)
{
	unsigned count[1 << 7] = { 0 };

	(void)state;
	count_orders(&strategy_surw, 9, count);
	/* Three executions in four have an object for theirs; the fourth kind wants groups, and there are none. */
	expect_orders(count, ORDERS * 3 / 4 / 35 * 3 / 4);
}

static void urw_draws_each_interleaving_alike(void **state)
{
	unsigned count[1 << 7] = { 0 }, plain[1 << 7] = { 0 }, most = 0;

	(void)state;
	count_orders(&strategy_urw, 0, count);
	expect_orders(count, ORDERS / 35 * 3 / 4);
	/* A plain random walk prefers those in which one task is done early. */
	count_orders(&strategy_random, 0, plain);
	for (unsigned i = 0; i < ARRAY_SIZE(plain); i++)
		most = max(most, plain[i]);
	assert_true(most > ORDERS / 35 * 2);
}

static void same_seed_same_schedule(void **state)
{
	struct recording a = { 0 }, b = { 0 };
	struct explorer e, other;
	struct program p;
	struct history h;
	u64 rng = 1;

	(void)state;
	explorer_init(&e);
	explorer_init(&other);
	for (const struct strategy *const *s = strategies; *s; s++) {
		unsigned different = 0;

		if ((*s)->keeps || (*s)->learns)
			continue;	/* it goes on from what it did last */

		for (unsigned i = 0; i < 300; i++) {
			random_program(&p, &rng);
			sim_explore(&e, *s, 7, i, &p, &a, &h);
			sim_explore(&e, strategies[i % 6], i, 1, &p, &b, &h);
			sim_explore(&other, *s, 7, i, &p, &b, &h);
			assert_same_recording(&a, &b);
			sim_explore(&other, *s, 8, i, &p, &b, &h);
			different += a.hash != b.hash;
		}
		assert_true(different > 250);
	}
	explorer_free(&e);
	explorer_free(&other);
	recording_free(&a);
	recording_free(&b);
}

/* In how many of 4000 executions the last step is by task 0. */
static unsigned last_is_first(const struct strategy *s, const struct program *p)
{
	struct recording rec = { 0 };
	struct explorer e;
	struct history h;
	unsigned n = 0;

	explorer_init(&e);
	for (unsigned i = 0; i < 4000; i++) {
		sim_explore(&e, s, 3, i, p, &rec, &h);
		n += h.task[h.nr - 1] == 0;
	}
	explorer_free(&e);
	recording_free(&rec);
	return n;
}

static void pos_is_fair_however_long_the_way(void **state)
{
	static const unsigned ways[] = { 0, 1, 10, 200 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		struct program p = { 0 };

		for (unsigned task = 0; task < 2; task++) {
			add_local(&p, task, ways[i]);
			add_op(&p, task, OP_RMW, 0);
		}
		assert_in_range(last_is_first(&strategy_pos, &p), 1850, 2150);
	}
}

/*
 * Task 0 stands still for n unrelated steps and a race: once in n + 2, where a random walk would
 * need 2^(n + 1).
 */
static void pos_stalls_a_task_for_long(void **state)
{
	struct program p = { 0 };

	(void)state;
	add_op(&p, 0, OP_RMW, 0);
	add_local(&p, 1, 30);
	add_op(&p, 1, OP_RMW, 0);
	assert_in_range(last_is_first(&strategy_pos, &p), 85, 165);
	assert_int_equal(last_is_first(&strategy_random, &p), 0);
}

/*
 * Who loses a race draws anew: each of three races is a fair coin. Without that it would be one
 * in four, not in eight.
 */
static void pos_draws_anew_after_a_race(void **state)
{
	struct program p = { 0 };

	(void)state;
	add_op(&p, 0, OP_LOAD, 0);
	for (int i = 0; i < 3; i++)
		add_op(&p, 1, OP_STORE, 0);
	assert_in_range(last_is_first(&strategy_pos, &p), 420, 580);

	/* Loads do not race with loads. */
	for (int i = 0; i < 3; i++)
		p.op[1][i].kind = OP_LOAD;
	assert_in_range(last_is_first(&strategy_pos, &p), 900, 1100);
}

static void pct_preempts_no_more_than_its_depth(void **state)
{
	unsigned seen[8] = { 0 };
	struct recording rec = { 0 };
	struct program p = { 0 };
	struct explorer e;
	struct history h;

	(void)state;
	for (unsigned task = 0; task < 4; task++)
		add_local(&p, task, 40);
	explorer_init(&e);
	for (unsigned i = 0; i < 2000; i++) {
		sim_explore(&e, &strategy_pct, 1, i, &p, &rec, &h);
		assert_in_range(h.preemptions, 0, 3);
		seen[h.preemptions]++;
	}
	assert_true(seen[1] > 100 && seen[2] > 100 && seen[3] > 100);
	explorer_free(&e);
	recording_free(&rec);
}

static void pct_lets_others_pass_who_spins(void **state)
{
	struct recording rec = { 0 };
	struct program p = { 0 };
	struct explorer e;
	struct history h;

	(void)state;
	for (unsigned i = 0; i < 30; i++)
		add_op(&p, 0, OP_YIELD, 0);
	add_local(&p, 1, 30);
	explorer_init(&e);
	for (unsigned i = 0; i < 500; i++) {
		unsigned left = 30, spins = 0;

		sim_explore(&e, &strategy_pct, 1, i, &p, &rec, &h);
		for (unsigned k = 0; k < h.nr; k++) {
			left -= h.task[k];
			spins += left && !h.task[k];
		}
		/* Only a change of priorities lets it spin: once each. */
		assert_in_range(spins, 0, 3);
	}
	explorer_free(&e);
	recording_free(&rec);
}

static void sticky_stays(void **state)
{
	unsigned switches = 0, decisions = 0;
	struct recording rec = { 0 };
	struct program p = { 0 };
	struct explorer e;
	struct history h;

	(void)state;
	for (unsigned task = 0; task < 3; task++)
		add_local(&p, task, 100);
	explorer_init(&e);
	for (unsigned i = 0; i < 200; i++) {
		sim_explore(&e, &strategy_sticky, 1, i, &p, &rec, &h);
		switches += h.preemptions;
		decisions += rec.decisions;
	}
	assert_in_range(switches * 100 / decisions, 11, 14);
	explorer_free(&e);
	recording_free(&rec);
}

static void which_operations_race(void **state)
{
	static const struct {
		struct op a, b;
		bool race;
	} rows[] = {
#define AT(kind_, offset, arg_) \
	{ .kind = OP_##kind_, .obj = (void *)(ARENA_BASE + (offset)), .arg = arg_ }
		{ AT(LOAD, 0, 0), AT(LOAD, 0, 0), false },
		{ AT(LOAD, 0, 0), AT(STORE, 0, 0), true },
		{ AT(LOAD, 0, 0), AT(STORE, 8, 0), false },
		{ AT(STORE, 0, 0), AT(START, 0, 0), false },
		{ AT(STORE, 0, 0), AT(YIELD, 0, 0), false },
		{ AT(LOCK, 0, 0), AT(LOCK, 0, 0), true },
		{ AT(LOCK, 0, 1), AT(LOCK, 0, 2), false },
		{ AT(LOCK, 0, 1), AT(RMW, 0, 0), true },
		{ AT(LOCK, 0, 0), AT(TRYLOCK, 0, 0), true },
		{ AT(UNLOCK, 0, 0), AT(IS_LOCKED, 0, 0), true },
		{ AT(DOWN_READ, 0, 0), AT(DOWN_WRITE, 0, 0), true },
		{ AT(DOWN_READ_WAIT, 0, 0), AT(UP_WRITE, 0, 0), true },
		{ AT(WAIT, 0, 0), AT(STORE, 0, 0), true },
		{ { .kind = OP_RCU_READ_LOCK }, { .kind = OP_GP_BEGIN }, true },
		{ { .kind = OP_RCU_READ_LOCK }, { .kind = OP_RCU_READ_UNLOCK }, false },
		{ { .kind = OP_RCU_READ_LOCK }, AT(CALL_RCU, 64, 0), true },
		{ { .kind = OP_RCU_READ_LOCK }, AT(STORE, 64, 0), false },
		{ AT(SLAB_FREE, 128, 0), AT(SLAB_ALLOC, 4096, 0), true },
		{ AT(SLAB_FREE, 128, 0), AT(LOAD, 136, 0), true },
		{ AT(SLAB_FREE, 128, 0), AT(LOAD, 120, 0), false },
		{ AT(SLAB_ALLOC, 128, 0), AT(LOAD, 136, 0), false },
#undef AT
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(ops_race(&rows[i].a, &rows[i].b), rows[i].race);
		assert_int_equal(ops_race(&rows[i].b, &rows[i].a), rows[i].race);
	}
}

/* --- The recorder --- */

static void stubborn_begin(void *state, u64 seed, u64 execution, const struct estimate *est)
{
	(void)state, (void)seed, (void)execution, (void)est;
}

static unsigned stubborn_pick(void *state, u64 enabled)
{
	(void)state;
	return __builtin_ctzl(enabled);
}

static const struct strategy stubborn = {
	.name = "stubborn", .begin = stubborn_begin, .pick = stubborn_pick,
};

static void no_progress_ends_unfairness(void **state)
{
	struct recording rec = { 0 };
	unsigned times[3] = { 0 };
	struct explorer e;

	(void)state;
	sim_clear_machine(3);
	machine->sched.bound = 1000;
	machine->sched.progress = 5;
	explorer_init(&e);
	explorer_begin(&e, &stubborn, 1, 1, NULL, &rec);
	for (machine->sched.step = 5; machine->sched.step <= 505; machine->sched.step++)
		assert_int_equal(e.policy.pick(&e.policy, 7), 0);
	for (; machine->sched.step < 3505; machine->sched.step++)
		times[e.policy.pick(&e.policy, 7)]++;
	assert_in_range(times[1], 900, 1100);
	assert_in_range(times[2], 900, 1100);
	explorer_free(&e);
	recording_free(&rec);
}

static void alternatives_by_their_odds(void **state)
{
	struct recording rec = { 0 };
	struct explorer e;

	(void)state;
	explorer_init(&e);
	for (unsigned kind = 0; kind < CHOICE_NR; kind++) {
		unsigned times[4] = { 0 }, others = 30000 / choice_info[kind].odds;

		explorer_begin(&e, &strategy_random, kind, 1, NULL, &rec);
		for (unsigned i = 0; i < 30000; i++) {
			unsigned alternative = e.policy.choose(&e.policy, kind, 4);

			assert_in_range(alternative, 0, 3);
			assert_int_equal(rec.choice[rec.nr - 1], 0x80 | alternative);
			times[alternative]++;
		}
		for (unsigned i = 1; i < 4; i++)
			assert_in_range(times[i], others * 8 / 30, others * 12 / 30);
		assert_int_equal(rec.nr, 30000);
	}
	/* More than can be recorded are not taken; a choice of one is none. */
	for (unsigned i = 0; i < 3000; i++)
		assert_in_range(e.policy.choose(&e.policy, CHOICE_STEAL, 1000), 0, 63);
	assert_int_equal(e.policy.choose(&e.policy, CHOICE_STEAL, 1), 0);
	assert_int_equal(rec.nr, 33000);
	explorer_free(&e);
	recording_free(&rec);
}

static u64 hash_of(enum op_kind kind, const void *obj, unsigned task)
{
	struct recording rec = { 0 };
	u32 last = NO_TASK;
	struct task t = { .op = { .kind = kind, .obj = obj }, .id = task };

	recording_step(&rec, &t, &last);
	return rec.hash;
}

static void hash_knows_the_arena_only(void **state)
{
	char *end = (char *)ARENA_BASE + SIM_ARENA;
	u64 h = hash_of(OP_STORE, sim_object(1), 1), none = hash_of(OP_STORE, NULL, 1);

	(void)state;
	assert_int_not_equal(h, hash_of(OP_STORE, sim_object(2), 1));
	assert_int_not_equal(h, hash_of(OP_LOAD, sim_object(1), 1));
	assert_int_not_equal(h, hash_of(OP_STORE, sim_object(1), 0));
	assert_int_not_equal(h, none);
	assert_int_equal(none, hash_of(OP_STORE, outside, 1));
	assert_int_equal(none, hash_of(OP_STORE, end, 1));
	assert_int_not_equal(none, hash_of(OP_STORE, end - 1, 1));
}

/* --- The replayer --- */

static void replay_does_the_same(void **state)
{
	struct recording rec = { 0 }, copy = { 0 }, again = { 0 };
	struct replayer r;
	struct explorer e;
	struct program p;
	struct history h;
	u64 rng = 2;

	(void)state;
	explorer_init(&e);
	for (unsigned i = 0; i < 2000; i++) {
		random_program(&p, &rng);
		sim_explore(&e, strategy_for("auto", i), 1, i, &p, &rec, &h);
		recording_copy(&copy, &rec);
		assert_same_recording(&rec, &copy);
		replayer_begin(&r, &copy, &again);
		sim_run(&r.policy, &p, &h);
		assert_false(r.diverged);
		assert_int_equal(r.at, copy.nr);
		assert_same_recording(&rec, &again);
		assert_int_equal(again.steps, h.nr);
	}
	explorer_free(&e);
	recording_free(&rec);
	recording_free(&copy);
	recording_free(&again);
}

/*
 * Replay codes on three tasks, of which A has a lock for its first three steps, and B wants it
 * after its first. The second step of A chooses among alternatives when there are any.
 */
static void diverges(const char *codes, unsigned alternatives, u64 step, const char *why)
{
	struct recording wanted = { 0 }, rec = { 0 };
	struct program p = { 0 };
	struct replayer r;
	struct history h;
	char bad[80];

	add_op(&p, 0, OP_LOCK, 9);
	add_local(&p, 0, 1);
	add_op(&p, 0, OP_UNLOCK, 9);
	p.op[0][1].alternatives = alternatives;
	add_local(&p, 0, 7);
	add_local(&p, 1, 1);
	add_op(&p, 1, OP_LOCK, 9);
	add_op(&p, 1, OP_UNLOCK, 9);
	add_local(&p, 1, 7);
	add_local(&p, 2, 1);
	assert_int_equal(recording_decode(&wanted, codes, strlen(codes), bad), 0);
	replayer_begin(&r, &wanted, &rec);
	sim_run(&r.policy, &p, &h);
	assert_int_equal(h.nr, 21);
	assert_int_equal(r.diverged, why != NULL);
	assert_string_equal(r.why, why ? why : "");
	assert_int_equal(r.diverged_step, step);
	recording_free(&wanted);
	recording_free(&rec);
}

static void divergence_is_told_once_and_exactly(void **state)
{
	(void)state;
	diverges("A10B10", 0, 0, NULL);
	diverges("A2bA8B10", 2, 0, NULL);
	diverges("ABB", 0, 3, "expected task B to go on, found only A and C able to");
	diverges("ABP", 0, 3, "expected task P to go on, found only A and C able to");
	diverges("ABa", 0, 3,
		 "expected alternative 0 of a choice, found one between tasks A and C");
	diverges("c", 0, 1,
		 "expected alternative 2 of a choice, found one between tasks A, B and C");
	diverges("A2", 0, 3, "expected no more choices, found a choice between tasks A, B and C");
	diverges("A2", 2, 2,
		 "expected no more choices, found a choice of 'fresh object, no reuse'");
	diverges("A3", 2, 2,
		 "expected the choice of task A, found one of 'fresh object, no reuse'");
	diverges("A2c", 2, 2,
		 "expected alternative 2 of 'fresh object, no reuse', found only 0 to 1");
}

static void differing_operations_are_noticed(void **state)
{
	struct recording wanted = { 0 }, rec = { 0 };
	struct program p = { 0 };
	struct replayer r;
	struct explorer e;
	struct history h;

	(void)state;
	add_local(&p, 0, 150);
	add_local(&p, 1, 150);
	explorer_init(&e);
	sim_explore(&e, &strategy_random, 1, 1, &p, &wanted, &h);
	assert_int_equal(wanted.nr_check, 4);
	/* The 70th step is another one; that is known at the second mark. */
	for (unsigned task = 0, at[2] = { 0 }, i = 0; i < 70; i++) {
		task = h.task[i];
		p.op[task][at[task]++].obj += i == 69;
	}
	replayer_begin(&r, &wanted, &rec);
	sim_run(&r.policy, &p, &h);
	assert_true(r.diverged);
	assert_int_equal(r.diverged_step, 128);
	assert_non_null(strstr(r.why, "of operations up to step 128, found "));
	assert_int_equal(rec.check[0], wanted.check[0]);
	assert_int_equal(rec.steps, 300);
	assert_int_not_equal(rec.hash, wanted.hash);
	explorer_free(&e);
	recording_free(&wanted);
	recording_free(&rec);
}

static void count_trace(void *arg, const struct task *t, u64 step)
{
	u64 *seen = arg;

	(void)t;
	assert_int_equal(step, ++*seen);
}

static void traces_see_every_step(void **state)
{
	struct recording wanted = { 0 }, rec = { 0 };
	struct program p = { 0 };
	struct replayer r;
	struct history h;
	u64 seen = 0;

	(void)state;
	add_local(&p, 0, 30);
	add_local(&p, 1, 20);
	replayer_begin(&r, &wanted, &rec);
	r.trace = count_trace;
	r.trace_arg = &seen;
	sim_run(&r.policy, &p, &h);
	assert_int_equal(seen, 50);
	recording_free(&rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_strategies),
		cmocka_unit_test(surw_draws_each_order_alike),
		cmocka_unit_test(urw_draws_each_interleaving_alike),
		cmocka_unit_test(same_seed_same_schedule),
		cmocka_unit_test(pos_is_fair_however_long_the_way),
		cmocka_unit_test(pos_stalls_a_task_for_long),
		cmocka_unit_test(pos_draws_anew_after_a_race),
		cmocka_unit_test(pct_preempts_no_more_than_its_depth),
		cmocka_unit_test(pct_lets_others_pass_who_spins),
		cmocka_unit_test(sticky_stays),
		cmocka_unit_test(which_operations_race),
		cmocka_unit_test(no_progress_ends_unfairness),
		cmocka_unit_test(alternatives_by_their_odds),
		cmocka_unit_test(hash_knows_the_arena_only),
		cmocka_unit_test(replay_does_the_same),
		cmocka_unit_test(divergence_is_told_once_and_exactly),
		cmocka_unit_test(differing_operations_are_noticed),
		cmocka_unit_test(traces_see_every_step),
	};

	return cmocka_run_group_tests_name("explore", tests, sim_map_arena, NULL);
}
