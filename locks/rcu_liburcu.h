/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole of liburcu that we use, behind a wall: its headers and ours name things alike.
 * For rcu.c only, and only under real threads.
 */
#ifndef LOCKS_RCU_LIBURCU_H
#define LOCKS_RCU_LIBURCU_H

#define LIBURCU_HEAD_SIZE 16

void liburcu_register(void);
void liburcu_unregister(void);
void liburcu_read_lock(void);
void liburcu_read_unlock(void);
void liburcu_synchronize(void);
void liburcu_barrier(void);

/* head: LIBURCU_HEAD_SIZE bytes for the library. fn(head) runs on the library's own thread. */
void liburcu_call(void *head, void (*fn)(void *head));

#endif
