/* SPDX-License-Identifier: GPL-2.0-only */
/* What the structures say, for oracles: no locks and no points, because the caller knows that nothing moves. */
#include "anon_vma.h"
#include "ksm.h"

static void view_file_page(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	struct vm_area_struct *vma;

	if (!slab_holds(core()->inode_cache, container_of(mapping, struct inode, i_data)))
		return;
	vma_interval_tree_foreach(vma, mapping, page_index(page), page_index(page) + compound_nr(page) - 1) {
		struct rmap_location at = { vma, vma_address(page, vma), NULL };

		if (at.address && !visit(page, &at, arg))
			break;
	}
}

void view_page(struct page *page, rmap_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma = mapping_anon_vma(compound_head(page)->mapping);
	struct address_space *file = page_file_mapping(page);
	struct anon_vma_chain *avc;

	if (file) {
		view_file_page(page, file, visit, arg);
		return;
	}
	if (PageKsm(page)) {
		view_ksm_page(page, visit, arg);
		return;
	}

	/* In a broken model it may be the memory of something else by now. */
	if (!anon_vma || !slab_holds(provider()->anon_vmas, anon_vma))
		return;
	anon_vma_interval_tree_foreach(avc, anon_vma->rb_root, page_index(page), page_index(page) + compound_nr(page) - 1) {
		struct rmap_location at = { avc->vma, vma_address(page, avc->vma), NULL };

		if (at.address && !visit(page, &at, arg))
			break;
	}
}

void view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		fn(avc->anon_vma, arg);
}

struct view_arg {
	void (*fn)(const struct anon_vma_view *v, void *arg);
	void *arg;
};

static void view_one(void *obj, void *arg)
{
	const struct anon_vma *a = obj;
	const struct view_arg *va = arg;
	const struct anon_vma_view v = {
		.id = a, .root = a->root, .parent = a->parent, .refcount = atomic_peek(&a->refcount),
		.num_children = (long)a->num_children, .num_active_vmas = (long)a->num_active_vmas,
	};

	va->fn(&v, va->arg);
}

void view_anon_vmas(void (*fn)(const struct anon_vma_view *v, void *arg), void *arg)
{
	struct view_arg va = { fn, arg };

	slab_for_each_live(provider()->anon_vmas, view_one, &va);
}

void view_vmas_of(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg)
{
	const struct anon_vma *anon_vma = id;
	struct anon_vma_chain *avc;

	anon_vma_interval_tree_foreach(avc, anon_vma->rb_root, 0, ~0ul)
		fn(avc->vma, arg);
}
