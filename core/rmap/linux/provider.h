/* SPDX-License-Identifier: GPL-2.0-only */
/* The provider's own state; core's side. */
#ifndef RMAP_LINUX_PROVIDER_H
#define RMAP_LINUX_PROVIDER_H

#include "hooks.h"
#include "mm.h"

/* What a task is at, in the tree's functions. */
struct linux_task {
	struct mem_cgroup *memcg;		/* [own] whose move_lock it has, by lock_page_memcg(), or NULL */
	u8 lookup;				/* [own] enum lookup_step */
	u8 preparing;				/* [own] in anon_vma_prepare() */
	unsigned long cleared;			/* [own] the address whose entry it cleared last */
	unsigned long cleared_pfn;		/* [own] and what that mapped, if it was not flushed */
	u8 kept;				/* [own] unmapping a page it had to leave an entry */
	u8 chain_freed;				/* [own] and has given the link back that it had made */
	struct lx_task seen;			/* [own] what the tree knows of its task */
};

struct linux_rmap {
	struct linux_task *task;		/* one for each task */
	struct kmem_cache *anon_vmas, *chains;	/* [const after init] */
	void (*ctor)(void *anon_vma);		/* [const after init] the tree's */
};

static inline struct linux_rmap *provider(void)
{
	return core()->provider;
}

#endif
