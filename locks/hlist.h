/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doubly linked lists with a head of one pointer, under the kernel's names, for readers who come without a lock: inside the read
 * sections that whoever frees an element waits for. The caller holds what guards the list where it changes it.
 */
#ifndef LOCKS_HLIST_H
#define LOCKS_HLIST_H

#include "atomic.h"

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define hlist_entry(p, t, m) container_of(p, t, m)

/* It is on no list. Asked without the lock, too. */
static inline bool hlist_unhashed(const struct hlist_node *n)
{
	return !READ_ONCE(n->pprev);
}

static inline bool hlist_empty(const struct hlist_head *h)
{
	return !READ_ONCE(h->first);
}

static inline void hlist_add_head_rcu(struct hlist_node *n, struct hlist_head *h)
{
	struct hlist_node *first = READ_ONCE(h->first);

	WRITE_ONCE(n->next, first);
	WRITE_ONCE(n->pprev, &h->first);
	rcu_assign_pointer(h->first, n);	/* readers see its next */
	if (first)
		WRITE_ONCE(first->pprev, &n->next);
}

/*
 * n->next stays: readers who are there go on from it. Who does not find n any more sees what was done before it left; in the kernel it
 * is the lock, taken after others were released, that orders this.
 */
static inline void hlist_unlink_(struct hlist_node *n)
{
	struct hlist_node *next = READ_ONCE(n->next), **pprev = READ_ONCE(n->pprev);

	smp_store_release(pprev, next);
	if (next)
		WRITE_ONCE(next->pprev, pprev);
}

/* It must be on a list. */
static inline void hlist_del_rcu(struct hlist_node *n)
{
	hlist_unlink_(n);
	WRITE_ONCE(n->pprev, NULL);
}

/* As above, and nothing if it is on none. */
static inline void hlist_del_init_rcu(struct hlist_node *n)
{
	if (!hlist_unhashed(n))
		hlist_del_rcu(n);
}

#define hlist_entry_or_null_(p, t, m, n) ({ struct hlist_node *n = (p); n ? hlist_entry(n, t, m) : NULL; })
#define hlist_entry_or_null(p, t, m) hlist_entry_or_null_(p, t, m, UNIQUE(n_))
#define hlist_for_each_entry_rcu(e, h, m)                                                        \
	for (e = hlist_entry_or_null(rcu_dereference((h)->first), __typeof__(*e), m); e;         \
	     e = hlist_entry_or_null(rcu_dereference((e)->m.next), __typeof__(*e), m))

#endif
