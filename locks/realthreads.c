/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real threads: one pthread for each task, futex sleeps, noise.
 *
 * Noise has a heavy tail (mostly a few spins, sometimes a yield, rarely a sleep of tens of microseconds), because windows in
 * rmap differ in width by orders of magnitude.
 */
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

static u64 noise_draw(struct task *t)
{
	t->noise = t->noise * 6364136223846793005ul + 1442695040888963407ul;
	return t->noise >> 33;
}

void noise_at_point(struct task *t)
{
	u64 r = noise_draw(t);

	if (r % 100 >= machine->noise)
		return;
	r /= 100;
	if (r % 8) {
		for (u64 n = (r / 8) % 200; n; n--)
			__asm__ __volatile__("" ::: "memory");
	} else if (r % 64) {
		sched_yield();
	} else {
		const struct timespec nap = { 0, (long)((r / 64) % 50000) };

		nanosleep(&nap, NULL);
	}
}

void thread_enter(struct task *t)
{
	current = t;
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

int threads_run(unsigned first, unsigned nr)
{
	pthread_t *id = calloc(nr, sizeof(*id));
	unsigned started;
	int err = 0;

	if (!id)
		return -1;
	for (started = 0; started < nr; started++) {
		struct task *t = &machine->task[first + started];

		t->state = TASK_READY;
		err = pthread_create(&id[started], NULL, thread_main, t);
		if (err)
			break;
	}
	while (started)
		pthread_join(id[--started], NULL);
	free(id);
	errno = err;
	return err ? -1 : 0;
}
