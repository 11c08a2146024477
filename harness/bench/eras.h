/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each era pays for its reverse map: for a walk, for a fork and an exit, and in memory, by how large a family of processes is and how
 * many pages it has.
 *
 * Steps and memory are counted, and are the same each time. Seconds are of this machine, and only worth comparing in one run. What is
 * timed is the model, with its validator: what a step costs says nothing of a kernel, but how the cost grows does.
 *
 * Concurrency: one OS thread; each call has a machine of its own, outside any schedule.
 */
#ifndef HARNESS_BENCH_ERAS_H
#define HARNESS_BENCH_ERAS_H

#include "rmap.h"
#include "types.h"

#define ERAS "eras"

#define ERA_MOST_PROCESSES 1000u
#define ERA_MOST_PAGES 64u

/* One area of anonymous pages, all of them written by the first process, and inherited. */
struct era_family {
	unsigned processes, pages;
	bool generations;		/* each is the child of the one before; else all others are the first one's */
};

enum era_work {
	ERA_WALK_SHARED,		/* who has used the first page, which all have (page_referenced()) */
	ERA_WALK_OWN,			/* the same of a page that the youngest has alone, in its place */
	ERA_FORK,			/* of the youngest */
	ERA_EXIT,			/* of such a child, which has done nothing */
	ERA_RECLAIM,			/* of the first page, which all have: unmapped everywhere, swapped out, freed */
	NR_ERA_WORKS
};

/* Of one. */
struct era_cost {
	u64 steps;			/* operations on shared memory: locks, atomics, marked accesses */
	double seconds;
};

struct era_memory {
	unsigned mappings;		/* entries that map one of the pages */
	unsigned links, anon_vmas;	/* of chains, of either kind; */
	size_t bytes;			/* both together, in the model's sizes, without what is a part of pages and VMAs */
};

/* The family is within the bounds above. Dies of what should not be. */
struct era_cost era_cost(const struct rmap_ops *rmap, const struct era_family *family, enum era_work work);
struct era_memory era_memory(const struct rmap_ops *rmap, const struct era_family *family);

struct options;
/*
 * eras_tell.c: both tables, on stdout, and what grows as a picture, if one is wanted; returns an exit status: inconclusive if
 * interrupted.
 */
int bench_eras(const struct options *o);

#endif
