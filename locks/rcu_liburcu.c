/* SPDX-License-Identifier: GPL-2.0-only */
/* liburcu behind a wall; see rcu_liburcu.h. Its functions are called out of line, so that they stay uninstrumented. */
#define _GNU_SOURCE
#include "rcu_liburcu.h"

#include <urcu/urcu-memb.h>

_Static_assert(sizeof(struct rcu_head) == LIBURCU_HEAD_SIZE, "room for the library's head");

void liburcu_register(void)
{
	urcu_memb_register_thread();
}

void liburcu_unregister(void)
{
	urcu_memb_unregister_thread();
}

void liburcu_read_lock(void)
{
	urcu_memb_read_lock();
}

void liburcu_read_unlock(void)
{
	urcu_memb_read_unlock();
}

void liburcu_synchronize(void)
{
#if defined(FLAVOUR_VALGRIND)
	/* So that what it leaves on our stack for other waiters lies below the frames of who says that they are done: san_grace_ends(). */
	char room[1024];

	__asm__ volatile("" : : "r"(room) : "memory");
#endif
	urcu_memb_synchronize_rcu();
#if defined(FLAVOUR_VALGRIND)
	__asm__ volatile("" : : "r"(room) : "memory");
#endif
}

void liburcu_barrier(void)
{
	urcu_memb_barrier();
}

void liburcu_call(void *head, void (*fn)(void *head))
{
	/* The library hands the head back as it got it; only the pointer's type differs. */
	urcu_memb_call_rcu(head, (void (*)(struct rcu_head *))(void (*)(void))fn);
}
