/* SPDX-License-Identifier: GPL-2.0-only */
/* Building the model on a machine: frames, swap, CPUs, caches, provider. */
#include <stdio.h>
#include <string.h>

#include "defects.h"
#include "hugetlb.h"
#include "internal.h"
#include "ksm.h"
#include "inner.h"
#include "mm.h"
#include "objects.h"
#include "sanitize.h"

BUILD_BUG_ON(CORE_NR_DEFECTS > MAX_DEFECTS);

const char *const event_name[EV_NR] = {
#define EVENT_NAME(name, text) [EV_##name] = text,
	EVENT_TABLE(EVENT_NAME)
#undef EVENT_NAME
};

static const struct rmap_ops *const providers[] = {
	&rmap_anon_chain, &rmap_anon_list, &rmap_pte_chain,
#ifdef RMAP_LINUX
	&rmap_linux,			/* last: who does not ask for it by name has what is said of the others */
#endif
	NULL
};
const struct rmap_ops *const *const rmap_providers = providers;

const struct rmap_ops *rmap_find(const char *name)
{
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		if (!strcmp((*p)->name, name))
			return *p;
	return NULL;
}

void core_event(const struct event *e)
{
	san_ignore_begin();		/* part of the step that it tells of: not even this is an access */
	if (core()->listener)
		core()->listener(e);
	san_ignore_end();
}

static void init_frames(struct core *c, const struct core_config *config)
{
	c->nr_pages = config->nr_pages;
	c->nr_device = config->nr_device;
	c->mem_map = machine_alloc(c->nr_pages * sizeof(struct page));
	c->data = machine_alloc(c->nr_pages * sizeof(*c->data));
	c->page_serial = machine_alloc(c->nr_pages * sizeof(*c->page_serial));
	c->page_live = machine_alloc(c->nr_pages);
	c->page_pins = machine_alloc(c->nr_pages * sizeof(*c->page_pins));
	c->unseen = machine_alloc(c->nr_pages);
	c->poisoned = machine_alloc(c->nr_pages);
	c->free_stack = machine_alloc(c->nr_pages * sizeof(*c->free_stack));
	for (u32 i = 0; i < c->nr_pages; i++) {
		c->mem_map[i]._mapcount.counter = -1;
		c->mem_map[i].compound_mapcount.counter = -1;
		INIT_LIST_HEAD(&c->mem_map[i].lru);
		INIT_LIST_HEAD(&c->mem_map[i].deferred_list);
	}
	/* Frame 0 is the zero page: never handed out, never freed. */
	c->mem_map[ZERO_PFN]._refcount.counter = 1;
	c->mem_map[ZERO_PFN].flags = 1ul << PG_reserved;
	c->page_live[ZERO_PFN] = 1;
	for (u32 i = c->nr_pages - c->nr_device - 1; i > 0; i--)
		c->free_stack[c->nr_free++] = i;
	c->device_stack = machine_alloc(max(c->nr_device, 1u) * sizeof(*c->device_stack));
	for (u32 i = c->nr_pages - c->nr_device; i < c->nr_pages; i++)
		c->device_stack[c->nr_device_free++] = i;
}

static void init_swap(struct core *c, const struct core_config *config)
{
	c->nr_slots = config->nr_slots;
	c->slot = machine_alloc(c->nr_slots * sizeof(*c->slot));
	c->free_slots = machine_alloc(c->nr_slots * sizeof(*c->free_slots));
	swap_areas_init();
}

static void reclaim_from_allocation(void)
{
	shrink_lru(1);
}

static void check_table(const struct rmap_ops *rmap)
{
	const char *lacking = rmap_lacks(rmap);

	if (lacking)
		die("provider %s: its table has no %s, which its policy promises", rmap->name, lacking);
}

void core_init(const struct core_config *config)
{
	struct core *c = machine_alloc(sizeof(*c));

	machine->core = c;
	machine->namer = core_namer;
	machine->reclaim = reclaim_from_allocation;
	c->rmap = config->rmap;
	check_table(c->rmap);
	core_locks_held_shortly();
	c->listener = config->listener;
	c->nr_cpus = config->nr_cpus;
	c->thp = config->thp;
	c->vma_locks = config->vma_locks;
	c->cpu = machine_alloc(c->nr_cpus * sizeof(*c->cpu));
	c->tlb_ubc = machine_alloc(machine->max_tasks * sizeof(*c->tlb_ubc));
	c->task_mm = machine_alloc(machine->max_tasks * sizeof(*c->task_mm));
	init_frames(c, config);
	init_swap(c, config);
	INIT_LIST_HEAD(&c->lru);
	INIT_LIST_HEAD(&c->split_queue);
	INIT_LIST_HEAD(&c->unevictable);
	INIT_LIST_HEAD(&c->mms);
	spin_lock_init(&c->zone_lock, LC_ZONE);
	spin_lock_init(&c->lru_lock, LC_LRU);
	spin_lock_init(&c->split_queue_lock, LC_SPLIT_QUEUE);
	spin_lock_init(&c->swap_lock, LC_SWAP);
	spin_lock_init(&c->i_pages, LC_I_PAGES);
	spin_lock_init(&c->mmlist_lock, LC_MMLIST);
	spin_lock_init(&c->swap_token_lock, LC_SWAP_TOKEN);
	spin_lock_init(&c->tasklist_lock, LC_TASKLIST);
	INIT_LIST_HEAD(&c->mmlist);
	mutex_init(&c->mm_all_locks_mutex, LC_ALL_LOCKS);
	init_srcu_struct(&c->srcu, LC_SRCU);
	slab_init(LC_FS_RECLAIM);
	for (u32 i = 0; i < c->nr_cpus; i++)
		c->cpu[i].tlb.part = MM_TLB + i;
	irq_init(LC_IRQS_OFF, c->cpu, sizeof(*c->cpu), c->nr_cpus);
	core_objects_init();
	ksm_init();
	hugetlb_init();
	c->rmap->init();
}
