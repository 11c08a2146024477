/* SPDX-License-Identifier: GPL-2.0-only */
/* What came of a night so far: from the records of its jobs, whether they ended now or in an earlier process. */
#ifndef HARNESS_NIGHTLY_TALLY_H
#define HARNESS_NIGHTLY_TALLY_H

#include "nightly/night.h"

enum job_state { JOB_NOT_RUN, JOB_DONE, JOB_CUT, JOB_FAILED, JOB_SKIPPED, NR_JOB_STATES };

/* Of one group. */
struct tally_group {
	unsigned jobs[NR_JOB_STATES];
	unsigned findings;
	u64 executions;
	double elapsed_s, cpu_s;
};

/* One signature. */
struct tally_finding {
	char *signature;
	char *scenario, *provider, *job;	/* where it came first */
	char *replay;			/* "" if there is none */
	unsigned times;
	bool same;			/* the replay repeats it */
	const char *known;		/* "" no, "known", "expired" */
};

struct tally {
	struct tally_group group[PLAN_GROUPS];
	struct tally_finding *finding;
	unsigned nr_findings, ended;
};

/* Adds a job. record: its record, or NULL. Findings that are new are told. */
void tally_job(struct tally *t, const struct night *n, const struct job *job, json_t *record);
void tally_free(struct tally *t);

/* A line for each group. */
void tally_print(const struct tally *t, const struct night *n);

/* Signatures that are not known, or not any more. */
unsigned tally_unknown(const struct tally *t);

#endif
