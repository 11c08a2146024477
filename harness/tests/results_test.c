/* SPDX-License-Identifier: GPL-2.0-only */
/* Results that are kept: loading, joining in all orders, files that are none of ours, a full disk, JSON that is wrong. */
#include "tests/results_nights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char error[USAGE_TEXT];

static sqlite3 *fresh(void)
{
	sqlite3 *db = results_memory(error);

	if (!db)
		fail_msg("%s", error);
	return db;
}

static void take(sqlite3 *db, const char *path)
{
	if (!results_take(db, path, error))
		fail_msg("%s: %s", path, error);
}

static void assert_says(const char *part)
{
	if (!strstr(error, part))
		fail_msg("expected '%s' in '%s'", part, error);
	assert_null(strchr(error, '\n'));
}

/* ---- joining ---- */

/* Versions of the parts of one night, which differ in all that may differ: each job is there several times. */
#define PARTS 5
static const char *const part[PARTS] = { "a", "b", "c", "d", "e" };

static void make_parts(void)
{
	make_night("a", "n", 1);
	make_job("a", "j1", "cut", -1, FOUND("s", "O2/x") EXPLORE("t", 1000));
	make_night("b", "n", 1);
	make_job("b", "j1", "done", 0, EXPLORE("s", 10));
	make_night("c", "n", 2);
	make_job("c", "j2", "done", 0, EXPLORE("s", 20) EXPLORE("t", 20));
	make_job("c", "j2.1", "skipped", -1, NULL);
	make_night("d", "n", 2);
	make_job("d", "j2", "done", 1, FOUND("s", "O2/known") EXPLORE("t", 35));
	make_job("d", "j2.1", "failed", -1, EXPLORE("u", 1) FOUND("v", "O3/y"));
	make_night("e", "n", 1);
	make_job("e", "j1", "done", 0, EXPLORE("s", 10) "{\"type\":\"another\"}\n");
}

/* Call with each order of the parts. */
static void permute(int order[PARTS], int from, void (*with)(const int *order, void *arg), void *arg)
{
	if (from == PARTS)
		with(order, arg);
	for (int i = from; i < PARTS; i++) {
		int t = order[from];

		order[from] = order[i];
		order[i] = t;
		permute(order, from + 1, with, arg);
		order[i] = order[from];
		order[from] = t;
	}
}

static void assert_dump(sqlite3 *db, const char *wanted)
{
	char *have = dump(db);

	assert_string_equal(have, wanted);
	free(have);
}

static void load_in_order(const int *order, void *wanted)
{
	sqlite3 *db = fresh();
	char **w = wanted;

	for (int i = 0; i < PARTS; i++)
		take(db, part[order[i]]);
	take(db, part[order[0]]);
	if (*w)
		assert_dump(db, *w);
	else
		*w = dump(db);
	sqlite3_close(db);
}

static void test_all_orders(void **state)
{
	int order[PARTS] = { 0, 1, 2, 3, 4 };
	char *wanted = NULL;

	(void)state;
	make_parts();
	permute(order, 0, load_in_order, &wanted);
	assert_non_null(strstr(wanted, "O2/x"));
	free(wanted);
}

static void make_database(const char *path, const char *const *input, int nr)
{
	sqlite3 *db = results_open(path, RESULTS_WRITE, error);

	if (!db)
		fail_msg("%s", error);
	for (int i = 0; i < nr; i++)
		take(db, input[i]);
	sqlite3_close(db);
}

/* Each set of parts in one database, the rest in another one: joined either way it is what all of them are. */
static void test_all_groups(void **state)
{
	char *wanted;
	sqlite3 *db = fresh();

	(void)state;
	make_parts();
	for (int i = 0; i < PARTS; i++)
		take(db, part[i]);
	wanted = dump(db);
	sqlite3_close(db);
	for (int set = 0; set < 1 << PARTS; set++) {
		const char *in[2][PARTS];
		int nr[2] = { 0, 0 };

		for (int i = 0; i < PARTS; i++)
			in[set >> i & 1][nr[set >> i & 1]++] = part[i];
		unlink("0.db");
		unlink("1.db");
		make_database("0.db", in[0], nr[0]);
		make_database("1.db", in[1], nr[1]);
		for (int way = 0; way < 2; way++) {
			db = fresh();
			take(db, way ? "1.db" : "0.db");
			take(db, way ? "0.db" : "1.db");
			take(db, "0.db");
			assert_dump(db, wanted);
			sqlite3_close(db);
		}
	}
	free(wanted);
}

