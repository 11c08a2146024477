/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what asks whether a page is in use, from outside its processes; see interp.c. */
#include "interp.h"
#include "references.h"

static void do_age(struct context *c, struct page *page)
{
	static const enum scn_result result[] = {
		[RECLAIM_FREED] = SCN_OK, [RECLAIM_KEPT] = SCN_AGAIN, [RECLAIM_NOT_ISOLATED] = SCN_AGAIN, [RECLAIM_ACTIVE] = SCN_ACTIVE,
	};

	came(c, result[age_page(page)]);
}

void op_age(struct context *c)
{
	with_page(c, do_age);
}

static void do_set_idle(struct context *c, struct page *page)
{
	if (!page_idle_set(page))
		came(c, SCN_AGAIN);
}

void op_set_idle(struct context *c)
{
	with_page(c, do_set_idle);
}

static void do_idle(struct context *c, struct page *page)
{
	int idle = page_idle_test(page);

	came(c, idle < 0 ? SCN_AGAIN : idle ? SCN_YES : SCN_NO);
}

void op_idle(struct context *c)
{
	with_page(c, do_idle);
}
