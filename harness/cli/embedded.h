/* SPDX-License-Identifier: GPL-2.0-only */
/* The files that were put into the program when it was built; any thread may read them. */
#ifndef HARNESS_CLI_EMBEDDED_H
#define HARNESS_CLI_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *name;	/* path in the source tree: "scenarios/NAME.scn", "LOCKING.md" */
	const char *text;	/* ends in a NUL that length does not count */
	size_t length;
};

/* Sorted: the scenarios by name, then LOCKING.md. One row more, all zero, ends the table. */
extern const struct embedded_file embedded_files[];
extern const unsigned int nr_embedded_files;

/* The file of that name, or NULL. */
const struct embedded_file *embedded_find(const char *name);

/* The scenario of that name, without directory and suffix, or NULL. */
const struct embedded_file *embedded_scenario(const char *name);

#endif
