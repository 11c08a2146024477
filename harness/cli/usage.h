/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling a user what was wrong with the command line or with a file: one line, exit status 2. */
#ifndef HARNESS_CLI_USAGE_H
#define HARNESS_CLI_USAGE_H

#include <stddef.h>

#define USAGE_TEXT 512

/*
 * Print "rmaptorture: MESSAGE (see rmaptorture SEE)" on stderr, without the bracket if see is NULL.
 * Returns EXIT_USAGE, so that a command can return what this returns.
 *	return usage_error("list scenarios", "unknown scenario '%s'", name);
 */
int usage_error(const char *see, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print a message of the form "file:line:column: expected ..., found ..."; returns EXIT_USAGE. */
int input_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Compose a message, cut off where text is full. */
void usage_text(char text[USAGE_TEXT], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Replace what would break a message into lines or confuse a terminal; returns text. */
char *usage_one_line(char *text);

#endif
