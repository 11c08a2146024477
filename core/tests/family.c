/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking at families of anon_vmas; see family.h. */
#include "family.h"

#define MAX_FAMILY 128

u32 anon_vmas(void)
{
	return provider()->anon_vmas->live;
}

u32 links(void)
{
	return provider()->chains->live;
}

struct anon_vma *anon_of(const struct mm_struct *mm)
{
	return mm->mmap->anon_vma;
}

unsigned chain_length(const struct vm_area_struct *vma)
{
	const struct anon_vma_chain *avc;
	unsigned n = 0;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		n++;
	return n;
}

void want_chain_at(int line, const struct vm_area_struct *vma, struct anon_vma *const right[],
		   unsigned nr)
{
	const struct anon_vma_chain *avc;
	unsigned i = 0;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		if (avc->vma != vma)
			rig_fail(line, "link %u of the chain is another VMA's", i);
		if (i < nr && avc->anon_vma != right[i])
			rig_fail(line, "link %u of the chain leads to the wrong anon_vma", i);
		i++;
	}
	if (i != nr)
		rig_fail(line, "the chain has %u links, not %u", i, nr);
}

void want_anon_at(int line, const struct anon_vma *a, struct counts right)
{
	if (atomic_peek(&a->refcount) != right.refcount || a->num_children != right.children ||
	    a->num_active_vmas != right.active)
		rig_fail(line, "refcount, children, active VMAs are %d, %lu, %lu, not %d, %lu, %lu",
			 atomic_peek(&a->refcount), a->num_children, a->num_active_vmas,
			 right.refcount, right.children, right.active);
}

/* ---- everything recomputed ---- */

struct family {
	struct anon_vma *member[MAX_FAMILY];
	unsigned nr;
};

static void collect(void *obj, void *arg)
{
	struct family *f = arg;

	if (f->nr < MAX_FAMILY)
		f->member[f->nr] = obj;
	f->nr++;
}

static unsigned linked_to(const struct anon_vma *a, const struct vm_area_struct *vma)
{
	const struct anon_vma_chain *avc;
	unsigned n = 0;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		n += avc->anon_vma == a;
	return n;
}

/* VMAs that put their pages into this anon_vma; returns how many are linked to it. */
static unsigned count_vmas(const struct anon_vma *a, struct counts *c)
{
	struct mm_struct *mm;
	unsigned linked = 0;

	list_for_each_entry(mm, &core()->mms, mms)
		for (const struct vm_area_struct *v = mm->mmap; v; v = v->vm_next) {
			c->active += v->anon_vma == a;
			linked += linked_to(a, v);
		}
	return linked;
}

static unsigned tree_size(struct anon_vma *a)
{
	struct anon_vma_chain *avc;
	unsigned n = 0;

	anon_vma_interval_tree_foreach(avc, a->rb_root, 0, ~0ul)
		n++;
	return n;
}

/* Returns how many links lead to it. */
static unsigned check_member(int line, const struct family *f, struct anon_vma *a)
{
	struct counts right = { 1, 0, 0 };
	unsigned linked = count_vmas(a, &right);

	for (unsigned i = 0; i < f->nr; i++) {
		right.children += f->member[i]->parent == a;
		right.refcount += f->member[i] != a && f->member[i]->root == a;
	}
	want_anon_at(line, a, right);
	if (tree_size(a) != linked)
		rig_fail(line, "the tree has %u links, the chains %u", tree_size(a), linked);
	if (slab_state_of(a->root) != OBJECT_LIVE || a->root->root != a->root)
		rig_fail(line, "the root is freed or no root");
	return linked;
}

/* Equal anon_vmas: in one process, and with equal chains. */
static void check_pair(int line, const struct vm_area_struct *v, const struct vm_area_struct *w)
{
	const struct anon_vma_chain *avc;

	if (!v->anon_vma || v->anon_vma != w->anon_vma)
		return;
	if (v->vm_mm != w->vm_mm)
		rig_fail(line, "mm#%u and mm#%u have one anon_vma", v->vm_mm->id, w->vm_mm->id);
	list_for_each_entry(avc, &v->anon_vma_chain, same_vma)
		if (linked_to(avc->anon_vma, w) != 1)
			rig_fail(line, "mm#%u has two VMAs with one anon_vma, whose chains differ",
				 v->vm_mm->id);
}

static void check_pairs(int line, const struct vm_area_struct *v)
{
	struct mm_struct *mm;

	list_for_each_entry(mm, &core()->mms, mms)
		for (const struct vm_area_struct *w = mm->mmap; w; w = w->vm_next)
			check_pair(line, v, w);
}

void want_families_at(int line)
{
	struct family f = { .nr = 0 };
	struct mm_struct *mm;
	unsigned all = 0;

	slab_for_each_live(provider()->anon_vmas, collect, &f);
	if (f.nr > MAX_FAMILY)
		rig_fail(line, "%u anon_vmas", f.nr);
	for (unsigned i = 0; i < f.nr; i++)
		all += check_member(line, &f, f.member[i]);
	if (links() != all)
		rig_fail(line, "%u links live, the chains have %u", links(), all);
	list_for_each_entry(mm, &core()->mms, mms)
		for (struct vm_area_struct *v = mm->mmap; v; v = v->vm_next) {
			if (v->anon_vma && linked_to(v->anon_vma, v) != 1)
				rig_fail(line, "a VMA of mm#%u is not linked to its anon_vma",
					 mm->id);
			check_pairs(line, v);
		}
}

/* ---- doing ---- */

struct mm_struct *first_process(unsigned pages)
{
	struct mm_struct *mm = rig_mm();

	rig_write(mm, rig_mmap(mm, pages), 1);
	return mm;
}

int fork_vma(struct vm_area_struct *vma, const struct mm_struct *mm)
{
	vma->vm_start = mm->mmap->vm_start;
	vma->vm_end = mm->mmap->vm_end;
	vma->vm_pgoff = mm->mmap->vm_pgoff;
	return anon_vma_fork(vma, mm->mmap);
}
