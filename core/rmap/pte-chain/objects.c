/* SPDX-License-Identifier: GPL-2.0-only */
/* The provider's objects: their members, and which locks are their own. See core/objects.c. */
#include "objects.h"
#include "pte_chain.h"

const struct slab_field pte_chain_fields[] = {
	SLAB_FIELD(struct pte_chain, next, false),
	SLAB_FIELD(struct pte_chain, ptep, false),
	SLAB_FIELDS_END,
};

static const void *page_chain_lock(const void *page)
{
	return &((const struct page *)page)->flags;
}

enum { TYPE_PTE_CHAIN, NR_TYPES };

const struct data_type pte_chain_types[NR_TYPES + 1] = {
	[TYPE_PTE_CHAIN] = { "pte_chain", pte_chain_fields, NULL },
};

const struct data_lock pte_chain_locks[] = {
	{ &core_types[TYPE_PAGE], LC_PTE_CHAIN, DATA_SAME, page_chain_lock },
	{ NULL, 0, 0, NULL },
};
