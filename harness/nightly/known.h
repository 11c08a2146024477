/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known findings: what may be found until a day, because somebody looks after it. A text file, a line each, cut at tabs or at two or
 * more blanks: SIGNATURE  OWNER  EXPIRES  REASON. EXPIRES is the last day, as 2026-12-31. '#' begins a comment.
 */
#ifndef HARNESS_NIGHTLY_KNOWN_H
#define HARNESS_NIGHTLY_KNOWN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct string_list;

/* An array of objects "signature", "owner", "reason", "expires"; NULL with one line "path:line:column: expected ..." in err. */
json_t *known_read(const char *path, char err[512]);

/* The same of a text, which ends in a NUL that length does not count, and is taken apart. */
json_t *known_parse(const char *path, char *text, size_t length, char err[512]);

/* May it still be found on that day? day begins as 2026-12-31. */
bool known_on(const json_t *known, const char *day);

/* Add the signatures of those that may. expired: told of each other one; NULL: nobody is. */
void known_add(const json_t *list, const char *day, struct string_list *signatures, void (*expired)(const json_t *known));

#endif
