/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole of liburcu that we use, behind a wall: its headers and ours name things alike.
 * For rcu.c only, and only under real threads.
 */
#ifndef LOCKS_RCU_LIBURCU_H
#define LOCKS_RCU_LIBURCU_H

#define LIBURCU_HEAD_SIZE 16

/*
 * liburcu's waiters write to each other's stacks, in an order that Helgrind and DRD do not see. So what it leaves there and frames of ours
 * do not share a place: what it does for us lies further down than who says that it is over (san_grace_ends()), and what we do for it
 * further down than where it waited.
 */
#if defined(FLAVOUR_VALGRIND)
#define APART(call)                                              \
	do {                                                     \
		char room_[1024];                                \
		__asm__ volatile("" : : "r"(room_) : "memory");  \
		call;                                            \
		__asm__ volatile("" : : "r"(room_) : "memory");  \
	} while (0)
#else
#define APART(call) call
#endif

void liburcu_register(void);
void liburcu_unregister(void);
void liburcu_read_lock(void);
void liburcu_read_unlock(void);
void liburcu_synchronize(void);
void liburcu_barrier(void);

/* head: LIBURCU_HEAD_SIZE bytes for the library. fn(head) runs on the library's own thread. */
void liburcu_call(void *head, void (*fn)(void *head));

#endif
