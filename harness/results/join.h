/* SPDX-License-Identifier: GPL-2.0-only */
/* Joining what is attached as "incoming" with "main": private to harness/results. */
#ifndef HARNESS_RESULTS_JOIN_H
#define HARNESS_RESULTS_JOIN_H

#include "results/schema.h"

/* Prepare the statement that adds a row of values to incoming. Returns an SQLite result. */
int join_insert(sqlite3 *db, enum results_table_id table, sqlite3_stmt **s);

/* Take all of incoming into main, in one transaction. name: of what comes in, for messages. */
bool join_incoming(sqlite3 *db, const char *name, char error[USAGE_TEXT]);

/* Attach a file, or tables in memory (path NULL), as incoming; and let go of it again. */
bool join_attach(sqlite3 *db, const char *path, char error[USAGE_TEXT]);
void join_detach(sqlite3 *db);

#endif
