/* SPDX-License-Identifier: GPL-2.0-only */
/* Circular doubly linked lists with the kernel's names. The caller holds whatever guards the list. */
#ifndef LOCKS_LIST_H
#define LOCKS_LIST_H

#include "types.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline bool list_is_singular(const struct list_head *h)
{
	return h->next != h && h->next == h->prev;
}

static inline void list_link_between(struct list_head *n, struct list_head *prev, struct list_head *next)
{
	n->prev = prev;
	n->next = next;
	prev->next = n;
	next->prev = n;
}

static inline void list_add(struct list_head *n, struct list_head *h)
{
	list_link_between(n, h, h->next);
}

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	list_link_between(n, h->prev, h);
}

/* Leaves n pointing at itself, so that a second removal is harmless to the list. */
static inline void list_del(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	INIT_LIST_HEAD(n);
}

#define list_del_init list_del

static inline void list_move_tail(struct list_head *n, struct list_head *h)
{
	list_del(n);
	list_add_tail(n, h);
}

#define list_entry(p, t, m) container_of(p, t, m)
#define list_first_entry(h, t, m) list_entry((h)->next, t, m)
#define list_last_entry(h, t, m) list_entry((h)->prev, t, m)
#define list_next_entry(e, m) list_entry((e)->m.next, __typeof__(*(e)), m)
#define list_prev_entry(e, m) list_entry((e)->m.prev, __typeof__(*(e)), m)

#define list_for_each_entry(e, h, m)                                                              \
	for (e = list_first_entry(h, __typeof__(*e), m); &e->m != (h); e = list_next_entry(e, m))

#define list_for_each_entry_reverse(e, h, m)                                                      \
	for (e = list_last_entry(h, __typeof__(*e), m); &e->m != (h); e = list_prev_entry(e, m))

/* As list_for_each_entry(), but e may be removed in the body. */
#define list_for_each_entry_safe(e, n, h, m)                                                      \
	for (e = list_first_entry(h, __typeof__(*e), m), n = list_next_entry(e, m); &e->m != (h); \
	     e = n, n = list_next_entry(n, m))

#endif
