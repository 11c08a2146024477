/* SPDX-License-Identifier: GPL-2.0-only */
/* Swap: slots, the swap cache, and areas that come and go. */
#ifndef CORE_SWAP_H
#define CORE_SWAP_H

#include "mm.h"

/* ---- slots and their cache (swap.c) ---- */

/* Allocate a slot for the locked page and put the page into the swap cache. False when swap or memory is full. */
bool add_to_swap(struct page *page);
/* One more entry for the slot. 0 or -ENOMEM, when it cannot count so many. Under the pte lock. */
int swap_duplicate(swp_entry_t entry);
/* Memory to count more entries of the slot, if it is in use still. 0 or -ENOMEM. May sleep with GFP_KERNEL. */
int add_swap_count_continuation(swp_entry_t entry, gfp_t gfp);
/* One entry less. */
void swap_free(swp_entry_t entry);
/* One entry less and, if it was the last one, the page out of the swap cache when nobody is in the way. */
void free_swap_and_cache(swp_entry_t entry);
/* The cached page of the slot with a reference, or NULL. */
struct page *lookup_swap_cache(swp_entry_t entry);
/* As above, reading it in if need be; NULL when memory is out or the slot is gone. May sleep. */
struct page *read_swap_cache(swp_entry_t entry);
/* Page locked. Is it ours alone (and then out of the swap cache)? */
bool reuse_swap_page(struct page *page);
/*
 * The same in two steps, page locked from the first one on: how many have it, mapped or in swap, and what follows from that. (Not locked,
 * mappings may be counted before a swap-in adds its own, and entries after it has given its own up.)
 */
unsigned swap_page_users(struct page *page);
bool reuse_swap_page_of(struct page *page, unsigned users);
/* Page locked: out of the swap cache if no entry needs the slot. True if it left. */
bool try_to_free_swap(struct page *page);
/* Page locked, only the cache and the caller hold it: out of the swap cache, count frozen to 0. False if anybody else holds it. */
bool remove_from_swap_cache(struct page *page);
/*
 * Page locked, and new too, which nobody knows yet: new takes the page's place in the swap cache, and the page loses the cache's
 * reference. False, and nothing has changed, if anybody but the cache and the caller holds the page.
 */
bool replace_in_swap_cache(struct page *page, struct page *new);
/* Write the locked page to its slot. */
void swap_writepage(struct page *page);
/* How many entries the slot has. */
unsigned swap_count(swp_entry_t entry);
/* Page locked and in the swap cache, whoever else holds it: out of it. */
void delete_from_swap_cache(struct page *page);
/* Drop a mapping's reference to a page that may be in the swap cache for nobody any more. */
void free_page_and_swap_cache(struct page *page);

/* ---- swap areas that come and go (swapoff.c) ---- */

/*
 * Bring back all that is in the area, numbered from 0, and take it out of use. Returns 0, -EINVAL when it is not in use (or somebody
 * else is taking it out of use), -ENOMEM, or -EINTR when a signal came: then it is in use as before.
 */
int swapoff(unsigned area);
/* Take it into use. Returns 0, or -EBUSY when it is. */
int swapon(unsigned area);
/* The area of a slot. */
struct swap_info *swap_info_of(swp_entry_t entry);
/* The mm is about to have a swap entry: swapoff must find it. Beside from, which has the same entry, or anywhere (NULL). pte lock held. */
void mmlist_add(struct mm_struct *mm, struct mm_struct *from);
/* Nobody uses the mm, and it has no swap entry any more. */
void mmlist_del(struct mm_struct *mm);

#endif
