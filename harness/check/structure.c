/* SPDX-License-Identifier: GPL-2.0-only */
/* O8: the structure of chains and families, and O7 as far as it bounds them. */
#include "check/check.h"

#define MAX_CHAIN 72

/* ---- what holds whenever a family's lock is dropped ---- */

struct chain {
	const void *id[MAX_CHAIN];
	unsigned nr;
};

static void collect(const void *id, void *arg)
{
	struct chain *c = arg;

	if (c->nr < MAX_CHAIN)
		c->id[c->nr] = id;
	c->nr++;
}

static void chain_of(struct vm_area_struct *vma, struct chain *c)
{
	c->nr = 0;
	core()->rmap->view_vma(vma, collect, c);
}

static bool chain_has(const struct chain *c, const void *id)
{
	for (unsigned i = 0; i < c->nr && i < MAX_CHAIN; i++)
		if (c->id[i] == id)
			return true;
	return false;
}

static bool same_chain(struct vm_area_struct *a, struct vm_area_struct *b)
{
	struct chain ca, cb;

	chain_of(a, &ca);
	chain_of(b, &cb);
	if (ca.nr != cb.nr)
		return false;
	for (unsigned i = 0; i < ca.nr && i < MAX_CHAIN; i++)
		if (!chain_has(&cb, ca.id[i]))
			return false;
	return true;
}

static void check_pair(struct vm_area_struct *a, struct vm_area_struct *b)
{
	char name[NAME_LEN];

	if (a->anon_vma != b->anon_vma)
		return;
	obj_name(a->anon_vma, name);
	if (a->vm_mm != b->vm_mm && !core()->rmap->policy.one_anon_vma)
		violation(ORACLE_STRUCTURE, "anon-vma-active-twice",
			  "%s takes the new pages of mm#%u and of mm#%u: it was reused while it was in use", name,
			  a->vm_mm->id, b->vm_mm->id);
	else if (!same_chain(a, b))
		violation(ORACLE_STRUCTURE, "equal-anon-vma-unequal-chain",
			  "mm#%u has two VMAs with %s, but their chains differ", a->vm_mm->id, name);
}

static void check_own_link(struct vm_area_struct *vma)
{
	struct chain c;
	char name[NAME_LEN];

	chain_of(vma, &c);
	check_that(chain_has(&c, vma->anon_vma), ORACLE_STRUCTURE, "anon-vma-not-on-chain",
		   "mm#%u: the VMA at %#lx has %s, which is not on its chain", vma->vm_mm->id, vma->vm_start,
		   obj_name(vma->anon_vma, name));
	for (unsigned i = 0; i < c.nr && i < MAX_CHAIN; i++)
		for (unsigned j = 0; j < i; j++)
			check_that(c.id[i] != c.id[j], ORACLE_STRUCTURE, "anon-vma-twice-on-chain",
				   "mm#%u: the VMA at %#lx is linked twice to %s", vma->vm_mm->id, vma->vm_start,
				   obj_name(c.id[i], name));
}

static bool others_hold(const struct lock *l)
{
	return l->owner && l->owner != current;
}

/*
 * Whoever changes chains holds mmap_lock for write, or for read with page_table_lock: the VMAs are looked at when that is over.
 * Who was the last to use an address space takes it down without any lock, and nobody else may come upon it any more.
 */
static bool settled(const struct mm_struct *mm)
{
	return atomic_peek(&mm->mm_users) && !others_hold(&mm->mmap_lock.l) && !others_hold(&mm->page_table_lock.l);
}

/* The anonymous VMA after this one, over all address spaces that nobody is changing. */
static struct vm_area_struct *next_anon(struct mm_struct **mm, struct vm_area_struct *vma)
{
	for (;;) {
		if (vma)
			vma = vma->vm_next;
		if (vma && vma->anon_vma)
			return vma;
		if (vma)
			continue;
		*mm = list_next_entry(*mm, mms);
		if (&(*mm)->mms == &core()->mms)
			return NULL;
		vma = settled(*mm) ? (*mm)->mmap : NULL;
		if (vma && vma->anon_vma)
			return vma;
	}
}

