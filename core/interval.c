/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interval trees of VMAs: ordered by the VMA's first page offset, ties in order of insertion (walks that must see the source of a
 * copy before its destination rely on that). anon_vmas and files each have their own.
 *
 * A treap: a search tree by offset and a heap by a pseudo-random priority, which keeps it balanced without bookkeeping. Each
 * node knows the largest last offset below it, so that a search can skip subtrees that end too early. Offsets are taken from
 * the VMA at every look: a VMA may change only while its nodes are out of the trees.
 */
#include "interval.h"

#include "defects.h"
#include "mm.h"

static unsigned long node_start(struct itree_node *n)
{
	return check_live(n->vma)->vm_pgoff;
}

static unsigned long node_last(struct itree_node *n)
{
	const struct vm_area_struct *vma = check_live(n->vma);

	return vma->vm_pgoff + vma_pages(vma) - 1;
}

static void update(struct itree_node *n)
{
	n->subtree_last = node_last(n);
	if (n->left)
		n->subtree_last = max(n->subtree_last, n->left->subtree_last);
	if (n->right)
		n->subtree_last = max(n->subtree_last, n->right->subtree_last);
}

static void replace_child(struct itree_node **root, struct itree_node *parent, struct itree_node *old,
			  struct itree_node *new)
{
	if (!parent)
		*root = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
	if (new)
		new->parent = parent;
}

/* n moves up into its parent's place; the subtree between the two changes sides. */
static void rotate_up(struct itree_node **root, struct itree_node *n)
{
	struct itree_node *p = n->parent, *between;

	replace_child(root, p->parent, p, n);
	if (n == p->left) {
		between = n->right;
		p->left = between;
		n->right = p;
	} else {
		between = n->left;
		p->right = between;
		n->left = p;
	}
	if (between)
		between->parent = p;
	p->parent = n;
	update(p);
	update(n);
}

/* Ties go behind what is there: a child's VMA comes after the parent's, whose entries it gets. */
static bool before(unsigned long start, unsigned long other)
{
	return start < other || (start == other && defect(D_Z08));
}

void itree_insert(struct itree_node *n, struct vm_area_struct *vma, struct itree_node **root)
{
	struct itree_node *parent = NULL, **link = root;
	unsigned long start = vma->vm_pgoff;

	while (*link) {
		parent = *link;
		link = before(start, node_start(parent)) ? &parent->left : &parent->right;
	}
	*n = (struct itree_node){ .vma = vma, .parent = parent, .priority = (u32)(((u64)n >> 4) * 0x9e3779b1u) };
	*link = n;
	update(n);
	for (struct itree_node *up = parent; up; up = up->parent)
		update(up);
	while (n->parent && n->parent->priority < n->priority)
		rotate_up(root, n);
}

void itree_remove(struct itree_node *n, struct itree_node **root)
{
	struct itree_node *parent;

	while (n->left && n->right)
		rotate_up(root, n->left->priority > n->right->priority ? n->left : n->right);
	parent = n->parent;
	replace_child(root, parent, n, n->left ? n->left : n->right);
	for (; parent; parent = parent->parent)
		update(parent);
	*n = (struct itree_node){ .priority = 0 };
}

/* Leftmost node below n that overlaps, where n's subtree is known to reach first. */
static struct itree_node *search(struct itree_node *n, unsigned long first, unsigned long last)
{
	for (;;) {
		if (n->left && n->left->subtree_last >= first) {
			n = n->left;
			continue;
		}
		if (node_start(n) > last)
			return NULL;
		if (node_last(n) >= first)
			return n;
		n = n->right;
		if (!n || n->subtree_last < first)
			return NULL;
	}
}

struct itree_node *itree_first(struct itree_node *root, unsigned long first, unsigned long last)
{
	if (!root || root->subtree_last < first)
		return NULL;
	return search(root, first, last);
}

struct itree_node *itree_next(struct itree_node *n, unsigned long first, unsigned long last)
{
	struct itree_node *child;

	for (;;) {
		if (n->right && n->right->subtree_last >= first)
			return search(n->right, first, last);
		/* Up to the first ancestor that we are to the left of. */
		do {
			child = n;
			n = n->parent;
		} while (n && n->right == child);
		if (!n || node_start(n) > last)
			return NULL;
		if (node_last(n) >= first)
			return n;
	}
}
