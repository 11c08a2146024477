/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of pages; see vmstat.h. What each must be at rest, the harness computes from page tables and caches. */
#include "vmstat.h"

#include "mm.h"

const struct vmstat_info vmstat_info[NR_NODE_STAT_ITEMS] = {
#define VMSTAT_INFO(item, text, has_floor) [item] = { text, has_floor },
	VMSTAT_TABLE(VMSTAT_INFO)
#undef VMSTAT_INFO
};

void mod_node_page_state(enum node_stat_item item, long n)
{
	long now = __atomic_add_fetch(&core()->vmstat[item].counter, n, __ATOMIC_RELAXED);

	check_that(now >= 0 || !vmstat_info[item].floor, ORACLE_COUNTS, "vmstat-below-zero", "%s is %ld", vmstat_info[item].name, now);
}
