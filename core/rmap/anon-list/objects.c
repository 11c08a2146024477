/* SPDX-License-Identifier: GPL-2.0-only */
/* The provider's objects: their members, and which locks are their own. See core/objects.c. */
#include "anon_vma.h"
#include "objects.h"

/* All that a walker needs who comes from a page is stable: what is freed has a lock and an empty list. */
const struct slab_field anon_vma_fields[] = {
	SLAB_FIELD(struct anon_vma, lock, true),
	SLAB_FIELD(struct anon_vma, head, true),
	SLAB_FIELDS_END,
};

static const void *anon_vma_own_lock(const void *obj)
{
	return &((const struct anon_vma *)obj)->lock.l;
}

static const void *vma_anon_lock(const void *obj)
{
	const struct anon_vma *anon_vma = ((const struct vm_area_struct *)obj)->anon_vma;

	if (!anon_vma)
		return DATA_NO_LOCK;
	return slab_holds(provider()->anon_vmas, anon_vma) ? anon_vma_own_lock(anon_vma) : NULL;
}

enum { TYPE_ANON_VMA, NR_TYPES };

const struct data_type anon_list_types[NR_TYPES + 1] = {
	[TYPE_ANON_VMA] = { "anon_vma", anon_vma_fields, NULL },
};

/* The family is the anon_vma. */
const struct data_lock anon_list_locks[] = {
	{ &core_types[TYPE_VMA], LC_ANON_VMA, DATA_ROOT, vma_anon_lock },
	{ &anon_list_types[TYPE_ANON_VMA], LC_ANON_VMA, DATA_ROOT, anon_vma_own_lock },
	{ NULL, 0, 0, NULL },
};
