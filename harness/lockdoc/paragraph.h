/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that goes over several lines of a comment, joined, and where each piece of it stands.
 *
 * Concurrency: a paragraph belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_PARAGRAPH_H
#define HARNESS_LOCKDOC_PARAGRAPH_H

#include "lockdoc/comment.h"

struct place {
	int line, column;
};

struct paragraph {
	char *text;		/* ends in a NUL; printable ASCII, and a tab for two blanks or more */
	struct place *place;	/* of each character */
	size_t length;
	int indent;		/* of its first line */
	bool bullet;		/* which began with "- " */
	bool no_begin, no_end;	/* more of it may have stood in lines that are lost */
};

/* Append a line of a comment. */
void paragraph_add(struct paragraph *p, const struct comment_line *l);

/* Forget what is in it. */
void paragraph_clear(struct paragraph *p);

static inline struct place paragraph_place(const struct paragraph *p, const char *at)
{
	return p->place[at - p->text];
}

#endif
