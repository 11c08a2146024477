/* SPDX-License-Identifier: GPL-2.0-only */
/* See picture.h. */
#define _GNU_SOURCE
#include "alike/picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "check/check.h"
#include "cli/must.h"
#include "swap.h"

#define MAX_SEEN 1024

struct drawing {
	FILE *to;
	const void *seen[MAX_SEEN];	/* anon_vmas, in the order in which they are come upon: their numbers */
	unsigned nr;
};

/* Addresses differ from one provider to the other; the order in which things are looked at does not. */
static unsigned number_of(struct drawing *d, const void *id)
{
	for (unsigned i = 0; i < d->nr; i++)
		if (d->seen[i] == id)
			return i;
	if (d->nr == MAX_SEEN)
		die("a picture of more than %d anon_vmas", MAX_SEEN);
	d->seen[d->nr] = id;
	return d->nr++;
}

/* ---- VMAs ---- */

static void draw_link(const void *id, void *arg)
{
	struct drawing *d = arg;

	fprintf(d->to, " %u", number_of(d, id));
}

static void draw_vma(struct drawing *d, struct vm_area_struct *vma)
{
	fprintf(d->to, "  vma %#lx-%#lx flags %#lx pgoff %#lx", vma->vm_start, vma->vm_end, vma->vm_flags, vma->vm_pgoff);
	if (vma->anon_vma)
		fprintf(d->to, " anon_vma %u", number_of(d, vma->anon_vma));
	fprintf(d->to, " chain");
	core()->rmap->view_vma(vma, draw_link, d);
	fprintf(d->to, "\n");
}

/* ---- entries ---- */

static bool draw_visit(struct page *page, const struct rmap_location *at, void *arg)
{
	struct drawing *d = arg;

	(void)page;
	fprintf(d->to, " mm%u:%#lx", at->vma->vm_mm->id, at->address);
	return true;
}

/* By how many processes: how an era spreads that over its counts is not compared. */
static int mapped_times(const struct page *page)
{
	const struct page *head = compound_head(page);
	int n = mapcount_peek(page);

	if (PageCompound(page) && !parts_count_whole(page))
		n += atomic_peek(&head->compound_mapcount) + 1 - flag_peek(head, PG_double_map);
	return n;
}

/* Frames are left out: who has which one is nothing that the reverse map says. */
static void draw_pte(struct mm_struct *mm, unsigned long addr, pte_t pte, void *arg)
{
	struct drawing *d = arg;
	struct page *page = pte_page(pte);

	fprintf(d->to, "  mm%u:%#lx ", mm->id, addr);
	if (page) {
		fprintf(d->to, "%s page, mapped %d times, walked at", pte_has(pte, PTE_WRITE) ? "writable" : "read-only",
			mapped_times(page));
		core()->rmap->view_page(page, draw_visit, d);
		fprintf(d->to, "\n");
	} else if (pte_swap(pte)) {
		fprintf(d->to, "swap, %u entries\n", core()->slot[pte_swp(pte)].count);
	} else {
		fprintf(d->to, "bits %#lx\n", pte.pte & (BIT(PTE_SHIFT) - 1) & ~(PTE_ACCESSED | PTE_DIRTY));
	}
}

/* ---- anon_vmas ---- */

static void count_vma(struct vm_area_struct *vma, void *arg)
{
	(void)vma;
	++*(unsigned *)arg;
}

struct looked_for {
	const void *id;
	struct anon_vma_view view;
};

static void look_at(const struct anon_vma_view *v, void *arg)
{
	struct looked_for *l = arg;

	if (v->id == l->id)
		l->view = *v;
}

static void draw_anon_vma(struct drawing *d, unsigned n)
{
	struct looked_for l = { .id = d->seen[n] };
	unsigned vmas = 0, root, parent;

	core()->rmap->view_anon_vmas(look_at, &l);
	core()->rmap->view_vmas_of(l.id, count_vma, &vmas);
	root = number_of(d, l.view.root);
	parent = number_of(d, l.view.parent);
	fprintf(d->to, "anon_vma %u: root %u, parent %u, %u VMAs, %ld children, %ld active, %d references\n", n, root, parent, vmas,
		l.view.num_children, l.view.num_active_vmas, l.view.refcount);
}

static void count_anon_vma(const struct anon_vma_view *v, void *arg)
{
	(void)v;
	++*(unsigned *)arg;
}

char *picture(void)
{
	struct drawing d = { .nr = 0 };
	struct mm_struct *mm;
	unsigned all = 0;
	size_t length;
	char *text;

	d.to = must(open_memstream(&text, &length));
	list_for_each_entry(mm, &core()->mms, mms) {
		fprintf(d.to, "mm%u: %ld anonymous, %ld of files, %ld in swap\n", mm->id, mm->anon_rss.counter, mm->file_rss.counter,
			mm->swapents.counter);
		for (struct vm_area_struct *vma = mm->mmap; vma; vma = vma->vm_next)
			draw_vma(&d, vma);
	}
	for_each_pte(draw_pte, &d);
	for (unsigned n = 0; n < d.nr; n++)
		draw_anon_vma(&d, n);
	core()->rmap->view_anon_vmas(count_anon_vma, &all);
	fprintf(d.to, "%u anon_vmas\n", all);
	fclose(d.to);
	return text;
}
