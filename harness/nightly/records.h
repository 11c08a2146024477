/* SPDX-License-Identifier: GPL-2.0-only */
/* What jobs print, read again. */
#ifndef HARNESS_NIGHTLY_RECORDS_H
#define HARNESS_NIGHTLY_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/json.h"

/*
 * All objects of a file of JSON Lines, as an array; never NULL. A line that cannot be read is left out, and the first of them is told in
 * why (NULL: not).
 */
json_t *records_read(const char *path, char *why, size_t size);

/* The same of a text; path is for why, which is told if it is empty. */
json_t *records_parse(const char *path, const char *text, char *why, size_t size);

/* The last object of that type in a text of JSON Lines, or NULL. */
json_t *json_last(const char *text, const char *type);

/* What a program says it was built from, as the "build" object of a job; of NULL as much as is known. */
json_t *program_build(const char *program, const char *flavour);

#endif
