/* SPDX-License-Identifier: GPL-2.0-only */
/* A night against another one: each kind of difference, and on which side of its bound it is told. */
#include "tests/results_nights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char error[USAGE_TEXT];
static char told[4096];

static void tell(void *arg, const struct difference *d)
{
	(void)arg;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s %s [%s %s %s] %s -> %s%s\n", d->what, d->subject, d->scenario,
		 d->provider, d->mode, d->before, d->now, d->worse ? " WORSE" : "");
}

/* Night m, with its job j1, and then night n. */
static void compare_outputs(const char *before, const char *now)
{
	sqlite3 *db = results_open("d", RESULTS_WRITE, error);
	struct compared c;

	assert_non_null(db);
	assert_int_equal(sqlite3_exec(db, "DELETE FROM night; DELETE FROM job; DELETE FROM record; DELETE FROM coverage; DELETE FROM arc;"
				      "DELETE FROM hunt; DELETE FROM bench; DELETE FROM finding", NULL, NULL, NULL), SQLITE_OK);
	make_night("m", "m", 1);
	make_job("m", "j1", "done", 0, before);
	make_night("n", "n", 2);
	make_job("n", "j1", "done", 0, now);
	assert_true(results_take(db, "m", error) && results_take(db, "n", error));
	told[0] = '\0';
	if (!compare(db, NULL, "m", tell, NULL, &c, error))
		fail_msg("%s", error);
	assert_string_equal(c.night, "n");
	assert_string_equal(c.other, "m");
	assert_true(c.same_plan);
	sqlite3_close(db);
}

#define REACHED(reached, missed) \
	"{\"type\":\"explore\",\"scenario\":\"s\",\"provider\":\"p\",\"executions\":9,\"goals_reached\":[" reached "]," \
	"\"goals_missed\":[" missed "]}\n"
#define NUMBERS(n, traces, races, edges) \
	"{\"type\":\"explore\",\"scenario\":\"s\",\"provider\":\"p\",\"executions\":" #n ",\"coverage\":{\"traces\":" #traces \
	",\"racing_both_orders\":" #races ",\"lock_edges\":" #edges "}}\n"
#define ARC(seen, more) \
	"{\"type\":\"lockdoc-verdict\",\"provider\":\"p\",\"id\":\"1\",\"kind\":\"DOC-OK\",\"before\":\"a\"," \
	"\"after\":\"b\",\"mode\":\"try\",\"ctx\":null,\"executions\":" #seen more "}\n"
#define HUNT(found, seeds, median) \
	"{\"type\":\"hunt\",\"defect\":\"D\",\"provider\":\"p\",\"mode\":\"r\",\"seeds\":" #seeds ",\"found\":" #found \
	",\"median_executions\":" #median "}\n"
#define BENCH(low, ratio, high) \
	"{\"type\":\"bench\",\"figure\":\"f\",\"flavour\":\"release\"," \
	"\"ratio\":" #ratio ",\"ratio_least\":" #low ",\"ratio_most\":" #high "}\n"

