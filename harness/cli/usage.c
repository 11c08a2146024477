/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling a user what was wrong with the command line or with a file: one line, exit status 2. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/exit.h"
#include "cli/out.h"
#include "cli/usage.h"

char *usage_one_line(char *text)
{
	unsigned char *c;

	for (c = (unsigned char *)text; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
	return text;
}

void usage_text(char text[USAGE_TEXT], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(text, USAGE_TEXT, format, args);
	va_end(args);
}

int usage_error(const char *see, const char *format, ...)
{
	char text[USAGE_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	progress_clear();
	if (see)
		fprintf(stderr, "rmaptorture: %s (see rmaptorture %s)\n",
			usage_one_line(text), see);
	else
		fprintf(stderr, "rmaptorture: %s\n", usage_one_line(text));
	return EXIT_USAGE;
}

int input_error(const char *format, ...)
{
	char text[USAGE_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	progress_clear();
	fprintf(stderr, "%s\n", usage_one_line(text));
	return EXIT_USAGE;
}
