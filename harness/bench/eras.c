/* SPDX-License-Identifier: GPL-2.0-only */
/* Measuring what each era pays: see eras.h. */
#include "bench/eras.h"

#include <string.h>

#include "campaign.h"
#include "internal.h"
#include "machine.h"

#define ERA_ARENA (64ul << 20)
#define ERA_FRAMES (2 * ERA_MOST_PAGES)
#define WALKS 8192u			/* in all the walks of one measurement, so many mappings are looked at */
#define RECLAIMS 128u			/* in all the reclaims, so many mappings undone */
#define FORKS 256u			/* and in all the forks so many pages copied, and a quarter so many forks made */

/* A family while it is measured. */
struct family {
	struct mm_struct *mm[ERA_MOST_PROCESSES];
	unsigned nr;
	unsigned long addr;
};

static bool broken(struct violation_sink *sink, const struct violation *v)
{
	(void)sink;
	die("an era that is right, and yet: %s", v->text);
}

/* The model with this reverse map. The caller is a task of it, and nobody decides when it goes on: no point is one. */
static void build(const struct rmap_ops *rmap)
{
	static struct violation_sink sink = { broken };
	static struct lock_class classes[LC_NR];
	const struct machine_config mc = {
		.executor = EXEC_CONTROLLED, .arena_size = ERA_ARENA, .max_tasks = 2, .classes = classes, .nr_classes = LC_NR,
		.sink = &sink,
	};
	const struct core_config cc = { .rmap = rmap, .nr_pages = ERA_FRAMES, .nr_slots = 4, .nr_cpus = 1 };

	core_lock_classes_of(rmap, classes);
	if (machine_init(&mc))
		die("no machine");
	rcu_init(LC_RCU);
	core_init(&cc);
	current = task_create("bench", NULL, NULL, false);
	current->points = 0;
}

static void store(struct mm_struct *mm, unsigned long addr)
{
	u64 word = 1;

	if (user_access(mm, addr, true, &word))
		die("a store of a family that is measured failed");
}

static struct mm_struct *child_of(struct mm_struct *mm)
{
	struct mm_struct *child = dup_mm(mm);

	if (!child)
		die("a fork that is measured failed");
	return child;
}

static void make(const struct era_family *wanted, struct family *f)
{
	long addr;

	f->mm[0] = mm_alloc();
	addr = f->mm[0] ? do_mmap(f->mm[0], wanted->pages) : -ENOMEM;
	if (addr < 0)
		die("no room for a family that is measured");
	f->addr = (unsigned long)addr;
	for (unsigned i = 0; i < wanted->pages; i++)
		store(f->mm[0], f->addr + i * PAGE_SIZE);
	lru_add_drain();
	for (f->nr = 1; f->nr < wanted->processes; f->nr++)
		f->mm[f->nr] = child_of(f->mm[wanted->generations ? f->nr - 1 : 0]);
}

static struct mm_struct *youngest(const struct family *f)
{
	return f->mm[f->nr - 1];
}

/* ---- the works ---- */

/* As reclaim looks at a page that is active. */
static void look(struct page *page)
{
	unsigned long vm_flags;

	rmap_page_lock(page);
	core()->rmap->referenced(page, false, NULL, &vm_flags);
	rmap_page_unlock(page);
}

static struct era_cost walk(const struct family *f, bool own)
{
	unsigned times = WALKS / f->nr;
	struct era_cost cost = { 0 };
	struct page *page;
	double began;

	if (own)
		store(youngest(f), f->addr);
	down_read(&youngest(f)->mmap_lock);
	page = get_mapped_page(youngest(f), f->addr, false);
	up_read(&youngest(f)->mmap_lock);
	look(page);			/* what it finds accessed is so no more from now on */
	current->points = POINT_CHECK;
	cost.steps = current->steps;
	look(page);
	cost.steps = current->steps - cost.steps;
	current->points = 0;
	began = thread_s();
	for (unsigned i = 0; i < times; i++)
		look(page);
	cost.seconds = (thread_s() - began) / times;
	put_page(page);
	return cost;
}

