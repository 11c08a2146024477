/* SPDX-License-Identifier: GPL-2.0-only */
/* From a plan to jobs: what is run in one go, and by which part of a cluster. The same for all parts, and for who resumes. */
#ifndef HARNESS_NIGHTLY_JOBS_H
#define HARNESS_NIGHTLY_JOBS_H

#include "cli/options.h"
#include "nightly/plan.h"
#include "rmap.h"
#include "settings.h"

struct job {
	char *name;			/* "explore.anon-chain.03": also of its files */
	const struct plan_group *group;
	const struct rmap_ops *provider;	/* NULL: none in particular */
	char **item;			/* scenarios or defects; none: the command says all */
	unsigned nr_items;
	unsigned shard;			/* from 1 */
	u64 executions;			/* 0: the command says */
	double estimate_s;		/* of a night that is bounded by executions */
	double weight;			/* of the time of a night that is bounded by it; 0: bounded by executions in any night */
};

/* What all jobs of a night have in common. */
struct job_list {
	struct plan *plan;
	struct job *item;		/* in the order in which they begin */
	unsigned nr;
	u64 seed;
	unsigned shards;
	struct string_list defects;	/* switched on everywhere */
	struct string_list known;	/* signatures that jobs pass over, those that can */
};

/*
 * All jobs of the plan, those of other shards too. o: --provider, --defect, --executions. Takes the plan over. Returns -1 with one line
 * in err when the plan asks for what there is not; the list is to be freed in any case.
 */
int jobs_from_plan(struct job_list *list, struct plan *plan, const struct options *o, u64 seed, unsigned shards, char err[ERR_LEN]);
void jobs_free(struct job_list *list);

/*
 * The words behind the program's name, NULL behind the last; free with words_list_free(). limit_s: time for all of it; 0: as many
 * executions as it has.
 */
char **job_command(const struct job_list *list, const struct job *job, double limit_s, const char *artifacts);
void words_list_free(char **words);

/* What one of its scenarios, or it itself, gets of so much time. */
double job_time_each(const struct job *job, double limit_s);

#endif
