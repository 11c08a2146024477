/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs threads are bound to: in turn, or drawn anew from barrier to barrier. */
#define _GNU_SOURCE
#include "stress/affinity.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static cpu_set_t allowed;		/* [const] of the process; more than its room are none of the tests' business */

static int group_setup(void **state)
{
	(void)state;
	return sched_getaffinity(0, sizeof(allowed), &allowed);
}

static int let_go(void **state)
{
	(void)state;
	return sched_setaffinity(0, sizeof(allowed), &allowed);
}

static struct affinity parsed(const char *text)
{
	struct affinity a;
	char err[256];

	assert_int_equal(affinity_parse(text, &a, err), 0);
	return a;
}

/* The one CPU that the calling thread has now. */
static int cpu_of(const struct affinity *a, unsigned n, u64 stretch, u64 seed)
{
	cpu_set_t set;
	int cpu = 0;

	affinity_bind(a, n, stretch, seed);
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	assert_int_equal(CPU_COUNT(&set), 1);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	return cpu;
}

static void in_turn(void **state)
{
	const struct affinity a = parsed("compact");

	(void)state;
	assert_int_equal(a.nr, CPU_COUNT(&allowed));
	for (unsigned n = 0; n < 2 * a.nr; n++) {
		assert_int_equal(cpu_of(&a, n, 0, 1), a.cpu[n % a.nr]);
		assert_int_equal(cpu_of(&a, n + 1, 1, 1), a.cpu[n % a.nr]);	/* it stays where it is */
	}
}

static void shuffled(void **state)
{
	const struct affinity a = parsed("shuffle");
	cpu_set_t seen;

	(void)state;
	CPU_ZERO(&seen);
	for (u64 stretch = 0; stretch < 64ul * a.nr; stretch++) {
		int cpu = cpu_of(&a, 3, stretch, 7);

		CPU_SET(cpu, &seen);
		assert_int_equal(cpu_of(&a, 3, stretch, 7), cpu);
	}
	assert_true(CPU_EQUAL(&seen, &allowed));
}

/* Two threads are now together and now apart. */
static void drawn_for_each(void **state)
{
	const struct affinity a = parsed("shuffle");
	unsigned together = 0;

	(void)state;
	for (u64 stretch = 0; stretch < 64; stretch++)
		together += cpu_of(&a, 0, stretch, 7) == cpu_of(&a, 1, stretch, 7);
	assert_true(together > 0 || a.nr > 16);
	assert_true(together < 64 || a.nr == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(in_turn, let_go), cmocka_unit_test_teardown(shuffled, let_go),
		cmocka_unit_test_teardown(drawn_for_each, let_go),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
