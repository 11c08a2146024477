/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out that a page fails; see interp.c. */
#include "interp.h"
#include "memory_failure.h"

void do_poison(struct context *c, struct page *page)
{
	if (memory_failure(page))
		came(c, SCN_AGAIN);
}
