/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the parser, for each other only. The document as far as it has been read is p->doc.
 *
 * Functions that return bool return false after an error, which they have described in p->r.err.
 *
 * Concurrency: a parser belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_PARSE_H
#define HARNESS_LOCKDOC_PARSE_H

#include "lockdoc/lockdoc.h"
#include "lockdoc/reader.h"

enum doc_section {
	SECTION_CLASSES, SECTION_ORDER, SECTION_EXCEPTIONS, SECTION_DATA, SECTION_CONTEXTS,
	SECTION_PROVENANCE, NR_SECTIONS
};

#define DOC_MAX_CELLS 6

/* What stands between two bars of a table's row, without the blanks around it. */
struct doc_cell {
	const char *begin, *end;
};

struct doc_parser {
	struct doc_reader r;
	struct lockdoc *doc;
	int section_line[NR_SECTIONS];	/* of its heading; 0: not seen yet */
};

/* Read cell i of a row with the reader's functions. */
void doc_enter_cell(struct doc_parser *p, const struct doc_cell *cell);

/* One more zeroed element at the end of a list of nr. */
void *doc_grow(void *list, unsigned nr, size_t size);

/* A copy of a piece of the text. */
char *doc_copy(const char *begin, size_t length);

/* ---- classes.c ---- */

bool doc_class_row(struct doc_parser *p, const struct doc_cell *cell);

/* A class by its name or one of its other names. */
bool doc_class(struct doc_parser *p, u8 *class);

/* Does every class of the model have a row for every provider? */
bool doc_all_classes(struct doc_parser *p);

/* ---- order.c ---- */

/* The lines of a lock-order block, from behind the word lock-order in its first line on. */
bool doc_order_block(struct doc_parser *p);
bool doc_exception_row(struct doc_parser *p, const struct doc_cell *cell);

/* {era=...} and so on, if there is any; keys: bit set of enum doc_key. Values are in the text. */
enum doc_key { KEY_ERA, KEY_CTX, KEY_UNEXERCISED, NR_KEYS };

struct doc_attrs {
	struct doc_cell value[NR_KEYS];	/* begin NULL: not given */
};

/* A copy of a value; NULL when it was not given. */
char *doc_value(const struct doc_attrs *attrs, enum doc_key key);

bool doc_braces(struct doc_parser *p, unsigned keys, struct doc_attrs *attrs);

/* ---- rules.c ---- */

bool doc_data_row(struct doc_parser *p, const struct doc_cell *cell);
bool doc_context_row(struct doc_parser *p, const struct doc_cell *cell);

/* ---- lint.c: what can be said only at the end ---- */

bool doc_lint(struct doc_parser *p);

#endif
