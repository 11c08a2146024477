/* SPDX-License-Identifier: GPL-2.0-only */
/* From JSON to rows: private to harness/results. */
#ifndef HARNESS_RESULTS_ROWS_H
#define HARNESS_RESULTS_ROWS_H

#include <jansson.h>

#include "results/schema.h"

/* What is being taken in. */
struct intake {
	sqlite3 *db;			/* with the tables to be filled attached as "incoming" */
	sqlite3_stmt *insert[NR_TABLES];	/* prepared when first needed */
	const char *dir;
	json_t *jobs;			/* their names, as keys */
	char *error;			/* [USAGE_TEXT] */
	bool broken;			/* SQLite has failed: there is no going on */
};

/* Statements of an intake are done with before anything is detached. */
void intake_end(struct intake *in);

/*
 * Add a row: each column's value is looked up in record and about as rows.c says, and "", 0 or [] where there is none. False when
 * SQLite fails, which is told.
 */
bool rows_add(struct intake *in, enum results_table_id table, const json_t *record, const json_t *about);

/*
 * Add what a line of a job's output gives rise to. about holds what is not in the line: "night", "job", "group", "attempt", "line",
 * and is added to. Of an attempt that does not count (attempt > 0) that is its finding, if it has one. replays: the job's, or NULL.
 */
bool rows_add_record(struct intake *in, const char *line, const json_t *record, json_t *about, const json_t *replays);

/* How much record adds to the executions of its job. */
json_int_t rows_executions(const json_t *record);

/* A key's value if it is a string, "" otherwise. */
const char *text_of(const json_t *o, const char *key);

#endif
