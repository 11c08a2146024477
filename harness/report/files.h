/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of a report: every file in it appears whole.
 *
 * Concurrency: one thread, and one report at a time in one directory.
 */
#ifndef HARNESS_REPORT_FILES_H
#define HARNESS_REPORT_FILES_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/usage.h"
#include "cli/whole_file.h"

struct files {
	const char *dir;
	char **written;			/* names of what was written, from dir on */
	unsigned int nr;
};

/* Make the directory, and the one for replays in it, if they are not there. */
bool files_begin(struct files *f, const char *dir, char err[USAGE_TEXT]);

/* Write to w->out, then close it; keep: make it appear. */
bool files_open(struct files *f, struct whole_file *w, const char *name, char err[USAGE_TEXT]);
bool files_close(struct files *f, struct whole_file *w, bool keep, char err[USAGE_TEXT]);

/* Remove pages and replay files of earlier reports that this one did not write, and halves of them; nothing else that lies there. */
bool files_end(struct files *f, char err[USAGE_TEXT]);

void files_free(struct files *f);

#endif
