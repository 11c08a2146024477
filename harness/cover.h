/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of a scenario its executions have shown: distinct traces with an estimate of those not seen, and places in the source
 * that touched one object one after the other, in one order and in both.
 *
 * Two executions are one trace when they differ only in the order of operations on different objects. What is meant is the
 * object of each point: the order of what steps do besides that is not told apart, so the count is one of points, not a proof
 * (verify counts exactly).
 *
 * Concurrency: one caller; between the steps of controlled executions.
 */
#ifndef HARNESS_COVER_H
#define HARNESS_COVER_H

#include "explore/strategy.h"
#include "windows.h"

/* A set of numbers that counts how often each was added: once, twice or more often. */
struct counted_set {
	u64 *slot;			/* the number with its two lowest bits replaced by the count; 0: free */
	u64 nr, cap, once;
};

#define COVER_OBJECTS 2048u

/* Executions in which a window was open at a step; somebody else took a step in it; and one that races with what comes next there. */
enum { COVER_OPEN, COVER_CROSSED, COVER_MET, COVER_WINDOW };

struct cover {
	struct counted_set traces, races;
	struct cover_log *log;		/* NULL: not wanted */
	u64 executions;
	u64 sum;			/* of the steps of this execution, each with what came before it */
	u32 now[COVER_WINDOW];		/* bit sets of windows, in this execution */
	u64 window[NR_WINDOWS][COVER_WINDOW];
	u64 task[STRATEGY_TASKS];	/* the last step of each task */
	u32 nr_objects;			/* of this execution */
	u16 by_key[COVER_OBJECTS];	/* index of an object + 1: few of many, close together */
	struct cover_object {
		u64 key;
		u64 wrote;		/* the last step that wrote */
		u64 read;		/* all that read since, in any order */
		u32 site;
		u8 by, write, pad[2];
	} object[COVER_OBJECTS];
};

/* What is kept of it. Plain data. */
struct cover_result {
	u64 executions;
	u64 traces, once;		/* distinct ones; of these, seen in one execution only */
	u64 window[NR_WINDOWS][COVER_WINDOW];
	u64 races, both_orders;		/* ordered pairs of places; of these, those whose opposite was seen, too */
};

struct cover_log;
struct cover *cover_new(struct cover_log *log);
void cover_step(struct cover *c, const struct task *t);
void cover_execution(struct cover *c);
/* Sum up, and free it. */
void cover_end(struct cover *c, struct cover_result *r);

/*
 * What a cover has seen in so many executions, in memory that processes share: cover_new() with a log fills it in, and cover_add()
 * makes part of another cover what it holds.
 */
size_t cover_log_size(u64 executions);
void cover_log_init(struct cover_log *log, u64 executions);
void cover_add(struct cover *c, const struct cover_log *log);

/* Good and Turing: how likely the next execution shows a trace that none has shown yet. */
static inline double cover_unseen(const struct cover_result *r)
{
	return r->executions ? (double)r->once / (double)r->executions : 1.0;
}

#endif
