/* SPDX-License-Identifier: GPL-2.0-only */
/* See utc.h. */
#define _GNU_SOURCE
#include "cli/utc.h"

#include <time.h>

char *utc_now(char *text, size_t size, const char *format)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!strftime(text, size, format, gmtime_r(&now, &tm)))
		*text = '\0';
	return text;
}
