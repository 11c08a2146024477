/* SPDX-License-Identifier: GPL-2.0-only */
/* What the structures say, for oracles: no locks and no points, because the caller knows that nothing moves. */
#include "pte_chain.h"

/* Longer than any chain can be: in a broken model it may lead in a circle. */
#define MAX_LINKS 4096

/* In a broken model it may be the memory of something else by now. */
static const struct pte_chain *link_at(const void *address)
{
	return slab_holds(provider()->cache, address) ? address : NULL;
}

/* The entries of the page, one after the other; fn returns false when it is enough. */
static void view_entries(const struct page *page, bool (*fn)(pte_t *ptep, void *arg), void *arg)
{
	void *first = (void *)chain_peek(page);
	unsigned n = 0;

	exec_touch(&page->rmap_private, TOUCH_READ);
	if (!first)
		return;
	if (flag_peek(page, PG_direct)) {
		fn(first, arg);
		return;
	}
	for (const struct pte_chain *link = link_at(first); link && n < MAX_LINKS; link = link_at(link->next), n++)
		if (!fn(link->ptep, arg))
			break;
}

static bool count_entry(pte_t *ptep, void *arg)
{
	int *n = arg;

	(void)ptep;
	++*n;
	return true;
}

int view_mapcount(const struct page *page)
{
	int n = 0;

	view_entries(page, count_entry, &n);
	return n;
}

struct view_arg {
	struct page *page;
	rmap_visit_t visit;
	void *arg;
};

static struct vm_area_struct *vma_at(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = mm->mmap;

	while (vma && vma->vm_end <= address)
		vma = vma->vm_next;
	return vma && vma->vm_start <= address ? vma : NULL;
}

static bool view_entry(pte_t *ptep, void *arg)
{
	const struct kmem_cache *cache;
	struct pgtable *pt = (struct pgtable *)slab_object(ptep, &cache);
	const struct view_arg *va = arg;
	struct rmap_location at = { .pte = ptep };

	if (!pt || !slab_holds(core()->pgtable_cache, pt) || !slab_holds(core()->mm_cache, pt->mm))
		return true;
	at.address = ptep_to_address(pt, ptep);
	at.vma = vma_at(pt->mm, at.address);
	return !at.vma || va->visit(va->page, &at, va->arg);
}

void view_page(struct page *page, rmap_visit_t visit, void *arg)
{
	struct view_arg va = { page, visit, arg };

	view_entries(page, view_entry, &va);
}

/* There are no anon_vmas. */
void view_vma(struct vm_area_struct *vma, void (*fn)(const void *id, void *arg), void *arg)
{
	(void)vma;
	(void)fn;
	(void)arg;
}

void view_anon_vmas(void (*fn)(const struct anon_vma_view *v, void *arg), void *arg)
{
	(void)fn;
	(void)arg;
}

void view_vmas_of(const void *id, void (*fn)(struct vm_area_struct *vma, void *arg), void *arg)
{
	(void)id;
	(void)fn;
	(void)arg;
}
