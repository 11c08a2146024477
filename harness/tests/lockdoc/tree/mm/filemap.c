/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other comment of the miniature.
 *
 * Lock ordering:
 *
 *  ->mmap_lock
 *    ->page_lock	(take_one_page->walk_some_tree)
 *      ->private_lock	(touch_a_buffer)
 *        ->swap_lock	(count_a_slot, others)
 *          bdi->wb.list_lock
 */

/* no_such_walk stands in a comment only. */
static void touch_a_buffer(void)
{
	count_a_slot("no_such_walk");
}
