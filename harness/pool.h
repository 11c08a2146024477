/* SPDX-License-Identifier: GPL-2.0-only */
/* Worker processes, the memory that they share with their parent, and being interrupted. Concurrency: one thread of the parent. */
#ifndef HARNESS_POOL_H
#define HARNESS_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* Set by SIGINT and SIGTERM: finish the current execution and report. */
extern volatile int interrupted;
void catch_interrupts(void);

/*
 * Run fn(i, arg) for i = 0 .. nr - 1, each in a process of its own, jobs of them at a time. done(i, arg) is called in the parent
 * in the order of i. tick(arg) is called now and then while waiting. Items after an interrupt are not begun.
 */
struct pool {
	unsigned nr, jobs;
	bool (*begin)(unsigned i, void *arg);	/* in the parent, before it starts; false: this one needs no process. NULL: each does */
	void (*fn)(unsigned i, void *arg);
	void (*done)(unsigned i, void *arg);
	void (*tick)(void *arg);
	void *arg;
};
void pool_run(const struct pool *p);

/* The end of a process that was forked: nothing of its parent's is flushed or undone. What it has executed is counted, where lines are. */
_Noreturn void worker_exit(void);

/* Zeroed memory that worker processes share with their parent. */
void *shared_alloc(size_t size);
void shared_free(void *p, size_t size);

double now_s(void);
/* The same of the processor time that the calling thread has had: for who measures on a machine that others use as well. */
double thread_s(void);

#endif
