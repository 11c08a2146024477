/* SPDX-License-Identifier: GPL-2.0-only */
/* Where in a VMA a page is, or what the VMA has of a huge one begins; -EFAULT: nowhere. The kernel's side. */
#ifndef RMAP_LINUX_PLACES_H
#define RMAP_LINUX_PLACES_H

#include <linux/rmap.h>
#include "internal.h"

/* Of nr pages from pgoff on. */
static inline unsigned long place_at(pgoff_t pgoff, unsigned long nr, struct vm_area_struct *vma)
{
#if VMA_ADDRESS_OF_PGOFF
	return vma_address(vma, pgoff, nr);
#else
	return vma_pgoff_address(pgoff, nr, vma);
#endif
}

/* The page is none of KSM's, and nobody makes it one. */
static inline unsigned long place_of(struct page *page, struct vm_area_struct *vma)
{
#if VMA_ADDRESS_OF_PGOFF
	return vma_address(vma, page_to_pgoff(page), compound_nr(page));
#else
	return vma_address(page, vma);
#endif
}

#endif
