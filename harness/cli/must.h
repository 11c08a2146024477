/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that the command line cannot do without; callable from any thread. */
#ifndef HARNESS_CLI_MUST_H
#define HARNESS_CLI_MUST_H

#include <err.h>

#include "cli/exit.h"

/* Returns memory, or ends the program if it is NULL: must(malloc(n)). */
static inline void *must(void *memory)
{
	if (!memory)
		errx(EXIT_INCONCLUSIVE, "out of memory");
	return memory;
}

#endif
