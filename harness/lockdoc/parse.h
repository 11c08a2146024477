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

#include "lockdoc/lint.h"
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

/* A sentence of the prose about two classes. */
struct doc_statement {
	u8 before, after;
	int line, column;
};

struct doc_parser {
	struct doc_reader r;
	struct lockdoc *doc;
	struct lint *lint;		/* takes what is wrong but can be read; NULL: that is an error */
	struct doc_statement *statement;	/* only with lint */
	unsigned nr_statements;
	int section_line[NR_SECTIONS];	/* of its heading; 0: not seen yet */
};

/* Without the blanks around it. */
void doc_trim(struct doc_cell *c);

/* The line is a heading: which section begins there, NR_SECTIONS for any other. One of level 3 changes nothing. */
void doc_section_begins(struct doc_reader *r, unsigned *section);

/* Read cell i of a row with the reader's functions. */
void doc_enter_cell(struct doc_parser *p, const struct doc_cell *cell);

/* One more zeroed element at the end of a list of nr. */
void *doc_grow(void *list, unsigned nr, size_t size);

/* A copy of a piece of the text. */
char *doc_copy(const char *begin, size_t length);

/*
 * After an error that does not keep one from reading on: makes a finding of it, and true. If nobody
 * collects findings the error stays, and false.
 *	return doc_expected(r, at, "a lock class") || doc_finding(p, LINT_DEAD_NAME);
 */
bool doc_finding(struct doc_parser *p, enum lint_kind kind);

/* ---- classes.c ---- */

bool doc_class_row(struct doc_parser *p, const struct doc_cell *cell);

/* The class that has this name among its names; 0: none. */
u8 doc_known(const struct lockdoc *doc, const char *name, size_t length);

/* The same at this place of the text; 0 after a finding. */
bool doc_class(struct doc_parser *p, u8 *class);

/* Does every class of the model have a row for every provider? */
bool doc_all_classes(struct doc_parser *p);

/* ---- order.c ---- */

/* The lines of a lock-order block, from behind the word lock-order in its first line on. */
bool doc_order_block(struct doc_parser *p);
bool doc_exception_row(struct doc_parser *p, const struct doc_cell *cell);

/* A line of a block: how far it is indented, which is skipped. */
int doc_indentation(struct doc_reader *r);

/* A row of arcs and no node of a tree: a '<' before any note, attribute or remark. */
bool doc_is_row(const struct doc_reader *r);

/*
 * {era=...} and so on, if there is any; keys: bit set of enum doc_key. Values are in the text.
 * unexercised says why no run shows an arc, rare why only few do, until when that is to be looked at again.
 */
enum doc_key { KEY_ERA, KEY_CTX, KEY_UNEXERCISED, KEY_RARE, KEY_UNTIL, NR_KEYS };

struct doc_attrs {
	struct doc_cell value[NR_KEYS];	/* begin NULL: not given */
};

/* A copy of a value; NULL when it was not given. */
char *doc_value(const struct doc_attrs *attrs, enum doc_key key);

bool doc_braces(struct doc_parser *p, unsigned keys, struct doc_attrs *attrs);

/* ---- rules.c ---- */

/* The lock classes that a name of a data rule stands for: itself and its subclasses. */
u64 doc_subclasses(const struct lockdoc_model *model, u8 class);

bool doc_data_row(struct doc_parser *p, const struct doc_cell *cell);
bool doc_context_row(struct doc_parser *p, const struct doc_cell *cell);

/* ---- tree.c: places in an order, and the arcs between them ---- */

#define DOC_MAX_SET 8			/* classes that stand in one place: "a or b" */
#define DOC_MAX_DEPTH 16		/* of a tree, or of a row of arcs */
#define DOC_MAX_NOTE 200

/* One class of a set, and where it stands. */
struct doc_member {
	u8 class;			/* 0: one that was not known */
	bool trylock, shared;
	int line, column;
};

struct doc_set {
	struct doc_member member[DOC_MAX_SET];
	unsigned nr;
	int indent;
	bool lost;			/* where it stands is not known, and so nothing about what is below */
};

/* The open levels of a tree, outermost first. */
struct doc_tree {
	struct doc_set level[DOC_MAX_DEPTH];
	unsigned depth;
	bool cut;			/* lines above it are lost: there may have been more levels */
};

/* What stands behind the classes. */
struct doc_tail {
	struct doc_attrs attrs;
	char note[DOC_MAX_NOTE];
};

/* Append to a note; blanks in a row are one. */
void doc_add_to_note(char note[DOC_MAX_NOTE], char c);
void doc_end_note(char note[DOC_MAX_NOTE]);

/* All of one set before all of another. What is said twice is kept as it was said first. */
bool doc_add_arcs(struct doc_parser *p, const struct doc_set *before, const struct doc_set *after,
		  const struct doc_tail *tail);

/* Close the levels that a line with this indentation does not stand below. */
bool doc_tree_close(struct doc_parser *p, struct doc_tree *tree, struct doc_set *set);

/* Then let it stand there. */
bool doc_tree_add(struct doc_parser *p, struct doc_tree *tree, const struct doc_set *set,
		  const struct doc_tail *tail);

/* ---- prose.c ---- */

/* Keep what a line of prose says about the order of two classes. */
void doc_prose_line(struct doc_parser *p);

/* ---- cycles.c ---- */

/* Every cycle, at the place of the first arc that closes it. */
bool doc_acyclic(struct doc_parser *p, const char *era, const char *ctx);

/* ---- lint.c: what can be said only at the end ---- */

bool doc_lint(struct doc_parser *p);

#endif
