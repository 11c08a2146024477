/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of the report: a statement and what its columns are. Text, JSON and pages are made from the same rows.
 *
 * Concurrency: one thread.
 */
#ifndef HARNESS_REPORT_TABLE_H
#define HARNESS_REPORT_TABLE_H

#include "report/html.h"
#include "report/report.h"

#define REPORT_COLUMNS 14

enum cell {
	CELL_TEXT,
	CELL_NAME,			/* short text, kept in one line */
	CELL_CODE,
	CELL_NUMBER,
	CELL_PERCENT,
	CELL_SECONDS,
	CELL_TIME,			/* 2026-01-31T23:59:59Z */
	CELL_MIB,			/* of KiB */
	CELL_FINDING,			/* a signature, which has a page */
	CELL_STATE,			/* a word that is good or bad */
	CELL_COMMAND,			/* a JSON array of words */
	CELL_TREND,			/* numbers of all nights until this one, commas between them; not in text */
	CELL_ASIDE,			/* text that is long: not in text */
	NR_CELLS
};

struct query {
	const char *type;		/* of its rows in JSON, and the place in a page */
	const char *title;
	const char *about;		/* a sentence, or NULL */
	const char *none;		/* instead of a table without rows; NULL: nothing at all, not even the title */
	const char *sql;		/* after the preamble of report_prepare() */
	struct column {
		const char *key, *title;	/* the last one's key is NULL */
		enum cell cell;
	} column[REPORT_COLUMNS];
	bool large;			/* pages: worth a field that filters it */
};

/* Each returns the number of rows. */
unsigned int query_print(const struct report *r, const struct query *q, FILE *out);
unsigned int query_json(const struct report *r, const struct query *q, FILE *out);
unsigned int query_html(const struct report *r, const struct query *q, FILE *out);

/* The class in the style sheet, "" if none, of a word that is good or bad. */
const char *word_class(const char *word);

/* The words of a command line, or the text itself if it is no JSON array. To be freed. */
char *command_text(const char *json);

/* "3 h 20 min". */
const char *seconds_text(double seconds, char text[HTML_NUMBER]);

#endif