static const struct row {
	const char *before, *now, *told;
} rows[] = {
	{ "", "", "" },
	{ FOUND("s", "O2/x"), FOUND("t", "O2/x"), "" },
	{ EXPLORE("s", 5), FOUND("s", "O2/x"), "new-finding O2/x [s p g]  -> t WORSE\n" },
	{ EXPLORE("s", 5), FOUND("s", "O2/known"), "new-finding O2/known [s p g]  -> t\n" },
	{ FOUND("s", "O2/x"), EXPLORE("s", 5), "gone-finding O2/x [s p g] t -> its job ran again\n" },
	{ REACHED("\"a\",\"b\"", ""), REACHED("\"b\"", "\"a\""), "lost-goal a [s p g] reached in 9 executions -> missed in 9 WORSE\n" },
	{ REACHED("\"a\"", "") EXPLORE("s", 10), EXPLORE("s", 9),
	  "lost-goal a [s p g] reached in 19 executions -> missed in 9\n" },
	{ REACHED("\"b\"", "\"a\""), REACHED("\"a\",\"b\"", ""), "" },
	{ REACHED("\"a\"", ""), "", "" },
	/* 10000 executions each: the difference may be sqrt(10000 ln 10^6) = 371.7. */
	{ NUMBERS(10000, 5000, 0, 0), NUMBERS(10000, 4629, 0, 0), "" },
	{ NUMBERS(10000, 5000, 0, 0), NUMBERS(10000, 4628, 0, 0), "fewer-traces j1 [s p g] 5000 -> 4628 WORSE\n" },
	/* Half as many executions: half is expected, and sqrt(7500 ln 10^6) = 321.9 allowed. */
	{ NUMBERS(10000, 5000, 0, 0), NUMBERS(5000, 2179, 0, 0), "" },
	{ NUMBERS(10000, 5000, 0, 0), NUMBERS(5000, 2178, 0, 0), "fewer-traces j1 [s p g] 5000 -> 2178 WORSE\n" },
	/* 5 sqrt(400 + 273) = 129.7. */
	{ NUMBERS(10000, 0, 400, 0), NUMBERS(10000, 0, 273, 0), "" },
	{ NUMBERS(10000, 0, 400, 0), NUMBERS(10000, 0, 270, 0), "fewer-races j1 [s p g] 400 -> 270 WORSE\n" },
	{ NUMBERS(10000, 0, 0, 30), NUMBERS(10000, 0, 0, 0), "fewer-lock-edges j1 [s p g] 30 -> 0 WORSE\n" },
	{ NUMBERS(10000, 0, 0, 20), NUMBERS(10000, 0, 0, 0), "" },
	/* 2^-20 is less than 10^-6, 2^-19 is not. */
	{ ARC(19, ""), ARC(0, ""), "" },
	{ ARC(20, ""), ARC(0, ""), "lost-arc a < b:try [ p g] 20 executions -> never WORSE\n" },
	{ ARC(20, ""), "", "lost-arc a < b:try [ p g] 20 executions -> never WORSE\n" },
	{ ARC(20, ""), ARC(1, ""), "" },
	{ ARC(500, "") EXPLORE("s", 1000), EXPLORE("s", 10), "" },
	{ HUNT(10, 10, 5), HUNT(10, 10, 5), "" },
	{ HUNT(10, 10, 5), HUNT(9, 10, 5), "found-less-often D [ p r] 10 of 10 -> 9 of 10\n" },
	{ HUNT(1, 10, 5), HUNT(0, 10, 0), "found-less-often D [ p r] 1 of 10 -> 0 of 10 WORSE\n" },
	{ HUNT(10, 10, 5), HUNT(3, 10, 5), "found-less-often D [ p r] 10 of 10 -> 3 of 10 WORSE\n" },
	{ HUNT(5, 10, 5), HUNT(10, 20, 5), "" },
	/* exp(1.96 / ln 2 * 2 / sqrt(16)) = 4.11 times as many. */
	{ HUNT(16, 16, 100), HUNT(16, 16, 411), "" },
	{ HUNT(16, 16, 100), HUNT(16, 16, 412), "slower-hunt D [ p r] 100 -> 412 WORSE\n" },
	{ BENCH(1, 2, 3), BENCH(2.9, 4, 5), "" },
	{ BENCH(1, 2, 3), BENCH(3.1, 4, 5), "slower f [  release] 2 (1..3) -> 4 (3.1..5) WORSE\n" },
	{ BENCH(3.1, 4, 5), BENCH(1, 2, 3), "" },
};

static void test_differences(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		compare_outputs(rows[i].before, rows[i].now);
		if (strcmp(told, rows[i].told))
			fail_msg("row %u: expected '%s', found '%s'", i, rows[i].told, told);
	}
}

static void test_jobs_not_run(void **state)
{
	sqlite3 *db = results_open("d", RESULTS_WRITE, error);
	struct compared c;

	(void)state;
	make_night("m", "m", 1);
	make_job("m", "j1", "done", 1, FOUND("s", "O2/x"));
	make_job("m", "j2", "done", 0, EXPLORE("s", 5));
	make_night("n", "n", 2);
	make_job("n", "j1", "cut", -1, EXPLORE("s", 5));
	assert_true(results_take(db, "m", error) && results_take(db, "n", error));
	told[0] = '\0';
	assert_true(compare(db, "n", "m", tell, NULL, &c, error));
	assert_string_equal(told, "gone-finding O2/x [s p g] t -> its job did not run again\n"
			    "job-not-run j1 [ p g] done -> cut\njob-not-run j2 [ p g] done -> missing\n");
	assert_int_equal(c.worse, 0);
	sqlite3_close(db);
}

static void test_other_file(void **state)
{
	sqlite3 *db = results_open("d", RESULTS_WRITE, error), *other = results_open("e", RESULTS_WRITE, error);
	struct compared c;

	(void)state;
	make_night("m", "m", 1);
	make_job("m", "j1", "done", 0, EXPLORE("s", 5));
	make_night("n", "n", 2);
	make_job("n", "j1", "done", 1, FOUND("s", "O2/x"));
	assert_false(compare(db, NULL, "e", tell, NULL, &c, error));
	assert_non_null(strstr(error, "d: no night in it"));
	assert_true(results_take(db, "n", error));
	assert_false(compare(db, NULL, "e", tell, NULL, &c, error));
	assert_non_null(strstr(error, "e: no night in it"));
	assert_true(results_take(other, "m", error));
	sqlite3_close(other);
	sqlite3_close(db);

	db = results_open("d", RESULTS_READ, error);
	told[0] = '\0';
	assert_true(compare(db, "n", "e", tell, NULL, &c, error));
	assert_string_equal(told, "new-finding O2/x [s p g]  -> t WORSE\n");
	assert_false(compare(db, "n", "f", tell, NULL, &c, error));
	assert_non_null(strstr(error, "--against: expected a night in "));
	assert_false(compare(db, "x", "e", tell, NULL, &c, error));
	assert_non_null(strstr(error, "no night 'x' in it"));
	write_file("f", "a text that is as long as the first of what a database has in front of all, and some more bytes than that%s", "");
	assert_false(compare(db, "n", "f", tell, NULL, &c, error));
	assert_string_equal(error, "f: not a database");
	sqlite3_close(db);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_differences), TEST(test_jobs_not_run), TEST(test_other_file) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
