/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what asks whether a page is in use, from outside its processes; see interp.c. */
#include "interp.h"
#include "memcontrol.h"
#include "references.h"

static void age(struct context *c, struct page *page, struct mem_cgroup *memcg)
{
	static const enum scn_result result[] = {
		[RECLAIM_FREED] = SCN_OK, [RECLAIM_KEPT] = SCN_AGAIN, [RECLAIM_NOT_ISOLATED] = SCN_AGAIN, [RECLAIM_ACTIVE] = SCN_ACTIVE,
	};

	came(c, result[age_page(page, memcg)]);
}

void do_age(struct context *c, struct page *page)
{
	age(c, page, NULL);
}

void do_age_memcg(struct context *c, struct page *page)
{
	struct mem_cgroup *memcg = memcg_use(c);

	came(c, SCN_GONE);
	if (!memcg)
		return;
	age(c, page, memcg);
	mem_cgroup_put(memcg);
}

void do_set_idle(struct context *c, struct page *page)
{
	if (!page_idle_set(page))
		came(c, SCN_AGAIN);
}

void do_idle(struct context *c, struct page *page)
{
	int idle = page_idle_test(page);

	came(c, idle < 0 ? SCN_AGAIN : idle ? SCN_YES : SCN_NO);
}
