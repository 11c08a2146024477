/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of what lies outside the slabs, for reports.
 *
 * The Makefile compiles this file without ThreadSanitizer's instrumentation: reports ask for names from inside of its run-time,
 * where an instrumented function may wait for ever for what the report holds.
 */
#include <stdio.h>

#include "hugetlb.h"
#include "internal.h"
#include "objects.h"

static bool within(const void *obj, const void *base, size_t size)
{
	return (u64)obj - (u64)base < size;
}

/* What has no better name: by the array, or the offset in struct core. */
static const char *array_name(const struct core *c, const void *obj, char buf[NAME_LEN])
{
	const struct { const void *base; size_t nr, size; const char *name; } array[] = {
		{ c->data, c->nr_pages, sizeof(*c->data), "data" },
		{ c->page_serial, c->nr_pages, sizeof(*c->page_serial), "page_serial" },
		{ c->page_live, c->nr_pages, sizeof(*c->page_live), "page_live" },
		{ c->free_stack, c->nr_pages, sizeof(*c->free_stack), "free_stack" },
		{ c->free_slots, c->nr_slots, sizeof(*c->free_slots), "free_slots" },
		{ c, sizeof(*c), 1, "core" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(array); i++)
		if (within(obj, array[i].base, array[i].nr * array[i].size)) {
			snprintf(buf, NAME_LEN, "%s+%zu", array[i].name, (size_t)((u64)obj - (u64)array[i].base) / array[i].size);
			return buf;
		}
	return NULL;
}

const char *core_namer(const void *obj, char buf[NAME_LEN])
{
	const struct core *c = core();
	size_t off;

	if (within(obj, c->mem_map, c->nr_pages * sizeof(struct page))) {
		off = (size_t)((u64)obj - (u64)c->mem_map);
		snprintf(buf, NAME_LEN, "page%zu.%s", off / sizeof(struct page), page_field_name(off % sizeof(struct page)));
	} else if (within(obj, c->cpu, c->nr_cpus * sizeof(struct cpu))) {
		snprintf(buf, NAME_LEN, "cpu%zu.tlb", (size_t)((u64)obj - (u64)c->cpu) / sizeof(struct cpu));
	} else if (within(obj, c->slot, c->nr_slots * sizeof(struct swap_slot))) {
		snprintf(buf, NAME_LEN, "swap%zu", (size_t)((u64)obj - (u64)c->slot) / sizeof(struct swap_slot));
	} else if (obj == &c->zone_lock) {
		return "zone_lock";
	} else if (obj == &c->hugetlb->lock) {
		return "hugetlb_lock";
	} else if (within(obj, c->hugetlb->fault_mutex, sizeof(c->hugetlb->fault_mutex))) {
		off = (size_t)((u64)obj - (u64)c->hugetlb->fault_mutex);
		snprintf(buf, NAME_LEN, "hugetlb_fault_mutex%zu", off / sizeof(struct mutex));
	} else if (obj == &c->lru_lock) {
		return "lru_lock";
	} else if (obj == &c->split_queue_lock) {
		return "split_queue_lock";
	} else if (obj == &c->swap_lock) {
		return "swap_lock";
	} else if (obj == &c->i_pages) {
		return "i_pages";
	} else if (obj == &c->mm_all_locks_mutex) {
		return "mm_all_locks_mutex";
	} else if (obj == &c->srcu) {
		return "srcu";
	} else {
		return array_name(c, obj, buf);
	}
	return buf;
}
