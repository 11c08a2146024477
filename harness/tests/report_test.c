/* SPDX-License-Identifier: GPL-2.0-only */
/* The report: no text of a database becomes markup, and of a directory only what is ours is removed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/files.h"
#include "report/html.h"
#include "report/report.h"
#include "results/results.h"

#define HOSTILE "\"'><script>alert(1)</script>&<b onmouseover='x'>\x01\xff"
/* The same in JSON, which is UTF-8 and has its own way to write quotes. */
#define HOSTILE_JSON "\\\"'><script>alert(1)</script>&<b onmouseover='x'>\\u0001"

/* ---- pieces ---- */

static char *text_of(const char *text)
{
	char *to = NULL;
	size_t length;
	FILE *out = open_memstream(&to, &length);

	html_text(out, text);
	fclose(out);
	return to;
}

static void expect_text(const char *text, const char *wanted)
{
	char *got = text_of(text);

	assert_string_equal(got, wanted);
	free(got);
}

static void test_text(void **state)
{
	(void)state;
	expect_text("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;");
	expect_text("\t\n", "\t\n");
	expect_text("\x01\x7f\r", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7");
	/* Cut off, too long, a surrogate, what is no character, what is beyond the last one, C1. */
	expect_text("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("\xc2\x85", "\xef\xbf\xbd\xef\xbf\xbd");
	expect_text(NULL, "");
}

static void test_put(void **state)
{
	char *to = NULL;
	size_t length;
	FILE *out = open_memstream(&to, &length);

	(void)state;
	html_put(out, "<i t=\"%s\">%d %5.2f %ld%% %u</i>", "<\">", -3, 1.5, 7L, 9u);
	fclose(out);
	assert_string_equal(to, "<i t=\"&lt;&quot;&gt;\">-3  1.50 7% 9</i>");
	free(to);
}

static void test_number(void **state)
{
	char text[HTML_NUMBER];

	(void)state;
	assert_string_equal(html_number(0, text), "0");
	assert_string_equal(html_number(999, text), "999");
	assert_string_equal(html_number(1000, text), "1\xe2\x80\x89" "000");
	assert_string_equal(html_number(-1234567, text), "-1\xe2\x80\x89" "234\xe2\x80\x89" "567");
	assert_string_equal(html_number(1.25, text), "1.25");
	assert_string_equal(html_number(0.1234, text), "0.123");
	assert_string_equal(html_number((double)NAN, text), "nan");
	assert_string_equal(html_number(1e30, text), "1e+30");
}

/* ---- a database of nothing but bad manners ---- */

static char dir[] = "/tmp/report_test.XXXXXX";

static char *in_dir(const char *name)
{
	static char path[4][512];
	static unsigned int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
	return path[n];
}

/* What some columns hold in one of the rounds, so that each part of the report has something to tell. */
static const struct manner {
	const char *table, *column, *value;
} manners[] = {
	{ "job", "state", "failed" },
	{ "job", "command", "[\"" HOSTILE_JSON "\", 3]" },
	{ "record", "verdict", "finding" },
	{ "record", "type", "explore" },
	{ "arc", "verdict", "NEVER" },
	{ "arc", "provider", "anon-chain" },
	{ "arc", "text", "{\"before\":\"mmap_lock\",\"after\":\"anon_vma\",\"mode\":\"wait\",\"ctx\":null,\"why\":\"" HOSTILE_JSON "\","
	  "\"first\":{\"scenario\":\"" HOSTILE_JSON "\",\"held\":\"" HOSTILE_JSON "\",\"acquired\":\"" HOSTILE_JSON "\"}}" },
	{ "hunt", "text", "{\"tier\":\"" HOSTILE_JSON "\",\"class\":\"" HOSTILE_JSON "\"}" },
	{ "finding", "trace", "{\"traceEvents\":["
	  "{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"name\":\"thread_name\",\"args\":{\"name\":\"" HOSTILE_JSON "\"}},"
	  "{\"ph\":\"X\",\"pid\":1,\"tid\":0,\"cat\":\"step\",\"name\":\"" HOSTILE_JSON "\",\"ts\":1,\"dur\":1,\"args\":{\"step\":1,"
	  "\"text\":\"" HOSTILE_JSON "\",\"object\":\"" HOSTILE_JSON "\",\"site\":\"" HOSTILE_JSON "\"}},"
	  "{\"ph\":\"i\",\"pid\":1,\"tid\":0,\"cat\":\"violation\",\"name\":\"" HOSTILE_JSON "\",\"ts\":1,\"s\":\"t\",\"args\":{"
	  "\"text\":\"" HOSTILE_JSON "\",\"site\":\"" HOSTILE_JSON "\",\"by\":\"" HOSTILE_JSON "\"}}],\"otherData\":{\"scenario\":\""
	  HOSTILE_JSON "\",\"provider\":\"" HOSTILE_JSON "\",\"defects\":[\"" HOSTILE_JSON "\"],\"signature\":\"" HOSTILE_JSON "\","
	  "\"text\":\"" HOSTILE_JSON "\",\"site\":\"" HOSTILE_JSON "\",\"steps\":1,\"strategy\":\"" HOSTILE_JSON "\",\"seed\":1}}" },
};

static const char *value_of(const char *table, const char *column, unsigned int round)
{
	for (size_t i = 0; !round && i < sizeof(manners) / sizeof(manners[0]); i++)
		if (!strcmp(manners[i].table, table) && !strcmp(manners[i].column, column))
			return manners[i].value;
	return !strcmp(column, "job") && round ? HOSTILE "2" : HOSTILE;
}

/* A row in which all that is text is hostile; numbers are 1. */
static void fill(sqlite3 *db, const char *table, unsigned int round)
{
	sqlite3_str *sql = sqlite3_str_new(db);
	char *text = sqlite3_mprintf("SELECT name, type FROM pragma_table_info(%Q)", table), *error = NULL;
	sqlite3_stmt *s;

	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
	sqlite3_free(text);
	sqlite3_str_appendf(sql, "INSERT OR IGNORE INTO %s VALUES (", table);
	for (const char *comma = ""; sqlite3_step(s) == SQLITE_ROW; comma = ", ")
		if (!strcmp((const char *)sqlite3_column_text(s, 1), "TEXT"))
			sqlite3_str_appendf(sql, "%s%Q", comma, value_of(table, (const char *)sqlite3_column_text(s, 0), round));
		else
			sqlite3_str_appendf(sql, "%s1", comma);
	sqlite3_finalize(s);
	sqlite3_str_appendf(sql, ")");
	text = sqlite3_str_finish(sql);
	sqlite3_exec(db, text, NULL, NULL, &error);
	assert_null(error);
	sqlite3_free(text);
}

static sqlite3 *hostile(void)
{
	char error[USAGE_TEXT];
	sqlite3 *db = results_open(in_dir("hostile.db"), RESULTS_WRITE, error);
	sqlite3_stmt *s;
	unsigned int tables = 0;

	assert_non_null(db);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'", -1, &s,
					    NULL), SQLITE_OK);
	for (; sqlite3_step(s) == SQLITE_ROW; tables++)
		for (unsigned int round = 0; round < 2; round++)
			fill(db, (const char *)sqlite3_column_text(s, 0), round);
	sqlite3_finalize(s);
	assert_true(tables >= 13);
	return db;
}

