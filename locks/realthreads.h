/* SPDX-License-Identifier: GPL-2.0-only */
/* The other executor: every task is a pthread, blocked ones sleep on futexes, points may inject seeded noise. */
#ifndef LOCKS_REALTHREADS_H
#define LOCKS_REALTHREADS_H

#include "machine.h"

struct threads;

/* Start the tasks with ids in [first, first + nr), each on its own pthread; NULL when not all could be (errno): some may run. */
struct threads *threads_start(unsigned first, unsigned nr);
/* Has each of them come to its end? */
bool threads_ended(const struct threads *threads);
/* Wait until they have ended, and forget them. */
void threads_join(struct threads *threads);

/* Start and join: returns 0, or -1 when a thread could not be created (errno). */
int threads_run(unsigned first, unsigned nr);

/* Become task t on the calling pthread / stop being one. For the thread that sets up and checks between rounds. */
void thread_enter(struct task *t);
void thread_leave(void);

/* Futex sleep while *word == seen, and wake n sleepers. */
void futex_wait(u32 *word, u32 seen);
void futex_wake(u32 *word, int n);

#endif
