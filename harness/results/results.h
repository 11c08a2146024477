/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results that are kept: the database that README.md describes, and how the directories of nights get into it.
 *
 * A database is a plain sqlite3 connection: who reads writes SQL, and closes it with sqlite3_close(). All that is written goes through
 * the functions below, each of them in one transaction: it is there as a whole or not at all, and another process may read meanwhile.
 *
 * The nights that were taken in through a connection are in its temporary table `joined` (one column, `night`).
 *
 * Functions that can fail return false (or NULL) with one line in error: without "rmaptorture: ", without newline.
 *
 * Concurrency: one thread for each connection; processes wait for each other, for RESULTS_BUSY_MS at most.
 */
#ifndef HARNESS_RESULTS_RESULTS_H
#define HARNESS_RESULTS_RESULTS_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "cli/usage.h"

#define RESULTS_APPLICATION 0x726d6170	/* "rmap" */
#define RESULTS_SCHEMA 1
#define RESULTS_BUSY_MS 5000

enum results_mode { RESULTS_READ, RESULTS_WRITE };

/*
 * Open a database, after a look whether it is one of ours and whole. RESULTS_WRITE makes it if it is missing or empty; RESULTS_READ
 * refuses every statement that would write. Returns NULL on error.
 */
sqlite3 *results_open(const char *path, enum results_mode mode, char error[USAGE_TEXT]);

/* A database of no file, with the schema and nothing in it. Returns NULL on error. */
sqlite3 *results_memory(char error[USAGE_TEXT]);

/*
 * Take in the directory of a night: its header, what is planned and known, and every job in it, as far as they are better than what is
 * there. Lines of a job that cannot be read are told in its `why`. A job whose JOB.json is not as README.md says is an error; everything
 * else is taken in all the same. When the header of the night is wrong, or the database fails, nothing is changed.
 */
bool results_load_night(sqlite3 *db, const char *dir, char error[USAGE_TEXT]);

/* Take in one job, and the night's header with it. */
bool results_load_job(sqlite3 *db, const char *dir, const char *job, char error[USAGE_TEXT]);

/* Take in all that another database holds. That one is not changed, and may be the same one. */
bool results_join(sqlite3 *db, const char *path, char error[USAGE_TEXT]);


/* Does it look like something to take in: the directory of a night, or a database? Nothing of it is taken in. */
bool results_input(const char *path, char error[USAGE_TEXT]);

/* Take in what is at path, be it a directory or a database. */
bool results_take(sqlite3 *db, const char *path, char error[USAGE_TEXT]);

/* Is a line of a job's output a finding? What was looked for by its name is none. */
bool results_is_finding(const json_t *record);

/* ---- what a night came to ---- */

enum results_verdict { NIGHT_CLEAN, NIGHT_KNOWN, NIGHT_FINDINGS, NIGHT_INCONCLUSIVE, NR_NIGHT_VERDICTS };

extern const char *const results_verdict_text[NR_NIGHT_VERDICTS];	/* "clean", "known findings only", ... */

struct results_summary {
	enum results_verdict verdict;
	int status;			/* enum exit_status: what a command about this night ends with */
	unsigned int shards, shards_there;
	unsigned int jobs, done, skipped;	/* jobs: planned; skipped: could not run there, which is told and nobody's fault */
	unsigned int unfinished;	/* missing, cut or failed; those of missing shards too */
	unsigned int undecided;		/* came to an end without a verdict, for other reasons than a goal: a canary was missed */
	unsigned int unreached;		/* goals that no job of the night has reached, for each scenario and provider */
	unsigned int findings;		/* signatures that are not known, or were known until before the night began */
	unsigned int expired, known;	/* of findings those that were known once; signatures that are known */
	unsigned int unexplained;	/* jobs that say they found something, which is not there */
};

/*
 * The verdict of a night: findings that are not known weigh more than anything that is missing, which weighs more than known findings. An
 * unknown night is an error.
 */
bool results_verdict(sqlite3 *db, const char *night, struct results_summary *s, char error[USAGE_TEXT]);
/* That of one shard, which lacks nothing that others have to do, goals included; 0: of all. */
bool results_shard_verdict(sqlite3 *db, const char *night, unsigned int shard, struct results_summary *s, char error[USAGE_TEXT]);

/* Tell each goal that no job of the night has reached. */
struct results_goal {
	const char *scenario, *provider, *goal;
};

bool results_unreached(sqlite3 *db, const char *night, void (*tell)(void *arg, const struct results_goal *g), void *arg,
		       char error[USAGE_TEXT]);

/* What a night lacks: a shard (job: NULL), or a job. */
struct results_lack {
	unsigned int shard, jobs;	/* jobs: so many of them, for a shard */
	const char *job, *state, *why;	/* state: "missing", "cut", "failed", "skipped"; why: "" if nobody knows */
};

/* Tell all that a night lacks: shards first, then jobs of the others by their names. */
bool results_missing(sqlite3 *db, const char *night, void (*tell)(void *arg, const struct results_lack *l), void *arg,
		     char error[USAGE_TEXT]);

#endif
