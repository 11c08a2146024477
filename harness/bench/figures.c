/* SPDX-License-Identifier: GPL-2.0-only */
/* What is measured: see bench.h. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "sanitize.h"
#include "scheduler.h"
#include "settings.h"

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
	began = now_s();
	for (unsigned i = 0; i < PAIRS; i++) {
		san_switch(&save, 0);
		fiber_switch(&main_sp, other_sp);
		san_switched(save);
	}
	began = now_s() - began;
	san_end(1, 1);
	return began / (2.0 * PAIRS);
}

/* ---- scenarios ---- */

static u64 explore(const char *name, u64 executions, double *seconds)
{
	const struct options none = { .format = 0 };
	struct campaign_result *r = calloc(1, sizeof(*r));
	char err[ERR_LEN];
	struct scenario *scn = scenario_lookup(name, &none, err);
	struct campaign c = {
		.scn = scn, .provider = rmap_providers[0], .oracles = ~0u, .strategy = "auto", .seed = 1, .executions = executions,
		.cover = true,
	};
	u64 done;

	if (!r || !scn)
		die("%s", scn ? "out of memory" : err);
	campaign_run(&c, r);
	if (r->failed || r->found)
		die("%s: %s", name, r->failed ? r->error : r->finding.text);
	done = r->executions;
	*seconds = r->elapsed_s;
	free(r);
	scn_free(scn);
	return done;
}

static u64 fork_vs_reclaim(u64 executions, double *seconds)
{
	return explore("fork-vs-reclaim", executions, seconds);
}

static u64 fork_chain(u64 executions, double *seconds)
{
	return explore("fork-chain", executions, seconds);
}

static u64 exit_vs_walk(u64 executions, double *seconds)
{
	return explore("exit-vs-walk", executions, seconds);
}

const struct figure figures[] = {
	{ "eq3-random", "step", "random walk over locks and atomics, validator on", 8, 3, eq3_random, 3000000, NULL },
	{ "eq3-verify", "step", "source-DPOR over the same", 13, 0, eq3_verify, 2000000, NULL },
	{ "fork-vs-reclaim", "execution", "the default portfolio, validator and all oracles on", 10000, 0, fork_vs_reclaim, 4000, NULL },
	{ "exit-vs-walk", "execution", "the same", 0, 0, exit_vs_walk, 8000, NULL },
	{ "fork-chain", "execution", "the same", 0, 0, fork_chain, 1500, NULL },
	{ "validator", "lock", "the validator alone, against a plain mutex", 1.6, 0, bench_validator, 3000000, bench_mutex },
	{ "validator-many", "lock", "3,072 locks, three at a time, against 3", 1.1, 0, bench_many, 3000000, bench_three },
	{ "validator-nested", "lock", "3,072 at once, under one, against 3", 0, 0, bench_nested, 3000000, bench_three },
	{ "validated", "lock", "lock and validator, against the lock", 0, 1.15, bench_validated, 3000000, bench_unvalidated },
};
const unsigned nr_figures = ARRAY_SIZE(figures);
