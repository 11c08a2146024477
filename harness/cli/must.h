/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that the command line cannot do without; callable from any thread. */
#ifndef HARNESS_CLI_MUST_H
#define HARNESS_CLI_MUST_H

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"

/* Returns memory, or ends the program if it is NULL: must(malloc(n)). */
static inline void *must(void *memory)
{
	if (!memory)
		errx(EXIT_INCONCLUSIVE, "out of memory");
	return memory;
}

/* Room for one more element at the end of an array, zeroed: its address. nr is counted up. No one else may change the array's size. */
static inline void *must_add(void *array, size_t *nr, size_t size)
{
	void **at = (void **)array;

	if (!(*nr & (*nr - 1)))	/* full at the powers of two */
		*at = must(realloc(*at, (*nr ? 2 * *nr : 1) * size));
	memset((char *)*at + *nr * size, 0, size);
	return (char *)*at + (*nr)++ * size;
}

#endif