static void test_better_record(void **state)
{
	static const struct better {
		const char *worse_state, *worse, *better_state, *better;
	} rows[] = {
		{ "skipped", EXPLORE("s", 90), "cut", EXPLORE("s", 1) },
		{ "cut", EXPLORE("s", 90), "failed", EXPLORE("s", 1) },
		{ "failed", EXPLORE("s", 90), "done", EXPLORE("s", 1) },
		{ "done", EXPLORE("s", 5), "done", EXPLORE("s", 3) EXPLORE("t", 3) },
		{ "cut", EXPLORE("s", 9), "cut", EXPLORE("s", 10) },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_night("w", "n", 1);
		make_job("w", "j1", rows[i].worse_state, 0, rows[i].worse);
		make_night("x", "n", 1);
		make_job("x", "j1", rows[i].better_state, 0, rows[i].better);
		for (int way = 0; way < 2; way++) {
			sqlite3 *db = fresh();

			take(db, way ? "w" : "x");
			take(db, way ? "x" : "w");
			assert_string_equal(text(db, "SELECT state FROM job"), rows[i].better_state);
			assert_string_equal(text(db, "SELECT commit_id FROM build"), "x");
			assert_int_equal(number(db, "SELECT count(*) FROM build"), 1);
			assert_int_equal(number(db, "SELECT count(*) FROM record"), strstr(rows[i].better, "\"t\"") ? 2 : 1);
			sqlite3_close(db);
		}
	}
}

static void test_another_night_of_the_name(void **state)
{
	sqlite3 *db = fresh();
	char *before;

	(void)state;
	make_night("a", "n", 1);
	make_job("a", "j1", "done", 0, EXPLORE("s", 1));
	take(db, "a");
	before = dump(db);
	make_night("b", "n", 2);
	assert_int_equal(system("sed -i 's/\"plan_hash\":\"h\"/\"plan_hash\":\"i\"/' b/night.json"), 0);
	assert_false(results_take(db, "b", error));
	assert_says("b: another night 'n'");
	assert_dump(db, before);
	free(before);
	sqlite3_close(db);
}

/* ---- jobs ---- */

static void test_attempts(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	make_night("a", "n", 2);
	make_job("a", "j2", "done", 0, EXPLORE("s", 10) FOUND("u", "O2/both"));
	write_file("a/jobs/j2.1.jsonl", FOUND("s", "O2/of-another-job"));
	make_job("a", "j2.1", "done", 0, EXPLORE("s", 1));
	write_file("a/jobs/j2.1.1.jsonl", FOUND("s", "O2/x") FOUND("u", "O2/both") "{\"type\":\"expl");
	write_file("a/jobs/j2.1.2.jsonl", FOUND("s", "O2/x"));
	take(db, "a");
	assert_int_equal(number(db, "SELECT executions FROM job WHERE job = 'j2'"), 15);
	assert_int_equal(number(db, "SELECT executions FROM job WHERE job = 'j2.1'"), 1);
	assert_string_equal(text(db, "SELECT state || why FROM job WHERE job = 'j2.1'"), "done");
	assert_int_equal(number(db, "SELECT count(*) FROM finding WHERE signature = 'O2/x'"), 1);
	assert_int_equal(number(db, "SELECT attempt FROM finding WHERE signature = 'O2/x'"), 1);
	assert_string_equal(text(db, "SELECT oracle || seed || execution || mode FROM finding WHERE signature = 'O2/x'"), "O273g");
	sqlite3_close(db);
}

