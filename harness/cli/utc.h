/* SPDX-License-Identifier: GPL-2.0-only */
/* The time of day, as it is written into records. */
#ifndef HARNESS_CLI_UTC_H
#define HARNESS_CLI_UTC_H

#include <stddef.h>

#define UTC_DAY "%Y-%m-%d"
#define UTC_SECOND "%Y-%m-%dT%H:%M:%SZ"

/* Now, in UTC and in a format of strftime(), in text; returns text. */
char *utc_now(char *text, size_t size, const char *format);

#endif
