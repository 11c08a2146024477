/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What KSM knows: the stable nodes with their items, and what it has seen in this pass.
 *
 * ksm_thread_mutex is held throughout. A walk comes from the page without it: the page's lock is what keeps the list of items as it
 * is, and the items' anon_vmas with it.
 */
#include "defects.h"
#include "ksm_internal.h"
#include "sanitize.h"

static void set_page_stable_node(struct page *page, struct stable_node *node)
{
	WRITE_ONCE(page->mapping, (struct address_space *)((unsigned long)node | PAGE_MAPPING_KSM));
}

void rmap_item_put_anon_vma(struct rmap_item *item)
{
	if (!defect(D_KSM_ANON_REF))
		core()->rmap->anon_vma_put(item->anon_vma);
	item->anon_vma = NULL;
}

/* Nobody walks it any more: no page leads to it. */
static void remove_node_from_stable_tree(struct stable_node *node)
{
	struct rmap_item *item, *next;

	data_tear_down(node);
	list_for_each_entry_safe(item, next, &node->hlist, hlist) {
		item->head = NULL;
		item->state = ITEM_ALONE;
		rmap_item_put_anon_vma(item);
	}
	list_del(&node->list);
	kmem_cache_free(ksm()->nodes, node);
}

static bool is_of_node(struct page *page, const struct stable_node *node)
{
	return mapping_stable_node(READ_ONCE(page->mapping)) == node;
}

/*
 * Nothing keeps the page: it may have been freed, and be somebody else's by now. Its mapping says whether it is still the node's;
 * that is asked before a reference is tried for, because there is no other reason to have one; again with the reference, since the
 * frame may have changed hands in between; and again behind the lock, for which one may have to wait. The mapping goes when the page
 * is freed, and nobody can free it under our reference. If it is gone because the page has migrated, the node says where to.
 */
struct page *get_ksm_page(struct stable_node *node, bool lock_it)
{
	WINDOW(KSM_LOOKUP);
	unsigned long kpfn;
	struct page *page;

again:
	kpfn = READ_ONCE(node->kpfn);
	page = pfn_to_page(kpfn);
	if (!is_of_node(page, node))
		goto stale;
	while (!get_page_unless_zero(page)) {
		/* Frozen: about to leave the swap cache and to be freed, or to stay after all. */
		if (!PageFlag(page, PG_swapcache)) {
			hb_acquire(&page->_refcount);	/* for who does not know that smp_rmb() does it */
			goto stale;
		}
		cpu_relax();
	}
	if (!is_of_node(page, node) && !defect(D_KSM_STALE))
		goto put;
	if (!lock_it)
		return page;
	lock_page(page);
	if (is_of_node(page, node) || defect(D_KSM_STALE))
		return page;
	unlock_page(page);
put:
	put_page(page);
stale:
	/*
	 * What those did who had the page comes before what is done to the node because they have given it up. We have only looked, and
	 * not taken anything; what follows depends on that, and is not done earlier.
	 */
	smp_rmb();
	if (READ_ONCE(node->kpfn) != kpfn)
		goto again;
	event(KSM_STALE, .pfn = kpfn, .obj = node);
	hb_acquire(&page->lru);	/* the address only names it: see free_frozen_page() */
	remove_node_from_stable_tree(node);
	return NULL;
}

void ksm_migrate_page(struct page *new, struct page *page)
{
	struct stable_node *node = mapping_stable_node(READ_ONCE(new->mapping));

	lockdep_assert_held(&page->flags);
	lockdep_assert_held(&new->flags);
	if (!node)
		return;
	WRITE_ONCE(node->kpfn, page_to_pfn(new));
	/* Who sees that the old page is the node's no longer must see where the new one is. */
	smp_wmb();
	data_tear_down(page);		/* who still has it will find out and go */
	set_page_stable_node(page, NULL);
}

static void remove_from_stable_tree(struct rmap_item *item)
{
	struct page *page = get_ksm_page(item->head, true);

	if (!page)
		return;			/* the node is gone, and the item is in no tree any more */
	list_del(&item->hlist);
	unlock_page(page);
	put_page(page);
	item->head = NULL;
	item->state = ITEM_ALONE;
	rmap_item_put_anon_vma(item);
}

void remove_rmap_item_from_tree(struct rmap_item *item)
{
	if (item->state == ITEM_STABLE) {
		remove_from_stable_tree(item);
	} else if (item->state == ITEM_UNSTABLE) {
		list_del(&item->unstable);
		item->state = ITEM_ALONE;
	}
}

/* ---- the stable tree ---- */

