/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of pages, as the kernel keeps them for each node: there is one node.
 *
 * Whoever changes what is counted changes the counter in the same step, under the lock that guards it: no points.
 *
 * V(NAME, text, floor): text is the kernel's name in /proc/vmstat. With a floor the counter is never below zero, not for a moment:
 * what adds to it is counted before anybody can take it away again.
 */
#ifndef CORE_VMSTAT_H
#define CORE_VMSTAT_H

#include "atomic.h"

#define VMSTAT_TABLE(V)                             \
	V(NR_ANON_MAPPED, "nr_anon_pages", true)    \
	V(NR_FILE_MAPPED, "nr_mapped", true)        \
	V(NR_FILE_DIRTY, "nr_dirty", false)         \
	V(NR_WRITEBACK, "nr_writeback", true)       \
	V(NR_MLOCK, "nr_mlock", false)              \
	V(NR_REVERSE_MAPS, "nr_reverse_maps", false) \
	V(NR_ANON_THPS, "nr_anon_transparent_hugepages", true) \
	V(NR_SHMEM_PMDMAPPED, "nr_shmem_pmdmapped", true)

enum node_stat_item {
#define VMSTAT_ENUM(name, text, floor) name,
	VMSTAT_TABLE(VMSTAT_ENUM)
#undef VMSTAT_ENUM
	NR_NODE_STAT_ITEMS
};

struct vmstat_info {
	const char *name;
	bool floor;
};

extern const struct vmstat_info vmstat_info[NR_NODE_STAT_ITEMS];

/* Add n pages, or take them away. */
void mod_node_page_state(enum node_stat_item item, long n);

#endif
