/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a real process does: take a call, carry it out, answer, and so on. It allocates nothing and maps nothing of its own
 * accord, so that its window stays what the calls made of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/host.h"
#include "pool.h"

static sigjmp_buf past_access;
static volatile sig_atomic_t accessing;

static void on_fault(int sig)
{
	/* Anywhere else it is this program's own fault, and it dies of it. */
	if (!accessing) {
		signal(sig, SIG_DFL);
		return;
	}
	siglongjmp(past_access, sig);
}

static void catch_faults(void)
{
	const struct sigaction sa = { .sa_handler = on_fault };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	/* Whoever drives the processes is told to stop; they end with him. Children are nobody's business. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
}

static void do_access(const struct host_call *call, struct host_reply *reply)
{
	volatile u64 *word = (volatile u64 *)call->arg[0];
	int sig = sigsetjmp(past_access, 1);

	if (sig) {
		accessing = 0;
		*reply = (struct host_reply){ .came = HOST_SIGNAL, .number = sig };
		return;
	}
	accessing = 1;
	if (call->kind == HOST_WRITE)
		*word = call->word;
	else
		reply->word = *word;
	accessing = 0;
}

static void fail_if(bool failed, struct host_reply *reply)
{
	if (failed)
		*reply = (struct host_reply){ .came = HOST_FAILED, .number = errno };
}

static void do_syscall(const struct host_call *call, struct host_reply *reply)
{
	const unsigned long *a = call->arg;
	long result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);

	reply->word = (u64)result;
	fail_if(result == -1, reply);
}

/* True in the child, which is not asked anything yet. */
static bool do_fork(unsigned *self, const struct host_call *call, struct host_reply *reply)
{
	pid_t pid = fork();

	if (!pid)
		*self = call->child;
	fail_if(pid < 0, reply);
	return !pid;
}

/* False when nobody is left to ask. */
static bool take_call(int socket, struct host_call *call)
{
	ssize_t n;

	do
		n = recv(socket, call, sizeof(*call), 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof(*call);
}

void host_process(const int socket[HOST_PROCESSES])
{
	unsigned self = HOST_EMPTY;
	struct host_call call = { .kind = HOST_READ };

	catch_faults();
	while (call.kind != HOST_EXIT && take_call(socket[self], &call)) {
		struct host_reply reply = { .came = HOST_DONE };

		if (call.kind == HOST_READ || call.kind == HOST_WRITE)
			do_access(&call, &reply);
		else if (call.kind == HOST_SYSCALL)
			do_syscall(&call, &reply);
		else if (call.kind == HOST_FORK && do_fork(&self, &call, &reply))
			continue;
		if (send(socket[self], &reply, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply))
			break;
	}
	worker_exit();
}
