/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Choices as text: what they look like, what is refused, round trips.
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

static void codes_of_choices(void **state)
{
	static const struct {
		const char *codes, *why;
		u8 choice[8];
		u32 nr;
	} rows[] = {
		{ "", NULL, { 0 }, 0 },
		{ "A", NULL, { 0 }, 1 },
		{ "A3Bab2", NULL, { 0, 0, 0, 1, 0x80, 0x81, 0x81 }, 7 },
		{ "Pz+a++l2", NULL, { 15, 0x80 | 25, 0x80 | 26, 0x80 | 63, 0x80 | 63 }, 5 },
		{ "AQ", "expected a task A to P or an alternative a to z at 1", { 0 }, 0 },
		{ "A 3", "expected a task A to P or an alternative a to z at 1", { 0 }, 0 },
		{ "3", "expected a task A to P or an alternative a to z at 0", { 0 }, 0 },
		{ "A\n", "expected a task A to P or an alternative a to z at 1", { 0 }, 0 },
		{ "AB+", "expected an alternative a to z at 3", { 0 }, 0 },
		{ "+A", "expected an alternative a to z at 1", { 0 }, 0 },
		{ "+++a", "expected an alternative a to z at 2", { 0 }, 0 },
		{ "C++m", "expected an alternative up to ++l at 1", { 0 }, 0 },
		{ "A0", "expected a count above 0 at 1", { 0 }, 0 },
		{ "A03", "expected a count above 0 at 1", { 0 }, 0 },
		{ "A16777217", "expected at most 16777216 choices at 1", { 0 }, 0 },
		{ "A99999999999999999999", "expected at most 16777216 choices at 1", { 0 }, 0 },
		{ "A16777216B", "expected at most 16777216 choices at 10", { 0 }, 0 },
		{ "A9B16777208", "expected at most 16777216 choices at 3", { 0 }, 0 },
	};
	struct recording r = { 0 };
	char why[80], *codes;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		int bad = recording_decode(&r, rows[i].codes, strlen(rows[i].codes), why);

		assert_int_equal(bad, rows[i].why ? -1 : 0);
		if (bad) {
			assert_string_equal(why, rows[i].why);
			continue;
		}
		assert_int_equal(r.nr, rows[i].nr);
		if (r.nr)
			assert_memory_equal(r.choice, rows[i].choice, r.nr);
		codes = recording_encode(&r);
		assert_string_equal(codes, rows[i].codes);
		free(codes);
	}
	recording_free(&r);
}

static void codes_go_round(void **state)
{
	struct recording a = { 0 }, b = { 0 };
	char why[80], *codes;
	u64 rng = 3;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		unsigned tasks = 1 + rng_below(&rng, STRATEGY_TASKS);
		unsigned odds = 1 + rng_below(&rng, 20);

		recording_clear(&a);
		for (unsigned n = rng_below(&rng, 400), c = 0; n; n--) {
			if (!rng_below(&rng, odds))
				c = rng_below(&rng, 2) ? rng_below(&rng, tasks) : CHOICE_BIT |
				    rng_below(&rng, MAX_ALTERNATIVES);
			recording_add(&a, c);
		}
		codes = recording_encode(&a);
		assert_int_equal(recording_decode(&b, codes, strlen(codes), why), 0);
		assert_same_recording(&a, &b);
		free(codes);
	}
	recording_free(&a);
	recording_free(&b);
}

static void any_bytes_can_be_decoded(void **state)
{
	static const char alphabet[] = "AAABCPQabz++0123456789 \n\xff";
	struct recording r = { 0 };
	char text[40], why[80];
	u64 rng = 4;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		size_t n = rng_below(&rng, sizeof(text));

		for (size_t k = 0; k < n; k++)
			text[k] = alphabet[rng_below(&rng, sizeof(alphabet))];
		if (recording_decode(&r, text, n, why)) {
			assert_memory_equal(why, "expected ", 9);
			assert_non_null(strstr(why, " at "));
		}
		assert_true(r.nr <= RECORDING_MAX);
		if (r.cap > 1 << 20)
			recording_free(&r);
	}
	recording_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_of_choices),
		cmocka_unit_test(codes_go_round),
		cmocka_unit_test(any_bytes_can_be_decoded),
	};

	return cmocka_run_group_tests_name("choices as text", tests, NULL, NULL);
}
