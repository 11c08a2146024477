/* SPDX-License-Identifier: GPL-2.0-only */
/* See results_nights.h. */
#define _GNU_SOURCE
#include "tests/results_nights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/schema.h"

static char directory[] = "/tmp/results-test-XXXXXX";

int enter_directory(void **state)
{
	(void)state;
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	return !mkdtemp(directory) || chdir(directory);
}

int leave_directory(void **state)
{
	char command[sizeof(directory) + 20];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return chdir("/") || system(command);
}

void write_file(const char *path, const char *format, ...)
{
	FILE *file = fopen(path, "w");
	va_list args;

	assert_non_null(file);
	va_start(args, format);
	assert_true(vfprintf(file, format, args) >= 0);
	va_end(args);
	assert_int_equal(fclose(file), 0);
}

void make_night(const char *dir, const char *night, int shard)
{
	char path[300];

	mkdir(dir, 0777);
	snprintf(path, sizeof(path), "%s/jobs", dir);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/artifacts", dir);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/night.json", dir);
	write_file(path, "{\"type\":\"night\",\"v\":1,\"night\":\"%s\",\"plan\":\"p\",\"plan_hash\":\"h\",\"seed\":1,\"bound\":\"time\","
		   "\"time_s\":1.5,\"defects\":[],\"commit\":\"c%d\",\"model\":\"m\",\"version\":\"1\",\"shard\":%d,\"shards\":2,"
		   "\"began\":\"2026-01-0%dT00:00:00Z\",\"jobs\":[{\"job\":\"j1\",\"group\":\"g\",\"flavour\":\"f\",\"shard\":1},"
		   "{\"job\":\"j2\",\"group\":\"g\",\"flavour\":\"f\",\"shard\":2},"
		   "{\"job\":\"j2.1\",\"group\":\"g\",\"flavour\":\"f\",\"shard\":2}]}\n", night, shard, shard, shard);
	snprintf(path, sizeof(path), "%s/known.json", dir);
	write_file(path, "[{\"signature\":\"O2/known\",\"owner\":\"o\",\"reason\":\"r%d\",\"expires\":\"2026-12-31\"}]", shard);
}

void make_job(const char *dir, const char *job, const char *state, int status, const char *output)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/jobs/%s.json", dir, job);
	write_file(path, "{\"type\":\"job\",\"v\":1,\"job\":\"%s\",\"group\":\"g\",\"flavour\":\"f\",\"provider\":\"p\","
		   "\"command\":[\"x\"],\"seed\":1,\"shard\":%d,\"attempts\":1,"
		   "\"state\":\"%s\",\"status\":%d,\"why\":\"\",\"began\":\"2026-01-01T00:00:00Z\","
		   "\"elapsed_s\":1,\"cpu_s\":1,\"rss_kib\":1,\"build\":{\"flavour\":\"f\",\"commit\":\"%s\"},\"replays\":[]}",
		   job, job[1] - '0', state, status, dir);
	snprintf(path, sizeof(path), "%s/jobs/%s.jsonl", dir, job);
	if (output)
		write_file(path, "%s", output);
}

static void dump_table(sqlite3 *db, const struct results_table *t, FILE *out)
{
	char sql[200];
	sqlite3_stmt *s;

	snprintf(sql, sizeof(sql), "SELECT * FROM main.%s", t->name);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		fprintf(out, "%s", t->name);
		for (int i = 0; t->column[i].name; i++)
			fprintf(out, "|%s", sqlite3_column_text(s, i) ? (const char *)sqlite3_column_text(s, i) : "NULL");
		fprintf(out, "\n");
	}
	assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
}

/* Tables are kept in the order of their keys. */
char *dump(sqlite3 *db)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	assert_non_null(out);
	for (int i = 0; i < NR_TABLES; i++)
		dump_table(db, &results_table[i], out);
	fclose(out);
	return all;
}

const char *text(sqlite3 *db, const char *sql)
{
	static char value[4096];
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	value[0] = '\0';
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
		snprintf(value, sizeof(value), "%s", (const char *)sqlite3_column_text(s, 0));
	assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
	return value;
}

long number(sqlite3 *db, const char *sql)
{
	return atol(text(db, sql));
}
