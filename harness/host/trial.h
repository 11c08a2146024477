/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many sequences: worked off in slices, each in a process of its own with real processes of its own.
 *
 * Sequence number i follows from the seed alone, and what is told is the first difference by number: the result does not depend
 * on how many processes there are.
 */
#ifndef HARNESS_HOST_TRIAL_H
#define HARNESS_HOST_TRIAL_H

#include "host/conform.h"

#define TRIAL_TEXT 8192u

#define TRIAL_PROVIDERS 8u

struct request {
	struct conform_config config;	/* its provider is filled in for each sequence: they take turns */
	const struct rmap_ops *provider[TRIAL_PROVIDERS];
	unsigned nr_providers;
	u64 seed, sequences;
	unsigned jobs;
	const char *artifacts;		/* directory of scenario files */
	bool json;
	struct scenario **scn;		/* instead of random sequences, each for every provider; NULL: random */
};

/* What a slice leaves. */
struct slice {
	u8 done;
	enum conform_end end;
	u64 at;				/* number of the sequence that ended it */
	struct conform_counts counts;
	struct difference d;
};

/* What is told about a difference, by the worker that made it smaller. */
struct told {
	u8 done;
	unsigned size[2];		/* statements before and after */
	char path[256];			/* "" if it could not be written */
	struct difference d;
	char text[TRIAL_TEXT];		/* of the smaller scenario */
};

struct trial {
	const struct request *request;
	struct slice *slice;		/* shared with workers */
	struct told *told;		/* likewise */
	u8 *stop;			/* [atomic] likewise: a slice did not end well, and no other is begun */
	const struct slice *bad;	/* the first that did not */
	struct conform_counts counts;	/* of all up to that one */
	unsigned nr;
	double began, elapsed_s;
	bool interrupted;
};

/* The reverse map that sequence number i runs on. */
static inline const struct rmap_ops *trial_provider(const struct request *r, u64 i)
{
	return r->provider[i % r->nr_providers];
}

/* Returns when all is done or one differs; told is filled in for the one that differs. */
void trial_run(const struct request *r, struct trial *t);
void trial_free(struct trial *t);

/* report.c: print what came of it; returns an exit status. */
int trial_report(const struct trial *t);

#endif
