/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The canonical form of a document: one spelling for each thing that the program reads, prose as it is. Two documents that say the
 * same in the same order then differ in prose only, and a diff of two versions shows what has changed in the order.
 *
 * Concurrency: one caller.
 */
#ifndef HARNESS_LOCKDOC_FORMAT_H
#define HARNESS_LOCKDOC_FORMAT_H

#include "lockdoc/lockdoc.h"

/*
 * The text in that form, *length bytes and a NUL, to be freed; NULL with a line in err if the document is not right. Formatting it
 * again changes nothing, and the arcs are the same.
 */
char *lockdoc_format(const struct lockdoc_model *model, const char *path, const char *text, size_t *length,
		     char err[LOCKDOC_ERR]);

#endif
