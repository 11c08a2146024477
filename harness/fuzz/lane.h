/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One lane: a worker's part of the search. It begins with the corpus and the coverage that its parent had when it forked, goes on
 * from there alone, and leaves what it found in shared memory.
 *
 * There are as many lanes as the search says, not as there are CPUs: the result does not depend on the machine.
 *
 * Concurrency: one lane in a process.
 */
#ifndef HARNESS_FUZZ_LANE_H
#define HARNESS_FUZZ_LANE_H

#include "fuzz/corpus.h"
#include "fuzz/coverage.h"

#define LANE_TEXT 8192u			/* bytes of a scenario; longer ones are not kept */
#define LANE_ENTRIES 64u		/* scenarios that one lane can bring home at once */
#define LANE_FINDINGS 8u		/* signatures */

struct fuzz_config {
	const struct rmap_ops *provider;
	u64 defects[DEFECT_WORDS];
	u32 oracles;
	const char *strategy;
	u64 seed;
	u64 executions;			/* in all */
	u64 schedules;			/* of one scenario */
	u64 time_ns;			/* 0: no bound */
	const struct lockdoc *locking;
	const struct string_list *known;	/* signatures that are no findings, but counted; NULL: none */
	enum memory_model memory;
	u32 access;			/* bit set of ACCESS_* */
	unsigned jobs;
	const char *artifacts;
	bool quick;			/* findings are told as they came, without a smaller scenario */
	bool until_found;		/* the first round with a finding is the last one, and nothing is told */
};

/* A scenario that brought something new. */
struct lane_entry {
	u32 nr;				/* of all novelties */
	u32 novelty[NOVELTIES];
	char text[LANE_TEXT];
};

/* The first execution with some signature; from text and seed it can be had again. */
struct lane_finding {
	char signature[SIGNATURE_LEN];
	char text[LANE_TEXT];
	u64 seed;
	u64 at;				/* executions of this lane, with this one */
	u64 times;			/* scenarios that ended so */
};

struct lane_result {
	u8 done, failed;
	char error[256];
	u64 executions, steps, stuck, scenarios, mutants;
	u32 nr_entries, nr_findings;
	u32 used[CORPUS_MAX];		/* how often entries of the corpus were made use of */
	struct coverage coverage;
	struct observed observed;	/* the order of locks, over all executions */
	struct judged known;		/* what was passed over because it is known */
	struct lane_entry entry[LANE_ENTRIES];
	struct lane_finding finding[LANE_FINDINGS];
};

struct lane {
	const struct fuzz_config *config;
	struct corpus *corpus;		/* the lane's own, to be changed */
	struct coverage *coverage;	/* likewise */
	u64 rng;
	u64 executions;			/* that it has */
	double until;			/* now_s(); 0: no bound */
};

void lane_run(struct lane *lane, struct lane_result *r);

/* The campaign of one scenario, as lanes run it. */
struct campaign lane_campaign(const struct fuzz_config *config, const struct scenario *scn, u64 seed);

#endif
