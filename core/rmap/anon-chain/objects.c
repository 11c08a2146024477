/* SPDX-License-Identifier: GPL-2.0-only */
/* The provider's objects: their members, and which locks are their own. See core/objects.c. */
#include "anon_vma.h"
#include "objects.h"

/* What a walker that comes from a page may touch before it knows that the anon_vma is the right one is stable. */
const struct slab_field anon_vma_fields[] = {
	SLAB_FIELD(struct anon_vma, root, true),
	SLAB_FIELD(struct anon_vma, rwsem, true),
	SLAB_FIELD(struct anon_vma, refcount, true),
	SLAB_FIELD(struct anon_vma, num_children, false),
	SLAB_FIELD(struct anon_vma, num_active_vmas, false),
	SLAB_FIELD(struct anon_vma, parent, false),
	SLAB_FIELD(struct anon_vma, rb_root, false),
	SLAB_FIELDS_END,
};

const struct slab_field anon_vma_chain_fields[] = {
	SLAB_FIELD(struct anon_vma_chain, vma, false),
	SLAB_FIELD(struct anon_vma_chain, anon_vma, false),
	SLAB_FIELD(struct anon_vma_chain, same_vma, false),
	SLAB_FIELD(struct anon_vma_chain, rb, false),
	SLAB_FIELDS_END,
};

/* ---- which lock is the family's ---- */

/* NULL: none is known to be. A root that is freed has a lock all the same, which nobody may hold. */
static const void *root_lock(const struct anon_vma *anon_vma)
{
	const struct anon_vma *root = slab_holds(provider()->anon_vmas, anon_vma) ? anon_vma->root : NULL;

	return root ? &root->rwsem.l : NULL;
}

static const void *anon_vma_lock(const void *obj)
{
	return root_lock(obj);
}

/* It may be half made. */
static const struct anon_vma_chain *live_chain(const void *obj)
{
	const struct anon_vma_chain *avc = obj;

	return slab_holds(provider()->chains, avc) && slab_holds(core()->vma_cache, avc->vma) ? avc : NULL;
}

static const void *chain_anon_lock(const void *obj)
{
	const struct anon_vma_chain *avc = live_chain(obj);

	return avc ? root_lock(avc->anon_vma) : NULL;
}

/* All links of one chain are of one family. While a VMA is linked or unlinked, it has links before it has an anon_vma. */
static const void *vma_anon_lock(const void *obj)
{
	const struct vm_area_struct *vma = obj;
	const struct list_head *first = vma->anon_vma_chain.next;
	const void *lock = root_lock(vma->anon_vma);

	if (lock)
		return lock;
	if (!vma->anon_vma && first == &vma->anon_vma_chain)
		return DATA_NO_LOCK;
	return chain_anon_lock(container_of(first, struct anon_vma_chain, same_vma));
}

static const void *chain_vma(const void *obj)
{
	const struct anon_vma_chain *avc = live_chain(obj);

	return avc ? avc->vma : NULL;
}

static const void *chain_mmap_lock(const void *obj)
{
	const void *vma = chain_vma(obj);

	return vma ? vma_mmap_lock(vma) : NULL;
}

static const void *chain_page_table_lock(const void *obj)
{
	const void *vma = chain_vma(obj);

	return vma ? vma_page_table_lock(vma) : NULL;
}

static const void *chain_mm(const void *obj)
{
	const struct vm_area_struct *vma = chain_vma(obj);

	return vma ? vma->vm_mm : NULL;
}

/* ---- the tables ---- */

enum { TYPE_ANON_VMA, TYPE_ANON_VMA_CHAIN, NR_TYPES };

const struct data_type anon_chain_types[NR_TYPES + 1] = {
	[TYPE_ANON_VMA] = { "anon_vma", anon_vma_fields, NULL },
	[TYPE_ANON_VMA_CHAIN] = { "anon_vma_chain", anon_vma_chain_fields, chain_mm },
};

const struct data_lock anon_chain_locks[] = {
	{ &core_types[TYPE_VMA], LC_ANON_VMA, DATA_ROOT, vma_anon_lock },
	{ &anon_chain_types[TYPE_ANON_VMA], LC_ANON_VMA, DATA_ROOT, anon_vma_lock },
	{ &anon_chain_types[TYPE_ANON_VMA_CHAIN], LC_ANON_VMA, DATA_ROOT, chain_anon_lock },
	{ &anon_chain_types[TYPE_ANON_VMA_CHAIN], LC_MMAP_LOCK, DATA_SAME, chain_mmap_lock },
	{ &anon_chain_types[TYPE_ANON_VMA_CHAIN], LC_PAGE_TABLE, DATA_SAME, chain_page_table_lock },
	{ NULL, 0, 0, NULL },
};