void check_chains(void)
{
	struct mm_struct *mm = container_of(&core()->mms, struct mm_struct, mms);

	if (!(machine->oracles & 1u << ORACLE_STRUCTURE))
		return;
	exec_touch(&core()->mms, TOUCH_READ);
	for (struct vm_area_struct *a = next_anon(&mm, NULL); a; a = next_anon(&mm, a)) {
		struct mm_struct *mm_b = mm;

		check_own_link(a);
		for (struct vm_area_struct *b = next_anon(&mm_b, a); b; b = next_anon(&mm_b, b))
			check_pair(a, b);
	}
}

/* ---- counters, recomputed ---- */

struct recount {
	const struct anon_vma_view *of;
	long children, active, linked;
};

static void count_link(struct vm_area_struct *vma, void *arg)
{
	(void)vma;
	++*(long *)arg;
}

/* One that the last VMA has left is nobody's child any more: there may be a reference to it, KSM's, and that is all. */
static void count_child(const struct anon_vma_view *v, void *arg)
{
	struct recount *r = arg;
	long linked = 0;

	if (v->parent == r->of->id)
		core()->rmap->view_vmas_of(v->id, count_link, &linked);
	r->children += linked > 0;
}

static void count_vma(struct vm_area_struct *vma, void *arg)
{
	struct recount *r = arg;

	r->linked++;
	r->active += (const void *)vma->anon_vma == r->of->id;
}

static void check_anon_vma(const struct anon_vma_view *v, void *arg)
{
	struct recount r = { v, 0, 0, 0 };
	char name[NAME_LEN];

	(void)arg;
	obj_name(v->id, name);
	core()->rmap->view_anon_vmas(count_child, &r);
	core()->rmap->view_vmas_of(v->id, count_vma, &r);
	check_that(r.children == v->num_children, ORACLE_STRUCTURE, "num-children", "%s has %ld children and counts %ld", name,
		   r.children, v->num_children);
	check_that(r.active == v->num_active_vmas, ORACLE_STRUCTURE, "num-active-vmas",
		   "%s is the anon_vma of %ld VMAs and counts %ld", name, r.active, v->num_active_vmas);
	check_that(slab_state_of(v->root) == OBJECT_LIVE, ORACLE_LIFETIME, "root-freed", "the root of %s was freed", name);
}

void check_anon_vmas(void)
{
	if (machine->oracles & 1u << ORACLE_STRUCTURE)
		core()->rmap->view_anon_vmas(check_anon_vma, NULL);
}

static void check_reused(const struct anon_vma_view *v, void *id)
{
	char name[NAME_LEN];

	if (v->id == id)
		check_that(v->num_children < 2, ORACLE_STRUCTURE, "reused-with-children",
			   "a forked VMA puts its new pages into %s, which has %ld children", obj_name(v->id, name), v->num_children);
}

void check_reuse(const void *anon_vma)
{
	if (machine->oracles & 1u << ORACLE_STRUCTURE)
		core()->rmap->view_anon_vmas(check_reused, (void *)anon_vma);
}

/* ---- O7: bounded growth ---- */

/*
 * How long can a chain be? Its newest link was added by a fork that found nothing to reuse: every other anon_vma on the chain
 * had an active VMA, or two children, of which one leads off the chain to a VMA of somebody else. So two links for each VMA
 * that ever lived at once, the new one, and the root.
 */
void check_chain_length(const struct mm_struct *mm)
{
	unsigned bound = 2 * core()->vma_cache->max_live + 2;

	if (!(machine->oracles & 1u << ORACLE_LEAK))
		return;
	exec_touch(core()->vma_cache, TOUCH_READ);
	for (struct vm_area_struct *v = mm->mmap; v; v = v->vm_next) {
		struct chain c;

		if (!v->anon_vma)
			continue;
		chain_of(v, &c);
		check_that(c.nr <= bound, ORACLE_LEAK, "chain-grows",
			   "mm#%u: the VMA at %#lx is chained to %u anon_vmas; never more than %u VMAs lived at once", mm->id,
			   v->vm_start, c.nr, core()->vma_cache->max_live);
	}
}
