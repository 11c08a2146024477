/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A night: the jobs of a plan, a directory of records (harness/results/README.md), and a database made from them.
 *
 * One process drives it; each job has a process that looks after it (work.c), which starts the program that does the work. Whichever of
 * them is killed, what was written stays, and the same command goes on from there.
 */
#ifndef HARNESS_NIGHTLY_NIGHT_H
#define HARNESS_NIGHTLY_NIGHT_H

#include <jansson.h>

#include "nightly/jobs.h"

struct night {
	const struct options *options;
	struct job_list jobs;		/* of all shards */
	unsigned shard, shards;		/* this one, from 1 */
	char *name, *dir, *db;
	u64 seed;
	double time_s;			/* bound; 0: by executions */
	double began;			/* when this process began, as now_s() says */
	json_t *known;			/* array */
	json_t *header;			/* night.json */
	int lock;			/* held as long as this process lives: one at a time in a directory */
};

/* A path below the night's directory, malloc()ed. */
char *night_path(const struct night *n, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * files.c: make the directory, or go on with the one that is there; its header then says the name and the seed. Returns an exit
 * status, after one line on stderr if it is not EXIT_CLEAN.
 */
int night_open(struct night *n);
void night_close(struct night *n);

/* The record of a job that has ended, or NULL. */
json_t *night_record(const struct night *n, const struct job *job);

/* The program of a flavour, malloc()ed: the one beside this one. NULL if there is none. */
char *night_program(const char *flavour);

/* work.c: one job in this process, from its beginning to its record. limit_s: time that it may take; 0: what it takes. */
void night_work(const struct night *n, const struct job *job, double limit_s);

/* space.c: an amount of the disk that is kept free for the last words. */
bool space_reserve(const struct night *n);
/* Is so little left that it is time to stop? Gives the reserve back then, and says so. */
bool space_is_short(const struct night *n);
void space_release(const struct night *n);

/* night.c: all jobs of this shard. Returns an exit status. */
int night_run(struct night *n);

/* verdict.c: the last lines, from the database. */
struct results_summary;
struct sqlite3;
void tell_verdict(const struct night *n, struct sqlite3 *db, const struct results_summary *sum);

/* plan_tell.c: what would be done. */
void night_tell_plan(const struct night *n);

#endif
