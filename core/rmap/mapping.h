/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What page->mapping says, for the providers that know anon_vmas: the file's cache that the page is in, or the anon_vma to which it is
 * tied, with a tag. Each provider has an anon_vma of its own; here it is only pointed to.
 */
#ifndef CORE_RMAP_MAPPING_H
#define CORE_RMAP_MAPPING_H

#include "internal.h"

/* The anon_vma that page->mapping names; NULL when it names something else. */
static inline struct anon_vma *mapping_anon_vma(const void *mapping)
{
	unsigned long m = (unsigned long)mapping;

	if ((m & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON)
		return NULL;
	return (struct anon_vma *)(m - PAGE_MAPPING_ANON);
}

/* The file's cache that the page is in, or NULL; no point, because what is asked about is locked, or not a file's at all. */
static inline struct address_space *page_file_mapping(const struct page *page)
{
	struct address_space *mapping;

	page = compound_head(page);
	exec_touch(&page->mapping, TOUCH_READ);
	mapping = __atomic_load_n(&page->mapping, __ATOMIC_RELAXED);
	return (unsigned long)mapping & PAGE_MAPPING_FLAGS ? NULL : mapping;
}

#endif
