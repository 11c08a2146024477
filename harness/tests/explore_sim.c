/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs lists of operations under a policy, one after the other, as the controlled scheduler would.
 *
 * Concurrency: one thread.
 */
#include "tests/explore_sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>

int sim_map_arena(void **state)
{
	void *at = mmap((void *)ARENA_BASE, SIM_ARENA, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	(void)state;
	if (at != (void *)ARENA_BASE)
		return -1;
	sim_clear_machine(2);
	return 0;
}

void sim_clear_machine(unsigned nr_tasks)
{
	memset(machine, 0, sizeof(*machine));
	machine->arena_size = SIM_ARENA;
	machine->task = (struct task *)(ARENA_BASE + SIM_ARENA / 4);
	machine->max_tasks = STRATEGY_TASKS;
	machine->nr_tasks = nr_tasks;
	memset(machine->task, 0, STRATEGY_TASKS * sizeof(struct task));
	for (unsigned i = 0; i < STRATEGY_TASKS; i++)
		machine->task[i].id = i;
}

void *sim_object(unsigned i)
{
	return (void *)(ARENA_BASE + SIM_ARENA / 2 + 8ul * i);
}

void add_op(struct program *p, unsigned task, enum op_kind kind, unsigned obj)
{
	if (task >= p->nr_tasks)
		p->nr_tasks = task + 1;
	assert_true(p->length[task] < SIM_OPS);
	p->op[task][p->length[task]++] = (struct sim_op){ .kind = kind, .obj = obj };
}

void add_local(struct program *p, unsigned task, unsigned n)
{
	while (n--)
		add_op(p, task, OP_STORE, SIM_LOCAL + task);
}

static void random_op(struct program *p, unsigned task, u64 *rng)
{
	static const u8 kinds[] = {
		OP_LOAD, OP_STORE, OP_RMW, OP_YIELD, OP_RCU_READ_LOCK, OP_SLAB_FREE,
	};
	unsigned obj = rng_below(rng, 6), alternatives = rng_below(rng, 90);

	/* Locks are taken one at a time, so that nothing is stuck. */
	if (rng_below(rng, 4) == 0) {
		add_op(p, task, OP_LOCK, 10 + obj);
		add_op(p, task, OP_STORE, obj);
		add_op(p, task, OP_UNLOCK, 10 + obj);
		return;
	}
	add_op(p, task, kinds[rng_below(rng, sizeof(kinds))], obj);
	if (alternatives >= 2 && alternatives <= MAX_ALTERNATIVES)
		p->op[task][p->length[task] - 1].alternatives = alternatives;
}

void random_program(struct program *p, u64 *rng)
{
	unsigned nr_tasks = 2 + rng_below(rng, 5);

	memset(p, 0, sizeof(*p));
	for (unsigned task = 0; task < nr_tasks; task++) {
		for (unsigned n = 1 + rng_below(rng, 40); n; n--)
			random_op(p, task, rng);
	}
}

static void publish(const struct program *p, unsigned task, unsigned at)
{
	const struct sim_op *op = &p->op[task][at];

	machine->task[task].op = (struct op){ .kind = op->kind, .obj = sim_object(op->obj) };
}

static u64 enabled_tasks(const struct program *p, const unsigned *at, const bool *owned)
{
	u64 enabled = 0;

	for (unsigned i = 0; i < p->nr_tasks; i++) {
		const struct sim_op *op = &p->op[i][at[i]];

		if (at[i] < p->length[i] && (op->kind != OP_LOCK || !owned[op->obj]))
			enabled |= 1ul << i;
	}
	return enabled;
}

static void carry_out(struct exec_policy *policy, const struct sim_op *op, bool *owned)
{
	if (op->kind == OP_LOCK || op->kind == OP_UNLOCK)
		owned[op->obj] = op->kind == OP_LOCK;
	if (op->alternatives)
		assert_in_range(policy->choose(policy, CHOICE_SLAB_REUSE, op->alternatives), 0,
				op->alternatives - 1);
}

void sim_run(struct exec_policy *policy, const struct program *p, struct history *h)
{
	unsigned at[STRATEGY_TASKS] = { 0 }, last = NO_TASK;
	bool owned[SIM_LOCAL] = { false };
	u64 enabled;

	sim_clear_machine(p->nr_tasks);
	h->nr = h->preemptions = 0;
	for (unsigned i = 0; i < p->nr_tasks; i++) {
		publish(p, i, 0);
		machine->sched.ready |= 1ul << i;
	}
	while ((enabled = enabled_tasks(p, at, owned))) {
		unsigned task = policy->pick(policy, enabled);

		assert_true(task < STRATEGY_TASKS && (enabled >> task & 1));
		policy->step(policy, &machine->task[task]);
		carry_out(policy, &p->op[task][at[task]], owned);
		h->preemptions += last != NO_TASK && task != last && (enabled >> last & 1);
		last = h->task[h->nr++] = task;
		if (++at[task] < p->length[task])
			publish(p, task, at[task]);
		else
			machine->sched.ready &= ~(1ul << task);
	}
}

void sim_explore(struct explorer *e, const struct strategy *s, u64 seed, u64 execution,
		 const struct program *p, struct recording *rec, struct history *h)
{
	const struct estimate est = { .decisions = 100, .steps = 200 };

	explorer_begin(e, s, seed, execution, &est, rec);
	sim_run(&e->policy, p, h);
}

void sim_estimate(struct estimate *est, const struct program *p)
{
	struct recording rec = { 0 };
	struct explorer e;
	struct history h;

	memset(est, 0, sizeof(*est));
	explorer_init(&e);
	for (unsigned i = 0; !estimate_frozen(est); i++) {
		explorer_begin(&e, &strategy_random, 1, i, est, &rec);
		e.estimate = est;
		sim_run(&e.policy, p, &h);
		estimate_execution(est, rec.decisions, rec.steps);
	}
	explorer_free(&e);
	recording_free(&rec);
}

void assert_same_recording(const struct recording *a, const struct recording *b)
{
	assert_int_equal(a->nr, b->nr);
	if (a->nr)
		assert_memory_equal(a->choice, b->choice, a->nr);
	assert_int_equal(a->hash, b->hash);
	assert_int_equal(a->steps, b->steps);
	assert_int_equal(a->decisions, b->decisions);
	assert_int_equal(a->switches, b->switches);
	assert_int_equal(a->nr_check, b->nr_check);
	if (a->nr_check)
		assert_memory_equal(a->check, b->check, a->nr_check * sizeof(*a->check));
}
