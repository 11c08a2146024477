/* SPDX-License-Identifier: GPL-2.0-only */
/* Real threads: one pthread for each task, futex sleeps. */
#define _GNU_SOURCE
#include "realthreads.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sanitize.h"
#include "sched_point.h"

void futex_wait(u32 *word, u32 seen)
{
	/* A limit, so that a machine that was stopped is noticed by its sleepers. */
	const struct timespec limit = { 0, 200000000 };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, &limit, NULL, 0);
	if (__atomic_load_n(&machine->stop, __ATOMIC_RELAXED))
		thread_stand_still();
}

void futex_wake(u32 *word, int n)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

void thread_stand_still(void)
{
	while (__atomic_load_n(&machine->stop, __ATOMIC_RELAXED))
		pause();
}

void thread_relax(void)
{
	thread_stand_still();
	sched_yield();
}

void thread_enter(struct task *t)
{
	current = t;
	__atomic_store_n(&t->tid, (s32)syscall(SYS_gettid), __ATOMIC_RELAXED);
	rcu_register();
}

void thread_leave(void)
{
	rcu_unregister();
	current = NULL;
}

static void *thread_main(void *arg)
{
	struct task *t = arg;

	thread_enter(t);
	t->fn(t->arg);
	san_report_pending();
	__atomic_store_n(&t->state, TASK_DONE, __ATOMIC_RELEASE);
	thread_leave();
	return NULL;
}

struct threads {
	unsigned first, nr;
	pthread_t id[];
};

struct threads *threads_start(unsigned first, unsigned nr)
{
	struct threads *threads = calloc(1, sizeof(*threads) + nr * sizeof(threads->id[0]));

	if (!threads)
		return NULL;
	threads->first = first;
	for (unsigned i = 0; i < nr; i++)
		__atomic_store_n(&machine->task[first + i].state, TASK_READY, __ATOMIC_RELAXED);
	for (; threads->nr < nr; threads->nr++) {
		errno = pthread_create(&threads->id[threads->nr], NULL, thread_main, &machine->task[first + threads->nr]);
		if (errno)
			return NULL;	/* not freed: somebody may run */
	}
	return threads;
}

bool threads_ended(const struct threads *threads)
{
	for (unsigned i = 0; i < threads->nr; i++)
		if (__atomic_load_n(&machine->task[threads->first + i].state, __ATOMIC_ACQUIRE) != TASK_DONE)
			return false;
	return true;
}

void threads_join(struct threads *threads)
{
	for (unsigned i = 0; i < threads->nr; i++)
		pthread_join(threads->id[i], NULL);
	free(threads);
}

int threads_run(unsigned first, unsigned nr)
{
	struct threads *threads = threads_start(first, nr);

	if (!threads)
		return -1;
	threads_join(threads);
	return 0;
}