struct page *stable_tree_search(struct page *page)
{
	struct stable_node *node, *next;

	if (PageKsm(page) && mapping_stable_node(READ_ONCE(page->mapping))) {
		get_page(page);		/* mapped by a child: it knows where it belongs */
		return page;
	}
	list_for_each_entry_safe(node, next, &ksm()->stable_tree, list) {
		struct page *kpage = get_ksm_page(node, false);

		if (!kpage)
			continue;
		if (page_content(kpage) != page_content(page)) {
			put_page(kpage);
			continue;
		}
		put_page(kpage);
		/* Migration may have counted the references before ours: once it has been locked, it has seen it, or moved the page. */
		kpage = get_ksm_page(node, true);
		if (!kpage)
			continue;
		unlock_page(kpage);
		return kpage;
	}
	return NULL;
}

/* It was looked for before the page was write-protected, and the page may have been written to since then. */
static bool have_content(struct page *kpage)
{
	struct stable_node *node, *next;

	list_for_each_entry_safe(node, next, &ksm()->stable_tree, list) {
		struct page *other = get_ksm_page(node, false);
		bool equal;

		if (!other)
			continue;
		equal = page_content(other) == page_content(kpage);
		put_page(other);
		if (equal)
			return true;
	}
	return false;
}

struct stable_node *stable_tree_insert(struct page *kpage)
{
	struct stable_node *node;

	lockdep_assert_held(&kpage->flags);
	if (have_content(kpage))
		return NULL;
	node = kmem_cache_alloc(ksm()->nodes, GFP_KERNEL);
	if (!node)
		return NULL;
	node->kpfn = page_to_pfn(kpage);
	INIT_LIST_HEAD(&node->hlist);
	list_add_tail(&node->list, &ksm()->stable_tree);
	data_publish(node);
	set_page_stable_node(kpage, node);
	return node;
}

void stable_tree_append(struct rmap_item *item, struct stable_node *node)
{
	lockdep_assert_held(&pfn_to_page(READ_ONCE(node->kpfn))->flags);
	item->head = node;
	item->state = ITEM_STABLE;
	list_add(&item->hlist, &node->hlist);
	event(KSM_MERGED, .mm = item->mm, .addr = item->address, .pfn = READ_ONCE(node->kpfn));
}

/*
 * The page may be mapped no more, and not be freed yet: then the node does not look stale. It is forgotten all the same, and the page
 * with it. False when it is mapped: somebody forked, or swapped it in, since it was taken back there.
 */
static bool remove_stable_node(struct stable_node *node)
{
	struct page *page = get_ksm_page(node, true);
	bool free;

	if (!page)
		return true;
	free = !page_mapped(page);
	if (free) {
		set_page_stable_node(page, NULL);
		remove_node_from_stable_tree(node);
	}
	unlock_page(page);
	put_page(page);
	return free;
}

bool remove_all_stable_nodes(void)
{
	struct stable_node *node, *next;
	bool all = true;

	list_for_each_entry_safe(node, next, &ksm()->stable_tree, list)
		all &= remove_stable_node(node);
	return all;
}

/* ---- the unstable tree ---- */

/* What the item's address maps now, with a reference, or NULL if that cannot be merged. */
static struct page *get_mergeable_page(struct rmap_item *item)
{
	struct mm_struct *mm = item->mm;
	struct vm_area_struct *vma;
	struct page *page = NULL;

	down_read(&mm->mmap_lock);
	vma = find_mergeable_vma(mm, item->address);
	if (vma)
		page = follow_page(vma, item->address, false);
	if (page && !PageAnon(page)) {
		put_page(page);
		page = NULL;
	}
	up_read(&mm->mmap_lock);
	return page;
}

struct rmap_item *unstable_tree_search_insert(struct rmap_item *item, struct page *page, struct page **other)
{
	struct rmap_item *seen;

	list_for_each_entry(seen, &ksm()->unstable_tree, unstable) {
		struct page *tree_page = get_mergeable_page(seen);

		if (!tree_page)
			continue;
		if (tree_page != page && page_content(tree_page) == page_content(page)) {
			*other = tree_page;
			return seen;
		}
		put_page(tree_page);
	}
	item->state = ITEM_UNSTABLE;
	list_add_tail(&item->unstable, &ksm()->unstable_tree);
	return NULL;
}

void unstable_tree_forget(void)
{
	struct rmap_item *item, *next;

	list_for_each_entry_safe(item, next, &ksm()->unstable_tree, unstable) {
		list_del(&item->unstable);
		item->state = ITEM_ALONE;
	}
}
