/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario does with memory control groups; see interp.c. */
#include "interp.h"
#include "memcontrol.h"

struct mem_cgroup *memcg_use(struct context *c)
{
	struct name_slot *n = slot_of(c->w, c->s->memcg);
	struct mem_cgroup *memcg = NULL;

	slot_lock(n);
	if (n->state == SLOT_BOUND) {
		memcg = n->memcg;
		hb_acquire(n);
		exec_touch(&memcg->css, TOUCH_ADD);
		/* No point: the name holds one until everything ends. */
		__atomic_fetch_add(&memcg->css.counter, 1, __ATOMIC_RELAXED);
	}
	slot_unlock(n);
	return memcg;
}

/* Set-up only. A name that is bound again gives up the group that it had. */
void op_memcg(struct context *c)
{
	struct name_slot *n = &c->w->slot[c->s->bind];
	struct mem_cgroup *old;

	exec_touch(n, TOUCH_WRITE);
	slot_lock(n);
	old = n->state == SLOT_BOUND ? n->memcg : NULL;
	n->memcg = NULL;
	slot_unlock(n);
	if (old)
		mem_cgroup_put(old);
	n->memcg = mem_cgroup_alloc();
	hb_release(n);
	__atomic_store_n(&n->state, n->memcg ? SLOT_BOUND : SLOT_GONE, __ATOMIC_RELEASE);
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
