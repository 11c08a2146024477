/* SPDX-License-Identifier: GPL-2.0-only */
/* Databases and directories that are not as they should be: one clear line each, and nothing is changed. */
#include "tests/results_nights.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char error[USAGE_TEXT];

static void assert_line(const char *part)
{
	if (!strstr(error, part))
		fail_msg("expected '%s' in '%s'", part, error);
	assert_null(strchr(error, '\n'));
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* A database with a night in it. */
static void make_database(const char *path)
{
	sqlite3 *db = results_open(path, RESULTS_WRITE, error);

	assert_non_null(db);
	make_night("base", "n", 1);
	make_job("base", "j1", "done", 0, EXPLORE("s", 1));
	assert_true(results_take(db, "base", error));
	sqlite3_close(db);
}

static void refused(const char *path, enum results_mode mode, const char *line)
{
	sqlite3 *db = results_open(path, mode, error);

	assert_null(db);
	assert_line(line);
	assert_int_equal(strncmp(error, path, strlen(path)), 0);
}

static void test_whose_file(void **state)
{
	sqlite3 *db;

	(void)state;
	refused("missing", RESULTS_READ, "No such file");
	refused("no/where", RESULTS_WRITE, "cannot be opened");
	assert_int_equal(mkdir("dir", 0777), 0);
	refused("dir", RESULTS_READ, "a directory");
	refused("dir", RESULTS_WRITE, "a directory");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	refused("fifo", RESULTS_READ, "not a file");
	write_file("text", "this is no database, but a text of more than a hundred bytes, as long as what SQLite looks at%s", " first");
	refused("text", RESULTS_READ, "not a database");
	refused("text", RESULTS_WRITE, "not a database");
	write_file("empty", "%s", "");
	refused("empty", RESULTS_READ, "an empty database");
	db = results_open("empty", RESULTS_WRITE, error);
	assert_non_null(db);
	sqlite3_close(db);
	run_sql("foreign", "CREATE TABLE t (a)");
	refused("foreign", RESULTS_READ, "the database of another program");
	refused("foreign", RESULTS_WRITE, "the database of another program");
	run_sql("claimed", "PRAGMA application_id = 7");
	refused("claimed", RESULTS_WRITE, "the database of another program");
}

static void test_schemas(void **state)
{
	(void)state;
	make_database("old");
	run_sql("old", "PRAGMA user_version = 0");
	refused("old", RESULTS_READ, "old: schema 0, expected 1: `rmaptorture merge --db NEW ...`");
	refused("old", RESULTS_WRITE, "old: schema 0, expected 1");
	make_database("new");
	run_sql("new", "PRAGMA user_version = 2");
	refused("new", RESULTS_READ, "new: schema 2, expected 1: a newer rmaptorture wrote it");
}

static void test_reading_cannot_write(void **state)
{
	sqlite3 *db;

	(void)state;
	make_database("d");
	db = results_open("d", RESULTS_READ, error);
	assert_non_null(db);
	assert_int_not_equal(sqlite3_exec(db, "DELETE FROM night", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(number(db, "SELECT count(*) FROM night"), 1);
	assert_string_equal(text(db, "PRAGMA journal_mode"), "delete");
	sqlite3_close(db);
}

/* Damage at any place, and a file that is cut at any place: refused, or read; never a crash, and what is read is a database. */
static void test_damaged(void **state)
{
	struct stat st;
	int refusals = 0;

	(void)state;
	make_database("whole");
	assert_int_equal(stat("whole", &st), 0);
	srand(1);
	for (int i = 0; i < 200; i++) {
		long at = rand() % st.st_size;
		sqlite3 *db;
		FILE *file;

		assert_int_equal(system("cp whole damaged"), 0);
		if (i % 2) {
			assert_int_equal(truncate("damaged", at), 0);
		} else {
			file = fopen("damaged", "r+");
			assert_non_null(file);
			fseek(file, at, SEEK_SET);
			for (int n = 0; n < 64; n++)
				fputc(rand() & 0xff, file);
			fclose(file);
		}
		error[0] = '\0';
		db = results_open("damaged", RESULTS_READ, error);
		refusals += !db;
		if (db) {
			struct results_summary s;

			results_verdict(db, "n", &s, error);
		} else {
			assert_line("damaged: ");
		}
		sqlite3_close(db);
	}
	assert_true(refusals > 100);
}

/* Two processes: one has begun to write when the other one comes. */
static void test_locked(void **state)
{
	sqlite3 *writer, *db;

	(void)state;
	make_database("d");
	make_night("more", "m", 1);
	assert_int_equal(sqlite3_open("d", &writer), SQLITE_OK);
	assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	db = results_open("d", RESULTS_WRITE, error);
	assert_non_null(db);
	sqlite3_busy_timeout(db, 100);
	assert_false(results_take(db, "more", error));
	assert_line("d: locked by another process");
	assert_int_equal(number(db, "SELECT count(*) FROM night"), 1);
	assert_int_equal(sqlite3_exec(writer, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_true(results_take(db, "more", error));
	assert_int_equal(number(db, "SELECT count(*) FROM night"), 2);
	sqlite3_close(db);
	assert_int_equal(sqlite3_exec(writer, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	refused("d", RESULTS_READ, "d: locked by another process");
	sqlite3_close(writer);
}

/* ---- a full disk ---- */

static void make_large_night(void)
{
	FILE *file;

	make_night("large", "l", 1);
	make_job("large", "j1", "done", 0, NULL);
	file = fopen("large/jobs/j1.jsonl", "w");
	assert_non_null(file);
	for (int i = 0; i < 20000; i++)
		fprintf(file, "{\"type\":\"explore\",\"scenario\":\"s%d\",\"provider\":\"p\",\"executions\":1}\n", i);
	fclose(file);
}

static void test_full_file(void **state)
{
	char *before, *after;
	sqlite3 *db;

	(void)state;
	make_database("d");
	make_large_night();
	db = results_open("d", RESULTS_WRITE, error);
	assert_non_null(db);
	before = dump(db);
	assert_int_equal(sqlite3_exec(db, "PRAGMA max_page_count = 60", NULL, NULL, NULL), SQLITE_OK);
	assert_false(results_take(db, "large", error));
	assert_line("d: the disk is full: nothing was changed");
	after = dump(db);
	assert_string_equal(before, after);
	assert_int_equal(sqlite3_exec(db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL), SQLITE_OK);
	assert_true(results_take(db, "large", error));
	assert_int_equal(number(db, "SELECT executions FROM job WHERE night = 'l'"), 20000);
	free(before);
	free(after);
	sqlite3_close(db);
}

/* What the kernel says when no more can be written: the file is as it was, also for who opens it next. */
static void test_file_size_limit(void **state)
{
	struct rlimit was, small;
	char *before, *after;
	sqlite3 *db;

	(void)state;
	make_database("d");
	make_large_night();
	db = results_open("d", RESULTS_READ, error);
	before = dump(db);
	sqlite3_close(db);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = (struct rlimit){ .rlim_cur = 300000, .rlim_max = was.rlim_max };
	db = results_open("d", RESULTS_WRITE, error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_false(results_take(db, "large", error));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_line("nothing was changed");
	sqlite3_close(db);
	db = results_open("d", RESULTS_READ, error);
	assert_non_null(db);
	after = dump(db);
	assert_string_equal(before, after);
	free(before);
	free(after);
	sqlite3_close(db);
}

/* ---- JSON ---- */

#define NIGHT(rest) "{\"type\":\"night\",\"v\":1," rest "\"plan\":\"p\",\"plan_hash\":\"h\",\"bound\":\"time\",\"time_s\":1," \
	"\"defects\":[],\"commit\":\"c\",\"model\":\"m\",\"version\":\"1\",\"shard\":1,\"shards\":1,\"began\":\"b\""

/* sed of the one file of the two, or its new contents; and what is said of it. */
static const struct bad {
	const char *file, *contents, *line;
} bad[] = {
	{ "night.json", "", "a/night.json:1:1: " },
	{ "night.json", "{\n\"type\": \"night\",\n", "a/night.json:3:" },
	{ "night.json", "{\"type\":\"night\" \"v\":1}", "a/night.json:1:" },
	{ "night.json", "[1,2]", "a/night.json:1:1: expected an object, found an array" },
	{ "night.json", "{}", "a/night.json:1:1: \"type\": expected a string, found nothing" },
	{ "night.json", "{\"a\":\"\xff\"}", "a/night.json:1:" },
	{ "night.json", "{} x", "a/night.json:1:" },
	{ "night.json", NIGHT("\"night\":\"n\",\"seed\":1,") "}", "\"jobs\": expected an array, found nothing" },
	{ "night.json", NIGHT("\"night\":7,\"seed\":1,") ",\"jobs\":[]}", "\"night\": expected a string, found a whole number" },
	{ "night.json", NIGHT("\"night\":\"n\",\"seed\":1.5,") ",\"jobs\":[]}", "\"seed\": expected a whole number, found a number" },
	{ "night.json", NIGHT("\"night\":\"a b\",\"seed\":1,") ",\"jobs\":[]}", "\"night\": expected letters" },
	{ "night.json", NIGHT("\"night\":\"n\",\"seed\":1,") ",\"jobs\":[7]}", "expected an object, found a whole number" },
	{ "night.json", NIGHT("\"night\":\"n\",\"seed\":1,")
	  ",\"jobs\":[{\"job\":\"../x\",\"group\":\"g\",\"flavour\":\"f\",\"shard\":1}]}",
	  "\"job\": expected letters" },
	{ "night.json", "{\"type\":\"night\",\"v\":2,\"night\":\"n\"}", "a/night.json:1:1: \"plan\": expected a string" },
	{ "known.json", "{}", "a/known.json:1:1: expected an array" },
	{ "known.json", "[{\"signature\":\"s\"}]", "\"owner\": expected a string, found nothing" },
	{ "known.json", "[", "a/known.json:1:1: " },
	{ "jobs/j1.json", "", "a/jobs/j1.json:1:1: " },
	{ "jobs/j1.json", "{\"type\":\"job\"", "a/jobs/j1.json:1:" },
	{ "jobs/j1.json", "7", "a/jobs/j1.json:1:1: " },
	{ "jobs/j1.json", "{\"type\":\"job\",\"v\":1}", "a/jobs/j1.json:1:1: \"job\": expected a string" },
	{ "s/\"v\":1/\"v\":3/", NULL, "a/jobs/j1.json:1:1: \"v\": expected 1, found '3'" },
	{ "s/\"type\":\"job\"/\"type\":\"night\"/", NULL, "\"type\": expected job, found 'night'" },
	{ "s/\"job\":\"j1\"/\"job\":\"j9\"/", NULL, "\"job\": expected the file's name, found 'j9'" },
	{ "s/\"state\":\"done\"/\"state\":\"over\"/", NULL, "\"state\": expected done, cut, failed or skipped, found 'over'" },
	{ "s/\"build\":{[^}]*}/\"build\":[]/", NULL, "\"build\": expected an object, found an array" },
	{ "s/\"elapsed_s\":1/\"elapsed_s\":null/", NULL, "\"elapsed_s\": expected a number, found null" },
};

static void spoil(const struct bad *b)
{
	char command[400];

	if (b->contents) {
		snprintf(command, sizeof(command), "a/%s", b->file);
		write_file(command, "%s", b->contents);
		return;
	}
	snprintf(command, sizeof(command), "sed -i '%s' a/jobs/j1.json", b->file);
	assert_int_equal(system(command), 0);
}

static void test_bad_json(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sqlite3 *db = results_memory(error);
		bool header = bad[i].contents && strncmp(bad[i].file, "jobs/", 5);

		make_night("a", "n", 2);
		make_job("a", "j1", "done", 0, FOUND("s", "O2/x"));
		make_job("a", "j2", "done", 0, EXPLORE("s", 1));
		spoil(&bad[i]);
		assert_false(results_take(db, "a", error));
		assert_line(bad[i].line);
		assert_int_equal(strncmp(error, "a/", 2), 0);
		/* A header that is wrong leaves nothing; a job that is wrong leaves the others, and what it found. */
		assert_int_equal(number(db, "SELECT count(*) FROM night"), !header);
		assert_int_equal(number(db, "SELECT count(*) FROM job"), !header);
		assert_int_equal(number(db, "SELECT count(*) FROM finding"), !header);
		sqlite3_close(db);
	}
}

/* Each file of a night cut after each of its bytes. */
static void test_cut_json(void **state)
{
	static const char *const files[] = { "a/night.json", "a/known.json", "a/jobs/j1.json", "a/jobs/j1.jsonl" };
	struct stat st;
	const long first = (long)strlen(FOUND("s", "O2/x")) - 1;

	(void)state;
	for (unsigned int f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		make_night("a", "n", 1);
		make_job("a", "j1", "done", 0, FOUND("s", "O2/x") EXPLORE("s", 3));
		assert_int_equal(stat(files[f], &st), 0);
		/* The last newline is nobody's. */
		for (long length = st.st_size - 2; length >= 0; length -= 3) {
			sqlite3 *db = results_memory(error);
			bool ok;

			assert_int_equal(truncate(files[f], length), 0);
			ok = results_take(db, "a", error);
			if (f < 3) {
				assert_false(ok);
				assert_line(files[f]);
			} else {
				assert_true(ok);
				assert_int_equal(number(db, "SELECT executions FROM job"), length >= first ? 5 : 0);
			}
			sqlite3_close(db);
		}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whose_file), TEST(test_schemas), TEST(test_reading_cannot_write), TEST(test_damaged), TEST(test_locked),
		TEST(test_full_file), TEST(test_file_size_limit), TEST(test_bad_json), TEST(test_cut_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
