/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real processes on the kernel that runs this program: one for each address space of a scenario, each driven over a socket.
 *
 * They do single things when told to: a load or a store, one system call, fork, exit. What a scenario's operations are in those
 * terms is said elsewhere (action.h). Each has a window of addresses in which nothing is mapped but what it was told to map;
 * a model's address is an offset in it, so that what is unmapped in the model is unmapped in truth.
 *
 * Concurrency: one struct host in a process, used by one thread.
 */
#ifndef HARNESS_HOST_HOST_H
#define HARNESS_HOST_HOST_H

#include "types.h"

#define HOST_PROCESSES 65u	/* at once: one for each name that a scenario can have, and process 0 */
#define HOST_EMPTY 0u		/* process 0: nothing is ever mapped in its window, the others are born of it */

enum host_kind { HOST_READ, HOST_WRITE, HOST_SYSCALL, HOST_FORK, HOST_EXIT };

struct host_call {
	enum host_kind kind;
	u32 child;			/* HOST_FORK: the number that it gets; free */
	long number;			/* HOST_SYSCALL: SYS_* */
	unsigned long arg[6];		/* of the system call; an access: its address */
	u64 word;			/* HOST_WRITE: to be stored */
};

enum host_came { HOST_DONE, HOST_FAILED, HOST_SIGNAL };

struct host_reply {
	enum host_came came;
	int number;			/* HOST_FAILED: errno; HOST_SIGNAL: which */
	u64 word;			/* HOST_READ: what was loaded; HOST_SYSCALL: what it returned */
};

struct host;

/* Process 0 begins. The window has that many bytes. NULL, with one line in err, when this machine does not allow it. */
struct host *host_start(size_t window, char err[256]);
/* All processes end, and have ended when this returns. */
void host_stop(struct host *h);

/* Where the window begins, in each process. */
unsigned long host_window(const struct host *h);

/* Have the process do it. False when it does not answer: the process is lost, and so is what was to be learned from it. */
bool host_call(struct host *h, unsigned process, const struct host_call *call, struct host_reply *reply);

/* process.c: what a process does, until it is told to exit or nobody is left to tell it anything. socket: one for each process. */
_Noreturn void host_process(const int socket[HOST_PROCESSES]);

#endif
