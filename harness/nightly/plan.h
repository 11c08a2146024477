/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan of a night: what is run, how much of the time it gets, and how many executions a night gives it that is not bounded by
 * time. A text file, see harness/nightly/README.md; one is built in.
 */
#ifndef HARNESS_NIGHTLY_PLAN_H
#define HARNESS_NIGHTLY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "types.h"

#define PLAN_WORDS 32			/* of one line */
#define PLAN_GROUPS 64

/* A line of words, cut at blanks. */
struct words {
	char *word[PLAN_WORDS];
	unsigned nr;
};

struct plan_group {
	char *name, *about;
	char *flavour;			/* of the program that runs it */
	char *handover;			/* flavour in which explore looks for what has no replay; NULL: none does */
	struct words command;		/* "{scenarios}", "{defects}", "{provider}" stand for what a job gets */
	struct words under;		/* what starts the program: a tool and its options */
	struct words needs;		/* programs and files without which it cannot run here */
	struct words scenarios, defects;	/* patterns of names; none: all */
	struct words providers;		/* none: each one */
	u64 sample;			/* so many of the scenarios, others every night; 0: all */
	u64 chunk;			/* scenarios or defects in one job at most */
	u64 share;			/* of the time; 0: it is bounded by executions in any night */
	u64 executions;			/* of a scenario, or of what else --executions bounds; 0: the command says */
	u64 rate;			/* executions in a second, as they were measured once: for estimates only */
	u64 cost_ms;			/* of a scenario, defect or job, besides */
	u64 least_ms;			/* less time is not worth beginning with one */
	bool alone;			/* nothing else may run beside it: it measures time */
	unsigned line;
};

struct plan {
	char *name, *about;
	u64 hash;			/* of its text */
	struct plan_group group[PLAN_GROUPS];
	unsigned nr;
};

/* Returns NULL with one line "path:line:column: expected ..., found ..." in err. path NULL: the built-in one. */
struct plan *plan_read(const char *path, char err[512]);
struct plan *plan_parse(const char *path, const char *text, size_t length, char err[512]);
void plan_free(struct plan *p);

/* Is that word of the group's command? "{scenarios}" and the like. */
bool plan_says(const struct plan_group *g, const char *word);

#endif
