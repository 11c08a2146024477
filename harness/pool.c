/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Worker processes. The machine has one address and may be brought to a crash: every item runs in a process of its own, and
 * leaves its result in memory that the parent shares.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pool.h"
#include "machine.h"
#include "types.h"

#if defined(FLAVOUR_COVERAGE)
void __gcov_dump(void);
#endif

/* So many have begun and wait to be told, at most: what one takes with it (memory, mappings) is bounded, however slow an early one is. */
#define MOST_AHEAD 256u

volatile int interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

void catch_interrupts(void)
{
	struct sigaction sa = { .sa_handler = on_interrupt };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double thread_s(void)
{
	return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double now_s(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

void *shared_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no shared memory: %s", strerror(errno));
	return p;
}

void shared_free(void *p, size_t size)
{
	if (p)
		munmap(p, size);
}

void worker_exit(void)
{
#if defined(FLAVOUR_COVERAGE)
	__gcov_dump();
#endif
	_exit(0);
}

static pid_t start(const struct pool *p, unsigned i)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("no process: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		p->fn(i, p->arg);
		worker_exit();
	}
	return pid;
}

/* The worker that ended, by its item; -1 when none did within a moment. */
static int reap(const pid_t *pid, unsigned nr)
{
	const struct timespec nap = { 0, 20000000 };
	pid_t ended = waitpid(-1, NULL, WNOHANG);

	if (ended <= 0) {
		nanosleep(&nap, NULL);
		return -1;
	}
	for (unsigned i = 0; i < nr; i++)
		if (pid[i] == ended)
			return (int)i;
	return -1;
}

static void pass_on_interrupt(const pid_t *pid, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		if (pid[i] > 0)
			kill(pid[i], SIGINT);
}

void pool_run(const struct pool *p)
{
	pid_t *pid = calloc(p->nr, sizeof(*pid));
	unsigned begun = 0, running = 0, told = 0;
	bool passed = false;

	if (!pid)
		die("out of memory");
	while (running || (begun < p->nr && !interrupted)) {
		int i;

		while (begun < p->nr && running < p->jobs && begun - told < MOST_AHEAD && !interrupted) {
			bool needed = !p->begin || p->begin(begun, p->arg);

			pid[begun] = needed ? start(p, begun) : -1;
			running += needed;
			begun++;
		}
		if (interrupted && !passed) {
			passed = true;
			pass_on_interrupt(pid, begun);
		}
		i = running ? reap(pid, begun) : -1;
		if (i >= 0) {
			pid[i] = -1;
			running--;
		}
		for (; told < begun && pid[told] < 0; told++)
			p->done(told, p->arg);
		if (p->tick)
			p->tick(p->arg);
	}
	free(pid);
}
