/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the files of a night's directory: private to harness/results. */
#ifndef HARNESS_RESULTS_FILES_H
#define HARNESS_RESULTS_FILES_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/usage.h"

/* What a key of an object must hold. */
struct form {
	const char *key;
	json_type type;
};

#define FORM(f) (f), sizeof(f) / sizeof((f)[0])

/* Read a file that holds one JSON value. Returns NULL with FILE:LINE:COLUMN: in error. */
json_t *files_json(const char *path, char error[USAGE_TEXT]);

/* Is it an object that has these keys, of these types (integers are numbers, too)? False with a line that begins with path. */
bool files_form(const char *path, const json_t *o, const struct form *form, unsigned int nr, char error[USAGE_TEXT]);

/* May it be a part of a file's name? Letters, digits, '.', '_' and '-', not beginning with '.'. */
bool files_name(const char *name);

/* DIR/jobs/JOB, with what comes after it; new. */
char *files_job(const char *dir, const char *job, const char *after);

/*
 * Set "replay", "trace" (the contents of the files, if they are there) and "replayed" in about for a finding: replays is what the job
 * tells of its replay files, or NULL.
 */
void files_of_finding(const char *dir, const json_t *finding, const json_t *replays, json_t *about);

#endif
