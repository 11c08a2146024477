/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario does with memory control groups; see interp.c. */
#include "interp.h"
#include "memcontrol.h"

struct mem_cgroup *memcg_use(struct context *c)
{
	return slot_use(c->w, c->s->memcg, offsetof(struct mem_cgroup, css));
}

/* Set-up only. A name that is bound again gives up the group that it had. */
void op_memcg(struct context *c)
{
	struct mem_cgroup *old = slot_exchange(c->w, &c->w->slot[c->s->bind], mem_cgroup_alloc());

	if (old)
		mem_cgroup_put(old);
}

void op_join(struct context *c)
{
	struct mem_cgroup *memcg = memcg_use(c);

	came(c, SCN_GONE);
	if (!memcg)
		return;
	came_number(c, mem_cgroup_attach(c->mm, memcg));
	mem_cgroup_put(memcg);
}