/* A job that never ended, and is therefore missing: what it found is there. */
static void test_never_ended(void **state)
{
	sqlite3 *db = fresh();
	struct results_summary s;

	(void)state;
	make_night("a", "n", 1);
	write_file("a/jobs/j1.jsonl", FOUND("s", "O2/x") EXPLORE("s", 3) "{");
	take(db, "a");
	assert_int_equal(number(db, "SELECT count(*) FROM job"), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM record"), 0);
	assert_true(results_verdict(db, "n", &s, error));
	assert_int_equal(s.findings, 1);
	assert_int_equal(s.unfinished, 3);
	assert_int_equal(s.verdict, NIGHT_FINDINGS);
	sqlite3_close(db);
}

static void test_lines_that_cannot_be_read(void **state)
{
	static const struct lines {
		const char *output, *why;
	} rows[] = {
		{ EXPLORE("s", 1) "{\"type\":\"explo", "1 of 2 lines of its output cannot be read, line 2 is the first" },
		{ "[]\n\n" EXPLORE("s", 1) "1\n", "3 of 4 lines of its output cannot be read, line 1 is the first" },
		{ EXPLORE("s", 1) "\xff\xfe\n", "1 of 2 lines" },
		{ EXPLORE("s", 1) "{\"type\":\"explore\"} x\n", "1 of 2 lines" },
		{ NULL, "its output is missing" },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sqlite3 *db = fresh();

		make_night("a", "n", 1);
		unlink("a/jobs/j1.jsonl");
		make_job("a", "j1", "done", 0, rows[i].output);
		take(db, "a");
		assert_string_equal(text(db, "SELECT state FROM job"), "failed");
		assert_non_null(strstr(text(db, "SELECT why FROM job"), rows[i].why));
		assert_int_equal(number(db, "SELECT executions FROM job"), rows[i].output ? 1 : 0);
		sqlite3_close(db);
	}
}

static void test_record_types(void **state)
{
	static const char *const expected[][2] = {
		{ "SELECT count(*) FROM record", "11" },
		{ "SELECT group_concat(verdict, ',') FROM (SELECT verdict FROM record ORDER BY line)",
		  "goal-missed,failed,cut,clean,goal-missed,clean,,finding,clean,skipped," },
		{ "SELECT goals || goals_reached || traces FROM coverage WHERE scenario = 's'", "[\"g\",\"h\"][\"g\"]5" },
		{ "SELECT median_executions || how || found FROM hunt WHERE defect = 'D'", "12.0random3" },
		{ "SELECT id || verdict || executions FROM arc", "00aDOC-OK44" },
		{ "SELECT grade || line || mode FROM rule", "BELOW12r" },
		{ "SELECT low || '-' || ratio || '-' || high FROM bench", "1.0-2.0-3.5" },
		{ "SELECT group_concat(signature, ' ') FROM finding", "data-rule/page.flags:r:PG_locked" },
		{ "SELECT executions FROM job", "21" },
	};
	sqlite3 *db = fresh();

	(void)state;
	make_night("a", "n", 1);
	make_job("a", "j1", "done", 3,
		 "{\"type\":\"explore\",\"scenario\":\"s\",\"provider\":\"p\",\"executions\":7,\"goals_reached\":[\"g\"],"
		 "\"goals_missed\":[\"h\"],\"coverage\":{\"traces\":5}}\n"
		 "{\"type\":\"explore\",\"scenario\":\"t\",\"provider\":\"p\",\"executions\":7,\"error\":\"the worker died\"}\n"
		 "{\"type\":\"stress\",\"scenario\":\"u\",\"provider\":\"p\",\"rounds\":7,\"goals_reached\":0,\"interrupted\":true}\n"
		 "{\"type\":\"hunt\",\"defect\":\"D\",\"provider\":\"p\",\"mode\":\"random\",\"found\":3,\"signature\":\"O1/sought\","
		 "\"median_executions\":12}\n"
		 "{\"type\":\"canary\",\"defect\":\"D\",\"found\":false,\"signature\":\"\"}\n"
		 "{\"type\":\"canary\",\"defect\":\"E\",\"found\":true,\"signature\":\"O1/sought\"}\n"
		 "{\"type\":\"lockdoc-verdict\",\"provider\":\"p\",\"id\":\"00a\",\"kind\":\"DOC-OK\",\"executions\":44}\n"
		 "{\"type\":\"data-rule\",\"provider\":\"p\",\"member\":\"page.flags\",\"mode\":\"r\",\"rule\":\"PG_locked\","
		 "\"grade\":\"BELOW\",\"line\":12}\n"
		 "{\"type\":\"bench\",\"figure\":\"f\",\"ratio\":2,\"ratio_least\":1,\"ratio_most\":3.5}\n"
		 "{\"type\":\"not-for\",\"scenario\":\"s\"}\n"
		 "{\"type\":\"of-the-future\",\"scenario\":{\"a\":[1]},\"executions\":\"many\"}\n");
	take(db, "a");
	for (unsigned int i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_string_equal(text(db, expected[i][0]), expected[i][1]);
	sqlite3_close(db);
}

/* `run` explores a scenario, and then puts it under stress: one row. */
static void test_covered_twice(void **state)
{
	sqlite3 *db = fresh();

	(void)state;
	make_night("a", "n", 1);
	make_job("a", "j1", "done", 0, EXPLORE("s", 4)
		 "{\"type\":\"stress\",\"scenario\":\"s\",\"provider\":\"p\",\"goals_reached\":[\"f\"],\"goals_missed\":[\"g\"]}\n");
	take(db, "a");
	assert_string_equal(text(db, "SELECT traces || goals || goals_reached FROM coverage"), "9[\"f\",\"g\"][\"f\",\"g\"]");
	sqlite3_close(db);
}

static void test_files_of_findings(void **state)
{
	static const char *const replays[][3] = {
		{ "artifacts/r.replay", "a replay", "same" },
		{ "artifacts/../artifacts/r.replay", "", "none" },
		{ "../secret", "", "none" },
		{ "/etc/passwd", "", "none" },
		{ "artifacts/fifo", "", "none" },
		{ "artifacts", "", "none" },
		{ "artifacts/missing", "", "none" },
	};

	(void)state;
	make_night("a", "n", 1);
	write_file("secret", "a secret");
	write_file("a/artifacts/r.replay", "a replay");
	mkfifo("a/artifacts/fifo", 0600);
	for (unsigned int i = 0; i < sizeof(replays) / sizeof(replays[0]); i++) {
		sqlite3 *db = fresh();
		char command[300];

		make_job("a", "j1", "done", 1, FOUND("s", "O2/x"));
		snprintf(command, sizeof(command), "sed -i 's|\"replays\":..|\"replays\":[{\"signature\":\"O2/x\",\"replay\":\"%s\","
			 "\"same_steps\":true,\"same_finding\":true}]|' a/jobs/j1.json", replays[i][0]);
		assert_int_equal(system(command), 0);
		take(db, "a");
		assert_string_equal(text(db, "SELECT replay FROM finding"), replays[i][1]);
		assert_string_equal(text(db, "SELECT replayed FROM finding"), replays[i][2]);
		sqlite3_close(db);
	}
}

/* ---- verdicts ---- */

static void test_verdicts(void **state)
{
	static const struct verdict_row {
		const char *state, *output;
		int status;
		bool others;
		enum results_verdict verdict;
	} rows[] = {
		{ "done", EXPLORE("s", 1), 0, true, NIGHT_CLEAN },
		{ "done", FOUND("s", "O2/known"), 1, true, NIGHT_KNOWN },
		{ "done", FOUND("s", "O2/known"), 1, false, NIGHT_INCONCLUSIVE },
		{ "done", FOUND("s", "O2/new"), 1, true, NIGHT_FINDINGS },
		{ "done", FOUND("s", "O2/new"), 1, false, NIGHT_FINDINGS },
		{ "cut", FOUND("s", "O2/new"), -1, true, NIGHT_FINDINGS },
		{ "cut", EXPLORE("s", 1), -1, true, NIGHT_INCONCLUSIVE },
		{ "failed", EXPLORE("s", 1), -1, true, NIGHT_INCONCLUSIVE },
		{ "skipped", "", 4, true, NIGHT_CLEAN },
		{ "done", EXPLORE("s", 1), 3, true, NIGHT_INCONCLUSIVE },
		{ "done", EXPLORE("s", 1), 1, true, NIGHT_FINDINGS },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sqlite3 *db = fresh();
		struct results_summary s;

		make_night("a", "n", 1);
		make_job("a", "j1", rows[i].state, rows[i].status, rows[i].output);
		make_night("b", "n", 2);
		make_job("b", "j2", "done", 0, EXPLORE("s", 1));
		make_job("b", "j2.1", "done", 0, EXPLORE("s", 1));
		take(db, "a");
		if (rows[i].others)
			take(db, "b");
		assert_true(results_verdict(db, "n", &s, error));
		if (s.verdict != rows[i].verdict)
			fail_msg("row %u: %s, expected %s", i, results_verdict_text[s.verdict], results_verdict_text[rows[i].verdict]);
		assert_false(results_verdict(db, "m", &s, error));
		sqlite3_close(db);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_orders), TEST(test_all_groups), TEST(test_better_record), TEST(test_another_night_of_the_name),
		TEST(test_attempts), TEST(test_never_ended), TEST(test_lines_that_cannot_be_read), TEST(test_record_types),
		TEST(test_covered_twice), TEST(test_files_of_findings), TEST(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
