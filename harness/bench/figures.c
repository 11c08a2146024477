/* SPDX-License-Identifier: GPL-2.0-only */
/* What is measured: see bench.h. */
#include "bench/bench.h"

#include "campaign.h"
#include "sanitize.h"
#include "scheduler.h"

/* ---- the yardstick ---- */

static void *main_sp, *other_sp;

static void other(void)
{
	void *save = NULL;

	san_switched(NULL);
	san_task_starts();
	for (;;) {
		san_switch(&save, FIBER_MAIN);
		fiber_switch(&other_sp, main_sp);
		san_switched(save);
	}
}

double bench_switch(void)
{
	enum { PAIRS = 400000 };
	const struct machine_config config = { .executor = EXEC_CONTROLLED, .arena_size = BENCH_ARENA, .max_tasks = 2 };
	void *save = NULL;
	double began;

	if (machine_init(&config))
		die("no machine");
	san_begin(1);
	other_sp = fiber_prepare(0, other);
	began = thread_s();
	for (unsigned i = 0; i < PAIRS; i++) {
		san_switch(&save, 0);
		fiber_switch(&main_sp, other_sp);
		san_switched(save);
	}
	began = thread_s() - began;
	san_end(1, 1);
	return began / (2.0 * PAIRS);
}

/* ---- what is measured ---- */

#define POINT(scenario) \
	{ .name = scenario "-point", .unit = "point", .limit = 6, .measure = bench_points, .units = 600, .of = scenario }
#define DEFAULT_POINT(scenario) \
	{ .name = scenario "-default", .unit = "point", .limit = 20, .measure = bench_default_points, .units = 1500, .of = scenario }

static const struct figure points[] = {
	{ .name = "eq3-random", .unit = "point", .limit = 6, .limit_tsan = 3, .measure = eq3_random, .units = 400000 },
	{ .name = "eq3-verify", .unit = "point", .limit = 13, .measure = eq3_verify, .units = 400000 },
	POINT("fork-vs-reclaim"), POINT("exit-vs-walk"), POINT("fork-chain"), POINT("file-truncate-vs-reclaim"),
	DEFAULT_POINT("fork-vs-reclaim"), DEFAULT_POINT("exit-vs-walk"), DEFAULT_POINT("fork-chain"),
	DEFAULT_POINT("file-truncate-vs-reclaim"),
};

static const struct figure executions[] = {
	{ .name = "fork-vs-reclaim", .unit = "execution", .limit = 10000, .measure = bench_executions, .units = 600,
	  .of = "fork-vs-reclaim" },
	{ .name = "exit-vs-walk", .unit = "execution", .measure = bench_executions, .units = 1200, .of = "exit-vs-walk" },
	{ .name = "fork-chain", .unit = "execution", .measure = bench_executions, .units = 300, .of = "fork-chain" },
};

#define RESET(scenario) \
	{ .name = scenario "-reset", .unit = "reset", .limit = 2, .measure = bench_reset, .units = 1, .yardstick = bench_copy, \
	  .of = scenario }

static const struct figure resets[] = {
	RESET("fork-vs-reclaim"), RESET("exit-vs-walk"), RESET("fork-chain"), RESET("file-truncate-vs-reclaim"),
};

#define MEMORY(scenario, executions) \
	{ .name = scenario "-worker", .unit = "worker", .limit = 64, .measure = bench_memory, .units = executions, \
	  .yardstick = bench_one, .of = scenario, .amount = true }

static const struct figure memory[] = {
	MEMORY("fork-vs-reclaim", 3000), MEMORY("fork-chain", 1500), MEMORY("huge-fault-vs-munmap", 1500),
};

static const struct figure validator[] = {
	{ .name = "validator", .unit = "pair", .limit = 1.6, .measure = bench_validator, .units = 600000, .yardstick = bench_mutex },
	{ .name = "validator-many", .unit = "pair", .limit = 1.1, .measure = bench_many, .units = 600000, .yardstick = bench_three },
	{ .name = "validator-nested", .unit = "pair", .measure = bench_nested, .units = 600000, .yardstick = bench_three },
	{ .name = "validated", .unit = "pair", .limit_tsan = 1.15, .measure = bench_validated, .units = 600000,
	  .yardstick = bench_unvalidated },
};

#define GROUP(group) .figure = group, .nr = ARRAY_SIZE(group)

struct figure_group figure_groups[] = {
	{ .name = "points", .quick = true, GROUP(points), .about = "from one point to the next, against a bare switch of stacks" },
	{ .name = "executions", .quick = true, GROUP(executions),
	  .about = "an execution and all that belongs to it, against a bare switch" },
	{ .name = "reset", .quick = true, GROUP(resets),
	  .about = "from an execution's end to the next one's first step, against a memcpy of its state" },
	{ .name = "memory", .quick = true, GROUP(memory), .about = "the most MiB that a process which explores had resident" },
	{ .name = "validator", .quick = true, GROUP(validator),
	  .about = "the validator of locks, against a plain mutex or less of itself" },
	{ .name = "oracles", .make = bench_all_oracles,
	  .about = "executions of fork-vs-reclaim with all oracles, against those without this one" },
	{ .name = "locks", .make = bench_all_locks, .about = "locks of real threads, with the validator, against those of pthreads" },
	{ .name = "scaling", .make = bench_all_scalings,
	  .about = "the same work of so many processes or threads, against one: 1/N at best" },
	{ .name = "scenarios", .make = bench_all_scenarios, .about = "an execution of each scenario, against a bare switch of stacks" },
};
const unsigned nr_figure_groups = ARRAY_SIZE(figure_groups);
