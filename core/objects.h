/* SPDX-License-Identifier: GPL-2.0-only */
/* The objects of memory management: their members, and which locks are their own. What guards what says LOCKING.md. */
#ifndef CORE_OBJECTS_H
#define CORE_OBJECTS_H

#include "data.h"

/* Types of memory management itself; a provider has its own beside them, in rmap_ops. */
enum core_type {
	TYPE_VMA, TYPE_MM, TYPE_PGTABLE, TYPE_PAGE, TYPE_SWAP_SLOT, TYPE_CPU, TYPE_CORE, TYPE_INODE, TYPE_ADDRESS_SPACE, TYPE_FILE,
	TYPE_MEM_CGROUP,
	TYPE_NOTIFIER_MM, TYPE_GUEST, TYPE_SVA,
	TYPE_PMD_TABLE,
	TYPE_MM_SLOT, TYPE_RMAP_ITEM, TYPE_STABLE_NODE,
	NR_CORE_TYPES
};

extern const struct data_type core_types[NR_CORE_TYPES];
extern const struct data_lock core_locks[];

/* The address space's own locks, and those of a VMA's: for relations of other types. NULL when there is none. */
const void *mm_mmap_lock(const void *mm);
const void *mm_page_table_lock(const void *mm);
const void *vma_mmap_lock(const void *vma);
const void *vma_page_table_lock(const void *vma);

extern const struct slab_field pmd_table_fields[];

/* The member of struct page that begins at this offset, or "?". */
const char *page_field_name(size_t offset);

/* Is there an array of this name that struct core points to? It counts as a member. */
bool core_array_exists(const char *name);

/* Make the caches, and tell the machine of all this. Once, with the provider known. */
void core_objects_init(void);

#endif
