/* SPDX-License-Identifier: GPL-2.0-only */
/* Where an order can come from, as the command line names it: a document, a kernel source, what is built in, what runs show. */
#ifndef HARNESS_LOCKDOC_SIDE_H
#define HARNESS_LOCKDOC_SIDE_H

#include "lockdoc/diff.h"
#include "lockdoc/ingest.h"
#include "order.h"

struct options;

/* One of them, and what has to be given back for it. */
struct lockdoc_side {
	struct diff_side diff;		/* .name is the caller's */
	struct lint lint;		/* of a comment: what is wrong with it is told by ingest */
	struct ingest *comment;
	struct lockdoc *document;
	char (*path)[OBSERVED_SITE];	/* of what was observed: the files of its arcs */
};

/*
 * "model" is the built-in document, "era:PROVIDER" what it says of one provider, "observed" what a bounded set of
 * runs of all scenarios shows. False with a line in err; to be closed all the same.
 */
bool lockdoc_side_open(const struct options *o, struct lockdoc_side *side, char err[LOCKDOC_ERR]);
void lockdoc_side_close(struct lockdoc_side *side);

/* The text of a document, and what it is called. */
struct lockdoc_text {
	const char *name;
	const char *path;		/* NULL: it is built in */
	const char *text;
	size_t length;
	char *read;			/* to be given back */
};

/*
 * The document that is the operand, or that --locking names, or else the built-in one. False after a line on stderr, and *status is
 * that of the program then; to be closed all the same.
 */
bool lockdoc_text_open(const struct options *o, struct lockdoc_text *t, int *status);
void lockdoc_text_close(struct lockdoc_text *t);

/* Bits of enum kernel_era that --era asks for. */
unsigned lockdoc_eras(const struct options *o);

/* Read a comment of the kernel's. */
bool lockdoc_ingest_file(struct ingest *g, const char *path, char err[LOCKDOC_ERR]);

#endif
