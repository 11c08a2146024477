/* SPDX-License-Identifier: GPL-2.0-only */
/* See child.h. */
#define _GNU_SOURCE
#include "nightly/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/files.h"
#include "pool.h"

#define GRACE_S 30.0			/* from asking to making it end */

static int or_nowhere(int fd)
{
	return fd >= 0 ? fd : open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void begin(const struct child *c)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	/* A group of its own: a ^C at the terminal comes from us, once, and what it leaves behind can be found. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(or_nowhere(-1), 0) < 0 || dup2(or_nowhere(c->out), 1) < 0 || dup2(or_nowhere(c->err), 2) < 0)
		_exit(126);
	execvp(c->words[0], (char *const *)c->words);
	_exit(errno == ENOENT ? 127 : 126);
}

static void account(struct child *c, int status, const struct rusage *used)
{
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	c->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	c->cpu_s = (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
		   1e-6 * (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
	c->rss_kib = used->ru_maxrss;
}

/* Has it ended? Waits for a moment. */
static bool ended(struct child *c, pid_t pid)
{
	const struct timespec moment = { 0, 10000000 };
	struct rusage used;
	int status;
	pid_t got = wait4(pid, &status, WNOHANG, &used);

	if (got == pid) {
		account(c, status, &used);
		return true;
	}
	nanosleep(&moment, NULL);
	return false;
}

void child_run(struct child *c)
{
	double began = now_s(), asked = 0;
	pid_t pid = fork();

	c->status = -1;
	c->signal = 0;
	c->late = false;
	if (pid < 0)
		return;
	if (!pid)
		begin(c);
	while (!ended(c, pid)) {
		double now = now_s();

		if (!(asked > 0) && (interrupted || (c->limit_s > 0 && now - began > c->limit_s))) {
			asked = now;
			c->late = !interrupted;
			kill(-pid, SIGTERM);
		}
		if (asked > 0 && now - asked > GRACE_S)
			kill(-pid, SIGKILL);
	}
	kill(-pid, SIGKILL);		/* what it started and did not wait for */
	c->elapsed_s = now_s() - began;
}

char *child_output(struct child *c)
{
	char path[64], *text;
	size_t length;
	int fd = memfd_create("output", MFD_CLOEXEC);

	if (fd < 0)
		return NULL;
	c->out = fd;
	child_run(c);
	c->out = -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	text = text_file_read(path, &length);
	close(fd);
	return text;
}
