/* SPDX-License-Identifier: GPL-2.0-only */
/* What KSM's own files share: ksm.c scans, ksm_merge.c changes entries, ksm_tree.c knows what was seen. ksm_thread_mutex is held. */
#ifndef CORE_KSM_INTERNAL_H
#define CORE_KSM_INTERNAL_H

#include "ksm.h"

/* Does the mm live no more? Asked with its mmap_lock held, and whoever tears it down waits for that once. */
#define ksm_test_exit(mm) (atomic_read(&(mm)->mm_users) == 0)

/* A word stands for the page. */
static inline u64 page_content(const struct page *page)
{
	u64 *word = &core()->data[page_to_pfn(page)];

	exec_point(OP_LOAD, word);
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* ---- ksm_tree.c ---- */

/*
 * The node's page with a reference, or NULL if the page is gone; then the node is gone, too. lock_it: locked, so that it stays
 * KSM's, and its items stay on the list. May sleep.
 */
struct page *get_ksm_page(struct stable_node *node, bool lock_it);
/* The item leaves the tree that it is in, and gives up its anon_vma. May sleep; no page is locked. */
void remove_rmap_item_from_tree(struct rmap_item *item);
/* It is in no tree (any more). May sleep. */
void rmap_item_put_anon_vma(struct rmap_item *item);
/* A page of KSM's with this page's content, with a reference: the page itself if it is one; or NULL. */
struct page *stable_tree_search(struct page *page);
/* The locked page, which is KSM's, gets its node. NULL when memory is out, or there is another page of this content. */
struct stable_node *stable_tree_insert(struct page *kpage);
/* The item's place maps the node's page, which is locked. */
void stable_tree_append(struct rmap_item *item, struct stable_node *node);
/* An item seen before in this pass, whose page (with a reference, in *other) has the same content; else NULL, and item is seen. */
struct rmap_item *unstable_tree_search_insert(struct rmap_item *item, struct page *page, struct page **other);
/* A new pass: what was seen in the last one says nothing any more. */
void unstable_tree_forget(void);
/* Nodes go. False if the page of one of them is still mapped. */
bool remove_all_stable_nodes(void);

/* ---- ksm.c ---- */

/* There is a slot for the mm from now on. mmap_lock held for write. Returns 0 or -ENOMEM. */
int ksm_enter(struct mm_struct *mm);

/* ---- ksm_merge.c ---- */

/* The VMA of this address if it may be merged there. mmap_lock held. */
struct vm_area_struct *find_mergeable_vma(struct mm_struct *mm, unsigned long addr);
/*
 * The page that is mapped there, with a reference, or NULL. wait: a page that is migrating just now is there, too, and waited for; else
 * it would come back without a fault when we have gone. mmap_lock held. May sleep.
 */
struct page *follow_page(struct vm_area_struct *vma, unsigned long addr, bool wait);
/* What is to be done with a page that the scan has come to. True if it is KSM's afterwards. */
bool cmp_and_merge_page(struct page *page, struct rmap_item *item);

/* ---- ksm_advice.c ---- */

/* If a page of KSM's is mapped there, let a write fault copy it. mmap_lock held. Returns 0 or -ENOMEM. */
int break_ksm(struct vm_area_struct *vma, unsigned long addr);

#endif
