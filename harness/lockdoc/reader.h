/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a document line by line, never past its end, and saying in one line what is wrong with
 * it.
 *
 * Functions that return bool return false after an error, which they have described; then read no
 * more.
 *
 * Concurrency: a reader belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_READER_H
#define HARNESS_LOCKDOC_READER_H

#include <stdarg.h>

#include "types.h"

struct doc_reader {
	const char *path;
	const char *next, *end;		/* lines that have not been read */
	const char *begin;		/* of the current line */
	const char *at, *stop;		/* what is left of it, or of its cell that is being read */
	int line;			/* its number; 0 before the first one */
	bool in_cell;
	char *err;			/* LOCKDOC_ERR bytes; empty as long as all is well */
	int err_line, err_column;	/* the place that it names, */
	size_t err_text;		/* and where its message begins behind that */
};

void doc_start(struct doc_reader *r, const char *path, const char *text, size_t length, char *err);

/* The next line. False at the end of the text, and after an error. */
bool doc_line(struct doc_reader *r);

/* "path:line:column: " and the message, whatever the path is. */
/* Returns where the message begins. */
size_t doc_message(char *err, const char *path, int line, int column, const char *fmt, va_list args);

/*
 * An error at a place in the current line: "expected ", the message, ", found " and what is there.
 */
bool doc_expected(struct doc_reader *r, const char *at, const char *fmt, ...) __printf(3, 4);

/* The same with a message that is complete. */
bool doc_wrong(struct doc_reader *r, const char *at, const char *fmt, ...) __printf(3, 4);

/* And at a place that was kept from an earlier line. */
bool doc_wrong_at(struct doc_reader *r, int line, int column, const char *fmt, ...) __printf(4, 5);

static inline int doc_column(const struct doc_reader *r, const char *at)
{
	return (int)(at - r->begin) + 1;
}

/* Blanks, then: is that all? */
bool doc_done(struct doc_reader *r);

/*
 * Blanks, then this text if it is there: takes it, or nothing. A word is taken whole or not at all.
 */
bool doc_take(struct doc_reader *r, const char *text);

/* As above, but an error if it is not there. */
bool doc_want(struct doc_reader *r, const char *text);

/* Length of the name at this place, 0 if there is none. */
size_t doc_name(const char *at, const char *stop);

/*
 * Blanks, then a name: what is an error of yours. Its length, or 0 after the error "expected WHAT".
 */
size_t doc_want_name(struct doc_reader *r, const char *what);

#endif
