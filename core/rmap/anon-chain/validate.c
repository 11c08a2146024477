/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at a VMA's links while others may be giving it some: are they what they should be?
 *
 * mmap_lock is held for read, and so faults in the same VMA go on: it may get its anon_vma at any moment.
 */
#include "anon_vma.h"
#include "defects.h"

/* Would a walk come by the VMA? The lock of the tree is held. */
static bool in_tree(const struct vm_area_struct *vma, const struct anon_vma_chain *link)
{
	struct anon_vma_chain *avc;

	anon_vma_interval_tree_foreach(avc, link->anon_vma->rb_root, vma->vm_pgoff, vma->vm_pgoff)
		if (avc == link)
			return true;
	return false;
}

static void verify(const struct vm_area_struct *vma, const struct anon_vma_chain *avc)
{
	check_that(avc->vma == vma && in_tree(vma, avc), ORACLE_STRUCTURE, "link-not-in-tree",
		   "mm#%u: walks of pages of the VMA at %#lx do not come by it", vma->vm_mm->id, vma->vm_start);
}

static void verify_chain(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		verify(vma, avc);
}

/* As it was until 4.5: who locks and who unlocks each look for themselves. */
static void validate_by_two_looks(struct vm_area_struct *vma)
{
	if (smp_load_acquire(&vma->anon_vma))
		down_read(&vma->anon_vma->root->rwsem);
	verify_chain(vma);
	if (smp_load_acquire(&vma->anon_vma))
		up_read(&vma->anon_vma->root->rwsem);
}

/* One look: a VMA that has none at that moment has no links that would be ours to look at. The others are of the same family. */
void validate_vma(struct vm_area_struct *vma)
{
	struct anon_vma *anon_vma;

	if (defect(D_Z21)) {
		validate_by_two_looks(vma);
		return;
	}
	anon_vma = smp_load_acquire(&vma->anon_vma);
	if (!anon_vma)
		return;
	down_read(&anon_vma->root->rwsem);
	verify_chain(vma);
	up_read(&anon_vma->root->rwsem);
}
