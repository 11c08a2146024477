/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The families of a VMA, for mm_take_all_locks(): the lock of each root, once.
 *
 * That it is taken is said by the lowest bit of the root's tree, which is an address otherwise. So whoever reads the tree must have the
 * lock, or find an odd address; and whoever sets or clears the bit has it for write. It is asked for without the lock, but under the
 * mutex: no other than its holder changes it, while those who have the lock of another family may change the rest of the word.
 */
#include "anon_vma.h"
#include "defects.h"
#include "sanitize.h"

#define TAKEN 1ul

static unsigned long tree_word(const struct anon_vma *root)
{
	return (unsigned long)root->rb_root;
}

static void set_tree_word(struct anon_vma *root, unsigned long word)
{
	exec_touch(&root->rb_root, TOUCH_WRITE);
	root->rb_root = (struct itree_node *)word;
}

static bool taken(struct anon_vma *root)
{
	exec_point(OP_LOAD, &root->rb_root);
	san_unwatch(&root->rb_root, sizeof(root->rb_root));	/* Valgrind knows memory that races, not accesses that do */
	return data_race(tree_word(root)) & TAKEN;
}

/* Where the tag of this anon_vma's lock is. */
static struct anon_vma *tagged_in(struct anon_vma *anon_vma)
{
	return defect(D_TAKE_ALL_TAG) ? anon_vma : READ_ONCE(anon_vma->root);
}

static void vm_lock_anon_vma(struct mm_struct *mm, struct anon_vma *anon_vma)
{
	struct anon_vma *tag = tagged_in(anon_vma), *root = READ_ONCE(anon_vma->root);

	if (taken(tag))
		return;
	down_write_nest_lock(&root->rwsem, &mm->mmap_lock);
	check_that(!(tree_word(tag) & TAKEN), ORACLE_LOCKS, "all-locks-tagged-twice",
		   "somebody else has tagged a family whose lock was free");
	set_tree_word(tag, tree_word(tag) | TAKEN);
}

/* The tag goes first: without the lock the tree is others' to read. */
static void vm_unlock_anon_vma(struct anon_vma *anon_vma)
{
	struct anon_vma *tag = tagged_in(anon_vma), *root = READ_ONCE(anon_vma->root);

	if (!taken(tag))
		return;
	if (defect(D_TAKE_ALL_UNTAG))
		up_write(&root->rwsem);
	set_tree_word(tag, tree_word(tag) & ~TAKEN);
	if (!defect(D_TAKE_ALL_UNTAG))
		up_write(&root->rwsem);
}

/* All anon_vmas of the chain, though they have one root: nothing here relies on it, as nothing does in Linux. */
void anon_vma_lock_all(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	if (!vma->anon_vma)
		return;
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		vm_lock_anon_vma(vma->vm_mm, avc->anon_vma);
}

void anon_vma_unlock_all(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	if (!vma->anon_vma)
		return;
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		vm_unlock_anon_vma(avc->anon_vma);
}
