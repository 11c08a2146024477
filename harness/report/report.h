/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a night came to: the database, the night that is told, and the statements that tell it.
 *
 * Concurrency: one thread.
 */
#ifndef HARNESS_REPORT_REPORT_H
#define HARNESS_REPORT_REPORT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/usage.h"
#include "results/results.h"

/* So many nights are in a trend that stands in a row of a table. */
#define REPORT_RECENT 30

struct report {
	sqlite3 *db;
	const char *path;		/* of the database */
	char *night;
	struct results_summary summary;
	char *why;			/* of the verdict, one sentence */
	char *against;			/* NULL, or a part of the first page: the night against another one */
	const char **nights;		/* all until this one, in order */
	unsigned int nr_nights;
	const char *signature;		/* of the page that is written: what :signature stands for */
};

/* Choose the night: NULL for the last one. False with a line in err if there is none of that name. */
bool report_open(struct report *r, sqlite3 *db, const char *path, const char *night, char err[USAGE_TEXT]);
void report_free(struct report *r);

/* Compare with a night of that name, or with the last one in that file, for the first page. False with a line in err if there is none. */
bool report_against(struct report *r, const char *against, char err[USAGE_TEXT]);

/*
 * A statement, to be finalised, with these tables before it, which are about nights until this one:
 *	tonight		the row of `night`
 *	past		night, began, nr (from 1)
 *	recent		the last of them, REPORT_RECENT at most
 *	worn		signature, expires, owner, reason, expired of what is known tonight
 *	seen		a row for each signature: oracle, findings, nights, now (findings of tonight), first_night, last_night, and
 *			state: new, again, gone, known, expired
 *	sample		of each signature the finding that is told: the last one, with a replay if there is one
 * and with :night bound. What SQLite refuses ends the program: the database cannot be read.
 */
sqlite3_stmt *report_prepare(const struct report *r, const char *sql);

/* The next row; false after the last. */
bool report_step(const struct report *r, sqlite3_stmt *s);

/* A column as text, "" for NULL. */
const char *report_text(sqlite3_stmt *s, int column);

/* The one number that a statement gives, or NAN. */
double report_number(const struct report *r, const char *sql);

/* The one text that a statement gives, "" if none; to be freed. */
char *report_string(const struct report *r, const char *sql);

/* Part of the names of files about a signature: 16 digits. */
#define REPORT_HASH 17
const char *report_hash(const char *signature, char text[REPORT_HASH]);

/* As text or as JSON, on standard output. */
void report_summary(const struct report *r, bool json, bool verbose);

/* As pages. False with a line in err if they cannot be written. */
bool report_pages(const struct report *r, const char *dir, char err[USAGE_TEXT]);

#endif
