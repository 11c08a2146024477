/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results that are kept: the database that README.md describes, and how the directories of nights get into it.
 *
 * A database is a plain sqlite3 connection: who reads writes SQL, and closes it with sqlite3_close(). All that is written goes through
 * the functions below, each of them in one transaction: it is there as a whole or not at all, and another process may read meanwhile.
 *
 * Functions that can fail return false (or NULL) with one line in error: without "rmaptorture: ", without newline.
 *
 * Concurrency: one thread for each connection; processes wait for each other, for RESULTS_BUSY_MS at most.
 */
#ifndef HARNESS_RESULTS_RESULTS_H
#define HARNESS_RESULTS_RESULTS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "cli/usage.h"

#define RESULTS_APPLICATION 0x726d6170	/* "rmap" */
#define RESULTS_SCHEMA 1
#define RESULTS_BUSY_MS 5000

enum results_mode { RESULTS_READ, RESULTS_WRITE };

/*
 * Open a database, after a look whether it is one of ours and whole. RESULTS_WRITE makes it if it is missing or empty; RESULTS_READ
 * refuses every statement that would write. Returns NULL on error.
 */
sqlite3 *results_open(const char *path, enum results_mode mode, char error[USAGE_TEXT]);

/* A database of no file, with the schema and nothing in it. Returns NULL on error. */
sqlite3 *results_memory(char error[USAGE_TEXT]);

/*
 * Take in the directory of a night: its header, what is planned and known, and every job in it, as far as they are better than what is
 * there. Lines of a job that cannot be read are told in its `why`; anything else that is not as README.md says is an error, and then
 * nothing is changed.
 */
bool results_load_night(sqlite3 *db, const char *dir, char error[USAGE_TEXT]);

/* Take in one job, and the night's header with it. */
bool results_load_job(sqlite3 *db, const char *dir, const char *job, char error[USAGE_TEXT]);

/* Take in all that another database holds. That one is not changed, and may be the same one. */
bool results_join(sqlite3 *db, const char *path, char error[USAGE_TEXT]);

#endif
