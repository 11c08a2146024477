/* SPDX-License-Identifier: GPL-2.0-only */
/* That two replay files say the same. Only replay_file_test.c includes this. Concurrency: none. */
#ifndef HARNESS_TESTS_REPLAY_FILE_TEST_SAME_H
#define HARNESS_TESTS_REPLAY_FILE_TEST_SAME_H

#include "tests/explore_sim.h"
#include "explore/replay_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void assert_same_string(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same_directives(const struct replay_directives *a, const struct replay_directives *b)
{
	assert_int_equal(a->nr_order, b->nr_order);
	for (unsigned i = 0; i < a->nr_order; i++)
		assert_string_equal(a->order[i], b->order[i]);
	assert_int_equal(a->nr, b->nr);
	for (u32 i = 0; i < a->nr; i++) {
		assert_int_equal(a->item[i].n, b->item[i].n);
		assert_int_equal(a->item[i].choice, b->item[i].choice);
		assert_int_equal(a->item[i].thread, b->item[i].thread);
		assert_int_equal(a->item[i].to, b->item[i].to);
		assert_same_string(a->item[i].what, b->item[i].what);
	}
}

static void assert_same_list(char *const *a, unsigned nr_a, char *const *b, unsigned nr_b)
{
	assert_int_equal(nr_a, nr_b);
	while (nr_a--)
		assert_same_string(a[nr_a], b[nr_a]);
}

static void assert_same_file(const struct replay_file *a, const struct replay_file *b)
{
	assert_same_string(a->scenario_name, b->scenario_name);
	assert_same_string(a->scenario_text, b->scenario_text);
	assert_same_string(a->provider, b->provider);
	assert_same_list(a->defect, a->nr_defects, b->defect, b->nr_defects);
	assert_same_list(a->passed, a->nr_passed, b->passed, b->nr_passed);
	assert_int_equal(a->access, b->access);
	assert_int_equal(a->memory, b->memory);
	assert_true(a->without == b->without && a->passes_locks == b->passes_locks);
	assert_int_equal(a->model, b->model);
	assert_same_string(a->signature, b->signature);
	assert_same_string(a->strategy, b->strategy);
	assert_int_equal(a->seed, b->seed);
	assert_int_equal(a->execution, b->execution);
	assert_same_string(a->drawn, b->drawn);
	assert_int_equal(a->drawn_steps, b->drawn_steps);
	assert_int_equal(a->drawn_hash, b->drawn_hash);
	assert_same_recording(&a->rec, &b->rec);
	assert_int_equal(a->by_directives, b->by_directives);
	assert_same_directives(&a->directives, &b->directives);
}

#endif
