/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that is started and waited for. */
#ifndef HARNESS_NIGHTLY_CHILD_H
#define HARNESS_NIGHTLY_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	const char **words;		/* program and arguments, NULL behind the last */
	int out, err;			/* descriptors; -1: nowhere */
	double limit_s;			/* asked to end then, and made to half a minute later; 0: no limit */
	/* What came of it. */
	int status;			/* its exit status; -1: it was killed, or could not be started */
	int signal;			/* that killed it, or 0 */
	bool late;			/* it had to be asked to end */
	double elapsed_s, cpu_s;
	long rss_kib;
};

/*
 * Start it and wait for its end. An interrupt (campaign.h) is passed on to it. If this process dies, it gets a SIGTERM, so that it
 * says what it has found.
 */
void child_run(struct child *c);

/* The same for a program that says little: all that it prints, malloc()ed; *c is filled in but for the words. */
char *child_output(struct child *c);

#endif
