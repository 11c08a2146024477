/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interval trees of VMAs by page offset. The lock of the tree is held, for write to change it.
 */
#ifndef CORE_INTERVAL_H
#define CORE_INTERVAL_H

#include "types.h"

struct vm_area_struct;

/* Guarded by the lock of the tree that it is in. */
struct itree_node {
	struct itree_node *left, *right, *parent;
	struct vm_area_struct *vma;	/* [const while linked] */
	unsigned long subtree_last;	/* largest last page offset below and here */
	u32 priority;			/* [const while linked] */
};

void itree_insert(struct itree_node *n, struct vm_area_struct *vma, struct itree_node **root);
void itree_remove(struct itree_node *n, struct itree_node **root);

/* The first node whose VMA has a page in first..last, and the one after n; NULL when there is none. */
struct itree_node *itree_first(struct itree_node *root, unsigned long first, unsigned long last);
struct itree_node *itree_next(struct itree_node *n, unsigned long first, unsigned long last);

#endif
