/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions, as facts: the one place where the adapter and its shim look at a version.
 *
 * version.h is made by link-tree from the Makefile of the tree. That a name changed at a version was verified only where the table says
 * 6.1 or 6.12; in between it is what the history of the name says.
 */
#ifndef RMAP_LINUX_VERSIONS_H
#define RMAP_LINUX_VERSIONS_H

#include "version.h"

#define SINCE(major, minor) (LINUX_MAJOR > (major) || (LINUX_MAJOR == (major) && LINUX_MINOR >= (minor)))

#define OLDEST_KNOWN SINCE(6, 1)

/* mmu_notifier_range_init() has no VMA any more (6.3). */
#define RANGE_WITHOUT_VMA SINCE(6, 3)
/* Flushes of the processor's TLBs tell devices' by themselves: mmu_notifier_invalidate_range() has gone (6.6). */
#define FLUSH_TELLS_DEVICES SINCE(6, 6)
/* Pages are mapped by folio_add_anon_rmap_pte() and its like, not page_add_anon_rmap() (6.8). */
#define FOLIO_RMAP SINCE(6, 8)
/* folio_add_new_anon_rmap() takes flags, and is asked for a page that comes back from swap, too (6.11). */
#define NEW_ANON_FLAGS SINCE(6, 11)
/* Whoever counts a mapping of a file's page locks its group meanwhile: lock_page_memcg() in rmap.c (6.1 has it, 6.12 has not). */
#define RMAP_LOCKS_MEMCG (!FOLIO_RMAP)
/*
 * A folio counts what maps it as a whole, all that maps it or a page of it, and its pages that are mapped: _entire_mapcount,
 * _large_mapcount, _nr_pages_mapped (6.12); before that there was compound_mapcount, PG_double_map for pages that directories and tables
 * map both, and a file's pages counted the directories' mappings, too (6.1).
 */
#define LARGE_MAPCOUNT FOLIO_RMAP
/* Reclaim waits for each table of a large folio: TTU_SYNC in shrink_folio_list() (6.10). */
#define RECLAIM_SYNC SINCE(6, 10)
/* vma_address() is asked for page offsets, not for a page (6.10). */
#define VMA_ADDRESS_OF_PGOFF SINCE(6, 10)
/* page_mapped_in_vma() returns where, or -EFAULT; not whether (6.10). */
#define MAPPED_IN_VMA_WHERE SINCE(6, 10)

#endif
