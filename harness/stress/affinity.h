/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs the threads of a stress run are bound to. */
#ifndef HARNESS_STRESS_AFFINITY_H
#define HARNESS_STRESS_AFFINITY_H

#include <stdbool.h>

#include "types.h"

#define AFFINITY_CPUS 4096

/* In this order, round and round, to one thread after the other: the threads of a copy come one after the other, too. */
struct affinity {
	bool shuffled;			/* each thread is drawn another one from barrier to barrier, whatever the others have */
	unsigned nr;			/* 0: none are bound */
	unsigned short cpu[AFFINITY_CPUS];
};

/*
 * text: none; spread: far apart, other packages first, then other cores, siblings last; compact: siblings and neighbours first;
 * shuffle: others from barrier to barrier; or a list, as 0-3,8. Only CPUs that this process may use. Returns 0, or -1 with one
 * line in err.
 */
int affinity_parse(const char *text, struct affinity *a, char err[256]);

/*
 * Bind the calling thread, which is the n-th. stretch: which one of those from barrier to barrier begins; seed: what shuffling
 * follows from.
 */
void affinity_bind(const struct affinity *a, unsigned n, u64 stretch, u64 seed);

#endif
