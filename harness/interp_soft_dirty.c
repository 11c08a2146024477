/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what is asked of pages that were written to; see interp.c. */
#include "interp.h"
#include "soft_dirty.h"

void op_clear_refs(struct context *c)
{
	clear_refs_soft_dirty(c->mm);
}

void op_soft_dirty(struct context *c)
{
	struct range r;
	int soft;

	if (!range_of(c, &r)) {
		came(c, SCN_GONE);
		return;
	}
	soft = soft_dirty_of(c->mm, r.start);
	if (soft < 0)
		came_error(c, soft);
	else
		came(c, soft ? SCN_YES : SCN_NO);
}
