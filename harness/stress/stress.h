/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stress: copies of a scenario on real threads, in one machine, with noise at the points and a quiescent barrier now and then.
 *
 * A result is plain data: stress runs in a worker process, because after a finding its threads stand still for ever.
 */
#ifndef HARNESS_STRESS_STRESS_H
#define HARNESS_STRESS_STRESS_H

#include "session.h"

struct stress_config {
	const struct scenario *scn;
	const struct rmap_ops *provider;
	u64 defects[DEFECT_WORDS];
	u32 oracles;
	const struct lockdoc *locking;	/* NULL: the one that is built in */
	unsigned copies;
	unsigned noise;			/* percent of points */
	unsigned noise_profile;		/* enum noise_profile; NOISE_PROFILES: mixed */
	unsigned barrier;		/* rounds between two quiescent barriers */
	u64 rounds;			/* of each copy; 0: no bound */
	u64 time_ns;			/* 0: no bound */
	u64 seed;
	double hang_s;			/* a thread that is watched for so long and makes no step hangs */
};

struct stress_result {
	u8 done, found, interrupted, failed;
	char error[256];
	u64 rounds;			/* of all copies together */
	u64 ops;
	struct event_set reached, goals;
	double elapsed_s;
	struct finding finding;
	char report[16384];
};

/* Ends the process when something is found: call it in one of its own. */
void stress_run(const struct stress_config *c, struct stress_result *r);

/* How the noise of a run is called. */
const char *stress_noise_name(const struct stress_config *c);

/* stress.c, watch.c: what the supervisor shares with the copies. */
struct stress {
	const struct stress_config *config;
	struct stress_result *result;
	struct violation_sink sink;
	struct copy *copy;
	struct threads *threads;
	u32 claimed;			/* [atomic] somebody has reported */
	u32 supervising;		/* [atomic] the supervisor itself checks: it must not stand still */
	u32 stopping;			/* [atomic] no more rounds */
	double began;
	double watched_s;		/* [supervisor] looks, as seconds */
};

/* Rounds, operations and what was reached so far, into the result. */
void stress_sum_up(struct stress *s);

/* Look after the threads until they have ended or something is found; returns then. */
void stress_watch(struct stress *s);

#endif
