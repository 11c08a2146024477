/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tree's structures say, for oracles: no locks and no points, because the caller knows that nothing moves. The kernel's side. */
#include "places.h"

/* As anon_vma_interval_tree_foreach(), which tells of a walk in the shim: nobody walks here. */
#define view_tree(avc, root, first, last)                                                       \
	for (avc = anon_vma_interval_tree_iter_first(root, first, last); avc;                   \
	     avc = anon_vma_interval_tree_iter_next(avc, first, last))

static void view_anon(struct page *page, struct anon_vma *anon_vma, kernel_visit_t visit, void *arg)
{
	unsigned long pgoff = page_to_pgoff(page), last = pgoff + compound_nr(page) - 1;
	struct anon_vma_chain *avc;

	view_tree(avc, &anon_vma->rb_root, pgoff, last)
		if (!visit(page, avc->vma, place_of(page, avc->vma), arg))
			break;
}

static void view_file(struct page *page, struct address_space *mapping, kernel_visit_t visit, void *arg)
{
	unsigned long pgoff = page_to_pgoff(page), last = pgoff + compound_nr(page) - 1;
	struct vm_area_struct *vma;

	for (vma = lx_file_first(lx_i_mmap(mapping), pgoff, last); vma; vma = lx_file_next(vma, pgoff, last))
		if (!visit(page, vma, place_of(page, vma), arg))
			break;
}

static void view_ksm(struct page *page, kernel_visit_t visit, void *arg)
{
	struct lx_ksm_place p;
	struct anon_vma_chain *avc;

	for (bool more = lx_ksm_first(page, &p); more; more = lx_ksm_next(&p)) {
		if (!lx_is_anon_vma(p.anon_vma))
			continue;
		view_tree(avc, &p.anon_vma->rb_root, 0, ULONG_MAX)
			if (p.address >= avc->vma->vm_start && p.address < avc->vma->vm_end && !visit(page, avc->vma, p.address, arg))
				return;
	}
}

/* The counts of a large folio that core has not, against those that it has. */
static void check_large(struct page *head)
{
#if LARGE_MAPCOUNT
	struct folio *folio = page_folio(head);
	int entire = atomic_peek(&folio->_entire_mapcount) + 1, total = entire, pages = entire ? ENTIRELY_MAPPED : 0;

	for (unsigned i = 0; i < HPAGE_PMD_NR; i++) {
		int n = atomic_peek(&head[i]._mapcount) + 1;

		total += n;
		pages += n > 0;
	}
	if (atomic_peek(&folio->_large_mapcount) + 1 != total)
		lx_large_counts(head, "_large_mapcount", atomic_peek(&folio->_large_mapcount) + 1, total);
	if (atomic_peek(&folio->_nr_pages_mapped) != pages)
		lx_large_counts(head, "_nr_pages_mapped", atomic_peek(&folio->_nr_pages_mapped), pages);
#endif
}

/* In a broken tree what the page names may be the memory of something else by now. */
void kernel_view_page(struct page *page, kernel_visit_t visit, void *arg)
{
	struct anon_vma *anon_vma = folio_anon_vma(page_folio(page));
	struct address_space *mapping = folio_mapping(page_folio(page));

	if (PageCompound(page))
		check_large(compound_head(page));
	if (PageKsm(page))
		view_ksm(page, visit, arg);
	else if (mapping && lx_is_inode_of(mapping))
		view_file(page, mapping, visit, arg);
	else if (anon_vma && lx_is_anon_vma(anon_vma))
		view_anon(page, anon_vma, visit, arg);
}

void kernel_view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		fn(avc->anon_vma, arg);
}

struct anon_vma_says kernel_view_anon_vma(const void *id)
{
	const struct anon_vma *a = id;

	return (struct anon_vma_says){
		.root = a->root, .parent = a->parent, .refcount = atomic_peek(&a->refcount),
		.num_children = (long)a->num_children, .num_active_vmas = (long)a->num_active_vmas,
	};
}

void kernel_view_vmas_of(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg)
{
	struct anon_vma *anon_vma = (struct anon_vma *)id;
	struct anon_vma_chain *avc;

	view_tree(avc, &anon_vma->rb_root, 0, ULONG_MAX)
		fn(avc->vma, arg);
}
