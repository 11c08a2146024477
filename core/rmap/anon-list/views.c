/* SPDX-License-Identifier: GPL-2.0-only */
/* What the structures say, for oracles: no locks and no points, because the caller knows that nothing moves. */
#include "anon_vma.h"

/* The first one of a list whose lock mm_take_all_locks() may hold: then there is a tag in the address. */
static struct list_head *first_of(const struct anon_vma *anon_vma)
{
	return (struct list_head *)((unsigned long)anon_vma->head.next & ~1ul);
}

#define view_foreach(vma, anon_vma) anon_vma_foreach_from(vma, first_of(anon_vma), anon_vma)

static bool view_place(struct page *page, struct vm_area_struct *vma, rmap_visit_t visit, void *arg)
{
	struct rmap_location at = { vma, vma_address(page, vma), NULL };

	return at.address == (unsigned long)-EFAULT || visit(page, &at, arg);
}

/* Nothing tells of a page where it is in such a mapping but the entries. */
static void view_nonlinear(struct page *page, struct vm_area_struct *vma, rmap_visit_t visit, void *arg)
{
	for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		const struct rmap_location at = { vma, addr, NULL };
		struct pgtable *pt = pgtable_peek(vma->vm_mm, addr);
		pte_t pte = pt ? *pte_offset(pt, addr) : __pte(0);

		if ((pte_present(pte) || pte_migration(pte)) && pte_pfn(pte) == page_to_pfn(page))
			visit(page, &at, arg);
	}
}

static void view_file_page(struct page *page, struct address_space *mapping, rmap_visit_t visit, void *arg)
{
	struct vm_area_struct *vma;

	if (!slab_holds(core()->inode_cache, container_of(mapping, struct inode, i_data)))
		return;
	vma_interval_tree_foreach(vma, mapping, page->index, page->index)
		if (!view_place(page, vma, visit, arg))
			return;
	vma_nonlinear_foreach(vma, mapping)
		view_nonlinear(page, vma, visit, arg);
}

void view_page(struct page *page, rmap_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma = mapping_anon_vma(page->mapping);
	struct address_space *file = page_file_mapping(page);
	struct vm_area_struct *vma;

	if (file) {
		view_file_page(page, file, visit, arg);
		return;
	}
	/* In a broken model it may be the memory of something else by now. */
	if (!anon_vma || !slab_holds(provider()->anon_vmas, anon_vma))
		return;
	view_foreach(vma, anon_vma)
		if (!view_place(page, vma, visit, arg))
			break;
}

/* Once for each time that it is on the list. */
void view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg)
{
	const struct vm_area_struct *on;

	if (!slab_holds(provider()->anon_vmas, vma->anon_vma))
		return;
	view_foreach(on, vma->anon_vma)
		if (on == vma)
			fn(vma->anon_vma, arg);
}

struct view_arg {
	void (*fn)(const struct anon_vma_view *v, void *arg);
	void *arg;
};

/* It counts nothing: each VMA on the list should be one that has it. */
static void view_one(void *obj, void *arg)
{
	const struct anon_vma *a = obj;
	const struct view_arg *va = arg;
	struct anon_vma_view v = { .id = a, .root = a };
	const struct vm_area_struct *vma;

	view_foreach(vma, a)
		v.num_active_vmas++;
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
	struct vm_area_struct *vma;

	view_foreach(vma, anon_vma)
		fn(vma, arg);
}
