/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole numbers in what users type: decimal digits and nothing else, neither sign nor space. */
#ifndef HARNESS_CLI_NUMBER_H
#define HARNESS_CLI_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns where the digits end, or NULL if there are none or too many. */
static inline const char *parse_digits(const char *text, uint64_t *number)
{
	const char *c;

	*number = 0;
	for (c = text; *c >= '0' && *c <= '9'; c++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, *c - '0', number))
			return NULL;
	return c == text ? NULL : c;
}

/* All of the text is one from min to max; number is written only then. */
static inline bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	uint64_t n;
	const char *end = parse_digits(text, &n);

	if (!end || *end || n < min || n > max)
		return false;
	*number = n;
	return true;
}

#endif
