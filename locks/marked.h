/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Valgrind's thread checkers do not know atomic accesses from plain ones: under them every atomic access says what it is. Its
 * word is not checked from then on, and what the access orders is said. A macro does not recurse: within each of these the name
 * is the compiler's builtin. Pointers are evaluated more than once.
 */
#ifndef LOCKS_MARKED_H
#define LOCKS_MARKED_H

/* Helgrind and DRD do not look at this memory any more. */
void san_unwatch(const volatile void *addr, unsigned long size);
/* Around an atomic access: what it releases, and what it acquires. */
void san_marked_before(const volatile void *addr, unsigned long size, int order);
void san_marked_after(const volatile void *addr, int order);

/* Only what the model orders is order: what holds this program together orders nothing that the kernel would. */
#if defined(MARKED_ORDERS)
#define marked_order_(o) (o)
#else
#define marked_order_(o) __ATOMIC_RELAXED
#endif

#define marked_void_(p, o, call)                                          \
	({                                                                \
		san_marked_before(p, sizeof(*(p)), marked_order_(o));     \
		call;                                                     \
		san_marked_after(p, marked_order_(o));                    \
	})
#define marked_as_(p, o, call, r)                                         \
	({                                                                \
		san_marked_before(p, sizeof(*(p)), marked_order_(o));     \
		__auto_type r = call;                                     \
		san_marked_after(p, marked_order_(o));                    \
		r;                                                        \
	})
#define marked_(p, order, call) marked_as_(p, order, call, UNIQUE(r_))

#define __atomic_load(p, to, o) marked_void_(p, o, __atomic_load(p, to, o))
#define __atomic_store(p, v, o) marked_void_(p, o, __atomic_store(p, v, o))
#define __atomic_store_n(p, v, o) marked_void_(p, o, __atomic_store_n(p, v, o))
#define __atomic_load_n(p, o) marked_(p, o, __atomic_load_n(p, o))
#define __atomic_exchange_n(p, v, o) marked_(p, o, __atomic_exchange_n(p, v, o))
#define __atomic_add_fetch(p, v, o) marked_(p, o, __atomic_add_fetch(p, v, o))
#define __atomic_sub_fetch(p, v, o) marked_(p, o, __atomic_sub_fetch(p, v, o))
#define __atomic_fetch_add(p, v, o) marked_(p, o, __atomic_fetch_add(p, v, o))
#define __atomic_fetch_sub(p, v, o) marked_(p, o, __atomic_fetch_sub(p, v, o))
#define __atomic_fetch_or(p, v, o) marked_(p, o, __atomic_fetch_or(p, v, o))
#define __atomic_fetch_and(p, v, o) marked_(p, o, __atomic_fetch_and(p, v, o))
#define __atomic_compare_exchange_n(p, was, v, weak, o, otherwise) \
	marked_(p, o, __atomic_compare_exchange_n(p, was, v, weak, o, otherwise))

#endif
