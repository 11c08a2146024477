/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Systematic search over the schedules of one target: each execution begins afresh and differs from those before it in the last
 * choice that has an alternative left. Which choices have alternatives is the method's affair: dfs.c (all of them, or those
 * with few preemptions), dpor.c (those that can lead to another trace).
 *
 * Concurrency: one search at a time, in the OS thread that has the machine.
 */
#ifndef HARNESS_VERIFY_SEARCH_H
#define HARNESS_VERIFY_SEARCH_H

#include "explore/record.h"
#include "verify/trace.h"

/* What is executed. */
struct target_run {
	enum sched_end end;
	bool found;			/* it broke something */
	bool moved_on;			/* the machine is not as the last step left it: checks have run since */
	/* Filled in by the search, if it counts traces: the hash of this one, and of what each task did on its way. */
	u64 trace, did;
};

struct target {
	void (*execute)(struct target *t, struct exec_policy *policy, struct target_run *run);
};

enum search_method {
	SEARCH_ALL,			/* every schedule */
	SEARCH_BOUNDED,			/* every schedule with at most so many preemptions */
	SEARCH_TRACES,			/* one schedule, or a few more, of every trace */
};

struct search_config {
	struct target *target;
	enum search_method method;
	unsigned preemptions;		/* SEARCH_BOUNDED */
	u32 unusual;			/* so many choices that are not of a task may leave alternative 0, in one execution */
	bool go_on;			/* a finding does not end the search */
	bool local_starts;		/* tasks touch nothing before their first point: the order of their starts is nobody's */
	bool count_traces;		/* also where the method does not need to know */
	u64 executions;			/* 0: no bound */
	double until_s;			/* now_s() at which to stop; 0: never */
	/* Called after each execution that came to its end. May be NULL. */
	void (*ended)(void *arg, const struct target_run *run);
	void *arg;
};

enum search_end {
	SEARCH_COMPLETE,		/* nothing is left */
	SEARCH_FOUND,
	SEARCH_CAPPED,			/* bound of executions or of time */
	SEARCH_INTERRUPTED,
	SEARCH_LOST,			/* the same choices led elsewhere */
};

struct search_result {
	enum search_end end;
	u64 executions;			/* that came to their end */
	u64 redundant;			/* that were given up: all that could go on had been seen */
	u64 traces;			/* distinct, if counted */
	u64 steps;			/* in all executions */
	u64 open;			/* alternatives known and not taken */
	u64 spins;			/* executions in which somebody gave way in a loop */
	u64 skipped;			/* alternatives that the bound of unusual choices left out */
	u64 guesses;			/* races for which no order was known, so that every one was taken */
	u32 longest;			/* steps of the longest execution */
};

struct choice {
	u8 kind, n, taken;
};

/* One step of the execution at hand and what else could be done in its place. */
struct node {
	u64 enabled;			/* tasks to choose from */
	u64 todo;			/* of these, the ones to be tried; those that were included */
	u64 done;			/* of these, the ones whose executions have all been seen */
	u64 sleep;			/* tasks whose next step has been seen elsewhere, as long as nothing depends on it */
	u64 owned;			/* tasks with a footprint in own[] */
	const struct footprint *asleep[VERIFY_TASKS];	/* of those in sleep */
	struct footprint *own[VERIFY_TASKS];	/* of those tried here, over all their alternatives */
	u32 first_choice;
	u32 preemptions;		/* before this step */
	u32 task;
};

struct search {
	struct exec_policy policy;	/* must be first */
	const struct search_config *config;
	struct search_result *result;
	struct trace trace;
	struct sections sections;
	struct seen seen;
	struct footprint told;		/* by the step that runs, of itself */
	struct footprint now;		/* of the step that ended last */
	struct node *node;
	struct choice *choice;
	u32 nr, cap;			/* nodes */
	u32 nr_choices, cap_choices;
	u32 at;				/* steps begun in this execution */
	u32 keep;			/* steps at the beginning whose events are still those in the trace */
	u32 forced;			/* steps whose task is given */
	u32 choice_at, forced_choices;
	u32 unusual;			/* choices in this execution that left alternative 0 */
	u32 callbacks;			/* of RCU that are queued as an execution begins */
	u32 kind;			/* of this step's operation */
	u64 salt;			/* of this step's choices */
	u32 moved[VERIFY_TASKS];	/* position + 1 of each task's last step in this execution */
	u32 wrote[VERIFY_TASKS];	/* of its last step that may have changed something */
	u64 did[VERIFY_TASKS];		/* hash over each task's operations */
	u32 *racing;			/* events that race with the last one */
	u32 cap_racing;
	bool track;			/* footprints and the trace are wanted */
	bool blocked;			/* this execution was given up */
	bool lost;
	bool spun;
	struct recording *rec;		/* filled in when set */
	u32 rec_last;
	struct hash_set traces;
};

void search_init(struct search *s, const struct search_config *config, struct search_result *result);
void search_run(struct search *s);
/* After SEARCH_FOUND: execute it once more and record it. */
void search_record(struct search *s, struct recording *rec);
void search_free(struct search *s);

/*
 * What a method does at a step that is new: fills in todo, and sleep, of node s->nr - 1 whose enabled is known; returns the task
 * to begin with, or -1 to give up.
 */
int dfs_node(struct search *s);
int dpor_node(struct search *s);

/* The last event of the trace is new: order it before those that it depends on, too. */
void dpor_races(struct search *s);
/* The execution is over: so, too, for what tasks were about to do and did not. */
void dpor_pending(struct search *s);

/* The task of the step before, if it could go on. */
static inline int search_current(const struct search *s)
{
	const struct node *n = &s->node[s->nr - 1];
	int task = s->nr > 1 ? (int)n[-1].task : -1;

	return task >= 0 && n->enabled >> task & 1 ? task : -1;
}

#endif
