/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One place in the tree of a kernel's comment: "mapping->i_mmap_rwsem or pte_lock (where, why)".
 *
 * Concurrency: belongs to one caller.
 */
#ifndef HARNESS_LOCKDOC_PLACE_H
#define HARNESS_LOCKDOC_PLACE_H

#include "lockdoc/ingest.h"
#include "lockdoc/names.h"
#include "lockdoc/paragraph.h"

#define PLACE_NAME 80

/* A name as it stands there. */
struct place_name {
	char text[PLACE_NAME];
	struct place at;
	unsigned step;			/* which place of "a -> b -> c" it belongs to */
	struct kernel_name is;
};

struct place_line {
	struct place_name name[DOC_MAX_SET];
	unsigned nr, steps;
	struct doc_tail tail;
	const char *note[2];		/* where notes begin and end in the text; NULL: there are none */
};

/* False: the text is a sentence, or anything else that is no place in a tree. */
bool place_read(const struct paragraph *text, unsigned eras, struct place_line *line);

/* Is each of its names the name of a lock? */
bool place_known(const struct place_line *line);

#endif
