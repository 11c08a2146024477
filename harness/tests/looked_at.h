/* SPDX-License-Identifier: GPL-2.0-only */
/* A model that one task has brought into some state, for tests of the checks that look at it; and what they say. */
#ifndef HARNESS_TESTS_LOOKED_AT_H
#define HARNESS_TESTS_LOOKED_AT_H

#include "check/check.h"
#include "scheduler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static struct violation_sink sink;
static unsigned violations;
static char last_key[128];

static bool noted(struct violation_sink *s, const struct violation *v)
{
	(void)s;
	violations++;
	snprintf(last_key, sizeof(last_key), "%s", v->key);
	return false;
}

/* With the newest reverse map. The test is that task from then on, and nothing was wrong so far. */
static void build(const char *name, void (*fn)(void *arg))
{
	const struct machine_config mc = { EXEC_CONTROLLED, 1ul << 20, 4, core_lock_classes, LC_NR, &sink };
	const struct core_config cc = { .rmap = rmap_providers[0], .nr_pages = 40, .nr_slots = 8, .nr_cpus = 2 };
	struct task *task;

	sink.report = noted;
	violations = 0;
	last_key[0] = '\0';
	assert_int_equal(machine_init(&mc), 0);
	rcu_init(LC_RCU);
	core_init(&cc);
	task = task_create(name, fn, NULL, false);
	assert_int_equal(sched_run(sched_sequential(), 1ul << task->id, 1000000), SCHED_DONE);
	current = task;
	assert_int_equal(violations, 0);
}

#endif
