/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong with documents of lock orders although they can be read: a list of findings, each
 * of a kind and with its place.
 *
 * Concurrency: a list belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_LINT_H
#define HARNESS_LOCKDOC_LINT_H

#include <jansson.h>
#include <stdio.h>

#include "types.h"

enum lint_kind {
	LINT_CYCLE,		/* an order that comes back to where it began: a deadlock */
	LINT_CONFLICT,		/* one rule says what another one forbids */
	LINT_AMBIGUITY,		/* it can be read in two ways */
	LINT_GAP,		/* something is missing */
	LINT_DEAD_NAME,		/* a name that nothing has */
	LINT_CHANGED,		/* a name that means something else than is said of it */
	LINT_PROSE,		/* a sentence that no arc repeats */
	LINT_NO_ROW,		/* a lock of the model of which nothing is said */
	NR_LINT_KINDS
};

struct lint_finding {
	const char *path;
	int line, column;
	enum lint_kind kind;
	char *text;
};

struct lint {
	struct lint_finding *item;
	unsigned nr;
};

/* path must live as long as the list. What was said of this place already is not said again. */
void lint_add(struct lint *lint, const char *path, int line, int column, enum lint_kind kind,
	      const char *fmt, ...) __printf(6, 7);

/* By line and column, the files in the order in which they were first mentioned. */
void lint_sort(struct lint *lint);

/* "FILE:LINE:COLUMN: kind: text", each; or JSON lines of type "lockdoc-finding". */
void lint_print(const struct lint *lint, FILE *out);
void lint_json(const struct lint *lint, FILE *out);

void lint_free(struct lint *lint);

#endif