/* ---- what comes of it ---- */

static char *read_file(const char *path)
{
	char *text = NULL;
	size_t length;
	FILE *in = fopen(path, "r"), *out = open_memstream(&text, &length);

	assert_non_null(in);
	for (int c; (c = fgetc(in)) != EOF;)
		fputc(c, out);
	fclose(in);
	fclose(out);
	return text;
}

/* Markup that only the database can have brought; and what no text may hold. */
static void expect_harmless(const char *path)
{
	static const char *const bad[] = { "<script>alert", "<b on", "'><", "\x01", "\xff" };
	char *text = read_file(path);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strstr(text, bad[i]))
			fail_msg("%s: \"%s\" got through", path, bad[i]);
	free(text);
}

static unsigned int pages_in(const char *path, void (*look)(const char *path))
{
	DIR *d = opendir(path);
	unsigned int n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		char file[1024];

		if (!strstr(e->d_name, ".html") && !strstr(e->d_name, ".svg"))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		if (look)
			look(file);
		n++;
	}
	closedir(d);
	return n;
}

static void put(const char *name, const char *text)
{
	FILE *out = fopen(in_dir(name), "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static bool there(const char *name)
{
	return !access(in_dir(name), F_OK);
}

static void test_hostile(void **state)
{
	struct report r;
	char err[USAGE_TEXT] = "", page[64], hash[REPORT_HASH], *text;
	sqlite3 *db = hostile();

	(void)state;
	assert_true(report_open(&r, db, "hostile.db", NULL, err));
	assert_string_equal(r.night, HOSTILE);
	assert_true(report_pages(&r, in_dir("pages"), err));
	/* Seven pages, one finding, one graph. */
	assert_int_equal(pages_in(in_dir("pages"), expect_harmless), 9);
	snprintf(page, sizeof(page), "pages/finding-%s.html", report_hash(HOSTILE, hash));
	text = read_file(in_dir(page));
	assert_non_null(strstr(text, "<svg"));
	assert_null(strstr(text, "Not drawn"));
	free(text);
	/* And it was all there: what was escaped is. */
	text = read_file(in_dir("pages/index.html"));
	assert_non_null(strstr(text, "&lt;script&gt;alert(1)"));
	free(text);
	report_free(&r);
	sqlite3_close(db);
}

static void test_tidy(void **state)
{
	struct report r;
	char err[USAGE_TEXT] = "";
	sqlite3 *db = results_open(in_dir("hostile.db"), RESULTS_READ, err);

	(void)state;
	put("pages/finding-0123456789abcdef.html", "<!DOCTYPE html>" HTML_GENERATOR "of a night that is gone");
	put("pages/finding-0123456789abcdee.html", "somebody's own");
	put("pages/finding-of-mine.html", HTML_GENERATOR);
	put("pages/replays/0123456789abcdef-1.replay", "old");
	put("pages/replays/notes.replay", "somebody's own");
	put("pages/index.html.4711.tmp", "half of one");
	put("pages/mine.4711.tmp", "somebody's own");
	assert_true(report_open(&r, db, "hostile.db", HOSTILE, err));
	assert_true(report_pages(&r, in_dir("pages"), err));
	assert_false(there("pages/finding-0123456789abcdef.html"));
	assert_true(there("pages/finding-0123456789abcdee.html"));
	assert_true(there("pages/finding-of-mine.html"));
	assert_false(there("pages/replays/0123456789abcdef-1.replay"));
	assert_true(there("pages/replays/notes.replay"));
	assert_false(there("pages/index.html.4711.tmp"));
	assert_true(there("pages/mine.4711.tmp"));
	report_free(&r);
	sqlite3_close(db);
}

static void test_no_directory(void **state)
{
	struct report r;
	char err[USAGE_TEXT] = "";
	sqlite3 *db = results_open(in_dir("hostile.db"), RESULTS_READ, err);

	(void)state;
	assert_true(report_open(&r, db, "hostile.db", NULL, err));
	assert_false(report_pages(&r, in_dir("hostile.db"), err));
	assert_non_null(strstr(err, "hostile.db: expected a directory, found something else"));
	assert_false(report_pages(&r, in_dir("not/there"), err));
	assert_non_null(strstr(err, "No such file or directory"));
	report_free(&r);
	assert_false(report_open(&r, db, "hostile.db", "another", err));
	assert_string_equal(err, "hostile.db: expected the name of a night, found 'another'");
	report_free(&r);
	sqlite3_close(db);
}

static int make_dir(void **state)
{
	(void)state;
	return !mkdtemp(dir);
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	cmocka_unit_test(test_put),  cmocka_unit_test(test_number),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_tidy), cmocka_unit_test(test_no_directory),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
