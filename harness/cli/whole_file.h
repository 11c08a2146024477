/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that appears whole or not at all: written under another name, and renamed when all of it is on the disk.
 *
 * Concurrency: each belongs to one caller; any thread, any process at the same time.
 */
#ifndef HARNESS_CLI_WHOLE_FILE_H
#define HARNESS_CLI_WHOLE_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct whole_file {
	FILE *out;			/* to be written to; NULL when it is closed */
	char *path, *temporary;		/* temporary: NULL for what is no plain file (a pipe, /dev/null), which is written as it is */
};

/* Returns 0, or -1 with errno. */
int whole_file_open(struct whole_file *w, const char *path);

/* keep: make it appear. Else nothing remains of it. Returns 0, or -1 with errno when it was to be kept and could not be written. */
int whole_file_close(struct whole_file *w, bool keep);

#endif
