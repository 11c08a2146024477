/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory control groups: each address space may belong to one, each page is charged to the one whose process brought it in, and
 * each group has its share of the counters of files' pages.
 *
 * A page's charge may move to another group while the page is mapped, unmapped, dirtied and written. Whoever changes what is
 * counted holds lock_page_memcg() over the change and its counting, so that the page is either counted when it moves, or not
 * changed yet. As a rule that is an RCU read section and nothing more: who moves charges says so first and waits for all readers,
 * and from then on they take the group's move_lock.
 */
#ifndef CORE_MEMCONTROL_H
#define CORE_MEMCONTROL_H

#include "mm.h"

struct mem_cgroup {
	atomic_t css;			/* [atomic] references: who made it, each mm in it, each page charged to it */
	atomic_t moving_account;	/* [atomic] how many take pages out of it just now */
	spinlock_t move_lock;
	atomic_long_t memory;		/* [atomic] pages charged to it */
	atomic_long_t swap;		/* [atomic] slots of swap charged to it */
	atomic_long_t stat[NR_NODE_STAT_ITEMS];	/* [atomic] those of them that are counted so; files' pages only */
	struct rcu_head rcu;
};

/* A new, empty one with one reference; NULL when memory is out. */
struct mem_cgroup *mem_cgroup_alloc(void);
/* One reference less; its memory stays until a grace period is over. */
void mem_cgroup_put(struct mem_cgroup *memcg);

/* The group that the mm belongs to, with a reference, or NULL. */
struct mem_cgroup *get_mem_cgroup_from_mm(struct mm_struct *mm);

/*
 * The mm belongs to the group from now on, and what it maps, or might map of its files, and is charged to its old group, is
 * charged to the new one. What is busy just now stays where it is. Returns how many pages moved. May sleep.
 */
unsigned mem_cgroup_attach(struct mm_struct *mm, struct mem_cgroup *to);

/* A page that nobody else can change: new, or locked. It is charged to the group of mm, if it is charged to none (mm NULL: to none). */
void mem_cgroup_charge(struct page *page, struct mm_struct *mm);
/* Both locked: new, which is charged to none, is charged as the page is, whose content it has. */
void mem_cgroup_migrate(struct page *page, struct page *new);
/* A huge page becomes small ones, under the lock of the LRU and with its count frozen: they are charged as it was. */
void mem_cgroup_split_huge_fixup(struct page *head);
/* Nobody holds the page any more. */
void mem_cgroup_uncharge(struct page *page);

/* ---- slots of swap (swap_cgroup.c) ---- */

/* The slot, which is new, is charged as the page is for which it was taken. Page locked. */
void mem_cgroup_try_charge_swap(struct page *page, swp_entry_t entry);
/* The slot is free: returns who is to be told so, without the lock. swap_lock held. */
struct mem_cgroup *swap_cgroup_clear(swp_entry_t entry);
void mem_cgroup_uncharge_swap(struct mem_cgroup *memcg);
/* What is charged to the one is charged to the other from now on. */
void mem_cgroup_move_swap_account(swp_entry_t entry, struct mem_cgroup *from, struct mem_cgroup *to);

/* Does the mm belong to this group just now? */
static inline bool mm_match_cgroup(const struct mm_struct *mm, const struct mem_cgroup *memcg)
{
	return READ_ONCE(mm->memcg) == memcg;
}

/*
 * Is the page of a file charged to some group? It is charged before anybody can find it, and that stays so, though not which group
 * it is: no point.
 */
static inline bool page_charged(const struct page *page)
{
	return __atomic_load_n(&page->mem_cgroup, __ATOMIC_RELAXED);
}

/*
 * The page, which is a file's, stays charged to its group until unlock_page_memcg(), which is given what this returned: the group
 * whose lock it took, or NULL. Spins at most.
 */
struct mem_cgroup *lock_page_memcg(struct page *page);
void unlock_page_memcg(struct page *page, struct mem_cgroup *locked);

/* Count n pages, and in the group to which the page is charged: lock_page_memcg(), or the page lock, keeps it there. */
void mod_lruvec_page_state(struct page *page, enum node_stat_item item, long n);

#endif
