/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The workload "eq3": each thread, some rounds of lock, count, add to an atomic, unlock, read an atomic, lock another, count, store
 * an atomic, unlock, store an atomic. Written for Relacy, GenMC and Nidhugg as well, so that engines can be compared.
 */
#include "bench/bench.h"

#include <stdlib.h>

#include "campaign.h"
#include "explore/recorder.h"
#include "lock.h"
#include "verify/search.h"

#define THREADS 3u
#define BOUND 1000u			/* steps in one execution */

/* [m[i]] plain[i] */
struct shared {
	struct mutex m[2];
	long plain[2];
	atomic_t a, b, c;
	unsigned rounds;		/* [const after init] */
};

static const struct lock_class classes[] = {
	{ .name = "none" },
	{ .name = "m1", .wait = WAIT_SLEEP },
	{ .name = "m2", .wait = WAIT_SLEEP },
};

static struct shared *shared;
static struct snapshot *start;

static void thread(void *arg)
{
	int me = (int)(unsigned long)arg;

	for (unsigned i = 0; i < shared->rounds; i++) {
		mutex_lock(&shared->m[0]);
		shared->plain[0]++;
		atomic_inc(&shared->a);
		mutex_unlock(&shared->m[0]);
		if (atomic_read(&shared->b) < 0)
			die("eq3: impossible");
		mutex_lock(&shared->m[1]);
		shared->plain[1] += me;
		atomic_set(&shared->c, me);
		mutex_unlock(&shared->m[1]);
		atomic_set(&shared->b, me);
	}
}

static bool broken(struct violation_sink *sink, const struct violation *v)
{
	(void)sink;
	die("eq3 is right, and yet: %s", v->text);
}

static void build(unsigned rounds)
{
	static struct violation_sink sink = { broken };
	const struct machine_config config = {
		.executor = EXEC_CONTROLLED, .arena_size = BENCH_ARENA, .max_tasks = THREADS + 1, .classes = classes,
		.nr_classes = ARRAY_SIZE(classes), .sink = &sink,
	};

	if (machine_init(&config))
		die("no machine");
	shared = machine_alloc(sizeof(*shared));
	shared->rounds = rounds;
	for (unsigned i = 0; i < 2; i++)
		mutex_init(&shared->m[i], i + 1);
	for (unsigned i = 0; i < THREADS; i++)
		task_create("thread", thread, (void *)(unsigned long)(i + 1), false);
	start = machine_snapshot();
}

static void execute(struct target *t, struct exec_policy *policy, struct target_run *run)
{
	(void)t;
	machine_restore(start);
	run->end = sched_run(policy, ~0ul, BOUND);
}

u64 eq3_random(const struct figure *f, u64 steps, double *seconds)
{
	static const struct estimate none;
	struct recording rec = { 0 };
	struct target_run run;
	struct explorer e;
	double began;
	u64 done = 0;

	(void)f;
	build(4);
	explorer_init(&e);
	began = thread_s();
	for (u64 i = 0; done < steps; i++) {
		recording_clear(&rec);
		explorer_begin(&e, &strategy_random, 1, i, &none, &rec);
		execute(NULL, &e.policy, &run);
		done += machine->sched.step;
	}
	*seconds = thread_s() - began;
	explorer_free(&e);
	recording_free(&rec);
	snapshot_free(start);
	return done;
}

u64 eq3_verify(const struct figure *f, u64 steps, double *seconds)
{
	struct target target = { .execute = execute };
	const struct search_config config = { .target = &target, .method = SEARCH_TRACES, .executions = steps / 52 };
	struct search_result result;
	struct search *s = malloc(sizeof(*s));
	double began;

	(void)f;
	if (!s)
		die("out of memory");
	build(2);
	search_init(s, &config, &result);
	began = thread_s();
	search_run(s);
	*seconds = thread_s() - began;
	search_free(s);
	free(s);
	snapshot_free(start);
	return result.steps;
}
