/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories of nights for unit tests, and what a database holds as one text. */
#ifndef HARNESS_TESTS_RESULTS_NIGHTS_H
#define HARNESS_TESTS_RESULTS_NIGHTS_H

#include "results/compare.h"
#include "results/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* Enter a directory of its own, and leave nothing of it. */
int enter_directory(void **state);
int leave_directory(void **state);

void write_file(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A night "n" of two shards with the jobs j1 (shard 1), j2 and j2.1 (shard 2): the part of this shard, without any job's records. */
void make_night(const char *dir, const char *night, int shard);

/* A job of it that ended so; output: its records, NULL for none. */
void make_job(const char *dir, const char *job, const char *state, int status, const char *output);

#define EXPLORE(scenario, executions) \
	"{\"type\":\"explore\",\"scenario\":\"" scenario "\",\"provider\":\"p\",\"executions\":" #executions "," \
	"\"goals_reached\":[\"g\"],\"goals_missed\":[],\"coverage\":{\"traces\":9,\"racing_both_orders\":4}}\n"
#define FOUND(scenario, signature) \
	"{\"type\":\"explore\",\"scenario\":\"" scenario "\",\"provider\":\"p\",\"executions\":5,\"signature\":\"" signature "\"," \
	"\"text\":\"t\",\"seed\":7,\"execution\":3}\n"

/* All tables in turn, each in the order of its key; new. */
char *dump(sqlite3 *db);

/* The number that a statement gives. */
long number(sqlite3 *db, const char *sql);

/* The text that a statement gives, "" for NULL; until the next one. */
const char *text(sqlite3 *db, const char *sql);

#endif
