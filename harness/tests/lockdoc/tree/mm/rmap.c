/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A miniature of a tree, for ci/test-lockdoc.sh: two comments that do not agree, and some code.
 *
 * Lock ordering of the miniature:
 *
 * mm->mmap_lock
 *   page->flags PG_locked	(take_one_page)
 *     anon_vma->rwsem		(walk_some_tree, no_such_walk)
 *       mm->page_table_lock or pte_lock
 *         swap_lock		(count_a_slot)
 *           mapping->private_lock (touch_a_buffer)
 *             lock_some_memcg move_lock (touch_a_buffer)
 *               i_pages lock
 *           bdi.wb->list_lock
 *             sb_lock	(within inode_lock)
 */

struct locks {
	int mmap_lock, PG_locked, page_table_lock, pte_lock, swap_lock, private_lock, move_lock, list_lock, sb_lock;
	int inode_lock, i_pages, anon_vma;
};

static int take_one_page(int page)
{
	return walk_some_tree(page);
}