/* Both of one child: they are told apart by the clock, which is asked in between. */
static void fork_and_exit(struct mm_struct *mm, struct era_cost *fork, struct era_cost *exit)
{
	u64 steps = current->steps;
	double began = thread_s(), between;
	struct mm_struct *child = child_of(mm);

	between = thread_s();
	fork->steps = current->steps - steps;
	mmput(child);
	exit->seconds += thread_s() - between;
	fork->seconds += between - began;
	exit->steps = current->steps - steps - fork->steps;
}

/* All use it again: whoever comes first has it read in. */
static void use(const struct family *f)
{
	u64 word;

	for (unsigned i = 0; i < f->nr; i++)
		if (user_access(f->mm[i], f->addr, false, &word) || word != 1)
			die("a page that was swapped out is not what it was");
	lru_add_drain();
}

static double swap_out(const struct family *f)
{
	double began;
	struct page *page;
	enum reclaim_result result;

	down_read(&youngest(f)->mmap_lock);
	page = get_mapped_page(youngest(f), f->addr, false);
	up_read(&youngest(f)->mmap_lock);
	put_page(page);			/* who holds a page keeps it */
	began = thread_s();
	result = reclaim_page(page);
	began = thread_s() - began;
	if (result != RECLAIM_FREED)
		die("a reclaim that is measured failed");
	return began;
}

static struct era_cost reclaim(const struct family *f)
{
	unsigned times = RECLAIMS / f->nr + 2;
	struct era_cost cost = { 0 };

	swap_out(f);			/* the first one makes what a slot of swap needs to count so many */
	use(f);
	current->points = POINT_CHECK;
	cost.steps = current->steps;
	swap_out(f);
	cost.steps = current->steps - cost.steps;
	current->points = 0;
	for (unsigned i = 0; i < times; i++) {
		use(f);
		cost.seconds += swap_out(f);
	}
	cost.seconds /= times;
	return cost;
}

static struct era_cost fork_or_exit(const struct era_family *family, const struct family *f, bool exit)
{
	unsigned times = FORKS / family->pages + FORKS / 4;
	struct era_cost cost[2] = { { 0 } }, counted[2] = { { 0 } };

	/* The first ones get memory that nobody has touched yet. */
	for (unsigned i = 0; i < times / 4; i++)
		fork_and_exit(youngest(f), &cost[0], &cost[1]);
	current->points = POINT_CHECK;
	fork_and_exit(youngest(f), &counted[0], &counted[1]);
	current->points = 0;
	cost[0].seconds = cost[1].seconds = 0;
	for (unsigned i = 0; i < times; i++)
		fork_and_exit(youngest(f), &cost[0], &cost[1]);
	return (struct era_cost){ counted[exit].steps, cost[exit].seconds / times };
}

struct era_cost era_cost(const struct rmap_ops *rmap, const struct era_family *family, enum era_work work)
{
	struct era_cost cost;
	struct family f;

	build(rmap);
	make(family, &f);
	if (work == ERA_WALK_SHARED || work == ERA_WALK_OWN)
		cost = walk(&f, work == ERA_WALK_OWN);
	else if (work == ERA_RECLAIM)
		cost = reclaim(&f);
	else
		cost = fork_or_exit(family, &f, work == ERA_EXIT);
	current = NULL;
	return cost;
}

/* ---- memory ---- */

/* What of the slabs is the reverse map's. */
static const struct {
	const char *cache;
	size_t count;			/* where in struct era_memory */
} parts[] = {
	{ "pte_chain", offsetof(struct era_memory, links) },
	{ "anon_vma_chain", offsetof(struct era_memory, links) },
	{ "anon_vma", offsetof(struct era_memory, anon_vmas) },
};

static void count(const struct kmem_cache *cache, struct era_memory *m)
{
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strcmp(cache->name, parts[i].cache) != 0)
			continue;
		*(unsigned *)((char *)m + parts[i].count) += cache->live;
		m->bytes += (size_t)cache->live * cache->size;
	}
}

struct era_memory era_memory(const struct rmap_ops *rmap, const struct era_family *family)
{
	struct era_memory m = { 0 };
	struct kmem_cache *cache;
	struct family f;

	build(rmap);
	make(family, &f);
	for (unsigned i = 0; i < f.nr; i++)
		m.mappings += (unsigned)f.mm[i]->anon_rss.counter;
	list_for_each_entry(cache, &machine->slab.caches, caches)
		count(cache, &m);
	current = NULL;
	return m;
}
