/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the comments about lock orders in sources of the kernel into the arcs that LOCKING.md is
 * read into. Nothing is guessed: what is damaged or can be read in two ways gives a finding, no arc.
 *
 * ingest_new(), ingest_text() for each file, ingest_end() once, then the results; ingest_free().
 *
 * Concurrency: belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_INGEST_H
#define HARNESS_LOCKDOC_INGEST_H

#include "lockdoc/lint.h"
#include "lockdoc/lockdoc.h"
#include "lockdoc/names.h"
#include "lockdoc/parse.h"

/* Where a class was first named, and how. */
struct ingest_mention {
	const char *path;
	int line, column;
	char *name;
	bool damaged;		/* what it stood next to may be lost */
	bool misspelt;		/* it was told that this name has two spellings */
};

/* A word of a note that must be somewhere else too. */
struct ingest_word {
	const char *path;
	int line, column;
	char *text;
	bool seen;		/* for who looks for it */
};

struct ingest {
	struct doc_parser p;	/* its document has the classes of lockdoc_kernel */
	unsigned eras;		/* bits of enum kernel_era */
	char err[LOCKDOC_ERR];	/* the parser's; names what is too much even for a finding */
	struct ingest_mention mention[MAX_CLASSES];	/* name NULL: not named */
	struct ingest_word *word;	/* identifiers in notes */
	unsigned nr_words;
};

struct ingest *ingest_new(unsigned eras, struct lint *lint);
void ingest_free(struct ingest *g);

/*
 * path must live as long as lint. False: there is no such comment in the text, or it is beyond all
 * bounds; err says so in a line.
 */
bool ingest_text(struct ingest *g, const char *path, const char *text, size_t length,
		 char err[LOCKDOC_ERR]);

/*
 * Look for the identifiers of the notes in the sources below a directory, outside comments and
 * strings; what is nowhere is a finding. False with a line in err.
 */
bool ingest_look_up(struct ingest *g, const char *tree, char err[LOCKDOC_ERR]);

/* The time of a tree of sources, by the version in its Makefile; ERA_ANY when it has none. Bits of enum kernel_era. */
unsigned ingest_era_of(const char *tree);

/* What can be said when all is known: cycles, conflicts, classes that stand alone. */
void ingest_end(struct ingest *g);

/* How many classes are named. */
unsigned ingest_classes(const struct ingest *g);

/* Classes, arcs, findings, and a line with their numbers; or all of that as JSON lines. */
void ingest_print(const struct ingest *g, FILE *out);
void ingest_json(const struct ingest *g, FILE *out);
json_t *ingest_arc_json(const char *type, const struct lockdoc_model *model, const struct lockdoc_arc *a);

/* ---- sentence.c ---- */

struct paragraph;

/* The rules in some sentences. squashed: their lines are lost, so they give questions, not arcs. */
bool ingest_sentences(struct ingest *g, const struct paragraph *text, bool squashed);

/* ---- for each other ---- */

/* A place in the current file, and a class that is named there. */
void ingest_mention(struct ingest *g, u8 class, int line, int column, const char *name);

#endif
