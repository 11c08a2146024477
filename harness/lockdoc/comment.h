/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The comments about lock orders in a source of the kernel, or in a listing of one, line by line and
 * without their stars. What is damaged is told, and marked.
 *
 * Concurrency: a comment belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_COMMENT_H
#define HARNESS_LOCKDOC_COMMENT_H

#include <stddef.h>

#include "lockdoc/lint.h"

enum comment_kind {
	COMMENT_HEAD,		/* "Lock ordering:"; the text is what stands behind the colon */
	COMMENT_TEXT,
	COMMENT_BLANK,
	COMMENT_CUT,		/* lines are missing here */
	COMMENT_END,
	COMMENT_SQUASHED,	/* a whole comment whose line breaks are lost */
};

struct comment_line {
	enum comment_kind kind;
	int line, column;	/* of the text in the file */
	int indent;		/* columns before it, tabs expanded */
	const char *text;	/* a piece of the file, without blanks around it */
	size_t length;
};

struct comment {
	struct comment_line *line;
	unsigned nr;
};

/* Findings go to lint; path must live as long as that. No line at all: there is no such comment. */
void comment_read(struct comment *c, const char *path, const char *text, size_t length,
		  struct lint *lint);
void comment_free(struct comment *c);

#endif
