/* SPDX-License-Identifier: GPL-2.0-only */
/* Those who drive the real processes: see host.h. */
#define _GNU_SOURCE
#include "host/host.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"

#define ANSWER_S 20			/* a process that takes longer is lost */

struct host {
	unsigned long window;
	int ours[HOST_PROCESSES], theirs[HOST_PROCESSES];
};

/* Far from everything that a program maps by itself; the first is legal for sanitizers, too (as the arena's is, machine.h). */
static const unsigned long windows[] = { 0x7ea000000000, 0x200000000000, 0x100000000000, 0x300000000000 };

static bool free_at(unsigned long at, size_t size)
{
	void *p = mmap((void *)at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, size);
	return p == (void *)at;		/* a kernel that does not know the flag takes it for a hint */
}

static unsigned long find_window(size_t size)
{
	for (unsigned i = 0; i < ARRAY_SIZE(windows); i++)
		if (free_at(windows[i], size))
			return windows[i];
	return 0;
}

static bool make_sockets(struct host *h)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };

	for (unsigned i = 0; i < HOST_PROCESSES; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
			return false;
		h->ours[i] = pair[0];
		h->theirs[i] = pair[1];
		setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	}
	return true;
}

static void close_all(int fd[HOST_PROCESSES])
{
	for (unsigned i = 0; i < HOST_PROCESSES; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

static bool start_empty(struct host *h)
{
	pid_t pid;

	/* Orphans become our children, and whoever ends is gone at once: no zombies, and host_stop() can wait for all. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_IGN);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close_all(h->ours);
		host_process(h->theirs);
	}
	if (pid > 0)
		close_all(h->theirs);
	return pid > 0;
}

struct host *host_start(size_t window, char err[256])
{
	struct host *h = malloc(sizeof(*h));
	const char *what;

	if (!h)
		die("no memory for a host");
	memset(h->ours, -1, sizeof(h->ours));
	memset(h->theirs, -1, sizeof(h->theirs));
	h->window = find_window(window);
	if (!h->window)
		what = "no window of addresses is free";
	else if (!make_sockets(h))
		what = "no sockets";
	else if (!start_empty(h))
		what = "no process";
	else
		return h;
	snprintf(err, 256, "%s: %s", what, strerror(errno));
	close_all(h->ours);
	close_all(h->theirs);
	free(h);
	return NULL;
}

void host_stop(struct host *h)
{
	if (!h)
		return;
	close_all(h->ours);		/* everybody's end of file */
	while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR)
		;
	free(h);
}

unsigned long host_window(const struct host *h)
{
	return h->window;
}

bool host_call(struct host *h, unsigned process, const struct host_call *call, struct host_reply *reply)
{
	ssize_t n;

	if (send(h->ours[process], call, sizeof(*call), MSG_NOSIGNAL) != sizeof(*call))
		return false;
	do
		n = recv(h->ours[process], reply, sizeof(*reply), 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof(*reply);
}
