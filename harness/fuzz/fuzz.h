/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzzing: scenarios made at random, each under a few schedules; those that show something new are kept and changed further.
 *
 * The search goes in rounds. In a round each of a fixed number of lanes works alone in a process of its own; after it, what they
 * bring home is put together in the order of the lanes. So the result follows from the seed, however many processes there are.
 *
 * Concurrency: one search in a process; workers are forked from it.
 */
#ifndef HARNESS_FUZZ_FUZZ_H
#define HARNESS_FUZZ_FUZZ_H

#include "fuzz/lane.h"

#define FUZZ_FINDINGS 16u		/* signatures that are told apart */

/* One signature. */
struct fuzz_finding {
	struct lane_finding first;
	char name[64];			/* of the scenario */
	u64 at;				/* executions of the search, with this one */
	u64 times;			/* scenarios that ended so */
	const struct fuzz_report *report;
};

/* What is to be said about it, by the worker that minimised it. */
struct fuzz_report {
	u8 done;
	u8 repeated;			/* the same finding, from text and seed */
	struct finding finding;
	unsigned statements[2];		/* before and after; after is 0 if there is no smaller scenario */
	char replay[256];		/* as it was found */
	char small_replay[256], small_scenario[256];
	char text[32768];
};

struct fuzz_result {
	u64 executions, steps, stuck, scenarios, mutants, rounds;
	u64 kept;			/* scenarios in the corpus */
	u64 features[NR_FEATURES];
	struct fuzz_finding finding[FUZZ_FINDINGS];
	unsigned nr_findings;
	bool interrupted, failed;
	char error[256];
	double elapsed_s, reporting_s;
	struct observed observed;
	struct judged known;		/* what was passed over because it is known */
};

/* Told after each round, and now and then meanwhile; found() for each new signature, with its report. */
struct fuzz_listener {
	void (*found)(void *arg, const struct fuzz_finding *f);
	void (*tick)(void *arg, const struct fuzz_result *r);
	void *arg;
};

/* listener: may be NULL if config says that nothing is told. */
void fuzz_run(const struct fuzz_config *config, const struct fuzz_listener *listener, struct fuzz_result *r);

/* report.c: in a worker. */
void fuzz_report(const struct fuzz_config *config, const struct fuzz_finding *f, struct fuzz_report *report);

#endif
