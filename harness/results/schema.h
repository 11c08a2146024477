/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of the database, as data: what makes them, fills them and joins them reads the same rows. Private to harness/results. */
#ifndef HARNESS_RESULTS_SCHEMA_H
#define HARNESS_RESULTS_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/usage.h"

#define RESULTS_COLUMNS 20

struct results_column {
	const char *name, *type;	/* the last one's name is NULL */
};

/* How two rows of one key become one; all of these are the same in whatever order rows come. */
enum results_join {
	JOIN_JOB,	/* they belong to a job, and go with it */
	JOIN_EARLIEST,	/* the earlier `began`; of the other columns those that are greater */
	JOIN_GREATEST,	/* the row that is greater, in the order of results_table.order */
};

struct results_table {
	const char *name;
	unsigned int nr_keys;		/* the first columns */
	enum results_join join;
	const char *order;		/* JOIN_GREATEST: what is looked at before the columns in turn; @ is the row. NULL: nothing */
	struct results_column column[RESULTS_COLUMNS];
};

enum results_table_id {
	TABLE_NIGHT, TABLE_SHARD, TABLE_PLANNED, TABLE_KNOWN, TABLE_BUILD, TABLE_JOB, TABLE_RECORD, TABLE_FINDING, TABLE_COVERAGE,
	TABLE_ARC, TABLE_RULE, TABLE_BENCH, TABLE_HUNT, NR_TABLES
};

extern const struct results_table results_table[NR_TABLES];

/* Make the tables in a database that is attached under this name ("main", ...), the views too in main. Returns an SQLite result. */
int results_make_tables(sqlite3 *db, const char *schema);

/* Run SQL text that is put together as by printf. Returns an SQLite result. */
int results_exec(sqlite3 *db, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tell the last error of db in one line that begins with the file's name. Always returns false. */
bool results_error(sqlite3 *db, const char *path, char error[USAGE_TEXT]);

#endif
