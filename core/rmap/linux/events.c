/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of what the tree's functions do inside: told by what they call. Core's side. */
#include "provider.h"

static struct linux_task *self(void)
{
	return &provider()->task[current->id];
}

/* ---- from a page to its anon_vma ---- */

void lx_lookup(enum lookup_step step)
{
	self()->lookup = step;
}

bool lx_lookup_got(enum lookup_step what, bool got)
{
	struct linux_task *t = self();

	if (what == LOOKUP_LOCK)
		t->lookup = got ? LOOKUP_LOCK : LOOKUP_MISSED_LOCK;
	else if (got)
		t->lookup = t->lookup == LOOKUP_MISSED_LOCK ? LOOKUP_SLOW : LOOKUP_REFERENCE;
	return got;
}

bool lx_lookup_mapped(const struct page *page, bool mapped)
{
	struct linux_task *t = self();
	enum lookup_step step = t->lookup;

	if (step == LOOKUP_BEGINS)
		return mapped;
	t->lookup = LOOKUP_NOWHERE;
	if (!mapped && (step == LOOKUP_LOCK || step == LOOKUP_REFERENCE || step == LOOKUP_SLOW))
		event(ANON_LOCK_LOST, .obj = page);
	else if (mapped && step == LOOKUP_SLOW)
		event(ANON_LOCK_SLOW, .obj = page);
	return mapped;
}

/* ---- a VMA's first anon_vma ---- */

struct anon_vma *lx_find_mergeable(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma = find_mergeable_anon_vma(vma);

	if (anon_vma)
		event(ANON_MERGED, .mm = vma->vm_mm, .obj = anon_vma);
	return anon_vma;
}

void lx_prepare_begin(void)
{
	self()->preparing = true;
}

void lx_chain_freed(void)
{
	self()->chain_freed |= self()->preparing;
}

/* Who gives his link back had it for nothing: somebody else was faster. */
void lx_prepare_end(const struct vm_area_struct *vma, bool done)
{
	struct linux_task *t = self();

	if (done && t->chain_freed)
		event(ANON_PREPARE_RACED, .mm = vma->vm_mm, .obj = vma->anon_vma);
	else if (done)
		event(ANON_PREPARED, .mm = vma->vm_mm, .obj = vma->anon_vma);
	t->preparing = t->chain_freed = false;
}
