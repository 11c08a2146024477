/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of a device that processors cannot reach (ZONE_DEVICE, device private): frames of their own, see device.c.
 *
 * A device entry maps such a page as far as the reverse map and all counts are concerned, and leads no processor there: who comes to it
 * faults, and the page moves back.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "fault.h"

/* The last so many frames are the device's. */
static inline bool is_device_private_page(const struct page *page)
{
	return unlikely(core()->nr_device) && page_to_pfn(page) >= core()->nr_pages - core()->nr_device;
}

/* A free one with a reference, or NULL. */
struct page *device_alloc_page(void);

/*
 * Move this page with all its mappings to the device's memory, once: an anonymous one that has no slot in swap. Any page may be named.
 * Waits for the page lock.
 */
enum migrate_result migrate_to_device(struct page *page);

/* A processor has come to a device entry, which f->orig is: the page moves back. mmap_lock held. Returns 0 or -ENOMEM. */
int do_device_private(struct fault *f);

/* What the entry stands for. pte lock held. */
static inline struct page *pte_device_page(pte_t pte)
{
	return pte_device(pte) ? pfn_to_page(pte_pfn(pte)) : NULL;
}

/* Of a device entry; pte locks held. By fork, munmap and mprotect, which returns whether it has changed. */
void copy_device(struct mm_struct *dst, const struct rmap_location *to, pte_t *src_pte, pte_t pte);
struct page *zap_device(struct mm_struct *mm, const struct rmap_location *at, pte_t pte);
bool change_device(pte_t *ptep, pte_t pte);
/* By try_to_unmap() with TTU_MIGRATION. */
void unmap_device(struct page *page, const struct rmap_location *at);

#endif
